# SPDX-License-Identifier: Apache-2.0
"""Moves between pools as a thief would use them."""

from __future__ import annotations

import ape
import pytest

from tests.reference.stake_moves import MovesTwin, deploy_redelegation
from tests.reference.stake_pools import DAY, PHA, SLASH_MANAGER, Staking

SHARES = 1000
REENTERED = "3ee5aeb5"  # OpenZeppelin's ReentrancyGuardReentrantCall()


@pytest.fixture(scope="module")
def thief(accounts):
    return accounts[12]


@pytest.fixture(scope="module")
def other(staking, thief, alice, bob, carol):
    """The thief's own pool, with half of all rewards for themselves."""
    pool = staking.create_pool(thief, 5000)
    staking.token.transfer(thief, 10**6 * PHA, sender=staking.deployer)
    for account in (alice, bob, carol, thief):
        staking.token.approve(pool, 2**256 - 1, sender=account)
    return pool


@pytest.fixture
def moves(staking, redelegation, pool, other, operator, thief):
    staking.token.approve(pool, 2**256 - 1, sender=thief)
    return MovesTwin(staking, redelegation, [pool, other], [operator, thief])


@pytest.fixture
def proceeds(project, staking, treasury, deployer):
    bond = deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)
    core = (staking.manager, staking.token, staking.factory, staking.parameters)
    return deployer.deploy(project.SlashManager, *core, bond, treasury)


def test_attack_own_pool_shields_nothing(
    moves, staking, pool, other, redelegation, proceeds, slasher, thief, bob, stranger
):
    """Into a pool of one's own, with a list, a cap and a commission, just before the claim: all of it is forfeit."""
    ours = moves.sides[0]
    ours.deposit(thief, 100 * PHA)
    ours.deposit(bob, 100 * PHA)
    other.setWhitelistOn(True, sender=thief)
    for listed in (redelegation, thief):
        other.setListed(listed, True, sender=thief)
    moves.move(thief, 0, 100 * PHA * SHARES)
    other.setListed(redelegation, False, sender=thief)
    other.setCap(1, sender=thief)
    until = staking.now + 10 * DAY
    ours.step(lambda m: m.hold(until), pool.hold, until, sender=slasher)
    moves.settle_time(staking.start_of_day(9))
    assert moves.complete(1, thief)[0] == "StillLiable"  # S9
    assert ours.slash(slasher, 200 * PHA)[0] == 100 * PHA
    moves.settle_time(until)
    assert moves.complete(1, thief)[0] == (0, 0)
    moves.surrender(1, 0, stranger)
    moves.settle_time(staking.start_of_day(7))
    staking.factory.setModule(SLASH_MANAGER, proceeds, sender=staking.deployer)
    assert moves.collect(1, 100 * PHA * SHARES, stranger)[0] == 100 * PHA
    assert proceeds.proceeds() == 100 * PHA
    moves.compare()


def test_attack_slash_of_ones_own_pool_saves_nothing(moves, staking, other, redelegation, slasher, thief, bob):
    """A thief who burns their own pool loses by both: a half of a half is left, in whatever order."""
    ours, theirs = moves.sides
    ours.deposit(thief, 100 * PHA)
    ours.deposit(bob, 100 * PHA)
    moves.move(thief, 0, 100 * PHA * SHARES)
    theirs.slash(slasher, 50 * PHA)
    assert ours.slash(slasher, 100 * PHA)[0] == 50 * PHA
    moves.settle_time(staking.start_of_day(7))
    moves.complete(1, thief)
    assert other.convertToAssets(other.balanceOf(thief)) <= 25 * PHA
    assert ours.pool.convertToAssets(ours.pool.balanceOf(bob)) >= 50 * PHA - 1  # no more for those who stayed
    moves.compare()


def test_attack_escrowed_shares_go_nowhere(moves, staking, pool, other, redelegation, thief, stranger):
    """No chain of moves: neither the mover nor another can move, redeem, transfer or approve what is in escrow."""
    moves.sides[0].deposit(thief, 100 * PHA)
    moves.move(thief, 0, 100 * PHA * SHARES)
    assert moves.move(thief, 1, 1)[0] == "ERC20InsufficientBalance"
    assert moves.sides[1].request(thief, 1)[0] == "ERC20InsufficientBalance"
    with ape.reverts(other.ERC20InsufficientBalance):
        other.transfer(stranger, 1, sender=thief)
    for caller in (thief, stranger):
        with ape.reverts(other.ERC20InsufficientAllowance):
            redelegation.move(other.poolId(), pool.poolId(), 1, 0, redelegation, sender=caller)
        with ape.reverts(other.ERC20InsufficientAllowance):
            other.transferFrom(redelegation, caller, 1, sender=caller)
        with ape.reverts(other.ERC20InsufficientAllowance):
            other.requestRedeem(1, caller, redelegation, sender=caller)
        with ape.reverts(redelegation.NothingForfeit):
            redelegation.surrender(other.poolId(), 0, sender=caller)
        with ape.reverts(other.ClaimExceedsClaimable):
            redelegation.collect(other.poolId(), 1, sender=caller)


def test_attack_nobody_fills_the_contracts_list(moves, pool, other, redelegation, thief):
    """S13: requests in its name come from forfeits alone, so what `collect` pays is slashed PHA and nothing else."""
    moves.sides[1].deposit(thief, 100 * PHA)
    with ape.reverts(other.CallerNotAuthorised, caller=thief, controller=redelegation):
        other.requestRedeem(1000, redelegation, thief, sender=thief)


