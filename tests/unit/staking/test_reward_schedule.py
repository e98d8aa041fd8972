# SPDX-License-Identifier: Apache-2.0
"""RewardSchedule: what is released, who is paid what, and that nobody can stop or double it.

Every settlement runs beside the model (`pha/staking/rewards.py`), which is compared to the wei.
"""

from __future__ import annotations

import dataclasses
from math import sqrt

import ape
import pytest

from pha.staking.gatekeepers import EpochTree
from pha.staking.rewards import Curve
from tests.reference.deployments import deployment_reverts
from tests.reference.rewards import Rewards
from tests.reference.stake_pools import DAY, PHA, REWARD_SOURCE
from tests.reference.workers import model_bytes, number_of, refused, worker_key

A, B, C = worker_key(0xA), worker_key(0xB), worker_key(0xC)


@pytest.fixture(scope="module")
def gatekeeper(accounts):
    return accounts[12]


@pytest.fixture(scope="module")
def other_operator(accounts):
    return accounts[13]


@pytest.fixture(scope="module")
def rewards(staking, pool, alice, slasher, gatekeeper, treasury, other_pool):
    pool.deposit(200_000 * PHA, alice, sender=alice)
    return Rewards.deploy(staking, slasher, gatekeeper, treasury)


@pytest.fixture(scope="module")
def other_pool(staking, other_operator, bob):
    pool = staking.create_pool(other_operator)
    staking.fund(pool, [bob])
    pool.deposit(100_000 * PHA, bob, sender=bob)
    return pool


@pytest.fixture(scope="module")
def pair(rewards, pool, operator, other_pool, other_operator):
    """A in one pool, B in the other, started today."""
    rewards.run(A, pool, operator)
    rewards.run(B, other_pool, other_operator, performance=400, stake=3000 * PHA, confidence=4)
    return rewards


@pytest.fixture
def world(pair, staking):
    """The pair with a model of the test's own."""
    before = pair.model
    pair.model = dataclasses.replace(
        before,
        epochs=dict(before.epochs),
        workers={key: dataclasses.replace(worker) for key, worker in before.workers.items()},
        progress=dict(before.progress),
        due=dict(before.due),
    )
    yield pair
    pair.model = before


def settle_one_day(world, *keys):
    tree = world.reported(*(world.record(key) for key in keys))
    world.settle(tree)
    return tree


# The schedule


def test_the_default_schedule_is_the_published_one(world):
    first = world.model.curve.first_day
    daily, total = world.schedule.scheduled(first)
    assert (daily, total) == (720_000 * PHA, 720_000 * PHA)
    assert world.schedule.scheduled(first - 1) == (0, 0)
    assert world.schedule.scheduled(first + 179) == (720_000 * PHA, 180 * 720_000 * PHA)
    assert world.schedule.scheduled(first + 180) == (540_000 * PHA, (180 * 720_000 + 540_000) * PHA)
    assert world.schedule.scheduled(first + 360)[0] == 405_000 * PHA


@pytest.mark.parametrize("days", [1, 500, 7_300, 36_500, 200_000])
def test_the_schedule_is_the_models_for_centuries(world, days):
    curve = world.model.curve
    day = curve.first_day + days
    assert tuple(world.schedule.scheduled(day)) == (curve.daily(day), curve.total(day))
    assert curve.total(day) <= 4 * 180 * 720_000 * PHA  # the sum of the whole series


@pytest.mark.parametrize("wrong", [{"period_days": 29}, {"retained_bps": 10_001}, {"first_amount": 2**90}])
def test_a_schedule_that_does_not_fall_is_refused(project, world, deployer, treasury, wrong):
    curve = dataclasses.replace(Curve(1), **wrong)
    values = (curve.first_day, curve.first_amount, curve.period_days, curve.retained_bps)
    with deployment_reverts(project.RewardSchedule, "ScheduleOutOfBounds"):
        deployer.deploy(
            project.RewardSchedule,
            world.staking.manager,
            world.staking.token,
            world.gatekeepers.contract,
            world.workers.registry,
            world.workers.parameters,
            treasury,
            values,
        )


# Epochs


