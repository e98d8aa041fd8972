# SPDX-License-Identifier: Apache-2.0
"""What storage proofs and accounts of others cost, over a state of 65,536 accounts and a tree of as many leaves."""

from __future__ import annotations

import hashlib
import random
import statistics

import pytest
import sr25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pha.cryptography import ed25519 as ed25519_hints
from pha.cryptography import sr25519 as sr25519_hints
from tests.reference.bridge_setup import UNITS, World
from tests.reference.claims import SECP256K1, Estate, Holder, Leaf, sentence
from tests.reference.delegated_accounts import (
    MULTISIG,
    PROXY,
    Approval,
    multisig_account,
    multisig_evidence,
    naming,
    proxy_evidence,
)
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
ED25519, SR25519 = 0, 1
BALANCE = 123_456_789_012_345_678


class Sr25519Holder:
    scheme = SR25519

    def __init__(self, name: str) -> None:
        self.account, self.secret = sr25519.pair_from_seed(hashlib.sha256(name.encode()).digest())

    def evidence(self, message: bytes) -> bytes:
        signature = sr25519.sign((self.account, self.secret), message)
        return sr25519_hints.encode_evidence(self.account, message, signature)


class Ed25519Holder:
    scheme = ED25519

    def __init__(self, name: str) -> None:
        self.secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self.account = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def evidence(self, message: bytes) -> bytes:
        return ed25519_hints.encode_evidence(self.account, message, self.secret.sign(message))


class Secp256k1Holder(Holder):
    scheme = SECP256K1


SECP = sorted((Secp256k1Holder(secret) for secret in (3001, 3002, 3003)), key=lambda h: h.account)
SR = sorted((Sr25519Holder(f"member {i}") for i in range(3)), key=lambda h: h.account)
ED = sorted((Ed25519Holder(f"member {i}") for i in range(3)), key=lambda h: h.account)
MIXED = sorted((SR[0], ED[0], SECP[0]), key=lambda h: h.account)
# an sr25519 and an ed25519 key sign
MIXED_PLACES = [place for place, member in enumerate(MIXED) if member is not SECP[0]]
GROUPS = {
    "secp256k1": (SECP, [0, 1]),
    "ed25519": (ED, [0, 1]),
    "sr25519_and_ed25519": (MIXED, MIXED_PLACES),
    "sr25519": (SR, [0, 1]),
}
PURE = hashlib.sha256(b"a pure proxy").digest()


def address_of(group: str) -> bytes:
    return multisig_account([member.account for member in GROUPS[group][0]], 2)


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.MockStateReader)


@pytest.fixture(scope="module")
def large_state():
    entries, accounts = substrate_like_state(ACCOUNTS, seed=65536)
    for account in (SECP[2].account, PURE):
        entries[system_account_key(account)] = account_info(BALANCE, 10**12)
    entries[proxies_key(PURE)] = proxy_list([(SECP[2].account, 0, 0)])
    return ReferenceTrie(entries), accounts


@pytest.fixture(scope="module")
def world(project, chain, deployer, guardian, treasury):
    leaves = [Leaf(account, BALANCE, 10**15) for account in (PURE, *(address_of(group) for group in GROUPS))]
    leaves += [
        Leaf(hashlib.sha256(i.to_bytes(4, "big")).digest(), 1_000 * UNITS + i, 0)
        for i in range(ACCOUNTS - 1 - len(leaves))
    ]
    estate = Estate([SECP[2]], [(BALANCE, 10**15)], extra_leaves=leaves)
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


def test_claiming_by_a_storage_proof(world, bridge, chain, large_state, relayer, accounts, record_gas):
    holder, recipient = SECP[2], str(accounts[10])
    proof = pack_items(large_state[0].proof_items(system_account_key(holder.account)))
    message = sentence(recipient, bridge.address, chain.chain_id, opening="native PHA", wrapped=True)
    claim = (holder.account, proof, recipient, SECP256K1, True, holder.evidence(message))
    record_gas("bridge.claim.state_proof.secp256k1", bridge.claimNative(claim, sender=relayer))
    assert world.token.balanceOf(recipient) == (BALANCE + 10**12) * 10**6


def tree_claim(world, account: bytes, recipient: str, scheme: int, evidence: bytes) -> tuple:
    tree = world.estate.tree
    index = tree.index_of(account)
    return (account, BALANCE, 10**15, index, tree.proof(index), recipient, False, scheme, True, evidence)


@pytest.mark.parametrize("group", GROUPS)
def test_claiming_by_two_of_three(world, bridge, chain, relayer, accounts, record_gas, group):
    members, places = GROUPS[group]
    account, recipient = address_of(group), str(accounts[10])
    text = naming(account, sentence(recipient, bridge.address, chain.chain_id, wrapped=True))
    approvals = [Approval(place, members[place].scheme, members[place].evidence(text)) for place in places]
    evidence = multisig_evidence([member.account for member in members], 2, approvals)
    receipt = bridge.claim(tree_claim(world, account, recipient, MULTISIG, evidence), sender=relayer)
    assert world.token.balanceOf(recipient) == (BALANCE + 10**15) * 10**6
    # the plain name is the group of mixed schemes
    name = "bridge.claim.multisig_2of3" + ("" if members is MIXED else f".{group}")
    used = record_gas(name, receipt)
    assert used <= 520_000 or group == "sr25519"


def test_claiming_for_a_pure_proxy(world, bridge, chain, large_state, relayer, accounts, record_gas):
    recipient = str(accounts[10])
    text = naming(PURE, sentence(recipient, bridge.address, chain.chain_id, wrapped=True))
    listed = pack_items(large_state[0].proof_items(proxies_key(PURE)))
    evidence = proxy_evidence(0, SECP256K1, listed, SECP[2].evidence(text))
    receipt = bridge.claim(tree_claim(world, PURE, recipient, PROXY, evidence), sender=relayer)
    record_gas("bridge.claim.proxy.secp256k1", receipt)
