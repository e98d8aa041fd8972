# SPDX-License-Identifier: Apache-2.0
"""`ape run snapshot`: a chain's state to claim bundles and a report (fetch, build, check, query, report, show)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pha.bridge.bundles import Snapshot, write_snapshot
from pha.bridge.chain_state import load_chain_state
from pha.bridge.conservation import format_pha
from pha.bridge.cross_check import cross_check
from pha.bridge.errors import BridgeError
from pha.bridge.header import hash_from_hex
from pha.bridge.ledger import native_ledger
from pha.bridge.ledger_database import LedgerDatabase
from pha.bridge.ledger_rules import LedgerRules
from pha.bridge.node_rpc import ArchiveNode
from pha.bridge.node_state import METADATA_SUFFIX, fetch_state
from pha.bridge.progress import progress_bars
from pha.bridge.report_page import write_report
from pha.bridge.runtime_metadata import RuntimeMetadata
from pha.bridge.sample import STATE_PATH
from pha.bridge.ss58 import PHALA_PREFIX, parse_account
from pha.bridge.staking_state import holds_staking
from pha.bridge.state_manifest import StateManifest
from pha.bridge.synthetic_state import SyntheticState
from pha.bridge.whole_ledger import whole_ledger

DEFAULT_FOLDER = Path("out") / "snapshot"


@contextmanager
def one_line_errors() -> Iterator[None]:
    """A refusal of the library ends the command with status 1 and its message."""
    try:
        yield
    except BridgeError as refusal:
        raise click.ClickException(str(refusal)) from None


def metadata_beside(state: Path) -> Path | None:
    """The file that `fetch` leaves beside a state, if it is there."""
    path = state.with_name(state.name.split(".")[0] + METADATA_SUFFIX)
    return path if path.is_file() else None


folder_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="snapshot folder",
)


@click.group()
def cli() -> None:
    """Who is owed what, from a parachain's state."""


@cli.command()
@click.argument("name")
@click.option("--node", required=True, help="address of an archive node: http, https, ws or wss")
@click.option("--block", required=True, help="hash of the block whose state is wanted")
@click.option("--prefix", default=PHALA_PREFIX, show_default=True, help="SS58 prefix of the chain")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("out"), show_default=True)
def fetch(name: str, node: str, block: str, prefix: int, folder: Path) -> None:
    """Fetch a block's state from a node into NAME.jsonl, checked; run it again to go on after a break."""
    with one_line_errors():
        archive = ArchiveNode(node)
        try:
            path = fetch_state(archive, name, hash_from_hex(block, "the block's hash"), prefix, folder, progress_bars)
        finally:
            archive.close()
    click.echo(f"{path}: build with --state {path}")


state_option = click.option(
    "--state", type=click.Path(path_type=Path), default=STATE_PATH, help="state file; else the sample"
)
manifest_option = click.option(
    "--manifest", type=click.Path(path_type=Path), help="block expected; else found by the state's name"
)
accept_option = click.option(
    "--accept", multiple=True, metavar="NAME", help="live with this finding (repeatable); it is published"
)
rules_option = click.option(
    "--rules", type=click.Path(path_type=Path), help="rules of the ledger: known multisigs, vesting"
)


@cli.command()
@state_option
@manifest_option
@accept_option
@rules_option
@click.option(
    "--metadata", type=click.Path(path_type=Path), help="the runtime's metadata; else found by the state's name"
)
@folder_option
def build(
    state: Path, manifest: Path | None, accept: tuple[str, ...], rules: Path | None, metadata: Path | None, out: Path
) -> None:
    """Check a state against its block, look through staking, and write claim bundles and the report."""
    with one_line_errors():
        expected = None if manifest is None else StateManifest.load(manifest)
        chosen = LedgerRules() if rules is None else LedgerRules.load(rules)
        beside = metadata or metadata_beside(state)
        described = None if beside is None else RuntimeMetadata.load(beside)
        chain_state = load_chain_state(state, expected, progress_bars)
        if holds_staking(chain_state):
            source = whole_ledger(chain_state, accept, progress_bars, chosen, described)
        else:
            source = native_ledger(chain_state, accept, chosen, described)
        report = write_snapshot(out, chain_state.manifest, source, progress_bars)
        del chain_state, source  # a large state leaves no room for a database beside it
        options = {"--manifest": manifest, "--rules": rules, "--metadata": metadata}
        words = [f"{name} {shlex.quote(str(path))}" for name, path in options.items() if path is not None]
        words += [f"--accept {shlex.quote(name)}" for name in accept]
        command = f"ape run snapshot build --state {shlex.quote(str(state))} {' '.join(words)} --out NEW_FOLDER"
        page, _ = write_report(out, " ".join(command.split()))
        snapshot = Snapshot.open(out)
    click.echo(f"{snapshot.chain}, block {snapshot.index['block_hash']}")
    click.echo(report.to_text())
    click.echo(f"root 0x{snapshot.root.hex()}, total {snapshot.total}, {snapshot.leaves} claims in {out}")
    click.echo(f"report: {page}")


@cli.command()
@state_option
@manifest_option
@accept_option
@rules_option
@folder_option
def check(state: Path, manifest: Path | None, accept: tuple[str, ...], rules: Path | None, out: Path) -> None:
    """Let the second builder, in another language, build from the same state, and compare byte for byte."""
    with one_line_errors():
        expected = manifest or state.with_name(state.name.split(".")[0] + ".manifest.json")
        second = cross_check(out, state, expected, accept, rules)
    click.echo(f"both builders: root {second['root']}, total {second['total']}, {second['leaves']} claims")


@cli.command()
@click.argument("sql")
@folder_option
def query(sql: str, out: Path) -> None:
    """Ask the ledger something: SQL over accounts, positions, pools and issuance; amounts are base units."""
    with one_line_errors():
        answer = LedgerDatabase(out).ask(sql)
    table = Table(*answer.columns)
    for row in answer.rows:
        table.add_row(*map(str, row))
    Console(width=max(80, 46 * len(answer.columns))).print(table)


@cli.command()
@click.argument("name")
@click.option("--accounts", type=click.IntRange(1), default=1_000_000, show_default=True)
@click.option("--shares", type=click.IntRange(1), default=300_000, show_default=True, help="share NFTs of pools")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("out"), show_default=True)
def synthesize(name: str, accounts: int, shares: int, seed: int, folder: Path) -> None:
    """Write the state of a parachain that never was, as large as you like, to see how long a build takes."""
    path = SyntheticState(seed, accounts, shares).write(folder, name, progress_bars)
    click.echo(f"{path}: build with --state {path}")


@cli.command()
@folder_option
def report(out: Path) -> None:
    """Print the conservation report of a snapshot, added up again."""
    with one_line_errors():
        click.echo(Snapshot.open(out).report().to_text())


@cli.command()
@click.argument("account")
@click.option("--json", "as_json", is_flag=True, help="print the whole claim bundle")
@folder_option
def show(account: str, as_json: bool, out: Path) -> None:
    """Print what ACCOUNT (SS58 of any network, or 0x-hex) is owed."""
    with one_line_errors():
        bundle = Snapshot.open(out).bundle(parse_account(account))
    if as_json:
        click.echo(bundle.to_json())
        return
    click.echo(f"{bundle.ss58} (0x{bundle.account.hex()})")
    click.echo(f"free {format_pha(bundle.free)} PHA, staked {format_pha(bundle.staked)} PHA")
    click.echo(f"leaf {bundle.index} under root 0x{bundle.root.hex()}")
