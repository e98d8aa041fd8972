# SPDX-License-Identifier: Apache-2.0
"""What PHA's holders decide, from a YAML file to its effect, by the commands that an operator runs.

Four worked proposals: what hardware must reach to be trusted, how fast rewards flow, what staking asks, where money
goes.
"""

from __future__ import annotations

import json

import click
import pytest
from eth_utils import keccak

from scripts import govern as commands
from tests.reference.governance_world import DAY, PHA, ZERO_ADDRESS, Governance
from tests.reference.stake_pools import DEFAULTS, parameter

MILLION = 10**6 * PHA
NO_FLOOR = (0,) * 9
MILAN = 1


@pytest.fixture(scope="module")
def alice(accounts):
    return accounts[6]


@pytest.fixture(scope="module")
def bob(accounts):
    return accounts[7]


@pytest.fixture(scope="module")
def world(project, chain, deployer, guardian, accounts, alice, bob):
    world = Governance.deploy(project, chain, deployer, guardian=guardian, council=accounts[5])
    for holder in (alice, bob):
        world.fund(deployer, holder, 50 * MILLION)
    world.travel(10)
    return world


@pytest.fixture(scope="module")
def domains(project, deployer, world):
    """What the votes are about, by the names that deploy steps give."""
    manager = world.manager
    contracts = {
        "access_manager": manager,
        "timelock": world.timelock,
        "token": world.token,
        "governor": world.governor,
        "treasury": deployer.deploy(project.Treasury, manager),
        "staking_parameters": deployer.deploy(project.StakingParameters, manager, DEFAULTS),
        "snp_floors": deployer.deploy(project.SnpFloors, manager, NO_FLOOR, NO_FLOOR, NO_FLOOR),
    }
    world.token.transfer(contracts["treasury"], 1000 * PHA, sender=deployer)
    return contracts


@pytest.fixture(scope="module")
def addresses(domains, tmp_path_factory):
    path = tmp_path_factory.mktemp("addresses") / "local.json"
    entries = {name: {"contract": one.contract_type.name, "address": one.address} for name, one in domains.items()}
    path.write_text(json.dumps({"chain_id": 31337, "contracts": entries}))
    return path


@pytest.fixture
def run(world, addresses, chain, capsys):
    """Callable `(command, file, account, **options)`: the command as an operator runs it; its JSON."""

    def call(command, file, account=None, **options):
        given = {"addresses": addresses, "as_json": True, **options}
        if command != "show":
            given = {"safe": None, "account": account, **given}
        if command == "propose":
            given = {"dry_run": False, "no_simulation": True, **given}
        if command == "vote":
            given = {"reason": "", "omit": (), **given}
        capsys.readouterr()
        commands.cli.commands[command].callback(provider=chain.provider, file=file, **given)
        text = capsys.readouterr().out
        return json.loads(text[text.index("{") :].rpartition("}")[0] + "}")

    return call


