# SPDX-License-Identifier: Apache-2.0
"""Pausing: who may, how long in all, and when never."""

from __future__ import annotations

import ape
import pytest

from tests.reference.bridge_setup import DAY, FINAL_WINDOW

BUDGET = 14 * DAY
LONGEST = 3 * DAY
SHORTEST = 60


@pytest.mark.parametrize("duration", [SHORTEST, LONGEST])
def test_pause_holds_claims_and_ends_by_itself(bridge, guardian, duration):
    receipt = bridge.pause(duration, sender=guardian)
    until = receipt.timestamp + duration
    assert bridge.pausedUntil() == until
    assert bridge.pauseSecondsLeft() == BUDGET - duration
    (event,) = receipt.decode_logs(bridge.Paused)
    assert (event.oldUntil, event.newUntil) == (0, until)
    assert (event.oldBudgetSeconds, event.newBudgetSeconds) == (BUDGET, BUDGET - duration)


@pytest.mark.parametrize("duration", [0, 1, SHORTEST - 1, LONGEST + 1, 2**256 - 1])
def test_pause_reverts_when_too_short_or_too_long(bridge, guardian, duration):
    with ape.reverts(bridge.PauseDurationOutOfRange, durationSeconds=duration, minimum=SHORTEST, maximum=LONGEST):
        bridge.pause(duration, sender=guardian)


@pytest.mark.parametrize("who", ["deployer", "treasury", "relayer", "stranger"])
def test_pausing_reverts_for_all_but_the_guardian(bridge, guardian, request, who):
    caller = request.getfixturevalue(who)
    with ape.reverts(bridge.AccessManagedUnauthorized, caller=caller):
        bridge.pause(DAY, sender=caller)
    bridge.pause(DAY, sender=guardian)
    with ape.reverts(bridge.AccessManagedUnauthorized, caller=caller):
        bridge.unpause(sender=caller)
    bridge.unpause(sender=guardian)


def test_pause_reverts_when_the_guardian_lost_the_role(world, bridge, guardian):
    world.manager.revokeRole(7, guardian, sender=world.deployer)
    with ape.reverts(bridge.AccessManagedUnauthorized, caller=guardian):
        bridge.pause(DAY, sender=guardian)


