# SPDX-License-Identifier: Apache-2.0
"""The bugs that other protocols had, one test each, named for what went wrong. Then attacks on this design itself."""

from __future__ import annotations

import ape
import pytest

from tests.reference.stake_pools import DAY, PHA, Staking, Twin, parameter, request_id

SHARES = 1000


@pytest.fixture(scope="module")
def bond(project, staking, pool, deployer):
    return deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)


def test_bug_01_near_total_slash_and_redeposit_again_and_again(twin, pool, operator, slasher, alice):
    """Symbiotic, Horizon, Succinct: shares overflow. Here a generation closes, the next starts at the first price."""
    for generation in range(8):
        shares, _ = twin.deposit(alice, 100_000 * PHA)
        assert shares == 100_000 * PHA * SHARES
        twin.request(alice, shares // 4)
        twin.slash(slasher, 100_000 * PHA - 1)
        assert twin.model.generation == generation + 1
        twin.reopen(operator)
    twin.compare()


def test_bug_01_slashes_just_short_of_a_generations_end(twin, pool, operator, slasher, alice):
    """The price may fall by 10^9 within a generation: what one may deposit shrinks, and nothing overflows."""
    twin.deposit(alice, 1000 * PHA)
    for _ in range(3):
        twin.slash(slasher, twin.model.active * 998 // 1000)
    assert twin.model.generation == 0
    shares, _ = twin.deposit(alice, 1000 * PHA)
    assert shares > 10**7 * 1000 * PHA * SHARES
    assert pool.maxDeposit(alice) >= 1000 * PHA
    twin.request(alice, shares)
    twin.compare()


def test_bug_02_executing_a_later_slash_leaves_an_earlier_one_executable(twin, pool, slasher, alice):
    """Symbiotic. Slashes carry no time of their own; what they take is clamped to what is there."""
    twin.deposit(alice, 100 * PHA)
    later, earlier = 30 * PHA, 90 * PHA
    assert twin.slash(slasher, later)[0] == 30 * PHA
    assert twin.slash(slasher, earlier)[0] == 70 * PHA
    twin.compare()


@pytest.mark.parametrize("loss", [1, 333_333_333_333_333_333, 7 * PHA + 1])
def test_bug_03_last_withdrawal_after_odd_fractions_is_paid(twin, staking, pool, slasher, alice, bob, carol, loss):
    """Horizon: a total rounded under the sum of its parts bricked the last one out."""
    people = (alice, bob, carol)
    for i, person in enumerate(people):
        shares, _ = twin.deposit(person, 3 * PHA + i)
        twin.request(person, shares // 3)
        twin.request(person, shares - shares // 3)
    twin.slash(slasher, loss)
    twin.settle_time(staking.start_of_day(7))
    for person in people:
        shares, assets = twin.model.claimable(person.address)
        assert twin.redeem(person, shares)[0][0] == assets
    twin.compare()
    # What rounding left: under a wei for each request and one for the cohort.
    assert pool.books().owed <= 7


def test_bug_04_nobody_fills_anothers_request_list(pool, alice, bob):
    """Horizon. The controller is the owner or agrees."""
    pool.deposit(PHA, alice, sender=alice)
    with ape.reverts(pool.CallerNotAuthorised, caller=alice, controller=bob):
        pool.requestRedeem(1, bob, alice, sender=alice)
    assert pool.requestRange(bob) == (0, 0)


def test_bug_05_queues_of_two_kinds_do_not_mix(pool, bond, staking, operator, alice, deployer):
    """Horizon kept two queues in one mapping. An operator's bond and stake leave by different contracts and ids."""
    staking.token.transfer(operator, 50 * PHA, sender=deployer)
    for target in (pool, bond):
        staking.token.approve(target, 2**256 - 1, sender=operator)
    pool.deposit(20 * PHA, operator, sender=operator)
    pool.deposit(20 * PHA, alice, sender=alice)
    bond.post(pool, 30 * PHA, sender=operator)
    pool.requestRedeem(20 * PHA * SHARES, operator, operator, sender=operator)
    pool.requestRedeem(10 * PHA * SHARES, alice, alice, sender=alice)
    bond.requestRelease(pool, 30 * PHA, sender=operator)
    staking.travel_to(staking.start_of_day(15))
    assert (pool.maxWithdraw(operator), pool.maxWithdraw(alice)) == (20 * PHA, 10 * PHA)
    bond.release(pool, sender=operator)
    pool.withdraw(20 * PHA, operator, operator, sender=operator)
    assert staking.token.balanceOf(operator) == 50 * PHA
    assert pool.maxWithdraw(alice) == 10 * PHA


@pytest.mark.parametrize("excess", [0, 1, 10**30, 2**255])
def test_bug_06_slash_over_the_balance_takes_all_and_reverts_not(twin, pool, staking, slasher, alice, excess):
    """Horizon."""
    twin.deposit(alice, 10 * PHA)
    assert twin.slash(slasher, 10 * PHA + excess)[0] == 10 * PHA
    assert twin.slash(slasher, 1)[0] == 0
    assert staking.token.balanceOf(pool) == 0
    twin.compare()


@pytest.mark.parametrize("days", [15, 255, 256, 65_535, 2**64, 2**256 - 1])
def test_bug_07_overlong_cooldown_is_refused_and_cannot_wrap(staking, deployer, days):
    """Horizon: the type's maximum wrapped to an instant exit."""
    with ape.reverts(staking.parameters.ParameterOutOfBounds, value=days):
        staking.parameters.set(parameter("ExitDays"), days, sender=deployer)


def test_bug_07_shortened_exit_overtakes_no_older_request(twin, staking, pool, deployer, alice, bob):
    """The queue stays in order of maturity when the exit is shortened."""
    twin.deposit(alice, 10 * PHA)
    twin.deposit(bob, 10 * PHA)
    twin.request(alice, PHA)
    staking.parameters.set(parameter("ExitDays"), 2, sender=deployer)
    twin.model.parameters.exit_days = 2
    staking.travel_to(staking.start_of_day(1))
    twin.request(bob, PHA)
    assert pool.cohort(0).maturityDay == pool.cohort(1).maturityDay
    twin.compare()


def test_bug_08_delegators_answer_when_the_operator_is_empty(twin, pool, bond, slasher, alice):
    """Horizon: the base of a slash left delegators out once the operator had nothing."""
    twin.deposit(alice, 10 * PHA)
    assert tuple(bond.bondOf(pool)) == (0, 0, 0)
    bond.slash(pool, 4 * PHA, sender=slasher)
    assert twin.slash(slasher, 4 * PHA)[0] == 4 * PHA


def test_bug_09_small_slash_rounds_to_no_total_loss_and_locks_do_not_underflow(twin, pool, registry, slasher, alice):
    """EigenLayer: a small stake rounded to nothing; an encumbered amount fell under zero."""
    twin.deposit(alice, PHA)
    twin.step(lambda m: m.lock(PHA), pool.lock, PHA, sender=registry)
    twin.slash(slasher, PHA - 10)  # ten wei are left, and still someone's
    assert twin.model.generation == 1
    assert pool.claimClosed.call(0, alice) == 10
    assert pool.books().locked == 0
    twin.slash(slasher, 5)
    twin.compare()


def test_bug_09_a_wei_of_slash_costs_a_small_stake_a_wei(twin, slasher, alice):
    twin.deposit(alice, 10**16)
    twin.request(alice, 10**16 * SHARES // 2)
    for _ in range(5):
        twin.slash(slasher, 1)
    assert twin.model.active + twin.model.at_exit == 10**16 - 5
    assert abs(twin.model.active - twin.model.at_exit) <= 10


def test_bug_10_one_wei_of_slash_blocks_no_withdrawal_in_assets(twin, staking, slasher, alice, bob):
    """Symbiotic: a withdrawal of a sum of assets failed when a slash made the sum a wei smaller."""
    twin.deposit(alice, 10 * PHA)
    twin.deposit(bob, 10 * PHA)
    twin.request(alice, 10 * PHA * SHARES)
    twin.settle_time(staking.start_of_day(7))
    twin.slash(slasher, 1)
    assert twin.withdraw(alice, 10 * PHA)[0] == (10 * PHA, 10 * PHA * SHARES)


def test_bug_11_arriving_just_before_a_reward_brings_next_to_nothing(twin, pool, rewarder, operator, alice, bob):
    """Succinct. The reward drips over a day; a second of it is all that a visitor sees."""
    twin.deposit(alice, 100 * PHA)
    mine, _ = twin.deposit(bob, 100 * PHA)
    twin.step(lambda m: m.reward(86_400 * PHA), pool.reward, 86_400 * PHA, sender=rewarder)
    request, _ = twin.request(bob, mine)
    a_second = PHA * 9 // 10  # less a tenth of commission
    assert twin.model.value_of(request) <= 100 * PHA + a_second // 2 + 1


def test_bug_12_donation_moves_nothing(twin, staking, pool, alice, bob):
    """Symbiotic, Morpho: what is sent to the pool is in no price."""
    twin.deposit(alice, 10**16)
    before = pool.books()
    staking.token.transfer(pool, 10**5 * PHA, sender=bob)
    assert tuple(pool.books()) == tuple(before)
    assert pool.previewDeposit(PHA) == PHA * SHARES


def test_bug_13_a_known_loss_is_not_escaped(twin, staking, pool, slasher, alice, bob):
    """Morpho, Symbiotic. Whoever asks to leave after the filing is slashed as if they had stayed; nobody is let in."""
    twin.deposit(alice, 100 * PHA)
    shares, _ = twin.deposit(bob, 100 * PHA)
    until = staking.now + 10 * DAY
    twin.step(lambda m: m.hold(until), pool.hold, until, sender=slasher)
    twin.request(bob, shares)
    assert twin.deposit(alice, PHA)[0] == "PoolFrozen"
    twin.settle_time(staking.start_of_day(8))
    assert twin.redeem(bob, shares)[0] == "ClaimExceedsClaimable"
    twin.slash(slasher, 100 * PHA)
    assert abs(twin.model.active - twin.model.at_exit) <= 2
    assert 50 * PHA - 2 <= twin.model.active <= 50 * PHA + 2


def test_bug_14_held_pool_with_a_waiting_request_takes_stake_again_afterwards(twin, staking, slasher, alice, bob):
    """Phala's own pallet: locked by a late withdrawal, contributed to again, and stuck. Here both go on."""
    shares, _ = twin.deposit(alice, 100 * PHA)
    twin.request(alice, shares)
    until = staking.now + 30 * DAY
    twin.step(lambda m: m.hold(until), twin.pool.hold, until, sender=slasher)
    twin.settle_time(staking.start_of_day(22))  # past every exit, and nothing is paid
    assert twin.redeem(alice, shares)[0] == "ClaimExceedsClaimable"
    assert twin.deposit(bob, 50 * PHA)[0] == "PoolFrozen"
    twin.settle_time(until)
    theirs, _ = twin.deposit(bob, 50 * PHA)
    assert twin.redeem(alice, shares)[0] == (100 * PHA, shares)
    twin.request(bob, theirs)
    twin.settle_time(staking.start_of_day(7))
    assert twin.redeem(bob, theirs)[0] == (50 * PHA, theirs)
    twin.compare()


def test_bug_15_rewards_after_a_wipe_pass_by_the_wiped(twin, staking, pool, operator, slasher, rewarder, alice, bob):
    """A closed generation's shares and requests are worth what they were, whatever comes later."""
    shares, _ = twin.deposit(alice, 100 * PHA)
    twin.request(alice, shares // 2)
    twin.slash(slasher, 100 * PHA - 1000)
    twin.reopen(operator)
    twin.deposit(bob, 100 * PHA)
    twin.step(lambda m: m.reward(100 * PHA), pool.reward, 100 * PHA, sender=rewarder)
    twin.settle_time(staking.start_of_day(8))
    stranger_pays_gas = rewarder
    paid, _ = twin.step(
        lambda m: m.claim_closed(0, alice.address), pool.claimClosed, 0, alice, sender=stranger_pays_gas
    )
    assert paid <= 500
    assert twin.redeem(alice, shares // 2)[0][0] <= 500
    assert twin.step(lambda m: m.claim_closed(0, alice.address), pool.claimClosed, 0, alice, sender=bob)[0] == 0
    assert pool.totalAssets() == 190 * PHA  # a tenth of the reward was the operator's
    twin.compare()


# Attacks on this design


def test_attack_inflation_by_the_first_depositor(pool, staking, alice, bob):
    """The least deposit, a donation, a victim: the victim's shares are worth what was paid, to a wei."""
    pool.deposit(10**16, alice, sender=alice)
    staking.token.transfer(pool, 10**5 * PHA, sender=alice)
    pool.deposit(PHA, bob, sender=bob)
    assert PHA - 1 <= pool.convertToAssets(pool.balanceOf(bob)) <= PHA


def test_attack_reward_on_almost_no_shares_waits(twin, pool, staking, rewarder, alice, bob):
    """Whoever is left with dust does not catch the drip and blow up the price for the next to come."""
    twin.deposit(alice, PHA)
    twin.step(lambda m: m.reward(1000 * PHA), pool.reward, 1000 * PHA, sender=rewarder)
    everything = twin.model.balances[alice.address]
    twin.request(alice, everything - SHARES)
    active = pool.totalAssets()
    twin.settle_time(staking.now + 3 * DAY)
    assert pool.totalAssets() == active
    twin.compare()
    twin.deposit(bob, 10 * PHA)
    assert pool.convertToAssets(pool.balanceOf(bob)) >= 10 * PHA - 10**15


def test_attack_request_and_cancel_dodges_no_slash(twin, pool, slasher, alice, bob):
    """In the queue or at stake, at every moment the same share is lost."""
    twin.deposit(alice, 100 * PHA)
    shares, _ = twin.deposit(bob, 100 * PHA)
    twin.request(bob, shares)
    twin.slash(slasher, 100 * PHA)
    twin.cancel(bob, 0)
    ours, theirs = (pool.convertToAssets(pool.balanceOf(person)) for person in (bob, alice))
    assert ours <= theirs + 1
    assert theirs - ours <= 10


def test_attack_cancel_earns_no_reward_missed_in_the_queue(twin, pool, staking, rewarder, alice, bob):
    """A request stops earning; coming back buys at the risen price."""
    twin.deposit(alice, 100 * PHA)
    shares, _ = twin.deposit(bob, 100 * PHA)
    twin.request(bob, shares)
    twin.step(lambda m: m.reward(100 * PHA), pool.reward, 100 * PHA, sender=rewarder)
    twin.settle_time(staking.now + DAY)
    twin.cancel(bob, 0)
    assert 100 * PHA - 2 <= pool.convertToAssets(pool.balanceOf(bob)) <= 100 * PHA


def test_attack_dust_requests_lengthen_nobodys_claim_or_slash(twin, pool, staking, slasher, alice, bob):
    """A hundred dust requests of one are one cohort: another's claim and the slash cost the same."""
    twin.deposit(alice, 10 * PHA)
    twin.deposit(bob, 10 * PHA)
    pool.requestRedeem(PHA, bob, bob, sender=bob)
    with staking.chain.isolate():
        without = pool.slash(PHA, sender=slasher).gas_used
    for _ in range(30):
        pool.requestRedeem(1000, alice, alice, sender=alice)
    assert pool.books().cohorts == 1
    assert abs(pool.slash(PHA, sender=slasher).gas_used - without) < 500


def test_attack_requests_worth_nothing_are_harmless(twin, pool, staking, slasher, alice):
    """A share is less than a wei: the request is worth nothing, is paid nothing, and blocks nothing."""
    twin.deposit(alice, PHA)
    twin.request(alice, 1)
    twin.request(alice, PHA)
    twin.settle_time(staking.start_of_day(7))
    assert twin.redeem(alice, PHA + 1)[0] == (10**15, PHA + 1)
    twin.compare()


def test_attack_tiny_deposits_end_no_generation(twin, pool, operator, slasher, alice, bob):
    """Only a slash closes a generation, and only of a pool that lost nearly all; dust around it changes nothing."""
    twin.deposit(alice, 10**16)
    twin.slash(slasher, 10**16 // 2)
    for _ in range(3):
        twin.deposit(bob, 10**16)
        twin.request(bob, twin.model.balances[bob.address])
    assert twin.model.generation == 0
    twin.compare()


def test_attack_early_cancel_makes_nobody_behind_it_seem_covered(twin, pool, staking, registry, alice, bob, carol):
    """Places in the queue are counted without what was cancelled: locks stay backed."""
    for person in (alice, bob, carol):
        twin.deposit(person, 100 * PHA)
    twin.step(lambda m: m.lock(250 * PHA), pool.lock, 250 * PHA, sender=registry)
    twin.request(alice, 100 * PHA * SHARES)
    for number in range(3):
        twin.request(bob, 100 * PHA * SHARES)
        twin.cancel(bob, number)
    twin.settle_time(staking.start_of_day(7))
    assert twin.redeem(alice, 1)[0] == "ClaimExceedsClaimable"
    twin.compare()


def test_attack_factor_run_down_while_rewards_keep_the_price_up(twin, pool, staking, slasher, rewarder, alice, bob):
    """Eras: the factor falls under 10^-9 in small steps, the price does not; requests keep what they were worth."""
    twin.deposit(alice, PHA)
    for _ in range(4):
        twin.slash(slasher, (twin.model.dripped()[0] + twin.model.at_exit) * 999 // 1000)
        if twin.model.supply < 10**19:
            break
        if len(twin.model.cohorts) < 1:
            twin.request(alice, twin.model.balances[alice.address] // 2)
        twin.step(lambda m: m.reward(PHA), pool.reward, PHA, sender=rewarder)
        twin.settle_time(staking.now + DAY)
    assert twin.model.generation == 0
    assert twin.model.factor > 2**111 // 10**9
    assert (twin.model.era, len(twin.model.cohorts)) == (1, 1)
    twin.request(alice, twin.model.balances[alice.address])
    twin.compare()


@pytest.mark.parametrize("method", ["deposit", "requestRedeem", "redeem", "slash", "claimClosed", "settle"])
def test_attack_reentrant_token_changes_nothing(project, chain, deployer, accounts, method):
    """A token that calls back in the middle of a deposit, a claim or a slash is refused by every entrance."""
    token = deployer.deploy(project.MockCallbackToken)
    operator, alice, slasher = accounts[5], accounts[6], accounts[9]
    staking = Staking.deploy(project, chain, deployer, token=token, modules=[slasher, slasher, slasher])
    pool = staking.create_pool(operator)
    twin = Twin(staking, pool, operator)
    token.mint(alice, 100 * PHA, sender=alice)
    token.approve(pool, 2**256 - 1, sender=alice)
    twin.deposit(alice, 50 * PHA)
    twin.request(alice, 10 * PHA * SHARES)
    twin.settle_time(staking.start_of_day(7))
    arguments = {
        "deposit": (PHA, alice.address),
        "requestRedeem": (1, token.address, token.address),
        "redeem": (0, alice.address, token.address),
        "slash": (1,),
        "claimClosed": (0, alice.address),
        "settle": (1,),
    }[method]
    token.setCall(pool, getattr(pool, method).encode_input(*arguments), sender=alice)
    refused = pool.contract_type.errors  # the guard's error is OpenZeppelin's, its selector 0x3ee5aeb5
    assert refused
    twin.deposit(alice, PHA)
    assert (token.callSucceeded(), token.callAnswer().hex().removeprefix("0x")) == (False, "3ee5aeb5")
    twin.redeem(alice, PHA * SHARES)
    assert (token.callSucceeded(), token.callAnswer().hex().removeprefix("0x")) == (False, "3ee5aeb5")
    twin.slash(slasher, PHA)
    assert (token.callSucceeded(), token.callAnswer().hex().removeprefix("0x")) == (False, "3ee5aeb5")
    twin.compare()


def test_attack_called_at_its_own_address_the_other_half_is_nobodys(project, staking, pool, slasher, stranger):
    """The modules' half outside a pool has no stake, no operator and no way to become a pool."""
    implementation = project.IStakePool.at(staking.factory.IMPLEMENTATION())
    for target in (implementation,):
        with ape.reverts(target.AlreadyInitialised):
            target.initialise(stranger, 0, 1, sender=stranger)
        assert tuple(target.slash(1, sender=slasher).return_value) == (0, 0)
        assert target.totalSupply() == 0


def test_attack_request_id_of_another_controller_is_refused(pool, alice, bob):
    pool.deposit(PHA, alice, sender=alice)
    pool.requestRedeem(PHA, alice, alice, sender=alice)
    with ape.reverts(pool.NoSuchRequest, requestId=request_id(alice, 0), controller=bob):
        pool.cancelRedeemRequest(request_id(alice, 0), bob, sender=bob)
