# SPDX-License-Identifier: Apache-2.0
"""From a chain state to paid holders through the very commands that an operator or a holder runs."""

from __future__ import annotations

import hashlib
import io
import json

import ape
import click
import pytest

from migrations.local import deploy_suite
from pha.bridge.bundles import Snapshot, write_snapshot
from pha.bridge.chain_state import ChainState
from pha.bridge.claim import Claim, Scheme, SignatureMismatchError
from pha.bridge.delegated import DelegatedAccountError
from pha.bridge.ledger import native_ledger
from pha.bridge.native_claim import NativeClaim
from pha.bridge.relay import MissingSourceError
from pha.bridge.sample import STATE_PATH
from pha.bridge.sample.generate import sample_header, sample_state
from pha.bridge.sample.keys import MULTISIG_KEYS, sample_key, sample_multisig
from pha.bridge.state_manifest import StateManifest
from pha.bridge.state_proofs import StateProofsError
from pha.bridge.storage_keys import TOTAL_ISSUANCE
from pha.bridge.storage_proof import StorageProofError
from scripts import bridge as commands
from scripts import demo
from tests.reference.delegated_accounts import multisig_account
from tests.reference.signing_keys import Sr25519Holder
from tests.reference.substrate_state import (
    ReferenceTrie,
    account_info,
    proxies_key,
    proxy_list,
    system_account_key,
)

ZERO_ADDRESS = "0x" + "00" * 20
UNIT = 10**6


# An account without a key of its own, and who acts for it: a key, a key of a kind that may not move funds, a multisig.
PURE = hashlib.sha256(b"a pure proxy").digest()
PURE_BALANCE = 123 * 10**12 + 45
# A multisig whose signatures, at about 190,000 gas each, need more than SMALL_LIMIT.
CROWD = [Sr25519Holder(f"one of a crowd, {number}") for number in range(12)]
SMALL_LIMIT = 1_500_000
CROWD_ACCOUNT = multisig_account([member.account for member in CROWD], len(CROWD))
DELEGATE, GOVERNOR = sample_key(Scheme.SR25519, 3), sample_key(Scheme.ED25519, 3)


@pytest.fixture(scope="module")
def trie():
    """The sample's state with that account in it."""
    entries = dict(sample_state())
    entries[system_account_key(PURE)] = account_info(PURE_BALANCE)
    entries[proxies_key(PURE)] = proxy_list(
        [(GOVERNOR.account, 3, 0), (DELEGATE.account, 0, 0), (sample_multisig(), 0, 0)]
    )
    entries[system_account_key(CROWD_ACCOUNT)] = account_info(PURE_BALANCE)
    issuance = int.from_bytes(entries[TOTAL_ISSUANCE], "little") + 2 * PURE_BALANCE
    entries[TOTAL_ISSUANCE] = issuance.to_bytes(16, "little")
    return ReferenceTrie(entries)


