# SPDX-License-Identifier: Apache-2.0
"""Workers: `ape run stake workers`, and an operator's and anyone's steps with one."""

from __future__ import annotations

from pathlib import Path

import click

from pha.attestation.standing import duration
from pha.staking.amounts import DAY, format_day, format_pha, format_time, parse_pha
from pha.staking.consents import Consent, read_consent, sign_consent
from pha.staking.errors import NothingToDo, StakingError
from pha.staking.pools import overdue_requests, read_pool
from pha.staking.vaults import request_id
from pha.staking.worker_state import (
    Status,
    WorkerState,
    force_stop_step,
    minimum_stake,
    read_worker,
    register_step,
    registered_keys,
    running,
    start_step,
)
from scripts._compute_connection import key_in
from scripts._stake_session import (
    FILE,
    HELP,
    NEW_FILE,
    ListFirst,
    Session,
    address_of,
    amount,
    command,
    from_block_option,
    pool_option,
    table_of,
)

key_argument = click.argument("key", metavar="WORKER")
keys_option = click.option("--key", "keys", multiple=True, metavar="ADDRESS", help="This worker only; repeat.")
key_file_option = click.option("--key-file", type=FILE, help="The worker's attested key, 32 bytes of hex; mode 600.")
performance_option = click.option("--performance", type=click.IntRange(1), help="What the attested program measured.")
days_option = click.option(
    "--days", type=click.IntRange(1, 365), default=7, show_default=True, help="How long the consent is good."
)
pha_callback = amount(parse_pha)


def register(cli: click.Group) -> None:
    """Adds these commands."""

    @cli.group("workers", cls=ListFirst, context_settings=HELP)
    def workers():
        """Workers: attested keys with a pool's stake locked for them. WORKER is the key's address."""

    @command(workers, "list", sends=False)
    @pool_option
    @keys_option
    @from_block_option
    def list_(session: Session, pool: str | None, keys: tuple[str, ...], from_block: int) -> None:
        """Print a table of workers: those given, or all that were ever registered (for a pool)."""
        states = _states(session, pool, keys, from_block)
        now = session.node.time()
        session.show(states, _workers_table(states, session.pool_numbers(one.pool for one in states), now))

    @command(workers, "consent", sends=False)
    @click.option("--key-file", type=FILE, required=True, help="The worker's attested key, 32 bytes of hex; mode 600.")
    @click.option("--pool", required=True, metavar="NUMBER", help="The pool to work for: number or address.")
    @click.option("--performance", type=click.IntRange(1), required=True, help="What the attested program measured.")
    @days_option
    @click.option("--out", type=NEW_FILE, help="File to write; printed without one.")
    def consent(session: Session, key_file: Path, pool: str, performance: int, days: int, out: Path | None) -> None:
        """Sign, with the worker's key, its consent to work for a pool; the operator brings it with `register`."""
        signed = _consent(session, key_file, pool, performance, days)
        if out is None:
            click.echo(signed.text(), nl=False)
        else:
            out.write_text(signed.text(), encoding="utf-8")
            session.tell(f"{out}: {signed.key} agrees to work for pool {pool} until {format_time(signed.deadline)} UTC")

    @command(workers, "register")
    @click.option("--consent", "file", type=FILE, help="The consent as `workers consent` wrote it.")
    @key_file_option
    @click.option("--pool", metavar="NUMBER", help="With --key-file: the pool to work for.")
    @performance_option
    @days_option
    def register_(
        session: Session, file: Path | None, key_file: Path | None, pool: str | None, performance: int | None, days: int
    ) -> None:
        """Register a worker for your pool, with its key's consent: from a file, or signed here with its key file."""
        if file is not None and key_file is None:
            agreed = read_consent(file)
        elif file is None and key_file is not None and pool is not None and performance is not None:
            agreed = _consent(session, key_file, pool, performance, days)
        else:
            raise StakingError("give either --consent FILE, or --key-file, --pool and --performance")
        session.send(register_step(session.suite, agreed))

    @command(workers, "start")
    @key_argument
    @click.argument("stake", metavar="PHA|minimum")
    def start(session: Session, key: str, stake: str) -> None:
        """Lock the pool's PHA for WORKER, which then works: so much, or the least that it needs."""
        who = address_of(key)
        locked = minimum_stake(session.suite, who) if stake == "minimum" else parse_pha(stake)
        session.send(start_step(session.suite, who, locked))

    @command(workers, "top-up")
    @key_argument
    @click.argument("assets", metavar="PHA", callback=pha_callback)
    def top_up(session: Session, key: str, assets: int) -> None:
        """Lock PHA more for WORKER, after a slash or to have more stake at work."""
        _send(session, key, f"lock {format_pha(assets)} PHA more for", "topUp", assets)

    @command(workers, "stop")
    @key_argument
    def stop(session: Session, key: str) -> None:
        """Send WORKER of your pool to cool down."""
        _send(session, key, "stop", "stop")

    @command(workers, "release")
    @key_argument
    def release(session: Session, key: str) -> None:
        """Release the lock of WORKER, which has cooled down. Anyone."""
        _send(session, key, "release the lock of", "release")

    @command(workers, "stop-lapsed")
    @key_argument
    def stop_lapsed(session: Session, key: str) -> None:
        """Send WORKER to cool down because its evidence no longer counts. Anyone."""
        _send(session, key, "stop, its evidence does not count,", "stopLapsed")

    @command(workers, "reconcile")
    @key_argument
    def reconcile(session: Session, key: str) -> None:
        """Write down what slashes left of WORKER's lock; under its minimum it stops. Anyone."""
        _send(session, key, "write down the lock of", "reconcile")

    @command(workers, "force-stop")
    @click.option("--pool", required=True, metavar="NUMBER", help="The pool with an overdue request.")
    @click.option(
        "--request", "number", type=click.IntRange(0), help="Number of the request; the oldest overdue if none."
    )
    @click.option("--for", "controller", metavar="ADDRESS", help="With --request: whose request it is.")
    @keys_option
    @from_block_option
    def force_stop(
        session: Session,
        pool: str,
        number: int | None,
        controller: str | None,
        keys: tuple[str, ...],
        from_block: int,
    ) -> None:
        """Stop workers of a pool because a request waits beyond the grace period. Anyone.

        Workers are stopped in the order given, or in that of their registration, until the locks that cool down
        cover every request.
        """
        contract = session.suite.pool(pool)
        if (number is None) != (controller is None):
            raise StakingError("--request and --for name a request together")
        if number is not None and controller is not None:
            request = request_id(address_of(controller), number)
        else:
            with session.searching(0) as advance:
                overdue = overdue_requests(session.suite, contract, read_pool(session.suite, contract), advance)
            if not overdue:
                raise NothingToDo(f"no request of pool {pool} is overdue")
            request = overdue[0]
        named = [address_of(key) for key in keys]
        if not named:
            with session.searching(from_block) as advance:
                known = registered_keys(session.suite, contract, from_block, advance)
            named = list(running(session.suite, known, contract.address))
        if not named:
            raise NothingToDo(f"no worker runs for pool {pool}")
        session.send(force_stop_step(session.suite, contract, request, named))


