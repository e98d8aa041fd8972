# SPDX-License-Identifier: Apache-2.0
"""ComputeMarket: ordering, taking, receipts, stopping, and the customer's money."""

from __future__ import annotations

import ape
import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from tests.reference.compute_setup import (
    CLOSED,
    CODE,
    DEFAULTS,
    MAX_GAP,
    NONE,
    OPEN,
    PHA,
    PRICE,
    RUNNING,
    STOPPED,
    WINDOW,
    ZERO_ADDRESS,
    parameter,
)

HOUR = 3600


def settle(compute, arguments, sender, time=None):
    """Brings a receipt; the amount it paid, by the event and by the pool's books."""
    if time is not None:
        compute.next_at(time)
    before = compute.market.unsplit(compute.pool)
    receipt = compute.market.settle(*arguments, sender=sender)
    event = receipt.decode_logs(compute.market.Settled)[0]
    assert compute.market.unsplit(compute.pool) - before == event.amount
    return event.amount


# Ordering


def test_order_holds_the_deposit_at_the_price_of_the_moment(compute, customer):
    before = compute.token.balanceOf(customer)
    receipt = compute.market.order(compute.terms(36 * PHA), sender=customer)
    (event,) = receipt.decode_logs(compute.market.Ordered)
    assert (event.orderId, event.customer, event.classId) == (compute.market.orderCount(), customer, 1)
    assert (event.pricePerSecond, event.deposit, event.workload) == (PRICE, 36 * PHA, keccak(b"what to run"))
    order = compute.market.orderOf(event.orderId)
    assert (order.customer, order.pricePerSecond, order.classId, order.status) == (customer, PRICE, 1, OPEN)
    assert (order.held, order.receiptSeconds) == (36 * PHA, WINDOW)
    assert before - compute.token.balanceOf(customer) == 36 * PHA


def test_price_of_an_order_stays_when_the_class_price_changes(compute, running, deployer, worker, relayer):
    order, taken = running
    compute.market.setClassPrice(1, 5 * PRICE, sender=deployer)
    assert settle(compute, compute.receipt(worker, order, 100, taken + 100), relayer, taken + 100) == 100 * PRICE


def test_order_reverts_above_the_price_agreed_to(compute, customer, deployer):
    compute.market.setClassPrice(1, PRICE + 1, sender=deployer)
    with ape.reverts(compute.market.PriceAboveMaximum, pricePerSecond=PRICE + 1, maximum=PRICE):
        compute.market.order(compute.terms(), sender=customer)


def test_order_reverts_for_a_closed_or_unknown_class(compute, customer, deployer):
    compute.market.setClassOpen(1, False, sender=deployer)
    with ape.reverts(compute.market.ClassClosed, classId=1):
        compute.market.order(compute.terms(), sender=customer)
    with ape.reverts(compute.market.UnknownClass, classId=99):
        compute.market.order(compute.terms(classId=99), sender=customer)


def test_order_reverts_below_the_shortest_and_above_a_tenth_of_all_pha(compute, customer):
    shortest = 600 * PRICE
    compute.order(customer, shortest)
    for deposit in (shortest - 1, 10**8 * PHA + 1):
        with ape.reverts(compute.market.DepositOutOfBounds, deposit=deposit, lowest=shortest, highest=10**8 * PHA):
            compute.market.order(compute.terms(deposit), sender=customer)


def permit(compute, owner, amount, deadline=2**48):
    message = encode_typed_data(
        domain_data={
            "name": "Phala",
            "version": "1",
            "chainId": 31337,
            "verifyingContract": compute.token.address,
        },
        message_types={
            "Permit": [
                {"name": name, "type": kind}
                for name, kind in [
                    ("owner", "address"),
                    ("spender", "address"),
                    ("value", "uint256"),
                    ("nonce", "uint256"),
                    ("deadline", "uint256"),
                ]
            ]
        },
        message_data={
            "owner": owner.address,
            "spender": compute.market.address,
            "value": amount,
            "nonce": compute.token.nonces(owner),
            "deadline": deadline,
        },
    )
    signed = Account.sign_message(message, owner.private_key)
    return deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


