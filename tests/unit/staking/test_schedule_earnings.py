# SPDX-License-Identifier: Apache-2.0
"""What customers pay, on its way to pools and stakers through RewardSchedule: nothing lost, stuck or emitted.

The ledger here is one that may lie and call back; `tests/integration/test_earnings_reach_stakers.py` has the real ones.
"""

from __future__ import annotations

import copy

import ape
import pytest

from tests.reference.rewards import Rewards
from tests.reference.stake_pools import DAY, PHA, REWARD_SOURCE
from tests.reference.workers import logged, number_of, refused, worker_key

A, B = worker_key(0xA1), worker_key(0xB1)


@pytest.fixture(scope="module")
def gatekeeper(accounts):
    return accounts[12]


@pytest.fixture(scope="module")
def other_pool(staking, accounts, bob):
    pool = staking.create_pool(accounts[13])
    staking.fund(pool, [bob])
    pool.deposit(100_000 * PHA, bob, sender=bob)
    return pool


@pytest.fixture(scope="module")
def both_pools(staking, pool, alice, slasher, gatekeeper, treasury, other_pool, operator, accounts):
    pool.deposit(200_000 * PHA, alice, sender=alice)
    rewards = Rewards.deploy(staking, slasher, gatekeeper, treasury)
    rewards.list_ledger()
    rewards.run(A, pool, operator, stake=3000 * PHA)
    rewards.run(B, other_pool, accounts[13], stake=1000 * PHA)
    return rewards


@pytest.fixture
def world(both_pools):
    before = both_pools.model
    both_pools.model = copy.deepcopy(before)
    yield both_pools
    both_pools.model = before


def reported(world):
    return world.reported(world.record(A), world.record(B))


# A pool's part


def test_a_pools_earnings_become_its_reward(world, pool, operator, stranger):
    world.earn(pool, 1000 * PHA)
    receipt = world.schedule.collectEarnings(world.ledger, [pool], sender=stranger)
    (event,) = receipt.decode_logs(world.schedule.EarningsCollected)
    assert (event.ledger, event.pool, event.assets) == (world.ledger, pool, 1000 * PHA)
    token = world.staking.token
    before = (token.balanceOf(operator), token.balanceOf(pool), token.balanceOf(world.schedule))
    world.schedule.payPool(pool, sender=stranger)
    after = (token.balanceOf(operator), token.balanceOf(pool), token.balanceOf(world.schedule))
    assert [a - b for a, b in zip(after, before, strict=True)] == [100 * PHA, 900 * PHA, -1000 * PHA]
    assert world.schedule.stakersEarnings() == 0


def test_earnings_add_to_what_a_worker_earned(world, pool):
    tree = reported(world)
    world.settle(tree)
    world.earn(pool, 7)
    world.schedule.collectEarnings(world.ledger, [pool], sender=world.gatekeeper)
    world.model.collect(pool.address, 7)
    world.compare(tree.epoch)


def test_several_pools_at_once_and_pools_of_nothing(world, pool, other_pool, stranger):
    world.earn(pool, 11)
    world.earn(other_pool, 22)
    receipt = world.schedule.collectEarnings(world.ledger, [pool, stranger, other_pool, pool], sender=stranger)
    paid = [(one.pool, one.assets) for one in receipt.decode_logs(world.schedule.EarningsCollected)]
    assert paid == [(pool, 11), (other_pool, 22)]
    assert tuple(world.schedule.dueOf(stranger)) == (0, 0)


