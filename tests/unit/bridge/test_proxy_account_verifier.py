# SPDX-License-Identifier: Apache-2.0
"""ProxyAccountVerifier: who may act for an account, from a storage proof of Proxy.Proxies."""

from __future__ import annotations

import random

import pytest

from tests.reference.claims import KEYLESS, SECP256K1, Holder, blake2b
from tests.reference.delegated_accounts import MULTISIG, PROXY, Multisig, naming, proxy_evidence
from tests.reference.deployments import deployment_reverts
from tests.reference.substrate_state import (
    ReferenceTrie,
    compact,
    pack_items,
    proxies_key,
    proxy_list,
    substrate_like_state,
)

MESSAGE = b"<Bytes>PHA to 0x" + b"11" * 20 + b" by 0x" + b"22" * 20 + b" on 2035</Bytes>"
ANY, NON_TRANSFER, CANCEL_PROXY, GOVERNANCE, COLLATOR, STAKE_POOL_MANAGER = range(6)
PURE = blake2b(b"a pure proxy: nobody has its key")
ORDINARY = Holder(701)
DELEGATE, SECOND, DELAYED, LIMITED, STRANGER = (Holder(secret) for secret in range(702, 707))
COMPANY = Multisig([Holder(secret) for secret in (711, 712, 713)], 2)
CHAINED = blake2b(b"a pure proxy whose delegate is a pure proxy")
TRUNCATED, PADDED, EMPTY, WIDE = (blake2b(name) for name in (b"truncated", b"padded", b"empty", b"wide"))
MODL = KEYLESS[1]

DEFINITIONS = {
    PURE: [
        (DELEGATE.account, ANY, 0),
        (SECOND.account, ANY, 0),
        (DELAYED.account, ANY, 1),
        (LIMITED.account, NON_TRANSFER, 0),
        (LIMITED.account, CANCEL_PROXY, 0),
        (LIMITED.account, GOVERNANCE, 0),
        (LIMITED.account, COLLATOR, 0),
        (LIMITED.account, STAKE_POOL_MANAGER, 0),
        (LIMITED.account, 200, 0),
        (DELAYED.account, ANY, 1 << 24),
        (COMPANY.account, ANY, 0),
    ],
    ORDINARY.account: [(DELEGATE.account, ANY, 0)],
    CHAINED: [(PURE, ANY, 0)],
    MODL: [(DELEGATE.account, ANY, 0)],
}


@pytest.fixture(scope="module", params=[0, 1], ids=["state-version-0", "state-version-1"])
def state(request):
    entries, _ = substrate_like_state(60, seed=5)
    for account, definitions in DEFINITIONS.items():
        entries[proxies_key(account)] = proxy_list(definitions)
    good = proxy_list([(DELEGATE.account, ANY, 0)])
    entries[proxies_key(TRUNCATED)] = good[:-1]
    entries[proxies_key(PADDED)] = good + b"\0"
    entries[proxies_key(EMPTY)] = proxy_list([])
    # more definitions promised than there are
    entries[proxies_key(WIDE)] = compact(2) + good[1:]
    return ReferenceTrie(entries, request.param)


@pytest.fixture(scope="module")
def secp256k1(project, deployer):
    return deployer.deploy(project.Secp256k1AccountVerifier)


@pytest.fixture(scope="module")
def multisig(project, deployer, secp256k1):
    return deployer.deploy(project.MultisigAccountVerifier, [(SECP256K1, secp256k1)])


@pytest.fixture(scope="module")
def verifier(project, deployer, secp256k1, multisig, state):
    members = [(SECP256K1, secp256k1), (MULTISIG, multisig)]
    return deployer.deploy(project.ProxyAccountVerifier, state.root, 1 << ANY, members)


def proof_of(state, account: bytes) -> bytes:
    return pack_items(state.proof_items(proxies_key(account)))


def signed_by(state, account: bytes, place: int, delegate: Holder, message: bytes = MESSAGE) -> bytes:
    return proxy_evidence(place, SECP256K1, proof_of(state, account), delegate.evidence(naming(account, message)))


