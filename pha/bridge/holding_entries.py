# SPDX-License-Identifier: Apache-2.0
"""What single accounts hold besides native PHA: wrapped PHA, share NFTs, old rewards; votes and vesting to know of.

Layouts, each fixed and consumed to the last byte; amounts are base units (12 decimals):

* `Assets.Account`: `AssetAccount` of Substrate's `frame/assets/src/types.rs` (balance, status, reason; `Extra`
  is empty). Older runtimes had a bool for the status, which reads the same.
* `RmrkCore.Properties` and `Uniques.Account`: `pallet-rmrk-core` and `pallet-uniques`; the value of the
  property "stake-info" is `NftAttr` of `pallets/phala/src/compute/base_pool.rs` in Phala-Network/phala-blockchain.
* `PhalaWrappedBalances.StakerAccounts`: `FinanceAccount` of `compute/wrapped_balances.rs`;
  `PhalaStakePoolv2.LegacyRewards` of `compute/stake_pool_v2.rs`.
* `Vesting.Vesting`: up to 28 `VestingInfo` of `frame/vesting`.

Every decoder raises ScaleError or StorageKeyError.
"""

from __future__ import annotations

from typing import NamedTuple

from pha.bridge.map_keys import MapKeyReader
from pha.bridge.scale import ScaleError, ScaleReader, encode_uint
from pha.bridge.storage_keys import ACCOUNT_ID_LENGTH, blake2_128_concat, storage_prefix

WRAPPED_PHA_ID = 10_000
WRAPPED_ACCOUNT = storage_prefix("Assets", "Account") + blake2_128_concat(encode_uint(WRAPPED_PHA_ID, 4))
PROPERTIES = storage_prefix("RmrkCore", "Properties")
NFT_OWNERS = storage_prefix("Uniques", "Account")
STAKER_ACCOUNTS = storage_prefix("PhalaWrappedBalances", "StakerAccounts")
LEGACY_REWARDS = storage_prefix("PhalaStakePoolv2", "LegacyRewards")
VESTING = storage_prefix("Vesting", "Vesting")

SHARES_PROPERTY = b"stake-info"
MOST_SCHEDULES = 28
BLOCKED = 2  # the last of the three asset account statuses
DEPOSIT_HELD, DEPOSIT_FROM = 2, 4  # reasons that carry a deposit; the others, up to 3, carry nothing


class NftId(NamedTuple):
    """A share NFT: a pool's collection and the number in it."""

    collection: int
    nft: int


class Holding(NamedTuple):
    """An account and an amount of it."""

    account: bytes
    amount: int


class Schedule(NamedTuple):
    """Vesting of `locked` base units, `per_block` from `start` on. It lies inside the free balance."""

    locked: int
    per_block: int
    start: int


def decode_wrapped(key: bytes, value: bytes) -> Holding:
    """W-PHA of one account. A frozen balance belongs to its holder like any other."""
    keys = MapKeyReader(key, WRAPPED_ACCOUNT)
    account = keys.blake2_128(_account)
    keys.finish()
    reader = ScaleReader(value)
    balance, status, reason = reader.uint(16), reader.uint(1), reader.uint(1)
    if status > BLOCKED or reason > DEPOSIT_FROM:
        raise ScaleError(f"an asset account has no status {status} with reason {reason}")
    if reason == DEPOSIT_FROM:
        _account(reader)
    if reason in (DEPOSIT_HELD, DEPOSIT_FROM):
        reader.uint(16)
    reader.finish()
    return Holding(account, balance)


def decode_property(key: bytes, value: bytes) -> tuple[NftId, int] | None:
    """An NFT and its shares, or None for a property that is not a share count."""
    keys = MapKeyReader(key, PROPERTIES)
    collection = keys.blake2_128(lambda reader: reader.uint(4))
    nft = keys.blake2_128(_optional_nft)
    name = keys.blake2_128(lambda reader: reader.byte_vector())
    keys.finish()
    outer = ScaleReader(value)
    content = outer.byte_vector()
    outer.finish()
    if nft is None or name != SHARES_PROPERTY:
        return None
    inner = ScaleReader(content)
    shares = inner.uint(16)
    inner.finish()
    return NftId(collection, nft), shares


def decode_nft_owner(key: bytes, value: bytes) -> tuple[NftId, bytes]:
    """An NFT and its owner; everything is in the key, the value is empty."""
    keys = MapKeyReader(key, NFT_OWNERS)
    owner = keys.blake2_128(_account)
    collection = keys.blake2_128(lambda reader: reader.uint(4))
    nft = keys.blake2_128(lambda reader: reader.uint(4))
    keys.finish()
    ScaleReader(value).finish()
    return NftId(collection, nft), owner


def decode_staker(key: bytes, value: bytes) -> tuple[bytes, tuple[tuple[int, int], ...], int]:
    """An account, the (pool, collection) pairs it has staked in, and the W-PHA its votes lock."""
    keys = MapKeyReader(key, STAKER_ACCOUNTS)
    account = keys.twox64(_account)
    keys.finish()
    reader = ScaleReader(value)
    length = reader.compact()
    if length > reader.remaining:
        raise ScaleError(f"a list of {length} elements in {reader.remaining} bytes")
    pools = tuple((reader.uint(8), reader.uint(4)) for _ in range(length))
    locked = reader.uint(16)
    reader.finish()
    return account, pools, locked


def decode_legacy_reward(key: bytes, value: bytes) -> Holding:
    """A reward of the first stake pools that its owner never fetched."""
    keys = MapKeyReader(key, LEGACY_REWARDS)
    account, _ = keys.twox64(lambda reader: (_account(reader), reader.uint(8)))
    keys.finish()
    reader = ScaleReader(value)
    amount = reader.uint(16)
    reader.finish()
    return Holding(account, amount)


def decode_vesting(key: bytes, value: bytes) -> tuple[bytes, tuple[Schedule, ...]]:
    """An account and its vesting schedules."""
    keys = MapKeyReader(key, VESTING)
    account = keys.blake2_128(_account)
    keys.finish()
    reader = ScaleReader(value)
    length = reader.compact()
    if length > MOST_SCHEDULES:
        raise ScaleError(f"{length} vesting schedules; an account has at most {MOST_SCHEDULES}")
    schedules = tuple(Schedule(reader.uint(16), reader.uint(16), reader.uint(4)) for _ in range(length))
    reader.finish()
    return account, schedules


def _account(reader: ScaleReader) -> bytes:
    return reader.take(ACCOUNT_ID_LENGTH)


def _optional_nft(reader: ScaleReader) -> int | None:
    tag = reader.uint(1)
    if tag > 1:
        raise ScaleError(f"{tag} is no tag of an optional value")
    return reader.uint(4) if tag else None
