# SPDX-License-Identifier: Apache-2.0
"""The invariants of the market over random sequences of actions, each compared with the model after every step.

C1 money in = money out + money held, of every order and of all. C2 no receipt pays twice: what an order has paid is its
price times the seconds paid, each of which is a different second after it was taken. C3 a stopped order never pays for
later usage. C4 nothing is paid for a second in which the worker was known to be in no good standing. C5 a customer gets
back everything that was not earned.
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

from tests.invariant.compute.market_model import MarketModel, RefusedError
from tests.reference.compute_setup import DAY, PRICE, WINDOW, Compute
from tests.reference.state_machines import play

STATUSES = ["None", "Open", "Running", "Stopped", "Closed"]
SECONDS = st.sampled_from([1, 7, 60, 600, WINDOW - 1, WINDOW, WINDOW + 1])
PICK = st.integers(0, 50)
WORKERS = st.integers(0, 1)


@pytest.fixture(scope="module")
def compute(project, chain, deployer, accounts, treasury):
    compute = Compute.deploy(project, chain, deployer, accounts[9], treasury)
    compute.fund(accounts[6])
    compute.travel(DAY)
    return compute


def machine_of(compute: Compute, customer, relayer):
    """The state machine's class, bound to this chain."""
    market = compute.market

    class MarketMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.snapshot = compute.chain.snapshot()
            self.model = MarketModel(2)
            self.keys = [compute.worker(number) for number in (1, 2)]
            for worker in self.model.workers:
                worker.attested_at, worker.valid_until = compute.now, compute.now + 30 * DAY
            self.balance = compute.token.balanceOf(customer)
            self.brought: list[tuple] = []
            self.paid_when_stopped: dict[int, int] = {}

        def teardown(self):
            if hasattr(self, "snapshot"):
                compute.chain.restore(self.snapshot)

        def step(self, action, call, seconds):
            """Runs both at one time; the model says whether the chain must refuse, and with which error."""
            now = compute.now + seconds
            tried = copy.deepcopy(self.model)
            compute.next_at(now)
            try:
                answer = action(tried, now)
            except RefusedError as refused:
                with ape.reverts(getattr(market, refused.args[0])):
                    call()
                return None
            receipt = call()
            assert receipt.timestamp == now
            self.model = tried
            return answer, receipt

        def pick(self, number):
            return sorted(self.model.orders)[number % len(self.model.orders)]

        @rule(deposit=st.sampled_from([600 * PRICE, 700 * PRICE + 1, 20_000 * PRICE - 1]), seconds=SECONDS)
        def order(self, deposit, seconds):
            number = market.orderCount() + 1
            self.step(
                lambda m, _: m.order(number, PRICE, deposit, WINDOW),
                lambda: market.order(compute.terms(deposit), sender=customer),
                seconds,
            )

        @precondition(lambda self: self.model.orders)
        @rule(pick=PICK, amount=st.sampled_from([1, PRICE - 1, 500 * PRICE]))
        def top_up(self, pick, amount):
            number = self.pick(pick)
            self.step(lambda m, _: m.top_up(number, amount), lambda: market.topUp(number, amount, sender=customer), 1)

        @precondition(lambda self: any(one.status == "Open" for one in self.model.orders.values()))
        @rule(pick=PICK, worker=WORKERS, any_status=st.sampled_from([False, False, False, True]))
        def take(self, pick, worker, any_status):
            open_ones = [n for n, one in sorted(self.model.orders.items()) if any_status or one.status == "Open"]
            number = open_ones[pick % len(open_ones)]
            arguments = compute.take_arguments(number, self.keys[worker])
            self.step(lambda m, now: m.take(number, worker, now), lambda: market.take(*arguments, sender=relayer), 1)

        def taken(self):
            return [number for number, one in sorted(self.model.orders.items()) if one.worker is not None]

        @precondition(lambda self: self.taken())
        @rule(pick=PICK, seconds=SECONDS)
        def check(self, pick, seconds):
            number = self.taken()[pick % len(self.taken())]
            self.step(lambda m, now: m.check(number, now), lambda: market.checkpoint(number, sender=relayer), seconds)

        @precondition(lambda self: self.taken())
        @rule(
            pick=PICK,
            percent=st.sampled_from([0, 30, 90, 100, 100, 101]),
            back=st.sampled_from([0, 0, 0, 5, -1]),
            seconds=SECONDS,
            final=st.sampled_from([False, False, False, False, True]),
        )
        def settle(self, pick, percent, back, seconds, final):
            number = self.taken()[pick % len(self.taken())]
            order = self.model.orders[number]
            end = compute.now + seconds if order.stopped is None else order.stopped
            until = max(end - back, 0)
            used = max(until - order.taken, 0) * percent // 100
            self.bring(number, used, until, final, seconds)

        @precondition(lambda self: self.brought)
        @rule(pick=PICK, seconds=SECONDS)
        def settle_again(self, pick, seconds):
            """C2: any receipt of the past, brought once more."""
            self.bring(*self.brought[pick % len(self.brought)], seconds)

        def bring(self, number, used, until, final, seconds):
            order = self.model.orders[number]
            arguments = compute.receipt(self.keys[order.worker], number, used, until, final)
            before = market.unsplit(compute.pool)
            outcome = self.step(
                lambda m, now: m.settle(number, used, until, final, now),
                lambda: market.settle(*arguments, sender=relayer),
                seconds,
            )
            if outcome:
                self.brought.append((number, used, until, final))
                assert market.unsplit(compute.pool) - before == outcome[0]

        @precondition(lambda self: self.model.orders)
        @rule(pick=PICK, seconds=SECONDS)
        def stop(self, pick, seconds):
            number = self.pick(pick)
            self.step(lambda m, now: m.stop(number, now), lambda: market.stop(number, sender=customer), seconds)

        @precondition(lambda self: any(one.status == "Stopped" for one in self.model.orders.values()))
        @rule(pick=PICK, seconds=SECONDS)
        def refund(self, pick, seconds):
            stopped = [number for number, one in sorted(self.model.orders.items()) if one.status == "Stopped"]
            number = stopped[pick % len(stopped)]
            self.step(lambda m, now: m.refund(number, now), lambda: market.refund(number, sender=relayer), seconds)

        @rule(worker=WORKERS, working=st.booleans())
        def stake(self, worker, working):
            self.model.workers[worker].working = working
            compute.stake(self.keys[worker], working=working)

        @rule(worker=WORKERS, seconds=st.sampled_from([10, 1000, 30 * DAY]), late=st.sampled_from([0, 0, 500]))
        def attest(self, worker, seconds, late):
            if late:
                compute.travel(late)
            now = compute.now
            one = self.model.workers[worker]
            one.attested_at, one.valid_until = now, now + seconds
            compute.attest(self.keys[worker], attested_at=now, validUntil=now + seconds)

        @invariant()
        def c1_money_in_is_money_out_and_money_held(self):
            for number, order in self.model.orders.items():
                state = market.orderOf(number)
                assert STATUSES[state.status] == order.status
                assert state.paidSeconds == order.paid_seconds
                assert state.coveredSeconds == len(order.good)
                assert state.held == order.held
                assert (state.seenAt or None) == order.seen
                assert order.paid_in == order.earned + order.refunded + state.held
            earned = sum(order.earned for order in self.model.orders.values())
            held = sum(order.held for order in self.model.orders.values())
            assert market.unsplit(compute.pool) == earned
            assert compute.token.balanceOf(market) == earned + held
            paid_in = sum(order.paid_in - order.refunded for order in self.model.orders.values())
            assert self.balance - compute.token.balanceOf(customer) == paid_in

        @invariant()
        def c2_to_c5(self):
            for order in self.model.orders.values():
                assert order.paid_seconds <= len(order.good)
                end = compute.now if order.stopped is None else order.stopped
                assert all(order.taken < second <= end for second in order.good)
                if order.status == "Closed":
                    assert order.held == 0
                    assert order.refunded == order.paid_in - order.paid_seconds * order.price

    return MarketMachine


def test_market_keeps_its_invariants(compute, accounts, relayer):
    play(machine_of(compute, accounts[6], relayer), 4, 30)


@pytest.mark.deep
def test_market_keeps_its_invariants_for_long(compute, accounts, relayer):
    play(machine_of(compute, accounts[6], relayer), 60, 60)
