# SPDX-License-Identifier: Apache-2.0
"""Compiled contracts: encoding of constructor and call arguments by name, decoding of results and custom
errors.

Encoding follows the Solidity contract ABI specification. Arguments are given by position or by the names of
the ABI; a struct is a mapping of its component names. Byte strings may be `bytes` or `0x` text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.address import is_address, to_checksum_address
from eth_utils.crypto import keccak

from pha.deployment.errors import ArtifactInvalid

AbiEntry = Mapping[str, Any]
Arguments = dict[str, Any]


class Artifacts(Protocol):
    """The project's compiled contracts."""

    def get(self, contract: str) -> Artifact:
        """The contract of that name; raises `ArtifactInvalid` where there is none."""


@dataclass(frozen=True)
class Artifact:
    """A contract as compiled: its ABI as JSON and the bytes that create it, without constructor arguments.

    `rest` names the contract to which this one hands the calls that it does not know, in its own storage; the ABI
    is then of both.
    """

    name: str
    abi: Sequence[AbiEntry]
    creation_code: bytes
    rest: str = ""

    @property
    def code_digest(self) -> str:
        """SHA-256 of the creation code without the compiler's metadata, which changes with every comment."""
        return hashlib.sha256(without_metadata(self.creation_code)).hexdigest()

    def function(self, name: str) -> AbiEntry:
        """The ABI entry of a function, by name or, where it is overloaded, by full signature."""
        found = [
            entry for entry in self.abi if entry["type"] == "function" and name in (entry["name"], signature_of(entry))
        ]
        if len(found) != 1:
            problem = "no function" if not found else "several functions"
            raise ArtifactInvalid(f"{self.name} has {problem} {name}")
        return found[0]

    def event(self, name: str) -> AbiEntry:
        """The ABI entry of an event; raises `ArtifactInvalid`."""
        found = [entry for entry in self.abi if entry["type"] == "event" and entry["name"] == name]
        if len(found) != 1:
            raise ArtifactInvalid(f"{self.name} has {'no event' if not found else 'several events'} {name}")
        return found[0]

    def encode_constructor(self, positional: Sequence[Any], named: Mapping[str, Any]) -> tuple[bytes, Arguments]:
        """(creation code with arguments, arguments by name in JSON's types)."""
        constructors = [entry for entry in self.abi if entry["type"] == "constructor"]
        inputs = constructors[0]["inputs"] if constructors else []
        where = f"{self.name} constructor"
        encoded, shown = encode_arguments(inputs, positional, named, where)
        return self.creation_code + encoded, shown

    def encode_call(
        self, function: str, positional: Sequence[Any], named: Mapping[str, Any]
    ) -> tuple[bytes, Arguments]:
        """(calldata, arguments by name in JSON's types)."""
        entry = self.function(function)
        where = f"{self.name}.{function}"
        encoded, shown = encode_arguments(entry["inputs"], positional, named, where)
        return selector_of(entry) + encoded, shown

    def decode_result(self, function: str, data: bytes) -> Any:
        """What the function returned: one value, or a tuple of several; addresses checksummed."""
        outputs = self.function(function)["outputs"]
        types = [type_of(output) for output in outputs]
        try:
            values = abi_decode(types, data)
        except DecodingError as error:
            raise ArtifactInvalid(f"{self.name}.{function} returned {len(data)} bytes that are no {types}") from error
        shown = [_checksummed(value, type_name) for value, type_name in zip(values, types, strict=True)]
        return shown[0] if len(shown) == 1 else tuple(shown)


def without_metadata(code: bytes) -> bytes:
    """Code without the CBOR trailer of solc, whose length stands in the last two bytes."""
    length = int.from_bytes(code[-2:], "big") + 2
    is_map = len(code) > length and code[-length] & 0xE0 == 0xA0  # CBOR major type 5
    return code[:-length] if is_map else code


def joined(abi: Sequence[AbiEntry], rest: Sequence[AbiEntry]) -> list[AbiEntry]:
    """An ABI with what another has beyond it: the functions, events and errors of a contract in two halves."""
    known = {(entry["type"], signature_of(entry)) for entry in abi if "name" in entry}
    return [
        *abi,
        *(entry for entry in rest if "name" in entry and (entry["type"], signature_of(entry)) not in known),
    ]


def type_of(item: AbiEntry) -> str:
    """Canonical type, structs written out as tuples."""
    kind = str(item["type"])
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(type_of(component) for component in item["components"])
    return f"({inner}){kind[len('tuple') :]}"


def signature_of(entry: AbiEntry) -> str:
    """Name and canonical input types, as hashed for selectors."""
    return f"{entry['name']}({','.join(type_of(item) for item in entry['inputs'])})"


def selector_of(entry: AbiEntry) -> bytes:
    """First four bytes of the Keccak-256 of the signature."""
    return keccak(text=signature_of(entry))[:4]


