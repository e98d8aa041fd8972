# SPDX-License-Identifier: Apache-2.0
"""AMD's certificates and revocation lists (RFC 5280; AMD 57230 for the extensions), read strictly.

`cryptography` is not asked to parse them: AMD numbers every endorsement 0, which it will refuse one day. It still
checks the signatures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pha.attestation.amd.product import Product, TcbVersion
from pha.attestation.intel import der
from pha.attestation.intel.der import Element
from pha.attestation.intel.errors import MalformedEvidenceError

MODULUS_BITS = 4096
EXPONENT = 65537
AMD_ARC = "1.3.6.1.4.1.3704.1"
KEY_USAGE, BASIC_CONSTRAINTS, CRL_NUMBER = "2.5.29.15", "2.5.29.19", "2.5.29.20"
COMMON_NAME = der.object_id("2.5.4.3")
BIT_STRING, UTC_TIME, GENERALIZED_TIME, SET, IA5_STRING, UTF8_STRING = 0x03, 0x17, 0x18, 0x31, 0x16, 0x0C

#: Patch levels by the last number of their object identifier, 1.3.6.1.4.1.3704.1.3.n.
LEVELS = {
    1: "boot_loader",
    2: "tee",
    3: "snp",
    4: "spl4",
    5: "spl5",
    6: "spl6",
    7: "spl7",
    8: "microcode",
    9: "fmc",
}

_NULL = bytes.fromhex("0500")
_SHA384 = der.sequence(der.object_id("2.16.840.1.101.3.4.2.2"), _NULL)
_MGF1 = der.sequence(der.object_id("1.2.840.113549.1.1.8"), _SHA384)
_PARAMETERS = (der.encode(0xA0, _SHA384), der.encode(0xA1, _MGF1), der.encode(0xA2, der.integer(48)))
#: The algorithm identifier as AMD writes it, with the trailer field that DER would leave out.
PSS_AMD = der.sequence(
    der.object_id("1.2.840.113549.1.1.10"), der.sequence(*_PARAMETERS, der.encode(0xA3, der.integer(1)))
)
PSS_SHORT = der.sequence(der.object_id("1.2.840.113549.1.1.10"), der.sequence(*_PARAMETERS))
_RSA = der.sequence(der.object_id("1.2.840.113549.1.1.1"), _NULL)
_P384 = der.sequence(der.object_id("1.2.840.10045.2.1"), der.object_id("1.3.132.0.34"))


@dataclass(frozen=True)
class Signed:
    """What is around a certificate or list: the signed part as encoded, and the signature."""

    tbs: bytes
    signature: bytes
    algorithm: bytes

    def is_signed_by(self, modulus: int) -> bool:
        """Whether the holder of an RSA key signed it, as `cryptography` sees it."""
        key = rsa.RSAPublicNumbers(EXPONENT, modulus).public_key()
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=48)
        try:
            key.verify(self.signature, self.tbs, pss, hashes.SHA384())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Certificate(Signed):
    """A certificate. `modulus` is an RSA key, `point` (x then y, 96 bytes) a P-384 key; one of them is None.

    `vendor` has the values of AMD's extensions by their object identifiers below 1.3.6.1.4.1.3704.1, raw.
    """

    serial: int
    issuer: bytes
    subject: bytes
    common_name: str
    not_before: int
    not_after: int
    modulus: int | None
    point: bytes | None
    is_ca: bool
    key_usage: int
    vendor: dict[str, bytes]

    @property
    def product_name(self) -> str:
        """The processor's name, such as `Milan-B0`.

        Raises:
            MalformedEvidenceError: it is missing, or no string.
        """
        element = _only(self._vendor("2"), "certificate.product_name")
        if element.tag not in (IA5_STRING, UTF8_STRING):
            raise MalformedEvidenceError("certificate.product_name", f"DER tag 0x{element.tag:02x} is no string")
        return element.content.decode("ascii", "replace")

    @property
    def product(self) -> Product:
        """The product line.

        Raises:
            MalformedEvidenceError: it is none known here.
        """
        found = [product for product in Product if product.has_name(self.product_name)]
        if not found:
            raise MalformedEvidenceError("certificate.product_name", f"unknown: {self.product_name!r}")
        return found[0]

    @property
    def hardware_id(self) -> bytes | None:
        """The chip's id, 64 bytes (Turin: 8); None in a VLEK's certificate."""
        value = self.vendor.get("4")
        if value is not None and len(value) in (66, 10):
            value = _only(value, "certificate.hardware_id").expect(der.OCTET_STRING, "certificate.hardware_id")
        return value

    @property
    def provider_id(self) -> str | None:
        """The cloud provider; None in a VCEK's certificate."""
        value = self.vendor.get("5")
        return None if value is None else _only(value, "certificate.provider_id").content.decode("ascii", "replace")

    @property
    def tcb(self) -> TcbVersion:
        """The patch levels the key is bound to.

        Raises:
            MalformedEvidenceError: one is no number of one byte.
        """
        levels = {}
        for number, name in LEVELS.items():
            if (value := self.vendor.get(f"3.{number}")) is not None:
                level = _only(value, f"certificate.{name}").unsigned(f"certificate.{name}")
                if level > 0xFF:
                    raise MalformedEvidenceError(f"certificate.{name}", f"{level} is more than 255")
                levels[name] = level
        return TcbVersion(**levels)

    def _vendor(self, oid: str) -> bytes:
        if oid not in self.vendor:
            raise MalformedEvidenceError("certificate", f"has no extension {AMD_ARC}.{oid}")
        return self.vendor[oid]


