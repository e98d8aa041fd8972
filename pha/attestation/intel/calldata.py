# SPDX-License-Identifier: Apache-2.0
"""What the contracts take, made from what a TEE and its vendor give.

Evidence may go to a verifier raw; `trimmed` leaves out what no signature covers and what the chain knows already.
Revocation lists go in as they are, beside the order in which the contract keeps their entries.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sha3 import keccak_256

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.quote import CertificationType, Quote, parse_quote

TRIMMED = b"\x00\x01"
_FINGERPRINT = 16


def keccak(data: bytes) -> bytes:
    """Keccak-256, 32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest


def pck_der(quote: bytes) -> bytes:
    """The PCK certificate a raw quote carries, as DER.

    Raises:
        MalformedEvidenceError: the quote is broken, or carries no PCK chain.
    """
    certification = parse_quote(quote).qe.certification
    if certification.type != CertificationType.PCK_CHAIN:
        raise MalformedEvidenceError("quote.certification.type", f"expected 5, found {certification.type}")
    try:
        certificates = x509.load_pem_x509_certificates(certification.data.rstrip(b"\0"))
    except ValueError as error:
        raise MalformedEvidenceError("quote.certification.data", f"not a PEM chain: {error}") from error
    return certificates[0].public_bytes(Encoding.DER)


def pck_id(der: bytes) -> bytes:
    """Under which id the chain keeps a PCK certificate: 32 bytes."""
    return keccak(der)


def trimmed(quote: bytes, *, pck_known: bool = False) -> bytes:
    """A raw quote reduced to what is signed, and the PCK certificate: its DER, or its id where the chain has it.

    Args:
        quote: as Intel's library gives it.
        pck_known: whether the certificate is kept on chain already.

    Raises:
        MalformedEvidenceError: the quote is broken, or carries no PCK chain.
    """
    der = pck_der(quote)
    return trimmed_parts(parse_quote(quote), pck_id(der) if pck_known else der)


def trimmed_parts(quote: Quote, pck: bytes) -> bytes:
    """A parsed quote in the trimmed form; `pck` is the certificate's DER or its 32-byte id."""
    return (
        TRIMMED
        + quote.signed_bytes()
        + quote.signature
        + quote.attestation_key
        + quote.qe.report.to_bytes()
        + quote.qe.signature
        + len(quote.qe.auth_data).to_bytes(2, "little")
        + quote.qe.auth_data
        + pck
    )


def serial_fingerprint(serial: int) -> bytes:
    """By which 16 bytes the chain knows a serial number."""
    return keccak(serial.to_bytes(max(1, (serial.bit_length() + 7) // 8), "big"))[:_FINGERPRINT]


def revocation_order(crl_der: bytes) -> bytes:
    """Positions of a revocation list's entries, two bytes each, in the order of their fingerprints.

    Raises:
        MalformedEvidenceError: not a revocation list.
    """
    try:
        crl = x509.load_der_x509_crl(crl_der)
    except ValueError as error:
        raise MalformedEvidenceError("crl", f"not a revocation list: {error}") from error
    fingerprints = [serial_fingerprint(entry.serial_number) for entry in crl]
    order = sorted(range(len(fingerprints)), key=fingerprints.__getitem__)
    return b"".join(position.to_bytes(2, "big") for position in order)


def authority_key(certificate_der: bytes) -> tuple[bytes, int, int]:
    """Arguments of `findAuthority`: Keccak-256 of the subject's name, and the two coordinates of the key."""
    certificate = x509.load_der_x509_certificate(certificate_der)
    numbers = certificate.public_key().public_numbers()  # type: ignore[union-attr]
    return keccak(certificate.subject.public_bytes()), numbers.x, numbers.y  # type: ignore[union-attr]


def advisory_names(words: list[bytes]) -> list[str]:
    """Names of advisories as a verdict gives them."""
    return [word.rstrip(b"\0").decode() for word in words]
