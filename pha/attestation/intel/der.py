# SPDX-License-Identifier: Apache-2.0
"""The little of DER (X.690) that Intel's certificate extension needs, written and read strictly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pha.attestation.intel.errors import MalformedEvidenceError

BOOLEAN, INTEGER, OCTET_STRING, OBJECT_ID, ENUMERATED, SEQUENCE = 0x01, 0x02, 0x04, 0x06, 0x0A, 0x30


def encode(tag: int, content: bytes) -> bytes:
    """One element: tag, shortest length, content."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*elements: bytes) -> bytes:
    """SEQUENCE of elements that are already encoded."""
    return encode(SEQUENCE, b"".join(elements))


def integer(value: int, tag: int = INTEGER) -> bytes:
    """A non-negative INTEGER (or ENUMERATED) in as few bytes as its sign allows."""
    return encode(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def boolean(value: bool) -> bytes:
    """BOOLEAN: 0xFF or 0x00."""
    return encode(BOOLEAN, b"\xff" if value else b"\x00")


def object_id(dotted: str) -> bytes:
    """OBJECT IDENTIFIER from dotted decimals."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return encode(OBJECT_ID, bytes(out))


@dataclass(frozen=True)
class Element:
    """One parsed element; `offset` is where its tag stands in the outermost string."""

    tag: int
    content: bytes
    offset: int
    content_offset: int

    def expect(self, tag: int, field: str) -> bytes:
        """The content, if the tag is the expected one.

        Raises:
            MalformedEvidenceError: it is another.
        """
        if self.tag != tag:
            raise MalformedEvidenceError(field, f"expected DER tag 0x{tag:02x}, found 0x{self.tag:02x}", self.offset)
        return self.content

    def children(self, field: str) -> list[Element]:
        """The elements inside a SEQUENCE."""
        return list(elements(self.expect(SEQUENCE, field), field, self.content_offset))

    def unsigned(self, field: str, tag: int = INTEGER) -> int:
        """A non-negative INTEGER or ENUMERATED in its shortest form."""
        content = self.expect(tag, field)
        if not content:
            raise MalformedEvidenceError(field, "number without bytes", self.offset)
        if content[0] & 0x80:
            raise MalformedEvidenceError(field, f"negative number 0x{content.hex()}", self.offset)
        if len(content) > 1 and content[0] == 0 and not content[1] & 0x80:
            raise MalformedEvidenceError(field, f"number not in its shortest form: 0x{content.hex()}", self.offset)
        return int.from_bytes(content, "big")

    def flag(self, field: str) -> bool:
        """A BOOLEAN, which DER writes as 0x00 or 0xFF only."""
        content = self.expect(BOOLEAN, field)
        if content not in (b"\x00", b"\xff"):
            raise MalformedEvidenceError(field, f"expected a BOOLEAN of 00 or ff, found {content.hex()!r}", self.offset)
        return content == b"\xff"


def elements(data: bytes, field: str, origin: int = 0) -> Iterator[Element]:
    """The elements standing one after another in `data`.

    Raises:
        MalformedEvidenceError: a length runs past the end, is not the shortest form, or is indefinite.
    """
    position = 0
    while position < len(data):
        start = position
        if position + 2 > len(data):
            raise MalformedEvidenceError(field, "DER header cut short", origin + start)
        tag, length = data[position], data[position + 1]
        position += 2
        if length >= 0x80:
            count = length & 0x7F
            raw = data[position : position + count]
            if count == 0 or len(raw) < count:
                raise MalformedEvidenceError(field, "DER length cut short or indefinite", origin + start)
            length = int.from_bytes(raw, "big")
            if length < 0x80 or raw[0] == 0:
                raise MalformedEvidenceError(field, "DER length not in its shortest form", origin + start)
            position += count
        if length > len(data) - position:
            raise MalformedEvidenceError(
                field, f"DER element of {length} bytes, {len(data) - position} left", origin + start
            )
        yield Element(tag, data[position : position + length], origin + start, origin + position)
        position += length
