# SPDX-License-Identifier: Apache-2.0
"""Faults that a review of the vault has found, each kept from coming back."""

from __future__ import annotations

import ape
import pytest
from eth_abi import encode

from tests.reference.stake_pools import DAY, PHA
from tests.reference.stake_vaults import MILLION, WORKER


def file(claims, staking, number, sender, level=4):
    """A proven claim for all of the lock at level 4. Gives its number."""
    manager, ground = claims
    offence = (number.to_bytes(32, "big"), WORKER, staking.now, level)
    receipt = manager.file(ground, encode(["(bytes32,bytes32,uint48,uint8)"], [offence]), sender=sender)
    return receipt.decode_logs(manager.ClaimFiled)[0].claimId


# The fee


def test_a_higher_fee_is_not_taken_of_what_was_earned_before_it(
    vault, staking, pool, deployer, owner, rewarder, alice, bob
):
    """S12. Nobody touches the vault between the notice and the first step after it."""
    vault.deposit(100 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 100 * PHA, sender=deployer)
    starts = vault.setFee(5000, sender=deployer).decode_logs(vault.FeeSet)[0].startsAt
    pool.reward(100 * PHA, sender=rewarder)  # 90 are the delegators'
    staking.travel_to(starts + DAY)
    assert vault.fee()[0] == 5000
    expected = vault.previewDeposit(PHA)
    vault.sync(sender=bob)
    assert vault.previewDeposit(PHA) == expected
    assert vault.balanceOf(owner) == 0
    # What comes after it pays: the price goes from 1.9 to 2.8, and half of the 0.9 are 45 PHA.
    pool.reward(100 * PHA, sender=rewarder)
    staking.travel(2 * DAY)
    vault.sync(sender=bob)
    assert abs(vault.convertToAssets(vault.balanceOf(owner)) - 45 * PHA) < 10**6


def test_a_lower_fee_is_not_taken_late(vault, staking, pool, deployer, owner, rewarder, alice):
    """The other way about: what was earned at the higher fee is settled when it falls."""
    starts = vault.setFee(1000, sender=deployer).decode_logs(vault.FeeSet)[0].startsAt
    staking.travel_to(starts)
    vault.deposit(100 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 100 * PHA, sender=deployer)
    pool.reward(100 * PHA, sender=rewarder)
    staking.travel(2 * DAY)
    vault.setFee(0, sender=deployer)
    assert abs(vault.convertToAssets(vault.balanceOf(owner)) - 9 * PHA) < 10**6


# The way out


def test_a_frozen_pool_cannot_be_asked_in_place_of_the_others(
    vault, staking, pool, other_pool, deployer, slasher, alice, bob
):
    """A stranger asks the frozen pool first: what it owes in weeks must not stand for what others give in one."""
    vault.deposit(100 * PHA, alice, sender=alice)
    for each in (pool, other_pool):
        vault.delegateTo(each, 50 * PHA, sender=deployer)
    pool.hold(staking.now + 30 * DAY, sender=slasher)
    vault.requestRedeem(40 * PHA, alice, alice, sender=alice)
    vault.recall(pool, sender=bob)
    vault.recall(other_pool, sender=alice)
    staking.travel(8 * DAY)
    vault.collect(other_pool, sender=alice)
    vault.fill(1, sender=alice)
    assert 40 * PHA - 1 <= vault.maxWithdraw(alice) <= 40 * PHA


def test_a_frozen_pool_is_not_asked_twice_for_the_same(vault, staking, pool, other_pool, deployer, slasher, alice, bob):
    vault.deposit(100 * PHA, alice, sender=alice)
    for each in (pool, other_pool):
        vault.delegateTo(each, 50 * PHA, sender=deployer)
    pool.hold(staking.now + 30 * DAY, sender=slasher)
    vault.requestRedeem(40 * PHA, alice, alice, sender=alice)
    vault.recall(pool, sender=bob)
    staking.begin_a_day()
    with ape.reverts(vault.NothingToRecall, pool=pool):
        vault.recall(pool, sender=bob)
    # And what others owe counts for it, as for all.
    vault.recall(other_pool, sender=bob)
    with ape.reverts(vault.NothingToRecall, pool=other_pool):
        vault.recall(other_pool, sender=bob)


