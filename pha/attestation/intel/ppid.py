# SPDX-License-Identifier: Apache-2.0
"""Certification data of types 1 to 3: a quote that names its PCK certificate instead of carrying it.

Layout: Intel SGX DCAP ECDSA Quote Library API, "QE Certification Data": PPID, CPUSVN, PCESVN, pceId.
"""

from __future__ import annotations

from dataclasses import dataclass

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.quote import CertificationData, CertificationType
from pha.attestation.intel.reader import ByteReader

_PPID_LENGTHS = {
    CertificationType.PPID_PLAIN: 16,
    CertificationType.PPID_RSA2048: 256,
    CertificationType.PPID_RSA3072: 384,
}


@dataclass(frozen=True)
class PpidCertification:
    """What a PCK certificate can be asked for with.

    Attributes:
        ppid: 16 bytes in the clear (type 1), or 256 or 384 bytes encrypted to Intel (types 2 and 3).
        cpu_svn: 16 bytes.
        pce_svn: SVN of the provisioning certification enclave.
        pce_id: 2 bytes, little-endian in the quote and given here as they stand there.
    """

    ppid: bytes
    cpu_svn: bytes
    pce_svn: int
    pce_id: bytes


def parse_ppid_certification(data: CertificationData) -> PpidCertification:
    """Parse certification data of type 1, 2 or 3.

    Raises:
        MalformedEvidenceError: it is of another type, too short or too long.
    """
    length = _PPID_LENGTHS.get(CertificationType(data.type))
    if length is None:
        raise MalformedEvidenceError("quote.certification.type", f"expected 1, 2 or 3, found {data.type}")
    reader = ByteReader(data.data, "quote.certification.data")
    ppid = reader.take("ppid", length)
    cpu_svn = reader.take("cpu_svn", 16)
    pce_svn = reader.integer("pce_svn", 2)
    pce_id = reader.take("pce_id", 2)
    reader.finish()
    return PpidCertification(ppid, cpu_svn, pce_svn, pce_id)
