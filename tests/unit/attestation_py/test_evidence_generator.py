# SPDX-License-Identifier: Apache-2.0
"""Made-up evidence: deterministic, visibly made up, real-sized, and good for an independent judge."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from pha.attestation.intel.chains import common_name
from pha.attestation.intel.collateral import certificates
from pha.attestation.intel.generator import CrlSpec, KeyRing, Kind, build, good
from pha.attestation.intel.generator.broken import ORACLE_KINDS
from pha.attestation.intel.oracle import judge
from pha.attestation.intel.tcb import parse_enclave_identity, parse_tcb_info

# Lengths of real evidence: leaf and intermediate certificates, quotes, texts and lists of 2025 and 2026.
REAL = {
    "pck": 1_269,
    "quote": 5_006,
    "tcb_info_tdx": 4_113,
    "tcb_info_sgx": 4_520,
    "qe_tdx": 461,
    "pck_crl": 3_355,
}


@pytest.mark.parametrize("kind", ORACLE_KINDS, ids=lambda kind: kind.value)
def test_good_evidence_is_up_to_date_for_an_independent_judge(kind):
    evidence = build(good(kind))
    verdict = judge(evidence.quote, evidence.collateral, evidence.at, evidence.root_der)
    assert (verdict.status, verdict.advisory_ids) == ("UpToDate", ())
    assert verdict.ppid == evidence.spec.pck.extension.ppid


@pytest.mark.parametrize("kind", ORACLE_KINDS, ids=lambda kind: kind.value)
def test_good_evidence_is_refused_under_another_root(kind):
    evidence, other = build(good(kind)), build(good(kind, seed=b"another seed"))
    assert not judge(evidence.quote, evidence.collateral, evidence.at, other.root_der).accepted
    assert not judge(evidence.quote, evidence.collateral, evidence.at).accepted


def test_equal_specs_give_equal_bytes(evidence):
    again = build(good(evidence.spec.kind))
    assert again.quote == evidence.quote
    assert again.collateral == evidence.collateral


def test_another_seed_gives_other_keys_and_platform(evidence):
    other = build(good(evidence.spec.kind, seed=b"another seed"))
    assert other.root_der != evidence.root_der
    assert other.parsed_quote.attestation_key != evidence.parsed_quote.attestation_key
    assert other.spec.pck.extension.ppid != evidence.spec.pck.extension.ppid


def test_certificates_say_that_they_are_not_the_vendors(evidence):
    assert "NOT FOR PRODUCTION" in common_name(evidence.root.certificate)
    for issued in (
        evidence.root,
        evidence.platform_ca,
        evidence.processor_ca,
        evidence.tcb_signing,
        evidence.pck,
    ):
        names = issued.certificate.subject.rfc4514_string() + issued.certificate.issuer.rfc4514_string()
        assert "Intel" not in names
        assert "Test Evidence Co." in names


def test_evidence_is_as_large_as_real_evidence(tdx, sgx):
    assert abs(len(tdx.pck.der) - REAL["pck"]) <= 2
    assert len(tdx.collateral.tcb_info) == REAL["tcb_info_tdx"]
    assert abs(len(sgx.collateral.tcb_info) - REAL["tcb_info_sgx"]) <= 200
    assert len(tdx.collateral.qe_identity) == REAL["qe_tdx"]
    assert abs(len(tdx.platform_crl) - REAL["pck_crl"]) <= 40
    assert REAL["quote"] <= len(tdx.quote) <= REAL["quote"] + 120  # the test root's name is longer


def test_platform_certificates_hold_what_only_they_hold():
    platform, processor = good(Kind.TDX_V4).pck, good(Kind.SGX_V3).pck
    assert (platform.ca, processor.ca) == ("platform", "processor")
    assert platform.extension.platform_instance_id is not None
    assert processor.extension.platform_instance_id is None
    assert processor.extension.configuration is None


def test_quote_carries_leaf_intermediate_and_root(evidence):
    chain = certificates(evidence.parsed_quote.qe.certification.data, "chain")
    ca = evidence.platform_ca if evidence.spec.pck.ca == "platform" else evidence.processor_ca
    assert chain == [evidence.pck.certificate, ca.certificate, evidence.root.certificate]


def test_texts_are_exactly_what_the_specs_say(evidence):
    assert parse_tcb_info(evidence.collateral.tcb_info) == evidence.spec.tcb_info
    assert parse_enclave_identity(evidence.collateral.qe_identity) == evidence.spec.qe_identity


def test_revocation_list_holds_number_dates_and_serials():
    spec = good(Kind.TDX_V4)
    spec = replace(spec, platform_crl=CrlSpec(9, spec.at - 5, spec.at + 5, (3, 2**158 + 1)))
    crl = x509.load_der_x509_crl(build(spec).platform_crl)
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value
    assert number.crl_number == 9
    assert {entry.serial_number for entry in crl} == {3, 2**158 + 1}
    assert (crl.last_update_utc.timestamp(), crl.next_update_utc.timestamp()) == (spec.at - 5, spec.at + 5)


def test_keys_follow_from_seed_and_name_alone():
    ring = KeyRing(b"seed")
    assert ring.point("a") == KeyRing(b"seed").point("a")
    assert len({ring.point("a"), ring.point("b"), KeyRing(b"seeda").point(""), KeyRing(b"see").point("da")}) == 4
    assert isinstance(ring.key("a").curve, ec.SECP256R1)
    assert ring.sign("a", b"message") == ring.sign("a", b"message")
