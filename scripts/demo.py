# SPDX-License-Identifier: Apache-2.0
"""The main job from end to end on a local L2: a parachain's state, the suite deployed by its migrations, holders paid,
workers attested by their hardware, staked PHA at work behind them, compute sold, and a cheat slashed.

Ends with status 0 only if every sum agrees to the last unit.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
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
from pha.bridge.chain_state import ChainState, load_chain_state
from pha.bridge.claim import Claim, ClaimPath, Request, Scheme, address_bytes
from pha.bridge.errors import BridgeError
from pha.bridge.ledger import native_ledger
from pha.bridge.native_claim import NativeClaim
from pha.bridge.progress import progress_bars
from pha.bridge.relay import SignedRequest
from pha.bridge.sample.keys import sample_key, sample_multisig
from pha.bridge.sample.parachain import SampleParachain
from pha.bridge.sample.wallets import sample_keys, sign_alone, sign_together
from pha.bridge.staking_state import holds_staking
from pha.bridge.state_manifest import StateManifest
from pha.bridge.state_proofs import StateProofs
from pha.bridge.storage_keys import account_key
from pha.bridge.whole_ledger import whole_ledger
from scripts._claim_sending import UNIT_SCALE, pha, reason_name, send_batch, send_claim
from scripts._demo_compute import ask_for_a_price, hand_out, lie_and_be_slashed, rent
from scripts._demo_real_evidence import judge_real_evidence
from scripts._demo_staking import StakeError, earn, leave, show_sums, stake, staking_ground
from scripts._demo_vendors import Vendors
from scripts._demo_workers import WorkersError, attest_workers, now

SHOWN_WITHOUT_KEYS = 8

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
    help="A raw chain spec or a dump of key/value pairs; by default a small parachain whose holders' keys are public.",
)
@click.option(
    "--manifest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Which block the state is of; by default the one beside the state or shipped for its chain.",
)
@click.option(
    "--evidence",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="PHA_EVIDENCE_DIR",
    default=Path(__file__).resolve().parents[2] / "shared" / "evidence",
    help="Folder of real quotes and reports, judged as well where it is there.",
)
def cli(state, manifest, evidence):
    """Pay the holders of a parachain 1:1 on a local L2, attest its workers, stake, earn, leave, and slash a cheat."""
    logger.set_level("WARNING")  # ape reports every transaction; the tables here say more
    try:
        with tempfile.TemporaryDirectory() as folder:
            chosen = state or SampleParachain().write(Path(folder), "sample")
            run(chosen, manifest, Path(folder) / "snapshot", evidence)
    except (BridgeError, DemoError, WorkersError, StakeError) as error:
        console.print(f"[red]demo failed:[/red] {error}")
        sys.exit(1)


def run(state: Path, manifest: Path | None, folder: Path, evidence: Path) -> None:
    chain_state = read_state(state, manifest)
    snapshot = build_snapshot(chain_state, folder)
    vendors = Vendors(now())
    suite = deploy(snapshot, vendors)
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

    requests = signed_requests(snapshot, bridge)
    parties = snapshot, bridge, relayer
    if requests:
        rows = pay_holders(chain_state, suite, requests, gas, *parties)
    else:
        rows = show_unsigned(chain_state, *parties)
    print_rows(rows)
    print_gas(gas)
    check_sums(rows, bridge, token, cap)
    machines = attest_workers(suite, vendors, relayer)
    holders = [row.recipient for row in rows]
    stakers = [row for row in rows if row.gas is not None and suite.delegation_vault.balanceOf(row.recipient)]
    if stakers:
        put_to_work(suite, machines, max(stakers, key=lambda row: row.bundle.staked).recipient, holders, relayer)
    if evidence.is_dir():
        judge_real_evidence(suite, evidence, relayer)


def put_to_work(suite, machines, leaver: str, holders: list[str], relayer) -> None:
    """What the claims staked earns, is rented out, answers, leaves, and is slashed; and where all PHA is in the end."""
    ground = staking_ground(suite, relayer)
    console.rule("The staked PHA goes behind attested workers")
    workers = stake(ground, {name: key for name, (_, key) in machines.items()})
    renter, cheat = workers[0], workers[-1]
    identities = {name: machine.identity for name, (machine, _) in machines.items()}
    console.rule("A day's rewards")
    earn(ground, workers)
    console.rule("Compute is sold, and a contract asks the web")
    rent(ground, renter)
    ask_for_a_price(ground, renter, identities[renter.name])
    hand_out(ground, renter)
    console.rule("A delegator leaves")
    leave(ground, workers, leaver)
    console.rule("A cheat is proven and slashed")
    lie_and_be_slashed(ground, cheat, identities[cheat.name])
    show_sums(ground, holders)


def read_state(state: Path, manifest: Path | None) -> ChainState:
    console.rule("Who is owed what")
    expected = StateManifest.load(manifest) if manifest else None
    chain_state = load_chain_state(state, expected, progress_bars)
    header = chain_state.manifest.header
    console.print(
        f"{chain_state.manifest.name}, block {header.number:,}: {len(chain_state.pairs):,} storage entries\n"
        f"state root 0x{header.state_root.hex()} rebuilt from them\n"
        f"block hash 0x{chain_state.manifest.block_hash.hex()} rebuilt from the header"
    )
    return chain_state


def build_snapshot(chain_state: ChainState, folder: Path) -> Snapshot:
    ledger = whole_ledger if holds_staking(chain_state) else native_ledger
    report = write_snapshot(folder, chain_state.manifest, ledger(chain_state), progress_bars)
    console.print(report.to_text(), highlight=False)
    snapshot = Snapshot.open(folder)
    console.print(f"sum tree of {snapshot.leaves:,} leaves: root 0x{snapshot.root.hex()}")
    return snapshot


def deploy(snapshot: Snapshot, vendors: Vendors):
    console.rule("Deployment, by the steps of a public network")
    overrides = {
        "bridge.claim_root": f"0x{snapshot.root.hex()}",
        "bridge.total": f"{snapshot.total} units",
        "bridge.state_root": snapshot.index["state_root"],
        **vendors.roots(),
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


def recipient_of(number: int) -> str:
    """A new address without any PHA."""
    return f"0x{(0xD0 << 152) + number + 1:040x}"


def wish(bridge, number: int, path: ClaimPath = ClaimPath.LIQUID) -> Request:
    return Request(path, address_bytes(recipient_of(number)), address_bytes(bridge.address), bridge.CHAIN_ID())


def signed_requests(snapshot: Snapshot, bridge) -> list[tuple[str, SignedRequest]]:
    """Kind of account and signed request for each account whose (public, worthless) keys ship with the sample. Who had
    PHA staked asks for it as vPHA.
    """
    keys, requests = sample_keys(), []
    for number, bundle in enumerate(snapshot.bundles()):
        path = ClaimPath.VAULT if bundle.staked else ClaimPath.LIQUID
        request, wrapped = wish(bridge, number, path), number % 2 == 0
        if bundle.account in keys:
            key = keys[bundle.account]
            kind, signed = key.scheme.name.lower(), sign_alone(key, request, wrapped)
        elif bundle.account == sample_multisig():
            kind, signed = "multisig, 2 of 3", sign_together(request, wrapped)
        else:
            continue
        requests.append((kind, SignedRequest(bundle.account, request.recipient, signed, path)))
    return requests


def pay_holders(chain_state, suite, requests, gas: dict[str, int], snapshot, bridge, relayer) -> list[Row]:
    console.rule("Claims, each signed by the account's own key")
    alone = dict(reversed(requests))  # the first of each kind
    together = [request for _, request in requests if request not in alone.values()]
    by_state = next(request for request in together if holds_native_alone(chain_state, snapshot, request, bridge))
    together.remove(by_state)

    rows = []
    for kind, request in sorted(alone.items()):
        receipt = send_claim(bridge, request, relayer, snapshot=snapshot)
        gas[f"claim, {kind}"] = receipt.gas_used
        rows.append(row_of(snapshot, suite, request, receipt.gas_used, kind))
    receipt = send_native_claim(chain_state, bridge, by_state, relayer)
    gas["claim, storage proof"] = receipt.gas_used
    rows.append(row_of(snapshot, suite, by_state, receipt.gas_used, "storage proof"))

    again = next(iter(alone.values()))
    claims = [one.claim(snapshot, address_bytes(bridge.address), bridge.CHAIN_ID()) for one in (again, *together)]
    receipt = send_batch(bridge, claims, relayer)
    refused = [(event.index, reason_name(bridge, event.reason)) for event in bridge.ClaimRejected.from_receipt(receipt)]
    if refused != [(0, "AlreadyClaimed")]:
        raise DemoError(f"the batch refused {refused}, not the second claim alone")
    gas[f"batch of {len(together)} claims and a refused one"] = receipt.gas_used
    share = receipt.gas_used // len(together)
    kinds = {request.account: kind for kind, request in requests}
    rows += [row_of(snapshot, suite, one, share, f"{kinds[one.account]}, in the batch") for one in together]
    console.print(
        f"{len(alone) + 1} claims alone, {len(together)} in one batch, in which a second claim of an account was "
        "refused (AlreadyClaimed) and held up nobody"
    )
    return rows


def send_native_claim(chain_state, bridge, request: SignedRequest, relayer):
    """The same holder goes by the state itself: a storage proof of the account, and a sentence that says so."""
    by_state = native_request(bridge, request)
    proofs = StateProofs.of_pairs(chain_state.pairs, by_state.state_keys())
    return send_claim(bridge, by_state, relayer, proofs=proofs)


def native_request(bridge, request: SignedRequest) -> SignedRequest:
    """The same holder's wish to be paid by the state itself."""
    wanted = Request(ClaimPath.NATIVE, request.recipient, address_bytes(bridge.address), bridge.CHAIN_ID())
    signed = sign_alone(sample_keys()[request.account], wanted, wrapped=True)
    return SignedRequest(request.account, request.recipient, signed, ClaimPath.NATIVE)


