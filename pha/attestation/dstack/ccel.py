# SPDX-License-Identifier: Apache-2.0
"""The event log that a TDX guest's firmware keeps: the data of the ACPI table CCEL.

TCG PC Client Platform Firmware Profile, "Event Logging" (crypto-agile format); UEFI 2.10, "Confidential Computing",
by which measurement register 0 is MRTD and 1 to 4 are RTMR0 to RTMR3.
"""

from __future__ import annotations

from collections.abc import Iterator

from pha.attestation.dstack.errors import EventLogError
from pha.attestation.dstack.measured import DIGEST_BYTES, REGISTERS, MeasuredEvent

EV_NO_ACTION = 3
SHA384 = 12
_DIGEST_SIZES = {4: 20, 11: 32, SHA384: DIGEST_BYTES, 13: 64}
_SIGNATURE = b"Spec ID Event03\0"
_END = 0xFFFFFFFF


class _Cursor:
    """Reads little-endian numbers and runs of bytes; refuses to read past the end."""

    def __init__(self, data: bytes) -> None:
        self._data, self.position = data, 0

    def take(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self._data):
            raise EventLogError("Malformed", f"an event at byte {self.position} ends past the log")
        taken, self.position = self._data[self.position : end], end
        return taken

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "little")

    def left(self) -> int:
        return len(self._data) - self.position


def parse_ccel(data: bytes) -> list[MeasuredEvent]:
    """Every extension of RTMR0 to RTMR3 that a firmware's log tells of, in order.

    Events of type EV_NO_ACTION extend nothing and are left out, and so is what went into MRTD.

    Raises:
        EventLogError: the log is no crypto-agile one, is cut off, or has an event without SHA-384.
    """
    cursor = _Cursor(data)
    sizes = _read_header(cursor)
    return [event for event in _events(cursor, sizes) if event is not None]


def _read_header(cursor: _Cursor) -> dict[int, int]:
    """The digests' sizes by algorithm, from the first event, which has the older form."""
    cursor.take(4)  # register
    if cursor.number(4) != EV_NO_ACTION:
        raise EventLogError("Malformed", "the first event is not the header of a crypto-agile log")
    cursor.take(20)
    header = _Cursor(cursor.take(cursor.number(4)))
    if header.take(16) != _SIGNATURE:
        raise EventLogError("Malformed", "the header has not the signature of a crypto-agile log")
    header.take(8)  # platform class, version, size of a native integer
    sizes = {}
    for _ in range(header.number(4)):
        algorithm, size = header.number(2), header.number(2)
        if _DIGEST_SIZES.get(algorithm, size) != size:
            raise EventLogError("Malformed", f"digests of algorithm {algorithm} can't have {size} bytes")
        sizes[algorithm] = size
    return sizes


def _events(cursor: _Cursor, sizes: dict[int, int]) -> Iterator[MeasuredEvent | None]:
    while cursor.left() >= 4:
        index = cursor.number(4)
        if index == _END:
            return
        kind = cursor.number(4)
        digests: dict[int, bytes] = {}
        for _ in range(cursor.number(4)):
            algorithm = cursor.number(2)
            if algorithm not in sizes:
                raise EventLogError("Malformed", f"algorithm {algorithm} is not in the header")
            digests[algorithm] = cursor.take(sizes[algorithm])
        payload = cursor.take(cursor.number(4))
        if kind == EV_NO_ACTION or index == 0:
            yield None
            continue
        if index > REGISTERS:
            raise EventLogError("Malformed", f"there is no measurement register {index}")
        if SHA384 not in digests:
            raise EventLogError("Malformed", f"an event of register {index} has no SHA-384")
        yield MeasuredEvent(index - 1, kind, digests[SHA384], payload=payload)
