# SPDX-License-Identifier: Apache-2.0
"""The whole of staking on a local chain, with an address file, and `ape run stake` as people run it."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from eth_abi import encode

from pha.staking.gatekeepers import EpochTree, Record
from scripts.stake import cli
from tests.reference.rewards import Rewards
from tests.reference.stake_pools import DAY, PHA, REDELEGATION, SLASH_MANAGER, Staking
from tests.reference.stake_vaults import deploy_vault
from tests.reference.workers import worker_key

__all__ = ["DAY", "PHA", "StakeWorld"]
ALIASES = {"deployer": 0, "operator": 5, "alice": 6, "bob": 7, "keeper": 8}


@dataclass
class StakeWorld:
    """Contracts and people; `folder` has the address file and whatever tests write."""

    chain: Any
    accounts: Any
    rewards: Rewards
    bond: Any
    manager: Any
    ground: Any
    vault: Any
    pool: Any
    other_pool: Any
    folder: Path

    @classmethod
    def deploy(cls, project, chain, deployer, treasury, accounts, folder) -> StakeWorld:
        staking = Staking.deploy(project, chain, deployer)
        for name in ("operator", "alice", "bob", "keeper"):
            staking.token.transfer(accounts[ALIASES[name]], 10**6 * PHA, sender=deployer)
        rewards = Rewards.deploy(staking, accounts[9], accounts[ALIASES["keeper"]], treasury)
        bond = deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)
        core = (staking.manager, staking.token, staking.factory, staking.parameters)
        manager = deployer.deploy(project.SlashManager, *core, bond, treasury)
        staking.factory.setModule(SLASH_MANAGER, manager, sender=deployer)
        redelegation = deployer.deploy(project.Redelegation, staking.factory, staking.token)
        staking.factory.setModule(REDELEGATION, redelegation, sender=deployer)
        ground = deployer.deploy(project.MockSlashGround)
        manager.setGround(ground, True, sender=deployer)
        vault = deploy_vault(project, staking, bond, treasury)
        operator = accounts[ALIASES["operator"]]
        pools = [staking.create_pool(operator, 1000), staking.create_pool(operator)]
        for pool in pools:
            vault.setPool(pool, 10**6 * PHA, sender=deployer)
        world = cls(chain, accounts, rewards, bond, manager, ground, vault, *pools, folder)
        world._write_addresses()
        return world

    @property
    def staking(self) -> Staking:
        return self.rewards.staking

    @property
    def token(self) -> Any:
        return self.staking.token

    @property
    def deployer(self) -> Any:
        return self.accounts[ALIASES["deployer"]]

    @property
    def alice(self) -> Any:
        return self.accounts[ALIASES["alice"]]

    @property
    def bob(self) -> Any:
        return self.accounts[ALIASES["bob"]]

    # Commands

    def run(self, line: str, as_: str = "", fails: bool = False) -> str:
        """Runs `ape run stake …`; everything that it printed."""
        found = self._invoke(line, as_)
        assert (found.exit_code != 0) == fails, found.output + repr(found.exception)
        return str(found.output)

    def read(self, line: str, as_: str = "") -> Any:
        """The same with `--json`; what it printed, read."""
        found = self._invoke(line + " --json", as_)
        assert found.exit_code == 0, found.output
        text = found.stdout
        start = min(index for index in (text.find("{"), text.find("[")) if index >= 0)
        return json.loads(text[start:])

    def _invoke(self, line: str, as_: str) -> Any:
        words = [*shlex.split(line), "--addresses", str(self.folder / "local.json")]
        words += ["--at", f"attestation={self.rewards.workers.keys.address}"]
        if as_:
            words += ["--account", f"TEST::{ALIASES[as_]}"]
        return CliRunner().invoke(cli, words)

    def _write_addresses(self) -> None:
        workers = self.rewards.workers
        known = {
            "StakePoolFactory": self.staking.factory,
            "StakingParameters": self.staking.parameters,
            "OperatorBond": self.bond,
            "WorkerParameters": workers.parameters,
            "GatekeeperSet": self.rewards.gatekeepers.contract,
            "DelegationVault": self.vault,
        }
        contracts = {name.lower(): {"contract": name, "address": one.address} for name, one in known.items()}
        (self.folder / "local.json").write_text(json.dumps({"chain_id": 31337, "contracts": contracts}))

    # Workers and offences

    def key_file(self, key: Any) -> Path:
        """A worker's key in a file that nobody else may read."""
        path = self.folder / f"{key.address}.key"
        path.write_text(key.key.hex())
        path.chmod(0o600)
        return path

    def work(self, number: int, *, stake: int, performance: int = 100) -> Any:
        """A worker of the first pool that works, on chain and in the rewards' model."""
        key = worker_key(number)
        operator = self.accounts[ALIASES["operator"]]
        self.rewards.run(key, self.pool, operator, performance=performance, stake=stake)
        return key

    def offence(self, number: int, level: int) -> tuple[bytes, bytes, int, int]:
        """What the mock ground believes that the worker did just now."""
        key = worker_key(number).address
        return (number.to_bytes(32, "big"), bytes(12) + bytes.fromhex(key[2:]), self.staking.now, level)

    def proof(self, number: int, level: int) -> str:
        """Its proof as hexadecimal text."""
        return "0x" + encode(["(bytes32,bytes32,uint48,uint8)"], [self.offence(number, level)]).hex()

    def accuse(self, number: int, level: int) -> None:
        """Governance's accusation."""
        self.manager.accuse(self.offence(number, level), "0x" + "00" * 20, sender=self.deployer)

    # Reports

    def rewards_tree(self, report: Path) -> EpochTree:
        """The tree of a report's file, built from its records alone."""
        content = json.loads(report.read_text())
        names = ("worker", "previous_epoch", "performance", "responsive", "share", "stake")
        records = [
            Record(**{name: int(one[name]) if name in ("share", "stake") else one[name] for name in names})
            for one in content["records"]
        ]
        return EpochTree(content["epoch"], records)
