# SPDX-License-Identifier: Apache-2.0
"""A GPU's report told to a person: every field, its chain, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from pha.attestation.intel.explain import Section
from pha.attestation.intel.tcb import iso_date
from pha.attestation.nvidia.calldata import chain_ids, key_hash
from pha.attestation.nvidia.chain import ROLES, DeviceChain
from pha.attestation.nvidia.opaque import FEATURES, FieldType, OpaqueData, field_name, vbios_text
from pha.attestation.nvidia.report import Report
from pha.attestation.nvidia.verdict import Finding

_TEXTS = {
    FieldType.DRIVER_VERSION,
    FieldType.CHIP_SKU,
    FieldType.CHIP_SKU_MOD,
    FieldType.PROJECT,
    FieldType.PROJECT_SKU,
    FieldType.PROJECT_SKU_MOD,
    FieldType.CHIP_INFO,
}


def describe_report(report: Report) -> list[Section]:
    """Every field of a report; measurements of nothing but zeros are named together."""
    head = Section("GPU report (SPDM 1.1)")
    head.add("nonce", report.nonce)
    head.add("slot", report.request.slot)
    head.add("device's nonce", report.answer.device_nonce)
    head.add("signature", report.answer.signature)
    measurements = Section(f"Measurements ({len(report.answer.blocks)}, SHA-384)")
    empty = [block.index for block in report.answer.blocks if not any(block.value)]
    for block in report.answer.blocks:
        if block.index not in empty:
            measurements.add(str(block.index), block.value)
    if empty:
        measurements.add("all zeros", ", ".join(str(index) for index in empty))
    return [head, _opaque(report.answer.opaque), measurements]


def describe_chain(chain: DeviceChain) -> Section:
    """The five certificates, and by what the chain of blocks knows the device."""
    section = Section("Certificates")
    for role, certificate in zip(ROLES, chain.certificates, strict=True):
        start, end = certificate.window
        section.add(role, certificate.common_name)
        section.add("", f"  serial {certificate.serial.hex()}, valid {iso_date(start)} to {iso_date(end)}")
    section.add("firmware id", chain.firmware.hex() if chain.firmware else "none")
    section.add("device", key_hash(chain.device.point))
    section.add("certificate id", chain_ids(chain)[-1])
    return section


def describe_findings(findings: Sequence[Finding], at: int) -> Section:
    """The verdict and why."""
    section = Section(f"Verdict at {iso_date(at)}")
    for finding in findings:
        section.add(finding.subject, f"{'good' if finding.holds else 'BAD '}  {finding.result}")
    bad = [finding.subject for finding in findings if not finding.holds]
    section.add("together", f"refused: {', '.join(bad)}" if bad else "holds; revocation is looked up on chain only")
    return section


def _opaque(opaque: OpaqueData) -> Section:
    section = Section("Device")
    for kind, value in opaque.fields:
        section.add(field_name(kind), _shown(kind, value, opaque))
    return section


def _shown(kind: int, value: bytes, opaque: OpaqueData) -> str:
    if kind in _TEXTS:
        return opaque.text(FieldType(kind)) or "none"
    if kind == FieldType.VBIOS_VERSION and len(value) == 8:
        return f"{vbios_text(value)} ({value.hex()})"
    if kind == FieldType.MEASUREMENT_COUNTS:
        return " ".join(str(count) for count in opaque.measurement_counts)
    if kind == FieldType.NVDEC0_STATUS:
        return f"{value.hex()} ({'off' if opaque.is_decoder_off else 'on'})"
    if kind == FieldType.FEATURE_FLAG:
        return f"{value.hex()} ({FEATURES.get(int.from_bytes(value, 'little'), 'unknown')})"
    if kind == FieldType.SWITCH_PDI:
        return " ".join(sorted({value[start : start + 8].hex() for start in range(0, len(value), 8)}))
    return value.hex()
