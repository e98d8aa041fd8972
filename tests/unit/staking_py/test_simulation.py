# SPDX-License-Identifier: Apache-2.0
"""The simulation: hand-calculated days, closed forms, its own books, and the pictures and tables it writes."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import re
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import CliRunner

from pha.staking.simulation import LEVELS, Simulation, simulate
from pha.staking.simulation_books import ConservationError, check, equations
from pha.staking.simulation_pictures import MOST_POINTS, Series, chosen, line_chart, pictures, ticks, trailing_percent
from pha.staking.simulation_scenario import (
    SCENARIOS,
    Delegation,
    Emission,
    Scenario,
    ScenarioError,
    Slashing,
    WorkerGroup,
    load_scenario,
    scenario_of,
    told_of,
)
from pha.staking.simulation_tables import DAYS_FILE, GROUPS_FILE
from scripts._stake_simulation import simulate as command

PHA = 10**18
SVG = "{http://www.w3.org/2000/svg}"
QUIET = Slashing(0, 0, 0, 0)


def small(years: int = 1, **changes) -> Scenario:
    """A worker of each level in two pools, nobody who comes or goes, no slashes, unless told otherwise."""
    told = {
        "years": years,
        "unanswered_bps": 0,
        "workers": tuple(WorkerGroup(1, level) for level in LEVELS),
        "delegation": Delegation(staked=1_000_000 * PHA, pools=2, joining_bps_a_year=0, leaving_bps_a_year=0),
        "slashing": QUIET,
    }
    return Scenario(**(told | changes))


@pytest.fixture(scope="module")
def run():
    """A year with everything in it."""
    groups = (
        WorkerGroup(6, 1, arrivals_a_year=8, leavings_a_year=8),
        WorkerGroup(4, 4),
        WorkerGroup(2, 5, gpu="H100", gpus=8),
    )
    slashing = Slashing(20, 10, 10, 4, burn_share_bps=4_000)
    delegation = Delegation(staked=2_000_000 * PHA, pools=3, bond=300 * PHA, leaving_bps_a_year=9_000)
    return simulate(Scenario(years=1, seed=7, workers=groups, delegation=delegation, slashing=slashing))


# Closed forms


def test_emission_is_the_geometric_sum():
    """729 epochs are over after 730 days: four periods of 180 at 720,000 · 0.75^i, nine days of the fifth."""
    emission = Emission(reserve=600_000_000 * PHA)
    last = simulate(small(years=2, emission=emission)).days[-1]
    ratio = Fraction(3, 4)
    released = 720_000 * (180 * (1 - ratio**4) / (1 - ratio) + 9 * ratio**4) * PHA
    # What rounding leaves of an epoch waits a week in it: few wei a worker.
    assert 0 <= released - last.assigned < 5 * 730
    assert 0 <= last.assigned - last.paid_to_workers - last.paid_to_stakers - last.paid_to_treasury < 7 * 3 * 5
    assert last.reserve == emission.reserve - last.assigned


def test_reserve_of_the_sunset_lasts_as_long_as_division_says():
    """180 days at 720,000, then 540,000 a day, then 405,000."""
    reserve = Fraction("191763908.252539075609")
    first, second = 180 * 720_000, 180 * 540_000
    assert first < reserve < first + second
    assert simulate(small()).reserve_used_up == 180 + ceil((reserve - first) / 540_000)


def test_lasting_amount_is_the_most_that_the_series_can_carry():
    for retained in (0, 5_000, 7_500):
        emission = dataclasses.replace(Emission(), retained_bps=retained)
        series = Fraction(180, 1) / (1 - Fraction(retained, 10_000))
        amount = emission.lasting_amount
        assert amount * series <= emission.reserve < (amount + 1) * series


def test_first_days_payout_by_confidence_is_the_formulas():
    """V = (1 + 0.3·conf)·(S + 0.3·P), a day's growth, share √(V² + (2·P·conf)²), of 40% of 720,000 PHA."""
    simulation = Simulation(small())
    simulation.open()
    assert simulation.next().payout_by_level == (0,) * 5  # a worker counts from the day after its start
    paid = simulation.next().payout_by_level
    growth = Fraction(4_811_056_209_015_210, PHA)
    cost = (113_869_863_013_699 * 1500 + 242_722_602_739_726_027) / Fraction(PHA)
    shares = []
    for confidence in (Fraction(1), Fraction(1), Fraction(1), Fraction(4, 5), Fraction(7, 10)):
        value = (1 + Fraction(3, 10) * confidence) * (15_000 + Fraction(3, 10) * 1500)
        value += growth * value + cost
        square = value**2 + (2 * 1500 * confidence) ** 2
        with localcontext() as context:
            context.prec = 50
            shares.append(Fraction((Decimal(square.numerator) / Decimal(square.denominator)).sqrt()))
    for wei, share in zip(paid, shares, strict=True):
        assert abs(wei - share / sum(shares) * 288_000 * PHA) < 100
    assert paid[0] == paid[1] == paid[2] > paid[3] > paid[4]


