# SPDX-License-Identifier: Apache-2.0
"""Rewards: `ape run stake rewards`, what was paid to whom, and an epoch's steps from opening to payment."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import click

from pha.staking import epochs
from pha.staking.amounts import format_day, format_pha, format_time, parse_pha
from pha.staking.epochs import EpochState, ScheduleState, Stage
from pha.staking.errors import NothingToDo
from pha.staking.reports import read_report
from scripts._stake_session import (
    FILE,
    HELP,
    ListFirst,
    Session,
    address_of,
    amount,
    command,
    from_block_option,
    table_of,
)


def register(cli: click.Group) -> None:
    """Adds these commands."""

    @cli.group("rewards", cls=ListFirst, context_settings=HELP)
    def rewards():
        """The reward schedule: EPOCH is a UTC day, counted from 1970."""

    @command(rewards, "list", sends=False)
    @click.option("--last", type=click.IntRange(1), default=14, show_default=True, help="How many epochs to show.")
    def list_(session: Session, last: int) -> None:
        """Print the schedule, the last epochs, and what pools are due."""
        state = epochs.read_schedule(session.suite)
        found = list(islice(epochs.reported_epochs(session.suite), last))
        schedule = session.suite.find("schedule")
        due = {}
        with session.progress("reading pools", session.suite.factory.ask("poolCount")) as advance:
            for pool in session.suite.pools():
                due[pool.ask("poolId")] = schedule.ask("dueOf", pool.address)["assets"]
                advance(1)
        dues = [{"pool": number, "assets": str(assets)} for number, assets in due.items() if assets]
        tables = [_schedule_table(state), _epochs_table(found)]
        if dues:
            rows = [(str(number), format_pha(assets)) for number, assets in due.items() if assets]
            tables.append(table_of("due to pools", ["pool>", "PHA>"], rows))
        session.show({"schedule": state, "epochs": found, "due": dues}, *tables)

    @command(rewards, "paid", sends=False)
    @click.option("--epoch", type=click.IntRange(0), help="Of this epoch only.")
    @click.option("--pool", metavar="NUMBER", help="Of this pool only.")
    @click.option("--worker", metavar="ADDRESS", help="Of this worker only.")
    @from_block_option
    def paid(session: Session, epoch: int | None, pool: str | None, worker: str | None, from_block: int) -> None:
        """Print what each worker earned its pool, and the sums by pool, from the log."""
        which = None if pool is None else session.suite.pool(pool).address
        who = None if worker is None else address_of(worker)
        with session.searching(from_block) as advance:
            found = list(epochs.payments(session.suite, from_block, advance, epoch=epoch, pool=which, worker=who))
        sums = epochs.totals_by(found, "pool")
        numbers = session.pool_numbers(sums)
        totals = [{"pool": one, "workers": str(a), "stakers": str(b)} for one, (a, b) in sums.items()]
        session.show({"settled": found, "pools": totals}, _paid_table(found, numbers), _sums_table(sums, numbers))

    @command(rewards, "open")
    @click.argument("epoch", type=click.IntRange(0), required=False)
    def open_(session: Session, epoch: int | None) -> None:
        """Give EPOCH its budget once its report is final; all that can be opened, in their order, without EPOCH."""
        chosen = epochs.openable(session.suite) if epoch is None else [epoch]
        if not chosen:
            raise NothingToDo("no epoch with a final report waits to be opened")
        session.send(*(epochs.open_step(session.suite, one) for one in chosen))

    @command(rewards, "settle")
    @click.argument("report", type=FILE)
    @click.option(
        "--batch", type=click.IntRange(1, 300), default=epochs.BATCH, show_default=True, help="Records at once."
    )
    def settle(session: Session, report: Path, batch: int) -> None:
        """Settle the workers of an epoch with the file of its REPORT; goes on where it was."""
        file = read_report(report)
        with session.progress("reading records", len(file.records)) as advance:
            steps = epochs.settle_steps(session.suite, file, batch, advance)
        if not steps:
            raise NothingToDo(f"every record of epoch {file.epoch} is settled")
        logs = session.send(*steps)
        if not session.sends:
            return
        schedule = session.suite.find("schedule")
        done, passed = (len(schedule.events_in(name, logs)) for name in ("WorkerSettled", "WorkerPassedOver"))
        text = f"{done} settled, {passed} passed over"
        if passed:
            text += ": they have no evidence that counts, or an earlier epoch of theirs is not settled"
        session.note(text, settled=done, passed_over=passed)

    @command(rewards, "close")
    @click.argument("epoch", type=click.IntRange(0), required=False)
    def close(session: Session, epoch: int | None) -> None:
        """Return to the reserve what nobody settled of EPOCH in time; of all that are over without EPOCH."""
        chosen = epochs.closable(session.suite) if epoch is None else [epoch]
        if not chosen:
            raise NothingToDo("no epoch's time for settling is over")
        session.send(*(epochs.close_step(session.suite, one) for one in chosen))

    @command(rewards, "pay")
    @click.option("--pool", "pools", multiple=True, metavar="NUMBER", help="A pool to pay; repeat.")
    @click.option("--treasury", is_flag=True, help="Pay the treasury.")
    def pay(session: Session, pools: tuple[str, ...], treasury: bool) -> None:
        """Pay pools what their workers earned, and the treasury its part; all that are due without a choice."""
        steps = [epochs.pay_step(session.suite, session.suite.pool(one)) for one in pools]
        if treasury:
            steps.append(epochs.treasury_step(session.suite))
        if not pools and not treasury:
            schedule = session.suite.find("schedule")
            owed = [one for one in session.suite.pools() if schedule.ask("dueOf", one.address)["assets"]]
            steps += [epochs.pay_step(session.suite, one) for one in owed]
            if schedule.ask("treasuryDue"):
                steps.append(epochs.treasury_step(session.suite))
        if not steps:
            raise NothingToDo("nothing is due")
        session.send(*steps)

    @command(rewards, "fund")
    @click.argument("assets", metavar="PHA", callback=amount(parse_pha))
    def fund(session: Session, assets: int) -> None:
        """Add PHA of the sender to the reserve."""
        schedule, token = session.suite.find("schedule"), session.suite.find("token")
        steps = []
        if token.ask("allowance", session.sender, schedule.address) < assets:
            says = f"approve {format_pha(assets)} PHA for the reserve"
            steps.append(token.step(says, "approve", schedule.address, assets))
        session.send(*steps, schedule.step(f"fund the reserve with {format_pha(assets)} PHA", "fund", assets))


def _schedule_table(state: ScheduleState):
    rows = {
        "today": f"{state.today} ({format_day(state.today)})",
        "released today (PHA)": format_pha(state.daily),
        "released so far (PHA)": format_pha(state.released),
        "given to epochs (PHA)": format_pha(state.assigned),
        "reserve (PHA)": format_pha(state.reserve),
        "due to the treasury (PHA)": format_pha(state.treasury_due),
        "last epoch reported": str(state.last_reported or "-"),
        "last epoch opened": str(state.last_opened or "-"),
    }
    return table_of("reward schedule", ["what", "value"], rows.items())


def _epochs_table(states: list[EpochState]):
    return table_of(
        "epochs",
        ["epoch>", "day", "state", "until (UTC)", "workers (PHA)>", "left>", "stakers (PHA)>", "left>", "round>"],
        [
            (
                str(one.epoch),
                format_day(one.epoch),
                str(one.stage),
                _until(one),
                format_pha(one.workers_budget),
                format_pha(one.workers_left),
                format_pha(one.stakers_budget),
                format_pha(one.stakers_left),
                str(one.round),
            )
            for one in states
        ],
    )


def _until(state: EpochState) -> str:
    moments = {Stage.OBJECTABLE: state.final_at, Stage.OPEN: state.closes_at}
    return format_time(moments.get(state.stage, 0))


def _paid_table(found: list[epochs.Payment], numbers: dict[str, str]):
    return table_of(
        f"records settled: {len(found)}",
        ["epoch>", "worker", "pool>", "its part (PHA)>", "stakers' part (PHA)>", "value V after>"],
        [
            (
                str(one.epoch),
                one.worker,
                numbers[one.pool],
                format_pha(one.worker_assets),
                format_pha(one.staker_assets),
                format_pha(one.value),
            )
            for one in found
        ],
    )


def _sums_table(sums: dict[str, tuple[int, int]], numbers: dict[str, str]):
    return table_of(
        "by pool, before commission",
        ["pool>", "workers' part (PHA)>", "stakers' part (PHA)>", "together (PHA)>"],
        [(numbers[pool], format_pha(a), format_pha(b), format_pha(a + b)) for pool, (a, b) in sums.items()],
    )
