# SPDX-License-Identifier: Apache-2.0
"""The invariants of two pools with moves between them, over random sequences compared with the model after every step.

S1 to S5 as in the pools' own machine, with what has moved; besides: no wei is made or lost over both pools and the
escrow; escrowed shares are never fewer than what moves and forfeits add up to; a completed move took its shares with
it; what a slash charges is what is taken at once and what movers lose, never more than was asked.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pha.staking.model import DAY, ONE
from tests.reference.stake_moves import MovesTwin, deploy_redelegation
from tests.reference.stake_pools import PHA, SLASH_MANAGER, Staking

SIDE = st.integers(0, 1)
WHO = st.integers(0, 1)
SECONDS = [3600, DAY, 3 * DAY, 8 * DAY]
FRACTIONS = [(1, 10**20), (1, 1000), (1, 3), (1, 1), (999, 1000), (10**9 - 1, 10**9), (10**12 - 1, 10**12), (3, 1)]


@pytest.fixture(scope="module")
def staking(project, chain, deployer, accounts):
    return Staking.deploy(project, chain, deployer, modules=[accounts[9], accounts[10], accounts[11]])


@pytest.fixture(scope="module")
def redelegation(project, staking):
    return deploy_redelegation(project, staking)


@pytest.fixture(scope="module")
def pools(staking, redelegation, accounts):
    pools = [staking.create_pool(accounts[5], 1000), staking.create_pool(accounts[12], 0)]
    staking.fund(pools[0], [accounts[6], accounts[7], accounts[11]])
    for account in (accounts[6], accounts[7], accounts[11]):
        staking.token.approve(pools[1], 2**256 - 1, sender=account)
    return pools


@pytest.fixture(scope="module")
def proceeds(project, staking, deployer, treasury):
    """A real slash manager for what is collected. It is in the module's place only while that is done."""
    bond = deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)
    core = (staking.manager, staking.token, staking.factory, staking.parameters)
    return deployer.deploy(project.SlashManager, *core, bond, treasury)


