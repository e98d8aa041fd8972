# SPDX-License-Identifier: Apache-2.0
"""Keys from a seed, and certificates and revocation lists of the same shape and size as Intel's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

ORGANIZATION = "Test Evidence Co."  # as long as the vendor's, so that certificates are real-sized
CERTIFICATE_SERVICE = "https://pccs.test-evidence-co.invalid"
ROOT_CRL_URL = "https://certificates.test-evidence-co.invalid/TestSGXRootCA.der"

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _scalar(seed: bytes, label: str) -> int:
    digest = hashlib.sha512(len(seed).to_bytes(4, "big") + seed + label.encode()).digest()
    return int.from_bytes(digest, "big") % (_P256_ORDER - 1) + 1


@lru_cache(maxsize=512)
def _key(seed: bytes, label: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(_scalar(seed, label), ec.SECP256R1())


@dataclass(frozen=True)
class KeyRing:
    """P-256 keys by name, all following from one seed; signatures are deterministic (RFC 6979)."""

    seed: bytes

    def key(self, label: str) -> ec.EllipticCurvePrivateKey:
        """The key of that name."""
        return _key(self.seed, label)

    def point(self, label: str) -> bytes:
        """Its public key, x ‖ y, 64 bytes."""
        encoded = self.key(label).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return encoded[1:]

    def sign(self, label: str, message: bytes) -> bytes:
        """r ‖ s, 64 bytes, over the SHA-256 of `message`."""
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self.key(label).sign(message, algorithm))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass(frozen=True)
class CertificateSpec:
    """One certificate. Dates are Unix seconds; a `serial` of None is derived from the key, as Intel's CAs do.

    Attributes:
        key: name of the subject's key in the key ring.
        signer: name of the key that signs; the issuer's own where None.
        issuer_name: issuer's common name; the issuer's own where None.
        extension: DER of an Intel extension, for PCK certificates.
        extension_critical: whether that extension is marked critical, which the vendor never does.
        with_basic_constraints: False leaves the extension out altogether.
    """

    common_name: str
    key: str
    not_before: int
    not_after: int
    serial: int | None = None
    is_ca: bool = False
    path_length: int | None = None
    crl_url: str = ROOT_CRL_URL
    signer: str | None = None
    issuer_name: str | None = None
    extension: bytes | None = None
    extension_critical: bool = False
    with_basic_constraints: bool = True


@dataclass(frozen=True)
class Issued:
    """A certificate that exists: its spec and its DER."""

    spec: CertificateSpec
    der: bytes

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate, parsed."""
        return x509.load_der_x509_certificate(self.der)

    @property
    def pem(self) -> str:
        """PEM with line feeds, as the vendor's service gives it."""
        return self.certificate.public_bytes(Encoding.PEM).decode()


def _name(common_name: str) -> x509.Name:
    """A name in Intel's order of attributes."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.LOCALITY_NAME, "Santa Clara"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "CA"),
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
        ]
    )


def moment(seconds: int) -> datetime:
    """Unix seconds as a date with its zone."""
    return datetime.fromtimestamp(seconds, UTC)


def serial_from(seed: bytes, label: str) -> int:
    """A positive serial that follows from the seed, as long as Intel's: twenty bytes."""
    digest = hashlib.sha256(b"serial" + seed + label.encode()).digest()[:20]
    return int.from_bytes(digest, "big") % 2**159 | 1 << 158


@lru_cache(maxsize=512)
def issue(ring: KeyRing, spec: CertificateSpec, issuer: CertificateSpec | None = None) -> Issued:
    """Make and sign a certificate; without an issuer it signs itself."""
    issuer = issuer or spec
    public_key = ring.key(spec.key).public_key()
    subject_id = x509.SubjectKeyIdentifier.from_public_key(public_key)
    issuer_id = x509.SubjectKeyIdentifier.from_public_key(ring.key(issuer.key).public_key())
    serial = spec.serial
    if serial is None:
        serial = int.from_bytes(subject_id.digest, "big") % 2**159 | 1 << 158
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(spec.crl_url)], None, None, None)
    builder = (
        x509.CertificateBuilder()
        .serial_number(serial)
        .issuer_name(_name(spec.issuer_name or issuer.common_name))
        .not_valid_before(moment(spec.not_before))
        .not_valid_after(moment(spec.not_after))
        .subject_name(_name(spec.common_name))
        .public_key(public_key)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .add_extension(subject_id, critical=False)
        .add_extension(_key_usage(spec.is_ca), critical=True)
    )
    if spec.with_basic_constraints:
        # X.509 gives a path length to CAs alone.
        constraints = x509.BasicConstraints(spec.is_ca, spec.path_length if spec.is_ca else None)
        builder = builder.add_extension(constraints, critical=True)
    if spec.extension is not None:
        oid = x509.ObjectIdentifier("1.2.840.113741.1.13.1")
        builder = builder.add_extension(
            x509.UnrecognizedExtension(oid, spec.extension), critical=spec.extension_critical
        )
    signer = ring.key(spec.signer or issuer.key)
    certificate = builder.sign(signer, hashes.SHA256(), ecdsa_deterministic=True)
    return Issued(spec, certificate.public_bytes(Encoding.DER))


def _key_usage(is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=not is_ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True)
class CrlSpec:
    """A revocation list: its number, its dates in Unix seconds, the serials it revokes, who signs it.

    `signer` is the name of the signing key where that is not the issuer's own.
    """

    number: int
    this_update: int
    next_update: int
    revoked: tuple[int, ...] = ()
    signer: str | None = None


@lru_cache(maxsize=512)
def issue_crl(ring: KeyRing, spec: CrlSpec, issuer: CertificateSpec) -> bytes:
    """Make and sign a revocation list; DER."""
    issuer_id = x509.SubjectKeyIdentifier.from_public_key(ring.key(issuer.key).public_key())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(_name(issuer.common_name))
        .last_update(moment(spec.this_update))
        .next_update(moment(spec.next_update))
        .add_extension(x509.CRLNumber(spec.number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False)
    )
    for serial in spec.revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(moment(spec.this_update))
            .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
        )
        builder = builder.add_revoked_certificate(entry.build())
    signed = builder.sign(ring.key(spec.signer or issuer.key), hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(Encoding.DER)
