# SPDX-License-Identifier: Apache-2.0
"""`ape run claim` from the first look to the money, and the bridge's funding against the snapshot it was made from."""

from __future__ import annotations

import io
import json

import click
import pytest

from migrations.local import deploy_suite
from pha.bridge.bundles import Snapshot, write_snapshot
from pha.bridge.chain_state import load_chain_state
from pha.bridge.claim import Scheme, SignatureMismatchError
from pha.bridge.equations import EquationError
from pha.bridge.ledger import native_ledger
from pha.bridge.sample import STATE_PATH
from pha.bridge.sample.keys import sample_key
from pha.bridge.ss58 import encode_ss58
from scripts import bridge as bridge_commands
from scripts import claim as commands

UNIT = 10**6
RECIPIENT = f"0x{0xBEEF:040x}"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    state = load_chain_state(STATE_PATH)
    folder = tmp_path_factory.mktemp("holders") / "snapshot"
    write_snapshot(folder, state.manifest, native_ledger(state))
    return Snapshot.open(folder)


@pytest.fixture(scope="module")
def suite(project, chain, accounts, snapshot):
    overrides = {
        "bridge.claim_root": f"0x{snapshot.root.hex()}",
        "bridge.total": f"{snapshot.total} units",
        "bridge.state_root": snapshot.index["state_root"],
    }
    return deploy_suite(project, chain.provider, accounts[0], overrides)


@pytest.fixture
def fund(suite, accounts):
    def fund(amount):
        suite.token.mint(suite.migration_bridge, amount, sender=accounts[suite.token.bridge()])

    return fund


@pytest.fixture
def opened(suite, snapshot, fund, accounts):
    fund(snapshot.total * UNIT)
    suite.migration_bridge.open(sender=accounts[3])
    return suite


def show(suite, snapshot, address, **given):
    options = {"recipient": None, "vault": False, "signature": None, "to_relayer": None, "account": None} | given
    commands.cli.commands["show"].callback(address, snapshot.folder, bridge_address=_address(suite), **options)


def _address(suite):
    return suite.migration_bridge.address


def sentence(suite):
    return f"PHA to {RECIPIENT} by {_address(suite).lower()} on 31337"


@pytest.mark.parametrize("prefix", [None, 0, 30, 42, 2254])
def test_show_takes_an_address_of_any_network_or_hex(suite, snapshot, capsys, prefix):
    key = sample_key(Scheme.SR25519, 1)
    show(suite, snapshot, f"0x{key.account.hex()}" if prefix is None else encode_ss58(key.account, prefix))
    printed = capsys.readouterr().out
    bundle = snapshot.bundle(key.account)
    whole, fraction = divmod(bundle.free, 10**12)
    assert f"{whole:,}.{fraction:012} PHA" in printed
    assert f"0x{key.account.hex()}" in printed
    assert "--recipient" in printed


def test_holder_is_shown_the_sentence_signs_it_and_is_paid(opened, snapshot, accounts, capsys):
    key = sample_key(Scheme.SECP256K1, 4)
    show(opened, snapshot, encode_ss58(key.account, 42), recipient=RECIPIENT)
    printed = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert sentence(opened) in printed
    signature = io.StringIO(key.sign(sentence(opened).encode()).hex())
    show(opened, snapshot, encode_ss58(key.account, 42), recipient=RECIPIENT, signature=signature, account=accounts[3])
    bundle = snapshot.bundle(key.account)
    assert opened.token.balanceOf(RECIPIENT) == (bundle.free + bundle.staked) * UNIT