def test_pause_charges_only_the_growth_when_one_lasts(bridge, guardian, at):
    start = bridge.pause(DAY, sender=guardian).timestamp
    at(start + DAY // 2)
    bridge.pause(DAY, sender=guardian)
    assert bridge.pausedUntil() == start + DAY // 2 + DAY
    assert bridge.pauseSecondsLeft() == BUDGET - DAY - DAY // 2


def test_pause_charges_in_full_when_the_last_one_has_ended(bridge, guardian, at):
    start = bridge.pause(DAY, sender=guardian).timestamp
    at(start + 2 * DAY)
    bridge.pause(DAY, sender=guardian)
    assert bridge.pauseSecondsLeft() == BUDGET - 2 * DAY


def test_pause_reverts_when_it_would_not_grow(bridge, guardian, at):
    start = bridge.pause(LONGEST, sender=guardian).timestamp
    at(start + 10)
    with ape.reverts(bridge.PauseNotExtended, oldUntil=start + LONGEST, newUntil=start + 10 + LONGEST - 10):
        bridge.pause(LONGEST - 10, sender=guardian)


def test_pause_reverts_when_the_budget_is_used_up(bridge, guardian, at):
    """14 days in pauses of 3: four whole ones, one of 2, and not a second more, ever."""
    now = bridge.pause(LONGEST, sender=guardian).timestamp
    for _ in range(3):
        now += LONGEST
        at(now)
        bridge.pause(LONGEST, sender=guardian)
    assert bridge.pauseSecondsLeft() == 2 * DAY
    now += LONGEST
    at(now)
    with ape.reverts(bridge.PauseBudgetExceeded, neededSeconds=2 * DAY + 1, leftSeconds=2 * DAY):
        bridge.pause(2 * DAY + 1, sender=guardian)
    at(now + 10)
    bridge.pause(2 * DAY, sender=guardian)
    assert bridge.pauseSecondsLeft() == 0
    at(now + 100 * DAY)
    with ape.reverts(bridge.PauseBudgetExceeded, neededSeconds=60, leftSeconds=0):
        bridge.pause(60, sender=guardian)


def test_unpause_gives_back_what_is_left_less_a_minute(world, bridge, guardian, relayer, holder, recipient, at):
    start = bridge.pause(DAY, sender=guardian).timestamp
    at(start + 1000)
    receipt = bridge.unpause(sender=guardian)
    assert bridge.pauseSecondsLeft() == BUDGET - 1000 - 60
    assert bridge.pausedUntil() == start + 1000
    (event,) = receipt.decode_logs(bridge.Unpaused)
    assert (event.oldUntil, event.newUntil) == (start + DAY, start + 1000)
    assert (event.oldBudgetSeconds, event.newBudgetSeconds) == (BUDGET - DAY, BUDGET - 1060)
    bridge.claim(world.claim(bridge, holder, recipient).values(), sender=relayer)


def test_unpause_gives_nothing_back_in_the_last_minute(bridge, guardian, at):
    start = bridge.pause(DAY, sender=guardian).timestamp
    at(start + DAY - 60)
    bridge.unpause(sender=guardian)
    assert bridge.pauseSecondsLeft() == BUDGET - DAY


def test_unpause_reverts_when_nothing_is_paused(bridge, guardian, at):
    with ape.reverts(bridge.NotPaused):
        bridge.unpause(sender=guardian)
    start = bridge.pause(60, sender=guardian).timestamp
    at(start + 60)
    with ape.reverts(bridge.NotPaused):
        bridge.unpause(sender=guardian)


def test_pausing_again_and_again_for_an_instant_uses_the_budget_up(world, guardian):
    """A guardian who pauses at the start of every block and lifts it at its end would otherwise pause for free."""
    bridge = world.create_open(pauseBudgetSeconds=300, maxPauseSeconds=300)
    rounds = 0
    while bridge.pauseSecondsLeft() >= 60:
        bridge.pause(bridge.pauseSecondsLeft(), sender=guardian)
        bridge.unpause(sender=guardian)
        rounds += 1
    assert rounds <= 5


def test_pause_may_end_where_the_final_window_begins_and_no_later(bridge, guardian, at):
    latest = bridge.DEADLINE() - FINAL_WINDOW
    at(latest - DAY)
    with ape.reverts(bridge.PauseIntoFinalWindow, until=latest + 1, latest=latest):
        bridge.pause(DAY + 1, sender=guardian)
    at(latest - DAY + 5)
    bridge.pause(DAY - 5, sender=guardian)
    assert bridge.pausedUntil() == latest


def test_claims_pass_in_the_whole_final_window_whatever_the_guardian_does(
    world, bridge, guardian, holders, recipient, relayer, at
):
    """B6."""
    latest = bridge.DEADLINE() - FINAL_WINDOW
    at(latest - DAY)
    bridge.pause(DAY, sender=guardian)
    for moment, holder in zip((latest, latest + DAY, bridge.DEADLINE()), holders, strict=False):
        at(moment)
        assert bridge.claim(world.claim(bridge, holder, recipient).values(), sender=relayer).timestamp == moment
        with ape.reverts(bridge.PauseIntoFinalWindow):
            bridge.pause(60, sender=guardian)


def test_pause_does_not_stop_opening(world, guardian, stranger):
    bridge = world.create()
    bridge.pause(DAY, sender=guardian)
    world.fund(bridge)
    bridge.open(sender=stranger)
    assert bridge.isOpen()


def test_a_new_authority_can_only_pause(world, bridge, holder, recipient, relayer, stranger, at):
    """B5: even who controls the authority gets no further than the guardian: the limits are the bridge's own."""
    manager = stranger.deploy(world.project.PhaAccessManager, stranger)
    data = bridge.setAuthority.encode_input(manager)
    world.manager.updateAuthority(bridge, manager, sender=world.deployer)
    assert bridge.authority() == manager
    with ape.reverts(bridge.AccessManagedUnauthorized):
        bridge.setAuthority(stranger, sender=stranger)
    with ape.reverts(bridge.PauseDurationOutOfRange):
        bridge.pause(LONGEST + 1, sender=stranger)
    start = bridge.pause(LONGEST, sender=stranger).timestamp
    at(start + LONGEST)
    bridge.claim(world.claim(bridge, holder, recipient).values(), sender=relayer)
    assert data
