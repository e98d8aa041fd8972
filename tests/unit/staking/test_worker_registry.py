# SPDX-License-Identifier: Apache-2.0
"""WorkerRegistry: who may register, start and stop a worker, and when."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, localcontext

import ape
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.staking.typed_data import consent_hash
from pha.staking.workers import minimum_stake
from tests.reference.stake_pools import DAY, PHA, ZERO_ADDRESS, request_id
from tests.reference.workers import (
    FOREVER,
    STATUSES,
    Workers,
    consent,
    logged,
    model_bytes,
    number_of,
    refused,
    worker_key,
)

KEY, OTHER = worker_key(0xA11CE), worker_key(0xB0B)
NO_LOCK = (ZERO_ADDRESS, 0, 0, 0)


@pytest.fixture(scope="module")
def workers(staking, slasher, rewarder, pool, alice):
    workers = Workers.deploy(staking, slasher, rewarder)
    pool.deposit(100_000 * PHA, alice, sender=alice)
    return workers


@pytest.fixture(scope="module")
def roster(workers):
    return workers.registry


@pytest.fixture(scope="module")
def other_operator(accounts):
    return accounts[12]


@pytest.fixture(scope="module")
def other_pool(workers, staking, other_operator, bob):
    pool = staking.create_pool(other_operator)
    staking.fund(pool, [bob])
    pool.deposit(100_000 * PHA, bob, sender=bob)
    return pool


def locked_of(pool) -> int:
    return pool.books().locked


# The consent


def test_register_takes_the_keys_consent(workers, roster, pool, operator):
    receipt = workers.register(KEY, pool, 100, sender=operator)
    (event,) = receipt.decode_logs(roster.WorkerRegistered)
    assert (event.key, event.pool, event.performance) == (KEY.address, pool.address, 100)
    assert workers.status(KEY) == "Registered"
    assert roster.nonceOf(KEY.address) == 1


def test_consent_hash_is_that_of_eip_712(staking, roster, pool):
    expected = consent_hash(staking.chain.chain_id, roster.address, KEY.address, pool.address, 77, 3, 9)
    assert bytes(roster.consentHash(KEY.address, pool, 77, 3, 9)) == expected
    signed = KEY.unsafe_sign_hash(expected).signature
    assert bytes(signed) == consent(staking.chain.chain_id, roster, KEY, pool, 77, 3, 9)


@pytest.mark.parametrize("wrong", ["key", "pool", "performance", "nonce", "deadline", "registry", "chain", "empty"])
def test_register_refuses_a_consent_for_anything_else(workers, roster, staking, pool, operator, other_pool, wrong):
    chain_id = staking.chain.chain_id
    good = (chain_id, roster, KEY, pool, 100, 0, FOREVER)
    places = {"chain": 0, "registry": 1, "key": 2, "pool": 3, "performance": 4, "nonce": 5, "deadline": 6}
    values = {
        "chain": chain_id + 1,
        "registry": staking.factory,
        "key": OTHER,
        "pool": other_pool,
        "performance": 101,
        "nonce": 1,
        "deadline": FOREVER - 1,
    }
    signature = (
        b""
        if wrong == "empty"
        else consent(*(values[wrong] if i == places[wrong] else value for i, value in enumerate(good)))
    )
    with ape.reverts(roster.ConsentNotFromKey):
        roster.register(KEY.address, pool, 100, FOREVER, signature, sender=operator)
    roster.register(KEY.address, pool, 100, FOREVER, consent(*good), sender=operator)


def test_register_refuses_a_copied_consent(workers, roster, staking, pool, other_operator, stranger, operator):
    """Front-running: whoever sees the consent can do nothing with it."""
    signature = consent(staking.chain.chain_id, roster, KEY, pool, 100, 0)
    for thief in (stranger, other_operator):
        with refused(roster.CallerNotPoolOperator, thief, operator):
            roster.register(KEY.address, pool, 100, FOREVER, signature, sender=thief)
    roster.register(KEY.address, pool, 100, FOREVER, signature, sender=operator)
    with ape.reverts(roster.ConsentNotFromKey):  # nor twice
        roster.register(KEY.address, pool, 100, FOREVER, signature, sender=operator)


def test_register_refuses_what_is_late(workers, roster, staking, pool, operator):
    deadline = staking.now + 100
    signature = consent(staking.chain.chain_id, roster, KEY, pool, 100, 0, deadline)
    staking.chain.pending_timestamp = deadline + 1
    with refused(roster.ConsentExpired, deadline):
        roster.register(KEY.address, pool, 100, deadline, signature, sender=operator)


def test_register_refuses_the_zero_key(roster, pool, operator):
    """A broken signature recovers to zero: that must not be anybody's consent."""
    with refused(roster.ConsentNotFromKey, ZERO_ADDRESS, ZERO_ADDRESS):
        roster.register(ZERO_ADDRESS, pool, 100, FOREVER, b"\0" * 65, sender=operator)


