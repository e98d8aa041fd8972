# SPDX-License-Identifier: Apache-2.0
"""AttestationRegistry: how verdicts end by themselves, and how they are judged again."""

from __future__ import annotations

import pytest

from pha.attestation.intel.generator import Kind
from pha.attestation.intel.status import TcbStatus
from tests.direct_call import fails_with, send
from tests.unit.attestation_registry.registry_world import DAY, GRACE, HOUR, LOOK_AGAIN, worker_key

KEY, OTHER = worker_key(1), worker_key(2)
SGX, TDX = Kind.SGX_V3, Kind.TDX_V5
EDGE = 60
"""Seconds that a few blocks take at most."""


def test_verdict_ends_with_the_rules_age(world):
    world.accept(world.specs[SGX], max_age_hours=5)
    world.attest(KEY)
    world.pass_time(5 * HOUR)
    assert world.status(KEY) == (True, "")
    world.pass_time(1)
    assert world.status(KEY) == (False, "Expired")
    world.attest(KEY)
    assert world.status(KEY) == (True, "")


def test_verdict_ends_with_the_collateral(world, kind):
    world.attest(KEY, kind)
    end = world.registry.standingOf(KEY).validUntil
    assert end == world.specs[kind].tcb_info.next_update - 1
    world.pass_time(end - world.now())
    assert world.status(KEY) == (True, "")
    world.pass_time(1)
    assert world.status(KEY) == (False, "Expired")


@pytest.mark.parametrize("what", ["publish", "publish_identity"])
def test_newer_evaluation_ends_older_verdicts_after_grace(world, kind, what):
    world.attest(KEY, kind)
    getattr(world, what)(kind)
    world.observe(KEY)
    noticed = world.now()
    world.attest(OTHER, kind)
    world.pass_time(noticed + GRACE - world.now())
    assert world.status(KEY) == (True, "")
    world.pass_time(1)
    assert world.status(KEY) == (False, "CollateralMoved")
    assert world.status(OTHER) == (True, "")
    world.attest(KEY, kind)
    assert world.status(KEY) == (True, "")


def test_newer_evaluation_of_one_kind_leaves_others_alone(world):
    world.attest(KEY, SGX)
    world.attest(OTHER, TDX)
    world.publish(SGX)
    world.observe(KEY)
    world.observe(OTHER)
    world.pass_time(GRACE + EDGE)
    assert world.status(KEY) == (False, "CollateralMoved")
    assert world.status(OTHER) == (True, "")


def test_change_that_nobody_reports_counts_all_the_same(world):
    """Not one transaction to the registry after the attestation."""
    world.attest(KEY)
    seen = world.now()
    world.publish(SGX)
    world.pass_time(seen + LOOK_AGAIN + GRACE - world.now())
    assert world.status(KEY) == (True, "")
    world.pass_time(1)
    assert world.status(KEY) == (False, "CollateralMoved")
    # To say it late changes nothing: nobody can bring a verdict back by looking.
    world.observe(KEY)
    assert world.status(KEY) == (False, "CollateralMoved")


def test_verdict_stands_though_nobody_looks_while_nothing_changes(world):
    world.attest(KEY)
    world.pass_time(LOOK_AGAIN + GRACE + DAY)
    assert world.status(KEY) == (True, "")
    world.observe(KEY)
    assert world.status(KEY) == (True, "")


def test_second_change_does_not_put_off_the_end_that_the_first_one_set(world):
    world.attest(KEY)
    world.publish(SGX)
    world.observe(KEY)
    first = world.now()
    world.pass_time(2 * DAY)
    world.attest(OTHER)
    world.publish(SGX)
    world.observe(OTHER)
    second = world.now()
    world.pass_time(first + GRACE - world.now() + 1)
    assert world.status(KEY) == (False, "CollateralMoved")
    assert world.status(OTHER) == (True, "")
    world.pass_time(second + GRACE - world.now())
    assert world.status(OTHER) == (True, "")
    world.pass_time(1)
    assert world.status(OTHER) == (False, "CollateralMoved")


def test_judging_again_moves_a_verdict_to_the_newer_collateral(world, kind):
    """With the calldata of the submission, by anyone, long after the challenge has gone stale."""
    submission = world.attest(KEY, kind)
    before = world.registry.recordOf(KEY)
    world.pass_time(2 * DAY)
    world.chain.mine(300)
    world.publish(kind)
    world.observe(KEY)
    world.rejudge(submission)
    after = world.registry.recordOf(KEY)
    assert after.term == before.term + 1
    assert (after.attestedAt, after.challengeBlock) == (before.attestedAt, before.challengeBlock)
    world.pass_time(GRACE + EDGE)
    assert world.status(KEY) == (True, "")


