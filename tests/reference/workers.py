# SPDX-License-Identifier: Apache-2.0
"""Deploying workers, gatekeepers and rewards for tests, with an attestation registry that says what tests write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ape
from eth_account import Account
from eth_account.messages import encode_typed_data

from pha.staking.typed_data import Report
from pha.staking.workers import GPU_CLASSES, PARAMETERS
from tests.reference.stake_pools import PHA, REWARD_SOURCE, SLASH_MANAGER, WORKER_REGISTRY, Staking

NAMES = list(PARAMETERS)
FOREVER = 2**40
NO_MODEL = b"\0" * 32
STATUSES = [
    "None",
    "Registered",
    "Attested",
    "Working",
    "Challenged",
    "Unresponsive",
    "Cooling",
    "Released",
    "Slashed",
]


def number_of(name: str) -> int:
    """The number of a worker parameter in the contract's enum."""
    return NAMES.index(name)


def model_bytes(model: str) -> bytes:
    """A GPU model's name as the contracts have it."""
    return model.encode().ljust(32, b"\0")


def classes() -> list[tuple[bytes, tuple[int, int]]]:
    """The default GPU classes as the constructor takes them."""
    return [(model_bytes(model), weights) for model, weights in GPU_CLASSES.items()]


def logged(receipt: Any, event: Any, field_name: str) -> Any:
    """A field of the one event of its kind in a receipt; py-evm gives no return values."""
    (log,) = receipt.decode_logs(event)
    return log.event_arguments[field_name]


def refused(error: Any, *values: Any) -> Any:
    """Expects a named error with these values, in the error's order."""
    names = [str(one.name) for one in error.abi.inputs]
    assert len(names) == len(values)
    inputs = {name: getattr(value, "address", value) for name, value in zip(names, values, strict=True)}
    return ape.reverts(error, **inputs)


def worker_key(number: int) -> Any:
    """A worker's key of the tests' own."""
    return Account.from_key(number.to_bytes(32, "big"))


def consent(chain_id: int, registry, key, pool, performance: int, nonce: int, deadline: int = FOREVER) -> bytes:
    """The key's signature over the typed data, encoded by eth-account."""
    message = encode_typed_data(
        {"name": "PhalaWorkerRegistry", "version": "1", "chainId": chain_id, "verifyingContract": str(registry)},
        {
            "Consent": [
                {"name": "key", "type": "address"},
                {"name": "pool", "type": "address"},
                {"name": "performance", "type": "uint32"},
                {"name": "nonce", "type": "uint256"},
                {"name": "deadline", "type": "uint256"},
            ]
        },
        {"key": key.address, "pool": str(pool), "performance": performance, "nonce": nonce, "deadline": deadline},
    )
    return bytes(key.sign_message(message).signature)


@dataclass
class Workers:
    """The contracts; the slash manager and the reward source are accounts unless a test says otherwise."""

    staking: Staking
    keys: Any
    parameters: Any
    registry: Any
    numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def deploy(cls, staking: Staking, slasher, rewarder, values: dict[str, int] | None = None) -> Workers:
        project, deployer = staking.project, staking.deployer
        keys = deployer.deploy(project.MockWorkerKeys)
        all_values = list({**PARAMETERS, **(values or {})}.values())
        parameters = deployer.deploy(project.WorkerParameters, staking.manager, all_values, classes())
        registry = deployer.deploy(project.WorkerRegistry, staking.factory, keys, staking.parameters, parameters)
        for module, target in ((SLASH_MANAGER, slasher), (WORKER_REGISTRY, registry), (REWARD_SOURCE, rewarder)):
            staking.factory.setModule(module, target, sender=deployer)
        return cls(staking, keys, parameters, registry)

    def attest(self, key, *, confidence: int = 1, count: int = 0, model: bytes = NO_MODEL) -> None:
        self.keys.setStanding(key.address, True, confidence, count, model, sender=self.staking.deployer)

    def lapse(self, key) -> None:
        self.keys.setStanding(key.address, False, 0, 0, NO_MODEL, sender=self.staking.deployer)

    def register(self, key, pool, performance: int, *, sender) -> Any:
        signature = consent(
            self.staking.chain.chain_id, self.registry, key, pool, performance, self.registry.nonceOf(key.address)
        )
        return self.registry.register(key.address, pool, performance, FOREVER, signature, sender=sender)

    def run(self, key, pool, operator, *, performance: int = 100, stake: int = 1000 * PHA, **evidence) -> Any:
        """A worker that works: attested, registered and started."""
        self.attest(key, **evidence)
        self.register(key, pool, performance, sender=operator)
        return self.registry.start(key.address, stake, sender=operator)

    def status(self, key) -> str:
        return STATUSES[self.registry.statusOf(key.address)]


def report_signature(chain_id: int, gatekeepers, key, report: Report) -> bytes:
    """A gatekeeper's signature over the typed data, encoded by eth-account."""
    message = encode_typed_data(
        {"name": "PhalaGatekeepers", "version": "1", "chainId": chain_id, "verifyingContract": str(gatekeepers)},
        {
            "Report": [
                {"name": "epoch", "type": "uint32"},
                {"name": "round", "type": "uint32"},
                {"name": "root", "type": "bytes32"},
                {"name": "totalShare", "type": "uint128"},
                {"name": "totalStake", "type": "uint128"},
            ]
        },
        dict(zip(("epoch", "round", "root", "totalShare", "totalStake"), report.values, strict=True)),
    )
    return bytes(key.sign_message(message).signature)


@dataclass
class Gatekeepers:
    """The gatekeepers' contract and the test accounts that sit in it."""

    staking: Staking
    contract: Any

    @classmethod
    def deploy(cls, workers: Workers, treasury) -> Gatekeepers:
        staking = workers.staking
        contract = staking.deployer.deploy(staking.project.GatekeeperSet, staking.token, workers.parameters, treasury)
        return cls(staking, contract)

    def seat(self, account, bond: int) -> Any:
        """Gives the account PHA and a seat."""
        self.staking.token.transfer(account, bond, sender=self.staking.deployer)
        self.staking.token.approve(self.contract, 2**256 - 1, sender=account)
        return self.contract.join(bond, sender=account)

    def sign(self, account, report: Report) -> bytes:
        key = Account.from_key(account.private_key)
        return report_signature(self.staking.chain.chain_id, self.contract, key, report)

    def signatures(self, accounts, report: Report) -> list[bytes]:
        """Signatures in the order in which the contract takes them."""
        ordered = sorted(accounts, key=lambda account: int(account.address, 16))
        return [self.sign(account, report) for account in ordered]

    def submit(self, report: Report, accounts, *, sender) -> Any:
        return self.contract.submit(report.values, self.signatures(accounts, report), sender=sender)