@pytest.fixture(scope="module")
def state_file(trie, tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "state.jsonl"
    lines = [json.dumps([f"0x{key.hex()}", f"0x{value.hex()}"]) for key, value in sorted(trie.entries.items())]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def snapshot(trie, tmp_path_factory):
    header = sample_header(trie.root)
    state = ChainState(
        StateManifest("sample with a proxy", 30, header.block_hash(), header), sorted(trie.entries.items())
    )
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


@pytest.fixture
def run(suite, snapshot, accounts):
    """Callable `(command, *arguments, **options)`: a command as an operator runs it, on this bridge and snapshot."""

    def call(command, *arguments, **options):
        callback = commands.cli.commands[command].callback
        sender = {} if command == "message" else {"account": accounts[3]}
        given = {"snapshot_folder": snapshot.folder, "bridge_address": suite.migration_bridge.address, **sender}
        return callback(*arguments, **{**given, **options})

    return call


def address(number):
    return f"0x{0xABCD << 64 | number:040x}"


def sentence_for(suite, recipient, opening="PHA"):
    """The sentence from its description, not from the library."""
    return f"{opening} to {recipient} by {suite.migration_bridge.address.lower()} on 31337".encode()


def signature_of(key, suite, recipient, wrapped=True):
    text = sentence_for(suite, recipient)
    return key.sign(b"<Bytes>" + text + b"</Bytes>" if wrapped else text)


def owed(snapshot, key):
    bundle = snapshot.bundle(key.account)
    return (bundle.free + bundle.staked) * UNIT


def test_message_prints_the_sentence_that_a_claim_is_then_paid_for(suite, snapshot, run, capsys):
    key, recipient = sample_key(Scheme.SECP256K1, 1), address(1)
    account = f"0x{key.account.hex()}"
    run("message", account, recipient)
    printed = capsys.readouterr().out.strip()
    assert printed.encode() == sentence_for(suite, recipient)

    signature = io.StringIO("0x" + key.sign(printed.encode()).hex() + "\n")
    run("claim", account, recipient, signature)
    assert suite.token.balanceOf(recipient) == owed(snapshot, key)


def test_claim_is_refused_before_anything_is_sent_when_the_signature_is_of_another_key(suite, snapshot, accounts, run):
    key, other, recipient = sample_key(Scheme.SECP256K1, 1), sample_key(Scheme.SECP256K1, 2), address(2)
    signature = io.StringIO(signature_of(other, suite, recipient).hex())
    nonce = accounts[3].nonce
    with pytest.raises(SignatureMismatchError):
        run("claim", f"0x{key.account.hex()}", recipient, signature)
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


def test_relay_pays_the_good_claims_and_names_the_line_of_each_bad_one(
    suite, snapshot, accounts, run, tmp_path, capsys
):
    keys = [sample_key(Scheme.SECP256K1, number) for number in range(5)]
    good = [request_line(key, suite, address(10 + at), wrapped=at % 2 == 0) for at, key in enumerate(keys)]
    foreign = {**good[0], "recipient": address(99)}  # signed for another recipient
    stranger = request_line(sample_key(Scheme.SECP256K1, 250), suite, address(98))  # not in the snapshot
    lines = [good[0], foreign, good[1], stranger, good[2], good[3], good[4], good[1]]  # the last a second time
    with pytest.raises(SystemExit):
        run("relay", requests_file(tmp_path, lines))
    printed = capsys.readouterr()
    assert json.loads(printed.out.splitlines()[-1]) == {"paid": 5, "refused": 3}
    complaints = [line.split(": ", 1) for line in printed.err.splitlines() if "requests.jsonl:" in line]
    assert [where.rsplit(":", 1)[1] for where, _ in complaints] == ["2", "4", "8"]
    assert complaints[2][1] == "AlreadyClaimed"
    for at, key in enumerate(keys):
        assert suite.token.balanceOf(address(10 + at)) == owed(snapshot, key)


def test_relay_pays_accounts_of_every_scheme_and_a_multisig(suite, snapshot, accounts, run, tmp_path, capsys):
    keys = [sample_key(scheme, 2) for scheme in (Scheme.SR25519, Scheme.ED25519, Scheme.SECP256K1)]
    lines = [request_line(key, suite, address(20 + at), wrapped=at != 1) for at, key in enumerate(keys)]
    multisig, recipient = f"0x{sample_multisig().hex()}", address(30)
    asked = b"<Bytes>" + sentence_for(suite, recipient) + f" for {multisig}</Bytes>".encode()
    signers = {f"0x{key.account.hex()}": f"0x{key.sign(asked).hex()}" for key in MULTISIG_KEYS[1:]}
    members = [f"0x{key.account.hex()}" for key in MULTISIG_KEYS]
    together = {"threshold": 2, "members": members, "signatures": signers, "wrapped": True}
    lines.append({"account": multisig, "recipient": recipient, "multisig": together})
    run("relay", requests_file(tmp_path, lines))
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"paid": 4, "refused": 0}
    for at, key in enumerate(keys):
        assert suite.token.balanceOf(address(20 + at)) == owed(snapshot, key)
    bundle = snapshot.bundle(sample_multisig())
    assert suite.token.balanceOf(recipient) == (bundle.free + bundle.staked) * UNIT


