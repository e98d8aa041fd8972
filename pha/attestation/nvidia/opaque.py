# SPDX-License-Identifier: Apache-2.0
"""The opaque data of a report: fields of NVIDIA's own, type and size of two bytes each before every one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.reader import ByteReader


class FieldType(IntEnum):
    """Types that NVIDIA has given names to."""

    CERT_ISSUER_NAME = 1
    CERT_AUTHORITY_KEY_IDENTIFIER = 2
    DRIVER_VERSION = 3
    GPU_INFO = 4
    SKU = 5
    VBIOS_VERSION = 6
    MANUFACTURER_ID = 7
    TAMPER_DETECTION = 8
    SMC = 9
    VPR = 10
    NVDEC0_STATUS = 11
    MEASUREMENT_COUNTS = 12
    CPR_INFO = 13
    BOARD_ID = 14
    CHIP_SKU = 15
    CHIP_SKU_MOD = 16
    PROJECT = 17
    PROJECT_SKU = 18
    PROJECT_SKU_MOD = 19
    FIRMWARE_ID = 20
    PROTECTED_PCIE_STATUS = 21
    SWITCH_PDI = 22
    FLOORSWEPT_PORTS = 23
    POSITION_ID = 24
    LOCK_SWITCH_STATUS = 25
    GPU_LINK_CONNECTIONS = 32
    SYS_ENABLE_STATUS = 33
    OPAQUE_DATA_VERSION = 34
    CHIP_INFO = 35
    FEATURE_FLAG = 36


DECODER_OFF = 0x55
FEATURES = {0: "SPT", 1: "MPT", 2: "PPCIE"}  # one GPU to a guest, several, and several with protected PCIe
_READ_ON_CHAIN = {
    FieldType.DRIVER_VERSION,
    FieldType.VBIOS_VERSION,
    FieldType.NVDEC0_STATUS,
    FieldType.CHIP_SKU,
    FieldType.PROJECT,
    FieldType.PROJECT_SKU,
    FieldType.FIRMWARE_ID,
}
_MAX_TEXT = 64


@dataclass(frozen=True)
class OpaqueData:
    """The fields in the order given: type and value. Types without a name are kept."""

    fields: tuple[tuple[int, bytes], ...]

    def get(self, kind: FieldType) -> bytes | None:
        """A field's value; None where it isn't there."""
        return next((value for number, value in self.fields if number == kind), None)

    def text(self, kind: FieldType) -> str:
        """A field as text, without the zeros that fill it up; empty where it isn't there."""
        return (self.get(kind) or b"").rstrip(b"\0").decode("ascii", errors="backslashreplace")

    @property
    def vbios_version(self) -> bytes:
        """Eight bytes as given; zeros where the field isn't there."""
        return self.get(FieldType.VBIOS_VERSION) or bytes(8)

    @property
    def is_decoder_off(self) -> bool:
        """Whether the first video decoder is out of use, so that its measurement doesn't count."""
        return self.get(FieldType.NVDEC0_STATUS) == bytes([DECODER_OFF])

    @property
    def measurement_counts(self) -> tuple[int, ...]:
        """How often each measurement was extended; numbers of four bytes."""
        raw = self.get(FieldType.MEASUREMENT_COUNTS) or b""
        return tuple(int.from_bytes(raw[start : start + 4], "little") for start in range(0, len(raw), 4))

    def to_bytes(self) -> bytes:
        """As sent."""
        return b"".join(
            kind.to_bytes(2, "little") + len(value).to_bytes(2, "little") + value for kind, value in self.fields
        )


def parse_opaque(reader: ByteReader) -> OpaqueData:
    """Read all fields, by the rules of the contract: what it reads may not come twice.

    Raises:
        MalformedEvidenceError: a field is cut short, comes twice, or isn't what its type demands.
    """
    fields: list[tuple[int, bytes]] = []
    while reader.remaining:
        offset = reader.offset
        kind = reader.integer("type", 2)
        size = reader.integer("size", 2)
        name = field_name(kind)
        value = reader.take(name, size)
        if kind in _READ_ON_CHAIN:
            if any(number == kind for number, _ in fields):
                raise MalformedEvidenceError(f"report.answer.opaque.{name}", "comes twice", offset)
            _check(FieldType(kind), value, offset)
        fields.append((kind, value))
    return OpaqueData(tuple(fields))


def field_name(kind: int) -> str:
    """A type's name in words, or its number."""
    try:
        return FieldType(kind).name.lower().replace("_", " ")
    except ValueError:
        return f"type {kind}"


def vbios_text(version: bytes) -> str:
    """A VBIOS version as people write it: bytes 0074009620000000 are 96.00.74.00.20."""
    backwards = version[::-1]
    shown = backwards[4:] + backwards[3:4]
    return ".".join(f"{byte:02X}" for byte in shown)


def vbios_bytes(text: str) -> bytes:
    """The eight bytes of a VBIOS version written as 96.00.74.00.20.

    Raises:
        MalformedEvidenceError: it isn't five bytes in hexadecimal with dots between them.
    """
    try:
        shown = bytes.fromhex(text.replace(".", ""))
    except ValueError:
        shown = b""
    if len(shown) != 5:
        raise MalformedEvidenceError("VBIOS version", f"expected the form 96.00.74.00.20, found {text!r}")
    return (bytes(3) + shown[4:5] + shown[:4])[::-1]


def _check(kind: FieldType, value: bytes, offset: int) -> None:
    where = f"report.answer.opaque.{field_name(kind)}"
    sizes = {FieldType.VBIOS_VERSION: 8, FieldType.FIRMWARE_ID: 48}
    if kind in sizes:
        if len(value) != sizes[kind]:
            raise MalformedEvidenceError(where, f"expected {sizes[kind]} bytes, found {len(value)}", offset)
    elif kind != FieldType.NVDEC0_STATUS and (
        len(value) > _MAX_TEXT or any(not 0x20 <= character <= 0x7E for character in value.rstrip(b"\0"))
    ):
        raise MalformedEvidenceError(where, "expected printable ASCII, then zeros, 64 bytes at most", offset)
