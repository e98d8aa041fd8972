# SPDX-License-Identifier: Apache-2.0
"""Deployed staking contracts: asked by name, answered by name; and the steps that one may send to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from pha.deployment.artifacts import AbiEntry, Artifact, describe_revert, signature_of, type_of
from pha.deployment.errors import CallReverted
from pha.governance.safe_batch import Call
from pha.staking.errors import Refused
from pha.staking.node import Log, StakingNode

Fields = dict[str, Any]


@dataclass(frozen=True)
class Contract:
    """A contract at an address, under the interface whose ABI is known.

    `errors` gives the ABIs by which its refusals are read; they are many, and loaded when one comes.
    """

    node: StakingNode
    artifact: Artifact
    address: str
    errors: Callable[[], Sequence[Sequence[AbiEntry]]] = field(default=tuple, repr=False)

    def ask(self, function: str, *arguments: Any, sender: str | None = None) -> Any:
        """What a function answers: one value, or a mapping by the names of several. A struct is a mapping by the names
        of its fields; addresses have their checksums. Raises `Refused` where the contract reverts.
        """
        outputs = self.artifact.function(function)["outputs"]
        data = self.run(function, *arguments, sender=sender)
        values = abi_decode([type_of(item) for item in outputs], data)
        named = [_named(value, item) for value, item in zip(values, outputs, strict=True)]
        if len(named) == 1:
            return named[0]
        names = [item["name"] or str(index) for index, item in enumerate(outputs)]
        return dict(zip(names, named, strict=True))

    def run(self, function: str, *arguments: Any, sender: str | None = None) -> bytes:
        """What a call returns, sending nothing. Raises `Refused`."""
        data, _ = self.artifact.encode_call(function, arguments, {})
        try:
            return self.node.call(self.address, data, sender)
        except CallReverted as reverted:
            text = describe_revert(reverted.data, self.errors()) if reverted.data else str(reverted)
            raise Refused(f"{self.artifact.name.removeprefix('I')} refuses: {text}", text.split("(")[0]) from None

    def events(
        self,
        event: str,
        first: int,
        last: int,
        progress: Callable[[int], None] | None = None,
        **indexed: str | int,
    ) -> Iterator[Fields]:
        """Events of these blocks by the names of their fields, those with the given indexed values."""
        entry = self._event(event)
        topics: list[bytes | None] = [keccak(text=signature_of(entry))]
        for item in entry["inputs"]:
            if item["indexed"]:
                value = indexed.get(item["name"])
                topics.append(None if value is None else _topic(value))
        while topics[-1] is None:
            topics.pop()
        for log in self.node.logs(self.address, topics, first, last, progress):
            yield self._decoded(entry, log)

    def events_in(self, event: str, logs: Iterable[Log]) -> list[Fields]:
        """This contract's events of one kind among a receipt's."""
        entry = self._event(event)
        topic = keccak(text=signature_of(entry))
        own = (log for log in logs if log.address.lower() == self.address.lower())
        return [self._decoded(entry, log) for log in own if log.topics and log.topics[0] == topic]

    def step(self, says: str, function: str, *arguments: Any) -> Step:
        """A call to send."""
        return Step(self, function, arguments, says)

    def _event(self, name: str) -> AbiEntry:
        return next(one for one in self.artifact.abi if one["type"] == "event" and one["name"] == name)

    def _decoded(self, entry: AbiEntry, log: Log) -> Fields:
        indexed = [item for item in entry["inputs"] if item["indexed"]]
        plain = [item for item in entry["inputs"] if not item["indexed"]]
        values = dict(zip((i["name"] for i in plain), abi_decode([type_of(i) for i in plain], log.data), strict=True))
        for item, topic in zip(indexed, log.topics[1:], strict=True):
            values[item["name"]] = abi_decode([type_of(item)], topic)[0]
        found = {item["name"]: _named(values[item["name"]], item) for item in entry["inputs"]}
        return found | {"block": log.block}


@dataclass(frozen=True)
class Step:
    """One transaction that somebody may send, in words and in bytes."""

    contract: Contract
    function: str
    arguments: tuple[Any, ...]
    says: str

    @property
    def call(self) -> Call:
        data, _ = self.contract.artifact.encode_call(self.function, self.arguments, {})
        return Call(self.contract.address, data)

    def attempt(self, sender: str | None = None) -> Any:
        """What it would answer now, to a sender or to anyone; sends nothing. Raises `Refused`."""
        return self.contract.ask(self.function, *self.arguments, sender=sender)


def _named(value: Any, item: Mapping[str, Any]) -> Any:
    kind = str(item["type"])
    if kind.endswith("]"):
        element = {**item, "type": kind[: kind.rindex("[")]}
        return [_named(one, element) for one in value]
    if kind == "tuple":
        parts = item["components"]
        return {part["name"]: _named(one, part) for one, part in zip(value, parts, strict=True)}
    return str(to_checksum_address(value)) if kind == "address" else value


def _topic(value: str | int) -> bytes:
    number = int(value, 16) if isinstance(value, str) else value
    return number.to_bytes(32, "big")
