# SPDX-License-Identifier: Apache-2.0
"""Order, attest, work, receipts, settle, refund; and a price from an HTTP API: the Python worker and client on a chain.

A worker is killed and started again, and its node lost, at every question that it asks; each time the money must end
where it does without that.
"""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from eth_account import Account
from eth_utils import keccak

from pha.compute.answering import AnsweringRules, AnsweringWorker
from pha.compute.calls import OrderStatus
from pha.compute.customer import Customer, Wish
from pha.compute.node import ComputeNode, Market, Oracle
from pha.compute.outbox import Outbox, Waiting
from pha.compute.price_program import PriceProgram
from pha.compute.worker import Worker, WorkerRules
from pha.deployment.errors import ChainUnavailable, JournalLocked
from pha.deployment.journal import MemoryJournal, open_journal, read_journal
from pha.deployment.web3_chain import KeySigner
from tests.reference.compute_setup import CODE, DAY, PHA, PRICE, WINDOW, Compute, worker_key

QUICK = Waiting(interval=0.01, limit=20.0)


class PowerCutError(BaseException):
    """The process is gone."""


class FrailNode(ComputeNode):
    """A node that fails at the question of a given number: before it hears of it, or after it has done it."""

    def __init__(self, web3, fail_at=None, error=ChainUnavailable, after=False):
        super().__init__(web3)
        self.fail_at, self.error, self.after = fail_at, error, after
        self.asked = 0

    def _fail_if_due(self):
        if self.asked == self.fail_at:
            raise self.error("the line is dead")

    def _ask(self, question):
        self.asked += 1
        if not self.after:
            self._fail_if_due()
        answer = super()._ask(question)
        if self.after:
            self._fail_if_due()
        return answer

    def send_raw(self, raw):
        self.asked += 1
        if not self.after:
            self._fail_if_due()
        super().send_raw(raw)
        if self.after:
            self._fail_if_due()


class Idle:
    """Work that always runs."""

    def start(self, order_id, order): ...

    def is_running(self, _order_id):
        return True

    def end(self, order_id): ...


@pytest.fixture(scope="module")
def compute(project, chain, deployer, accounts, treasury):
    compute = Compute.deploy(project, chain, deployer, accounts[9], treasury)
    compute.travel(DAY)
    return compute


@pytest.fixture(scope="module")
def key(compute, accounts):
    """The worker's key, attested and staked, with gas money."""
    key = compute.worker(7)
    accounts[15].transfer(key.address, 10**18)
    return key


@pytest.fixture(scope="module")
def customer_key(compute, accounts):
    key = Account.from_key(keccak(b"a customer"))
    accounts[15].transfer(key.address, 10**18)
    compute.token.transfer(key.address, 1000 * PHA, sender=compute.deployer)
    return key


class Session:
    """One life of a worker's process, from its journal on disk."""

    def __init__(self, compute, key, path, **frailty):
        self.compute, self.key, self.path = compute, key, path
        self.node = FrailNode(compute.chain.provider.web3, **frailty)

    def __enter__(self):
        self._journal = open_journal(self.path)
        journal = self._journal.__enter__()
        outbox = Outbox(self.node, KeySigner(self.key), journal, QUICK)
        rules = WorkerRules(frozenset({1}), PRICE, settle_every=300)
        return Worker(self.key, Market(self.node, self.compute.market.address), outbox, journal, Idle(), rules)

    def __exit__(self, *error):
        self._journal.__exit__(None, None, None)


def customer_of(compute, customer_key):
    node = ComputeNode(compute.chain.provider.web3)
    outbox = Outbox(node, KeySigner(customer_key), MemoryJournal(), QUICK)
    return Customer(customer_key, Market(node, compute.market.address), compute.token.address, outbox)


def test_the_loop_from_order_to_refund(compute, key, customer_key, tmp_path):
    customer = customer_of(compute, customer_key)
    before = compute.token.balanceOf(customer_key.address)
    customer.order("my first", Wish(1, 36 * PHA, PRICE), compute.now + 1000)
    customer.order("my first", Wish(1, 36 * PHA, PRICE), compute.now + 1000)  # said twice, done once
    assert before - compute.token.balanceOf(customer_key.address) == 36 * PHA
    order = compute.market.orderCount()
    customer.top_up("more", order, 4 * PHA, compute.now + 1000)
    with Session(compute, key, tmp_path / "worker.jsonl") as worker:
        worker.step()
        assert compute.market.activeOrderOf(key.address) == order
        taken = compute.market.orderOf(order).takenAt
        for _ in range(4):
            compute.travel(400)
            worker.step()
        paid = compute.market.orderOf(order).paidSeconds
        assert 1600 <= paid < 1660  # blocks take their own seconds
        assert paid == compute.market.unsplit(compute.pool) // PRICE
        compute.travel(100)
        customer.stop(order)
        stopped = compute.market.orderOf(order).stoppedAt
        assert not customer.refund(order)
        worker.step()
        assert worker.order_id is None
    state = compute.market.orderOf(order)
    assert (state.status, state.paidSeconds) == (OrderStatus.CLOSED, stopped - taken)
    assert before - compute.token.balanceOf(customer_key.address) == (stopped - taken) * PRICE


