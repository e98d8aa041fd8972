# SPDX-License-Identifier: Apache-2.0
"""Attacks on workers, gatekeepers and rewards that need more than one contract, or a token that calls back."""

from __future__ import annotations

import ape
import pytest
from eth_abi import encode
from eth_utils import keccak

from pha.staking.gatekeepers import EpochTree, Record
from pha.staking.typed_data import Report
from tests.reference.rewards import Rewards
from tests.reference.stake_pools import DAY, PHA, SLASH_MANAGER, Staking
from tests.reference.workers import Gatekeepers, Workers, logged, worker_key

KEY, OTHER = worker_key(0xA77), worker_key(0xA78)
WORKER = bytes(12) + bytes.fromhex(KEY.address[2:])


@pytest.fixture(scope="module")
def gatekeeper(accounts):
    return accounts[12]


# Slashes find the lock of the offence's time


@pytest.fixture(scope="module")
def slashing(project, staking, deployer, slasher, rewarder, treasury, pool, alice):
    """The real slash manager over the real registry, with a ground that believes what it is told."""
    pool.deposit(50_000 * PHA, alice, sender=alice)
    workers = Workers.deploy(staking, slasher, rewarder)
    bond = deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)
    manager = deployer.deploy(
        project.SlashManager, staking.manager, staking.token, staking.factory, staking.parameters, bond, treasury
    )
    ground = deployer.deploy(project.MockSlashGround)
    manager.setGround(ground, True, sender=deployer)
    staking.factory.setModule(SLASH_MANAGER, manager, sender=deployer)
    return workers, manager, ground


def offence(number: int, committed_at: int) -> bytes:
    """Level 3: a tenth of the lock."""
    return encode(["(bytes32,bytes32,uint48,uint8)"], [(number.to_bytes(32, "big"), WORKER, committed_at, 3)])


def test_a_released_worker_answers_for_what_it_did(slashing, staking, pool, operator, stranger, deployer):
    workers, manager, ground = slashing
    staking.parameters.set(10, 30 * DAY, sender=deployer)  # evidence stays fresh for longer than the cool-down
    workers.run(KEY, pool, operator, stake=1000 * PHA)
    committed = staking.now
    workers.registry.stop(KEY.address, sender=operator)
    staking.travel(7 * DAY)
    workers.registry.release(KEY.address, sender=operator)
    manager.file(ground, offence(1, committed), sender=stranger)
    claim = manager.claimOf(1)
    assert (claim.pool, claim.assets) == (pool.address, 100 * PHA)
    with ape.reverts(manager.NothingAtStake):
        manager.file(ground, offence(2, staking.now), sender=stranger)


def test_stopping_ahead_of_a_claim_does_not_lower_it(slashing, staking, pool, operator, stranger):
    workers, manager, ground = slashing
    workers.run(KEY, pool, operator, stake=1000 * PHA)
    workers.registry.topUp(KEY.address, 1000 * PHA, sender=operator)
    staking.travel(DAY)
    committed = staking.now
    workers.registry.stop(KEY.address, sender=operator)
    manager.file(ground, offence(1, committed), sender=stranger)
    assert manager.claimOf(1).assets == 200 * PHA
    assert workers.status(KEY) == "Cooling"
    manager.execute(1, sender=stranger)
    staking.travel(7 * DAY)
    receipt = workers.registry.release(KEY.address, sender=operator)
    assert logged(receipt, workers.registry.WorkerReleased, "released") <= 2000 * PHA
    assert workers.status(KEY) == "Slashed"
    assert pool.books().locked == 0


def test_many_slashes_in_a_row_never_freeze_a_lock(slashing, staking, pool, operator, stranger):
    """Twelve times a tenth: ten of them use the lock up, and nothing more is claimed under it."""
    workers, manager, ground = slashing
    workers.run(KEY, pool, operator, stake=1000 * PHA)
    workers.run(OTHER, pool, operator, stake=600 * PHA)
    staking.travel(1)
    committed = staking.now
    staking.travel(10)  # else what is written down may fall into that second
    for number in range(1, 11):
        manager.file(ground, offence(number, committed), sender=stranger)
        manager.execute(number, sender=stranger)
        workers.registry.reconcile(KEY.address, sender=stranger)
    assert pool.totalAssets() == (50_000 - 1000) * PHA
    for number in (11, 12):
        with ape.reverts(manager.LockForfeited, worker=WORKER, budget=1000 * PHA):
            manager.file(ground, offence(number, committed), sender=stranger)
    workers.registry.reconcile(OTHER.address, sender=stranger)
    for key in (KEY, OTHER):
        if workers.status(key) != "Cooling":
            workers.registry.stop(key.address, sender=operator)
    staking.travel(8 * DAY)
    for key in (KEY, OTHER):
        workers.registry.release(key.address, sender=stranger)
    assert pool.books().locked == 0


# A token that calls back


