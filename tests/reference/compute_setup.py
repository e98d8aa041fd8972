# SPDX-License-Identifier: Apache-2.0
"""Deploying compute for tests, with registries that tests write, and what workers sign by an independent library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from tests.reference.chain_time import ChainTime

PHA = 10**18
ZERO_ADDRESS = "0x" + "00" * 20
DAY = 86_400
NAMES = [
    "PoolShareBps",
    "StakersShareBps",
    "MinOrderSeconds",
    "ReceiptSeconds",
    "MaxAnswerSeconds",
    "MaxAnswerBytes",
    "MaxCallbackGas",
    "MinAnswerStakeAmount",
    "EquivocationLevel",
]
DEFAULTS = [8000, 1000, 600, 7200, DAY, 1024, 500_000, 1000 * PHA, 4]
STAKING_VALUES = [10**16, 7, 7, 7, 28, 5000, DAY, 3 * DAY, 7 * DAY, 7 * DAY, 7 * DAY, 10, 100, 1000, 10_000, 500, 0]
MAX_GAP = WINDOW = DEFAULTS[3]
PRICE = 10**16
TDX, GPU, CODE = b"intel.tdx".ljust(32, b"\0"), b"GH100".ljust(32, b"\0"), keccak(b"the code that may run")
HONEST, REVERTING, BURNING, BOMBING, SHORT, SWALLOWING = range(6)
NONE, OPEN, RUNNING, STOPPED, CLOSED = range(5)
SLASH_MANAGER, WORKER_REGISTRY, REWARD_SOURCE = range(3)

RECEIPT = [("orderId", "uint256"), ("usedSeconds", "uint256"), ("until", "uint256"), ("isFinal", "bool")]
TAKE = [("orderId", "uint256"), ("pricePerSecond", "uint256"), ("deadline", "uint256")]
ANSWER = [("requestId", "uint256"), ("requestHash", "bytes32"), ("response", "bytes")]
REQUEST = "(address,uint32,uint40,uint40,uint96,bytes32,bytes32)"


def parameter(name: str) -> int:
    """The number of a parameter in the contract's enum."""
    return NAMES.index(name)


def worker_key(number: int) -> Any:
    """A worker's key, the same in every run."""
    return Account.from_key(keccak(b"worker %d" % number))


