# SPDX-License-Identifier: Apache-2.0
"""How a state's entries are decoded: by fixed layouts, by the runtime's metadata, and what to do where they differ.

The fixed layouts are reviewed code. Metadata comes from whoever served the state and is covered by no root, so it
never changes an amount unasked:

* an item that the metadata describes as the fixed layout does (names, order, widths, hashers) is decoded by the fixed
  decoder, which then is the runtime's own;
* an item described otherwise is the finding `layout:PALLET.ITEM`. Accepted by name, its entries are decoded by the
  metadata, field by field name;
* an item that the runtime does not have, while the state has entries for it, is the finding `no-item:PALLET.ITEM`;
* entries under no item of any pallet are the finding `unknown:0x<their first 32 bytes>`, with number and first key.

Without metadata everything is decoded by the fixed layouts, and either way what adds up must be the issuance.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from pha.bridge.accounts import AccountInfo
from pha.bridge.chain_state import ChainState
from pha.bridge.findings import Finding
from pha.bridge.holding_entries import (
    LEGACY_REWARDS,
    NFT_OWNERS,
    PROPERTIES,
    STAKER_ACCOUNTS,
    VESTING,
    WRAPPED_ACCOUNT,
    decode_legacy_reward,
    decode_nft_owner,
    decode_property,
    decode_staker,
    decode_vesting,
    decode_wrapped,
)
from pha.bridge.metadata_entries import BY_METADATA
from pha.bridge.pool_entries import POOLS, decode_pool
from pha.bridge.runtime_metadata import RuntimeMetadata
from pha.bridge.storage_keys import SYSTEM_ACCOUNT, account_of_key, storage_prefix

Decoder = Callable[[bytes, bytes], Any]
PREFIX_LENGTH = 32
WELL_KNOWN = b":"  # `:code` and the like have no pallet

_ACCOUNT = "[u8;32]"
_BASE_POOL = (
    f"basepool:{{pid:u64,owner:{_ACCOUNT},total_shares:u128,total_value:u128,"
    f"withdraw_queue:vec({{user:{_ACCOUNT},start_time:u64,nft_id:u32}}),value_subscribers:vec(u64),cid:u32,"
    f"pool_account_id:{_ACCOUNT}}}"
)
_COUNTS = "nonce:u32,consumers:u32,providers:u32,sufficients:u32"
_REASON = f"<0:Consumer|1:Sufficient|2:DepositHeld(u128)|3:DepositRefunded|4:DepositFrom(({_ACCOUNT},u128))>"


def decode_account_info(key: bytes, value: bytes) -> tuple[bytes, AccountInfo]:
    """An account and its `System.Account` entry. Raises StorageKeyError or AccountInfoError."""
    return account_of_key(key), AccountInfo.decode(value)


@dataclass(frozen=True)
class FixedLayout:
    """Where an item's entries lie, how the fixed decoder reads them, and the descriptions that mean the same."""

    prefix: bytes
    decode: Decoder
    layouts: tuple[str, ...]


