# SPDX-License-Identifier: Apache-2.0
"""Certificates and revocation lists of the same shape and size as AMD's, written element by element, so that every
field can be set, wrong ones too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pha.attestation.amd.certificate import (
    AMD_ARC,
    BASIC_CONSTRAINTS,
    BIT_STRING,
    CRL_NUMBER,
    EXPONENT,
    IA5_STRING,
    KEY_USAGE,
    LEVELS,
    PSS_AMD,
    SET,
    UTC_TIME,
    UTF8_STRING,
)
from pha.attestation.amd.generator.rsa_keys import RsaKey, rsa_key
from pha.attestation.amd.product import TcbVersion
from pha.attestation.intel import der

_P384_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973
_PRINTABLE_STRING = 0x13
_NULL = bytes.fromhex("0500")
CERTIFICATE_SIGN, CRL_SIGN = 0x04, 0x02


@dataclass(frozen=True)
class KeyRing:
    """RSA-4096 and P-384 keys by name, all following from one seed; signatures are deterministic."""

    seed: bytes

    def rsa(self, label: str) -> RsaKey:
        """The RSA key of that name."""
        return rsa_key(self.seed, label)

    def ec(self, label: str) -> ec.EllipticCurvePrivateKey:
        """The P-384 key of that name."""
        return _ec_key(self.seed, label)

    def point(self, label: str) -> bytes:
        """A P-384 public key, x then y, 96 bytes."""
        return self.ec(label).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]

    def sign(self, label: str, message: bytes) -> tuple[int, int]:
        """ECDSA with P-384 and SHA-384: r and s (RFC 6979)."""
        algorithm = ec.ECDSA(hashes.SHA384(), deterministic_signing=True)
        return decode_dss_signature(self.ec(label).sign(message, algorithm))


@lru_cache(maxsize=512)
def _ec_key(seed: bytes, label: str) -> ec.EllipticCurvePrivateKey:
    digest = hashes.Hash(hashes.SHA512())
    digest.update(len(seed).to_bytes(4, "big") + seed + label.encode())
    return ec.derive_private_key(int.from_bytes(digest.finalize(), "big") % (_P384_ORDER - 1) + 1, ec.SECP384R1())


@dataclass(frozen=True)
class Extension:
    """An extension: dotted object identifier, raw value, whether it is critical."""

    oid: str
    value: bytes
    critical: bool = False


@dataclass(frozen=True)
class VendorSpec:
    """AMD's extensions in the certificate of a VCEK or VLEK; what is None is left out.

    `missing` names further ones to leave out, by their identifiers below AMD's arc; `extra` stands at the end as is.
    """

    product_name: str | None
    tcb: TcbVersion
    hardware_id: bytes | None = None
    provider_id: str | None = None
    struct_version: int | None = 0
    missing: frozenset[str] = frozenset()
    extra: tuple[Extension, ...] = ()

    def extensions(self) -> list[Extension]:
        """In AMD's order: what the certificate is about, the levels, the chip or the provider."""
        found: list[tuple[str, bytes]] = []
        if self.struct_version is not None:
            found.append(("1", der.integer(self.struct_version)))
        if self.product_name is not None:
            found.append(("2", der.encode(IA5_STRING, self.product_name.encode())))
        for number, name in LEVELS.items():
            found.append((f"3.{number}", der.integer(getattr(self.tcb, name))))
        if self.hardware_id is not None:
            found.append(("4", self.hardware_id))
        if self.provider_id is not None:
            found.append(("5", der.encode(IA5_STRING, self.provider_id.encode())))
        kept = [Extension(f"{AMD_ARC}.{oid}", value) for oid, value in found if oid not in self.missing]
        return [*kept, *self.extra]


@dataclass(frozen=True)
class CertificateSpec:
    """One certificate. Dates are Unix seconds.

    Attributes:
        key: name of the subject's key in the key ring.
        signer: name of the RSA key that signs.
        issuer_name: issuer's common name.
        vendor: AMD's extensions, for a VCEK or VLEK; then the key is a P-384 key unless `rsa` says otherwise.
        usage: bits of the key usage, None to leave it out.
        extra: extensions that stand at the end as they are.
        algorithm, outer_algorithm: of the signature, inside the signed part and behind it.
    """

    common_name: str
    key: str
    signer: str
    issuer_name: str
    serial: int
    not_before: int
    not_after: int
    is_ca: bool = False
    usage: int | None = None
    vendor: VendorSpec | None = None
    rsa: bool | None = None
    extra: tuple[Extension, ...] = ()
    algorithm: bytes = PSS_AMD
    outer_algorithm: bytes | None = None


