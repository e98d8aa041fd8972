# SPDX-License-Identifier: Apache-2.0
"""MultisigAccountVerifier: k of n members, each in their own scheme, and every way to have fewer."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.reference.claims import KEYLESS, SECP256K1, Holder, blake2b
from tests.reference.delegated_accounts import (
    MULTISIG,
    Approval,
    Multisig,
    multisig_account,
    multisig_evidence,
    naming,
)
from tests.reference.deployments import deployment_reverts

VECTORS = json.loads((Path(__file__).parents[2] / "reference" / "multisig_vectors.json").read_text())["vectors"]
MESSAGE = b"<Bytes>PHA to 0x" + b"11" * 20 + b" by 0x" + b"22" * 20 + b" on 2035</Bytes>"


@pytest.fixture(scope="module")
def secp256k1(project, deployer):
    return deployer.deploy(project.Secp256k1AccountVerifier)


@pytest.fixture(scope="module")
def verifier(project, deployer, secp256k1):
    return deployer.deploy(project.MultisigAccountVerifier, [(SECP256K1, secp256k1)])


@pytest.fixture(scope="module")
def holders():
    return sorted((Holder(secret) for secret in range(501, 508)), key=lambda holder: holder.account)


@pytest.fixture(scope="module")
def two_of_three(holders):
    return Multisig(holders[:3], 2)


# what is signed


@pytest.mark.parametrize(
    "message",
    [
        MESSAGE,
        MESSAGE[7:-8],
        b"",
        b"<Bytes>",
        b"</Bytes>",
        b"<Bytes></Bytes>",
        b"<Bytes>cut</Bytes",
        b"bytes>x</Bytes>",
    ],
)
def test_member_message_names_the_account_inside_the_wrapping(verifier, two_of_three, message):
    assert bytes(verifier.memberMessage(two_of_three.account, message)) == naming(two_of_three.account, message)


def test_member_message_is_what_a_person_reads(verifier):
    account = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
    assert bytes(verifier.memberMessage(account, b"<Bytes>PHA to 0xab on 1</Bytes>")) == (
        b"<Bytes>PHA to 0xab on 1 for 0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d</Bytes>"
    )


# who the members are


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['threshold']}-of-{v['members']}")
def test_derivation_in_the_tests_equals_polkadot_js(vector):
    members = [blake2b(f"member {i} of {vector['members']}".encode()) for i in range(vector["members"])]
    assert "0x" + multisig_account(members, vector["threshold"]).hex() == vector["account"]


@pytest.mark.parametrize("size", [2, 3, 63, 64, 100])
def test_verify_accepts_the_address_polkadot_js_derives_at_every_length_of_the_count(project, deployer, size):
    # members nobody has keys of: a verifier that agrees to all shows that the address alone is the question
    yes = deployer.deploy(project.MockVerifier, (1).to_bytes(32, "big"), False, 0)
    verifier = deployer.deploy(project.MultisigAccountVerifier, [(0, yes)])
    vector = next(v for v in VECTORS if v["members"] == size)
    members = sorted(blake2b(f"member {i} of {size}".encode()) for i in range(size))
    approvals = [Approval(place, 0, b"") for place in range(vector["threshold"])]
    evidence = multisig_evidence(members, vector["threshold"], approvals)
    account = bytes.fromhex(vector["account"][2:])
    assert verifier.verify(account, MESSAGE, evidence)
    assert not verifier.verify(blake2b(account), MESSAGE, evidence)


def test_verify_refuses_a_101st_member_and_a_single_one(project, deployer):
    yes = deployer.deploy(project.MockVerifier, (1).to_bytes(32, "big"), False, 0)
    verifier = deployer.deploy(project.MultisigAccountVerifier, [(0, yes)])
    for count, accepted in ((1, False), (2, True), (100, True), (101, False)):
        members = sorted(blake2b(bytes([i])) for i in range(count))
        evidence = multisig_evidence(members, 1, [Approval(0, 0, b"")])
        assert verifier.verify(multisig_account(members, 1), MESSAGE, evidence) == accepted


# who must sign


@pytest.mark.parametrize("places", [[0, 1], [0, 2], [1, 2]])
def test_verify_accepts_any_two_of_three(verifier, two_of_three, places):
    assert verifier.verify(two_of_three.account, MESSAGE, two_of_three.evidence(MESSAGE, places))


@pytest.mark.parametrize(("size", "threshold"), [(2, 1), (2, 2), (5, 1), (7, 4), (7, 7)])
def test_verify_accepts_exactly_the_threshold(verifier, holders, size, threshold):
    multisig = Multisig(holders[:size], threshold)
    assert verifier.verify(multisig.account, MESSAGE, multisig.evidence(MESSAGE))
    fewer = multisig_evidence(multisig.members, threshold, multisig.approvals(MESSAGE, list(range(threshold - 1))))
    assert not verifier.verify(multisig.account, MESSAGE, fewer)
    if threshold < size:
        more = multisig_evidence(multisig.members, threshold, multisig.approvals(MESSAGE, list(range(threshold + 1))))
        assert not verifier.verify(multisig.account, MESSAGE, more)


def test_verify_refuses_a_lower_threshold_than_the_accounts(verifier, two_of_three):
    for threshold in (0, 1, 3, 4, 256, 0x0200, 65535):
        places = list(range(min(threshold, 3)))
        evidence = multisig_evidence(two_of_three.members, threshold, two_of_three.approvals(MESSAGE, places))
        assert not verifier.verify(two_of_three.account, MESSAGE, evidence)


@pytest.mark.parametrize("threshold", [0, 4, 256 + 2])
def test_verify_refuses_thresholds_no_signatures_can_meet_even_with_their_own_address(verifier, holders, threshold):
    members = [holder.account for holder in holders[:3]]
    account = multisig_account(members, threshold)
    text = naming(account, MESSAGE)
    for count in (0, 2, 3):
        approvals = [Approval(i, SECP256K1, holders[i].evidence(text)) for i in range(count)]
        assert not verifier.verify(account, MESSAGE, multisig_evidence(members, threshold, approvals))


def test_verify_counts_no_member_twice(verifier, two_of_three):
    for places in ([0, 0], [1, 0], [2, 2], [2, 1]):
        assert not verifier.verify(two_of_three.account, MESSAGE, two_of_three.evidence(MESSAGE, places))


def test_verify_refuses_a_list_with_a_member_twice_or_out_of_order(verifier, holders):
    a, b, c = (holder.account for holder in holders[:3])
    text_of = lambda account: naming(account, MESSAGE)  # noqa: E731
    for members in ([a, a, b], [b, a, c], [a, c, b], [a, b, b]):
        # the address that a careless derivation would take from this very list
        raw = b"modlpy/utilisuba" + bytes([3 << 2]) + b"".join(members) + b"\x02\x00"
        account = blake2b(raw)
        keys = {h.account: h for h in holders}
        approvals = [Approval(i, SECP256K1, keys[members[i]].evidence(text_of(account))) for i in (0, 1)]
        assert not verifier.verify(account, MESSAGE, multisig_evidence(members, 2, approvals))


def test_verify_refuses_someone_who_is_no_member(verifier, two_of_three, holders):
    stranger = holders[5]
    text = naming(two_of_three.account, MESSAGE)
    good = two_of_three.approvals(MESSAGE, [0])[0]
    for place in (1, 2, 3, 255):
        forged = multisig_evidence(two_of_three.members, 2, [good, Approval(place, SECP256K1, stranger.evidence(text))])
        assert not verifier.verify(two_of_three.account, MESSAGE, forged)


def test_verify_refuses_what_was_signed_for_another_message_or_account(verifier, two_of_three, holders):
    other = MESSAGE.replace(b"0x11", b"0x12")
    assert not verifier.verify(two_of_three.account, MESSAGE, two_of_three.evidence(other))
    # a member's signature for the member's own claim
    own = [Approval(i, SECP256K1, two_of_three.holders[i].evidence(MESSAGE)) for i in (0, 1)]
    assert not verifier.verify(two_of_three.account, MESSAGE, multisig_evidence(two_of_three.members, 2, own))
    # signatures for another multisig of the same people
    sibling = Multisig(two_of_three.holders, 3)
    approvals = sibling.approvals(MESSAGE, [0, 1])
    assert not verifier.verify(two_of_three.account, MESSAGE, multisig_evidence(two_of_three.members, 2, approvals))


def test_a_members_signature_for_the_multisig_is_none_for_the_member(secp256k1, two_of_three):
    member = two_of_three.holders[0]
    evidence = two_of_three.approvals(MESSAGE, [0])[0].evidence
    assert not secp256k1.verify(member.account, MESSAGE, evidence)
    assert secp256k1.verify(member.account, MESSAGE, member.evidence(MESSAGE))


def test_verify_refuses_a_scheme_it_does_not_know(verifier, two_of_three):
    good, other = two_of_three.approvals(MESSAGE, [0, 1])
    for scheme in (0, 1, 3, 4, 255):
        evidence = multisig_evidence(two_of_three.members, 2, [good, Approval(1, scheme, other.evidence)])
        assert not verifier.verify(two_of_three.account, MESSAGE, evidence)


def test_verify_is_false_for_every_cut_and_for_additions(verifier, two_of_three):
    evidence = two_of_three.evidence(MESSAGE)
    assert verifier.verify(two_of_three.account, MESSAGE, evidence)
    for length in [*range(12), *range(95, len(evidence), 9)]:
        assert verifier.verify(two_of_three.account, MESSAGE, evidence[:length]) is False
    for extra in (b"\0", b"\0" * 4, evidence[-133:]):
        assert verifier.verify(two_of_three.account, MESSAGE, evidence + extra) is False


def test_verify_is_false_for_flipped_bits(verifier, two_of_three):
    evidence = two_of_three.evidence(MESSAGE)
    rng = random.Random(4)
    for at in [0, 1, 2, *rng.sample(range(3, len(evidence)), 40)]:
        flipped = bytearray(evidence)
        flipped[at] ^= 1 << rng.randrange(8)
        verdict = verifier.verify(two_of_three.account, MESSAGE, bytes(flipped))
        # ECDSA has a second form (v and s), but never by one bit
        assert verdict is False, at


def test_verify_is_false_when_lengths_inside_lie(verifier, two_of_three):
    first, second = two_of_three.approvals(MESSAGE, [0, 1])
    for length in (0, 128, 130, 65535):
        for approvals in (
            [first, Approval(1, SECP256K1, second.evidence, length)],
            [Approval(0, SECP256K1, first.evidence, length), second],
        ):
            evidence = multisig_evidence(two_of_three.members, 2, approvals)
            assert verifier.verify(two_of_three.account, MESSAGE, evidence) is False


@pytest.mark.parametrize("account", KEYLESS, ids=lambda a: a[:8].hex())
def test_verify_is_false_for_keyless_accounts(verifier, two_of_three, account):
    assert verifier.verify(account, MESSAGE, two_of_three.evidence(MESSAGE)) is False


# members that are multisigs


@pytest.fixture(scope="module")
def nesting(project, deployer, secp256k1, verifier):
    return deployer.deploy(project.MultisigAccountVerifier, [(SECP256K1, secp256k1), (MULTISIG, verifier)])


def test_verify_accepts_a_multisig_as_a_member_where_it_was_deployed_for_that(nesting, verifier, two_of_three, holders):
    outer_members = sorted([two_of_three.account, holders[5].account, holders[6].account])
    outer = multisig_account(outer_members, 2)
    text = naming(outer, MESSAGE)
    keys = {h.account: h for h in holders}

    def approval(place: int, inner_places: list[int]) -> Approval:
        member = outer_members[place]
        if member == two_of_three.account:
            return Approval(place, MULTISIG, two_of_three.evidence(text, inner_places))
        return Approval(place, SECP256K1, keys[member].evidence(text))

    inner_place = outer_members.index(two_of_three.account)
    places = sorted([inner_place, (inner_place + 1) % 3])
    good = multisig_evidence(outer_members, 2, [approval(p, [0, 2]) for p in places])
    assert nesting.verify(outer, MESSAGE, good)
    bad = multisig_evidence(outer_members, 2, [approval(p, [0, 0]) for p in places])
    assert not nesting.verify(outer, MESSAGE, bad)
    # the verifier without nesting knows no such member
    assert not verifier.verify(outer, MESSAGE, good)


def test_member_message_of_nested_accounts_names_both(verifier, two_of_three, holders):
    outer = blake2b(b"outer")
    both = naming(two_of_three.account, naming(outer, MESSAGE))
    words = f" for 0x{outer.hex()} for 0x{two_of_three.account.hex()}</Bytes>".encode()
    assert both.endswith(words)
    assert bytes(verifier.memberMessage(two_of_three.account, naming(outer, MESSAGE))) == both


# construction


def test_a_verifier_that_reverts_or_answers_otherwise_has_not_agreed(project, deployer, two_of_three):
    token = deployer.deploy(project.PhaToken, deployer)
    verifier = deployer.deploy(project.MultisigAccountVerifier, [(SECP256K1, token)])
    assert verifier.verify(two_of_three.account, MESSAGE, two_of_three.evidence(MESSAGE)) is False


def test_construction_refuses_no_two_and_missing_verifiers(project, deployer, secp256k1, stranger):
    contract = project.MultisigAccountVerifier
    with deployment_reverts(contract, "NoMemberVerifiers"):
        deployer.deploy(contract, [])
    with deployment_reverts(contract, "SchemeTwice", scheme=2):
        deployer.deploy(contract, [(2, secp256k1), (2, secp256k1)])
    with deployment_reverts(contract, "SchemeOutOfRange", scheme=5):
        deployer.deploy(contract, [(5, secp256k1)])
    with deployment_reverts(contract, "MemberVerifierWithoutCode", scheme=2, verifier=stranger.address):
        deployer.deploy(contract, [(2, stranger)])


def test_member_verifiers_are_those_given(project, deployer):
    verifiers = [deployer.deploy(project.Secp256k1AccountVerifier) for _ in range(5)]
    for given in (range(5), (4, 1), (3,)):
        verifier = deployer.deploy(project.MultisigAccountVerifier, [(n, verifiers[n]) for n in given])
        for scheme in (*range(7), 255):
            wanted = int(verifiers[scheme].address, 16) if scheme in given else 0
            assert int(verifier.memberVerifierOf(scheme), 16) == wanted