FIXED = {
    "System.Account": FixedLayout(
        SYSTEM_ACCOUNT,
        decode_account_info,
        (
            f"Blake2_128Concat {_ACCOUNT} => {{{_COUNTS},data:{{free:u128,reserved:u128,frozen:u128,flags:u128}}}}",
            f"Blake2_128Concat {_ACCOUNT} => "
            f"{{{_COUNTS},data:{{free:u128,reserved:u128,misc_frozen:u128,fee_frozen:u128}}}}",
        ),
    ),
    "Assets.Account": FixedLayout(
        WRAPPED_ACCOUNT,
        decode_wrapped,
        (
            f"Blake2_128Concat+Blake2_128Concat (u32,{_ACCOUNT}) => "
            f"{{balance:u128,status:<0:Liquid|1:Frozen|2:Blocked>,reason:{_REASON},extra:()}}",
        ),
    ),
    "PhalaBasePool.Pools": FixedLayout(
        POOLS,
        decode_pool,
        (
            f"Twox64Concat u64 => <0:StakePool({{{_BASE_POOL},payout_commission:option(u32),cap:option(u128),"
            f"workers:vec({_ACCOUNT}),cd_workers:vec({_ACCOUNT}),lock_account:{_ACCOUNT},"
            f"owner_reward_account:{_ACCOUNT}}})"
            f"|1:Vault({{{_BASE_POOL},last_share_price_checkpoint:u128,commission:option(u32),owner_shares:u128,"
            f"invest_pools:vec(u64)}})>",
        ),
    ),
    "RmrkCore.Properties": FixedLayout(
        PROPERTIES,
        decode_property,
        ("Blake2_128Concat+Blake2_128Concat+Blake2_128Concat (u32,option(u32),vec(u8)) => vec(u8)",),
    ),
    "Uniques.Account": FixedLayout(
        NFT_OWNERS,
        decode_nft_owner,
        (f"Blake2_128Concat+Blake2_128Concat+Blake2_128Concat ({_ACCOUNT},u32,u32) => ()",),
    ),
    "PhalaStakePoolv2.LegacyRewards": FixedLayout(
        LEGACY_REWARDS, decode_legacy_reward, (f"Twox64Concat ({_ACCOUNT},u64) => u128",)
    ),
    "PhalaWrappedBalances.StakerAccounts": FixedLayout(
        STAKER_ACCOUNTS,
        decode_staker,
        (f"Twox64Concat {_ACCOUNT} => {{invest_pools:vec((u64,u32)),locked:u128}}",),
    ),
    "Vesting.Vesting": FixedLayout(
        VESTING,
        decode_vesting,
        (f"Blake2_128Concat {_ACCOUNT} => vec({{locked:u128,per_block:u128,starting_block:u32}})",),
    ),
}


@dataclass
class Decoders:
    """A decoder for each item of `FIXED`; `ways` says which was taken, for the published result."""

    by_item: dict[str, Decoder] = field(default_factory=lambda: {item: fixed.decode for item, fixed in FIXED.items()})
    ways: dict[str, str] = field(default_factory=lambda: dict.fromkeys(FIXED, "fixed layout"))
    findings: list[Finding] = field(default_factory=list)

    def __getitem__(self, item: str) -> Decoder:
        return self.by_item[item]


def decoders_for(state: ChainState, metadata: RuntimeMetadata | None, accepted: Collection[str] = ()) -> Decoders:
    """The decoders for a state, by metadata where there is some; see above. `accepted` names findings."""
    decoders = Decoders()
    if metadata is None:
        return decoders
    for item, fixed in FIXED.items():
        described = metadata.items.get(item)
        if described is None:
            if next(state.starting_with(fixed.prefix), None) is not None:
                detail = "the state has entries for an item that the runtime's metadata does not"
                decoders.findings.append(Finding(f"no-item:{item}", detail))
        elif described.layout in fixed.layouts:
            decoders.ways[item] = "fixed layout, the same as the runtime's"
        else:
            name = f"layout:{item}"
            decoders.findings.append(Finding(name, f"the runtime's metadata describes it as {described.layout[:300]}"))
            if name in accepted:
                decoders.by_item[item] = BY_METADATA[item](metadata, described)
                decoders.ways[item] = "the runtime's metadata"
    decoders.findings.extend(unknown_entries(state, metadata))
    return decoders


def unknown_entries(state: ChainState, metadata: RuntimeMetadata) -> list[Finding]:
    """Entries that belong to no storage item of the runtime, by the 32 bytes their keys begin with."""
    known = {storage_prefix(item.pallet, item.name) for item in metadata.items.values()}
    pallets = {item.pallet for item in metadata.items.values()}
    known |= {storage_prefix(pallet, ":__STORAGE_VERSION__:") for pallet in pallets}
    counts: dict[bytes, int] = {}
    first: dict[bytes, bytes] = {}
    for key, _ in state.pairs:
        prefix = key[:PREFIX_LENGTH]
        if prefix in known or key.startswith(WELL_KNOWN):
            continue
        counts[prefix] = counts.get(prefix, 0) + 1
        first.setdefault(prefix, key)
    return [
        Finding(f"unknown:0x{prefix.hex()}", f"{count} entries of no known item, the first 0x{first[prefix].hex()}")
        for prefix, count in counts.items()
    ]