def holds_native_alone(chain_state, snapshot, request: SignedRequest, bridge) -> bool:
    """Whether one key holds the account, and the state's own entry of it shows all that it is owed."""
    if request.account not in sample_keys():
        return False
    by_state = native_request(bridge, request)
    proofs = StateProofs.of_pairs(chain_state.pairs, by_state.state_keys())
    shown = by_state.claim(None, address_bytes(bridge.address), bridge.CHAIN_ID(), proofs).paid
    bundle = snapshot.bundle(request.account)
    return shown == (bundle.free + bundle.staked) * UNIT_SCALE


def row_of(snapshot, suite, request: SignedRequest, gas: int, how: str) -> Row:
    """What a recipient has after its claim: PHA, and what its vPHA is worth."""
    recipient = f"0x{request.recipient.hex()}"
    vault = suite.delegation_vault
    paid = suite.token.balanceOf(recipient) + vault.convertToAssets(vault.balanceOf(recipient))
    where = ", staked part as vPHA" if request.path is ClaimPath.VAULT else ""
    return Row(snapshot.bundle(request.account), recipient, paid, gas, how + where)


def show_unsigned(chain_state, snapshot, bridge, relayer) -> list[Row]:
    """Without the holders' keys: each balance is proven, by the tree and by the state, and the signature is all that is
    missing. That the proofs are looked at first is shown by claims whose proofs are of another account.
    """
    console.rule("Nobody here has these keys: the proofs hold, the signature is refused")
    bundles = list(islice(snapshot.bundles(), SHOWN_WITHOUT_KEYS))
    proofs = StateProofs.of_pairs(chain_state.pairs, [account_key(bundle.account) for bundle in bundles])
    stranger = sample_key(Scheme.SR25519, 0)
    rows, by_tree, by_state, balances = [], [], [], []
    for number, bundle in enumerate(bundles):
        for path in (ClaimPath.LIQUID, ClaimPath.NATIVE):
            request = wish(bridge, number, path)
            foreign = sign_alone(stranger, request, wrapped=True).evidence(stranger.account, request)
            if path is ClaimPath.LIQUID:
                by_tree.append(Claim(bundle, request, foreign))
            else:
                proof = proofs.proof(account_key(bundle.account))
                by_state.append(NativeClaim(bundle.account, proof, request, foreign))
        balances.append(by_state[-1].paid)
        rows.append(Row(bundle, recipient_of(number), 0, None, "proven by tree and state; InvalidEvidence"))

    # Each claim again with the amount or the proof of another.
    richer = [replace(claim, bundle=replace(claim.bundle, free=claim.bundle.free + 1)) for claim in by_tree]
    shifted = [*by_state[1:], by_state[0]]
    borrowed = [replace(claim, proof=other.proof) for claim, other in zip(by_state, shifted, strict=True)]
    require_refusals(bridge, by_tree, "InvalidEvidence", relayer)
    require_refusals(bridge, by_state, "InvalidEvidence", relayer)
    require_refusals(bridge, richer, "SumTreeMismatch", relayer)
    if len(by_state) > 1:
        require_refusals(bridge, borrowed, "StateProofInvalid", relayer)
    if balances != [row.owed for row in rows]:
        raise DemoError("the state shows other balances than the tree")
    console.print(
        f"{len(rows)} accounts: proven by the tree, and by storage proofs under the state root; refused for the "
        "signature alone.\nThe same with one unit more, or with the proof of another account, is refused for the proof."
    )
    return rows


def require_refusals(bridge, claims: list[Claim] | list[NativeClaim], error: str, relayer) -> None:
    """Sends the claims and fails unless each is refused by that error."""
    receipt = send_batch(bridge, claims, relayer)
    refusals = [reason_name(bridge, event.reason) for event in bridge.ClaimRejected.from_receipt(receipt)]
    if refusals != [error] * len(claims):
        raise DemoError(f"of {len(claims)} claims, which {error} should have met, {refusals} were refused")


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
