# SPDX-License-Identifier: Apache-2.0
"""An exact model of one stake pool: shares, exit requests, rewards, slashes, generations, holds.

Integers throughout, rounded as `contracts/staking/README.md` says. It is written for plainness: every sum is
taken anew over all requests, cohorts or holders, where the contracts keep running totals. Amounts are wei of PHA,
shares have 21 decimals, times are Unix seconds. A step that the contract would refuse raises `RefusedError` with the
name of the error.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pha.staking.pool_records import (
    BPS,
    COHORTS_A_STEP,
    DAY,
    MAX_ASSETS,
    MAX_HOLD,
    MAX_SHARES,
    MIN_FACTOR,
    MIN_REWARDED_SHARES,
    ONE,
    VIRTUAL_SHARES,
    Closed,
    Cohort,
    Parameters,
    RefusedError,
    Request,
    ceil_div,
)

__all__ = [
    "BPS",
    "DAY",
    "MAX_HOLD",
    "ONE",
    "VIRTUAL_SHARES",
    "PoolModel",
    "RefusedError",
    "Request",
    "ceil_div",
]


@dataclass
class PoolModel:
    """One pool. Set `now` before each step; it never goes back."""

    operator: str
    commission_bps: int
    now: int
    parameters: Parameters = field(default_factory=Parameters)
    active: int = 0
    factor: int = ONE
    era: int = 0
    norm: int = 0
    """Σ norms of open cohorts, as this era counts them."""
    moved_norm: int = 0
    """The same of stake that went to other pools and still answers for this one; eras' ends round it down."""
    moved_loss: int = 0
    """Wei that slashes have charged to such stake so far, to be taken where it went."""
    escrow: str = ""
    """Whose shares answer for another pool, so that no worker's lock may lean on them here."""
    owed: int = 0
    undripped: int = 0
    drip_updated_at: int = 0
    drip_ends_at: int = 0
    locked: int = 0
    generation: int = 0
    bankrupt: bool = False
    hold_until: int = 0
    released: int = 0
    """How many cohorts may be settled while the hold lasts."""
    released_at: dict[int, int] = field(default_factory=dict)
    """How many were due and covered at a claim's filing, by its time."""
    next_commission_bps: int = 0
    commission_from: int | None = None
    balances: dict[str, int] = field(default_factory=dict)
    closed: dict[int, Closed] = field(default_factory=dict)
    requests: dict[tuple[str, int], Request] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    cohorts: list[Cohort] = field(default_factory=list)
    settled: int = 0
    held: int = 0
    """PHA the pool holds by its books: what came in less what went out."""

    # What the books say

    @property
    def supply(self) -> int:
        """Live shares."""
        return sum(self.balances.values())

    @property
    def at_exit(self) -> int:
        """U: what open requests are reckoned at, rounded up."""
        return ceil_div(self.norm * self.factor, ONE)

    @property
    def moved(self) -> int:
        """W: what stake in other pools answers for here, rounded down."""
        return self.moved_norm * self.factor // ONE

    @property
    def today(self) -> int:
        """Days since 1970."""
        return self.now // DAY

    @property
    def is_held(self) -> bool:
        """Whether a claim may still be executed."""
        return self.now < self.hold_until

    def shares_for(self, assets: int) -> int:
        """Shares that a deposit of `assets` brings, rounded down."""
        return assets * (self.supply + VIRTUAL_SHARES) // (self.active + 1)

    def assets_for(self, shares: int) -> int:
        """What `shares` are worth, rounded down."""
        return shares * (self.active + 1) // (self.supply + VIRTUAL_SHARES)

    def commission_now(self) -> int:
        """Basis points of a reward that come in now."""
        due = self.commission_from is not None and self.now >= self.commission_from
        return self.next_commission_bps if due else self.commission_bps

    # Time

    def dripped(self) -> tuple[int, int, int]:
        """Active stake, rewards still to drip, and when those end, as of now; nothing is stored."""
        if self.undripped == 0:
            return self.active, 0, self.drip_ends_at
        elapsed = self.now - self.drip_updated_at
        if self.supply < MIN_REWARDED_SHARES:
            return self.active, self.undripped, self.drip_ends_at + elapsed
        span = self.drip_ends_at - self.drip_updated_at
        released = self.undripped if self.now >= self.drip_ends_at else self.undripped * elapsed // span
        return self.active + released, self.undripped - released, self.drip_ends_at

    def accrue(self) -> None:
        """Brings dripped rewards into the active stake."""
        self.active, self.undripped, self.drip_ends_at = self.dripped()
        self.drip_updated_at = self.now

    def unpledged(self) -> int:
        """Active stake that locks may lean on: without what is in escrow here and answers for another pool."""
        active = self.dripped()[0]
        pledged = ceil_div(self.balances.get(self.escrow, 0) * (active + 1), self.supply + VIRTUAL_SHARES)
        return max(0, active - pledged)

    def is_due(self, index: int) -> bool:
        """Whether a cohort's day has come."""
        return self.cohorts[index].maturity_day * DAY <= self.now

    def is_covered(self, index: int) -> bool:
        """Whether what stands behind an open cohort, in the queue and at stake, covers the locks."""
        later, moved = self.norm, self.moved_norm
        for other in self.cohorts[self.settled : index + 1]:
            later -= other.norm * other.scale // ONE
            moved = max(0, moved - other.moved * other.scale // ONE)
        behind = ceil_div(later * self.factor, ONE) + moved * self.factor // ONE
        return self.locked == 0 or self.unpledged() + behind >= self.locked

    def is_settleable(self, index: int) -> bool:
        """Whether an open cohort would be settled once those before it are."""
        due = index < self.released if self.is_held else self.is_due(index)
        return due and self.is_covered(index)

    def settle(self, most: int = COHORTS_A_STEP) -> None:
        """Settles cohorts that are due and covered, oldest first, at most so many."""
        end = min(len(self.cohorts), self.settled + most)
        while self.settled < end and self.is_settleable(self.settled):
            self._settle_next()

    def _settle_next(self) -> None:
        cohort = self.cohorts[self.settled]
        before = self.at_exit
        self.settled += 1
        self.norm -= cohort.norm * cohort.scale // ONE
        self.moved_norm = max(0, self.moved_norm - cohort.moved * cohort.scale // ONE)
        cohort.factor = self.factor
        self.owed += before - self.at_exit

    # In

    def deposit(self, assets: int, receiver: str) -> int:
        """Shares for `assets`. Raises RefusedError."""
        self.accrue()
        shares = self.shares_for(assets)
        if shares == 0:
            raise RefusedError("ZeroShares")
        self._take_in(assets, shares, receiver)
        return shares

    def mint(self, shares: int, receiver: str) -> int:
        """Wei that `shares` cost. Raises RefusedError."""
        self.accrue()
        if shares == 0:
            raise RefusedError("ZeroShares")
        assets = ceil_div(shares * (self.active + 1), self.supply + VIRTUAL_SHARES)
        self._take_in(assets, shares, receiver)
        return assets

    def _take_in(self, assets: int, shares: int, receiver: str) -> None:
        if self.bankrupt:
            raise RefusedError("PoolBankrupt")
        if self.now < self.hold_until:
            raise RefusedError("PoolFrozen")
        if assets > MAX_ASSETS - self.active or shares > MAX_SHARES - self.supply:
            raise RefusedError("DepositExceedsMaximum")
        if assets < self.parameters.min_deposit_amount:
            raise RefusedError("DepositTooSmall")
        self.active += assets
        self.held += assets
        self._credit(receiver, shares)

    def _credit(self, account: str, shares: int) -> None:
        self.balances[account] = self.balances.get(account, 0) + shares

    # Out

    def request(self, shares: int, controller: str, owner: str) -> Request:
        """Turns shares into a request. Raises RefusedError."""
        if shares == 0:
            raise RefusedError("ZeroShares")
        self.accrue()
        if shares > self.balances.get(owner, 0):
            raise RefusedError("ERC20InsufficientBalance")
        norm = self.assets_for(shares) * ONE // self.factor
        self._open_cohort()
        self.balances[owner] -= shares
        before = self.at_exit
        self.cohorts[-1].norm += norm
        self.norm += norm
        self.active -= self.at_exit - before
        number = self.counts.get(controller, 0)
        self.counts[controller] = number + 1
        request = Request(controller, number, len(self.cohorts) - 1, norm, shares)
        self.requests[controller, number] = request
        return request

    def move_out(self, shares: int, owner: str) -> tuple[int, int, int]:
        """Wei that leave for another pool, the cohort they answer with, and F. Raises RefusedError."""
        if shares == 0:
            raise RefusedError("ZeroShares")
        self.accrue()
        if shares > self.balances.get(owner, 0):
            raise RefusedError("ERC20InsufficientBalance")
        norm = self.assets_for(shares) * ONE // self.factor
        self._open_cohort()
        self.balances[owner] -= shares
        before = self.moved
        self.cohorts[-1].moved += norm
        self.moved_norm += norm
        assets = self.moved - before
        self.active -= assets
        self.held -= assets
        return assets, len(self.cohorts) - 1, self.factor

    def survival(self, index: int) -> int:
        """What slashes have left of a cohort's norm of one, until now or until it was settled."""
        cohort = self.cohorts[index]
        return cohort.value(ONE, self.factor if cohort.factor is None else cohort.factor)

    def is_move_overdue(self, index: int) -> bool:
        """Whether stake that moved waits uncovered beyond the grace period."""
        cohort = self.cohorts[index]
        if cohort.moved == 0 or index < self.settled or self.is_covered(index):
            return False
        return self.today >= cohort.opened_day + self.parameters.grace_days

    def _open_cohort(self) -> None:
        if self.cohorts:
            last = self.cohorts[-1]
            if last.opened_day == self.today and last.factor is None and last.era == self.era:
                return
            self.settle()
        latest = self.cohorts[-1].maturity_day if self.cohorts else 0
        self.cohorts.append(Cohort(self.today, max(latest, self.today + self.parameters.exit_days), self.era))

    def cancel(self, controller: str, number: int) -> int:
        """Shares for a request that returns to stake. Raises RefusedError."""
        self.accrue()
        request = self.requests.get((controller, number))
        if request is None:
            raise RefusedError("NoSuchRequest")
        cohort = self.cohorts[request.cohort]
        if cohort.factor is not None or self.is_settleable(request.cohort):
            raise RefusedError("RequestMatured")
        shares = self.shares_for(self.value_of(request))
        before = self.at_exit
        self.norm -= request.norm * cohort.scale // ONE
        cohort.norm -= request.norm
        self.active += before - self.at_exit
        del self.requests[controller, number]
        self._credit(controller, shares)
        return shares

    def value_of(self, request: Request) -> int:
        """Wei that a request comes to, or would if it were paid now."""
        cohort = self.cohorts[request.cohort]
        return cohort.value(request.norm, self.factor if cohort.factor is None else cohort.factor)

    def is_claimable(self, request: Request) -> bool:
        """Whether a request would be paid now."""
        return request.cohort < self.settled or self.is_settleable(request.cohort)

    def is_overdue(self, request: Request) -> bool:
        """Whether a request waits uncovered beyond the grace period."""
        if request.norm == 0 or request.cohort < self.settled or self.is_covered(request.cohort):
            return False
        return self.today >= self.cohorts[request.cohort].opened_day + self.parameters.grace_days

    def own_requests(self, controller: str) -> list[Request]:
        """Open requests, oldest first."""
        return [request for (who, _), request in sorted(self.requests.items()) if who == controller]

    def claimable(self, controller: str) -> tuple[int, int]:
        """Shares and wei that could be claimed at once."""
        shares = assets = 0
        for request in self.own_requests(controller):
            if not self.is_claimable(request):
                break
            shares += request.shares
            assets += self.value_of(request)
        return shares, assets

    def claim(self, wanted: int, in_assets: bool, controller: str) -> tuple[int, int]:
        """Pays from the oldest requests on until `wanted` wei (or shares) are reached; gives wei, shares."""
        shares, assets = self.claimable(controller)
        if wanted > (assets if in_assets else shares):
            raise RefusedError("ClaimExceedsClaimable")
        paid = given = 0
        for request in self.own_requests(controller):
            missing = wanted - (paid if in_assets else given)
            if missing <= 0:
                break
            self._settle_through(request.cohort)
            norm, part = self._part(request, missing, in_assets)
            cohort = self.cohorts[request.cohort]
            assert cohort.factor is not None
            paid, given = paid + cohort.value(norm, cohort.factor), given + part
            request.norm -= norm
            request.shares -= part
            if request.norm == 0 and request.shares == 0:
                del self.requests[controller, request.number]
        self.owed -= paid
        self.held -= paid
        return paid, given

    def _settle_through(self, index: int) -> None:
        while self.settled <= index:
            self._settle_next()

    def _part(self, request: Request, missing: int, in_assets: bool) -> tuple[int, int]:
        whole = self.value_of(request) if in_assets else request.shares
        if missing >= whole:
            return request.norm, request.shares
        if in_assets:
            cohort = self.cohorts[request.cohort]
            assert cohort.factor is not None
            norm = ceil_div(ceil_div(missing * ONE, cohort.factor) * ONE, cohort.scale)
            return norm, request.shares * norm // request.norm
        return request.norm * missing // request.shares, missing

    def claim_closed(self, generation: int, account: str) -> int:
        """Wei of a closed generation. Raises RefusedError."""
        closed = self.closed.get(generation)
        if closed is None:
            raise RefusedError("GenerationNotClosed")
        assets = closed.balances.pop(account, 0) * closed.assets // closed.supply
        self.owed -= assets
        self.held -= assets
        return assets

    # The operator and the modules

    def reopen(self) -> None:
        """Takes deposits again. Raises RefusedError."""
        if not self.bankrupt:
            raise RefusedError("NotBankrupt")
        self.bankrupt = False

    def set_commission(self, bps: int) -> None:
        """Lower at once, higher after the notice."""
        self.commission_bps = self.commission_now()
        if bps > self.commission_bps:
            self.next_commission_bps = bps
            self.commission_from = self.now + self.parameters.commission_notice_days * DAY
        else:
            self.commission_bps, self.commission_from = bps, None

    def reward(self, assets: int) -> int:
        """Takes a reward: the wei of it that are the operator's. Raises RefusedError."""
        self.accrue()
        if self.supply < MIN_REWARDED_SHARES:
            raise RefusedError("NobodyToReward")
        commission = assets * self.commission_now() // BPS
        self.undripped += assets - commission
        self.drip_updated_at, self.drip_ends_at = self.now, self.now + self.parameters.reward_drip_seconds
        self.held += assets - commission
        return commission

    def lock(self, assets: int) -> None:
        """Raises RefusedError."""
        self.accrue()
        if self.locked + assets > self.unpledged():
            raise RefusedError("LockExceedsActive")
        self.locked += assets

    def unlock(self, assets: int) -> None:
        """At most what is locked."""
        self.locked -= min(assets, self.locked)

    def hold(self, until: int) -> None:
        """A claim is filed: what is not due and covered waits until it is over. Raises RefusedError."""
        self.settle()
        free = self.settled
        if self.is_held:
            end = min(len(self.cohorts), self.settled + COHORTS_A_STEP)
            while free < end and self.is_due(free) and self.is_covered(free):
                free += 1
        else:
            self.released = self.settled
        self.released_at.setdefault(self.now, free)
        self._set_hold(until)

    def move_hold(self, since: int, until: int) -> None:
        """A claim is over, the oldest left was filed at `since`. Raises RefusedError."""
        self.released = max(self.released, self.released_at.get(since, 0))
        self._set_hold(until)
        if self.settled < self.released:
            self.settle()

    def _set_hold(self, until: int) -> None:
        if until > self.now + MAX_HOLD:
            raise RefusedError("HoldTooLong")
        self.hold_until = until

    def slash(self, assets: int) -> int:
        """Wei taken here: at most `assets`, less the part of what has moved. Never refuses."""
        self.accrue()
        self.settle()
        present = self.active + self.at_exit
        stake = present + self.moved
        loss = min(assets, stake)
        if loss == 0:
            return 0
        taken = loss * present // stake
        self.moved_loss += loss - taken
        self.factor = self.factor * (stake - loss) // stake
        self.active = present - taken - self.at_exit
        self.locked -= min(self.locked, loss)
        self.held -= taken
        dear = self.supply + VIRTUAL_SHARES > 10**9 * VIRTUAL_SHARES * (self.active + 1)
        worthless = self.supply != 0 and (self.active == 0 or dear)
        if self.factor < MIN_FACTOR:
            for cohort in self.cohorts[self.settled :]:
                cohort.scale = cohort.scale * self.factor // ONE
            self.norm, self.moved_norm = self.at_exit, self.moved
            self.factor, self.era = ONE, self.era + 1
        if worthless:
            self.closed[self.generation] = Closed(self.active, self.supply, self.balances)
            self.owed += self.active
            self.balances, self.active = {}, 0
            self.generation += 1
            self.bankrupt = True
        self.locked = min(self.locked, self.active + self.at_exit + self.moved)
        return taken
