# SPDX-License-Identifier: Apache-2.0
"""What a runtime says of its own storage: names, hashers and types, from `state_getMetadata`, version 14.

Standard: `frame-metadata` v14 with the portable registry of `scale-info`. Metadata is no part of the state: no root
covers it, and whoever serves it could exchange two fields of the same width. What it may decide is settled in
`runtime_layouts`; here every byte of it is hostile, which is why it is read by this project's own reader: the usual
library indexes unchecked memory where a description lacks what it should have.

A layout is written as text, so that it can be compared, printed and accepted: `u32`, `[u8;32]`, `vec(…)`, `option(…)`,
`compact(…)`, `(a,b)` for tuples, `{name:layout,…}` for structs, `<0:Name(…)|1:Name>` for enums. A wrapper around one
unnamed value (AccountId32, Permill, a bounded vector) is written as that value: it has the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pha.bridge.errors import BridgeError
from pha.bridge.scale import ScaleError, ScaleReader

T = TypeVar("T")

MAGIC = b"meta"
VERSION = 14
MOST_BYTES = 16 * 2**20
DEEPEST_TYPE = 40
LONGEST_LAYOUT = 1 << 14
MOST_PARTS = 1 << 18  # of one entry; a pool with a long queue has some thousands
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PRIMITIVES = (
    "bool",
    "char",
    "str",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "u256",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "i256",
)
WIDTHS = {"bool": 1, "u8": 1, "u16": 2, "u32": 4, "u64": 8, "u128": 16, "u256": 32}
HASHERS = ("Blake2_128", "Blake2_256", "Blake2_128Concat", "Twox128", "Twox256", "Twox64Concat", "Identity")


class MetadataError(BridgeError):
    """Bytes that are no metadata of version 14, or a type that no storage item read here could have."""


class Field(NamedTuple):
    """Part of a struct or variant; without a name in a tuple struct."""

    name: str | None
    type: int


@dataclass(frozen=True)
class Described:
    """A type: `kind` as in scale-info; `fields` of a composite, `variants` as (index, name, fields), `inner` types."""

    kind: str
    path: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    variants: tuple[tuple[int, str, tuple[Field, ...]], ...] = ()
    inner: tuple[int, ...] = ()
    length: int = 0
    primitive: str = ""


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


@dataclass(frozen=True)
class RuntimeMetadata:
    """The storage items of a runtime by `pallet.item`, and the types that describe them."""

    items: dict[str, StorageItem]
    types: dict[int, Described]

    @classmethod
    def load(cls, path: Path) -> RuntimeMetadata:
        """From a file of 0x-hex, as the node answers. Raises MetadataError."""
        try:
            if path.stat().st_size > 2 * MOST_BYTES + 3:
                raise MetadataError(f"{path} is larger than any runtime's metadata")
            digits = path.read_text(encoding="ascii").strip().removeprefix("0x")
            return cls.decode(bytes.fromhex(digits))
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
        reader = ScaleReader(data[5:])
        try:
            types = dict(_list(reader, lambda: (reader.compact(), _described(reader))))
            metadata = cls({}, types)
            known: dict[int, str] = {}
            for pallet in _list(reader, lambda: _pallet(reader)):
                for name, hashers, key_type, value_type in pallet[1]:
                    key = "" if key_type is None else metadata.layout_of(key_type, known)
                    item = StorageItem(
                        pallet[0], name, hashers, key, metadata.layout_of(value_type, known), key_type, value_type
                    )
                    metadata.items[f"{pallet[0]}.{name}"] = item
            reader.compact()
            reader.take(1)
            _list(reader, lambda: (_text(reader), reader.compact(), reader.compact()))
            reader.compact()
            reader.finish()
        except ScaleError as cause:
            raise MetadataError(f"these bytes are no runtime's metadata: {cause}") from None
        return metadata

    def layout_of(self, number: int, known: dict[int, str], depth: int = 0) -> str:
        """The layout of a type as text, `…` where it contains itself or would be too long. Raises MetadataError.

        `known` keeps the layouts found so far: a few types that name each other twice would else take for ever.
        """
        if number in known:
            return known[number]
        if depth > DEEPEST_TYPE:
            raise MetadataError(f"type {number} is nested more than {DEEPEST_TYPE} deep")
        described = self._type(number)
        known[number] = "…"  # while it is being described it can only be met inside itself
        text = self._layout(described, lambda of: self.layout_of(of, known, depth + 1))
        known[number] = text if len(text) <= LONGEST_LAYOUT else "…"
        return known[number]

    def _layout(self, described: Described, inner: Callable[[int], str]) -> str:
        if described.kind == "primitive":
            text = described.primitive
        elif described.kind == "composite":
            text = _fields_layout(described.fields, inner)
        elif _is_option(described):
            text = f"option({inner(described.variants[1][2][0].type)})"
        elif described.kind == "variant":
            shown = [
                f"{at}:{name}" + (f"({_fields_layout(fields, inner)})" if fields else "")
                for at, name, fields in described.variants
            ]
            text = f"<{'|'.join(shown)}>"
        elif described.kind == "array":
            text = f"[{inner(described.inner[0])};{described.length}]"
        elif described.kind == "tuple":
            text = f"({','.join(inner(of) for of in described.inner)})"
        else:
            shown = [inner(of) for of in described.inner]
            text = f"{ {'sequence': 'vec'}.get(described.kind, described.kind) }({','.join(shown)})"
        return text

    def read(self, reader: ScaleReader, number: int, depth: int = 0, steps: Iterator[int] | None = None) -> Any:
        """The next value of a type: numbers, bytes, text, None; tuples and lists; structs as dictionaries by field
        name; variants as (name, value). Raises ScaleError or MetadataError.
        """
        left = iter(range(MOST_PARTS)) if steps is None else steps
        if depth > DEEPEST_TYPE or next(left, None) is None:
            raise MetadataError(f"type {number} has no end, or more than {MOST_PARTS} parts")
        described = self._type(number)

        def inner(of: int) -> Any:
            return self.read(reader, of, depth + 1, left)

        if described.kind == "primitive":
            return _primitive(reader, described.primitive)
        if described.kind == "composite":
            return _fields_value(described.fields, inner)
        if described.kind == "variant":
            return self._variant(reader, described, inner)
        if described.kind == "tuple":
            return tuple(inner(of) for of in described.inner)
        if described.kind == "compact":
            return reader.compact()
        if described.kind not in ("sequence", "array"):
            raise MetadataError(f"a {described.kind} stands in no storage item read here")
        length = described.length if described.kind == "array" else reader.compact()
        element = self._type(described.inner[0])
        if element.primitive == "u8":
            return reader.take(length)
        if length > reader.remaining:  # as for every list read here: elements without bytes have no use
            raise ScaleError(f"a list of {length} elements in {reader.remaining} bytes")
        return [inner(described.inner[0]) for _ in range(length)]

    def _variant(self, reader: ScaleReader, described: Described, inner: Callable[[int], Any]) -> Any:
        tag = reader.uint(1)
        for index, name, fields in described.variants:
            if index == tag:
                value = _fields_value(fields, inner) if fields else None
                return value if _is_option(described) else (name, value)
        raise ScaleError(f"{tag} is no variant of {'.'.join(described.path) or 'an enum'}")

    def _type(self, number: int) -> Described:
        try:
            return self.types[number]
        except KeyError:
            raise MetadataError(f"type {number} is not described") from None


def _is_option(described: Described) -> bool:
    shape = [(index, name, len(fields)) for index, name, fields in described.variants]
    return described.path == ("Option",) and shape == [(0, "None", 0), (1, "Some", 1)]


def _fields_layout(fields: tuple[Field, ...], inner: Callable[[int], str]) -> str:
    if len(fields) == 1 and fields[0].name is None:
        return inner(fields[0].type)
    if any(field.name is not None for field in fields):
        return "{" + ",".join(f"{field.name}:{inner(field.type)}" for field in fields) + "}"
    return f"({','.join(inner(field.type) for field in fields)})"


def _fields_value(fields: tuple[Field, ...], inner: Callable[[int], Any]) -> Any:
    if len(fields) == 1 and fields[0].name is None:
        return inner(fields[0].type)
    if any(field.name is not None for field in fields):
        return {field.name: inner(field.type) for field in fields}
    return tuple(inner(field.type) for field in fields)


def _primitive(reader: ScaleReader, name: str) -> Any:
    if name == "str":
        return _text(reader)
    if name not in WIDTHS:
        raise MetadataError(f"a value of type {name} stands in no storage item read here")
    return reader.uint(WIDTHS[name])


def _list(reader: ScaleReader, read: Callable[[], T]) -> list[T]:
    length = reader.compact()
    if length > reader.remaining:
        raise ScaleError(f"a list of {length} elements in {reader.remaining} bytes")
    return [read() for _ in range(length)]


def _text(reader: ScaleReader) -> str:
    try:
        return reader.byte_vector().decode("utf-8")
    except UnicodeDecodeError:
        raise ScaleError("text that is not UTF-8") from None


def _name(reader: ScaleReader) -> str:
    name = _text(reader)
    if NAME.fullmatch(name) is None:
        raise ScaleError(f"{name[:40]!r} is no name")
    return name


def _optional(reader: ScaleReader, read: Callable[[], T]) -> T | None:
    tag = reader.uint(1)
    if tag > 1:
        raise ScaleError(f"{tag} is no tag of an optional value")
    return read() if tag else None


def _described(reader: ScaleReader) -> Described:
    path = tuple(_list(reader, lambda: _text(reader)))
    _list(reader, lambda: (_text(reader), _optional(reader, reader.compact)))  # type parameters
    kind = reader.uint(1)
    if kind == 0:
        described = Described("composite", path, fields=_fields(reader))
    elif kind == 1:
        described = Described("variant", path, variants=tuple(_list(reader, lambda: _variant(reader))))
    elif kind == 2:
        described = Described("sequence", path, inner=(reader.compact(),))
    elif kind == 3:
        length = reader.uint(4)
        described = Described("array", path, inner=(reader.compact(),), length=length)
    elif kind == 4:
        described = Described("tuple", path, inner=tuple(_list(reader, reader.compact)))
    elif kind == 5:
        number = reader.uint(1)
        if number >= len(PRIMITIVES):
            raise ScaleError(f"{number} is no primitive type")
        described = Described("primitive", path, primitive=PRIMITIVES[number])
    elif kind == 6:
        described = Described("compact", path, inner=(reader.compact(),))
    elif kind == 7:
        described = Described("bits", path, inner=(reader.compact(), reader.compact()))
    else:
        raise ScaleError(f"{kind} is no kind of type")
    _list(reader, lambda: _text(reader))  # documentation
    return described


def _fields(reader: ScaleReader) -> tuple[Field, ...]:
    def field() -> Field:
        found = Field(_optional(reader, lambda: _text(reader)), reader.compact())
        _optional(reader, lambda: _text(reader))
        _list(reader, lambda: _text(reader))
        return found

    return tuple(_list(reader, field))


def _variant(reader: ScaleReader) -> tuple[int, str, tuple[Field, ...]]:
    name, fields, index = _text(reader), _fields(reader), reader.uint(1)
    _list(reader, lambda: _text(reader))
    return index, name, fields


def _pallet(reader: ScaleReader) -> tuple[str, list[tuple[str, tuple[str, ...], int | None, int]]]:
    _text(reader)
    storage = _optional(reader, lambda: (_name(reader), _list(reader, lambda: _entry(reader))))
    _optional(reader, reader.compact)  # calls
    _optional(reader, reader.compact)  # events
    _list(reader, lambda: (_text(reader), reader.compact(), reader.byte_vector(), _list(reader, lambda: _text(reader))))
    _optional(reader, reader.compact)  # errors
    reader.take(1)
    return storage or ("", [])


def _entry(reader: ScaleReader) -> tuple[str, tuple[str, ...], int | None, int]:
    name = _name(reader)
    reader.take(1)  # whether a missing value has a default
    hashers: tuple[str, ...] = ()
    key_type: int | None = None
    kind = reader.uint(1)
    if kind > 1:
        raise ScaleError(f"{kind} is no kind of storage")
    if kind == 1:
        numbers = _list(reader, lambda: reader.uint(1))
        if not numbers or max(numbers) >= len(HASHERS):
            raise ScaleError("a map with unknown hashers")
        hashers, key_type = tuple(HASHERS[number] for number in numbers), reader.compact()
    value_type = reader.compact()
    reader.byte_vector()
    _list(reader, lambda: _text(reader))
    return name, hashers, key_type, value_type
