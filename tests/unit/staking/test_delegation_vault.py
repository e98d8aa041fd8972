# SPDX-License-Identifier: Apache-2.0
"""DelegationVault: in at the higher price and out at the lower, in order, with votes at the recorded price."""

from __future__ import annotations

import ape
from eth_abi import encode

from tests.reference.stake_pools import DAY, PHA, ZERO_ADDRESS
from tests.reference.stake_vaults import WORKER, delegate_votes


def file(claims, staking, number, level, sender):
    manager, ground = claims
    offence = (number.to_bytes(32, "big"), WORKER, staking.now, level)
    receipt = manager.file(ground, encode(["(bytes32,bytes32,uint48,uint8)"], [offence]), sender=sender)
    return receipt.decode_logs(manager.ClaimFiled)[0].claimId


def solvent(vault, staking):
    """S1: what the vault holds is what it says."""
    _, _, idle, owed = vault.valuation()
    return staking.token.balanceOf(vault) >= idle + owed


# In


def test_deposit_mints_at_the_price_and_donations_move_nothing(vault, staking, alice, bob):
    vault.deposit(100 * PHA, alice, sender=alice)
    assert vault.balanceOf(alice) == vault.totalSupply() == 100 * PHA == vault.totalAssets()
    staking.token.transfer(vault, 1000 * PHA, sender=bob)  # S7
    assert vault.previewDeposit(PHA) == PHA
    vault.deposit(50 * PHA, bob, sender=alice)
    assert vault.balanceOf(bob) == 50 * PHA
    assert vault.valuation() == (150 * PHA, 150 * PHA, 150 * PHA, 0)


def test_donated_pool_shares_move_nothing(vault, staking, pool, deployer, alice, bob):
    vault.deposit(100 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 60 * PHA, sender=deployer)
    pool.deposit(10 * PHA, bob, sender=bob)
    before = vault.totalAssets()
    pool.transfer(vault, pool.balanceOf(bob), sender=bob)
    assert vault.totalAssets() == before


def test_deposit_reverts_for_dust_and_nobody(vault, alice):
    with ape.reverts(vault.DepositTooSmall, assets=10**15, minimum=10**16):
        vault.deposit(10**15, alice, sender=alice)
    with ape.reverts(vault.ZeroShares):
        vault.mint(0, alice, sender=alice)
    with ape.reverts():  # ERC20InvalidReceiver
        vault.deposit(PHA, ZERO_ADDRESS, sender=alice)


def test_first_depositor_cannot_inflate(vault, staking, alice, bob):
    vault.deposit(10**16, alice, sender=alice)
    staking.token.transfer(vault, 10**5 * PHA, sender=alice)
    vault.deposit(PHA, bob, sender=bob)
    assert PHA - 1 <= vault.convertToAssets(vault.balanceOf(bob)) <= PHA


# Pools


def test_delegating_stays_within_list_cap_and_idle(vault, staking, pool, other_pool, deployer, alice, stranger):
    vault.deposit(100 * PHA, alice, sender=alice)
    for method, arguments in (
        (vault.delegateTo, (pool, PHA)),
        (vault.recallFrom, (pool, PHA)),
        (vault.setPool, (pool, 1)),
        (vault.removePool, (pool,)),
        (vault.setFee, (1,)),
        (vault.setFeeRecipient, (stranger,)),
    ):
        with ape.reverts():  # AccessManagedUnauthorized, of the access manager
            method(*arguments, sender=stranger)
    with ape.reverts(vault.IdleTooSmall, assets=101 * PHA, available=100 * PHA):
        vault.delegateTo(pool, 101 * PHA, sender=deployer)
    vault.setPool(pool, 30 * PHA, sender=deployer)
    with ape.reverts(vault.CapExceeded):
        vault.delegateTo(pool, 31 * PHA, sender=deployer)
    vault.delegateTo(pool, 30 * PHA, sender=deployer)
    vault.delegateTo(other_pool, 70 * PHA, sender=deployer)
    assert vault.valuation()[:3] == (100 * PHA, 100 * PHA, 0)
    with ape.reverts(vault.ForeignPool, pool=alice):
        vault.setPool(alice, 1, sender=deployer)
    with ape.reverts(vault.PoolInUse, pool=pool):
        vault.removePool(pool, sender=deployer)
    with ape.reverts(vault.PoolNotListed, pool=alice):
        vault.collect(alice, sender=alice)


