# SPDX-License-Identifier: Apache-2.0
"""What evidence is to be made: plain data, every field of it settable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pha.attestation.intel.generator.certificates import CertificateSpec, CrlSpec
from pha.attestation.intel.pck import PckExtension
from pha.attestation.intel.quote import CertificationType, QuoteHeader
from pha.attestation.intel.report import ReportBody, SgxReport
from pha.attestation.intel.tcb import EnclaveIdentity, TcbInfo

__all__ = ["CrlSpec", "EvidenceSpec", "Kind", "PckSpec", "Signers"]


class Kind(Enum):
    """Quote version and what it speaks of."""

    SGX_V3 = "sgx_v3"
    SGX_V4 = "sgx_v4"
    SGX_V5 = "sgx_v5"
    TDX_V4 = "tdx_v4"
    TDX_V5_10 = "tdx_v5_10"
    TDX_V5 = "tdx_v5"

    @property
    def version(self) -> int:
        """Quote version."""
        return int(self.value[5])

    @property
    def is_tdx(self) -> bool:
        """True for TDs, False for enclaves."""
        return self.value.startswith("tdx")


@dataclass(frozen=True)
class PckSpec:
    """The PCK leaf certificate. `ca` is `platform` or `processor`, the CA that issues it."""

    ca: str
    extension: PckExtension
    not_before: int
    not_after: int
    serial: int
    common_name: str = "Phala SGX PCK Certificate"  # as long as the vendor's
    key: str = "pck"
    signer: str | None = None
    extension_critical: bool = False


@dataclass(frozen=True)
class Signers:
    """Which key of the ring signs what; another name than the good one breaks exactly that signature."""

    tcb_info: str = "tcb-signing"
    qe_identity: str = "tcb-signing"
    qe_report: str = "pck"
    quote: str = "attestation"


@dataclass(frozen=True)
class EvidenceSpec:
    """Everything that goes into a quote and its collateral.

    Attributes:
        kind: decides the quote's layout; header and body must agree with it.
        at: Unix seconds at which the evidence is meant to be judged.
        seed: all keys and serials follow from it.
        qe_report: its `report_data` becomes the binding of the attestation key, or `qe_binding` where set.
        qe_binding: 64 bytes to put there instead.
        attestation_key: name of the key that the quote carries.
        chain: which certificates the quote carries, leaf first, by name.
        tcb_info_chain: which certificates stand beside the TCB Info, signer first, by name.
        qe_identity_chain: the same for the QE identity.
        crl_ca: whose PCK revocation list the collateral carries, `platform` or `processor`; None: the leaf's.
        trailing: bytes behind the quote.
        tcb_info_text: signed in place of what `tcb_info` gives, to try texts the vendor never writes.
        qe_identity_text: the same for the QE identity.
    """

    kind: Kind
    at: int
    seed: bytes
    root: CertificateSpec
    platform_ca: CertificateSpec
    processor_ca: CertificateSpec
    tcb_signing: CertificateSpec
    pck: PckSpec
    root_crl: CrlSpec
    platform_crl: CrlSpec
    processor_crl: CrlSpec
    tcb_info: TcbInfo
    qe_identity: EnclaveIdentity
    header: QuoteHeader
    body: ReportBody
    qe_report: SgxReport
    auth_data: bytes = bytes(range(32))
    qe_binding: bytes | None = None
    attestation_key: str = "attestation"
    certification_type: int = CertificationType.PCK_CHAIN
    chain: tuple[str, ...] = ("pck", "ca", "root")
    tcb_info_chain: tuple[str, ...] = ("tcb-signing", "root")
    qe_identity_chain: tuple[str, ...] = ("tcb-signing", "root")
    crl_ca: str | None = None
    trailing: bytes = b""
    tcb_info_text: str | None = None
    qe_identity_text: str | None = None
    signers: Signers = Signers()
