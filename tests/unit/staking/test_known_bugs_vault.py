# SPDX-License-Identifier: Apache-2.0
"""The bugs that other protocols had, tried on the vault; and the table of what covers which, for pools and vault."""

from __future__ import annotations

import importlib

import ape
import pytest
from eth_abi import encode

from tests.reference.stake_pools import DAY, PHA, SLASH_MANAGER, WORKER_REGISTRY, parameter
from tests.reference.stake_vaults import deploy_vault

WORKER, OTHER = b"\x07" * 32, b"\x08" * 32
POOLS, VAULT = "test_known_bugs", "test_known_bugs_vault"
COVERED: dict[int, tuple[list[str], list[str]]] = {
    1: (
        ["bug_01_near_total_slash_and_redeposit_again_and_again", "bug_01_slashes_just_short_of_a_generations_end"],
        ["bug_01_near_total_slashes_of_a_pool_and_redeposit"],
    ),
    2: (
        ["bug_02_executing_a_later_slash_leaves_an_earlier_one_executable"],
        [
            "bug_02_claims_executed_out_of_order_are_cut_off_once_each",
            "bug_02_claims_on_one_lock_are_cut_off_once",
        ],
    ),
    3: (["bug_03_last_withdrawal_after_odd_fractions_is_paid"], ["bug_03_last_one_out_is_paid"]),
    4: (["bug_04_nobody_fills_anothers_request_list"], ["bug_04_anothers_dust_requests_stop_nobody"]),
    5: (["bug_05_queues_of_two_kinds_do_not_mix"], ["bug_05_own_queue_and_requests_in_pools_do_not_mix"]),
    6: (
        ["bug_06_slash_over_the_balance_takes_all_and_reverts_not"],
        ["bug_06_claims_over_the_stake_leave_a_value_of_what_is_safe"],
    ),
    7: (
        ["bug_07_overlong_cooldown_is_refused_and_cannot_wrap", "bug_07_shortened_exit_overtakes_no_older_request"],
        ["bug_07_longest_exit_is_waited_for_to_the_second"],
    ),
    8: (
        ["bug_08_delegators_answer_when_the_operator_is_empty"],
        ["bug_08_vaults_holders_answer_when_the_operator_is_empty"],
    ),
    9: (
        [
            "bug_09_small_slash_rounds_to_no_total_loss_and_locks_do_not_underflow",
            "bug_09_a_wei_of_slash_costs_a_small_stake_a_wei",
        ],
        ["bug_09_a_wei_of_slash_costs_a_wei"],
    ),
    10: (["bug_10_one_wei_of_slash_blocks_no_withdrawal_in_assets"], ["bug_10_what_was_filled_no_slash_makes_smaller"]),
    11: (
        ["bug_11_arriving_just_before_a_reward_brings_next_to_nothing"],
        ["bug_11_arriving_just_before_a_reward_brings_next_to_nothing"],
    ),
    12: (["bug_12_donation_moves_nothing"], ["bug_12_donations_of_both_kinds_move_nothing"]),
    13: (["bug_13_a_known_loss_is_not_escaped"], ["bug_13_idle_pha_is_no_way_past_a_known_loss"]),
    14: (
        ["bug_14_held_pool_with_a_waiting_request_takes_stake_again_afterwards"],
        ["bug_14_vault_that_waits_for_a_pool_may_contribute_again"],
    ),
    15: (["bug_15_rewards_after_a_wipe_pass_by_the_wiped"], ["bug_15_wiped_position_earns_nothing_later"]),
}
"""The fifteen bugs of the design, each with its tests for pools and for the vault."""


@pytest.mark.parametrize("bug", range(1, 16))
def test_each_bug_has_a_test_for_pools_and_for_the_vault(bug):
    for module, names in zip((POOLS, VAULT), COVERED[bug], strict=True):
        found = importlib.import_module(f"tests.unit.staking.{module}")
        assert names
        for name in names:
            assert callable(getattr(found, f"test_{name}"))
        there = {each.removeprefix("test_") for each in dir(found) if each.startswith(f"test_bug_{bug:02d}_")}
        assert there == set(names), "a test of this bug is missing from the table"


@pytest.fixture(scope="module")
def bond(project, staking, deployer):
    return deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)


