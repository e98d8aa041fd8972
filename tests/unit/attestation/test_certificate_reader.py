# SPDX-License-Identifier: Apache-2.0
"""X.509 certificates and revocation lists read element by element: each part right, and wrong in each way."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography import x509
from sha3 import keccak_256

from pha.attestation.intel.generator import Kind
from tests.direct_call import failure
from tests.unit.attestation.der_writer import (
    CA,
    COMMON_NAME,
    CONSTRAINTS,
    CRL_NUMBER,
    CRL_REASON,
    KEY_USAGE,
    NUMBER,
    P256_HEAD,
    REASON,
    SGX,
    TRUE,
    USAGE,
    USUAL,
    CertificateParts,
    RevocationListParts,
    bits,
    element,
    entry,
    extension,
    generalized,
    integer,
    name,
    octets,
    oid,
    sequence,
    signature,
    utc,
)

GOOD = CertificateParts()
GOOD_LIST = RevocationListParts()
FALSE = bytes.fromhex("010100")
DATE = "200102030405Z"
DER, TIME = "MalformedDer", "MalformedDate"


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.MockCertificateReader)


def reason_of(method, data: bytes) -> str:
    """The error's name, or the reason where the error is one of many reasons."""
    error = failure(method, data)
    return error.values[0].rstrip(b"\0").decode() if error.name == "CertificateRefused" else error.name


def parsed(reader, der: bytes) -> tuple[SimpleNamespace, bytes, bytes]:
    """A certificate's fields by name, its common name, and the value of Intel's extension."""
    fields, common_name, extension_value = reader.parseCertificate(der)
    names = [entry.name for entry in reader.parseCertificate.abis[0].outputs[0].components]
    return SimpleNamespace(**dict(zip(names, fields, strict=True))), bytes(common_name), bytes(extension_value)


def keccak(data: bytes) -> bytes:
    return keccak_256(data).digest()


