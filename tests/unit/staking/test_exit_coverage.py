# SPDX-License-Identifier: Apache-2.0
"""What leaves a pool leaves the workers' locks covered: cohorts settle only when due and covered, in order."""

from __future__ import annotations

import pytest

from tests.reference.stake_pools import DAY, PHA, SLASH_MANAGER, WORKER_REGISTRY, request_id

SHARES = 1000


def lock(twin, registry, assets):
    return twin.step(lambda m: m.lock(assets), twin.pool.lock, assets, sender=registry)


def unlock(twin, registry, assets, **options):
    return twin.step(lambda m: m.unlock(assets), twin.pool.unlock, assets, sender=registry, **options)


def hold(twin, slasher, until, **options):
    return twin.step(lambda m: m.hold(until), twin.pool.hold, until, sender=slasher, **options)


def move_hold(twin, slasher, since, until):
    return twin.step(lambda m: m.move_hold(since, until), twin.pool.moveHold, since, until, sender=slasher)


def settle(twin, most, sender):
    return twin.step(lambda m: m.settle(most), twin.pool.settle, most, sender=sender)


@pytest.mark.parametrize("days", [7, 14, 60])
def test_sole_delegator_leaves_no_lock_without_stake(twin, staking, pool, registry, slasher, alice, days):
    """Nearly all is asked for, the day comes, anyone settles: a slash still finds all that was locked."""
    twin.deposit(alice, 100 * PHA)
    lock(twin, registry, 80 * PHA)
    twin.request(alice, 99 * PHA * SHARES)
    twin.settle_time(staking.start_of_day(days))
    settle(twin, 10, alice)
    assert twin.redeem(alice, 1)[0] == "ClaimExceedsClaimable"
    assert pool.books().settledCohorts == 0
    assert twin.slash(slasher, 80 * PHA)[0] == 80 * PHA
    assert pool.books().locked == 0
    assert 19 * PHA < twin.redeem(alice, 99 * PHA * SHARES)[0][0] <= 20 * PHA
    twin.compare()


def test_cohorts_settle_in_order_as_locks_fall(twin, staking, pool, registry, alice, bob):
    """Forced stops lower the locks: each cohort leaves once what is behind it covers the rest, none before it."""
    for person in (alice, bob):
        twin.deposit(person, 50 * PHA)
    lock(twin, registry, 100 * PHA)
    for person in (alice, bob, alice):
        twin.request(person, 10 * PHA * SHARES)
        staking.travel(DAY)
    twin.settle_time(staking.start_of_day(10))
    assert pool.isOverdue(request_id(alice, 0))
    for left, settled in ((91, 0), (90, 1), (81, 1), (80, 2), (71, 2), (70, 3)):
        unlock(twin, registry, twin.model.locked - left * PHA)
        settle(twin, 10, bob)
        assert pool.books().settledCohorts == settled
        twin.compare()
    assert twin.redeem(bob, 10 * PHA * SHARES)[0] == (10 * PHA, 10 * PHA * SHARES)
    assert twin.redeem(alice, 20 * PHA * SHARES)[0] == (20 * PHA, 20 * PHA * SHARES)
    assert not pool.isOverdue(request_id(alice, 0))


def test_settled_cohort_is_paid_whatever_is_locked_later(twin, staking, pool, registry, alice, bob):
    """It backs nothing any more, so new locks do not keep it."""
    twin.deposit(alice, 10 * PHA)
    twin.deposit(bob, 100 * PHA)
    twin.request(alice, 10 * PHA * SHARES)
    twin.settle_time(staking.start_of_day(7))
    settle(twin, 1, bob)
    lock(twin, registry, 100 * PHA)
    assert twin.redeem(alice, 10 * PHA * SHARES)[0] == (10 * PHA, 10 * PHA * SHARES)
    twin.compare()


def test_cancelled_request_covers_those_before_it(twin, staking, registry, alice, bob):
    twin.deposit(alice, 50 * PHA)
    twin.deposit(bob, 50 * PHA)
    lock(twin, registry, 60 * PHA)
    twin.request(alice, 50 * PHA * SHARES)
    twin.request(bob, 50 * PHA * SHARES)  # the same day: nothing would be left
    twin.settle_time(staking.start_of_day(7))
    assert twin.redeem(alice, 1)[0] == "ClaimExceedsClaimable"
    twin.cancel(bob, 0)
    assert twin.redeem(alice, 1)[0] == "ClaimExceedsClaimable"  # 50 stay under 60
    unlock(twin, registry, 10 * PHA)
    assert twin.cancel(alice, 0)[0] == "RequestMatured"
    assert twin.redeem(alice, 50 * PHA * SHARES)[0] == (50 * PHA, 50 * PHA * SHARES)
    twin.compare()


