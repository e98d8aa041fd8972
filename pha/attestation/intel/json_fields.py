# SPDX-License-Identifier: Apache-2.0
"""Typed access to JSON members, each error naming the member by its path."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from pha.attestation.intel.errors import MalformedEvidenceError

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
#: The vendor's texts nest six levels; the standard parser can overflow the stack on thousands.
_DEEPEST = 32
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(r"[][{}]")


def _depth(text: str) -> int:
    """How deep brackets nest outside strings."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


class JsonObject:
    """A JSON object and the path that leads to it."""

    def __init__(self, members: dict[str, Any], path: str) -> None:
        self._members = members
        self._path = path

    @classmethod
    def parse(cls, text: str, name: str) -> JsonObject:
        """Parse `text`, which must be one object in which no member stands twice.

        Raises:
            MalformedEvidenceError: it is not.
        """

        def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            members = dict(pairs)
            if len(members) != len(pairs):
                raise MalformedEvidenceError(name, "a member stands twice in one object")
            return members

        if _depth(text) > _DEEPEST:
            raise MalformedEvidenceError(name, f"nested deeper than {_DEEPEST} levels")
        try:
            value = json.loads(text, object_pairs_hook=unique)
        except json.JSONDecodeError as error:
            raise MalformedEvidenceError(name, f"not JSON: {error}") from error
        if not isinstance(value, dict):
            raise MalformedEvidenceError(name, f"expected a JSON object, found {type(value).__name__}")
        return cls(value, name)

    def has(self, name: str) -> bool:
        """Whether the member is there."""
        return name in self._members

    def _get(self, name: str, kind: type) -> Any:
        path = f"{self._path}.{name}"
        if name not in self._members:
            raise MalformedEvidenceError(path, "missing")
        value = self._members[name]
        if type(value) is not kind:
            raise MalformedEvidenceError(path, f"expected {kind.__name__}, found {type(value).__name__}")
        return value

    def string(self, name: str) -> str:
        """A string member."""
        value: str = self._get(name, str)
        return value

    def optional_string(self, name: str) -> str | None:
        """A string member, or None where it is left out."""
        return self.string(name) if self.has(name) else None

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty where the member is left out."""
        if not self.has(name):
            return ()
        values = self._get(name, list)
        for index, value in enumerate(values):
            if not isinstance(value, str):
                raise MalformedEvidenceError(
                    f"{self._path}.{name}[{index}]", f"expected str, found {type(value).__name__}"
                )
        return tuple(values)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """A string member out of `allowed`."""
        value = self.string(name)
        if value not in allowed:
            raise MalformedEvidenceError(
                f"{self._path}.{name}", f"expected one of {', '.join(allowed)}, found {value!r}"
            )
        return value

    def integer(self, name: str, minimum: int, maximum: int) -> int:
        """A whole number from `minimum` to `maximum`."""
        value: int = self._get(name, int)
        if not minimum <= value <= maximum:
            bounds = str(minimum) if minimum == maximum else f"{minimum} to {maximum}"
            raise MalformedEvidenceError(f"{self._path}.{name}", f"expected {bounds}, found {value}")
        return value

    def hexadecimal(self, name: str, length: int) -> bytes:
        """A string of exactly 2 · `length` hexadecimal digits."""
        value = self.string(name)
        if not re.fullmatch(f"[0-9A-Fa-f]{{{2 * length}}}", value):
            raise MalformedEvidenceError(
                f"{self._path}.{name}", f"expected {2 * length} hexadecimal digits, found {value!r}"
            )
        return bytes.fromhex(value)

    def date(self, name: str) -> int:
        """A date as Intel writes it (`YYYY-MM-DDThh:mm:ssZ`), in Unix seconds."""
        value = self.string(name)
        try:
            if not _DATE.fullmatch(value):
                raise ValueError
            moment = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise MalformedEvidenceError(
                f"{self._path}.{name}", f"expected YYYY-MM-DDThh:mm:ssZ, found {value!r}"
            ) from None
        return int(moment.timestamp())

    def object(self, name: str) -> JsonObject:
        """A member that is itself an object."""
        return JsonObject(self._get(name, dict), f"{self._path}.{name}")

    def objects(self, name: str, count: int | None = None) -> list[JsonObject]:
        """A list of objects, of `count` entries where that is given."""
        entries = self._get(name, list)
        path = f"{self._path}.{name}"
        if count is not None and len(entries) != count:
            raise MalformedEvidenceError(path, f"expected {count} entries, found {len(entries)}")
        for index, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise MalformedEvidenceError(f"{path}[{index}]", f"expected an object, found {type(entry).__name__}")
        return [JsonObject(entry, f"{path}[{index}]") for index, entry in enumerate(entries)]
