# SPDX-License-Identifier: Apache-2.0
"""An epoch's report as gatekeepers build it: the records, their Merkle tree, the sums, and the proofs for settling.

A leaf is keccak(keccak(abi.encode(epoch, record))), so that no inner node can pass for one; a node is the hash of its
two children in ascending order. The tree is complete, with the records from its right end to the left: that of
OpenZeppelin's `StandardMerkleTree` with `sortLeaves: false`, so one proof can be for any number of records.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode

from pha.staking.typed_data import Report, keccak

_LEAF = ["uint256", "address", "uint24", "uint32", "bool", "uint96", "uint96"]


@dataclass(frozen=True)
class Record:
    """What gatekeepers say of a worker in an epoch.

    `previous_epoch` is the worker's epoch before in this session (0 for none), `performance` what it reached, `share`
    and `stake` (wei) what it may count at most.
    """

    worker: str
    previous_epoch: int
    performance: int
    responsive: bool
    share: int
    stake: int

    @property
    def values(self) -> tuple[str, int, int, bool, int, int]:
        """As the contract takes it."""
        return (self.worker, self.previous_epoch, self.performance, self.responsive, self.share, self.stake)


def leaf_of(epoch: int, record: Record) -> bytes:
    """The record's leaf in the tree of `epoch`: 32 bytes."""
    return keccak(keccak(encode(_LEAF, (epoch, *record.values))))


def _parent(left: bytes, right: bytes) -> bytes:
    return keccak(left + right if left < right else right + left)


class EpochTree:
    """The tree over an epoch's records, at most one for each worker. Raises ValueError if there are none or two."""

    def __init__(self, epoch: int, records: Sequence[Record]):
        if not records or len({record.worker.lower() for record in records}) != len(records):
            raise ValueError("an epoch's report holds one record for each of its workers")
        self.epoch = epoch
        self.records = list(records)
        # A heap: the root first, the children of node i at 2·i + 1 and 2·i + 2.
        inner = len(records) - 1
        self._nodes = [b""] * inner + [leaf_of(epoch, record) for record in reversed(records)]
        for node in reversed(range(inner)):
            self._nodes[node] = _parent(self._nodes[2 * node + 1], self._nodes[2 * node + 2])

    @property
    def root(self) -> bytes:
        """The root: 32 bytes."""
        return self._nodes[0]

    def proof(self, indices: Iterable[int]) -> tuple[list[bytes], list[bool]]:
        """The hashes that lead from records to the root, and for each hashing whether both its sides were known.

        For the records in ascending order of `indices`, of which at least one is needed and none twice.
        """
        ordered = sorted(indices)
        if not ordered or len(set(ordered)) != len(ordered):
            raise ValueError("a proof is for one record or more, and for none of them twice")
        hashes, flags = [], []
        known = deque(len(self._nodes) - 1 - index for index in ordered)  # descending, as parents join behind
        while known[0]:
            node = known.popleft()
            sibling = node - 1 if node % 2 == 0 else node + 1
            flags.append(bool(known) and known[0] == sibling)
            if flags[-1]:
                known.popleft()
            else:
                hashes.append(self._nodes[sibling])
            known.append((node - 1) // 2)
        return hashes, flags

    def report(self, round_: int = 0) -> Report:
        """What gatekeepers sign: the root and the sums over all records that answered."""
        answered = [record for record in self.records if record.responsive]
        share = sum(record.share for record in answered)
        stake = sum(record.stake for record in answered)
        return Report(self.epoch, round_, self.root, share, stake)

    def settlement(
        self, indices: Iterable[int]
    ) -> tuple[list[tuple[str, int, int, bool, int, int]], list[bytes], list[bool]]:
        """Records in the tree's order, and the proof for them, as the contract takes them."""
        chosen = sorted(indices)
        return ([self.records[index].values for index in chosen], *self.proof(chosen))
