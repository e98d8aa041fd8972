# SPDX-License-Identifier: Apache-2.0
"""An epoch by `ape run stake`, from observations to payment; every sum against the exact model."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pha.staking.rewards import Curve
from tests.integration.stake_world import DAY, PHA, StakeWorld
from tests.reference.rewards import FINAL

BOND = 100_000 * PHA
DAILY = 720_000 * PHA


@pytest.fixture(scope="module")
def world(project, chain, deployer, treasury, accounts, tmp_path_factory):
    """Three gatekeepers, of whom the keeper has half as much again as the others; two workers on one pool."""
    world = StakeWorld.deploy(project, chain, deployer, treasury, accounts, tmp_path_factory.mktemp("rewards"))
    for name in ("alice", "bob"):
        world.run("gatekeepers join 100,000", as_=name)
    world.run("gatekeepers raise 50,000", as_="keeper")
    world.run("deposit 5000 --pool 1", as_="alice")
    for number in (1, 2):
        world.work(number, stake=1000 * PHA, performance=100 * number)
    return world


@pytest.fixture
def run(world):
    return world.run


@pytest.fixture
def read(world):
    return world.read


@pytest.fixture
def observe(world, tmp_path):
    """Callable `(name, {worker: (performance, responsive)})`: a file of observations."""

    def write(name, seen):
        path = tmp_path / name
        listed = [{"worker": key, "performance": p, "responsive": r} for key, (p, r) in seen.items()]
        path.write_text(json.dumps(listed))
        return path

    return write


@pytest.fixture
def seen(world):
    """Both workers answered at their benchmarks."""
    return {address: (world.rewards.model.workers[address].performance, True) for address in world.rewards.keys}


@pytest.fixture
def reported(world, run, observe, seen, tmp_path):
    """A report of the first whole day, signed by three and filed: (epoch, file)."""
    world.rewards.next_day()
    epoch = world.rewards.next_day()
    report = tmp_path / "report.json"
    run(f"gatekeepers build {epoch} {observe('seen.json', seen)} --out {report}")
    for name in ("alice", "bob", "keeper"):
        run(f"gatekeepers sign {report} --journal {tmp_path / name}", as_=name)
    run(f"gatekeepers file {report}", as_="bob")
    return epoch, report


def test_an_epoch_from_observations_to_payment(world, run, read, reported):
    epoch, report = reported
    model = world.rewards.model
    records = [world.rewards.record(key) for key in world.rewards.keys.values()]
    tree_records = json.loads(report.read_text())["records"]
    assert {(one["worker"], one["share"], one["stake"]) for one in tree_records} == {
        (one.worker, str(one.share), str(one.stake)) for one in records
    }
    assert [one["stage"] for one in read("rewards")["epochs"]] == ["objectable"]
    assert "no epoch with a final report" in run("rewards open", as_="bob")
    world.staking.travel(FINAL)
    opened = read("keep --no-workers", as_="bob")
    assert [one["step"] for one in opened["sent"]] == [
        f"open epoch {epoch} ({datetime.fromtimestamp(epoch * DAY, UTC):%Y-%m-%d})"
    ]

    tree = world.rewards_tree(report)
    model.open(tree.report(), world.staking.now)
    run(f"rewards settle {report} --batch 1", as_="bob")
    expected = {one.worker: model.settle(epoch, one, world.staking.now) for one in tree.records}
    assert all(expected.values())
    world.rewards.compare(epoch)
    found = read(f"rewards paid --epoch {epoch}")
    assert {
        one["worker"]: (int(one["worker_assets"]), int(one["staker_assets"])) for one in found["settled"]
    } == expected
    total = sum(a + b for a, b in expected.values())
    assert read("rewards")["due"] == [{"pool": 1, "assets": str(total)}]
    assert "every record of epoch" in run(f"rewards settle {report}", as_="bob")

    before, operator = world.token.balanceOf(world.pool), world.accounts[5]
    had = world.token.balanceOf(operator)
    run("rewards pay", as_="bob")
    commission = total * 1000 // 10_000
    assert world.token.balanceOf(world.pool) - before == total - commission
    assert world.token.balanceOf(operator) - had == commission
    assert "nothing is due" in run("rewards pay", as_="bob")

    # In 7 days what rounding left goes back, and the schedule's figures are the curve's.
    world.staking.travel(7 * DAY)
    left = [int(read("rewards")["epochs"][0][name]) for name in ("workers_left", "stakers_left")]
    reserve = int(read("rewards")["schedule"]["reserve"])
    run("keep --no-workers", as_="bob")
    state = read("rewards")
    assert state["epochs"][0]["stage"] == "closed"
    assert int(state["schedule"]["reserve"]) == reserve + sum(left)
    curve: Curve = model.curve
    assert int(state["schedule"]["released"]) == curve.total(state["schedule"]["today"])
    assert int(state["schedule"]["daily"]) == DAILY


def test_build_leaves_out_who_did_not_work_all_day_and_counts_the_silent_for_nothing(world, run, observe, tmp_path):
    report, (first, second) = tmp_path / "report.json", world.rewards.keys
    world.rewards.next_day()
    late = world.work(3, stake=1000 * PHA)
    epoch = world.rewards.next_day()
    seen = observe("seen.json", {first: (100, False), second: (200, True), late.address: (100, True)})
    assert f"left out: {late.address}" in run(f"gatekeepers build {epoch} {seen} --out {report}")
    by_worker = {one["worker"]: one for one in json.loads(report.read_text())["records"]}
    assert set(by_worker) == {first, second}
    assert (by_worker[first]["share"], by_worker[first]["stake"], by_worker[first]["responsive"]) == ("0", "0", False)


def test_nobody_signs_two_reports_of_one_epoch_by_mistake(world, run, observe, seen, tmp_path):
    world.rewards.next_day()
    epoch = world.rewards.next_day()
    one, two, journal = tmp_path / "one.json", tmp_path / "two.json", tmp_path / "journal"
    run(f"gatekeepers build {epoch} {observe('all.json', seen)} --out {one}")
    first = next(iter(seen))
    other = observe("other.json", {**seen, first: (1, True)})
    run(f"gatekeepers build {epoch} {other} --out {two}")
    run(f"gatekeepers sign {one} --journal {journal}", as_="alice")
    run(f"gatekeepers sign {one} --journal {journal}", as_="alice")  # the same again costs nothing
    assert "would cost the bond" in run(f"gatekeepers sign {two} --journal {journal}", as_="alice", fails=True)
    mine = tmp_path / "all.json"
    refused = run(f"gatekeepers sign {two} --observations {mine} --journal {journal}", as_="bob", fails=True)
    assert f"it differs in {first}" in refused
    assert "nobody signed both" in run(f"gatekeepers equivocation {one} {two}", as_="bob", fails=True)

    # With another journal alice is on her own: whoever has both reports takes her bond.
    run(f"gatekeepers sign {two} --journal {tmp_path / 'forgetful'}", as_="alice")
    had = world.token.balanceOf(world.bob)
    run(f"gatekeepers equivocation {one} {two}", as_="bob")
    assert world.token.balanceOf(world.bob) - had == BOND // 10
    assert {one["account"] for one in world.read("gatekeepers")["seats"]} == {
        world.bob.address,
        world.accounts[8].address,
    }
    assert world.read("gatekeepers")["proceeds"] == str(BOND - BOND // 10)


def test_a_report_that_was_tampered_with_is_refused(run, reported):
    _, report = reported
    content = json.loads(report.read_text())
    report.write_text(json.dumps({**content, "root": "0x" + "11" * 32}))
    assert "not those of its records" in run(f"gatekeepers file {report}", as_="bob", fails=True)
    content["signatures"] = dict(zip(content["signatures"], reversed(content["signatures"].values()), strict=True))
    report.write_text(json.dumps(content))
    assert "is not theirs" in run(f"rewards settle {report}", as_="bob", fails=True)


def test_objections_void_a_report(world, run, read, reported):
    epoch, _ = reported
    run(f"gatekeepers object {epoch}", as_="alice")  # 100 of 350: less than the third that a quorum leaves over
    assert read("rewards")["epochs"][0]["objecting"] == str(BOND)
    assert "the report is void" in run(f"gatekeepers object {epoch}", as_="bob")
    assert read("rewards")["epochs"] == []


def test_a_seat_is_raised_resigned_and_its_bond_paid_out(world, run, read):
    run("gatekeepers raise 60,000", as_="bob")
    (highest, *_) = read("gatekeepers")["seats"]
    assert (highest["account"], highest["bond"]) == (world.bob.address, str(BOND + 60_000 * PHA))
    assert "can be withdrawn" in run("gatekeepers resign", as_="bob")
    assert "NothingToWithdraw" in run("gatekeepers withdraw", as_="bob", fails=True)
    world.staking.travel(70 * DAY)
    had = world.token.balanceOf(world.bob)
    run(f"gatekeepers withdraw {world.bob}", as_="alice")
    assert world.token.balanceOf(world.bob) - had == BOND + 60_000 * PHA


def test_the_reserve_is_funded_and_the_treasury_paid(world, run, read, reported, treasury):
    epoch, _ = reported
    reserve = int(read("rewards")["schedule"]["reserve"])
    run("rewards fund 10.5", as_="alice")
    assert int(read("rewards")["schedule"]["reserve"]) == reserve + 105 * PHA // 10
    world.staking.travel(FINAL)
    run(f"rewards open {epoch}", as_="bob")
    # the first report catches up the day of the start: two days' amount, a fifth of it the treasury's
    assert read("rewards")["schedule"]["treasury_due"] == str(2 * DAILY // 5)
    had = world.token.balanceOf(treasury)
    run("rewards pay --treasury", as_="bob")
    assert world.token.balanceOf(treasury) - had == 2 * DAILY // 5
    world.staking.travel(7 * DAY)
    run("rewards close", as_="bob")
    assert read("rewards")["epochs"][0]["stage"] == "closed"