def test_register_refuses_a_foreign_pool(workers, roster, staking, stranger):
    signature = consent(staking.chain.chain_id, roster, KEY, stranger.address, 100, 0)
    with refused(roster.ForeignPool, stranger):
        roster.register(KEY.address, stranger, 100, FOREVER, signature, sender=stranger)


@pytest.mark.parametrize(("performance", "accepted"), [(49, False), (50, True), (10**6, True), (10**6 + 1, False)])
def test_register_holds_performance_within_bounds(workers, roster, pool, operator, performance, accepted):
    if accepted:
        workers.register(KEY, pool, performance, sender=operator)
        return
    with refused(roster.PerformanceOutOfBounds, performance, 50, 10**6):
        workers.register(KEY, pool, performance, sender=operator)


def test_a_registered_key_may_consent_to_another_pool(workers, roster, pool, operator, other_pool, other_operator):
    workers.register(KEY, pool, 100, sender=operator)
    workers.register(KEY, other_pool, 100, sender=other_operator)
    workers.attest(KEY)
    with refused(roster.CallerNotPoolOperator, operator, other_operator):
        roster.start(KEY.address, 1000 * PHA, sender=operator)


# Start


def test_start_locks_the_stake(workers, roster, staking, pool, operator):
    workers.attest(KEY)
    workers.register(KEY, pool, 100, sender=operator)
    assert workers.status(KEY) == "Attested"
    receipt = roster.start(KEY.address, 600 * PHA, sender=operator)
    (event,) = receipt.decode_logs(roster.WorkerStarted)
    # 50·√100 = 500 PHA; (600 + 0.3·100)·1.3 = 819 PHA
    assert (event.stake, event.minimumStake, event.value) == (600 * PHA, 500 * PHA, 819 * PHA)
    assert workers.status(KEY) == "Working"
    assert roster.isWorking(KEY.address)
    assert tuple(roster.stakeOf(KEY.address)) == (pool.address, 600 * PHA)
    assert locked_of(pool) == 600 * PHA
    assert roster.workerCount(pool) == 1


@settings(max_examples=40)
@given(performance=st.integers(50, 10**6))
def test_minimum_stake_is_k_times_the_root_rounded_up(performance):
    with localcontext() as context:
        context.prec = 80
        exact = (Decimal(performance).sqrt() * 50 * PHA).to_integral_value(ROUND_CEILING)
    assert minimum_stake(performance) == exact


@pytest.mark.parametrize("performance", [50, 100, 101, 12_345, 10**6])
def test_minimum_stake_is_the_models(workers, roster, performance):
    assert roster.minimumStakeOf(performance, b"\0" * 32, 0) == minimum_stake(performance)


def test_start_refuses_a_wei_less_than_the_minimum(workers, roster, pool, operator):
    workers.attest(KEY)
    workers.register(KEY, pool, 101, sender=operator)
    least = minimum_stake(101)
    with refused(roster.StakeTooSmall, least - 1, least):
        roster.start(KEY.address, least - 1, sender=operator)
    roster.start(KEY.address, least, sender=operator)


