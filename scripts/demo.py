# SPDX-License-Identifier: Apache-2.0
"""The main job from end to end on a local L2: a parachain's state, the suite deployed by its migrations, holders paid.

Ends with status 0 only if every sum agrees to the last unit.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import ape
import click
from ape.cli import ConnectedProviderCommand
from ape.logging import logger
from rich.console import Console
from rich.table import Table

from migrations.local import deploy_suite
from pha.bridge.bundles import ClaimBundle, Snapshot, write_snapshot
from pha.bridge.chain_state import load_chain_state
from pha.bridge.claim import Claim, ClaimPath, Request, Scheme, address_bytes, secp256k1_evidence
from pha.bridge.errors import BridgeError
from pha.bridge.ledger import native_ledger
from pha.bridge.progress import progress_bars
from pha.bridge.relay import SignedRequest
from pha.bridge.sample import STATE_PATH
from pha.bridge.sample.keys import SampleKey, sample_key
from pha.bridge.state_manifest import StateManifest
from scripts.claim_sending import UNIT_SCALE, pha, reason_name, send_batch, send_claim

SINGLE_CLAIMS = 3
SHOWN_WITHOUT_KEYS = 8
SAMPLE_KEYS = 300  # numbers that are tried for each scheme to find whose keys are known

console = Console(width=140)


class DemoError(Exception):
    """Something did not come out as it must."""


class Row(NamedTuple):
    """One account in the closing table; amounts in PHA base units."""

    bundle: ClaimBundle
    recipient: str
    paid: int
    gas: int | None
    how: str

    @property
    def owed(self) -> int:
        return (self.bundle.free + self.bundle.staked) * UNIT_SCALE


@click.command(cls=ConnectedProviderCommand)
@click.option(
    "--state",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=STATE_PATH,
    help="A raw chain spec or a dump of key/value pairs; by default the state that ships with the project.",
)
@click.option(
    "--manifest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Which block the state is of; by default the one beside the state or shipped for its chain.",
)
def cli(state, manifest):
    """Pay the holders of a parachain 1:1 on a local L2."""
    logger.set_level("WARNING")  # ape reports every transaction; the tables here say more
    try:
        with tempfile.TemporaryDirectory() as folder:
            run(state, manifest, Path(folder) / "snapshot")
    except (BridgeError, DemoError) as error:
        console.print(f"[red]demo failed:[/red] {error}")
        sys.exit(1)


def run(state: Path, manifest: Path | None, folder: Path) -> None:
    snapshot = build_snapshot(state, manifest, folder)
    suite = deploy(snapshot)
    bridge, token = suite.migration_bridge, suite.token
    gas = {one.title: one.gas_used for one in suite.ledger.transactions}
    relayer = ape.accounts.test_accounts[3]

    console.rule("Funding and opening")
    cap = snapshot.total * UNIT_SCALE
    deposit_from_l1(token, bridge, cap)
    receipt = bridge.open(sender=relayer)
    gas["open the bridge"] = receipt.gas_used
    console.print(
        f"the bridge holds {pha(token.balanceOf(bridge))} PHA, which is all it owes, and is open", highlight=False
    )

    keys = known_keys(snapshot)
    rows = (
        pay_holders(snapshot, bridge, token, keys, relayer, gas) if keys else show_unsigned(snapshot, bridge, relayer)
    )
    print_rows(rows)
    print_gas(gas)
    check_sums(rows, bridge, token, cap)


def build_snapshot(state: Path, manifest: Path | None, folder: Path) -> Snapshot:
    console.rule("Who is owed what")
    expected = StateManifest.load(manifest) if manifest else None
    chain_state = load_chain_state(state, expected, progress_bars)
    header = chain_state.manifest.header
    console.print(
        f"{chain_state.manifest.name}, block {header.number:,}: {len(chain_state.pairs):,} storage entries\n"
        f"state root 0x{header.state_root.hex()} rebuilt from them\n"
        f"block hash 0x{chain_state.manifest.block_hash.hex()} rebuilt from the header"
    )
    report = write_snapshot(folder, chain_state.manifest, native_ledger(chain_state), progress_bars)
    console.print(report.to_text(), highlight=False)
    snapshot = Snapshot.open(folder)
    console.print(f"sum tree of {snapshot.leaves:,} leaves: root 0x{snapshot.root.hex()}")
    return snapshot


def deploy(snapshot: Snapshot):
    console.rule("Deployment, by the steps of a public network")
    overrides = {
        "bridge.claim_root": f"0x{snapshot.root.hex()}",
        "bridge.total": f"{snapshot.total} units",
        "bridge.state_root": snapshot.index["state_root"],
    }
    suite = deploy_suite(ape.project, ape.chain.provider, ape.accounts.test_accounts[0], overrides)
    table = Table("contract", "address", box=None)
    for name, contract in suite.contracts.items():
        table.add_row(name, contract.address)
    console.print(table)
    return suite


def deposit_from_l1(token, bridge, amount: int) -> None:
    """What the chain's bridge does when PHA is deposited on the home chain: it mints here what is locked there."""
    token.mint(bridge, amount, sender=ape.accounts[token.bridge()])


def known_keys(snapshot: Snapshot) -> dict[bytes, SampleKey]:
    """Accounts of the snapshot whose (public, worthless) keys ship with the sample state."""
    keys = (sample_key(Scheme.SECP256K1, number) for number in range(SAMPLE_KEYS))
    by_account = {key.account: key for key in keys}
    return {bundle.account: by_account[bundle.account] for bundle in snapshot.bundles() if bundle.account in by_account}


