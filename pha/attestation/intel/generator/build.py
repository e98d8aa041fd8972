# SPDX-License-Identifier: Apache-2.0
"""From a spec to signed evidence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from pha.attestation.intel.collateral import Collateral
from pha.attestation.intel.generator.certificates import (
    CERTIFICATE_SERVICE,
    CertificateSpec,
    Issued,
    KeyRing,
    issue,
    issue_crl,
)
from pha.attestation.intel.generator.spec import EvidenceSpec
from pha.attestation.intel.quote import CertificationData, QeEvidence, Quote, signed_part


@dataclass(frozen=True)
class Evidence:
    """What a spec gave: the raw quote, its collateral, and every certificate and list on its own."""

    spec: EvidenceSpec
    parsed_quote: Quote
    quote: bytes
    collateral: Collateral
    root: Issued
    platform_ca: Issued
    processor_ca: Issued
    tcb_signing: Issued
    pck: Issued
    root_crl: bytes
    platform_crl: bytes
    processor_crl: bytes

    @property
    def root_der(self) -> bytes:
        """The root certificate, for `dcap_qvl.verify_with_root_ca`."""
        return self.root.der

    @property
    def at(self) -> int:
        """Unix seconds at which to judge."""
        return self.spec.at


def pck_certificate_spec(spec: EvidenceSpec) -> CertificateSpec:
    """The leaf's certificate spec."""
    pck = spec.pck
    return CertificateSpec(
        common_name=pck.common_name,
        key=pck.key,
        not_before=pck.not_before,
        not_after=pck.not_after,
        serial=pck.serial,
        crl_url=f"{CERTIFICATE_SERVICE}/sgx/certification/v4/pckcrl?ca={pck.ca}&encoding=der",
        signer=pck.signer,
        extension=pck.extension.to_der(),
        extension_critical=pck.extension_critical,
    )


def build(spec: EvidenceSpec) -> Evidence:
    """Sign everything a spec names.

    Raises:
        MalformedEvidenceError: a field has a length that its layout has no room for.
    """
    ring = KeyRing(spec.seed)
    root = issue(ring, spec.root)
    platform = issue(ring, spec.platform_ca, spec.root)
    processor = issue(ring, spec.processor_ca, spec.root)
    tcb_signing = issue(ring, spec.tcb_signing, spec.root)
    ca = platform if spec.pck.ca == "platform" else processor
    pck = issue(ring, pck_certificate_spec(spec), ca.spec)
    platform_crl = issue_crl(ring, spec.platform_crl, spec.platform_ca)
    processor_crl = issue_crl(ring, spec.processor_crl, spec.processor_ca)
    root_crl = issue_crl(ring, spec.root_crl, spec.root)

    crl_is_platform = (spec.crl_ca or spec.pck.ca) == "platform"
    tcb_info = spec.tcb_info.to_json() if spec.tcb_info_text is None else spec.tcb_info_text
    qe_identity = spec.qe_identity.to_json() if spec.qe_identity_text is None else spec.qe_identity_text
    issued = {"pck": pck, "ca": ca, "root": root, "tcb-signing": tcb_signing}
    collateral = Collateral(
        pck_crl_issuer_chain=(platform if crl_is_platform else processor).pem + root.pem,
        root_ca_crl=root_crl,
        pck_crl=platform_crl if crl_is_platform else processor_crl,
        tcb_info_issuer_chain=_pem(issued, spec.tcb_info_chain),
        tcb_info=tcb_info,
        tcb_info_signature=ring.sign(spec.signers.tcb_info, tcb_info.encode()),
        qe_identity_issuer_chain=_pem(issued, spec.qe_identity_chain),
        qe_identity=qe_identity,
        qe_identity_signature=ring.sign(spec.signers.qe_identity, qe_identity.encode()),
    )
    quote = _quote(spec, ring, issued)
    return Evidence(
        spec=spec,
        parsed_quote=quote,
        quote=quote.to_bytes(),
        collateral=collateral,
        root=root,
        platform_ca=platform,
        processor_ca=processor,
        tcb_signing=tcb_signing,
        pck=pck,
        root_crl=root_crl,
        platform_crl=platform_crl,
        processor_crl=processor_crl,
    )


def _pem(issued: dict[str, Issued], names: tuple[str, ...]) -> str:
    return "".join(issued[name].pem for name in names)


def _quote(spec: EvidenceSpec, ring: KeyRing, issued: dict[str, Issued]) -> Quote:
    key = ring.point(spec.attestation_key)
    binding = spec.qe_binding
    if binding is None:
        binding = hashlib.sha256(key + spec.auth_data).digest() + bytes(32)
    qe_report = replace(spec.qe_report, report_data=binding)
    pem = _pem(issued, spec.chain)
    qe = QeEvidence(
        report=qe_report,
        signature=ring.sign(spec.signers.qe_report, qe_report.to_bytes()),
        auth_data=spec.auth_data,
        certification=CertificationData(spec.certification_type, pem.encode() + b"\0"),
    )
    signature = ring.sign(spec.signers.quote, signed_part(spec.header, spec.body))
    return Quote(spec.header, spec.body, signature, key, qe, spec.trailing)
