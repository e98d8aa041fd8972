# SPDX-License-Identifier: Apache-2.0
"""What made-up evidence is to be, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pha.attestation.nvidia.generator.certificates import CertificateSpec, KeyRing
from pha.attestation.nvidia.report import Block


class FirmwareForm(Enum):
    """How the report key's certificate names its firmware, or that it doesn't."""

    HOPPER = "composite device id"
    BLACKWELL = "TcbInfo"
    NONE = "none"


@dataclass(frozen=True)
class ReportSpec:
    """A report. Every byte of it follows from these fields.

    Attributes:
        blocks: the measurements, in the order sent.
        block_count: number of blocks announced; as many as there are where None.
        record_length: length announced; that of the blocks where None.
        opaque: the opaque fields in the order sent, type and value.
        opaque_length: length announced; that of the fields where None.
        opaque_tail: bytes behind the last opaque field.
        signer: name of the key that signs.
        signature: this instead of a true one, 96 bytes.
        tail: bytes behind the signature.
    """

    nonce: bytes
    device_nonce: bytes
    blocks: tuple[Block, ...]
    opaque: tuple[tuple[int, bytes], ...]
    request_version: int = 0x11
    request_code: int = 0xE0
    request_attributes: int = 1
    request_operation: int = 0xFF
    request_slot: int = 0
    answer_version: int = 0x11
    answer_code: int = 0x60
    answer_reserved: int = 0
    answer_slot: int = 0
    block_count: int | None = None
    record_length: int | None = None
    opaque_length: int | None = None
    opaque_tail: bytes = b""
    signer: str = "report key"
    signature: bytes | None = None
    tail: bytes = b""

    def with_opaque(self, kind: int, value: bytes | None) -> tuple[tuple[int, bytes], ...]:
        """The opaque fields with another value in one of them, or without it; a new one comes last."""
        kept = [(number, old if number != kind or value is None else value) for number, old in self.opaque]
        if value is None:
            return tuple(pair for pair in kept if pair[0] != kind)
        return tuple(kept) if any(number == kind for number, _ in kept) else (*kept, (kind, value))


@dataclass(frozen=True)
class EvidenceSpec:
    """A report and its chain, root first. `firmware_form` fills in the last certificate's extension where that has none
    of its own, with the firmware id `firmware`."""

    keys: KeyRing
    certificates: tuple[CertificateSpec, ...]
    report: ReportSpec
    firmware: bytes
    firmware_form: FirmwareForm = FirmwareForm.HOPPER
