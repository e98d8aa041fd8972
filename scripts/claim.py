# SPDX-License-Identifier: Apache-2.0
"""The holder's side: what am I owed, from what, what do I sign, and then the money or a bundle for a relayer.

    ape run claim show ADDRESS --snapshot FOLDER                                   what is owed
    ape run claim show ADDRESS --snapshot FOLDER --recipient 0x…                   … and what to sign
    ape run claim show ADDRESS … --recipient 0x… --signature - --account me        … and send it
    ape run claim show ADDRESS … --recipient 0x… --signature - --to-relayer FILE   … or hand it over
    ape run claim vesting ADDRESS --snapshot FOLDER --contract 0x… --recipient 0x… what vests, into wallets
    ape run claim funding --snapshot FOLDER                                        does the bridge hold all of it?

ADDRESS is an SS58 address of any network or 0x-hex. No Polkadot key is ever asked for.
"""

from __future__ import annotations

from pathlib import Path

import ape
import click
from ape.cli import account_option

from pha.bridge.bundles import Snapshot
from pha.bridge.claim import ClaimPath, Request, address_bytes, signature_bytes
from pha.bridge.equations import funding_equations, refuse_native_claims
from pha.bridge.holder_statement import HolderStatement, hand_over
from pha.bridge.relay import Signature, SignedRequest
from pha.bridge.ss58 import parse_account
from pha.bridge.vesting_claim import vesting_bundles, vesting_request
from scripts._bridge_connection import OneLineErrors, bridge_at
from scripts._claim_sending import pha

snapshot_option = click.option(
    "--snapshot", "snapshot_folder", type=click.Path(path_type=Path), required=True, help="Folder of `snapshot build`."
)
bridge_option = click.option(
    "--bridge", "bridge_address", help="Address of the MigrationBridge; by default the network's address file."
)


@click.group()
def cli():
    """What a holder of the parachain is owed, and how they get it."""


@cli.command(cls=OneLineErrors)
@click.argument("address")
@snapshot_option
@click.option("--recipient", help="Ethereum address that is to be paid; then the sentence to sign is printed.")
@click.option("--vault", is_flag=True, help="Staked PHA goes into the delegation vault.")
@click.option("--signature", type=click.File(), help="File with the wallet's signature; - for a paste.")
@click.option(
    "--to-relayer", type=click.Path(dir_okay=False, path_type=Path), help="Append the signed claim to a file."
)
@bridge_option
@account_option(prompt=False)
def show(address, snapshot_folder, recipient, vault, signature, to_relayer, bridge_address, **options):
    """Show what ADDRESS (SS58 of any network, or 0x) is owed, from what, and the sentence to sign; then send it."""
    account = parse_account(address)
    snapshot = Snapshot.open(snapshot_folder)
    statement = HolderStatement.of(snapshot, account)
    click.echo(statement.to_text())
    sender = options["account"]
    if recipient is None:
        if signature or to_relayer or sender:
            raise click.UsageError("a signature names its recipient: give --recipient")
        click.echo("With --recipient 0x… this prints the sentence to sign.")
        return
    if signature is None and (to_relayer or sender):
        raise click.UsageError("nothing can be sent without the wallet's --signature")
    if statement.bundle is None:
        raise click.ClickException("all of it vests: nothing can be claimed from the bridge itself")
    bridge = bridge_at(bridge_address)
    path = ClaimPath.VAULT if vault else ClaimPath.LIQUID
    request = Request(path, address_bytes(recipient), address_bytes(bridge.address), ape.chain.chain_id)
    for who, sentence in statement.sentences(request):
        click.echo(f"to be signed by {who}:\n  {sentence}")
    if signature is None:
        click.echo("Then the same again with --signature, and --account to send it or --to-relayer to hand it over.")
        return
    if (sender is None) == (to_relayer is None):
        raise click.UsageError("give --account to send the claim, or --to-relayer to hand it over")
    data = signature_bytes(signature.read())
    signed = SignedRequest(account, request.recipient, Signature(data), path)
    claim = signed.claim(snapshot, request.bridge, request.chain_id)
    if to_relayer is not None:
        with to_relayer.open("a", encoding="ascii") as file:
            file.write(hand_over(signed, claim, data) + "\n")
        click.echo(f"appended to {to_relayer}: a relayer sends it with `ape run bridge relay {to_relayer} …`")
        return
    receipt = bridge.claim(claim.abi_values(), sender=sender)
    paid = bridge.Claimed.from_receipt(receipt)[0].paidAmount
    click.echo(f"paid {pha(paid)} PHA to {recipient} with {receipt.gas_used} gas: {receipt.txn_hash}")


@cli.command(cls=OneLineErrors)
@click.argument("address")
@snapshot_option
@click.option("--contract", required=True, help="Address of the VestingClaims contract.")
@click.option("--recipient", required=True, help="Ethereum address that is to own the vesting wallets.")
@click.option("--signature", type=click.File(), help="File with the wallet's signature; - for a paste.")
@account_option(prompt=False)
def vesting(address, snapshot_folder, contract, recipient, signature, **options):
    """Show the sentence to sign for what still vests of ADDRESS; with --signature and --account open the wallets."""
    account = parse_account(address)
    bundles = list(vesting_bundles(Snapshot.open(snapshot_folder), account))
    if not bundles:
        raise click.ClickException(f"nothing of 0x{account.hex()} is carried into a vesting wallet")
    target = ape.project.VestingClaims.at(contract)
    request = vesting_request(address_bytes(recipient), address_bytes(target.address), ape.chain.chain_id)
    click.echo(f"to be signed by the account's key:\n  {request.sentence()}")
    if signature is None:
        return
    if options["account"] is None:
        raise click.UsageError("give --account to send the claims")
    evidence = Signature(signature_bytes(signature.read())).evidence(account, request)
    for bundle in bundles:
        if target.isClaimed(bundle.leaf.identity):
            click.echo(f"schedule {bundle.leaf.number} was paid before")
            continue
        receipt = target.claim(bundle.claim_values(request, evidence), sender=options["account"])
        (event,) = target.VestingClaimed.from_receipt(receipt)
        click.echo(
            f"schedule {bundle.leaf.number}: {pha(event.paidAmount)} PHA into {event.wallet}: {receipt.txn_hash}"
        )


@cli.command(cls=OneLineErrors)
@snapshot_option
@bridge_option
def funding(snapshot_folder, bridge_address):
    """Check that the bridge has the snapshot's root, its total as cap, and PHA for every claim."""
    bridge = bridge_at(bridge_address)
    snapshot = Snapshot.open(snapshot_folder)
    refuse_native_claims(
        is_vesting_carried=snapshot.index["vesting"] is not None, bridge_state_root=bytes(bridge.STATE_ROOT())
    )
    equations = funding_equations(
        root=snapshot.root,
        total=snapshot.total,
        bridge_root=bytes(bridge.CLAIM_ROOT()),
        cap=bridge.CAP(),
        held=ape.project.L2PhaToken.at(bridge.TOKEN()).balanceOf(bridge),
        paid=bridge.totalPaid(),
    )
    for equation in equations:
        click.echo(f"{equation.name}: {equation.left_name} {equation.left} = {equation.right_name} {equation.right}")
