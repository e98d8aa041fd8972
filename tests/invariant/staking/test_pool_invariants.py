# SPDX-License-Identifier: Apache-2.0
"""The invariants of a stake pool over random sequences of actions, each compared with the model after every step.

S1 PHA held ≥ active + at exit + owed + undripped. S2 Σ claimable ≤ what is reckoned. S3 a slash never reverts on its
amount. S4 the order of slashes moves totals by a few wei at most. S5 a settled request never changes value. S6 a closed
generation gets nothing of later money. S7 donations never move a price. S8 a round trip never profits. S9 what was at
stake when a claim was filed is there when it is executed. S12 commission rises only after its notice. S13 nobody grows
another's list. S14 a hold ends.
"""

from __future__ import annotations

import copy

import ape
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pha.staking.model import DAY, MAX_HOLD, VIRTUAL_SHARES
from tests.reference.stake_pools import PHA, Staking, Twin, request_id
from tests.reference.state_machines import play

PRICE_SCALE = 10**30
SECONDS = [1, 3600, DAY // 2, DAY, 3 * DAY, 8 * DAY]
AMOUNTS = st.one_of(
    st.sampled_from([10**16, 10**16 + 1, PHA, 1000 * PHA]), st.integers(10**16, 10_000 * PHA), st.just(10**15)
)
# Of what there is: nothing, a wei, fractions near and at total loss, and more than there is.
FRACTIONS = [
    (0, 1),
    (1, 10**24),
    (1, 1000),
    (1, 3),
    (999, 1000),
    (10**9 - 1, 10**9),
    (10**12 - 1, 10**12),
    (1, 1),
    (3, 1),
]


@pytest.fixture(scope="module")
def staking(project, chain, deployer, accounts):
    return Staking.deploy(project, chain, deployer, modules=[accounts[9], accounts[10], accounts[11]])


@pytest.fixture(scope="module")
def pool(staking, accounts):
    pool = staking.create_pool(accounts[5], 1000)
    staking.fund(pool, [*accounts[6:9], accounts[11]])
    return pool


def machine_of(staking: Staking, pool, accounts):
    """The state machine's class, bound to this chain."""
    operator, slasher, registry, rewarder = accounts[5], accounts[9], accounts[10], accounts[11]
    people = accounts[6:9]

    class PoolMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.snapshot = staking.chain.snapshot()
            self.twin = Twin(staking, pool, operator, 1000)
            self.donated = 0
            self.filings: list[int] = []
            self.fixed: dict[tuple[str, int], tuple[int, int, int]] = {}
            self.claimed_from_closed: dict[int, int] = {}
            self.ranges = {person.address: 0 for person in people}
            self.put_in = {person.address: 0 for person in people}

        def teardown(self):
            if hasattr(self, "snapshot"):
                staking.chain.restore(self.snapshot)

        @rule(who=st.integers(0, 2), amount=AMOUNTS, seconds=st.sampled_from(SECONDS[:3]))
        def deposit(self, who, amount, seconds):
            self.twin.deposit(people[who], amount, seconds=seconds)

        @rule(
            who=st.integers(0, 2), percent=st.sampled_from([0, 1, 50, 100, 101]), seconds=st.sampled_from(SECONDS[:4])
        )
        def request(self, who, percent, seconds):
            balance = self.twin.model.balances.get(people[who].address, 0)
            _, receipt = self.twin.request(people[who], balance * percent // 100 + percent // 101, seconds=seconds)
            if receipt:
                self.ranges[people[who].address] += 1

        @precondition(lambda self: self.twin.model.requests)
        @rule(pick=st.integers(0, 100))
        def cancel(self, pick):
            model = self.twin.model
            controller, number = sorted(model.requests)[pick % len(model.requests)]
            self.twin.cancel(accounts[controller], number)

        @rule(who=st.integers(0, 2), percent=st.sampled_from([1, 40, 100, 100]), extra=st.sampled_from([0, 0, 0, 1]))
        def redeem(self, who, percent, extra):
            self.twin.model.now = staking.now + 1
            shares, _ = self.twin.model.claimable(people[who].address)
            self.twin.redeem(people[who], shares * percent // 100 + extra)

        @rule(who=st.integers(0, 2), percent=st.sampled_from([1, 40, 100]), extra=st.sampled_from([0, 0, 1]))
        def withdraw(self, who, percent, extra):
            self.twin.model.now = staking.now + 1
            _, assets = self.twin.model.claimable(people[who].address)
            self.twin.withdraw(people[who], assets * percent // 100 + extra)

        @rule(fraction=st.sampled_from(FRACTIONS))
        def slash(self, fraction):
            """S3: the model never refuses, so neither may the chain."""
            model = self.twin.model
            stake = model.dripped()[0] + model.at_exit
            self.twin.slash(slasher, stake * fraction[0] // fraction[1])

        @rule(amount=st.integers(0, 1000 * PHA))
        def reward(self, amount):
            self.twin.step(lambda m: m.reward(amount), pool.reward, amount, sender=rewarder)

        @rule(percent=st.sampled_from([0, 50, 100, 101]))
        def lock(self, percent):
            amount = self.twin.model.active * percent // 100
            self.twin.step(lambda m: m.lock(amount), pool.lock, amount, sender=registry)

        @rule(percent=st.sampled_from([30, 100, 101]))
        def unlock(self, percent):
            amount = self.twin.model.locked * percent // 100
            self.twin.step(lambda m: m.unlock(amount), pool.unlock, amount, sender=registry)

        @rule(days=st.sampled_from([1, 9, 34, 36]))
        def hold(self, days):
            until = max(staking.now + days * DAY, self.twin.model.hold_until)
            _, receipt = self.twin.step(lambda m: m.hold(until), pool.hold, until, sender=slasher)
            if receipt:
                self.filings.append(receipt.timestamp)

        @precondition(lambda self: self.filings)
        @rule(days=st.sampled_from([0, 1, 9]))
        def end_oldest_hold(self, days):
            self.filings.pop(0)
            since = self.filings[0] if self.filings else staking.now + 1
            until = staking.now + days * DAY if self.filings else 0
            self.twin.step(lambda m: m.move_hold(since, until), pool.moveHold, since, until, sender=slasher)

        @precondition(lambda self: self.twin.model.bankrupt)
        @rule()
        def reopen(self):
            self.twin.reopen(operator)

        @rule(bps=st.sampled_from([0, 500, 1000, 3000]))
        def set_commission(self, bps):
            before = self.twin.model.commission_now()
            self.twin.step(lambda m: m.set_commission(bps), pool.setCommission, bps, sender=operator)
            current, following, since = pool.commission()
            if bps > before:  # S12
                assert (current, following) == (self.twin.model.commission_bps, bps)
                assert since == staking.now + 28 * DAY > staking.now + staking.parameters.worstExitDays() * DAY

        @precondition(lambda self: self.twin.model.closed)
        @rule(who=st.integers(0, 2), pick=st.integers(0, 9))
        def claim_closed(self, who, pick):
            generation = pick % len(self.twin.model.closed)
            paid, _ = self.twin.step(
                lambda m: m.claim_closed(generation, people[who].address),
                pool.claimClosed,
                generation,
                people[who],
                sender=accounts[4],
            )
            total = self.claimed_from_closed.get(generation, 0) + paid
            self.claimed_from_closed[generation] = total
            assert total <= self.twin.model.closed[generation].assets  # S6

        @rule(seconds=st.sampled_from(SECONDS))
        def time_passes(self, seconds):
            self.twin.settle_time(staking.now + seconds)

        @rule(amount=st.sampled_from([1, PHA]))
        def donate(self, amount):
            """S7."""
            before = pool.books()
            staking.chain.pending_timestamp = staking.now + 1
            price = self.price_after(1)
            staking.token.transfer(pool, amount, sender=people[0])
            self.donated += amount
            assert self.price_after(0) == price
            assert pool.books().supply == before.supply

        def price_after(self, seconds):
            model = self.twin.model
            model.now = staking.now + seconds
            return (model.dripped()[0] + 1) * PRICE_SCALE // (model.supply + VIRTUAL_SHARES)

        @precondition(lambda self: self.twin.model.supply and not self.twin.model.bankrupt)
        @rule(who=st.integers(0, 2), amount=st.integers(10**16, 1000 * PHA))
        def round_trip(self, who, amount):
            """S8: in and out in one second never brings more than it took, by either way in."""
            trial = copy.deepcopy(self.twin.model)
            trial.now = staking.now + 1
            if trial.now < trial.hold_until:
                return
            person = people[who].address
            try:
                shares = trial.deposit(amount, person)
            except Exception:
                return
            request = trial.request(shares, person, person)
            assert trial.value_of(request) <= amount
            trial.cancel(person, request.number)
            assert trial.assets_for(shares) <= amount + 1

        @invariant()
        def chain_agrees_with_the_model(self):
            if not hasattr(self, "twin"):
                return
            twin, model = self.twin, self.twin.model
            twin.compare()
            active, undripped, _ = model.dripped()
            books = active + model.at_exit + model.owed + undripped
            assert model.locked <= active + model.at_exit  # what backs the locks is within reach of a slash
            held = staking.token.balanceOf(pool)
            assert held == model.held + self.donated
            assert held - self.donated == books  # S1, and nothing more than the books either
            settled = sum(model.value_of(r) for r in model.requests.values() if r.cohort < model.settled)
            waiting = sum(model.value_of(r) for r in model.requests.values() if r.cohort >= model.settled)
            left = sum(
                sum(b * c.assets // c.supply for b in c.balances.values()) for c in model.closed.values() if c.supply
            )
            assert waiting <= model.at_exit  # S2
            assert settled + left <= model.owed  # S2
            for key, request in model.requests.items():
                if request.cohort < model.settled:  # S5
                    now = (request.norm, model.cohorts[request.cohort].factor, request.cohort)
                    before = self.fixed.setdefault(key, now)
                    assert now[1:] == before[1:]
                    assert now[0] <= before[0]
            for person, count in self.ranges.items():  # S13
                assert pool.requestRange(person)[1] == count
            assert model.hold_until <= staking.now + MAX_HOLD  # S14

    return PoolMachine


def test_pool_keeps_its_invariants(staking, pool, accounts):
    """S1, S2, S3, S5, S6, S7, S8, S12, S13, S14."""
    play(machine_of(staking, pool, accounts), 5, 30)


@pytest.mark.deep
def test_pool_keeps_its_invariants_for_long(staking, pool, accounts):
    """The same, deeper."""
    play(machine_of(staking, pool, accounts), 150, 60)


@pytest.mark.parametrize("amounts", [(1, 10**20), (10**18 + 7, 3 * 10**19), (333, 777), (10**21, 10**21 - 1)])
def test_order_of_slashes_moves_totals_by_few_wei(staking, pool, accounts, amounts):
    """S4: on the chain, with stake and an open request."""
    twin = Twin(staking, pool, accounts[5], 1000)
    shares, _ = twin.deposit(accounts[6], 3000 * PHA + 1)
    twin.deposit(accounts[7], 1234 * PHA + 5)
    twin.request(accounts[6], shares // 3)
    results = []
    for order in (amounts, amounts[::-1]):
        with staking.chain.isolate():
            for amount in order:
                pool.slash(amount, sender=accounts[9])
            books = pool.books()
            results.append((books.active, books.atExit))
    for one, other in zip(*results, strict=True):
        assert abs(one - other) <= 3


def test_stake_at_the_filing_is_there_at_the_execution(staking, pool, accounts):
    """S9: what is due in between waits for the claim, its matured elder is paid; S14: in the end both are."""
    twin = Twin(staking, pool, accounts[5], 1000)
    alice, bob, slasher = accounts[6], accounts[7], accounts[9]
    first, _ = twin.deposit(alice, 100 * PHA)
    second, _ = twin.deposit(bob, 100 * PHA)
    twin.request(alice, first)
    twin.settle_time(staking.start_of_day(1) + 60)
    twin.request(bob, second)
    maturity = staking.start_of_day(6) + 60  # alice's cohort has matured, bob's matures in a day
    twin.settle_time(maturity)
    until = maturity + 10 * DAY
    twin.step(lambda m: m.hold(until), pool.hold, until, sender=slasher)
    twin.settle_time(maturity + 3 * DAY)
    assert twin.redeem(bob, second)[0] == "ClaimExceedsClaimable"
    assert twin.redeem(alice, first)[0] == (100 * PHA, first)
    assert twin.slash(slasher, 60 * PHA)[0] == 60 * PHA
    twin.settle_time(until)
    (paid, _), _ = twin.redeem(bob, second)
    assert 40 * PHA - 2 <= paid <= 40 * PHA
    twin.compare()


def test_hold_longer_than_any_claim_reverts(staking, pool, accounts):
    """S14."""
    now = staking.now + 10
    staking.chain.pending_timestamp = now
    with ape.reverts(pool.HoldTooLong, until=now + MAX_HOLD + 1, latest=now + MAX_HOLD):
        pool.hold(now + MAX_HOLD + 1, sender=accounts[9])


def test_nobody_makes_a_request_of_another(staking, pool, accounts):
    """S13: neither with own shares nor with a victim's."""
    alice, victim, stranger = accounts[6], accounts[7], accounts[4]
    pool.deposit(PHA, alice, sender=alice)
    with ape.reverts(pool.CallerNotAuthorised, caller=alice, controller=victim):
        pool.requestRedeem(1000, victim, alice, sender=alice)
    with ape.reverts(pool.ERC20InsufficientAllowance):
        pool.requestRedeem(1000, stranger, alice, sender=stranger)
    pool.setOperator(alice, True, sender=victim)
    pool.requestRedeem(1000, victim, alice, sender=alice)
    assert pool.requestRange(victim) == (0, 1)
    assert pool.pendingRedeemRequest(request_id(victim, 0), victim) == 1000
