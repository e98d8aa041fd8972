# SPDX-License-Identifier: Apache-2.0
"""Moves as a second auditor attacked them."""

from __future__ import annotations

import pytest

from tests.reference.stake_moves import MovesTwin
from tests.reference.stake_pools import DAY, PHA, request_id
from tests.reference.workers import Workers, worker_key

SHARES = 1000


@pytest.fixture(scope="module")
def thief(accounts):
    return accounts[12]


@pytest.fixture(scope="module")
def other(staking, thief, alice, bob, carol):
    pool = staking.create_pool(thief)
    staking.token.transfer(thief, 10**6 * PHA, sender=staking.deployer)
    for account in (alice, bob, carol, thief):
        staking.token.approve(pool, 2**256 - 1, sender=account)
    return pool


@pytest.fixture
def moves(staking, redelegation, pool, other, operator, thief):
    staking.token.approve(pool, 2**256 - 1, sender=thief)
    return MovesTwin(staking, redelegation, [pool, other], [operator, thief])


def lock(side, registry, assets):
    side.step(lambda m: m.lock(assets), side.pool.lock, assets, sender=registry)


def unlock(side, registry, assets):
    side.step(lambda m: m.unlock(assets), side.pool.unlock, assets, sender=registry)


def test_attack_one_stake_behind_the_workers_of_two_pools(moves, staking, pool, other, registry, thief):
    """Locks in Y lean on free stake there. It must not leave on the strength of shares that answer for X."""
    ours, theirs = moves.sides
    ours.deposit(thief, 100 * PHA)
    theirs.deposit(thief, 100 * PHA)
    lock(ours, registry, 100 * PHA)
    moves.move(thief, 0, 100 * PHA * SHARES)
    lock(theirs, registry, 100 * PHA)
    theirs.request(thief, 100 * PHA * SHARES)
    moves.settle_time(staking.start_of_day(7))
    assert theirs.redeem(thief, 100 * PHA * SHARES)[0] == "ClaimExceedsClaimable"
    at_stake = sum(books.active + books.atExit for books in (pool.books(), other.books()))
    assert at_stake >= pool.books().locked + other.books().locked
    moves.compare()
    # Nobody's PHA is stuck: the workers can be stopped, of one pool or the other.
    assert other.isOverdue(request_id(thief, 0))
    assert pool.isOverdue(0)
    unlock(ours, registry, 100 * PHA)
    moves.complete(1, thief)
    assert theirs.redeem(thief, 100 * PHA * SHARES)[0] == (100 * PHA, 100 * PHA * SHARES)
    moves.compare()


@pytest.fixture(scope="module")
def crowded(staking, redelegation, pool, other, slasher, thief, alice, bob):
    """A worker of Y on the stake of bob, who wants to leave, and as much of alice's in escrow there."""
    workers = Workers.deploy(staking, slasher, slasher)
    for source, account in ((pool, alice), (other, bob)):
        source.deposit(20_000 * PHA, account, sender=account)
    workers.run(worker_key(1), other, thief, stake=15_000 * PHA)
    redelegation.move(pool.poolId(), other.poolId(), 20_000 * PHA * SHARES, 0, alice, sender=alice)
    other.requestRedeem(20_000 * PHA * SHARES, bob, bob, sender=bob)
    staking.travel(8 * DAY)
    assert other.totalAssets() == 20_000 * PHA  # what is there would cover the lock, and is not there for it
    assert other.maxRedeem(bob) == 0
    assert other.isOverdue(request_id(bob, 0))
    return workers.registry


def test_workers_on_stake_that_leaves_can_be_stopped_whatever_is_in_escrow(crowded, staking, other, bob, stranger):
    key = worker_key(1).address
    crowded.stopForRequest(other, request_id(bob, 0), [key], sender=stranger)
    staking.travel(7 * DAY)
    crowded.release(key, sender=stranger)
    other.redeem(20_000 * PHA * SHARES, bob, bob, sender=bob)
    assert other.maxRedeem(bob) == other.books().owed == 0


def test_a_completed_move_stands_behind_the_workers_where_it_went(crowded, redelegation, other, bob, stranger):
    redelegation.complete(1, sender=stranger)
    assert not other.isOverdue(request_id(bob, 0))
    other.redeem(20_000 * PHA * SHARES, bob, bob, sender=bob)
    assert other.books().locked == 15_000 * PHA
