# SPDX-License-Identifier: Apache-2.0
"""What workers earned: the split, who is paid, and that nobody's failure holds back another's part."""

from __future__ import annotations

import ape
import pytest

from tests.reference.compute_setup import DAY, PRICE, REWARD_SOURCE, ZERO_ADDRESS, Compute, parameter
from tests.reference.deployments import deployment_reverts


@pytest.fixture
def earned(compute, running, worker, relayer):
    """A pool that has earned 1000 seconds."""
    order, taken = running
    compute.travel_to(taken + 1000)
    compute.market.settle(*compute.receipt(worker, order, 1000, taken + 1000), sender=relayer)
    return 1000 * PRICE


@pytest.fixture
def source(compute, accounts, deployer):
    compute.factory.setModule(REWARD_SOURCE, accounts[12], sender=deployer)
    return accounts[12]


def test_split_divides_by_the_shares_and_loses_nothing(compute, earned, stranger):
    receipt = compute.market.split(compute.pool, sender=stranger)
    (event,) = receipt.decode_logs(compute.market.EarningsSplit)
    assert (event.toPool, event.toStakers, event.toTreasury) == (earned * 8 // 10, earned // 10, earned // 10)
    assert compute.market.unsplit(compute.pool) == 0
    assert compute.market.dueToPool(compute.pool) == earned * 8 // 10
    assert not compute.market.split(compute.pool, sender=stranger).decode_logs(compute.market.EarningsSplit)


def test_split_rounds_to_the_pool(compute, customer, worker, relayer, deployer, stranger):
    class_id = compute.add_class(pricePerSecond=3)
    order = compute.order(customer, 3000, classId=class_id)
    taken = compute.take(order, worker, relayer, price=3)
    compute.parameters.set(parameter("StakersShareBps"), 333, sender=deployer)
    compute.travel_to(taken + 333)
    compute.market.settle(*compute.receipt(worker, order, 333, taken + 333), sender=relayer)
    compute.market.split(compute.pool, sender=stranger)
    assert compute.market.dueToStakers() == 999 * 333 // 10_000
    assert compute.market.dueToTreasury() == 999 * (10_000 - 8000 - 333) // 10_000
    assert (
        compute.market.dueToPool(compute.pool) + compute.market.dueToStakers() + compute.market.dueToTreasury() == 999
    )


def test_only_the_reward_source_collects_a_pools_part(compute, earned, source, stranger):
    with ape.reverts(compute.market.CallerNotRewardSource, caller=stranger, rewardSource=source):
        compute.market.collect(compute.pool, sender=stranger)
    compute.market.collect(compute.pool, sender=source)
    assert compute.token.balanceOf(source) == earned * 8 // 10
    assert compute.market.dueToPool(compute.pool) == 0
    compute.market.collect(compute.pool, sender=source)
    assert compute.token.balanceOf(source) == earned * 8 // 10


def test_stakers_and_treasury_are_paid_by_anyone_and_once(compute, earned, stakers, treasury, stranger):
    compute.market.split(compute.pool, sender=stranger)
    for payee, pay in ((stakers, compute.market.payStakers), (treasury, compute.market.payTreasury)):
        before = compute.token.balanceOf(payee)
        pay(sender=stranger)
        pay(sender=stranger)
        assert compute.token.balanceOf(payee) - before == earned // 10


def test_a_pools_part_becomes_the_pools_reward(compute, earned, source, customer):
    pool = compute.project.IStakePool.at(compute.pool)
    compute.token.approve(pool, 2**256 - 1, sender=customer)
    pool.deposit(10**20, customer, sender=customer)
    compute.market.collect(pool, sender=source)
    compute.token.approve(pool, 2**256 - 1, sender=source)
    operator_before = compute.token.balanceOf(pool.operator())
    pool.reward(earned * 8 // 10, sender=source)
    assert compute.token.balanceOf(pool.operator()) - operator_before == earned * 8 // 100
    compute.travel(DAY)
    assert pool.totalAssets() >= 10**20 + earned * 72 // 100 - 1


def test_construction_reverts_without_payees(project, compute, deployer, stakers, treasury):
    core = (compute.token, compute.parameters, compute.keys, compute.stakes)
    for payees in ((ZERO_ADDRESS, treasury), (stakers, ZERO_ADDRESS)):
        with deployment_reverts(project.ComputeMarket, "PayeeIsZero"):
            deployer.deploy(project.ComputeMarket, compute.manager, *core, compute.factory, *payees)


@pytest.fixture(scope="module")
def hostile(project, chain, accounts, deployer, treasury, relayer):
    """A market in a token that calls back, with a stopped order to refund and a running one."""
    token = deployer.deploy(project.MockCallbackToken)
    customer, source = accounts[6], accounts[12]
    for account in (deployer, customer):
        token.mint(account, 10**24, sender=deployer)
    compute = Compute.deploy(project, chain, deployer, accounts[9], treasury, token=token)
    compute.factory.setModule(REWARD_SOURCE, source, sender=deployer)
    token.approve(compute.market, 2**256 - 1, sender=customer)
    worker = compute.worker(1)
    stopped = compute.order(customer)
    taken = compute.take(stopped, worker, relayer)
    compute.travel_to(taken + 100)
    compute.market.stop(stopped, sender=customer)
    compute.travel(7201)
    order = compute.order(customer)
    taken = compute.take(order, worker, relayer)
    compute.travel_to(taken + 100)
    return compute, stopped, order, compute.receipt(worker, order, 100, taken + 100)


ACTIONS = ["order", "settle", "stop", "refund", "collect", "payStakers", "payTreasury", "split"]


@pytest.mark.parametrize("inner", ACTIONS)
def test_a_token_that_calls_back_finds_every_door_closed(hostile, accounts, deployer, relayer, inner):
    compute, stopped, order, receipt = hostile
    customer, source, market, token = accounts[6], accounts[12], compute.market, compute.token
    data = {
        "order": lambda: market.order.encode_input(compute.terms()),
        "settle": lambda: market.settle.encode_input(*receipt),
        "stop": lambda: market.stop.encode_input(order),
        "refund": lambda: market.refund.encode_input(stopped),
        "collect": lambda: market.collect.encode_input(compute.pool),
        "payStakers": market.payStakers.encode_input,
        "payTreasury": market.payTreasury.encode_input,
        "split": lambda: market.split.encode_input(compute.pool),
    }[inner]()
    token.setCall(market, data, sender=deployer)
    for act in (
        lambda: market.topUp(order, 1, sender=customer),
        lambda: market.stop(order, sender=customer),
        lambda: market.collect(compute.pool, sender=source),
        lambda: market.payTreasury(sender=relayer),
    ):
        act()
        assert not token.callSucceeded()
        assert token.callAnswer()[:4].hex() == "3ee5aeb5"  # ReentrancyGuardReentrantCall()