@dataclass(frozen=True)
class RevocationList(Signed):
    """A revocation list; times are Unix seconds."""

    issuer: bytes
    number: int
    this_update: int
    next_update: int
    serials: tuple[int, ...]


def parse_certificate(data: bytes) -> Certificate:
    """Parse one of AMD's certificates, DER.

    Raises:
        MalformedEvidenceError: naming the field.
    """
    name = "certificate"
    signed, body = _open(data, name)
    if len(body) != 8:
        raise MalformedEvidenceError(name, f"expected 8 fields with the extensions, found {len(body)}")
    version, serial, algorithm, issuer, validity, subject, key, extensions = body
    if version.tag != 0xA0 or version.content != der.integer(2):
        raise MalformedEvidenceError(f"{name}.version", "expected version 3", version.offset)
    _same_algorithm(signed, algorithm, name)
    times = validity.children(f"{name}.validity")
    if len(times) != 2:
        raise MalformedEvidenceError(f"{name}.validity", f"expected two dates, found {len(times)}")
    modulus, point = _key(key, f"{name}.key")
    found = _extensions(extensions, 0xA3, f"{name}.extensions", {KEY_USAGE, BASIC_CONSTRAINTS})
    return Certificate(
        **vars(signed),
        serial=serial.unsigned(f"{name}.serial"),
        issuer=_encoded(issuer),
        subject=_encoded(subject),
        common_name=_common_name(subject, f"{name}.subject"),
        not_before=_time(times[0], f"{name}.not_before"),
        not_after=_time(times[1], f"{name}.not_after"),
        modulus=modulus,
        point=point,
        is_ca=_is_ca(found.get(BASIC_CONSTRAINTS)),
        key_usage=_only(found[KEY_USAGE], name).expect(BIT_STRING, name)[1] if KEY_USAGE in found else 0,
        vendor={oid[len(AMD_ARC) + 1 :]: value for oid, value in found.items() if oid.startswith(AMD_ARC + ".")},
    )


def parse_revocation_list(data: bytes) -> RevocationList:
    """Parse one of AMD's revocation lists, DER.

    Raises:
        MalformedEvidenceError: naming the field.
    """
    name = "crl"
    signed, body = _open(data, name)
    if len(body) not in (6, 7):
        raise MalformedEvidenceError(name, f"expected 6 or 7 fields, found {len(body)}")
    version, algorithm, issuer, this_update, next_update, *entries, extensions = body
    if version.unsigned(f"{name}.version") != 1:
        raise MalformedEvidenceError(f"{name}.version", "expected version 2", version.offset)
    _same_algorithm(signed, algorithm, name)
    found = _extensions(extensions, 0xA0, f"{name}.extensions", set())
    if CRL_NUMBER not in found:
        raise MalformedEvidenceError(f"{name}.number", "missing")
    serials = []
    for entry in entries[0].children(f"{name}.entries") if entries else []:
        children = entry.children(f"{name}.entry")
        if len(children) not in (2, 3):
            raise MalformedEvidenceError(f"{name}.entry", f"expected 2 or 3 fields, found {len(children)}")
        serials.append(children[0].unsigned(f"{name}.entry.serial"))
    return RevocationList(
        **vars(signed),
        issuer=_encoded(issuer),
        number=_only(found[CRL_NUMBER], name).unsigned(f"{name}.number"),
        this_update=_time(this_update, f"{name}.this_update"),
        next_update=_time(next_update, f"{name}.next_update"),
        serials=tuple(serials),
    )


