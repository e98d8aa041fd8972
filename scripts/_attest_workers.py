# SPDX-License-Identifier: Apache-2.0
"""Workers in the attestation registry: `ape run attest challenge`, `submit`, `status` and `watch`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import ape
import click
from ape.cli import account_option
from eth_utils import is_address, to_canonical_address, to_checksum_address
from rich.console import Console

from pha.attestation.dstack.errors import EventLogError
from pha.attestation.dstack.event_log import compact_log, parse_event_log
from pha.attestation.intel.calldata import trimmed
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.registry import TDX_PROVEN
from pha.attestation.report_data import report_data
from pha.attestation.standing import Concern, WorkerStanding, as_json, as_table, duration, text_of, worst
from scripts._attest_registry import OneLineErrors, bytes_of, registry_at, registry_option

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DAY = 86_400

json_option = click.option("--json", "as_machine", is_flag=True, help="JSON for machines in place of a table.")
keys_option = click.option("--key", "keys", multiple=True, metavar="ADDRESS", help="This worker only; may be repeated.")
warn_option = click.option(
    "--warn-days", type=click.FloatRange(min=0), default=7.0, show_default=True, help="How early to warn."
)


def address_of(text: str) -> str:
    """A checksummed address.

    Raises:
        click.BadParameter: it is none.
    """
    if not is_address(text):
        raise click.BadParameter(f"{text!r} is no address", param_hint="--key")
    return to_checksum_address(text)


@click.command(cls=OneLineErrors)
@registry_option
@click.option("--key", required=True, metavar="ADDRESS", help="The worker's address.")
@click.option("--identity", required=True, metavar="HEX", help="The code identity to be judged as, 32 bytes.")
@click.option("--device", "devices", multiple=True, metavar="HEX", help="A GPU's platform, 32 bytes, in order.")
@click.option("--json", "as_machine", is_flag=True, help="JSON for machines.")
def challenge(registry_address: str | None, key: str, identity: str, devices: tuple[str, ...], as_machine: bool):
    """Tell the 64 bytes that the worker has to ask its TEE to sign, and the challenge in them.

    The challenge is the hash of the newest block but one; evidence has to be submitted before the registry forgets it.
    """
    registry = registry_at(registry_address)
    head = ape.chain.provider.get_block("latest")
    number, block_hash = head.number - 1, bytes(head.parent_hash)
    data = report_data(
        ape.chain.chain_id,
        to_canonical_address(registry.address),
        to_canonical_address(address_of(key)),
        block_hash,
        bytes_of(identity, 32, "--identity"),
        [bytes_of(device, 32, "--device") for device in devices],
    )
    if as_machine:
        found = {"block": number, "challenge": "0x" + block_hash.hex(), "report_data": "0x" + data.hex()}
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"challenge block  {number}")
    click.echo(f"challenge        0x{block_hash.hex()}")
    click.echo(f"report data      0x{data.hex()}")


@click.command(cls=OneLineErrors)
@click.argument("file", type=FILE)
@registry_option
@click.option("--key", required=True, metavar="ADDRESS", help="The worker's address.")
@click.option("--identity", required=True, metavar="HEX", help="The code identity to be judged as, 32 bytes.")
@click.option("--challenge-block", required=True, type=click.IntRange(min=0), help="As `challenge` told it.")
@click.option("--as-is", is_flag=True, help="FILE is no Intel quote, but what the reader of its kind takes.")
@click.option("--event-log", type=FILE, help="dstack's event log, JSON: the identity is the one that it proves.")
@click.option("--proof", metavar="HEX", default="", help="What asks for another form of identity.")
@account_option()
def submit(
    file: Path,
    registry_address: str | None,
    key: str,
    identity: str,
    challenge_block: int,
    as_is: bool,
    event_log: Path | None,
    proof: str,
    account,
):
    """Submit the evidence in FILE for a worker's key; anyone may, and it costs only gas."""
    if event_log and proof:
        raise click.UsageError("give either --event-log or --proof")
    registry = registry_at(registry_address)
    evidence = file.read_bytes() if as_is else quote_of(file)
    proof_bytes = bytes_of(proof, None, "--proof")
    if event_log:
        try:
            proof_bytes = TDX_PROVEN + compact_log(parse_event_log(event_log.read_bytes()))
        except EventLogError as error:
            raise click.ClickException(f"{event_log}: {error}") from None
    worker = address_of(key)
    identity_word = bytes_of(identity, 32, "--identity")
    receipt = registry.submit(worker, identity_word, challenge_block, evidence, proof_bytes, sender=account)
    standing = standings_of(registry, [worker])[0]
    left = duration(standing.seconds_left(ape.chain.provider.get_block("latest").timestamp))
    click.echo(f"{standing.key} is attested as {standing.kind}, level {standing.confidence}, for {left}")
    click.echo(f"{receipt.txn_hash}, {receipt.gas_used:,} gas")


