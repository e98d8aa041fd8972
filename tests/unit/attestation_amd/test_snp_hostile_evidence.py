# SPDX-License-Identifier: Apache-2.0
"""Evidence cut, padded, bent and recombined: always a verdict with a reason, never a revert, never accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from web3.exceptions import Web3Exception

from pha.attestation.amd.calldata import endorsement_id, report_hints
from pha.attestation.amd.generator import Extension, KeyRing, build, issue
from pha.attestation.amd.product import Product
from pha.attestation.amd.report import signature_field
from pha.cryptography.p384 import N
from tests.unit.attestation_amd.snp_suite import DEBUG, STALE_REVOCATION, cached_table, refusal

REPORT, HINTS_END = 1184, 1184 + 6288


@pytest.fixture(scope="module")
def evidence(good_spec):
    return build(good_spec())


@pytest.fixture(scope="module")
def raw(suite, evidence) -> bytes:
    return suite.with_certificate(evidence)


def bent(raw: bytes, position: int, bits: int = 1) -> bytes:
    changed = bytearray(raw)
    changed[position] ^= bits
    return bytes(changed)


def test_judge_names_a_reason_when_evidence_is_cut_or_padded(suite, raw):
    edges = (0, 1, 671, 672, 1183, 1184, 1185, HINTS_END, HINTS_END + 1, HINTS_END + 31, HINTS_END + 33, len(raw) - 1)
    for cut in edges:
        verdict = suite.judge_raw(raw[:cut])
        assert verdict.outcome == "Invalid", cut
        assert verdict.reason, cut
    assert suite.judge_raw(raw[: HINTS_END + 31]).reason == "EvidenceTooShort"
    assert suite.judge_raw(raw + b"\0").words == ("Invalid", "CertificateMalformed")
    assert suite.judge_raw(raw + bytes(4000)).words == ("Invalid", "CertificateTooLong")


@pytest.mark.parametrize("position", [0, 47, 48, 95, 96, 144, 3000, 6239, 6240, 6287])
@pytest.mark.parametrize("bits", [0x01, 0x80])
def test_judge_takes_no_other_hints_than_the_right_ones(position, bits, suite, raw):
    assert suite.judge_raw(bent(raw, REPORT + position, bits)).words == ("Invalid", "ReportSignature")


def test_judge_takes_no_hints_of_another_signature(suite, good_spec, raw):
    other = replace(good_spec(), report=replace(good_spec().report, guest_svn=8))
    theirs = suite.with_certificate(build(other))
    assert suite.judge_raw(theirs).words == ("Accepted", "")
    mixed = raw[:REPORT] + theirs[REPORT:]
    assert suite.judge_raw(mixed).words == ("Invalid", "ReportSignature")
    assert suite.judge_raw(raw[:REPORT] + bytes(6288) + raw[HINTS_END:]).words == ("Invalid", "ReportSignature")


def test_judge_finds_a_changed_report_invalid_wherever_no_rule_looks(suite, raw):
    """Fields that nothing is asked of are signed like all others."""
    for position in (0x04, 0x10, 0x2F, 0x50, 0x8F, 0x90, 0xBF, 0xC0, 0xE0, 0x110, 0x140, 0x160, 0x1E8, 0x1EE):
        assert suite.judge_raw(bent(raw, position)).words == ("Invalid", "ReportSignature"), hex(position)
    for position in (0x2A0, 0x2CF, 0x2E8, 0x317):
        assert suite.judge_raw(bent(raw, position)).words == ("Invalid", "ReportSignature"), hex(position)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (N, 1), (1, N), (2**384 - 1, 2**384 - 1)])
def test_judge_finds_signatures_out_of_range_invalid(r, s, suite, raw):
    changed = raw[:0x2A0] + signature_field(r, s) + raw[REPORT:]
    assert suite.judge_raw(changed).words == ("Invalid", "ReportSignature")


def test_the_other_s_is_as_good_as_ecdsa_has_it(suite, evidence, raw):
    """Whoever counts reports must not count them by their signatures."""
    r, s = evidence.parsed_report.components()
    twin = replace(evidence.parsed_report, signature=signature_field(r, N - s))
    point = KeyRing(evidence.spec.seed).point(evidence.spec.report_signer)
    table = cached_table((int.from_bytes(point[:48], "big"), int.from_bytes(point[48:], "big")))
    changed = twin.to_bytes() + report_hints(twin, table) + raw[HINTS_END:]
    assert suite.judge_raw(changed).words == ("Accepted", "")


def test_judge_names_what_is_wrong_with_the_certificate(suite, good_spec, evidence, raw):
    head, ring = raw[:HINTS_END], KeyRing(evidence.spec.seed)
    spec = evidence.spec.endorsement
    index = raw[HINTS_END : HINTS_END + 1]
    cases = {
        b"\0" + evidence.endorsement: "CertificateUnknown",
        b"\xff" + evidence.endorsement: "CertificateUnknown",
        endorsement_id(b"never seen"): "CertificateUnknown",
        index + bytes(1361): "CertificateMalformed",
        index + evidence.authority: "CertificateIssuer",
        index + bent(evidence.endorsement, len(evidence.endorsement) - 1): "CertificateSignature",
        index + issue(ring, replace(spec, signer="ask-genoa")): "CertificateSignature",
        index + issue(ring, replace(spec, not_after=evidence.spec.at - 1)): "CertificateOutsideValidity",
        index + issue(ring, replace(spec, common_name="SEV-VLEK")): "IssuerWrong",
        index + build(good_spec(Product.GENOA)).endorsement: "CertificateIssuer",
        index + issue(ring, replace(spec, key="vcek-of-another-firmware")): "KeyNotTabled",
        index + issue(ring, replace(spec, key="vcek-genoa")): "ReportSignature",
    }
    for tail, reason in cases.items():
        assert suite.judge_raw(head + tail).words == ("Invalid", reason)


def test_another_lines_issuer_does_not_vouch_for_a_chip(suite, good_spec, raw):
    genoa = suite.authority(build(good_spec(Product.GENOA)))
    assert suite.judge_raw(raw[:HINTS_END] + bytes([genoa]) + raw[HINTS_END + 1 :]).reason == "CertificateIssuer"


def test_verify_keeps_nothing_and_says_so_when_evidence_is_invalid(suite, evidence, raw):
    receipt = suite.verify_raw(bent(raw, REPORT), STALE_REVOCATION)
    assert [event.event_name for event in receipt.events] == ["EvidenceJudged"]
    assert receipt.events[0].outcome == 0
    name = endorsement_id(evidence.endorsement)
    assert refusal(suite.certificates.getEndorsement, name) == "CertificateUnknown"


def test_verify_keeps_the_certificate_once_it_comes_with_genuine_evidence(suite, evidence, raw, good_spec, stranger):
    debugged = replace(good_spec(), report=replace(good_spec().report, policy=0x30000 | 1 << 19))
    receipt = suite.verify_raw(suite.with_certificate(build(debugged)))
    assert [event.event_name for event in receipt.events] == ["EndorsementPut", "EvidenceJudged"]
    assert receipt.events[1].outcome == 1
    assert suite.judge_raw(suite.with_id(build(debugged)), DEBUG).words == ("Accepted", "")
    # From then on the id is enough, and bringing the certificate does no harm.
    for known in (suite.with_id(evidence), raw):
        receipt = suite.verifier.verify(known, 0, sender=stranger)
        assert [event.event_name for event in receipt.events] == ["EvidenceJudged"]
        assert receipt.events[0].outcome == 2


def test_verdict_does_not_depend_on_the_gas_a_caller_sends(suite, chain, raw):
    """With too little a call reverts: it never says that good evidence is bad."""
    method = suite.verifier.judge
    call = {"to": suite.verifier.address, "data": method.encode_input(raw, 0)}
    outcomes = set()
    for gas in (260_000, 400_000, 600_000, 800_000, 1_000_000, 1_100_000, 1_200_000, 1_300_000, 1_400_000, 3_000_000):
        try:
            answer = bytes(chain.provider.web3.eth.call({**call, "gas": gas}))
        except (Web3Exception, ValueError):
            outcomes.add("reverted")
            continue
        # kind and outcome are the tuple's first two words.
        assert int.from_bytes(answer[64:96], "big") == 2, gas
        outcomes.add("accepted")
    assert outcomes == {"reverted", "accepted"}


def test_bad_evidence_costs_a_bounded_amount_of_gas(suite, chain, evidence, raw):
    """The most that a caller can have the chain do: a certificate as long as is taken, right but for its signature."""
    ring, spec = KeyRing(evidence.spec.seed), evidence.spec.endorsement
    vendor = replace(spec.vendor, extra=(Extension("1.2.3.4", bytes(2700)),))
    index = raw[HINTS_END : HINTS_END + 1]
    cases = {
        issue(ring, replace(spec, vendor=vendor)): "",
        issue(ring, replace(spec, vendor=vendor, signer="ask-genoa")): "CertificateSignature",
    }
    for certificate, reason in cases.items():
        assert 4000 < len(certificate) <= 4096
        call = {
            "to": suite.verifier.address,
            "data": suite.verifier.judge.encode_input(raw[:HINTS_END] + index + certificate, 0),
            "gas": 2_600_000,
        }
        answer = bytes(chain.provider.web3.eth.call(call))
        # The tuple's fourth word.
        assert answer[128:160].rstrip(b"\0").decode() == reason
