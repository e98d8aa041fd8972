# SPDX-License-Identifier: Apache-2.0
"""The Python worker where registries fail, standing is lost, blocks are taken back, and journals are mixed up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak

from pha.compute.answering import AnsweringRules, AnsweringWorker
from pha.compute.calls import OrderStatus
from pha.compute.node import ComputeNode, Market, Oracle
from pha.compute.outbox import Outbox, Waiting
from pha.compute.ownership import JournalForeign
from pha.compute.worker import Worker, WorkerRules
from pha.deployment.journal import MemoryJournal
from pha.deployment.web3_chain import KeySigner
from tests.reference.compute_setup import CODE, DAY, HONEST, PHA, PRICE, REVERTING, Compute, worker_key

QUICK = Waiting(interval=0.01, limit=20.0)


class Machine:
    """Work that runs while it is told to."""

    def __init__(self):
        self.runs = True
        self.begun = []

    def start(self, order_id, _order):
        self.begun.append(order_id)

    def is_running(self, _order_id):
        return self.runs

    def end(self, order_id): ...


@pytest.fixture(scope="module")
def customer(accounts):
    return accounts[6]


@pytest.fixture(scope="module")
def compute(project, chain, deployer, accounts, treasury, customer):
    compute = Compute.deploy(project, chain, deployer, accounts[9], treasury)
    compute.fund(customer)
    compute.travel(DAY)
    return compute


@pytest.fixture(scope="module")
def key(compute, accounts):
    key = compute.worker(11)
    accounts[15].transfer(key.address, 10**18)
    return key


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def journal():
    return MemoryJournal()


@pytest.fixture
def work(compute, key, journal, machine):
    """A worker of the journal; each call is another life of it."""

    def begin(market=None, settle_every=300):
        node = ComputeNode(compute.chain.provider.web3)
        outbox = Outbox(node, KeySigner(key), journal, QUICK)
        rules = WorkerRules(frozenset({1}), PRICE, settle_every=settle_every)
        return Worker(key, Market(node, (market or compute.market).address), outbox, journal, machine, rules)

    return begin


def sent_by(compute, key):
    return compute.chain.provider.web3.eth.get_transaction_count(key.address)


def state_of(compute, order):
    return Market(ComputeNode(compute.chain.provider.web3), compute.market.address).order(order)


def test_the_last_receipt_is_not_given_up_while_the_registries_are_silent(compute, customer, deployer, work):
    order = compute.order(customer, 600 * PRICE)
    worker = work()
    worker.step()
    compute.travel(700)
    compute.keys.setMood(REVERTING, sender=deployer)
    worker.step()  # the money is used up: it would leave, and the last word is refused
    assert state_of(compute, order).status is OrderStatus.RUNNING
    assert not worker.leave()
    assert worker.order_id == order
    compute.keys.setMood(HONEST, sender=deployer)
    worker.step()
    state = state_of(compute, order)
    assert (state.status, state.paid_seconds) == (OrderStatus.CLOSED, 600)
    assert worker.order_id is None


def test_a_suspended_worker_does_not_burn_its_gas_at_every_look(compute, customer, key, work):
    order = compute.order(customer)
    worker = work()
    worker.step()
    compute.travel(350)
    compute.stake(key, working=False)
    worker.step()
    assert state_of(compute, order).is_suspended
    before = sent_by(compute, key)
    for _ in range(10):
        compute.travel(15)
        worker.step()
    assert sent_by(compute, key) - before <= 1
    # Back in good standing, it is seen to be, and what counts from then on is paid.
    compute.stake(key)
    for _ in range(3):
        compute.travel(310)
        worker.step()
    assert state_of(compute, order).paid_seconds >= 300


def test_a_worker_with_uncounted_time_stays_while_there_is_money(compute, customer, key, work):
    """Seconds that no check will ever cover use up nobody's money."""
    order = compute.order(customer, 1000 * PRICE)
    worker = work()
    worker.step()
    compute.travel(100)
    compute.stake(key, working=False)
    compute.market.checkpoint(order, sender=customer)
    compute.travel(2000)
    worker.step()
    assert state_of(compute, order).status is OrderStatus.RUNNING
    assert worker.order_id == order