@pytest.fixture(scope="module")
def vault(project, staking, pool, bond, deployer, alice, bob, carol, accounts):
    vault = deploy_vault(project, staking, bond, accounts[12])
    for account in (alice, bob, carol):
        staking.token.approve(vault, 2**256 - 1, sender=account)
    vault.setPool(pool, 10**7 * PHA, sender=deployer)
    return vault


@pytest.fixture
def claims(project, staking, pool, bond, deployer):
    """The real slash manager, and files claims for two workers whose locks are 100 PHA each."""
    locks = deployer.deploy(project.MockWorkerLocks)
    ground = deployer.deploy(project.MockSlashGround)
    for worker in (WORKER, OTHER):
        locks.setLock(worker, 0, pool, 100 * PHA, sender=deployer)
    manager = deployer.deploy(
        project.SlashManager, staking.manager, staking.token, staking.factory, staking.parameters, bond, deployer
    )
    staking.factory.setModule(SLASH_MANAGER, manager, sender=deployer)
    staking.factory.setModule(WORKER_REGISTRY, locks, sender=deployer)
    manager.setGround(ground, True, sender=deployer)

    def file(number: int, level: int, worker: bytes = WORKER) -> int:
        offence = (number.to_bytes(32, "big"), worker, staking.now, level)
        manager.file(ground, encode(["(bytes32,bytes32,uint48,uint8)"], [offence]), sender=deployer)
        return number

    file.manager = manager
    return file


def staked(vault, pool, deployer, person, assets: int, idle: int = 0) -> None:
    """A deposit, all of it but `idle` in the pool."""
    vault.deposit(assets, person, sender=person)
    vault.delegateTo(pool, assets - idle, sender=deployer)


def out(vault, staking, pool, person, deployer) -> int:
    """Everything of a person's, through recall, collection and filling; gives the wei paid."""
    vault.requestRedeem(vault.balanceOf(person), person, person, sender=person)
    vault.recallFrom(pool, 1, sender=deployer)
    staking.travel_to(staking.start_of_day(8) + 3600)
    vault.collect(pool, sender=person)
    vault.fill(99, sender=person)
    before = staking.token.balanceOf(person)
    vault.redeem(vault.maxRedeem(person), person, person, sender=person)
    return staking.token.balanceOf(person) - before


def test_bug_01_near_total_slashes_of_a_pool_and_redeposit(
    vault, staking, pool, operator, deployer, slasher, alice, bob
):
    """Symbiotic, Horizon, Succinct: generation after generation ends; the vault's numbers stay in their width."""
    for generation in range(1, 5):
        staked(vault, pool, deployer, alice, 10_000 * PHA, idle=1000 * PHA)
        pool.slash(10**30, sender=slasher)
        pool.reopen(sender=operator)
        vault.collect(pool, sender=bob)
        assert pool.books().generation == vault.positionOf(pool).generation == generation
        assert vault.totalAssets() == generation * 1000 * PHA
    assert vault.totalSupply() < 2**104
    assert vault.maxDeposit(bob) > 10**6 * PHA
    vault.deposit(1000 * PHA, bob, sender=bob)
    assert 1000 * PHA - 10**6 <= vault.convertToAssets(vault.balanceOf(bob)) <= 1000 * PHA


def test_bug_02_claims_executed_out_of_order_are_cut_off_once_each(vault, staking, pool, deployer, claims, alice):
    """Symbiotic. The younger claim first, then the older; the low end says beforehand what is left afterwards."""
    staked(vault, pool, deployer, alice, 200 * PHA)
    older, younger = claims(1, 3), claims(2, 4, OTHER)
    assert vault.valuation()[0] == (200 - 10 - 100) * PHA
    claims.manager.execute(younger, sender=alice)
    assert abs(vault.valuation()[0] - 90 * PHA) <= 2
    assert abs(vault.valuation()[1] - 100 * PHA) <= 2
    claims.manager.execute(older, sender=alice)
    assert abs(vault.valuation()[0] - 90 * PHA) <= 2
    assert vault.valuation()[0] == vault.valuation()[1]