@pytest.mark.parametrize("front_run", [False, True], ids=["fresh", "used by another before"])
def test_permit_pays_an_order_and_a_top_up_even_if_used_before(compute, stranger, relayer, deployer, front_run):
    compute.token.transfer(stranger, 100 * PHA, sender=deployer)
    assert compute.token.allowance(stranger, compute.market) == 0
    signed = permit(compute, stranger, 36 * PHA)
    if front_run:
        compute.token.permit(stranger, compute.market, 36 * PHA, *signed, sender=relayer)
    compute.market.orderWithPermit(compute.terms(36 * PHA), *signed, sender=stranger)
    order = compute.market.orderCount()
    signed = permit(compute, stranger, 4 * PHA)
    if front_run:
        compute.token.permit(stranger, compute.market, 4 * PHA, *signed, sender=relayer)
    compute.market.topUpWithPermit(order, 4 * PHA, *signed, sender=stranger)
    assert compute.market.orderOf(order).held == 40 * PHA
    assert compute.token.balanceOf(stranger) == 60 * PHA


def test_permit_of_another_pays_nothing_for_the_caller(compute, stranger, relayer, deployer):
    compute.token.transfer(stranger, 100 * PHA, sender=deployer)
    signed = permit(compute, stranger, 36 * PHA)
    with ape.reverts(compute.token.ERC20InsufficientAllowance):
        compute.market.orderWithPermit(compute.terms(36 * PHA), *signed, sender=relayer)


# Taking


def test_take_binds_worker_and_pool(compute, order, worker, relayer):
    receipt = compute.market.take(*compute.take_arguments(order, worker), sender=relayer)
    (event,) = receipt.decode_logs(compute.market.Taken)
    assert (event.orderId, event.worker, event.pool) == (order, worker.address, compute.pool)
    state = compute.market.orderOf(order)
    assert (state.status, state.worker, state.pool) == (RUNNING, worker.address, compute.pool)
    assert state.takenAt == state.seenAt == receipt.timestamp
    assert compute.market.activeOrderOf(worker.address) == order


@pytest.mark.parametrize(
    ("standing", "stake"),
    [
        ({"attested": False}, {}),
        ({"kind": b"amd.snp".ljust(32, b"\0")}, {}),
        ({"confidence": 4}, {}),
        ({"confidence": 0}, {}),
        ({"deviceCount": 0}, {}),
        ({"deviceModel": b"GB202".ljust(32, b"\0")}, {}),
        ({}, {"assets": 500 * PHA - 1}),
        ({}, {"working": False}),
        ({}, {"pool": ZERO_ADDRESS, "assets": 500 * PHA}),
        ({"confidence": 3, "deviceCount": 8}, {"assets": 500 * PHA}),
    ],
    ids=["unattested", "kind", "confidence", "no confidence", "count", "model", "stake", "idle", "no pool", "fits"],
)
def test_take_asks_for_what_the_class_does(compute, order, worker, relayer, standing, stake, request):
    compute.attest(worker, **standing)
    compute.stakes.setStake(
        worker.address,
        stake.get("pool", compute.pool),
        stake.get("assets", 500 * PHA),
        stake.get("working", True),
        sender=compute.deployer,
    )
    arguments = compute.take_arguments(order, worker)
    if request.node.callspec.id == "fits":
        compute.market.take(*arguments, sender=relayer)
        return
    with ape.reverts(compute.market.WorkerUnfit, worker=worker.address, classId=1):
        compute.market.take(*arguments, sender=relayer)


