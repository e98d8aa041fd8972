# SPDX-License-Identifier: Apache-2.0
"""The reward schedule as the chain has it now: epochs from report to close, what is due, and what was paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from pha.staking.amounts import DAY, format_day, format_pha
from pha.staking.contracts import Contract, Step
from pha.staking.errors import NothingToDo, StakingError
from pha.staking.machine import Wei
from pha.staking.reports import ReportFile
from pha.staking.suite import Suite

BATCH = 100
"""Records settled in one transaction: some 40,000 gas each, far under what a transaction may use."""

LOOK_BACK = 30


class Stage(StrEnum):
    """Where an epoch stands."""

    UNREPORTED = "no report"
    OBJECTABLE = "reported"
    FINAL = "final, to be opened"
    OPEN = "open, to be settled"
    EXPIRED = "over, to be closed"
    CLOSED = "closed"


@dataclass(frozen=True)
class EpochState:
    """An epoch. Amounts in wei, times in Unix seconds.

    Attributes:
        epoch: UTC day since 1970.
        final_at: first second at which its report can't be objected to.
        round: how many reports were voided before.
        root: of the report's tree.
        eligible, objecting: bond that counts, and bond against the report.
        closes_at: first second at which nothing more is paid; 0 if it was not opened.
        workers_budget, stakers_budget: what it was given; `_left` of it is not settled.
    """

    epoch: int
    stage: Stage
    round: int
    root: bytes
    total_share: Wei
    total_stake: Wei
    previous: int
    final_at: int
    eligible: Wei
    objecting: Wei
    closes_at: int
    workers_budget: Wei
    workers_left: Wei
    stakers_budget: Wei
    stakers_left: Wei


@dataclass(frozen=True)
class ScheduleState:
    """The schedule. `released` is what it has released until today, `assigned` what epochs were given of it, in wei."""

    address: str
    today: int
    daily: Wei
    released: Wei
    assigned: Wei
    reserve: Wei
    treasury_due: Wei
    last_opened: int
    last_reported: int


@dataclass(frozen=True)
class Payment:
    """What one worker's record of an epoch brought its pool, in wei, and the worker's value after it."""

    epoch: int
    worker: str
    pool: str
    worker_assets: Wei
    staker_assets: Wei
    value: Wei


def read_schedule(suite: Suite) -> ScheduleState:
    """The schedule now."""
    schedule, today = suite.find("schedule"), suite.node.time() // DAY
    plan = schedule.ask("scheduled", today)
    return ScheduleState(
        address=schedule.address,
        today=today,
        daily=plan["daily"],
        released=plan["total"],
        assigned=schedule.ask("assigned"),
        reserve=schedule.ask("reserve"),
        treasury_due=schedule.ask("treasuryDue"),
        last_opened=schedule.ask("lastOpened"),
        last_reported=suite.find("gatekeepers").ask("lastEpoch"),
    )


def read_epoch(suite: Suite, epoch: int) -> EpochState:
    """An epoch now."""
    gatekeepers, schedule, now = suite.find("gatekeepers"), suite.find("schedule"), suite.node.time()
    report, budget = gatekeepers.ask("reportOf", epoch), schedule.ask("epochOf", epoch)
    if budget["closed"]:
        stage = Stage.CLOSED
    elif budget["closesAt"]:
        stage = Stage.OPEN if now < budget["closesAt"] else Stage.EXPIRED
    elif report["finalAt"]:
        stage = Stage.FINAL if now >= report["finalAt"] else Stage.OBJECTABLE
    else:
        stage = Stage.UNREPORTED
    return EpochState(
        epoch=epoch,
        stage=stage,
        round=gatekeepers.ask("roundOf", epoch),
        root=report["root"],
        total_share=report["totalShare"],
        total_stake=report["totalStake"],
        previous=report["previousEpoch"],
        final_at=report["finalAt"],
        eligible=report["eligible"],
        objecting=report["objecting"],
        closes_at=budget["closesAt"],
        workers_budget=budget["workersBudget"],
        workers_left=budget["workersLeft"],
        stakers_budget=budget["stakersBudget"],
        stakers_left=budget["stakersLeft"],
    )


def reported_epochs(suite: Suite) -> Iterator[EpochState]:
    """Epochs with a report, the newest first."""
    epoch = suite.find("gatekeepers").ask("lastEpoch")
    while epoch:
        found = read_epoch(suite, epoch)
        yield found
        epoch = found.previous


def openable(suite: Suite) -> list[int]:
    """Epochs whose reports are final and which were not opened, in the order in which they have to be."""
    last, epochs = suite.find("schedule").ask("lastOpened"), []
    for one in reported_epochs(suite):
        if one.epoch <= last:
            break
        if one.stage is Stage.FINAL:
            epochs.append(one.epoch)
    return epochs[::-1]


def closable(suite: Suite) -> list[int]:
    """Epochs whose time for settling is over, oldest first; none is looked for behind `LOOK_BACK` closed ones."""
    epochs, closed = [], 0
    for one in reported_epochs(suite):
        closed += one.stage is Stage.CLOSED
        if closed == LOOK_BACK:
            break
        if one.stage is Stage.EXPIRED:
            epochs.append(one.epoch)
    return epochs[::-1]


def payments(
    suite: Suite,
    first_block: int,
    progress: Callable[[int], None] | None = None,
    *,
    epoch: int | None = None,
    worker: str | None = None,
    pool: str | None = None,
) -> Iterator[Payment]:
    """What was settled, of all or of one epoch, worker or pool, from the log."""
    given = {"epoch": epoch, "worker": worker, "pool": pool}
    indexed = {name: value for name, value in given.items() if value is not None}
    schedule, head = suite.find("schedule"), suite.node.block_number()
    for event in schedule.events("WorkerSettled", first_block, head, progress, **indexed):
        yield Payment(
            event["epoch"], event["worker"], event["pool"], event["workerAssets"], event["stakerAssets"], event["value"]
        )


# Steps


def open_step(suite: Suite, epoch: int) -> Step:
    """Gives an epoch its budget."""
    return suite.find("schedule").step(f"open epoch {epoch} ({format_day(epoch)})", "open", epoch)


def close_step(suite: Suite, epoch: int) -> Step:
    """Returns what nobody settled to the reserve."""
    return suite.find("schedule").step(f"close epoch {epoch} ({format_day(epoch)})", "close", epoch)


def pay_step(suite: Suite, pool: Contract) -> Step:
    """Pays a pool what it is due. Raises `NothingToDo`."""
    due = suite.find("schedule").ask("dueOf", pool.address)["assets"]
    number = pool.ask("poolId")
    if due == 0:
        raise NothingToDo(f"pool {number} is due nothing")
    return suite.find("schedule").step(f"pay pool {number} {format_pha(due)} PHA", "payPool", pool.address)


def treasury_step(suite: Suite) -> Step:
    """Pays the treasury. Raises `NothingToDo`."""
    due = suite.find("schedule").ask("treasuryDue")
    if due == 0:
        raise NothingToDo("the treasury is due nothing")
    return suite.find("schedule").step(f"pay the treasury {format_pha(due)} PHA", "payTreasury")


def settle_steps(
    suite: Suite, report: ReportFile, batch: int = BATCH, progress: Callable[[int], None] | None = None
) -> list[Step]:
    """Settles those of a report's records that are not settled yet, in batches.

    Raises `StakingError` where the epoch is not open or has another report.
    """
    state, tree = read_epoch(suite, report.epoch), report.tree()
    if state.stage not in (Stage.OPEN, Stage.EXPIRED):
        raise StakingError(f"epoch {report.epoch} can't be settled: it is {state.stage}")
    if state.root != tree.root:
        raise StakingError(f"this file is not the report that was accepted for epoch {report.epoch}: its root differs")
    waiting = list(_unsettled(suite, report, progress))
    schedule, total = suite.find("schedule"), len(waiting)

    def settle(start: int) -> Step:
        chosen = waiting[start : start + batch]
        says = f"settle records {start + 1} to {start + len(chosen)} of {total} of epoch {report.epoch}"
        records = [report.records[index].fields for index in chosen]
        return schedule.step(says, "settle", report.epoch, records, *tree.proof(chosen))

    return [settle(start) for start in range(0, total, batch)]


def _unsettled(suite: Suite, report: ReportFile, progress: Callable[[int], None] | None) -> Iterator[int]:
    schedule = suite.find("schedule")
    for index, record in enumerate(report.records):
        if schedule.ask("progressOf", record.worker)["lastEpoch"] < report.epoch:
            yield index
        if progress is not None:
            progress(1)


def totals_by(paid: Iterable[Payment], name: str) -> dict[str, tuple[int, int]]:
    """Sums of workers' and stakers' parts by `worker` or `pool`, in wei."""
    sums: dict[str, tuple[int, int]] = {}
    for one in paid:
        before = sums.get(getattr(one, name), (0, 0))
        sums[getattr(one, name)] = (before[0] + one.worker_assets, before[1] + one.staker_assets)
    return sums
