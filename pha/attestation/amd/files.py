# SPDX-License-Identifier: Apache-2.0
"""Evidence of SEV-SNP guests as files hold it."""

from __future__ import annotations

import binascii
import hashlib
import re

from pha.attestation.amd.certificate import parse_certificate, parse_revocation_list
from pha.attestation.amd.judge import Chain
from pha.attestation.amd.report import REPORT_BYTES
from pha.attestation.intel.errors import MalformedEvidenceError

#: SHA-256 of AMD's own root certificates: ARK-Milan, ARK-Genoa, ARK-Turin.
AMD_ROOTS = frozenset(
    bytes.fromhex(digest)
    for digest in (
        "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
        "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
        "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
    )
)

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


def is_snp_report(raw: bytes) -> bool:
    """Whether bytes have a report's length and begin like one."""
    return len(raw) == REPORT_BYTES and raw[1:4] == bytes(3)


def certificates_of(data: bytes, name: str) -> list[bytes]:
    """The certificates in a file, DER each: one as DER, or any number as PEM.

    Raises:
        MalformedEvidenceError: it is neither.
    """
    if data[:1] == b"\x30":
        return [data]
    found = [binascii.a2b_base64(body) for body in _PEM.findall(data)]
    if not found:
        raise MalformedEvidenceError(name, "neither DER nor PEM")
    return found


def read_chain(endorsement: bytes, authorities: bytes, crl: bytes | None = None) -> Chain:
    """What a report is judged with, from files.

    Args:
        endorsement: the VCEK's or VLEK's certificate, DER or PEM.
        authorities: its issuer and the root, PEM, as AMD's key server gives them.
        crl: the root's revocation list, DER.

    Raises:
        MalformedEvidenceError: naming what is wrong.
    """
    leaf = certificates_of(endorsement, "certificate")
    above = certificates_of(authorities, "authorities")
    if len(leaf) != 1 or len(above) != 2:
        raise MalformedEvidenceError(
            "authorities", f"expected one certificate and two, found {len(leaf)}, {len(above)}"
        )
    return Chain(
        parse_certificate(leaf[0]),
        parse_certificate(above[0]),
        parse_certificate(above[1]),
        None if crl is None else parse_revocation_list(crl),
    )


def is_amd_root(authorities: bytes) -> bool:
    """Whether the last of the certificates in a file is one of AMD's own roots."""
    return hashlib.sha256(certificates_of(authorities, "authorities")[-1]).digest() in AMD_ROOTS
