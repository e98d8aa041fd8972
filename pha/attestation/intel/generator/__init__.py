# SPDX-License-Identifier: Apache-2.0
"""Evidence for tests and the demo: quotes and collateral under a root of our own, all properly signed.

    spec = good(Kind.TDX_V5, at=1_771_500_000)
    evidence = build(replace(spec, pck=replace(spec.pck, serial=7)))
    evidence.quote, evidence.collateral, evidence.root_der

A spec is plain data: `replace` any field, and `build` signs what came of it. Equal specs give equal bytes.
"""

from pha.attestation.intel.generator.build import Evidence, build
from pha.attestation.intel.generator.certificates import CertificateSpec, Issued, KeyRing, issue
from pha.attestation.intel.generator.defaults import good
from pha.attestation.intel.generator.spec import CrlSpec, EvidenceSpec, Kind, PckSpec, Signers

__all__ = [
    "CertificateSpec",
    "CrlSpec",
    "Evidence",
    "EvidenceSpec",
    "Issued",
    "KeyRing",
    "Kind",
    "PckSpec",
    "Signers",
    "build",
    "good",
    "issue",
]
