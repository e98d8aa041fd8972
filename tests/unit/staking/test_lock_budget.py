# SPDX-License-Identifier: Apache-2.0
"""A lock is lost once: all offences of a worker from a start to its release cost no more than was locked for it.

The real slash manager, bond and registry; what is expected is added up here.
"""

from __future__ import annotations

from itertools import permutations

import ape
import pytest
from eth_abi import encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reference.stake_pools import DAY, PHA, SLASH_MANAGER, ZERO_ADDRESS, parameter
from tests.reference.workers import FOREVER, Workers, consent, refused, worker_key

KEY, OTHER, THIRD = (worker_key(number) for number in (0xC0DE, 0xC0DF, 0xC0E0))
LOCK = 1000 * PHA
STAKE = 50_000 * PHA
UNDERSTAKED = 2  # of the reasons for a stop
COST = {1: LOCK // 1000, 2: LOCK // 100, 3: LOCK // 10, 4: LOCK}


def id_of(key) -> bytes:
    return bytes(12) + bytes.fromhex(key.address[2:])


class World:
    """One pool with STAKE of active stake; offences are believed as they are told."""

    def __init__(self, project, staking, deployer, slasher, rewarder, treasury, pool, operator, alice):
        self.staking, self.pool, self.operator, self.alice = staking, pool, operator, alice
        pool.deposit(STAKE, alice, sender=alice)
        self.workers = Workers.deploy(staking, slasher, rewarder)
        self.registry = self.workers.registry
        core = (staking.token, staking.factory, staking.parameters)
        self.bond = deployer.deploy(project.OperatorBond, *core)
        self.manager = deployer.deploy(project.SlashManager, staking.manager, *core, self.bond, treasury)
        self.ground = deployer.deploy(project.MockSlashGround)
        self.manager.setGround(self.ground, True, sender=deployer)
        staking.factory.setModule(SLASH_MANAGER, self.manager, sender=deployer)
        staking.token.approve(self.bond, 2**256 - 1, sender=alice)

    def run(self, key=KEY, stake: int = LOCK):
        return self.workers.run(key, self.pool, self.operator, stake=stake)

    def put_bond(self, assets: int) -> None:
        if assets:
            self.bond.post(self.pool, assets, sender=self.alice)

    def evidence(self, number: int, level: int = 4, key=KEY, committed: int | None = None) -> bytes:
        time = self.staking.now if committed is None else committed
        offence = (number.to_bytes(32, "big"), id_of(key), time, level)
        return encode(["(bytes32,bytes32,uint48,uint8)"], [offence])

    def file(self, number: int, level: int = 4, key=KEY, committed: int | None = None) -> int:
        receipt = self.manager.file(self.ground, self.evidence(number, level, key, committed), sender=self.alice)
        (event,) = receipt.decode_logs(self.manager.ClaimFiled)
        return event.claimId

    def execute(self, claim: int) -> int:
        """Wei taken of bond and pool, by the log; what the balances say as well."""
        before = self.staking.token.balanceOf(self.manager)
        receipt = self.manager.execute(claim, sender=self.alice)
        (event,) = receipt.decode_logs(self.manager.ClaimExecuted)
        taken = event.fromBond + event.fromPool
        assert self.staking.token.balanceOf(self.manager) - before == taken
        return taken

    def refuses(self, number: int, budget: int, since: int, **offence):
        with ape.reverts(self.manager.LockForfeited, since=since, budget=budget):
            self.manager.file(self.ground, self.evidence(number, **offence), sender=self.alice)

    def lost(self) -> int:
        """What the delegators have lost."""
        return STAKE - self.pool.totalAssets()


@pytest.fixture(scope="module")
def world(project, staking, deployer, slasher, rewarder, treasury, pool, operator, alice):
    return World(project, staking, deployer, slasher, rewarder, treasury, pool, operator, alice)


# The bound


@pytest.mark.parametrize("bonded", [0, 300 * PHA, LOCK, 10 * LOCK], ids=lambda wei: f"bond-{wei // PHA}")
@pytest.mark.parametrize("order", ["filed first", "the last first"])
def test_five_gravest_offences_take_the_lock_once(world, bonded, order):
    """Without the bound they took five locks: 5,000 PHA for 1,000 at stake."""
    world.run()
    world.put_bond(bonded)
    claims = [world.file(number) for number in range(5)]
    taken = [world.execute(claim) for claim in (claims if order == "filed first" else reversed(claims))]
    assert taken == [LOCK, 0, 0, 0, 0]
    assert world.lost() == max(0, LOCK - bonded)
    assert world.bond.bondOf(world.pool).bonded == max(0, bonded - LOCK)


def test_one_after_the_other_the_second_is_refused(world):
    since = world.run().timestamp
    assert world.execute(world.file(1)) == LOCK
    world.refuses(2, LOCK, since)
    world.refuses(2, LOCK, since, level=1)


@pytest.mark.parametrize("order", permutations((1, 3, 4)), ids=str)
def test_every_order_takes_the_same_and_a_mild_one_keeps_nothing_from_a_grave_one(world, order):
    world.run()
    claims = {level: world.file(level, level) for level in (4, 3, 1)}
    left = LOCK
    for level in order:
        assert world.manager.forfeitOf(claims[level]) == min(COST[level], left)
        assert world.execute(claims[level]) == min(COST[level], left)
        assert world.manager.forfeitOf(claims[level]) == 0
        left -= min(COST[level], left)
    assert left == 0
    assert world.lost() == LOCK


@pytest.mark.parametrize("order", permutations((1, 2, 3)), ids=str)
def test_offences_within_the_lock_cost_their_sum(world, order):
    """The other way round: who has not used the lock up pays for each in full."""
    since = world.run().timestamp
    claims = {level: world.file(level, level) for level in (1, 2, 3)}
    assert [world.execute(claims[level]) for level in order] == [COST[level] for level in order]
    assert world.manager.forfeited(id_of(KEY), since) == 111 * PHA
    assert world.execute(world.file(9)) == LOCK - 111 * PHA


def test_bond_and_pool_that_had_less_do_not_answer_later(world, slasher, deployer):
    """A lock counts as used up by what its claims were for: stake that comes afterwards is not taken for them."""
    since = world.run().timestamp
    world.registry.topUp(KEY.address, STAKE - LOCK, sender=world.operator)
    first, second = world.file(1), world.file(2)
    world.staking.factory.setModule(SLASH_MANAGER, slasher, sender=deployer)
    world.pool.slash(STAKE * 3 // 5, sender=slasher)
    world.staking.factory.setModule(SLASH_MANAGER, world.manager, sender=deployer)
    assert world.execute(first) == STAKE * 2 // 5
    assert world.manager.forfeitOf(second) == 0
    world.put_bond(7 * PHA)
    assert world.execute(second) == 0
    assert world.bond.bondOf(world.pool).bonded == 7 * PHA
    world.refuses(3, STAKE, since, committed=world.manager.claimOf(1).filedAt)


def test_what_ends_without_execution_uses_nothing_up(world, deployer):
    since = world.run().timestamp
    accusation = ((1).to_bytes(32, "big"), id_of(KEY), world.staking.now, 4)
    world.manager.accuse(accusation, ZERO_ADDRESS, sender=deployer)
    world.manager.cancel(1, sender=deployer)
    lapsing = world.file(2)
    world.staking.travel(7 * DAY + 1)
    world.manager.lapse(lapsing, sender=deployer)
    assert world.manager.forfeited(id_of(KEY), since) == 0
    assert world.execute(world.file(3)) == LOCK


def test_accusations_and_proofs_share_the_lock(world, deployer):
    world.run()
    accusation = ((1).to_bytes(32, "big"), id_of(KEY), world.staking.now, 4)
    world.manager.accuse(accusation, ZERO_ADDRESS, sender=deployer)
    assert world.execute(world.file(2, level=3)) == COST[3]
    world.staking.travel(3 * DAY + 1)
    assert world.execute(1) == LOCK - COST[3]


def test_each_worker_answers_with_its_own_lock(world):
    """The pool's locks are cut alike, and yet one worker's offences use up nothing of another's."""
    world.run()
    world.run(OTHER, 3 * LOCK)
    assert world.execute(world.file(1)) == LOCK
    assert world.execute(world.file(2, key=OTHER)) == 3 * LOCK
    assert world.lost() == 4 * LOCK


# What makes a lock larger, and what does not


def test_reconciling_adds_nothing(world, stranger):
    since = world.run().timestamp
    world.staking.travel(10)
    assert world.execute(world.file(1, level=3)) == COST[3]
    world.registry.reconcile(KEY.address, sender=stranger)
    lock = world.registry.lockAt(id_of(KEY), world.staking.now)
    assert tuple(lock) == (world.pool, LOCK - COST[3], since, LOCK)
    assert world.execute(world.file(2)) == LOCK - COST[3]
    world.registry.reconcile(KEY.address, sender=stranger)
    assert world.lost() == LOCK
    world.refuses(3, LOCK, since, committed=since)


def test_top_up_adds_what_it_locks_and_not_the_whole_lock_again(world):
    """A wei before each execution, or between offences, would else have put the same thousand at stake anew."""
    world.run()
    taken = 0
    for number in range(5):
        claim = world.file(number)
        world.registry.topUp(KEY.address, 1, sender=world.operator)
        taken += world.execute(claim)
        if number < 4:
            world.registry.topUp(KEY.address, 1, sender=world.operator)
    # The last top-up came after the last offence.
    assert taken == world.lost() == LOCK + 8


def test_top_ups_ahead_of_the_execution_do_not_multiply_open_claims(world):
    world.run()
    claims = []
    for number in range(5):
        claims.append(world.file(number))
        world.registry.topUp(KEY.address, 1, sender=world.operator)
    assert world.manager.openForfeit(world.pool) == LOCK + 4
    assert sum(world.execute(claim) for claim in claims) == LOCK + 4


def test_top_up_after_the_bond_paid_puts_so_much_more_at_stake(world, stranger):
    since = world.run().timestamp
    world.put_bond(2 * LOCK)
    assert world.execute(world.file(1)) == LOCK
    world.registry.topUp(KEY.address, 600 * PHA, sender=world.operator)
    world.registry.reconcile(KEY.address, sender=stranger)
    assert world.workers.status(KEY) == "Working"
    claim = world.file(2)
    assert world.manager.claimOf(claim).assets == LOCK + 600 * PHA
    assert world.execute(claim) == 600 * PHA
    world.refuses(3, LOCK + 600 * PHA, since)
    assert world.lost() == 0


def test_restart_is_a_new_lock(world, deployer):
    """And the old one still answers for what was done under it, but not twice."""
    world.staking.parameters.set(parameter("EvidenceMaxAgeSeconds"), 30 * DAY, sender=deployer)
    since = world.run().timestamp
    world.registry.stop(KEY.address, sender=world.operator)
    assert world.execute(world.file(1, committed=since)) == LOCK
    world.staking.travel(8 * DAY)
    world.registry.release(KEY.address, sender=world.operator)
    with ape.reverts(world.manager.NothingAtStake):
        world.manager.file(world.ground, world.evidence(2), sender=world.alice)
    again = world.run(stake=2 * LOCK).timestamp
    lock = world.registry.lockAt(id_of(KEY), world.staking.now)
    assert (lock.since, lock.budget) == (again, 2 * LOCK)
    world.refuses(2, LOCK, since, committed=since)
    assert world.execute(world.file(3)) == 2 * LOCK
    world.refuses(4, 2 * LOCK, again)


# What is refused is not used up


def test_refused_offence_may_be_filed_once_the_lock_has_more(world):
    """Its refusal marked nothing. A later offence shows that more was locked, and the first is worth a claim again."""
    since = world.run().timestamp
    world.put_bond(LOCK)
    committed = world.staking.now
    assert world.execute(world.file(1, committed=committed)) == LOCK
    world.refuses(2, LOCK, since, committed=committed)
    world.staking.travel(1)  # blocks may share a second, and the second of the offence would have the more
    world.registry.topUp(KEY.address, LOCK, sender=world.operator)
    world.refuses(2, LOCK, since, committed=committed)
    later = world.file(3, level=1)
    assert world.execute(later) == 2 * COST[1]
    assert world.execute(world.file(2, committed=committed)) == LOCK - 2 * COST[1]
    with ape.reverts(world.manager.OffenceAlreadyClaimed):
        world.manager.file(world.ground, world.evidence(2, committed=committed), sender=world.alice)


def test_lapsed_claim_is_filed_again_unless_the_lock_is_used_up_meanwhile(world, deployer, stranger):
    world.staking.parameters.set(parameter("EvidenceMaxAgeSeconds"), 30 * DAY, sender=deployer)
    since = world.run().timestamp
    committed = world.staking.now
    lapsing = [world.file(number, 3, committed=committed) for number in (1, 2)]
    world.staking.travel(7 * DAY + 1)
    for claim in lapsing:
        world.manager.lapse(claim, sender=stranger)
    assert world.execute(world.file(1, 3, committed=committed)) == COST[3]
    assert world.execute(world.file(3)) == LOCK - COST[3]
    world.refuses(2, LOCK, since, level=3, committed=committed)


# What open claims would take


def test_open_forfeit_is_the_sum_over_locks_of_what_each_has(world, stranger):
    stakes = {KEY: LOCK, OTHER: 2 * LOCK, THIRD: 600 * PHA}
    for key, stake in stakes.items():
        world.run(key, stake)
    claims = [(KEY, 3), (OTHER, 4), (KEY, 4), (THIRD, 2), (OTHER, 3), (THIRD, 1)]
    costs = {1: 1, 2: 10, 3: 100, 4: 1000}  # thousandths
    used = dict.fromkeys(stakes, 0)
    numbers = []
    for place, (key, level) in enumerate(claims):
        numbers.append(world.file(place, level, key))
    waiting = list(zip(numbers, claims, strict=True))

    def expected(still) -> int:
        return sum(
            min(stake - used[key], sum(stake * costs[level] // 1000 for _, (who, level) in still if who == key))
            for key, stake in stakes.items()
        )

    assert expected(waiting) == LOCK + 2 * LOCK + 6 * PHA + 6 * PHA // 10
    while waiting:
        assert world.manager.openForfeit(world.pool) == expected(waiting)
        number, (key, level) = waiting.pop(len(waiting) // 2)
        taken = world.execute(number)
        assert taken == min(stakes[key] * costs[level] // 1000, stakes[key] - used[key])
        used[key] += taken
    assert world.manager.openForfeit(world.pool) == 0
    assert used == {KEY: LOCK, OTHER: 2 * LOCK, THIRD: 6 * PHA + 6 * PHA // 10}


def test_open_forfeit_counts_what_is_in_time(world):
    world.run()
    first = world.file(1, level=3)
    ends = world.manager.claimOf(first).endsAt
    world.staking.travel(DAY)
    second = world.file(2, level=2)
    world.staking.travel_to(ends)
    assert world.manager.openForfeit(world.pool) == COST[3] + COST[2]
    world.staking.travel_to(ends + 1)
    assert world.manager.openForfeit(world.pool) == COST[2]
    assert sorted(world.manager.openClaims(world.pool)) == [first, second]  # until someone says that it is over


# A worker that has nothing left to lose


@pytest.mark.parametrize(("offences", "status"), [([3] * 5, "Working"), ([3] * 5 + [1], "Cooling"), ([4], "Cooling")])
def test_a_used_up_lock_stops_the_worker_though_the_bond_paid(world, stranger, offences, status):
    """Its minimum is 500 PHA. The lock is whole: nothing but the claims says that 500, 499 or 0 are left at stake."""
    world.run()
    world.put_bond(5 * LOCK)
    for number, level in enumerate(offences):
        world.execute(world.file(number, level))
    assert world.registry.stakeOf(KEY.address).assets == LOCK
    world.staking.travel(8 * DAY)
    receipt = world.registry.reconcile(KEY.address, sender=stranger)
    assert world.workers.status(KEY) == status
    stops = receipt.decode_logs(world.registry.WorkerStopped)
    assert [(stop.key, stop.reason) for stop in stops] == [(KEY.address, UNDERSTAKED)] * (status == "Cooling")


def test_a_stopped_worker_is_not_stopped_again(world, stranger):
    world.run()
    world.put_bond(LOCK)
    world.execute(world.file(1))
    world.registry.reconcile(KEY.address, sender=stranger)
    until = world.registry.workerOf(KEY.address).coolingUntil
    world.staking.travel(DAY)
    world.registry.reconcile(KEY.address, sender=stranger)
    assert world.registry.workerOf(KEY.address).coolingUntil == until


def test_another_workers_offences_stop_nobody_whose_lock_is_large_enough(world, stranger):
    world.run()
    world.run(OTHER)
    world.put_bond(LOCK)
    world.execute(world.file(1))
    world.registry.reconcile(OTHER.address, sender=stranger)
    assert world.workers.status(OTHER) == "Working"


# In one second


@pytest.fixture(scope="module")
def batch(project, staking, deployer, world):
    """An operator that takes several steps in one transaction."""
    batch = deployer.deploy(project.MockBatch)
    batch.run([staking.factory], [staking.factory.createPool.encode_input(0)], sender=deployer)
    pool = project.IStakePool.at(staking.factory.poolOf(2))
    assert pool.operator() == batch
    staking.token.approve(pool, 2**256 - 1, sender=world.alice)
    pool.deposit(STAKE, world.alice, sender=world.alice)
    return batch, pool


def in_one_second(world, batch, time: int, *steps: tuple) -> None:
    """Calls of the operator's, each a method and its arguments, in one transaction at `time`."""
    world.staking.chain.pending_timestamp = time
    targets = [method.contract for method, *_ in steps]
    calls = [method.encode_input(*arguments) for method, *arguments in steps]
    assert batch.run(targets, calls, sender=world.alice).timestamp == time


@pytest.fixture
def registered(world, batch):
    batch, pool = batch
    world.workers.attest(KEY)
    registry = world.registry
    signature = consent(world.staking.chain.chain_id, registry, KEY, pool, 100, registry.nonceOf(KEY.address))
    data = registry.register.encode_input(KEY.address, pool, 100, FOREVER, signature)
    batch.run([registry], [data], sender=world.alice)
    return batch, pool


def test_start_top_up_offence_and_reconciliation_of_one_second(world, registered):
    """The budget is all that was locked, and what is written down in that second lowers it no more than later."""
    batch, pool = registered
    registry, manager = world.registry, world.manager
    time = world.staking.now + 10
    in_one_second(
        world,
        batch,
        time,
        (registry.start, KEY.address, LOCK),
        (manager.file, world.ground, world.evidence(1, 3, committed=time)),
        (manager.execute, 1),
        (registry.reconcile, KEY.address),
        (registry.topUp, KEY.address, 500 * PHA),
        (registry.reconcile, KEY.address),
    )
    assert tuple(registry.lockAt(id_of(KEY), time)) == (pool, LOCK + 400 * PHA, time, LOCK + 500 * PHA)
    assert registry.lockAt(id_of(KEY), time - 1).budget == 0
    claim = world.file(2, committed=time)
    assert manager.claimOf(claim).assets == LOCK + 400 * PHA
    assert world.execute(claim) == LOCK + 400 * PHA
    world.refuses(3, LOCK + 500 * PHA, time, committed=time)
    assert STAKE - pool.totalAssets() == LOCK + 500 * PHA


def test_top_up_and_execution_of_one_second_in_either_order(world, registered):
    batch, pool = registered
    registry, manager = world.registry, world.manager
    in_one_second(world, batch, world.staking.now + 10, (registry.start, KEY.address, LOCK))
    first, second = world.file(1), world.file(2)
    top_up = (registry.topUp, KEY.address, 600 * PHA)
    in_one_second(world, batch, world.staking.now + 10, top_up, (manager.execute, first))
    in_one_second(world, batch, world.staking.now + 10, (manager.execute, second), top_up)
    assert STAKE - pool.totalAssets() == LOCK
    lock = registry.lockAt(id_of(KEY), world.staking.now)
    assert (lock.assets, lock.budget) == (1200 * PHA, LOCK + 1200 * PHA)
    assert world.execute(world.file(3)) == 1200 * PHA


# Whoever wants to shield a worker, or to harm a pool


def test_a_claim_that_is_only_filed_shields_nothing(world, stranger):
    """An operator's friend files the mildest first, as many as a pool may have: the gravest still takes the lock."""
    world.run()
    mild = [world.file(number, level=1) for number in range(31)]
    grave = world.file(99)
    with refused(world.manager.TooManyOpenClaims, world.pool, 32):
        world.manager.file(world.ground, world.evidence(100), sender=stranger)
    assert world.manager.openForfeit(world.pool) == LOCK
    assert world.execute(grave) == LOCK
    # Worth nothing now: anyone ends them at once, no wei is taken, and the pool is free.
    assert [world.execute(claim) for claim in mild] == [0] * 31
    assert world.lost() == LOCK
    assert world.pool.holdUntil() <= world.staking.now
    assert list(world.manager.openClaims(world.pool)) == []


def test_running_ahead_with_another_claim_changes_who_reports_and_not_the_loss(world, stranger, bob):
    """5% of what each claim took, so never more than 5% of the lock in all, whoever is first."""
    world.run()
    world.put_bond(2 * LOCK)
    for number, reporter in ((1, stranger), (2, bob)):
        world.manager.file(world.ground, world.evidence(number), sender=reporter)
    assert world.execute(2) == LOCK
    assert world.execute(1) == 0
    due = [world.manager.reporterDue(reporter) for reporter in (stranger, bob)]
    assert due == [0, LOCK * 5 // 100]
    assert world.manager.proceeds() == LOCK * 95 // 100


def test_stopping_and_releasing_ahead_leaves_the_lock_to_its_claims(world, operator):
    world.run()
    claims = [world.file(number) for number in (1, 2)]
    world.registry.stop(KEY.address, sender=operator)
    world.staking.travel_to(world.manager.claimOf(2).endsAt)
    world.registry.release(KEY.address, sender=operator)
    assert world.manager.openForfeit(world.pool) in (0, LOCK)
    assert sum(1 for claim in claims if world.manager.forfeitOf(claim) == LOCK) == 2


# Anything, in any order

STEPS = st.lists(
    st.tuples(st.sampled_from(["offend", "offend", "execute", "top up", "reconcile"]), st.integers(0, 2**16)),
    min_size=5,
    max_size=14,
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, bonded=st.sampled_from([0, 150 * PHA, 10 * LOCK]))
def test_whatever_happens_a_lock_is_lost_once(world, steps, bonded):
    _walk(world, steps, bonded)


@pytest.mark.deep
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, bonded=st.sampled_from([0, 150 * PHA, 10 * LOCK]))
def test_whatever_happens_a_lock_is_lost_once_deep(world, steps, bonded):
    _walk(world, steps, bonded)


def _walk(world, steps, bonded: int) -> None:
    """Beside the chain stand two sums: what was put up until the latest offence claimed, and what is gone of it."""
    with world.staking.chain.isolate():
        world.run()
        world.put_bond(bonded)
        put, budget, gone = LOCK, 0, 0
        claims: list[tuple[int, int]] = []
        for number, (step, pick) in enumerate(steps):
            locked = world.registry.lockAt(id_of(KEY), world.staking.now).assets
            if step == "offend":
                level = 1 + pick % 4
                if gone == max(budget, put):
                    world.refuses(number, put, world.registry.lockAt(id_of(KEY), world.staking.now).since)
                elif locked:
                    budget = put
                    cost = -(-locked * 10 ** (level - 1) // 1000)
                    claims.append((world.file(number, level), cost))
            elif step == "execute" and claims:
                claim, cost = claims.pop(pick % len(claims))
                taken = world.execute(claim)
                assert taken == min(cost, budget - gone)
                gone += taken
            elif step == "top up" and world.workers.status(KEY) != "Cooling":
                world.registry.topUp(KEY.address, 1 + pick * PHA // 100, sender=world.operator)
                put += 1 + pick * PHA // 100
            elif step == "reconcile":
                world.registry.reconcile(KEY.address, sender=world.alice)
            asked = sum(cost for _, cost in claims)
            assert world.manager.openForfeit(world.pool) == min(asked, budget - gone)
        assert gone == world.lost() + min(bonded, gone)
        assert gone <= put
