# SPDX-License-Identifier: Apache-2.0
"""Claims from the parachain: what to sign, one claim, many claims, and the state of the bridge.

The holder signs in their own wallet; this command never sees a Polkadot key. Anyone may send a claim, because the
bridge pays the recipient that the holder signed for and nobody else.
"""

from __future__ import annotations

import json
from pathlib import Path

import ape
import click
from ape.cli import ConnectedProviderCommand, account_option
from rich.console import Console
from rich.progress import track
from rich.table import Table

from migrations.connection import addresses_path
from pha.bridge.bundles import Snapshot
from pha.bridge.claim import ClaimPath, Request, address_bytes, signature_bytes
from pha.bridge.conservation import format_pha
from pha.bridge.errors import BridgeError
from pha.bridge.relay import Signature, SignedRequest, read_requests
from pha.bridge.ss58 import parse_account
from scripts.claim_sending import UNIT_SCALE, describe, pha, reason_name, send_batch, send_claim

BATCH = 20  # claims in a transaction: well under the 16,777,216 gas one may use, whatever their scheme

snapshot_option = click.option(
    "--snapshot", "snapshot_folder", type=click.Path(path_type=Path), required=True, help="Folder of `snapshot build`."
)
bridge_option = click.option(
    "--bridge", "bridge_address", help="Address of the MigrationBridge; by default the network's address file."
)


class OneLineErrors(ConnectedProviderCommand):
    """Turns what the library refuses into one line and status 1."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except BridgeError as error:
            raise click.ClickException(str(error)) from None
        except ape.exceptions.ContractLogicError as error:
            raise click.ClickException(f"the bridge refuses: {describe(error)}") from None


@click.group()
def cli():
    """Claims from the parachain."""


@cli.command(cls=OneLineErrors)
@bridge_option
def status(bridge_address):
    """Show what the bridge owes, has paid and still holds."""
    bridge = bridge_at(bridge_address)
    token = ape.project.L2PhaToken.at(bridge.TOKEN())
    cap = bridge.CAP() * UNIT_SCALE
    table = Table(title=f"MigrationBridge {bridge.address}")
    table.add_column("what")
    table.add_column("value", justify="right")
    for name, value in {
        "owed in all (PHA)": pha(cap),
        "paid": pha(bridge.totalPaid()),
        "held": pha(token.balanceOf(bridge)),
        "open": str(bridge.isOpen()),
        "paused until": str(bridge.pausedUntil()),
        "pause seconds left": str(bridge.pauseSecondsLeft()),
        "rate limit lets a claim pass at": str(bridge.rateLimitAvailableAt()),
        "deadline": str(bridge.DEADLINE()),
        "claim root": bridge.CLAIM_ROOT().to_0x_hex(),
    }.items():
        table.add_row(name, value)
    Console().print(table)


@cli.command(cls=OneLineErrors)
@click.argument("holder")
@snapshot_option
@click.option("--recipient", required=True, help="Ethereum address that is to be paid.")
@click.option("--vault", is_flag=True, help="Staked PHA goes into the delegation vault.")
@bridge_option
def message(holder, snapshot_folder, recipient, vault, bridge_address):
    """Print the sentence that HOLDER (SS58 or 0x) signs in their wallet, and what they are owed."""
    bridge = bridge_at(bridge_address)
    bundle = Snapshot.open(snapshot_folder).bundle(parse_account(holder))
    path = ClaimPath.VAULT if vault else ClaimPath.LIQUID
    request = Request(path, address_bytes(recipient), address_bytes(bridge.address), ape.chain.chain_id)
    click.echo(f"owed: {format_pha(bundle.free)} PHA free, {format_pha(bundle.staked)} PHA staked", err=True)
    click.echo(request.sentence())


@cli.command(cls=OneLineErrors)
@click.argument("holder")
@snapshot_option
@click.option("--recipient", required=True, help="Ethereum address named in the signed sentence.")
@click.option("--signature", required=True, type=click.File(), help="File with the wallet's signature; - for a paste.")
@click.option("--vault", is_flag=True, help="The sentence signed begins with vPHA.")
@bridge_option
@account_option(prompt="Account that pays the gas")
def claim(holder, snapshot_folder, recipient, signature, vault, bridge_address, **options):
    """Send the claim of HOLDER (SS58 or 0x) with the holder's signature."""
    bridge = bridge_at(bridge_address)
    request = SignedRequest(
        parse_account(holder), address_bytes(recipient), Signature(signature_bytes(signature.read())), vault
    )
    receipt = send_claim(bridge, Snapshot.open(snapshot_folder), request, options["account"])
    paid = bridge.Claimed.from_receipt(receipt)[0].paidAmount
    click.echo(f"paid {pha(paid)} PHA to {recipient} with {receipt.gas_used} gas: {receipt.txn_hash}")


@cli.command(cls=OneLineErrors)
@click.argument("requests", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@snapshot_option
@bridge_option
@account_option(prompt="Account that pays the gas")
def relay(requests, snapshot_folder, bridge_address, **options):
    """Send the signed claims of many holders, REQUESTS being JSON lines of account, recipient and signature.

    A claim that cannot be paid does not hold up the others: it is listed with its reason, and the status is 1.
    """
    bridge = bridge_at(bridge_address)
    snapshot = Snapshot.open(snapshot_folder)
    ready, refused = [], []
    for number, request in track(list(read_requests(requests)), "checking", transient=True):
        try:
            if isinstance(request, BridgeError):
                raise request
            ready.append((number, request.claim(snapshot, address_bytes(bridge.address), ape.chain.chain_id)))
        except BridgeError as error:
            refused.append((number, str(error)))
    starts = range(0, len(ready), BATCH)
    for start in track(starts, "sending", transient=True):
        batch = ready[start : start + BATCH]
        receipt = send_batch(bridge, [one.encode() for _, one in batch], options["account"])
        rejections = bridge.ClaimRejected.from_receipt(receipt)
        refused += [(batch[event.index][0], reason_name(bridge, event.reason)) for event in rejections]
    for number, reason in sorted(refused):
        click.echo(f"{requests}:{number}: {reason}", err=True)
    click.echo(json.dumps({"paid": len(list(read_requests(requests))) - len(refused), "refused": len(refused)}))
    if refused:
        raise SystemExit(1)


@cli.command("open", cls=OneLineErrors)
@bridge_option
@account_option(prompt="Account that pays the gas")
def open_bridge(bridge_address, **options):
    """Open the bridge for claims, which anyone may do once it holds all it owes."""
    receipt = bridge_at(bridge_address).open(sender=options["account"])
    click.echo(f"open since block {receipt.block_number}")


@cli.command(cls=OneLineErrors)
@bridge_option
@account_option(prompt="Account that pays the gas")
def sweep(bridge_address, **options):
    """After the deadline, send what is left to the treasury."""
    receipt = bridge_at(bridge_address).sweep(sender=options["account"])
    click.echo(f"swept in block {receipt.block_number}")


def bridge_at(address: str | None):
    """The bridge of the connected network. Raises a one-line click error where it is not known."""
    if address is None:
        network = ape.networks.network.name.removesuffix("-fork")
        file = addresses_path(network)
        if not file.exists():
            raise click.ClickException(
                f"no address file for {network}: deploy with `ape run migrate`, or give --bridge"
            )
        address = json.loads(file.read_text())["contracts"]["migration_bridge"]["address"]
    return ape.project.MigrationBridge.at(address)
