# SPDX-License-Identifier: Apache-2.0
"""The SEV-SNP contracts of one set of roots, deployed, and what tests do with them in one line each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_utils import keccak
from web3.exceptions import ContractCustomError

from pha.attestation.amd.calldata import authority_key, endorsement_id, endorsement_key, report_hints
from pha.attestation.amd.generator import KeyRing, SnpEvidence
from pha.attestation.amd.product import Product
from pha.cryptography.p384 import FieldPoint, decode_point
from pha.cryptography.p384_comb import Table, table_of
from pha.cryptography.p384_table_job import TableJob
from tests.p384_chain import deploy_verifier, register

OUTCOMES = ("Invalid", "Refused", "Accepted")
UP_TO_DATE, OUT_OF_DATE = 1, 5
NO_FLOOR = (0, 0, 0, 0, 0, 0, 0, 0, 0)
DEBUG, MIGRATION, MASKED_CHIP, LOADED_KEY, LOWER_VMPL, STALE_REVOCATION = (1 << bit for bit in range(6))


@cache
def cached_table(key: FieldPoint) -> Table:
    return table_of(key)


def text(word: bytes) -> str:
    """A short ASCII name from the word that holds it."""
    return bytes(word).rstrip(b"\0").decode()


@dataclass(frozen=True)
class Judgement:
    """A verdict in words."""

    outcome: str
    reason: str
    raw: Any

    @classmethod
    def of(cls, verdict: Any) -> Judgement:
        return cls(OUTCOMES[verdict.outcome], text(verdict.reason), verdict)

    @property
    def words(self) -> tuple[str, str]:
        return self.outcome, self.reason


def refusal(method: Any, *arguments: Any) -> str | None:
    """The custom error a call ends with, of `CertificateRefused` its reason; None where it succeeds.

    Asked of the node directly: ape would have it trace a million steps of hashing for every refusal.
    """
    contract = method.contract
    call = {"to": contract.address, "data": method.encode_input(*arguments)}
    return _custom_error(contract.contract_type, contract.provider, call)


def deployment_refusal(container: Any, provider: Any, *arguments: Any) -> str | None:
    """The custom error a deployment ends with; None where it succeeds."""
    return _custom_error(container.contract_type, provider, {"data": container(*arguments).data})


def _custom_error(contract_type: Any, provider: Any, call: dict[str, Any]) -> str | None:
    try:
        provider.web3.eth.call(call)
    except ContractCustomError as error:
        data = bytes.fromhex(str(error.data).removeprefix("0x"))
    else:
        return None
    (name,) = (entry.name for entry in contract_type.errors if keccak(text=entry.selector)[:4] == data[:4])
    return text(data[4:36]) if name == "CertificateRefused" else str(name)


class SnpSuite:
    """P-384 tables, certificates, floors and the verifier."""

    def __init__(self, project: Any, sender: Any, roots: tuple[bytes, bytes, bytes]) -> None:
        self.sender = sender
        self.registry, signatures = deploy_verifier(project, sender)
        self.certificates = sender.deploy(project.AmdCertificates, *roots)
        self.manager = sender.deploy(project.PhaAccessManager, sender)
        self.floors = sender.deploy(project.SnpFloors, self.manager, NO_FLOOR, NO_FLOOR, NO_FLOOR)
        self.verifier = sender.deploy(project.SnpVerifier, self.certificates, self.floors, signatures)

    def put_authority(self, product: Product, der: bytes) -> int:
        """Put an ASK or ASVK in; its index."""
        self.certificates.putAuthority(product, der, sender=self.sender)
        return self.certificates.findAuthority(*authority_key(der))

    def put_crl(self, product: Product, der: bytes) -> Any:
        return self.certificates.putRevocationList(product, der, sender=self.sender)

    def put_table(self, endorsement: bytes) -> list[Any]:
        """Prove the table of a certificate's key; the receipts."""
        return register(self.registry, self.sender, TableJob(endorsement_key(endorsement)))

    def put_evidence(self, evidence: SnpEvidence) -> int:
        """Issuer, list and table, so that all that is left is the report; the issuer's index."""
        authority = self.put_authority(evidence.spec.product, evidence.authority)
        if self.certificates.getRevocationList(evidence.spec.product).number == 0:
            self.put_crl(evidence.spec.product, evidence.crl)
        self.put_table(evidence.endorsement)
        return authority

    def authority(self, evidence: SnpEvidence) -> int:
        return self.certificates.findAuthority(*authority_key(evidence.authority))

    def with_certificate(self, evidence: SnpEvidence) -> bytes:
        """Evidence that brings the certificate along."""
        return _report_and_hints(evidence) + bytes([self.authority(evidence)]) + evidence.endorsement

    @staticmethod
    def with_id(evidence: SnpEvidence) -> bytes:
        """Evidence that names a certificate the chain keeps."""
        return _report_and_hints(evidence) + endorsement_id(evidence.endorsement)

    def judge(self, evidence: SnpEvidence, allowances: int = 0) -> Judgement:
        return self.judge_raw(self.with_certificate(evidence), allowances)

    def judge_raw(self, evidence: bytes, allowances: int = 0) -> Judgement:
        return Judgement.of(self.verifier.judge(evidence, allowances))

    def verify_raw(self, evidence: bytes, allowances: int = 0) -> Any:
        return self.verifier.verify(evidence, allowances, sender=self.sender)

    def set_floor(self, product: Product, **values: int) -> None:
        names = ("tcb", "reportVersion", "abi", "policySet", "policyClear", "platformSet", "platformClear")
        names += ("launchMitigations", "currentMitigations")
        assert set(values) <= set(names)
        self.floors.setFloor(product, tuple(values.get(name, 0) for name in names), sender=self.sender)


def _report_and_hints(evidence: SnpEvidence) -> bytes:
    # The key that signed the report, be it the certificate's or not.
    key = decode_point(KeyRing(evidence.spec.seed).point(evidence.spec.report_signer))
    return evidence.report + report_hints(evidence.parsed_report, cached_table(key))
