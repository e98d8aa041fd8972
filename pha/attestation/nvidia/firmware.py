# SPDX-License-Identifier: Apache-2.0
"""The firmware id in a report key's certificate: extension 2.23.133.5.4.1 in the forms of Hopper and of Blackwell.

Hopper's is a composite device id: SEQUENCE { INTEGER, the device's SubjectPublicKeyInfo, firmware id }. Blackwell's is
a DiceTcbInfo ("DICE Attestation Architecture", Trusted Computing Group, 6.1.1): SEQUENCE with implicit tags, [6]
being a list of firmware ids. A firmware id is SEQUENCE { hash algorithm, OCTET STRING }.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.x509 import UnrecognizedExtension

from pha.attestation.intel.der import INTEGER, OCTET_STRING, Element, elements, encode, integer, object_id, sequence
from pha.attestation.intel.errors import MalformedEvidenceError

OID = x509.ObjectIdentifier("2.23.133.5.4.1")
OLDER_OID = x509.ObjectIdentifier("2.23.133.5.4.1.1")
_SHA384 = object_id("2.16.840.1.101.3.4.2.2")
_FIRMWARE_IDS = 0xA6
_FIELD = "certificate.firmware id"


def firmware_of(certificate: x509.Certificate) -> bytes | None:
    """The firmware id, 48 bytes; None where the certificate names none.

    Raises:
        MalformedEvidenceError: the extension breaks its format.
    """
    for oid in (OID, OLDER_OID):
        for extension in certificate.extensions:
            if extension.oid == oid and isinstance(extension.value, UnrecognizedExtension):
                return _parse(extension.value.value)
    return None


def composite_device_id(device_key_info: bytes, firmware: bytes) -> bytes:
    """The extension's value in Hopper's form; `device_key_info` is a SubjectPublicKeyInfo, DER."""
    return sequence(integer(1), device_key_info, firmware_id(firmware))


def tcb_info(firmware: bytes) -> bytes:
    """The extension's value in Blackwell's form: vendor, model, version, SVN, layer, index, firmware ids, flags."""
    texts = [encode(0x80 + number, text) for number, text in enumerate((b"NVIDIA", b"GB100", b"1"))]
    numbers = [encode(0x83 + number, b"\0") for number in range(3)]
    ids = encode(_FIRMWARE_IDS, firmware_id(firmware) + firmware_id(bytes(48)))
    return sequence(*texts, *numbers, ids, encode(0x87, b"\4\0"))


def firmware_id(digest: bytes) -> bytes:
    """One firmware id: SHA-384 and its digest."""
    return sequence(_SHA384, encode(OCTET_STRING, digest))


def _parse(value: bytes) -> bytes | None:
    outer = list(elements(value, _FIELD))
    if len(outer) != 1:
        raise MalformedEvidenceError(_FIELD, "expected one SEQUENCE")
    parts = outer[0].children(_FIELD)
    if parts and parts[0].tag == INTEGER:
        if len(parts) != 3:
            raise MalformedEvidenceError(_FIELD, f"expected three parts, found {len(parts)}")
        return _digest(parts[2])
    for part in parts:
        if part.tag == _FIRMWARE_IDS:
            ids = list(elements(part.content, _FIELD, part.content_offset))
            return _digest(ids[0]) if ids else None
    return None


def _digest(part: Element) -> bytes:
    pair = part.children(_FIELD)
    if len(pair) != 2 or encode(pair[0].tag, pair[0].content) != _SHA384:
        raise MalformedEvidenceError(_FIELD, "expected a SHA-384 digest", part.offset)
    digest = pair[1].expect(OCTET_STRING, _FIELD)
    if len(digest) != 48:
        raise MalformedEvidenceError(_FIELD, f"expected 48 bytes, found {len(digest)}", pair[1].offset)
    return digest