def _open(data: bytes, name: str) -> tuple[Signed, list[Element]]:
    parts = _only(data, name).children(name)
    if len(parts) != 3:
        raise MalformedEvidenceError(name, f"expected signed part, algorithm and signature, found {len(parts)} parts")
    tbs, algorithm, signature = parts
    bits = signature.expect(BIT_STRING, f"{name}.signature")
    if len(bits) != 1 + MODULUS_BITS // 8 or bits[0] != 0:
        raise MalformedEvidenceError(f"{name}.signature", f"expected {MODULUS_BITS // 8} bytes", signature.offset)
    return Signed(_encoded(tbs), bits[1:], _encoded(algorithm)), tbs.children(name)


def _same_algorithm(signed: Signed, algorithm: Element, name: str) -> None:
    inner = _encoded(algorithm)
    if inner not in (PSS_AMD, PSS_SHORT) or inner != signed.algorithm:
        raise MalformedEvidenceError(f"{name}.algorithm", "not RSA-PSS with SHA-384 and a salt of 48 bytes, twice")


def _key(element: Element, name: str) -> tuple[int | None, bytes | None]:
    parts = element.children(name)
    if len(parts) == 2:
        bits = parts[1].expect(BIT_STRING, name)
        if _encoded(parts[0]) == _P384 and len(bits) == 98 and bits[:2] == b"\0\4":
            return None, bits[2:]
        if _encoded(parts[0]) == _RSA and bits[:1] == b"\0":
            numbers = _only(bits[1:], name).children(name)
            if len(numbers) == 2 and numbers[1].unsigned(name) == EXPONENT:
                modulus = numbers[0].unsigned(name)
                if modulus.bit_length() == MODULUS_BITS:
                    return modulus, None
    raise MalformedEvidenceError(name, "neither RSA-4096 with exponent 65537 nor P-384", element.offset)


def _extensions(element: Element, tag: int, name: str, understood: set[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for extension in _only(element.expect(tag, name), name).children(name):
        oid, *flags, value = extension.children(name)
        dotted = _dotted(oid.expect(der.OBJECT_ID, name))
        if dotted in found:
            raise MalformedEvidenceError(name, f"{dotted} stands there twice", extension.offset)
        if flags and flags[0].flag(name) and dotted not in understood and not dotted.startswith(AMD_ARC + "."):
            raise MalformedEvidenceError(name, f"{dotted} is critical and unknown", extension.offset)
        found[dotted] = value.expect(der.OCTET_STRING, name)
    return found


def _is_ca(value: bytes | None) -> bool:
    parts = [] if value is None else _only(value, "certificate.basic_constraints").children("basic_constraints")
    return bool(parts) and parts[0].tag == der.BOOLEAN and parts[0].flag("certificate.basic_constraints")


def _common_name(subject: Element, name: str) -> str:
    for group in subject.children(name):
        for pair in der.elements(group.expect(SET, name), name):
            oid, value = pair.children(name)
            if _encoded(oid) == COMMON_NAME:
                return value.content.decode("utf-8", "replace")
    raise MalformedEvidenceError(name, "has no common name")


def _time(element: Element, name: str) -> int:
    text = element.content.decode("ascii", "replace")
    if element.tag == UTC_TIME and len(text) == 13:
        text = ("20" if text[:2] < "50" else "19") + text
    elif element.tag != GENERALIZED_TIME:
        raise MalformedEvidenceError(name, f"DER tag 0x{element.tag:02x} is no date", element.offset)
    try:
        return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise MalformedEvidenceError(name, f"no date: {text!r}", element.offset) from error


def _only(data: bytes, name: str) -> Element:
    found = list(der.elements(data, name))
    if len(found) != 1:
        raise MalformedEvidenceError(name, f"expected one DER element, found {len(found)}")
    return found[0]


def _encoded(element: Element) -> bytes:
    return der.encode(element.tag, element.content)


def _dotted(content: bytes) -> str:
    arcs, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first, *rest = arcs or [0]
    return ".".join(map(str, (min(first // 40, 2), first - 40 * min(first // 40, 2), *rest)))