@pytest.mark.parametrize(
    ("model", "count", "weight", "collateral"),
    [("H100", 1, 10_000, 1250), ("H200", 2, 15_000, 3750), ("B200", 8, 18_000, 18_000)],
)
def test_start_asks_the_gpus_collateral(workers, roster, pool, operator, model, count, weight, collateral):
    workers.attest(KEY, count=count, model=model_bytes(model))
    workers.register(KEY, pool, 100, sender=operator)
    with refused(roster.StakeTooSmall, collateral * PHA - 1, collateral * PHA):
        roster.start(KEY.address, collateral * PHA - 1, sender=operator)
    roster.start(KEY.address, collateral * PHA, sender=operator)
    assert roster.workerOf(KEY.address).weightBps == weight


def test_start_refuses_an_unlisted_gpu(workers, roster, pool, operator):
    workers.attest(KEY, count=1, model=model_bytes("A100"))
    workers.register(KEY, pool, 100, sender=operator)
    with refused(roster.GpuModelNotAccepted, model_bytes("A100")):
        roster.start(KEY.address, 5000 * PHA, sender=operator)


def test_start_refuses_without_evidence(workers, roster, pool, operator):
    workers.register(KEY, pool, 100, sender=operator)
    with ape.reverts(roster.WorkerNotAttested):
        roster.start(KEY.address, 1000 * PHA, sender=operator)
    workers.attest(KEY, confidence=6)
    with ape.reverts(roster.WorkerNotAttested):
        roster.start(KEY.address, 1000 * PHA, sender=operator)
    workers.attest(KEY, confidence=5)
    roster.start(KEY.address, 1000 * PHA, sender=operator)
    # (1 + 0.3·0.7)·(1000 + 30)
    assert roster.workerOf(KEY.address).initialValue == 1246_300 * PHA // 1000


def test_start_refuses_a_stranger_and_the_unregistered(workers, roster, pool, operator, stranger):
    workers.attest(KEY)
    with refused(roster.WorkerNotInStatus, KEY.address, STATUSES.index("None")):
        roster.start(KEY.address, 1000 * PHA, sender=operator)
    workers.register(KEY, pool, 100, sender=operator)
    with refused(roster.CallerNotPoolOperator, stranger, operator):
        roster.start(KEY.address, 1000 * PHA, sender=stranger)


def test_start_refuses_a_value_above_the_greatest(workers, roster, pool, operator):
    workers.attest(KEY)
    workers.register(KEY, pool, 100, sender=operator)
    with ape.reverts(roster.ValueTooGreat):
        roster.start(KEY.address, 23_100 * PHA, sender=operator)  # ·1.3 is more than 30,000
    with ape.reverts(roster.ValueTooGreat):
        roster.start(KEY.address, 2**256 - 1, sender=operator)
    roster.start(KEY.address, 23_000 * PHA, sender=operator)


def test_start_refuses_more_than_the_pool_has(workers, roster, staking, operator, alice):
    poor = staking.create_pool(operator)
    staking.fund(poor, [alice])
    poor.deposit(999 * PHA, alice, sender=alice)
    workers.attest(KEY)
    workers.register(KEY, poor, 100, sender=operator)
    with ape.reverts(poor.LockExceedsActive):
        roster.start(KEY.address, 1000 * PHA, sender=operator)


def test_start_refuses_one_worker_too_many(workers, roster, pool, operator, deployer):
    workers.parameters.set(number_of("MaxWorkersPerPool"), 1, sender=deployer)
    workers.run(KEY, pool, operator)
    workers.attest(OTHER)
    workers.register(OTHER, pool, 100, sender=operator)
    with refused(roster.TooManyWorkers, pool, 1):
        roster.start(OTHER.address, 1000 * PHA, sender=operator)


# Stop and release


