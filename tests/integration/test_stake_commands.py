# SPDX-License-Identifier: Apache-2.0
"""`ape run stake` for holders, operators and keepers: what it prints and what the chain then has.

Expected amounts are the tests' own arithmetic: a new pool gives 1000 shares for a wei, a new vault one.
"""

from __future__ import annotations

import json

import pytest

from tests.integration.stake_world import DAY, PHA, StakeWorld
from tests.reference.stake_pools import parameter
from tests.reference.workers import worker_key

SHARES = 1000


@pytest.fixture(scope="module")
def world(project, chain, deployer, treasury, accounts, tmp_path_factory):
    return StakeWorld.deploy(project, chain, deployer, treasury, accounts, tmp_path_factory.mktemp("stake"))


@pytest.fixture
def run(world):
    """Callable `(line, as_=ALIAS, fails=False)`: what a command prints."""
    return world.run


@pytest.fixture
def read(world):
    """Callable `(line, as_=ALIAS)`: what a command prints for machines."""
    return world.read


# Holders


def test_deposit_takes_a_permit_and_show_says_what_is_staked(world, run, read):
    run("deposit 1,000.5 --pool 1", as_="alice")
    (holding,) = read(f"show {world.alice}")["holdings"]
    assert (holding["kind"], holding["name"]) == ("pool", "1")
    assert (holding["shares"], holding["assets"]) == (str(10005 * PHA // 10 * SHARES), str(10005 * PHA // 10))
    assert world.token.allowance(world.alice, world.pool) == 0  # the permit was for just that
    assert "1,000.5" in run(f"show {world.alice}")


def test_deposit_for_another_and_with_an_approval(world, run):
    printed = run(f"deposit 2 --pool {world.pool.address} --for {world.bob} --approve", as_="alice")
    assert printed.count("gas") == 2
    assert world.pool.balanceOf(world.bob) == 2 * PHA * SHARES


def test_a_request_is_cancelled_or_matures_and_everything_is_claimed_at_once(world, run, read):
    for target in ("--pool 1", "--pool 2"):
        run(f"deposit 100 {target}", as_="alice")
        run(f"request 10 {target}", as_="alice")
    run("request 30 --pool 1", as_="alice")
    run("cancel 0 --pool 1", as_="alice")
    first, second = read(f"show {world.alice}")["holdings"]
    assert [(one["number"], one["assets"], one["claimable"]) for one in first["requests"]] == [
        (1, str(30 * PHA), False)
    ]
    assert first["assets"] == str(70 * PHA)
    assert second["requests"][0]["matures_at"] == world.staking.start_of_day(7)
    assert "earliest request matures" in run("claim", as_="alice")
    world.staking.travel_to(world.staking.start_of_day(7))
    before = world.token.balanceOf(world.alice)
    assert "can be claimed" in run(f"show {world.alice}")
    run("claim", as_="alice")
    assert world.token.balanceOf(world.alice) - before == 40 * PHA
    assert world.pool.balanceOf(world.alice) == 70 * PHA * SHARES
    run("request all --pool 2", as_="alice")
    assert world.other_pool.balanceOf(world.alice) == 0


def test_another_acts_for_a_holder_only_while_allowed(world, run):
    run("deposit 100 --pool 1", as_="alice")
    run("request 10 --pool 1", as_="alice")
    cancel = f"cancel 0 --pool 1 --for {world.alice}"
    assert "CallerNotAuthorised" in run(cancel, as_="bob", fails=True)
    run(f"allow {world.bob} --pool 1", as_="alice")
    run(cancel + " --dry-run", as_="bob")
    run(f"allow {world.bob} --pool 1 --revoke", as_="alice")
    assert "CallerNotAuthorised" in run(cancel, as_="bob", fails=True)


def test_what_a_wiped_out_generation_left_is_claimed(world, run, read):
    """A slash of all but a 10^-12th part: 4000 PHA staked, one millionth of a PHA left."""
    run("deposit 4000 --pool 1", as_="alice")
    left = 10**12
    world.work(1, stake=4000 * PHA - left)
    run(f"slash file --ground {world.ground.address} --proof {world.proof(1, 4)}", as_="bob")
    run("slash execute 1", as_="bob")
    (pool,) = (one for one in read("pools") if one["pool"]["number"] == 1)
    assert (pool["pool"]["bankrupt"], pool["pool"]["generation"]) == (True, 1)
    assert "bankrupt" in run("pools")
    assert "PoolBankrupt" in run("deposit 1 --pool 1", as_="alice", fails=True)
    (holding,) = read(f"show {world.alice}")["holdings"]
    assert holding["closed"] == [{"generation": 0, "shares": str(4000 * PHA * SHARES), "assets": str(left)}]
    before = world.token.balanceOf(world.alice)
    run("claim --pool 1", as_="alice")
    assert world.token.balanceOf(world.alice) - before == left
    run("pools reopen 1", as_="operator")
    run("deposit 1 --pool 1", as_="alice")


def test_stake_moves_to_another_pool_and_keepers_hand_it_over(world, run, read):
    run("deposit 300 --pool 1", as_="alice")
    assert "both pools are the same" in run("move all --from 1 --to 1", as_="alice", fails=True)
    run("move 120 --from 1 --to 2", as_="alice")
    assert world.other_pool.totalAssets() == 120 * PHA  # it is at work there at once
    assert world.other_pool.balanceOf(world.alice) == 0
    (move,) = read(f"moves --for {world.alice}")
    assert (move["number"], move["from_pool"], move["to_pool"]) == (1, 1, 2)
    assert (move["shares"], move["kept"], move["liable"]) == (str(120_000 * PHA), str(120_000 * PHA), True)
    assert "move 1: its shares answer for pool 1" in run("keep", as_="bob")
    assert "StillLiable" in run("complete 1", as_="bob", fails=True)
    assert read(f"moves --for {world.bob}") == []
    world.staking.travel_to(world.staking.start_of_day(8))
    assert "complete move 1" in run("keep", as_="bob")
    assert world.other_pool.balanceOf(world.alice) == 120_000 * PHA
    assert read("moves") == []


def test_what_a_mover_loses_to_a_slash_goes_the_way_of_what_is_slashed(world, run, read):
    run("deposit 1000 --pool 1", as_="alice")
    run("deposit 1000 --pool 1", as_="bob")
    run("pools bond-post 1 1", as_="operator")
    world.work(1, stake=1000 * PHA)
    run("move all --from 1 --to 2", as_="alice")
    run(f"slash file --ground {world.ground.address} --proof {world.proof(1, 3)}", as_="bob")
    run("slash execute 1", as_="bob")  # 100 PHA: 1 from the bond, 99 from both delegators alike
    assert world.manager.proceeds() == (100 - 1) * PHA - 99 * PHA // 2  # the reporter's share is the whole bond
    world.staking.travel_to(world.staking.start_of_day(8))
    run("keep", as_="keeper")
    left = world.other_pool.balanceOf(world.alice) * 10**3 // PHA
    assert abs(left - (10**6 - 49_500) * 10**3) <= 1  # 49.5 of 1,000 PHA
    assert "surrender" not in run("keep", as_="keeper")
    world.staking.travel_to(world.staking.start_of_day(8))
    assert "send on what pool 2 pays" in run("keep", as_="keeper")
    assert abs(world.manager.proceeds() - 99 * PHA) <= 2


def test_votes_are_delegated_and_shown(world, run, read):
    run("deposit 50 --vault only", as_="alice")
    run(f"delegate {world.bob}", as_="alice")
    (holding,) = read(f"show {world.bob}")["holdings"]
    assert (holding["votes"], holding["shares"]) == (str(50 * PHA), "0")
    (holding,) = read(f"show {world.alice}")["holdings"]
    assert (holding["votes"], holding["delegatee"]) == ("0", world.bob.address)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("deposit 1", "either --pool NUMBER or --vault"),
        ("deposit 1 --pool 99", "there is no pool 99; the last is 2"),
        ("deposit 1 --pool nonsense", "neither a pool's number nor its address"),
        ("deposit a --pool 1", "is not an amount of PHA"),
        ("deposit 0.0000000000000000001 --pool 1", "at most 18 after the point"),
        ("deposit 99,999,999,999 --pool 1", "which is less than 99,999,999,999"),
        ("deposit 0.001 --pool 1", "DepositTooSmall"),
        ("deposit 1 --pool 1 --for 0x12", "is no address"),
        ("request 5 --pool 1", "has no shares of pool 1"),
        ("cancel 7 --pool 1", "NoSuchRequest"),
        ("slash show 5", "there is no claim 5"),
        ("workers start 0x000000000000000000000000000000000000dEaD minimum", "is not registered"),
        ("pools commission 1 101", "more than the whole"),
        ("deposit 1 --pool 1 --account nobody", "ape has no account nobody"),
        ("slash file --ground 0x00 --proof 0x", "is no address"),
        ("pools --at nothing=0x00", "there is no contract 'nothing'"),
    ],
)
def test_nonsense_is_refused_in_one_line(run, line, says):
    says_who = line.startswith(("slash show", "pools --at")) or "--account" in line
    printed = run(line, as_="" if says_who else "bob", fails=True)
    assert says in printed
    assert len([one for one in printed.splitlines() if one.startswith("Error")]) == 1
    assert "Traceback" not in printed