def test_stakers_part_and_commission_reach_delegators_to_the_wei():
    """One pool, no vault: all of the stakers' and workers' part, less a tenth, is dripped a day later."""
    delegation = Delegation(staked=1_000_000 * PHA, pools=1, vault_bps=0, joining_bps_a_year=0, leaving_bps_a_year=0)
    simulation = Simulation(small(delegation=delegation))
    simulation.open()
    simulation.next()
    before = simulation.next()
    after = simulation.next()
    paid = before.paid_to_workers + before.paid_to_stakers
    assert 0 <= 576_000 * PHA - paid <= 10  # 40% and 40% of a day, less each worker's roundings
    assert before.commission == paid // 10
    assert after.staked == 1_000_000 * PHA + paid - paid // 10
    assert after.growth == after.price_mean * PHA // before.price_mean
    assert abs(after.price_mean - after.staked // 1_000_000) <= 1


@pytest.mark.parametrize(
    ("level", "bond", "claim", "reporter"),
    [(1, 300, 15, Fraction(3, 4)), (3, 20, 1_500, 20), (3, 300, 1_500, 75), (4, 0, 15_000, 0)],
)
def test_slash_takes_the_bond_first_and_the_rest_from_delegators(level, bond, claim, reporter):
    """Of a lock of 15,000 PHA: 0.1%, 10% or all; the reporter has 5% of it, at most what the bond lost."""
    delegation = Delegation(staked=10**6 * PHA, pools=1, bond=bond * PHA, joining_bps_a_year=0, leaving_bps_a_year=0)
    simulation = Simulation(small(delegation=delegation, slashing=Slashing(0, 0, 0, 0, burn_share_bps=2_500)))
    simulation.open()
    simulation.world.file("worker 1", level)
    last = simulation.next()
    assert last.slashed_from_bonds == min(claim, bond) * PHA
    assert last.slashed_from_pools == (claim - min(claim, bond)) * PHA
    assert last.reporters == reporter * PHA
    assert last.burned == (claim - reporter) * PHA // 4
    assert last.slashed_to_treasury == (claim - reporter) * PHA - last.burned
    assert last.staked == 10**6 * PHA - last.slashed_from_pools
    # Nothing was earned before the slash, so a delegator's loss is the pool's part of the stake.
    assert abs(last.growth - (PHA - last.slashed_from_pools // 10**6)) <= 1


def test_caught_worker_earns_no_more_and_its_stake_comes_back_after_the_cooldown():
    simulation = Simulation(small(slashing=dataclasses.replace(QUIET, replaced_bps=0)))
    simulation.open()
    simulation.world.file("worker 5", 1)
    locked = [simulation.next().locked for _ in range(8)]
    assert locked[0] <= 75_000 * PHA
    assert locked[5] > 60_000 * PHA >= locked[6]
    assert simulation.world.answers == [7, 7, 7, 7, 0]


def test_overdue_request_has_workers_stopped_and_is_paid():
    """All stake but 5,000 PHA is locked; who asks for 50,000 has it after the grace and the cool-down."""
    delegation = Delegation(staked=80_000 * PHA, pools=1, vault_bps=0, joining_bps_a_year=0, leaving_bps_a_year=0)
    simulation = Simulation(small(delegation=delegation, emission=Emission(reserve=0)))
    simulation.open()
    world, people = simulation.world, simulation.delegators
    for holder in people.holders[:4]:
        world.pools["pool 1"].request(world.pools["pool 1"].balances[holder], holder, holder)
        people.leaving["pool 1", holder] = None
    outside = world.purse.outside
    days = [simulation.next() for _ in range(15)]
    assert (days[5].workers, days[13].workers) == (5, 1)
    assert outside + 64_000 * PHA - 4 <= world.purse.outside <= outside + 64_000 * PHA


# Its own books


def test_books_are_checked_every_day_and_hold(run):
    assert run.balanced_days == len(run.days) == 366
    assert len(run.books) == 8
    assert all(equation.holds for equation in run.books)
    assert sum(run.offences) > 10
    last = run.days[-1]
    assert min(last.slashed_from_bonds, last.slashed_from_pools, last.burned, last.reporters) > 0


def _in_pool(world):
    world.pools["pool 1"].held += 1


def _in_reserve(world):
    world.schedule.reserve -= 1


def _burned(world):
    world.purse.burned += 1


def _in_bonds(world):
    world.vault.bonds["pool 1"] -= 1


def _outside(world):
    world.purse.outside += 1


def _assigned(world):
    world.schedule.assigned = 10**30


def _owed(world):
    pool = world.pools["pool 1"]
    request = pool.request(PHA, "delegator 1", "delegator 1")
    pool.cohorts[request.cohort].maturity_day = 0
    pool.settle()
    pool.owed, pool.active = 0, pool.active + pool.owed


def _locked(world):
    world.pools["pool 2"].locked = 10**30


@pytest.mark.parametrize("tamper", [_in_pool, _in_reserve, _burned, _in_bonds, _outside, _assigned, _owed, _locked])
def test_a_wei_too_much_or_too_few_is_found(tamper):
    simulation = Simulation(small())
    simulation.open()
    simulation.next()
    check(simulation.world)
    tamper(simulation.world)
    with pytest.raises(ConservationError, match="not"):
        check(simulation.world)
    assert not all(equation.holds for equation in equations(simulation.world))


def test_same_seed_same_run_to_the_wei(run):
    again = simulate(run.scenario)
    assert again == run
    other = simulate(dataclasses.replace(run.scenario, seed=8))
    assert other.days != run.days


def test_years_add_up_to_the_days(run):
    (year,) = run.years
    assert year.to_workers == run.days[-1].paid_to_workers == sum(year.payout_by_level)
    assert sum(group.to_workers for group in run.groups) == year.to_workers
    product = Fraction(1)
    for day in run.days[1:]:
        product *= Fraction(day.growth, PHA)
    assert abs(year.growth - product * PHA) < 10**9


# Scenarios


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_scenarios_load_and_read_back_the_same(path):
    scenario = load_scenario(path)
    assert scenario_of(yaml.safe_load(yaml.safe_dump(told_of(scenario)))) == scenario
    assert scenario.emission.reserve == 191_763_908_252539075609 * 10**6  # a float would have lost wei


def test_default_is_what_is_known_of_phala():
    scenario = load_scenario()
    assert scenario == load_scenario(SCENARIOS / "published.yaml")
    assert scenario.emission.first_amount == 720_000 * PHA
    assert (scenario.emission.period_days, scenario.emission.retained_bps) == (180, 7_500)
    assert (scenario.emission.treasury_bps, scenario.emission.stakers_bps) == (2_000, 4_000)
    assert scenario.delegation.circulating == 145_357_088_293045867646 * 10**6
    assert scenario.delegation.staked == 42_148_385_793480375048 * 10**6
    assert {group.confidence for group in scenario.workers} == {1, 2, 3, 4, 5}
    assert {group.gpu for group in scenario.workers} == {"", "H100", "H200", "B200"}


def test_overrides_go_over_the_file(tmp_path):
    path = tmp_path / "scenario.yaml"
    path.write_text("years: 3\nemission: {first_amount: 5.5}\nworkers: [{count: 2, stake: 9000.000000000000000001}]\n")
    scenario = load_scenario(path, ("years=2", "slashing.level_4_a_year=9", "emission.reserve=0.000000000000000001"))
    assert (scenario.years, scenario.slashing.level_4_a_year, scenario.emission.reserve) == (2, 9, 1)
    assert scenario.emission.first_amount == 55 * PHA // 10
    assert scenario.workers == (WorkerGroup(2, stake=9000 * PHA + 1),)


@pytest.mark.parametrize(
    "wrong",
    [
        "years=0",
        "years=1.5",
        "year=1",
        "emission.reserves=1",
        "emission.reserve=-1",
        "emission.reserve=0.0000000000000000001",
        "emission.reserve=much",
        "emission.treasury_bps=6001",
        "emission.period_days=29",
        "delegation.pools=0",
        "delegation.staked=200000000",
        "slashing.level_bps=[10, 5, 20, 30]",
        "slashing.reporter_share_bps=2001",
        "workers=[]",
        "workers=[{confidence: 1}]",
        "workers=[{count: 1, confidence: 6}]",
        "workers=[{count: 1, gpu: A100, gpus: 1}]",
        "workers=[{count: 1, gpus: 1}]",
        "workers=[{count: 1, stake: 1936}]",
        "workers=[{count: 1, stake: 30000}]",
        "workers=[{count: 1, gpu: B200, gpus: 8, stake: 17999}]",
        "a.b.c=1",
        "years",
        "years.a=1",
        "emission=7",
        "years=[",
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ScenarioError):
        load_scenario(None, (wrong,))


# Pictures and tables


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_line_goes_where_the_scale_says():
    svg = line_chart("A title", "PHA", [Series("a < b", [0, 30, 100], "100 & more")])
    root = ElementTree.fromstring(svg)
    heights = {}
    for text in root.iter(f"{SVG}text"):
        if text.get("text-anchor") == "end":
            heights[float(text.text)] = float(text.get("y")) - 4
    zero, hundred = heights[0], heights[100]
    (line,) = root.iter(f"{SVG}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
    assert [y for _, y in points] == pytest.approx([zero, zero + 0.3 * (hundred - zero), hundred], abs=0.11)
    assert points[1][0] - points[0][0] == pytest.approx(points[2][0] - points[1][0], abs=0.11)
    assert {"A title", "a < b", "100 & more"} <= set(texts(svg))


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0, 7.3), (1, 1.0000004), (0, 191_763_908), (-3, 20), (5, 5), (0, 0)]
)
def test_ticks_are_few_round_and_enclose(low, high):
    scale = ticks(low, high)
    assert scale[0] <= low
    assert scale[-1] >= high
    assert 2 <= len(scale) <= 10
    steps = {round((b - a) / (scale[1] - scale[0]), 3) for a, b in itertools.pairwise(scale)}
    assert steps == {1.0}


def test_thinned_line_keeps_its_ends():
    assert chosen(3) == [0, 1, 2]
    points = chosen(1826)
    assert (points[0], points[-1], len(points)) == (0, 1825, MOST_POINTS)


def test_trailing_percent_is_simple_and_by_the_year():
    assert trailing_percent([PHA, PHA * 101 // 100], 30) == pytest.approx([0, 365])
    assert trailing_percent([PHA] + [PHA * 1001 // 1000] * 60)[-1] == pytest.approx((1.001**30 - 1) * 365 / 30 * 100)


def test_pictures_say_what_the_last_day_was(run):
    drawn = pictures(run)
    last = run.days[-1]
    shown = {
        "share-price.svg": [f"{last.vault_price // PHA}.{last.vault_price % PHA // 10**14:04d} PHA"],
        "reserve.svg": [f"{last.paid_to_workers // PHA:,} PHA", f"{last.reserve // PHA:,} PHA"],
        "slashed.svg": [f"{last.burned // PHA:,} PHA", f"{last.slashed_from_pools // PHA:,} PHA"],
        "votes.svg": [f"{last.votes // PHA:,} PHA", f"{last.staked // PHA:,} PHA"],
        "payout-by-confidence.svg": ["level 1", "level 4", "level 5"],
        "delegators-apr.svg": ["stake in pools", "stake in the vault"],
    }
    assert set(drawn) == set(shown)
    for name, expected in shown.items():
        assert set(expected) <= set(texts(drawn[name])), name
        assert not re.search(r"<script|href|@import|url\(", drawn[name])
    assert f"used up by day {run.reserve_used_up}" in " ".join(texts(drawn["reserve.svg"]))
    assert "level 2" not in texts(drawn["payout-by-confidence.svg"])


# The command


def test_command_prints_years_and_writes_pictures_and_tables(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(told_of(small(title="A small world"))))
    arguments = ["--scenario", str(path), "--set", "slashing.level_3_a_year=12", "--seed", "3", "--quiet"]
    result = CliRunner().invoke(command, [*arguments, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    again = simulate(load_scenario(path, ("slashing.level_3_a_year=12", "seed=3")))
    last = again.days[-1]
    assert f"{last.paid_to_workers // PHA:,}" in result.output
    assert f"{again.scenario.emission.lasting_amount // PHA:,} PHA" in result.output
    assert "A small world; seed 3" in result.output
    assert "Checked after each of 366 days" in result.output
    assert "NO" not in result.output.split("Checked after")[1]
    for name in pictures(again):
        ElementTree.parse(tmp_path / "out" / name)
    rows = list(csv.DictReader((tmp_path / "out" / DAYS_FILE).open()))
    assert len(rows) == 366
    assert Decimal(rows[-1]["paid_to_workers"]) * PHA == last.paid_to_workers
    assert Decimal(rows[-1]["reserve"]) * PHA == last.reserve
    assert sum(Decimal(row["payout_level_4"]) for row in rows) * PHA == again.years[0].payout_by_level[3]
    groups = list(csv.DictReader((tmp_path / "out" / GROUPS_FILE).open()))
    assert sum(Decimal(group["to_workers"]) for group in groups) * PHA == last.paid_to_workers


def test_command_prints_a_scenario_that_it_takes_back(tmp_path):
    printed = CliRunner().invoke(command, ["--scenario", "lasting", "--years", "2", "--print-scenario"])
    path = tmp_path / "printed.yaml"
    path.write_text(printed.output)
    assert load_scenario(path) == load_scenario(SCENARIOS / "lasting.yaml", ("years=2",))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--scenario", "nowhere.yaml"], "neither a file nor one of"), (["--set", "years=0"], "years: 1 to 50")],
)
def test_command_refuses_in_one_line(arguments, says):
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code != 0
    assert says in result.output
    assert "Traceback" not in result.output
