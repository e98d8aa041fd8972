# SPDX-License-Identifier: Apache-2.0
"""A simulation over years of emission, delegation and slashes, a row a day and a row a year.

It runs the exact models, a worker and a request at a time, so every figure is what the contracts would come to if the
scenario's people called them so. No worker is averaged with another. Amounts are wei; prices are wei a share; growths
are in units of 10^-18.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from pha.bridge.progress import Track, silent
from pha.staking.model import VIRTUAL_SHARES, PoolModel
from pha.staking.simulation_books import Equation, check, equations
from pha.staking.simulation_delegators import Delegators
from pha.staking.simulation_scenario import YEAR, Scenario
from pha.staking.simulation_world import World
from pha.staking.workers import ONE

POOL_SHARE = VIRTUAL_SHARES * ONE
LEVELS = range(1, 6)


@dataclass(frozen=True)
class Day:
    """How the world stands at a day's end. Sums count from the beginning unless they say otherwise."""

    day: int
    reserve: int
    assigned: int
    paid_to_workers: int
    paid_to_stakers: int
    paid_to_treasury: int
    commission: int
    slashed_from_bonds: int
    slashed_from_pools: int
    reporters: int
    burned: int
    slashed_to_treasury: int
    staked: int
    locked: int
    workers: int
    price_low: int
    price_mean: int
    price_high: int
    vault_price: int
    vault_value: int
    votes: int
    growth: int
    """What the day made of a wei that was spread as all stake of the day before."""
    vault_growth: int
    payout_by_level: tuple[int, ...]
    """To workers of each confidence level, on this day alone."""
    answers_by_level: tuple[int, ...]
    """Workers of each level that were paid on this day."""


@dataclass(frozen=True)
class Year:
    """One year's sums, and how it ended."""

    number: int
    assigned: int
    to_workers: int
    to_stakers: int
    to_treasury: int
    slashed: int
    burned: int
    growth: int
    vault_growth: int
    payout_by_level: tuple[int, ...]
    last: Day


@dataclass(frozen=True)
class GroupResult:
    """What a group of workers was paid in all, and on how many days of a worker."""

    name: str
    to_workers: int
    to_stakers: int
    worker_days: int


@dataclass(frozen=True)
class Run:
    """A simulation's result."""

    scenario: Scenario
    days: tuple[Day, ...]
    years: tuple[Year, ...]
    groups: tuple[GroupResult, ...]
    offences: tuple[int, ...]
    refused: dict[str, int]
    books: tuple[Equation, ...]
    balanced_days: int

    @property
    def reserve_used_up(self) -> int | None:
        """The schedule's day, its first being 1, by which less than one PHA is left; None if there is always more."""
        return next((day.day - 1 - self.scenario.first_day for day in self.days if day.reserve < ONE), None)


