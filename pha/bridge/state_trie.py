# SPDX-License-Identifier: Apache-2.0
"""The state trie of a Substrate chain (state_version 0): its root from sorted key/value pairs, and proofs.

Standard: the Polkadot specification, "Merkle proofs" (Trie_Enc). A base-16 Patricia trie hashed with
blake2b-256; a node shorter than 32 bytes stands inside its parent instead of being hashed; the root is always
hashed. The builder takes the pairs in order and keeps one open branch per level, so its memory does not grow
with the number of keys unless nodes are kept for proofs, and its depth is not bound by Python's stack.

Nibbles are written as hexadecimal text in here: slicing a string of them is what Python does fastest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain

from pha.bridge.errors import BridgeError
from pha.bridge.scale import encode_bytes, encode_compact

HASH_LENGTH = 32
LEAF = 0b01 << 6
BRANCH = 0b10 << 6
BRANCH_WITH_VALUE = 0b11 << 6
SHORT_PARTIAL = 63  # from this many nibbles on, the count goes on in bytes of its own

Pair = tuple[bytes, bytes]
OnNode = Callable[[str, bytes, bytes], None]
"""Called with a node's path (the nibbles above it), its hash and its encoding; not for embedded nodes."""


class UnsortedStateError(BridgeError):
    """Keys that do not strictly ascend: an unsorted list, or the same key twice."""


def node_hash(encoded: bytes) -> bytes:
    """blake2b-256 of an encoded node."""
    return blake2b(encoded, digest_size=HASH_LENGTH).digest()


def encode_header(kind: int, partial: str) -> bytes:
    """Kind and nibble count of a node, then the nibbles themselves, an odd one first in a byte of its own."""
    count = len(partial)
    nibbles = bytes.fromhex(partial if count % 2 == 0 else "0" + partial)
    if count < SHORT_PARTIAL:
        return bytes((kind | count,)) + nibbles
    more, last = divmod(count - SHORT_PARTIAL, 255)
    return bytes((kind | SHORT_PARTIAL,)) + b"\xff" * more + bytes((last,)) + nibbles


def encode_leaf(partial: str, value: bytes) -> bytes:
    """A leaf: header, nibbles that are left of the key, value."""
    return encode_header(LEAF, partial) + encode_bytes(value)


class _OpenBranch:
    """A branch whose children are still arriving, from the lowest nibble to the highest."""

    __slots__ = ("_bitmap", "_children", "_value", "depth")

    def __init__(self, depth: int, value: bytes | None = None) -> None:
        self.depth = depth
        self._value = value
        self._bitmap = 0
        self._children: list[bytes] = []

    def attach(self, nibble: str, reference: bytes) -> None:
        self._bitmap |= 1 << int(nibble, 16)
        self._children.append(reference)

    def encode(self, partial: str) -> bytes:
        kind = BRANCH if self._value is None else BRANCH_WITH_VALUE
        parts = [encode_header(kind, partial), self._bitmap.to_bytes(2, "little")]
        if self._value is not None:
            parts.append(encode_bytes(self._value))
        return b"".join(chain(parts, self._children))


_HASH_PREFIX = encode_compact(HASH_LENGTH)


def _common_nibbles(left: bytes, right: bytes) -> int:
    """How many leading nibbles two keys share."""
    length = min(len(left), len(right))
    difference = int.from_bytes(left[:length]) ^ int.from_bytes(right[:length])
    return (8 * length - difference.bit_length()) // 4


def _with_shared_nibbles(pairs: Iterable[Pair]) -> Iterator[tuple[str, bytes, int]]:
    """Each key as nibbles, its value, and how many nibbles the next key shares (-1 after the last)."""
    rest = iter(pairs)
    first = next(rest, None)
    if first is None:
        return
    key, value = first
    for next_key, next_value in rest:
        if next_key <= key:
            what = "stands twice" if next_key == key else "stands after a greater key"
            raise UnsortedStateError(f"key 0x{next_key.hex()} {what}; sort the state, keep each key once")
        yield key.hex(), value, _common_nibbles(key, next_key)
        key, value = next_key, next_value
    yield key.hex(), value, -1


