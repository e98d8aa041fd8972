# SPDX-License-Identifier: Apache-2.0
"""An exact model of a delegation vault over stake pools: its value, shares, queue, fee and votes.

It stands on `pha.staking.model.PoolModel`, one for each pool, and rounds as `contracts/staking/README.md` says. Written
for plainness: positions are valued request by request, sums taken anew, and every change of votes and value is kept
with its time. Amounts are wei of PHA, shares have 18 decimals, prices 15, times are Unix seconds. A step that the
contract would refuse raises `RefusedError` with the name of the error.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pha.staking.model import BPS, DAY, VIRTUAL_SHARES, PoolModel, RefusedError, Request, ceil_div
from pha.staking.slashing import SlashModel

PRICE_ONE = 10**15
MAX_PRICE = (1 << 72) - 1
MAX_ASSETS = (1 << 90) - 1
MAX_SHARES = (1 << 104) - 1
BANKRUPT_SHARES = 10_000
NOTICE_OVER_EXIT = 14 * DAY


@dataclass
class Claim:
    """A proven claim that is open. `ends_at` is the last second of its execution.

    `lock` names the worker's lock.
    """

    assets: int
    filed_at: int
    ends_at: int
    lock: str


@dataclass
class Position:
    """The vault in one pool. `shares` are of `generation`, and only those that the vault itself was given."""

    cap: int
    shares: int = 0
    generation: int = 0
    recall_day: int = 0


@dataclass
class Exit:
    """A request in the queue."""

    controller: str
    ready_at: int
    shares: int


@dataclass
class Claimable:
    """What a controller's filled requests come to."""

    shares: int = 0
    assets: int = 0