@pytest.mark.parametrize("by_class", [True, False], ids=["of the class", "of the order"])
def test_take_asks_for_the_code_identity(compute, customer, worker, rival, relayer, by_class):
    other = keccak(b"other code")
    compute.attest(rival, identity=other)
    if by_class:
        class_id = compute.add_class(identity=CODE)
        order = compute.order(customer, classId=class_id)
    else:
        class_id, order = 1, compute.order(customer, identity=CODE)
    with ape.reverts(compute.market.WorkerUnfit, worker=rival.address, classId=class_id):
        compute.market.take(*compute.take_arguments(order, rival), sender=relayer)
    compute.market.take(*compute.take_arguments(order, worker), sender=relayer)


def test_a_cpu_class_takes_no_gpu_worker_and_any_kind_if_it_names_none(compute, customer, worker, rival, relayer):
    class_id = compute.add_class(deviceModel=b"\0" * 32, deviceCount=0, kind=b"\0" * 32)
    order = compute.order(customer, classId=class_id)
    with ape.reverts(compute.market.WorkerUnfit, worker=worker.address):
        compute.market.take(*compute.take_arguments(order, worker), sender=relayer)
    compute.attest(rival, deviceModel=b"\0" * 32, deviceCount=0, kind=b"amd.snp".ljust(32, b"\0"))
    compute.market.take(*compute.take_arguments(order, rival), sender=relayer)


def test_an_order_that_names_a_worker_is_taken_by_no_other(compute, customer, worker, rival, relayer):
    order = compute.order(customer, worker=worker.address)
    with ape.reverts(compute.market.SignerNotWorker, signer=rival.address, worker=worker.address):
        compute.market.take(*compute.take_arguments(order, rival), sender=relayer)
    compute.take(order, worker, relayer)


def test_a_worker_runs_one_order_at_a_time_and_the_next_after_a_stop(compute, customer, running, worker, relayer):
    order, _ = running
    second = compute.order(customer)
    with ape.reverts(compute.market.WorkerBusy, worker=worker.address, orderId=order):
        compute.market.take(*compute.take_arguments(second, worker), sender=relayer)
    compute.market.stop(order, sender=customer)
    compute.take(second, worker, relayer)
    assert compute.market.activeOrderOf(worker.address) == second


def test_take_reverts_for_another_price_a_late_signature_or_a_taken_order(compute, order, worker, rival, relayer):
    with ape.reverts(compute.market.PriceNotAgreed, agreed=PRICE + 1, pricePerSecond=PRICE):
        compute.market.take(*compute.take_arguments(order, worker, PRICE + 1), sender=relayer)
    deadline = compute.now + 10
    compute.next_at(deadline + 1)
    with ape.reverts(compute.market.SignatureExpired, deadline=deadline):
        compute.market.take(*compute.take_arguments(order, worker, deadline=deadline), sender=relayer)
    compute.take(order, worker, relayer)
    with ape.reverts(compute.market.OrderNotInStatus, orderId=order, status=RUNNING):
        compute.market.take(*compute.take_arguments(order, rival), sender=relayer)
    with ape.reverts(compute.market.OrderNotInStatus, orderId=999, status=NONE):
        compute.market.take(*compute.take_arguments(999, rival), sender=relayer)


# Receipts


def test_receipts_are_cumulative_and_pay_only_what_is_new(compute, running, worker, relayer, stranger):
    order, taken = running
    first = compute.receipt(worker, order, 100, taken + 200)
    second = compute.receipt(worker, order, 250, taken + 300)
    assert settle(compute, first, relayer, taken + 300) == 100 * PRICE
    assert settle(compute, second, stranger) == 150 * PRICE
    for paid in (first, second):
        with ape.reverts(compute.market.ReceiptNotNewer, paidSeconds=250):
            compute.market.settle(*paid, sender=relayer)
    assert compute.market.orderOf(order).held == 36 * PHA - 250 * PRICE


def test_a_lost_receipt_costs_nothing(compute, running, worker, relayer):
    order, taken = running
    assert settle(compute, compute.receipt(worker, order, 250, taken + 300), relayer, taken + 300) == 250 * PRICE