def test_judging_again_does_not_lengthen_a_verdict_beyond_its_age(world):
    world.accept(world.specs[SGX], max_age_hours=24)
    submission = world.attest(KEY)
    end = world.registry.standingOf(KEY).validUntil
    world.pass_time(23 * HOUR)
    world.rejudge(submission)
    assert world.registry.standingOf(KEY).validUntil == end
    world.pass_time(end + 1 - world.now())
    assert world.status(KEY) == (False, "Expired")
    world.rejudge(submission)
    assert world.status(KEY) == (False, "Expired")


def test_judging_again_can_lower_and_raise_confidence(world):
    submission = world.attest(KEY)
    assert world.registry.standingOf(KEY).confidence == 1
    world.publish(SGX, status=TcbStatus.SW_HARDENING_NEEDED, advisory_ids=("INTEL-SA-00615",))
    world.rejudge(submission)
    assert world.registry.standingOf(KEY).confidence == 2
    assert bytes(world.registry.recordOf(KEY).advisoriesId) != bytes(16)
    world.publish(SGX, status=TcbStatus.UP_TO_DATE, advisory_ids=())
    world.rejudge(submission)
    assert world.registry.standingOf(KEY).confidence == 1
    assert bytes(world.registry.recordOf(KEY).advisoriesId) == bytes(16)


def test_judging_again_does_not_take_grace_away(world):
    """Or whoever has the calldata could drop a fleet in the block in which new collateral comes."""
    world.accept(world.specs[SGX], worst_confidence=1)
    submission = world.attest(KEY)
    world.publish(SGX, status=TcbStatus.OUT_OF_DATE)
    world.rejudge(submission)
    noticed = world.now()
    assert world.status(KEY) == (True, "")
    with fails_with("PolicyRefused"):
        world.attest(OTHER)
    world.pass_time(noticed + GRACE - world.now() + 1)
    assert world.status(KEY) == (False, "CollateralMoved")
    world.rejudge(submission)
    assert world.status(KEY) == (False, "Confidence")
    world.publish(SGX, status=TcbStatus.UP_TO_DATE)
    world.rejudge(submission)
    assert world.status(KEY) == (True, "")


def test_revoked_tcb_has_no_grace(world, kind):
    submission = world.attest(KEY, kind)
    world.publish(kind, status=TcbStatus.REVOKED)
    world.rejudge(submission)
    assert world.status(KEY) == (False, "TcbRevoked")
    with fails_with("EvidenceNotAccepted"):
        world.attest(OTHER, kind)


def test_judging_again_takes_only_the_evidence_that_is_kept(world):
    first = world.attest(KEY)
    second = world.submission(KEY)
    with fails_with("NotTheEvidenceKept"):
        world.rejudge(second)
    world.submit(second)
    before = world.registry.recordOf(KEY)
    with fails_with("NotTheEvidenceKept"):
        world.rejudge(first)
    with fails_with("KeyUnknown"):
        world.rejudge({**first, "key": OTHER})
    assert world.registry.recordOf(KEY) == before


def test_evidence_that_proves_nothing_lowers_nobody(world):
    submission = world.attest(KEY)
    before = world.registry.recordOf(KEY)
    evidence = submission["evidence"]
    for broken in (b"", evidence[:-1], evidence[:200] + bytes([evidence[200] ^ 1]) + evidence[201:]):
        with fails_with("EvidenceNotAccepted"):
            world.rejudge({**submission, "evidence": broken})
    with fails_with("EvidenceNotAccepted"):
        world.rejudge({**submission, "proof": b"\1"})
    assert world.registry.recordOf(KEY) == before


def test_judging_with_little_gas_changes_nothing(world):
    submission = world.attest(KEY)
    before = world.registry.recordOf(KEY)
    web3, sender = world.chain.provider.web3, world.sender
    challenge = world.challenge_of(submission).hash
    data = world.registry.rejudge.encode_input(KEY, challenge, submission["evidence"], b"")
    for gas in range(130_000, 200_000, 10_000):
        sent = {"from": sender.address, "to": world.registry.address, "data": data, "gas": gas}
        web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(sent), poll_latency=0.002)
        after = world.registry.recordOf(KEY)
        assert after == before
    assert world.status(KEY) == (True, "")