@dataclass(frozen=True)
class CrlSpec:
    """A revocation list: its number, dates in Unix seconds, the serials it revokes, and who signs it."""

    issuer_name: str
    signer: str
    number: int | None
    this_update: int
    next_update: int
    revoked: tuple[int, ...] = ()
    entry_extensions: tuple[Extension, ...] = ()
    extra: tuple[Extension, ...] = ()


@lru_cache(maxsize=512)
def issue(ring: KeyRing, spec: CertificateSpec) -> bytes:
    """Make and sign a certificate; DER."""
    is_rsa = spec.vendor is None if spec.rsa is None else spec.rsa
    extensions = spec.vendor.extensions() if spec.vendor else []
    if spec.usage is not None:
        # The bit string leaves the lowest, unused bits away, and says how many.
        unused = (spec.usage & -spec.usage).bit_length() - 1 if spec.usage else 7
        extensions.append(Extension(KEY_USAGE, der.encode(BIT_STRING, bytes([unused, spec.usage])), True))
    if spec.is_ca:
        extensions.append(Extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(True)), True))
    tbs = der.sequence(
        der.encode(0xA0, der.integer(2)),
        der.integer(spec.serial),
        spec.algorithm,
        name(spec.issuer_name),
        der.sequence(_date(spec.not_before), _date(spec.not_after)),
        name(spec.common_name),
        _rsa_key(ring.rsa(spec.key)) if is_rsa else _ec_point(ring.point(spec.key)),
        der.encode(0xA3, _extensions([*extensions, *spec.extra])),
    )
    return _signed(ring, spec.signer, tbs, spec.outer_algorithm or spec.algorithm)


@lru_cache(maxsize=512)
def issue_crl(ring: KeyRing, spec: CrlSpec) -> bytes:
    """Make and sign a revocation list; DER."""
    entries = [
        der.sequence(
            der.integer(serial),
            _date(spec.this_update),
            *([_extensions(spec.entry_extensions)] if spec.entry_extensions else []),
        )
        for serial in spec.revoked
    ]
    number = [] if spec.number is None else [Extension(CRL_NUMBER, der.integer(spec.number))]
    tbs = der.sequence(
        der.integer(1),
        PSS_AMD,
        name(spec.issuer_name),
        _date(spec.this_update),
        _date(spec.next_update),
        *([der.sequence(*entries)] if entries else []),
        der.encode(0xA0, _extensions([*number, *spec.extra])),
    )
    return _signed(ring, spec.signer, tbs, PSS_AMD)


def name(common_name: str) -> bytes:
    """A name with AMD's attributes in AMD's order, of a test company as long as AMD's name."""
    attributes = (
        ("2.5.4.11", UTF8_STRING, "Engineering"),
        ("2.5.4.6", _PRINTABLE_STRING, "US"),
        ("2.5.4.7", UTF8_STRING, "Santa Clara"),
        ("2.5.4.8", UTF8_STRING, "CA"),
        ("2.5.4.10", UTF8_STRING, "Test Evidence Devices."),
        ("2.5.4.3", UTF8_STRING, common_name),
    )
    return der.sequence(
        *(
            der.encode(SET, der.sequence(der.object_id(oid), der.encode(tag, value.encode())))
            for oid, tag, value in attributes
        )
    )


def _signed(ring: KeyRing, signer: str, tbs: bytes, algorithm: bytes) -> bytes:
    return der.sequence(tbs, algorithm, der.encode(BIT_STRING, b"\0" + ring.rsa(signer).sign(tbs)))


def _rsa_key(key: RsaKey) -> bytes:
    numbers = der.sequence(der.integer(key.modulus), der.integer(EXPONENT))
    algorithm = der.sequence(der.object_id("1.2.840.113549.1.1.1"), _NULL)
    return der.sequence(algorithm, der.encode(BIT_STRING, b"\0" + numbers))


def _ec_point(point: bytes) -> bytes:
    algorithm = der.sequence(der.object_id("1.2.840.10045.2.1"), der.object_id("1.3.132.0.34"))
    return der.sequence(algorithm, der.encode(BIT_STRING, b"\0\4" + point))


def _date(seconds: int) -> bytes:
    moment = datetime.fromtimestamp(seconds, UTC)
    return der.encode(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())


def _extensions(extensions: Iterable[Extension]) -> bytes:
    return der.sequence(
        *(
            der.sequence(
                der.object_id(extension.oid),
                *([der.boolean(True)] if extension.critical else []),
                der.encode(der.OCTET_STRING, extension.value),
            )
            for extension in extensions
        )
    )