def _states(session: Session, pool: str | None, keys: tuple[str, ...], from_block: int) -> list[WorkerState]:
    contract = None if pool is None else session.suite.pool(pool)
    named = [address_of(key) for key in keys]
    if not named:
        with session.searching(from_block) as advance:
            named = registered_keys(session.suite, contract, from_block, advance)
    states = []
    with session.progress("reading workers", len(named)) as advance:
        for key in named:
            states.append(read_worker(session.suite, key))
            advance(1)
    return [one for one in states if contract is None or one.pool == contract.address]


def _consent(session: Session, key_file: Path, pool: str, performance: int, days: int) -> Consent:
    registry, key = session.suite.find("registry"), key_in(key_file)
    return sign_consent(
        key,
        session.node.chain_id(),
        registry.address,
        session.suite.pool(pool).address,
        performance,
        registry.ask("nonceOf", str(key.address)),
        session.node.time() + days * DAY,
    )


def _send(session: Session, key: str, verb: str, function: str, *more: int) -> None:
    """One call of the registry about a worker, and where the worker stands then."""
    who = address_of(key)
    session.send(session.suite.find("registry").step(f"{verb} {who}", function, who, *more))
    if session.sends:
        state = read_worker(session.suite, who)
        text = f"{who} is {state.status.word}, with {format_pha(state.kept)} PHA locked"
        if state.status is Status.COOLING:
            text += f", and cools down until {format_time(state.cooling_until)} UTC"
        session.note(text, worker=state)


def _workers_table(states: list[WorkerState], numbers: dict[str, str], now: int):
    columns = ["worker", "state", "pool>", "stake (PHA)>", "least (PHA)>", "value V>", "level>", "GPUs", "performance>"]
    return table_of(
        f"workers: {len(states)}",
        [*columns, "evidence until", "left", "works since", "last epoch", "cools until"],
        [
            (
                one.key,
                one.status.word,
                numbers[one.pool],
                format_pha(one.kept),
                format_pha(one.minimum),
                "-" if one.value is None else format_pha(one.value),
                str(one.confidence or "-"),
                f"{one.gpus} {one.model}" if one.gpus else "-",
                f"{one.performance:,}",
                one.reason or format_time(one.evidence_until or 0),
                duration(max((one.evidence_until or 0) - now, 0)) if not one.reason else "-",
                format_day(one.started_day),
                format_day(one.last_epoch),
                format_time(one.cooling_until),
            )
            for one in states
        ],
    )
