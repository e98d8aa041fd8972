# SPDX-License-Identifier: Apache-2.0
"""The journal's records read as a state: which network, which steps, which transactions, which contracts.

Types of record and what they carry:

| type      | when                           | fields                                                     |
|-----------|--------------------------------|------------------------------------------------------------|
| network   | first                          | version, network, kind, chain_id, genesis                  |
| signer    | before all transactions        | address, nonce                                             |
| step      | before a step's transactions   | step, source                                               |
| prepared  | after signing, before sending  | step, index, action, digest, hash, raw, nonce, sender, gas |
| mined     | after the receipt              | hash, block, block_hash, gas_used, (address, code_hash)    |
| reverted  | after a receipt with status 0  | hash, block, block_hash, gas_used                          |
| vanished  | it left the chain again        | hash                                                       |
| abandoned | the operator gave it up        | hash                                                       |
| nonce     | other nonces are accepted      | nonce                                                      |
| applied   | after a step verified          | step, source, parameters                                   |
| torn      | an unfinished line was dropped | fragment                                                   |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pha.deployment.errors import JournalCorrupt

VERSION = 1


@dataclass
class Transaction:
    """One signed transaction and what became of it: prepared, mined, reverted or abandoned."""

    step: str
    index: int
    action: Mapping[str, Any]
    digest: str
    hash: str
    raw: bytes
    nonce: int
    sender: str
    status: str = "prepared"
    block: int | None = None
    block_hash: str | None = None
    gas_used: int | None = None
    address: str | None = None
    code_hash: str | None = None

    @property
    def title(self) -> str:
        """The action in a few words, for a person."""
        if self.action["verb"] == "deploy":
            return f"deploy {self.action['name']} ({self.action['contract']})"
        return f"call {self.action['name']}.{self.action['function']}"


@dataclass
class StepState:
    """A step that was begun; `parameters` is None until it is applied."""

    source: str
    parameters: dict[str, Any] | None = None

    @property
    def applied(self) -> bool:
        return self.parameters is not None


@dataclass
class Ledger:
    """Everything the journal knows."""

    network: Mapping[str, Any] | None = None
    signer: str | None = None
    first_nonce: int = 0
    accepted_nonce: int = 0
    steps: dict[str, StepState] = field(default_factory=dict)
    transactions: list[Transaction] = field(default_factory=list)

    def attempts(self, step: str, index: int) -> list[Transaction]:
        """Transactions sent for one operation of a step, oldest first; at most the last one counts."""
        return [one for one in self.transactions if (one.step, one.index) == (step, index)]

    def current(self, step: str, index: int) -> Transaction | None:
        """The transaction that stands for the operation: mined or on its way."""
        alive = [one for one in self.attempts(step, index) if one.status in ("mined", "prepared")]
        return alive[-1] if alive else None

    def contracts(self) -> dict[str, Transaction]:
        """Deployed contracts by the name the steps gave them."""
        return {
            one.action["name"]: one
            for one in self.transactions
            if one.status == "mined" and one.action["verb"] == "deploy"
        }

    def next_nonce(self) -> int:
        """The nonce the signer has if nothing but the journal's transactions was sent."""
        nonces = [one.nonce + 1 for one in self.transactions]  # an abandoned one's nonce is used up as well
        return max([self.first_nonce, self.accepted_nonce, *nonces])

    def transaction(self, transaction_hash: str) -> Transaction | None:
        return next((one for one in self.transactions if one.hash == transaction_hash), None)


def read_ledger(records: Sequence[Mapping[str, Any]]) -> Ledger:
    """Fold the records; raises `JournalCorrupt` where one can't follow the ones before it."""
    ledger = Ledger()
    for number, record in enumerate(records, 1):
        try:
            follow(ledger, record)
        except (KeyError, TypeError, ValueError) as error:
            detail = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            raise JournalCorrupt(
                f"journal record {number} ({record['type']}) {detail}; restore the journal from version control"
            ) from error
    return ledger


def follow(ledger: Ledger, record: Mapping[str, Any]) -> None:
    """Let the ledger know of one more record; raises `ValueError`, `KeyError` or `TypeError` where it does
    not fit.
    """
    kind = record["type"]
    if ledger.network is None and kind not in ("network", "torn"):
        raise ValueError("stands before the network")
    if kind == "network":
        if ledger.network is not None:
            raise ValueError("is a second network")
        if record["version"] != VERSION:
            raise ValueError(f"has format {record['version']}, this engine reads {VERSION}")
        ledger.network = {key: record[key] for key in ("network", "kind", "chain_id", "genesis")}
    elif kind == "signer":
        if ledger.signer is not None:
            raise ValueError("is a second signer")
        ledger.signer, ledger.first_nonce = record["address"], int(record["nonce"])
    elif kind == "step":
        if record["step"] in ledger.steps and ledger.steps[record["step"]].applied:
            raise ValueError(f"begins {record['step']} again, which is applied")
        ledger.steps[record["step"]] = StepState(record["source"])
    elif kind == "prepared":
        _follow_prepared(ledger, record)
    elif kind in ("mined", "reverted", "vanished", "abandoned"):
        _follow_outcome(ledger, record)
    elif kind == "nonce":
        ledger.accepted_nonce = int(record["nonce"])
    elif kind == "applied":
        ledger.steps[record["step"]].parameters = dict(record["parameters"])
    elif kind != "torn":
        raise ValueError("is of an unknown type")


def _follow_prepared(ledger: Ledger, record: Mapping[str, Any]) -> None:
    if record["step"] not in ledger.steps:
        raise ValueError("belongs to a step that was not begun")
    if ledger.transaction(record["hash"]) is not None:
        raise ValueError("repeats a transaction")
    if ledger.current(record["step"], record["index"]) is not None:
        raise ValueError("repeats an operation")
    ledger.transactions.append(
        Transaction(
            step=record["step"],
            index=int(record["index"]),
            action=record["action"],
            digest=record["digest"],
            hash=record["hash"],
            raw=bytes.fromhex(record["raw"][2:]),
            nonce=int(record["nonce"]),
            sender=record["sender"],
        )
    )


def _follow_outcome(ledger: Ledger, record: Mapping[str, Any]) -> None:
    transaction = ledger.transaction(record["hash"])
    if transaction is None:
        raise ValueError("names a transaction that was not prepared")
    kind = record["type"]
    expected = ("mined", "reverted") if kind == "vanished" else ("prepared",)
    if transaction.status not in expected:
        raise ValueError(f"follows a transaction that is {transaction.status}")
    if kind in ("mined", "reverted"):
        transaction.block, transaction.block_hash = int(record["block"]), record["block_hash"]
        transaction.gas_used = int(record["gas_used"])
        transaction.address, transaction.code_hash = record.get("address"), record.get("code_hash")
    transaction.status = "prepared" if kind == "vanished" else kind
