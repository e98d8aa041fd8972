# SPDX-License-Identifier: Apache-2.0
"""Reports and certificates that AMD's hardware and key server made get the verdicts that come with them."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from eth_utils import keccak

from pha.attestation.amd.calldata import evidence, serial_fingerprint
from pha.attestation.amd.generator import roots
from pha.attestation.amd.product import Product
from tests.unit.attestation_amd.snp_suite import DEBUG, STALE_REVOCATION, UP_TO_DATE, SnpSuite, text


@pytest.fixture(scope="module")
def amd(evidence_dir):
    return evidence_dir / "amd"


@pytest.fixture(scope="module")
def chains(amd) -> dict[Product, tuple[bytes, bytes]]:
    """ASK and ARK of each product line, DER."""
    found = {}
    for product in Product:
        pem = (amd / f"{product.title.lower()}.ask_ark.pem").read_bytes()
        ask, ark = (entry.public_bytes(Encoding.DER) for entry in x509.load_pem_x509_certificates(pem))
        found[product] = ask, ark
    return found


@pytest.fixture(scope="module")
def suite(project, deployer, chains) -> SnpSuite:
    return SnpSuite(project, deployer, tuple(ark for _, ark in chains.values()))


@pytest.fixture(scope="module")
def milan(suite, chains) -> int:
    return suite.put_authority(Product.MILAN, chains[Product.MILAN][0])


def test_roots_are_production_when_amd_made_them(suite, empty_suite):
    assert suite.certificates.isProductionRoot()
    assert not empty_suite.certificates.isProductionRoot()


def test_roots_are_not_production_when_one_of_them_is_not_amds(project, deployer, chains, evidence_time):
    _, genoa, turin = roots(evidence_time)
    milan = chains[Product.MILAN][1]
    assert not deployer.deploy(project.AmdCertificates, milan, genoa, turin).isProductionRoot()


@pytest.mark.parametrize("product", list(Product), ids=lambda product: product.title)
def test_signing_key_is_taken_when_amd_issued_it(product, suite, chains):
    ask, ark = chains[product]
    index = suite.put_authority(product, ask)
    authority = suite.certificates.getAuthority(index)
    parsed = x509.load_der_x509_certificate(ask)
    assert authority.product == product
    assert authority.serial == serial_fingerprint(parsed.serial_number)
    assert authority.notBefore == int(parsed.not_valid_before_utc.timestamp())
    assert authority.notAfter == int(parsed.not_valid_after_utc.timestamp())
    root = suite.certificates.getRoot(product)
    assert root.serial == serial_fingerprint(x509.load_der_x509_certificate(ark).serial_number)


def test_report_is_accepted_when_everything_is_good(amd, suite, milan):
    report, vcek = (amd / "milan.report").read_bytes(), (amd / "milan.vcek.der").read_bytes()
    suite.put_table(vcek)
    raw = evidence(report, vcek, milan)
    judgement = suite.judge_raw(raw, STALE_REVOCATION)
    assert judgement.words == ("Accepted", "")
    verdict = judgement.raw
    assert text(verdict.kind) == "amd.sev-snp"
    assert verdict.status == UP_TO_DATE
    assert verdict.report == report[:0x2A0]
    assert verdict.platform == keccak(report[0x1A0:0x1E0])
    assert text(verdict.platformModel) == "Milan"
    assert verdict.certificate == keccak(vcek)
    assert verdict.validUntil == 1_901_474_623  # the VCEK's end, 2030-04-03 19:23:43 UTC

    receipt = suite.verify_raw(raw, STALE_REVOCATION)
    assert [event.event_name for event in receipt.events] == ["EndorsementPut", "EvidenceJudged"]
    assert suite.judge_raw(evidence(report, vcek), STALE_REVOCATION).words == ("Accepted", "")


def test_report_is_refused_when_nothing_says_that_its_chain_is_not_revoked(amd, suite, milan):
    vcek = (amd / "milan.vcek.der").read_bytes()
    suite.put_table(vcek)
    raw = evidence((amd / "milan.report").read_bytes(), vcek, milan)
    assert suite.judge_raw(raw).words == ("Refused", "CrlMissing")


def test_report_is_refused_when_its_policy_allows_debugging(amd, suite, milan):
    report = (amd / "milan_debug_policy.report").read_bytes()
    vcek = (amd / "milan_debug_policy.vcek.der").read_bytes()
    suite.put_table(vcek)
    raw = evidence(report, vcek, milan)
    assert suite.judge_raw(raw, STALE_REVOCATION).words == ("Refused", "Debug")
    assert suite.judge_raw(raw, STALE_REVOCATION | DEBUG).words == ("Accepted", "")


@pytest.mark.parametrize("position", [0x08, 0x50, 0x90, 0x1A0, 0x29F, 0x2A0, 0x2CF, 0x2E8, 0x317])
def test_report_is_invalid_when_any_byte_of_it_differs(position, amd, suite, milan):
    vcek = (amd / "milan.vcek.der").read_bytes()
    suite.put_table(vcek)
    raw = bytearray(evidence((amd / "milan.report").read_bytes(), vcek, milan))
    raw[position] ^= 1
    assert suite.judge_raw(bytes(raw), STALE_REVOCATION).outcome == "Invalid"