def test_receipt_counts_no_more_than_the_time_there_was(compute, running, worker, relayer):
    order, taken = running
    compute.next_at(taken + 100)
    with ape.reverts(compute.market.UsageExceedsTime, usedSeconds=101, elapsedSeconds=100):
        compute.market.settle(*compute.receipt(worker, order, 101, taken + 100), sender=relayer)
    compute.next_at(taken + 101)
    with ape.reverts(compute.market.ReceiptOutsideOrder, until=taken + 102, takenAt=taken, latest=taken + 101):
        compute.market.settle(*compute.receipt(worker, order, 100, taken + 102), sender=relayer)
    with ape.reverts(compute.market.ReceiptOutsideOrder, until=taken - 1, takenAt=taken):
        compute.market.settle(*compute.receipt(worker, order, 1, taken - 1), sender=relayer)


def test_receipt_of_another_key_chain_contract_or_order_reverts(compute, running, customer, worker, rival, relayer):
    order, taken = running
    compute.travel_to(taken + 100)
    forged = [
        compute.receipt(rival, order, 100, taken + 100),
        compute.receipt(worker, order, 100, taken + 100, chain_id=1),
        compute.receipt(worker, order, 100, taken + 100, contract=compute.oracle.address),
        ((order, 100, taken + 100, False), compute.receipt(worker, order + 1, 100, taken + 100)[1]),
        ((order, 100, taken + 100, True), compute.receipt(worker, order, 100, taken + 100)[1]),
        ((order, 101, taken + 101, False), compute.receipt(worker, order, 100, taken + 101)[1]),
    ]
    for receipt in forged:
        with ape.reverts(compute.market.SignerNotWorker):
            compute.market.settle(*receipt, sender=relayer)


def test_signature_of_nobody_reverts(compute, running, worker, relayer):
    order, taken = running
    compute.travel_to(taken + 100)
    values, signature = compute.receipt(worker, order, 100, taken + 100)
    order_of_curve = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high_s = order_of_curve - int.from_bytes(signature[32:64], "big")
    malleable = signature[:32] + high_s.to_bytes(32, "big") + bytes([55 - signature[64]])
    with ape.reverts(compute.market.ECDSAInvalidSignatureS):
        compute.market.settle(values, malleable, sender=relayer)
    with ape.reverts(compute.market.ECDSAInvalidSignature):
        compute.market.settle(values, signature[:64] + b"\x05", sender=relayer)
    with ape.reverts(compute.market.ECDSAInvalidSignatureLength, length=64):
        compute.market.settle(values, signature[:64], sender=relayer)


def test_an_open_order_pays_nothing_even_to_the_worker_it_names(compute, customer, worker, relayer):
    order = compute.order(customer, worker=worker.address)
    with ape.reverts(compute.market.OrderNotInStatus, orderId=order, status=OPEN):
        compute.market.settle(*compute.receipt(worker, order, 0, compute.now), sender=relayer)


