# SPDX-License-Identifier: Apache-2.0
"""Gas of staking's actions. "New" means that the receiver had no shares before.

Approvals are unlimited and given beforehand. The pool is in use: others have stake and an open request of the day,
except in `.first_of_day`, where the request opens the day's cohort.
"""

from __future__ import annotations

import pytest
from eth_abi import encode

from tests.reference.stake_moves import deploy_redelegation
from tests.reference.stake_pools import DAY, PHA, SLASH_MANAGER, WORKER_REGISTRY, Staking
from tests.reference.stake_vaults import delegate_votes, deploy_vault

SHARES = 1000
WORKER = b"\x07" * 32
START = 2_000_000_001
"""When each test begins: what time puts into calldata and sums is the same in every run."""


@pytest.fixture(scope="module")
def operator(accounts):
    return accounts[17]


@pytest.fixture(scope="module")
def staking(project, chain, accounts):
    return Staking.deploy(project, chain, accounts[16], modules=[accounts[15], accounts[15], accounts[15]])


@pytest.fixture(scope="module")
def pool(staking, operator, accounts):
    pool = staking.create_pool(operator, 1000)
    staking.fund(pool, [accounts[10], accounts[11], accounts[15]])
    pool.deposit(1000 * PHA, accounts[10], sender=accounts[10])
    return pool


@pytest.fixture(autouse=True)
def _time(pool, staking):
    staking.travel_to(START)


def test_gas_of_deposits(pool, accounts, record_gas):
    receipt = pool.deposit(5 * PHA, accounts[11], sender=accounts[11])
    assert record_gas("staking.deposit.new", receipt) <= 95_000
    receipt = pool.deposit(5 * PHA, accounts[11], sender=accounts[11])
    assert record_gas("staking.deposit.again", receipt) <= 75_000


def test_gas_of_leaving(pool, staking, accounts, record_gas):
    alice, bob = accounts[10], accounts[11]
    pool.deposit(50 * PHA, bob, sender=bob)
    staking.travel_to(staking.start_of_day(1))
    record_gas("staking.request.first_of_day", pool.requestRedeem(PHA * SHARES, alice, alice, sender=alice))
    assert record_gas("staking.request", pool.requestRedeem(PHA * SHARES, bob, bob, sender=bob)) <= 85_000
    pool.requestRedeem(PHA * SHARES, bob, bob, sender=bob)
    record_gas("staking.cancel", pool.cancelRedeemRequest(int(bob.address, 16) << 48 | 1, bob, sender=bob))
    staking.travel_to(staking.start_of_day(7))
    record_gas("staking.claim.first_of_cohort", pool.redeem(PHA * SHARES, alice, alice, sender=alice))
    assert record_gas("staking.claim", pool.redeem(PHA * SHARES, bob, bob, sender=bob)) <= 65_000


def test_gas_of_a_pools_slash(pool, staking, accounts, record_gas):
    alice, slasher = accounts[10], accounts[15]
    pool.requestRedeem(PHA * SHARES, alice, alice, sender=alice)
    staking.travel(DAY)
    pool.requestRedeem(PHA * SHARES, alice, alice, sender=alice)
    assert record_gas("staking.slash.pool", pool.slash(10 * PHA, sender=slasher)) <= 110_000
    staking.travel(9 * DAY)
    record_gas("staking.slash.pool.settling_two_days", pool.slash(10 * PHA, sender=slasher))


def test_gas_of_moving(project, pool, staking, accounts, record_gas):
    """ "Again": the day has its cohort, the pool moves of others, and the contract shares of the other pool."""
    alice, bob = accounts[10], accounts[11]
    other = staking.create_pool(accounts[14])
    redelegation = deploy_redelegation(project, staking)
    pool.deposit(50 * PHA, bob, sender=bob)
    staking.token.approve(other, 2**256 - 1, sender=alice)
    other.deposit(PHA, alice, sender=alice)

    def move(account):
        return redelegation.move(pool.poolId(), other.poolId(), 5 * PHA * SHARES, 0, account, sender=account)

    record_gas("staking.redelegate", move(alice))
    record_gas("staking.redelegate.again", move(bob))
    record_gas("staking.slash.pool.with_moves", pool.slash(10 * PHA, sender=accounts[15]))
    staking.travel_to(staking.start_of_day(7))
    record_gas("staking.redelegate.complete.settling", redelegation.complete(1, sender=bob))
    record_gas("staking.redelegate.complete", redelegation.complete(2, sender=bob))
    record_gas("staking.redelegate.surrender", redelegation.surrender(other.poolId(), 0, sender=bob))


