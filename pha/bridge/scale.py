# SPDX-License-Identifier: Apache-2.0
"""SCALE, Substrate's byte encoding, as far as chain state and headers need it.

Standard: the Polkadot specification, appendix "SCALE codec". Fixed-width integers are little-endian; a
compact integer keeps its width in the two low bits of its first byte.
"""

from __future__ import annotations

from pha.bridge.errors import BridgeError

COMPACT_LIMIT = 1 << 536  # 67 bytes, the most that the six-bit length of the big mode can say


class ScaleError(BridgeError):
    """Bytes that are no canonical SCALE encoding of the type asked for, or a number that has none."""


def encode_uint(value: int, width: int) -> bytes:
    """Little-endian `value` in exactly `width` bytes. Raises ScaleError if it does not fit."""
    if not 0 <= value < 1 << (8 * width):
        raise ScaleError(f"{value} does not fit an unsigned integer of {8 * width} bits")
    return value.to_bytes(width, "little")


def encode_compact(value: int) -> bytes:
    """Compact encoding of an integer of 0 to 2^536 - 1; one, two, four or five and more bytes."""
    if not 0 <= value < COMPACT_LIMIT:
        raise ScaleError(f"{value} has no compact encoding")
    if value < 1 << 6:
        return bytes((value << 2,))
    if value < 1 << 14:
        return (value << 2 | 0b01).to_bytes(2, "little")
    if value < 1 << 30:
        return (value << 2 | 0b10).to_bytes(4, "little")
    width = (value.bit_length() + 7) // 8
    return bytes(((width - 4) << 2 | 0b11,)) + value.to_bytes(width, "little")


def encode_bytes(value: bytes) -> bytes:
    """A byte vector: its length as a compact integer, then the bytes."""
    return encode_compact(len(value)) + value


class ScaleReader:
    """Reads one value after the other from `data`; nothing is read past its end.

    Every method raises ScaleError where the bytes run out or are not the shortest encoding of their value.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def remaining(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self._at

    def rest(self) -> bytes:
        """What has not been read, without reading it."""
        return self._data[self._at :]

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        if length > self.remaining:
            raise ScaleError(f"{length} bytes wanted at offset {self._at}, {self.remaining} left")
        start, self._at = self._at, self._at + length
        return self._data[start : self._at]

    def uint(self, width: int) -> int:
        """An unsigned little-endian integer of `width` bytes."""
        return int.from_bytes(self.take(width), "little")

    def compact(self) -> int:
        """A compact integer in its shortest form."""
        start = self._at
        first = self.take(1)[0]
        mode = first & 0b11
        if mode == 0b11:
            value = self.uint((first >> 2) + 4)
        else:
            rest = self.take((1 << mode) - 1)
            value = int.from_bytes(bytes((first,)) + rest, "little") >> 2
        if encode_compact(value) != self._data[start : self._at]:
            raise ScaleError(f"the compact integer at offset {start} is not in its shortest form")
        return value

    def byte_vector(self) -> bytes:
        """A byte vector: compact length, then the bytes."""
        return self.take(self.compact())

    def finish(self) -> None:
        """Raises ScaleError if anything is left."""
        if self.remaining:
            raise ScaleError(f"{self.remaining} bytes left over at offset {self._at}")
