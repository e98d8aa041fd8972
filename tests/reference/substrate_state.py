# SPDX-License-Identifier: Apache-2.0
"""A second, deliberately plain implementation of Substrate's state trie, for tests to take expectations from.

It shares no code with the library or the contracts: it builds the whole trie by recursion over nibble tuples, knows
both state versions, and is itself checked against Khala's published genesis root.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field

import xxhash

Nibbles = tuple[int, ...]


def blake2(data: bytes, size: int = 32) -> bytes:
    return hashlib.blake2b(data, digest_size=size).digest()


def twox(data: bytes, size: int) -> bytes:
    """Substrate's twox_64, twox_128: xxh64 under seeds 0, 1, … each little-endian."""
    return b"".join(xxhash.xxh64(data, seed).intdigest().to_bytes(8, "little") for seed in range(size // 8))


def system_account_key(account: bytes) -> bytes:
    return twox(b"System", 16) + twox(b"Account", 16) + blake2(account, 16) + account


def proxies_key(account: bytes) -> bytes:
    return twox(b"Proxy", 16) + twox(b"Proxies", 16) + twox(account, 8) + account


def account_info(free: int, reserved: int = 0, frozen: int = 0, nonce: int = 1) -> bytes:
    counters = b"".join(n.to_bytes(4, "little") for n in (nonce, 0, 1, 0))
    return counters + b"".join(n.to_bytes(16, "little") for n in (free, reserved, frozen, 1 << 127))


def proxy_list(definitions: list[tuple[bytes, int, int]], deposit: int = 10**12) -> bytes:
    """SCALE of `(Vec<(delegate, proxy_type, delay)>, deposit)`."""
    body = b"".join(who + bytes([kind]) + delay.to_bytes(4, "little") for who, kind, delay in definitions)
    return compact(len(definitions)) + body + deposit.to_bytes(16, "little")


def compact(n: int) -> bytes:
    if n < 1 << 6:
        return bytes([n << 2])
    if n < 1 << 14:
        return (n << 2 | 1).to_bytes(2, "little")
    if n < 1 << 30:
        return (n << 2 | 2).to_bytes(4, "little")
    raise ValueError("not needed in a state")


def nibbles_of(key: bytes) -> Nibbles:
    return tuple(n for byte in key for n in (byte >> 4, byte & 15))


def node_header(prefix: int, width: int, count: int) -> bytes:
    """`prefix` in the high bits, the nibble count in the `width` low bits and then in bytes of 255 and a rest."""
    most = (1 << width) - 1
    if count < most:
        return bytes([prefix | count])
    more, rest = divmod(count - most, 255)
    return bytes([prefix | most]) + b"\xff" * more + bytes([rest])


def packed(path: Nibbles) -> bytes:
    padded = ((0,) if len(path) % 2 else ()) + path
    return bytes(padded[i] << 4 | padded[i + 1] for i in range(0, len(padded), 2))


@dataclass
class ReferenceTrie:
    """The trie of `entries` (key to value) in the given state version."""

    entries: dict[bytes, bytes]
    version: int = 0
    items: list[tuple[Nibbles, bytes]] = field(init=False)
    parts: dict[Nibbles, bytes] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.items = sorted((nibbles_of(key), value) for key, value in self.entries.items())
        self.root = blake2(self._node(0, len(self.items), 0))

    def _value(self, value: bytes, plain: tuple[int, int], hashed: tuple[int, int], count: int) -> tuple[bytes, bytes]:
        if self.version == 1 and len(value) > 32:
            return node_header(*hashed, count), blake2(value)
        return node_header(*plain, count), compact(len(value)) + value

    def _node(self, low: int, high: int, depth: int) -> bytes:
        first = self.items[low][0]
        if high - low == 1:
            path = first[depth:]
            head, tail = self._value(self.items[low][1], (0x40, 6), (0x20, 5), len(path))
            node = head + packed(path) + tail
            self.parts[first[:depth]] = node
            return node
        last = self.items[high - 1][0]
        end = depth
        while end < min(len(first), len(last)) and first[end] == last[end]:
            end += 1
        path = first[depth:end]
        head, stored, start = node_header(0x80, 6, len(path)), b"", low
        if len(first) == end:
            head, stored = self._value(self.items[low][1], (0xC0, 6), (0x10, 4), len(path))
            start += 1
        bitmap, tail = 0, b""
        while start < high:
            nibble, stop = self.items[start][0][end], start
            while stop < high and self.items[stop][0][end] == nibble:
                stop += 1
            child = self._node(start, stop, end + 1)
            reference = child if len(child) < 32 else blake2(child)
            bitmap |= 1 << nibble
            tail += compact(len(reference)) + reference
            start = stop
        node = head + packed(path) + bitmap.to_bytes(2, "little") + stored + tail
        self.parts[first[:depth]] = node
        return node

    def path(self, key: bytes) -> list[bytes]:
        """Every node on the way to `key`, the embedded ones too."""
        full = nibbles_of(key)
        return [self.parts[full[:n]] for n in range(len(full) + 1) if full[:n] in self.parts]

    def proof_items(self, key: bytes) -> list[bytes]:
        """What a proof carries: the hashed nodes from the root down, then the value if it stands by its hash."""
        nodes = self.path(key)
        items = [node for n, node in enumerate(nodes) if n == 0 or len(node) >= 32]
        value = self.entries[key]
        return [*items, value] if self.version == 1 and len(value) > 32 else items


def pack_items(items: list[bytes]) -> bytes:
    return b"".join(len(item).to_bytes(2, "big") + item for item in items)


def substrate_like_state(accounts: int, seed: int) -> tuple[dict[bytes, bytes], list[bytes]]:
    """A state shaped like a parachain's: many accounts, 60 pallets with a handful of items, small values among them."""
    rng = random.Random(seed)
    state: dict[bytes, bytes] = {}
    who = [rng.randbytes(32) for _ in range(accounts)]
    for account in who:
        state[system_account_key(account)] = account_info(rng.randrange(10**10, 10**17), rng.randrange(10**12))
    for pallet in range(60):
        for item in range(5):
            key = twox(b"Pallet%d" % pallet, 16) + twox(b"Item%d" % item, 16)
            state[key] = rng.randbytes(rng.choice((1, 4, 8, 16, 32, 33, 100)))
        state[twox(b"Pallet%d" % pallet, 16) + twox(b":__STORAGE_VERSION__:", 16)] = rng.randbytes(2)
    for item in (b"Number", b"ParentHash", b"Digest", b"Events", b"EventCount", b"BlockWeight", b"LastRuntimeUpgrade"):
        state[twox(b"System", 16) + twox(item, 16)] = rng.randbytes(4 if item == b"Number" else 40)
    state[b":code"] = rng.randbytes(3000)
    state[b":heappages"] = (8).to_bytes(8, "little")
    state[b":extrinsic_index"] = bytes(4)
    return state, who