def test_gas_of_rewards(pool, staking, accounts, record_gas):
    record_gas("staking.reward.first", pool.reward(10 * PHA, sender=accounts[15]))
    staking.travel(3600)
    record_gas("staking.reward", pool.reward(10 * PHA, sender=accounts[15]))


def test_gas_of_slashing(project, pool, staking, operator, accounts, record_gas):
    governor = staking.deployer
    bond = governor.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)
    core = (staking.manager, staking.token, staking.factory, staking.parameters)
    manager = governor.deploy(project.SlashManager, *core, bond, accounts[14])
    locks = governor.deploy(project.MockWorkerLocks)
    ground = governor.deploy(project.MockSlashGround)
    staking.factory.setModule(SLASH_MANAGER, manager, sender=governor)
    staking.factory.setModule(WORKER_REGISTRY, locks, sender=governor)
    manager.setGround(ground, True, sender=governor)
    staking.token.approve(bond, 2**256 - 1, sender=accounts[10])
    record_gas("staking.bond.post", bond.post(pool, 10 * PHA, sender=accounts[10]))
    locks.setLock(WORKER, 0, pool, 100 * PHA, sender=governor)
    for offence in (b"\x01" * 32, b"\x02" * 32):
        evidence = encode(["(bytes32,bytes32,uint48,uint8)"], [(offence, WORKER, START, 4)])
        receipt = manager.file(ground, evidence, sender=accounts[11])
        if offence[0] == 1:
            record_gas("staking.slash.file", receipt)
    locks.lock(pool, 200 * PHA, sender=governor)
    # The first takes the bond and stake, and writes the manager's sums for the first time.
    record_gas("staking.slash.execute.first", manager.execute(1, sender=accounts[11]))
    assert record_gas("staking.slash.execute", manager.execute(2, sender=accounts[11])) <= 160_000


def test_gas_of_the_vault(project, pool, staking, accounts, record_gas):
    """Votes are delegated to oneself beforehand; the vault has one pool, with stake in it.

    Each step has a second of its own: what changes twice in one second goes to no history, and costs less.
    """
    governor, alice, bob = staking.deployer, accounts[10], accounts[11]
    bond = governor.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)
    vault = deploy_vault(project, staking, bond, governor)
    staking.fund(vault, [alice, bob], 0)
    vault.setPool(pool, 10**6 * PHA, sender=governor)

    def step(name, action, *arguments, sender, seconds=60):
        staking.chain.pending_timestamp = staking.now + seconds
        return record_gas(f"staking.vault.{name}", action(*arguments, sender=sender))

    vault.deposit(100 * PHA, alice, sender=alice)
    step("delegate", vault.delegateTo, pool, 50 * PHA, sender=governor)
    delegate_votes(vault, bob, bob)
    # The second deposit is the first that displaces votes, the third is like all that follow.
    assert step("deposit.new", vault.deposit, 5 * PHA, bob, sender=bob, seconds=DAY) <= 140_000
    assert step("deposit.again", vault.deposit, 5 * PHA, bob, sender=bob, seconds=DAY) <= 150_000
    assert step("deposit.third", vault.deposit, 5 * PHA, bob, sender=bob, seconds=DAY) <= 150_000
    step("request", vault.requestRedeem, 90 * PHA, alice, alice, sender=alice)
    step("recall", vault.recall, pool, sender=bob)
    step("collect", vault.collect, pool, sender=bob, seconds=8 * DAY)
    step("fill", vault.fill, 1, sender=bob)
    step("claim", vault.redeem, 90 * PHA, alice, alice, sender=alice)
