# SPDX-License-Identifier: Apache-2.0
"""What a runtime says of its own storage: names, hashers and types, from `state_getMetadata`, version 14.

Metadata is no part of the state: no root covers it, and whoever serves it could exchange two fields of the same width.
So it is read here, and what it may decide is settled in `runtime_layouts`. The SCALE decoding, of the metadata and of
values by it, is the scalecodec library's.

A layout is written as text, so that it can be compared, printed and accepted: `u32`, `[u8;32]`, `vec(…)`, `option(…)`,
`compact(…)`, `(a,b)` for tuples, `{name:layout,…}` for structs, `<0:Name(…)|1:Name>` for enums. A wrapper around one
unnamed value (AccountId32, Permill, a bounded vector) is written as that value: it has the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset

from pha.bridge.errors import BridgeError

MAGIC = b"meta"
VERSION = 14
MOST_BYTES = 16 * 2**20
DEEPEST_TYPE = 40
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class MetadataError(BridgeError):
    """Bytes that are no metadata of version 14, or describe what no storage could be."""


@dataclass(frozen=True)
class StorageItem:
    """One storage item: the hashers of its map keys (none for a plain value), layouts of key and value, type ids."""

    pallet: str
    name: str
    hashers: tuple[str, ...]
    key: str
    value: str
    key_type: int | None
    value_type: int

    @property
    def layout(self) -> str:
        """Everything that says how an entry reads."""
        return f"{'+'.join(self.hashers) or 'plain'} {self.key} => {self.value}"


@dataclass
class RuntimeMetadata:
    """The storage items of a runtime by `pallet.item`, and values decoded by their types."""

    items: dict[str, StorageItem]
    _configuration: RuntimeConfigurationObject = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> RuntimeMetadata:
        """From a file of 0x-hex, as the node answers. Raises MetadataError."""
        try:
            if path.stat().st_size > 2 * MOST_BYTES + 3:
                raise MetadataError(f"{path} is larger than any runtime's metadata")
            text = path.read_text(encoding="ascii").strip()
            return cls.decode(bytes.fromhex(text.removeprefix("0x")))
        except OSError as cause:
            raise MetadataError(f"{path} cannot be read ({cause.strerror})") from None
        except MetadataError:
            raise
        except ValueError:
            raise MetadataError(f"{path} is not the hexadecimal text of a runtime's metadata") from None

    @classmethod
    def decode(cls, data: bytes) -> RuntimeMetadata:
        """From the bytes, `meta` and version first. Raises MetadataError."""
        if data[:4] != MAGIC or len(data) < 5:
            raise MetadataError("these bytes are no runtime's metadata")
        if data[4] != VERSION:
            raise MetadataError(f"metadata of version {data[4]} is not read here, only {VERSION}: ask for that")
        configuration = RuntimeConfigurationObject(implements_scale_info=True)
        configuration.update_type_registry(load_type_registry_preset("core"))
        metadata = configuration.create_scale_object("MetadataVersioned", data=ScaleBytes(data))
        try:
            decoded = metadata.decode(check_remaining=True)
            configuration.add_portable_registry(metadata)
            body = decoded[1][f"V{VERSION}"]
            types = {entry["id"]: entry["type"] for entry in body["types"]["types"]}
            items = {
                item.pallet + "." + item.name: item
                for pallet in body["pallets"]
                if pallet["storage"]
                for item in _items(types, pallet["storage"])
            }
        except MetadataError:
            raise
        except Exception as cause:  # the library raises many kinds, on hostile bytes any of them
            raise MetadataError(f"these bytes are no runtime's metadata: {str(cause)[:200]}") from None
        return cls(items, configuration)

    def value(self, item: StorageItem, data: bytes) -> Any:
        """A value as Python's own types, struct fields by name. Raises MetadataError, also for bytes left over."""
        return self._by_type(item.value_type, data)

    def keys(self, item: StorageItem, data: bytes) -> Any:
        """The map keys, given without their hashes, one after the other. Raises MetadataError."""
        if item.key_type is None:
            raise MetadataError(f"{item.pallet}.{item.name} is no map")
        return self._by_type(item.key_type, data)

    def _by_type(self, number: int, data: bytes) -> Any:
        try:
            decoder = self._configuration.create_scale_object(f"scale_info::{number}", data=ScaleBytes(data))
            return decoder.decode(check_remaining=True)
        except Exception as cause:
            raise MetadataError(f"the runtime's type {number} does not decode it: {str(cause)[:200]}") from None


def _items(types: dict[int, Any], storage: Any) -> list[StorageItem]:
    items = []
    for entry in storage["entries"]:
        kind = entry["type"]
        if "Plain" in kind:
            hashers: tuple[str, ...] = ()
            key_type, value_type = None, kind["Plain"]
        else:
            hashers, key_type, value_type = tuple(kind["Map"]["hashers"]), kind["Map"]["key"], kind["Map"]["value"]
        key = "" if key_type is None else layout_of(types, key_type)
        value = layout_of(types, value_type)
        for name in (storage["prefix"], entry["name"]):
            if NAME.fullmatch(name) is None:
                raise MetadataError(f"{name[:40]!r} is no name of a pallet or item")
        items.append(StorageItem(storage["prefix"], entry["name"], hashers, key, value, key_type, value_type))
    return items


def layout_of(types: dict[int, Any], number: int, depth: int = 0) -> str:
    """The layout of a type as text; a type that contains itself ends in `…`. Raises MetadataError."""
    if depth > DEEPEST_TYPE:
        return "…"
    if number not in types:
        raise MetadataError(f"type {number} is not described")
    described = types[number]
    ((kind, body),) = described["def"].items()

    def inner(of: int) -> str:
        return layout_of(types, of, depth + 1)

    if kind == "primitive":
        return str(body)
    if kind == "composite":
        return _fields(body["fields"], inner)
    if kind == "variant":
        if described["path"] == ["Option"]:
            return f"option({inner(body['variants'][1]['fields'][0]['type'])})"
        shown = (f"{v['index']}:{v['name']}{_fields(v['fields'], inner, variant=True)}" for v in body["variants"])
        return f"<{'|'.join(shown)}>"
    if kind == "sequence":
        return f"vec({inner(body['type'])})"
    if kind == "array":
        return f"[{inner(body['type'])};{body['len']}]"
    if kind == "tuple":
        return f"({','.join(inner(of) for of in body)})"
    if kind == "compact":
        return f"compact({inner(body['type'])})"
    return str(kind)


def _fields(fields: list[Any], inner: Any, *, variant: bool = False) -> str:
    if variant and not fields:
        return ""
    if len(fields) == 1 and not fields[0]["name"]:
        only = str(inner(fields[0]["type"]))
        return f"({only})" if variant else only
    if any(field["name"] for field in fields):
        return "{" + ",".join(f"{field['name']}:{inner(field['type'])}" for field in fields) + "}"
    return f"({','.join(inner(field['type']) for field in fields)})"