def test_release_waits_for_the_cool_down(workers, roster, staking, pool, operator, stranger):
    workers.run(KEY, pool, operator)
    with refused(roster.CallerNotPoolOperator, stranger, operator):
        roster.stop(KEY.address, sender=stranger)
    receipt = roster.stop(KEY.address, sender=operator)
    until = receipt.timestamp + 7 * DAY
    assert workers.status(KEY) == "Cooling"
    assert not roster.isWorking(KEY.address)
    assert tuple(roster.stakeOf(KEY.address)) == (pool.address, 1000 * PHA)
    staking.chain.pending_timestamp = until - 1
    with refused(roster.StillCooling, KEY.address, until):
        roster.release(KEY.address, sender=stranger)
    staking.chain.pending_timestamp = until
    roster.release(KEY.address, sender=stranger)
    assert workers.status(KEY) == "Released"
    assert (locked_of(pool), roster.workerCount(pool)) == (0, 0)
    assert tuple(roster.stakeOf(KEY.address)) == (ZERO_ADDRESS, 0)
    with refused(roster.WorkerNotInStatus, KEY.address, STATUSES.index("Released")):
        roster.release(KEY.address, sender=stranger)


@pytest.mark.parametrize("cooling", [False, True])
def test_no_pool_can_take_over_a_worker_that_has_a_lock(
    workers, roster, pool, operator, other_pool, other_operator, cooling
):
    workers.run(KEY, pool, operator)
    if cooling:
        roster.stop(KEY.address, sender=operator)
    status = roster.workerOf(KEY.address).status
    for home, sender in ((other_pool, other_operator), (pool, operator)):
        with refused(roster.WorkerNotInStatus, KEY.address, status):
            workers.register(KEY, home, 100, sender=sender)


def test_a_released_worker_may_work_elsewhere(workers, roster, staking, pool, operator, other_pool, other_operator):
    workers.run(KEY, pool, operator)
    roster.stop(KEY.address, sender=operator)
    staking.travel(7 * DAY)
    roster.release(KEY.address, sender=operator)
    workers.run(KEY, other_pool, other_operator)
    assert roster.stakeOf(KEY.address).pool == other_pool


def test_anyone_stops_a_worker_whose_evidence_lapsed(workers, roster, pool, operator, stranger):
    workers.run(KEY, pool, operator)
    with refused(roster.WorkerInGoodStanding, KEY.address):
        roster.stopLapsed(KEY.address, sender=stranger)
    workers.lapse(KEY)
    assert roster.earningOf(KEY.address).confidence == 0
    roster.stopLapsed(KEY.address, sender=stranger)
    assert workers.status(KEY) == "Cooling"


@pytest.mark.parametrize(
    ("count", "model", "stands"),
    [(2, "H200", True), (3, "H200", True), (1, "H200", False), (2, "H100", False), (0, "", False)],
)
def test_fewer_or_lesser_gpus_than_at_the_start_are_a_lapse(
    workers, roster, pool, operator, stranger, count, model, stands
):
    workers.run(KEY, pool, operator, stake=4000 * PHA, count=2, model=model_bytes("H200"))
    workers.attest(KEY, count=count, model=model_bytes(model))
    if stands:
        with refused(roster.WorkerInGoodStanding, KEY.address):
            roster.stopLapsed(KEY.address, sender=stranger)
    else:
        roster.stopLapsed(KEY.address, sender=stranger)


def test_liveness_is_the_reward_sources_to_note(workers, roster, pool, operator, rewarder, stranger):
    workers.run(KEY, pool, operator)
    with refused(roster.CallerNotRewardSource, stranger, rewarder):
        roster.noteLiveness(KEY.address, False, sender=stranger)
    roster.noteLiveness(KEY.address, False, sender=rewarder)
    assert workers.status(KEY) == "Unresponsive"
    assert not roster.isWorking(KEY.address)
    roster.noteLiveness(KEY.address, False, sender=rewarder)
    roster.noteLiveness(KEY.address, True, sender=rewarder)
    assert workers.status(KEY) == "Working"
    roster.stop(KEY.address, sender=operator)
    roster.noteLiveness(KEY.address, True, sender=rewarder)
    assert workers.status(KEY) == "Cooling"  # nobody is called back from the cool-down


