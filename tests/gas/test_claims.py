# SPDX-License-Identifier: Apache-2.0
"""What claims cost by who signs and by what proves the amount: a tree of 65,536 leaves, a state of as many accounts.

Each is a whole transaction, an account's first and only claim, to a recipient who has no PHA yet, signed over the
sentence as a wallet wraps it.
"""

from __future__ import annotations

import hashlib
import random
import statistics

import pytest

from tests.reference.bridge_setup import UNITS, World
from tests.reference.claims import SECP256K1, Estate, Leaf, sentence
from tests.reference.delegated_accounts import (
    MULTISIG,
    PROXY,
    Approval,
    multisig_account,
    multisig_evidence,
    naming,
    proxy_evidence,
)
from tests.reference.signing_keys import ED25519, SR25519, Ed25519Holder, Secp256k1Holder, Sr25519Holder
from tests.reference.substrate_state import (
    ReferenceTrie,
    account_info,
    pack_items,
    proxies_key,
    proxy_list,
    substrate_like_state,
    system_account_key,
)

ACCOUNTS = 65_536
BALANCE = 123_456_789_012_345_678

# One key, and members of multisigs.
SINGLE = {"sr25519": Sr25519Holder("alone"), "ed25519": Ed25519Holder("alone"), "secp256k1": Secp256k1Holder(3000)}
SECP = sorted((Secp256k1Holder(secret) for secret in (3001, 3002, 3003)), key=lambda h: h.account)
SR = sorted((Sr25519Holder(f"member {i}") for i in range(3)), key=lambda h: h.account)
ED = sorted((Ed25519Holder(f"member {i}") for i in range(3)), key=lambda h: h.account)
MIXED = sorted((SR[0], ED[0], SECP[0]), key=lambda h: h.account)
# 80 of the 100 members that a multisig may have at most
CROWD = sorted((Sr25519Holder(f"one of a crowd, {i}") for i in range(100)), key=lambda h: h.account)
CROWD_THRESHOLD = 80
# an sr25519 and an ed25519 key sign
MIXED_PLACES = [place for place, member in enumerate(MIXED) if member is not SECP[0]]
GROUPS = {
    "secp256k1": (SECP, [0, 1]),
    "ed25519": (ED, [0, 1]),
    "sr25519_and_ed25519": (MIXED, MIXED_PLACES),
    "sr25519": (SR, [0, 1]),
}
PURE = hashlib.sha256(b"a pure proxy").digest()
# The delegate of the pure proxy at each place in its list.
DELEGATES = list(SINGLE.values())
LIMITS = {"sr25519": 300_000, "ed25519": 270_000}


def address_of(group: str) -> bytes:
    return multisig_account([member.account for member in GROUPS[group][0]], 2)


@pytest.fixture(scope="module")
def deployer(accounts):
    """An account that deploys for this module alone, always in the same order: addresses hang on its nonce, signatures
    on addresses, and gas on both."""
    return accounts[17]


@pytest.fixture(scope="module")
def reader(project, accounts):
    return accounts[16].deploy(project.MockStateReader)


@pytest.fixture(scope="module")
def large_state():
    entries, accounts = substrate_like_state(ACCOUNTS, seed=65536)
    for account in (PURE, *(holder.account for holder in SINGLE.values())):
        entries[system_account_key(account)] = account_info(BALANCE, 10**12)
    entries[proxies_key(PURE)] = proxy_list([(delegate.account, 0, 0) for delegate in DELEGATES])
    return ReferenceTrie(entries), accounts


@pytest.fixture(scope="module")
def world(project, chain, deployer, guardian, treasury):
    holders = list(SINGLE.values())
    others = (PURE, multisig_account([h.account for h in CROWD], CROWD_THRESHOLD), *map(address_of, GROUPS))
    leaves = [Leaf(account, BALANCE, 10**15) for account in others]
    leaves += [
        Leaf(hashlib.sha256(i.to_bytes(4, "big")).digest(), 1_000 * UNITS + i, 0)
        for i in range(ACCOUNTS - len(holders) - len(leaves))
    ]
    estate = Estate(holders, [(BALANCE, 10**15)] * len(holders), extra_leaves=leaves)
    assert len(estate.tree.leaves) == ACCOUNTS
    return World.deploy(project, chain, deployer, guardian, treasury, estate)


@pytest.fixture(scope="module")
def bridge(world, project, deployer, large_state):
    tables = [deployer.deploy(project.Edwards25519BaseTable, doublings) for doublings in (0, 128)]
    keys = [
        (ED25519, deployer.deploy(project.Ed25519AccountVerifier, *tables)),
        (SR25519, deployer.deploy(project.Sr25519AccountVerifier, *tables)),
        (SECP256K1, world.verifier),
    ]
    multisig = (MULTISIG, deployer.deploy(project.MultisigAccountVerifier, keys))
    proxy = deployer.deploy(project.ProxyAccountVerifier, large_state[0].root, 1, [*keys, multisig])
    return world.create_open(stateRoot=large_state[0].root, verifiers=[*keys, multisig, (PROXY, proxy)])


