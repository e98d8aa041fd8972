# SPDX-License-Identifier: Apache-2.0
"""Decodes entries by the runtime's metadata instead of a fixed layout: every field is found by its name.

Hashes in keys are checked as everywhere. The names are those of the pallets; where one is missing the entry does not
decode. Used for an item only after the difference was accepted by name (`runtime_layouts`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pha.bridge.accounts import AccountInfo
from pha.bridge.holding_entries import (
    LEGACY_REWARDS,
    NFT_OWNERS,
    PROPERTIES,
    SHARES_PROPERTY,
    STAKER_ACCOUNTS,
    VESTING,
    WRAPPED_PHA_ID,
    Holding,
    NftId,
    Schedule,
)
from pha.bridge.map_keys import MapKeyReader
from pha.bridge.pool_entries import POOLS, StakePool, Vault, Withdrawal
from pha.bridge.runtime_metadata import MetadataError, RuntimeMetadata, StorageItem
from pha.bridge.scale import ScaleError, ScaleReader
from pha.bridge.storage_keys import ACCOUNT_ID_LENGTH, SYSTEM_ACCOUNT, storage_prefix

Decoder = Callable[[bytes, bytes], Any]
Maker = Callable[[Any, Any], Any]
ASSET_ACCOUNTS = storage_prefix("Assets", "Account")


class _ByMetadata:
    """Decodes one item's entries and hands keys and value to `make`."""

    def __init__(self, metadata: RuntimeMetadata, item: StorageItem, prefix: bytes, make: Maker) -> None:
        self._metadata = metadata
        self._item = item
        self._prefix = prefix
        self._make = make
        self._key_types = self._types_of_keys()

    def __call__(self, key: bytes, value: bytes) -> Any:
        keys = MapKeyReader(key, self._prefix)
        parts = [
            self._hashed(keys, hasher, number)
            for hasher, number in zip(self._item.hashers, self._key_types, strict=True)
        ]
        keys.finish()
        reader = ScaleReader(value)
        decoded = self._metadata.read(reader, self._item.value_type)
        reader.finish()
        try:
            return self._make(parts, decoded)
        except (KeyError, TypeError, IndexError, AttributeError, ValueError) as cause:
            raise MetadataError(f"{self._item.pallet}.{self._item.name} lacks what is looked for: {cause}") from None

    def _types_of_keys(self) -> list[int]:
        if self._item.key_type is None:
            raise MetadataError(f"{self._item.pallet}.{self._item.name} is no map")
        if len(self._item.hashers) == 1:
            return [self._item.key_type]
        parts = self._metadata.types[self._item.key_type].inner
        if len(parts) != len(self._item.hashers):
            raise MetadataError(f"{self._item.pallet}.{self._item.name} has other keys than hashers")
        return list(parts)

    def _hashed(self, keys: MapKeyReader, hasher: str, number: int) -> Any:
        def read(reader: ScaleReader) -> Any:
            return self._metadata.read(reader, number)

        if hasher == "Blake2_128Concat":
            return keys.blake2_128(read)
        if hasher == "Twox64Concat":
            return keys.twox64(read)
        raise MetadataError(f"a key under {hasher} cannot be read back")


def _account(value: Any) -> bytes:
    if not isinstance(value, bytes) or len(value) != ACCOUNT_ID_LENGTH:
        raise ValueError("no account of 32 bytes")
    return value


