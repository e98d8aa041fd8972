# SPDX-License-Identifier: Apache-2.0
"""AttestationRegistry: what a submission must bind, and what is kept of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from pha.attestation.intel.calldata import authority_key
from pha.attestation.intel.generator import Kind, build
from pha.attestation.registry import certificates_tag, intel_epoch, intel_ground, keccak
from tests.direct_call import fails_with, failure
from tests.unit.attestation.intel_suite import text
from tests.unit.attestation_registry.registry_world import MAX_AGE, Challenge, worker_key

KEY, OTHER = worker_key(1), worker_key(2)


def test_worker_is_attested_with_good_evidence(world, kind):
    assert world.status(KEY) == (False, "KeyUnknown")
    submission = world.attest(KEY, kind)
    now = world.now()
    assert world.status(KEY) == (True, "")
    standing = world.registry.standingOf(KEY)
    spec = world.specs[kind]
    until = min(now + MAX_AGE, spec.tcb_info.next_update, spec.platform_crl.next_update - 1)
    assert text(standing.kind) == ("intel.tdx" if kind.is_tdx else "intel.sgx")
    assert (standing.confidence, standing.deviceCount, text(standing.deviceModel)) == (1, 0, "")
    assert bytes(standing.identity) == submission["identity"]
    assert bytes(standing.platform) == spec.pck.extension.ppid.ljust(32, b"\0")
    assert (standing.attestedAt, standing.validUntil) == (now, until)


def test_record_names_what_the_verdict_rests_on(world, kind):
    submission = world.attest(KEY, kind)
    spec = world.specs[kind]
    record = world.registry.recordOf(KEY)
    term, ground = world.registry.termOf(record.term)
    made = world.evidence(spec, world.statement(KEY, world.challenge_of(submission).hash, submission["identity"]))
    assert bytes(ground) == intel_ground(is_tdx=kind.is_tdx, fmspc=spec.pck.extension.fmspc)
    signer = world.intel.certificates.findAuthority(*authority_key(made.tcb_signing.der))
    assert term.epoch == intel_epoch(18, 18, signer=signer)
    assert bytes(record.reportTag) == keccak(made.parsed_quote.body.to_bytes())[:8]
    assert bytes(record.certificatesTag) == certificates_tag(bytes(record.platform), world.certificates(spec))
    assert bytes(record.advisoriesId) == bytes(16)
    assert record.challengeBlock == submission["challengeBlock"]
    assert record.revision == world.registry.ruleOf(submission["identity"]).revision


def test_statement_is_the_hash_of_all_it_binds(world):
    challenge, identity, devices = (hashlib.sha256(name).digest() for name in (b"challenge", b"identity", b"devices"))
    parts = [
        b"pha.attestation.holder.v1",
        world.chain.chain_id.to_bytes(32, "big"),
        bytes.fromhex(world.registry.address[2:]),
        bytes.fromhex(KEY[2:]),
        challenge,
        identity,
        devices,
    ]
    expected = hashlib.sha256(b"".join(parts)).digest()
    assert bytes(world.registry.holderStatement(KEY, challenge, identity, devices)) == expected
    assert world.statement(KEY, challenge, identity, devices) == expected


def test_submission_is_refused_for_another_key(world):
    copied = world.submission(KEY)
    with fails_with("HolderDiffers"):
        world.submit({**copied, "key": OTHER})
    with fails_with("KeyZero"):
        world.submit({**copied, "key": "0x" + "00" * 20})
    world.submit(copied)
    assert world.status(OTHER) == (False, "KeyUnknown")


@pytest.mark.parametrize("part", ["chain", "registry", "challenge", "identity", "devices"])
def test_submission_is_refused_when_made_for_something_else(world, part):
    challenge, spec = world.challenge(), world.specs[Kind.SGX_V3]
    identity = world.identity(spec)
    chain, place, hash_, as_, devices = (
        world.chain.chain_id,
        world.registry.address,
        challenge.hash,
        identity,
        bytes(32),
    )
    if part == "registry":
        place = world.manager.address
    if part == "challenge":
        hash_ = world.challenge(2).hash
    if part == "identity":
        as_ = world.identity(world.specs[Kind.TDX_V5])
    if part == "devices":
        devices = hashlib.sha256(b"a GPU").digest()
    if part == "chain":
        chain += 1
    message = b"pha.attestation.holder.v1" + chain.to_bytes(32, "big") + bytes.fromhex(place[2:] + KEY[2:])
    holder = hashlib.sha256(message + hash_ + as_ + devices).digest()
    made = world.evidence(spec, holder)
    submission = world.submission(KEY, challenge=challenge, evidence=made.quote)
    with fails_with("HolderDiffers"):
        world.submit(submission)


def test_second_half_of_report_data_must_be_zero_for_a_cpu_alone(world, kind):
    submission = world.submission(KEY, kind)
    holder = world.statement(KEY, world.challenge_of(submission).hash, submission["identity"])
    made = world.evidence(world.specs[kind], holder, bytes(31) + b"\1")
    error = failure(world.registry.submit, *{**submission, "evidence": made.quote}.values())
    assert (error.name, error.values[0], text(error.values[1])) == ("EvidenceNotAccepted", 0, "SecondHalf")
    world.submit({**submission, "evidence": world.evidence(world.specs[kind], holder).quote})


def test_challenge_must_be_the_hash_of_a_recent_block(world):
    good = world.challenge()
    for wrong, refusal in (
        (Challenge(good.number, hashlib.sha256(b"no block").digest()), "HolderDiffers"),
        (Challenge(good.number - 1, good.hash), "HolderDiffers"),
        (Challenge(good.number + 10, good.hash), "ChallengeStale"),
        (Challenge(2**32 + good.number, good.hash), "ChallengeStale"),
    ):
        with fails_with(refusal):
            world.attest(KEY, challenge=wrong)
    world.attest(KEY, challenge=good)


def test_challenge_is_refused_past_its_window(world):
    old = world.challenge()
    early, late = world.submission(KEY, challenge=old), world.submission(OTHER, challenge=old)
    world.chain.mine(254)
    world.submit(early)  # in the block 256 after the challenge's
    with fails_with("ChallengeStale"):
        world.submit(late)


def test_submission_must_be_newer_than_what_is_kept(world):
    older, newer = world.submission(KEY, challenge=world.challenge(2)), world.submission(KEY)
    world.submit(newer)
    before = world.registry.recordOf(KEY)
    with fails_with("NotNewer"):
        world.submit(older)
    assert world.registry.recordOf(KEY) == before
    world.attest(KEY)
    assert world.registry.recordOf(KEY).challengeBlock > before.challengeBlock


def test_same_submission_again_changes_nothing(world):
    """Whoever was first with it, the result is the same and nobody's transaction fails."""
    submission = world.attest(KEY)
    before = world.registry.recordOf(KEY)
    world.submit(submission)
    assert world.registry.recordOf(KEY) == before