def test_the_emission_is_what_it_would_have_been(world, pool):
    """S11: neither a pool's earnings nor the stakers' count as released or as reserve."""
    reserve, assigned = world.schedule.reserve(), world.schedule.assigned()
    world.earn(pool, 10**6 * PHA)
    world.schedule.collectEarnings(world.ledger, [pool], sender=world.gatekeeper)
    world.bring_stakers(10**6 * PHA)
    assert (world.schedule.reserve(), world.schedule.assigned()) == (reserve, assigned)
    tree = world.report(world.next_day(), [world.record(A)])
    (event,) = world.open(tree).decode_logs(world.schedule.EpochOpened)
    budget = event.toTreasury + event.toStakers + event.toWorkers
    assert world.schedule.assigned() - assigned == budget == reserve - world.schedule.reserve()
    assert (event.toTreasury, event.toStakers) == (budget // 5, budget * 2 // 5)


def test_a_bankrupt_pools_earnings_wait_and_go_the_schedules_way(world, pool, other_pool, slasher, stranger):
    pool.slash(10**30, sender=slasher)
    for one, assets in ((pool, 500), (other_pool, 600)):
        world.earn(one, assets)
    receipt = world.schedule.collectEarnings(world.ledger, [pool, other_pool], sender=stranger)
    forfeit_at = receipt.timestamp + 180 * DAY
    with refused(world.schedule.PoolUnpayable, pool, forfeit_at):
        world.schedule.payPool(pool, sender=stranger)
    world.schedule.payPool(other_pool, sender=stranger)
    world.staking.travel_to(forfeit_at)
    due = world.schedule.treasuryDue()
    world.schedule.payPool(pool, sender=stranger)
    assert world.schedule.treasuryDue() - due == 500
    before = world.staking.token.balanceOf(world.schedule)
    world.schedule.payTreasury(sender=stranger)
    assert before - world.staking.token.balanceOf(world.schedule) == due + 500
    assert world.schedule.stakersEarnings() == 0


def test_a_reopened_pool_has_what_waited(world, pool, slasher, operator, alice, stranger):
    world.earn(pool, 500)
    pool.slash(10**30, sender=slasher)
    world.schedule.collectEarnings(world.ledger, [pool], sender=stranger)
    pool.reopen(sender=operator)
    pool.deposit(100 * PHA, alice, sender=alice)
    assert logged(world.schedule.payPool(pool, sender=stranger), world.schedule.PoolPaid, "assets") == 500


# Ledgers


def test_only_listed_ledgers_are_asked(world, project, pool, deployer, stranger):
    other = deployer.deploy(project.MockPoolEarnings, world.staking.token)
    with refused(world.schedule.LedgerNotListed, other):
        world.schedule.collectEarnings(other, [pool], sender=stranger)
    with ape.reverts(world.schedule.AccessManagedUnauthorized, caller=stranger):
        world.schedule.setEarningsLedger(other, True, sender=stranger)
    receipt = world.schedule.setEarningsLedger(world.ledger, False, sender=deployer)
    (event,) = receipt.decode_logs(world.schedule.EarningsLedgerSet)
    assert (event.ledger, event.oldListed, event.newListed) == (world.ledger, True, False)
    with refused(world.schedule.LedgerNotListed, world.ledger):
        world.schedule.collectEarnings(world.ledger, [pool], sender=stranger)


def test_a_ledger_that_overstates_makes_nothing_due_that_is_not_there(world, pool, deployer, stranger):
    world.earn(pool, 5)
    world.ledger.setOverstatement(10**24, sender=deployer)
    world.schedule.collectEarnings(world.ledger, [pool, pool], sender=stranger)
    assert world.schedule.dueOf(pool).assets == 5


def test_stakers_part_that_arrived_before_is_not_taken_for_a_pools(world, pool, stranger):
    world.bring_stakers(300)
    world.earn(pool, 5)
    world.schedule.collectEarnings(world.ledger, [pool], sender=stranger)
    assert (world.schedule.dueOf(pool).assets, world.schedule.stakersEarnings()) == (5, 300)


ACTIONS = ["fund", "open", "settle", "close", "collectEarnings", "payPool", "payTreasury"]


@pytest.mark.parametrize("inner", ACTIONS)
def test_a_ledger_that_calls_back_finds_every_door_closed(world, pool, deployer, stranger, inner):
    schedule = world.schedule
    data = {
        "fund": lambda: schedule.fund.encode_input(1),
        "open": lambda: schedule.open.encode_input(1),
        "settle": lambda: schedule.settle.encode_input(1, [], [], []),
        "close": lambda: schedule.close.encode_input(1),
        "collectEarnings": lambda: schedule.collectEarnings.encode_input(world.ledger, [pool]),
        "payPool": lambda: schedule.payPool.encode_input(pool),
        "payTreasury": schedule.payTreasury.encode_input,
    }[inner]()
    world.ledger.setCall(schedule, data, sender=deployer)
    schedule.collectEarnings(world.ledger, [pool], sender=stranger)
    assert not world.ledger.callSucceeded()
    assert world.ledger.callAnswer()[:4].hex() == "3ee5aeb5"  # ReentrancyGuardReentrantCall()


# The stakers' part


def test_stakers_earnings_are_spread_over_epochs_by_locked_stake(world, pool, other_pool):
    world.bring_stakers(7000 * PHA)
    tree = world.report(world.next_day(), [world.record(A), world.record(B)])
    receipt = world.open(tree)
    (event,) = receipt.decode_logs(world.schedule.EarningsSpread)
    assert (event.epoch, event.assets, event.left) == (tree.epoch, 1000 * PHA, 6000 * PHA)
    (opened,) = receipt.decode_logs(world.schedule.EpochOpened)
    (_, a_staked), (_, b_staked) = world.settle(tree)
    # 3000 of 4000 locked are A's.
    assert a_staked == (opened.toStakers + 1000 * PHA) * 3 // 4
    assert b_staked == (opened.toStakers + 1000 * PHA) // 4
    budget = world.schedule.epochOf(tree.epoch)
    assert (budget.stakersBudget, budget.earnedBudget) == (opened.toStakers + 1000 * PHA, 1000 * PHA)


def test_every_wei_of_stakers_earnings_goes_in_the_end(world):
    world.bring_stakers(3)
    for left in (2, 1, 0, 0):
        reported(world)
        assert world.schedule.stakersEarnings() == left


def test_the_spread_is_governed(world, deployer):
    world.workers.parameters.set(number_of("EarningsSpreadDays"), 1, sender=deployer)
    world.model.spread_days = 1
    world.bring_stakers(10**9)
    tree = reported(world)
    assert world.schedule.epochOf(tree.epoch).earnedBudget == 10**9
    assert world.schedule.stakersEarnings() == 0


def test_earnings_flow_when_the_reserve_is_empty(project, staking, accounts, slasher, treasury, other_pool, world):
    """Stakers' earnings do not hang on the emission: an epoch whose budget is nothing has them all the same."""
    dry = Rewards.deploy(staking, slasher, accounts[14], treasury, reserve=0)
    dry.run(B, other_pool, accounts[13], stake=1000 * PHA)
    dry.bring_stakers(700 * PHA)
    dry.next_day()
    tree = dry.reported(dry.record(B))
    assert dry.settle(tree) == [(0, 100 * PHA)]


def test_what_no_staker_had_goes_back_to_the_stakers(world, stranger):
    world.bring_stakers(7000 * PHA)
    tree = reported(world)
    world.settle(tree, 1)  # B's quarter
    stakers_left = world.model.epochs[tree.epoch].stakers_left
    assert stakers_left > 1000 * PHA
    world.staking.travel_to(world.schedule.epochOf(tree.epoch).closesAt)
    receipt = world.schedule.close(tree.epoch, sender=stranger)
    (event,) = receipt.decode_logs(world.schedule.EpochClosed)
    assert event.leftOfEarnings == 1000 * PHA
    assert event.left == world.model.close(tree.epoch)
    world.compare(tree.epoch)


def test_what_is_left_of_an_epoch_is_earnings_first(world, stranger):
    """Most of the stakers' budget was paid: what is left is less than the earnings in it, and no emission."""
    world.bring_stakers(70_000_000 * PHA)
    tree = reported(world)
    world.settle(tree, 0)
    budget = world.model.epochs[tree.epoch]
    assert budget.stakers_left < budget.earned
    workers_left, stakers_left = budget.workers_left, budget.stakers_left
    world.staking.travel_to(world.schedule.epochOf(tree.epoch).closesAt)
    (event,) = world.schedule.close(tree.epoch, sender=stranger).decode_logs(world.schedule.EpochClosed)
    assert (event.left, event.leftOfEarnings) == (workers_left, stakers_left)
    world.model.close(tree.epoch)
    world.compare(tree.epoch)


def test_a_replaced_schedule_still_gives_up_what_it_holds(world, pool, deployer, stranger):
    """Pools obey another source: dues wait, and after the bound they are the treasury's."""
    world.earn(pool, 500)
    receipt = world.schedule.collectEarnings(world.ledger, [pool], sender=stranger)
    world.staking.factory.setModule(REWARD_SOURCE, stranger, sender=deployer)
    with ape.reverts(world.schedule.PoolUnpayable):
        world.schedule.payPool(pool, sender=stranger)
    world.staking.travel_to(receipt.timestamp + 180 * DAY)
    assert logged(world.schedule.payPool(pool, sender=stranger), world.schedule.PoolForfeited, "assets") == 500
