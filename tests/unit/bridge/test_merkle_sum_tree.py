# SPDX-License-Identifier: Apache-2.0
"""MerkleSumTree and the bridge's use of it: a proof fits one leaf in one place, and the sums."""

from __future__ import annotations

import ape
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reference.claims import Leaf, SumTree, keccak, parent


@pytest.fixture(scope="module")
def library(project, deployer):
    return deployer.deploy(project.MockMerkleSumTree)


def leaves(count: int) -> list[Leaf]:
    return [Leaf(keccak(bytes([i])), 1000 + i, i % 3) for i in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 13])
def test_root_of_gives_root_and_total_for_every_leaf(library, count):
    tree = SumTree(leaves(count))
    assert tree.total == sum(leaf.owed for leaf in leaves(count))
    for index, leaf in enumerate(tree.leaves):
        answer = library.rootOf(leaf.account, leaf.free, leaf.staked, index, tree.proof(index))
        assert tuple(answer) == (tree.root, tree.total)


def test_root_of_differs_when_the_proof_is_used_at_another_index(library):
    tree = SumTree(leaves(8))
    leaf = tree.leaves[5]
    for index in {*range(8)} - {5}:
        root, _ = library.rootOf(leaf.account, leaf.free, leaf.staked, index, tree.proof(5))
        assert root != tree.root


@pytest.mark.parametrize("levels", [0, 1, 3, 16])
def test_root_of_reverts_when_the_index_has_bits_beyond_the_tree(library, levels):
    arguments = (keccak(b"a"), 1, 1)
    library.rootOf(*arguments, 2**levels - 1, bytes(48 * levels))
    for index in (2**levels, 2**256 - 1):
        with ape.reverts(library.IndexOutsideTree, index=index, levels=levels):
            library.rootOf(*arguments, index, bytes(48 * levels))


@pytest.mark.parametrize("length", [1, 47, 49, 95, 767])
def test_root_of_reverts_when_the_proof_is_no_whole_number_of_levels(library, length):
    with ape.reverts(library.ProofLengthInvalid, length=length):
        library.rootOf(keccak(b"a"), 1, 1, 0, bytes(length))


def test_root_of_does_not_take_a_node_for_a_leaf(library):
    """The two hashes of a node, read as account and amounts, hash otherwise: 64 bytes are not 96."""
    tree = SumTree(leaves(4))
    (left, left_sum), (right, right_sum) = tree.levels[1]
    forged = (left, int.from_bytes(right[:16], "big"), int.from_bytes(right[16:], "big"))
    root, _ = library.rootOf(*forged, 0, b"")
    assert root != tree.root
    # Nor does a leaf's preimage pass as a node's.
    assert keccak(left + right) != keccak(left + right + left_sum.to_bytes(16, "big") + right_sum.to_bytes(16, "big"))


def test_root_of_keeps_the_total_when_sums_overflow_128_bits(library):
    """Two leaves of 2^128 - 1: the total grows to 129 bits and is not cut, so no bridge's cap equals it."""
    full = 2**128 - 1
    proof = keccak(b"x") + full.to_bytes(16, "big")
    _, total = library.rootOf(keccak(b"a"), full, 0, 0, proof)
    assert total == 2 * full
    _, total = library.rootOf(keccak(b"a"), full, full, 1, proof * 1)
    assert total == 3 * full


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.tuples(st.integers(0, 2**90), st.integers(0, 2**90)), min_size=1, max_size=20),
    data=st.data(),
)
def test_root_of_agrees_with_the_reference(library, amounts, data):
    tree = SumTree([Leaf(keccak(i.to_bytes(2, "big")), *amount) for i, amount in enumerate(amounts)])
    index = data.draw(st.integers(0, len(amounts) - 1))
    leaf = tree.leaves[index]
    answer = library.rootOf(leaf.account, leaf.free, leaf.staked, index, tree.proof(index))
    assert tuple(answer) == (tree.root, tree.total)


# In the bridge


def refused(bridge, claim, relayer, error=None):
    with ape.reverts(error or bridge.SumTreeMismatch):
        bridge.claim(claim.values(), sender=relayer)


def test_claim_reverts_when_amounts_are_altered(world, bridge, holder, recipient, relayer):
    claim = world.claim(bridge, holder, recipient)
    for altered in (
        claim.but(free=claim.free + 1),
        claim.but(staked=claim.staked + 1),
        claim.but(free=claim.free + 1, staked=claim.staked - 1),
        claim.but(free=claim.staked, staked=claim.free),
        claim.but(free=2**128 - 1, staked=2**128 - 1),
    ):
        refused(bridge, altered, relayer)


def test_claim_reverts_when_a_sibling_sum_is_altered(world, bridge, holder, recipient, relayer):
    claim = world.claim(bridge, holder, recipient)
    for level in range(len(claim.proof) // 48):
        changed = bytearray(claim.proof)
        changed[48 * level + 47] ^= 1
        refused(bridge, claim.but(proof=bytes(changed)), relayer)


def test_claim_reverts_when_a_sibling_hash_is_altered(world, bridge, holder, recipient, relayer):
    claim = world.claim(bridge, holder, recipient)
    changed = bytes([claim.proof[0] ^ 0x80]) + claim.proof[1:]
    refused(bridge, claim.but(proof=changed), relayer)


def test_claim_reverts_when_the_proof_is_another_leafs(world, bridge, holders, recipient, relayer):
    claim = world.claim(bridge, holders[0], recipient)
    other = world.claim(bridge, holders[1], recipient)
    refused(bridge, claim.but(index=other.index), relayer)
    refused(bridge, claim.but(index=other.index, proof=other.proof), relayer)
    refused(bridge, claim.but(proof=claim.proof[:-48], index=0), relayer)
    extended = claim.but(proof=claim.proof + bytes(48))
    refused(bridge, extended, relayer)


def test_claim_reverts_when_the_index_or_length_is_malformed(world, bridge, holder, recipient, relayer):
    claim = world.claim(bridge, holder, recipient)
    levels = len(claim.proof) // 48
    refused(bridge, claim.but(index=claim.index + 2**levels), relayer, bridge.IndexOutsideTree)
    refused(bridge, claim.but(proof=claim.proof + b"\x00"), relayer, bridge.ProofLengthInvalid)


def test_claim_reverts_when_the_root_is_right_and_the_total_is_not(world, holder, recipient, relayer):
    """A cap below the tree's sum: the bridge would be funded with less than the leaves owe, so it pays none of them."""
    total = world.estate.tree.total
    for cap in (total - 1, total + 1):
        bridge = world.create_open(cap=cap) if cap < total else world.create(cap=cap)
        if cap > total:
            world.fund(bridge, cap * 10**6)
            bridge.open(sender=relayer)
        claim = world.claim(bridge, holder, recipient)
        with ape.reverts(bridge.SumTreeMismatch, root=world.estate.tree.root, total=total):
            bridge.claim(claim.values(), sender=relayer)


def test_empty_nodes_hold_no_leaf(world, bridge, recipient, relayer, holder):
    """The completing node of an odd level has hash zero: nothing hashes to it, whatever index is tried."""
    tree = world.estate.tree
    assert len(tree.leaves) == 15
    claim = world.claim(bridge, holder, recipient)
    last = tree.leaves[14].node()
    sibling_of_empty = last[0] + last[1].to_bytes(16, "big")
    upper = tree.proof(14)[48:]
    refused(bridge, claim.but(free=0, staked=0, index=15, proof=sibling_of_empty + upper), relayer)
    assert parent(last, (bytes(32), 0)) == tree.levels[1][7]
