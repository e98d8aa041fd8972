# SPDX-License-Identifier: Apache-2.0
"""Everything about staking that a chain state holds, read once, with a finding for each entry that does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from pha.bridge.chain_state import ChainState
from pha.bridge.errors import BridgeError
from pha.bridge.findings import Finding
from pha.bridge.holding_entries import (
    LEGACY_REWARDS,
    NFT_OWNERS,
    PROPERTIES,
    STAKER_ACCOUNTS,
    VESTING,
    WRAPPED_ACCOUNT,
    Holding,
    NftId,
    decode_legacy_reward,
    decode_nft_owner,
    decode_property,
    decode_staker,
    decode_vesting,
    decode_wrapped,
)
from pha.bridge.pool_entries import POOLS, StakePool, Vault, decode_pool
from pha.bridge.progress import Track, silent

T = TypeVar("T")


@dataclass
class StakingState:
    """Decoded entries; amounts are base units. `counts` says how many entries each storage item had.

    `shares` and `owners` hold the NFTs of pools only: other collections of the chain are no claim on PHA.
    `vesting_locked` and `vote_locked` lie inside other balances and are never added to anything.
    """

    pools: dict[int, StakePool | Vault] = field(default_factory=dict)
    wrapped: dict[bytes, int] = field(default_factory=dict)
    shares: dict[NftId, int] = field(default_factory=dict)
    owners: dict[NftId, bytes] = field(default_factory=dict)
    legacy_rewards: list[Holding] = field(default_factory=list)
    vesting_locked: int = 0
    vote_locked: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def holds_staking(state: ChainState) -> bool:
    """Whether anything is wrapped or pooled in this state: a genesis, for one, has nothing to look through."""
    prefixes = (WRAPPED_ACCOUNT, POOLS, PROPERTIES, NFT_OWNERS, LEGACY_REWARDS)
    return any(next(state.starting_with(prefix), None) is not None for prefix in prefixes)


def read_staking(state: ChainState, track: Track = silent) -> StakingState:
    """Decodes all staking entries of a checked state. What cannot be decoded is a finding, never an exception."""
    found = StakingState()

    def entries(item: str, prefix: bytes, decode: Callable[[bytes, bytes], T]) -> Iterator[T]:
        count = 0
        for key, value in track(state.starting_with(prefix), item):
            count += 1
            try:
                yield decode(key, value)
            except BridgeError as refusal:
                found.findings.append(Finding(f"undecodable:0x{key.hex()}", f"{item}: {refusal}"))
        found.counts[item] = count

    for pool in entries("PhalaBasePool.Pools", POOLS, decode_pool):
        found.pools[pool.pid] = pool
    collections = {pool.collection for pool in found.pools.values()}
    found.wrapped.update(entries("Assets.Account", WRAPPED_ACCOUNT, decode_wrapped))
    for entry in entries("RmrkCore.Properties", PROPERTIES, decode_property):
        if entry is not None and entry[0].collection in collections:
            found.shares[entry[0]] = entry[1]
    for nft, owner in entries("Uniques.Account", NFT_OWNERS, decode_nft_owner):
        if nft.collection not in collections:
            continue
        if nft in found.owners:
            name = f"nft-with-two-owners:{nft.collection}-{nft.nft}"
            found.findings.append(Finding(name, f"0x{found.owners[nft].hex()} and 0x{owner.hex()}"))
        else:
            found.owners[nft] = owner
    found.legacy_rewards.extend(entries("PhalaStakePoolv2.LegacyRewards", LEGACY_REWARDS, decode_legacy_reward))
    for _, schedules in entries("Vesting.Vesting", VESTING, decode_vesting):
        found.vesting_locked += sum(schedule.locked for schedule in schedules)
    for _, _, locked in entries("PhalaWrappedBalances.StakerAccounts", STAKER_ACCOUNTS, decode_staker):
        found.vote_locked += locked
    return found
