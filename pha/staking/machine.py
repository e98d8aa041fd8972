# SPDX-License-Identifier: Apache-2.0
"""What commands print for machines: amounts are decimal text, for JSON's readers keep 53 bits of a number."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeAlias

Wei: TypeAlias = int
"""An amount in wei, or of shares in their least unit. Fields annotated with it are printed as text."""


def plain(value: Any) -> Any:
    """Dataclasses as mappings, fields of type `Wei` as decimal text, bytes as 0x text,
    members of enumerations by their names; the rest as it is.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _field(getattr(value, one.name), str(one.type)) for one in fields(value)}
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _field(value: Any, annotation: str) -> Any:
    is_amount = annotation.removesuffix(" | None") == "Wei"
    return str(value) if is_amount and value is not None else plain(value)