@dataclass
class VaultModel:
    """One vault. Set the time with `at` before each step; it never goes back."""

    address: str
    recipient: str
    now: int
    pools: dict[str, PoolModel]
    positions: dict[str, Position]
    min_deposit_amount: int = 10**16
    exit_days: int = 7
    worst_exit_days: int = 14
    execution_window_seconds: int = 7 * DAY
    idle: int = 0
    owed: int = 0
    mark: int = PRICE_ONE
    fee_bps: int = 0
    rise: tuple[int, int] | None = None
    """Basis points, and from when."""
    balances: dict[str, int] = field(default_factory=dict)
    delegates: dict[str, str] = field(default_factory=dict)
    exits: list[Exit | None] = field(default_factory=list)
    first: int = 0
    claimables: dict[str, Claimable] = field(default_factory=dict)
    claims: dict[str, dict[int, Claim]] = field(default_factory=dict)
    slashes: SlashModel = field(default_factory=SlashModel)
    bonds: dict[str, int] = field(default_factory=dict)
    recorded: int = 0
    past: dict[int, tuple[int, int, dict[str, int]]] = field(default_factory=dict)
    """By the time of a step: value recorded, supply, and each delegate's votes after it."""

    def at(self, now: int) -> None:
        """Moves to `now`, pools and all."""
        self.now = now
        for pool in self.pools.values():
            pool.now = now

    @property
    def supply(self) -> int:
        """Shares, those of waiting requests included."""
        return sum(self.balances.values())

    # Value

    def own_requests(self, name: str) -> list[Request]:
        """The vault's open requests in a pool."""
        return self.pools[name].own_requests(self.address)

    def claimed(self, name: str) -> int:
        """Wei that open claims would take from a pool, the bond spent."""
        live = [claim for claim in self.claims.get(name, {}).values() if claim.ends_at >= self.now]
        asked: dict[str, int] = {}
        for claim in live:
            asked[claim.lock] = asked.get(claim.lock, 0) + claim.assets
        taken = sum(self.slashes.left_of(lock, assets) for lock, assets in asked.items())
        return max(0, taken - self.bonds.get(name, 0))

    def worth(self, name: str) -> tuple[int, int, int]:
        """A position: wei that a slash would reach, wei out of its reach, and what open claims would take."""
        pool, position = self.pools[name], self.positions[name]
        active = pool.dripped()[0]
        at_stake = safe = 0
        if position.generation == pool.generation:
            at_stake = position.shares * (active + 1) // (pool.supply + VIRTUAL_SHARES)
        else:
            safe = self.left(name)
        for request in self.own_requests(name):
            if request.cohort < pool.settled:
                safe += pool.value_of(request)
            else:
                at_stake += pool.value_of(request)
        stake = active + pool.at_exit + pool.moved
        cut = ceil_div(at_stake * min(self.claimed(name), stake), stake) if stake else 0
        return at_stake, safe, cut

    def left(self, name: str) -> int:
        """What the closed generation of a position's shares left for them."""
        closed = self.pools[name].closed.get(self.positions[name].generation)
        return self.positions[name].shares * closed.assets // closed.supply if closed else 0

    def value(self) -> tuple[int, int]:
        """All that shares stand for: less what open claims would take, and without that."""
        worths = [self.worth(name) for name in self.positions]
        high = self.idle + sum(at_stake + safe for at_stake, safe, _ in worths)
        return high - sum(cut for _, _, cut in worths), high

    def awaited(self, low: int) -> int:
        """Wei that all requests would be paid at this value."""
        waiting = sum(one.shares for one in self.exits if one)
        return waiting * (low + 1) // (self.supply + 1)

    def missing(self, low: int, asked: str) -> int:
        """What requests await beyond the idle PHA and what pools owe: of a held one, only when the same is `asked`."""
        beyond = max(0, self.awaited(low) - self.idle)
        coming = sum(
            pool.value_of(request)
            for name, pool in self.pools.items()
            for request in self.own_requests(name)
            if name == asked or not pool.is_held or pool.is_claimable(request)
        )
        return max(0, beyond - coming)

    # The fee

    def fee_now(self) -> int:
        """Basis points of what the price rises over the mark."""
        return self.rise[0] if self.rise and self.now >= self.rise[1] else self.fee_bps

    def settle_fee(self) -> tuple[int, int]:
        """Mints the fee's shares, of what was earned until now at the fee until now; gives the value's two ends."""
        low, high = self.value()
        bps, self.fee_bps = self.fee_bps, self.fee_now()
        if bps != self.fee_bps:
            self.rise = None
        supply = self.supply
        price = ceil_div((low + 1) * PRICE_ONE, supply + 1)
        if supply == 0:
            if high:
                self.mark = PRICE_ONE
                self._credit(self.recipient, high)
        elif price > self.mark:
            left = price - (price - self.mark) * bps // BPS
            shares = max(0, (low + 1) * PRICE_ONE // left - (supply + 1)) if bps else 0
            self.mark = min(left, MAX_PRICE)
            if left <= MAX_PRICE:
                self._credit(self.recipient, min(shares, MAX_SHARES - supply))
        return low, high

    def set_fee(self, bps: int) -> None:
        """Lower at once, higher after the notice."""
        self.sync()
        if bps > self.fee_bps:
            self.rise = (bps, self.now + self.worst_exit_days * DAY + NOTICE_OVER_EXIT)
        else:
            self.fee_bps, self.rise = bps, None

    def sync(self) -> None:
        """Takes the fee and records the value."""
        self._record(self.settle_fee()[0])

    # In

    def deposit(self, assets: int, receiver: str) -> int:
        """Shares for `assets`. Raises RefusedError."""
        low, high = self.settle_fee()
        shares = assets * (self.supply + 1) // (high + 1)
        if shares == 0:
            raise RefusedError("ZeroShares")
        self._take_in(assets, shares, receiver, low, high)
        return shares

    def mint(self, shares: int, receiver: str) -> int:
        """Wei that `shares` cost. Raises RefusedError."""
        if shares == 0:
            raise RefusedError("ZeroShares")
        low, high = self.settle_fee()
        assets = ceil_div(shares * (high + 1), self.supply + 1)
        self._take_in(assets, shares, receiver, low, high)
        return assets

    def _take_in(self, assets: int, shares: int, receiver: str, low: int, high: int) -> None:
        if self.supply > BANKRUPT_SHARES * (high + 1):
            raise RefusedError("VaultBankrupt")
        if assets > MAX_ASSETS - high:
            raise RefusedError("DepositExceedsMaximum")
        if assets < self.min_deposit_amount:
            raise RefusedError("DepositTooSmall")
        self.idle += assets
        self._credit(receiver, shares)
        self._record(low + assets)

    # Out

    def request(self, shares: int, controller: str, owner: str) -> int:
        """The request's place in the queue. Raises RefusedError."""
        if shares == 0:
            raise RefusedError("ZeroShares")
        low, _ = self.settle_fee()
        if shares > self.balances.get(owner, 0):
            raise RefusedError("ERC20InsufficientBalance")
        self.transfer(owner, self.address, shares)
        self.exits.append(Exit(controller, self.now + self.exit_days * DAY, shares))
        self._record(low)
        return len(self.exits) - 1

    def cancel(self, place: int, controller: str) -> int:
        """Shares of a request that leaves the queue. Raises RefusedError."""
        found = self.exits[place] if place < len(self.exits) else None
        if found is None or found.controller != controller:
            raise RefusedError("NoSuchExit")
        self.exits[place] = None
        self.transfer(self.address, controller, found.shares)
        self._keep()
        return found.shares

    def fill(self, most: int) -> None:
        """Pays requests from idle PHA, in order: whole ones, then what there is for the next."""
        low, _ = self.settle_fee()
        while most and self.first < len(self.exits):
            most -= 1
            waiting = self.exits[self.first]
            if waiting:
                if waiting.ready_at > self.now:
                    break
                shares, assets = waiting.shares, waiting.shares * (low + 1) // (self.supply + 1)
                if assets > self.idle:
                    assets = self.idle
                    shares = min(shares, ceil_div(assets * (self.supply + 1), low + 1))
                    if assets == 0:
                        break
                low -= assets
                self._fill_one(waiting, shares, assets)
                if waiting.shares:
                    break
                self.exits[self.first] = None
            self.first += 1
        self._record(low)

    def _fill_one(self, waiting: Exit, shares: int, assets: int) -> None:
        self.balances[self.address] -= shares
        waiting.shares -= shares
        due = self.claimables.setdefault(waiting.controller, Claimable())
        due.shares += shares
        due.assets += assets
        self.idle -= assets
        self.owed += assets

    def pending(self, controller: str) -> int:
        """Shares that wait in the queue."""
        return sum(one.shares for one in self.exits if one and one.controller == controller)

    def claim(self, wanted: int, in_assets: bool, controller: str) -> int:
        """Wei paid for shares that were filled, or for so many wei. Raises RefusedError."""
        due = self.claimables.setdefault(controller, Claimable())
        whole = due.assets if in_assets else due.shares
        if wanted > whole:
            raise RefusedError("ClaimExceedsClaimable")
        if wanted == whole:
            shares, assets = due.shares, due.assets
        elif in_assets:
            shares, assets = ceil_div(due.shares * wanted, due.assets), wanted
        else:
            shares, assets = wanted, due.assets * wanted // due.shares
        due.shares -= shares
        due.assets -= assets
        self.owed -= assets
        return assets

    # Pools

    def delegate_to(self, name: str, assets: int) -> None:
        """Puts idle PHA into a pool. Raises RefusedError."""
        low, _ = self.settle_fee()
        self._record(low)
        if assets > max(0, self.idle - self.awaited(low)):
            raise RefusedError("IdleTooSmall")
        position = self._collected(name)
        position.shares += self.pools[name].deposit(assets, self.address)
        self.idle -= assets
        at_stake, safe, _ = self.worth(name)
        if at_stake + safe > position.cap:
            raise RefusedError("CapExceeded")

    def recall(self, name: str) -> None:
        """Asks a pool for what requests miss. Raises RefusedError."""
        low, _ = self.settle_fee()
        self._record(low)
        missing = self.missing(low, name)
        if missing == 0:
            raise RefusedError("NothingToRecall")
        self._unstake(name, missing)

    def recall_from(self, name: str, assets: int) -> None:
        """Asks a pool for `assets`, or for what requests miss if that is more. Raises RefusedError."""
        low, _ = self.settle_fee()
        self._record(low)
        self._unstake(name, max(assets, self.missing(low, name)))

    def _unstake(self, name: str, assets: int) -> None:
        position, pool = self._collected(name), self.pools[name]
        if position.recall_day == self.now // DAY:
            raise RefusedError("RecalledToday")
        shares = ceil_div(assets * (pool.supply + VIRTUAL_SHARES), pool.dripped()[0] + 1)
        shares = min(shares, position.shares)
        if shares == 0:
            raise RefusedError("NothingToRecall")
        position.recall_day = self.now // DAY
        position.shares -= shares
        pool.request(shares, self.address, self.address)

    def collect(self, name: str) -> None:
        """Brings in what is free in a pool."""
        self._collected(name)
        self.sync()

    def _collected(self, name: str) -> Position:
        pool, position = self.pools[name], self.positions[name]
        if position.generation != pool.generation:
            if position.shares:
                self.idle += self.left(name)
                pool.claim_closed(position.generation, self.address)
            position.shares, position.generation = 0, pool.generation
        for request in self.own_requests(name):
            if not pool.is_claimable(request):
                break
            self.idle += pool.claim(request.shares, False, self.address)[0]
        return position

    # Claims on pools, as the slash manager keeps them

    def file(self, name: str, number: int, assets: int, lock: str = "", budget: int = 0) -> None:
        """A proven claim, on a lock of its own unless one is named. Raises RefusedError."""
        lock, budget = (lock, budget) if lock else (str(number), assets)
        self.slashes.file(lock, budget)
        ends_at = self.now + self.execution_window_seconds
        self.claims.setdefault(name, {})[number] = Claim(assets, self.now, ends_at, lock)
        self.pools[name].hold(self._span(name)[1])

    def execute(self, name: str, number: int) -> int:
        """Wei that the pool loses. Raises RefusedError."""
        claim = self.claims[name][number]
        if self.now > claim.ends_at:
            raise RefusedError("ClaimOutsideWindow")
        assets = self.slashes.forfeit(claim.lock, claim.assets)
        from_bond = min(assets, self.bonds.get(name, 0))
        self.bonds[name] = self.bonds.get(name, 0) - from_bond
        taken = self.pools[name].slash(assets - from_bond) if from_bond < assets else 0
        self._end(name, number)
        return taken

    def lapse(self, name: str, number: int) -> None:
        """Nobody executed it in time. Raises RefusedError."""
        if self.now <= self.claims[name][number].ends_at:
            raise RefusedError("ClaimOutsideWindow")
        self._end(name, number)

    def _end(self, name: str, number: int) -> None:
        del self.claims[name][number]
        self.pools[name].move_hold(*self._span(name))

    def _span(self, name: str) -> tuple[int, int]:
        live = [claim for claim in self.claims[name].values() if claim.ends_at >= self.now]
        since = min([self.now, *(claim.filed_at for claim in live)])
        return since, max([0, *(claim.ends_at + 1 for claim in live)])

    # Shares and votes

    def transfer(self, sender: str, receiver: str, shares: int) -> None:
        """Moves shares. Raises RefusedError."""
        if shares > self.balances.get(sender, 0):
            raise RefusedError("ERC20InsufficientBalance")
        self._credit(sender, -shares)
        self._credit(receiver, shares)
        self._keep()

    def delegate(self, account: str, delegatee: str) -> None:
        """From now on `delegatee` votes for `account`."""
        self.delegates[account] = delegatee
        self._keep()

    def votes(self) -> dict[str, int]:
        """Shares that each delegate votes for."""
        votes: dict[str, int] = {}
        for account, balance in self.balances.items():
            if account in self.delegates:
                votes[self.delegates[account]] = votes.get(self.delegates[account], 0) + balance
        return votes

    def votes_at(self, time: int) -> tuple[int, int, dict[str, int]]:
        """Value recorded, supply and votes as they were at the end of a past second."""
        times = [each for each in self.past if each <= time]
        return self.past[max(times)] if times else (0, 0, {})

    def _credit(self, account: str, shares: int) -> None:
        self.balances[account] = self.balances.get(account, 0) + shares

    def _record(self, low: int) -> None:
        self.recorded = low
        self._keep()

    def _keep(self) -> None:
        self.past[self.now] = (self.recorded, self.supply, self.votes())
