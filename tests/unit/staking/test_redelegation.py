# SPDX-License-Identifier: Apache-2.0
"""Redelegation: stake goes from pool to pool at once, and answers for the pool it left until its cohort is settled."""

from __future__ import annotations

import ape
import pytest
from eth_abi import encode

from tests.reference.stake_moves import MovesTwin, deploy_redelegation
from tests.reference.stake_pools import DAY, PHA, REDELEGATION, SLASH_MANAGER, ZERO_ADDRESS

SHARES = 1000
ONE = 2**111


@pytest.fixture(scope="module")
def other_operator(accounts):
    return accounts[12]


@pytest.fixture(scope="module")
def other(staking, other_operator, alice, bob, carol, rewarder):
    pool = staking.create_pool(other_operator, 500)
    for account in (alice, bob, carol, rewarder):
        staking.token.approve(pool, 2**256 - 1, sender=account)
    return pool


@pytest.fixture
def moves(staking, redelegation, pool, other, operator, other_operator):
    return MovesTwin(staking, redelegation, [pool, other], [operator, other_operator])


@pytest.fixture
def sides(moves):
    return moves.sides


def staked(sides, *deposits):
    """Deposits of (side, account, PHA)."""
    for side, account, amount in deposits:
        sides[side].deposit(account, amount * PHA)


# Moving


def test_move_stakes_in_the_other_pool_at_once(moves, sides, pool, other, staking, redelegation, alice, bob):
    staked(sides, (0, alice, 100), (0, bob, 50), (1, bob, 10))
    held = staking.token.balanceOf(pool), staking.token.balanceOf(other)
    _, receipt = moves.move(alice, 0, 40 * PHA * SHARES)
    assert (pool.totalAssets(), other.totalAssets()) == (110 * PHA, 50 * PHA)
    assert staking.token.balanceOf(pool) == held[0] - 40 * PHA
    assert staking.token.balanceOf(other) == held[1] + 40 * PHA
    assert (pool.balanceOf(alice), other.balanceOf(alice)) == (60 * PHA * SHARES, 0)
    assert other.balanceOf(redelegation) == 40 * PHA * SHARES
    assert staking.token.allowance(redelegation, other) == 0
    (event,) = receipt.decode_logs(redelegation.Moved)
    assert (event.moveId, event.owner, event.fromPoolId, event.toPoolId) == (1, alice, pool.poolId(), other.poolId())
    assert (event.sharesOut, event.assets, event.sharesIn) == (40 * PHA * SHARES, 40 * PHA, 40 * PHA * SHARES)
    (event,) = receipt.decode_logs(pool.MovedOut)
    assert (event.owner, event.caller, event.cohort) == (alice, alice, 0)
    assert (event.shares, event.assets) == (40 * PHA * SHARES, 40 * PHA)
    assert redelegation.moveOf(1).owner == alice
    moves.compare()