@pytest.fixture
def write(tmp_path):
    def to(text, name="proposal.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return to


@pytest.fixture
def decide(world, run, alice, bob):
    """Callable `(file)`: the whole way by the commands; the last one's JSON."""

    def call(file):
        run("propose", file, alice)
        shown = run("show", file)["standing"]
        assert shown["state"] == "pending"
        world.travel_to(shown["opens"] + 1)
        run("vote", file, alice, support="for", reason="Worked through")
        run("vote", file, bob, support="abstain")
        shown = run("show", file)["standing"]
        assert shown["state"] == "active"
        assert shown["votes"] == {"against": "0", "for": str(50 * MILLION), "abstain": str(50 * MILLION)}
        world.travel_to(shown["closes"] + 1)
        run("queue", file, bob)
        shown = run("show", file)["standing"]
        assert shown["state"] == "queued"
        world.travel_to(shown["executable_at"])
        done = run("execute", file, bob)
        assert done["standing"]["state"] == "executed"
        return done

    return call


# The four things that PHA votes on

NEW_HARDWARE = """
title: Milan platforms need firmware of this year
description: Older firmware is known to leak.
actions:
  - contract: snp_floors
    function: setFloor
    arguments:
      product: Milan
      floor:
        tcb: 15859426087785201668
        reportVersion: 3
        abi: 311
        policySet: 0
        policyClear: 65536
        platformSet: 0
        platformClear: 1
        launchMitigations: 0
        currentMitigations: 0
"""

REWARD_RATE = """
title: Rewards flow over three days
description: A steadier price of shares.
actions:
  - contract: staking_parameters
    function: set
    arguments: {parameter: RewardDripSeconds, value: 3 days}
"""

STAKING_REQUIREMENTS = """
title: What staking asks
description: |
  A higher least deposit,
  and eight days to leave.
actions:
  - contract: staking_parameters
    function: set
    arguments: {parameter: MinDepositAmount, value: 1 PHA}
  - contract: staking_parameters
    function: set
    arguments: {parameter: ExitDays, value: 8}
"""


STOP_GRANT = """
title: The grant is over
description: As agreed with its recipient.
actions:
  - contract: treasury
    function: stopStream
    arguments: {id: 1}
"""


def fund_allocation(grantee, start):
    return f"""
title: A grant for a year, and an audit
description: Both from the treasury.
actions:
  - contract: treasury
    function: openStream
    arguments:
      terms: {{token: token, recipient: "{grantee}", amount: 365 PHA, start: {start}, duration: 365 days}}
  - contract: treasury
    function: pay
    arguments: {{token: token, recipient: "{grantee}", amount: 100 PHA}}
"""


def test_vote_decides_which_hardware_is_trusted(decide, write, domains):
    decide(write(NEW_HARDWARE))
    floor, revision = domains["snp_floors"].floorOf(MILAN)
    assert tuple(floor) == (15859426087785201668, 3, 311, 0, 1 << 16, 0, 1, 0, 0)
    assert revision == 2


def test_vote_decides_how_rewards_flow(decide, write, domains):
    decide(write(REWARD_RATE))
    assert domains["staking_parameters"].get(parameter("RewardDripSeconds")) == 3 * DAY


def test_vote_decides_what_staking_asks(decide, write, domains):
    decide(write(STAKING_REQUIREMENTS))
    assert domains["staking_parameters"].get(parameter("MinDepositAmount")) == PHA
    assert domains["staking_parameters"].get(parameter("ExitDays")) == 8


def test_vote_decides_where_money_goes_and_may_think_again(decide, write, world, domains, accounts):
    grantee, treasury, token = accounts[8], domains["treasury"], world.token
    start = world.now + 10 * DAY + 1000
    decide(write(fund_allocation(grantee.address, start)))
    assert token.balanceOf(grantee) == 100 * PHA
    assert (treasury.committed(token), treasury.available(token)) == (365 * PHA, 535 * PHA)
    world.travel_to(start + 30 * DAY)
    decide(write(STOP_GRANT))
    earned = treasury.earned(1)
    assert earned == 365 * PHA * (world.now - start) // (365 * DAY)
    assert treasury.available(token) == 900 * PHA - earned
    treasury.withdraw(1, grantee, sender=grantee)
    assert token.balanceOf(grantee) == 100 * PHA + earned


# Before anything is sent


@pytest.fixture
def forkable(chain):
    if chain.provider.name != "foundry":
        pytest.skip("py-evm runs in process: there is no node to fork")


def test_simulation_prints_every_change_and_sends_nothing(run, write, world, domains, alice, forkable):
    file = write(STAKING_REQUIREMENTS)
    before = world.chain.blocks.height
    found = run("propose", file, alice, dry_run=True, no_simulation=False)
    assert world.chain.blocks.height == before
    assert world.governor.proposalSnapshot(int(found["id"])) == 0
    assert found["simulation"]["parameters"] == [
        {"where": "staking_parameters", "what": "MinDepositAmount", "before": str(10**16), "after": str(PHA)},
        {"where": "staking_parameters", "what": "ExitDays", "before": "7", "after": "8"},
    ]
    values = {"parameter": "1", "oldValue": "7", "newValue": "8"}
    assert {"contract": "staking_parameters", "event": "ParameterSet", "values": values} in found["simulation"][
        "events"
    ]
    # the slots from outside: the mapping `_values` is the contract's second variable
    changed = {one["what"]: one for one in found["simulation"]["state"] if one["where"] == "staking_parameters"}
    slots = {f"slot 0x{keccak(number.to_bytes(32, 'big') + (1).to_bytes(32, 'big')).hex()}" for number in (0, 1)}
    assert set(changed) == slots
    assert sorted(int(one["after"], 16) for one in changed.values()) == [8, PHA]
    assert {one["where"] for one in found["simulation"]["state"]} >= {"governor", "timelock", "staking_parameters"}


def test_simulation_does_as_the_chain_then_does(run, decide, write, world, domains, alice, accounts, forkable):
    file = write(fund_allocation(accounts[8].address, world.now))
    found = run("propose", file, alice, dry_run=True, no_simulation=False)["simulation"]
    done = decide(file)
    assert abs(found["gas_used"] - done["gas_used"]) <= 100
    receipt = world.chain.provider.get_receipt(done["transaction"])
    assert len(receipt.logs) == len(found["events"])
    assert [one["event"] for one in found["events"]][:1] == ["StreamOpened"]


def test_simulation_shows_the_last_ether_leave(run, write, domains, alice, forkable):
    """A balance that becomes nothing is a change, and so is one that was nothing."""
    nobody = "0x" + "0" * 39 + "7"
    alice.transfer(domains["treasury"], 10**18)
    file = write(
        "title: T\ndescription: D\nactions:\n  - {contract: treasury, function: pay, arguments: "
        f'{{token: "{ZERO_ADDRESS}", recipient: "{nobody}", amount: 1 ETH}}}}\n'
    )
    found = run("propose", file, alice, dry_run=True, no_simulation=False)["simulation"]
    balances = [one for one in found["state"] if one["what"] == "balance"]
    assert {"where": "treasury", "what": "balance", "before": str(10**18), "after": "0"} in balances
    assert any(one["where"] == nobody and int(one["after"]) - int(one["before"]) == 10**18 for one in balances)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{parameter: ExitDays, value: 1}", "ParameterOutOfBounds"),
        ("{parameter: CommissionNoticeDays, value: 7}", "NoticeNotLongerThanExit"),
    ],
)
def test_simulation_finds_what_would_fail(run, write, alice, world, domains, forkable, text, reason):
    file = write(
        f"title: T\ndescription: D\nactions:\n  - {{contract: staking_parameters, function: set, arguments: {text}}}\n"
    )
    with pytest.raises(click.ClickException, match=f"execute reverts: {reason}"):
        run("propose", file, alice, no_simulation=False)


