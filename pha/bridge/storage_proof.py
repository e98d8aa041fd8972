# SPDX-License-Identifier: Apache-2.0
"""Storage proofs: from a state or a node's answer to what the contracts take, and the same check in Python.

Standard: the Polkadot specification, "State Storage", state versions 0 and 1. An archive node answers
`state_getReadProof` with the trie nodes of all keys asked for, in no order; here the nodes of one key are put in
order from the root down. The contracts take them packed: each item as its length (2 bytes, big-endian) and its
bytes; a value that stands by its hash (version 1) is the last item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from pha.bridge.errors import BridgeError
from pha.bridge.scale import ScaleError, ScaleReader
from pha.bridge.state_trie import HASH_LENGTH, StateTrie

ITEM_LIMIT = (1 << 16) - 1
SHORTEST_HASHED_VALUE = 33


class StorageProofError(BridgeError):
    """Nodes that do not show the key's value under the root, or that the contracts could not take."""


@dataclass(frozen=True)
class StorageProof:
    """The value (bytes) of a key, and the items that show it, from the root down."""

    value: bytes
    items: tuple[bytes, ...]

    def packed(self) -> bytes:
        """The form the contracts read. Raises StorageProofError for an item over 65,535 bytes."""
        for item in self.items:
            if len(item) > ITEM_LIMIT:
                raise StorageProofError(f"a node of {len(item)} bytes is longer than a contract can be given")
        return b"".join(len(item).to_bytes(2, "big") + item for item in self.items)


@dataclass(frozen=True)
class _Node:
    """A decoded node: its partial key as hex, its value or the hash of it, and its children by nibble."""

    partial: str
    value: bytes | None
    value_is_hash: bool
    children: Mapping[str, bytes]


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=HASH_LENGTH).digest()


def _header(reader: ScaleReader) -> tuple[bool, bool, bool, int]:
    """Whether a node is a branch, has a value, has it by hash; and the count of its nibbles."""
    first = reader.uint(1)
    if first >> 6:
        width, kind = 6, ((False, True), (True, False), (True, True))[(first >> 6) - 1]
        is_hash = False
    elif first >> 5:
        width, kind, is_hash = 5, (False, True), True
    elif first >> 4:
        width, kind, is_hash = 4, (True, True), True
    else:
        raise StorageProofError(f"0x{first:02x} begins no node that holds a key")
    most = (1 << width) - 1
    count = first & most
    if count == most:
        more = 255
        while more == 255:
            more = reader.uint(1)
            count += more
    return (*kind, is_hash, count)


def _decode(encoded: bytes) -> _Node:
    reader = ScaleReader(encoded)
    try:
        is_branch, has_value, value_is_hash, count = _header(reader)
        partial = reader.take((count + 1) // 2).hex()
        if count % 2:
            if partial[0] != "0":
                raise StorageProofError("the padding of an odd partial key is not zero")
            partial = partial[1:]
        bitmap = reader.uint(2) if is_branch else 0
        value = None
        if has_value:
            value = reader.take(HASH_LENGTH) if value_is_hash else reader.byte_vector()
        children = {f"{n:x}": reader.byte_vector() for n in range(16) if bitmap >> n & 1}
        reader.finish()
    except ScaleError as cause:
        raise StorageProofError(f"a node is malformed: {cause}") from None
    return _Node(partial, value, value_is_hash, children)


def nodes_by_hash(nodes: Iterable[bytes]) -> dict[bytes, bytes]:
    """Nodes by their blake2b-256, as their parents and the root name them."""
    return {_digest(node): node for node in nodes}


def proof_from_nodes(root: bytes, key: bytes, nodes: Iterable[bytes]) -> StorageProof:
    """Finds the way to `key` among `nodes` (in any order, with others among them) and checks it.

    Everything is looked up by its hash, so nothing but the root is believed. Raises StorageProofError.
    """
    return proof_from_index(root, key, nodes_by_hash(nodes))


def proof_from_index(root: bytes, key: bytes, by_hash: Mapping[bytes, bytes]) -> StorageProof:
    """The same for nodes that `nodes_by_hash` has put in order already."""
    items: list[bytes] = []

    def look_up(digest: bytes, what: str) -> bytes:
        if digest not in by_hash:
            raise StorageProofError(f"{what} 0x{digest.hex()} is not among the nodes")
        items.append(by_hash[digest])
        return by_hash[digest]

    encoded, left = look_up(root, "the root"), key.hex()
    while True:
        node = _decode(encoded)
        if not left.startswith(node.partial):
            raise StorageProofError(f"the state has no key 0x{key.hex()}")
        left = left[len(node.partial) :]
        if not left:
            break
        child = node.children.get(left[0])
        if child is None:
            raise StorageProofError(f"the state has no key 0x{key.hex()}")
        left = left[1:]
        encoded = look_up(child, "the node") if len(child) == HASH_LENGTH else child
    if node.value is None:
        raise StorageProofError(f"the state has no value at 0x{key.hex()}, only below it")
    if not node.value_is_hash:
        return StorageProof(node.value, tuple(items))
    value = look_up(node.value, "the value")
    if len(value) < SHORTEST_HASHED_VALUE:
        raise StorageProofError("a value as short as this never stands by its hash")
    return StorageProof(value, tuple(items))


def nodes_of_read_proof(answer: Mapping[str, object]) -> list[bytes]:
    """The nodes in what a node answers to `state_getReadProof`: `{"at": "0x…", "proof": ["0x…", …]}`.

    Raises StorageProofError.
    """
    listed = answer.get("proof")
    if not isinstance(listed, list):
        raise StorageProofError("the answer has no list named 'proof'; give state_getReadProof's result as it is")
    try:
        return [bytes.fromhex(text.removeprefix("0x")) for text in listed]
    except (AttributeError, ValueError):
        raise StorageProofError("a node of the answer is not hexadecimal") from None


def proof_from_read_proof(root: bytes, key: bytes, answer: Mapping[str, object]) -> StorageProof:
    """The proof of `key` out of such an answer. Raises StorageProofError."""
    return proof_from_nodes(root, key, nodes_of_read_proof(answer))


def proof_from_trie(trie: StateTrie, key: bytes) -> StorageProof:
    """From a state that was built here (state version 0). Raises StorageProofError if the key is not in it."""
    return proof_from_nodes(trie.root, key, trie.proof(key))