def test_list_of_pools_is_bounded(vault, staking, operator, deployer):
    for _ in range(6):
        vault.setPool(staking.create_pool(operator), 1, sender=deployer)
    with ape.reverts(vault.TooManyPools, pools=8):
        vault.setPool(staking.create_pool(operator), 1, sender=deployer)
    vault.removePool(vault.pools()[3], sender=deployer)
    assert len(vault.pools()) == 7


def test_bankrupt_pool_is_a_loss_and_no_obstacle(
    vault, staking, pool, other_pool, deployer, operator, slasher, alice, bob
):
    """What its closed generation left counts once, whoever has it paid; the vault goes on with the rest."""
    vault.deposit(100 * PHA, alice, sender=alice)
    for each in (pool, other_pool):
        vault.delegateTo(each, 50 * PHA, sender=deployer)
    pool.slash(50 * PHA - 1000, sender=slasher)
    assert 50 * PHA + 990 <= vault.totalAssets() <= 50 * PHA + 1000
    before = vault.totalAssets()
    pool.claimClosed(0, vault, sender=bob)  # a stranger has it paid
    assert vault.totalAssets() == before
    vault.collect(pool, sender=bob)
    assert vault.totalAssets() == before
    vault.collect(pool, sender=bob)
    assert vault.totalAssets() == before
    assert solvent(vault, staking)
    pool.reopen(sender=operator)
    vault.deposit(10 * PHA, bob, sender=bob)
    vault.delegateTo(pool, 10 * PHA, sender=deployer)
    assert vault.positionOf(pool).generation == 1


# Out


def test_exit_takes_what_the_pool_takes_and_is_filled_in_order(vault, staking, pool, deployer, alice, bob):
    for person in (alice, bob):
        vault.deposit(100 * PHA, person, sender=person)
    vault.delegateTo(pool, 150 * PHA, sender=deployer)
    vault.requestRedeem(100 * PHA, alice, alice, sender=alice)
    vault.requestRedeem(100 * PHA, bob, bob, sender=bob)
    assert vault.pendingRedeemRequest(0, alice) == 100 * PHA
    vault.fill(10, sender=bob)
    assert (
        vault.maxRedeem(alice) == 0
    )  # not before the exit's days, though 50 are idle: an offence may be known to some
    vault.recall(pool, sender=bob)  # anyone: requests await it
    with ape.reverts(vault.NothingToRecall):
        vault.recall(pool, sender=bob)
    staking.travel(7 * DAY)
    vault.fill(10, sender=bob)
    assert (vault.maxWithdraw(alice), vault.pendingRedeemRequest(0, alice)) == (50 * PHA, 50 * PHA)
    staking.travel(DAY)
    vault.collect(pool, sender=bob)
    vault.fill(10, sender=bob)
    assert (vault.maxWithdraw(alice), vault.maxWithdraw(bob)) == (100 * PHA, 100 * PHA)
    with ape.reverts(vault.ClaimExceedsClaimable):
        vault.withdraw(100 * PHA + 1, alice, alice, sender=alice)
    with ape.reverts(vault.CallerNotAuthorised, caller=bob, controller=alice):
        vault.redeem(1, bob, alice, sender=bob)
    vault.withdraw(40 * PHA, alice, alice, sender=alice)
    vault.redeem(60 * PHA, alice, alice, sender=alice)
    vault.setOperator(alice, True, sender=bob)
    vault.redeem(100 * PHA, bob, bob, sender=alice)
    assert (vault.totalSupply(), vault.totalAssets()) == (0, 0)
    assert vault.valuation() == (0, 0, 0, 0)


