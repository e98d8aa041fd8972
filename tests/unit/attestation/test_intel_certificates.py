# SPDX-License-Identifier: Apache-2.0
"""What may be put into the certificates contract, by whom, and what may not."""

from __future__ import annotations

from dataclasses import replace

import ape
import pytest

from pha.attestation.intel.calldata import authority_key, pck_id, revocation_order, serial_fingerprint
from pha.attestation.intel.generator import Kind, build, issue
from pha.attestation.intel.generator.certificates import KeyRing, issue_crl
from tests.direct_call import fails_with, failure, refusal

DAY = 86_400


@pytest.fixture
def evidence(good_evidence):
    return good_evidence(Kind.TDX_V4)


@pytest.fixture
def ring(evidence):
    return KeyRing(evidence.spec.seed)


@pytest.fixture
def certificates(empty_suite):
    return empty_suite.certificates


@pytest.fixture
def platform(empty_suite, evidence) -> int:
    empty_suite.put_crl(0, evidence.root_crl)
    return empty_suite.put_authority(evidence.platform_ca.der)


def reissue(ring, spec, issuer, **changes) -> bytes:
    return issue(ring, replace(spec, **changes), issuer).der


def test_anyone_puts_in_what_intel_signed(certificates, evidence, stranger):
    certificates.putAuthority(evidence.platform_ca.der, sender=stranger)
    authority = certificates.findAuthority(*authority_key(evidence.platform_ca.der))
    assert certificates.getAuthority(authority).role == 2
    assert certificates.authorityNamed(authority_key(evidence.platform_ca.der)[0]) == authority


def test_authority_is_refused_when_signed_by_another_key(certificates, evidence, ring, stranger):
    der = reissue(ring, evidence.spec.platform_ca, evidence.spec.root, signer="stranger")
    with ape.reverts(certificates.SignatureInvalid):
        certificates.putAuthority(der, sender=stranger)


def test_authority_is_refused_when_issuer_is_not_the_root(certificates, evidence, ring, stranger):
    der = reissue(ring, evidence.spec.tcb_signing, evidence.spec.platform_ca)
    with ape.reverts(certificates.IssuerUnknown):
        certificates.putAuthority(der, sender=stranger)


@pytest.mark.parametrize(
    "changes",
    [
        {"is_ca": False},
        {"common_name": "Phala SGX PCK Some CA"},
        {"with_basic_constraints": False},
    ],
    ids=str,
)
def test_authority_is_refused_when_role_is_unclear(changes, certificates, evidence, ring):
    der = reissue(ring, evidence.spec.platform_ca, evidence.spec.root, **changes)
    error = failure(certificates.putAuthority, der)
    assert (error.name, error.values[0].rstrip(b"\0")) == ("CertificateRefused", b"RoleUnknown")


@pytest.mark.parametrize(("start", "end"), [(-2 * DAY, -DAY), (2 * DAY, 3 * DAY)], ids=["expired", "early"])
def test_authority_is_refused_outside_its_window(start, end, certificates, evidence, ring, stranger):
    der = reissue(
        ring,
        evidence.spec.platform_ca,
        evidence.spec.root,
        not_before=evidence.at + start,
        not_after=evidence.at + end,
    )
    with ape.reverts(certificates.OutsideValidity):
        certificates.putAuthority(der, sender=stranger)


def test_authority_is_replaced_only_by_a_newer_certificate_of_its_key(platform, certificates, evidence, ring, stranger):
    spec = evidence.spec.platform_ca
    before = certificates.getAuthority(platform)
    assert not certificates.putAuthority(evidence.platform_ca.der, sender=stranger).events
    assert certificates.getAuthority(platform) == before
    twin = reissue(ring, spec, evidence.spec.root, serial=99)  # of the same date, and another
    with ape.reverts(certificates.NotNewer):
        certificates.putAuthority(twin, sender=stranger)
    older = reissue(ring, spec, evidence.spec.root, not_before=spec.not_before - DAY)
    with ape.reverts(certificates.NotNewer):
        certificates.putAuthority(older, sender=stranger)
    newer = reissue(ring, spec, evidence.spec.root, not_before=spec.not_before + DAY)
    certificates.putAuthority(newer, sender=stranger)
    assert certificates.findAuthority(*authority_key(newer)) == platform
    assert certificates.getAuthority(platform).notBefore == spec.not_before + DAY


