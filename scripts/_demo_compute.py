# SPDX-License-Identifier: Apache-2.0
"""The demo's fourth part: a customer rents a GPU, a contract asks for a price, and a worker that lies is slashed."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import ape
from eth_abi.abi import encode
from eth_account import Account
from eth_utils import keccak, to_canonical_address
from rich.console import Console

from pha.compute.answering import AnsweringRules, AnsweringWorker
from pha.compute.calls import OrderStatus
from pha.compute.customer import Customer, Wish
from pha.compute.node import ComputeNode, Market, Oracle
from pha.compute.outbox import Outbox, Waiting
from pha.compute.price_program import PriceProgram
from pha.compute.typed_data import answer_digest, oracle_domain, request_hash, sign_digest
from pha.compute.worker import Worker as MarketWorker
from pha.compute.worker import WorkerRules
from pha.deployment.journal import MemoryJournal, open_journal
from pha.deployment.web3_chain import KeySigner
from scripts._claim_sending import pha
from scripts._demo_staking import CUSTOMER, PHA, REPORTER, Ground, StakeError, Worker, account, bring_from_l1
from scripts._demo_workers import now, wait

GPU_CLASS = 2  # in the order of the parameters: a machine with one GPU
DEPOSIT = 40 * PHA
FEE = PHA
TOLD, TRUE = "0.07", "0.08"
QUICK = Waiting(interval=0.01, limit=20.0)
EVIDENCE = "(uint256,(address,uint32,uint40,uint40,uint96,bytes32,bytes32),bytes32,bytes,bytes32,bytes)"

console = Console(width=140)


class AlwaysAtWork:
    """The workload: here nothing has to be computed, only counted."""

    def start(self, order_id, order): ...

    def is_running(self, _order_id):
        return True

    def end(self, order_id): ...


# The market


def rent(ground: Ground, worker: Worker) -> None:
    """An order from its permit to its refund, by the Python worker and customer.

    Raises:
        StakeError: the customer paid for anything but the seconds that were worked.
    """
    suite = ground.suite
    market, token = suite.compute_market, suite.token
    customer_key = Account.from_key(account(CUSTOMER).private_key)
    bring_from_l1(token, account(CUSTOMER), 2 * DEPOSIT)
    give_gas_money(worker.key)
    chain = ComputeNode(ape.chain.provider.web3)
    outbox = Outbox(chain, KeySigner(customer_key), MemoryJournal(), QUICK)
    customer = Customer(customer_key, Market(chain, market.address), token.address, outbox)
    before, price = token.balanceOf(customer_key.address), market.classOf(GPU_CLASS).pricePerSecond
    customer.order("an hour of a GPU", Wish(GPU_CLASS, DEPOSIT, price), now() + 1000)
    number = market.orderCount()
    with tempfile.TemporaryDirectory() as folder, open_journal(Path(folder) / "worker.jsonl") as journal:
        rules = WorkerRules(frozenset({GPU_CLASS}), price, settle_every=600)
        outbox = Outbox(chain, KeySigner(worker.key), journal, QUICK)
        machine = MarketWorker(worker.key, Market(chain, market.address), outbox, journal, AlwaysAtWork(), rules)
        machine.step()
        for _ in range(4):
            wait(700)
            machine.step()
        customer.stop(number)
        machine.step()
    order = market.orderOf(number)
    spent = before - token.balanceOf(customer_key.address)
    to_pool, to_stakers, to_treasury = split(market, worker, ground.sender)
    console.print(
        f"order {number}: {order.paidSeconds} s of a GPU at {pha(price)} PHA a second: {pha(spent)} PHA, and "
        f"{pha(DEPOSIT - spent)} PHA came back at the stop; {pha(to_pool)} for the pool, "
        f"{pha(to_stakers)} for stakers, {pha(to_treasury)} for the treasury",
        highlight=False,
    )
    if order.status != OrderStatus.CLOSED or spent != order.paidSeconds * price:
        raise StakeError("the customer did not pay for the worked seconds alone")
    if to_pool + to_stakers + to_treasury != spent:
        raise StakeError("the parts of what was earned are not what was paid")


def hand_out(ground: Ground, worker: Worker) -> None:
    """Anyone has what was earned brought to the pool, to all stakers through the coming epochs, and to the treasury.

    Raises:
        StakeError: something is left in the market or the oracle.
    """
    suite, sender = ground.suite, ground.sender
    schedule, token = suite.reward_schedule, suite.token
    for ledger in (suite.compute_market, suite.compute_oracle):
        ledger.split(worker.pool, sender=sender)
        schedule.collectEarnings(ledger, [worker.pool.address], sender=sender)
        ledger.payStakers(sender=sender)
        ledger.payTreasury(sender=sender)
        if token.balanceOf(ledger):
            raise StakeError("something is left where compute was paid for")
    due = schedule.dueOf(worker.pool).assets
    schedule.payPool(worker.pool, sender=sender)
    console.print(
        f"{pha(due)} PHA of it went to the pool as a reward, {pha(schedule.stakersEarnings())} wait for the stakers of "
        f"coming epochs, {pha(token.balanceOf(suite.treasury))} are the treasury's",
        highlight=False,
    )


def split(ledger, worker: Worker, sender) -> tuple[int, int, int]:
    receipt = ledger.split(worker.pool, sender=sender)
    (event,) = ledger.EarningsSplit.from_receipt(receipt)
    return event.toPool, event.toStakers, event.toTreasury


# The oracle


def ask_for_a_price(ground: Ground, worker: Worker, identity: bytes) -> None:
    """A contract asks, the attested program looks at an HTTP API and answers, the price is on chain.

    Raises:
        StakeError: it is another price than the API's.
    """
    suite = ground.suite
    with price_api(TRUE) as host, tempfile.TemporaryDirectory() as folder:
        question = json.dumps({"url": f"http://{host}/price", "path": ["pha", "usd"]}).encode()
        feed = ground.sender.deploy(
            ape.project.PriceFeed, suite.token, suite.compute_oracle, identity, FEE, 600, question
        )
        bring_from_l1(suite.token, feed, FEE)
        feed.update(sender=ground.sender)
        chain = ComputeNode(ape.chain.provider.web3)
        with open_journal(Path(folder) / "oracle.jsonl") as journal:
            outbox = Outbox(chain, KeySigner(worker.key), journal, QUICK)
            program = PriceProgram({host}, allow_http=True)
            oracle = Oracle(chain, suite.compute_oracle.address)
            AnsweringWorker(worker.key, oracle, outbox, journal, program, AnsweringRules(identity, FEE)).step()
    price = feed.latest().price
    console.print(
        f"a feed asked the program behind {identity.hex()[:8]}… for a price and paid {pha(FEE)} PHA: "
        f"{worker.name} answered {price / 10**8:g} USD, as the API says"
    )
    if price != int(float(TRUE) * 10**8):
        raise StakeError("the price on chain is not the API's")


@contextmanager
def price_api(price: str) -> Iterator[str]:
    """An HTTP API on this machine; its host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"pha": {"usd": price}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments): ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# The lie


