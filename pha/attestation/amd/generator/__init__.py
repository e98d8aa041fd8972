# SPDX-License-Identifier: Apache-2.0
"""SEV-SNP evidence for tests and the demo: reports, certificates and lists under roots of our own, all properly signed.

    spec = good(Product.GENOA, version=3, at=1_771_500_000)
    evidence = build(replace(spec, report=replace(spec.report, vmpl=1)))
    evidence.report, evidence.endorsement, evidence.authority, evidence.crl, evidence.root

A spec is plain data: `replace` any field, and `build` signs what came of it. Equal specs give equal bytes.
"""

from pha.attestation.amd.generator.build import SnpEvidence, build, roots
from pha.attestation.amd.generator.certificates import (
    CertificateSpec,
    CrlSpec,
    Extension,
    KeyRing,
    VendorSpec,
    issue,
    issue_crl,
)
from pha.attestation.amd.generator.spec import DEFAULT_AT, SnpSpec, good

__all__ = [
    "DEFAULT_AT",
    "CertificateSpec",
    "CrlSpec",
    "Extension",
    "KeyRing",
    "SnpEvidence",
    "SnpSpec",
    "VendorSpec",
    "build",
    "good",
    "issue",
    "issue_crl",
    "roots",
]