def test_moved_stake_earns_in_the_other_pool_from_that_second_on(moves, sides, other, staking, alice, bob, rewarder):
    staked(sides, (0, alice, 100), (1, bob, 100))
    moves.move(alice, 0, 100 * PHA * SHARES)
    sides[1].step(lambda m: m.reward(20 * PHA), other.reward, 20 * PHA, sender=rewarder)
    moves.settle_time(staking.now + DAY)
    moves.settle_time(staking.start_of_day(7))
    moves.complete(1, bob)
    # 19 of the 20 after the operator's 5 % are shared by two equal stakes.
    assert abs(other.convertToAssets(other.balanceOf(alice)) - 109 * PHA - PHA // 2) <= 2
    moves.compare()


def test_complete_pays_all_when_nothing_was_slashed(moves, sides, pool, other, staking, redelegation, alice, stranger):
    staked(sides, (0, alice, 100))
    moves.move(alice, 0, 33 * PHA * SHARES + 7)
    maturity = staking.start_of_day(7)
    moves.settle_time(maturity - 2)
    assert moves.complete(1, stranger)[0] == "StillLiable"
    assert tuple(redelegation.standing(1)) == (redelegation.moveOf(1).shares, True)
    moves.settle_time(maturity)
    shares = redelegation.moveOf(1).shares
    (kept, assets), receipt = moves.complete(1, stranger)
    assert (kept, assets) == (shares, 0)
    (event,) = receipt.decode_logs(redelegation.Completed)
    assert (event.moveId, event.owner, event.kept, event.forfeit, event.assets) == (1, alice, shares, 0, 0)
    assert other.balanceOf(alice) == shares
    assert other.balanceOf(redelegation) == pool.books().moved == 0
    assert moves.complete(1, stranger)[0] == "NoSuchMove"
    with ape.reverts(redelegation.NoSuchMove, moveId=1):
        redelegation.standing(1)
    with ape.reverts(redelegation.NoSuchMove, moveId=2):
        redelegation.complete(2, sender=stranger)
    moves.compare()


def test_move_reverts_for_the_same_and_unknown_pools(moves, sides, pool, alice):
    staked(sides, (0, alice, 10))
    assert moves.move(alice, 0, 100, target=pool.poolId())[0] == "SamePool"
    for unknown in (0, 99, 2**32 + 2, 2**256 - 1):
        assert moves.move(alice, 0, 100, target=unknown)[0] == "UnknownPool"


def test_move_reverts_from_an_unknown_pool(redelegation, other, alice):
    with ape.reverts(redelegation.UnknownPool, poolId=77):
        redelegation.move(77, other.poolId(), 100, 0, alice, sender=alice)


def test_move_reverts_for_no_shares_too_many_and_too_little(moves, sides, pool, other, redelegation, alice):
    staked(sides, (0, alice, 10))
    assert moves.move(alice, 0, 0)[0] == "ZeroShares"
    assert moves.move(alice, 0, 10 * PHA * SHARES + 1)[0] == "ERC20InsufficientBalance"
    assert moves.move(alice, 0, 10**16 * SHARES - 1)[0] == "DepositTooSmall"
    assert moves.move(alice, 0, 1)[0] == "ZeroShares"
    assert moves.move(alice, 0, 10**16 * SHARES)[0] == (1, 10**16, 10**16 * SHARES)
    moves.compare()


def test_move_reverts_under_the_fewest_shares_accepted(moves, sides, staking, pool, other, redelegation, alice, bob):
    staked(sides, (0, alice, 10), (1, bob, 10))
    asked = (pool.poolId(), other.poolId(), PHA * SHARES)
    with ape.reverts(redelegation.TooFewShares, shares=PHA * SHARES, minShares=PHA * SHARES + 1):
        redelegation.move(*asked, PHA * SHARES + 1, alice, sender=alice)
    assert moves.move(alice, 0, PHA * SHARES, least=PHA * SHARES + 1)[0] == "TooFewShares"
    assert moves.move(alice, 0, PHA * SHARES, least=PHA * SHARES)[0] == (1, PHA, PHA * SHARES)


def test_move_obeys_the_other_pools_cap(moves, sides, pool, other, redelegation, other_operator, alice, bob):
    staked(sides, (0, alice, 10), (1, bob, 5))
    other.setCap(8 * PHA, sender=other_operator)
    asked = (pool.poolId(), other.poolId())
    with ape.reverts(other.DepositExceedsMaximum, receiver=redelegation, amount=4 * PHA, maximum=3 * PHA):
        redelegation.move(*asked, 4 * PHA * SHARES, 0, alice, sender=alice)
    redelegation.move(*asked, 3 * PHA * SHARES, 0, alice, sender=alice)


def test_move_obeys_the_other_pools_list(moves, sides, pool, other, redelegation, other_operator, alice):
    """Both the mover and the contract that holds the shares for them have to be on it."""
    staked(sides, (0, alice, 10))
    asked = (pool.poolId(), other.poolId(), PHA * SHARES, 0, alice)
    assert other.mayReceive(alice)
    other.setWhitelistOn(True, sender=other_operator)
    other.setListed(redelegation, True, sender=other_operator)
    assert not other.mayReceive(alice)
    with ape.reverts(redelegation.MoverNotListed, poolId=other.poolId(), owner=alice):
        redelegation.move(*asked, sender=alice)
    other.setListed(redelegation, False, sender=other_operator)
    other.setListed(alice, True, sender=other_operator)
    with ape.reverts(other.ReceiverNotListed, receiver=redelegation):
        redelegation.move(*asked, sender=alice)
    other.setListed(redelegation, True, sender=other_operator)
    redelegation.move(*asked, sender=alice)


def test_move_into_a_frozen_or_bankrupt_pool_reverts(moves, sides, staking, other, slasher, alice, bob):
    staked(sides, (0, alice, 10), (1, bob, 10))
    until = staking.now + DAY
    sides[1].step(lambda m: m.hold(until), other.hold, until, sender=slasher)
    assert moves.move(alice, 0, PHA * SHARES)[0] == "PoolFrozen"
    moves.settle_time(until)
    sides[1].slash(slasher, 10 * PHA)
    assert moves.move(alice, 0, PHA * SHARES)[0] == "PoolBankrupt"
    moves.compare()


def test_move_out_of_a_held_pool_stays_liable(moves, sides, staking, pool, slasher, alice, bob):
    """S9: the claim of before takes its part of what moves after its filing."""
    staked(sides, (0, alice, 100), (0, bob, 100))
    until = staking.now + 10 * DAY
    sides[0].step(lambda m: m.hold(until), pool.hold, until, sender=slasher)
    moves.move(alice, 0, 100 * PHA * SHARES)
    moves.settle_time(staking.start_of_day(8))
    assert moves.complete(1, alice)[0] == "StillLiable"
    assert sides[0].slash(slasher, 50 * PHA)[0] == 25 * PHA
    moves.settle_time(until)
    assert moves.complete(1, alice)[0] == (75 * PHA * SHARES, 0)
    assert pool.convertToAssets(pool.balanceOf(bob)) == 75 * PHA
    moves.compare()


def test_move_out_of_a_closed_generation_reverts(moves, sides, pool, staking, slasher, alice):
    staked(sides, (0, alice, 100))
    sides[0].slash(slasher, 100 * PHA - 10**9)
    assert pool.balanceOf(alice) == 0
    assert moves.move(alice, 0, PHA)[0] == "ERC20InsufficientBalance"
    pool.claimClosed(0, alice, sender=alice)


# Who may


def test_move_by_an_operator_and_by_an_allowance(moves, sides, pool, other, redelegation, alice, bob, carol):
    """As for a request: the shares stay the owner's, and an allowance is spent."""
    staked(sides, (0, alice, 10))
    asked = (pool.poolId(), other.poolId(), PHA * SHARES, 0, alice)
    with ape.reverts(pool.ERC20InsufficientAllowance, spender=bob, allowance=0, needed=PHA * SHARES):
        redelegation.move(*asked, sender=bob)
    pool.approve(bob, PHA * SHARES, sender=alice)
    redelegation.move(*asked, sender=bob)
    assert pool.allowance(alice, bob) == 0
    pool.setOperator(carol, True, sender=alice)
    redelegation.move(*asked, sender=carol)
    assert [redelegation.moveOf(n).owner for n in (1, 2)] == [alice, alice]
    assert pool.balanceOf(alice) == 8 * PHA * SHARES
    with ape.reverts(pool.ERC20InsufficientAllowance):
        redelegation.move(*asked, sender=bob)


def test_move_out_reverts_for_all_but_the_module(pool, other, staking, redelegation, deployer, alice):
    pool.deposit(10 * PHA, alice, sender=alice)
    with ape.reverts(pool.CallerNotModule, caller=alice, module=redelegation):
        pool.moveOut(PHA, alice, alice, sender=alice)
    staking.factory.setModule(REDELEGATION, ZERO_ADDRESS, sender=deployer)
    with ape.reverts(pool.CallerNotModule, caller=redelegation, module=ZERO_ADDRESS):
        redelegation.move(pool.poolId(), other.poolId(), PHA, 0, alice, sender=alice)


def test_replaced_module_starts_no_move_and_completes_its_own(
    project, moves, sides, staking, pool, other, redelegation, alice, slasher, stranger
):
    staked(sides, (0, alice, 100))
    moves.move(alice, 0, 50 * PHA * SHARES)
    sides[0].slash(slasher, 10 * PHA)
    successor = deploy_redelegation(project, staking)
    with ape.reverts(pool.CallerNotModule, caller=redelegation, module=successor):
        redelegation.move(pool.poolId(), other.poolId(), PHA * SHARES, 0, alice, sender=alice)
    successor.move(pool.poolId(), other.poolId(), PHA * SHARES, 0, alice, sender=alice)
    staking.travel_to(staking.start_of_day(7))
    redelegation.complete(1, sender=stranger)
    assert abs(other.balanceOf(alice) - 45 * PHA * SHARES) <= 1
    redelegation.surrender(other.poolId(), 0, sender=stranger)
    assert other.balanceOf(redelegation) == 0


# Liability


def test_slash_takes_from_stayers_requests_and_movers_alike(moves, sides, pool, other, slasher, alice, bob, carol):
    """A stayer of 100, a request of 60 and a move of 40 lose a half each: 80 of the 100 are in the pool."""
    staked(sides, (0, alice, 40), (0, bob, 60), (0, carol, 100))
    sides[0].request(bob, 60 * PHA * SHARES)
    moves.move(alice, 0, 40 * PHA * SHARES)
    taken, receipt = sides[0].slash(slasher, 100 * PHA)
    assert taken == 80 * PHA
    (event,) = receipt.decode_logs(pool.Slashed)
    assert (event.requested, event.taken, event.fromMoved) == (100 * PHA, 80 * PHA, 20 * PHA)
    books = pool.books()
    assert (books.active, books.atExit, books.moved) == (50 * PHA, 30 * PHA, 20 * PHA)
    assert moves.model.kept(1) == 20 * PHA * SHARES
    assert other.totalAssets() == 40 * PHA  # untouched until the move is completed
    moves.compare()


def test_order_of_slashes_in_both_pools_does_not_matter(moves, sides, staking, pool, other, slasher, alice, bob):
    """S4: X then Y, or Y then X; the mover keeps 3/4 of 2/3, and what X took is worth 1/4 of 2/3."""
    staked(sides, (0, alice, 60), (0, bob, 60), (1, bob, 30))
    moves.move(alice, 0, 60 * PHA * SHARES)
    ends = []
    for order in ((pool, other), (other, pool)):
        with staking.chain.isolate():
            for side in order:
                side.slash(30 * PHA, sender=slasher)
            staking.travel_to(staking.start_of_day(7))
            moves.redelegation.complete(1, sender=alice)
            kept = other.balanceOf(alice)
            forfeit = moves.redelegation.forfeited(other.poolId(), 0)
            ends.append([other.convertToAssets(kept), other.convertToAssets(forfeit), pool.totalAssets()])
    for one, two in zip(*ends, strict=True):
        assert abs(one - two) <= 2
    assert ends[0] == pytest.approx([30 * PHA, 10 * PHA, 45 * PHA], abs=2)


def test_settled_move_never_changes_value(moves, sides, staking, slasher, alice, bob):
    """S5: what matured before a slash is out of its reach, completed or not."""
    staked(sides, (0, alice, 100), (0, bob, 100))
    moves.move(alice, 0, 100 * PHA * SHARES)
    moves.settle_time(staking.start_of_day(7))
    assert sides[0].slash(slasher, 60 * PHA)[0] == 60 * PHA
    assert moves.complete(1, bob)[0] == (100 * PHA * SHARES, 0)
    moves.compare()


def test_move_waits_while_locks_lean_on_it_and_workers_can_be_stopped(
    moves, sides, staking, pool, registry, alice, bob, stranger
):
    """Coverage: with 60 of 100 moved away, a lock of 70 keeps the cohort open. Its number stands for a request's id."""
    staked(sides, (0, alice, 60), (0, bob, 40))
    sides[0].step(lambda m: m.lock(70 * PHA), pool.lock, 70 * PHA, sender=registry)
    moves.move(alice, 0, 60 * PHA * SHARES)
    moves.settle_time(staking.start_of_day(7) - 1)
    assert not pool.isOverdue(0)
    moves.settle_time(staking.start_of_day(1))
    assert pool.isOverdue(0)
    assert not pool.isOverdue(1)
    assert moves.complete(1, stranger)[0] == "StillLiable"
    sides[0].step(lambda m: m.unlock(30 * PHA), pool.unlock, 30 * PHA, sender=registry)
    assert not pool.isOverdue(0)
    assert moves.complete(1, stranger)[0] == (60 * PHA * SHARES, 0)
    moves.compare()


def test_move_stands_behind_older_requests(moves, sides, staking, pool, registry, alice, bob, carol):
    """A day's move covers the locks for the cohort of the day before, and none for its own."""
    staked(sides, (0, alice, 50), (0, bob, 50))
    sides[0].step(lambda m: m.lock(50 * PHA), pool.lock, 50 * PHA, sender=registry)
    sides[0].request(bob, 50 * PHA * SHARES)
    moves.settle_time(staking.start_of_day(1))
    moves.move(alice, 0, 50 * PHA * SHARES)
    moves.settle_time(staking.start_of_day(7))
    assert sides[0].redeem(bob, 50 * PHA * SHARES)[0] == (50 * PHA, 50 * PHA * SHARES)
    assert moves.complete(1, carol)[0] == "StillLiable"
    books = pool.books()
    assert (books.active, books.atExit, books.moved, books.locked) == (0, 0, 50 * PHA, 50 * PHA)
    moves.compare()


def test_slash_of_a_pool_whose_stake_has_all_moved(moves, sides, staking, pool, other, slasher, registry, alice):
    """S3: nothing is taken where nothing is; the loss is the mover's, and the locks fall by it."""
    staked(sides, (0, alice, 50))
    sides[0].step(lambda m: m.lock(50 * PHA), pool.lock, 50 * PHA, sender=registry)
    moves.move(alice, 0, 50 * PHA * SHARES)
    assert sides[0].slash(slasher, 20 * PHA)[0] == 0
    assert 30 * PHA - 1 <= pool.books().locked <= 30 * PHA  # what is counted on is rounded down
    assert sides[0].slash(slasher, 80 * PHA)[0] == 0
    assert (pool.books().locked, pool.books().moved) == (0, 0)
    moves.settle_time(staking.start_of_day(7))
    assert moves.complete(1, alice)[0] == (0, 0)
    assert moves.model.forfeited[other.poolId(), 0] == 50 * PHA * SHARES
    moves.compare()


def test_eras_end_while_a_move_is_open(moves, sides, staking, pool, slasher, alice, bob):
    """The factor starts again at one; the mover has what both slashes left: a half of 10^-10."""
    staked(sides, (0, alice, 1000), (0, bob, 1000))
    moves.move(alice, 0, 1000 * PHA * SHARES)
    sides[0].slash(slasher, 2000 * PHA - 2 * 10**11)
    assert sides[0].model.era == 1
    assert sides[0].model.moved == pytest.approx(10**11, abs=2)
    moves.compare()
    sides[0].slash(slasher, 10**11 // 2)
    moves.compare()
    moves.settle_time(staking.start_of_day(7))
    (kept, _), _ = moves.complete(1, bob)
    assert kept == pytest.approx(10**11 // 2 * SHARES, abs=2 * SHARES)
    moves.compare()


def test_no_worker_may_lean_on_shares_in_escrow(moves, sides, staking, pool, other, registry, alice, bob):
    """The same PHA would stand behind the workers of two pools."""
    staked(sides, (0, alice, 100), (1, bob, 30))
    moves.move(alice, 0, 100 * PHA * SHARES)
    with ape.reverts(other.LockExceedsActive, locked=30 * PHA + 1, active=30 * PHA):
        other.lock(30 * PHA + 1, sender=registry)
    sides[1].step(lambda m: m.lock(30 * PHA), other.lock, 30 * PHA, sender=registry)
    moves.settle_time(staking.start_of_day(7))
    moves.complete(1, bob)
    sides[1].step(lambda m: m.lock(100 * PHA), other.lock, 100 * PHA, sender=registry)
    moves.compare()


# What slashes took


def test_forfeit_shares_end_in_the_proceeds(
    project, moves, sides, staking, pool, other, redelegation, deployer, treasury, slasher, alice, bob, stranger
):
    staked(sides, (0, alice, 100), (0, bob, 100), (1, bob, 100))
    moves.move(alice, 0, 100 * PHA * SHARES)
    sides[0].slash(slasher, 100 * PHA)
    moves.settle_time(staking.start_of_day(7))
    assert moves.complete(1, bob)[0] == (50 * PHA * SHARES, 0)
    number = other.poolId()
    assert redelegation.forfeited(number, 0) == 50 * PHA * SHARES
    assert moves.surrender(1, 1, stranger)[0] == "NothingForfeit"
    _, receipt = moves.surrender(1, 0, stranger)
    (event,) = receipt.decode_logs(redelegation.Surrendered)
    assert (event.poolId, event.generation, event.shares) == (number, 0, 50 * PHA * SHARES)
    assert moves.surrender(1, 0, stranger)[0] == "NothingForfeit"
    moves.compare()
    core = (staking.manager, staking.token, staking.factory, staking.parameters)
    bond = deployer.deploy(project.OperatorBond, *core[1:])
    manager = deployer.deploy(project.SlashManager, *core, bond, treasury)
    staking.factory.setModule(SLASH_MANAGER, manager, sender=deployer)
    assert moves.collect(1, 1, stranger)[0] == "ClaimExceedsClaimable"
    moves.settle_time(staking.start_of_day(7))
    assert moves.collect(1, 0, stranger)[0] == "NothingToCollect"
    assert moves.collect(1, 50 * PHA * SHARES + 1, stranger)[0] == "ClaimExceedsClaimable"
    assert moves.collect(1, 5 * PHA * SHARES, stranger)[0] == 5 * PHA
    _, receipt = moves.collect(1, 45 * PHA * SHARES, stranger)
    (event,) = receipt.decode_logs(redelegation.Collected)
    assert (event.poolId, event.assets) == (number, 45 * PHA)
    (event,) = receipt.decode_logs(manager.ProceedsAdded)
    assert (event["from"], event.assets) == (redelegation, 45 * PHA)
    assert manager.proceeds() == 50 * PHA == staking.token.balanceOf(manager)
    before = staking.token.balanceOf(treasury)
    manager.distribute(sender=stranger)
    assert staking.token.balanceOf(treasury) - before == 50 * PHA
    moves.compare()


@pytest.mark.parametrize("others_claim", [False, True])
def test_closed_generation_of_the_other_pool_pays_each_move_its_part(
    project,
    moves,
    sides,
    staking,
    pool,
    other,
    redelegation,
    other_operator,
    deployer,
    treasury,
    slasher,
    alice,
    bob,
    carol,
    stranger,
    others_claim,
):
    """Two movers lose a quarter to X and nearly all to Y; whoever had the closed shares paid, each gets their own."""
    staked(sides, (0, alice, 100), (0, bob, 100), (1, carol, 100))
    moves.move(alice, 0, 100 * PHA * SHARES)
    moves.move(bob, 0, 40 * PHA * SHARES)
    sides[0].slash(slasher, 50 * PHA)
    sides[1].slash(slasher, 240 * PHA - 6 * 10**9)
    assert other.books().generation == 1
    sides[1].reopen(other_operator)
    staked(sides, (1, carol, 10))
    moves.move(bob, 0, 60 * PHA * SHARES)  # the rest, into the new generation
    if others_claim:
        moves.claim_closed(1, 0, stranger)
    moves.compare()
    moves.settle_time(staking.start_of_day(7))
    (kept, assets), receipt = moves.complete(1, stranger)
    assert (kept, assets) == (75 * PHA * SHARES, 6 * 10**9 * 75 // 240)
    assert receipt.decode_logs(redelegation.Completed)[0].assets == assets
    assert staking.token.balanceOf(alice) == 10**24 - 100 * PHA + assets
    if not others_claim:
        moves.claim_closed(1, 0, stranger)  # nothing is left to claim
    moves.complete(2, stranger)
    moves.complete(3, stranger)
    moves.compare()
    core = (staking.manager, staking.token, staking.factory, staking.parameters)
    bond = deployer.deploy(project.OperatorBond, *core[1:])
    manager = deployer.deploy(project.SlashManager, *core, bond, treasury)
    staking.factory.setModule(SLASH_MANAGER, manager, sender=deployer)
    moves.surrender(1, 0, stranger)
    assert manager.proceeds() == 6 * 10**9 * 35 // 240
    assert staking.token.balanceOf(redelegation) == moves.model.held <= 2
    moves.compare()


def test_reporter_has_the_share_of_what_movers_lose_too(
    project, staking, pool, other, redelegation, deployer, treasury, alice, bob, stranger
):
    """Of a claim for 100 with a bond of 30: 5 of 100 are the reporter's, wherever the stake is by then."""
    core = (staking.manager, staking.token, staking.factory, staking.parameters)
    bond = deployer.deploy(project.OperatorBond, *core[1:])
    manager = deployer.deploy(project.SlashManager, *core, bond, treasury)
    locks, ground = deployer.deploy(project.MockWorkerLocks), deployer.deploy(project.MockSlashGround)
    staking.factory.setModule(SLASH_MANAGER, manager, sender=deployer)
    staking.factory.setModule(1, locks, sender=deployer)
    manager.setGround(ground, True, sender=deployer)
    worker = b"\x07" * 32
    locks.setLock(worker, 0, pool, 100 * PHA, sender=deployer)
    staking.token.approve(bond, 2**256 - 1, sender=bob)
    bond.post(pool, 30 * PHA, sender=bob)
    pool.deposit(100 * PHA, alice, sender=alice)
    pool.deposit(100 * PHA, bob, sender=bob)
    redelegation.move(pool.poolId(), other.poolId(), 100 * PHA * SHARES, 0, alice, sender=alice)
    evidence = encode(["(bytes32,bytes32,uint48,uint8)"], [(b"\x01" * 32, worker, staking.now, 4)])
    manager.file(ground, evidence, sender=stranger)
    receipt = manager.execute(1, sender=stranger)
    (event,) = receipt.decode_logs(manager.ClaimExecuted)
    assert (event.fromBond, event.fromPool, event.fromMoved) == (30 * PHA, 35 * PHA, 35 * PHA)
    assert event.reporterShare == 5 * PHA == manager.reporterDue(stranger)
    assert manager.proceeds() == 60 * PHA
    assert staking.token.balanceOf(manager) == 65 * PHA
    staking.token.approve(manager, PHA, sender=bob)
    manager.addProceeds(PHA, sender=bob)
    assert (manager.proceeds(), staking.token.balanceOf(manager)) == (61 * PHA, 66 * PHA)


def test_every_wei_is_somewhere(moves, sides, staking, pool, other, redelegation, slasher, alice, bob):
    """A move, slashes on both sides, a completion and the way out: the sum of all holders never changes."""
    staked(sides, (0, alice, 101), (0, bob, 57), (1, bob, 23))
    holders = [pool, other, redelegation, slasher, alice, bob]
    total = sum(staking.token.balanceOf(holder) for holder in holders)
    moves.move(alice, 0, 77 * PHA * SHARES + 13)
    sides[0].slash(slasher, 31 * PHA + 7)
    sides[1].slash(slasher, 11 * PHA + 3)
    assert sides[0].model.moved_loss + staking.token.balanceOf(slasher) == 42 * PHA + 10
    moves.settle_time(staking.start_of_day(7))
    moves.complete(1, bob)
    kept = other.balanceOf(alice)
    sides[1].request(alice, kept)
    moves.settle_time(staking.start_of_day(7))
    sides[1].redeem(alice, kept)
    assert sum(staking.token.balanceOf(holder) for holder in holders) == total
    assert pool.books().moved == 0
    moves.compare()