def lie_and_be_slashed(ground: Ground, worker: Worker, identity: bytes) -> None:
    """A worker signs two answers to one question; whoever saw both proves it, and its pool's bond and stake pay.

    Raises:
        StakeError: the slash takes anything else than the worker's stake, or its parts do not add up.
    """
    suite = ground.suite
    manager, token, reporter = suite.slash_manager, suite.token, account(REPORTER)
    evidence = two_answers(ground, worker, identity)
    stake_before = ground_stake(worker.pool)
    receipt = manager.file(suite.answer_equivocation, evidence, sender=reporter)
    (claim,) = manager.ClaimFiled.from_receipt(receipt)
    receipt = manager.execute(claim.claimId, sender=reporter)  # at once: there is nothing to object to a proof
    (done,) = manager.ClaimExecuted.from_receipt(receipt)
    manager.payReporter(reporter, sender=reporter)
    treasury_before = token.balanceOf(suite.treasury)
    manager.distribute(sender=reporter)
    to_treasury = token.balanceOf(suite.treasury) - treasury_before
    suite.delegation_vault.sync(sender=reporter)
    console.print(
        f"{worker.name} signed {TOLD} and {TRUE} for one question; its stake of {pha(claim.assets)} PHA answers: "
        f"{pha(done.fromBond)} from the operator's bond and {pha(done.fromPool)} from the pool; "
        f"{pha(done.reporterShare)} for the reporter, {pha(to_treasury)} for the treasury",
        highlight=False,
    )
    if done.fromBond + done.fromPool != claim.assets or stake_before - ground_stake(worker.pool) != done.fromPool:
        raise StakeError("the slash did not take the stake that answers for the lie")
    if done.reporterShare + to_treasury != claim.assets:
        raise StakeError("reporter and treasury did not get what was slashed")


def ground_stake(pool) -> int:
    """What a slash of a pool can reach, in wei."""
    books = pool.books()
    return books.active + books.atExit


def two_answers(ground: Ground, worker: Worker, identity: bytes) -> bytes:
    """A question of the reporter's, and two answers to it under the worker's signature."""
    suite, reporter = ground.suite, account(REPORTER)
    oracle = suite.compute_oracle
    bring_from_l1(suite.token, reporter, FEE)
    suite.token.approve(oracle, FEE, sender=reporter)
    receipt = oracle.request(identity, b"the price of PHA", 100_000, 600, FEE, sender=reporter)
    (event,) = oracle.Requested.from_receipt(receipt)
    asked = tuple(event.request)
    domain = oracle_domain(ape.chain.chain_id, to_canonical_address(oracle.address))
    hashed = request_hash(event.requestId, asked)
    answers = [encode(["string"], [price]) for price in (TOLD, TRUE)]
    signatures = [sign_digest(worker.key, answer_digest(domain, event.requestId, hashed, one)) for one in answers]
    oracle.answer(event.requestId, asked, answers[0], signatures[0], sender=ground.sender)
    signed = [part for pair in zip(map(keccak, answers), signatures, strict=True) for part in pair]
    return encode([EVIDENCE], [(event.requestId, asked, *signed)])


def give_gas_money(key) -> None:
    ape.chain.provider.set_balance(key.address, PHA)
