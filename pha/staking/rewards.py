# SPDX-License-Identifier: Apache-2.0
"""The reward schedule to the last wei: what a day releases, what an epoch is given, what a worker of it is paid.

`pha/staking/workers.py` has the arithmetic of values and shares. Amounts are in wei, epochs and days are UTC days since
1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pha.staking.gatekeepers import Record
from pha.staking.typed_data import Report
from pha.staking.workers import BPS, CONFIDENCE_BPS, DAY, ONE, Rates, after_payout, decayed, grown, share_of


@dataclass(frozen=True)
class Curve:
    """720,000 PHA a day, falling by a quarter each 180 days, unless said otherwise."""

    first_day: int
    first_amount: int = 720_000 * ONE
    period_days: int = 180
    retained_bps: int = 7_500

    def daily(self, day: int) -> int:
        """What `day` releases."""
        if day < self.first_day:
            return 0
        amount = self.first_amount
        for _ in range((day - self.first_day) // self.period_days):
            amount = amount * self.retained_bps // BPS
        return amount

    def total(self, day: int) -> int:
        """What all days up to and with `day` release."""
        if day < self.first_day:
            return 0
        periods, rest = divmod(day - self.first_day + 1, self.period_days)
        starts = [self.daily(self.first_day + period * self.period_days) for period in range(periods + 1)]
        return sum(starts[:-1]) * self.period_days + starts[-1] * rest


@dataclass
class Worker:
    """A worker as rewards see it.

    `initial_value` and `stake` are in wei, `started` and `stopped` (0 while it works) are days, `confidence` is 0
    without evidence that counts, else 1 to 5.
    """

    pool: str
    performance: int
    initial_value: int
    stake: int
    started: int
    confidence: int = 1
    weight_bps: int = BPS
    stopped: int = 0
    unresponsive: bool = False


@dataclass
class Progress:
    """A worker's V now and after the last payout, in its session, and its last epoch settled."""

    value: int
    last_value: int
    session: int
    last_epoch: int = 0


@dataclass
class EpochBudget:
    """An epoch that was opened; `earned` is the part of `stakers` that customers' payments brought."""

    report: Report
    workers: int
    stakers: int
    closes_at: int
    workers_left: int
    stakers_left: int
    earned: int = 0
    closed: bool = False


@dataclass
class ScheduleModel:
    """The schedule's state. Methods return None where the contract passes a record over."""

    curve: Curve
    treasury_bps: int = 2_000
    stakers_bps: int = 4_000
    catch_up_bps: int = 20_000
    settlement_days: int = 7
    spread_days: int = 7
    max_instant_bps: int = 12_000
    rates: Rates = field(default_factory=Rates)
    reserve: int = 0
    assigned: int = 0
    treasury_due: int = 0
    stakers_earnings: int = 0
    epochs: dict[int, EpochBudget] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)

    def open(self, report: Report, now: int) -> EpochBudget:
        """Gives an epoch its budget."""
        epoch = report.epoch
        budget = max(self.curve.total(epoch) - self.assigned, 0)
        budget = min(budget, self.curve.daily(epoch) * self.catch_up_bps // BPS, self.reserve)
        self.reserve -= budget
        self.assigned += budget
        treasury, stakers = budget * self.treasury_bps // BPS, budget * self.stakers_bps // BPS
        self.treasury_due += treasury
        workers = budget - treasury - stakers
        earned = -(-self.stakers_earnings // self.spread_days)
        self.stakers_earnings -= earned
        stakers += earned
        closes_at = now + self.settlement_days * DAY
        self.epochs[epoch] = EpochBudget(report, workers, stakers, closes_at, workers, stakers, earned)
        return self.epochs[epoch]

    def collect(self, pool: str, assets: int) -> None:
        """What customers have paid for a pool's work is due to the pool."""
        self.due[pool] = self.due.get(pool, 0) + assets

    def started_progress(self, key: str) -> Progress:
        """A worker's progress in its session of now."""
        worker = self.workers[key]
        progress = self.progress.get(key)
        if progress is None or progress.session != worker.started:
            return Progress(worker.initial_value, worker.initial_value, worker.started)
        return progress

    def share(self, key: str, performance: int) -> int:
        """What a worker that answered would count in its next epoch: a gatekeeper's figure for the record."""
        worker = self.workers[key]
        instant = min(performance, worker.performance * self.max_instant_bps // BPS)
        value = grown(self.started_progress(key).value, instant, worker.performance, self.rates)
        confidence = CONFIDENCE_BPS[worker.confidence - 1] if worker.confidence else 0
        return share_of(value, instant, confidence, worker.weight_bps)

    def settle(self, epoch: int, record: Record, now: int) -> tuple[int, int] | None:
        """Wei for the worker's part and for its stakers' part."""
        budget, worker = self.epochs[epoch], self.workers.get(record.worker)
        if worker is None or epoch <= worker.started or (worker.stopped and epoch >= worker.stopped):
            return None
        progress = self.started_progress(record.worker)
        late = now >= budget.closes_at
        if epoch <= progress.last_epoch or record.previous_epoch != progress.last_epoch:
            return None
        if record.responsive and not worker.confidence and not late:
            return None
        paid, staked = 0, 0
        if not record.responsive:
            progress.value = decayed(progress.value, self.rates)
        elif not late:
            instant = min(record.performance, worker.performance * self.max_instant_bps // BPS)
            value = grown(progress.value, instant, worker.performance, self.rates)
            share = min(self.share(record.worker, record.performance), record.share)
            stake = min(worker.stake, record.stake)
            if share and budget.report.total_share:
                paid = min(budget.workers * share // budget.report.total_share, budget.workers_left)
            if stake and budget.report.total_stake:
                staked = min(budget.stakers * stake // budget.report.total_stake, budget.stakers_left)
            budget.workers_left -= paid
            budget.stakers_left -= staked
            progress.value = progress.last_value = after_payout(value, progress.last_value, paid)
        progress.last_epoch = epoch
        self.progress[record.worker] = progress
        if not worker.stopped:
            worker.unresponsive = not record.responsive
        self.due[worker.pool] = self.due.get(worker.pool, 0) + paid + staked
        return paid, staked

    def close(self, epoch: int) -> int:
        """What nobody settled in time: back to the reserve, but first to stakers' earnings what came from these."""
        budget = self.epochs[epoch]
        earned = min(budget.stakers_left, budget.earned)
        left = budget.workers_left + budget.stakers_left - earned
        budget.workers_left = budget.stakers_left = 0
        budget.closed = True
        self.stakers_earnings += earned
        self.reserve += left
        self.assigned -= left
        return left
