# SPDX-License-Identifier: Apache-2.0
"""A report told to a person: every field, the certificate that goes with it, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable

from pha.attestation.amd.certificate import Certificate, RevocationList
from pha.attestation.amd.judge import Chain, judge_report
from pha.attestation.amd.product import Product, TcbVersion
from pha.attestation.amd.report import LAYOUT, SnpReport
from pha.attestation.intel.attributes import flag_names
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.explain import Section
from pha.attestation.intel.refusal import RefusedError
from pha.attestation.intel.tcb import iso_date

POLICY_FLAGS = {
    16: "SMT",
    17: "reserved one",
    18: "MIGRATE_MA",
    19: "DEBUG",
    20: "SINGLE_SOCKET",
    21: "CXL_ALLOW",
    22: "MEM_AES_256_XTS",
    23: "RAPL_DIS",
    24: "CIPHERTEXT_HIDING_DRAM",
    25: "PAGE_SWAP_DISABLE",
}
PLATFORM_FLAGS = {
    0: "SMT_EN",
    1: "TSME_EN",
    2: "ECC_EN",
    3: "RAPL_DIS",
    4: "CIPHERTEXT_HIDING_DRAM_EN",
    5: "ALIAS_CHECK_COMPLETE",
    6: "IOMMU_WRITE_SAFE",
    7: "TIO_EN",
}
_CPUID = ("cpuid_family", "cpuid_model", "cpuid_stepping")
_MITIGATIONS = ("launch_mitigations", "current_mitigations")


def describe_report(report: SnpReport, certificate: Certificate | None = None) -> list[Section]:
    """Every field of a report. Version 2 doesn't name the processor: without a certificate its TCB versions are read as
    those of Milan and Genoa."""
    product = report.product
    if product is None:
        product = certificate.product if certificate else Product.MILAN
    section = Section("SEV-SNP report")
    for name, _, _ in LAYOUT:
        if name.startswith("reserved") or (name in _CPUID and report.version < 3):
            continue
        if name in _MITIGATIONS and report.version < 5:
            continue
        section.add(name, _shown(name, getattr(report, name), product))
    r, s = report.components()
    signature = Section("Signature")
    signature.add("r", f"{r:096x}")
    signature.add("s", f"{s:096x}")
    return [section, signature, *([describe_certificate(certificate)] if certificate else [])]


def _shown(name: str, value: object, product: Product) -> str:
    if isinstance(value, bytes):
        if name.endswith("_tcb"):
            return f"{value.hex()}  ({TcbVersion.from_bytes(value, product)})"
        return value.hex() + ("  (masked)" if name == "chip_id" and not any(value) else "")
    number = int(str(value))
    if name == "policy":
        flags = flag_names(number & ~0xFFFF, POLICY_FLAGS)
        return f"{number:#x}  ({flags}; ABI {number >> 8 & 0xFF}.{number & 0xFF})"
    if name == "platform_info":
        return f"{number:#x}  ({flag_names(number, PLATFORM_FLAGS)})"
    if name == "signer_info":
        flags = flag_names(number & 0b11, {0: "AUTHOR_KEY_EN", 1: "MASK_CHIP_KEY"})
        return f"{number:#x}  ({'VLEK' if number >> 2 & 7 else 'VCEK'}; {flags})"
    if name == "signature_algorithm":
        return f"{number} (ECDSA P-384 with SHA-384)"
    return f"{number:#x}" if name in _CPUID or name in _MITIGATIONS else str(number)


def describe_certificate(certificate: Certificate) -> Section:
    """What the certificate of a VCEK or VLEK says."""
    section = Section("Certificate")
    section.add("subject", certificate.common_name)
    section.add("serial", f"{certificate.serial:x}")
    section.add("valid", f"{iso_date(certificate.not_before)} to {iso_date(certificate.not_after)}")
    section.add("product", certificate.product_name)
    section.add("TCB", certificate.tcb)
    if certificate.hardware_id is not None:
        section.add("chip", certificate.hardware_id)
    if certificate.provider_id is not None:
        section.add("provider", certificate.provider_id)
    return section


def describe_list(crl: RevocationList) -> Section:
    """What a revocation list says."""
    section = Section("Revocation list")
    section.add("number", crl.number)
    section.add("counts", f"{iso_date(crl.this_update)} to {iso_date(crl.next_update)}")
    section.add("revoked", ", ".join(f"{serial:x}" for serial in crl.serials) or "none")
    return section


def describe_judgement(
    report: SnpReport, chain: Chain, at: int, allowed: Iterable[str] = ()
) -> tuple[Section, int | None]:
    """The verdict and why; until when it counts, None where the evidence is refused."""
    section = Section(f"Verdict at {iso_date(at)}")
    section.add("root", chain.root.common_name)
    try:
        until = judge_report(report, chain, at, allowed)
    except RefusedError as refusal:
        section.add("refused", f"{refusal.reason} ({refusal.rule}{', by policy' if refusal.policy else ''})")
        return section, None
    except MalformedEvidenceError as error:
        section.add("refused", str(error))
        return section, None
    section.add("accepted", f"counts until {iso_date(until)}")
    section.add("", "TCB floors are governance's and not judged here")
    return section, until
