# SPDX-License-Identifier: Apache-2.0
"""An epoch's report as gatekeepers build it: the records, their Merkle tree, the sums, and the proofs for settling.

A leaf is keccak(keccak(abi.encode(epoch, record))), so that no inner node can pass for one; a node is the hash of its
two children in ascending order, and an odd node at the end of a level moves up as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        self._levels = [[leaf_of(epoch, record) for record in records]]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            pairs = [_parent(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
            self._levels.append(pairs + below[len(pairs) * 2 :])

    @property
    def root(self) -> bytes:
        """The root: 32 bytes."""
        return self._levels[-1][0]

    def proof(self, index: int) -> list[bytes]:
        """The hashes that lead from record `index` to the root, from below."""
        hashes = []
        for level in self._levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                hashes.append(level[sibling])
            index //= 2
        return hashes

    def report(self, round_: int = 0) -> Report:
        """What gatekeepers sign: the root and the sums over all records that answered."""
        answered = [record for record in self.records if record.responsive]
        share = sum(record.share for record in answered)
        stake = sum(record.stake for record in answered)
        return Report(self.epoch, round_, self.root, share, stake)

    def settlement(self, index: int) -> tuple[tuple[str, int, int, bool, int, int], list[bytes]]:
        """A record and its proof, as the contract takes them."""
        return (self.records[index].values, self.proof(index))
