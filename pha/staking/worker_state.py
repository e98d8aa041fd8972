# SPDX-License-Identifier: Apache-2.0
"""Workers as the registry, the reward schedule and the attestation registry have them now; and the steps with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from pha.attestation.standing import WorkerStanding, short_name
from pha.staking.amounts import format_pha
from pha.staking.consents import Consent
from pha.staking.contracts import Contract, Step
from pha.staking.errors import StakingError
from pha.staking.machine import Wei
from pha.staking.suite import Suite


class Status(IntEnum):
    """Where a worker stands, in the contract's order."""

    NONE = 0
    REGISTERED = 1
    ATTESTED = 2
    WORKING = 3
    CHALLENGED = 4
    UNRESPONSIVE = 5
    COOLING = 6
    RELEASED = 7
    SLASHED = 8

    @property
    def word(self) -> str:
        """For people: `working`."""
        return self.name.lower()


RUNNING = (Status.WORKING, Status.CHALLENGED, Status.UNRESPONSIVE)


@dataclass(frozen=True)
class WorkerState:
    """A worker. Amounts in wei, times in Unix seconds, days since 1970.

    Attributes:
        locked: what is locked by the last checkpoint.
        kept: what slashes have left of it now.
        minimum: the least it had to lock when it started.
        at_stake: what its offences can still cost; `kept` where no slash manager is known.
        value: V, as last settled; None where no schedule is known.
        confidence: of the evidence that counts for what it started as, 1 to 5; 0 if none does.
        gpus, model: what it started with.
        evidence_until: last second at which its evidence can count; None where no attestation registry is known.
        reason: why the evidence does not count; empty where it does.
        last_epoch: its last settled epoch in this session; 0 for none.
    """

    key: str
    status: Status
    pool: str
    performance: int
    locked: Wei
    kept: Wei
    minimum: Wei
    at_stake: Wei
    value: Wei | None
    confidence: int
    gpus: int
    model: str
    weight_bps: int
    started_day: int
    stopped_day: int
    cooling_until: int
    last_epoch: int
    evidence_until: int | None
    reason: str


def read_worker(suite: Suite, key: str) -> WorkerState:
    """A worker's state now."""
    registry = suite.find("registry")
    worker, earning = registry.ask("workerOf", key), registry.ask("earningOf", key)
    value, last_epoch = None, 0
    if suite.knows("schedule"):
        progress = suite.find("schedule").ask("progressOf", key)
        is_this_session = progress["session"] == worker["startedDay"] != 0
        value = progress["value"] if is_this_session else worker["initialValue"]
        last_epoch = progress["lastEpoch"] if is_this_session else 0
    until, reason = None, ""
    if suite.knows("attestation"):
        standing = WorkerStanding.of(key, suite.find("attestation").ask("standingOf", key))
        until, reason = standing.valid_until, standing.reason
    kept = registry.ask("stakeOf", key)["assets"]
    return WorkerState(
        key=key,
        status=Status(registry.ask("statusOf", key)),
        pool=worker["pool"],
        performance=worker["performance"],
        locked=worker["locked"],
        kept=kept,
        minimum=worker["minimumStake"],
        at_stake=_at_stake(suite, key, kept),
        value=value,
        confidence=earning["confidence"],
        gpus=worker["deviceCount"],
        model=short_name(worker["deviceModel"]),
        weight_bps=worker["weightBps"],
        started_day=worker["startedDay"],
        stopped_day=worker["stoppedDay"],
        cooling_until=worker["coolingUntil"],
        last_epoch=last_epoch,
        evidence_until=until,
        reason=reason,
    )


def _at_stake(suite: Suite, key: str, kept: Wei) -> Wei:
    if not suite.knows("slash-manager"):
        return kept
    worker = bytes(12) + bytes.fromhex(key.removeprefix("0x"))
    lock = suite.find("registry").ask("lockAt", worker, suite.node.time())
    used: Wei = suite.find("slash-manager").ask("forfeited", worker, lock["since"])
    left: Wei = max(0, lock["budget"] - used)
    return min(kept, left)


def registered_keys(
    suite: Suite, pool: Contract | None, first: int, progress: Callable[[int], None] | None = None
) -> list[str]:
    """Keys that were ever registered, for one pool or any, each once, in the order of the log from block `first` on."""
    registry, head = suite.find("registry"), suite.node.block_number()
    indexed = {} if pool is None else {"pool": pool.address}
    found = registry.events("WorkerRegistered", first, head, progress, **indexed)
    return list(dict.fromkeys(event["key"] for event in found))


def register_step(suite: Suite, consent: Consent) -> Step:
    """Registers the key for the pool that it agreed to. Raises `FileInvalid` where the registry would refuse."""
    registry, node = suite.find("registry"), suite.node
    consent.check(node.chain_id(), registry.address, registry.ask("nonceOf", consent.key), node.time())
    says = f"register {consent.key} for pool {consent.pool} with performance {consent.performance:,}"
    signature = bytes.fromhex(consent.signature.removeprefix("0x"))
    arguments = (consent.key, consent.pool, consent.performance, consent.deadline, signature)
    return registry.step(says, "register", *arguments)


def minimum_stake(suite: Suite, key: str) -> int:
    """The least stake that the worker may start with, in wei, by its consent and the GPUs of its evidence."""
    performance = suite.find("registry").ask("workerOf", key)["performance"]
    if performance == 0:
        raise StakingError(f"{key} is not registered: bring its consent with `workers register`")
    model, count = b"\0" * 32, 0
    if suite.knows("attestation"):
        standing = suite.find("attestation").ask("standingOf", key)
        model, count = standing["deviceModel"], standing["deviceCount"]
    return int(suite.find("registry").ask("minimumStakeOf", performance, model, count))


def start_step(suite: Suite, key: str, stake: int) -> Step:
    """Locks `stake` wei of the pool for the worker."""
    return suite.find("registry").step(f"start {key} with {format_pha(stake)} PHA", "start", key, stake)


def force_stop_step(suite: Suite, pool: Contract, request: int, keys: Iterable[str]) -> Step:
    """Stops workers of a pool in the order given for an overdue request."""
    names = list(keys)
    says = f"stop up to {len(names)} workers of pool {pool.ask('poolId')} for request {request & (2**48 - 1)}"
    return suite.find("registry").step(says, "stopForRequest", pool.address, request, names)


def running(suite: Suite, keys: Iterable[str], pool: str) -> Iterator[str]:
    """Those keys that work for the pool now."""
    for key in keys:
        worker = suite.find("registry").ask("workerOf", key)
        if worker["pool"] == pool and Status(worker["status"]) in RUNNING:
            yield key