@pytest.mark.parametrize(("place", "delegate"), [(0, DELEGATE), (1, SECOND)])
def test_verify_accepts_a_delegate_of_a_pure_proxy(verifier, state, place, delegate):
    assert verifier.verify(PURE, MESSAGE, signed_by(state, PURE, place, delegate))


def test_verify_accepts_a_delegate_of_an_ordinary_account(verifier, state):
    assert verifier.verify(ORDINARY.account, MESSAGE, signed_by(state, ORDINARY.account, 0, DELEGATE))


def test_verify_accepts_a_delegate_that_is_a_multisig(verifier, state):
    evidence = COMPANY.evidence(naming(PURE, MESSAGE))
    place = DEFINITIONS[PURE].index((COMPANY.account, ANY, 0))
    assert verifier.verify(PURE, MESSAGE, proxy_evidence(place, MULTISIG, proof_of(state, PURE), evidence))
    one = COMPANY.evidence(naming(PURE, MESSAGE), [0, 0])
    assert not verifier.verify(PURE, MESSAGE, proxy_evidence(place, MULTISIG, proof_of(state, PURE), one))


def test_verify_accepts_a_chain_of_proxies_where_it_was_deployed_for_that(project, deployer, verifier, state):
    inner = signed_by(state, PURE, 0, DELEGATE, naming(CHAINED, MESSAGE))
    evidence = proxy_evidence(0, PROXY, proof_of(state, CHAINED), inner)
    assert not verifier.verify(CHAINED, MESSAGE, evidence)
    chained = deployer.deploy(project.ProxyAccountVerifier, state.root, 1, [(PROXY, verifier)])
    assert chained.verify(CHAINED, MESSAGE, evidence)
    unnamed = proxy_evidence(0, PROXY, proof_of(state, CHAINED), signed_by(state, PURE, 0, DELEGATE))
    assert not chained.verify(CHAINED, MESSAGE, unnamed)


def test_verify_refuses_a_delayed_proxy(verifier, state):
    for place in (2, 9):
        assert not verifier.verify(PURE, MESSAGE, signed_by(state, PURE, place, DELAYED))


@pytest.mark.parametrize("place", [3, 4, 5, 6, 7, 8])
def test_verify_refuses_types_that_may_not_move_funds(verifier, state, place):
    assert not verifier.verify(PURE, MESSAGE, signed_by(state, PURE, place, LIMITED))


def test_accepted_types_are_the_constructors(project, deployer, secp256k1, state):
    for types, accepted in [(1, set()), (1 << 3, {5}), (1 << 5 | 1 << 1, {3, 7}), (1 << 200, {8})]:
        verifier = deployer.deploy(project.ProxyAccountVerifier, state.root, types, [(SECP256K1, secp256k1)])
        hits = {p for p in range(3, 9) if verifier.verify(PURE, MESSAGE, signed_by(state, PURE, p, LIMITED))}
        assert hits == accepted
        assert verifier.verify(PURE, MESSAGE, signed_by(state, PURE, 0, DELEGATE)) == bool(types & 1)


def test_verify_refuses_who_is_not_the_delegate_at_that_place(verifier, state):
    assert not verifier.verify(PURE, MESSAGE, signed_by(state, PURE, 0, STRANGER))
    assert not verifier.verify(PURE, MESSAGE, signed_by(state, PURE, 1, DELEGATE))
    for place in (11, 12, 64, 255):
        assert not verifier.verify(PURE, MESSAGE, signed_by(state, PURE, place, DELEGATE))


def test_verify_refuses_another_accounts_proxies(verifier, state):
    """Of an account with the same delegate; the delegate even signed for both."""
    for signed_for in (ORDINARY.account, PURE):
        evidence = proxy_evidence(0, SECP256K1, proof_of(state, PURE), DELEGATE.evidence(naming(signed_for, MESSAGE)))
        assert not verifier.verify(ORDINARY.account, MESSAGE, evidence)


