# SPDX-License-Identifier: Apache-2.0
"""SEV-SNP attestation reports, versions 2 to 5 (AMD 56860, table ATTESTATION_REPORT)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from pha.attestation.amd.product import Product, TcbVersion
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.reader import ByteReader

REPORT_BYTES = 1184
SIGNED_BYTES = 0x2A0
COMPONENT_BYTES = 72
NUMBER_BYTES = 48
POLICY_KNOWN = (1 << 26) - 1
POLICY_ONE = 1 << 17
PLATFORM_KNOWN = (1 << 8) - 1

#: Every field of the signed part in order: name, bytes, and whether it is a number.
LAYOUT: tuple[tuple[str, int, bool], ...] = (
    ("version", 4, True),
    ("guest_svn", 4, True),
    ("policy", 8, True),
    ("family_id", 16, False),
    ("image_id", 16, False),
    ("vmpl", 4, True),
    ("signature_algorithm", 4, True),
    ("current_tcb", 8, False),
    ("platform_info", 8, True),
    ("signer_info", 4, True),
    ("reserved_4c", 4, False),
    ("report_data", 64, False),
    ("measurement", 48, False),
    ("host_data", 32, False),
    ("id_key_digest", 48, False),
    ("author_key_digest", 48, False),
    ("report_id", 32, False),
    ("report_id_ma", 32, False),
    ("reported_tcb", 8, False),
    ("cpuid_family", 1, True),
    ("cpuid_model", 1, True),
    ("cpuid_stepping", 1, True),
    ("reserved_18b", 21, False),
    ("chip_id", 64, False),
    ("committed_tcb", 8, False),
    ("current_build", 1, True),
    ("current_minor", 1, True),
    ("current_major", 1, True),
    ("reserved_1eb", 1, False),
    ("committed_build", 1, True),
    ("committed_minor", 1, True),
    ("committed_major", 1, True),
    ("reserved_1ef", 1, False),
    ("launch_tcb", 8, False),
    ("launch_mitigations", 8, True),
    ("current_mitigations", 8, True),
    ("reserved_208", 152, False),
)


@dataclass(frozen=True)
class SnpReport:
    """A report, field by field; reserved ones too, so that a test can set them.

    Numbers are little-endian. `signature` is the 512 bytes behind the signed part.
    """

    version: int
    guest_svn: int
    policy: int
    family_id: bytes
    image_id: bytes
    vmpl: int
    signature_algorithm: int
    current_tcb: bytes
    platform_info: int
    signer_info: int
    reserved_4c: bytes
    report_data: bytes
    measurement: bytes
    host_data: bytes
    id_key_digest: bytes
    author_key_digest: bytes
    report_id: bytes
    report_id_ma: bytes
    reported_tcb: bytes
    cpuid_family: int
    cpuid_model: int
    cpuid_stepping: int
    reserved_18b: bytes
    chip_id: bytes
    committed_tcb: bytes
    current_build: int
    current_minor: int
    current_major: int
    reserved_1eb: bytes
    committed_build: int
    committed_minor: int
    committed_major: int
    reserved_1ef: bytes
    launch_tcb: bytes
    launch_mitigations: int
    current_mitigations: int
    reserved_208: bytes
    signature: bytes

    @property
    def signing_key(self) -> Literal["VCEK", "VLEK"]:
        """Which kind of key signed."""
        return "VLEK" if self.signer_info >> 2 & 7 else "VCEK"

    @property
    def is_chip_masked(self) -> bool:
        """Whether the host has the chip's id left out."""
        return not any(self.chip_id)

    @property
    def product(self) -> Product | None:
        """The product line; None where the report's version doesn't say, or it is of none known here."""
        return Product.of_processor(self.cpuid_family, self.cpuid_model) if self.version >= 3 else None

    def tcb(self, name: str, product: Product) -> TcbVersion:
        """One of `current_tcb`, `reported_tcb`, `committed_tcb`, `launch_tcb` as levels."""
        return TcbVersion.from_bytes(getattr(self, name), product)

    def signed_bytes(self) -> bytes:
        """The 672 bytes that are signed.

        Raises:
            MalformedEvidenceError: a field doesn't have its length.
        """
        return b"".join(self._encoded(name, size, is_number) for name, size, is_number in LAYOUT)

    def to_bytes(self) -> bytes:
        """The report as firmware gives it, 1,184 bytes."""
        return self.signed_bytes() + self.signature

    def components(self) -> tuple[int, int]:
        """The signature's r and s."""
        r, s = self.signature[:COMPONENT_BYTES], self.signature[COMPONENT_BYTES : 2 * COMPONENT_BYTES]
        return int.from_bytes(r, "little"), int.from_bytes(s, "little")

    def _encoded(self, name: str, size: int, is_number: bool) -> bytes:
        value: Any = getattr(self, name)
        try:
            encoded: bytes = value.to_bytes(size, "little") if is_number else value
        except OverflowError as error:
            raise MalformedEvidenceError(f"report.{name}", f"{value} needs more than {size} bytes") from error
        if len(encoded) != size:
            raise MalformedEvidenceError(f"report.{name}", f"has {size} bytes, not {len(encoded)}")
        return encoded


