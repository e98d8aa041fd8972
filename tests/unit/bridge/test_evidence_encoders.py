# SPDX-License-Identifier: Apache-2.0
"""Python's storage proofs and evidence for accounts that others control, judged by the reference and the contracts."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from pha.bridge.claim import ClaimPath, Evidence, Request, Scheme
from pha.bridge.delegated import (
    DelegatedAccountError,
    MemberEvidence,
    decode_proxies,
    member_message,
    multisig_account,
    multisig_evidence,
    proxies_key,
    proxy_evidence,
)
from pha.bridge.native_claim import NativeClaim, NativeClaimError, native_balance
from pha.bridge.state_trie import StateTrie
from pha.bridge.storage_keys import account_key
from pha.bridge.storage_proof import (
    StorageProof,
    StorageProofError,
    proof_from_nodes,
    proof_from_read_proof,
    proof_from_trie,
)
from tests.reference import delegated_accounts as reference
from tests.reference.claims import SECP256K1, Holder, blake2b
from tests.reference.substrate_state import (
    ReferenceTrie,
    account_info,
    pack_items,
    proxy_list,
    substrate_like_state,
    system_account_key,
)
from tests.reference.substrate_state import proxies_key as reference_proxies_key

VECTORS = json.loads((Path(__file__).parents[2] / "reference" / "multisig_vectors.json").read_text())["vectors"]
MESSAGE = b"<Bytes>PHA to 0x" + b"11" * 20 + b" by 0x" + b"22" * 20 + b" on 2035</Bytes>"
TYPED = Scheme.SECP256K1


@pytest.fixture(scope="module")
def entries():
    return substrate_like_state(150, seed=21)[0]


@pytest.fixture(scope="module", params=[0, 1], ids=["state-version-0", "state-version-1"])
def trie(request, entries):
    return ReferenceTrie(entries, request.param)


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.MockStateReader)


# storage proofs


def test_proof_from_read_proof_orders_the_nodes_and_drops_the_others(trie):
    rng = random.Random(1)
    for key in rng.sample(sorted(trie.entries), 25):
        wanted = trie.proof_items(key)
        others = trie.proof_items(rng.choice(sorted(trie.entries)))
        nodes = ["0x" + node.hex() for node in {*wanted, *others, b"unrelated"}]
        rng.shuffle(nodes)
        proof = proof_from_read_proof(trie.root, key, {"at": "0x", "proof": nodes})
        assert proof == StorageProof(trie.entries[key], tuple(wanted))
        assert proof.packed() == pack_items(wanted)


def test_proof_from_a_built_state_equals_the_reference(entries):
    keys = random.Random(2).sample(sorted(entries), 20)
    built = StateTrie.build(sorted(entries.items()), keys)
    plain = ReferenceTrie(entries)
    assert built.root == plain.root
    for key in keys:
        assert list(proof_from_trie(built, key).items) == plain.proof_items(key)


def test_proof_is_refused_when_any_node_is_missing_or_altered(trie):
    key = system_account_key(next(k for k in trie.entries if len(k) == 80)[-32:])
    items = trie.proof_items(key)
    for at, item in enumerate(items):
        rest = items[:at] + items[at + 1 :]
        with pytest.raises(StorageProofError, match="not among the nodes"):
            proof_from_nodes(trie.root, key, rest)
        with pytest.raises(StorageProofError, match="not among the nodes"):
            proof_from_nodes(trie.root, key, [*rest, item[:-1] + bytes([item[-1] ^ 1])])
    with pytest.raises(StorageProofError, match="no key"):
        proof_from_nodes(trie.root, key[:-1] + bytes([key[-1] ^ 1]), items)


@pytest.mark.parametrize("answer", [{}, {"proof": "0x"}, {"proof": ["0xzz"]}, {"proof": [1]}])
def test_an_answer_of_another_form_is_refused(answer):
    with pytest.raises(StorageProofError):
        proof_from_read_proof(bytes(32), b"\x12", answer)


def test_a_node_too_long_for_a_contract_is_refused():
    long = ReferenceTrie({b"\x12\x34": b"x" * 70_000})
    proof = proof_from_nodes(long.root, b"\x12\x34", long.proof_items(b"\x12\x34"))
    with pytest.raises(StorageProofError, match="longer than a contract"):
        proof.packed()


# multisigs


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['threshold']}-of-{v['members']}")
def test_multisig_account_equals_polkadot_js(vector):
    members = [blake2b(f"member {i} of {vector['members']}".encode()) for i in range(vector["members"])]
    random.Random(3).shuffle(members)
    assert "0x" + multisig_account(members, vector["threshold"]).hex() == vector["account"]


def test_multisig_evidence_equals_the_reference():
    multisig = reference.Multisig([Holder(secret) for secret in (901, 902, 903)], 2)
    text = member_message(multisig.account, MESSAGE)
    assert text == reference.naming(multisig.account, MESSAGE)
    signed = {holder.account: MemberEvidence(TYPED, holder.evidence(text)) for holder in multisig.holders}
    members = multisig.members[::-1]
    assert multisig_evidence(members, 2, signed) == multisig.evidence(MESSAGE)
    del signed[multisig.members[0]]
    assert multisig_evidence(members, 2, signed) == multisig.evidence(MESSAGE, [1, 2])
    del signed[multisig.members[1]]
    with pytest.raises(DelegatedAccountError, match="1 of 2 members"):
        multisig_evidence(members, 2, signed)
    with pytest.raises(DelegatedAccountError, match="no member"):
        multisig_evidence(members, 2, {bytes(32): MemberEvidence(TYPED, b"")})


@pytest.mark.parametrize(
    ("members", "threshold"),
    [
        ([b"\1" * 32], 1),
        ([bytes([i]) * 32 for i in range(101)], 2),
        ([b"\1" * 32, b"\1" * 32], 2),
        ([b"\1" * 32, b"\2" * 31], 2),
        ([b"\1" * 32, b"\2" * 32], 0),
        ([b"\1" * 32, b"\2" * 32], 3),
    ],
)
def test_multisig_account_refuses_what_the_pallet_cannot_act_for(members, threshold):
    with pytest.raises(DelegatedAccountError):
        multisig_account(members, threshold)


# proxies


def test_proxy_evidence_takes_the_first_place_that_counts(entries):
    account, delegate = blake2b(b"pure"), Holder(911)
    definitions = [(delegate.account, 1, 0), (delegate.account, 0, 5), (delegate.account, 0, 0)]
    assert proxies_key(account) == reference_proxies_key(account)
    state = {**entries, proxies_key(account): proxy_list(definitions)}
    trie = ReferenceTrie(state)
    proof = proof_from_nodes(trie.root, proxies_key(account), trie.proof_items(proxies_key(account)))
    assert [(d.delegate, d.proxy_type, d.delay) for d in decode_proxies(proof.value)] == definitions
    signature = delegate.evidence(member_message(account, MESSAGE))
    made = proxy_evidence(proof, delegate.account, MemberEvidence(TYPED, signature))
    assert made == reference.proxy_evidence(2, SECP256K1, proof.packed(), signature)
    with pytest.raises(DelegatedAccountError, match="may not move"):
        proxy_evidence(proof, Holder(912).account, MemberEvidence(TYPED, signature))
    assert proxy_evidence(proof, delegate.account, MemberEvidence(TYPED, signature), 1 << 1)[0] == 0


@pytest.mark.parametrize("value", [b"", proxy_list([(bytes(32), 0, 0)])[:-1], proxy_list([]) + b"\0"])
def test_decode_proxies_refuses_other_bytes(value):
    with pytest.raises(DelegatedAccountError):
        decode_proxies(value)


# native claims


def test_native_claim_values_and_payment(entries):
    holder = Holder(921)
    state = {**entries, system_account_key(holder.account): account_info(10**12, 3, 5)}
    trie = StateTrie.build(sorted(state.items()), [account_key(holder.account)])
    proof = proof_from_trie(trie, account_key(holder.account))
    request = Request(ClaimPath.NATIVE, b"\x11" * 20, b"\x22" * 20, 2035)
    claim = NativeClaim(holder.account, proof, request, Evidence(TYPED, True, b"signature"))
    assert claim.paid == (10**12 + 3) * 10**6
    assert claim.values() == (holder.account, proof.packed(), "0x" + "11" * 20, 2, True, b"signature")
    for path in (ClaimPath.LIQUID, ClaimPath.VAULT):
        with pytest.raises(NativeClaimError, match="claim by the tree"):
            NativeClaim(holder.account, proof, Request(path, b"\x11" * 20, b"\x22" * 20, 1), claim.evidence)
    with pytest.raises(NativeClaimError):
        native_balance(account_info(1)[:-1])


def test_proofs_made_here_are_found_by_the_contract(reader, trie):
    rng = random.Random(5)
    for key in rng.sample(sorted(trie.entries), 20):
        proof = proof_from_nodes(trie.root, key, trie.proof_items(key))
        assert tuple(reader.read(trie.root, key, proof.packed())) == (True, proof.value)
