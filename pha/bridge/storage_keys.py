# SPDX-License-Identifier: Apache-2.0
"""Where a value lies in a Substrate chain's state: twox128(pallet) ‖ twox128(item) ‖ hashed map key.

Standard: FRAME's storage prefixes and hashers. twox hashes are for keys that no user picks, blake2 for
others; the "concat" hashers append the key itself, so that an account can be read back from its storage key.
"""

from __future__ import annotations

from hashlib import blake2b

import xxhash

from pha.bridge.errors import BridgeError

ACCOUNT_ID_LENGTH = 32


class StorageKeyError(BridgeError):
    """A storage key that does not carry the map key it should: wrong prefix, length or hash."""


def twox64(data: bytes) -> bytes:
    """xxHash-64 with seed 0, little-endian: 8 bytes."""
    return xxhash.xxh64_intdigest(data, seed=0).to_bytes(8, "little")


def twox128(data: bytes) -> bytes:
    """xxHash-64 with the seeds 0 and 1, little-endian, one after the other: 16 bytes."""
    return twox64(data) + xxhash.xxh64_intdigest(data, seed=1).to_bytes(8, "little")


def blake2_128_concat(data: bytes) -> bytes:
    """BLAKE2b of 16 bytes, then the data."""
    return blake2b(data, digest_size=16).digest() + data


def twox64_concat(data: bytes) -> bytes:
    """xxHash-64, then the data."""
    return twox64(data) + data


def storage_prefix(pallet: str, item: str) -> bytes:
    """The first 32 bytes of every key of the storage item `pallet.item`."""
    return twox128(pallet.encode()) + twox128(item.encode())


SYSTEM_ACCOUNT = storage_prefix("System", "Account")
TOTAL_ISSUANCE = storage_prefix("Balances", "TotalIssuance")


def account_key(account: bytes) -> bytes:
    """The 80-byte key of `System.Account(account)`; `account` is 32 bytes."""
    if len(account) != ACCOUNT_ID_LENGTH:
        raise StorageKeyError(f"an account has {ACCOUNT_ID_LENGTH} bytes, not {len(account)}")
    return SYSTEM_ACCOUNT + blake2_128_concat(account)


def account_of_key(key: bytes) -> bytes:
    """The account whose `System.Account` entry lies at `key`; raises StorageKeyError if it is none."""
    account = key[-ACCOUNT_ID_LENGTH:]
    if len(key) != len(SYSTEM_ACCOUNT) + 16 + ACCOUNT_ID_LENGTH or key != account_key(account):
        raise StorageKeyError(f"0x{key.hex()} is not a key of System.Account")
    return account
