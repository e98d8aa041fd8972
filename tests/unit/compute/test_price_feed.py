# SPDX-License-Identifier: Apache-2.0
"""PriceFeed: the worked example of a contract that asks the oracle."""

from __future__ import annotations

import ape
import pytest
from eth_abi import encode

from tests.reference.compute_setup import CODE, PHA

QUERY = b'{"url": "http://prices.invalid/pha"}'
FEE, INTERVAL = PHA, 300


@pytest.fixture(scope="module")
def feed(compute, project, deployer, worker):
    feed = deployer.deploy(project.PriceFeed, compute.token, compute.oracle, CODE, FEE, INTERVAL, QUERY)
    compute.token.transfer(feed, 10 * PHA, sender=deployer)
    return feed


def update(compute, feed, sender):
    event = feed.update(sender=sender).decode_logs(compute.oracle.Requested)[0]
    return event.requestId, tuple(event.request)


def respond(compute, asked, worker, sender, price, observed_at):
    """Answers; whether the feed took it."""
    response = encode(["uint256", "uint64"], [price, observed_at])
    receipt = compute.oracle.answer(*asked, response, compute.answer(worker, *asked, response), sender=sender)
    return receipt.decode_logs(compute.oracle.CalledBack)[0].succeeded


def test_an_answer_becomes_the_price(compute, feed, worker, relayer, stranger):
    assert feed.query() == QUERY
    asked = update(compute, feed, stranger)
    assert respond(compute, asked, worker, relayer, 6_123_456, compute.now)
    latest = feed.latest()
    assert tuple(latest) == (6_123_456, asked[1][2])
    assert compute.token.balanceOf(feed) == 10 * PHA - FEE


@pytest.mark.parametrize(("price", "shift"), [(0, 0), (5, 10_000), (2**192, 0)], ids=["zero", "future", "too big"])
def test_an_answer_that_is_no_price_changes_nothing(compute, feed, worker, relayer, price, shift):
    asked = update(compute, feed, relayer)
    assert not respond(compute, asked, worker, relayer, price, compute.now + shift)
    assert tuple(feed.latest()) == (0, 0)


def test_an_older_sight_never_takes_the_place_of_a_newer(compute, feed, worker, relayer):
    first = update(compute, feed, relayer)
    compute.travel(INTERVAL)
    second = update(compute, feed, relayer)
    assert respond(compute, second, worker, relayer, 7, compute.now - 10)
    for older_by in (0, 1):
        with compute.chain.isolate():
            assert not respond(compute, first, worker, relayer, 8, feed.latest().observedAt - older_by)
    assert feed.latest().price == 7


def test_nobody_asks_more_often_than_the_interval(compute, feed, relayer, stranger):
    asked = update(compute, feed, relayer)
    compute.next_at(asked[1][2] + INTERVAL - 1)
    with ape.reverts(feed.TooSoon, earliest=asked[1][2] + INTERVAL):
        feed.update(sender=stranger)
    compute.next_at(asked[1][2] + INTERVAL)
    feed.update(sender=stranger)


def test_only_the_oracle_answers(feed, stranger, compute):
    with ape.reverts(feed.CallerNotOracle, caller=stranger, oracle=compute.oracle):
        feed.onAnswer(1, encode(["uint256", "uint64"], [1, 1]), sender=stranger)