@pytest.mark.parametrize("changes", [{"threshold": 3}, {"threshold": True}, {"wrapped": False}, {"signatures": {}}])
def test_relay_refuses_a_multisig_request_that_is_not_the_accounts(suite, snapshot, accounts, run, tmp_path, changes):
    multisig, recipient = f"0x{sample_multisig().hex()}", address(31)
    asked = b"<Bytes>" + sentence_for(suite, recipient) + f" for {multisig}</Bytes>".encode()
    signers = {f"0x{key.account.hex()}": f"0x{key.sign(asked).hex()}" for key in MULTISIG_KEYS[:2]}
    members = [f"0x{key.account.hex()}" for key in MULTISIG_KEYS]
    together = {"threshold": 2, "members": members, "signatures": signers, "wrapped": True} | changes
    path = requests_file(tmp_path, [{"account": multisig, "recipient": recipient, "multisig": together}])
    nonce = accounts[3].nonce
    with pytest.raises(SystemExit):
        run("relay", path)
    assert accounts[3].nonce == nonce


def test_relay_pays_the_others_when_a_line_is_no_request(suite, snapshot, accounts, run, tmp_path, capsys):
    key = sample_key(Scheme.SECP256K1, 0)
    path = requests_file(tmp_path, [{"account": 5}, request_line(key, suite, address(1))])
    path.write_text("not JSON\n" + "[" * 100_000 + "\n" + path.read_text())
    with pytest.raises(SystemExit):
        run("relay", path)
    printed = capsys.readouterr()
    assert json.loads(printed.out.splitlines()[-1]) == {"paid": 1, "refused": 3}
    assert all(f"requests.jsonl:{number}: no signed request" in printed.err for number in (1, 2, 3))
    assert suite.token.balanceOf(address(1)) == owed(snapshot, key)


def test_relay_refuses_a_recipient_of_zero_without_sending_it(suite, snapshot, accounts, run, tmp_path, capsys):
    key = sample_key(Scheme.SECP256K1, 0)
    line = {"account": f"0x{key.account.hex()}", "recipient": ZERO_ADDRESS, "signature": "0x" + "11" * 65}
    with pytest.raises(SystemExit):
        run("relay", requests_file(tmp_path, [line]))
    assert "zero address" in capsys.readouterr().err


PURE_TEXT = f"0x{PURE.hex()}"


def signed_for_others(signer, suite, recipient, account, opening="PHA"):
    """A delegate's or member's signature: the account stands after the sentence."""
    text = sentence_for(suite, recipient, opening) + f" for 0x{account.hex()}".encode()
    return f"0x{signer.sign(b'<Bytes>' + text + b'</Bytes>').hex()}"


def read_proof_file(folder, trie, *keys):
    """What an archive node answers to state_getReadProof, in its envelope."""
    nodes = sorted({node for key in keys for node in trie.proof_items(key)})
    path = folder / "answer.json"
    answer = {"at": "0x" + "00" * 32, "proof": [f"0x{node.hex()}" for node in nodes]}
    path.write_text(json.dumps({"jsonrpc": "2.0", "id": 1, "result": answer}))
    return path


def test_message_for_a_native_claim_needs_no_snapshot(suite, run, capsys):
    key, recipient = sample_key(Scheme.SR25519, 0), address(40)
    run("message", f"0x{key.account.hex()}", recipient, native=True, snapshot_folder=None)
    assert capsys.readouterr().out.strip().encode() == sentence_for(suite, recipient, "native PHA")


def test_message_for_others_names_the_account(suite, run, capsys):
    recipient = address(41)
    run("message", PURE_TEXT, recipient, for_others=True)
    want = sentence_for(suite, recipient) + f" for {PURE_TEXT}".encode()
    assert capsys.readouterr().out.strip().encode() == want


def test_proof_keys_are_those_of_the_state(capsys):
    commands.cli.commands["proof-keys"].callback(PURE_TEXT)
    printed = capsys.readouterr().out.split()
    assert printed[1::2] == [f"0x{key.hex()}" for key in (system_account_key(PURE), proxies_key(PURE))]


