# SPDX-License-Identifier: Apache-2.0
"""A whole reward world for tests: pools, workers, one gatekeeper who tells the truth, the schedule, and its model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pha.staking.gatekeepers import EpochTree, Record
from pha.staking.rewards import Curve, ScheduleModel, Worker
from tests.reference.stake_pools import DAY, PHA, REWARD_SOURCE, Staking
from tests.reference.workers import NO_MODEL, Gatekeepers, Workers

VALUES = {"MinReporters": 1}
FINAL = 6 * 3600 + 600


@dataclass
class Rewards:
    """The schedule with all that it stands on; `keys` are the workers by address."""

    workers: Workers
    gatekeepers: Gatekeepers
    gatekeeper: Any
    schedule: Any
    model: ScheduleModel
    ledger: Any = None
    keys: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def deploy(cls, staking: Staking, slasher, gatekeeper, treasury, *, reserve: int = 100_000_000 * PHA) -> Rewards:
        workers = Workers.deploy(staking, slasher, slasher, VALUES)
        gatekeepers = Gatekeepers.deploy(workers, treasury)
        gatekeepers.seat(gatekeeper, 100_000 * PHA)
        staking.begin_a_day()
        curve = Curve(staking.now // DAY)
        schedule = staking.deployer.deploy(
            staking.project.RewardSchedule,
            staking.manager,
            staking.token,
            gatekeepers.contract,
            workers.registry,
            workers.parameters,
            treasury,
            (curve.first_day, curve.first_amount, curve.period_days, curve.retained_bps),
        )
        staking.factory.setModule(REWARD_SOURCE, schedule, sender=staking.deployer)
        model = ScheduleModel(curve)
        if reserve:
            staking.token.approve(schedule, reserve, sender=staking.deployer)
            schedule.fund(reserve, sender=staking.deployer)
            model.reserve = reserve
        return cls(workers, gatekeepers, gatekeeper, schedule, model)

    @property
    def staking(self) -> Staking:
        return self.workers.staking

    def run(self, key, pool, operator, *, performance: int = 100, stake: int = 1000 * PHA, **evidence) -> None:
        """A worker that works, on chain and in the model."""
        self.workers.run(key, pool, operator, performance=performance, stake=stake, **evidence)
        on_chain = self.workers.registry.workerOf(key.address)
        self.keys[key.address] = key
        self.model.workers[key.address] = Worker(
            pool.address,
            performance,
            on_chain.initialValue,
            stake,
            self.staking.now // DAY,
            evidence.get("confidence", 1),
            on_chain.weightBps,
        )

    def lapse(self, key) -> None:
        self.workers.lapse(key)
        self.model.workers[key.address].confidence = 0

    def attest(self, key, confidence: int = 1) -> None:
        self.workers.keys.setStanding(key.address, True, confidence, 0, NO_MODEL, sender=self.staking.deployer)
        self.model.workers[key.address].confidence = confidence

    def next_day(self) -> int:
        """Goes to the first hour of the next day; gives the epoch that has just ended."""
        self.staking.begin_a_day()
        return self.staking.now // DAY - 1

    def record(self, key, *, performance: int | None = None, responsive: bool = True) -> Record:
        """What an honest gatekeeper says of a worker."""
        worker = self.model.workers[key.address]
        performance = worker.performance if performance is None else performance
        share = self.model.share(key.address, performance) if responsive else 0
        previous = self.model.started_progress(key.address).last_epoch
        return Record(key.address, previous, performance, responsive, share, worker.stake if responsive else 0)

    def report(self, epoch: int, records: list[Record]) -> EpochTree:
        """Files the report and lets it become final."""
        tree = EpochTree(epoch, records)
        self.gatekeepers.submit(tree.report(), [self.gatekeeper], sender=self.gatekeeper)
        self.staking.travel(FINAL)
        return tree

    def list_ledger(self) -> None:
        """A ledger of customers' payments that the schedule fetches from."""
        deployer = self.staking.deployer
        self.ledger = deployer.deploy(self.staking.project.MockPoolEarnings, self.staking.token)
        self.schedule.setEarningsLedger(self.ledger, True, sender=deployer)

    def earn(self, pool, assets: int) -> None:
        """Customers have paid for a pool's work; the ledger holds it."""
        self.staking.token.transfer(self.ledger, assets, sender=self.staking.deployer)
        self.ledger.earn(pool, assets, sender=self.staking.deployer)

    def bring_stakers(self, assets: int) -> None:
        """A ledger has paid out the stakers' part."""
        self.staking.token.transfer(self.schedule, assets, sender=self.staking.deployer)
        self.model.stakers_earnings += assets

    def open(self, tree: EpochTree) -> Any:
        receipt = self.schedule.open(tree.epoch, sender=self.gatekeeper)
        self.model.open(tree.report(), receipt.timestamp)
        return receipt

    def reported(self, *records: Record) -> EpochTree:
        """The next day, with a report of the one before that is final and opened."""
        epoch = self.next_day()
        tree = self.report(epoch, list(records))
        self.open(tree)
        return tree

    def settle(self, tree: EpochTree, *indices: int, sender=None) -> list[tuple[int, int] | None]:
        """Settles records on chain and in the model, and compares every payment and value."""
        chosen = sorted(indices or range(len(tree.records)))
        receipt = self.schedule.settle(tree.epoch, *tree.settlement(chosen), sender=sender or self.gatekeeper)
        expected = [self.model.settle(tree.epoch, tree.records[i], receipt.timestamp) for i in chosen]
        paid = [(e.worker, e.workerAssets, e.stakerAssets) for e in receipt.decode_logs(self.schedule.WorkerSettled)]
        assert paid == [
            (tree.records[i].worker, *answer) for i, answer in zip(chosen, expected, strict=True) if answer is not None
        ]
        self.compare(tree.epoch)
        return expected

    def compare(self, epoch: int) -> None:
        """The schedule's books are the model's."""
        model, schedule = self.model, self.schedule
        assert (schedule.reserve(), schedule.assigned(), schedule.treasuryDue()) == (
            model.reserve,
            model.assigned,
            model.treasury_due,
        )
        budget = model.epochs[epoch]
        on_chain = schedule.epochOf(epoch)
        assert (on_chain.workersLeft, on_chain.stakersLeft) == (budget.workers_left, budget.stakers_left)
        for address, progress in model.progress.items():
            assert tuple(schedule.progressOf(address)) == (
                progress.value,
                progress.last_value,
                progress.session,
                progress.last_epoch,
            )
            unresponsive = self.workers.registry.earningOf(address).isUnresponsive
            assert unresponsive == model.workers[address].unresponsive
        for pool, assets in model.due.items():
            assert schedule.dueOf(pool).assets == assets
        # S11: what is owed and in hand is there, and no more was assigned than released.
        owed = sum(model.due.values()) + model.treasury_due + model.reserve
        owed += sum(one.workers_left + one.stakers_left for one in model.epochs.values())
        assert schedule.stakersEarnings() == model.stakers_earnings
        assert self.staking.token.balanceOf(schedule) == owed + model.stakers_earnings
        assert model.assigned <= model.curve.total(max(model.epochs))
