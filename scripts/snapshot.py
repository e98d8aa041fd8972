# SPDX-License-Identifier: Apache-2.0
"""`ape run snapshot fetch | build | report | show`: a chain's state to claim bundles and a report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from pha.bridge.bundles import Snapshot, write_snapshot
from pha.bridge.chain_state import load_chain_state
from pha.bridge.conservation import format_pha
from pha.bridge.errors import BridgeError
from pha.bridge.header import hash_from_hex
from pha.bridge.ledger import native_ledger
from pha.bridge.node_state import ArchiveNode, fetch_state
from pha.bridge.progress import progress_bars
from pha.bridge.sample import STATE_PATH
from pha.bridge.ss58 import PHALA_PREFIX, parse_account
from pha.bridge.staking_state import holds_staking
from pha.bridge.state_manifest import StateManifest
from pha.bridge.whole_ledger import whole_ledger

DEFAULT_FOLDER = Path("out") / "snapshot"


@contextmanager
def one_line_errors() -> Iterator[None]:
    """A refusal of the library ends the command with status 1 and its message."""
    try:
        yield
    except BridgeError as refusal:
        raise click.ClickException(str(refusal)) from None


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
@click.option("--node", required=True, help="HTTP address of an archive node")
@click.option("--block", required=True, help="hash of the block whose state is wanted")
@click.option("--prefix", default=PHALA_PREFIX, show_default=True, help="SS58 prefix of the chain")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("out"), show_default=True)
def fetch(name: str, node: str, block: str, prefix: int, folder: Path) -> None:
    """Fetch a block's state from a node into NAME.jsonl, checked; run it again to go on after a break."""
    with one_line_errors():
        path = fetch_state(
            ArchiveNode(node), name, hash_from_hex(block, "the block's hash"), prefix, folder, progress_bars
        )
    click.echo(f"{path}: build with --state {path}")


@cli.command()
@click.option("--state", type=click.Path(path_type=Path), default=STATE_PATH, help="state file; else the sample")
@click.option("--manifest", type=click.Path(path_type=Path), help="block expected; else found by the state's name")
@click.option("--accept", multiple=True, metavar="NAME", help="live with this finding (repeatable); it is published")
@folder_option
def build(state: Path, manifest: Path | None, accept: tuple[str, ...], out: Path) -> None:
    """Check a state against its block, look through staking, and write claim bundles and the report."""
    with one_line_errors():
        expected = None if manifest is None else StateManifest.load(manifest)
        chain_state = load_chain_state(state, expected, progress_bars)
        whole = holds_staking(chain_state) or accept
        ledger = whole_ledger(chain_state, accept, progress_bars) if whole else native_ledger(chain_state)
        report = write_snapshot(out, chain_state.manifest, ledger, progress_bars)
        snapshot = Snapshot.open(out)
    click.echo(f"{snapshot.chain}, block 0x{chain_state.manifest.block_hash.hex()}")
    click.echo(report.to_text())
    click.echo(f"root 0x{snapshot.root.hex()}, total {snapshot.total}, {snapshot.leaves} claims in {out}")


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
