# SPDX-License-Identifier: Apache-2.0
"""What the engine asks of a chain and of a signer, and nothing more.

Addresses are checksummed strings, hashes lower-case `0x` strings, amounts wei. An implementation raises
`ChainUnavailable` where the node does not answer and `CallReverted` where a simulation reverts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Receipt:
    """Outcome of a mined transaction; `succeeded` is status 1."""

    transaction_hash: str
    block_number: int
    block_hash: str
    gas_used: int
    succeeded: bool
    contract_address: str | None


class Chain(Protocol):
    """A node, seen through the few questions a deployment needs answered."""

    def chain_id(self) -> int: ...

    def genesis_hash(self) -> str: ...

    def block_number(self) -> int: ...

    def block_hash(self, number: int) -> str | None:
        """Hash of the canonical block at that height, None above the head."""

    def nonce(self, address: str) -> int:
        """Number of transactions of that account that are mined."""

    def balance(self, address: str) -> int: ...

    def code(self, address: str) -> bytes: ...

    def storage(self, address: str, slot: int) -> bytes: ...

    def call(self, to: str, data: bytes, sender: str | None = None) -> bytes:
        """Result of a call at the head of the chain; raises `CallReverted`."""

    def estimate_gas(self, sender: str, to: str | None, data: bytes) -> int:
        """Gas the transaction would use now; raises `CallReverted`."""

    def fees(self) -> tuple[int, int]:
        """(maxFeePerGas, maxPriorityFeePerGas) that a transaction should offer now."""

    def send_raw(self, raw: bytes) -> None:
        """Broadcast; silent where the node has it already, `TransactionRejected` where it refuses."""

    def knows(self, transaction_hash: str) -> bool:
        """Whether the node has the transaction, mined or waiting."""

    def receipt(self, transaction_hash: str) -> Receipt | None: ...

    def log_sources(self, address: str, first: int, last: int, topics: Sequence[bytes] = ()) -> set[str]:
        """Hashes of the transactions in which that contract emitted an event, in these blocks, ends included.

        With `topics`, an event that has one of them in the first place.
        """


class Signer(Protocol):
    """The deployer's key, wherever it is kept."""

    @property
    def address(self) -> str: ...

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        """Raw signed bytes of an EIP-1559 transaction given as a mapping in JSON-RPC's names (ints, hex
        data).
        """