def test_a_held_pools_worker_is_challenged_and_works_on(workers, roster, staking, pool, operator, slasher):
    workers.run(KEY, pool, operator)
    pool.hold(staking.now + DAY, sender=slasher)
    assert workers.status(KEY) == "Challenged"
    assert roster.isWorking(KEY.address)
    staking.travel(DAY)
    assert workers.status(KEY) == "Working"


# Requests that wait too long


@pytest.fixture
def overdue(workers, roster, staking, pool, operator, alice):
    """Three workers with 30,000 PHA locked, and a request for all but 45,000 of 100,000 that must wait."""
    for number in (1, 2, 3):
        workers.run(worker_key(number), pool, operator, stake=20_000 * PHA)
    pool.requestRedeem(70_000 * PHA * 1000, alice, alice, sender=alice)
    staking.travel(8 * DAY)
    return request_id(alice, 0)


def test_anyone_stops_workers_until_an_overdue_request_is_covered(workers, roster, pool, overdue, stranger):
    assert pool.isOverdue(overdue)
    keys = [worker_key(number).address for number in (3, 1, 2)]
    # 60,000 locked, 30,000 active: two workers' locks cover what lacks.
    receipt = roster.stopForRequest(pool, overdue, [OTHER.address, keys[0], keys[0], *keys[1:]], sender=stranger)
    assert [log.key for log in receipt.decode_logs(roster.WorkerStopped)] == keys[:2]
    assert workers.status(worker_key(2)) == "Working"
    with refused(roster.NothingToStop, pool):
        roster.stopForRequest(pool, overdue, keys, sender=stranger)


def test_a_request_is_paid_once_the_forced_locks_are_released(workers, roster, staking, pool, overdue, alice):
    keys = [worker_key(number).address for number in (1, 2, 3)]
    roster.stopForRequest(pool, overdue, keys, sender=alice)
    staking.travel(7 * DAY)
    for key in keys[:2]:
        roster.release(key, sender=alice)
    assert pool.maxRedeem(alice) == 70_000 * PHA * 1000
    assert not pool.isOverdue(overdue)


def test_nobody_stops_workers_without_an_overdue_request(workers, roster, pool, operator, alice, stranger):
    workers.run(KEY, pool, operator)
    pool.requestRedeem(PHA * 1000, alice, alice, sender=alice)
    with refused(roster.RequestNotOverdue, pool, request_id(alice, 0)):
        roster.stopForRequest(pool, request_id(alice, 0), [KEY.address], sender=stranger)
    with refused(roster.ForeignPool, stranger):
        roster.stopForRequest(stranger, 0, [KEY.address], sender=stranger)


def test_workers_of_another_pool_are_passed_over(workers, roster, pool, overdue, other_pool, other_operator, stranger):
    workers.run(KEY, other_pool, other_operator)
    with refused(roster.NothingToStop, pool):
        roster.stopForRequest(pool, overdue, [KEY.address], sender=stranger)
    assert workers.status(KEY) == "Working"


# Locks in the past


def test_lock_at_answers_for_every_time(workers, roster, staking, pool, operator):
    worker = bytes(12) + bytes.fromhex(KEY.address[2:])
    started = workers.run(KEY, pool, operator).timestamp
    staking.travel(DAY)
    raised = roster.topUp(KEY.address, 500 * PHA, sender=operator).timestamp
    roster.stop(KEY.address, sender=operator)
    staking.travel(8 * DAY)
    released = roster.release(KEY.address, sender=operator).timestamp
    for time, locked in (
        (started - 1, 0),
        (started, 1000),
        (raised - 1, 1000),
        (raised, 1500),
        (released - 1, 1500),
        (released, 0),
        (released + DAY, 0),
    ):
        expected = (pool.address, locked * PHA, started, locked * PHA) if locked else NO_LOCK
        assert tuple(roster.lockAt(worker, time)) == expected
    dirty = b"\1" + worker[1:]
    assert tuple(roster.lockAt(dirty, raised)) == NO_LOCK


