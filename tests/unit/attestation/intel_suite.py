# SPDX-License-Identifier: Apache-2.0
"""The Intel contracts of one root, deployed, and what tests do with them in one line each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pha.attestation.intel.calldata import authority_key, revocation_order
from pha.attestation.intel.collateral import Collateral
from pha.attestation.intel.generator import Evidence
from tests.direct_call import Sent, send

OUTCOMES = ("Invalid", "Refused", "Accepted")
STATUSES = (
    "None",
    "UpToDate",
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDate",
    "OutOfDateConfigurationNeeded",
    "Revoked",
    "TDRelaunchAdvised",
    "TDRelaunchAdvisedConfigurationNeeded",
)


def text(word: bytes) -> str:
    """A short ASCII name from the word that holds it."""
    return bytes(word).rstrip(b"\0").decode()


@dataclass(frozen=True)
class Judgement:
    """A verdict in words."""

    outcome: str
    reason: str
    status: str
    advisories: frozenset[str]
    raw: Any

    @classmethod
    def of(cls, verdict: Any) -> Judgement:
        return cls(
            OUTCOMES[verdict.outcome],
            text(verdict.reason),
            STATUSES[verdict.status],
            frozenset(text(name) for name in verdict.advisories),
            verdict,
        )


class IntelSuite:
    """Certificates, collateral and both verifiers of one root."""

    def __init__(self, project: Any, sender: Any, root_der: bytes) -> None:
        self.sender = sender
        self.certificates = sender.deploy(project.IntelCertificates, root_der)
        self.collateral = sender.deploy(project.IntelCollateral, self.certificates)
        self.sgx = sender.deploy(project.SgxQuoteVerifier, self.certificates, self.collateral)
        self.tdx = sender.deploy(project.TdxQuoteVerifier, self.certificates, self.collateral)

    def put_authority(self, der: bytes) -> int:
        """Put a certificate below the root in; its index."""
        send(self.sender, self.certificates.putAuthority, der)
        return self.certificates.findAuthority(*authority_key(der))

    def put_crl(self, authority: int, crl: bytes) -> Sent:
        return send(self.sender, self.certificates.putRevocationList, authority, crl, revocation_order(crl))

    def put_tcb_info(self, tcb_info: str, signature: bytes, signer: int) -> Sent:
        return send(self.sender, self.collateral.putTcbInfo, tcb_info.encode(), signature, signer)

    def put_identity(self, identity: str, signature: bytes, signer: int) -> Sent:
        return send(self.sender, self.collateral.putIdentity, identity.encode(), signature, signer)

    def put_collateral(self, collateral: Collateral) -> None:
        """All of one collateral, in the order it needs."""
        self.put_crl(0, collateral.root_ca_crl)
        signer = self.put_authority(leaf_der(collateral.tcb_info_issuer_chain))
        ca = self.put_authority(leaf_der(collateral.pck_crl_issuer_chain))
        self.put_crl(ca, collateral.pck_crl)
        self.put_tcb_info(collateral.tcb_info, collateral.tcb_info_signature, signer)
        self.put_identity(collateral.qe_identity, collateral.qe_identity_signature, signer)

    def verifier(self, quote: bytes) -> Any:
        """The verifier of a quote, raw or trimmed, by its TEE type."""
        start = 2 if quote[:2] == b"\0\1" else 0
        return self.tdx if quote[start + 4 : start + 8] == b"\x81\0\0\0" else self.sgx

    def judge(self, quote: bytes, allowances: int = 0) -> Judgement:
        return Judgement.of(self.verifier(quote).judge(quote, allowances))

    def verify(self, quote: bytes, allowances: int = 0) -> Any:
        return self.verifier(quote).verify(quote, allowances, sender=self.sender)


def leaf_der(chain_pem: str) -> bytes:
    """The first certificate of a PEM chain."""
    return x509.load_pem_x509_certificates(chain_pem.encode())[0].public_bytes(Encoding.DER)


def put_evidence(suite: IntelSuite, evidence: Evidence) -> None:
    """The collateral of made-up evidence, and the other PCK CA with its list as well."""
    suite.put_collateral(evidence.collateral)
    for ca, crl in other_authorities(evidence):
        suite.put_crl(suite.put_authority(ca), crl)


def other_authorities(evidence: Evidence) -> Iterator[tuple[bytes, bytes]]:
    """Certificates and lists of the PCK CAs that the evidence's collateral is not of."""
    of_collateral = leaf_der(evidence.collateral.pck_crl_issuer_chain)
    for ca, crl in (
        (evidence.platform_ca.der, evidence.platform_crl),
        (evidence.processor_ca.der, evidence.processor_crl),
    ):
        if ca != of_collateral:
            yield ca, crl
