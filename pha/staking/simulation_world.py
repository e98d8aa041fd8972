# SPDX-License-Identifier: Apache-2.0
"""A simulated world of pools, a vault, workers, rewards and slashes. All arithmetic is that of the exact models.

Here is only who does what and when: the steps themselves are `PoolModel`'s, `VaultModel`'s, `ScheduleModel`'s,
`LockModel`'s and `SlashModel`'s, in the order in which the contracts would be called. What they refuse is counted under
the name of the contract's error. Every wei that leaves or enters a model is booked in `Purse`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random

from pha.staking.gatekeepers import Record
from pha.staking.model import DAY, PoolModel, RefusedError
from pha.staking.rewards import Curve, ScheduleModel, Worker
from pha.staking.simulation_scenario import YEAR, Scenario
from pha.staking.slashing import MAX_OPEN_CLAIMS, SlashModel
from pha.staking.typed_data import Report
from pha.staking.vault_model import MAX_ASSETS, Position, VaultModel
from pha.staking.workers import BPS, ONE, PARAMETERS, Lock, LockModel

MORNING = 8 * 3600
"""Everything of a day happens at this second of it: after the six hours in which gatekeepers may object."""
MAX_VAULT_POOLS = 8
VAULT_HOLDERS = 20
NO_ROOT = bytes(32)
REPORTER = "reporter"


@dataclass
class Purse:
    """Where PHA is that is in none of the models, and what has flowed between them, in wei."""

    outside: int
    """With delegators, free."""
    operators: int = 0
    treasury: int = 0
    reporters: int = 0
    burned: int = 0
    to_pools: int = 0
    commission: int = 0
    emitted_to_treasury: int = 0
    slashed_from_bonds: int = 0
    slashed_from_pools: int = 0
    slashed_to_treasury: int = 0


@dataclass(frozen=True)
class OpenClaim:
    """A claim that was filed and is executed on `day`."""

    pool: str
    number: int
    day: int


class World:
    """The state of a run. `open` once, then one `pass_day` after the other."""

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        self.rng = Random(scenario.seed)
        self.day = scenario.first_day
        told, emission = scenario.delegation, scenario.emission
        self.pools = {
            f"pool {number}": PoolModel(f"operator {number}", told.commission_bps, self.now)
            for number in range(1, told.pools + 1)
        }
        positions = {name: Position(MAX_ASSETS) for name in list(self.pools)[:MAX_VAULT_POOLS]}
        self.vault = VaultModel("vault", "fee recipient", self.now, self.pools, positions, fee_bps=told.vault_fee_bps)
        self.vault.bonds = dict.fromkeys(self.pools, told.bond)
        self.locks = {name: LockModel() for name in self.pools}
        curve = Curve(scenario.first_day + 1, emission.first_amount, emission.period_days, emission.retained_bps)
        self.schedule = ScheduleModel(
            curve,
            treasury_bps=emission.treasury_bps,
            stakers_bps=emission.stakers_bps,
            rates=emission.rates,
            reserve=emission.reserve,
        )
        told_slashing = scenario.slashing
        self.slashes = SlashModel(
            told_slashing.level_bps, told_slashing.reporter_share_bps, told_slashing.burn_share_bps
        )
        self.purse = Purse(told.circulating - told.bond * told.pools)
        self.groups: dict[str, int] = {}
        """Which group a worker is of."""
        self.cooling: dict[str, int] = {}
        """Workers that cool down, and the day on which they may be released."""
        self.unpaid_since: dict[str, int] = {}
        self.open_epochs: list[int] = []
        self.open_claims: list[OpenClaim] = []
        self.claim_count = 0
        self.offences = [0, 0, 0, 0]
        self.paid_to_workers = [0] * len(scenario.workers)
        self.paid_to_stakers = [0] * len(scenario.workers)
        self.answers = [0] * len(scenario.workers)
        self.assigned = 0
        self.refused: Counter[str] = Counter()

    @property
    def now(self) -> int:
        """Unix seconds."""
        return self.day * DAY + MORNING

    def happens(self, a_year: int) -> int:
        """How often something happens today that is expected so often a year."""
        every_day, rest = divmod(a_year, YEAR)
        return every_day + (self.rng.randrange(YEAR) < rest)

    # Workers

    def start_worker(self, group_index: int) -> str | None:
        """Starts a worker in the pool that has locked the least of its stake; gives its key."""
        scenario = self.scenario
        group = scenario.workers[group_index]
        fitting = [
            name
            for name, pool in self.pools.items()
            if len(self.locks[name].workers) < PARAMETERS["MaxWorkersPerPool"]
            and pool.locked + group.stake <= pool.dripped()[0]
        ]
        if not fitting:
            self.refused["LockExceedsActive"] += 1
            return None
        name = min(fitting, key=lambda each: self.pools[each].locked * ONE // self.pools[each].dripped()[0])
        key = f"worker {len(self.groups) + 1}"
        self.pools[name].lock(group.stake)
        self.locks[name].start(key, group.stake, scenario.emission.minimum(group))
        self.schedule.workers[key] = Worker(
            name,
            group.performance,
            scenario.emission.initial_value(group),
            group.stake,
            self.day,
            group.confidence,
            group.weight_bps,
        )
        self.groups[key] = group_index
        return key

    def stop_worker(self, key: str) -> None:
        """Sends a worker to cool down."""
        self.locks[self.schedule.workers[key].pool].stop(key)
        self._note_stop(key)

    def _note_stop(self, key: str) -> None:
        worker = self.schedule.workers[key]
        worker.stopped = self.day
        self.cooling[key] = self.day + self.pools[worker.pool].parameters.worker_cooldown_days

    def release_cooled(self) -> None:
        """Releases every lock that has cooled down."""
        for key in [key for key, day in self.cooling.items() if day <= self.day]:
            name = self.schedule.workers.pop(key).pool
            self.pools[name].unlock(self.locks[name].release(key))
            del self.cooling[key]

    def working(self, group_index: int | None = None) -> list[str]:
        """Workers that run, of one group or of all, oldest first."""
        return [
            key
            for key, worker in self.schedule.workers.items()
            if not worker.stopped and group_index in (None, self.groups[key])
        ]

    def come_and_go(self) -> None:
        """Operators start and stop workers."""
        for index, group in enumerate(self.scenario.workers):
            for _ in range(self.happens(group.leavings_a_year)):
                there = self.working(index)
                if there:
                    self.stop_worker(there[self.rng.randrange(len(there))])
            for _ in range(self.happens(group.arrivals_a_year)):
                self.start_worker(index)

    def stop_for_requests(self, name: str) -> None:
        """What anyone may do for an overdue request: stop workers until what stays locked is covered."""
        pool, locks = self.pools[name], self.locks[name]
        lacking = max(0, pool.locked - pool.unpledged())
        for key in [key for key in self.working() if self.schedule.workers[key].pool == name]:
            if locks.worth(Lock(locks.cooling_shares, locks.era, 0, 0)) >= lacking:
                break
            self.stop_worker(key)

    # Rewards

    def settle_epoch(self, epoch: int) -> None:
        """Reports, opens and settles an epoch as honest gatekeepers would."""
        records = [self._record(key) for key, worker in self.schedule.workers.items() if _counts(worker, epoch)]
        if not records:
            return
        shares = sum(record.share for record in records)
        stakes = sum(record.stake for record in records)
        before = self.schedule.reserve
        self.schedule.open(Report(epoch, 0, NO_ROOT, shares, stakes), self.now)
        self.assigned += before - self.schedule.reserve
        self.open_epochs.append(epoch)
        for record in records:
            answer = self.schedule.settle(epoch, record, self.now)
            assert answer is not None  # an honest report's records are all in order
            group = self.groups[record.worker]
            self.paid_to_workers[group] += answer[0]
            self.paid_to_stakers[group] += answer[1]
            self.answers[group] += record.responsive

    def _record(self, key: str) -> Record:
        worker = self.schedule.workers[key]
        previous = self.schedule.started_progress(key).last_epoch
        if self.rng.randrange(BPS) < self.scenario.unanswered_bps:
            return Record(key, previous, 0, False, 0, 0)
        share = self.schedule.share(key, worker.performance)
        return Record(key, previous, worker.performance, True, share, worker.stake)

    def close_epochs(self) -> None:
        """What nobody was paid of an epoch goes back to the reserve."""
        while self.open_epochs and self.schedule.epochs[self.open_epochs[0]].closes_at <= self.now:
            self.assigned -= self.schedule.close(self.open_epochs.pop(0))

    def pay(self) -> None:
        """Pays pools and the treasury what they are due."""
        schedule, purse = self.schedule, self.purse
        for name, due in schedule.due.items():
            if due == 0:
                continue
            since = self.unpaid_since.setdefault(name, self.day)
            try:
                commission = self.pools[name].reward(due)
            except RefusedError as refusal:
                self.refused[refusal.args[0]] += 1
                if self.day < since + PARAMETERS["UnpayableDays"]:
                    continue
                schedule.treasury_due += due
            else:
                purse.to_pools += due
                purse.commission += commission
                purse.operators += commission
            schedule.due[name] = 0
            del self.unpaid_since[name]
        purse.treasury += schedule.treasury_due
        purse.emitted_to_treasury += schedule.treasury_due
        schedule.treasury_due = 0

    # Slashes

    def offend(self) -> None:
        """Workers cheat: a claim is filed with proof, and their evidence no longer counts."""
        for level, a_year in enumerate(self.scenario.slashing.a_year, 1):
            for _ in range(self.happens(a_year)):
                there = self.working()
                if there:
                    self.file(there[self.rng.randrange(len(there))], level)

    def file(self, key: str, level: int) -> None:
        """Files a claim for an offence of a worker, which anyone then stops."""
        name = self.schedule.workers[key].pool
        if sum(claim.pool == name for claim in self.open_claims) >= MAX_OPEN_CLAIMS:
            self.refused["TooManyOpenClaims"] += 1
            return
        locks = self.locks[name]
        assets = self.slashes.claim_amount(level, locks.kept(locks.workers[key]))
        self.claim_count += 1
        self.vault.file(name, self.claim_count, assets)
        self.open_claims.append(OpenClaim(name, self.claim_count, self.day + 1))
        self.offences[level - 1] += 1
        self.stop_worker(key)
        if self.rng.randrange(BPS) < self.scenario.slashing.replaced_bps:
            self.start_worker(self.groups[key])

    def execute_claims(self) -> None:
        """Executes what was filed before, and hands out what was taken."""
        purse = self.purse
        while self.open_claims and self.open_claims[0].day <= self.day:
            claim = self.open_claims.pop(0)
            before = self.vault.bonds[claim.pool]
            from_pool = self.vault.execute(claim.pool, claim.number)
            from_bond = before - self.vault.bonds[claim.pool]
            purse.slashed_from_bonds += from_bond
            purse.slashed_from_pools += from_pool
            purse.reporters += self.slashes.executed(from_bond, from_pool, REPORTER)
            self._reconcile(claim.pool)
        burned, treasury = self.slashes.distribute()
        purse.burned += burned
        purse.treasury += treasury
        purse.slashed_to_treasury += treasury

    def _reconcile(self, name: str) -> None:
        """Locks follow their pool's; operators make up for what is missing while there is stake."""
        pool, locks = self.pools[name], self.locks[name]
        locks.pool_locked = pool.locked
        for key, lock in list(locks.workers.items()):
            locks.reconcile(key)
            worker = self.schedule.workers[key]
            if lock.status == "Cooling":
                if not worker.stopped:
                    self._note_stop(key)
                continue
            lacking = self.scenario.workers[self.groups[key]].stake - lock.locked
            if 0 < lacking <= pool.active - pool.locked:
                pool.lock(lacking)
                locks.top_up(key, lacking)
            worker.stake = lock.locked


def _counts(worker: Worker, epoch: int) -> bool:
    """Whether it worked from the epoch's first second to its last."""
    return worker.started < epoch and not (worker.stopped and epoch >= worker.stopped)
