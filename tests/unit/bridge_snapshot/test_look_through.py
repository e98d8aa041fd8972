# SPDX-License-Identifier: Apache-2.0
"""Pools and vaults come out as what people own, to the unit; whatever does not add up is found where it lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.chain_state import ChainState, load_chain_state
from pha.bridge.holding_entries import NftId
from pha.bridge.look_through import LookedThrough, Origin, Position, look_through
from pha.bridge.sample import STATE_PATH
from pha.bridge.staking_state import StakingState, read_staking
from tests.reference.staking_world import BASE_POOL, PHA, StakingWorld, derived, person

MANIFEST = load_chain_state(STATE_PATH).manifest
STAKED = {Origin.STAKE_POOL, Origin.VAULT, Origin.VAULT_OWNER, Origin.QUEUED}


def read(world: StakingWorld) -> StakingState:
    return read_staking(ChainState(MANIFEST, world.pairs()))


def staked_by_account(result: LookedThrough) -> Counter[bytes]:
    sums: Counter[bytes] = Counter()
    for position in result.positions:
        if position.origin in STAKED:
            sums[position.account] += position.amount
    return sums


@pytest.mark.parametrize("seed", range(12))
def test_everyone_gets_exactly_what_they_own(seed: int) -> None:
    world = StakingWorld(seed)
    result = look_through(read(world))
    assert result.findings == []
    assert staked_by_account(result) == Counter({who: int(amount) for who, amount in world.staked.items() if amount})
    assert all(amount.denominator == 1 for amount in world.staked.values())
    assert result.remainder == world.remainder
    assert [pool.cut for pool in result.pools] == [0] * len(result.pools)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_amounts_with_every_digit_come_within_rounding_and_add_up(seed: int) -> None:
    world = StakingWorld(seed, exact=False)
    result = look_through(read(world))
    assert result.findings == []
    given_out = sum(position.amount for position in result.positions)
    assert given_out + result.remainder == sum(world.wrapped.values())
    found = staked_by_account(result)
    for who, exact in world.staked.items():
        # relative: a price is good to 48 bits at the smallest pool here; absolute: a few units a position
        assert abs(found[who] - exact) <= 200 + exact / 10**9


def test_each_origin_is_told_apart() -> None:
    world = StakingWorld(3)
    result = look_through(read(world))
    plans = {plan.pid: plan for plan in [*world.pools, *world.vaults]}
    accounts = {vault.account for vault in world.vaults}
    queued = {
        (account, plan.pid): shares * plan.price
        for plan in plans.values()
        for account, shares, in_queue in plan.stakes
        if in_queue and account not in accounts
    }
    found = {(p.account, p.pid): p.amount for p in result.positions if p.origin is Origin.QUEUED}
    assert queued
    assert found == queued
    owners = {p.pid: (p.account, p.amount) for p in result.positions if p.origin is Origin.VAULT_OWNER}
    assert owners == {vault.pid: (vault.owner, vault.owner_shares * vault.price) for vault in world.vaults}
    rewards = {p.pid: (p.account, p.amount) for p in result.positions if p.origin is Origin.OWNER_REWARD}
    assert rewards == {
        pool.pid: (pool.owner, world.wrapped[derived(b"so/", pool.pid, pool.owner)]) for pool in world.pools
    }
    loose = {p.account: p.amount for p in result.positions if p.origin is Origin.WRAPPED}
    assert loose == {account: world.wrapped[account] for account in world.people}


def test_vaults_and_pool_accounts_own_nothing_themselves() -> None:
    world = StakingWorld(4)
    assert any(vault.invested for vault in world.vaults)
    result = look_through(read(world))
    assert {position.account for position in result.positions} <= set(world.people)


def test_vault_commission_not_settled_on_chain_is_not_settled_here() -> None:
    """Price 2 with a checkpoint of 1 and a commission: the owner could have taken shares, but did not."""
    world = StakingWorld(8)
    state = read(world)
    before = look_through(state)
    pid = world.vaults[0].pid
    state.pools[pid] = replace(state.pools[pid], price_checkpoint=1, commission=500_000)
    assert look_through(state) == before


def first_nft(state: StakingState, *, queued: bool) -> NftId:
    return next(nft for nft, owner in sorted(state.owners.items()) if (owner == BASE_POOL) is queued)


def without_owner(state: StakingState) -> str:
    nft = first_nft(state, queued=False)
    del state.owners[nft]
    return f"nft-without-owner:{nft.collection}-{nft.nft}"


def without_shares(state: StakingState) -> str:
    nft = first_nft(state, queued=False)
    del state.shares[nft]
    return f"nft-without-shares:{nft.collection}-{nft.nft}"


def not_queued(state: StakingState) -> str:
    nft = first_nft(state, queued=False)
    state.owners[nft] = BASE_POOL
    return f"nft-not-queued:{nft.collection}-{nft.nft}"


def queued_but_kept_by_the_user(state: StakingState) -> str:
    nft = first_nft(state, queued=True)
    state.owners[nft] = person(1)
    return f"queue:{nft.collection - 10_000}-{nft.nft}"


def queued_twice(state: StakingState) -> str:
    nft = first_nft(state, queued=True)
    pool = state.pools[nft.collection - 10_000]
    request = next(entry for entry in pool.queue if entry.nft == nft.nft)
    state.pools[pool.pid] = replace(pool, queue=(*pool.queue, request._replace(user=person(2))))
    return f"queue:{pool.pid}-{nft.nft}"


def shares_off_by_one(state: StakingState) -> str:
    state.shares[first_nft(state, queued=False)] += 1
    return f"pool-shares:{first_nft(state, queued=False).collection - 10_000}"


def one_collection_for_two(state: StakingState) -> str:
    state.pools[1] = replace(state.pools[1], collection=state.pools[0].collection)
    state.shares = {nft: shares for nft, shares in state.shares.items() if nft.collection != 10_001}
    state.owners = {nft: owner for nft, owner in state.owners.items() if nft.collection != 10_001}
    return "pool-collection:1"


def one_account_for_two(state: StakingState) -> str:
    state.pools[1] = replace(state.pools[1], account=state.pools[0].account)
    return "pool-account:1"


def account_of_a_person(state: StakingState) -> str:
    state.pools[0] = replace(state.pools[0], lock_account=person(0))
    return "pool-account:0"


def value_gone(state: StakingState) -> str:
    state.wrapped[state.pools[0].lock_account] = 0
    return "pool-value:0"


def value_on_top(state: StakingState) -> str:
    state.wrapped[state.pools[0].account] += 10**10
    return "pool-value:0"


def price_beyond_arithmetic(state: StakingState) -> str:
    state.pools[0] = replace(state.pools[0], total_shares=1)
    return "pool-arithmetic:0"


def nested_vault(state: StakingState) -> str:
    nft = next(n for n, owner in sorted(state.owners.items()) if n.collection == 10_005 and owner != BASE_POOL)
    state.owners[nft] = state.pools[4].account
    return "nested-vault:5"


@pytest.mark.parametrize(
    "spoil",
    [
        without_owner,
        without_shares,
        not_queued,
        queued_but_kept_by_the_user,
        queued_twice,
        shares_off_by_one,
        one_collection_for_two,
        one_account_for_two,
        account_of_a_person,
        value_gone,
        value_on_top,
        price_beyond_arithmetic,
        nested_vault,
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_what_does_not_fit_is_found_and_nothing_is_given_twice(spoil: Callable[[StakingState], str], seed: int) -> None:
    state = read(StakingWorld(seed))
    assert look_through(state).findings == []
    name = spoil(state)
    result = look_through(state)
    assert name in {finding.name for finding in result.findings}
    given_out = sum(position.amount for position in result.positions)
    assert given_out + result.remainder == sum(state.wrapped.values())
    assert all(pool.remainder >= 0 for pool in result.pools)
    assert all(position.amount >= 0 for position in result.positions)


@pytest.mark.parametrize(("missing", "found"), [(1, False), (10**10, False), (10**10 + 1, True)])
def test_small_shortage_is_shared_in_proportion_and_published(missing: int, found: bool) -> None:
    world = StakingWorld(9, vaults=0)
    state = read(world)
    pool, plan = state.pools[0], world.pools[0]
    dust = world.wrapped[pool.account] + world.wrapped[pool.lock_account] - plan.total_value
    state.wrapped[pool.account] -= dust + missing
    result = look_through(state)
    assert [finding.name for finding in result.findings] == (["pool-value:0"] if found else [])
    line = result.pools[0]
    assert (line.cut, line.pot) == (missing, plan.total_value - missing)
    mine = [p for p in result.positions if p.pid == 0 and p.origin in (Origin.STAKE_POOL, Origin.QUEUED)]
    assert line.given == sum(position.amount for position in mine)
    assert 0 <= line.remainder < len(mine)
    for position, (_, shares, _) in zip(mine, plan.stakes, strict=True):
        fair = Fraction(shares * plan.price) * (plan.total_value - missing) / plan.total_value
        assert 0 <= fair - position.amount < 1


def test_pool_without_shares_leaves_what_strayed_into_it() -> None:
    world = StakingWorld(10, stake_pools=1, vaults=0)
    plan = world.pools[0]
    state = read(world)
    state.pools[0] = replace(state.pools[0], total_shares=0, total_value=0, queue=())
    state.shares.clear()
    state.owners.clear()
    state.wrapped[plan.account], state.wrapped[state.pools[0].lock_account] = 700, 0
    result = look_through(state)
    assert result.findings == []
    assert (result.remainder, result.pools[0].given) == (700, 0)


def test_bankrupt_pool_gives_nothing() -> None:
    world = StakingWorld(10, stake_pools=1, vaults=0)
    state = read(world)
    state.pools[0] = replace(state.pools[0], total_value=0)
    state.wrapped[state.pools[0].account], state.wrapped[state.pools[0].lock_account] = 0, 0
    result = look_through(state)
    assert result.findings == []
    assert {p.amount for p in result.positions if p.origin in STAKED} == {0}


def test_empty_state_has_nothing_to_look_through() -> None:
    assert look_through(StakingState()) == LookedThrough()
    only = look_through(StakingState(wrapped={person(1): PHA}))
    assert only.positions == [Position(person(1), PHA, Origin.WRAPPED, None)]