def test_an_epoch_is_split_as_governed(world, treasury, stranger):
    tree = world.report(world.next_day(), [world.record(A)])
    receipt = world.open(tree)
    (event,) = receipt.decode_logs(world.schedule.EpochOpened)
    # The first day of the schedule had no report: two days are caught up.
    budget = 2 * 720_000 * PHA
    if tree.epoch == world.model.curve.first_day:
        budget //= 2
    assert (event.toTreasury, event.toStakers, event.toWorkers) == (budget // 5, budget * 2 // 5, budget * 2 // 5)
    before = world.staking.token.balanceOf(treasury)
    world.schedule.payTreasury(sender=stranger)
    assert world.staking.token.balanceOf(treasury) - before == budget // 5


def test_the_parachains_split_is_within_bounds(world, deployer):
    world.workers.parameters.set(number_of("StakersShareBps"), 0, sender=deployer)
    world.model.stakers_bps = 0
    tree = world.report(world.next_day(), [world.record(A)])
    (event,) = world.open(tree).decode_logs(world.schedule.EpochOpened)
    assert event.toStakers == 0
    assert event.toWorkers == 4 * event.toTreasury


def test_an_epoch_without_a_final_report_pays_nothing(world, stranger):
    epoch = world.next_day()
    report = EpochTree(epoch, [world.record(A)]).report()
    for step in ("no report", "one that can be objected to"):
        if step != "no report":
            world.gatekeepers.submit(report, [world.gatekeeper], sender=stranger)
        with refused(world.schedule.ReportNotFinal, epoch):
            world.schedule.open(epoch, sender=stranger)
        with refused(world.schedule.EpochNotOpened, epoch):
            world.schedule.settle(epoch, [], [], [], sender=stranger)


def test_what_was_missed_rolls_on_slowly(world):
    first = world.model.curve.first_day
    world.staking.travel(10 * DAY)
    budgets = []
    for _ in range(3):
        receipt = world.open(world.report(world.next_day(), [world.record(A)]))
        (event,) = receipt.decode_logs(world.schedule.EpochOpened)
        budgets.append(event.toTreasury + event.toStakers + event.toWorkers)
    assert budgets == [2 * 720_000 * PHA] * 3  # no more than two days at once
    assert world.schedule.assigned() < world.model.curve.total(world.schedule.lastOpened())
    assert world.schedule.lastOpened() >= first + 10


def test_no_epoch_gets_more_than_the_reserve(staking, slasher, gatekeeper, treasury, pool, operator):
    poor = Rewards.deploy(staking, slasher, gatekeeper, treasury, reserve=1000 * PHA)
    poor.run(A, pool, operator)
    tree = poor.reported(poor.record(A))
    poor.settle(tree)
    assert poor.schedule.reserve() == 0
    tree = poor.reported(poor.record(A))
    assert poor.settle(tree) == [(0, 0)]


def test_epochs_open_in_order_and_once(world, stranger):
    trees = [world.report(world.next_day(), [world.record(A)]) for _ in range(2)]
    with refused(world.schedule.EpochOutOfOrder, trees[1].epoch, trees[0].epoch, 0):
        world.schedule.open(trees[1].epoch, sender=stranger)
    world.schedule.open(trees[0].epoch, sender=stranger)
    with ape.reverts(world.schedule.EpochOutOfOrder):
        world.schedule.open(trees[0].epoch, sender=stranger)
    world.schedule.open(trees[1].epoch, sender=stranger)


def test_what_nobody_settled_comes_back(world, stranger):
    tree = world.reported(world.record(A), world.record(B))
    world.settle(tree, 0)
    closes = world.schedule.epochOf(tree.epoch).closesAt
    world.staking.chain.pending_timestamp = closes - 1
    with refused(world.schedule.EpochNotClosable, tree.epoch, closes):
        world.schedule.close(tree.epoch, sender=stranger)
    world.staking.travel_to(closes)
    world.schedule.close(tree.epoch, sender=stranger)
    world.model.close(tree.epoch)
    world.compare(tree.epoch)
    with refused(world.schedule.EpochNotClosable, tree.epoch, closes):
        world.schedule.close(tree.epoch, sender=stranger)
    assert world.settle(tree, 1) == [(0, 0)]


# Settling


def test_shares_are_paid_as_the_formula_says(world):
    """Against square roots in this test, not the model's: A has V, p = 100 and confidence 1; B has 0.8 of p = 400."""
    tree = world.reported(world.record(A), world.record(B))
    budget = world.model.epochs[tree.epoch].workers
    paid = world.settle(tree)

    def value(stake, performance, conf):
        start = (stake + 0.3 * performance) * (1 + 0.3 * conf)
        return start * 1.0002**24 + (0.000113869863013699 * performance + 0.242722602739726)

    shares = [
        sqrt(value(1000, 100, 1) ** 2 + (2 * 100) ** 2),
        sqrt(value(3000, 400, 0.8) ** 2 + (2 * 400 * 0.8) ** 2),
    ]
    for (worker_assets, _), share in zip(paid, shares, strict=True):
        assert worker_assets / budget == pytest.approx(share / sum(shares), rel=1e-12)
    assert [staked for _, staked in paid] == [world.model.epochs[tree.epoch].stakers * n // 4 for n in (1, 3)]
    assert sum(worker for worker, _ in paid) <= budget


def test_values_follow_the_model_over_weeks(world):
    for day in range(8):
        records = [
            world.record(A, responsive=day not in (2, 3)),
            world.record(B, performance=(400, 500, 10, 0)[day % 4]),
        ]
        world.settle(world.reported(*records))
    assert world.workers.status(A) == "Working"


def test_a_gpus_weight_multiplies_its_share(world, pool, operator):
    world.run(C, pool, operator, stake=1875 * PHA, count=1, model=model_bytes("H200"))
    world.next_day()
    heavy = world.record(C).share
    world.model.workers[C.address].weight_bps = 10_000
    assert heavy == pytest.approx(world.record(C).share * 3 // 2, abs=1)
    world.model.workers[C.address].weight_bps = 15_000
    world.settle(world.reported(world.record(A), world.record(C)))


def test_an_unresponsive_worker_decays_and_comes_back(world):
    settle_one_day(world, A, B)
    before = world.schedule.progressOf(A.address).value
    tree = world.reported(world.record(A, responsive=False), world.record(B))
    assert world.settle(tree)[0] == (0, 0)
    assert world.schedule.progressOf(A.address).value == pytest.approx(before * 0.999**24, rel=1e-12)
    assert world.workers.status(A) == "Unresponsive"
    settle_one_day(world, A, B)
    assert world.workers.status(A) == "Working"


def test_performance_counts_up_to_a_fifth_above_the_benchmark(world):
    fair = world.record(A, performance=120)
    lie = dataclasses.replace(fair, performance=10**6, share=2**95)
    tree = world.reported(lie, dataclasses.replace(world.record(B), share=2**95))
    budget = world.model.epochs[tree.epoch]
    assert world.settle(tree, 0)[0][0] == budget.workers * fair.share // 2**96


def test_a_report_cannot_raise_what_the_chain_finds(world):
    """A lying quorum's share and stake are only upper bounds."""
    honest = world.record(A)
    lie = dataclasses.replace(honest, share=honest.share * 100, stake=honest.stake * 100)
    tree = world.reported(lie, world.record(B))
    report, budget = tree.report(), world.model.epochs[tree.epoch]
    (paid, staked), _ = world.settle(tree)
    assert paid == budget.workers * honest.share // report.total_share
    assert staked == budget.stakers * honest.stake // report.total_stake


def test_understated_sums_never_pay_more_than_the_budget(world):
    epoch = world.next_day()
    tree = EpochTree(epoch, [world.record(A), world.record(B)])
    report = dataclasses.replace(tree.report(), total_share=PHA, total_stake=PHA)
    tree.report = lambda: report
    world.gatekeepers.submit(report, [world.gatekeeper], sender=world.gatekeeper)
    world.staking.travel(7 * 3600)
    world.open(tree)
    paid = world.settle(tree)
    budget = world.model.epochs[epoch]
    assert paid == [(budget.workers, budget.stakers), (0, 0)]


# Replays, orders, other people


def test_nobody_is_paid_twice(world):
    tree = world.reported(world.record(A), world.record(B))
    assert None not in world.settle(tree)
    assert world.settle(tree) == [None, None]


def test_a_faster_settler_does_not_spoil_a_batch(world, stranger):
    tree = world.reported(world.record(A), world.record(B))
    world.settle(tree, 1, sender=stranger)
    first, second = world.settle(tree)
    assert first is not None
    assert second is None


def test_a_record_proves_nothing_in_another_epoch(world, stranger):
    old = world.reported(world.record(A), world.record(B))
    new = world.reported(world.record(A, performance=99), world.record(B))
    with refused(world.schedule.RecordsNotInReport, new.epoch):
        world.schedule.settle(new.epoch, *old.settlement([0]), sender=stranger)


@pytest.mark.parametrize("field", ["worker", "previous_epoch", "performance", "responsive", "share", "stake"])
def test_an_altered_record_proves_nothing(world, stranger, field):
    tree = world.reported(world.record(A), world.record(B))
    old = getattr(tree.records[0], field)
    changed = {"worker": B.address, "responsive": not old}.get(field, old if isinstance(old, str) else int(old) + 1)
    record = dataclasses.replace(tree.records[0], **{field: changed})
    with refused(world.schedule.RecordsNotInReport, tree.epoch):
        world.schedule.settle(tree.epoch, [record.values], *tree.proof([0]), sender=stranger)
    with refused(world.schedule.RecordsNotInReport, tree.epoch):
        world.schedule.settle(tree.epoch, [record.values, tree.records[1].values], *tree.proof([0, 1]), sender=stranger)


def test_no_record_is_proven_twice_by_one_proof(world, pool, operator, stranger):
    world.run(C, pool, operator)
    world.next_day()  # the day of the start does not count
    tree = world.reported(world.record(A), world.record(B), world.record(C))
    records, proof, flags = tree.settlement([0, 1])
    for forged in ([records[0], records[0]], [records[0], records[1], records[1]], records[:1], []):
        with ape.reverts():
            world.schedule.settle(tree.epoch, forged, proof, flags, sender=stranger)
    # With no records, a proof that is the root itself holds, and does nothing.
    receipt = world.schedule.settle(tree.epoch, [], [tree.root], [], sender=stranger)
    assert not receipt.events
    world.settle(tree)


def test_hostile_proofs(world, pool, operator, stranger):
    world.run(C, pool, operator)
    world.next_day()  # the day of the start does not count
    tree = world.reported(world.record(A), world.record(B), world.record(C))
    records, proof, flags = tree.settlement([0, 2])
    settle = world.schedule.settle
    for forged in (
        (records[::-1], proof, flags),
        (records, proof[::-1], flags),
        (records, proof, flags[::-1]),
        (records, [], flags),
        (records, proof, []),
        (records, proof, [True] * len(flags)),
        (records, [*proof, proof[0]], [*flags, False]),
        (records, proof, [*flags, True]),
    ):
        if forged == (records, proof, flags):
            continue
        with ape.reverts():
            settle(tree.epoch, *forged, sender=stranger)
    assert None not in world.settle(tree, 0, 2)


def test_an_inner_node_is_no_record(world, stranger):
    tree = world.reported(world.record(A), world.record(B))
    with ape.reverts(world.schedule.RecordsNotInReport):
        world.schedule.settle(tree.epoch, [tree.records[0].values], [], [], sender=stranger)


def test_epochs_of_a_worker_settle_in_order(world):
    """Else anybody could settle the later epoch first and cost the worker the earlier one."""
    first = world.reported(world.record(A), world.record(B))
    later = dataclasses.replace(world.record(A), previous_epoch=first.epoch)
    second = world.reported(later)
    assert world.settle(second) == [None]
    assert None not in world.settle(first)
    assert None not in world.settle(second)


def test_the_day_of_the_start_and_the_day_of_the_stop_do_not_count(world, operator, pool):
    world.run(C, pool, operator)
    day = world.next_day()
    assert day == world.model.workers[C.address].started
    tree = world.report(day, [world.record(C)])
    world.open(tree)
    assert world.settle(tree) == [None]
    last = world.reported(world.record(C))
    world.workers.registry.stop(C.address, sender=operator)
    world.model.workers[C.address].stopped = world.staking.now // DAY
    over = world.reported(dataclasses.replace(world.record(C), previous_epoch=last.epoch))
    assert world.settle(over) == [None]
    assert world.settle(last) != [None]  # it worked all of that day, and is paid while it cools


def test_a_lapsed_worker_earns_nothing(world, stranger):
    tree = world.reported(world.record(A), world.record(B))
    world.lapse(A)
    assert world.settle(tree, 0, sender=stranger) == [None]
    world.attest(A)  # and nobody could take the epoch from it by settling in the gap
    assert world.settle(tree, 0) != [None]
    tree = world.reported(world.record(A))
    world.lapse(A)
    world.staking.travel_to(world.schedule.epochOf(tree.epoch).closesAt)
    value = world.schedule.progressOf(A.address).value
    assert world.settle(tree) == [(0, 0)]
    assert world.schedule.progressOf(A.address).value == value


def test_better_evidence_after_the_report_takes_nothing_from_others(world):
    """B's confidence rises from 4 to 1 between report and settlement: the reported share bounds it."""
    tree = world.reported(world.record(A), world.record(B))
    budget, report = world.model.epochs[tree.epoch], tree.report()
    world.attest(B, 1)
    for index in (1, 0):
        ((paid, _),) = world.settle(tree, index)
        assert paid == budget.workers * tree.records[index].share // report.total_share


def test_stake_locked_after_the_report_earns_nothing(world, operator):
    tree = world.reported(world.record(A), world.record(B))
    world.workers.registry.topUp(A.address, 50_000 * PHA, sender=operator)
    world.model.workers[A.address].stake += 50_000 * PHA
    budget = world.model.epochs[tree.epoch]
    assert world.settle(tree, 0)[0][1] == budget.stakers // 4


def test_a_new_session_starts_afresh(world, operator, pool):
    settle_one_day(world, A, B)
    registry = world.workers.registry
    registry.stop(A.address, sender=operator)
    world.staking.travel(7 * DAY)
    registry.release(A.address, sender=operator)
    world.run(A, pool, operator, stake=2000 * PHA)
    world.next_day()
    assert world.record(A).previous_epoch == 0
    settle_one_day(world, A)


def test_a_key_that_never_worked_is_passed_over(world):
    record = dataclasses.replace(world.record(A), worker=worker_key(99).address)
    assert world.settle(world.reported(record)) == [None]


def test_dust_budgets_and_zero_sums_settle(world):
    record = dataclasses.replace(world.record(A), share=0, stake=0)
    assert world.settle(world.reported(record)) == [(0, 0)]


# Payments


def test_a_pool_is_paid_through_its_commission_and_drip(world, pool, operator, stranger):
    tree = settle_one_day(world, A, B)
    due = world.model.due[pool.address]
    before = (world.staking.token.balanceOf(operator), world.staking.token.balanceOf(pool))
    world.schedule.payPool(pool, sender=stranger)
    after = (world.staking.token.balanceOf(operator), world.staking.token.balanceOf(pool))
    assert (after[0] - before[0], after[1] - before[1]) == (due // 10, due - due // 10)
    world.model.due[pool.address] = 0
    world.compare(tree.epoch)
    with ape.reverts(world.schedule.ZeroAmount):
        world.schedule.payPool(pool, sender=stranger)


def test_a_bankrupt_pool_holds_up_nobody_and_forfeits_in_the_end(world, pool, other_pool, slasher, stranger):
    tree = settle_one_day(world, A, B)
    pool.slash(10**30, sender=slasher)
    forfeit_at = world.schedule.dueOf(pool).since + 180 * DAY
    with refused(world.schedule.PoolUnpayable, pool, forfeit_at):
        world.schedule.payPool(pool, sender=stranger)
    world.schedule.payPool(other_pool, sender=stranger)
    world.model.due[other_pool.address] = 0
    world.compare(tree.epoch)
    world.staking.travel_to(forfeit_at)
    receipt = world.schedule.payPool(pool, sender=stranger)
    (event,) = receipt.decode_logs(world.schedule.PoolForfeited)
    assert event.assets == world.model.due[pool.address]
    world.model.treasury_due += world.model.due.pop(pool.address)
    world.compare(tree.epoch)


def test_too_little_gas_does_not_make_a_pool_forfeit(world, pool, stranger):
    settle_one_day(world, A, B)
    world.staking.travel_to(world.schedule.dueOf(pool).since + 180 * DAY)
    for gas in (150_000, 300_000, 800_000):
        with ape.reverts():
            world.schedule.payPool(pool, gas=gas, sender=stranger)
    receipt = world.schedule.payPool(pool, gas=1_500_000, sender=stranger)
    assert len(list(receipt.decode_logs(world.schedule.PoolPaid))) == 1


def test_a_pool_that_can_pay_again_gets_what_waited(world, pool, operator, slasher, alice, stranger):
    settle_one_day(world, A, B)
    pool.slash(10**30, sender=slasher)
    with ape.reverts(world.schedule.PoolUnpayable):
        world.schedule.payPool(pool, sender=stranger)
    pool.reopen(sender=operator)
    pool.deposit(100 * PHA, alice, sender=alice)
    world.schedule.payPool(pool, sender=stranger)
    assert world.schedule.dueOf(pool).assets == 0


def test_a_replaced_reward_source_loses_nothing(world, pool, deployer, stranger):
    settle_one_day(world, A, B)
    due = world.schedule.dueOf(pool).assets
    world.staking.factory.setModule(REWARD_SOURCE, stranger, sender=deployer)
    with ape.reverts(world.schedule.PoolUnpayable):
        world.schedule.payPool(pool, sender=stranger)
    assert world.schedule.dueOf(pool).assets == due
    world.staking.factory.setModule(REWARD_SOURCE, world.schedule, sender=deployer)
    world.schedule.payPool(pool, sender=stranger)