def test_challenge_serves_a_key_once(world):
    submission = world.attest(KEY)
    challenge = world.challenge_of(submission)
    spec = world.specs[Kind.SGX_V3]
    other = replace(spec, body=replace(spec.body, isv_svn=2))
    with fails_with("NotTheEvidenceKept"):
        world.attest(KEY, spec=other, challenge=challenge)
    world.attest(OTHER, spec=other, challenge=challenge)


def test_one_machine_may_have_several_workers(world):
    world.attest(KEY)
    world.attest(OTHER)
    assert world.status(KEY) == world.status(OTHER) == (True, "")


def test_evidence_of_another_kind_is_refused(world):
    """Which kind it must be stands in the identity's rule, so a submitter has no say in it."""
    sgx, tdx = world.submission(KEY), world.submission(KEY, Kind.TDX_V5)
    for evidence, identity in ((sgx, tdx["identity"]), (tdx, sgx["identity"])):
        error = failure(world.registry.submit, *{**evidence, "identity": identity}.values())
        assert (error.name, error.values[0], text(error.values[1])) == ("EvidenceNotAccepted", 0, "TeeType")


def test_evidence_is_refused_under_another_identity(world):
    spec = world.specs[Kind.SGX_V3]
    other = replace(spec, body=replace(spec.body, mr_enclave=hashlib.sha256(b"other code").digest()))
    with fails_with("IdentityUnknown"):
        world.attest(KEY, spec=other)
    # Naming the accepted one does not help.
    with fails_with("IdentityDiffers"):
        world.attest(KEY, spec=other, identity=world.identity(spec))


@pytest.mark.parametrize("broken", ["quote", "certificate", "nothing"])
def test_broken_evidence_is_refused(world, kind, broken):
    submission = world.submission(KEY, kind)
    evidence = bytearray(submission["evidence"])
    if broken == "quote":
        evidence[100] ^= 1
    if broken == "certificate":
        evidence[-1] ^= 1
    if broken == "nothing":
        evidence = bytearray()
    error = failure(world.registry.submit, *{**submission, "evidence": bytes(evidence)}.values())
    assert (error.name, error.values[0]) == ("EvidenceNotAccepted", 0)


def test_debug_enclave_is_refused_whatever_the_submitter_wants(world):
    spec = world.specs[Kind.SGX_V3]
    debug = replace(
        spec, body=replace(spec.body, attributes=bytes([spec.body.attributes[0] | 2]) + spec.body.attributes[1:])
    )
    assert build(debug).quote
    error = failure(world.registry.submit, *world.submission(KEY, spec=debug).values())
    assert (error.name, error.values[0], text(error.values[1])) == ("EvidenceNotAccepted", 1, "Debug")
