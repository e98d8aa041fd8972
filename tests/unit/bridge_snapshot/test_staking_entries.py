# SPDX-License-Identifier: Apache-2.0
"""Staking entries are read to the last byte, and what cannot be read is found, counted and named."""

from __future__ import annotations

import struct

import pytest

from pha.bridge.chain_state import ChainState, load_chain_state
from pha.bridge.findings import (
    Finding,
    NeedlessAcceptanceError,
    UnacceptedFindingsError,
    refuse_unaccepted,
)
from pha.bridge.holding_entries import (
    NftId,
    decode_legacy_reward,
    decode_nft_owner,
    decode_property,
    decode_staker,
    decode_vesting,
    decode_wrapped,
)
from pha.bridge.pool_entries import StakePool, Vault, decode_pool
from pha.bridge.sample import STATE_PATH
from pha.bridge.scale import ScaleError
from pha.bridge.staking_state import holds_staking, read_staking
from pha.bridge.storage_keys import StorageKeyError
from tests.reference.staking_world import (
    POOLS,
    STAKERS,
    VESTING,
    StakingWorld,
    blake2,
    legacy_key,
    owner_key,
    person,
    property_key,
    twox64,
    u128,
    vector_of,
    wrapped_key,
)

SOMEONE = person(1)
MANIFEST = load_chain_state(STATE_PATH).manifest
POOL_KEY = bytes.fromhex(POOLS) + twox64(struct.pack("<Q", 7))
STAKER_KEY = bytes.fromhex(STAKERS) + twox64(SOMEONE)
VESTING_KEY = bytes.fromhex(VESTING) + blake2(SOMEONE)
BASE = struct.pack("<Q", 7) + person(2) + u128(100) + u128(300)
QUEUE = b"\x08" + person(3) + struct.pack("<QI", 1_700_000_000, 11) + person(4) + struct.pack("<QI", 1_700_000_001, 12)
COMMON = BASE + QUEUE + b"\x04" + struct.pack("<Q", 9) + struct.pack("<I", 10_007) + person(5)
STAKE_POOL = b"\0" + COMMON + b"\1" + struct.pack("<I", 10**6) + b"\1" + u128(5) + b"\x04" + person(6) + b"\0"
STAKE_POOL += person(7) + person(8)
VAULT = b"\1" + COMMON + u128(10**12) + b"\0" + u128(44) + b"\x08" + struct.pack("<QQ", 1, 2)


def test_stake_pool_is_read_field_by_field() -> None:
    pool = decode_pool(POOL_KEY, STAKE_POOL)
    assert isinstance(pool, StakePool)
    assert (pool.pid, pool.owner, pool.total_shares, pool.total_value) == (7, person(2), 100, 300)
    assert pool.queue == ((person(3), 1_700_000_000, 11), (person(4), 1_700_000_001, 12))
    assert (pool.subscribers, pool.collection, pool.account) == ((9,), 10_007, person(5))
    assert (pool.commission, pool.cap, pool.workers, pool.cooling_workers) == (10**6, 5, (person(6),), ())
    assert (pool.lock_account, pool.owner_account) == (person(7), person(8))


def test_vault_is_read_field_by_field() -> None:
    vault = decode_pool(POOL_KEY, VAULT)
    assert isinstance(vault, Vault)
    assert (vault.queue[1].user, vault.account) == (person(4), person(5))
    assert (vault.price_checkpoint, vault.commission, vault.owner_shares, vault.invested) == (10**12, None, 44, (1, 2))


@pytest.mark.parametrize("good", [STAKE_POOL, VAULT])
def test_pool_with_a_byte_missing_or_left_over_is_refused(good: bytes) -> None:
    decode_pool(POOL_KEY, good)
    for spoilt in (*(good[:length] for length in range(len(good))), good + b"\0"):
        with pytest.raises(ScaleError):
            decode_pool(POOL_KEY, spoilt)