def machine_of(staking, redelegation, pools, proceeds, accounts):
    """The state machine's class, bound to this chain."""
    slasher, registry, rewarder, anyone = accounts[9], accounts[10], accounts[11], accounts[4]
    operators, people = [accounts[5], accounts[12]], accounts[6:8]

    class MoveMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.snapshot = staking.chain.snapshot()
            self.twin = MovesTwin(staking, redelegation, pools, operators)
            self.holders = [*pools, redelegation, proceeds, slasher, rewarder, *operators, *people]
            self.total = sum(staking.token.balanceOf(holder) for holder in self.holders)
            self.filings = [[], []]

        def teardown(self):
            if hasattr(self, "snapshot"):
                staking.chain.restore(self.snapshot)

        def side(self, number):
            return self.twin.sides[number]

        @rule(side=SIDE, who=WHO, amount=st.sampled_from([10**16, PHA, 997 * PHA + 1]))
        def deposit(self, side, who, amount):
            self.side(side).deposit(people[who], amount)

        @rule(side=SIDE, who=WHO, percent=st.sampled_from([1, 33, 100]))
        def request(self, side, who, percent):
            twin = self.side(side)
            twin.request(people[who], twin.model.balances.get(people[who].address, 0) * percent // 100)

        @rule(side=SIDE, who=WHO)
        def redeem(self, side, who):
            twin = self.side(side)
            twin.model.now = staking.now + 1
            twin.redeem(people[who], twin.model.claimable(people[who].address)[0])

        @rule(
            side=SIDE, who=WHO, percent=st.sampled_from([0, 1, 50, 50, 100, 100, 101]), spare=st.sampled_from([0, 0, 1])
        )
        def move(self, side, who, percent, spare):
            balance = self.side(side).model.balances.get(people[who].address, 0)
            least = 10**40 if spare and percent == 1 else 0
            self.twin.move(people[who], side, balance * percent // 100 + spare, least=least)

        @precondition(lambda self: self.twin.model.count)
        @rule(pick=st.integers(0, 9), wait=st.booleans())
        def complete(self, pick, wait):
            number = self.twin.model.count - pick % self.twin.model.count
            move = self.twin.model.moves.get(number)
            if wait and move:
                due = self.twin.pools[move.source].cohorts[move.cohort].maturity_day * DAY
                self.twin.settle_time(max(staking.now + 1, due))
            self.twin.complete(number, anyone)

        @precondition(lambda self: any(self.twin.model.forfeited.values()))
        @rule(pick=st.integers(0, 9))
        def surrender(self, pick):
            waiting = sorted(key for key, shares in self.twin.model.forfeited.items() if shares)
            number, generation = waiting[pick % len(waiting)]
            with self.manager_in_place():
                self.twin.surrender([twin.number for twin in self.twin.sides].index(number), generation, anyone)

        @rule(side=SIDE, percent=st.sampled_from([30, 100]))
        def collect(self, side, percent):
            twin = self.side(side)
            with self.manager_in_place():
                twin.model.now = staking.now + 1
                shares, _ = twin.model.claimable(redelegation.address)
                self.twin.collect(side, shares * percent // 100, anyone)

        def manager_in_place(self):
            machine = self

            class InPlace:
                def __enter__(self):
                    staking.factory.setModule(SLASH_MANAGER, proceeds, sender=staking.deployer)

                def __exit__(self, *_):
                    staking.factory.setModule(SLASH_MANAGER, slasher, sender=staking.deployer)
                    assert proceeds.proceeds() == machine.twin.model.proceeds

            return InPlace()

        @rule(side=SIDE, fraction=st.sampled_from(FRACTIONS))
        def slash(self, side, fraction):
            """S3: the model never refuses, so neither may the chain."""
            model = self.side(side).model
            stake = model.dripped()[0] + model.at_exit + model.moved
            assets = stake * fraction[0] // fraction[1]
            before = model.moved_loss
            taken, _ = self.side(side).slash(slasher, assets)
            charged = taken + self.side(side).model.moved_loss - before
            assert charged <= assets

        @rule(side=SIDE, amount=st.integers(0, 100 * PHA))
        def reward(self, side, amount):
            twin = self.side(side)
            twin.step(lambda m: m.reward(amount), twin.pool.reward, amount, sender=rewarder)

        @rule(side=SIDE, percent=st.sampled_from([50, 100]))
        def lock(self, side, percent):
            twin = self.side(side)
            amount = twin.model.active * percent // 100
            twin.step(lambda m: m.lock(amount), twin.pool.lock, amount, sender=registry)

        @rule(side=SIDE, percent=st.sampled_from([30, 100]))
        def unlock(self, side, percent):
            twin = self.side(side)
            amount = twin.model.locked * percent // 100
            twin.step(lambda m: m.unlock(amount), twin.pool.unlock, amount, sender=registry)

        @rule(side=SIDE, days=st.sampled_from([1, 9]))
        def hold(self, side, days):
            twin = self.side(side)
            until = max(staking.now + days * DAY, twin.model.hold_until)
            _, receipt = twin.step(lambda m: m.hold(until), twin.pool.hold, until, sender=slasher)
            if receipt:
                self.filings[side].append(receipt.timestamp)

        @precondition(lambda self: any(self.filings))
        @rule(side=SIDE)
        def end_oldest_hold(self, side):
            filings = self.filings[side] or self.filings[1 - side]
            twin = self.side(self.filings.index(filings))
            filings.pop(0)
            since = filings[0] if filings else staking.now + 1
            until = staking.now + DAY if filings else 0
            twin.step(lambda m: m.move_hold(since, until), twin.pool.moveHold, since, until, sender=slasher)

        @precondition(lambda self: any(twin.model.bankrupt for twin in self.twin.sides))
        @rule(side=SIDE)
        def reopen(self, side):
            self.side(side).reopen(operators[side])

        @precondition(lambda self: any(twin.model.closed for twin in self.twin.sides))
        @rule(side=SIDE, who=st.integers(0, 2), pick=st.integers(0, 9))
        def claim_closed(self, side, who, pick):
            """Whoever it is for, the contract too."""
            twin = self.side(side)
            generation = pick % max(1, len(twin.model.closed))
            if who == 2:
                self.twin.claim_closed(side, generation, anyone)
                return
            person = people[who]
            twin.step(
                lambda m: m.claim_closed(generation, person.address),
                twin.pool.claimClosed,
                generation,
                person,
                sender=anyone,
            )

        @rule(seconds=st.sampled_from(SECONDS))
        def time_passes(self, seconds):
            self.twin.settle_time(staking.now + seconds)

        @invariant()
        def chain_agrees_with_the_model(self):
            if not hasattr(self, "twin"):
                return
            self.twin.compare()
            assert sum(staking.token.balanceOf(holder) for holder in self.holders) == self.total
            model = self.twin.model
            for twin in self.twin.sides:
                pool = twin.model
                active, undripped, _ = pool.dripped()
                books = active + pool.at_exit + pool.owed + undripped
                assert staking.token.balanceOf(twin.pool) == pool.held == books  # S1
                assert pool.locked <= active + pool.at_exit + pool.moved
                # Nor does what answers for the other pool make up for it; a move's rounding can.
                assert pool.locked <= pool.unpledged() + pool.at_exit + pool.moved + 2 * model.count
                open_norms = sum(c.moved * c.scale // ONE for c in pool.cohorts[pool.settled :])
                # Each era's end costs the sum a wei; norms of one day of an era of their own are never short.
                assert abs(pool.moved_norm - open_norms) <= 4 * len(pool.cohorts) * (pool.era + 1)
                # The escrow: what is open, and what nobody has surrendered.
                for generation in range(pool.generation + 1):
                    shares = sum(
                        move.shares
                        for move in model.moves.values()
                        if (move.target, move.generation) == (twin.number, generation)
                    ) + model.forfeited.get((twin.number, generation), 0)
                    held = twin.pool.balanceOfGeneration(redelegation, generation)
                    assert held == shares or (generation < pool.generation and held == 0)

    return MoveMachine


def run(staking, redelegation, pools, proceeds, accounts, examples, steps):
    # No shrinking: a step costs the chain a tenth of a second, and the sequence that failed is printed as it is.
    profile = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, phases=[Phase.generate]
    )
    machine = machine_of(staking, redelegation, pools, proceeds, accounts)
    run_state_machine_as_test(machine, settings=profile)


def test_moves_keep_the_invariants(staking, redelegation, pools, proceeds, accounts):
    """S1, S3, S5, and that every wei and every escrowed share is somewhere."""
    run(staking, redelegation, pools, proceeds, accounts, 3, 20)


@pytest.mark.deep
def test_moves_keep_the_invariants_for_long(staking, redelegation, pools, proceeds, accounts):
    """The same, deeper."""
    run(staking, redelegation, pools, proceeds, accounts, 120, 60)