def sign_typed(key, contract: str, name: str, kind: str, fields, values, chain_id: int = 31337) -> bytes:
    """65 bytes over EIP-712 data, by eth-account."""
    domain = [("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address")]
    message = encode_typed_data(
        full_message={
            "types": {
                "EIP712Domain": [{"name": one, "type": type_} for one, type_ in domain],
                kind: [{"name": one, "type": type_} for one, type_ in fields],
            },
            "primaryType": kind,
            "domain": {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": contract},
            "message": dict(zip([one for one, _ in fields], values, strict=True)),
        }
    )
    return bytes(key.sign_message(message).signature)


@dataclass
class Compute(ChainTime):
    """The contracts of the domain; the registries are mocks, the token is PHA unless another is given."""

    project: Any
    chain: Any
    deployer: Any
    token: Any
    manager: Any
    parameters: Any
    factory: Any
    keys: Any
    stakes: Any
    market: Any
    oracle: Any
    ground: Any
    stakers: Any
    treasury: Any
    pool: str

    @classmethod
    def deploy(cls, project, chain, deployer, stakers, treasury, *, token=None) -> Compute:
        token = token or deployer.deploy(project.PhaToken, deployer)
        manager = deployer.deploy(project.PhaAccessManager, deployer)
        parameters = deployer.deploy(project.ComputeParameters, manager, DEFAULTS)
        staking = deployer.deploy(project.StakingParameters, manager, STAKING_VALUES)
        factory = deployer.deploy(project.StakePoolFactory, manager, token, staking)
        keys = deployer.deploy(project.MockAttestedKeys)
        stakes = deployer.deploy(project.MockWorkerStanding)
        payees = (factory, stakers, treasury)
        market = deployer.deploy(project.ComputeMarket, manager, token, parameters, keys, stakes, *payees)
        oracle = deployer.deploy(project.ComputeOracle, token, parameters, keys, stakes, stakes, *payees)
        ground = deployer.deploy(project.AnswerEquivocation, oracle, parameters)
        pool = factory.createPool(1000, sender=deployer).decode_logs(factory.PoolCreated)[0].pool
        world = cls(
            project,
            chain,
            deployer,
            token,
            manager,
            parameters,
            factory,
            keys,
            stakes,
            market,
            oracle,
            ground,
            stakers,
            treasury,
            pool,
        )
        world.add_class()
        return world

    def add_class(self, **changes) -> int:
        """A class: one GH100 behind a TDX machine, unless changed."""
        fields = {
            "pricePerSecond": PRICE,
            "minStake": 500 * PHA,
            "isOpen": True,
            "maxConfidence": 3,
            "deviceCount": 1,
            "kind": TDX,
            "deviceModel": GPU,
            "identity": b"\0" * 32,
            **changes,
        }
        receipt = self.market.addClass(tuple(fields.values()), sender=self.deployer)
        return receipt.decode_logs(self.market.ClassAdded)[0].classId

    def attest(self, key, *, seconds: int = 30 * DAY, attested_at: int | None = None, **changes) -> None:
        """Writes a standing; for a GH100 behind TDX unless changed."""
        fields = {
            "attested": True,
            "reason": b"\0" * 32,
            "kind": TDX,
            "confidence": 1,
            "deviceCount": 1,
            "deviceModel": GPU,
            "identity": CODE,
            "platform": keccak(b"a machine"),
            "attestedAt": self.now if attested_at is None else attested_at,
            "validUntil": self.now + seconds,
            **changes,
        }
        self.keys.attest(key.address, tuple(fields.values()), sender=self.deployer)

    def stake(self, key, *, assets: int = 1000 * PHA, working: bool = True, pool: str | None = None) -> None:
        self.stakes.setStake(key.address, pool or self.pool, assets, working, sender=self.deployer)

    def worker(self, number: int) -> Any:
        """A worker in good standing."""
        key = worker_key(number)
        self.attest(key)
        self.stake(key)
        return key

    def fund(self, *accounts, amount: int = 10**6 * PHA) -> None:
        for account in accounts:
            self.token.transfer(account, amount, sender=self.deployer)
            for spender in (self.market, self.oracle):
                self.token.approve(spender, 2**256 - 1, sender=account)

    def terms(self, deposit: int = 36 * PHA, **changes) -> tuple:
        fields = {
            "classId": 1,
            "worker": ZERO_ADDRESS,
            "identity": b"\0" * 32,
            "maxPricePerSecond": PRICE,
            "deposit": deposit,
            "workload": keccak(b"what to run"),
            **changes,
        }
        return tuple(fields.values())

    def order(self, customer, deposit: int = 36 * PHA, **changes) -> int:
        receipt = self.market.order(self.terms(deposit, **changes), sender=customer)
        return receipt.decode_logs(self.market.Ordered)[0].orderId

    def take(self, order_id: int, key, sender, price: int = PRICE) -> int:
        """Takes an order; the time at which that was."""
        receipt = self.market.take(*self.take_arguments(order_id, key, price), sender=sender)
        return receipt.timestamp

    def take_arguments(self, order_id: int, key, price: int = PRICE, deadline: int = 2**40) -> tuple:
        values = (order_id, price, deadline)
        return (*values, sign_typed(key, self.market.address, "Phala ComputeMarket", "Take", TAKE, values))

    def receipt(self, key, order_id: int, used: int, until: int, final: bool = False, **domain) -> tuple:
        """A receipt and its signature, as `settle` takes them."""
        values = (order_id, used, until, final)
        contract = domain.pop("contract", self.market.address)
        return values, sign_typed(key, contract, "Phala ComputeMarket", "Receipt", RECEIPT, values, **domain)

    def request_hash(self, request_id: int, request: tuple) -> bytes:
        return keccak(encode(["uint256", REQUEST], [request_id, request]))

    def answer(self, key, request_id: int, request: tuple, response: bytes, **domain) -> bytes:
        """A signature of an answer."""
        values = (request_id, self.request_hash(request_id, request), response)
        contract = domain.pop("contract", self.oracle.address)
        return sign_typed(key, contract, "Phala ComputeOracle", "Answer", ANSWER, values, **domain)