def test_simulation_finds_that_the_proposer_has_too_few_votes(run, write, stranger, world, domains, forkable):
    with pytest.raises(click.ClickException, match="propose reverts: GovernorInsufficientProposerVotes"):
        run("propose", write(REWARD_RATE), stranger, no_simulation=False)


# For a Safe


def test_safe_batch_proposes_the_same(run, write, tmp_path, world, alice):
    file, batch = write(REWARD_RATE), tmp_path / "batch.json"
    found = run("propose", file, alice, safe=batch)
    content = json.loads(batch.read_text())
    (call,) = content["transactions"]
    assert content["chainId"] == "31337"
    assert (call["to"], call["value"]) == (world.governor.address, "0")
    assert world.governor.proposalSnapshot(int(found["id"])) == 0
    alice.transfer(world.governor, data=call["data"], value=0)
    assert world.governor.proposalProposer(int(found["id"])) == alice


def test_refusals_are_one_line(run, write, alice, world):
    file = write(REWARD_RATE)
    with pytest.raises(click.ClickException, match="GovernorNonexistentProposal"):
        run("vote", file, alice, support="for")
    assert run("show", file)["standing"] == {"state": "not proposed"}
    with pytest.raises(click.ClickException, match="no contract treasure is deployed"):
        run("show", write(NEW_HARDWARE.replace("snp_floors", "treasure")))