@pytest.mark.parametrize("scheme", [Scheme.SR25519, Scheme.ED25519, Scheme.SECP256K1])
def test_claim_by_the_state_pays_the_native_balance(suite, trie, run, state_file, scheme):
    key, recipient = sample_key(scheme, 4), address(42)
    signature = io.StringIO(key.sign(sentence_for(suite, recipient, "native PHA")).hex())
    run("claim", f"0x{key.account.hex()}", recipient, signature, native=True, snapshot_folder=None, state=state_file)
    info = trie.entries[system_account_key(key.account)]
    free, reserved = (int.from_bytes(info[at : at + 16], "little") for at in (16, 32))
    assert suite.token.balanceOf(recipient) == (free + reserved) * UNIT > 0


def test_claim_by_the_state_takes_an_archive_nodes_answer(suite, trie, run, tmp_path):
    key, recipient = sample_key(Scheme.SR25519, 5), address(43)
    account = f"0x{key.account.hex()}"
    signature = io.StringIO(key.sign(sentence_for(suite, recipient, "native PHA")).hex())
    foreign = read_proof_file(tmp_path, trie, system_account_key(PURE))
    with pytest.raises(StorageProofError):
        run("claim", account, recipient, signature, native=True, read_proofs=(foreign,))
    signature.seek(0)
    answer = read_proof_file(tmp_path, trie, system_account_key(key.account))
    run("claim", account, recipient, signature, native=True, read_proofs=(answer,))
    assert suite.token.balanceOf(recipient) > 0


def test_claim_by_the_state_is_refused_without_or_with_another_state(suite, accounts, run, tmp_path):
    key, recipient = sample_key(Scheme.SR25519, 5), address(44)
    account, nonce = f"0x{key.account.hex()}", accounts[3].nonce

    def signature(opening):
        return io.StringIO(key.sign(sentence_for(suite, recipient, opening)).hex())

    with pytest.raises(MissingSourceError):
        run("claim", account, recipient, signature("native PHA"), native=True)
    with pytest.raises(StateProofsError, match="but the bridge's is"):
        run("claim", account, recipient, signature("native PHA"), native=True, state=STATE_PATH)
    with pytest.raises(click.UsageError, match="exclude"):
        run("claim", account, recipient, signature("native PHA"), native=True, vault=True)
    with pytest.raises(click.UsageError, match="snapshot"):
        run("claim", account, recipient, signature("PHA"), snapshot_folder=None)
    with pytest.raises(click.UsageError, match="exclude"):
        run("claim", account, recipient, signature("PHA"), state=STATE_PATH, read_proofs=(STATE_PATH,))
    with pytest.raises(StateProofsError, match="no answer"):
        run("claim", account, recipient, signature("native PHA"), native=True, read_proofs=(STATE_PATH,))
    assert accounts[3].nonce == nonce


def test_claim_by_the_state_is_refused_when_the_tree_was_signed_for(suite, accounts, run, state_file):
    key, recipient = sample_key(Scheme.SR25519, 5), address(45)
    nonce = accounts[3].nonce
    for opening, native in (("PHA", True), ("native PHA", False), ("vPHA", True)):
        signature = io.StringIO(key.sign(sentence_for(suite, recipient, opening)).hex())
        with pytest.raises(SignatureMismatchError):
            run("claim", f"0x{key.account.hex()}", recipient, signature, native=native, state=state_file)
    assert accounts[3].nonce == nonce


def test_claim_of_a_pure_proxy_is_paid_for_its_delegates_signature(suite, trie, run, tmp_path):
    recipient = address(46)
    signature = io.StringIO(signed_for_others(DELEGATE, suite, recipient, PURE))
    answer = read_proof_file(tmp_path, trie, proxies_key(PURE))
    run("claim", PURE_TEXT, recipient, signature, delegate=f"0x{DELEGATE.account.hex()}", read_proofs=(answer,))
    assert suite.token.balanceOf(recipient) == PURE_BALANCE * UNIT


