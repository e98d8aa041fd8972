# SPDX-License-Identifier: Apache-2.0
"""The life of a transaction between signing and its receipt, such that it happens once whatever dies in
between.

A transaction is signed and journaled with its raw bytes before the node hears of it. Whoever resumes asks the
chain for its hash: mined, it is recorded; unknown or waiting, the very same bytes are broadcast again, which
can't take effect twice because the nonce is part of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from pha.deployment.chain import Chain, Receipt, Signer
from pha.deployment.errors import (
    ChainDiffers,
    ChainUnavailable,
    NonceTaken,
    SignerChanged,
    TransactionPending,
    TransactionRejected,
    TransactionReverted,
    WrongNetwork,
)
from pha.deployment.journal import Journal, Record
from pha.deployment.ledger import Ledger, Transaction, follow
from pha.deployment.reporter import Reporter

GAS_MARGIN_PERCENT = 125


@dataclass(frozen=True)
class Patience:
    """How long a run waits for a node: seconds between questions and in all, and blocks on top of a step's
    last transaction before the step counts as applied.
    """

    interval: float = 2.0
    limit: float = 600.0
    confirmations: int = 1
    sleep: Callable[[float], None] = time.sleep


def contract_address(sender: str, nonce: int) -> str:
    """Address that CREATE gives a contract: the last 20 bytes of keccak256(rlp([sender, nonce])).

    RLP of a 20-byte string is 0x94 and the string; of a number its shortest big-endian bytes, with 0x80 +
    length before them unless it is one byte under 0x80; a list under 56 bytes begins with 0xc0 + length.
    """
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    if nonce == 0 or nonce >= 0x80:
        number = bytes([0x80 + len(number)]) + number
    payload = b"\x94" + to_canonical_address(sender) + number
    return str(to_checksum_address(keccak(bytes([0xC0 + len(payload)]) + payload)[12:]))


class Sender:
    """Sends for one signer and journals every turn."""

    def __init__(
        self,
        chain: Chain,
        signer: Signer,
        journal: Journal,
        ledger: Ledger,
        reporter: Reporter,
        patience: Patience,
    ) -> None:
        self.chain = chain
        self.signer = signer
        self.ledger = ledger
        self._journal = journal
        self._reporter = reporter
        self._patience = patience

    def record(self, record: Mapping[str, Any]) -> None:
        """Journal one record and let the ledger follow it."""
        self._journal.append(record)
        follow(self.ledger, record)

    def begin(self) -> None:
        """Journal the signer once; afterwards insist on the same one (`SignerChanged`)."""
        if self.ledger.signer is None:
            address = self.signer.address
            self.record({"type": "signer", "address": address, "nonce": self.chain.nonce(address)})
        elif self.ledger.signer != self.signer.address:
            raise SignerChanged(
                f"the journal's transactions are signed by {self.ledger.signer}, not by "
                f"{self.signer.address}; run again with that account"
            )

    def send(self, step: str, index: int, action: Record, digest: str, to: str | None, data: bytes) -> Transaction:
        """Estimate, sign, journal, broadcast and await one transaction.

        Raises `CallReverted` before anything is journaled where it would revert, `TransactionReverted` where
        it did so after all, `TransactionPending` where it is not mined in time, `ChainDiffers` where the
        signer's nonce shows transactions that the journal does not know.
        """
        sender = self.signer.address
        gas = self.chain.estimate_gas(sender, to, data) * GAS_MARGIN_PERCENT // 100
        nonce = self._next_nonce()
        max_fee, priority_fee = self.chain.fees()
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": self.ledger.network["chain_id"] if self.ledger.network else self.chain.chain_id(),
            "nonce": nonce,
            "data": "0x" + data.hex(),
            "value": 0,
            "gas": gas,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": priority_fee,
        }
        if to is None:
            action = {**action, "address": contract_address(sender, nonce)}
        else:
            fields["to"] = to
        self._check_chain_id()
        raw = self.signer.sign(fields)
        self.record(
            {
                "type": "prepared",
                "step": step,
                "index": index,
                "action": action,
                "digest": digest,
                "hash": "0x" + keccak(raw).hex(),
                "raw": "0x" + raw.hex(),
                "nonce": nonce,
                "sender": sender,
                "gas": gas,
            }
        )
        transaction = self.ledger.transactions[-1]
        self._reporter.prepared(transaction, action["arguments"], gas)
        return self.finish(transaction)

    def finish(self, transaction: Transaction) -> Transaction:
        """Bring a prepared transaction to its end, broadcasting it (again) where the node does not know
        it.
        """
        receipt = self.chain.receipt(transaction.hash)
        if receipt is None:
            if self.chain.nonce(transaction.sender) <= transaction.nonce and not self.chain.knows(transaction.hash):
                self._broadcast(transaction)
            receipt = self._await_receipt(transaction)
        self._record_outcome(transaction, receipt)
        return transaction

    def settle(self) -> None:
        """Finish every transaction that is under way, in the order of their nonces."""
        open_ones = [one for one in self.ledger.transactions if one.status == "prepared"]
        for transaction in sorted(open_ones, key=lambda one: one.nonce):
            self._reporter.notice(f"resuming {transaction.title} of {transaction.step}: {transaction.hash}")
            self.finish(transaction)

    def confirm(self, step: str) -> None:
        """Wait until a step's last transaction is as deep as the network asks for; a reorganisation in the
        meantime is `TransactionPending`, for the next run to mend.
        """
        mined = [one for one in self.ledger.transactions if one.step == step and one.block is not None]
        depth = max((one.block or 0 for one in mined), default=0) + self._patience.confirmations - 1
        waited = 0.0
        while mined and self.chain.block_number() < depth:
            if waited >= self._patience.limit:
                raise TransactionPending(f"{step} waits for block {depth}; run again later")
            self._patience.sleep(self._patience.interval)
            waited += self._patience.interval
        for one in mined:
            if one.block is not None and self.chain.block_hash(one.block) != one.block_hash:
                raise TransactionPending(f"{one.title} of {step} left the chain again; run again to resume")

    def abandon(self, transaction_hash: str) -> None:
        """Give up a transaction whose nonce something else has used, so that its operation is sent anew."""
        transaction = self.ledger.transaction(transaction_hash)
        if transaction is None or transaction.status != "prepared":
            raise TransactionRejected(f"{transaction_hash} is not a transaction of the journal that is under way")
        if self.chain.receipt(transaction_hash) is not None:
            raise TransactionRejected(f"{transaction_hash} is mined; there is nothing to abandon")
        if self.chain.nonce(transaction.sender) <= transaction.nonce:
            raise TransactionRejected(
                f"{transaction_hash} can still be mined; first use its nonce {transaction.nonce} for another "
                "transaction (a transfer of 0 to yourself) and let that one be mined"
            )
        self.record({"type": "abandoned", "hash": transaction_hash})

    def _next_nonce(self) -> int:
        expected, waited = self.ledger.next_nonce(), 0.0
        while True:
            nonce = self.chain.nonce(self.signer.address)
            if nonce == expected:
                return nonce
            if nonce > expected:
                raise ChainDiffers([foreign_nonce(self.signer.address, expected, nonce)])
            if waited >= self._patience.limit:  # a node behind the others; never reuse a nonce on its word
                raise ChainUnavailable(f"the node lags: it counts {nonce} transactions, the journal {expected}")
            self._patience.sleep(self._patience.interval)
            waited += self._patience.interval

    def _check_chain_id(self) -> None:
        network = self.ledger.network
        if network is not None and self.chain.chain_id() != network["chain_id"]:
            raise WrongNetwork(
                f"the node turned from chain {network['chain_id']} to {self.chain.chain_id()}; nothing was sent"
            )

    def _broadcast(self, transaction: Transaction) -> None:
        self._check_chain_id()
        try:
            self.chain.send_raw(transaction.raw)
        except TransactionRejected as error:
            if self.chain.receipt(transaction.hash) is None:
                raise TransactionRejected(
                    f"the node refused {transaction.title} of {transaction.step} ({error}); mend the "
                    f"cause and run again: the same transaction (nonce {transaction.nonce}) will be sent"
                ) from error

    def _await_receipt(self, transaction: Transaction) -> Receipt:
        waited = 0.0
        while True:
            receipt = self.chain.receipt(transaction.hash)
            if receipt is not None:
                return receipt
            if waited >= self._patience.limit or self._is_displaced(transaction):
                break
            self._patience.sleep(self._patience.interval)
            waited += self._patience.interval
        if self.chain.nonce(transaction.sender) > transaction.nonce:
            raise NonceTaken(nonce_taken(transaction))
        raise TransactionPending(
            f"{transaction.title} of {transaction.step} ({transaction.hash}, nonce {transaction.nonce}) is "
            "not mined yet; run again later, it will not be sent twice"
        )

    def _is_displaced(self, transaction: Transaction) -> bool:
        """Nonce used up, transaction unknown, and still no receipt when asked last: nothing to wait for."""
        return (
            self.chain.nonce(transaction.sender) > transaction.nonce
            and not self.chain.knows(transaction.hash)
            and self.chain.receipt(transaction.hash) is None
        )

    def _record_outcome(self, transaction: Transaction, receipt: Receipt) -> None:
        outcome: Record = {
            "type": "mined" if receipt.succeeded else "reverted",
            "hash": transaction.hash,
            "block": receipt.block_number,
            "block_hash": receipt.block_hash,
            "gas_used": receipt.gas_used,
        }
        if receipt.succeeded and transaction.action["verb"] == "deploy":
            address = transaction.action["address"]
            code = self.chain.code(address)
            if receipt.contract_address != address or not code:
                raise ChainUnavailable(
                    f"{transaction.hash} is mined, yet the node shows no contract at {address}; run again later"
                )
            outcome |= {"address": address, "code_hash": "0x" + keccak(code).hex()}
        self.record(outcome)
        if not receipt.succeeded:
            raise TransactionReverted(
                f"{transaction.title} of {transaction.step} reverted in block {receipt.block_number} "
                f"({transaction.hash}); mend the cause and run again: it will be sent anew"
            )
        self._reporter.mined(transaction)


def foreign_nonce(signer: str, expected: int, found: int) -> str:
    """The difference that transactions unknown to the journal make."""
    return (
        f"{signer} has sent {found - expected} transactions that the journal does not know (nonce {found}, "
        f"expected {expected}); find out what they did, restore the journal if it lost its end, else "
        f"accept nonce {found}"
    )


def nonce_taken(transaction: Transaction) -> str:
    """The difference that a transaction in the place of a journaled one makes."""
    return (
        f"{transaction.title} of {transaction.step} ({transaction.hash}) can never be mined: something else "
        f"used its nonce {transaction.nonce}; look what it was, then abandon the transaction "
        "to have it sent anew"
    )