class Simulation:
    """A world and its people, a day at a time."""

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        self.world = World(scenario)
        self.delegators = Delegators(self.world)
        self._before: dict[str, tuple[int, int, int]] = {}
        self._vault_before = 0
        self._seen = [0] * len(scenario.workers), [0] * len(scenario.workers)

    def open(self) -> Day:
        """The first day: stake is delegated and workers start; nothing is paid yet."""
        world = self.world
        world.vault.at(world.now)
        self.delegators.open()
        for index, group in enumerate(self.scenario.workers):
            for _ in range(group.count):
                world.start_worker(index)
        check(world)
        return self._measured()

    def next(self) -> Day:
        """One day more. Raises ConservationError."""
        world, delegators = self.world, self.delegators
        world.day += 1
        world.vault.at(world.now)
        world.execute_claims()
        world.release_cooled()
        world.settle_epoch(world.day - 1)
        world.close_epochs()
        world.pay()
        delegators.reopen()
        world.come_and_go()
        delegators.move(_staked(world))
        delegators.keep_vault()
        delegators.claim()
        world.offend()
        check(world)
        return self._measured()

    def _measured(self) -> Day:
        world = self.world
        purse, schedule, vault = world.purse, world.schedule, world.vault
        low, _ = vault.value()
        vault_price = (low + 1) * ONE // (vault.supply + 1)
        votes = sum(vault.votes().values()) * vault.recorded // vault.supply if vault.supply else 0
        prices = [price_of(pool) for pool in world.pools.values() if pool.supply]
        weighed = [(price_of(pool), pool.dripped()[0]) for pool in world.pools.values() if pool.supply]
        whole = sum(active for _, active in weighed)
        vault_growth = vault_price * ONE // self._vault_before if self._vault_before else ONE
        self._vault_before = vault_price
        return Day(
            day=world.day,
            reserve=schedule.reserve,
            assigned=world.assigned,
            paid_to_workers=sum(world.paid_to_workers),
            paid_to_stakers=sum(world.paid_to_stakers),
            paid_to_treasury=purse.emitted_to_treasury,
            commission=purse.commission,
            slashed_from_bonds=purse.slashed_from_bonds,
            slashed_from_pools=purse.slashed_from_pools,
            reporters=purse.reporters,
            burned=purse.burned,
            slashed_to_treasury=purse.slashed_to_treasury,
            staked=_staked(world),
            locked=sum(pool.locked for pool in world.pools.values()),
            workers=len(world.working()),
            price_low=min(prices, default=0),
            price_mean=sum(price * active for price, active in weighed) // whole if whole else 0,
            price_high=max(prices, default=0),
            vault_price=vault_price,
            vault_value=low,
            votes=votes,
            growth=self._growth(),
            vault_growth=vault_growth,
            payout_by_level=self._since_yesterday(0, world.paid_to_workers),
            answers_by_level=self._since_yesterday(1, world.answers),
        )

    def _growth(self) -> int:
        """What a wei, spread as all stake of yesterday, has become; a closed generation is what it left."""
        stake = gain = 0
        for name, pool in self.world.pools.items():
            price, active, generation = self._before.get(name, (0, 0, 0))
            if price:
                now = price_of(pool)
                if generation != pool.generation:
                    closed = pool.closed[generation]
                    now = closed.assets * POOL_SHARE // closed.supply
                stake += active
                gain += active * now // price
            self._before[name] = (price_of(pool) if pool.supply else 0, pool.dripped()[0], pool.generation)
        return gain * ONE // stake if stake else ONE

    def _since_yesterday(self, which: int, sums: list[int]) -> tuple[int, ...]:
        seen, levels = self._seen[which], [0] * len(LEVELS)
        for index, group in enumerate(self.scenario.workers):
            levels[group.confidence - 1] += sums[index] - seen[index]
        seen[:] = sums
        return tuple(levels)


def price_of(pool: PoolModel) -> int:
    """Wei of one share, 10^21 of its least units; 10^18 at first."""
    return POOL_SHARE * (pool.dripped()[0] + 1) // (pool.supply + VIRTUAL_SHARES)


def _staked(world: World) -> int:
    return sum(pool.dripped()[0] + pool.at_exit for pool in world.pools.values())


def product(growths: list[int]) -> int:
    """Growths one after the other, in units of 10^-18 and rounded down at each."""
    whole = ONE
    for growth in growths:
        whole = whole * growth // ONE
    return whole


def simulate(scenario: Scenario, track: Track = silent) -> Run:
    """Runs a scenario: one day to open, then 365 a year. Raises ConservationError if PHA appears or vanishes."""
    simulation = Simulation(scenario)
    days = [simulation.open()]
    for _ in track(range(scenario.years * YEAR), "days", scenario.years * YEAR):
        days.append(simulation.next())  # noqa: PERF401
    world = simulation.world
    groups = zip(scenario.workers, world.paid_to_workers, world.paid_to_stakers, world.answers, strict=True)
    return Run(
        scenario,
        tuple(days),
        tuple(_year(number, days) for number in range(1, scenario.years + 1)),
        tuple(GroupResult(group.name, *sums) for group, *sums in groups),
        tuple(world.offences),
        dict(sorted(world.refused.items())),
        tuple(equations(world)),
        len(days),
    )


def _year(number: int, days: list[Day]) -> Year:
    before, *rest = days[(number - 1) * YEAR : number * YEAR + 1]
    last = rest[-1]

    def rise(of: Callable[[Day], int]) -> int:
        return of(last) - of(before)

    return Year(
        number=number,
        assigned=rise(lambda day: day.assigned),
        to_workers=rise(lambda day: day.paid_to_workers),
        to_stakers=rise(lambda day: day.paid_to_stakers),
        to_treasury=rise(lambda day: day.paid_to_treasury),
        slashed=rise(lambda day: day.slashed_from_bonds + day.slashed_from_pools),
        burned=rise(lambda day: day.burned),
        growth=product([day.growth for day in rest]),
        vault_growth=product([day.vault_growth for day in rest]),
        payout_by_level=tuple(sum(day.payout_by_level[level - 1] for day in rest) for level in LEVELS),
        last=last,
    )


def fields_of_a_day() -> tuple[str, ...]:
    """Names of a day's figures, in their order."""
    return tuple(each.name for each in fields(Day))


NO_AMOUNTS = frozenset({"day", "workers", "answers_by_level"})
AMOUNT_FIELDS = frozenset(fields_of_a_day()) - NO_AMOUNTS
"""Figures with 18 decimals: amounts, prices and growths."""