def test_bundle_handed_over_is_paid_by_a_relayer_with_and_without_a_snapshot(
    opened, snapshot, accounts, tmp_path, capsys
):
    path = tmp_path / "bundles.jsonl"
    keys = [sample_key(Scheme.SECP256K1, number) for number in (5, 6)]
    for key in keys:
        signature = io.StringIO(key.sign(sentence(opened).encode()).hex())
        show(opened, snapshot, f"0x{key.account.hex()}", recipient=RECIPIENT, signature=signature, to_relayer=path)
    assert opened.token.balanceOf(RECIPIENT) == 0
    first, second = map(json.loads, path.read_text().splitlines())
    opened.migration_bridge.claimBatch([bytes.fromhex(second["claim"][2:])], sender=accounts[3])
    owed = [sum((bundle.free, bundle.staked)) * UNIT for bundle in (snapshot.bundle(key.account) for key in keys)]
    assert opened.token.balanceOf(RECIPIENT) == owed[1]
    path.write_text(json.dumps(first) + "\n")
    bridge_commands.cli.commands["relay"].callback(
        path, _address(opened), snapshot_folder=snapshot.folder, account=accounts[3]
    )
    assert opened.token.balanceOf(RECIPIENT) == sum(owed)


def test_signature_of_another_key_is_neither_sent_nor_handed_over(opened, snapshot, accounts, tmp_path):
    key, other = sample_key(Scheme.SECP256K1, 4), sample_key(Scheme.SECP256K1, 5)
    nonce = accounts[3].nonce
    for way in ({"account": accounts[3]}, {"to_relayer": tmp_path / "bundle.jsonl"}):
        signature = io.StringIO(other.sign(sentence(opened).encode()).hex())
        with pytest.raises(SignatureMismatchError):
            show(opened, snapshot, f"0x{key.account.hex()}", recipient=RECIPIENT, signature=signature, **way)
    assert accounts[3].nonce == nonce
    assert not (tmp_path / "bundle.jsonl").exists()


def test_half_given_options_are_refused(suite, snapshot, accounts, tmp_path):
    account = f"0x{sample_key(Scheme.SECP256K1, 4).account.hex()}"
    path = tmp_path / "bundle.jsonl"
    for given, message in [
        ({"account": accounts[3]}, "give --recipient"),
        ({"signature": io.StringIO("00")}, "give --recipient"),
        ({"recipient": RECIPIENT, "account": accounts[3]}, "without the wallet's --signature"),
        ({"recipient": RECIPIENT, "signature": io.StringIO("00")}, "give --account"),
        (
            {"recipient": RECIPIENT, "signature": io.StringIO("00"), "account": accounts[3], "to_relayer": path},
            "give --account",
        ),
    ]:
        with pytest.raises(click.UsageError, match=message):
            show(suite, snapshot, account, **given)


def funding(suite, snapshot):
    commands.cli.commands["funding"].callback(snapshot.folder, _address(suite))


def test_claimable_times_a_million_is_what_the_bridge_was_funded_with(
    suite, snapshot, fund, accounts, tmp_path, capsys
):
    with pytest.raises(EquationError, match="funding of the bridge"):
        funding(suite, snapshot)
    fund(snapshot.total * UNIT - 1)
    with pytest.raises(EquationError, match=r"funding of the bridge: .* 1 more on the left"):
        funding(suite, snapshot)
    fund(1)
    funding(suite, snapshot)
    assert f"cap {snapshot.total}\n" in capsys.readouterr().out

    suite.migration_bridge.open(sender=accounts[3])
    key = sample_key(Scheme.SECP256K1, 4)
    signature = io.StringIO(key.sign(sentence(suite).encode()).hex())
    show(suite, snapshot, f"0x{key.account.hex()}", recipient=RECIPIENT, signature=signature, account=accounts[3])
    funding(suite, snapshot)  # what was paid counts as well as what is held


def test_bridge_of_another_snapshot_is_told_apart(suite, fund, tmp_path):
    state = load_chain_state(STATE_PATH)
    ledger = native_ledger(state)
    moved = ledger.leaves[0]._replace(free=ledger.leaves[0].free - 1, staked=1)
    ledger.leaves[0] = moved
    write_snapshot(tmp_path / "other", state.manifest, ledger)
    with pytest.raises(EquationError, match="pays from root"):
        funding(suite, Snapshot.open(tmp_path / "other"))
