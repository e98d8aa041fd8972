# SPDX-License-Identifier: Apache-2.0
"""Transactions that happen once whatever dies in between.

A transaction is signed and journaled with its raw bytes under a purpose before the node hears of it. Asked for the
same purpose again, the outbox looks for what it journaled: mined, it is done; else the very same bytes are broadcast
again, which cannot take effect twice, because the nonce is part of them. Only when something else has used that
nonce, or the transaction has reverted, is another signed; what the contracts then refuse they refuse by themselves.
Where the chain drops a block, what was mined in it is broadcast again when its purpose is asked for again, and
nothing else is ever signed in its place.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from pha.deployment.chain import Chain, Receipt, Signer
from pha.deployment.errors import ChainUnavailable, TransactionRejected
from pha.deployment.journal import Journal, Record

GAS_MARGIN_PERCENT = 125


@dataclass(frozen=True)
class Waiting:
    """Seconds between two questions for a receipt, and in all."""

    interval: float = 1.0
    limit: float = 120.0
    sleep: Callable[[float], None] = time.sleep


class Outbox:
    """Sends for one signer. Nothing else may send with its key while this runs."""

    def __init__(self, chain: Chain, signer: Signer, journal: Journal, waiting: Waiting | None = None) -> None:
        self._chain = chain
        self._signer = signer
        self._journal = journal
        self._waiting = waiting or Waiting()
        self._last: dict[str, Record] = {}
        self._raw: dict[str, Record] = {}
        for record in journal.records:
            self._follow(record)

    def is_done(self, purpose: str, to: str) -> bool:
        """Whether a transaction for that purpose, to that contract, is known to have succeeded."""
        return self._last.get(_named(purpose, to), {}).get("type") == "mined"

    def send(self, purpose: str, to: str, data: bytes, gas: int | None = None) -> Receipt | None:
        """Sends a call once and waits for it; None where it was done before.

        `gas` is the least limit to give it. Raises `CallReverted` where it would revert (nothing is sent),
        `ChainUnavailable` where the node is lost or the transaction is not mined in time: call again with the same
        purpose.
        A transaction that reverted on chain comes back with `succeeded` False.
        """
        done, purpose = self.is_done(purpose, to), _named(purpose, to)
        if done:
            self._keep(self._last[purpose]["hash"])
            return None
        earlier = self._last.get(purpose)
        if earlier is not None and earlier["type"] == "prepared":
            receipt = self._finish(purpose, earlier)
            if receipt is not None:
                return receipt
        return self._send_anew(purpose, to, data, gas)

    def resume(self) -> None:
        """Brings every transaction that is under way to its end. Raises `ChainUnavailable`."""
        under_way = [record for record in self._last.values() if record["type"] == "prepared"]
        for record in sorted(under_way, key=lambda one: int(one["nonce"])):
            self._finish(record["purpose"], record)

    def _send_anew(self, purpose: str, to: str, data: bytes, gas: int | None) -> Receipt:
        self.resume()  # one at a time: a later nonce never waits for an earlier that nobody has
        sender = self._signer.address
        limit = max(self._chain.estimate_gas(sender, to, data) * GAS_MARGIN_PERCENT // 100, gas or 0)
        max_fee, priority_fee = self._chain.fees()
        nonce = self._chain.nonce(sender)
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": self._chain.chain_id(),
            "nonce": nonce,
            "to": to,
            "data": "0x" + data.hex(),
            "value": 0,
            "gas": limit,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": priority_fee,
        }
        raw = self._signer.sign(fields)
        record: Record = {
            "type": "prepared",
            "purpose": purpose,
            "hash": "0x" + keccak(raw).hex(),
            "raw": "0x" + raw.hex(),
            "nonce": nonce,
        }
        self._append(record)
        receipt = self._finish(purpose, record)
        if receipt is None:
            raise ChainUnavailable(f"{purpose}: something else used nonce {nonce} of {sender}; send it again")
        return receipt

    def _finish(self, purpose: str, record: Record) -> Receipt | None:
        """The outcome of a prepared transaction; None, journaled, where it can never be mined."""
        waited = 0.0
        while True:
            receipt = self._chain.receipt(record["hash"])
            if receipt is not None:
                outcome = "mined" if receipt.succeeded else "reverted"
                self._append(
                    {"type": outcome, "purpose": purpose, "hash": record["hash"], "block": receipt.block_number}
                )
                return receipt
            if self._chain.nonce(self._signer.address) > record["nonce"]:
                if self._chain.receipt(record["hash"]) is not None:
                    continue  # mined between the two questions
                self._append({"type": "displaced", "purpose": purpose, "hash": record["hash"]})
                return None
            if not self._chain.knows(record["hash"]):
                self._broadcast(record)
            if waited >= self._waiting.limit:
                raise ChainUnavailable(f"{purpose} ({record['hash']}) is not mined yet; it will not be sent twice")
            self._waiting.sleep(self._waiting.interval)
            waited += self._waiting.interval

    def _keep(self, transaction_hash: str) -> None:
        """Has what was mined mined again, where the chain has dropped its block and the node has forgotten it."""
        if self._chain.receipt(transaction_hash) is None and not self._chain.knows(transaction_hash):
            with contextlib.suppress(TransactionRejected):  # its nonce is used: then nothing can bring it back
                self._chain.send_raw(bytes.fromhex(self._raw[transaction_hash]["raw"][2:]))

    def _broadcast(self, record: Record) -> None:
        try:
            self._chain.send_raw(bytes.fromhex(record["raw"][2:]))
        except TransactionRejected as error:
            # A node that has it by now, or counts the nonce as used, says so when it is asked next.
            if (
                self._chain.receipt(record["hash"]) is None
                and self._chain.nonce(self._signer.address) <= record["nonce"]
            ):
                raise ChainUnavailable(f"the node refuses {record['purpose']}: {error}") from error

    def _append(self, record: Record) -> None:
        self._journal.append(record)
        self._follow(record)

    def _follow(self, record: Record) -> None:
        if record["type"] in ("prepared", "mined", "reverted", "displaced"):
            self._last[record["purpose"]] = record
        if record["type"] == "prepared":
            self._raw[record["hash"]] = record


def _named(purpose: str, to: str) -> str:
    """Contracts number their orders each for itself: what was done at one is not done at another."""
    return f"{purpose} at {to}"