def test_a_customer_of_a_vanished_worker_has_the_rest_back(compute, key, customer_key, tmp_path):
    customer = customer_of(compute, customer_key)
    before = compute.token.balanceOf(customer_key.address)
    customer.order("order", Wish(1, 36 * PHA, PRICE), compute.now + 1000)
    order = compute.market.orderCount()
    with Session(compute, key, tmp_path / "worker.jsonl") as worker:
        worker.step()
    compute.travel(500)
    customer.stop(order)
    compute.travel(WINDOW + 1)
    assert customer.refund(order)
    assert compute.token.balanceOf(customer_key.address) == before
    with Session(compute, key, tmp_path / "worker.jsonl") as worker:
        worker.step()
        assert worker.order_id is None


def test_a_worker_leaves_when_nobody_pays_for_another_second(compute, key, customer_key, tmp_path):
    customer = customer_of(compute, customer_key)
    customer.order("order", Wish(1, 600 * PRICE, PRICE), compute.now + 1000)
    order = compute.market.orderCount()
    with Session(compute, key, tmp_path / "worker.jsonl") as worker:
        worker.step()
        compute.travel(700)
        worker.step()
        assert worker.order_id is None
    state = compute.market.orderOf(order)
    assert (state.status, state.paidSeconds, state.held) == (OrderStatus.CLOSED, 600, 0)


def lives(compute, key, customer_key, folder, fail_at, error, after):
    """A short job whose first process fails at one question; seconds paid, its transactions, and questions asked."""
    customer = customer_of(compute, customer_key)
    customer.order("order", Wish(1, 36 * PHA, PRICE), compute.now + 1000)
    order = compute.market.orderCount()
    start = compute.now
    sent = compute.chain.provider.web3.eth.get_transaction_count(key.address)
    session = Session(compute, key, folder / "worker.jsonl", fail_at=fail_at, error=error, after=after)
    failures = 0
    turns = [start + 100, start + 500, start + 900]
    worker = session.__enter__()
    for turn in turns:
        if compute.now < turn:
            compute.travel_to(turn)
        if turn == turns[2]:
            customer.stop(order)
        for _ in range(2):
            try:
                worker.step()
            except ChainUnavailable:
                failures += 1
                continue  # the very same process, once more
            except PowerCutError:
                failures += 1
                session.__exit__()
                asked = session.node.asked
                session = Session(compute, key, folder / "worker.jsonl")
                session.node.asked = asked
                worker = session.__enter__()
                continue
            break
    session.__exit__()
    sent = compute.chain.provider.web3.eth.get_transaction_count(key.address) - sent
    state = compute.market.orderOf(order)
    assert state.status == OrderStatus.CLOSED
    return state.paidSeconds, state.stoppedAt - state.takenAt, sent, session.node.asked, failures


@pytest.mark.parametrize("after", [False, True], ids=["before it is heard", "after it is done"])
@pytest.mark.parametrize("error", [ChainUnavailable, PowerCutError], ids=["lost node", "power cut"])
def test_a_worker_loses_no_receipt_whenever_it_fails(compute, key, customer_key, tmp_path, error, after):
    with compute.chain.isolate():
        (tmp_path / "whole").mkdir()
        paid, worked, sent, asked, _ = lives(compute, key, customer_key, tmp_path / "whole", None, error, after)
    assert paid == worked
    for fail_at in range(2, asked + 1, 5):
        folder = tmp_path / str(fail_at)
        folder.mkdir()
        with compute.chain.isolate():
            outcome = lives(compute, key, customer_key, folder, fail_at, error, after)
        assert outcome[4] <= 1
        assert outcome[2] <= sent, "no more transactions than without the failure: none is sent twice"
        if error is ChainUnavailable:
            assert outcome[0] == outcome[1]
        else:
            # What no receipt was signed for before the cut is not claimed: less than one turn.
            assert outcome[1] - 420 <= outcome[0] <= outcome[1]
        records, torn = read_journal(folder / "worker.jsonl")
        assert torn is None
        used = [record["used"] for record in records if record["type"] == "receipt"]
        assert used == sorted(used)


