# SPDX-License-Identifier: Apache-2.0
"""ComputeMarket: which of a worker's time counts, and registries that lapse, lie, revert, burn or bomb."""

from __future__ import annotations

import contextlib

import ape
import pytest

from tests.reference.compute_setup import (
    BOMBING,
    BURNING,
    CODE,
    HONEST,
    MAX_GAP,
    PHA,
    PRICE,
    REVERTING,
    RUNNING,
    SHORT,
    SWALLOWING,
    WINDOW,
)

HOUR = 3600


@pytest.fixture
def long(compute, customer, worker, relayer):
    """An order with money for days, taken by `worker`."""
    order = compute.order(customer, 10 * MAX_GAP * PRICE)
    return order, compute.take(order, worker, relayer)


def pays(compute, order, worker, used, until, sender):
    """Pays of a receipt, in seconds."""
    receipt = compute.market.settle(*compute.receipt(worker, order, used, until), sender=sender)
    amount = receipt.decode_logs(compute.market.Settled)[0].amount
    assert amount % PRICE == 0
    return amount // PRICE


def covered(compute, order):
    return compute.market.orderOf(order).coveredSeconds


def test_time_counts_from_check_to_check(compute, long, worker, relayer):
    order, taken = long
    compute.next_at(taken + 500)
    compute.market.checkpoint(order, sender=relayer)
    assert covered(compute, order) == 500
    compute.next_at(taken + 800)
    compute.market.checkpoint(order, sender=relayer)
    assert covered(compute, order) == 800
    assert pays(compute, order, worker, 800, taken + 800, relayer) == 800


LAPSES = {
    "attestation": lambda compute, worker: compute.attest(worker, attested=False),
    "evidence ran out": lambda compute, worker: compute.attest(worker, seconds=0, attested_at=1),
    "stake": lambda compute, worker: compute.stake(worker, working=False),
    "too little stake": lambda compute, worker: compute.stake(worker, assets=500 * PHA - 1),
    "another pool": lambda compute, worker: compute.stake(worker, pool=compute.market.address),
    "another device": lambda compute, worker: compute.attest(worker, deviceModel=b"GB202".ljust(32, b"\0")),
}


@pytest.mark.parametrize("lapse", LAPSES)
def test_a_worker_that_lapses_is_paid_for_nothing_since_it_was_last_seen(compute, long, worker, relayer, lapse):
    order, taken = long
    compute.next_at(taken + 500)
    compute.market.checkpoint(order, sender=relayer)
    LAPSES[lapse](compute, worker)
    compute.next_at(taken + 900)
    assert pays(compute, order, worker, 900, taken + 900, relayer) == 500
    assert compute.market.orderOf(order).isSuspended


def test_a_suspended_worker_earns_again_from_when_it_is_seen_again_not_before(compute, long, worker, relayer):
    order, taken = long
    compute.next_at(taken + 500)
    compute.market.checkpoint(order, sender=relayer)
    compute.stake(worker, working=False)
    compute.next_at(taken + 600)
    receipt = compute.market.checkpoint(order, sender=relayer)
    (event,) = receipt.decode_logs(compute.market.Checked)
    assert (event.coveredSeconds, event.isSuspended) == (500, True)
    compute.stake(worker)
    compute.next_at(taken + 1000)
    compute.market.checkpoint(order, sender=relayer)
    assert covered(compute, order) == 500
    compute.next_at(taken + 1100)
    assert pays(compute, order, worker, 1100, taken + 1100, relayer) == 600


def test_time_between_evidence_that_ran_out_and_the_next_does_not_count(compute, customer, worker, relayer):
    order = compute.order(customer, 10 * MAX_GAP * PRICE)
    compute.attest(worker, seconds=1000)
    valid_until = compute.now + 1000
    taken = compute.take(order, worker, relayer)
    compute.attest(worker, attested_at=valid_until + 300)
    compute.next_at(valid_until + 700)
    compute.market.checkpoint(order, sender=relayer)
    assert covered(compute, order) == valid_until - taken + 400


def test_evidence_renewed_before_it_ran_out_leaves_no_gap(compute, customer, worker, relayer):
    order = compute.order(customer, 10 * MAX_GAP * PRICE)
    valid_until = compute.now + 1000
    compute.attest(worker, validUntil=valid_until)
    taken = compute.take(order, worker, relayer)
    compute.attest(worker, attested_at=valid_until)
    compute.next_at(valid_until + 700)
    compute.market.checkpoint(order, sender=relayer)
    assert covered(compute, order) == valid_until - taken + 700


def test_a_check_counts_back_no_further_than_the_longest_gap(compute, long, worker, relayer):
    order, taken = long
    compute.next_at(taken + 3 * MAX_GAP)
    assert pays(compute, order, worker, 3 * MAX_GAP, taken + 3 * MAX_GAP, relayer) == MAX_GAP


def test_hostile_times_from_the_registry_never_cover_more_than_there_was(compute, long, worker, relayer):
    order, taken = long
    compute.attest(worker, attested_at=2**64 - 1, validUntil=2**64 - 1)
    compute.next_at(taken + 500)
    compute.market.checkpoint(order, sender=relayer)
    assert covered(compute, order) == 500
    compute.attest(worker, attested_at=2**64 - 1, validUntil=0, attested=True)
    compute.travel_to(taken + 600)
    compute.market.checkpoint(order, sender=relayer)
    assert covered(compute, order) == 500