def signed(bridge, key: SampleKey, recipient: str, wrapped: bool) -> SignedRequest:
    """What the holder does in their wallet: sign the sentence, with or without the wrapping."""
    request = wish(bridge, recipient)
    return SignedRequest(key.account, request.recipient, key.sign(request.message(wrapped)))


def wish(bridge, recipient: str) -> Request:
    return Request(ClaimPath.LIQUID, address_bytes(recipient), address_bytes(bridge.address), bridge.CHAIN_ID())


def recipient_of(number: int) -> str:
    """A new address without any PHA."""
    return f"0x{(0xD0 << 152) + number + 1:040x}"


def pay_holders(snapshot, bridge, token, keys, relayer, gas: dict[str, int]) -> list[Row]:
    console.rule("Claims, each signed by the account's own key")
    rows = []
    requests = [
        signed(bridge, key, recipient_of(number), wrapped=number % 2 == 0) for number, key in enumerate(keys.values())
    ]
    for request in requests[:SINGLE_CLAIMS]:
        receipt = send_claim(bridge, snapshot, request, relayer)
        rows.append(row_of(snapshot, token, request, receipt.gas_used, "alone"))

    again = requests[0].claim(snapshot, address_bytes(bridge.address), bridge.CHAIN_ID())
    claims = [one.claim(snapshot, address_bytes(bridge.address), bridge.CHAIN_ID()) for one in requests[SINGLE_CLAIMS:]]
    receipt = send_batch(bridge, [again.encode(), *(one.encode() for one in claims)], relayer)
    rejected = [
        (event.index, reason_name(bridge, event.reason)) for event in bridge.ClaimRejected.from_receipt(receipt)
    ]
    if rejected != [(0, "AlreadyClaimed")]:
        raise DemoError(f"the batch refused {rejected}, not the second claim alone")
    share = receipt.gas_used // len(claims)
    rows += [row_of(snapshot, token, request, share, "in a batch") for request in requests[SINGLE_CLAIMS:]]
    console.print(
        f"{SINGLE_CLAIMS} claims alone; {len(claims)} in one batch, in which a second claim of the first account "
        "was refused (AlreadyClaimed) and held up nobody"
    )
    gas["claim, secp256k1"] = rows[0].gas
    gas[f"batch of {len(claims)} claims and a refused one"] = receipt.gas_used
    return rows


def row_of(snapshot, token, request: SignedRequest, gas: int, how: str) -> Row:
    recipient = f"0x{request.recipient.hex()}"
    return Row(snapshot.bundle(request.account), recipient, token.balanceOf(recipient), gas, how)


def show_unsigned(snapshot, bridge, relayer) -> list[Row]:
    """Without the holders' keys: the balances are proven, and the signature is all that is missing."""
    console.rule("Nobody here has these keys: the proofs hold, the signature is refused")
    stranger = sample_key(Scheme.SECP256K1, 0)
    rows, claims = [], []
    for number, bundle in enumerate(islice(snapshot.bundles(), SHOWN_WITHOUT_KEYS)):
        request = wish(bridge, recipient_of(number))
        foreign = secp256k1_evidence(stranger.account, request, stranger.sign(request.message(wrapped=True)))
        claims.append(Claim(bundle, request, foreign).encode())
        rows.append(Row(bundle, recipient_of(number), 0, None, "proven; InvalidEvidence"))
    receipt = send_batch(bridge, claims, relayer)
    refusals = [reason_name(bridge, event.reason) for event in bridge.ClaimRejected.from_receipt(receipt)]
    if refusals != ["InvalidEvidence"] * len(claims):
        raise DemoError(f"of {len(claims)} claims without a signature, {refusals} were refused")
    return rows


def print_rows(rows: list[Row]) -> None:
    table = Table("account", "recipient", "owed (PHA)", "paid (PHA)", "gas", "how")
    for column in table.columns[2:5]:
        column.justify = "right"
    for row in rows:
        gas = f"{row.gas:,}" if row.gas else ""
        table.add_row(short(row.bundle.ss58), short(row.recipient), pha(row.owed), pha(row.paid), gas, row.how)
    console.print(table)


def print_gas(gas: dict[str, int]) -> None:
    table = Table("action", "gas")
    table.columns[1].justify = "right"
    for action, used in gas.items():
        table.add_row(action, f"{used:,}")
    console.print(table)


def short(text: str) -> str:
    return f"{text[:10]}…{text[-6:]}"


def check_sums(rows: list[Row], bridge, token, cap: int) -> None:
    console.rule("Conservation")
    paid = sum(row.paid for row in rows)
    held = token.balanceOf(bridge)
    console.print(
        f"paid {pha(paid)} + held {pha(held)} = {pha(paid + held)} PHA; owed in all {pha(cap)} PHA", highlight=False
    )
    wrong = [row.bundle.ss58 for row in rows if row.gas is not None and row.paid != row.owed]
    if wrong:
        raise DemoError(f"paid otherwise than owed: {', '.join(wrong)}")
    if paid != bridge.totalPaid() or paid + held != cap:
        raise DemoError("paid and held do not add up to what is owed in all")
    console.print("[green]every sum agrees[/green]")
