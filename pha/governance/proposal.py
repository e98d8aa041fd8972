# SPDX-License-Identifier: Apache-2.0
"""Proposals written as YAML, turned into what a Governor takes.

    title: Eight days to leave a pool
    description: Why, in as many lines as it takes.
    proposer: "0x…"                # optional; then nobody else can propose it first
    actions:
      - contract: staking_parameters   # a deploy step's name, or an address with its `type`
        function: set                  # or the full signature, where it is overloaded
        arguments: {parameter: ExitDays, value: 8}
        value: 1 ETH                   # optional; ether that goes along

Arguments stand under the ABI's names. An enum's member goes by its name, a contract by its step's name, a number with a
unit as `pha.deployment.values` has it ("100 PHA", "7 days", "2.5 %", a time in UTC), bytes as 0x text, a struct as a
mapping. The id is keccak256(abi.encode(targets, values, calldatas, keccak256(description))), as OpenZeppelin's Governor
defines it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from pha.deployment.artifacts import AbiEntry, signature_of
from pha.deployment.errors import ArtifactInvalid
from pha.deployment.parameters import load_yaml_mapping
from pha.deployment.values import parser_of
from pha.governance.address_book import AddressBook, checked_address
from pha.governance.errors import ProposalInvalid
from pha.governance.plain_text import hidden_in

UNITS = ("amount", "duration", "share", "time")


@dataclass(frozen=True)
class Action:
    """One call that a proposal makes: to whom, what, with which arguments (as JSON has them), and its calldata."""

    name: str
    contract: str
    target: str
    signature: str
    arguments: Mapping[str, Any]
    value: int
    calldata: bytes

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "contract": self.name,
            "type": self.contract,
            "target": self.target,
            "function": self.signature,
            "arguments": dict(self.arguments),
            "value": str(self.value),
            "calldata": "0x" + self.calldata.hex(),
        }


@dataclass(frozen=True)
class Proposal:
    """What is put to the vote."""

    title: str
    description: str
    actions: tuple[Action, ...]

    @property
    def targets(self) -> list[str]:
        return [one.target for one in self.actions]

    @property
    def values(self) -> list[int]:
        return [one.value for one in self.actions]

    @property
    def calldatas(self) -> list[bytes]:
        return [one.calldata for one in self.actions]

    @property
    def description_hash(self) -> bytes:
        return bytes(keccak(text=self.description))

    @property
    def id(self) -> int:
        encoded = abi_encode(
            ["address[]", "uint256[]", "bytes[]", "bytes32"],
            [self.targets, self.values, self.calldatas, self.description_hash],
        )
        return int.from_bytes(keccak(encoded), "big")

    @property
    def operation(self) -> tuple[list[str], list[int], list[bytes], bytes]:
        """Arguments of the governor's queue, execute and cancel."""
        return self.targets, self.values, self.calldatas, self.description_hash

    def as_data(self) -> dict[str, Any]:
        """For JSON; the id as decimal text, which no JSON number holds."""
        return {
            "id": str(self.id),
            "title": self.title,
            "description": self.description,
            "description_hash": "0x" + self.description_hash.hex(),
            "actions": [one.as_data() for one in self.actions],
        }


def load_proposal(path: Path, book: AddressBook, enums: Mapping[str, tuple[str, ...]]) -> Proposal:
    """Read a proposal's file; raises `ProposalInvalid` naming what does not fit."""
    try:
        content = load_yaml_mapping(path)
    except ValueError as error:
        raise ProposalInvalid(str(error)) from error
    _keys(content, {"title", "description", "actions"}, {"proposer"}, path.name)
    title, text = (_text(content[key], f"{path.name}: {key}") for key in ("title", "description"))
    description = f"# {title}\n\n{text.strip()}"
    if "proposer" in content:
        proposer = checked_address(_text(content["proposer"], f"{path.name}: proposer"))
        description += f"\n\n#proposer={proposer.lower()}"
    elif re.search(r"#proposer=0x[0-9a-fA-F]{40}$", description):
        raise ProposalInvalid(f"{path.name}: name the proposer with `proposer`, not within the description")
    actions = content["actions"]
    if not isinstance(actions, list) or not actions:
        raise ProposalInvalid(f"{path.name}: actions must be a list of at least one")
    read = [_action(one, book, enums, f"{path.name}: action {number}") for number, one in enumerate(actions, 1)]
    return Proposal(title, description, tuple(read))


