# SPDX-License-Identifier: Apache-2.0
"""Stake pools as the chain has them now: stake, price, commission, bond, and what keeps PHA from coming or going."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pha.staking.amounts import DAY, PHA
from pha.staking.contracts import Contract
from pha.staking.errors import Refused
from pha.staking.machine import Wei
from pha.staking.suite import Suite

ONE_SHARE = 10**21
VIRTUAL_SHARES = 1000


@dataclass(frozen=True)
class Commission:
    """The operator's part of a reward, in basis points; `next_bps` from `next_at` on (0 for none announced)."""

    bps: int
    next_bps: int
    next_at: int


@dataclass(frozen=True)
class Bond:
    """The operator's own PHA in wei; `releasing` may be withdrawn from `release_at` on."""

    bonded: Wei
    releasing: Wei
    release_at: int


@dataclass(frozen=True)
class Cohort:
    """The requests of one UTC day. `amount` counts norms until it is settled."""

    index: int
    opened_day: int
    maturity_day: int
    amount: Wei
    era: int


@dataclass(frozen=True)
class PoolState:
    """A pool. Amounts in wei, times in Unix seconds.

    Attributes:
        active: stake behind live shares, rewards dripped until now included.
        at_exit: value of requests that can still be slashed.
        moved: what has moved to other pools and still answers for this one.
        pledged: the part of `active` that came by moves and still answers for another pool.
        owed: due to settled requests and closed generations, out of every slash's reach.
        undripped: rewards received that are not stake yet.
        locked: what is locked for workers.
        factor, norm: what a request's norm is worth (1 = 2^111), and the sum of the norms at stake.
        generation: how often it was wiped out.
        price: of one whole share.
        cap: that the operator set; 0 for none.
        bankrupt: takes no deposits until its operator reopens it.
        frozen_until: an open claim holds deposits and exits until then; 0 for no hold.
        listed_only: whether only listed receivers are taken; None where a hold or bankruptcy hides it.
        claims: numbers of open claims.
        workers: how many have a lock; None without a registry.
        due: rewards that wait for `payPool`; None without a schedule.
        bond: None where no bond contract is known.
    """

    number: int
    address: str
    operator: str
    active: Wei
    at_exit: Wei
    moved: Wei
    pledged: Wei
    owed: Wei
    undripped: Wei
    locked: Wei
    factor: Wei
    norm: Wei
    supply: Wei
    generation: int
    settled_cohorts: int
    cohorts: int
    price: Wei
    commission: Commission
    cap: Wei
    bankrupt: bool
    frozen_until: int
    listed_only: bool | None
    claims: tuple[int, ...]
    workers: int | None
    due: Wei | None
    bond: Bond | None

    @property
    def free(self) -> int:
        """Stake that more workers could lock: locks may rise only while active stake that isn't pledged covers them."""
        return max(self.active - self.pledged - self.locked, 0)


def read_pool(suite: Suite, pool: Contract) -> PoolState:
    """A pool's state now."""
    books, now = pool.ask("books"), suite.node.time()
    commission, hold = pool.ask("commission"), pool.ask("holdUntil")
    refusal = deposit_refusal(pool)
    claims: tuple[int, ...] = ()
    if suite.knows("slash-manager"):
        claims = tuple(sorted(suite.find("slash-manager").ask("openClaims", pool.address)))
    return PoolState(
        number=pool.ask("poolId"),
        address=pool.address,
        operator=pool.ask("operator"),
        active=books["active"],
        at_exit=books["atExit"],
        moved=books["moved"],
        pledged=_pledged(suite, pool),
        owed=books["owed"],
        undripped=books["undripped"],
        locked=books["locked"],
        factor=books["factor"],
        norm=books["norm"],
        supply=books["supply"],
        generation=books["generation"],
        settled_cohorts=books["settledCohorts"],
        cohorts=books["cohorts"],
        price=ONE_SHARE * (books["active"] + 1) // (books["supply"] + VIRTUAL_SHARES),
        commission=Commission(commission["currentBps"], commission["nextBps"], commission["startsAt"]),
        cap=pool.ask("cap"),
        bankrupt=refusal == "PoolBankrupt",
        frozen_until=hold if hold > now else 0,
        listed_only=None if refusal in ("PoolBankrupt", "PoolFrozen") else refusal == "ReceiverNotListed",
        claims=claims,
        workers=suite.find("registry").ask("workerCount", pool.address) if suite.knows("registry") else None,
        due=suite.find("schedule").ask("dueOf", pool.address)["assets"] if suite.knows("schedule") else None,
        bond=read_bond(suite, pool.address) if suite.knows("bond") else None,
    )


def read_bond(suite: Suite, pool: str) -> Bond:
    """A pool's bond."""
    bond = suite.find("bond").ask("bondOf", pool)
    return Bond(bond["bonded"], bond["releasing"], bond["releaseAt"])


def deposit_refusal(pool: Contract) -> str:
    """Why the pool would take no deposit for one who is surely on no list, as the name of its error.

    A pool has no view for bankruptcy or for its list; it says both when a deposit is tried, before it asks for PHA.
    """
    try:
        pool.run("deposit", PHA, pool.address)
    except Refused as refused:
        return refused.name
    return ""


def open_cohorts(pool: Contract, state: PoolState) -> Iterator[Cohort]:
    """The cohorts that are not settled, oldest first."""
    for index in range(state.settled_cohorts, state.cohorts):
        found = pool.ask("cohort", index)
        opened = found["maturityDay"] - found["exitDays"]
        yield Cohort(index, opened, found["maturityDay"], found["amount"], found["factor"])


def overdue_requests(
    suite: Suite, pool: Contract, state: PoolState, progress: Callable[[int], None] | None = None
) -> list[int]:
    """What anyone may have the pool's workers stopped for: uncovered beyond the grace period, oldest first.

    Requests, and days on which stake moved away, by the cohort's number.
    The log is searched only if there can be any, and only from the day of the oldest open request on.
    """
    if state.locked == 0:
        return []
    waiting = list(open_cohorts(pool, state))
    oldest = next(iter(waiting), None)
    if oldest is None or suite.node.time() < (oldest.opened_day + _grace_days(suite)) * DAY:
        return []
    head = suite.node.block_number()
    first = suite.node.first_block_since(oldest.opened_day * DAY)
    ids = dict.fromkeys(e["requestId"] for e in pool.events("RedeemRequest", first, head, progress))
    ids |= dict.fromkeys(one.index for one in waiting)
    return [one for one in ids if pool.ask("isOverdue", one)]


def _pledged(suite: Suite, pool: Contract) -> int:
    if not suite.knows("redelegation"):
        return 0
    pledged: int = pool.ask("previewMint", pool.ask("balanceOf", suite.find("redelegation").address))
    return pledged


def _grace_days(suite: Suite) -> int:
    """The grace period, or its lower bound where the parameters are not known: `isOverdue` decides."""
    grace_days_number, lowest = 2, 2
    if not suite.knows("parameters"):
        return lowest
    return int(suite.find("parameters").ask("get", grace_days_number))