def test_pay_stops_at_what_is_held_in_whole_seconds_and_a_top_up_pays_on(compute, customer, worker, relayer):
    order = compute.order(customer, 600 * PRICE + PRICE // 2)
    taken = compute.take(order, worker, relayer)
    receipt = compute.receipt(worker, order, 700, taken + 700)
    assert settle(compute, receipt, relayer, taken + 700) == 600 * PRICE
    assert compute.market.orderOf(order).held == PRICE // 2
    compute.market.topUp(order, 10 * PRICE, sender=customer)
    assert settle(compute, receipt, relayer) == 10 * PRICE
    assert compute.market.orderOf(order).held == PRICE // 2


def test_a_final_receipt_pays_the_worker_and_gives_back_the_rest(compute, running, customer, worker, relayer):
    order, taken = running
    before = compute.token.balanceOf(customer)
    final = compute.receipt(worker, order, 100, taken + 100, final=True)
    assert settle(compute, final, relayer, taken + 150) == 100 * PRICE
    assert compute.token.balanceOf(customer) - before == 36 * PHA - 100 * PRICE
    assert compute.market.orderOf(order).status == CLOSED
    assert compute.market.activeOrderOf(worker.address) == 0
    with ape.reverts(compute.market.OrderNotInStatus, orderId=order, status=CLOSED):
        compute.market.settle(*compute.receipt(worker, order, 120, taken + 120), sender=relayer)


# Stopping


def test_an_open_order_is_stopped_at_once_and_whole(compute, order, customer, worker, relayer):
    before = compute.token.balanceOf(customer)
    compute.market.stop(order, sender=customer)
    assert compute.token.balanceOf(customer) - before == 36 * PHA
    assert compute.market.orderOf(order).status == CLOSED
    with ape.reverts(compute.market.OrderNotInStatus, orderId=order, status=CLOSED):
        compute.market.take(*compute.take_arguments(order, worker), sender=relayer)
    with ape.reverts(compute.market.OrderNotInStatus, orderId=order, status=CLOSED):
        compute.market.stop(order, sender=customer)


def test_a_stop_pays_back_what_no_receipt_can_claim_and_the_rest_after_the_window(compute, running, customer, relayer):
    order, taken = running
    before = compute.token.balanceOf(customer)
    compute.next_at(taken + 1000)
    compute.market.stop(order, sender=customer)
    assert compute.token.balanceOf(customer) - before == 36 * PHA - 1000 * PRICE
    state = compute.market.orderOf(order)
    assert (state.status, state.held, state.stoppedAt) == (STOPPED, 1000 * PRICE, taken + 1000)
    compute.next_at(taken + 1000 + WINDOW)
    with ape.reverts(compute.market.FinalReceiptWindow, endsAt=taken + 1000 + WINDOW):
        compute.market.refund(order, sender=relayer)
    compute.next_at(taken + 1001 + WINDOW)
    compute.market.refund(order, sender=relayer)
    assert compute.token.balanceOf(customer) - before == 36 * PHA
    with ape.reverts(compute.market.OrderNotInStatus, orderId=order, status=CLOSED):
        compute.market.refund(order, sender=relayer)


def test_what_a_stop_holds_back_is_at_most_the_longest_gap(compute, customer, worker, relayer):
    order = compute.order(customer, 10 * MAX_GAP * PRICE)
    taken = compute.take(order, worker, relayer)
    compute.next_at(taken + 5 * MAX_GAP)
    compute.market.stop(order, sender=customer)
    assert compute.market.orderOf(order).held == MAX_GAP * PRICE


def test_the_last_receipt_is_paid_within_the_window(compute, running, customer, worker, relayer):
    order, taken = running
    compute.next_at(taken + 1000)
    compute.market.stop(order, sender=customer)
    receipt = compute.receipt(worker, order, 990, taken + 1000)
    assert settle(compute, receipt, relayer, taken + 1000 + WINDOW) == 990 * PRICE
    compute.next_at(taken + 1001 + WINDOW)
    before = compute.token.balanceOf(customer)
    compute.market.refund(order, sender=relayer)
    assert compute.token.balanceOf(customer) - before == 10 * PRICE


def test_the_last_receipt_is_refused_after_the_window(compute, running, customer, worker, relayer):
    order, taken = running
    compute.next_at(taken + 1000)
    compute.market.stop(order, sender=customer)
    compute.next_at(taken + 1001 + WINDOW)
    with ape.reverts(compute.market.FinalReceiptWindow, endsAt=taken + 1000 + WINDOW):
        compute.market.settle(*compute.receipt(worker, order, 990, taken + 1000), sender=relayer)


def test_a_stopped_order_pays_for_nothing_later(compute, running, customer, worker, relayer):
    order, taken = running
    compute.next_at(taken + 1000)
    compute.market.stop(order, sender=customer)
    compute.travel_to(taken + 2000)
    later = compute.receipt(worker, order, 1001, taken + 1001)
    with ape.reverts(compute.market.ReceiptOutsideOrder, until=taken + 1001, latest=taken + 1000):
        compute.market.settle(*later, sender=relayer)
    with ape.reverts(compute.market.UsageExceedsTime, usedSeconds=1001, elapsedSeconds=1000):
        compute.market.settle(*compute.receipt(worker, order, 1001, taken + 1000), sender=relayer)
    assert settle(compute, compute.receipt(worker, order, 1000, taken + 1000), relayer) == 1000 * PRICE


def test_checks_after_a_stop_cover_no_later_time(compute, running, customer, worker, relayer):
    order, taken = running
    compute.next_at(taken + 1000)
    compute.market.stop(order, sender=customer)
    compute.travel_to(taken + 2000)
    compute.market.checkpoint(order, sender=relayer)
    compute.market.checkpoint(order, sender=relayer)
    assert compute.market.orderOf(order).coveredSeconds == 1000


def test_a_final_receipt_after_the_stop_ends_the_wait(compute, running, customer, worker, relayer):
    order, taken = running
    compute.next_at(taken + 1000)
    compute.market.stop(order, sender=customer)
    before = compute.token.balanceOf(customer)
    final = compute.receipt(worker, order, 400, taken + 1000, final=True)
    assert settle(compute, final, relayer) == 400 * PRICE
    assert compute.token.balanceOf(customer) - before == 600 * PRICE


def test_only_the_customer_stops(compute, running, neighbour, relayer):
    for caller in (neighbour, relayer):
        with ape.reverts(compute.market.CallerNotCustomer, caller=caller):
            compute.market.stop(running[0], sender=caller)
    with ape.reverts(compute.market.CallerNotCustomer, caller=relayer, customer=ZERO_ADDRESS):
        compute.market.stop(999, sender=relayer)


def test_a_stop_closes_where_nothing_can_be_claimed(compute, running, customer, worker, relayer):
    order, taken = running
    settle(compute, compute.receipt(worker, order, 100, taken + 100), relayer, taken + 100)
    compute.stake(worker, working=False)
    compute.market.checkpoint(order, sender=relayer)
    before = compute.token.balanceOf(customer)
    compute.market.stop(order, sender=customer)
    assert compute.market.orderOf(order).status == CLOSED
    assert compute.token.balanceOf(customer) - before == 36 * PHA - 100 * PRICE


def test_top_up_reverts_for_nothing_too_much_or_an_ended_order(compute, running, customer, neighbour):
    order, _ = running
    compute.market.topUp(order, PHA, sender=neighbour)
    assert compute.market.orderOf(order).held == 37 * PHA
    with ape.reverts(compute.market.NothingPaidIn):
        compute.market.topUp(order, 0, sender=customer)
    room = 10**8 * PHA - 37 * PHA
    with ape.reverts(compute.market.DepositOutOfBounds, deposit=room + 1, lowest=1, highest=room):
        compute.market.topUp(order, room + 1, sender=customer)
    compute.travel(10)
    compute.market.stop(order, sender=customer)
    with ape.reverts(compute.market.OrderNotInStatus, orderId=order, status=STOPPED):
        compute.market.topUp(order, PHA, sender=customer)
    with ape.reverts(compute.market.OrderNotInStatus, orderId=999, status=NONE):
        compute.market.topUp(999, PHA, sender=customer)


def test_windows_of_a_standing_order_are_not_governances_to_lengthen(compute, running, customer, deployer, relayer):
    order, taken = running
    compute.parameters.set(parameter("ReceiptSeconds"), 18 * HOUR, sender=deployer)
    assert compute.market.orderOf(order).receiptSeconds == DEFAULTS[3]
    compute.next_at(taken + 100)
    compute.market.stop(order, sender=customer)
    compute.next_at(taken + 101 + WINDOW)
    compute.market.refund(order, sender=relayer)
