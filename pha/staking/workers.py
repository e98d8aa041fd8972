# SPDX-License-Identifier: Apache-2.0
"""What a worker is worth: least stake, value, share; and a model of the locks behind workers.

The functions are the contracts' arithmetic to the last wei (`WorkerValue.sol`); the `exact_` ones are the same formulas
in rational numbers or 60 digits, without any rounding, against which tests bound the error. Amounts are in wei,
performances are whole numbers, `…_e18` is a number in units of 10^-18, `…_bps` in units of 10^-4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from math import isqrt

ONE = 10**18
BPS = 10_000
DAY = 86_400
ROUNDING_WEI = 10**9
MAX_SHARES_PER_WEI = 10**9
CONFIDENCE_BPS = (10_000, 10_000, 10_000, 8_000, 7_000)

PARAMETERS: dict[str, int] = {
    "StakePerRootPerformanceE18": 50 * ONE,
    "MinPerformance": 50,
    "MaxPerformance": 1_000_000,
    "MaxWorkersPerPool": 200,
    "StakeMultiplierE18": 13 * ONE // 10,
    "RigCostPerPerformanceE18": 3 * ONE // 10,
    "RigCostBaseE18": 0,
    "MaxValueE18": 30_000 * ONE,
    "GrowthPerDayE18": 4_811_056_209_015_210,
    "CostPerPerformancePerDayE18": 113_869_863_013_699,
    "CostBasePerDayE18": 242_722_602_739_726_027,
    "UnresponsiveLossPerDayE18": 23_726_013_416_369_750,
    "MaxInstantPerformanceBps": 12_000,
    "Confidence1Bps": CONFIDENCE_BPS[0],
    "Confidence2Bps": CONFIDENCE_BPS[1],
    "Confidence3Bps": CONFIDENCE_BPS[2],
    "Confidence4Bps": CONFIDENCE_BPS[3],
    "Confidence5Bps": CONFIDENCE_BPS[4],
    "TreasuryShareBps": 2_000,
    "StakersShareBps": 4_000,
    "CatchUpBps": 20_000,
    "SettlementDays": 7,
    "UnpayableDays": 180,
    "EarningsSpreadDays": 7,
    "MinGatekeeperBondAmount": 100_000 * ONE,
    "MaxGatekeepers": 21,
    "QuorumBps": 6_667,
    "MinReporters": 3,
    "ReportDays": 3,
    "ObjectionSeconds": 6 * 3600,
    "GatekeeperUnbondingDays": 70,
    "EquivocationSlashBps": 10_000,
    "EquivocationReporterBps": 1_000,
}
"""Every tunable in the contract's order, with its default."""

GPU_CLASSES: dict[str, tuple[int, int]] = {
    "H100": (10_000, 1_250 * ONE),
    "H200": (15_000, 1_875 * ONE),
    "B200": (18_000, 2_250 * ONE),
}
"""Weight in 10^-4 and collateral in wei for each GPU, by model."""


@dataclass(frozen=True)
class Rates:
    """What moves a value: growth and costs a day, the cap, and the loss of a day without an answer."""

    growth_e18: int = PARAMETERS["GrowthPerDayE18"]
    cost_per_performance_e18: int = PARAMETERS["CostPerPerformancePerDayE18"]
    cost_base_e18: int = PARAMETERS["CostBasePerDayE18"]
    max_value: int = PARAMETERS["MaxValueE18"]
    loss_e18: int = PARAMETERS["UnresponsiveLossPerDayE18"]


def minimum_stake(performance: int, stake_per_root_e18: int = PARAMETERS["StakePerRootPerformanceE18"]) -> int:
    """⌈k·√P⌉ in wei."""
    square = stake_per_root_e18**2 * performance
    root = isqrt(square)
    return root + (root * root < square)


def initial_value(
    stake: int,
    performance: int,
    confidence_bps: int,
    multiplier_e18: int = PARAMETERS["StakeMultiplierE18"],
    rig_cost_per_performance: int = PARAMETERS["RigCostPerPerformanceE18"],
    rig_cost_base: int = PARAMETERS["RigCostBaseE18"],
) -> int:
    """⌊(1 + (Re − 1)·conf)·(S + C)⌋ in wei."""
    rig_cost = rig_cost_per_performance * performance + rig_cost_base
    return (stake + rig_cost) * (ONE * BPS + (multiplier_e18 - ONE) * confidence_bps) // (ONE * BPS)


