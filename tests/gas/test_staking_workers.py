# SPDX-License-Identifier: Apache-2.0
"""Gas of workers, gatekeepers and rewards.

The report has 30,000 leaves (proofs of 15 hashes). Settling one worker is the difference of two batches, divided: what
a transaction costs once is counted by `staking.settle.one`, a batch of one. The attestation registry is one that
answers from storage; the real one's answer may cost more.
"""

from __future__ import annotations

import pytest

from pha.staking.gatekeepers import EpochTree, Record
from tests.reference.rewards import Rewards
from tests.reference.stake_pools import PHA, Staking
from tests.reference.workers import FOREVER, consent, worker_key

START = 2_000_160_001
BATCH = 16
LEAVES = 30_000


@pytest.fixture(scope="module")
def operator(accounts):
    return accounts[17]


@pytest.fixture(scope="module")
def gatekeeper(accounts):
    return accounts[14]


@pytest.fixture(scope="module")
def staking(project, chain, deployer, accounts):
    return Staking.deploy(project, chain, deployer, modules=[accounts[15], accounts[15], accounts[15]])


@pytest.fixture(scope="module")
def rewards(staking, gatekeeper, accounts, treasury):
    staking.travel_to(START)
    # From here on every block is a second after the last, however long a test takes: rewards drip by the second.
    staking.chain.provider.make_request("anvil_setBlockTimestampInterval", [1])
    yield Rewards.deploy(staking, accounts[15], gatekeeper, treasury)
    staking.chain.provider.make_request("anvil_removeBlockTimestampInterval", [])


@pytest.fixture(scope="module")
def pool(staking, rewards, operator, accounts):
    pool = staking.create_pool(operator, 1000)
    staking.fund(pool, [accounts[10]])
    pool.deposit(500_000 * PHA, accounts[10], sender=accounts[10])
    return pool


@pytest.fixture(scope="module")
def keys(rewards, pool, operator):
    keys = [worker_key(1000 + number) for number in range(BATCH + 1)]
    for key in keys:
        rewards.run(key, pool, operator)
    return keys


def tree_of(rewards, keys) -> EpochTree:
    """The workers' records, and as many more as a full network has."""
    epoch = rewards.next_day()
    records = [rewards.record(key) for key in keys]
    others = range(1, LEAVES - len(records) + 1)
    records += [Record(f"0x{number:040x}", 0, 100, True, 1400 * PHA, 1000 * PHA) for number in others]
    return EpochTree(epoch, records)


def test_gas_of_a_workers_life(rewards, staking, pool, operator, keys, record_gas):
    registry, key = rewards.workers.registry, worker_key(5)
    rewards.workers.attest(key)
    signature = consent(staking.chain.chain_id, registry, key, pool, 100, 0)
    receipt = registry.register(key.address, pool, 100, FOREVER, signature, sender=operator)
    record_gas("staking.worker.register", receipt)
    record_gas("staking.worker.start", registry.start(key.address, 1000 * PHA, sender=operator))
    staking.travel(60)  # within the second of the start it would overwrite that checkpoint
    record_gas("staking.worker.top_up", registry.topUp(key.address, 100 * PHA, sender=operator))
    record_gas("staking.worker.stop", registry.stop(key.address, sender=operator))
    staking.travel(7 * 86_400)
    record_gas("staking.worker.release", registry.release(key.address, sender=operator))


def test_gas_of_an_epoch(rewards, pool, gatekeeper, keys, record_gas):
    schedule = rewards.schedule
    rewards.next_day()  # the day of the start does not count
    for day in ("first", "again"):
        tree = tree_of(rewards, keys)
        report = tree.report()
        receipt = rewards.gatekeepers.submit(report, [gatekeeper], sender=gatekeeper)
        if day == "again":
            record_gas("staking.report.submit", receipt)
        rewards.staking.travel(7 * 3600)
        receipt = rewards.open(tree)
        if day == "again":
            record_gas("staking.epoch.open", receipt)
        one = schedule.settle(tree.epoch, *tree.settlement([0]), sender=gatekeeper)
        many = schedule.settle(tree.epoch, *tree.settlement(range(1, BATCH + 1)), sender=gatekeeper)
        assert len(list(many.decode_logs(schedule.WorkerSettled))) == BATCH
        for number in range(BATCH + 1):
            assert rewards.model.settle(tree.epoch, tree.records[number], many.timestamp) is not None
        rewards.compare(tree.epoch)
        each = (many.gas_used - one.gas_used) // (BATCH - 1)
        suffix = ".first" if day == "first" else ""
        record_gas(f"staking.settle.one{suffix}", one)
        record_gas(f"staking.settle.batch_of_16{suffix}", many)
        worker = record_gas(f"staking.settle_worker{suffix}", each)
        assert suffix or worker <= 40_000
        receipt = schedule.payPool(pool, sender=gatekeeper)
        record_gas(f"staking.pay_pool{suffix}", receipt)
        rewards.model.due[pool.address] = 0
