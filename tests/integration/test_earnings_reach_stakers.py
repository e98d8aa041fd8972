# SPDX-License-Identifier: Apache-2.0
"""From a customer's PHA to the delegators': what workers earn goes through the schedule into the pools.

All contracts are the real ones but for the register of attestations.
"""

from __future__ import annotations

import pytest

from tests.reference.compute_setup import DEFAULTS, PRICE, Compute
from tests.reference.compute_setup import PHA as WEI
from tests.reference.rewards import Rewards
from tests.reference.stake_pools import DAY, PHA, Staking
from tests.reference.workers import worker_key

KEY = worker_key(0xE1)
SECONDS = 7000
EARNED = SECONDS * PRICE


@pytest.fixture(scope="module")
def world(project, chain, deployer, treasury, accounts):
    """A worker that works for a pool of 10% commission, a customer, and the schedule as the stakers' payee."""
    slasher, operator, delegator, customer = accounts[9], accounts[5], accounts[6], accounts[7]
    staking = Staking.deploy(project, chain, deployer, modules=[slasher, slasher, slasher])
    pool = staking.create_pool(operator, 1000)
    staking.fund(pool, [delegator])
    pool.deposit(10_000 * PHA, delegator, sender=delegator)
    rewards = Rewards.deploy(staking, slasher, accounts[12], treasury)
    rewards.run(KEY, pool, operator, stake=2000 * PHA)
    parameters = deployer.deploy(project.ComputeParameters, staking.manager, DEFAULTS)
    keys, registry, schedule = deployer.deploy(project.MockAttestedKeys), rewards.workers.registry, rewards.schedule
    payees = (staking.factory, schedule, treasury)
    core = (staking.token, parameters, keys, registry)
    market = deployer.deploy(project.ComputeMarket, staking.manager, *core, *payees)
    oracle = deployer.deploy(project.ComputeOracle, *core, registry, *payees)
    for ledger in (market, oracle):
        schedule.setEarningsLedger(ledger, True, sender=deployer)
    compute = Compute(
        project,
        chain,
        deployer,
        staking.token,
        staking.manager,
        parameters,
        staking.factory,
        keys,
        registry,
        market,
        oracle,
        None,
        schedule,
        treasury,
        pool.address,
    )
    compute.add_class()
    compute.attest(KEY)
    compute.fund(customer)
    return rewards, compute, pool, customer


def test_a_customers_pha_reaches_operator_delegators_and_all_stakers(world, accounts, stranger):
    rewards, compute, pool, customer = world
    schedule, token, market = rewards.schedule, compute.token, compute.market
    order = compute.order(customer, 100 * WEI)
    taken = compute.take(order, KEY, stranger)
    compute.travel_to(taken + SECONDS)
    market.settle(*compute.receipt(KEY, order, SECONDS, taken + SECONDS), sender=stranger)
    assert market.unsplit(pool) == EARNED

    # 80% is the pool's, of which the operator has 10%.
    operator = accounts[5]
    before = token.balanceOf(operator)
    schedule.collectEarnings(market, [pool], sender=stranger)
    assert schedule.dueOf(pool).assets == EARNED * 8 // 10
    schedule.collectEarnings(compute.oracle, [pool], sender=stranger)  # nothing yet, and no harm
    schedule.payPool(pool, sender=stranger)
    assert token.balanceOf(operator) - before == EARNED * 8 // 100
    delegators = pool.totalAssets()
    rewards.staking.travel(DAY)
    assert pool.totalAssets() - delegators == EARNED * 72 // 100

    # 10% is the stakers': a seventh of it is in the next epoch's budget for them, on top of the emission.
    market.payStakers(sender=stranger)
    assert schedule.stakersEarnings() == EARNED // 10
    rewards.model.stakers_earnings = EARNED // 10
    tree = rewards.reported(rewards.record(KEY))
    rewards.settle(tree)
    budget = schedule.epochOf(tree.epoch)
    assert budget.earnedBudget == -(-EARNED // 70)
    assert budget.stakersLeft == 0  # the only worker that answered has all of it
    assert schedule.stakersEarnings() == EARNED // 10 - budget.earnedBudget
    assert (
        token.balanceOf(market) == 100 * WEI - EARNED + EARNED // 10
    )  # what is left is the customer's and the treasury's
