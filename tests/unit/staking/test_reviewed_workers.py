# SPDX-License-Identifier: Apache-2.0
"""Faults that a review of workers, gatekeepers and rewards has found, each kept from coming back."""

from __future__ import annotations

import pytest

from pha.staking.typed_data import Report
from tests.reference.rewards import Rewards
from tests.reference.stake_pools import DAY, PHA
from tests.reference.workers import Gatekeepers, Workers, refused, worker_key

BOND = 100_000 * PHA
KEY = worker_key(0xB77)


@pytest.fixture(scope="module")
def seated(accounts):
    return accounts[12:16]


@pytest.fixture(scope="module")
def workers(staking, slasher, rewarder):
    return Workers.deploy(staking, slasher, rewarder, {"MaxGatekeepers": 4, "MinReporters": 1})


@pytest.fixture(scope="module")
def gatekeepers(workers, treasury, seated):
    """All four seats taken, by 100,000 PHA each; the first, who cheats, has a little more."""
    gatekeepers = Gatekeepers.deploy(workers, treasury)
    for number, account in enumerate(seated):
        gatekeepers.seat(account, BOND + (2 if number == 0 else 0))
    return gatekeepers


@pytest.fixture
def epoch(gatekeepers, staking):
    """The day of the test, which has then just ended. The bonds were there before."""
    staking.begin_a_day()
    today = staking.now // DAY
    staking.travel_to((today + 1) * DAY)
    return today


def report_of(epoch: int, root: int = 1) -> Report:
    return Report(epoch, 0, root.to_bytes(32, "big"), 10, 20)


def push_out(gatekeepers, staking, outbidder, count):
    """One bond pushes out the lowest and leaves again, as often as the pushed out come back."""
    guard = gatekeepers.contract
    for number in range(count):
        receipt = guard.join(0, sender=outbidder) if number else gatekeepers.seat(outbidder, BOND + 1)
        (left,) = receipt.decode_logs(guard.GatekeeperLeft)
        guard.resign(sender=outbidder)
        yield left.gatekeeper


def test_pushing_others_out_lowers_no_quorum(gatekeepers, staking, epoch, seated, stranger):
    """One bond to push out and one seat from before decided alone: the others, back at once, count from today only."""
    guard = gatekeepers.contract
    honest = {account.address: account for account in seated[1:]}
    for pushed in push_out(gatekeepers, staking, stranger, 3):
        back = honest.pop(pushed)
        staking.token.transfer(back, 5, sender=staking.deployer)
        guard.join(5, sender=back)  # a little more, so as not to be the lowest again
    assert not honest
    total = 4 * BOND + 2
    needed = -(-total * 6667 // 10_000)
    with refused(guard.QuorumMissed, BOND + 2, needed, 1, 1):
        gatekeepers.submit(report_of(epoch), [seated[0]], sender=stranger)


def test_who_was_pushed_out_still_reports_on_the_days_of_the_seat(
    gatekeepers, staking, epoch, seated, accounts, stranger
):
    """Nor does pushing out keep a report away: who sat when the day ended signs and objects for it."""
    guard = gatekeepers.contract
    (pushed,) = push_out(gatekeepers, staking, stranger, 1)
    assert pushed in {account.address for account in seated[1:]}
    out = accounts[18]
    gatekeepers.seat(out, 3 * BOND)  # the free seat: of today
    with refused(guard.NotEligible, out, epoch):
        gatekeepers.submit(report_of(epoch), [*seated[1:], out], sender=stranger)
    receipt = gatekeepers.submit(report_of(epoch), seated[1:], sender=stranger)
    (event,) = receipt.decode_logs(guard.ReportAccepted)
    assert (event.signed, event.eligible) == (3 * BOND, 4 * BOND + 2)
    by_address = {account.address: account for account in seated}
    guard.object(epoch, sender=by_address[pushed])
    with refused(guard.NotEligible, out, epoch):
        guard.object(epoch, sender=out)


def test_who_left_does_not_report_on_the_day_of_leaving(gatekeepers, staking, seated, stranger):
    guard = gatekeepers.contract
    staking.begin_a_day()
    today = staking.now // DAY
    guard.resign(sender=seated[3])
    staking.travel_to((today + 1) * DAY)
    with refused(guard.NotEligible, seated[3], today):
        gatekeepers.submit(report_of(today), seated, sender=stranger)
    receipt = gatekeepers.submit(report_of(today), seated[:3], sender=stranger)
    assert receipt.decode_logs(guard.ReportAccepted)[0].eligible == 3 * BOND + 2


def test_a_slashed_bond_signs_nothing_more(gatekeepers, staking, epoch, seated, stranger):
    guard = gatekeepers.contract
    two = [report_of(epoch, root) for root in (1, 2)]
    evidence = [part for report in two for part in (report.values, gatekeepers.sign(seated[3], report))]
    guard.slashEquivocation(*evidence, sender=stranger)
    with refused(guard.NotEligible, seated[3], epoch):
        gatekeepers.submit(two[0], seated, sender=stranger)
    receipt = gatekeepers.submit(two[0], seated[:3], sender=stranger)
    assert receipt.decode_logs(guard.ReportAccepted)[0].signed == 3 * BOND + 2


# Locks


def test_a_worker_without_a_lock_in_a_new_era_is_released(staking, workers, operator, slasher, alice):
    """A top-up of nothing after all was lost began an era without shares, and the release divided by them."""
    pool = staking.create_pool(operator)
    staking.fund(pool, [alice])
    pool.deposit(2000 * PHA, alice, sender=alice)
    workers.run(KEY, pool, operator, stake=1000 * PHA)
    pool.slash(2000 * PHA, sender=slasher)
    workers.registry.topUp(KEY.address, 0, sender=operator)
    workers.registry.stop(KEY.address, sender=operator)
    staking.travel(7 * DAY)
    workers.registry.release(KEY.address, sender=operator)
    assert workers.status(KEY) == "Slashed"
    assert workers.registry.workerCount(pool) == 0


# Rewards


def test_a_schedule_that_follows_another_goes_on_where_its_gatekeepers_are(
    staking, slasher, treasury, accounts, operator, alice, pool
):
    """Every report names the one before it: a new schedule could open none until it had opened all from the first."""
    world = Rewards.deploy(staking, slasher, accounts[17], treasury, reserve=10**6 * PHA)
    pool.deposit(10_000 * PHA, alice, sender=alice)
    world.run(KEY, pool, operator)
    world.next_day()
    tree = world.reported(world.record(KEY))

    def follower():
        first_day = staking.now // DAY
        return staking.deployer.deploy(
            staking.project.RewardSchedule,
            staking.manager,
            staking.token,
            world.gatekeepers.contract,
            world.workers.registry,
            world.workers.parameters,
            treasury,
            (first_day, 10**18, 180, 7500),
        )

    after_final = follower()
    assert after_final.lastOpened() == tree.epoch
    epoch = world.next_day()
    report = report_of(epoch)
    world.gatekeepers.submit(report, [world.gatekeeper], sender=world.gatekeeper)
    # Made while that report can still be voided: it must open it, or whichever takes its place.
    while_open = follower()
    assert while_open.lastOpened() == tree.epoch
    staking.travel(6 * 3600)
    for schedule in (after_final, while_open):
        with refused(schedule.EpochOutOfOrder, tree.epoch, 0, tree.epoch):
            schedule.open(tree.epoch, sender=alice)
        schedule.open(epoch, sender=alice)
        assert schedule.lastOpened() == epoch