def test_certificate_is_read_whole(reader):
    fields, common_name, extension_value = parsed(reader, GOOD.der())
    assert bytes(fields.digest) == hashlib.sha256(GOOD.signed()).digest()
    assert (fields.r, fields.s) == (5, 7)
    assert (bytes(fields.issuer), bytes(fields.subject)) == (keccak(GOOD.issuer), keccak(GOOD.subject))
    assert bytes(fields.serial) == keccak(bytes.fromhex("1234"))[:16]
    assert fields.notBefore == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    assert fields.notAfter == datetime(2051, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    assert fields.x == int.from_bytes(bytes(range(1, 33)), "big")
    assert fields.y == int.from_bytes(bytes(range(33, 65)), "big")
    assert fields.isCa
    assert fields.keyUsage == 0x06
    assert bytes(common_name) == b"The Subject"
    assert bytes(extension_value) == b""


@pytest.mark.parametrize("part", ["root", "platform_ca", "tcb_signing", "pck"])
def test_certificate_is_read_as_cryptography_does(reader, good_evidence, part):
    issued = getattr(good_evidence(Kind.TDX_V5), part)
    theirs: x509.Certificate = issued.certificate
    fields, common_name, extension_value = parsed(reader, issued.der)
    numbers = theirs.public_key().public_numbers()
    assert (fields.x, fields.y) == (numbers.x, numbers.y)
    assert bytes(fields.digest) == hashlib.sha256(theirs.tbs_certificate_bytes).digest()
    assert bytes(fields.issuer) == keccak(theirs.issuer.public_bytes())
    assert bytes(fields.subject) == keccak(theirs.subject.public_bytes())
    assert (fields.notBefore, fields.notAfter) == (
        theirs.not_valid_before_utc.timestamp(),
        theirs.not_valid_after_utc.timestamp(),
    )
    serial = theirs.serial_number.to_bytes((theirs.serial_number.bit_length() + 7) // 8, "big")
    assert bytes(fields.serial) == keccak(serial)[:16]
    assert fields.isCa == theirs.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = theirs.extensions.get_extension_for_class(x509.KeyUsage).value
    assert bool(fields.keyUsage & 0x80) == usage.digital_signature
    assert (bool(fields.keyUsage & 4), bool(fields.keyUsage & 2)) == (usage.key_cert_sign, usage.crl_sign)
    (theirs_name,) = theirs.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert bytes(common_name).decode() == theirs_name.value
    own = [entry.value.value for entry in theirs.extensions if entry.oid.dotted_string == "1.2.840.113741.1.13.1"]
    assert bytes(extension_value) == b"".join(own)


ACCEPTED = {
    "dates of the other form": {"validity": sequence(generalized("20200102030405Z"), utc("490102030405Z"))},
    "twenty bytes of serial": {"serial": integer(2**160 - 1)},
    "serial 0": {"serial": integer(0)},
    "no path length": {"extensions": (USAGE, extension(CONSTRAINTS, sequence(TRUE), TRUE))},
    "path length of a byte": {"extensions": (USAGE, extension(CONSTRAINTS, sequence(TRUE, integer(255)), TRUE))},
    "key usage of nine bits": {"extensions": (extension(KEY_USAGE, bits(bytes.fromhex("070680"))), CA)},
    "unknown extension": {"extensions": (USAGE, CA, extension("551d63", b"anything"))},
    "no extension known": {"extensions": (extension("551d63", b""),)},
    "no attribute in a name": {"issuer": sequence()},
}


@pytest.mark.parametrize("parts", ACCEPTED.values(), ids=ACCEPTED)
def test_certificate_is_read_when_it_is_unusual_and_right(reader, parts):
    reader.parseCertificate(replace(GOOD, **parts).der())


REFUSED = {
    "version 1": ({"version": b""}, "CertificateVersion"),
    "version 2": ({"version": bytes.fromhex("a003020101")}, "CertificateVersion"),
    "version 4": ({"version": bytes.fromhex("a003020103")}, "CertificateVersion"),
    "negative serial": ({"serial": bytes.fromhex("020180")}, DER),
    "serial with zeros": ({"serial": bytes.fromhex("02020001")}, DER),
    "empty serial": ({"serial": bytes.fromhex("0200")}, DER),
    "serial of 21 bytes": ({"serial": integer(2**160)}, DER),
    "serial of another type": ({"serial": octets(b"1")}, DER),
    "inner algorithm": ({"inner_algorithm": bytes.fromhex("300a06082a8648ce3d040303")}, "AlgorithmUnsupported"),
    "inner algorithm with parameters": (
        {"inner_algorithm": bytes.fromhex("300c06082a8648ce3d0403020500")},
        "AlgorithmUnsupported",
    ),
    "outer algorithm": ({"algorithm": bytes.fromhex("300a06082a8648ce3d040304")}, "AlgorithmUnsupported"),
    "issuer no sequence": ({"issuer": octets(b"")}, DER),
    "one date": ({"validity": sequence(utc(DATE))}, DER),
    "three dates": ({"validity": sequence(utc(DATE), utc(DATE), utc(DATE))}, DER),
    "date of another type": ({"validity": sequence(octets(b"200102030405Z"), utc(DATE))}, DER),
    "short UTC date": ({"validity": sequence(utc("2001020304Z"), utc(DATE))}, TIME),
    "long UTC date": ({"validity": sequence(utc("200102030405ZZ"), utc(DATE))}, TIME),
    "UTC date with an offset": ({"validity": sequence(utc("200102030405+0100"), utc(DATE))}, TIME),
    "short generalized date": ({"validity": sequence(generalized("202001020304Z"), utc(DATE))}, TIME),
    "generalized date with fractions": ({"validity": sequence(generalized("20200102030405.1Z"), utc(DATE))}, TIME),
    "no such day": ({"validity": sequence(utc("210229000000Z"), utc(DATE))}, TIME),
    "name not of sets": ({"subject": sequence(sequence(oid(COMMON_NAME), octets(b"x")))}, DER),
    "name's set cut": ({"subject": sequence(bytes.fromhex("3105300306"))}, DER),
    "key of another curve": (
        {"key": P256_HEAD.replace(b"\x03\x01\x07", b"\x03\x01\x08") + bytes(64)},
        "KeyUnsupported",
    ),
    "compressed key": ({"key": P256_HEAD[:-1] + b"\x02" + bytes(64)}, "KeyUnsupported"),
    "key of RSA": (
        {"key": sequence(sequence(oid("2a864886f70d010101"), b"\x05\x00"), bits(bytes(80)))},
        "KeyUnsupported",
    ),
    "unused bits in the key": ({"key": P256_HEAD[:-2] + b"\x01\x04" + bytes(64)}, "KeyUnsupported"),
    "usage twice": ({"extensions": (USAGE, USAGE, CA)}, "ExtensionRepeated"),
    "constraints twice": ({"extensions": (USAGE, CA, CA)}, "ExtensionRepeated"),
    "platform twice": ({"extensions": (extension(SGX, b"a"), extension(SGX, b"b"))}, "ExtensionRepeated"),
    "platform critical": ({"extensions": (extension(SGX, b"a", TRUE),)}, "ExtensionCritical"),
    "unknown and critical": ({"extensions": (extension("551d63", b"", TRUE),)}, "ExtensionCritical"),
    "critical false, written out": (
        {"extensions": (extension(KEY_USAGE, bits(b"\0\x06"), FALSE),)},
        "ExtensionMalformed",
    ),
    "critical 1": (
        {"extensions": (extension(KEY_USAGE, bits(b"\0\x06"), bytes.fromhex("010101")),)},
        "ExtensionMalformed",
    ),
    "critical of two bytes": (
        {"extensions": (extension(KEY_USAGE, bits(b"\0\x06"), bytes.fromhex("0102ffff")),)},
        "ExtensionMalformed",
    ),
    "identifier empty": ({"extensions": (extension("", b""),)}, "ExtensionMalformed"),
    "identifier of 31 bytes": ({"extensions": (extension("55" * 31, b""),)}, "ExtensionMalformed"),
    "value of another type": ({"extensions": (sequence(oid("551d63"), bits(b"\0")),)}, DER),
    "something behind the value": ({"extensions": (sequence(oid("551d63"), octets(b""), octets(b"")),)}, DER),
    "usage no bit string": ({"extensions": (extension(KEY_USAGE, octets(b"\0\6")),)}, DER),
    "usage without bits": ({"extensions": (extension(KEY_USAGE, bits(b"\0")),)}, "ExtensionMalformed"),
    "usage of 24 bits": ({"extensions": (extension(KEY_USAGE, bits(b"\0\6\0\0")),)}, "ExtensionMalformed"),
    "something behind the usage": ({"extensions": (extension(KEY_USAGE, bits(b"\0\6") + b"\0"),)}, DER),
    "CA false, written out": ({"extensions": (extension(CONSTRAINTS, sequence(FALSE)),)}, "ExtensionMalformed"),
    "CA of two bytes": (
        {"extensions": (extension(CONSTRAINTS, sequence(bytes.fromhex("0102ffff"))),)},
        "ExtensionMalformed",
    ),
    "path length over a byte": (
        {"extensions": (extension(CONSTRAINTS, sequence(TRUE, integer(256))),)},
        "ExtensionMalformed",
    ),
    "path length negative": ({"extensions": (extension(CONSTRAINTS, sequence(TRUE, b"\x02\x01\xff")),)}, DER),
    "something behind the path length": (
        {"extensions": (extension(CONSTRAINTS, sequence(TRUE, integer(0), integer(0))),)},
        DER,
    ),
    "something behind the constraints": ({"extensions": (extension(CONSTRAINTS, sequence(TRUE) + b"\0"),)}, DER),
    "something behind the extensions": ({"behind": element(0xA4, b"")}, DER),
    "signature no bit string": ({"signature": octets(b"")}, DER),
    "signature with unused bits": (
        {"signature": bits(b"\1" + sequence(integer(1), integer(1)))},
        "SignatureMalformed",
    ),
    "signature empty": ({"signature": bits(b"")}, "SignatureMalformed"),
    "signature of one number": ({"signature": bits(b"\0" + sequence(integer(1)))}, DER),
    "signature of three numbers": ({"signature": bits(b"\0" + sequence(integer(1), integer(1), integer(1)))}, DER),
    "signature with a negative number": ({"signature": bits(b"\0" + sequence(b"\x02\x01\x80", integer(1)))}, DER),
    "signature with a number over a word": ({"signature": signature(2**256, 1)}, DER),
    "something behind the numbers": ({"signature": bits(b"\0" + sequence(integer(1), integer(1)) + b"\0")}, DER),
}


@pytest.mark.parametrize(("parts", "reason"), REFUSED.values(), ids=REFUSED)
def test_certificate_is_refused_by_name(reader, parts, reason):
    assert reason_of(reader.parseCertificate, replace(GOOD, **parts).der()) == reason


@pytest.mark.parametrize("parts", [GOOD, GOOD_LIST], ids=["certificate", "list"])
def test_frame_is_refused_when_cut_or_followed_by_anything(reader, parts):
    parse = reader.parseCertificate if parts is GOOD else reader.parseRevocationList
    der = parts.der()
    assert failure(parse, der + b"\0").name == DER
    assert failure(parse, b"").name == DER
    for cut in range(1, len(der), 7):
        assert failure(parse, der[:cut]).name == DER
    signed_only = sequence(parts.signed(), parts.algorithm)
    assert failure(parse, signed_only).name == DER
    assert failure(parse, sequence(parts.signed(), parts.algorithm, parts.signature, b"\5\0")).name == DER


def test_common_name_is_compared_at_its_end(reader):
    der = replace(GOOD, subject=name((COMMON_NAME, "Phala SGX PCK Platform CA"))).der()
    suffix = b"SGX PCK Platform CA"
    assert reader.commonNameEndsWith(der, suffix.ljust(32, b"\0"), len(suffix))
    for other in (b"SGX PCK Platform CB", b"TGX PCK Platform CA", b"X" * 32):
        assert not reader.commonNameEndsWith(der, other.ljust(32, b"\0"), len(other))
    for subject in (name((COMMON_NAME, "CA")), name(("55040a", "SGX PCK Platform CA")), sequence()):
        other = replace(GOOD, subject=subject).der()
        assert not reader.commonNameEndsWith(other, suffix.ljust(32, b"\0"), len(suffix))


def test_revocation_list_is_read_whole(reader):
    signed = reader.parseRevocationList(GOOD_LIST.der())
    fields = signed.list
    assert bytes(signed.digest) == hashlib.sha256(GOOD_LIST.signed()).digest()
    assert (signed.r, signed.s, fields.number) == (5, 7, 9)
    assert bytes(fields.issuer) == keccak(GOOD_LIST.issuer)
    assert fields.thisUpdate == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    assert fields.nextUpdate == datetime(2051, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    assert [bytes(serial) for serial in fields.serials] == [keccak((0x77 << 152).to_bytes(20, "big"))[:16]]


def test_revocation_list_is_read_as_cryptography_does(reader, good_evidence):
    der = good_evidence(Kind.TDX_V5).platform_crl
    theirs = x509.load_der_x509_crl(der)
    signed = reader.parseRevocationList(der)
    fields = signed.list
    assert bytes(signed.digest) == hashlib.sha256(theirs.tbs_certlist_bytes).digest()
    assert bytes(fields.issuer) == keccak(theirs.issuer.public_bytes())
    assert fields.number == theirs.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    assert (fields.thisUpdate, fields.nextUpdate) == (
        theirs.last_update_utc.timestamp(),
        theirs.next_update_utc.timestamp(),
    )
    serials = [revoked.serial_number for revoked in theirs]
    expected = [keccak(serial.to_bytes((serial.bit_length() + 7) // 8, "big"))[:16] for serial in serials]
    assert [bytes(serial) for serial in fields.serials] == expected
    assert len(expected) == 57


def test_entries_of_every_form_are_read_with_their_serials(reader):
    serials = [1, 0x7F, 0x80, 2**64, 2**151, 2**152 - 1, 2**158, 2**159 - 1, 2**159, 2**160 - 1]
    dates = [utc(DATE), generalized("20200102030405Z")]
    rests = [(), (REASON,), (sequence(extension(CRL_REASON, bytes.fromhex("0a0101")), extension("551d18", b"\x05\0")),)]
    entries = [entry(integer(serial), date, *rest) for serial in serials for date in dates for rest in rests]
    fields = reader.parseRevocationList(replace(GOOD_LIST, entries=tuple(entries)).der()).list
    expected = [keccak(serial.to_bytes((serial.bit_length() + 7) // 8, "big"))[:16] for serial in serials]
    assert [bytes(serial) for serial in fields.serials] == [one for one in expected for _ in range(6)]


@pytest.mark.parametrize("entries", [None, ()], ids=["left out", "empty"])
def test_revocation_list_may_revoke_nothing(reader, entries):
    assert reader.parseRevocationList(replace(GOOD_LIST, entries=entries).der()).list.serials == []


REFUSED_LISTS = {
    "version 1": ({"version": b""}, "CrlVersion"),
    "version 3": ({"version": integer(2)}, "CrlVersion"),
    "inner algorithm": ({"inner_algorithm": bytes.fromhex("300a06082a8648ce3d040303")}, "AlgorithmUnsupported"),
    "outer algorithm": ({"algorithm": bytes.fromhex("300a06082a8648ce3d040303")}, "AlgorithmUnsupported"),
    "issuer no sequence": ({"issuer": octets(b"")}, DER),
    "date cut": ({"this_update": utc("2001020304Z")}, TIME),
    "no next date": ({"next_update": b""}, DER),
    "no such next date": ({"next_update": utc("201302030405Z")}, TIME),
    "number missing": ({"extensions": ()}, "CrlNumberMissing"),
    "number missing among others": ({"extensions": (extension("551d23", b""),)}, "CrlNumberMissing"),
    "number twice": ({"extensions": (NUMBER, NUMBER)}, "ExtensionRepeated"),
    "number critical": ({"extensions": (extension(CRL_NUMBER, integer(9), TRUE),)}, "CrlCritical"),
    "delta list": ({"extensions": (NUMBER, extension("551d1b", integer(1), TRUE))}, "CrlCritical"),
    "list of a part": ({"extensions": (extension("551d1c", b"", TRUE), NUMBER)}, "CrlCritical"),
    "number over a word": ({"extensions": (extension(CRL_NUMBER, integer(2**256)),)}, DER),
    "number negative": ({"extensions": (extension(CRL_NUMBER, b"\x02\x01\x80"),)}, DER),
    "something behind the number": ({"extensions": (extension(CRL_NUMBER, integer(1) + b"\0"),)}, DER),
    "something behind the extensions": ({"behind": b"\x05\0"}, DER),
    "entry with a critical extension": (
        {"entries": (entry(integer(1), utc(DATE), sequence(extension(CRL_REASON, b"", TRUE))),)},
        "CrlEntryCritical",
    ),
    "entry without a date": ({"entries": (entry(integer(1), b""),)}, DER),
    "entry with an empty date": ({"entries": (USUAL, entry(integer(1), utc("")))}, TIME),
    "entry with a date of no moment": ({"entries": (entry(integer(1), utc("201302030405Z")),)}, TIME),
    "entry with a negative serial": ({"entries": (entry(b"\x02\x01\x80", utc(DATE)),)}, DER),
    "entry with a serial of 21 bytes": ({"entries": (entry(integer(2**160), utc(DATE)),)}, DER),
    "entry with zeros before its serial": (
        {"entries": (entry(b"\x02\x14\0\1" + bytes(18), utc(DATE), REASON),)},
        DER,
    ),
    "entry with two dates": ({"entries": (entry(integer(1), utc(DATE), utc(DATE)),)}, DER),
    "entry with something behind": ({"entries": (entry(integer(1), utc(DATE), REASON, b"\5\0"),)}, DER),
    "entry cut": ({"entries": (USUAL[:-1],)}, DER),
    "entry of no sequence": ({"entries": (octets(b""),)}, DER),
    "signature with unused bits": (
        {"signature": bits(b"\1" + sequence(integer(1), integer(1)))},
        "SignatureMalformed",
    ),
}


@pytest.mark.parametrize(("parts", "reason"), REFUSED_LISTS.values(), ids=REFUSED_LISTS)
def test_revocation_list_is_refused_by_name(reader, parts, reason):
    assert reason_of(reader.parseRevocationList, replace(GOOD_LIST, **parts).der()) == reason


def test_many_entries_too_short_to_be_any_are_refused(reader):
    """Entries without a proper date would be more than there is room for."""
    entries = (bytes.fromhex("30050201011700"),) * 500
    assert reason_of(reader.parseRevocationList, replace(GOOD_LIST, entries=entries).der()) == TIME