def test_a_delegates_own_signature_moves_nobody_elses_pha(verifier, secp256k1, state):
    own = DELEGATE.evidence(MESSAGE)
    assert secp256k1.verify(DELEGATE.account, MESSAGE, own)
    assert not verifier.verify(PURE, MESSAGE, proxy_evidence(0, SECP256K1, proof_of(state, PURE), own))
    other = DELEGATE.evidence(naming(ORDINARY.account, MESSAGE))
    assert not verifier.verify(PURE, MESSAGE, proxy_evidence(0, SECP256K1, proof_of(state, PURE), other))


def test_verify_refuses_a_list_from_another_state(verifier, state):
    entries = dict(state.entries)
    entries[proxies_key(PURE)] = proxy_list([(STRANGER.account, ANY, 0)])
    other = ReferenceTrie(entries, state.version)
    assert not verifier.verify(PURE, MESSAGE, signed_by(other, PURE, 0, STRANGER))
    entries = dict(state.entries)
    entries[proxies_key(STRANGER.account)] = proxy_list([(STRANGER.account, ANY, 0)])
    other = ReferenceTrie(entries, state.version)
    assert not verifier.verify(STRANGER.account, MESSAGE, signed_by(other, STRANGER.account, 0, STRANGER))


@pytest.mark.parametrize("account", [TRUNCATED, PADDED, EMPTY, WIDE], ids=["truncated", "padded", "empty", "wide"])
def test_verify_is_false_for_lists_pallet_proxy_does_not_write(verifier, state, account):
    assert verifier.verify(account, MESSAGE, signed_by(state, account, 0, DELEGATE)) is False


def test_verify_is_false_for_keyless_accounts(verifier, state):
    assert verifier.verify(MODL, MESSAGE, signed_by(state, MODL, 0, DELEGATE)) is False
    for account in KEYLESS:
        assert verifier.verify(account, MESSAGE, signed_by(state, PURE, 0, DELEGATE)) is False


def test_verify_is_false_for_every_cut_and_for_additions(verifier, state):
    evidence = signed_by(state, PURE, 0, DELEGATE)
    assert verifier.verify(PURE, MESSAGE, evidence)
    rng = random.Random(6)
    for length in [*range(6), *rng.sample(range(6, len(evidence)), 30), len(evidence) - 1]:
        assert verifier.verify(PURE, MESSAGE, evidence[:length]) is False
    assert verifier.verify(PURE, MESSAGE, evidence + b"\0") is False


def test_verify_is_false_for_flipped_bits(verifier, state):
    evidence = signed_by(state, PURE, 0, DELEGATE)
    rng = random.Random(7)
    for at in [0, 1, 2, 3, *rng.sample(range(4, len(evidence)), 40)]:
        flipped = bytearray(evidence)
        flipped[at] ^= 1 << rng.randrange(8)
        assert verifier.verify(PURE, MESSAGE, bytes(flipped)) is False, at


def test_verify_is_false_when_the_proofs_length_lies(verifier, state):
    proof, signature = proof_of(state, PURE), DELEGATE.evidence(naming(PURE, MESSAGE))
    for length in (0, len(proof) - 1, len(proof) + 1, len(proof) + len(signature), 65535):
        evidence = proxy_evidence(0, SECP256K1, proof, signature, length)
        assert verifier.verify(PURE, MESSAGE, evidence) is False


def test_construction_refuses_no_root_and_no_types(project, deployer, secp256k1):
    contract, members = project.ProxyAccountVerifier, [(SECP256K1, secp256k1)]
    with deployment_reverts(contract, "StateRootIsZero"):
        deployer.deploy(contract, bytes(32), 1, members)
    with deployment_reverts(contract, "NoAcceptedTypes"):
        deployer.deploy(contract, b"\1" * 32, 0, members)
    with deployment_reverts(contract, "NoMemberVerifiers"):
        deployer.deploy(contract, b"\1" * 32, 1, [])
