# SPDX-License-Identifier: Apache-2.0
"""What may be put into AmdCertificates, and what may not. All is signed properly unless a case says otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak

from pha.attestation.amd.calldata import authority_key, endorsement_id, serial_fingerprint
from pha.attestation.amd.certificate import PSS_SHORT, parse_certificate
from pha.attestation.amd.generator import CertificateSpec, Extension, KeyRing, build, issue, issue_crl, roots
from pha.attestation.amd.generator.spec import root_spec
from pha.attestation.amd.product import Product, TcbVersion
from pha.attestation.intel import der
from tests.unit.attestation_amd.snp_suite import STALE_REVOCATION, SnpSuite, deployment_refusal, refusal

DAY, YEAR = 86_400, 365 * 86_400
MILAN, GENOA = Product.MILAN, Product.GENOA
UNKNOWN = Extension("1.2.3.4", b"\x05\x00")


@pytest.fixture
def spec(good_spec):
    return good_spec()


@pytest.fixture
def evidence(spec):
    return build(spec)


@pytest.fixture
def ring(spec):
    return KeyRing(spec.seed)


@pytest.fixture
def certificates(empty_suite):
    return empty_suite.certificates


@pytest.fixture
def authority(empty_suite, evidence) -> int:
    return empty_suite.put_authority(MILAN, evidence.authority)


# --- roots ---


@pytest.mark.parametrize(
    "changes",
    [
        {"common_name": "ARK-Genoa", "issuer_name": "ARK-Genoa"},
        {"common_name": "ARK-Milan2", "issuer_name": "ARK-Milan2"},
        {"issuer_name": "ARK-Other"},
        {"signer": "ark-genoa"},
        {"is_ca": False},
        {"usage": 0x04},
        {"usage": 0x02},
        {"usage": None},
        {"rsa": False},
    ],
    ids=str,
)
def test_store_refuses_root_when_it_is_no_self_signed_one_of_its_line(changes, project, chain, evidence_time, ring):
    _, genoa, turin = roots(evidence_time)
    milan = issue(ring, replace(root_spec(MILAN, evidence_time), **changes))
    assert deployment_refusal(project.AmdCertificates, chain.provider, milan, genoa, turin) == "RootRefused"


def test_store_refuses_roots_when_they_are_exchanged(project, chain, evidence_time):
    milan, genoa, turin = roots(evidence_time)
    assert deployment_refusal(project.AmdCertificates, chain.provider, genoa, milan, turin) == "RootRefused"


def test_root_is_read_as_it_stands(certificates, spec, ring):
    root = certificates.getRoot(MILAN)
    assert root.notBefore == spec.root.not_before
    assert root.notAfter == spec.root.not_after
    assert root.serial == serial_fingerprint(spec.root.serial)
    assert root.subject == keccak(parse_certificate(issue(ring, spec.root)).subject)
    assert refusal(certificates.getRoot, 0) == "ProductUnknown"


# --- ASK and ASVK ---


@pytest.mark.parametrize(("loaded", "role"), [(False, 1), (True, 2)])
def test_anyone_puts_in_what_a_root_signed(loaded, role, certificates, good_spec, stranger):
    evidence = build(good_spec(loaded=loaded))
    receipt = certificates.putAuthority(MILAN, evidence.authority, sender=stranger)
    (event,) = receipt.decode_logs(certificates.AuthorityPut)
    found = certificates.getAuthority(certificates.findAuthority(*authority_key(evidence.authority)))
    assert (found.role, found.product, event.role) == (role, MILAN, role)
    assert found.notAfter == evidence.spec.authority.not_after


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"signer": "ark-genoa"}, "SignatureInvalid"),
        ({"signer": "ask-milan"}, "SignatureInvalid"),
        ({"issuer_name": "ARK-Genoa"}, "IssuerUnknown"),
        ({"is_ca": False}, "NotAnAuthority"),
        ({"usage": None}, "NotAnAuthority"),
        ({"usage": 0x02}, "NotAnAuthority"),
        ({"rsa": False}, "NotAnAuthority"),
        ({"common_name": "SEV-Genoa"}, "RoleUnknown"),
        ({"common_name": "SEV-Milan-"}, "RoleUnknown"),
        ({"common_name": "ARK-Milan"}, "RoleUnknown"),
        ({"extra": (replace(UNKNOWN, critical=True),)}, "ExtensionCritical"),
        ({"extra": (Extension("2.5.29.19", der.sequence(der.boolean(True)), True),)}, "ExtensionRepeated"),
        ({"outer_algorithm": PSS_SHORT}, "AlgorithmsDiffer"),
        ({"algorithm": der.sequence(der.object_id("1.2.840.113549.1.1.12"))}, "AlgorithmUnsupported"),
    ],
    ids=str,
)
def test_authority_is_refused_when_the_root_did_not_make_it_one(changes, error, certificates, spec, ring):
    der_bytes = issue(ring, replace(spec.authority, **changes))
    assert refusal(certificates.putAuthority, MILAN, der_bytes) == error


def test_authority_is_refused_under_another_lines_root(certificates, evidence):
    assert refusal(certificates.putAuthority, GENOA, evidence.authority) == "IssuerUnknown"


@pytest.mark.parametrize("changes", [{"algorithm": PSS_SHORT}, {"extra": (UNKNOWN,)}, {"usage": 0x06}], ids=str)
def test_authority_is_taken_when_it_differs_in_nothing_that_counts(changes, certificates, spec, ring, stranger):
    certificates.putAuthority(MILAN, issue(ring, replace(spec.authority, **changes)), sender=stranger)


@pytest.mark.parametrize(("start", "end"), [(-2 * DAY, -DAY), (2 * DAY, 3 * DAY)], ids=["expired", "early"])
def test_authority_is_refused_outside_its_window(start, end, certificates, spec, ring):
    changed = replace(spec.authority, not_before=spec.at + start, not_after=spec.at + end)
    assert refusal(certificates.putAuthority, MILAN, issue(ring, changed)) == "OutsideValidity"


def test_authority_is_replaced_only_by_a_newer_certificate_of_its_key(authority, certificates, spec, ring, stranger):
    for step in (0, -DAY):
        old = issue(ring, replace(spec.authority, not_before=spec.authority.not_before + step))
        assert refusal(certificates.putAuthority, MILAN, old) == "NotNewer"
    newer = replace(spec.authority, not_before=spec.authority.not_before + DAY, serial=5)
    certificates.putAuthority(MILAN, issue(ring, newer), sender=stranger)
    assert certificates.findAuthority(*authority_key(issue(ring, newer))) == authority
    assert certificates.getAuthority(authority).serial == serial_fingerprint(5)
    beside = issue(ring, replace(spec.authority, key="ask-milan-next"))
    certificates.putAuthority(MILAN, beside, sender=stranger)
    assert certificates.findAuthority(*authority_key(beside)) == authority + 1


def revoking(ring, spec, *serials: int) -> bytes:
    return issue_crl(ring, replace(spec.crl, revoked=serials))


def test_good_certificate_takes_the_place_of_a_newer_one_that_was_revoked(
    authority, certificates, spec, ring, stranger
):
    """Both of one key. Before, the revoked one stayed for good, because it is newer."""
    newer = issue(ring, replace(spec.authority, not_before=spec.authority.not_before + DAY, serial=5))
    certificates.putAuthority(MILAN, newer, sender=stranger)
    good = issue(ring, spec.authority)
    assert refusal(certificates.putAuthority, MILAN, good) == "NotNewer"
    certificates.putRevocationList(MILAN, revoking(ring, spec, 5), sender=stranger)
    certificates.putAuthority(MILAN, good, sender=stranger)
    kept = certificates.getAuthority(authority)
    assert (kept.serial, kept.notBefore) == (serial_fingerprint(spec.authority.serial), spec.authority.not_before)
    assert certificates.findAuthority(*authority_key(good)) == authority
    # The revoked one can't come back, and what is good again gives way to nothing older.
    assert refusal(certificates.putAuthority, MILAN, newer) == "Revoked"
    older = issue(ring, replace(spec.authority, not_before=spec.authority.not_before - DAY, serial=6))
    assert refusal(certificates.putAuthority, MILAN, older) == "NotNewer"


def test_endorsements_count_again_under_the_good_certificate(empty_suite, evidence, spec, ring, stranger):
    authority = empty_suite.put_evidence(evidence)
    certificates = empty_suite.certificates
    crl = issue_crl(ring, replace(spec.crl, revoked=(spec.authority.serial,), this_update=spec.crl.this_update + DAY))
    certificates.putRevocationList(MILAN, crl, sender=stranger)
    assert empty_suite.judge(evidence).words == ("Invalid", "AuthorityRevoked")
    same_day = issue(ring, replace(spec.authority, serial=5))
    certificates.putAuthority(MILAN, same_day, sender=stranger)
    assert certificates.findAuthority(*authority_key(same_day)) == authority
    assert empty_suite.judge(evidence).words == ("Accepted", "")


def test_certificate_takes_the_place_of_a_newer_one_that_has_expired(
    authority, certificates, spec, ring, stranger, chain
):
    brief = replace(spec.authority, not_before=spec.authority.not_before + DAY, not_after=spec.at + DAY, serial=5)
    certificates.putAuthority(MILAN, issue(ring, brief), sender=stranger)
    good = issue(ring, spec.authority)
    chain.pending_timestamp = spec.at + DAY
    chain.mine()
    assert refusal(certificates.putAuthority, MILAN, good) == "NotNewer"
    chain.pending_timestamp = spec.at + DAY + 1
    chain.mine()
    certificates.putAuthority(MILAN, good, sender=stranger)
    assert certificates.getAuthority(authority).serial == serial_fingerprint(spec.authority.serial)


# --- revocation lists ---


def test_list_revokes_its_serials_and_no_other_for_good(certificates, spec, ring, stranger):
    first = replace(spec.crl, revoked=(0x10002, 2**159 - 1))
    receipt = certificates.putRevocationList(MILAN, issue_crl(ring, first), sender=stranger)
    assert len(receipt.decode_logs(certificates.SerialRevoked)) == 2
    stored = certificates.getRevocationList(MILAN)
    assert (stored.number, stored.thisUpdate) == (first.number, first.this_update)
    assert stored.nextUpdate == first.next_update
    for serial in first.revoked:
        assert certificates.isRevoked(MILAN, serial_fingerprint(serial))
        assert not certificates.isRevoked(GENOA, serial_fingerprint(serial))
    assert not certificates.isRevoked(MILAN, serial_fingerprint(0x10001))

    later = replace(first, number=first.number + 1, this_update=first.this_update + DAY, revoked=(0x10003,))
    receipt = certificates.putRevocationList(MILAN, issue_crl(ring, later), sender=stranger)
    assert len(receipt.decode_logs(certificates.SerialRevoked)) == 1
    for serial in (*first.revoked, *later.revoked):
        assert certificates.isRevoked(MILAN, serial_fingerprint(serial))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"signer": "ark-genoa"}, "SignatureInvalid"),
        ({"signer": "ask-milan"}, "SignatureInvalid"),
        ({"issuer_name": "SEV-Milan"}, "IssuerUnknown"),
        ({"number": 2**128}, "NumberTooLarge"),
        ({"number": None}, "CrlNumberMissing"),
        ({"extra": (Extension("2.5.29.20", der.integer(9)),)}, "ExtensionRepeated"),
        ({"extra": (Extension("2.5.29.28", b"\x30\x00", True),)}, "CrlCritical"),
        ({"revoked": (7,), "entry_extensions": (Extension("2.5.29.29", b"\x30\x00", True),)}, "CrlEntryCritical"),
    ],
    ids=str,
)
def test_list_is_refused_when_it_is_not_the_roots_plain_list(changes, error, certificates, spec, ring):
    crl = issue_crl(ring, replace(spec.crl, **changes))
    assert refusal(certificates.putRevocationList, MILAN, crl) == error
    assert not certificates.isRevoked(MILAN, serial_fingerprint(7))


def test_list_is_taken_with_extensions_that_are_not_critical(certificates, spec, ring, stranger):
    crl = replace(spec.crl, revoked=(7,), entry_extensions=(UNKNOWN,), extra=(UNKNOWN,))
    certificates.putRevocationList(MILAN, issue_crl(ring, crl), sender=stranger)
    assert certificates.isRevoked(MILAN, serial_fingerprint(7))


@pytest.mark.parametrize(
    ("number", "later"),
    [(-1, DAY), (0, 0), (0, -DAY), (1, 0), (1, -DAY)],
)
def test_list_is_refused_when_its_number_falls_or_its_date_does_not_rise(
    number, later, certificates, spec, ring, stranger
):
    certificates.putRevocationList(MILAN, issue_crl(ring, spec.crl), sender=stranger)
    crl = replace(spec.crl, number=spec.crl.number + number, this_update=spec.crl.this_update + later)
    assert refusal(certificates.putRevocationList, MILAN, issue_crl(ring, crl)) == "NotNewer"


@pytest.mark.parametrize(("start", "end"), [(-2 * DAY, -DAY), (2 * DAY, 3 * DAY)], ids=["expired", "early"])
def test_list_is_refused_outside_its_window(start, end, certificates, spec, ring):
    crl = issue_crl(ring, replace(spec.crl, this_update=spec.at + start, next_update=spec.at + end))
    assert refusal(certificates.putRevocationList, MILAN, crl) == "OutsideValidity"


# --- VCEK and VLEK ---


def reissued(ring, spec: CertificateSpec, vendor=None, **changes) -> bytes:
    return issue(ring, replace(spec, vendor=replace(spec.vendor, **vendor or {}), **changes))


def test_endorsement_is_kept_as_it_stands(authority, certificates, evidence, spec, stranger):
    receipt = certificates.putEndorsement(authority, evidence.endorsement, sender=stranger)
    (event,) = receipt.decode_logs(certificates.EndorsementPut)
    kept = certificates.getEndorsement(endorsement_id(evidence.endorsement))
    assert kept.key == keccak(KeyRing(spec.seed).point(spec.endorsement.key))
    assert kept.holder == event.holder == keccak(spec.endorsement.vendor.hardware_id)
    assert kept.tcb == int.from_bytes(spec.report.reported_tcb, "little")
    assert (kept.authority, kept.product, kept.kind) == (authority, MILAN, 1)
    assert kept.notAfter == spec.endorsement.not_after
    assert kept.serial == serial_fingerprint(0)
    # A second time it is merely returned, whatever issuer is named.
    assert not certificates.putEndorsement(99, evidence.endorsement, sender=stranger).events


def test_loaded_keys_certificate_names_its_provider(empty_suite, good_spec, stranger):
    evidence = build(good_spec(loaded=True))
    index = empty_suite.put_authority(MILAN, evidence.authority)
    empty_suite.certificates.putEndorsement(index, evidence.endorsement, sender=stranger)
    kept = empty_suite.certificates.getEndorsement(endorsement_id(evidence.endorsement))
    assert kept.holder == keccak(b"CN=cc-test.provider.invalid")
    assert kept.kind == 2


@pytest.mark.parametrize(
    ("vendor", "changes", "error"),
    [
        ({}, {"signer": "ark-milan"}, "SignatureInvalid"),
        ({}, {"signer": "ask-milan-next"}, "SignatureInvalid"),
        ({}, {"issuer_name": "SEV-Genoa"}, "IssuerUnknown"),
        ({}, {"is_ca": True}, "NotAnEndorsement"),
        ({}, {"rsa": True, "key": "ask-milan"}, "NotAnEndorsement"),
        ({}, {"common_name": "SEV-VCEK2"}, "NotAnEndorsement"),
        ({}, {"common_name": "SEV-Milan"}, "NotAnEndorsement"),
        ({}, {"common_name": "SEV-VLEK"}, "IssuerWrong"),
        ({"product_name": None}, {}, "ExtensionMissing"),
        ({"struct_version": None}, {}, "ExtensionMissing"),
        ({"missing": ("3.9", "3.1")}, {}, "ExtensionMissing"),
        ({"missing": ("3.9", "3.2")}, {}, "ExtensionMissing"),
        ({"missing": ("3.9", "3.3")}, {}, "ExtensionMissing"),
        ({"missing": ("3.9", "3.8")}, {}, "ExtensionMissing"),
        ({"missing": ()}, {}, "ExtensionUnexpected"),
        ({"struct_version": 2}, {}, "StructVersion"),
        ({"tcb": TcbVersion(snp=256)}, {}, "PatchLevel"),
        ({"product_name": "Genoa-B0"}, {}, "ProductName"),
        ({"product_name": "Milan2"}, {}, "ProductName"),
        ({"product_name": "Siena-B0"}, {}, "ProductName"),
        ({"product_name": ""}, {}, "ProductName"),
        ({"product_name": "Milan-" + "x" * 26}, {}, "ProductName"),
        ({"product_name": "Milan\0"}, {}, "ProductName"),
        ({"hardware_id": None}, {}, "HardwareId"),
        ({"hardware_id": b"\1" * 63}, {}, "HardwareId"),
        ({"hardware_id": b"\1" * 8}, {}, "HardwareId"),
        ({"hardware_id": bytes(64)}, {}, "HardwareId"),
        ({"provider_id": "x"}, {}, "ExtensionUnexpected"),
        ({"extra": (Extension("1.3.6.1.4.1.3704.1.3.3", der.integer(99)),)}, {}, "ExtensionRepeated"),
        ({"extra": (Extension("1.3.6.1.4.1.3704.1.4", b"\2" * 64),)}, {}, "ExtensionRepeated"),
        ({"extra": (replace(UNKNOWN, critical=True),)}, {}, "ExtensionCritical"),
        ({"extra": (Extension("1.3.6.1.4.1.3704.1.9", b"\x05\x00", True),)}, {}, "ExtensionCritical"),
    ],
    ids=str,
)
def test_endorsement_is_refused_when_its_issuer_did_not_make_it_one(
    vendor, changes, error, authority, certificates, spec, ring
):
    der_bytes = reissued(ring, spec.endorsement, vendor, **changes)
    assert refusal(certificates.putEndorsement, authority, der_bytes) == error
    assert refusal(certificates.getEndorsement, endorsement_id(der_bytes)) == "CertificateUnknown"


@pytest.mark.parametrize(
    "vendor",
    [
        {"product_name": "Milan"},
        {"product_name": "Milan-" + "x" * 25},
        {"hardware_id": der.encode(der.OCTET_STRING, b"\1" * 64)},
        {"tcb": TcbVersion(255, 255, 255, 255, 0, 255, 255, 255, 255)},
        {"missing": ("3.4", "3.5", "3.6", "3.7", "3.9")},
        {"extra": (UNKNOWN, Extension("1.3.6.1.4.1.3704.1.9", b"\x05\x00"))},
    ],
    ids=str,
)
def test_endorsement_is_taken_when_it_is_odd_but_right(vendor, authority, certificates, spec, ring, stranger):
    der_bytes = reissued(ring, spec.endorsement, vendor)
    certificates.putEndorsement(authority, der_bytes, sender=stranger)
    kept = certificates.getEndorsement(endorsement_id(der_bytes))
    expected = replace(spec.endorsement.vendor, **vendor)
    assert kept.holder == keccak(expected.hardware_id[-64:])
    assert kept.tcb == expected.tcb.to_int(MILAN)


def test_genoas_root_serves_siena_and_bergamo(empty_suite, good_spec, ring, stranger):
    spec = good_spec(GENOA)
    index = empty_suite.put_authority(GENOA, build(spec).authority)
    for name in ("Siena-B0", "Bergamo", "Genoa-B2"):
        der_bytes = reissued(ring, spec.endorsement, {"product_name": name})
        empty_suite.certificates.putEndorsement(index, der_bytes, sender=stranger)


@pytest.mark.parametrize(
    ("vendor", "error"),
    [
        ({"missing": ("3.4", "3.9")}, "ExtensionMissing"),
        ({"missing": (), "tcb": TcbVersion(spl4=1)}, "PatchLevel"),
        ({"hardware_id": b"\1" * 64}, "HardwareId"),
        ({"hardware_id": bytes(8)}, "HardwareId"),
    ],
    ids=str,
)
def test_turins_endorsement_is_refused_when_it_is_not_turins(vendor, error, empty_suite, good_spec, ring):
    spec = good_spec(Product.TURIN)
    index = empty_suite.put_authority(Product.TURIN, build(spec).authority)
    der_bytes = reissued(ring, spec.endorsement, vendor)
    assert refusal(empty_suite.certificates.putEndorsement, index, der_bytes) == error


@pytest.mark.parametrize(
    ("vendor", "changes", "error"),
    [
        ({"provider_id": None}, {}, "ProviderId"),
        ({"provider_id": ""}, {}, "ProviderId"),
        ({"provider_id": "x" * 257}, {}, "ProviderId"),
        ({"hardware_id": b"\1" * 64}, {}, "ExtensionUnexpected"),
        ({}, {"common_name": "SEV-VCEK"}, "IssuerWrong"),
    ],
    ids=str,
)
def test_loaded_keys_certificate_is_refused_when_it_is_not_one(vendor, changes, error, empty_suite, good_spec, ring):
    spec = good_spec(loaded=True)
    index = empty_suite.put_authority(MILAN, build(spec).authority)
    der_bytes = reissued(ring, spec.endorsement, vendor, **changes)
    assert refusal(empty_suite.certificates.putEndorsement, index, der_bytes) == error


@pytest.mark.parametrize(("start", "end"), [(-2 * DAY, -DAY), (2 * DAY, 3 * DAY)], ids=["expired", "early"])
def test_endorsement_is_refused_outside_its_window(start, end, authority, certificates, spec, ring):
    changed = replace(spec.endorsement, not_before=spec.at + start, not_after=spec.at + end)
    assert refusal(certificates.putEndorsement, authority, issue(ring, changed)) == "OutsideValidity"


def test_endorsement_is_refused_when_its_issuer_is_unknown(certificates, evidence):
    assert refusal(certificates.putEndorsement, 1, evidence.endorsement) == "CertificateUnknown"


def test_nothing_is_kept_that_was_not_examined_in_the_same_transaction(authority, certificates, evidence, stranger):
    certificates.examineEndorsement(authority, evidence.endorsement, sender=stranger)
    name, endorsement = certificates.readEndorsement(authority, evidence.endorsement)
    assert refusal(certificates.keepExaminedEndorsement, name, endorsement) == "NotExamined"


def test_endorsement_is_refused_when_any_byte_of_it_differs(authority, certificates, evidence):
    good = evidence.endorsement
    certificates.readEndorsement(authority, good)
    for position in [*range(24), *range(24, len(good), 41), len(good) - 1]:
        bad = bytearray(good)
        bad[position] ^= 0x01
        assert refusal(certificates.readEndorsement, authority, bytes(bad))
    for bad in (b"", good[:-1], good + b"\0", good[:700]):
        assert refusal(certificates.readEndorsement, authority, bad)


# --- what a chain is worth now ---


@pytest.fixture
def judged(suite):
    """Callable `(evidence, allowances)`: the verdict in words."""
    return lambda evidence, allowances=0: suite.judge(evidence, allowances).words


@pytest.mark.parametrize(
    ("serial", "reason"), [(0x10001, "AuthorityRevoked"), (0x10000, "RootRevoked"), (0, "EndorsementRevoked")]
)
def test_evidence_is_invalid_when_its_chain_is_revoked(serial, reason, suite, spec, ring, evidence, judged):
    suite.certificates.putEndorsement(suite.authority(evidence), evidence.endorsement, sender=suite.sender)
    assert judged(evidence) == ("Accepted", "")
    later = replace(spec.crl, number=4, this_update=spec.crl.this_update + DAY, revoked=(serial,))
    suite.put_crl(MILAN, issue_crl(ring, later))
    assert judged(evidence, STALE_REVOCATION) == ("Invalid", reason)
    assert suite.judge_raw(suite.with_id(evidence)).words == ("Invalid", reason)


def test_authority_is_refused_when_it_is_revoked(empty_suite, spec, ring, evidence):
    empty_suite.put_crl(MILAN, issue_crl(ring, replace(spec.crl, revoked=(spec.authority.serial,))))
    assert refusal(empty_suite.certificates.putAuthority, MILAN, evidence.authority) == "Revoked"


def test_revoked_issuers_successor_carries_its_keys_on(suite, spec, ring, evidence, judged):
    """A new certificate for the same key, with another serial number, stands for the revoked one."""
    later = replace(spec.crl, number=4, this_update=spec.crl.this_update + DAY, revoked=(spec.authority.serial,))
    suite.put_crl(MILAN, issue_crl(ring, later))
    renewed = replace(spec.authority, not_before=spec.authority.not_before + DAY, serial=0x10009)
    suite.put_authority(MILAN, issue(ring, renewed))
    assert judged(evidence) == ("Accepted", "")


def test_evidence_is_refused_when_the_list_has_expired(suite, spec, chain, evidence, judged):
    chain.pending_timestamp = spec.crl.next_update
    chain.mine()
    assert judged(evidence) == ("Accepted", "")
    chain.pending_timestamp = spec.crl.next_update + 1
    chain.mine()
    assert judged(evidence) == ("Refused", "CrlExpired")
    verdict = suite.judge(evidence, STALE_REVOCATION)
    assert verdict.words == ("Accepted", "")
    assert verdict.raw.validUntil == spec.endorsement.not_after


@pytest.mark.parametrize(
    ("part", "reason"),
    [("endorsement", "EndorsementExpired"), ("authority", "AuthorityExpired"), ("root", "RootExpired")],
)
def test_evidence_is_invalid_when_its_chain_has_expired(part, reason, project, deployer, chain, spec, ring):
    end = spec.at + 200 * DAY
    spec = replace(spec, **{part: replace(getattr(spec, part), not_after=end)})
    evidence = build(spec)
    _, genoa, turin = roots(spec.at)
    suite = SnpSuite(project, deployer, (evidence.root, genoa, turin))
    index = suite.put_evidence(evidence)
    suite.certificates.putEndorsement(index, evidence.endorsement, sender=deployer)
    raw = suite.with_id(evidence)
    chain.pending_timestamp = end
    chain.mine()
    verdict = suite.judge_raw(raw)
    assert verdict.words == ("Accepted", "")
    assert verdict.raw.validUntil == end
    chain.pending_timestamp = end + 1
    chain.mine()
    assert suite.judge_raw(raw).words == ("Invalid", reason)