def test_worst_exit_is_under_twenty_one_days(vault, staking, pool, deployer, registry, alice):
    """Workers hold all of the stake, nobody but the leaver acts: overdue, stopped, cooled, paid."""
    vault.deposit(100 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 100 * PHA, sender=deployer)
    pool.lock(100 * PHA, sender=registry)
    asked = vault.requestRedeem(100 * PHA, alice, alice, sender=alice).timestamp
    vault.recall(pool, sender=alice)
    staking.travel(7 * DAY)
    assert pool.isOverdue(int(vault.address, 16) << 48)
    staking.travel(7 * DAY)  # the workers' cool-down
    pool.unlock(100 * PHA, sender=registry)
    vault.collect(pool, sender=alice)
    vault.fill(1, sender=alice)
    vault.redeem(100 * PHA, alice, alice, sender=alice)
    assert staking.now - asked < 21 * DAY


def test_small_requests_delay_a_large_one_by_a_day_at_most(vault, staking, pool, deployer, alice, bob):
    for person in (alice, bob):
        vault.deposit(100 * PHA, person, sender=person)
    vault.delegateTo(pool, 200 * PHA, sender=deployer)
    vault.requestRedeem(1, bob, bob, sender=bob)
    vault.recall(pool, sender=bob)
    vault.requestRedeem(100 * PHA, alice, alice, sender=alice)
    with ape.reverts(vault.RecalledToday, pool=pool):
        vault.recall(pool, sender=alice)
    staking.travel_to(staking.start_of_day(1))
    vault.recall(pool, sender=bob)
    assert vault.positionOf(pool).requests == 2
    assert abs(vault.positionOf(pool).shares - 100 * PHA * 1000) <= 2000


def test_request_is_cancelled_by_its_controller_alone(vault, alice, bob):
    vault.deposit(100 * PHA, alice, sender=alice)
    vault.requestRedeem(60 * PHA, bob, alice, sender=alice)
    with ape.reverts(vault.NoSuchExit, place=0, controller=alice):
        vault.cancelRedeemRequest(0, alice, sender=alice)
    vault.cancelRedeemRequest(0, bob, sender=bob)
    assert (vault.balanceOf(bob), vault.pendingRedeemRequest(0, bob)) == (60 * PHA, 0)
    with ape.reverts(vault.NoSuchExit):
        vault.cancelRedeemRequest(0, bob, sender=bob)
    vault.fill(5, sender=bob)
    assert vault.queue() == (1, 1, 0)


def test_frozen_pool_blocks_no_exit_from_others(vault, staking, pool, other_pool, deployer, slasher, alice):
    vault.deposit(100 * PHA, alice, sender=alice)
    for each in (pool, other_pool):
        vault.delegateTo(each, 50 * PHA, sender=deployer)
    pool.hold(staking.now + 30 * DAY, sender=slasher)
    vault.requestRedeem(40 * PHA, alice, alice, sender=alice)
    vault.recall(other_pool, sender=alice)
    staking.travel(8 * DAY)
    vault.collect(other_pool, sender=alice)
    vault.fill(1, sender=alice)
    assert 40 * PHA - 1 <= vault.maxWithdraw(alice) <= 40 * PHA


# Slashes


