# SPDX-License-Identifier: Apache-2.0
"""From a chain state to paid holders through the very commands that an operator or a holder runs."""

from __future__ import annotations

import io
import json

import ape
import click
import pytest

from migrations.local import deploy_suite
from pha.bridge.bundles import Snapshot, write_snapshot
from pha.bridge.chain_state import load_chain_state
from pha.bridge.claim import Scheme, SignatureMismatchError
from pha.bridge.ledger import native_ledger
from pha.bridge.sample import STATE_PATH
from pha.bridge.sample.keys import MULTISIG_KEYS, sample_key, sample_multisig
from scripts import bridge as commands
from scripts import demo

ZERO_ADDRESS = "0x" + "00" * 20
UNIT = 10**6


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    state = load_chain_state(STATE_PATH)
    folder = tmp_path_factory.mktemp("claims") / "snapshot"
    write_snapshot(folder, state.manifest, native_ledger(state))
    return Snapshot.open(folder)


@pytest.fixture(scope="module")
def suite(project, chain, accounts, snapshot):
    overrides = {
        "bridge.claim_root": f"0x{snapshot.root.hex()}",
        "bridge.total": f"{snapshot.total} units",
        "bridge.state_root": snapshot.index["state_root"],
    }
    suite = deploy_suite(project, chain.provider, accounts[0], overrides)
    suite.token.mint(suite.migration_bridge, snapshot.total * UNIT, sender=accounts[suite.token.bridge()])
    suite.migration_bridge.open(sender=accounts[3])
    return suite


def address(number):
    return f"0x{0xABCD << 64 | number:040x}"


def sentence_for(suite, recipient):
    """The sentence from its description, not from the library."""
    return f"PHA to {recipient} by {suite.migration_bridge.address.lower()} on 31337".encode()


def signature_of(key, suite, recipient, wrapped=True):
    text = sentence_for(suite, recipient)
    return key.sign(b"<Bytes>" + text + b"</Bytes>" if wrapped else text)


def owed(snapshot, key):
    bundle = snapshot.bundle(key.account)
    return (bundle.free + bundle.staked) * UNIT


def test_message_prints_the_sentence_that_a_claim_is_then_paid_for(suite, snapshot, accounts, capsys):
    key, recipient = sample_key(Scheme.SECP256K1, 1), address(1)
    account = f"0x{key.account.hex()}"
    commands.cli.commands["message"].callback(
        account, snapshot.folder, recipient, False, suite.migration_bridge.address
    )
    printed = capsys.readouterr().out.strip()
    assert printed.encode() == sentence_for(suite, recipient)

    signature = io.StringIO("0x" + key.sign(printed.encode()).hex() + "\n")
    commands.cli.commands["claim"].callback(
        account, snapshot.folder, recipient, signature, False, suite.migration_bridge.address, account=accounts[3]
    )
    assert suite.token.balanceOf(recipient) == owed(snapshot, key)


def test_claim_is_refused_before_anything_is_sent_when_the_signature_is_of_another_key(suite, snapshot, accounts):
    key, other, recipient = sample_key(Scheme.SECP256K1, 1), sample_key(Scheme.SECP256K1, 2), address(2)
    signature = io.StringIO(signature_of(other, suite, recipient).hex())
    nonce = accounts[3].nonce
    with pytest.raises(SignatureMismatchError):
        commands.cli.commands["claim"].callback(
            f"0x{key.account.hex()}",
            snapshot.folder,
            recipient,
            signature,
            False,
            suite.migration_bridge.address,
            account=accounts[3],
        )
    assert accounts[3].nonce == nonce


def requests_file(folder, lines):
    path = folder / "requests.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def request_line(key, suite, recipient, wrapped=True):
    return {
        "account": f"0x{key.account.hex()}",
        "recipient": recipient,
        "signature": f"0x{signature_of(key, suite, recipient, wrapped).hex()}",
    }


def test_relay_pays_the_good_claims_and_names_the_line_of_each_bad_one(suite, snapshot, accounts, tmp_path, capsys):
    keys = [sample_key(Scheme.SECP256K1, number) for number in range(5)]
    good = [request_line(key, suite, address(10 + at), wrapped=at % 2 == 0) for at, key in enumerate(keys)]
    foreign = {**good[0], "recipient": address(99)}  # signed for another recipient
    stranger = request_line(sample_key(Scheme.SECP256K1, 250), suite, address(98))  # not in the snapshot
    lines = [good[0], foreign, good[1], stranger, good[2], good[3], good[4], good[1]]  # the last a second time
    with pytest.raises(SystemExit):
        commands.cli.commands["relay"].callback(
            requests_file(tmp_path, lines), snapshot.folder, suite.migration_bridge.address, account=accounts[3]
        )
    printed = capsys.readouterr()
    assert json.loads(printed.out.splitlines()[-1]) == {"paid": 5, "refused": 3}
    complaints = [line.split(": ", 1) for line in printed.err.splitlines() if "requests.jsonl:" in line]
    assert [where.rsplit(":", 1)[1] for where, _ in complaints] == ["2", "4", "8"]
    assert complaints[2][1] == "AlreadyClaimed"
    for at, key in enumerate(keys):
        assert suite.token.balanceOf(address(10 + at)) == owed(snapshot, key)