@click.command(cls=OneLineErrors)
@registry_option
@keys_option
@warn_option
@json_option
def status(registry_address: str | None, keys: tuple[str, ...], warn_days: float, as_machine: bool):
    """Show workers and what ends when; those that end first stand first."""
    registry = registry_at(registry_address)
    report(standings_of(registry, keys_of(registry, keys)), warn_days, as_machine)


@click.command(cls=OneLineErrors)
@registry_option
@keys_option
@warn_option
@json_option
@click.option("--every", type=click.FloatRange(min=0), default=300.0, show_default=True, help="Seconds between looks.")
@click.option("--times", type=click.IntRange(min=1), help="Look so many times; until something is wrong if not given.")
def watch(
    registry_address: str | None,
    keys: tuple[str, ...],
    warn_days: float,
    as_machine: bool,
    every: float,
    times: int | None,
):
    """Look again and again; end as soon as a worker is about to lapse (exit code 3) or isn't attested (4)."""
    registry = registry_at(registry_address)
    looks = 0
    while True:
        concern = report(standings_of(registry, keys_of(registry, keys)), warn_days, as_machine)
        looks += 1
        if concern is not Concern.GOOD:
            raise SystemExit(3 if concern is Concern.LAPSES_SOON else 4)
        if looks == times:
            return
        time.sleep(every)


def quote_of(file: Path) -> bytes:
    """An Intel quote, raw or as hexadecimal text, as its reader takes it: without what no signature covers.

    Raises:
        click.ClickException: it is none.
    """
    raw = file.read_bytes()
    if raw[:2] == b"0x" or raw[1:2] != b"\0":  # a quote begins with its version, whose second byte is zero
        try:
            raw = bytes.fromhex(raw.decode("ascii").strip().removeprefix("0x"))
        except ValueError:
            raise click.ClickException(f"{file}: neither a quote nor its hexadecimal text; see --as-is") from None
    try:
        return trimmed(raw)
    except (MalformedEvidenceError, ValueError) as error:
        raise click.ClickException(f"{file}: {error}") from None


def keys_of(registry, given: tuple[str, ...]) -> list[str]:
    """The workers given, or all that the attestation log names, each once."""
    if given:
        return [address_of(key) for key in given]
    return list(dict.fromkeys(str(event.key) for event in attested_events(registry)))


def attested_events(registry):
    """The log of attestations, oldest first."""
    head = ape.chain.provider.get_block("latest").number
    return registry.Attested.range(0, head + 1)


def standings_of(registry, keys: list[str]) -> list[WorkerStanding]:
    """What the registry says of keys now."""
    found = []
    for key in keys:
        standing = registry.standingOf(key)
        fields = (output.name for output in registry.standingOf.abis[0].outputs[0].components)
        found.append(WorkerStanding.of(key, {name: getattr(standing, name) for name in fields}))
    return found


def report(standings: list[WorkerStanding], warn_days: float, as_machine: bool) -> Concern:
    """Print workers, with a warning for each that something has to be done about; the worst concern."""
    now, warn = ape.chain.provider.get_block("latest").timestamp, round(warn_days * DAY)
    if as_machine:
        click.echo(as_json(standings, now, warn))
    else:
        table = as_table(standings, now, warn)
        console = Console()
        if console.is_terminal:
            console.print(table)
        else:
            click.echo(text_of(table), nl=False)
        for one in standings:
            concern = one.concern(now, warn)
            if concern is Concern.LAPSES_SOON:
                click.echo(f"warning: {one.key} lapses in {duration(one.seconds_left(now))}: attest again", err=True)
            elif concern is Concern.NOT_ATTESTED:
                click.echo(f"warning: {one.key} is not attested: {one.reason}", err=True)
    return worst(standings, now, warn)