def test_claimed_slash_is_cut_off_before_it_is_executed(
    vault, staking, pool, deployer, claims, bond, alice, bob, stranger
):
    """S15, and bug 13: who leaves after the filing bears the loss, who comes pays the price before it."""
    vault.deposit(200 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 150 * PHA, sender=deployer)
    pool.deposit(50 * PHA, bob, sender=bob)
    staking.token.approve(bond, 20 * PHA, sender=bob)
    bond.post(pool, 20 * PHA, sender=bob)
    vault.requestRedeem(100 * PHA, alice, alice, sender=alice)
    staking.travel(7 * DAY)
    claim = file(claims, staking, 1, 4, stranger)
    # 100 less 20 of bond, three quarters of it the vault's.
    assert abs(vault.totalAssets() - 140 * PHA) <= 1
    assert vault.valuation()[1] == 200 * PHA
    assert vault.previewDeposit(PHA) == PHA
    vault.fill(1, sender=alice)  # 50 are idle
    assert vault.maxWithdraw(alice) == 50 * PHA
    price = (140 * PHA, 200 * PHA)
    assert abs(vault.maxRedeem(alice) - 50 * PHA * price[1] // price[0]) <= 10
    claims[0].execute(claim, sender=stranger)
    low, high, _, _ = vault.valuation()
    assert low == high
    assert abs(low - 90 * PHA) <= 2


def test_votes_count_at_the_recorded_price_and_fall_with_a_slash(vault, staking, pool, deployer, slasher, alice, bob):
    """S16."""
    delegate_votes(vault, alice, alice)
    vault.deposit(100 * PHA, alice, sender=alice)
    vault.deposit(100 * PHA, bob, sender=bob)  # delegates to nobody
    vault.delegateTo(pool, 200 * PHA, sender=deployer)
    staking.travel(10)
    first = staking.now
    staking.travel(10)
    pool.slash(100 * PHA, sender=slasher)
    vault.sync(sender=bob)
    staking.travel(10)
    second = staking.now
    staking.travel(10)
    vault.requestRedeem(40 * PHA, alice, alice, sender=alice)
    staking.travel(10)
    third = staking.now
    staking.travel(10)
    delegate_votes(vault, bob, alice)
    staking.travel(10)
    assert vault.getPastStakedVotes(alice, first) == 100 * PHA
    assert abs(vault.getPastStakedVotes(alice, second) - 50 * PHA) <= 1
    assert abs(vault.getPastStakedVotes(alice, third) - 30 * PHA) <= 1
    assert abs(vault.getPastStakedVotes(alice, staking.now - 1) - 80 * PHA) <= 1
    assert vault.getPastVotes(alice, third) == 60 * PHA
    assert vault.getPastTotalSupply(second) == 200 * PHA
    assert vault.getPastStakedVotes(alice, first - 1000) == 0
    assert vault.getVotes(alice) == 160 * PHA
    with ape.reverts():  # ERC5805FutureLookup
        vault.getPastStakedVotes(alice, staking.now + 100)


def test_every_second_of_the_past_is_found_again(vault, staking, alice, bob):
    """Histories of every length up to nine, asked at, before and after each change."""
    delegate_votes(vault, alice, bob)
    begun, known = staking.now, []
    for number in range(9):
        staking.chain.pending_timestamp = staking.now + 7
        vault.deposit((number + 1) * PHA, alice, sender=alice)
        known.append((staking.now, (number + 1) * (number + 2) // 2 * PHA))
        staking.travel(5)
        assert vault.getPastVotes(bob, begun - 1) == vault.getPastTotalSupply(begun - 1) == 0
        assert vault.getPastStakedVotes(bob, known[0][0] - 1) == 0
        for index, (time, total) in enumerate(known):
            until = known[index + 1][0] - 1 if index < number else staking.now - 1
            for asked in (time, time + 1, until):
                assert vault.getPastVotes(bob, asked) == total
                assert vault.getPastTotalSupply(asked) == total
                assert vault.getPastStakedVotes(bob, asked) == total
    assert vault.numCheckpoints(bob) == 9
    assert [tuple(vault.checkpoints(bob, index)) for index in range(9)] == known
    with ape.reverts(vault.NoSuchCheckpoint, account=bob, index=9):
        vault.checkpoints(bob, 9)


def test_list_fee_and_idle_in_one_slot_stay_apart(vault, staking, pool, other_pool, operator, owner, deployer, alice):
    """What one slot holds together stays apart: list, fee, mark, idle PHA and history."""
    vault.deposit(100 * PHA, alice, sender=alice)
    new = staking.create_pool(operator)
    before = vault.fee(), vault.valuation()
    vault.setPool(new, 5, sender=deployer)
    assert vault.pools() == [pool, other_pool, new]
    vault.removePool(pool, sender=deployer)
    assert vault.pools() == [new, other_pool]
    assert (vault.fee(), vault.valuation()) == before
    vault.setFee(1000, sender=deployer)
    assert vault.valuation() == before[1]
    assert tuple(vault.fee())[:4] == (0, owner.address, 10**15, 1000)
    assert vault.pools() == [new, other_pool]


def test_share_basis_is_the_books(pool, staking, rewarder, slasher, alice):
    pool.deposit(100 * PHA, alice, sender=alice)
    pool.reward(10 * PHA, sender=rewarder)
    staking.travel(DAY // 3)
    until = staking.now + 5 * DAY
    pool.hold(until, sender=slasher)
    books = pool.books()
    assert books.active > 102 * PHA  # dripped so far
    assert tuple(pool.shareBasis()) == (books.active, books.supply, 0, until)
    pool.slash(200 * PHA, sender=slasher)
    assert tuple(pool.shareBasis()) == (0, 0, 1, until)


def test_deposit_is_refused_once_shares_have_lost_nearly_all(vault, staking, pool, deployer, slasher, alice, bob):
    """Bug 1: no run of losses and deposits outgrows the shares; what is left can be left with."""
    vault.deposit(100 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 100 * PHA, sender=deployer)
    pool.slash(100 * PHA - 10**12, sender=slasher)
    with ape.reverts(vault.VaultBankrupt):
        vault.deposit(PHA, bob, sender=bob)
    assert vault.maxDeposit(bob) == vault.maxMint(bob) == 0
    vault.requestRedeem(100 * PHA, alice, alice, sender=alice)
    vault.recall(pool, sender=bob)
    staking.travel(8 * DAY)
    vault.collect(pool, sender=bob)
    vault.fill(1, sender=bob)
    assert 10**12 - 10 <= vault.maxWithdraw(alice) <= 10**12


# The fee


def test_fee_is_shares_over_the_high_water_mark(vault, staking, pool, deployer, owner, rewarder, slasher, alice):
    vault.setFee(1000, sender=deployer)  # a rise: waits for 28 days
    vault.deposit(100 * PHA, alice, sender=alice)
    vault.delegateTo(pool, 100 * PHA, sender=deployer)
    pool.reward(100 * PHA, sender=rewarder)  # 90 are the delegators'
    staking.travel(2 * DAY)
    vault.sync(sender=alice)
    assert vault.balanceOf(owner) == 0
    assert (vault.fee()[0], vault.fee()[3]) == (0, 1000)
    staking.travel(27 * DAY)
    assert vault.fee()[0] == 1000
    vault.sync(sender=alice)  # what was earned before is settled at the fee before
    pool.reward(100 * PHA, sender=rewarder)
    staking.travel(2 * DAY)
    vault.sync(sender=alice)
    # The price went from 1.9 to 2.8: a tenth of 0.9 is the owner's.
    assert abs(vault.convertToAssets(vault.balanceOf(owner)) - 9 * PHA) < 10**6
    before = vault.balanceOf(owner)
    pool.slash(100 * PHA, sender=slasher)
    pool.reward(50 * PHA, sender=rewarder)
    staking.travel(2 * DAY)
    vault.sync(sender=alice)
    assert vault.balanceOf(owner) == before  # under the mark
    with ape.reverts(vault.FeeTooHigh, feeBps=5001, maximumBps=5000):
        vault.setFee(5001, sender=deployer)


def test_fee_notice_is_longer_than_the_way_out(vault, staking, deployer):
    receipt = vault.setFee(500, sender=deployer)
    (event,) = receipt.decode_logs(vault.FeeSet)
    assert event.startsAt - receipt.timestamp == (staking.parameters.worstExitDays() + 14) * DAY > 21 * DAY
    vault.setFee(0, sender=deployer)
    assert vault.fee()[0] == vault.fee()[3] == 0


def test_interfaces_by_their_ids(vault):
    for identifier in ("0x01ffc9a7", "0xe3bc4e65", "0x620ee8e4", "0x2f0a18c5"):
        assert vault.supportsInterface(identifier)
    assert not vault.supportsInterface("0xffffffff")
    assert vault.CLOCK_MODE() == "mode=timestamp"
    for method in (vault.previewRedeem, vault.previewWithdraw):
        with ape.reverts(vault.PreviewUnavailable):
            method(1)
