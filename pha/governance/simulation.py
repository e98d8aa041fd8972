# SPDX-License-Identifier: Apache-2.0
"""What a proposal would do, tried on an anvil fork before anything is sent.

The fork goes the whole way: the proposer proposes (so the threshold is tested), time passes, the timelock waits, anyone
executes. One thing is made up: that the vote is won, by writing a quorum into the proposal's tally. What the execution
changes is read from a trace: every event, every storage slot, every balance.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from pha.deployment.artifacts import AbiEntry, describe_revert, signature_of, type_of
from pha.deployment.errors import CallReverted, DeploymentError
from pha.deployment.rehearsal import ForkChain, fork_of
from pha.governance.address_book import AddressBook, Deployed
from pha.governance.errors import SimulationFailed
from pha.governance.proposal import Proposal

GAS = 16_777_216  # the most that one transaction may use (EIP-7825)
PATIENCE = 30.0  # seconds
VOTES_BITS = 96  # what the governor keeps a sum of votes in
UNKNOWN = 0
PARAMETERS = ("get(uint8)", "boundsOf(uint8)")


@dataclass(frozen=True)
class Change:
    """One value before and after. `what` is a parameter's name, `balance`, `nonce`, `code`, or a storage slot."""

    where: str
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Event:
    """One event: who emitted it, its name, its values by name; what no known ABI describes stays raw."""

    where: str
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a proposal's execution did."""

    gas_used: int
    events: tuple[Event, ...]
    parameters: tuple[Change, ...]
    state: tuple[Change, ...]

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "gas_used": self.gas_used,
            "events": [{"contract": one.where, "event": one.name, "values": dict(one.values)} for one in self.events],
            "parameters": [vars(one) for one in self.parameters],
            "state": [vars(one) for one in self.state],
        }


def simulate(
    url: str, book: AddressBook, proposal: Proposal, proposer: str, enums: Mapping[str, tuple[str, ...]]
) -> Outcome:
    """Carry a proposal out on a fork of the node at `url`. Raises `SimulationFailed`, and `ChainUnavailable` where the
    node can't be forked.
    """
    with fork_of(url, proposer) as chain:
        try:
            return _Rehearsal(chain, book, proposal, proposer, enums).run()
        except DeploymentError as error:
            raise SimulationFailed(f"the fork failed: {error}") from error


