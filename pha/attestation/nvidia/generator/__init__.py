# SPDX-License-Identifier: Apache-2.0
"""NVIDIA evidence for tests: reports and chains under a root of our own, all properly signed.

    spec = good(at=1_771_500_000)
    evidence = build(replace(spec, report=replace(spec.report, nonce=bytes(32))))
    evidence.report, evidence.chain

A spec is plain data: `replace` any field, and `build` signs what came of it. Equal specs give equal bytes.
"""

from pha.attestation.nvidia.generator.build import GpuEvidence, build
from pha.attestation.nvidia.generator.certificates import CertificateSpec, KeyRing, Purpose, issue
from pha.attestation.nvidia.generator.defaults import good
from pha.attestation.nvidia.generator.spec import EvidenceSpec, FirmwareForm, ReportSpec

__all__ = [
    "CertificateSpec",
    "EvidenceSpec",
    "FirmwareForm",
    "GpuEvidence",
    "KeyRing",
    "Purpose",
    "ReportSpec",
    "build",
    "good",
    "issue",
]