def topic_of(entry: AbiEntry) -> bytes:
    """What an event is known by in logs: the Keccak-256 of its signature."""
    return keccak(text=signature_of(entry))


def encode_arguments(
    inputs: Sequence[AbiEntry], positional: Sequence[Any], named: Mapping[str, Any], where: str
) -> tuple[bytes, Arguments]:
    """ABI encoding and the same arguments by name; raises `ArtifactInvalid` saying which one does not fit."""
    names = [item["name"] or f"argument{index}" for index, item in enumerate(inputs)]
    given = dict(zip(names, positional, strict=False))
    repeated = sorted(set(given) & set(named))
    unknown = sorted(set(named) - set(names))
    if len(positional) > len(names) or repeated or unknown:
        excess = (repeated or unknown or ["too many arguments"])[0]
        raise ArtifactInvalid(f"{where} takes ({', '.join(names)}), not {excess}")
    given.update(named)
    absent = [name for name in names if name not in given]
    if absent:
        raise ArtifactInvalid(f"{where} needs {', '.join(absent)}")
    values = [_prepare(given[name], item, f"{where}: {name}") for name, item in zip(names, inputs, strict=True)]
    try:
        encoded = abi_encode([type_of(item) for item in inputs], values)
    except (EncodingError, TypeError, ValueError, OverflowError) as error:
        raise ArtifactInvalid(f"{where}: {' '.join(str(error).split())}") from error
    shown = {name: _show(value, item) for name, value, item in zip(names, values, inputs, strict=True)}
    return encoded, shown


def _prepare(value: Any, item: AbiEntry, where: str) -> Any:
    kind = str(item["type"])
    if kind.endswith("]"):
        if not isinstance(value, (list, tuple)):
            raise ArtifactInvalid(f"{where} must be a list")
        element = {**item, "type": kind[: kind.rindex("[")]}
        return [_prepare(one, element, f"{where}[{index}]") for index, one in enumerate(value)]
    if kind == "tuple":
        components = item["components"]
        names = [component["name"] for component in components]
        if not isinstance(value, Mapping):
            raise ArtifactInvalid(f"{where} is a struct: give a mapping of {', '.join(names)}")
        if set(value) != set(names):
            odd = sorted(set(value) ^ set(names))
            raise ArtifactInvalid(f"{where} is a struct of {', '.join(names)}; {', '.join(odd)} is amiss")
        return tuple(
            _prepare(value[component["name"]], component, f"{where}.{component['name']}") for component in components
        )
    if kind.startswith("bytes") and isinstance(value, str):
        if not value.startswith("0x"):
            raise ArtifactInvalid(f"{where} must be bytes or 0x text")
        value = bytes.fromhex(value[2:])
    if kind.startswith("bytes") and kind != "bytes" and len(value) != int(kind[len("bytes") :]):
        raise ArtifactInvalid(f"{where} must be {kind[len('bytes') :]} bytes long, not {len(value)}")
    if kind == "address" and not is_address(value):
        raise ArtifactInvalid(f"{where} must be an address, not {value!r}")
    if kind == "address":
        return str(to_checksum_address(value))
    return value


def _show(value: Any, item: AbiEntry) -> Any:
    """JSON for people: byte strings as 0x text, numbers as decimal text (JSON has no 256-bit integers)."""
    kind = str(item["type"])
    if kind.endswith("]"):
        element = {**item, "type": kind[: kind.rindex("[")]}
        return [_show(one, element) for one in value]
    if kind == "tuple":
        return {
            component["name"]: _show(one, component) for one, component in zip(value, item["components"], strict=True)
        }
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _checksummed(value: Any, type_name: str) -> Any:
    if type_name == "address":
        return str(to_checksum_address(value))
    if type_name == "address[]":
        return [str(to_checksum_address(one)) for one in value]
    return value


PANICS = {
    0x01: "assertion failed",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x32: "index out of bounds",
}


def describe_revert(data: bytes, abis: Sequence[Sequence[AbiEntry]]) -> str:
    """A revert's data as `Name(argument=value)`, by the errors of the given ABIs; else its hex."""
    if not data:
        return "no reason given"
    try:
        if data[:4] == bytes.fromhex("08c379a0"):
            return str(abi_decode(["string"], data[4:])[0])
        if data[:4] == bytes.fromhex("4e487b71"):
            code = abi_decode(["uint256"], data[4:])[0]
            return f"panic 0x{code:02x} ({PANICS.get(code, 'see the Solidity manual')})"
        for abi in abis:
            for entry in abi:
                if entry["type"] == "error" and selector_of(entry) == data[:4]:
                    values = abi_decode([type_of(item) for item in entry["inputs"]], data[4:])
                    shown = ", ".join(
                        f"{item['name']}={_show(value, item)}"
                        for item, value in zip(entry["inputs"], values, strict=True)
                    )
                    return f"{entry['name']}({shown})"
    except (DecodingError, ValueError):
        pass
    return "0x" + data.hex()