def state_root(pairs: Iterable[Pair], on_node: OnNode | None = None) -> bytes:
    """Root hash (32 bytes) of the trie over `pairs`, which must strictly ascend by key.

    `on_node` sees every hashed node, children before their parents, the root last.
    Raises UnsortedStateError.
    """

    def refer(path: str, encoded: bytes) -> bytes:
        if len(encoded) < HASH_LENGTH:
            return encode_bytes(encoded)
        digest = node_hash(encoded)
        if on_node is not None:
            on_node(path, digest, encoded)
        return _HASH_PREFIX + digest

    def finish(encoded: bytes) -> bytes:
        digest = node_hash(encoded)
        if on_node is not None:
            on_node("", digest, encoded)
        return digest

    open_branches: list[_OpenBranch] = []  # from the root downwards, depths ascending
    for key, value, shared in _with_shared_nibbles(pairs):
        if shared == len(key):
            open_branches.append(_OpenBranch(shared, value))  # the next key goes on below this one
            continue
        if shared >= 0 and (not open_branches or open_branches[-1].depth < shared):
            open_branches.append(_OpenBranch(shared))
        if not open_branches:
            return finish(encode_leaf(key, value))
        depth = open_branches[-1].depth
        reference = refer(key[: depth + 1], encode_leaf(key[depth + 1 :], value))
        open_branches[-1].attach(key[depth], reference)

        # Whatever lies deeper than what the next key shares with this one can get no more children.
        while open_branches and open_branches[-1].depth > shared:
            branch = open_branches.pop()
            if shared >= 0 and (not open_branches or open_branches[-1].depth < shared):
                open_branches.append(_OpenBranch(shared))
            if not open_branches:
                return finish(branch.encode(key[: branch.depth]))
            depth = open_branches[-1].depth
            encoded = branch.encode(key[depth + 1 : branch.depth])
            open_branches[-1].attach(key[depth], refer(key[: depth + 1], encoded))
    return finish(b"\0")  # no pairs at all


class StateTrie:
    """A root and the hashed nodes under it, kept by their path, from which proofs are read off.

    Keeping every node of a million accounts takes about 0.6 GiB; `only` keeps what some keys' proofs need.
    """

    def __init__(self, root: bytes, nodes: dict[str, bytes], only: frozenset[bytes] | None) -> None:
        self.root = root
        self._nodes = nodes
        self._only = only

    @classmethod
    def build(cls, pairs: Iterable[Pair], only: Iterable[bytes] | None = None) -> StateTrie:
        """Builds from strictly ascending pairs in one pass; `only` names the keys that will be proven.

        Raises UnsortedStateError.
        """
        nodes: dict[str, bytes] = {}
        if only is None:
            root = state_root(pairs, lambda path, _digest, encoded: nodes.__setitem__(path, encoded))
            return cls(root, nodes, None)
        wanted = frozenset(only)
        ordered: Sequence[str] = sorted(key.hex() for key in wanted)

        def keep(path: str, _digest: bytes, encoded: bytes) -> None:
            at = bisect_left(ordered, path)
            if at < len(ordered) and ordered[at].startswith(path):
                nodes[path] = encoded

        return cls(state_root(pairs, keep), nodes, wanted)

    def proof(self, key: bytes) -> list[bytes]:
        """Encoded nodes on the way to `key`, the root first; nodes embedded in their parent are not repeated.

        For a key that is not in the state these are the nodes that show its absence.
        Raises KeyError if the trie was built for other keys only.
        """
        if self._only is not None and key not in self._only:
            raise KeyError(f"the trie was not built to prove 0x{key.hex()}")
        nibbles = key.hex()
        paths = (nibbles[:depth] for depth in range(len(nibbles) + 1))
        return [self._nodes[path] for path in paths if path in self._nodes]
