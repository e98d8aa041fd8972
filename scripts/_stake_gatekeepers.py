# SPDX-License-Identifier: Apache-2.0
"""Gatekeepers: `ape run stake gatekeepers`, seats and bonds, and reports from observations to the chain."""

from __future__ import annotations

from pathlib import Path

import click

from pha.staking.amounts import format_day, format_pha, format_time, parse_pha
from pha.staking.errors import FileInvalid, StakingError
from pha.staking.reports import (
    Signed,
    build_report,
    equivocation_steps,
    merged,
    read_observations,
    read_report,
    submit_step,
)
from pha.staking.seats import Seat, read_seat, read_seats
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
    table_of,
)

pha_callback = amount(parse_pha)


def register(cli: click.Group) -> None:
    """Adds these commands."""

    @cli.group("gatekeepers", cls=ListFirst, context_settings=HELP)
    def gatekeepers():
        """Gatekeepers: bonded reporters of what workers did. An epoch is a UTC day, counted from 1970."""

    @command(gatekeepers, "list", sends=False)
    def list_(session: Session) -> None:
        """Print who has a seat, with what bond, since when."""
        seats = read_seats(session.suite)
        contract = session.suite.find("gatekeepers")
        found = {"seats": seats, "proceeds": str(contract.ask("proceeds")), "last_epoch": contract.ask("lastEpoch")}
        session.show(found, _seats_table(seats))

    @command(gatekeepers, "join")
    @click.argument("assets", metavar="PHA", callback=pha_callback)
    def join(session: Session, assets: int) -> None:
        """Take a seat with PHA as bond, and what of yours still unbonds; in a full set the lowest bond leaves."""
        _bond(session, assets, f"take a seat with {format_pha(assets)} PHA", "join")

    @command(gatekeepers, "raise")
    @click.argument("assets", metavar="PHA", callback=pha_callback)
    def raise_(session: Session, assets: int) -> None:
        """Add PHA to your bond; all of it then counts from today's epoch on."""
        _bond(session, assets, f"raise the bond by {format_pha(assets)} PHA", "topUp")

    @command(gatekeepers, "resign")
    def resign(session: Session) -> None:
        """Give up your seat; the bond unbonds and can be slashed until then."""
        session.send(session.suite.find("gatekeepers").step("resign", "resign"))
        if session.sends:
            seat = read_seat(session.suite, session.sender)
            session.note(f"the bond can be withdrawn from {format_time(seat.release_at)} UTC on", seat=seat)

    @command(gatekeepers, "withdraw")
    @click.argument("whose", metavar="[ACCOUNT]", required=False)
    def withdraw(session: Session, whose: str | None) -> None:
        """Pay out the bond of ACCOUNT, or of the sender, once it has unbonded."""
        who = address_of(whose) if whose else session.sender
        seat = read_seat(session.suite, who)
        says = f"pay {format_pha(seat.bond)} PHA of bond to {who}"
        session.send(session.suite.find("gatekeepers").step(says, "withdraw", who))

    @command(gatekeepers, "build", sends=False)
    @click.argument("epoch", type=click.IntRange(1))
    @click.argument("observations", type=FILE)
    @click.option("--out", type=NEW_FILE, required=True, help="The report's file to write.")
    @click.option("--earlier", type=FILE, multiple=True, help="Report of an epoch before, to check that it is settled.")
    def build(session: Session, epoch: int, observations: Path, out: Path, earlier: tuple[Path, ...]) -> None:
        """Build the report of EPOCH from OBSERVATIONS, as an honest gatekeeper reckons it from the chain.

        OBSERVATIONS is a JSON list of {"worker": "0x…", "performance": 120, "responsive": true}. Shares and stakes
        are worked out from the chain's figures of now; earlier epochs have to be settled before.
        """
        seen = read_observations(observations)
        with session.progress("reading workers", len(seen)) as advance:
            report, left_out = build_report(session.suite, epoch, seen, [read_report(one) for one in earlier], advance)
        out.write_text(report.text(), encoding="utf-8")
        for one in left_out:
            click.echo(f"left out: {one}", err=True)
        root = "0x" + report.report().root.hex()
        found = {"epoch": epoch, "round": report.round, "root": root, "records": len(report.records)}
        if session.as_json:
            session.show(found | {"left_out": left_out})
        session.tell(f"{out}: {len(report.records)} records of {format_day(epoch)}, round {report.round}, root {root}")

    @command(gatekeepers, "sign", sends=False)
    @click.argument("report", type=FILE)
    @click.option("--observations", type=FILE, help="Your own: sign only what you would have built from them.")
    @click.option("--journal", type=NEW_FILE, required=True, help="What you have signed; the same file for ever.")
    @click.option("--account", metavar="ALIAS", help="Account of ape that signs; the first one locally.")
    @click.option("--key-file", type=FILE, help="In place of an account: 32 bytes of hex; mode 600.")
    def sign(
        session: Session,
        report: Path,
        observations: Path | None,
        journal: Path,
        account: str | None,
        key_file: Path | None,
    ) -> None:
        """Sign REPORT and add the signature to its file, once root and sums were worked out again from its records.

        A second, different report of one epoch and round costs the bond: the journal refuses to sign it.
        """
        file = read_report(report)
        contract = session.suite.find("gatekeepers")
        if (file.chain_id, file.gatekeepers) != (session.node.chain_id(), contract.address):
            raise FileInvalid(f"the report is for gatekeepers {file.gatekeepers} on chain {file.chain_id}")
        if observations is not None:
            own, _ = build_report(session.suite, file.epoch, read_observations(observations))
            if own.digest() != file.digest():
                theirs = {one.worker: one for one in file.records}
                ours = {one.worker: one for one in own.records}
                differ = sorted(key for key in theirs | ours if theirs.get(key) != ours.get(key))
                raise StakingError(f"your observations make another report; it differs in {', '.join(differ)}")
        signer = key_in(key_file) if key_file is not None else session.as_account(account)
        Signed(journal).remember(contract.address, str(signer.address), file.report())
        signed = signer.sign_message(file.message())
        if signed is None:
            raise StakingError("the account signed nothing")
        r, s = (int.from_bytes(one, "big") if isinstance(one, bytes) else one for one in (signed.r, signed.s))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([signed.v])
        report.write_text(file.with_signature(signature).text(), encoding="utf-8")
        session.tell(f"{signer.address} signed the report of epoch {file.epoch}, round {file.round}")

    @command(gatekeepers, "file")
    @click.argument("reports", type=FILE, nargs=-1, required=True)
    def file_(session: Session, reports: tuple[Path, ...]) -> None:
        """File a report with the signatures of all REPORTS, which are copies of one that others signed. Anyone."""
        report = merged([read_report(one) for one in reports])
        logs = session.send(submit_step(session.suite, report))
        for event in session.suite.find("gatekeepers").events_in("ReportAccepted", logs):
            final = session.suite.find("gatekeepers").ask("reportOf", event["epoch"])["finalAt"]
            signed, eligible = format_pha(event["signed"]), format_pha(event["eligible"])
            text = f"accepted with {signed} of {eligible} PHA of bond; final {format_time(final)} UTC"
            session.note(text, epoch=event["epoch"], signed=str(event["signed"]), final_at=final)

    @command(gatekeepers, "object")
    @click.argument("epoch", type=click.IntRange(1))
    def object_(session: Session, epoch: int) -> None:
        """Object to the report of EPOCH before it is final; enough bond against it voids it."""
        says = f"object to the report of epoch {epoch}"
        logs = session.send(session.suite.find("gatekeepers").step(says, "object", epoch))
        if session.suite.find("gatekeepers").events_in("ReportVoided", logs):
            session.note("the report is void: the next round begins", voided=True)

    @command(gatekeepers, "equivocation")
    @click.argument("first", type=FILE)
    @click.argument("second", type=FILE)
    def equivocation(session: Session, first: Path, second: Path) -> None:
        """Show two different reports of one epoch and round: whoever signed both loses the bond. Anyone."""
        logs = session.send(*equivocation_steps(session.suite, read_report(first), read_report(second)))
        for event in session.suite.find("gatekeepers").events_in("EquivocationSlashed", logs):
            slashed, share = format_pha(event["slashed"]), format_pha(event["reporterShare"])
            session.tell(f"{event['gatekeeper']} lost {slashed} PHA, {share} of it are the reporter's")

    @command(gatekeepers, "distribute")
    def distribute(session: Session) -> None:
        """Send what was taken of bonds to the treasury. Anyone."""
        session.send(session.suite.find("gatekeepers").step("send what was taken to the treasury", "distribute"))


def _bond(session: Session, assets: int, says: str, function: str) -> None:
    contract, token = session.suite.find("gatekeepers"), session.suite.find("token")
    steps = []
    if assets and token.ask("allowance", session.sender, contract.address) < assets:
        approving = f"approve {format_pha(assets)} PHA for the bond"
        steps.append(token.step(approving, "approve", contract.address, assets))
    session.send(*steps, contract.step(says, function, assets))


def _seats_table(seats: list[Seat]):
    return table_of(
        f"gatekeepers: {len(seats)}",
        ["gatekeeper", "bond (PHA)>", "counts since"],
        [(one.account, format_pha(one.bond), format_day(one.since_day)) for one in seats],
    )