def test_a_dry_run_sends_nothing_and_a_safe_gets_a_batch(world, run, read, tmp_path):
    head = world.chain.blocks.height
    planned = read("deposit 5 --pool 1 --dry-run", as_="alice")["planned"]
    assert [one["step"].split(" ")[0] for one in planned] == ["approve", "deposit"]
    batch = tmp_path / "batch.json"
    run(f"deposit 5 --pool 1 --safe {batch} --account {world.alice}")
    assert world.chain.blocks.height == head
    calls = json.loads(batch.read_text())["transactions"]
    assert [one["to"] for one in calls] == [world.token.address, world.pool.address]
    for call in calls:  # as the Safe would
        world.alice.transfer(call["to"], data=call["data"], value=0)
    assert world.pool.balanceOf(world.alice) == 5 * PHA * SHARES
    assert "an address can't sign" in run(f"deposit 5 --pool 1 --account {world.alice}", fails=True)


# Operators


def test_an_operator_makes_a_pool_and_sets_it(world, run, read):
    made = read("pools create --commission 12.5", as_="bob")
    assert made["pool"] == 3
    run("pools commission 3 20", as_="bob")
    since = world.staking.now
    run("pools cap 3 500.25", as_="bob")
    run("pools listed-only 3 on", as_="bob")
    run("pools bond-post 3 40", as_="bob")
    run("pools bond-release 3 15", as_="bob")
    releasing = world.staking.now
    found = read("pools show 3")
    pool = found["pool"]
    assert pool["operator"] == world.bob.address
    assert pool["commission"] == {"bps": 1250, "next_bps": 2000, "next_at": since + 28 * DAY}
    assert (pool["cap"], pool["listed_only"], found["free"]) == (str(50025 * PHA // 100), True, "0")
    assert pool["bond"] == {"bonded": str(25 * PHA), "releasing": str(15 * PHA), "release_at": releasing + 14 * DAY}
    shown = run("pools show 3")
    assert "12.5%, 20% from" in shown
    assert "listed only" in shown
    assert "ReceiverNotListed" in run("deposit 1 --pool 3", as_="alice", fails=True)
    run(f"pools receiver 3 {world.alice}", as_="bob")
    run("deposit 1 --pool 3", as_="alice")
    assert "CallerNotPoolOperator" in run("pools cap 3 none", as_="alice", fails=True)
    world.staking.travel(14 * DAY)
    before = world.token.balanceOf(world.bob)
    assert "CallerNotOperatorOf" in run("pools bond-withdraw 3", as_="alice", fails=True)
    run("pools bond-withdraw 3", as_="bob")
    assert world.token.balanceOf(world.bob) - before == 15 * PHA


def test_a_worker_from_consent_to_release(world, run, read, tmp_path):
    run("deposit 2000 --pool 1", as_="alice")
    key, consent = worker_key(77), tmp_path / "consent.json"
    run(f"workers consent --key-file {world.key_file(key)} --pool 1 --performance 100 --out {consent}")
    run(f"workers register --consent {consent}", as_="operator")
    assert "have it sign a new one" in run(f"workers register --consent {consent}", as_="operator", fails=True)
    world.rewards.workers.attest(key, confidence=4)
    assert _worker(read, key)["status"] == "attested"
    run(f"workers start {key.address} minimum", as_="operator")
    worker = _worker(read, key)
    assert (worker["status"], worker["kept"], worker["minimum"]) == (
        "working",
        str(500 * PHA),
        str(500 * PHA),
    )  # 50·√100
    assert worker["value"] == str((500 + 30) * PHA * 124 // 100)  # (1 + 0.3 · 0.8)·(S + 0.3 · 100)
    assert worker["confidence"] == 4
    run(f"workers top-up {key.address} 100.5", as_="operator")
    assert _worker(read, key)["kept"] == str(6005 * PHA // 10)
    assert "WorkerInGoodStanding" in run(f"workers stop-lapsed {key.address}", as_="bob", fails=True)
    world.rewards.workers.lapse(key)
    assert "cools down until" in run(f"workers stop-lapsed {key.address}", as_="bob")
    assert "StillCooling" in run(f"workers release {key.address}", as_="bob", fails=True)
    world.staking.travel(7 * DAY)
    assert "is released, with 0 PHA" in run(f"workers release {key.address}", as_="bob")
    assert world.pool.books().locked == 0


def test_a_consent_that_was_tampered_with_is_refused_before_it_is_sent(world, run, tmp_path):
    key, file = worker_key(78), tmp_path / "consent.json"
    run(f"workers consent --key-file {world.key_file(key)} --pool 1 --performance 100 --out {file}")
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "performance": 1000}))
    assert "is not signed by" in run(f"workers register --consent {file}", as_="operator", fails=True)
    file.write_text(json.dumps({**content, "chain_id": 1}))
    assert "not for this one" in run(f"workers register --consent {file}", as_="operator", fails=True)
    file.write_text("{}")
    assert "holds no consent" in run(f"workers register --consent {file}", as_="operator", fails=True)


def _worker(read, key):
    (found,) = read(f"workers --key {key.address}")
    return found


def test_an_overdue_request_stops_workers(world, run, read):
    run("deposit 1000 --pool 1", as_="alice")
    key = world.work(5, stake=900 * PHA)
    run("request 500 --pool 1", as_="alice")
    assert "no request of pool 1 is overdue" in run("workers force-stop --pool 1", as_="bob")
    world.staking.travel_to(world.staking.start_of_day(7))
    found = read("pools show 1")
    assert [int(one) >> 48 for one in found["overdue_requests"]] == [int(world.alice.address, 16)]
    assert "locks need 400 PHA more" in run("keep --dry-run", as_="bob")
    run("workers force-stop --pool 1", as_="bob")
    assert world.rewards.workers.status(key) == "Cooling"
    world.staking.travel(7 * DAY)
    printed = run("keep", as_="bob")
    assert f"release the lock of {key.address}" in printed
    assert "settle requests of pool 1" in printed
    before = world.token.balanceOf(world.alice)
    run("claim", as_="alice")
    assert world.token.balanceOf(world.alice) - before == 500 * PHA


def test_a_slash_is_written_down_and_topped_up_by_keep_and_operator(world, run, read):
    """Level 3 takes a tenth of the lock of 600: 540 are left, which is over the minimum of 500."""
    run("deposit 2000 --pool 1", as_="alice")
    key = world.work(1, stake=600 * PHA)
    run(f"slash file --ground {world.ground.address} --proof {world.proof(1, 3)}", as_="bob")
    run("slash execute 1", as_="bob")
    assert "lost 60 PHA" in run("keep --dry-run", as_="bob")
    run(f"workers reconcile {key.address}", as_="bob")
    assert (_worker(read, key)["locked"], _worker(read, key)["status"]) == (str(540 * PHA), "working")
    run(f"workers top-up {key.address} 60", as_="operator")
    assert _worker(read, key)["kept"] == str(600 * PHA)
    assert "is cooling" in run(f"workers stop {key.address}", as_="operator")
    run("pools bond-post 1 10", as_="bob")
    run("pools bond-release 1 4", as_="operator")
    run("pools bond-keep 1", as_="operator")
    bond = read("pools show 1")["pool"]["bond"]
    assert (bond["bonded"], bond["releasing"]) == (str(10 * PHA), "0")


# Keepers


def test_keep_brings_a_vaults_requests_to_payment(world, run, read):
    run("deposit 300 --vault only", as_="alice")
    world.vault.delegateTo(world.pool, 250 * PHA, sender=world.deployer)
    run("request 200 --vault only", as_="alice")
    vault = read("vault")
    assert (vault["vault"]["low"], vault["vault"]["idle"]) == (str(300 * PHA), str(50 * PHA))
    assert (vault["vault"]["awaited"], vault["missing"]) == (str(200 * PHA), str(150 * PHA))
    printed = run("keep", as_="bob")
    assert "call back 150 PHA" in printed
    assert "the first request can be filled" in printed
    vault = read("vault")
    assert (vault["on_its_way"], vault["missing"]) == (str(150 * PHA), "0")
    assert "call back" not in run("keep", as_="bob")
    world.staking.travel_to(world.staking.start_of_day(8))
    printed = run("keep", as_="bob")
    assert "collect from pool 1" in printed
    assert "fill requests" in printed
    (holding,) = read(f"show {world.alice}")["holdings"]
    assert holding["claimable_assets"] == str(200 * PHA)
    before = world.token.balanceOf(world.alice)
    run("claim", as_="alice")
    assert world.token.balanceOf(world.alice) - before == 200 * PHA
    assert "0 done" in run("keep", as_="bob")


# Slashing


def test_an_offence_is_filed_executed_and_its_proceeds_go_out_and_votes_follow(world, run, read):
    run("deposit 1000 --pool 1", as_="alice")
    run("deposit 1000 --vault only", as_="alice")
    run(f"delegate {world.alice}", as_="alice")
    world.vault.delegateTo(world.pool, 1000 * PHA, sender=world.deployer)
    run("pools bond-post 1 30", as_="operator")
    world.work(1, stake=1000 * PHA)
    filed = read(f"slash file --ground {world.ground.address} --proof {world.proof(1, 3)}", as_="bob")
    assert (filed["claim"], filed["assets"]) == (1, str(100 * PHA))  # level 3: a tenth of the lock
    (claim,) = read("slash --open")["claims"]
    assert claim["claim"]["worker"] == worker_key(1).address
    assert claim["claim"]["ground"] == world.ground.address
    assert claim["next"].startswith("execute: anyone by ")
    assert "frozen until" in run("pools")
    assert "PoolFrozen" in run("deposit 1 --pool 1", as_="alice", fails=True)
    done = read("slash execute 1 --vault only", as_="bob")
    assert (done["fromBond"], done["fromPool"], done["reporterShare"]) == (str(30 * PHA), str(70 * PHA), str(5 * PHA))
    world.staking.travel(1)
    votes = world.vault.getPastStakedVotes(world.alice, world.staking.now - 1)
    assert votes == world.vault.totalAssets() == 965 * PHA  # half of the pool is the vault's: 35 of 70 PHA
    run("slash distribute", as_="bob")
    assert "nothing was taken" in run("slash distribute", as_="bob")
    before = world.token.balanceOf(world.bob)
    run("slash pay-reporter", as_="bob")
    assert world.token.balanceOf(world.bob) - before == 5 * PHA
    assert read("slash --open")["claims"] == []


def test_an_accusation_is_objected_to_and_lapses_by_keep(world, run, read):
    run("deposit 1000 --pool 1", as_="alice")
    world.work(1, stake=1000 * PHA)
    world.accuse(1, 3)
    filed = world.staking.now
    (claim,) = read("slash")["claims"]
    assert (claim["claim"]["ground"], claim["claim"]["challenge_by"]) == ("", filed + 3 * DAY)
    assert claim["next"].startswith("operator objects by ")
    assert "ClaimOutsideWindow" in run("slash execute 1", as_="bob", fails=True)
    assert "CallerNotAccused" in run("slash object 1", as_="bob", fails=True)
    run("slash object 1", as_="operator")
    assert "governance upholds or cancels" in run("slash show 1")
    assert "claim 1: governance upholds" in run("keep", as_="bob")
    world.staking.travel(10 * DAY + 1)
    assert "lapse claim 1" in run("keep", as_="bob")
    assert "lapsed" in run("slash")


def test_parameters_name_is_where_the_reader_thinks_it_is():
    """`overdue_requests` asks for the grace period by its number."""
    assert parameter("GraceDays") == 2