def test_bug_02_claims_on_one_lock_are_cut_off_once(vault, staking, pool, deployer, claims, alice):
    """110 PHA of claims on 100 PHA of lock: the value counts 100, before either is executed, between, and after."""
    staked(vault, pool, deployer, alice, 200 * PHA)
    claims(1, 3)
    claims(2, 4)
    assert tuple(vault.valuation())[:2] == (100 * PHA, 200 * PHA)
    claims.manager.execute(1, sender=alice)
    assert abs(vault.valuation()[0] - 100 * PHA) <= 2
    assert abs(vault.valuation()[1] - 190 * PHA) <= 2
    claims.manager.execute(2, sender=alice)
    assert abs(vault.valuation()[0] - 100 * PHA) <= 2
    assert vault.valuation()[0] == vault.valuation()[1]


@pytest.mark.parametrize("loss", [1, 333_333_333_333_333_333, 2 * PHA + 7])
def test_bug_03_last_one_out_is_paid(vault, staking, pool, deployer, slasher, alice, bob, carol, loss):
    """Horizon: rounding that favours those who leave first leaves too little for the last."""
    people = (alice, bob, carol)
    for number, person in enumerate(people):
        vault.deposit(3 * PHA + number, person, sender=person)
    vault.delegateTo(pool, 9 * PHA, sender=deployer)
    pool.slash(loss, sender=slasher)
    vault.sync(sender=alice)
    for person in people:
        vault.requestRedeem(vault.balanceOf(person), person, person, sender=person)
    vault.recall(pool, sender=carol)
    staking.travel_to(staking.start_of_day(8) + 3600)
    vault.collect(pool, sender=carol)
    vault.fill(9, sender=carol)
    paid = 0
    for person in people:
        assert vault.pendingRedeemRequest(0, person) == 0
        paid += vault.maxWithdraw(person)
        vault.redeem(vault.maxRedeem(person), person, person, sender=person)
    whole = 9 * PHA + 3 - loss
    assert whole - 12 <= paid <= whole
    assert vault.valuation()[3] == 0


def test_bug_04_anothers_dust_requests_stop_nobody(vault, staking, alice, bob):
    """Horizon. The queue is everyone's: it is walked in pieces, and a claim's cost does not grow with it."""
    vault.deposit(PHA, bob, sender=bob)
    vault.deposit(10 * PHA, alice, sender=alice)
    for _ in range(40):
        vault.requestRedeem(1, alice, bob, sender=bob)  # and for alice, who never agreed
    vault.requestRedeem(10 * PHA, alice, alice, sender=alice)
    staking.travel_to(staking.start_of_day(8))
    gas = [vault.fill(10, sender=alice).gas_used for _ in range(4)]
    vault.fill(1, sender=alice)
    assert max(gas) < 10 * 40_000
    assert vault.maxWithdraw(alice) == 10 * PHA + 40
    assert vault.redeem(vault.maxRedeem(alice), alice, alice, sender=alice).gas_used < 80_000


def test_bug_05_own_queue_and_requests_in_pools_do_not_mix(vault, staking, pool, deployer, alice, bob):
    """Horizon. The vault's request in the pool and its holders' requests of the vault have numbers of their own."""
    staked(vault, pool, deployer, alice, 100 * PHA)
    pool.deposit(50 * PHA, bob, sender=bob)
    pool.requestRedeem(10 * PHA * 1000, bob, bob, sender=bob)
    vault.requestRedeem(30 * PHA, alice, alice, sender=alice)
    vault.recall(pool, sender=bob)
    assert pool.pendingRedeemRequest(int(vault.address, 16) << 48, vault) == 30 * PHA * 1000
    with ape.reverts(pool.CallerNotAuthorised, caller=alice, controller=vault):
        pool.redeem(1, alice, vault, sender=alice)
    with ape.reverts(vault.NoSuchExit, place=0, controller=bob):
        vault.cancelRedeemRequest(0, bob, sender=bob)
    staking.travel_to(staking.start_of_day(8))
    assert (pool.maxWithdraw(bob), pool.maxWithdraw(vault), vault.maxWithdraw(alice)) == (10 * PHA, 30 * PHA, 0)
    vault.collect(pool, sender=bob)
    vault.fill(1, sender=bob)
    assert (pool.maxWithdraw(bob), pool.maxWithdraw(vault), vault.maxWithdraw(alice)) == (10 * PHA, 0, 30 * PHA)


