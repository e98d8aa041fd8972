# SPDX-License-Identifier: Apache-2.0
"""A quote judged with its collateral, every step named: what the contracts do, written to be explained.

This is no replacement for `dcap-qvl` but a second opinion that says *why*; the two are compared case by case
in the tests. It is stricter where it must be: the PCK's pceId must be the TCB Info's, only a TCB signing
certificate may sign a TCB Info or an identity, and components, not CPUSVN, are compared.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pha.attestation.intel.attributes import check_attributes
from pha.attestation.intel.chains import PCK_PHRASE, TrustStore, Window, public_key
from pha.attestation.intel.collateral import Collateral, certificates
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.pck import PckExtension, pck_extension_of
from pha.attestation.intel.quote import INTEL_QE_VENDOR, CertificationType, Quote
from pha.attestation.intel.refusal import RefusedError, require
from pha.attestation.intel.report import SgxReport, TdReport10, TdReport15
from pha.attestation.intel.status import TcbStatus
from pha.attestation.intel.tcb import EnclaveIdentity, TcbInfo
from pha.attestation.intel.tcb_match import Evaluation, check_module, evaluate, relaunched

QE_AUTH_DATA_LENGTH = 32


@dataclass(frozen=True)
class Verdict:
    """What a good quote comes to.

    Attributes:
        status: converged over platform, TDX module and QE, and over launch and now in TDX 1.5.
        advisory_ids: merged, each once. They are those of the launch.
        launch: the TCB at the TD's launch, or the enclave's.
        current: the TCB now, for TDX 1.5 only.
        pck: the platform's extension.
        evaluation_number: the lower of the TCB Info's and the QE identity's.
        valid_until: end of the earliest window of all that went in, Unix seconds.
        ends_with: what that window is of.
    """

    status: TcbStatus
    advisory_ids: tuple[str, ...]
    launch: Evaluation
    current: Evaluation | None
    pck: PckExtension
    evaluation_number: int
    valid_until: int
    ends_with: str


def judge_evidence(
    quote: Quote,
    collateral: Collateral,
    at: int,
    root: x509.Certificate | None = None,
    allowed: frozenset[str] = frozenset(),
) -> Verdict:
    """Judge a quote.

    Args:
        quote: parsed.
        collateral: of its platform and kind.
        at: Unix seconds.
        root: the root to trust; Intel's where None.
        allowed: policy rules to leave out, by name.

    Raises:
        RefusedError: naming the rule that is broken.
        MalformedEvidenceError: naming the part of the collateral that can't be read.
    """
    tcb_info, qe_identity = collateral.parsed_tcb_info, collateral.parsed_qe_identity
    trust = TrustStore.of_intel(collateral, at) if root is None else TrustStore(root, collateral, at)
    _check_collateral(trust, collateral, tcb_info, qe_identity)
    require(quote.header.qe_vendor_id == INTEL_QE_VENDOR, "qe_vendor", f"found {quote.header.qe_vendor_id.hex()}")
    tee = "TDX" if quote.is_tdx else "SGX"
    require(tcb_info.id == tee, "tcb_info_tee", f"a TCB Info of {tcb_info.id} for a quote of {tee}")
    expected_qe = "TD_QE" if quote.is_tdx else "QE"
    require(qe_identity.id == expected_qe, "qe_identity_tee", f"expected {expected_qe}, found {qe_identity.id}")

    pck = _pck(trust, quote, collateral)
    extension = pck_extension_of(pck)
    require(
        extension.fmspc == tcb_info.fmspc,
        "fmspc",
        f"PCK {extension.fmspc.hex()}, TCB Info {tcb_info.fmspc.hex()}",
    )
    require(
        extension.pce_id == tcb_info.pce_id,
        "pce_id",
        f"PCK {extension.pce_id.hex()}, TCB Info {tcb_info.pce_id.hex()}",
    )
    _check_signatures(quote, pck)
    check_qe(quote.qe.report, qe_identity)
    launch, current = _evaluate(quote, tcb_info, qe_identity, extension)
    status = launch.status if current is None else relaunched(launch.status, current.status)
    # A TD begun on a TCB that is merely out of date may stand on a revoked one now: that counts as much.
    now = launch.status if current is None else current.status
    require(TcbStatus.REVOKED not in (launch.status, now), "tcb_revoked", "the TCB is revoked")
    check_attributes(quote.body, allowed)
    end = min(trust.windows, key=lambda window: window.end)
    return Verdict(
        status=status,
        advisory_ids=launch.advisory_ids,
        launch=launch,
        current=current,
        pck=extension,
        evaluation_number=min(tcb_info.tcb_evaluation_data_number, qe_identity.tcb_evaluation_data_number),
        valid_until=end.end,
        ends_with=end.what,
    )


def _check_collateral(
    trust: TrustStore, collateral: Collateral, tcb_info: TcbInfo, qe_identity: EnclaveIdentity
) -> None:
    for what, text, signature, chain, issued, next_update in (
        (
            "TCB Info",
            collateral.tcb_info,
            collateral.tcb_info_signature,
            collateral.tcb_info_issuer_chain,
            tcb_info.issue_date,
            tcb_info.next_update,
        ),
        (
            "QE identity",
            collateral.qe_identity,
            collateral.qe_identity_signature,
            collateral.qe_identity_issuer_chain,
            qe_identity.issue_date,
            qe_identity.next_update,
        ),
    ):
        signer = trust.signer(chain, f"{what} signer")
        rule = what.lower().replace(" ", "_")
        require(_signed(signer, text.encode(), signature), f"{rule}_signature", f"{what}: the signature is bad")
        require(
            issued <= trust.at <= next_update,
            f"{rule}_dates",
            f"{what}: counts from {issued} to {next_update}, not at {trust.at}",
        )
        trust.windows.append(Window(what, issued, next_update))


def _pck(trust: TrustStore, quote: Quote, collateral: Collateral) -> x509.Certificate:
    if collateral.pck_certificate_chain is not None:
        pool = certificates(collateral.pck_certificate_chain, "collateral.pck_certificate_chain")
    else:
        kind = quote.qe.certification.type
        require(
            kind == CertificationType.PCK_CHAIN,
            "certification_type",
            f"the quote carries certification data of type {kind}, not the chain itself (5)",
        )
        pool = certificates(quote.qe.certification.data, "quote.certification.data")
    return trust.leaf(pool, "PCK", PCK_PHRASE)


def _check_signatures(quote: Quote, pck: x509.Certificate) -> None:
    require(
        _signed(pck, quote.qe.report.to_bytes(), quote.qe.signature),
        "qe_report_signature",
        "the QE's report is not signed by the PCK",
    )
    length = len(quote.qe.auth_data)
    require(length == QE_AUTH_DATA_LENGTH, "qe_auth_data", f"expected {QE_AUTH_DATA_LENGTH} bytes, found {length}")
    binding = hashlib.sha256(quote.attestation_key + quote.qe.auth_data).digest()
    require(
        quote.qe.report.report_data[:32] == binding,
        "qe_binding",
        "the QE did not vouch for this attestation key",
    )
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + quote.attestation_key)
    except ValueError as error:
        raise RefusedError("attestation_key", "it is not a point of P-256") from error
    require(
        _verifies(key, quote.signed_bytes(), quote.signature),
        "quote_signature",
        "the quote's signature is bad",
    )


def check_qe(report: SgxReport, identity: EnclaveIdentity) -> None:
    """Check that a report is that of the quoting enclave an identity describes.

    Raises:
        RefusedError: naming what differs.
    """
    require(report.mr_signer == identity.mr_signer, "qe_signer", f"found {report.mr_signer.hex()}")
    require(
        report.isv_prod_id == identity.isv_prod_id,
        "qe_product",
        f"expected {identity.isv_prod_id}, found {report.isv_prod_id}",
    )
    # MISCSELECT is written as a big-endian number in the report's byte order: masks apply byte by byte.
    found = _masked(report.misc_select.to_bytes(4, "little"), identity.misc_select_mask)
    expected = _masked(identity.misc_select, identity.misc_select_mask)
    require(found == expected, "qe_misc_select", f"expected {expected.hex()}, found {found.hex()}")
    found = _masked(report.attributes, identity.attributes_mask)
    expected = _masked(identity.attributes, identity.attributes_mask)
    require(found == expected, "qe_attributes", f"expected {expected.hex()}, found {found.hex()}")
    require(not report.flags & 0x02, "qe_debug", "the quoting enclave is a debug enclave")


def _masked(value: bytes, mask: bytes) -> bytes:
    return bytes(a & b for a, b in zip(value, mask, strict=True))


def _evaluate(
    quote: Quote, tcb_info: TcbInfo, qe_identity: EnclaveIdentity, extension: PckExtension
) -> tuple[Evaluation, Evaluation | None]:
    qe_svn = quote.qe.report.isv_svn
    if not isinstance(quote.body, TdReport10):
        return evaluate(tcb_info, qe_identity, extension, qe_svn, None), None
    launch = evaluate(tcb_info, qe_identity, extension, qe_svn, quote.body.tee_tcb_svn)
    check_module(tcb_info, quote.body)
    if not isinstance(quote.body, TdReport15):
        return launch, None
    return launch, evaluate(tcb_info, qe_identity, extension, qe_svn, quote.body.tee_tcb_svn2)


def _signed(certificate: x509.Certificate, message: bytes, signature: bytes) -> bool:
    return _verifies(public_key(certificate), message, signature)


def _verifies(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64:
        raise MalformedEvidenceError("signature", f"expected 64 bytes, found {len(signature)}")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
