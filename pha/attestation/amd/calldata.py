# SPDX-License-Identifier: Apache-2.0
"""What the contracts take, made from what firmware and AMD's key server give."""

from __future__ import annotations

import hashlib

from eth_utils.crypto import keccak

from pha.attestation.amd.certificate import parse_certificate
from pha.attestation.amd.report import SnpReport, parse_report
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.cryptography.p384 import FieldPoint, decode_point, encode_coordinate
from pha.cryptography.p384_comb import Table, table_of
from pha.cryptography.p384_hints import HintError, signature_hints

HINT_BYTES = 6288


def endorsement_id(der: bytes) -> bytes:
    """Under which id the chain keeps the certificate of a VCEK or VLEK: 32 bytes."""
    return keccak(der)


def endorsement_key(der: bytes) -> FieldPoint:
    """The P-384 key of a VCEK's or VLEK's certificate.

    Raises:
        MalformedEvidenceError: the certificate is broken, or of another key.
    """
    point = parse_certificate(der).point
    if point is None:
        raise MalformedEvidenceError("certificate.key", "not a P-384 key")
    try:
        return decode_point(point)
    except ValueError as error:
        raise MalformedEvidenceError("certificate.key", str(error)) from error


def authority_key(der: bytes) -> tuple[bytes, bytes]:
    """Arguments of `findAuthority`: Keccak-256 of the subject's name and of the modulus of an ASK or ASVK.

    Raises:
        MalformedEvidenceError: the certificate is broken, or of another key.
    """
    certificate = parse_certificate(der)
    if certificate.modulus is None:
        raise MalformedEvidenceError("certificate.key", "not an RSA key")
    return keccak(certificate.subject), keccak(certificate.modulus.to_bytes(512, "big"))


def serial_fingerprint(serial: int) -> bytes:
    """By which 16 bytes the chain knows a serial number."""
    return keccak(serial.to_bytes(max(1, (serial.bit_length() + 7) // 8), "big"))[:16]


def report_hints(report: SnpReport, table: Table) -> bytes:
    """The hints for a report's signature, 6,288 bytes.

    Raises:
        MalformedEvidenceError: the key didn't sign the report.
    """
    r, s = report.components()
    try:
        return signature_hints(
            hashlib.sha384(report.signed_bytes()).digest(), encode_coordinate(r) + encode_coordinate(s), table
        )
    except (HintError, OverflowError) as error:
        raise MalformedEvidenceError("report.signature", str(error)) from error


def evidence(report: bytes, certificate: bytes, authority: int | None = None, table: Table | None = None) -> bytes:
    """What `SnpVerifier` takes.

    Args:
        report: as firmware gives it.
        certificate: DER of the VCEK's or VLEK's certificate.
        authority: index of its issuer on chain; None where the chain keeps the certificate already.
        table: of the certificate's key, where it is at hand; making it takes some 15 ms.

    Raises:
        MalformedEvidenceError: report or certificate is broken, or the signature isn't the key's.
    """
    parsed = parse_report(report)
    hints = report_hints(parsed, table or table_of(endorsement_key(certificate)))
    named = endorsement_id(certificate) if authority is None else bytes([authority]) + certificate
    return report + hints + named