def test_top_up_is_the_operators_and_only_for_a_running_worker(workers, roster, pool, operator, stranger):
    workers.run(KEY, pool, operator)
    with refused(roster.CallerNotPoolOperator, stranger, operator):
        roster.topUp(KEY.address, PHA, sender=stranger)
    roster.stop(KEY.address, sender=operator)
    with ape.reverts(roster.WorkerNotInStatus):
        roster.topUp(KEY.address, PHA, sender=operator)


# Slashes: the numbers are checked against the pool's own, whatever rule it cuts its locks by


def test_a_slash_cuts_all_locks_alike_and_no_release_fails(workers, roster, staking, pool, operator, slasher):
    keys = [worker_key(number) for number in (1, 2, 3)]
    for key, stake in zip(keys, (1000, 2000, 3000), strict=True):
        workers.run(key, pool, operator, stake=stake * PHA)
    pool.slash(1500 * PHA, sender=slasher)
    left = locked_of(pool)
    assert 0 < left < 6000 * PHA
    for key, stake in zip(keys, (1, 2, 3), strict=True):
        assert roster.stakeOf(key.address).assets == left * stake // 6
        roster.stop(key.address, sender=operator)
    staking.travel(7 * DAY)
    for key in keys:
        roster.release(key.address, sender=operator)
        assert workers.status(key) == "Slashed"
    assert locked_of(pool) == 0


def test_reconcile_stops_whom_a_slash_left_under_the_minimum(workers, roster, pool, operator, slasher, stranger):
    workers.run(KEY, pool, operator, stake=501 * PHA)
    workers.run(OTHER, pool, operator, stake=5000 * PHA)
    roster.reconcile(KEY.address, sender=stranger)
    assert workers.status(KEY) == "Working"  # nothing was slashed: nothing happens
    pool.slash(1000 * PHA, sender=slasher)
    for key in (KEY, OTHER):
        roster.reconcile(key.address, sender=stranger)
    stopped = roster.stakeOf(KEY.address).assets < 500 * PHA
    assert workers.status(KEY) == ("Cooling" if stopped else "Working")
    assert workers.status(OTHER) == "Working"
    assert roster.workerOf(OTHER.address).locked == roster.stakeOf(OTHER.address).assets < 5000 * PHA


def test_rounding_never_stops_a_worker(workers, roster, pool, operator, slasher, stranger):
    """Griefing: locks that come and go after a slash cost the others wei by rounding, not their standing."""
    workers.run(OTHER, pool, operator, stake=1000 * PHA)
    pool.slash(333 * PHA + 1, sender=slasher)
    workers.run(KEY, pool, operator, performance=101, stake=minimum_stake(101))
    for number in range(3, 8):
        workers.run(worker_key(number), pool, operator, stake=500 * PHA + number)
    roster.reconcile(KEY.address, sender=stranger)
    assert workers.status(KEY) == "Working"
    assert roster.stakeOf(KEY.address).assets == minimum_stake(101)


def test_a_pool_that_lost_every_lock_begins_a_new_era(workers, roster, staking, pool, operator, slasher, alice):
    workers.run(OTHER, pool, operator, stake=1000 * PHA)
    pool.slash(10**30, sender=slasher)
    pool.reopen(sender=operator)
    pool.deposit(10_000 * PHA, alice, sender=alice)
    assert roster.stakeOf(OTHER.address).assets == 0
    workers.run(KEY, pool, operator, stake=600 * PHA)
    assert (roster.stakeOf(KEY.address).assets, roster.stakeOf(OTHER.address).assets) == (600 * PHA, 0)
    roster.reconcile(OTHER.address, sender=alice)
    assert workers.status(OTHER) == "Cooling"
    roster.stop(KEY.address, sender=operator)
    staking.travel(7 * DAY)
    for key, released in ((OTHER, 0), (KEY, 600 * PHA)):
        assert logged(roster.release(key.address, sender=alice), roster.WorkerReleased, "released") == released
    assert locked_of(pool) == 0