QUEUE_AT = 1 + len(BASE)


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        (b"\2" + VAULT[1:], "neither stake pool nor vault"),
        (STAKE_POOL[:QUEUE_AT] + b"\x09\x00" + STAKE_POOL[QUEUE_AT + 1 :], "shortest form"),
        (STAKE_POOL[:QUEUE_AT] + b"\xfe\xff\xff\xff" + STAKE_POOL[QUEUE_AT + 1 :], "a list of 1073741823"),
        (b"\0" + struct.pack("<Q", 8) + STAKE_POOL[9:], "stored under 7 says that it is 8"),
        (STAKE_POOL[: 1 + len(COMMON)] + b"\2" + STAKE_POOL[2 + len(COMMON) :], "no tag"),
        (STAKE_POOL[: 2 + len(COMMON)] + struct.pack("<I", 10**6 + 1) + STAKE_POOL[6 + len(COMMON) :], "parts in"),
    ],
)
def test_pool_that_no_runtime_would_write_is_refused(spoilt: bytes, message: str) -> None:
    with pytest.raises(ScaleError, match=message):
        decode_pool(POOL_KEY, spoilt)


GOOD_HOLDINGS = [
    (decode_wrapped, wrapped_key(SOMEONE), u128(77) + b"\0\0", (SOMEONE, 77)),
    (decode_wrapped, wrapped_key(SOMEONE), u128(2**128 - 1) + b"\2\3", (SOMEONE, 2**128 - 1)),
    (decode_wrapped, wrapped_key(SOMEONE), u128(77) + b"\1\2" + u128(5), (SOMEONE, 77)),
    (decode_wrapped, wrapped_key(SOMEONE), u128(77) + b"\0\4" + person(9) + u128(5), (SOMEONE, 77)),
    (decode_property, property_key(3, 4), vector_of(u128(99)), (NftId(3, 4), 99)),
    (decode_property, property_key(3, 4, b"name"), vector_of(b"anything"), None),
    (decode_nft_owner, owner_key(SOMEONE, 3, 4), b"", (NftId(3, 4), SOMEONE)),
    (decode_staker, STAKER_KEY, b"\x04" + struct.pack("<QI", 1, 2) + u128(6), (SOMEONE, ((1, 2),), 6)),
    (decode_legacy_reward, legacy_key(SOMEONE, 8), u128(31), (SOMEONE, 31)),
    (decode_vesting, VESTING_KEY, b"\x04" + u128(1) + u128(2) + struct.pack("<I", 3), (SOMEONE, ((1, 2, 3),))),
]


@pytest.mark.parametrize(("decode", "key", "value", "expected"), GOOD_HOLDINGS)
def test_holding_is_read_and_its_spoilt_twins_are_refused(decode, key, value, expected) -> None:
    assert decode(key, value) == expected
    for length in range(len(value)):
        with pytest.raises(ScaleError):
            decode(key, value[:length])
    with pytest.raises(ScaleError):
        decode(key, value + b"\0")
    with pytest.raises(StorageKeyError):
        decode(key + b"\0", value)
    with pytest.raises(StorageKeyError):
        decode(b"\xff" + key[1:], value)
    altered = bytearray(key)
    altered[-1] ^= 1
    with pytest.raises((StorageKeyError, ScaleError)):
        decode(bytes(altered), value)


@pytest.mark.parametrize("tail", [b"\3\0", b"\0\5"])
def test_asset_account_of_unknown_status_or_reason_is_refused(tail: bytes) -> None:
    with pytest.raises(ScaleError, match="no status"):
        decode_wrapped(wrapped_key(SOMEONE), u128(1) + tail)


def test_more_vesting_schedules_than_the_runtime_allows_are_refused() -> None:
    schedule = u128(1) + u128(2) + struct.pack("<I", 3)
    assert len(decode_vesting(VESTING_KEY, bytes([28 * 4]) + schedule * 28)[1]) == 28
    with pytest.raises(ScaleError, match="29"):
        decode_vesting(VESTING_KEY, bytes([29 * 4]) + schedule * 29)