def test_bug_06_claims_over_the_stake_leave_a_value_of_what_is_safe(vault, staking, pool, deployer, claims, alice):
    """Horizon: a slash over the balance reverted. Here 300 PHA are claimed of a pool that holds 60."""
    staked(vault, pool, deployer, alice, 100 * PHA, idle=40 * PHA)
    for number in (1, 2, 3):
        claims(number, 4)
    low, high, idle, _ = vault.valuation()
    assert (low, high, idle) == (40 * PHA, 100 * PHA, 40 * PHA)
    vault.requestRedeem(PHA, alice, alice, sender=alice)
    for number in (2, 3, 1):
        claims.manager.execute(number, sender=alice)
    vault.collect(pool, sender=alice)
    assert vault.valuation()[:3] == (40 * PHA, 40 * PHA, 40 * PHA)


def test_bug_07_longest_exit_is_waited_for_to_the_second(vault, staking, deployer, alice):
    """Horizon: the longest cool-down wrapped to none. Fourteen days are the most, and are kept."""
    staking.parameters.set(parameter("CommissionNoticeDays"), 60, sender=deployer)
    staking.parameters.set(parameter("ExitDays"), 14, sender=deployer)
    vault.deposit(PHA, alice, sender=alice)
    receipt = vault.requestRedeem(PHA, alice, alice, sender=alice)
    ready = receipt.timestamp + 14 * DAY
    assert vault.exitAt(0).readyAt == ready
    staking.chain.pending_timestamp = ready - 1
    vault.fill(1, sender=alice)
    assert vault.maxWithdraw(alice) == 0
    staking.chain.pending_timestamp = ready
    vault.fill(1, sender=alice)
    assert vault.maxWithdraw(alice) == PHA


def test_bug_08_vaults_holders_answer_when_the_operator_is_empty(vault, staking, pool, bond, deployer, claims, alice):
    """Horizon. Without a bond the whole claim is cut off the position; with one, what the bond leaves of it."""
    staked(vault, pool, deployer, alice, 200 * PHA)
    claims(1, 4)
    assert tuple(bond.bondOf(pool)) == (0, 0, 0)
    assert vault.valuation()[0] == 100 * PHA
    staking.token.approve(bond, 30 * PHA, sender=alice)
    bond.post(pool, 30 * PHA, sender=alice)
    assert vault.valuation()[0] == 130 * PHA
    claims.manager.execute(1, sender=alice)
    assert abs(vault.valuation()[0] - 130 * PHA) <= 2


def test_bug_09_a_wei_of_slash_costs_a_wei(vault, pool, deployer, slasher, alice):
    """EigenLayer: a small stake rounded to a total loss."""
    staked(vault, pool, deployer, alice, 10**16)
    for number in range(1, 6):
        pool.slash(1, sender=slasher)
        assert 10**16 - number - 1 <= vault.totalAssets() <= 10**16 - number
    assert pool.books().generation == 0


def test_bug_10_what_was_filled_no_slash_makes_smaller(vault, staking, pool, deployer, slasher, alice):
    """Symbiotic. All that was claimable can be withdrawn after a slash of a wei, and of everything."""
    staked(vault, pool, deployer, alice, 100 * PHA, idle=10 * PHA)
    vault.requestRedeem(10 * PHA, alice, alice, sender=alice)
    staking.travel_to(staking.start_of_day(8))
    vault.fill(1, sender=alice)
    for loss in (1, 10**30):
        pool.slash(loss, sender=slasher)
        assert vault.maxWithdraw(alice) == 10 * PHA
    before = staking.token.balanceOf(alice)
    vault.withdraw(10 * PHA, alice, alice, sender=alice)
    assert staking.token.balanceOf(alice) - before == 10 * PHA


def test_bug_11_arriving_just_before_a_reward_brings_next_to_nothing(
    vault, staking, pool, deployer, rewarder, alice, bob
):
    """Succinct. Through the vault too, the visitor of a second earns a second's drip of it."""
    staked(vault, pool, deployer, alice, 100 * PHA)
    staked(vault, pool, deployer, bob, 100 * PHA)
    pool.reward(86_400 * PHA, sender=rewarder)
    staking.chain.pending_timestamp = staking.now + 1
    vault.requestRedeem(vault.balanceOf(bob), bob, bob, sender=bob)
    a_second = PHA * 9 // 10  # less a tenth of commission
    assert vault.totalAssets() <= 200 * PHA + a_second + 1