def test_slash_settles_what_was_covered_before_it(twin, staking, registry, slasher, alice, bob):
    """S5: a request that could have been claimed before a slash keeps its value, one that could not does not."""
    twin.deposit(alice, 50 * PHA)
    twin.deposit(bob, 50 * PHA)
    lock(twin, registry, 45 * PHA)
    twin.request(alice, 50 * PHA * SHARES)
    staking.travel(DAY)
    twin.request(bob, 50 * PHA * SHARES)
    twin.settle_time(staking.start_of_day(8))
    assert twin.slash(slasher, 40 * PHA)[0] == 40 * PHA
    assert twin.redeem(alice, 50 * PHA * SHARES)[0] == (50 * PHA, 50 * PHA * SHARES)
    assert twin.redeem(bob, 1)[0] == "ClaimExceedsClaimable"
    unlock(twin, registry, 5 * PHA)
    assert 10 * PHA - 1 <= twin.redeem(bob, 50 * PHA * SHARES)[0][0] <= 10 * PHA
    twin.compare()


# What a slash may not let go


@pytest.mark.parametrize("left", [1, 1000, SHARES * PHA // 10**12])
def test_dust_left_active_lets_no_request_out_of_reach(twin, staking, pool, registry, operator, slasher, alice, left):
    """The last active wei are lost to a small slash: the generation closes, the requests stay at stake."""
    shares, _ = twin.deposit(alice, 100 * PHA)
    lock(twin, registry, 80 * PHA)
    twin.request(alice, shares - left)
    for _ in range(3):
        twin.slash(slasher, PHA)
    assert twin.model.locked == 77 * PHA == pool.books().locked
    assert twin.slash(slasher, 77 * PHA)[0] == 77 * PHA
    twin.settle_time(staking.start_of_day(7))
    assert 20 * PHA - 9 - left // SHARES <= twin.redeem(alice, shares - left)[0][0] <= 20 * PHA
    twin.compare()


def test_request_of_a_closed_generation_gets_nothing_of_the_next(
    twin, staking, operator, slasher, rewarder, alice, bob
):
    """S6: it is slashed with the new generation's stake and shares in none of its rewards."""
    shares, _ = twin.deposit(alice, 100 * PHA)
    twin.request(alice, shares - 1)
    twin.slash(slasher, PHA)
    assert twin.model.generation == 1
    twin.reopen(operator)
    twin.deposit(bob, 101 * PHA)
    twin.step(lambda m: m.reward(50 * PHA), twin.pool.reward, 50 * PHA, sender=rewarder)
    twin.settle_time(staking.start_of_day(2))
    twin.slash(slasher, 122_500 * PHA // 1000)  # half of 99 + 101 + 45
    twin.settle_time(staking.start_of_day(7))
    assert abs(twin.redeem(alice, shares - 1)[0][0] - 99 * PHA // 2) <= 3
    assert abs(twin.pool.totalAssets() - 73 * PHA) <= 3
    twin.compare()


def test_era_ends_at_one_cost_however_many_cohorts_wait(twin, staking, pool, registry, slasher, alice):
    """S3: a hundred and fifty days that nobody could settle neither stop a slash nor raise its price."""
    shares, _ = twin.deposit(alice, 100 * PHA)
    lock(twin, registry, 100 * PHA)
    for _ in range(150):
        twin.request(alice, shares // 1000, seconds=DAY)
    assert pool.books().settledCohorts == 0
    _, receipt = twin.slash(slasher, 100 * PHA - 10**9)
    assert receipt.gas_used < 200_000
    assert (twin.model.generation, twin.model.factor, twin.model.era) == (1, 2**111, 1)
    twin.compare()


def worn_pool(twin, slasher, rewarder, alice):
    """A pool whose factor is just above an era's end while rewards have kept its price up."""
    twin.deposit(alice, 100 * PHA)
    for _ in range(2):
        twin.slash(slasher, twin.model.dripped()[0] * 99_996 // 100_000)
        twin.step(lambda m: m.reward(100 * PHA), twin.pool.reward, 100 * PHA, sender=rewarder)
        twin.settle_time(twin.staking.now + DAY)
    twin.deposit(alice, 900 * PHA)
    assert 10**9 < 2**111 / twin.model.factor * 2 < 2 * 10**9
    assert (twin.model.generation, twin.model.era) == (0, 0)


def test_end_of_an_era_lets_no_request_out_of_reach(twin, staking, pool, registry, slasher, rewarder, alice):
    """S9: a small slash that ends the era leaves what is in the queue to the next slash, and the locks backed."""
    worn_pool(twin, slasher, rewarder, alice)
    lock(twin, registry, twin.model.active)
    stake = twin.model.active
    twin.request(alice, twin.model.balances[alice.address] * 99 // 100)
    twin.slash(slasher, stake // 2)
    assert (twin.model.era, twin.model.generation, twin.model.settled) == (1, 0, 0)
    twin.compare()
    twin.request(
        alice, twin.model.balances[alice.address] // 2
    )  # the same day, in the new era's norms: a cohort of its own
    assert len(twin.model.cohorts) == 2
    assert twin.slash(slasher, stake // 4)[0] == stake // 4
    twin.compare()
    assert twin.model.active + twin.model.at_exit == stake - stake // 2 - stake // 4
    unlock(twin, registry, stake)
    twin.cancel(alice, 1)
    twin.settle_time(staking.start_of_day(7))
    _, assets = twin.model.claimable(alice.address)
    assert stake * 24 // 100 < assets < stake // 4
    assert twin.withdraw(alice, assets // 3)[0][0] == assets // 3
    twin.compare()
    assert twin.redeem(alice, twin.model.claimable(alice.address)[0])[0][0] == assets - assets // 3
    assert pool.books().owed <= 2
    twin.compare()


def test_several_eras_leave_a_request_what_they_leave(twin, staking, operator, slasher, alice, bob):
    """Scaled once an era: through four of them nothing is left, and claims go on."""
    twin.deposit(alice, 1000 * PHA)
    twin.deposit(bob, 1000 * PHA)
    twin.request(alice, 1000 * PHA * SHARES)
    for era in range(1, 5):
        twin.slash(slasher, (twin.model.active + twin.model.at_exit) * (10**9 - 1) // 10**9 + 10**8)
        assert twin.model.era == era
        if twin.model.bankrupt:
            twin.reopen(operator)
        twin.deposit(bob, 1000 * PHA)
        twin.compare()
    twin.settle_time(staking.start_of_day(7))
    assert twin.redeem(alice, 1000 * PHA * SHARES)[0] == (0, 1000 * PHA * SHARES)
    twin.compare()


def test_slash_settles_at_most_sixty_four_cohorts(twin, staking, pool, registry, slasher, alice):
    """More are due and covered at once only where nobody looked for months; then anyone may settle them before."""
    shares, _ = twin.deposit(alice, 100 * PHA)
    lock(twin, registry, 100 * PHA)
    for _ in range(80):
        twin.request(alice, shares // 1000, seconds=DAY)
    twin.settle_time(staking.start_of_day(7))
    unlock(twin, registry, 100 * PHA)
    _, receipt = twin.slash(slasher, PHA)
    assert twin.model.settled == 64 == pool.books().settledCohorts
    assert receipt.gas_used < 1_000_000
    settle(twin, 2**256 - 1, alice)
    assert pool.books().settledCohorts == 80
    twin.compare()


# Holds


def test_cover_that_comes_after_a_filing_frees_nothing(twin, staking, registry, slasher, alice):
    """S9: due but uncovered at the filing, it was at stake; the worker who stops in the meantime does not let it go."""
    shares, _ = twin.deposit(alice, 100 * PHA)
    lock(twin, registry, 100 * PHA)
    twin.request(alice, shares // 2)
    twin.settle_time(staking.start_of_day(7))
    until = staking.now + 10 * DAY
    hold(twin, slasher, until)
    unlock(twin, registry, 100 * PHA)
    assert twin.redeem(alice, 1)[0] == "ClaimExceedsClaimable"
    twin.slash(slasher, 50 * PHA)
    twin.settle_time(until)
    assert twin.redeem(alice, shares // 2)[0][0] in (25 * PHA - 1, 25 * PHA)
    twin.compare()


def test_chain_of_claims_holds_no_request_for_longer_than_one(twin, staking, registry, slasher, alice):
    """S14: due and covered when the second claim is filed, it waits for the first claim alone."""
    shares, _ = twin.deposit(alice, 100 * PHA)
    twin.request(alice, shares // 2)
    lock(twin, registry, 50 * PHA)
    hold(twin, slasher, staking.start_of_day(9))
    twin.settle_time(staking.start_of_day(7))
    second = staking.now + 10
    hold(twin, slasher, second + 30 * DAY, seconds=10)
    assert twin.redeem(alice, 1)[0] == "ClaimExceedsClaimable"
    twin.slash(slasher, 10 * PHA)  # the first claim's, and the second's
    move_hold(twin, slasher, second, second + 30 * DAY)
    assert abs(twin.redeem(alice, shares // 2)[0][0] - 45 * PHA) <= 1
    twin.compare()


def test_steps_in_the_second_of_a_filing_let_nothing_go(
    project, twin, staking, pool, registry, slasher, alice, deployer
):
    """The first claim of a second is the one that counts: cover and another claim right after it free nothing."""
    shares, _ = twin.deposit(alice, 100 * PHA)
    lock(twin, registry, 100 * PHA)
    twin.request(alice, shares // 2)
    twin.settle_time(staking.start_of_day(7))
    batch = deployer.deploy(project.MockBatch)
    for module in (SLASH_MANAGER, WORKER_REGISTRY):
        staking.factory.setModule(module, batch, sender=deployer)
    until = staking.now + 20 * DAY
    calls = [
        pool.hold.encode_input(until),
        pool.unlock.encode_input(100 * PHA),
        pool.hold.encode_input(until),
    ]
    filed = batch.run([pool] * 3, calls, sender=alice).timestamp
    batch.run([pool], [pool.moveHold.encode_input(filed, until)], sender=alice)
    assert pool.maxRedeem(alice) == 0
    pool.settle(10, sender=alice)
    assert pool.books().settledCohorts == 0