@pytest.mark.parametrize("seed", range(4))
def test_whole_state_is_read_as_it_was_meant(seed: int) -> None:
    world = StakingWorld(seed)
    found = read_staking(ChainState(MANIFEST, world.pairs()))
    assert found.findings == []
    plans = [*world.pools, *world.vaults]
    assert {pid: (pool.total_shares, pool.total_value) for pid, pool in found.pools.items()} == {
        plan.pid: (plan.total_shares, plan.total_value) for plan in plans
    }
    assert found.wrapped == world.wrapped
    meant = {NftId(plan.collection, at): stake[1] for plan in plans for at, stake in enumerate(plan.stakes)}
    assert found.shares == meant
    assert found.owners.keys() == meant.keys()
    assert sum(reward.amount for reward in found.legacy_rewards) == sum(world.legacy.values())
    assert found.vesting_locked == sum(free // 2 for free, _ in world.native.values())
    assert found.vote_locked == 5 * len(world.wrapped)
    assert found.counts["RmrkCore.Properties"] == 2 * len(meant)


def test_undecodable_entry_is_named_by_its_key_and_the_others_are_still_read() -> None:
    world = StakingWorld(5)
    state = dict(world.pairs())
    broken = wrapped_key(world.people[0])
    state[broken] = state[broken][:-1]
    foreign = bytes.fromhex(POOLS) + b"\1" * 16
    state[foreign] = b""
    found = read_staking(ChainState(MANIFEST, sorted(state.items())))
    assert {finding.name for finding in found.findings} == {
        f"undecodable:0x{broken.hex()}",
        f"undecodable:0x{foreign.hex()}",
    }
    assert len(found.wrapped) == len(world.wrapped) - 1
    assert found.counts["Assets.Account"] == len(world.wrapped)


def test_nft_with_two_owners_is_found() -> None:
    world = StakingWorld(6)
    pairs = dict(world.pairs()) | {owner_key(person(500), 10_000, 0): b""}
    found = read_staking(ChainState(MANIFEST, sorted(pairs.items())))
    assert [finding.name for finding in found.findings] == ["nft-with-two-owners:10000-0"]


def test_nfts_of_other_collections_are_no_claim() -> None:
    world = StakingWorld(7)
    pairs = dict(world.pairs()) | {owner_key(person(500), 3, 0): b"", property_key(3, 0): vector_of(u128(10**20))}
    found = read_staking(ChainState(MANIFEST, sorted(pairs.items())))
    assert not found.findings
    assert NftId(3, 0) not in found.owners
    assert NftId(3, 0) not in found.shares


def test_state_without_pools_or_wrapped_balances_holds_no_staking() -> None:
    assert not holds_staking(load_chain_state(STATE_PATH))
    assert holds_staking(ChainState(MANIFEST, StakingWorld(1).pairs()))


def test_findings_stop_unless_each_is_accepted_by_name() -> None:
    findings = [Finding(f"pool-shares:{pid}", "off by 1") for pid in range(7)]
    with pytest.raises(UnacceptedFindingsError, match=r"^not accepted \(7 of 7 .*pool-shares:0: off by 1.*and 2 more$"):
        refuse_unaccepted(findings)
    with pytest.raises(UnacceptedFindingsError, match=r"^not accepted \(1 of 7 .*pool-shares:6"):
        refuse_unaccepted(findings, [f"pool-shares:{pid}" for pid in range(6)])
    refuse_unaccepted(findings, {finding.name for finding in findings})
    refuse_unaccepted([])
    with pytest.raises(NeedlessAcceptanceError, match="pool-shares:9"):
        refuse_unaccepted(findings, [f"pool-shares:{pid}" for pid in range(10)])
