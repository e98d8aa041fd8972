# SPDX-License-Identifier: Apache-2.0
"""Deploying a bridge for tests: everything a test may want to differ is a keyword."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_utils import keccak

from tests.reference.chain_time import ChainTime
from tests.reference.claims import SECP256K1, Claim, Estate

SCALE = 10**6
PHA = 10**18
UNITS = 10**12
"""Parachain base units in one PHA."""
DAY = 86_400
FINAL_WINDOW = 30 * DAY
GUARDIAN_ROLE = 7
ZERO_ADDRESS = "0x" + "00" * 20


@dataclass
class World(ChainTime):
    """What a bridge lives among."""

    project: Any
    chain: Any
    deployer: Any
    guardian: Any
    treasury: Any
    token: Any
    manager: Any
    verifier: Any
    vault: Any
    estate: Estate

    @classmethod
    def deploy(cls, project, chain, deployer, guardian, treasury, estate: Estate) -> World:
        token = deployer.deploy(project.L2PhaToken, deployer, token_at_home(), ZERO_ADDRESS)
        return cls(
            project=project,
            chain=chain,
            deployer=deployer,
            guardian=guardian,
            treasury=treasury,
            token=token,
            manager=deployer.deploy(project.PhaAccessManager, deployer),
            verifier=deployer.deploy(project.Secp256k1AccountVerifier),
            vault=deployer.deploy(project.MockVault, token),
            estate=estate,
        )

    def configuration(self, **changes) -> dict[str, Any]:
        now = self.now
        return {
            "token": self.token,
            "authority": self.manager,
            "treasury": self.treasury,
            "vault": self.vault,
            "claimRoot": self.estate.tree.root,
            "cap": self.estate.tree.total,
            "stateRoot": bytes(32),
            "deadline": now + 365 * DAY,
            "pauseBudgetSeconds": 14 * DAY,
            "maxPauseSeconds": 3 * DAY,
            "rateLimitCapacity": 10**9 * PHA,
            "rateLimitPeriodSeconds": DAY,
            "rateLimitEnd": now + 90 * DAY,
            "verifiers": [(SECP256K1, self.verifier)],
            **changes,
        }

    def create(self, **changes):
        """A bridge that is neither funded nor open, whose guardian may pause."""
        bridge = self.deployer.deploy(self.project.MigrationBridge, tuple(self.configuration(**changes).values()))
        selectors = [keccak(text=signature)[:4] for signature in ("pause(uint256)", "unpause()")]
        self.manager.setTargetFunctionRole(bridge, selectors, GUARDIAN_ROLE, sender=self.deployer)
        self.manager.grantRole(GUARDIAN_ROLE, self.guardian, 0, sender=self.deployer)
        return bridge

    def fund(self, bridge, amount: int | None = None) -> None:
        self.token.mint(bridge, self.estate.tree.total * SCALE if amount is None else amount, sender=self.deployer)

    def create_open(self, **changes):
        """A bridge that takes claims."""
        bridge = self.create(**changes)
        self.fund(bridge)
        bridge.open(sender=self.deployer)
        return bridge

    def claim(self, bridge, holder, recipient, **fields) -> Claim:
        return self.estate.claim(holder, str(recipient), bridge.address, self.chain.chain_id, **fields)


def token_at_home() -> str:
    """PHA on Ethereum, which the L2's token stands for."""
    return "0x6c5bA91642F10282b576d91922Ae6448C9d52f4E"
