# SPDX-License-Identifier: Apache-2.0
"""From a spec to signed evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pha.attestation.nvidia.chain import ChainCertificate, DeviceChain
from pha.attestation.nvidia.firmware import composite_device_id, tcb_info
from pha.attestation.nvidia.generator.certificates import CertificateSpec, issue
from pha.attestation.nvidia.generator.spec import EvidenceSpec, FirmwareForm, ReportSpec
from pha.attestation.nvidia.opaque import OpaqueData


@dataclass(frozen=True)
class GpuEvidence:
    """What a spec gave: the report and its device's chain."""

    spec: EvidenceSpec
    report: bytes
    chain: DeviceChain

    @property
    def chain_pem(self) -> bytes:
        """The chain as the driver gives it: PEM, the report key's certificate first."""
        return b"".join(
            certificate.certificate.public_bytes(Encoding.PEM) for certificate in reversed(self.chain.certificates)
        )


def build(spec: EvidenceSpec) -> GpuEvidence:
    """Make all certificates and the report, and sign them."""
    specs = list(spec.certificates)
    specs[-1] = _with_firmware(spec, specs)
    certificates = []
    for position, certificate in enumerate(specs):
        issuer = specs[position - 1] if position else None
        certificates.append(ChainCertificate(issue(spec.keys, certificate, issuer)))
    unsigned = unsigned_report(spec.report)
    signature = spec.report.signature
    if signature is None:
        signature = spec.keys.sign(spec.report.signer, unsigned)
    return GpuEvidence(spec, unsigned + signature + spec.report.tail, DeviceChain(tuple(certificates)))


def unsigned_report(spec: ReportSpec) -> bytes:
    """Request and answer without the signature."""
    record = b"".join(block.to_bytes() for block in spec.blocks)
    opaque = OpaqueData(spec.opaque).to_bytes() + spec.opaque_tail
    count = len(spec.blocks) if spec.block_count is None else spec.block_count
    record_length = len(record) if spec.record_length is None else spec.record_length
    opaque_length = len(opaque) if spec.opaque_length is None else spec.opaque_length
    request = bytes([spec.request_version, spec.request_code, spec.request_attributes, spec.request_operation])
    answer = bytes([spec.answer_version, spec.answer_code, spec.answer_reserved, spec.answer_slot, count])
    return (
        request
        + spec.nonce
        + bytes([spec.request_slot])
        + answer
        + record_length.to_bytes(3, "little")
        + record
        + spec.device_nonce
        + opaque_length.to_bytes(2, "little")
        + opaque
    )


def _with_firmware(spec: EvidenceSpec, specs: list[CertificateSpec]) -> CertificateSpec:
    last = specs[-1]
    if last.firmware is not None or spec.firmware_form is FirmwareForm.NONE:
        return last
    if spec.firmware_form is FirmwareForm.BLACKWELL:
        return replace(last, firmware=tcb_info(spec.firmware))
    device = spec.keys.key(specs[-2].key).public_key()
    key_info = device.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return replace(last, firmware=composite_device_id(key_info, spec.firmware))
