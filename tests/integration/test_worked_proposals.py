# SPDX-License-Identifier: Apache-2.0
"""The four things that PHA votes on, each from a YAML file to its effect on the suite as the steps deploy it.

The votes are those of staked PHA alone: a holder's claim went into the vault, and nothing here is anybody's right.
"""

from __future__ import annotations

import json

import pytest

from pha.staking.gatekeepers import Record
from pha.staking.workers import minimum_stake
from scripts import govern as commands
from tests.direct_call import failure, refusal
from tests.reference.attested_suite import DAY, PHA, AttestedSuite
from tests.reference.workers import worker_key

STAKED = 5_000_000
RESERVE = 1_000_000 * PHA
KIND = b"intel.sgx+nvidia.gpu".ljust(32, b"\0")


@pytest.fixture(scope="module")
def holder(accounts):
    return accounts[10]


@pytest.fixture(scope="module")
def world(project, chain, accounts, holder) -> AttestedSuite:
    world = AttestedSuite.deploy(project, chain, accounts, [(0, STAKED)])
    world.open_bridge()
    world.claim_into_vault(0, holder)
    world.suite.delegation_vault.invoke_transaction("delegate", holder, sender=holder)  # `delegate` is None in ape
    world.travel(60)
    return world


@pytest.fixture
def decide(world, holder, chain, tmp_path, capsys):
    """Callable `(text)`: a proposal's file through all commands."""
    addresses = tmp_path / "local.json"
    known = {
        name: {"contract": one.contract_type.name, "address": one.address} for name, one in world.suite.contracts.items()
    }
    addresses.write_text(json.dumps({"chain_id": 31337, "contracts": known}))
    file = tmp_path / "proposal.yaml"

    def run(command, **options):
        given = {"addresses": addresses, "as_json": True, "safe": None, "account": holder, **options}
        capsys.readouterr()
        commands.cli.commands[command].callback(provider=chain.provider, file=file, **given)
        text = capsys.readouterr().out
        return json.loads(text[text.index("{") :].rpartition("}")[0] + "}")

    def call(text):
        file.write_text(text)
        opens = run("propose", dry_run=False, no_simulation=True)["standing"]["opens"]
        world.travel_to(opens + 1)
        closes = run("vote", support="for", reason="", omit=())["standing"]["closes"]
        world.travel_to(closes + 1)
        world.travel_to(run("queue")["standing"]["executable_at"])
        assert run("execute")["standing"]["state"] == "executed"

    return call


def test_new_kind_of_tee(world, decide, project, accounts):
    """GPUs behind SGX enclaves: until now only behind TDX and SEV-SNP."""
    suite, registry = world.suite, world.suite.attestation_registry
    reader = accounts[0].deploy(project.CompositeReader, KIND, suite.sgx_reader, suite.composite_evidence)
    decide(f"""
title: GPUs behind SGX
description: The same verifiers, joined.
actions:
  - contract: attestation_registry
    function: announceReader
    arguments: {{kind: "0x{KIND.hex()}", reader: "{reader.address}"}}
""")
    assert refusal(registry.activateReader, KIND, reader) == "NotYetActive"
    world.travel(2 * DAY)
    registry.activateReader(KIND, reader, sender=world.sender)
    assert registry.readerOf(KIND).reader == reader


def test_reward_rates(world, decide, accounts):
    """A half to workers, a tenth to the treasury: the next epoch is divided by that."""
    suite = world.suite
    world.fund(accounts[0], suite.reward_schedule, RESERVE)
    suite.reward_schedule.fund(RESERVE, sender=accounts[0])
    world.seat(*accounts[13:16])
    decide("""
title: More for those who do the work
description: A tenth less for the treasury.
actions:
  - contract: worker_parameters
    function: set
    arguments: {parameter: TreasuryShareBps, value: 10 %}
""")
    epoch = world.next_day()
    world.report(epoch, [Record(worker_key(1).address, 0, 100, True, PHA, PHA)])
    budget = RESERVE - suite.reward_schedule.reserve()
    opened = suite.reward_schedule.epochOf(epoch)
    assert budget == RESERVE  # under a day's amount: all of it
    assert suite.reward_schedule.treasuryDue() == budget // 10
    assert opened.stakersBudget == budget * 4 // 10
    assert opened.workersBudget == budget // 2


def test_staking_requirements(world, decide, accounts):
    """A higher stake for a worker's performance, and a higher least deposit."""
    suite, registry = world.suite, world.suite.worker_registry
    assert registry.minimumStakeOf(400, bytes(32), 0) == minimum_stake(400)
    decide("""
title: What staking asks
description: Twice the stake behind each worker, and deposits worth their gas.
actions:
  - contract: worker_parameters
    function: set
    arguments: {parameter: StakePerRootPerformanceE18, value: 100 PHA}
  - contract: staking_parameters
    function: set
    arguments: {parameter: MinDepositAmount, value: 1 PHA}
""")
    assert registry.minimumStakeOf(400, bytes(32), 0) == 100 * 20 * PHA  # 100·√400
    pool = world.create_pool(accounts[12], 0)
    world.fund(accounts[11], pool, 2 * PHA)
    assert failure(pool.deposit, PHA - 1, accounts[11], sender=accounts[11]).name == "DepositTooSmall"
    pool.deposit(PHA, accounts[11], sender=accounts[11])


def test_fund_allocation(world, decide, accounts):
    """A grant paid over a year."""
    suite, grantee = world.suite, accounts[8]
    world.mint(suite.treasury, 1_000 * PHA)
    start = world.now + 20 * DAY
    decide(f"""
title: A grant
description: For a year of work.
actions:
  - contract: treasury
    function: openStream
    arguments:
      terms: {{token: token, recipient: "{grantee.address}", amount: 730 PHA, start: {start}, duration: 365 days}}
""")
    world.travel_to(start + 100 * DAY)
    suite.treasury.withdraw(1, grantee, sender=grantee)
    paid = suite.token.balanceOf(grantee)
    assert paid == 730 * PHA * (world.now - start) // (365 * DAY)
