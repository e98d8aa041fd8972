# SPDX-License-Identifier: Apache-2.0
"""P-384 keys from a seed, and certificates of the same shape as those of NVIDIA's devices."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Flag, auto
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from pha.cryptography.p384 import N, encode_coordinate

ORGANIZATION = "Test Evidence Co. "  # as long as the vendor's, so that certificates are real-sized


class Purpose(Flag):
    """Bits of the key usage extension that appear in these chains."""

    NONE = 0
    DIGITAL_SIGNATURE = auto()
    CERTIFICATE_SIGN = auto()
    CRL_SIGN = auto()


@lru_cache(maxsize=512)
def _key(seed: bytes, label: str, curve: str) -> ec.EllipticCurvePrivateKey:
    digest = hashlib.sha512(len(seed).to_bytes(4, "big") + seed + label.encode()).digest()
    if curve == "secp256r1":
        return ec.derive_private_key(int.from_bytes(digest[:31], "big") + 1, ec.SECP256R1())
    return ec.derive_private_key(int.from_bytes(digest, "big") % (N - 1) + 1, ec.SECP384R1())


@dataclass(frozen=True)
class KeyRing:
    """Keys by name, all following from one seed; signatures are deterministic (RFC 6979).

    A name that begins with `p256` stands for a key on another curve than NVIDIA's.
    """

    seed: bytes

    def key(self, label: str) -> ec.EllipticCurvePrivateKey:
        """The key of that name."""
        return _key(self.seed, label, "secp256r1" if label.startswith("p256") else "secp384r1")

    def sign(self, label: str, message: bytes) -> bytes:
        """r ‖ s, 96 bytes, over the SHA-384 of `message`."""
        algorithm = ec.ECDSA(hashes.SHA384(), deterministic_signing=True)
        r, s = decode_dss_signature(self.key(label).sign(message, algorithm))
        return encode_coordinate(r) + encode_coordinate(s)


@dataclass(frozen=True)
class CertificateSpec:
    """One certificate. Dates are Unix seconds.

    Attributes:
        key: name of the subject's key in the key ring.
        signer: name of the key that signs; the issuer's own where None.
        issuer_name: issuer's common name; the issuer's own where None.
        is_ca: basic constraints; None leaves the extension out.
        purpose: key usage; None leaves the extension out.
        firmware: value of extension 2.23.133.5.4.1; None leaves it out.
        extra: further extensions: dotted identifier, value, whether critical.
        digest: name of the hash signed with, `sha384` or `sha256`.
    """

    common_name: str
    key: str
    not_before: int
    not_after: int
    serial: int
    is_ca: bool | None = True
    path_length: int | None = None
    purpose: Purpose | None = Purpose.CERTIFICATE_SIGN | Purpose.CRL_SIGN
    signer: str | None = None
    issuer_name: str | None = None
    firmware: bytes | None = None
    firmware_oid: str = "2.23.133.5.4.1"
    firmware_critical: bool = False
    extra: tuple[tuple[str, bytes, bool], ...] = ()
    digest: str = "sha384"


def moment(seconds: int) -> datetime:
    """Unix seconds as a date with its zone."""
    return datetime.fromtimestamp(seconds, UTC)


@lru_cache(maxsize=512)
def issue(ring: KeyRing, spec: CertificateSpec, issuer: CertificateSpec | None = None) -> x509.Certificate:
    """Make and sign a certificate; without an issuer it signs itself."""
    issuer = issuer or spec
    public_key = ring.key(spec.key).public_key()
    builder = (
        x509.CertificateBuilder()
        .serial_number(spec.serial)
        .issuer_name(_name(spec.issuer_name or issuer.common_name))
        .subject_name(_name(spec.common_name))
        .not_valid_before(moment(spec.not_before))
        .not_valid_after(moment(spec.not_after))
        .public_key(public_key)
    )
    if spec.is_ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(spec.is_ca, spec.path_length), critical=True)
    if spec.purpose is not None:
        builder = builder.add_extension(_usage(spec.purpose), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    extensions = list(spec.extra)
    if spec.firmware is not None:
        extensions.append((spec.firmware_oid, spec.firmware, spec.firmware_critical))
    for oid, value, critical in extensions:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)
        builder = builder.add_extension(extension, critical=critical)
    signer = ring.key(spec.signer or issuer.key)
    digest = hashes.SHA256() if spec.digest == "sha256" else hashes.SHA384()
    return builder.sign(signer, digest, ecdsa_deterministic=True)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(purpose: Purpose) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=Purpose.DIGITAL_SIGNATURE in purpose,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=Purpose.CERTIFICATE_SIGN in purpose,
        crl_sign=Purpose.CRL_SIGN in purpose,
        encipher_only=False,
        decipher_only=False,
    )
