# SPDX-License-Identifier: Apache-2.0
"""Claims from the parachain: what to sign, one claim, many claims, and the state of the bridge.

By the tree (with a snapshot), or by the state itself (`--native`, with a storage proof). An account may be one key's, a
multisig's (by `relay`), or one that others act for as its proxies (`--delegate`, with a storage proof).

The holder signs in their own wallet; this command never sees a Polkadot key. Anyone may send a claim, because the
bridge pays the recipient that the holder signed for and nobody else.
"""

from __future__ import annotations

import json
from pathlib import Path

import ape
import click
from ape.cli import account_option
from rich.console import Console
from rich.progress import track
from rich.table import Table

from pha.bridge.bundles import Snapshot
from pha.bridge.claim import Claim, ClaimPath, Request, address_bytes, signature_bytes
from pha.bridge.conservation import format_pha
from pha.bridge.delegated import OnBehalf, proxies_key
from pha.bridge.errors import BridgeError
from pha.bridge.native_claim import NativeClaim
from pha.bridge.progress import progress_bars
from pha.bridge.relay import DelegateSignature, Signature, SignedRequest, read_requests
from pha.bridge.ss58 import parse_account
from pha.bridge.state_proofs import StateProofs
from pha.bridge.storage_keys import account_key
from scripts._bridge_connection import OneLineErrors, bridge_at
from scripts._claim_sending import UNIT_SCALE, describe, pha, reason_name, send_batch, send_claim

BATCH_SIGNATURES = 20  # in one transaction: well under the 16,777,216 gas it may use, whatever scheme and proof

snapshot_option = click.option(
    "--snapshot",
    "snapshot_folder",
    type=click.Path(path_type=Path),
    help="Folder of `snapshot build`; only --native does without it.",
)
state_option = click.option(
    "--state",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="State of the parachain's last block, for storage proofs: a raw chain spec or a dump of key/value pairs.",
)
read_proof_option = click.option(
    "--read-proof",
    "read_proofs",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="In place of it, a file with what an archive node answered to state_getReadProof; may be given again.",
)
native_option = click.option(
    "--native", is_flag=True, help="The native balance alone, by a storage proof. The account gets nothing besides."
)
bridge_option = click.option(
    "--bridge", "bridge_address", help="Address of the MigrationBridge; by default the network's address file."
)


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
@native_option
@click.option("--for-others", is_flag=True, help="HOLDER's members, if it is a multisig, or HOLDER's proxy will sign.")
@bridge_option
def message(holder, recipient, bridge_address, snapshot_folder=None, vault=False, native=False, for_others=False):
    """Print the sentence that HOLDER (SS58 or 0x) signs in their wallet, and what they are owed."""
    bridge, account = bridge_at(bridge_address), parse_account(holder)
    path = chosen_path(vault, native)
    request = Request(path, address_bytes(recipient), address_bytes(bridge.address), ape.chain.chain_id)
    if path is not ClaimPath.NATIVE:
        bundle = snapshot_in(snapshot_folder).bundle(account)
        click.echo(f"owed: {format_pha(bundle.free)} PHA free, {format_pha(bundle.staked)} PHA staked", err=True)
    click.echo(OnBehalf(request, account).sentence() if for_others else request.sentence())


@cli.command("proof-keys")
@click.argument("holder")
def proof_keys(holder):
    """Print the storage keys of HOLDER (SS58 or 0x) to ask an archive node's state_getReadProof for."""
    account = parse_account(holder)
    click.echo(f"System.Account  0x{account_key(account).hex()}")
    click.echo(f"Proxy.Proxies   0x{proxies_key(account).hex()}")


@cli.command(cls=OneLineErrors)
@click.argument("holder")
@snapshot_option
@click.option("--recipient", required=True, help="Ethereum address named in the signed sentence.")
@click.option("--signature", required=True, type=click.File(), help="File with the wallet's signature; - for a paste.")
@click.option("--vault", is_flag=True, help="The sentence signed begins with vPHA.")
@native_option
@click.option("--delegate", help="The proxy of HOLDER that signed (SS58 or 0x).")
@state_option
@read_proof_option
@bridge_option
@account_option(prompt="Account that pays the gas")
def claim(
    holder,
    recipient,
    signature,
    bridge_address,
    snapshot_folder=None,
    vault=False,
    native=False,
    delegate=None,
    state=None,
    read_proofs=(),
    **options,
):
    """Send the claim of HOLDER (SS58 or 0x) with the signature of HOLDER's key, or of HOLDER's proxy."""
    bridge = bridge_at(bridge_address)
    signed = Signature(signature_bytes(signature.read()))
    if delegate:
        signed = DelegateSignature(parse_account(delegate), signed)
    path = chosen_path(vault, native)
    request = SignedRequest(parse_account(holder), address_bytes(recipient), signed, path)
    snapshot = None if path is ClaimPath.NATIVE else snapshot_in(snapshot_folder)
    proofs = storage_proofs(bridge, request.state_keys(), state, read_proofs)
    receipt = send_claim(bridge, request, options["account"], snapshot=snapshot, proofs=proofs)
    paid = bridge.Claimed.from_receipt(receipt)[0].paidAmount
    click.echo(f"paid {pha(paid)} PHA to {recipient} with {receipt.gas_used} gas: {receipt.txn_hash}")