def signature_field(r: int, s: int) -> bytes:
    """The 512 bytes that hold r and s."""
    parts = (number.to_bytes(COMPONENT_BYTES, "little") for number in (r, s))
    return b"".join(parts).ljust(REPORT_BYTES - SIGNED_BYTES, b"\0")


def read_report(raw: bytes) -> SnpReport:
    """Split a report into its fields, whatever they say.

    Raises:
        MalformedEvidenceError: it doesn't have 1,184 bytes.
    """
    if len(raw) != REPORT_BYTES:
        raise MalformedEvidenceError("report", f"has {REPORT_BYTES} bytes, not {len(raw)}")
    reader = ByteReader(raw, "report")
    values: dict[str, Any] = {
        name: reader.integer(name, size) if is_number else reader.take(name, size) for name, size, is_number in LAYOUT
    }
    return SnpReport(**values, signature=reader.rest())


def parse_report(raw: bytes) -> SnpReport:
    """Read a report and check what must hold whoever signed it.

    Raises:
        MalformedEvidenceError: naming the field.
    """
    report = read_report(raw)
    check_form(report)
    return report


def check_form(report: SnpReport) -> None:
    """Versions, fixed bits and reserved fields, as the contract's `SnpReport.defectOf`.

    Raises:
        MalformedEvidenceError: naming the field.
    """

    def rule(holds: bool, field: str, reason: str) -> None:
        if not holds:
            raise MalformedEvidenceError(f"report.{field}", reason, _OFFSETS.get(field))

    version = report.version
    rule(2 <= version <= 5, "version", f"expected 2 to 5, found {version}")
    rule(report.signature_algorithm == 1, "signature_algorithm", f"expected 1, found {report.signature_algorithm}")
    rule(report.signer_info >> 2 & 7 <= 1, "signer_info", "signed with neither a VCEK nor a VLEK")
    rule(report.vmpl <= 3, "vmpl", f"expected 0 to 3, found {report.vmpl:#x}: not asked for by a guest")
    rule(not report.policy & ~POLICY_KNOWN, "policy", f"reserved bits are set: {report.policy:#x}")
    rule(bool(report.policy & POLICY_ONE), "policy", "bit 17 is not set")
    rule(not report.platform_info & ~PLATFORM_KNOWN, "platform_info", f"reserved bits: {report.platform_info:#x}")
    rule(not report.signer_info >> 5, "signer_info", f"reserved bits are set: {report.signer_info:#x}")
    for field in fields(report):
        if field.name.startswith("reserved"):
            rule(not any(getattr(report, field.name)), field.name, "not zero")
    if version == 2:
        for name in ("cpuid_family", "cpuid_model", "cpuid_stepping"):
            rule(getattr(report, name) == 0, name, "not zero in a report of version 2")
    if version < 5:
        for name in ("launch_mitigations", "current_mitigations"):
            rule(getattr(report, name) == 0, name, f"not zero in a report of version {version}")
    rest = report.signature[2 * COMPONENT_BYTES :]
    rule(all(number >> 8 * NUMBER_BYTES == 0 for number in report.components()), "signature", "r or s too large")
    rule(not any(rest), "signature", "not zero behind r and s")


def _offsets() -> dict[str, int]:
    offsets, position = {}, 0
    for name, size, _ in LAYOUT:
        offsets[name] = position
        position += size
    return {**offsets, "signature": position}


_OFFSETS = _offsets()
