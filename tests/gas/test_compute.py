# SPDX-License-Identifier: Apache-2.0
"""Gas of compute's actions.

The registries are mocks that read their own storage; what the real ones cost beyond that comes on top. Approvals are
unlimited and given beforehand, except where a permit is given. Market, oracle and pool are in use: others have paid in
and earned, except in `.first`. The oracle's figures are of a consumer's own transaction, and of an answer of 64
bytes, once with the consumer's callback and once with its gas taken off.
"""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.reference.compute_setup import CODE, PHA, PRICE, Compute

START = 2_000_000_001
"""When each test begins: what time puts into calldata and sums is the same in every run."""


@pytest.fixture(scope="module")
def compute(project, chain, deployer, accounts):
    compute = Compute.deploy(project, chain, accounts[16], accounts[14], accounts[13])
    compute.fund(accounts[10], accounts[11])
    compute.travel_to(START - 10_000)
    # From here on every block is a second after the last, however long a test takes: signatures are over times.
    chain.provider.make_request("anvil_setBlockTimestampInterval", [1])
    for number in (1, 2):
        key = compute.worker(number)
        compute.attest(key, seconds=10**7)
    yield compute
    chain.provider.make_request("anvil_removeBlockTimestampInterval", [])


@pytest.fixture(scope="module")
def consumer(compute, project):
    consumer = compute.deployer.deploy(project.MockOracleConsumer, compute.token, compute.oracle)
    compute.token.transfer(consumer, 1000 * PHA, sender=compute.deployer)
    return consumer


@pytest.fixture(scope="module")
def workers(compute, accounts):
    """Both workers; the second has earned for the pool."""
    keys = [compute.worker(number) for number in (1, 2)]
    order = compute.order(accounts[11])
    taken = compute.take(order, keys[1], accounts[11])
    compute.travel_to(taken + 100)
    compute.market.settle(*compute.receipt(keys[1], order, 100, taken + 100), sender=accounts[11])
    return keys


@pytest.fixture(autouse=True)
def _time(compute, workers, consumer):
    compute.travel_to(START)


def test_gas_of_an_order(compute, workers, accounts, record_gas):
    customer, relayer, worker = accounts[10], accounts[11], workers[0]
    receipt = compute.market.order(compute.terms(36 * PHA), sender=customer)
    assert record_gas("compute.order", receipt) <= 160_000
    order = compute.market.orderCount()
    receipt = compute.market.order(compute.terms(36 * PHA, worker=worker.address, identity=CODE), sender=customer)
    record_gas("compute.order.naming_worker_and_code", receipt)
    record_gas("compute.top_up", compute.market.topUp(order, PHA, sender=customer))
    record_gas("compute.take", compute.market.take(*compute.take_arguments(order, worker), sender=relayer))
    taken = compute.now
    for number, name in enumerate(["compute.settle", "compute.settle.again"]):
        until = taken + 300 * (number + 1)
        compute.next_at(until)
        receipt = compute.market.settle(*compute.receipt(worker, order, until - taken, until), sender=relayer)
        assert record_gas(name, receipt) <= 95_000
    compute.next_at(taken + 900)
    record_gas("compute.checkpoint", compute.market.checkpoint(order, sender=relayer))
    compute.next_at(taken + 1000)
    record_gas("compute.stop", compute.market.stop(order, sender=customer))
    compute.next_at(taken + 9000)
    record_gas("compute.refund", compute.market.refund(order, sender=customer))


def test_gas_of_a_pools_first_receipt(compute, workers, accounts, record_gas):
    relayer, worker = accounts[11], workers[0]
    compute.stake(worker, pool=compute.market.address)
    order = compute.order(accounts[10])
    taken = compute.take(order, worker, relayer)
    compute.next_at(taken + 300)
    receipt = compute.market.settle(*compute.receipt(worker, order, 300, taken + 300), sender=relayer)
    record_gas("compute.settle.first", receipt)


def test_gas_of_an_order_with_a_permit(compute, accounts, record_gas):
    customer = accounts[9]
    compute.token.transfer(customer, 100 * PHA, sender=compute.deployer)
    fields = ["owner", "spender", "value", "nonce", "deadline"]
    message = encode_typed_data(
        domain_data={
            "name": "Phala",
            "version": "1",
            "chainId": 31337,
            "verifyingContract": compute.token.address,
        },
        message_types={
            "Permit": [{"name": one, "type": "address" if one in fields[:2] else "uint256"} for one in fields]
        },
        message_data=dict(
            zip(fields, [customer.address, compute.market.address, 36 * PHA, 0, START + 1000], strict=True)
        ),
    )
    signed = Account.sign_message(message, customer.private_key)
    parts = (signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
    receipt = compute.market.orderWithPermit(compute.terms(3600 * PRICE), START + 1000, *parts, sender=customer)
    assert record_gas("compute.order.permit", receipt) <= 160_000


def test_gas_of_sharing_out(compute, accounts, record_gas):
    record_gas("compute.split.first", compute.market.split(compute.pool, sender=accounts[11]))
    record_gas("compute.pay_stakers.first", compute.market.payStakers(sender=accounts[11]))


def test_gas_of_the_oracle(compute, consumer, workers, accounts, record_gas):
    relayer, worker = accounts[11], workers[0]
    response = bytes(31) + b"\x2a" + (START - 5).to_bytes(32, "big")
    query = b'{"url": "https://prices.example/pha", "path": ["usd"]}'
    for number in range(2):
        receipt = consumer.ask(CODE, query, 200_000, 600, 5 * PHA, sender=relayer)
        (event,) = receipt.decode_logs(compute.oracle.Requested)
        if number == 1:
            assert record_gas("oracle.request", receipt) <= 120_000
        asked = (event.requestId, tuple(event.request))
        signature = compute.answer(worker, *asked, response)
        receipt = compute.oracle.answer(*asked, response, signature, sender=relayer)
        assert receipt.decode_logs(compute.oracle.CalledBack)[0].succeeded
        if number == 1:
            callback = callback_gas(compute, consumer, event.requestId, response)
            assert record_gas("oracle.answer.without_callback", receipt.gas_used - callback) <= 110_000
            record_gas("oracle.answer", receipt)
    receipt = consumer.ask(CODE, query, 200_000, 600, 5 * PHA, sender=relayer)
    (event,) = receipt.decode_logs(compute.oracle.Requested)
    compute.travel(700)
    receipt = compute.oracle.refund(event.requestId, tuple(event.request), sender=relayer)
    record_gas("oracle.refund", receipt)


def callback_gas(compute, consumer, request_id, response) -> int:
    """What the callback itself used: its own transaction's gas without a transaction's base and calldata."""
    data = consumer.onAnswer.encode_input(request_id, response)
    receipt = consumer.onAnswer(request_id, response, sender=compute.deployer)
    zeros = data.count(0)
    # An access to the account, cold in the oracle's transaction and free in this, is the oracle's, not the callback's.
    return receipt.gas_used - 21_000 - 4 * zeros - 16 * (len(data) - zeros)