@pytest.fixture
def hostile(project, chain, deployer, accounts, treasury, operator, alice, gatekeeper):
    """A whole reward world whose token calls whom the test says on every transfer."""
    token = deployer.deploy(project.MockCallbackToken)
    token.mint(deployer, 10**9 * PHA, sender=deployer)
    staking = Staking.deploy(project, chain, deployer, token=token, modules=[accounts[9], accounts[10], accounts[11]])
    world = Rewards.deploy(staking, accounts[9], gatekeeper, treasury, reserve=10_000_000 * PHA)
    pool = staking.create_pool(operator, 1000)
    staking.fund(pool, [alice])
    pool.deposit(10_000 * PHA, alice, sender=alice)
    world.run(KEY, pool, operator)
    world.next_day()
    tree = world.reported(world.record(KEY))
    return world, pool, tree, token


def entered_in_vain(token) -> bool:
    """Whether the call back was made, and refused by the guard against re-entrancy."""
    return not token.callSucceeded() and bytes(token.callAnswer()) == keccak(text="ReentrancyGuardReentrantCall()")[:4]


def test_paying_a_pool_cannot_be_entered_again(hostile, deployer, stranger):
    world, pool, tree, token = hostile
    world.settle(tree)
    schedule = world.schedule
    due = schedule.dueOf(pool).assets
    for call in (
        schedule.payPool.encode_input(pool),
        schedule.payTreasury.encode_input(),
        schedule.settle.encode_input(tree.epoch, [], [], []),
        schedule.fund.encode_input(1),
    ):
        snapshot = world.staking.chain.snapshot()
        token.setCall(schedule, call, sender=deployer)
        held = token.balanceOf(schedule)
        schedule.payPool(pool, sender=stranger)
        assert entered_in_vain(token)
        assert held - token.balanceOf(schedule) == due
        assert token.allowance(schedule, pool) == 0
        world.staking.chain.restore(snapshot)


def test_paying_the_treasury_cannot_be_entered_again(hostile, deployer, stranger):
    world, _, _, token = hostile
    due = world.schedule.treasuryDue()
    token.setCall(world.schedule, world.schedule.payTreasury.encode_input(), sender=deployer)
    held = token.balanceOf(world.schedule)
    world.schedule.payTreasury(sender=stranger)
    assert entered_in_vain(token)
    assert held - token.balanceOf(world.schedule) == due


def test_a_bond_cannot_be_withdrawn_twice_in_one(hostile, deployer, gatekeeper, stranger):
    world, _, _, token = hostile
    guard = world.gatekeepers.contract
    guard.resign(sender=gatekeeper)
    world.staking.travel(70 * DAY)
    token.setCall(guard, guard.withdraw.encode_input(gatekeeper), sender=deployer)
    held = token.balanceOf(guard)
    guard.withdraw(gatekeeper, sender=stranger)
    assert entered_in_vain(token)
    assert held - token.balanceOf(guard) == 100_000 * PHA


def test_a_slash_of_a_gatekeeper_cannot_be_entered_again(hostile, deployer, gatekeeper, stranger):
    world, _, _, token = hostile
    guard = world.gatekeepers.contract
    reports = [Report(30_000, 0, bytes([n]) * 32, 1, 1) for n in (1, 2)]
    evidence = [part for report in reports for part in (report.values, world.gatekeepers.sign(gatekeeper, report))]
    token.setCall(guard, guard.distribute.encode_input(), sender=deployer)
    guard.slashEquivocation(*evidence, sender=stranger)
    assert entered_in_vain(token)
    assert token.balanceOf(guard) == guard.proceeds() == 90_000 * PHA


# Reports


def test_a_report_signed_for_another_chain_or_contract_is_worth_nothing(staking, slasher, rewarder, treasury, accounts):
    workers = Workers.deploy(staking, slasher, rewarder, {"MinReporters": 1})
    first, second = (Gatekeepers.deploy(workers, treasury) for _ in range(2))
    for gatekeepers in (first, second):
        gatekeepers.seat(accounts[14], 100_000 * PHA)
    staking.begin_a_day()
    staking.travel(DAY)
    report = Report(staking.now // DAY - 1, 0, b"\1" * 32, 1, 1)
    with ape.reverts(second.contract.NotEligible):
        second.contract.submit(report.values, [first.sign(accounts[14], report)], sender=slasher)
    second.submit(report, [accounts[14]], sender=slasher)
    # Nor is it evidence against its signer elsewhere.
    other = Report(report.epoch, 0, b"\2" * 32, 1, 1)
    with ape.reverts():
        second.contract.slashEquivocation(
            report.values,
            first.sign(accounts[14], report),
            other.values,
            first.sign(accounts[14], other),
            sender=slasher,
        )


def test_a_tree_has_one_short_proof_for_each_worker():
    """Settling is bounded: a proof is as long as the tree is high."""
    records = [Record(f"0x{number:040x}", 0, 1, True, 1, 1) for number in range(1, 1001)]
    tree = EpochTree(1, records)
    assert max(len(tree.proof([index])[0]) for index in range(1000)) == 10
    hashes, flags = tree.proof(range(100, 200))  # neighbours share what leads to the root
    assert len(hashes) <= 2 * 10
    assert len(flags) == 100 + len(hashes) - 1
    with pytest.raises(ValueError, match="one record"):
        EpochTree(1, [records[0], records[0]])
    with pytest.raises(ValueError, match="one record"):
        EpochTree(1, [])
