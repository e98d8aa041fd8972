# SPDX-License-Identifier: Apache-2.0
"""OperatorBond: in by anyone, out to the operator after the worst exit and not while a claim is open."""

from __future__ import annotations

import ape
import pytest

from tests.reference.stake_pools import DAY, PHA


@pytest.fixture(scope="module")
def bond(project, staking, pool, deployer, alice):
    bond = deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)
    staking.token.approve(bond, 2**256 - 1, sender=alice)
    bond.post(pool, 100 * PHA, sender=alice)
    return bond


def test_post_counts_for_the_pool(bond, pool, alice):
    receipt = bond.post(pool, 5 * PHA, sender=alice)
    (event,) = receipt.decode_logs(bond.BondPosted)
    assert event.assets == 5 * PHA
    assert tuple(bond.bondOf(pool)) == (105 * PHA, 0, 0)
    with ape.reverts(bond.ZeroAmount):
        bond.post(pool, 0, sender=alice)
    with ape.reverts(bond.ForeignPool, pool=alice):
        bond.post(alice, PHA, sender=alice)


def test_release_pays_the_operator_after_the_worst_exit(bond, pool, staking, operator):
    asked = bond.requestRelease(pool, 30 * PHA, sender=operator).timestamp
    due = asked + 14 * DAY
    assert tuple(bond.bondOf(pool)) == (70 * PHA, 30 * PHA, due)
    staking.chain.pending_timestamp = due - 1
    with ape.reverts(bond.NothingToRelease, pool=pool, releasing=30 * PHA, releaseAt=due):
        bond.release(pool, sender=operator)
    staking.chain.pending_timestamp = due
    bond.release(pool, sender=operator)
    assert staking.token.balanceOf(operator) == 30 * PHA
    with ape.reverts(bond.NothingToRelease):
        bond.release(pool, sender=operator)


def test_release_waits_for_an_open_claim(bond, pool, staking, operator, slasher):
    due = bond.requestRelease(pool, 30 * PHA, sender=operator).timestamp + 14 * DAY
    staking.travel_to(due - 1)
    pool.hold(due + DAY, sender=slasher)
    staking.travel_to(due + 10)
    with ape.reverts(bond.BondFrozen, pool=pool, until=due + DAY):
        bond.release(pool, sender=operator)
    staking.travel_to(due + DAY)
    bond.release(pool, sender=operator)


def test_release_expires_and_has_to_be_asked_for_again(bond, pool, staking, operator):
    """What is due does not wait, ready, to run ahead of a claim."""
    due = bond.requestRelease(pool, 100 * PHA, sender=operator).timestamp + 14 * DAY
    staking.chain.pending_timestamp = due + 7 * DAY
    with ape.reverts(bond.ReleaseExpired, pool=pool, expiresAt=due + 7 * DAY):
        bond.release(pool, sender=operator)
    bond.cancelRelease(pool, sender=operator)
    due = bond.requestRelease(pool, 100 * PHA, sender=operator).timestamp + 14 * DAY
    staking.chain.pending_timestamp = due + 7 * DAY - 1
    bond.release(pool, sender=operator)
    assert staking.token.balanceOf(operator) == 100 * PHA


def test_another_release_waits_anew_and_can_be_taken_back(bond, pool, staking, operator):
    bond.requestRelease(pool, 30 * PHA, sender=operator)
    staking.travel(5 * DAY)
    again = bond.requestRelease(pool, 20 * PHA, sender=operator).timestamp
    assert tuple(bond.bondOf(pool)) == (50 * PHA, 50 * PHA, again + 14 * DAY)
    with ape.reverts(bond.BondTooSmall, pool=pool, requested=50 * PHA + 1, bonded=50 * PHA):
        bond.requestRelease(pool, 50 * PHA + 1, sender=operator)
    bond.cancelRelease(pool, sender=operator)
    assert tuple(bond.bondOf(pool))[:2] == (100 * PHA, 0)


@pytest.mark.parametrize("method", ["requestRelease", "cancelRelease", "release"])
def test_only_the_operator_moves_the_bond(bond, pool, stranger, method):
    arguments = (pool, PHA) if method == "requestRelease" else (pool,)
    with ape.reverts(bond.CallerNotOperatorOf, pool=pool, caller=stranger):
        getattr(bond, method)(*arguments, sender=stranger)


@pytest.mark.parametrize(("asked", "taken"), [(0, 0), (60, 60), (90, 90), (100, 100), (10**6, 100)])
def test_slash_takes_both_parts_and_never_reverts(bond, pool, staking, operator, slasher, asked, taken):
    bond.requestRelease(pool, 30 * PHA, sender=operator)
    bond.slash(pool, asked * PHA, sender=slasher)
    assert staking.token.balanceOf(slasher) == taken * PHA
    assert tuple(bond.bondOf(pool))[:2] == (max(0, 70 - taken) * PHA, min(30, 100 - taken) * PHA)


def test_slash_reverts_for_others(bond, pool, operator):
    with ape.reverts(bond.CallerNotSlashManager, caller=operator):
        bond.slash(pool, 1, sender=operator)
