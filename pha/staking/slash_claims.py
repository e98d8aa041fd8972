# SPDX-License-Identifier: Apache-2.0
"""Claims against pools: where each stands, what it takes, and who may do what about it until when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from eth_utils.address import to_checksum_address

from pha.staking.amounts import format_pha, format_time
from pha.staking.contracts import Contract, Fields, Step
from pha.staking.errors import StakingError
from pha.staking.machine import Wei
from pha.staking.suite import ZERO_ADDRESS, Suite


class Status(IntEnum):
    """Where a claim stands, in the contract's order."""

    NONE = 0
    FILED = 1
    CHALLENGED = 2
    UPHELD = 3
    EXECUTED = 4
    CANCELLED = 5
    LAPSED = 6


OPEN = (Status.FILED, Status.CHALLENGED, Status.UPHELD)


@dataclass(frozen=True)
class Claim:
    """A claim. Times in Unix seconds.

    `assets` is what the offence costs by itself, `left` what executing it would take now, as executed claims have left
    the worker's lock, 0 for one that is over; both in wei. `ground` is the contract that proved it, empty for an
    accusation; `worker` the key whose stake answers; both are empty where the log was not searched.
    """

    number: int
    pool: str
    status: Status
    objective: bool
    assets: Wei
    left: Wei
    reporter: str
    filed_at: int
    challenge_by: int
    resolve_by: int
    ends_at: int
    offence_key: bytes
    ground: str = ""
    worker: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits for something."""
        return self.status in OPEN

    @property
    def executable_from(self) -> int:
        """The first second at which it can be executed; 0 while that is not decided, or over."""
        if self.status is Status.FILED:
            return self.filed_at if self.objective else self.challenge_by + 1
        return self.filed_at if self.status is Status.UPHELD else 0

    @property
    def lapses_after(self) -> int:
        """The last second in which somebody can act."""
        return self.resolve_by if self.status is Status.CHALLENGED else self.ends_at

    def next_step(self, now: int) -> str:
        """Who may do what now, and until when."""
        if not self.is_open:
            return "over"
        if now > self.lapses_after:
            return "lapse: anyone"
        until = format_time(self.lapses_after)
        if self.status is Status.CHALLENGED:
            return f"governance upholds or cancels by {until}"
        if self.executable_from <= now:
            return f"execute: anyone by {until}"
        return f"operator objects by {format_time(self.challenge_by)}, then execute by {until}"


def read_claim(manager: Contract, number: int) -> Claim:
    """A claim by its number. Raises `StakingError` where there is none."""
    found = manager.ask("claimOf", number)
    if found["status"] == Status.NONE:
        raise StakingError(f"there is no claim {number}")
    return Claim(
        number=number,
        pool=found["pool"],
        status=Status(found["status"]),
        objective=found["isObjective"],
        assets=found["assets"],
        left=manager.ask("forfeitOf", number),
        reporter="" if found["reporter"] == ZERO_ADDRESS else found["reporter"],
        filed_at=found["filedAt"],
        challenge_by=found["challengeBy"],
        resolve_by=found["resolveBy"],
        ends_at=found["endsAt"],
        offence_key=found["offenceKey"],
    )


def read_claims(manager: Contract) -> Iterator[Claim]:
    """Every claim: they are numbered from 1 without a gap."""
    number = 1
    while manager.ask("claimOf", number)["status"] != Status.NONE:
        yield read_claim(manager, number)
        number += 1


def filings(
    suite: Suite, manager: Contract, claims: list[Claim], progress: Callable[[int], None] | None = None
) -> list[Claim]:
    """The same claims with their grounds and workers, from the log since the day of the oldest of them."""
    if not claims:
        return []
    first = suite.node.first_block_since(min(one.filed_at for one in claims))
    last = min(suite.node.first_block_since(max(one.filed_at for one in claims) + 1), suite.node.block_number())
    logged = {e["claimId"]: e for e in manager.events("ClaimFiled", first, last, progress)}
    return [_with_filing(one, logged[one.number]) if one.number in logged else one for one in claims]


def file_steps(suite: Suite, ground: Contract, evidence: bytes) -> tuple[Fields, Step]:
    """What the ground finds proven, and the step that files it. Raises `Refused` where it finds nothing."""
    offence = ground.ask("judge", evidence)
    locked = suite.find("registry").ask("lockAt", offence["worker"], offence["committedAt"])
    worker = key_of(offence["worker"])
    says = f"file the offence of {worker}, level {offence['level']}, committed {format_time(offence['committedAt'])}"
    found = {
        "worker": worker,
        "level": offence["level"],
        "committed_at": offence["committedAt"],
        "pool": locked["pool"],
        "locked": locked["assets"],
    }
    return found, suite.find("slash-manager").step(says, "file", ground.address, evidence)


def execute_step(manager: Contract, claim: Claim) -> Step:
    """Takes what is forfeit: bond first, then the pool's stake."""
    says = f"execute claim {claim.number}: {format_pha(claim.left)} PHA of pool {claim.pool}"
    return manager.step(says, "execute", claim.number)


def _with_filing(claim: Claim, event: Fields) -> Claim:
    ground = "" if event["ground"] == ZERO_ADDRESS else event["ground"]
    return Claim(**{**vars(claim), "ground": ground, "worker": key_of(event["worker"])})


def key_of(worker: bytes) -> str:
    """The key of a worker's 32-byte id, which is the address after twelve zeros."""
    return str(to_checksum_address(worker[-20:]))
