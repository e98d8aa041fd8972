# SPDX-License-Identifier: Apache-2.0
"""Opening when funded in full, and sweeping after the deadline."""

from __future__ import annotations

import ape

from tests.reference.bridge_setup import SCALE


def test_open_passes_at_exactly_the_cap(world, stranger):
    bridge = world.create()
    required = world.estate.tree.total * SCALE
    world.fund(bridge, required - 1)
    with ape.reverts(bridge.NotFunded, balance=required - 1, required=required):
        bridge.open(sender=stranger)
    assert not bridge.isOpen()
    world.fund(bridge, 1)
    receipt = bridge.open(sender=stranger)
    assert bridge.isOpen()
    (event,) = receipt.decode_logs(bridge.Opened)
    assert event.balance == required


def test_open_passes_with_a_donation_on_top(world, stranger, holder, recipient, relayer):
    bridge = world.create()
    world.fund(bridge, 5)
    world.fund(bridge)
    bridge.open(sender=stranger)
    claim = world.claim(bridge, holder, recipient)
    bridge.claim(claim.values(), sender=relayer)
    assert world.token.balanceOf(recipient) == (claim.free + claim.staked) * SCALE


def test_open_reverts_when_open(bridge, stranger):
    with ape.reverts(bridge.AlreadyOpen):
        bridge.open(sender=stranger)


def test_open_reverts_after_the_deadline(world, stranger, at):
    bridge = world.create()
    world.fund(bridge)
    deadline = bridge.DEADLINE()
    at(deadline + 1)
    with ape.reverts(bridge.DeadlinePassed, deadline=deadline):
        bridge.open(sender=stranger)


def test_sweep_reverts_up_to_the_deadline_and_passes_after(world, bridge, treasury, stranger, at):
    deadline = bridge.DEADLINE()
    balance = world.token.balanceOf(bridge)
    at(deadline)
    with ape.reverts(bridge.DeadlineNotPassed, deadline=deadline):
        bridge.sweep(sender=stranger)
    at(deadline + 1)
    receipt = bridge.sweep(sender=stranger)
    assert world.token.balanceOf(treasury) == balance
    assert world.token.balanceOf(bridge) == 0
    (event,) = receipt.decode_logs(bridge.Swept)
    assert (event.treasury, event.amount) == (treasury, balance)


def test_sweep_does_nothing_when_nothing_is_left_and_takes_later_donations(world, bridge, treasury, stranger, at):
    at(bridge.DEADLINE() + 1)
    bridge.sweep(sender=stranger)
    before = world.token.balanceOf(treasury)
    assert bridge.sweep(sender=stranger).decode_logs(bridge.Swept) == []
    assert world.token.balanceOf(treasury) == before
    world.fund(bridge, 3)
    bridge.sweep(sender=stranger)
    assert world.token.balanceOf(treasury) == before + 3


def test_sweep_returns_the_funds_of_a_bridge_that_never_opened(world, treasury, stranger, at):
    bridge = world.create()
    world.fund(bridge, 1234)
    at(bridge.DEADLINE() + 1)
    before = world.token.balanceOf(treasury)
    bridge.sweep(sender=stranger)
    assert world.token.balanceOf(treasury) == before + 1234


def test_no_claim_is_paid_after_a_sweep(world, bridge, holder, recipient, stranger, relayer, at):
    at(bridge.DEADLINE() + 1)
    bridge.sweep(sender=stranger)
    world.fund(bridge)
    with ape.reverts(bridge.DeadlinePassed):
        bridge.claim(world.claim(bridge, holder, recipient).values(), sender=relayer)
