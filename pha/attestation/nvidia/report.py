# SPDX-License-Identifier: Apache-2.0
"""An attestation report: an SPDM 1.1 GET_MEASUREMENTS request and the MEASUREMENTS answer (DMTF DSP0274, 10.11).

Hopper GPUs, Blackwell GPUs and NVSwitches use the same form. All numbers are little-endian.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.reader import ByteReader
from pha.attestation.nvidia.opaque import OpaqueData, parse_opaque

SPDM_1_1 = 0x11
GET_MEASUREMENTS = 0xE0
MEASUREMENTS = 0x60
SIGNED = 1
ALL_MEASUREMENTS = 0xFF
DMTF = 1
REQUEST_BYTES = 37
DIGEST_BYTES = 48
SIGNATURE_BYTES = 96
RAW_VALUE = 0x80  # bit of a block's type: its value is no digest


@dataclass(frozen=True)
class Request:
    """What was asked: 37 bytes."""

    version: int
    code: int
    attributes: int
    operation: int
    nonce: bytes
    slot: int

    def to_bytes(self) -> bytes:
        """As sent."""
        head = bytes([self.version, self.code, self.attributes, self.operation])
        return head + self.nonce + bytes([self.slot])


@dataclass(frozen=True)
class Block:
    """One measurement. `type` tells what was measured and whether `value` is its digest (DSP0274, table 45)."""

    index: int
    value: bytes
    type: int = 1
    specification: int = DMTF

    def to_bytes(self) -> bytes:
        """As sent: head of seven bytes, then the value."""
        head = bytes([self.index, self.specification]) + (len(self.value) + 3).to_bytes(2, "little")
        return head + bytes([self.type]) + len(self.value).to_bytes(2, "little") + self.value


@dataclass(frozen=True)
class Answer:
    """What the device answered."""

    version: int
    code: int
    reserved: int
    slot: int
    blocks: tuple[Block, ...]
    device_nonce: bytes
    opaque: OpaqueData
    signature: bytes

    def unsigned_bytes(self) -> bytes:
        """All but the signature."""
        record = b"".join(block.to_bytes() for block in self.blocks)
        opaque = self.opaque.to_bytes()
        head = bytes([self.version, self.code, self.reserved, self.slot, len(self.blocks)])
        return (
            head
            + len(record).to_bytes(3, "little")
            + record
            + self.device_nonce
            + len(opaque).to_bytes(2, "little")
            + opaque
        )


@dataclass(frozen=True)
class Report:
    """Request and answer."""

    request: Request
    answer: Answer

    @property
    def nonce(self) -> bytes:
        """The requester's nonce, 32 bytes."""
        return self.request.nonce

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return self.request.to_bytes() + self.answer.unsigned_bytes()

    def to_bytes(self) -> bytes:
        """As the driver gives it."""
        return self.signed_bytes() + self.answer.signature


def parse_report(raw: bytes) -> Report:
    """Read a report, strictly: as the contract does, by the same rules.

    Raises:
        MalformedEvidenceError: it breaks its format; the error names the field.
    """
    reader = ByteReader(raw, "report")
    request = _parse_request(reader)
    version = _expect(reader, "answer.version", SPDM_1_1)
    code = _expect(reader, "answer.code", MEASUREMENTS)
    reserved = _expect(reader, "answer.reserved", 0)
    slot = _expect(reader, "answer.slot", request.slot)
    count = reader.integer("answer.block count", 1)
    if count == 0:
        raise MalformedEvidenceError("report.answer.block count", "expected at least 1, found 0")
    length = reader.integer("answer.record length", 3)
    record = reader.nested("answer.record", length)
    blocks = tuple(_parse_block(record, index) for index in range(1, count + 1))
    record.finish()
    device_nonce = reader.take("answer.device nonce", 32)
    opaque_length = reader.integer("answer.opaque length", 2)
    opaque = parse_opaque(reader.nested("answer.opaque", opaque_length))
    signature = reader.take("answer.signature", SIGNATURE_BYTES)
    reader.finish()
    return Report(request, Answer(version, code, reserved, slot, blocks, device_nonce, opaque, signature))


def _parse_request(reader: ByteReader) -> Request:
    version = _expect(reader, "request.version", SPDM_1_1)
    code = _expect(reader, "request.code", GET_MEASUREMENTS)
    attributes = _expect(reader, "request.attributes", SIGNED)
    operation = _expect(reader, "request.operation", ALL_MEASUREMENTS)
    nonce = reader.take("request.nonce", 32)
    offset = reader.offset
    slot = reader.integer("request.slot", 1)
    if slot > 7:
        raise MalformedEvidenceError("report.request.slot", f"expected 0 to 7, found {slot}", offset)
    return Request(version, code, attributes, operation, nonce, slot)


def _parse_block(reader: ByteReader, index: int) -> Block:
    _expect(reader, f"block {index}.index", index)
    specification = _expect(reader, f"block {index}.specification", DMTF)
    _expect(reader, f"block {index}.size", DIGEST_BYTES + 3, 2)
    offset = reader.offset
    kind = reader.integer(f"block {index}.type", 1)
    if kind & RAW_VALUE:
        raise MalformedEvidenceError(f"report.block {index}.type", f"expected a digest, found 0x{kind:02x}", offset)
    _expect(reader, f"block {index}.value size", DIGEST_BYTES, 2)
    return Block(index, reader.take(f"block {index}.value", DIGEST_BYTES), kind, specification)


def _expect(reader: ByteReader, field: str, expected: int, length: int = 1) -> int:
    offset = reader.offset
    found = reader.integer(field, length)
    if found != expected:
        raise MalformedEvidenceError(f"report.{field}", f"expected 0x{expected:02x}, found 0x{found:02x}", offset)
    return found


@dataclass(frozen=True)
class GpuEvidence:
    """A report as it lies in a file, and the chain that came with it: PEM, leaf first; empty where there was none."""

    report: bytes
    chain_pem: bytes


def read_evidence(data: bytes) -> list[GpuEvidence]:
    """The reports in a file: raw, as hexadecimal text, or as NVIDIA's JSON list of devices (base64).

    Raises:
        MalformedEvidenceError: it is none of these.
    """
    if data[:2] == bytes([SPDM_1_1, GET_MEASUREMENTS]):
        return [GpuEvidence(data, b"")]
    text = data.decode("ascii", errors="replace").strip()
    if text[:1] in ("[", "{"):
        return _read_json(text)
    try:
        report = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        report = b""
    if not report:
        raise MalformedEvidenceError("file", "neither a report, its hexadecimal text, nor a JSON list")
    return [GpuEvidence(report, b"")]


def _read_json(text: str) -> list[GpuEvidence]:
    try:
        content = json.loads(text)
        entries = content if isinstance(content, list) else [content]
        return [
            GpuEvidence(
                base64.b64decode(entry["evidence"], validate=True),
                base64.b64decode(entry.get("certificate", ""), validate=True),
            )
            for entry in entries
        ]
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise MalformedEvidenceError("file", f"not a list of devices with 'evidence' in base64: {error}") from error


def is_gpu_evidence(data: bytes) -> bool:
    """Whether a file looks like one that `read_evidence` takes, by its first bytes."""
    head = data[:8].lstrip()
    return head[:2] == bytes([SPDM_1_1, GET_MEASUREMENTS]) or head[:4].lower() == b"11e0" or head[:1] in (b"[", b"{")