def test_attack_gifts_change_no_move(moves, staking, other, redelegation, thief, alice, bob):
    """Shares and PHA sent to the contract are nobody's, and no move pays by balances."""
    moves.sides[0].deposit(alice, 100 * PHA)
    moves.move(alice, 0, 60 * PHA * SHARES)
    other.deposit(10 * PHA, thief, sender=thief)
    other.transfer(redelegation, 10 * PHA * SHARES, sender=thief)
    staking.token.transfer(redelegation, 5 * PHA, sender=thief)
    staking.travel_to(staking.start_of_day(7))
    redelegation.complete(1, sender=bob)
    assert other.balanceOf(alice) == 60 * PHA * SHARES
    assert other.balanceOf(redelegation) == 10 * PHA * SHARES
    assert staking.token.balanceOf(redelegation) == 5 * PHA


def test_attack_many_tiny_moves_cost_others_nothing(moves, staking, pool, slasher, alice, bob):
    """Each leaves a wei or two with those who stay, never takes one; a slash between finds all of them."""
    ours = moves.sides[0]
    ours.deposit(alice, 10 * PHA + 1)
    ours.deposit(bob, 10 * PHA)
    ours.slash(slasher, PHA + 3)
    before = pool.convertToAssets(pool.balanceOf(bob))
    for _ in range(6):
        moves.move(alice, 0, 10**16 * SHARES * 3 // 2 + 1)
        after = pool.convertToAssets(pool.balanceOf(bob))
        assert before <= after <= before + 3
        before = after
    books = pool.books()
    stake = books.active + books.atExit + books.moved
    taken, _ = ours.slash(slasher, stake // 3)
    assert taken == stake // 3 * (books.active + books.atExit) // stake
    moves.settle_time(staking.start_of_day(7))
    for number in range(1, 7):
        moves.complete(number, bob)
    assert pool.books().moved == 0
    moves.compare()


def test_attack_crossed_moves_pay_twice(moves, staking, pool, other, slasher, alice, bob, carol, thief):
    """One into Y and one into X: each answers for both pools, and those who stayed for their own alone."""
    ours, theirs = moves.sides
    ours.deposit(alice, 100 * PHA)
    theirs.deposit(thief, 100 * PHA)
    ours.deposit(bob, 100 * PHA)
    theirs.deposit(carol, 100 * PHA)
    moves.move(alice, 0, 100 * PHA * SHARES)
    moves.move(thief, 1, 100 * PHA * SHARES)
    assert ours.slash(slasher, 150 * PHA)[0] == 100 * PHA  # of 300, 100 had moved
    assert theirs.slash(slasher, 150 * PHA)[0] == 100 * PHA
    moves.settle_time(staking.start_of_day(7))
    assert moves.complete(1, thief)[0][0] == pytest.approx(50 * PHA * SHARES, abs=2)
    assert moves.complete(2, alice)[0][0] == pytest.approx(50 * PHA * SHARES, abs=2)
    for pool_, person in ((other, alice), (pool, thief)):
        assert pool_.convertToAssets(pool_.balanceOf(person)) == pytest.approx(25 * PHA, abs=2)
    for pool_, person in ((pool, bob), (other, carol)):
        assert pool_.convertToAssets(pool_.balanceOf(person)) == pytest.approx(50 * PHA, abs=2)
    moves.compare()


def test_attack_move_out_and_back_within_a_day_is_no_gain(moves, staking, pool, redelegation, alice, bob, thief):
    """S8: the second leg has to wait for the first; both together pay at most what went in."""
    ours = moves.sides[0]
    ours.deposit(alice, 100 * PHA)
    moves.move(alice, 0, 100 * PHA * SHARES)
    moves.settle_time(staking.start_of_day(7))
    moves.complete(1, bob)
    moves.move(alice, 1, moves.sides[1].model.balances[alice.address])
    moves.settle_time(staking.start_of_day(7))
    moves.complete(2, bob)
    assert pool.convertToAssets(pool.balanceOf(alice)) <= 100 * PHA
    moves.compare()


@pytest.mark.parametrize("method", ["move", "complete", "surrender", "collect"])
def test_attack_reentrant_token_enters_nothing(project, chain, deployer, accounts, method):
    """A token that calls back in the middle of a move is refused by the contract and by both pools."""
    token = deployer.deploy(project.MockCallbackToken)
    alice, slasher = accounts[6], accounts[9]
    staking = Staking.deploy(project, chain, deployer, token=token, modules=[slasher, slasher, slasher])
    staking.begin_a_day()
    redelegation = deploy_redelegation(project, staking)
    pools = [staking.create_pool(accounts[5]), staking.create_pool(accounts[12])]
    token.mint(alice, 100 * PHA, sender=alice)
    token.approve(pools[0], 2**256 - 1, sender=alice)
    pools[0].deposit(100 * PHA, alice, sender=alice)
    arguments = {
        "move": (1, 2, PHA, 0, alice.address),
        "complete": (1,),
        "surrender": (2, 0),
        "collect": (2, 1),
    }[method]
    calls = [
        (redelegation, getattr(redelegation, method).encode_input(*arguments)),
        (pools[1], pools[1].deposit.encode_input(PHA, alice.address)),
    ]
    for target, call in calls:
        token.setCall(target, call, sender=alice)
        redelegation.move(1, 2, PHA * SHARES, 0, alice, sender=alice)
        assert (token.callSucceeded(), token.callAnswer().hex().removeprefix("0x")) == (False, REENTERED)
    assert [redelegation.moveOf(n).shares for n in (1, 2, 3)] == [PHA * SHARES, PHA * SHARES, 0]
