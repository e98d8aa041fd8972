# SPDX-License-Identifier: Apache-2.0
"""Gas of settling workers whose evidence the real attestation registry answers for.

As tests/gas/test_staking_workers.py, whose registry answers from one slot: the difference between the figures is what
it costs to ask the real one. All workers run on machines of one kind, so that what is known of the vendor's collateral
is read once in a transaction; each has evidence of its own. Whoever settles has somebody look at the collateral
before: one transaction a day for each kind of machine.
"""

from __future__ import annotations

import pytest
from eth_account import Account

from pha.staking.gatekeepers import EpochTree, Record
from pha.staking.rewards import Curve, ScheduleModel, Worker
from tests.reference.attested_suite import PHA, AttestedSuite

START = 1_900_022_401  # the first second of a day but one, while the vendor's certificates are valid
HALF = 8
LEAVES = 30_000
PERFORMANCE, STAKE = 100, 1_000 * PHA
FIRST_DAY = 20_423  # 2025-12-01, in migrations/parameters/local.yaml
KEYS = [Account.from_key((5_000 + number).to_bytes(32, "big")) for number in range(2 + 2 * HALF)]


@pytest.fixture(scope="module")
def operator(accounts):
    return accounts[17]


@pytest.fixture(scope="module")
def world(project, chain, accounts, operator):
    """A suite whose blocks are a second apart, with a pool and its workers."""
    chain.pending_timestamp = START
    chain.mine()
    chain.provider.make_request("anvil_setBlockTimestampInterval", [1])
    world = AttestedSuite.deploy(project, chain, accounts, [(1, 1)])
    suite = world.suite
    world.by_council(world.acceptance())
    world.fund(accounts[10], suite.reward_schedule, 20_000_000 * PHA)
    suite.reward_schedule.fund(20_000_000 * PHA, sender=accounts[10])
    world.seat(*accounts[13:16])
    pool = world.create_pool(operator, 1_000)
    world.fund(accounts[11], pool, 500_000 * PHA)
    pool.deposit(500_000 * PHA, accounts[11], sender=accounts[11])
    for key in KEYS:
        world.attest(key)
        world.start_worker(key, pool, operator, performance=PERFORMANCE, stake=STAKE)
    yield world
    chain.provider.make_request("anvil_removeBlockTimestampInterval", [])


def records_of(world, model: ScheduleModel) -> list[Record]:
    """The workers' records, and as many more as a full network has."""
    suite, records = world.suite, []
    for key in KEYS:
        earning = suite.worker_registry.earningOf(key.address)
        progress = suite.reward_schedule.progressOf(key.address)
        started = Worker(str(earning.pool), PERFORMANCE, earning.initialValue, STAKE, earning.startedDay)
        started.initial_value = progress.value or started.initial_value
        model.workers[key.address] = started
        share = model.share(key.address, PERFORMANCE)
        records.append(Record(key.address, progress.lastEpoch, PERFORMANCE, True, share, STAKE))
    others = range(1, LEAVES - len(records) + 1)
    return records + [Record(f"0x{number:040x}", 0, 100, True, 1_400 * PHA, STAKE) for number in others]


def settle(world, tree: EpochTree, numbers: range):
    """Settles these records in one transaction, each of which must be paid."""
    schedule = world.suite.reward_schedule
    receipt = schedule.settle(tree.epoch, *tree.settlement(numbers), sender=world.sender)
    paid = [event.workerAssets for event in receipt.decode_logs(schedule.WorkerSettled)]
    assert len(paid) == len(numbers)
    assert all(paid)
    return receipt


def test_gas_of_settling_attested_workers(world, record_gas):
    registry = world.suite.attestation_registry
    world.next_day()  # the day of the start does not count
    for again in (False, True):
        epoch = world.next_day()
        tree: EpochTree = world.report(epoch, records_of(world, ScheduleModel(Curve(FIRST_DAY))))
        if not again:
            settle(world, tree, range(len(KEYS)))
    # Nobody has looked for a day whether the vendor's word has moved, so the registry does for each worker.
    one, some = settle(world, tree, range(1)), settle(world, tree, range(1, 1 + HALF))
    record_gas("staking.settle_worker.attested.not_looked", (some.gas_used - one.gas_used) // (HALF - 1))
    record = registry.recordOf(KEYS[0].address)
    _, ground = registry.termOf(record.term)
    registry.observe(record.serial, ground, sender=world.sender)
    one, some = settle(world, tree, range(1 + HALF, 2 + HALF)), settle(world, tree, range(2 + HALF, 2 + 2 * HALF))
    record_gas("staking.settle.one.attested", one)
    record_gas("staking.settle_worker.attested", (some.gas_used - one.gas_used) // (HALF - 1))