@pytest.mark.parametrize(
    ("delegate", "signer", "opening", "refusal"),
    [
        (GOVERNOR, GOVERNOR, "PHA", DelegatedAccountError),
        (sample_key(Scheme.SR25519, 6), sample_key(Scheme.SR25519, 6), "PHA", DelegatedAccountError),
        (DELEGATE, GOVERNOR, "PHA", SignatureMismatchError),
        (DELEGATE, DELEGATE, "native PHA", SignatureMismatchError),
    ],
    ids=["a kind that may not move funds", "no proxy at all", "signed by another", "signed for the other way"],
)
def test_claim_of_a_proxied_account_is_refused_before_anything_is_sent(
    suite, accounts, run, state_file, delegate, signer, opening, refusal
):
    recipient, nonce = address(47), accounts[3].nonce
    signature = io.StringIO(signed_for_others(signer, suite, recipient, PURE, opening))
    with pytest.raises(refusal):
        run("claim", PURE_TEXT, recipient, signature, delegate=f"0x{delegate.account.hex()}", state=state_file)
    assert accounts[3].nonce == nonce


def test_relay_pays_by_tree_and_state_for_keys_multisigs_and_proxies(
    suite, snapshot, run, state_file, tmp_path, capsys
):
    one, other = sample_key(Scheme.ED25519, 0), sample_key(Scheme.SR25519, 1)
    multisig = sample_multisig()
    asked = b"<Bytes>" + sentence_for(suite, address(52), "native PHA") + f" for 0x{multisig.hex()}</Bytes>".encode()
    members = [f"0x{key.account.hex()}" for key in MULTISIG_KEYS]
    together = {
        "threshold": 2,
        "members": members,
        "signatures": {f"0x{key.account.hex()}": f"0x{key.sign(asked).hex()}" for key in MULTISIG_KEYS[:2]},
        "wrapped": True,
    }
    native = "0x" + other.sign(sentence_for(suite, address(51), "native PHA")).hex()
    lines = [
        request_line(one, suite, address(50)),
        {"account": f"0x{other.account.hex()}", "recipient": address(51), "signature": native, "native": True},
        {"account": f"0x{multisig.hex()}", "recipient": address(52), "multisig": together, "native": True},
        {"account": f"0x{other.account.hex()}", "recipient": address(51), "signature": native},  # by the tree: no
        {"account": PURE_TEXT, "recipient": address(53), "proxy": proxied(suite, address(53))},
        {"account": PURE_TEXT, "recipient": address(53), "proxy": proxied(suite, address(53))},  # a second time
        {"account": PURE_TEXT, "recipient": address(53), "native": True, "vault": True, "signature": "0x00"},
    ]
    with pytest.raises(SystemExit):
        run("relay", requests_file(tmp_path, lines), state=state_file)
    printed = capsys.readouterr()
    assert json.loads(printed.out.splitlines()[-1]) == {"paid": 4, "refused": 3}
    complaints = [line.split(": ", 1) for line in printed.err.splitlines() if "requests.jsonl:" in line]
    assert [where.rsplit(":", 1)[1] for where, _ in complaints] == ["4", "6", "7"]
    assert complaints[1][1] == "AlreadyClaimed"
    assert suite.token.balanceOf(address(50)) == owed(snapshot, one)
    assert suite.token.balanceOf(address(51)) == owed(snapshot, other)
    bundle = snapshot.bundle(multisig)
    assert suite.token.balanceOf(address(52)) == (bundle.free + bundle.staked) * UNIT
    assert suite.token.balanceOf(address(53)) == PURE_BALANCE * UNIT


def proxied(suite, recipient):
    """A request's part where the delegate is a multisig; the outermost account is named first."""
    named = f" for {PURE_TEXT} for 0x{sample_multisig().hex()}".encode()
    text = b"<Bytes>" + sentence_for(suite, recipient) + named + b"</Bytes>"
    together = {
        "threshold": 2,
        "members": [f"0x{key.account.hex()}" for key in MULTISIG_KEYS],
        "signatures": {f"0x{key.account.hex()}": f"0x{key.sign(text).hex()}" for key in MULTISIG_KEYS[1:]},
        "wrapped": True,
    }
    return {"delegate": f"0x{sample_multisig().hex()}", "multisig": together}


def test_relay_without_proofs_refuses_the_claims_that_need_them_and_pays_the_others(suite, run, tmp_path, capsys):
    key, recipient = sample_key(Scheme.SECP256K1, 0), address(54)
    lines = [
        {"account": PURE_TEXT, "recipient": recipient, "proxy": proxied(suite, recipient)},
        request_line(key, suite, recipient),
    ]
    with pytest.raises(SystemExit):
        run("relay", requests_file(tmp_path, lines))
    printed = capsys.readouterr()
    assert json.loads(printed.out.splitlines()[-1]) == {"paid": 1, "refused": 1}
    assert "requests.jsonl:1: this needs storage proofs" in printed.err