def _amount(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("no amount")
    return value


def _account_info(keys: list[Any], value: Any) -> tuple[bytes, AccountInfo]:
    data = value["data"]
    nonce, consumers, providers, sufficients = (
        _amount(value.get(name, 0)) for name in ("nonce", "consumers", "providers", "sufficients")
    )
    frozen = data["frozen"] if "frozen" in data else max(data["misc_frozen"], data["fee_frozen"])
    amounts = (_amount(data["free"]), _amount(data["reserved"]), _amount(frozen), 0)
    info = AccountInfo(nonce, consumers, providers, sufficients, *amounts)
    return _account(keys[0]), info


def _wrapped(keys: list[Any], value: Any) -> Holding:
    if keys[0] != WRAPPED_PHA_ID:
        raise ValueError("another asset")
    return Holding(_account(keys[1]), _amount(value["balance"]))


def _pool(keys: list[Any], value: Any) -> StakePool | Vault:
    kind, fields = value
    base = fields["basepool"]
    if base["pid"] != keys[0]:
        raise ScaleError(f"the pool stored under {keys[0]} says that it is {base['pid']}")
    common = (
        _amount(base["pid"]),
        _account(base["owner"]),
        _amount(base["total_shares"]),
        _amount(base["total_value"]),
        tuple(
            Withdrawal(_account(entry["user"]), entry["start_time"], entry["nft_id"])
            for entry in base["withdraw_queue"]
        ),
        tuple(base["value_subscribers"]),
        _amount(base["cid"]),
        _account(base["pool_account_id"]),
    )
    if kind == "Vault":
        return Vault(
            *common,
            price_checkpoint=_amount(fields["last_share_price_checkpoint"]),
            commission=fields["commission"],
            owner_shares=_amount(fields["owner_shares"]),
            invested=tuple(fields["invest_pools"]),
        )
    if kind != "StakePool":
        raise ValueError(f"a pool of kind {kind}")
    return StakePool(
        *common,
        commission=fields["payout_commission"],
        cap=fields["cap"],
        workers=tuple(fields["workers"]),
        cooling_workers=tuple(fields["cd_workers"]),
        lock_account=_account(fields["lock_account"]),
        owner_account=_account(fields["owner_reward_account"]),
    )


def _property(keys: list[Any], value: Any) -> tuple[NftId, int] | None:
    collection, nft, name = keys
    if nft is None or name != SHARES_PROPERTY:
        return None
    content = ScaleReader(value)
    shares = content.uint(16)
    content.finish()
    return NftId(_amount(collection), _amount(nft)), shares


def _nft_owner(keys: list[Any], _: Any) -> tuple[NftId, bytes]:
    return NftId(_amount(keys[1]), _amount(keys[2])), _account(keys[0])


def _legacy(keys: list[Any], value: Any) -> Holding:
    return Holding(_account(keys[0][0]), _amount(value))


def _staker(keys: list[Any], value: Any) -> tuple[bytes, tuple[tuple[int, int], ...], int]:
    return _account(keys[0]), tuple(value["invest_pools"]), _amount(value["locked"])


def _vesting(keys: list[Any], value: Any) -> tuple[bytes, tuple[Schedule, ...]]:
    schedules = (
        Schedule(_amount(one["locked"]), _amount(one["per_block"]), _amount(one["starting_block"])) for one in value
    )
    return _account(keys[0]), tuple(schedules)


def _maker(prefix: bytes, make: Maker) -> Callable[[RuntimeMetadata, StorageItem], Decoder]:
    return lambda metadata, item: _ByMetadata(metadata, item, prefix, make)


BY_METADATA: dict[str, Callable[[RuntimeMetadata, StorageItem], Decoder]] = {
    "System.Account": _maker(SYSTEM_ACCOUNT, _account_info),
    "Assets.Account": _maker(ASSET_ACCOUNTS, _wrapped),
    "PhalaBasePool.Pools": _maker(POOLS, _pool),
    "RmrkCore.Properties": _maker(PROPERTIES, _property),
    "Uniques.Account": _maker(NFT_OWNERS, _nft_owner),
    "PhalaStakePoolv2.LegacyRewards": _maker(LEGACY_REWARDS, _legacy),
    "PhalaWrappedBalances.StakerAccounts": _maker(STAKER_ACCOUNTS, _staker),
    "Vesting.Vesting": _maker(VESTING, _vesting),
}
