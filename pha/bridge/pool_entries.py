# SPDX-License-Identifier: Apache-2.0
"""Stake pools and vaults as `PhalaBasePool.Pools` stores them.

Layout: `PoolProxy`, `StakePool` and `Vault` of `pallets/phala/src/compute/pool_proxy.rs`, `BasePool` and
`WithdrawInfo` of `compute/base_pool.rs` in Phala-Network/phala-blockchain; a commission is a `Permill`, 4
bytes. Fixed layout, every byte accounted for; amounts and shares are base units (12 decimals).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, TypeVar

from pha.bridge.map_keys import MapKeyReader
from pha.bridge.scale import ScaleError, ScaleReader
from pha.bridge.storage_keys import ACCOUNT_ID_LENGTH, storage_prefix

T = TypeVar("T")

POOLS = storage_prefix("PhalaBasePool", "Pools")
PERMILL = 1_000_000
WORKER_KEY_LENGTH = 32


class PoolKind(IntEnum):
    """Index of the variant in the pallet's enum."""

    STAKE_POOL = 0
    VAULT = 1


class Withdrawal(NamedTuple):
    """A queued request: whose it is, since when (Unix seconds), and the share NFT that the pallet keeps for it."""

    user: bytes
    start_time: int
    nft: int


@dataclass(frozen=True)
class Pool:
    """What stake pools and vaults have in common."""

    pid: int
    owner: bytes
    total_shares: int
    total_value: int
    queue: tuple[Withdrawal, ...]
    subscribers: tuple[int, ...]
    collection: int
    account: bytes


@dataclass(frozen=True)
class StakePool(Pool):
    """A pool of workers. W-PHA bound to workers lies with `lock_account`, the owner's with `owner_account`."""

    commission: int | None
    cap: int | None
    workers: tuple[bytes, ...]
    cooling_workers: tuple[bytes, ...]
    lock_account: bytes
    owner_account: bytes


@dataclass(frozen=True)
class Vault(Pool):
    """A pool that stakes in stake pools; `owner_shares` are inside `total_shares` but in no NFT."""

    price_checkpoint: int
    commission: int | None
    owner_shares: int
    invested: tuple[int, ...]


def decode_pool(key: bytes, value: bytes) -> StakePool | Vault:
    """One entry. Raises ScaleError or StorageKeyError."""
    keys = MapKeyReader(key, POOLS)
    pid = keys.twox64(lambda reader: reader.uint(8))
    keys.finish()
    reader = ScaleReader(value)
    kind = reader.uint(1)
    if kind not in tuple(PoolKind):
        raise ScaleError(f"a pool of kind {kind} is neither stake pool nor vault")
    pool = _stake_pool(reader) if kind == PoolKind.STAKE_POOL else _vault(reader)
    reader.finish()
    if pool.pid != pid:
        raise ScaleError(f"the pool stored under {pid} says that it is {pool.pid}")
    return pool


def _stake_pool(reader: ScaleReader) -> StakePool:
    return StakePool(
        *_base(reader),
        commission=_optional(reader, _permill),
        cap=_optional(reader, _amount),
        workers=_vector(reader, _worker),
        cooling_workers=_vector(reader, _worker),
        lock_account=_account(reader),
        owner_account=_account(reader),
    )


def _vault(reader: ScaleReader) -> Vault:
    return Vault(
        *_base(reader),
        price_checkpoint=_amount(reader),
        commission=_optional(reader, _permill),
        owner_shares=_amount(reader),
        invested=_vector(reader, _pid),
    )


def _base(
    reader: ScaleReader,
) -> tuple[int, bytes, int, int, tuple[Withdrawal, ...], tuple[int, ...], int, bytes]:
    return (
        _pid(reader),
        _account(reader),
        _amount(reader),
        _amount(reader),
        _vector(reader, _withdrawal),
        _vector(reader, _pid),
        reader.uint(4),
        _account(reader),
    )


def _withdrawal(reader: ScaleReader) -> Withdrawal:
    return Withdrawal(_account(reader), reader.uint(8), reader.uint(4))


def _pid(reader: ScaleReader) -> int:
    return reader.uint(8)


def _amount(reader: ScaleReader) -> int:
    return reader.uint(16)


def _account(reader: ScaleReader) -> bytes:
    return reader.take(ACCOUNT_ID_LENGTH)


def _worker(reader: ScaleReader) -> bytes:
    return reader.take(WORKER_KEY_LENGTH)


def _permill(reader: ScaleReader) -> int:
    parts = reader.uint(4)
    if parts > PERMILL:
        raise ScaleError(f"{parts} parts in {PERMILL} are more than the whole")
    return parts


def _optional(reader: ScaleReader, read: Callable[[ScaleReader], T]) -> T | None:
    tag = reader.uint(1)
    if tag > 1:
        raise ScaleError(f"{tag} is no tag of an optional value")
    return read(reader) if tag else None


def _vector(reader: ScaleReader, read: Callable[[ScaleReader], T]) -> tuple[T, ...]:
    length = reader.compact()
    if length > reader.remaining:  # every element has a byte at least; a hostile length must not cost memory
        raise ScaleError(f"a list of {length} elements in {reader.remaining} bytes")
    return tuple(read(reader) for _ in range(length))