class _Rehearsal:
    def __init__(
        self,
        chain: ForkChain,
        book: AddressBook,
        proposal: Proposal,
        proposer: str,
        enums: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._chain, self._book, self._proposal = chain, book, proposal
        self._proposer, self._enums = proposer, enums
        self._governor = book.find("governor")

    def run(self) -> Outcome:
        proposal = self._proposal
        if self._read("proposalSnapshot", proposal.id) == UNKNOWN:
            self._pass_to(self._now() + 1)  # a fork's clock may be behind the last block of what it forked
            self._send("propose", proposal.targets, proposal.values, proposal.calldatas, proposal.description)
        self._pass_to(self._read("proposalSnapshot", proposal.id) + 1)
        self._win()
        self._pass_to(self._read("proposalDeadline", proposal.id) + 1)
        self._send("queue", *proposal.operation)
        self._pass_to(self._read("proposalEta", proposal.id))
        before = dict(self._parameters())
        receipt = self._send("execute", *proposal.operation)
        after = dict(self._parameters())
        return Outcome(
            gas_used=int(receipt["gasUsed"], 16),
            events=tuple(self._event(log) for log in receipt["logs"]),
            parameters=tuple(
                Change(*key, str(before[key]), str(value)) for key, value in after.items() if before[key] != value
            ),
            state=tuple(self._state_changes(receipt["transactionHash"])),
        )

    def _win(self) -> None:
        """Write votes in favour where the governor counts them; the node says which slots it reads for that."""
        artifact = self._book.artifact(self._governor.contract)
        data, _ = artifact.encode_call("proposalVotes", [self._proposal.id], {})
        call = {"from": self._proposer, "to": self._governor.address, "data": "0x" + data.hex()}
        listed = self._chain.request("eth_createAccessList", [call, "latest"])["accessList"]
        slots = sorted(
            int(key, 16)
            for entry in listed
            if to_checksum_address(entry["address"]) == self._governor.address
            for key in entry["storageKeys"]
        )
        if len(slots) != 2 or slots[1] - slots[0] != 1:
            raise SimulationFailed(f"the governor counts votes in {len(slots)} slots and not in two in a row")
        snapshot = self._read("proposalSnapshot", self._proposal.id)
        votes = self._read("quorum", snapshot) + 1
        against, _, abstained = self._read("proposalVotes", self._proposal.id)
        # The tally of contracts/governance/SupplyBoundCounting.sol: against, in favour, a deadline; abstained, supply.
        deadline = self._stored(slots[0]) >> 2 * VOTES_BITS
        first = against | (against + votes) << VOTES_BITS | deadline << 2 * VOTES_BITS
        second = abstained | self._supply_at(snapshot) << VOTES_BITS
        for slot, word in zip(slots, (first, second), strict=True):
            self._chain.request("anvil_setStorageAt", [self._governor.address, _word(slot), _word(word)])
        if self._read("proposalVotes", self._proposal.id) != (against, against + votes, abstained):
            raise SimulationFailed("the votes in favour are not where they were looked for")

    def _stored(self, slot: int) -> int:
        return int(self._chain.request("eth_getStorageAt", [self._governor.address, _word(slot), "latest"]), 16)

    def _supply_at(self, timestamp: int) -> int:
        question = keccak(text="getPastTotalSupply(uint256)")[:4] + timestamp.to_bytes(32, "big")
        return int.from_bytes(self._chain.call(self._read("token"), question), "big")

    def _pass_to(self, timestamp: int) -> None:
        if timestamp > self._now():
            self._chain.request("evm_setNextBlockTimestamp", [timestamp])
            self._chain.request("evm_mine", [])

    def _now(self) -> int:
        return int(self._chain.request("eth_getBlockByNumber", ["latest", False])["timestamp"], 16)

    def _read(self, function: str, *arguments: Any) -> Any:
        return self._read_from(self._governor, function, *arguments)

    def _read_from(self, deployed: Deployed, function: str, *arguments: Any) -> Any:
        artifact = self._book.artifact(deployed.contract)
        data, _ = artifact.encode_call(function, arguments, {})
        return artifact.decode_result(function, self._chain.call(deployed.address, data))

    def _send(self, function: str, *arguments: Any) -> dict[str, Any]:
        artifact = self._book.artifact(self._governor.contract)
        data, _ = artifact.encode_call(function, arguments, {})
        value = sum(self._proposal.values) if function == "execute" else 0
        transaction = {
            "from": self._proposer,
            "to": self._governor.address,
            "data": "0x" + data.hex(),
            "value": hex(value),
            "gas": hex(GAS),
        }
        try:
            self._chain.call(self._governor.address, data, self._proposer) if value == 0 else None
        except CallReverted as error:
            abis = [self._book.artifact(one.contract).abi for one in self._book]
            reason = describe_revert(error.data, abis) if error.data else str(error)
            raise SimulationFailed(f"{function} reverts: {reason}") from error
        sent = self._chain.request("eth_sendTransaction", [transaction])
        receipt = self._await_receipt(sent)
        if receipt["status"] != "0x1":
            raise SimulationFailed(f"{function} reverts with {int(receipt['gasUsed'], 16):,} gas used")
        return receipt

    def _await_receipt(self, transaction_hash: str) -> dict[str, Any]:
        """anvil mines at once, and may have answered before that."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            receipt: dict[str, Any] | None = self._chain.request("eth_getTransactionReceipt", [transaction_hash])
            if receipt is not None:
                return receipt
            time.sleep(0.02)
        raise SimulationFailed(f"the fork mined nothing in {PATIENCE:.0f} seconds")

    def _parameters(self) -> Iterator[tuple[tuple[str, str], int]]:
        """Every value of every parameters contract in the book, by the contract's and the parameter's name."""
        for deployed in self._book:
            abi = self._book.artifact(deployed.contract).abi
            known = {signature_of(entry): entry for entry in abi if entry["type"] == "function"}
            if all(one in known for one in PARAMETERS):
                enum = str(known[PARAMETERS[0]]["inputs"][0].get("internalType", "")).removeprefix("enum ")
                for number, name in enumerate(self._enums.get(enum, ())):
                    yield (deployed.name, name), self._read_from(deployed, PARAMETERS[0], number)

    def _name(self, address: str) -> str:
        known = self._book.at_address(address)
        return known.name if known else str(to_checksum_address(address))

    def _event(self, log: Mapping[str, Any]) -> Event:
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        data = bytes.fromhex(log["data"][2:])
        # An emitter's own ABI first; a contract that the book doesn't know may speak as a known one does.
        own = self._book.at_address(log["address"])
        books = sorted(self._book, key=lambda one: one != own)
        for deployed in books:
            for entry in self._book.artifact(deployed.contract).abi:
                if entry["type"] == "event" and topics and topics[0] == keccak(text=signature_of(entry)):
                    values = _event_values(entry, topics[1:], data)
                    if values is not None:
                        return Event(self._name(log["address"]), str(entry["name"]), values)
        raw = {"topics": list(log["topics"]), "data": log["data"]}
        return Event(self._name(log["address"]), "unknown", raw)

    def _state_changes(self, transaction_hash: str) -> Iterator[Change]:
        options = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
        trace = self._chain.request("debug_traceTransaction", [transaction_hash, options])
        for address in sorted(set(trace["pre"]) | set(trace["post"])):
            old, new = trace["pre"].get(address, {}), trace["post"].get(address, {})
            where = self._name(address)
            for what in ("balance", "nonce"):
                if what in new and new[what] != old.get(what):
                    yield Change(where, what, str(_integer(old.get(what, 0))), str(_integer(new[what])))
            if new.get("code", old.get("code")) != old.get("code"):
                yield Change(where, "code", "none", f"{len(new['code']) // 2 - 1} bytes")
            before, after = old.get("storage", {}), new.get("storage", {})
            for slot in sorted(set(before) | set(after)):  # a slot that is cleared stands in `pre` alone
                change = (before.get(slot, _word(0)), after.get(slot, _word(0)))
                if int(change[0], 16) != int(change[1], 16):
                    yield Change(where, f"slot {slot}", *change)


def _event_values(entry: AbiEntry, topics: Sequence[bytes], data: bytes) -> dict[str, Any] | None:
    """Values by name, or None where the log was not encoded as this entry has it."""
    indexed = [item for item in entry["inputs"] if item.get("indexed")]
    plain = [item for item in entry["inputs"] if not item.get("indexed")]
    if len(indexed) != len(topics):
        return None
    try:
        values = abi_decode([type_of(one) for one in plain], data)
        decoded = {item["name"]: value for item, value in zip(plain, values, strict=True)}
        for item, topic in zip(indexed, topics, strict=True):
            kind = type_of(item)
            whole = kind not in ("string", "bytes") and kind[-1] not in ")]"  # of others the topic is a hash
            decoded[item["name"]] = abi_decode([kind], topic)[0] if whole else topic
    except DecodingError:
        return None
    return {item["name"]: _shown(decoded[item["name"]], type_of(item)) for item in entry["inputs"]}


def _shown(value: Any, kind: str) -> Any:
    if isinstance(value, (list, tuple)):
        return [_shown(one, "") for one in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool):
        return value
    if kind == "address":
        return str(to_checksum_address(value))
    return str(value)


def _integer(value: Any) -> int:
    return int(value, 16) if isinstance(value, str) else int(value)


def _word(value: int) -> str:
    return f"0x{value:064x}"