@pytest.fixture
def put_gas_limit(chain):
    """Callable `(gas)`: a block, and so a transaction, may use no more; what EIP-7825 does at 16,777,216."""
    if chain.provider.name != "foundry":
        pytest.skip("py-evm takes no other gas limit")
    usual = chain.blocks.head.gas_limit

    def put(gas: int) -> None:
        chain.provider.make_request("evm_setBlockGasLimit", [hex(gas)])
        chain.mine()

    yield put
    put(usual)


def test_relay_pays_the_others_when_a_claim_is_too_dear_for_a_transaction(
    suite, snapshot, run, tmp_path, capsys, monkeypatch, chain, put_gas_limit
):
    recipient, account = address(60), f"0x{CROWD_ACCOUNT.hex()}"
    text = b"<Bytes>" + sentence_for(suite, recipient) + f" for {account}</Bytes>".encode()
    together = {
        "threshold": len(CROWD),
        "members": [f"0x{member.account.hex()}" for member in CROWD],
        "signatures": {f"0x{member.account.hex()}": f"0x{member.sign(text).hex()}" for member in CROWD},
        "wrapped": True,
    }
    key = sample_key(Scheme.SECP256K1, 3)
    dear = {"account": account, "recipient": recipient, "multisig": together}
    lines = [dear, request_line(key, suite, address(61))]
    put_gas_limit(SMALL_LIMIT)
    for limit in (1, 1000):  # each alone, and both in one batch
        monkeypatch.setattr(commands, "BATCH_SIGNATURES", limit)
        before = chain.snapshot()
        with pytest.raises(SystemExit):
            run("relay", requests_file(tmp_path, lines))
        printed = capsys.readouterr()
        assert json.loads(printed.out.splitlines()[-1]) == {"paid": 1, "refused": 1}
        assert "requests.jsonl:1: does not go through" in printed.err
        assert suite.token.balanceOf(address(61)) == owed(snapshot, key)
        chain.restore(before)


def test_batches_hold_one_kind_of_claim_and_no_more_signatures_than_a_transaction_verifies():
    tree, native = (object.__new__(kind) for kind in (Claim, NativeClaim))
    ready = [(n, 3, tree) for n in range(8)] + [(8, 100, tree)] + [(9, 1, native)] + [(10, 1, tree)]
    made = list(commands.batches(ready))
    assert [[line for line, _, _ in batch] for batch in made] == [[0, 1, 2, 3, 4, 5], [6, 7], [8], [10], [9]]
    for batch in made:
        assert len({type(claim) for _, _, claim in batch}) == 1
        assert len(batch) == 1 or sum(signatures for _, signatures, _ in batch) <= commands.BATCH_SIGNATURES


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


@pytest.fixture
def anvil(chain):
    """py-evm takes minutes over the workers' signatures, and tells refusals in a form of its own."""
    if chain.provider.name != "foundry":
        pytest.skip("the demo is made for anvil")


@pytest.mark.usefixtures("anvil")
def test_demo_pays_every_holder_of_the_sample(project, tmp_path):
    demo.run(STATE_PATH, None, tmp_path / "snapshot", tmp_path / "no evidence")


@pytest.mark.usefixtures("anvil")
def test_demo_without_keys_shows_proofs_and_pays_nobody(evidence_dir, project, tmp_path):
    demo.run(
        evidence_dir / "polkadot" / "khala_genesis_raw.json", None, tmp_path / "snapshot", tmp_path / "no evidence"
    )


def test_demo_fails_when_what_was_paid_is_not_what_was_owed(suite, snapshot):
    bundle = next(iter(snapshot.bundles()))
    row = demo.Row(bundle, address(1), paid=1, gas=1, how="alone")
    with pytest.raises(demo.DemoError, match="paid otherwise than owed"):
        demo.check_sums([row], suite.migration_bridge, suite.token, snapshot.total * UNIT)