def test_revocation_list_marks_its_serials_and_no_other(platform, empty_suite, evidence):
    empty_suite.put_crl(platform, evidence.platform_crl)
    is_revoked = empty_suite.certificates.isRevoked
    for serial in evidence.spec.platform_crl.revoked:
        assert is_revoked(platform, serial_fingerprint(serial))
        assert not is_revoked(0, serial_fingerprint(serial))
    assert not is_revoked(platform, serial_fingerprint(evidence.spec.pck.serial))
    assert not is_revoked(platform, bytes(16))
    assert not is_revoked(platform, b"\xff" * 16)


def test_revocation_list_is_refused_when_the_order_lies(platform, certificates, evidence, stranger):
    crl, order = evidence.platform_crl, revocation_order(evidence.platform_crl)
    pairs = [order[i : i + 2] for i in range(0, len(order), 2)]
    lies = {
        "swapped": b"".join([pairs[1], pairs[0], *pairs[2:]]),
        "repeated": b"".join([pairs[0], *pairs[:-1]]),
        "left out": b"".join(pairs[:-1]),
        "one more": order + pairs[0],
        "past the end": b"".join([*pairs[:-1], b"\xff\xff"]),
        "empty": b"",
    }
    for lie in lies.values():
        assert refusal(certificates.putRevocationList, platform, crl, lie) == "OrderWrong"
    certificates.putRevocationList(platform, crl, order, sender=stranger)


def test_revocation_list_never_goes_back(platform, empty_suite, certificates, evidence, ring):
    spec = replace(evidence.spec.platform_crl, number=5)
    at = evidence.at

    def crl(number: int, this_update: int) -> bytes:
        return issue_crl(ring, replace(spec, number=number, this_update=this_update), evidence.spec.platform_ca)

    empty_suite.put_crl(platform, crl(5, at - 100))
    for number, this_update in ((4, at - 50), (5, at - 101), (6, at - 101), (6, at - 100)):
        with fails_with("NotNewer"):
            empty_suite.put_crl(platform, crl(number, this_update))
    before = certificates.getRevocationList(platform)
    empty_suite.put_crl(platform, crl(5, at - 100))
    assert certificates.getRevocationList(platform) == before
    empty_suite.put_crl(platform, crl(5, at - 99))
    after = certificates.getRevocationList(platform)
    assert (after.number, after.thisUpdate) == (5, at - 99)
    # The same serials again are not written again.
    assert after.serials == before.serials


def test_revocation_list_is_refused_when_signed_by_another(platform, empty_suite, certificates, evidence, ring):
    forged = issue_crl(ring, replace(evidence.spec.platform_crl, signer="stranger"), evidence.spec.platform_ca)
    with fails_with("SignatureInvalid"):
        empty_suite.put_crl(platform, forged)
    with fails_with("IssuerUnknown"):
        empty_suite.put_crl(0, evidence.platform_crl)
    signer = empty_suite.put_authority(evidence.tcb_signing.der)
    with fails_with("CertificateRefused"):
        empty_suite.put_crl(signer, issue_crl(ring, evidence.spec.platform_crl, evidence.spec.tcb_signing))


def test_empty_revocation_list_frees_what_was_revoked(platform, empty_suite, certificates, evidence, ring):
    empty_suite.put_crl(platform, evidence.platform_crl)
    spec = replace(evidence.spec.platform_crl, revoked=(), this_update=evidence.spec.platform_crl.this_update + 1)
    empty_suite.put_crl(platform, issue_crl(ring, spec, evidence.spec.platform_ca))
    assert not certificates.isRevoked(platform, serial_fingerprint(evidence.spec.platform_crl.revoked[0]))


def test_unusual_serials_are_known_by_the_same_fingerprint(platform, empty_suite, certificates, evidence, ring):
    serials = (1, 127, 128, 2**64, 2**158 + 3, 2**159 - 1)
    spec = replace(evidence.spec.platform_crl, revoked=serials)
    empty_suite.put_crl(platform, issue_crl(ring, spec, evidence.spec.platform_ca))
    assert all(certificates.isRevoked(platform, serial_fingerprint(serial)) for serial in serials)
    assert not certificates.isRevoked(platform, serial_fingerprint(2))


