# SPDX-License-Identifier: Apache-2.0
"""What the parsers raise: always with the name of the field, so that a person knows where to look."""

from __future__ import annotations


class MalformedEvidenceError(ValueError):
    """A quote, certificate, revocation list or collateral text that breaks its format.

    Attributes:
        field: dotted name of the field, such as ``quote.header.version``.
        reason: what was expected and what was found.
        offset: byte offset inside the parsed object, where there is one.
    """

    def __init__(self, field: str, reason: str, offset: int | None = None) -> None:
        self.field = field
        self.reason = reason
        self.offset = offset
        where = f" at byte {offset}" if offset is not None else ""
        super().__init__(f"{field}{where}: {reason}")