def test_bug_12_donations_of_both_kinds_move_nothing(vault, staking, pool, deployer, alice, bob):
    """Symbiotic, Morpho: neither PHA nor pool shares that are sent to the vault are in any price or room of it."""
    staked(vault, pool, deployer, alice, 100 * PHA, idle=40 * PHA)
    before = (tuple(vault.valuation()), vault.previewDeposit(PHA), tuple(vault.positionOf(pool)))
    staking.token.transfer(vault, 10**5 * PHA, sender=bob)
    pool.deposit(50 * PHA, vault, sender=bob)
    pool.deposit(50 * PHA, bob, sender=bob)
    pool.transfer(vault, pool.balanceOf(bob), sender=bob)
    vault.sync(sender=bob)
    assert (tuple(vault.valuation()), vault.previewDeposit(PHA), tuple(vault.positionOf(pool))) == before
    with ape.reverts(vault.IdleTooSmall, assets=41 * PHA, available=40 * PHA):
        vault.delegateTo(pool, 41 * PHA, sender=deployer)


def test_bug_13_idle_pha_is_no_way_past_a_known_loss(vault, staking, pool, deployer, claims, alice, bob):
    """Morpho, Symbiotic. Who asks after the filing, and who had asked before, leave at the lower price."""
    vault.deposit(100 * PHA, bob, sender=bob)
    staked(vault, pool, deployer, alice, 100 * PHA)
    vault.requestRedeem(50 * PHA, bob, bob, sender=bob)
    staking.travel_to(staking.start_of_day(8) + 3600)
    claims(1, 4)
    vault.fill(9, sender=bob)
    assert abs(vault.maxWithdraw(bob) - 25 * PHA) <= 1  # half of everything is claimed
    vault.requestRedeem(50 * PHA, bob, bob, sender=bob)
    vault.fill(9, sender=bob)
    assert abs(vault.maxWithdraw(bob) - 25 * PHA) <= 1  # and the second waits its days


def test_bug_14_vault_that_waits_for_a_pool_may_contribute_again(
    vault, staking, pool, operator, deployer, slasher, alice, bob
):
    """Phala's pallet: a vault locked by a late withdrawal took a contribution and was stuck. Here it goes on."""
    staked(vault, pool, deployer, alice, 100 * PHA)
    vault.requestRedeem(100 * PHA, alice, alice, sender=alice)
    vault.recall(pool, sender=alice)
    pool.hold(staking.now + 30 * DAY, sender=slasher)
    staking.travel_to(staking.start_of_day(22))  # past every exit, and the pool still pays nothing
    vault.deposit(60 * PHA, bob, sender=bob)
    with ape.reverts(pool.PoolFrozen):
        pool.deposit(PHA, bob, sender=bob)
    vault.fill(9, sender=bob)
    assert vault.maxWithdraw(alice) == 60 * PHA  # the newcomer's PHA pays the oldest request
    vault.deposit(5 * PHA, bob, sender=bob)
    staking.travel_to(staking.start_of_day(9))
    vault.collect(pool, sender=bob)
    vault.fill(9, sender=bob)
    assert vault.maxWithdraw(alice) == 100 * PHA
    vault.delegateTo(pool, 65 * PHA, sender=deployer)
    assert out(vault, staking, pool, bob, deployer) == 65 * PHA


def test_bug_15_wiped_position_earns_nothing_later(
    vault, staking, pool, operator, deployer, slasher, rewarder, alice, bob
):
    """What a closed generation left is counted once; rewards of the next are its own holders'."""
    staked(vault, pool, deployer, alice, 100 * PHA)
    pool.slash(100 * PHA - 1000, sender=slasher)
    pool.reopen(sender=operator)
    pool.deposit(100 * PHA, bob, sender=bob)
    pool.reward(100 * PHA, sender=rewarder)
    staking.travel(2 * DAY)
    assert vault.totalAssets() <= 1000
    pool.claimClosed(0, vault, sender=bob)  # anyone may have it paid: no second time for the vault
    vault.collect(pool, sender=bob)
    vault.collect(pool, sender=bob)
    assert vault.totalAssets() == vault.valuation()[2] <= 1000
    assert pool.totalAssets() == 190 * PHA
