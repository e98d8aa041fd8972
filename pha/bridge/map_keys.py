# SPDX-License-Identifier: Apache-2.0
"""Reads map keys back out of storage keys: every hasher that carries its key is checked against it.

Standard: FRAME's `Twox64Concat` (8 bytes of xxHash-64, then the key) and `Blake2_128Concat` (16 bytes of
BLAKE2b, then the key). A storage key that does not hash to itself was not written by the runtime.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pha.bridge.scale import ScaleReader
from pha.bridge.storage_keys import StorageKeyError, blake2_128_concat, twox64_concat

T = TypeVar("T")

TWOX64_LENGTH = 8
BLAKE2_128_LENGTH = 16


class MapKeyReader:
    """The hashed parts of one storage key, from left to right, after `prefix`.

    Every method raises StorageKeyError for a wrong hash and ScaleError where bytes run out.
    """

    def __init__(self, key: bytes, prefix: bytes) -> None:
        if not key.startswith(prefix):
            raise StorageKeyError(f"0x{key.hex()} does not begin with 0x{prefix.hex()}")
        self._key = key
        self._prefix = prefix
        self._rest = key[len(prefix) :]

    def twox64(self, read: Callable[[ScaleReader], T]) -> T:
        """One key under Twox64Concat, decoded by `read`."""
        return self._part(TWOX64_LENGTH, twox64_concat, read)

    def blake2_128(self, read: Callable[[ScaleReader], T]) -> T:
        """One key under Blake2_128Concat, decoded by `read`."""
        return self._part(BLAKE2_128_LENGTH, blake2_128_concat, read)

    def finish(self) -> None:
        """Raises StorageKeyError if anything is left."""
        if self._rest:
            raise StorageKeyError(f"0x{self._key.hex()} goes on after its last map key")

    def _part(self, hash_length: int, hasher: Callable[[bytes], bytes], read: Callable[[ScaleReader], T]) -> T:
        reader = ScaleReader(self._rest)
        reader.take(hash_length)
        value = read(reader)
        end = len(self._rest) - reader.remaining
        if hasher(self._rest[hash_length:end]) != self._rest[:end]:
            raise StorageKeyError(f"0x{self._key.hex()} carries a map key that does not have its hash")
        self._rest = self._rest[end:]
        return value