def grown(value: int, instant: int, benchmark: int, rates: Rates) -> int:
    """The value after a day's work."""
    cost = rates.cost_per_performance_e18 * benchmark + rates.cost_base_e18
    gain = instant * (rates.growth_e18 * value + cost * ONE) // (benchmark * ONE)
    return max(value, min(value + gain, rates.max_value))


def decayed(value: int, rates: Rates) -> int:
    """The value after a day without an answer."""
    return value - value * rates.loss_e18 // ONE


def share_of(value: int, instant: int, confidence_bps: int, weight_bps: int = BPS) -> int:
    """⌊w·√(V² + (2·p·conf)²)⌋ in wei."""
    work = 2 * instant * confidence_bps * ONE // BPS
    return isqrt((value**2 + work**2) * weight_bps**2) // BPS


def after_payout(value: int, last_value: int, payout: int) -> int:
    """V − min(V gained since the last payout, payout)."""
    return value - min(max(value - last_value, 0), payout)


def exact_grown(value: Fraction, instant: int, benchmark: int, rates: Rates) -> Fraction:
    """The value after a day's work, unrounded."""
    cost = rates.cost_per_performance_e18 * benchmark + rates.cost_base_e18
    gain = Fraction(instant, benchmark) * (Fraction(rates.growth_e18, ONE) * value + cost)
    return max(value, min(value + gain, Fraction(rates.max_value)))


def exact_share(value: Fraction, instant: int, confidence_bps: int, weight_bps: int = BPS) -> Fraction:
    """What a worker counts, to 60 digits."""
    work = Fraction(2 * instant * confidence_bps * ONE, BPS)
    square = value**2 + work**2
    with localcontext() as context:
        context.prec = 60
        root = (Decimal(square.numerator) / Decimal(square.denominator)).sqrt()
    return Fraction(root) * Fraction(weight_bps, BPS)


@dataclass
class Lock:
    """One worker's part of its pool's locks."""

    shares: int
    era: int
    locked: int
    minimum: int
    status: str = "Working"
    was_slashed: bool = False


@dataclass
class LockModel:
    """The locks of one pool's workers, step by step as `WorkerLocks.sol` keeps them.

    `pool_locked` is the pool's own number, which slashes lower.
    """

    pool_locked: int = 0
    shares: int = 0
    cooling_shares: int = 0
    era: int = 0
    workers: dict[str, Lock] = field(default_factory=dict)

    def worth(self, lock: Lock) -> int:
        """What a worker's shares are worth, rounded down."""
        if lock.shares == 0 or lock.era != self.era:
            return 0
        return lock.shares * self.pool_locked // self.shares

    def kept(self, lock: Lock) -> int:
        """What slashes have left of a lock; less than a gwei is rounding."""
        worth = self.worth(lock)
        return worth if worth + ROUNDING_WEI < lock.locked else lock.locked

    def _take(self, assets: int) -> int:
        if self.shares and self.shares >= self.pool_locked * MAX_SHARES_PER_WEI:
            self.era, self.shares, self.cooling_shares = self.era + 1, 0, 0
        shares = -(-assets * self.shares // self.pool_locked) if self.shares else assets
        self.shares += shares
        self.pool_locked += assets
        return shares

    def start(self, key: str, assets: int, minimum: int) -> None:
        """Locks `assets` for a new worker."""
        shares = self._take(assets)
        self.workers[key] = Lock(shares, self.era, assets, minimum)

    def top_up(self, key: str, assets: int) -> None:
        """Locks more."""
        lock = self.workers[key]
        kept = self.kept(lock)
        lock.was_slashed |= kept < lock.locked
        shares = self._take(assets)
        if lock.era != self.era:
            lock.shares, lock.era, kept = 0, self.era, 0
        lock.shares += shares
        lock.locked = kept + assets

    def stop(self, key: str) -> None:
        """Sends a worker to cool down."""
        lock = self.workers[key]
        lock.status = "Cooling"
        if lock.era == self.era:
            self.cooling_shares += lock.shares

    def reconcile(self, key: str) -> int:
        """Writes a cut down; under its minimum the worker stops."""
        lock = self.workers[key]
        kept = self.kept(lock)
        lock.was_slashed |= kept < lock.locked
        lock.locked = kept
        if kept < lock.minimum and lock.status != "Cooling":
            self.stop(key)
        return kept

    def release(self, key: str) -> int:
        """Releases a lock that has cooled down; gives the wei that the pool unlocks."""
        lock = self.workers.pop(key)
        if lock.era != self.era:
            return 0
        self.cooling_shares -= lock.shares
        assets = lock.shares * self.pool_locked // self.shares
        self.shares -= lock.shares
        self.pool_locked -= assets
        return assets
