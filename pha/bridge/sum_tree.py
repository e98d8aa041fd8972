# SPDX-License-Identifier: Apache-2.0
"""The Merkle-sum tree the bridge contract is constructed with: its root carries what all leaves add up to.

A leaf is keccak256(account ‖ free ‖ staked) of 64 bytes and counts free + staked; a node is
keccak256(left hash ‖ right hash ‖ left sum ‖ right sum) of 96 bytes and counts both sums. Amounts are 16
bytes, big-endian, in the parachain's base units. Leaves ascend by account, each account
once. A level with an odd number of nodes is completed by an empty node (hash zero, sum zero); a tree of one
leaf has that leaf as root. Different preimage lengths keep a leaf from being taken for a node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sha3 import keccak_256

from pha.bridge.errors import BridgeError

AMOUNT_LIMIT = 1 << 128
ACCOUNT_LENGTH = 32
HASH_LENGTH = 32
AMOUNT_LENGTH = 16
STEP_LENGTH = HASH_LENGTH + AMOUNT_LENGTH  # one level of a proof: the sibling's hash and sum
EMPTY_NODE = bytes(STEP_LENGTH)
BLOCK_LEVELS = 12  # proofs are made for this many levels' worth of neighbours at a time: 4,096 leaves


class Leaf(NamedTuple):
    """What one account is owed, in the parachain's base units (12 decimals)."""

    account: bytes
    free: int
    staked: int


class LeafTooLargeError(BridgeError):
    """A leaf whose free and staked parts do not add up to an unsigned number of 128 bits."""


class TotalTooLargeError(BridgeError):
    """Leaves that together are worth more than 128 bits can say."""


class LeafOrderError(BridgeError):
    """Leaves that do not strictly ascend by account."""


class ProofLengthError(BridgeError):
    """A proof that is no whole number of levels, or has too few of them for its index."""


class EmptyTreeError(BridgeError):
    """No leaves: there is nobody to pay and no root."""


def leaf_preimage(leaf: Leaf) -> bytes:
    """account ‖ free ‖ staked, 64 bytes. Raises LeafTooLargeError, also where only the sum is too large."""
    account, free, staked = leaf
    if len(account) != ACCOUNT_LENGTH:
        raise LeafOrderError(f"account 0x{account.hex()} has {len(account)} bytes; a leaf's account has 32")
    if free < 0 or staked < 0 or free + staked >= AMOUNT_LIMIT:
        raise LeafTooLargeError(
            f"account 0x{account.hex()}: {free} free and {staked} staked do not fit 128 bits together; "
            "the chain state is wrong"
        )
    return account + (free << 128 | staked).to_bytes(2 * AMOUNT_LENGTH)


def _leaf_level(leaves: Iterable[Leaf]) -> tuple[list[bytes], list[int]]:
    hashes: list[bytes] = []
    sums: list[int] = []
    previous = b""
    for leaf in leaves:
        if leaf.account <= previous:
            raise LeafOrderError(f"account 0x{leaf.account.hex()} is not greater than the one before it")
        previous = leaf.account
        hashes.append(keccak_256(leaf_preimage(leaf)).digest())
        sums.append(leaf.free + leaf.staked)
    if not hashes:
        raise EmptyTreeError("no account is owed anything; check that the chain state is the one meant")
    return hashes, sums


def _level_above(hashes: list[bytes], sums: list[int]) -> tuple[list[bytes], list[int]]:
    left_sums, right_sums = sums[::2], sums[1::2]
    above = [
        keccak_256(left + right + (left_sum << 128 | right_sum).to_bytes(2 * AMOUNT_LENGTH)).digest()
        for left, right, left_sum, right_sum in zip(hashes[::2], hashes[1::2], left_sums, right_sums, strict=True)
    ]
    return above, list(map(int.__add__, left_sums, right_sums))


class SumTree:
    """The whole tree of some leaves: `root` (32 bytes), `total` (base units), `size` and the proofs.

    Takes any iterable of leaves in ascending order. Each level is held as one run of 48-byte steps, so that a
    million leaves take about 100 MB. Raises EmptyTreeError, LeafOrderError, LeafTooLargeError,
    TotalTooLargeError.
    """

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        hashes, sums = _leaf_level(leaves)
        self.size = len(hashes)
        self.total = sum(sums)
        if self.total >= AMOUNT_LIMIT:
            raise TotalTooLargeError(f"the leaves add up to {self.total}, which does not fit 128 bits")
        self._levels: list[bytes] = []
        while len(hashes) > 1:
            if len(hashes) % 2:
                hashes.append(bytes(HASH_LENGTH))
                sums.append(0)
            steps = (digest + amount.to_bytes(AMOUNT_LENGTH) for digest, amount in zip(hashes, sums, strict=True))
            self._levels.append(b"".join(steps))
            hashes, sums = _level_above(hashes, sums)
        self.root = hashes[0]

    @property
    def depth(self) -> int:
        """Levels of a proof; its length is 48 bytes times this."""
        return len(self._levels)

    def _sibling(self, level: int, index: int) -> bytes:
        start = STEP_LENGTH * (index ^ 1)
        return self._levels[level][start : start + STEP_LENGTH]

    def proof(self, index: int) -> bytes:
        """Siblings of the leaf at `index` (0 to size - 1), from the bottom up. Raises IndexError."""
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} of {self.size}")
        return b"".join(self._sibling(level, index >> level) for level in range(self.depth))

    def proofs(self) -> Iterator[bytes]:
        """Every leaf's proof, in the order of the leaves.

        Neighbours share all but the lowest steps of their proofs, so these are made from the top of a block
        of leaves downwards: each level puts one step in front of what the level above has.
        """
        low = min(BLOCK_LEVELS, self.depth)
        for block in range(-(-self.size // (1 << low))):
            upper = b"".join(self._sibling(level, block << low >> level) for level in range(low, self.depth))
            proofs = [upper]
            for level in range(low - 1, -1, -1):
                first = block << (low - level)
                count = min(2 * len(proofs), len(self._levels[level]) // STEP_LENGTH - first)
                proofs = [self._sibling(level, first + at) + proofs[at >> 1] for at in range(count)]
            yield from proofs[: self.size - (block << low)]


def root_of_proof(leaf: Leaf, index: int, proof: bytes) -> tuple[bytes, int]:
    """What the bridge computes from a claim: the root hash and the total that a leaf and its proof lead to.

    Raises LeafTooLargeError, or ProofLengthError if the proof is no whole number of levels or too short for
    the index.
    """
    if len(proof) % STEP_LENGTH or index >> (len(proof) // STEP_LENGTH):
        raise ProofLengthError(f"a proof of {len(proof)} bytes cannot be that of leaf {index}")
    digest, total = keccak_256(leaf_preimage(leaf)).digest(), leaf.free + leaf.staked
    for level in range(len(proof) // STEP_LENGTH):
        step = proof[STEP_LENGTH * level : STEP_LENGTH * (level + 1)]
        sibling, amount = step[:HASH_LENGTH], int.from_bytes(step[HASH_LENGTH:])
        hashes, sums = (
            ([sibling, digest], [amount, total]) if index >> level & 1 else ([digest, sibling], [total, amount])
        )
        (digest,), (total,) = _level_above(hashes, sums)
    return digest, total
