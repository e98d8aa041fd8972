# SPDX-License-Identifier: Apache-2.0
"""The sum tree against a recursion written for this test, its proofs against a verifier of its own."""

from __future__ import annotations

import pytest
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.sum_tree import (
    EmptyTreeError,
    Leaf,
    LeafOrderError,
    LeafTooLargeError,
    ProofLengthError,
    SumTree,
    TotalTooLargeError,
    root_of_proof,
)

U128 = 2**128


def word(amount: int) -> bytes:
    return amount.to_bytes(16, "big")


def naive(leaves: list[Leaf], height: int) -> tuple[bytes, int]:
    """The subtree of the given height over some leaves; missing nodes are empty only beside a present one."""
    if not leaves:
        return bytes(32), 0
    if height == 0:
        (leaf,) = leaves
        return keccak(leaf.account + word(leaf.free) + word(leaf.staked)), leaf.free + leaf.staked
    half = 2 ** (height - 1)
    left, left_sum = naive(leaves[:half], height - 1)
    right, right_sum = naive(leaves[half:], height - 1)
    return keccak(left + right + word(left_sum) + word(right_sum)), left_sum + right_sum


def height_of(count: int) -> int:
    return (count - 1).bit_length()


def verify(leaf: Leaf, index: int, proof: bytes) -> tuple[bytes, int]:
    node, total = keccak(leaf.account + word(leaf.free) + word(leaf.staked)), leaf.free + leaf.staked
    while proof:
        step, proof = proof[:48], proof[48:]
        sibling, amount = step[:32], int.from_bytes(step[32:], "big")
        if index % 2:
            node = keccak(sibling + node + word(amount) + word(total))
        else:
            node = keccak(node + sibling + word(total) + word(amount))
        total += amount
        index //= 2
    assert index == 0
    return node, total


def made(count: int) -> list[Leaf]:
    return [Leaf((7919 * at + 1).to_bytes(32, "big"), at * 10**13 + 1, at * 3) for at in range(count)]


@pytest.mark.parametrize("count", [*range(1, 71), 4095, 4096, 4097, 8200])
def test_root_and_every_proof_agree_with_the_naive_tree(count: int) -> None:
    leaves = made(count)
    tree = SumTree(leaves)
    assert (tree.root, tree.total) == naive(leaves, height_of(count))
    assert tree.depth == height_of(count)
    proofs = list(tree.proofs())
    assert len(proofs) == count
    step = max(1, count // 64)
    for index in range(0, count, step):
        assert tree.proof(index) == proofs[index]
        assert verify(leaves[index], index, proofs[index]) == (tree.root, tree.total)
        assert root_of_proof(leaves[index], index, proofs[index]) == (tree.root, tree.total)


amounts = st.integers(0, 2**64)
leaf_lists = st.dictionaries(st.binary(min_size=32, max_size=32), st.tuples(amounts, amounts), min_size=1, max_size=70)


@given(leaf_lists)
@settings(max_examples=60, deadline=None)
def test_any_leaves_agree_with_the_naive_tree(owed: dict[bytes, tuple[int, int]]) -> None:
    leaves = [Leaf(account, *owed[account]) for account in sorted(owed)]
    tree = SumTree(leaves)
    assert (tree.root, tree.total) == naive(leaves, height_of(len(leaves)))
    for index, (leaf, proof) in enumerate(zip(leaves, tree.proofs(), strict=True)):
        assert verify(leaf, index, proof) == (tree.root, sum(sum(pair) for pair in owed.values()))


@given(st.integers(2, 40), st.data())
@settings(max_examples=60, deadline=None)
def test_altered_leaf_index_or_proof_misses_the_root(count: int, data: st.DataObject) -> None:
    leaves = made(count)
    tree = SumTree(leaves)
    at = data.draw(st.integers(0, count - 1))
    leaf, proof = leaves[at], tree.proof(at)
    flipped = data.draw(st.integers(0, 8 * len(proof) - 1))
    bad = bytearray(proof)
    bad[flipped // 8] ^= 1 << flipped % 8
    attempts = [
        (leaf._replace(free=leaf.free + 1), at, proof),
        (leaf._replace(free=leaf.free - 1, staked=leaf.staked + 1), at, proof),
        (leaf, at ^ 1, proof),
        (leaf, at, bytes(bad)),
    ]
    for attempt in attempts:
        try:
            reached = root_of_proof(*attempt)
        except (ProofLengthError, TotalTooLargeError):
            continue
        assert reached != (tree.root, tree.total)


def test_leaf_of_the_full_width_counts_and_one_more_is_refused() -> None:
    account = bytes(31) + b"\1"
    assert SumTree([Leaf(account, U128 - 2, 1)]).total == U128 - 1
    for free, staked in [(U128, 0), (0, U128), (U128 - 1, 1), (-1, 5), (5, -1)]:
        with pytest.raises(LeafTooLargeError):
            SumTree([Leaf(account, free, staked)])


def test_leaves_worth_more_than_128_bits_together_are_refused() -> None:
    half = U128 // 2
    assert SumTree([Leaf(b"\1" * 32, half, 0), Leaf(b"\2" * 32, half - 1, 0)]).total == U128 - 1
    with pytest.raises(TotalTooLargeError):
        SumTree([Leaf(b"\1" * 32, half, 0), Leaf(b"\2" * 32, half, 0)])


def test_leaves_out_of_order_twice_or_absent_are_refused() -> None:
    first, second = made(2)
    for leaves in ([second, first], [first, first], [Leaf(b"\1" * 31, 1, 0)]):
        with pytest.raises(LeafOrderError):
            SumTree(leaves)
    with pytest.raises(EmptyTreeError):
        SumTree([])


def test_proof_is_refused_when_of_the_wrong_length_or_place() -> None:
    leaves = made(5)
    tree = SumTree(leaves)
    with pytest.raises(ProofLengthError):
        root_of_proof(leaves[4], 4, tree.proof(4)[:-1])
    with pytest.raises(ProofLengthError):
        root_of_proof(leaves[4], 4 + 8, tree.proof(4))
    with pytest.raises(IndexError):
        tree.proof(5)