def test_revoked_certificate_ends_all_that_rests_on_it_at_once(world, kind):
    """One call for all workers of the machine, and no grace."""
    submissions = [world.attest(key, kind) for key in (KEY, OTHER)]
    certificates = world.certificates(world.specs[kind])
    world.strike(KEY, certificates)
    assert world.status(KEY) == (True, "")
    world.list_certificates(kind, world.specs[kind].pck.serial)
    world.strike(KEY, certificates)
    assert [world.status(key) for key in (KEY, OTHER)] == [(False, "CertificateRevoked")] * 2
    for submission in submissions:
        with fails_with("EvidenceNotAccepted"):
            world.rejudge(submission)
    with fails_with("EvidenceNotAccepted"):
        world.attest(KEY, kind)
    assert world.status(KEY) == (False, "CertificateRevoked")


def test_alarm_about_one_certificate_leaves_others_alone(world):
    world.attest(KEY, SGX)
    world.attest(OTHER, TDX)
    world.list_certificates(SGX, world.specs[SGX].pck.serial)
    world.strike(KEY, world.certificates(world.specs[SGX]))
    assert world.status(KEY) == (False, "CertificateRevoked")
    assert world.status(OTHER) == (True, "")
    world.attest(OTHER, TDX)
    assert world.status(OTHER) == (True, "")


def test_certificate_that_is_no_longer_listed_counts_again(world):
    world.attest(KEY)
    certificates = world.certificates(world.specs[SGX])
    world.list_certificates(SGX, world.specs[SGX].pck.serial)
    world.strike(KEY, certificates)
    world.pass_time(1)
    world.list_certificates(SGX)
    assert world.status(KEY) == (False, "CertificateRevoked")
    world.strike(KEY, certificates)
    assert world.status(KEY) == (True, "")


def test_strike_takes_only_the_certificates_of_the_verdict(world):
    world.attest(KEY, SGX)
    other = world.certificates(world.specs[TDX])
    for certificates in ([], other, world.certificates(world.specs[SGX]) * 2):
        with fails_with("CertificatesDiffer"):
            world.strike(KEY, certificates)
    with fails_with("CertificatesDiffer"):
        world.strike(OTHER, [])


def test_repeated_strikes_raise_one_alarm(world):
    world.attest(KEY)
    certificates = world.certificates(world.specs[SGX])
    world.list_certificates(SGX, world.specs[SGX].pck.serial)
    tag = world.registry.certificatesTagOf(world.registry.recordOf(KEY).platform, certificates)
    for _ in range(3):
        world.strike(KEY, certificates)
        assert world.registry.struckBy(tag) == 1


def test_revoked_tcb_signer_ends_all_under_its_collateral_at_once(world, kind):
    world.attest(KEY, kind)
    world.list_authority("tcb_signing")
    world.observe(KEY)
    assert world.status(KEY) == (False, "CollateralMoved")


def test_revoked_tcb_signer_ends_terms_in_grace_as_well(world):
    world.attest(KEY)
    world.publish(SGX)
    world.attest(OTHER)
    assert world.status(KEY) == (True, "")
    world.list_authority("tcb_signing")
    world.observe(OTHER)
    assert [world.status(key) for key in (KEY, OTHER)] == [(False, "CollateralMoved")] * 2


def test_revoked_tcb_signer_counts_though_nobody_reports_it(world):
    world.attest(KEY)
    world.list_authority("tcb_signing")
    world.pass_time(LOOK_AGAIN + EDGE)
    assert world.status(KEY) == (False, "AuthorityRevoked")


@pytest.mark.parametrize("authority", ["processor_ca"])
def test_revoked_ca_ends_what_rests_on_its_certificates(world, authority):
    world.attest(KEY)
    world.list_authority(authority)
    world.strike(KEY, world.certificates(world.specs[SGX]))
    assert world.status(KEY) == (False, "CertificateRevoked")


def test_ground_that_nothing_was_attested_under_is_not_observed(world):
    world.attest(KEY)
    serial, ground = world.ground(KEY)
    for wrong in ((serial + 1, ground), (serial, bytes(32)), (2**255, ground)):
        with fails_with("GroundUnknown"):
            send(world.sender, world.registry.observe, *wrong)
