# SPDX-License-Identifier: Apache-2.0
"""Parameters of a network: YAML data in which every value stands beside its source.

A schema file (one for all networks) names every parameter, its type (see `values`), the kinds of network that
have it and what it is. A network's file gives `value` and `source` for each of exactly those. A value may be
null where it does not exist yet; the source then says what it waits for, and a step that reads it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML without libyaml, which reads the same many times slower
    from yaml import SafeLoader  # type: ignore[assignment]

from pha.deployment.errors import ParameterInvalid, ParameterMissing
from pha.deployment.values import parser_of

KINDS = ("home", "l2")


@dataclass(frozen=True)
class Parameter:
    """One value: as written, as parsed, and where it comes from."""

    name: str
    written: Any
    value: Any
    source: str


class Parameters:
    """The parameters of one network."""

    def __init__(self, network: str, values: Mapping[str, Parameter]) -> None:
        self.network = network
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        """The parsed value; raises `ParameterMissing` for null, `ParameterInvalid` for an unknown name."""
        parameter = self.lookup(name)
        if parameter.written is None:
            raise ParameterMissing(f"{self.network} has no {name} yet: {parameter.source}")
        return parameter.value

    def lookup(self, name: str) -> Parameter:
        """The parameter with its source, null or not."""
        if name not in self._values:
            raise ParameterInvalid(f"{self.network} has no parameter {name}; add it to the schema and the file")
        return self._values[name]

    def written(self, name: str) -> Any:
        """The value as it stands in the file, in JSON's types."""
        written = self.lookup(name).written
        return written.isoformat() if isinstance(written, datetime) else written

    def missing(self) -> list[Parameter]:
        """Every parameter that is still null."""
        return [parameter for parameter in self._values.values() if parameter.written is None]

    @property
    def kind(self) -> str:
        """`home` (where PHA is minted) or `l2`."""
        return str(self["network.kind"])


def load_parameters(path: Path, schema_path: Path, overrides: Mapping[str, Any] | None = None) -> Parameters:
    """Read a network's file against the schema; `overrides` (dotted name to a value as written) are for local
    networks, whose values may come into being at run time.

    Raises `ParameterInvalid`, naming the parameter: no file, an unknown or absent name, a value without a
    source, a value of another type than the schema says.
    """
    network = path.stem
    schema = _flatten(_load_yaml(schema_path), ("type", "about"), schema_path.name)
    entries = _flatten(_load_yaml(path), ("value", "source"), path.name)
    overrides = dict(overrides or {})
    kind = (entries.get("network.kind") or {}).get("value")
    if kind not in KINDS:
        raise ParameterInvalid(f"{path.name}: network.kind must be one of {', '.join(KINDS)}")
    declared = {name: entry for name, entry in schema.items() if kind in entry.get("kinds", KINDS)}
    for name in [*entries, *overrides]:
        if name not in declared:
            raise ParameterInvalid(f"{path.name}: {name} is not a parameter of a network of kind {kind}")
    for name in declared:
        if name not in entries:
            raise ParameterInvalid(f"{path.name}: {name} is missing; give it a value (or null) and a source")
    values = {}
    for name, entry in declared.items():
        source = entries[name].get("source")
        if not isinstance(source, str) or not source.strip():
            raise ParameterInvalid(f"{path.name}: {name} has no source")
        written = entries[name]["value"]
        if name in overrides:
            written, source = overrides[name], "given at run time"
        values[name] = _parameter(path.name, name, entry, written, source)
    return Parameters(network, values)


def _parameter(file: str, name: str, entry: Mapping[str, Any], written: Any, source: str) -> Parameter:
    try:
        parse = parser_of(str(entry["type"]))
        value = None if written is None else parse(written)
    except ValueError as error:
        raise ParameterInvalid(f"{file}: {name} is {written!r}: {error}") from error
    return Parameter(name, written, value, " ".join(source.split()))


class _UniqueKeyLoader(SafeLoader):
    """YAML keeps the last of two equal keys silently; here the second one is refused. So are numbers that are not what
    they look like: YAML 1.1 reads 010 as eight and 1:30 as ninety.
    """


def _unique_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node)
        if key in mapping:
            raise yaml.YAMLError(f"{key} stands twice (line {key_node.start_mark.line + 1})")
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


def _plain_integer(loader: _UniqueKeyLoader, node: yaml.ScalarNode) -> int:
    written = str(loader.construct_scalar(node))
    if not re.fullmatch(r"-?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+", written):
        raise yaml.YAMLError(f"{written} is no plain whole number (line {node.start_mark.line + 1})")
    return int(written, 0)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)
_UniqueKeyLoader.add_constructor("tag:yaml.org,2002:int", _plain_integer)


def load_yaml_mapping(path: Path) -> dict[str, Any]:
    """A YAML file whose top is a mapping without repeated keys; raises `ValueError` saying what is wrong."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except FileNotFoundError as error:
        raise ValueError(f"{path.name} does not exist") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} is not a mapping")
    return content


def _load_yaml(path: Path) -> dict[str, Any]:
    try:
        return load_yaml_mapping(path)
    except ValueError as error:
        raise ParameterInvalid(str(error)) from error


def _flatten(tree: Mapping[str, Any], leaf_keys: tuple[str, str], file: str) -> dict[str, dict[str, Any]]:
    """Nested sections to dotted names; a leaf is a mapping that holds the first of `leaf_keys`."""
    allowed = {*leaf_keys, "kinds"} if "type" in leaf_keys else set(leaf_keys)
    leaves: dict[str, dict[str, Any]] = {}

    def walk(node: Any, name: str) -> None:
        if not isinstance(node, dict) or not node:
            raise ParameterInvalid(f"{file}: {name} must be given as {' and '.join(leaf_keys)}")
        if leaf_keys[0] in node:
            unknown = set(node) - allowed
            if unknown:
                raise ParameterInvalid(f"{file}: {name} has an unknown key {sorted(map(str, unknown))[0]}")
            leaves[name] = node
            return
        for key, child in node.items():
            walk(child, f"{name}.{key}" if name else str(key))

    walk(dict(tree), "")
    return leaves
