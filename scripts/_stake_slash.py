# SPDX-License-Identifier: Apache-2.0
"""Slashing: `ape run stake slash`, filing, objecting, executing, and where what was taken goes."""

from __future__ import annotations

from pathlib import Path

import click

from pha.staking.amounts import format_pha, format_time
from pha.staking.errors import NothingToDo
from pha.staking.slash_claims import Claim, execute_step, file_steps, filings, read_claim, read_claims
from scripts._stake_session import HELP, ListFirst, Session, address_of, command, table_of

claim_argument = click.argument("claim", type=click.IntRange(1))


def register(cli: click.Group) -> None:
    """Adds these commands."""

    @cli.group("slash", cls=ListFirst, context_settings=HELP)
    def slash():
        """Claims that a worker's stake is forfeit. CLAIM is its number."""

    @command(slash, "list", sends=False)
    @click.option("--pool", metavar="NUMBER", help="Against this pool only.")
    @click.option("--open", "only_open", is_flag=True, help="Such as wait for something only.")
    def list_(session: Session, pool: str | None, only_open: bool) -> None:
        """Print a table of claims: what they take, on what ground, and who may do what until when."""
        manager = session.suite.find("slash-manager")
        against = None if pool is None else session.suite.pool(pool).address
        claims = [one for one in read_claims(manager) if against in (None, one.pool) and (one.is_open or not only_open)]
        with session.searching(0) as advance:
            claims = filings(session.suite, manager, claims, advance)
        now = session.node.time()
        found = [{"claim": one, "next": one.next_step(now)} for one in claims]
        session.show(
            {"claims": found, "proceeds": str(manager.ask("proceeds"))},
            _claims_table(claims, session.pool_numbers(one.pool for one in claims), now),
        )

    @command(slash, "show", sends=False)
    @claim_argument
    def show(session: Session, claim: int) -> None:
        """Show CLAIM in detail."""
        manager = session.suite.find("slash-manager")
        (found,) = filings(session.suite, manager, [read_claim(manager, claim)])
        rows = {
            "pool": found.pool,
            "worker": found.worker or "-",
            "ground": found.ground or "governance's accusation",
            "forfeit (PHA)": format_pha(found.assets),
            "left to take of it (PHA)": format_pha(found.left),
            "state": found.status.name.lower(),
            "next": found.next_step(session.node.time()),
            "reporter": found.reporter or "-",
            "filed": format_time(found.filed_at),
            "the operator may object until": format_time(found.challenge_by),
            "governance decides until": format_time(found.resolve_by),
            "can be executed until": format_time(found.ends_at),
            "offence": "0x" + found.offence_key.hex(),
        }
        session.show(found, table_of(f"claim {claim}", ["what", "value"], rows.items()))

    @command(slash, "file")
    @click.option("--ground", required=True, metavar="ADDRESS", help="The contract that judges the proof.")
    @click.option("--proof", required=True, metavar="HEX|@FILE", help="What it judges; @FILE reads bytes or hex.")
    def file_(session: Session, ground: str, proof: str) -> None:
        """File what a proof shows; the sender is the reporter. Anyone.

        The ground judges the proof first, and what it finds is shown: whose offence, how grave, and how much stake was
        locked for the worker then.
        """
        contract = session.suite.at(address_of(ground), "ISlashGround")
        found, step = file_steps(session.suite, contract, _bytes_of(proof))
        text = (
            f"{found['worker']}, level {found['level']}: {format_pha(found['locked'])} PHA of {found['pool']} at stake"
        )
        session.note(text, offence=found | {"locked": str(found["locked"])})
        logs = session.send(step)
        for event in session.suite.find("slash-manager").events_in("ClaimFiled", logs):
            text = f"claim {event['claimId']} is filed: {format_pha(event['assets'])} PHA are forfeit"
            session.note(text, claim=event["claimId"], assets=str(event["assets"]))

    @command(slash, "object")
    @claim_argument
    def object_(session: Session, claim: int) -> None:
        """Object to CLAIM, an accusation against your pool: governance then has to decide again."""
        manager = session.suite.find("slash-manager")
        session.send(manager.step(f"object to claim {claim}", "challenge", claim))
        if session.sends:
            by = read_claim(manager, claim).resolve_by
            session.tell(f"it lapses unless governance upholds it by {format_time(by)} UTC")

    @command(slash, "execute")
    @claim_argument
    @click.option(
        "--vault", "vaults", multiple=True, metavar="ADDRESS", help="Vault whose votes are to follow; repeat."
    )
    def execute(session: Session, claim: int, vaults: tuple[str, ...]) -> None:
        """Take what is forfeit by CLAIM: the bond first, then the pool's stake. Anyone.

        Votes of vaults that are in the pool fall once they record their value: name them with --vault.
        """
        manager = session.suite.find("slash-manager")
        steps = [execute_step(manager, read_claim(manager, claim))]
        for one in vaults:
            vault = session.vault(one)
            steps.append(vault.step(f"record what {vault.ask('symbol')} is worth now", "sync"))
        logs = session.send(*steps)
        for event in manager.events_in("ClaimExecuted", logs):
            sums = {name: event[name] for name in ("fromBond", "fromPool", "reporterShare")}
            bond, pool, reporter = (format_pha(one) for one in sums.values())
            text = f"{bond} PHA were taken from the bond, {pool} from the pool; {reporter} are the reporter's"
            session.note(text, **{name: str(value) for name, value in sums.items()})

    @command(slash, "lapse")
    @claim_argument
    def lapse(session: Session, claim: int) -> None:
        """End CLAIM, on which nobody acted in time. Anyone."""
        manager = session.suite.find("slash-manager")
        session.send(manager.step(f"lapse claim {claim}", "lapse", claim))

    @command(slash, "distribute")
    def distribute(session: Session) -> None:
        """Send what was taken to the treasury and out of circulation, as the parameters say. Anyone."""
        manager = session.suite.find("slash-manager")
        proceeds = manager.ask("proceeds")
        if proceeds == 0:
            raise NothingToDo("nothing was taken that is not distributed")
        session.send(manager.step(f"distribute {format_pha(proceeds)} PHA", "distribute"))

    @command(slash, "pay-reporter")
    @click.argument("reporter", required=False)
    def pay_reporter(session: Session, reporter: str | None) -> None:
        """Pay REPORTER, or the sender, what is due for what they reported. Anyone."""
        manager = session.suite.find("slash-manager")
        who = address_of(reporter) if reporter else session.sender
        due = manager.ask("reporterDue", who)
        if due == 0:
            raise NothingToDo(f"{who} is due nothing")
        session.send(manager.step(f"pay {format_pha(due)} PHA to {who}", "payReporter", who))


def _bytes_of(text: str) -> bytes:
    """Bytes of hexadecimal text, or of a file that holds such or raw bytes."""
    if text.startswith("@"):
        path = Path(text[1:])
        if not path.is_file():
            raise click.BadParameter(f"{path} is no file", param_hint="--proof")
        raw = path.read_bytes()
        try:
            return bytes.fromhex(raw.decode("ascii").strip().removeprefix("0x"))
        except ValueError:
            return raw
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise click.BadParameter("it is neither hexadecimal nor @FILE", param_hint="--proof") from None


def _claims_table(claims: list[Claim], numbers: dict[str, str], now: int):
    return table_of(
        f"claims: {len(claims)}",
        ["claim>", "pool>", "worker", "ground", "forfeit (PHA)>", "state", "filed (UTC)", "next", "reporter"],
        [
            (
                str(one.number),
                numbers[one.pool],
                one.worker or "-",
                one.ground or "accusation",
                format_pha(one.assets),
                one.status.name.lower(),
                format_time(one.filed_at),
                one.next_step(now),
                one.reporter or "-",
            )
            for one in claims
        ],
    )