def test_reading_a_balance_by_a_storage_proof(reader, large_state, record_gas):
    """Execution alone: key, proof, decoding."""
    trie, accounts = large_state
    costs = []
    for account in random.Random(1).sample(accounts, 24):
        key = system_account_key(account)
        balance, cost = reader.measureNativeBalance(trie.root, account, pack_items(trie.proof_items(key)))
        info = trie.entries[key]
        assert balance == int.from_bytes(info[16:32], "little") + int.from_bytes(info[32:48], "little")
        costs.append(cost)
    median = int(statistics.median_low(costs))
    assert median <= 20_000
    record_gas("bridge.state_proof", median)
    record_gas("bridge.state_proof_dearest_of_24", max(costs))


@pytest.fixture
def sentence_to(bridge, chain):
    """Callable `(recipient, opening)`: what wallets sign, wrapped."""
    return lambda recipient, opening="PHA": sentence(
        recipient, bridge.address, chain.chain_id, opening=opening, wrapped=True
    )


def tree_claim(world, account: bytes, recipient: str, scheme: int, evidence: bytes) -> tuple:
    tree = world.estate.tree
    index = tree.index_of(account)
    proof = tree.proof(index)
    assert len(proof) == 16 * 48
    return (account, BALANCE, 10**15, index, proof, recipient, False, scheme, True, evidence)


@pytest.mark.parametrize("scheme", LIMITS)
def test_claiming_with_one_key(world, bridge, sentence_to, relayer, accounts, record_gas, scheme):
    """secp256k1 is in test_bridge.py."""
    holder, recipient = SINGLE[scheme], str(accounts[10])
    claim = tree_claim(world, holder.account, recipient, holder.scheme, holder.evidence(sentence_to(recipient)))
    used = record_gas(f"bridge.claim.{scheme}", bridge.claim(claim, sender=relayer))
    assert world.token.balanceOf(recipient) == (BALANCE + 10**15) * 10**6
    assert used <= LIMITS[scheme]


def native_claim(trie, holder, recipient: str, message: bytes) -> tuple:
    proof = pack_items(trie.proof_items(system_account_key(holder.account)))
    return (holder.account, proof, recipient, holder.scheme, True, holder.evidence(message))


@pytest.mark.parametrize("scheme", SINGLE)
def test_claiming_by_a_storage_proof(world, bridge, sentence_to, large_state, relayer, accounts, record_gas, scheme):
    holder, recipient = SINGLE[scheme], str(accounts[10])
    claim = native_claim(large_state[0], holder, recipient, sentence_to(recipient, "native PHA"))
    record_gas(f"bridge.claim.state_proof.{scheme}", bridge.claimNative(claim, sender=relayer))
    assert world.token.balanceOf(recipient) == (BALANCE + 10**12) * 10**6


@pytest.mark.parametrize("group", GROUPS)
def test_claiming_by_two_of_three(world, bridge, sentence_to, relayer, accounts, record_gas, group):
    members, places = GROUPS[group]
    account, recipient = address_of(group), str(accounts[10])
    text = naming(account, sentence_to(recipient))
    approvals = [Approval(place, members[place].scheme, members[place].evidence(text)) for place in places]
    evidence = multisig_evidence([member.account for member in members], 2, approvals)
    receipt = bridge.claim(tree_claim(world, account, recipient, MULTISIG, evidence), sender=relayer)
    assert world.token.balanceOf(recipient) == (BALANCE + 10**15) * 10**6
    # the plain name is the group of mixed schemes
    name = "bridge.claim.multisig_2of3" + ("" if members is MIXED else f".{group}")
    assert record_gas(name, receipt) <= 520_000


def test_claiming_by_a_crowd(world, bridge, sentence_to, relayer, accounts, record_gas):
    """About the most sr25519 signatures that a transaction can verify: it may use 16,777,216 gas (EIP-7825)."""
    members, recipient = [holder.account for holder in CROWD], str(accounts[10])
    account = multisig_account(members, CROWD_THRESHOLD)
    text = naming(account, sentence_to(recipient))
    signers = enumerate(CROWD[:CROWD_THRESHOLD])
    approvals = [Approval(place, holder.scheme, holder.evidence(text)) for place, holder in signers]
    evidence = multisig_evidence(members, CROWD_THRESHOLD, approvals)
    receipt = bridge.claim(tree_claim(world, account, recipient, MULTISIG, evidence), sender=relayer)
    assert world.token.balanceOf(recipient) == (BALANCE + 10**15) * 10**6
    assert record_gas("bridge.claim.multisig_80of100.sr25519", receipt) < 16_777_216


@pytest.mark.parametrize("scheme", SINGLE)
def test_claiming_for_a_pure_proxy(world, bridge, sentence_to, large_state, relayer, accounts, record_gas, scheme):
    delegate, recipient = SINGLE[scheme], str(accounts[10])
    listed = pack_items(large_state[0].proof_items(proxies_key(PURE)))
    signature = delegate.evidence(naming(PURE, sentence_to(recipient)))
    evidence = proxy_evidence(DELEGATES.index(delegate), delegate.scheme, listed, signature)
    receipt = bridge.claim(tree_claim(world, PURE, recipient, PROXY, evidence), sender=relayer)
    assert world.token.balanceOf(recipient) == (BALANCE + 10**15) * 10**6
    record_gas(f"bridge.claim.proxy.{scheme}", receipt)
