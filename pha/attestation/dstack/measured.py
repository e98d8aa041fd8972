# SPDX-License-Identifier: Apache-2.0
"""Measured events of a TDX guest, and the registers that follow from them.

A register starts as 48 zero bytes and is extended to SHA-384(register ‖ digest): Intel TDX Module Base Architecture
Specification, TDG.MR.RTMR.EXTEND.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

#: Type of the events by which a dstack guest tells what it boots; not one of the TCG's.
DSTACK_EVENT = 0x08000001
DIGEST_BYTES = 48
REGISTERS = 4


@dataclass(frozen=True)
class MeasuredEvent:
    """One extension of a register.

    Attributes:
        register: 0 to 3, for RTMR0 to RTMR3.
        type: as the TCG numbers them, or `DSTACK_EVENT`.
        digest: 48 bytes, what the register was extended by.
        name: of a dstack event; empty for others.
        payload: of a dstack event, or the event's data as firmware logs it.
        format: of a dstack event: 1 binary, 2 canonical JSON; 0 for others.
    """

    register: int
    type: int
    digest: bytes
    name: str = ""
    payload: bytes = b""
    format: int = 0


def event_digest(name: str, payload: bytes, form: int) -> bytes:
    """The 48 bytes by which a dstack guest extends RTMR3 for an event.

    Args:
        name: the event's.
        payload: of any length.
        form: 1: SHA-384 of type (little-endian) ":" name ":" payload; 2: of the canonical JSON (RFC 8785).

    Raises:
        ValueError: no such form.
    """
    if form == 1:
        preimage = DSTACK_EVENT.to_bytes(4, "little") + b":" + name.encode() + b":" + payload
    elif form == 2:
        fields = {"name": name, "payload": payload.hex(), "type": DSTACK_EVENT}
        preimage = json.dumps(fields, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    else:
        raise ValueError(f"events have forms 1 and 2, not {form}")
    return hashlib.sha384(preimage).digest()


def extend(register: bytes, digest: bytes) -> bytes:
    """The register of 48 bytes after one more digest of 48 bytes."""
    return hashlib.sha384(register + digest).digest()


def replay(events: Iterable[MeasuredEvent]) -> tuple[bytes, bytes, bytes, bytes]:
    """RTMR0 to RTMR3 after these events, 48 bytes each."""
    registers = [bytes(DIGEST_BYTES)] * REGISTERS
    for event in events:
        registers[event.register] = extend(registers[event.register], event.digest)
    return registers[0], registers[1], registers[2], registers[3]