@cli.command(cls=OneLineErrors)
@click.argument("requests", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@snapshot_option
@state_option
@read_proof_option
@bridge_option
@account_option(prompt="Account that pays the gas")
def relay(requests, bridge_address, snapshot_folder=None, state=None, read_proofs=(), **options):
    """Send the signed claims of many holders: REQUESTS has one JSON object a line, as pha/bridge/relay.py describes.

    A claim that cannot be paid does not hold up the others: it is listed with its reason, and the status is 1.
    """
    bridge = bridge_at(bridge_address)
    snapshot = None if snapshot_folder is None else Snapshot.open(snapshot_folder)
    asked = list(read_requests(requests))
    keys = [key for _, one in asked if isinstance(one, SignedRequest) for key in one.state_keys()]
    proofs = storage_proofs(bridge, keys, state, read_proofs)
    ready, refused = [], []
    for number, request in track(asked, "checking", transient=True):
        try:
            if isinstance(request, BridgeError):
                raise request
            one = request.claim(snapshot, address_bytes(bridge.address), ape.chain.chain_id, proofs)
            ready.append((number, request.signed.count, one))
        except BridgeError as error:
            refused.append((number, str(error)))
    for batch in track(list(batches(ready)), "sending", transient=True):
        refused += send_and_sort_out(bridge, [(number, one) for number, _, one in batch], options["account"])
    for number, reason in sorted(refused):
        click.echo(f"{requests}:{number}: {reason}", err=True)
    click.echo(json.dumps({"paid": len(asked) - len(refused), "refused": len(refused)}))
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


def chosen_path(vault: bool, native: bool) -> ClaimPath:
    """The way of claiming that two flags choose."""
    if vault and native:
        raise click.UsageError("--vault and --native exclude each other: the state shows no staked PHA")
    return ClaimPath.VAULT if vault else ClaimPath.NATIVE if native else ClaimPath.LIQUID


def snapshot_in(folder: Path | None) -> Snapshot:
    """The snapshot that a claim by the tree needs."""
    if folder is None:
        raise click.UsageError("give --snapshot, the folder of `snapshot build`, or claim with --native")
    return Snapshot.open(folder)


def storage_proofs(bridge, keys: list[bytes], state: Path | None, read_proofs: tuple[Path, ...]) -> StateProofs | None:
    """Proofs under the bridge's own state root, out of the files that were given; None where there are none."""
    if state is not None and read_proofs:
        raise click.UsageError("--state and --read-proof exclude each other")
    root = bytes(bridge.STATE_ROOT())
    if state is not None:
        return StateProofs.of_state(state, root, keys, progress_bars)
    return StateProofs.of_read_proofs(read_proofs, root) if read_proofs else None


def batches(ready: list[tuple[int, int, Claim | NativeClaim]]):
    """Claims (line, signatures, claim) in transactions: one kind in each, and no more signatures than it can verify. A
    claim of more signatures than that goes alone."""
    for kind in (Claim, NativeClaim):
        batch, signatures = [], 0
        for one in ready:
            if not isinstance(one[2], kind):
                continue
            if batch and signatures + one[1] > BATCH_SIGNATURES:
                yield batch
                batch, signatures = [], 0
            batch.append(one)
            signatures += one[1]
        if batch:
            yield batch


def send_and_sort_out(bridge, batch: list[tuple[int, Claim | NativeClaim]], sender) -> list[tuple[int, str]]:
    """Sends claims of one kind; line and reason of each that was refused. Where the transaction as a whole does not go
    through, each claim is sent alone, so that one that is too dear for any transaction holds up nobody."""
    try:
        receipt = send_batch(bridge, [claim for _, claim in batch], sender)
    except ape.exceptions.TransactionError as error:
        if len(batch) == 1:
            return [(batch[0][0], f"does not go through: {describe(error)}")]
        return [refusal for one in batch for refusal in send_and_sort_out(bridge, [one], sender)]
    rejections = bridge.ClaimRejected.from_receipt(receipt)
    return [(batch[event.index][0], reason_name(bridge, event.reason)) for event in rejections]