# The oracle


class PriceServer(HTTPServer):
    """An API on this machine whose price rises with every question."""

    def __init__(self):
        self.prices = iter(range(1, 1000))

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"pha": {"usd": f"0.{next(self.server.prices):03d}"}}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments): ...

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def api():
    server = PriceServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def feed(compute, project, deployer, api):
    query = json.dumps({"url": f"http://{api}/price", "path": ["pha", "usd"]}).encode()
    feed = deployer.deploy(project.PriceFeed, compute.token, compute.oracle, CODE, PHA, 60, query)
    compute.token.transfer(feed, 10 * PHA, sender=deployer)
    return feed


class AnsweringSession:
    """Lives of a worker that answers, one a step, from its journal on disk."""

    def __init__(self, compute, key, api, path, **frailty):
        self.compute, self.key, self.api, self.path = compute, key, api, path
        self.node = FrailNode(compute.chain.provider.web3, **frailty)

    def step(self):
        with open_journal(self.path) as journal:
            outbox = Outbox(self.node, KeySigner(self.key), journal, QUICK)
            oracle = Oracle(self.node, self.compute.oracle.address)
            program = PriceProgram({self.api}, allow_http=True)
            return AnsweringWorker(self.key, oracle, outbox, journal, program, AnsweringRules(CODE, PHA)).step()


def test_a_price_from_an_api_comes_on_chain(compute, key, api, feed, relayer, tmp_path):
    worker = AnsweringSession(compute, key, api, tmp_path / "oracle.jsonl")
    assert worker.step() == 0
    feed.update(sender=relayer)
    assert worker.step() == 1
    assert feed.latest().price == 100_000  # 0.001 in units of 10^-8
    assert worker.step() == 0
    compute.travel(60)
    feed.update(sender=relayer)
    assert worker.step() == 1
    assert feed.latest().price == 200_000
    assert compute.oracle.unsplit(compute.pool) == 2 * PHA


@pytest.mark.parametrize("after", [False, True], ids=["before it is heard", "after it is done"])
def test_a_worker_answers_once_whenever_it_dies(compute, key, api, feed, relayer, tmp_path, after):
    """The API says something else each time; the answer that was written down first is the only one ever signed."""
    feed.update(sender=relayer)
    with compute.chain.isolate():
        whole = AnsweringSession(compute, key, api, tmp_path / "whole.jsonl")
        assert whole.step() == 1
        asked = whole.node.asked
    for fail_at in range(1, asked + 1):
        path = tmp_path / f"{fail_at}.jsonl"
        with compute.chain.isolate():
            before = compute.chain.provider.web3.eth.get_transaction_count(key.address)
            life = AnsweringSession(compute, key, api, path, fail_at=fail_at, error=PowerCutError, after=after)
            with contextlib.suppress(PowerCutError):  # the last questions are not always asked
                life.step()
            assert AnsweringSession(compute, key, api, path).step() <= 1
            answers = [record for record in read_journal(path)[0] if record["type"] == "answer"]
            assert len(answers) == 1
            price = feed.latest().price
            assert price == int(answers[0]["response"][:64], 16)
            assert compute.chain.provider.web3.eth.get_transaction_count(key.address) == before + 1


def test_other_programs_requests_are_left_alone(compute, key, api, project, deployer, relayer, tmp_path):
    other = deployer.deploy(project.PriceFeed, compute.token, compute.oracle, b"\x01" * 32, PHA, 60, b"{}")
    cheap = deployer.deploy(project.PriceFeed, compute.token, compute.oracle, CODE, PHA - 1, 60, b"{}")
    senseless = deployer.deploy(project.PriceFeed, compute.token, compute.oracle, CODE, PHA, 60, b"not json")
    inward = json.dumps({"url": "http://127.0.0.1:1/secrets", "path": []}).encode()
    forbidden = deployer.deploy(project.PriceFeed, compute.token, compute.oracle, CODE, PHA, 60, inward)
    for feed in (other, cheap, senseless, forbidden):
        compute.token.transfer(feed, PHA, sender=deployer)
        feed.update(sender=relayer)
    worker = AnsweringSession(compute, key, api, tmp_path / "oracle.jsonl")
    assert worker.step() == 0
    assert [record["type"] for record in read_journal(tmp_path / "oracle.jsonl")[0]] == ["owner"]


def test_two_processes_never_share_a_key_and_its_journal(compute, tmp_path):
    with Session(compute, worker_key(7), tmp_path / "worker.jsonl"), pytest.raises(JournalLocked):
        open_journal(tmp_path / "worker.jsonl").__enter__()
