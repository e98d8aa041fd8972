# SPDX-License-Identifier: Apache-2.0
"""Everything about staking that a chain state holds, read once, with a finding for each entry that does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pha.bridge.chain_state import ChainState
from pha.bridge.errors import BridgeError
from pha.bridge.findings import Finding
from pha.bridge.holding_entries import LEGACY_REWARDS, NFT_OWNERS, PROPERTIES, WRAPPED_ACCOUNT, Holding, NftId, Schedule
from pha.bridge.pool_entries import POOLS, StakePool, Vault
from pha.bridge.progress import Track, silent
from pha.bridge.runtime_layouts import FIXED, Decoders
from pha.bridge.storage_keys import storage_prefix

REIMBURSEMENTS = storage_prefix("PhalaBasePool", "Reimbursements")


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
    vesting: dict[bytes, tuple[Schedule, ...]] = field(default_factory=dict)
    vote_locked: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def vesting_locked(self) -> int:
        """What all schedules together were made for, vested since or not."""
        return sum(schedule.locked for schedules in self.vesting.values() for schedule in schedules)


def holds_staking(state: ChainState) -> bool:
    """Whether anything is wrapped or pooled in this state: a genesis, for one, has nothing to look through."""
    prefixes = (WRAPPED_ACCOUNT, POOLS, PROPERTIES, NFT_OWNERS, LEGACY_REWARDS)
    return any(next(state.starting_with(prefix), None) is not None for prefix in prefixes)


def read_staking(state: ChainState, track: Track = silent, decoders: Decoders | None = None) -> StakingState:
    """Decodes all staking entries of a checked state. What cannot be decoded is a finding, never an exception."""
    found = StakingState()
    by_item = decoders or Decoders()
    found.findings.extend(by_item.findings)

    def entries(item: str) -> Iterator[Any]:
        count = 0
        for key, value in track(state.starting_with(FIXED[item].prefix), item):
            count += 1
            try:
                yield by_item[item](key, value)
            except BridgeError as refusal:
                found.findings.append(Finding(f"undecodable:0x{key.hex()}", f"{item}: {refusal}"))
        found.counts[item] = count

    for pool in entries("PhalaBasePool.Pools"):
        found.pools[pool.pid] = pool
    collections = {pool.collection for pool in found.pools.values()}
    found.wrapped.update(entries("Assets.Account"))
    for entry in entries("RmrkCore.Properties"):
        if entry is not None and entry[0].collection in collections:
            found.shares[entry[0]] = entry[1]
    for nft, owner in entries("Uniques.Account"):
        if nft.collection not in collections:
            continue
        if nft in found.owners:
            name = f"nft-with-two-owners:{nft.collection}-{nft.nft}"
            found.findings.append(Finding(name, f"0x{found.owners[nft].hex()} and 0x{owner.hex()}"))
        else:
            found.owners[nft] = owner
    found.legacy_rewards.extend(entries("PhalaStakePoolv2.LegacyRewards"))
    for account, schedules in entries("Vesting.Vesting"):
        found.vesting[account] = schedules
    for _, _, locked in entries("PhalaWrappedBalances.StakerAccounts"):
        found.vote_locked += locked
    if reimbursements := sum(1 for _ in state.starting_with(REIMBURSEMENTS)):
        detail = f"{reimbursements} reimbursements granted and never fetched; nobody is given them here"
        found.findings.append(Finding("unaccounted:PhalaBasePool.Reimbursements", detail))
    return found
