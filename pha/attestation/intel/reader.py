# SPDX-License-Identifier: Apache-2.0
"""Sequential reading of little-endian structures, each field by its name."""

from __future__ import annotations

from pha.attestation.intel.errors import MalformedEvidenceError


class ByteReader:
    """Takes named fields off a byte string in order; the first one that does not fit is an error by name.

    `origin` is where `data` starts inside the outermost object, so that reported offsets are absolute.
    """

    def __init__(self, data: bytes, name: str, origin: int = 0) -> None:
        self._data = data
        self._name = name
        self._origin = origin
        self._position = 0

    @property
    def offset(self) -> int:
        """Absolute offset of the next byte."""
        return self._origin + self._position

    @property
    def remaining(self) -> int:
        """Bytes not yet taken."""
        return len(self._data) - self._position

    def take(self, field: str, length: int) -> bytes:
        """The next `length` bytes.

        Raises:
            MalformedEvidenceError: fewer bytes are left.
        """
        if length > self.remaining:
            raise MalformedEvidenceError(
                f"{self._name}.{field}", f"needs {length} bytes, {self.remaining} left", self.offset
            )
        start = self._position
        self._position += length
        return self._data[start : self._position]

    def integer(self, field: str, length: int) -> int:
        """The next `length` bytes as an unsigned little-endian number."""
        return int.from_bytes(self.take(field, length), "little")

    def nested(self, field: str, length: int) -> ByteReader:
        """A reader over the next `length` bytes, named and placed inside this one."""
        origin = self.offset
        return ByteReader(self.take(field, length), f"{self._name}.{field}", origin)

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take("rest", self.remaining)

    def finish(self) -> None:
        """Check that nothing is left.

        Raises:
            MalformedEvidenceError: the enclosing length announced more than the fields fill.
        """
        if self.remaining:
            raise MalformedEvidenceError(
                self._name, f"{self.remaining} bytes left over after the last field", self.offset
            )