def _action(entry: Any, book: AddressBook, enums: Mapping[str, tuple[str, ...]], where: str) -> Action:
    _keys(entry, {"contract", "function"}, {"arguments", "value", "type"}, where)
    try:
        deployed = book.find(_text(entry["contract"], where), entry.get("type"))
        artifact = book.artifact(deployed.contract)
        function = artifact.function(_text(entry["function"], where))
        given = entry.get("arguments") or {}
        if not isinstance(given, Mapping):
            raise ProposalInvalid("arguments must be a mapping of names to values")
        items = {item["name"]: item for item in function["inputs"]}
        named = {
            name: _argument(value, items[name], book, enums, name) if name in items else value
            for name, value in given.items()
        }
        signature = signature_of(function)
        calldata, shown = artifact.encode_call(signature, [], named)
        value = _ether(entry["value"]) if "value" in entry else 0
    except (ProposalInvalid, ArtifactInvalid, ValueError) as error:
        raise ProposalInvalid(f"{where}: {error}") from error
    if function["stateMutability"] in ("view", "pure"):
        raise ProposalInvalid(f"{where}: {signature} changes nothing")
    if value and function["stateMutability"] != "payable":
        raise ProposalInvalid(f"{where}: {signature} takes no ether")
    return Action(deployed.name, deployed.contract, deployed.address, signature, shown, value, calldata)


def _argument(written: Any, item: AbiEntry, book: AddressBook, enums: Mapping[str, tuple[str, ...]], where: str) -> Any:
    """A value of the YAML as the ABI takes it. Booleans are no numbers here, as YAML's `yes` would be one."""
    kind, internal = str(item["type"]), str(item.get("internalType") or "")
    if kind.endswith("]"):
        if not isinstance(written, list):
            raise ProposalInvalid(f"{where} must be a list")
        element = {**item, "type": kind[: kind.rindex("[")], "internalType": internal[: internal.rfind("[")]}
        return [_argument(one, element, book, enums, f"{where}[{index}]") for index, one in enumerate(written)]
    if kind == "tuple":
        parts = {part["name"]: part for part in item["components"]}
        if not isinstance(written, Mapping) or set(written) != set(parts):
            raise ProposalInvalid(f"{where} is a struct: give {', '.join(parts)}")
        return {name: _argument(written[name], part, book, enums, f"{where}.{name}") for name, part in parts.items()}
    if kind == "address":
        text = _text(written, where)
        return book.find(text).address if not text.startswith("0x") else checked_address(text)
    if kind.startswith(("uint", "int")):
        return _number(written, internal, enums, where)
    if kind == "bool" and not isinstance(written, bool):
        raise ProposalInvalid(f"{where} must be true or false")
    if kind.startswith("bytes") and not (isinstance(written, str) and re.fullmatch(r"0x([0-9a-fA-F]{2})*", written)):
        raise ProposalInvalid(f"{where} must be 0x and an even number of hex digits, in quotes")
    return _text(written, where) if kind == "string" and written != "" else written


def _ether(written: Any) -> int:
    if not isinstance(written, str) or not written.endswith("ETH"):
        raise ProposalInvalid('value is ether, such as "1 ETH"')
    return int(parser_of("amount")(written))


def _number(written: Any, internal: str, enums: Mapping[str, tuple[str, ...]], where: str) -> int:
    if internal.startswith("enum "):
        members = enums.get(internal[len("enum ") :], ())
        if written not in members:
            raise ProposalInvalid(f"{where} must be one of {', '.join(members)}, not {written}")
        return members.index(written)
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    if isinstance(written, str) and re.fullmatch(r"[0-9]+", written):
        return int(written)
    if isinstance(written, (str, datetime)):
        for unit in UNITS:
            try:
                return int(parser_of(unit)(written))
            except ValueError:
                continue
    raise ProposalInvalid(f'{where} must be a whole number, or one with a unit such as "100 PHA" or "7 days"')


def _keys(entry: Any, needed: set[str], optional: set[str], where: str) -> None:
    if not isinstance(entry, Mapping):
        raise ProposalInvalid(f"{where} must be a mapping of {', '.join(sorted(needed))}")
    amiss = sorted(needed - set(entry)) or sorted(map(str, set(entry) - needed - optional))
    if amiss:
        raise ProposalInvalid(f"{where}: {amiss[0]} is {'missing' if amiss[0] in needed else 'unknown'}")


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ProposalInvalid(f"{where} must be a text, in quotes where it begins with 0x")
    hidden = hidden_in(value)
    if hidden is not None:
        raise ProposalInvalid(f"{where} has a character that nobody sees ({hidden})")
    return value