def test_a_lapse_after_the_stop_still_leaves_what_was_covered(compute, long, customer, worker, relayer):
    order, taken = long
    compute.next_at(taken + 500)
    compute.market.checkpoint(order, sender=relayer)
    compute.next_at(taken + 900)
    compute.market.stop(order, sender=customer)
    compute.stake(worker, working=False)
    assert pays(compute, order, worker, 900, taken + 900, relayer) == 500
    compute.stake(worker)
    with ape.reverts(compute.market.ReceiptNotNewer, usedSeconds=500, paidSeconds=500):
        compute.market.settle(*compute.receipt(worker, order, 500, taken + 900), sender=relayer)
    assert pays(compute, order, worker, 900, taken + 900, relayer) == 0


BAD_MOODS = {"reverting": REVERTING, "burning": BURNING, "bombing": BOMBING, "short": SHORT}


@pytest.mark.parametrize("mood", BAD_MOODS)
def test_a_registry_out_of_order_takes_nothing_from_anyone(compute, long, customer, worker, deployer, relayer, mood):
    order, taken = long
    compute.next_at(taken + 500)
    compute.market.checkpoint(order, sender=relayer)
    compute.keys.setMood(BAD_MOODS[mood], sender=deployer)
    compute.travel_to(taken + 800)
    # What was covered is paid, nothing beyond, and the worker isn't suspended for it.
    if mood != "bombing":
        with ape.reverts(compute.market.StandingUnavailable, worker=worker.address):
            compute.market.checkpoint(order, sender=relayer)
        assert pays(compute, order, worker, 800, taken + 800, relayer) == 500
        assert not compute.market.orderOf(order).isSuspended
        with ape.reverts(compute.market.StandingUnavailable, worker=worker.address):
            compute.market.settle(*compute.receipt(worker, order, 800, taken + 800, final=True), sender=relayer)
    else:
        # It says true and then zeros, at length: a bad answer like any other, and nobody pays for the length.
        receipt = compute.market.settle(*compute.receipt(worker, order, 800, taken + 800), sender=relayer)
        assert receipt.gas_used < 400_000
        assert compute.market.orderOf(order).paidSeconds == 500
    before = compute.token.balanceOf(customer)
    held = compute.market.orderOf(order).held
    compute.next_at(taken + 900)
    compute.market.stop(order, sender=customer)
    if compute.market.orderOf(order).held:
        compute.next_at(taken + 901 + WINDOW)
        compute.market.refund(order, sender=relayer)
    assert compute.token.balanceOf(customer) - before == held
    with ape.reverts(compute.market.OrderNotInStatus):
        compute.market.refund(order, sender=relayer)


def test_workers_registry_out_of_order_takes_nothing_either(compute, long, customer, worker, rival, deployer, relayer):
    order, taken = long
    compute.stakes.setReverting(True, sender=deployer)
    compute.travel_to(taken + 800)
    assert pays(compute, order, worker, 800, taken + 800, relayer) == 0
    compute.stakes.setReverting(False, sender=deployer)
    compute.travel_to(taken + 900)
    assert pays(compute, order, worker, 800, taken + 900, relayer) == 800
    compute.stakes.setReverting(True, sender=deployer)
    other = compute.order(customer)
    with ape.reverts(compute.market.StandingUnavailable):
        compute.market.take(*compute.take_arguments(other, rival), sender=relayer)


@pytest.mark.parametrize("gas", [200_000, 700_000, 1_500_000])
@pytest.mark.parametrize("mood", [HONEST, SWALLOWING], ids=["honest", "takes its own failure for a no"])
def test_too_little_gas_neither_suspends_a_worker_nor_takes_its_pay(
    compute, long, worker, deployer, relayer, gas, mood
):
    """Whoever brings a receipt or asks for a check chooses the gas, and with it what the registry's calls get."""
    order, taken = long
    compute.keys.setMood(mood, sender=deployer)
    compute.travel_to(taken + 800)
    arguments = compute.receipt(worker, order, 800, taken + 800)
    for call in (
        lambda: compute.market.checkpoint(order, sender=relayer, gas=gas),
        lambda: compute.market.settle(*arguments, sender=relayer, gas=gas),
    ):
        with contextlib.suppress(ape.exceptions.ContractLogicError, ape.exceptions.OutOfGasError):
            call()
        assert not compute.market.orderOf(order).isSuspended
    if compute.market.orderOf(order).paidSeconds == 0:
        compute.market.settle(*arguments, sender=relayer, gas=3_000_000)
    assert compute.market.orderOf(order).paidSeconds == 800


def test_with_too_little_gas_a_no_is_not_believed_and_with_enough_it_is(compute, long, worker, relayer):
    order, taken = long
    compute.stake(worker, working=False)
    compute.travel_to(taken + 800)
    with ape.reverts(compute.market.StandingUnavailable, worker=worker.address):
        compute.market.checkpoint(order, sender=relayer, gas=1_000_000)
    compute.market.checkpoint(order, sender=relayer, gas=2_000_000)
    assert compute.market.orderOf(order).isSuspended


def test_another_identity_than_the_orders_lapses(compute, customer, worker, relayer):
    order = compute.order(customer, identity=CODE)
    taken = compute.take(order, worker, relayer)
    compute.attest(worker, identity=b"\x01" * 32)
    compute.next_at(taken + 100)
    assert pays(compute, order, worker, 100, taken + 100, relayer) == 0
    assert compute.market.orderOf(order).status == RUNNING