def test_seconds_after_the_stop_are_not_counted_in_place_of_idle_ones(compute, customer, machine, work):
    order = compute.order(customer)
    worker = work(settle_every=10_000)
    worker.step()
    taken = state_of(compute, order).taken_at
    machine.runs = False
    compute.travel_to(taken + 100)
    worker.step()
    machine.runs = True
    compute.next_at(taken + 150)
    compute.market.stop(order, sender=customer)
    # The stop is not seen yet: a node answers with the block before it.
    compute.travel_to(taken + 190)
    worker._sign(order, before_stop(state_of(compute, order)), is_final=False)
    worker.step()
    assert state_of(compute, order).paid_seconds == 50


def before_stop(order):
    return replace(order, status=OrderStatus.RUNNING, stopped_at=0)


def test_an_order_that_nobody_takes_does_not_make_all_others_be_read_again(compute, customer, key, work):
    elsewhere = Account.from_key(keccak(b"somebody else")).address
    for _ in range(5):
        compute.order(customer, worker=elsewhere)
    worker = work()
    worker.step()
    node = worker._market.node
    asked = []
    ask = node._ask
    node._ask = lambda question: asked.append(question) or ask(question)
    worker.step()
    assert len(asked) <= 4


def test_an_order_whose_taking_was_taken_back_is_not_worked_for(compute, customer, key, machine, journal, work):
    order = compute.order(customer)
    provider = compute.chain.provider
    snapshot = provider.snapshot()
    worker = work()
    worker.step()
    assert state_of(compute, order).status is OrderStatus.RUNNING
    provider.restore(snapshot)  # the block of the taking is no longer part of the chain
    compute.travel(10)
    machine.begun.clear()
    reborn = work()
    for _ in range(3):
        reborn.step()
    # The very same transaction takes it again, and it is worked for and paid.
    state = state_of(compute, order)
    assert state.status is OrderStatus.RUNNING
    assert sent_by(compute, key) == 1
    compute.travel(400)
    reborn.step()
    assert state_of(compute, order).paid_seconds >= 400


def test_a_journal_serves_one_market_alone(compute, project, customer, deployer, machine, work):
    """Orders are numbered by each market for itself: in another one's journal, order 1 was taken and ended long ago."""
    order = compute.order(customer, 600 * PRICE)
    worker = work()
    worker.step()
    compute.travel(700)
    worker.step()
    assert state_of(compute, order).status is OrderStatus.CLOSED
    payees = (compute.factory, compute.stakers, compute.treasury)
    other = deployer.deploy(
        project.ComputeMarket, compute.manager, compute.token, compute.parameters, compute.keys, compute.stakes, *payees
    )
    with pytest.raises(JournalForeign, match="belongs to"):
        work(other)


def test_a_journal_serves_one_key_alone(compute, journal, work):
    work()
    node = ComputeNode(compute.chain.provider.web3)
    other = worker_key(12)
    outbox = Outbox(node, KeySigner(other), journal, QUICK)
    rules = AnsweringRules(CODE, PHA)
    with pytest.raises(JournalForeign, match="belongs to"):
        AnsweringWorker(other, Oracle(node, compute.oracle.address), outbox, journal, lambda *_: b"", rules)


def test_an_answer_whose_block_was_dropped_is_brought_again(compute, project, deployer, key, journal, relayer):
    feed = deployer.deploy(project.PriceFeed, compute.token, compute.oracle, CODE, PHA, 60, b"{}")
    compute.token.transfer(feed, PHA, sender=deployer)
    feed.update(sender=relayer)
    node = ComputeNode(compute.chain.provider.web3)
    prices = iter(range(1, 10))

    def program(_query, now):
        return encode(["uint256", "uint64"], [next(prices), now])

    outbox = Outbox(node, KeySigner(key), journal, QUICK)
    worker = AnsweringWorker(
        key, Oracle(node, compute.oracle.address), outbox, journal, program, AnsweringRules(CODE, PHA)
    )
    snapshot = compute.chain.provider.snapshot()
    assert worker.step() == 1
    compute.chain.provider.restore(snapshot)
    assert feed.latest().price == 0
    worker.step()
    assert feed.latest().price == 1  # the answer that was signed, not another
    assert sum(record["type"] == "answer" for record in journal.records) == 1
    assert worker.step() == 0


def test_what_was_done_at_one_contract_is_not_done_at_another(compute, key, journal):
    outbox = Outbox(ComputeNode(compute.chain.provider.web3), KeySigner(key), journal, QUICK)
    first, second = (Account.from_key(keccak(text=name)).address for name in ("one", "other"))
    assert outbox.send("stop 1", first, b"").succeeded
    assert outbox.send("stop 1", first, b"") is None
    assert outbox.send("stop 1", second, b"").succeeded
