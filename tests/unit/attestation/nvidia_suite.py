# SPDX-License-Identifier: Apache-2.0
"""The NVIDIA contracts of one root, deployed, and what tests do with them in one line each."""

from __future__ import annotations

from typing import Any

from pha.attestation.nvidia.calldata import Tables, chain_ids, evidence_of, revocation_name
from pha.attestation.nvidia.chain import DeviceChain
from pha.attestation.nvidia.enrolment import Step, remaining
from pha.attestation.nvidia.references import ReferenceSet, driver_id, encode_entries, vbios_id
from pha.attestation.nvidia.report import parse_report
from pha.cryptography.p384_table_job import Stage
from tests.p384_chain import deploy_verifier
from tests.unit.attestation.intel_suite import OUTCOMES, STATUSES, Judgement, text

GOOD, ON_HOLD, REVOKED = range(3)
ALLOW_UNKNOWN_REFERENCES = 1
UP_TO_DATE, OUT_OF_DATE, VERSION_REVOKED = 1, 5, 7

__all__ = ["OUTCOMES", "STATUSES", "Judgement", "NvidiaSuite", "text"]


class NvidiaSuite:
    """Certificates, revocations, references and the verifier of one root, all under one access manager."""

    def __init__(self, project: Any, sender: Any, root_der: bytes, signatures: Any = None) -> None:
        self.sender = sender
        self.tables = Tables()
        self.registry, self.signatures = signatures or deploy_verifier(project, sender)
        self.manager = sender.deploy(project.PhaAccessManager, sender)
        self.revocations = sender.deploy(project.NvidiaRevocations, self.manager)
        self.references = sender.deploy(project.NvidiaReferences, self.manager)
        self.certificates = sender.deploy(project.NvidiaCertificates, self.signatures, self.revocations, root_der)
        self.verifier = sender.deploy(project.NvidiaGpuVerifier, self.certificates, self.references)

    def table_stage(self, key_hash: bytes) -> Stage:
        return Stage(self.registry.stageOf(key_hash))

    def has_certificate(self, certificate_id: bytes) -> bool:
        return self.certificates.has(certificate_id)

    def send(self, step: Step) -> Any:
        contract = {"registry": self.registry, "certificates": self.certificates}[step.contract]
        return getattr(contract, step.method)(*step.arguments, sender=self.sender)

    def enrol(self, chain: DeviceChain) -> list[tuple[Step, Any]]:
        """All that a device's reports need; steps with their receipts."""
        return [(step, self.send(step)) for step in remaining(chain, self, self.tables)]

    def put_references(self, report: bytes, chain: DeviceChain, driver: ReferenceSet, vbios: ReferenceSet) -> None:
        """Sets for the versions that a report names."""
        opaque = parse_report(report).answer.opaque
        self.put_set(driver_id(chain.model, opaque), driver)
        self.put_set(vbios_id(opaque), vbios)

    def put_set(self, set_id: bytes, values: ReferenceSet, status: int = UP_TO_DATE) -> Any:
        return self.references.putSet(set_id, encode_entries(values), status, "test", sender=self.sender)

    def set_standing(self, chain: DeviceChain, position: int, standing: int, sender: Any = None) -> Any:
        certificate, issuer = chain.certificates[position], chain.certificates[position - 1]
        name = revocation_name(certificate, issuer)
        return self.revocations.setStanding(name, standing, "test", sender=sender or self.sender)

    def evidence(self, report: bytes, chain: DeviceChain) -> bytes:
        return evidence_of(report, chain, self.tables)

    def judge(self, evidence: bytes, allowances: int = 0) -> Judgement:
        return Judgement.of(self.verifier.judge(evidence, allowances))

    def leaf_id(self, chain: DeviceChain) -> bytes:
        return chain_ids(chain)[-1]


def cpu_verdict(holder: bytes, nonce: bytes, until: int, **changes: Any) -> dict[str, Any]:
    """An accepted verdict on a TD, as its verifier gives it; report data is the last 64 bytes of its report."""
    verdict = {
        "kind": b"intel.tdx".ljust(32, b"\0"),
        "outcome": OUTCOMES.index("Accepted"),
        "status": 1,
        "reason": bytes(32),
        "validUntil": until,
        "evaluationNumber": 17,
        "platform": b"platform".ljust(32, b"\0"),
        "platformModel": bytes(32),
        "collateral": bytes(32),
        "certificate": bytes(32),
        "advisories": [],
        "report": bytes(520) + holder + nonce,
    }
    return {**verdict, **changes}