def test_what_only_an_ended_claim_held_back_stands_behind_no_later_one(
    vault, staking, pool, deployer, claims, alice, bob, stranger
):
    """S15. Requests let go by the end of the first claim would hide how much of the second falls on the vault."""
    manager, _ = claims
    vault.deposit(100 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 100 * PHA, sender=deployer)
    pool.deposit(900 * PHA, bob, sender=bob)
    pool.requestRedeem(900 * PHA * 1000, bob, bob, sender=bob)
    staking.travel(5 * DAY)
    first = file(claims, staking, 1, stranger)
    staking.travel(3 * DAY)  # bob's request is due, but for the first claim
    file(claims, staking, 2, stranger, level=3)
    staking.travel(5 * DAY)
    manager.lapse(first, sender=stranger)
    # The second claim is for a tenth of the lock, 10 PHA, and only the vault's 100 can be reached.
    before = vault.valuation()[0]
    pool.settle(64, sender=stranger)
    assert vault.valuation()[0] == before
    assert abs(before - 90 * PHA) <= 1
    assert pool.books().owed == 900 * PHA


# Value that is nobody's


@pytest.fixture
def left_behind(vault, staking, pool, deployer, claims, alice, bob):
    """All have left while a claim was open, which then lapsed: 100 PHA are left and not one share."""
    vault.deposit(300 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 100 * PHA, sender=deployer)
    vault.requestRedeem(300 * PHA, alice, alice, sender=alice)
    staking.travel(7 * DAY)
    claim = file(claims, staking, 1, bob)
    vault.fill(1, sender=bob)
    assert (vault.totalSupply(), vault.maxRedeem(alice)) == (0, 300 * PHA)
    staking.travel(7 * DAY + 1)
    claims[0].lapse(claim, sender=bob)
    assert abs(vault.valuation()[0] - 100 * PHA) <= 1
    return vault


def test_value_that_is_nobodys_shuts_no_depositor_out(left_behind, alice, bob, owner):
    """A deposit under it came to no share at all, and one above it lost a part of itself to the virtual share."""
    vault = left_behind
    assert vault.previewDeposit(60 * PHA) == 60 * PHA
    assert vault.maxDeposit(bob) > MILLION
    vault.deposit(60 * PHA, bob, sender=bob)
    assert vault.balanceOf(bob) == 60 * PHA
    assert 60 * PHA - 1 <= vault.convertToAssets(60 * PHA) <= 60 * PHA
    assert abs(vault.convertToAssets(vault.balanceOf(owner)) - 100 * PHA) <= 2


def test_no_fee_is_taken_again_and_again_beyond_the_mark(left_behind, staking, deployer, owner, bob):
    """The mark ends at 4.7 million times the first price: what lay above it paid the fee at every step."""
    vault = left_behind
    starts = vault.setFee(1000, sender=deployer).decode_logs(vault.FeeSet)[0].startsAt
    staking.travel_to(starts)
    vault.deposit(150 * PHA, bob, sender=bob)
    for _ in range(5):
        vault.sync(sender=owner)
    assert vault.convertToAssets(vault.balanceOf(bob)) >= 150 * PHA - 2
    assert vault.fee()[2] == 10**15


def test_nor_does_it_while_the_claim_is_open(vault, staking, pool, deployer, claims, owner, alice, bob):
    """The same before the claim has ended: the price of a deposit is then the higher value's."""
    vault.deposit(300 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 100 * PHA, sender=deployer)
    vault.requestRedeem(300 * PHA, alice, alice, sender=alice)
    staking.travel(7 * DAY)
    claim = file(claims, staking, 1, bob)
    vault.fill(1, sender=bob)
    assert vault.valuation()[:3] == (0, 100 * PHA, 0)
    assert vault.previewDeposit(60 * PHA) == 60 * PHA
    assert vault.previewMint(60 * PHA) == 60 * PHA
    vault.deposit(60 * PHA, bob, sender=bob)
    assert vault.balanceOf(bob) == 60 * PHA
    assert vault.balanceOf(owner) == 100 * PHA
    staking.travel(7 * DAY + 1)
    claims[0].lapse(claim, sender=bob)
    assert abs(vault.convertToAssets(60 * PHA) - 60 * PHA) <= 1
