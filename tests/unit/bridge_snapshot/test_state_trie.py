# SPDX-License-Identifier: Apache-2.0
"""The state trie against published roots and against a recursion over nibbles written for this test alone."""

from __future__ import annotations

import json
from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.state_trie import StateTrie, UnsortedStateError, state_root
from pha.bridge.storage_keys import SYSTEM_ACCOUNT

KHALA_STATE_ROOT = "fd2e3e07ed2d610c6c0c6c3cd6858fff733fe53c03bd75d46f25e7c69dec490b"
# Khala's genesis block has no extrinsics: its published extrinsics root is the root of the empty trie.
EMPTY_ROOT = "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"


def hash_of(data: bytes) -> bytes:
    return blake2b(data, digest_size=32).digest()


def slow_compact(number: int) -> bytes:
    for limit, width, mode in ((1 << 6, 1, 0), (1 << 14, 2, 1), (1 << 30, 4, 2)):
        if number < limit:
            return (number * 4 + mode).to_bytes(width, "little")
    raise AssertionError("longer than any value used here")


def slow_node(items: dict[tuple[int, ...], bytes], at: int) -> bytes:
    """Encodes the node over all of `items`, whose first `at` nibbles agree; a map in, one node out."""
    paths = list(items)
    end = at
    while all(len(path) > end for path in paths) and len({path[end] for path in paths}) == 1:
        end += 1
    if len(paths) == 1:
        end = len(paths[0])
    partial = list(paths[0][at:end])
    here = [value for path, value in items.items() if len(path) == end]
    below = {path: value for path, value in items.items() if len(path) > end}
    prefix = (64 if not below else 192) if here else 128

    count = len(partial)
    header = [prefix + min(count, 63)]
    if count >= 63:
        left = count - 63
        while left >= 255:
            header.append(255)
            left -= 255
        header.append(left)
    if count % 2:
        partial.insert(0, 0)
    packed = [16 * high + low for high, low in zip(partial[::2], partial[1::2], strict=True)]

    value = slow_compact(len(here[0])) + here[0] if here else b""
    if not below:
        return bytes(header + packed) + value
    bitmap, children = 0, b""
    for nibble in range(16):
        child_items = {path: v for path, v in below.items() if path[end] == nibble}
        if child_items:
            bitmap += 2**nibble
            child = slow_node(child_items, end + 1)
            child = child if len(child) < 32 else hash_of(child)
            children += slow_compact(len(child)) + child
    return bytes(header + packed) + bitmap.to_bytes(2, "little") + value + children


def slow_root(state: dict[bytes, bytes]) -> bytes:
    items = {tuple(int(digit, 16) for digit in key.hex()): value for key, value in state.items()}
    return hash_of(slow_node(items, 0))


def walk(root: bytes, proof: list[bytes], key: bytes) -> bytes | None:
    """Follows `key` through the proof's nodes by their hashes, as a light client does."""
    nodes = {hash_of(node): node for node in proof}
    path = [int(digit, 16) for digit in key.hex()]
    node = nodes[root]
    while True:
        if node == b"\0":
            return None
        kind, count, at = node[0] >> 6, node[0] & 63, 1
        if count == 63:
            while node[at] == 255:
                count, at = count + 255, at + 1
            count, at = count + node[at], at + 1
        width = (count + 1) // 2
        partial = [int(digit, 16) for digit in node[at : at + width].hex()][count % 2 :]
        at += width
        if path[:count] != partial:
            return None
        path = path[count:]

        def vector(start: int, source: bytes) -> tuple[bytes, int]:
            mode = source[start] & 3
            size = (1, 2, 4)[mode]
            length = int.from_bytes(source[start : start + size], "little") >> 2
            return source[start + size : start + size + length], start + size + length

        if kind == 1:
            return vector(at, node)[0] if not path else None
        bitmap, at = int.from_bytes(node[at : at + 2], "little"), at + 2
        value = None
        if kind == 3:
            value, at = vector(at, node)
        if not path:
            return value
        if not bitmap >> path[0] & 1:
            return None
        for nibble in range(path[0] + 1):
            if bitmap >> nibble & 1:
                child, at = vector(at, node)
        node = child if len(child) < 32 else nodes[child]
        path = path[1:]


# Short keys over few symbols make prefixes of one another and embedded nodes; long ones make long partials.
short_keys = st.lists(st.sampled_from([0x00, 0x01, 0x10, 0x11, 0xFF]), max_size=4).map(bytes)
long_keys = st.builds(
    lambda head, count, tail: head + b"\x5a" * count + tail, short_keys, st.integers(0, 300), short_keys
)
values = st.one_of(st.binary(max_size=3), st.binary(min_size=30, max_size=90))
states = st.dictionaries(st.one_of(short_keys, long_keys, st.binary(max_size=6)), values, min_size=1, max_size=30)


@given(states)
@settings(max_examples=150, deadline=None)
def test_root_equals_a_plain_recursion(state: dict[bytes, bytes]) -> None:
    assert state_root(sorted(state.items())) == slow_root(state)


@given(states, st.one_of(short_keys, long_keys))
@settings(max_examples=100, deadline=None)
def test_proof_shows_each_value_and_absence(state: dict[bytes, bytes], other: bytes) -> None:
    trie = StateTrie.build(sorted(state.items()))
    for key in [*state, other]:
        proof = trie.proof(key)
        assert walk(trie.root, proof, key) == state.get(key)
        lean = StateTrie.build(sorted(state.items()), only=[key])
        assert lean.root == trie.root
        assert lean.proof(key) == proof


def test_root_of_no_state_is_the_published_empty_root() -> None:
    assert state_root([]).hex() == EMPTY_ROOT
    assert StateTrie.build([]).proof(b"any") == [b"\0"]


def test_proof_is_refused_when_built_for_other_keys() -> None:
    trie = StateTrie.build([(b"a", b"1"), (b"b", b"2")], only=[b"a"])
    with pytest.raises(KeyError):
        trie.proof(b"b")


@pytest.mark.parametrize(("second", "what"), [(b"b", "stands twice"), (b"a", "after a greater key")])
def test_root_is_refused_when_keys_do_not_ascend(second: bytes, what: str) -> None:
    with pytest.raises(UnsortedStateError, match=what):
        state_root([(b"b", b""), (second, b"")])


def test_depth_is_not_bound_by_the_stack_when_keys_are_prefixes_of_each_other() -> None:
    pairs = [(b"\x77" * length, b"v") for length in range(5_000)]
    trie = StateTrie.build(pairs)
    assert walk(trie.root, trie.proof(b"\x77" * 4_321), b"\x77" * 4_321) == b"v"


def test_khala_genesis_has_its_published_root(evidence_dir) -> None:
    source = json.loads((evidence_dir / "polkadot" / "khala_genesis_raw.json").read_text())
    top = source["genesis"]["raw"]["top"]
    state = {bytes.fromhex(key[2:]): bytes.fromhex(value[2:]) for key, value in top.items()}
    trie = StateTrie.build(sorted(state.items()))
    assert trie.root.hex() == KHALA_STATE_ROOT
    accounts = [key for key in state if key.startswith(SYSTEM_ACCOUNT)]
    assert len(accounts) == 6
    for key in accounts:
        proof = trie.proof(key)
        assert walk(trie.root, proof, key) == state[key]
        assert 5 <= len(proof) <= 6