def test_relay_pays_accounts_of_every_scheme_and_a_multisig(suite, snapshot, accounts, tmp_path, capsys):
    keys = [sample_key(scheme, 2) for scheme in (Scheme.SR25519, Scheme.ED25519, Scheme.SECP256K1)]
    lines = [request_line(key, suite, address(20 + at), wrapped=at != 1) for at, key in enumerate(keys)]
    multisig, recipient = f"0x{sample_multisig().hex()}", address(30)
    asked = b"<Bytes>" + sentence_for(suite, recipient) + f" for {multisig}</Bytes>".encode()
    signers = {f"0x{key.account.hex()}": f"0x{key.sign(asked).hex()}" for key in MULTISIG_KEYS[1:]}
    members = [f"0x{key.account.hex()}" for key in MULTISIG_KEYS]
    together = {"threshold": 2, "members": members, "signatures": signers, "wrapped": True}
    lines.append({"account": multisig, "recipient": recipient, "multisig": together})
    commands.cli.commands["relay"].callback(
        requests_file(tmp_path, lines), snapshot.folder, suite.migration_bridge.address, account=accounts[3]
    )
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"paid": 4, "refused": 0}
    for at, key in enumerate(keys):
        assert suite.token.balanceOf(address(20 + at)) == owed(snapshot, key)
    bundle = snapshot.bundle(sample_multisig())
    assert suite.token.balanceOf(recipient) == (bundle.free + bundle.staked) * UNIT


@pytest.mark.parametrize("changes", [{"threshold": 3}, {"threshold": True}, {"wrapped": False}, {"signatures": {}}])
def test_relay_refuses_a_multisig_request_that_is_not_the_accounts(suite, snapshot, accounts, tmp_path, changes):
    multisig, recipient = f"0x{sample_multisig().hex()}", address(31)
    asked = b"<Bytes>" + sentence_for(suite, recipient) + f" for {multisig}</Bytes>".encode()
    signers = {f"0x{key.account.hex()}": f"0x{key.sign(asked).hex()}" for key in MULTISIG_KEYS[:2]}
    members = [f"0x{key.account.hex()}" for key in MULTISIG_KEYS]
    together = {"threshold": 2, "members": members, "signatures": signers, "wrapped": True} | changes
    path = requests_file(tmp_path, [{"account": multisig, "recipient": recipient, "multisig": together}])
    nonce = accounts[3].nonce
    with pytest.raises(SystemExit):
        commands.cli.commands["relay"].callback(
            path, snapshot.folder, suite.migration_bridge.address, account=accounts[3]
        )
    assert accounts[3].nonce == nonce


def test_relay_pays_the_others_when_a_line_is_no_request(suite, snapshot, accounts, tmp_path, capsys):
    key = sample_key(Scheme.SECP256K1, 0)
    path = requests_file(tmp_path, [{"account": 5}, request_line(key, suite, address(1))])
    path.write_text("not JSON\n" + "[" * 100_000 + "\n" + path.read_text())
    with pytest.raises(SystemExit):
        commands.cli.commands["relay"].callback(
            path, snapshot.folder, suite.migration_bridge.address, account=accounts[3]
        )
    printed = capsys.readouterr()
    assert json.loads(printed.out.splitlines()[-1]) == {"paid": 1, "refused": 3}
    assert all(f"requests.jsonl:{number}: no signed request" in printed.err for number in (1, 2, 3))
    assert suite.token.balanceOf(address(1)) == owed(snapshot, key)


def test_relay_refuses_a_recipient_of_zero_without_sending_it(suite, snapshot, accounts, tmp_path, capsys):
    key = sample_key(Scheme.SECP256K1, 0)
    line = {"account": f"0x{key.account.hex()}", "recipient": ZERO_ADDRESS, "signature": "0x" + "11" * 65}
    with pytest.raises(SystemExit):
        commands.cli.commands["relay"].callback(
            requests_file(tmp_path, [line]), snapshot.folder, suite.migration_bridge.address, account=accounts[3]
        )
    assert "zero address" in capsys.readouterr().err


def test_status_shows_what_is_owed_and_held(suite, snapshot, capsys):
    commands.cli.commands["status"].callback(suite.migration_bridge.address)
    printed = capsys.readouterr().out
    whole, fraction = divmod(snapshot.total, 10**12)
    assert printed.count(f"{whole:,}.{fraction:012}") == 2


def test_sweep_before_the_deadline_is_refused_by_name(suite, accounts):
    with ape.reverts(suite.migration_bridge.DeadlineNotPassed):
        commands.cli.commands["sweep"].callback(suite.migration_bridge.address, account=accounts[3])


def test_an_unknown_bridge_gives_a_line_that_says_what_to_do():
    with pytest.raises(click.ClickException, match="give --bridge"):
        commands.bridge_at(None)


def test_demo_pays_every_holder_of_the_sample(project, tmp_path):
    demo.run(STATE_PATH, None, tmp_path / "snapshot")


def test_demo_without_keys_shows_proofs_and_pays_nobody(evidence_dir, project, tmp_path):
    demo.run(evidence_dir / "polkadot" / "khala_genesis_raw.json", None, tmp_path / "snapshot")


def test_demo_fails_when_what_was_paid_is_not_what_was_owed(suite, snapshot):
    bundle = next(iter(snapshot.bundles()))
    row = demo.Row(bundle, address(1), paid=1, gas=1, how="alone")
    with pytest.raises(demo.DemoError, match="paid otherwise than owed"):
        demo.check_sums([row], suite.migration_bridge, suite.token, snapshot.total * UNIT)
