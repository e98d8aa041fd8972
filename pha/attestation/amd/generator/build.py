# SPDX-License-Identifier: Apache-2.0
"""From a spec to signed evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pha.attestation.amd.generator.certificates import KeyRing, issue, issue_crl
from pha.attestation.amd.generator.prime_offsets import SEED
from pha.attestation.amd.generator.spec import SnpSpec, root_spec
from pha.attestation.amd.product import Product
from pha.attestation.amd.report import SnpReport, signature_field


@dataclass(frozen=True)
class SnpEvidence:
    """What a spec gave, all DER but the report."""

    spec: SnpSpec
    root: bytes
    authority: bytes
    endorsement: bytes
    crl: bytes
    parsed_report: SnpReport

    @property
    def report(self) -> bytes:
        """The report as firmware gives it."""
        return self.parsed_report.to_bytes()


def build(spec: SnpSpec) -> SnpEvidence:
    """Sign everything a spec names.

    Raises:
        MalformedEvidenceError: a field has a length that its layout has no room for.
    """
    ring = KeyRing(spec.seed)
    r, s = ring.sign(spec.report_signer, spec.report.signed_bytes())
    return SnpEvidence(
        spec=spec,
        root=issue(ring, spec.root),
        authority=issue(ring, spec.authority),
        endorsement=issue(ring, spec.endorsement),
        crl=issue_crl(ring, spec.crl),
        parsed_report=replace(spec.report, signature=signature_field(r, s)),
    )


def roots(at: int, seed: bytes = SEED) -> tuple[bytes, bytes, bytes]:
    """The ARKs of all three product lines, as the store's constructor takes them."""
    milan, genoa, turin = (issue(KeyRing(seed), root_spec(product, at)) for product in Product)
    return milan, genoa, turin
