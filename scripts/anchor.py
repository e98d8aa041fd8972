# SPDX-License-Identifier: Apache-2.0
"""`ape run anchor check`: a state root followed back to Polkadot's finality, from files."""

from __future__ import annotations

from pathlib import Path

import click

from pha.bridge.errors import BridgeError
from pha.bridge.finality import check_anchor, load_bundle, trusted_hash_from
from pha.bridge.header import hash_from_hex


@click.group()
def cli() -> None:
    """Where the bridge's state root comes from."""


@cli.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--trust", required=True, metavar="HASH", help="relay-chain block that you trust; see ANCHORING.md")
@click.option("--state-root", metavar="HASH", help="state root that must come out, such as the bridge's STATE_ROOT")
def check(bundle: Path, trust: str, state_root: str | None) -> None:
    """Check headers, votes and proofs in BUNDLE and print the state root they lead to."""
    try:
        wanted = None if state_root is None else hash_from_hex(state_root, "--state-root")
        anchor = check_anchor(load_bundle(bundle), trusted_hash_from(trust))
    except BridgeError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(anchor.to_text())
    if wanted is not None and wanted != anchor.state_root:
        raise click.ClickException(f"this is not the state root asked for, 0x{wanted.hex()}")