def test_pck_is_kept_once_and_only_when_genuine(platform, certificates, evidence, ring, stranger):
    der = evidence.pck.der
    certificates.putPck(der, sender=stranger)
    pck = certificates.getPck(pck_id(der))
    extension = evidence.spec.pck.extension
    assert (bytes(pck.ppid), bytes(pck.fmspc), bytes(pck.pceId)) == (
        extension.ppid,
        extension.fmspc,
        extension.pce_id,
    )
    assert (bytes(pck.cpuSvn), pck.pceSvn) == (bytes(extension.components), extension.pce_svn)
    assert bytes(pck.serial) == serial_fingerprint(evidence.spec.pck.serial)
    assert not certificates.putPck(der, sender=stranger).events
    for at in (100, 700, len(der) - 5):
        bent = der[:at] + bytes([der[at] ^ 1]) + der[at + 1 :]
        assert refusal(certificates.putPck, bent) != "reverted"


def test_pck_not_examined_in_this_transaction_is_not_kept(platform, certificates, evidence, stranger):
    pck = certificates.readPck(evidence.pck.der).pck
    with ape.reverts(certificates.NotExamined):
        certificates.keepExaminedPck(pck_id(evidence.pck.der), pck, sender=stranger)
    certificates.examinePck(evidence.pck.der, sender=stranger)
    with ape.reverts(certificates.NotExamined):
        certificates.keepExaminedPck(pck_id(evidence.pck.der), pck, sender=stranger)


@pytest.mark.parametrize("kind", ["authority", "crl", "pck"])
def test_der_is_refused_when_cut_or_bent_anywhere_in_its_frame(kind, platform, certificates, evidence):
    method, der, *others = {
        "authority": (certificates.putAuthority, evidence.tcb_signing.der),
        "crl": (certificates.putRevocationList, evidence.processor_crl, b""),
        "pck": (certificates.readPck, evidence.pck.der),
    }[kind]

    def refused(data: bytes) -> str:
        return refusal(method, *((platform, data, *others) if kind == "crl" else (data,)))

    for cut in (0, 1, 3, 5, 20, len(der) // 2, len(der) - 1):
        assert refused(der[:cut]) == "MalformedDer"
    assert refused(der + b"\0") == "MalformedDer"
    for at in (0, 1, 4, 8, 13, 36):
        for value in (0x00, 0x84):
            if der[at] != value:
                assert refused(der[:at] + bytes([value]) + der[at + 1 :]) != "reverted"


def test_constructor_refuses_what_is_no_root(project, deployer, evidence):
    for der in (evidence.platform_ca.der, evidence.tcb_signing.der, evidence.root_der[:-1] + b"\x00"):
        with ape.reverts():
            deployer.deploy(project.IntelCertificates, der)


def test_revoked_authority_ends_what_it_issued(empty_suite, create_suite, evidence, ring):
    suite = create_suite(evidence)
    assert suite.judge(evidence.quote).outcome == "Accepted"
    serial = evidence.platform_ca.certificate.serial_number
    spec = replace(evidence.spec.root_crl, revoked=(serial,), this_update=evidence.spec.root_crl.this_update + 1)
    suite.put_crl(0, issue_crl(ring, spec, evidence.spec.root))
    assert (suite.judge(evidence.quote).outcome, suite.judge(evidence.quote).reason) == (
        "Invalid",
        "PckCaRevoked",
    )


def test_revoked_pck_stops_attesting_even_when_kept(create_suite, evidence, ring):
    suite = create_suite(evidence)
    suite.verify(evidence.quote)
    serial = evidence.spec.pck.serial
    old = evidence.spec.platform_crl
    spec = replace(old, revoked=(*old.revoked, serial), this_update=old.this_update + 1)
    ca = suite.certificates.findAuthority(*authority_key(evidence.platform_ca.der))
    suite.put_crl(ca, issue_crl(ring, spec, evidence.spec.platform_ca))
    assert suite.judge(evidence.quote).reason == "PckRevoked"


def test_processor_pck_is_judged_by_the_processors_list_alone(create_suite, good_evidence, ring):
    evidence = good_evidence(Kind.SGX_V3)
    spec = evidence.spec
    both = build(
        replace(
            spec,
            platform_crl=replace(spec.platform_crl, revoked=(*spec.platform_crl.revoked, spec.pck.serial)),
        )
    )
    assert create_suite(both).judge(both.quote).outcome == "Accepted"
    own = build(replace(spec, processor_crl=replace(spec.processor_crl, revoked=(spec.pck.serial,))))
    assert create_suite(own).judge(own.quote).reason == "PckRevoked"
