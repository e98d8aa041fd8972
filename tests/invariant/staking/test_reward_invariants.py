# SPDX-License-Identifier: Apache-2.0
"""Rewards over random days, compared with the model after every settlement.

S11 Σ assigned ≤ what the schedule has released, and PHA held = reserve + what epochs have left + what pools and the
treasury are due + what stakers have earned and no epoch was given. A worker is paid at most once an epoch, in the order
of its epochs, and no record stops another.
"""

from __future__ import annotations

import copy
import dataclasses

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from tests.reference.rewards import Rewards
from tests.reference.stake_pools import DAY, PHA, Staking
from tests.reference.state_machines import play
from tests.reference.workers import logged, worker_key

KEYS = [worker_key(0x6000 + number) for number in range(3)]


@pytest.fixture(scope="module")
def staking(project, chain, deployer, accounts):
    return Staking.deploy(project, chain, deployer, modules=[accounts[9], accounts[10], accounts[11]])


@pytest.fixture(scope="module")
def rewards(staking, accounts, treasury):
    return Rewards.deploy(staking, accounts[9], accounts[12], treasury, reserve=5_000_000 * PHA)


@pytest.fixture(scope="module")
def pools(staking, rewards, accounts):
    pools = []
    for operator, stakes in ((accounts[5], KEYS[:2]), (accounts[7], KEYS[2:])):
        pool = staking.create_pool(operator, 500)
        staking.fund(pool, [accounts[6]])
        pool.deposit(10_000 * PHA, accounts[6], sender=accounts[6])
        for number, key in enumerate(stakes):
            rewards.run(key, pool, operator, performance=100 + number, stake=(1000 + 700 * number) * PHA)
        pools.append(pool)
    rewards.list_ledger()
    rewards.next_day()
    return pools


def machine_of(rewards: Rewards, pools, stranger):
    """The state machine's class, bound to this chain."""
    staking, schedule = rewards.staking, rewards.schedule
    begun = rewards.model

    class RewardMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.snapshot = staking.chain.snapshot()
            rewards.model = copy.deepcopy(begun)
            self.trees = []
            self.paid: set[tuple[int, str]] = set()

        def teardown(self):
            if hasattr(self, "snapshot"):
                staking.chain.restore(self.snapshot)
                rewards.model = begun

        @rule(
            answers=st.lists(st.sampled_from([None, 0, 60, 100, 120, 500]), min_size=3, max_size=3),
            lies=st.sampled_from([(1, 1), (1, 1), (2, 1), (1, 3)]),
            skip=st.sampled_from([0, 0, 1, 5]),
        )
        def report(self, answers, lies, skip):
            """An epoch's report, true or with shares out by a factor."""
            staking.travel(skip * DAY)
            records = []
            for key, performance in zip(KEYS, answers, strict=True):
                record = rewards.record(key, performance=performance, responsive=performance is not None)
                records.append(dataclasses.replace(record, share=record.share * lies[0] // lies[1]))
            self.trees.append(rewards.reported(*records))

        @precondition(lambda self: self.trees)
        @rule(back=st.integers(0, 2), order=st.permutations([0, 1, 2]), count=st.integers(1, 3))
        def settle(self, back, order, count):
            tree = self.trees[-1 - back % len(self.trees)]
            chosen = order[:count]
            for index, answer in zip(chosen, rewards.settle(tree, *chosen, sender=stranger), strict=True):
                if answer is not None:
                    place = (tree.epoch, tree.records[index].worker)
                    assert place not in self.paid
                    self.paid.add(place)

        @rule(who=st.integers(0, 2), back=st.booleans())
        def lapse_or_attest(self, who, back):
            if back:
                rewards.attest(KEYS[who], 1 + who)
            else:
                rewards.lapse(KEYS[who])

        @precondition(lambda self: self.trees)
        @rule(back=st.integers(0, 3))
        def close(self, back):
            tree = self.trees[-1 - back % len(self.trees)]
            budget = rewards.model.epochs[tree.epoch]
            if budget.closed:
                return
            if staking.now < budget.closes_at:
                staking.travel_to(budget.closes_at)
            receipt = schedule.close(tree.epoch, sender=stranger)
            assert logged(receipt, schedule.EpochClosed, "left") == rewards.model.close(tree.epoch)
            rewards.compare(tree.epoch)

        @precondition(lambda self: self.trees)
        @rule(which=st.integers(0, 1))
        def pay(self, which):
            address = pools[which].address
            if rewards.model.due.get(address, 0):
                receipt = schedule.payPool(address, sender=stranger)
                assert logged(receipt, schedule.PoolPaid, "assets") == rewards.model.due[address]
                rewards.model.due[address] = 0
                rewards.compare(self.trees[-1].epoch)

        @rule(which=st.integers(0, 1), pool_part=st.integers(1, 10**22), stakers_part=st.integers(0, 10**22))
        def customers_pay(self, which, pool_part, stakers_part):
            """A market's payments come in: the pool's part collected, the stakers' transferred."""
            rewards.earn(pools[which], pool_part)
            receipt = schedule.collectEarnings(rewards.ledger, pools, sender=stranger)
            assert logged(receipt, schedule.EarningsCollected, "assets") == pool_part
            rewards.model.collect(pools[which].address, pool_part)
            rewards.bring_stakers(stakers_part)

        @precondition(lambda self: self.trees and rewards.model.treasury_due)
        @rule()
        def pay_treasury(self):
            receipt = schedule.payTreasury(sender=stranger)
            assert logged(receipt, schedule.TreasuryPaid, "assets") == rewards.model.treasury_due
            rewards.model.treasury_due = 0
            rewards.compare(self.trees[-1].epoch)

    return RewardMachine


def test_rewards_keep_to_their_model(rewards, pools, stranger):
    play(machine_of(rewards, pools, stranger), 3, 8)


@pytest.mark.deep
def test_rewards_keep_to_their_model_at_depth(rewards, pools, stranger):
    play(machine_of(rewards, pools, stranger), 60, 40)
