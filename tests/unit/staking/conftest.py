# SPDX-License-Identifier: Apache-2.0
"""Staking with plain accounts in the modules' places, one pool with three delegators, and a vault over two pools."""

from __future__ import annotations

import pytest

from tests.reference.stake_moves import deploy_redelegation
from tests.reference.stake_pools import PHA, SLASH_MANAGER, WORKER_REGISTRY, Staking, Twin
from tests.reference.stake_vaults import MILLION, WORKER, deploy_vault


@pytest.fixture(scope="module")
def operator(accounts):
    return accounts[5]


@pytest.fixture(scope="module")
def alice(accounts):
    return accounts[6]


@pytest.fixture(scope="module")
def bob(accounts):
    return accounts[7]


@pytest.fixture(scope="module")
def carol(accounts):
    return accounts[8]


@pytest.fixture(scope="module")
def slasher(accounts):
    return accounts[9]


@pytest.fixture(scope="module")
def registry(accounts):
    return accounts[10]


@pytest.fixture(scope="module")
def rewarder(accounts):
    return accounts[11]


@pytest.fixture(scope="module")
def staking(project, chain, deployer, slasher, registry, rewarder):
    return Staking.deploy(project, chain, deployer, modules=[slasher, registry, rewarder])


@pytest.fixture(scope="module")
def pool(staking, operator, alice, bob, carol, rewarder):
    pool = staking.create_pool(operator, 1000)
    staking.fund(pool, [alice, bob, carol, rewarder])
    return pool


@pytest.fixture
def twin(staking, pool, operator):
    return Twin(staking, pool, operator, 1000)


@pytest.fixture(autouse=True)
def _morning(pool, staking):
    staking.begin_a_day()


@pytest.fixture(scope="module")
def redelegation(project, staking):
    return deploy_redelegation(project, staking)


# A vault over two pools


@pytest.fixture(scope="module")
def owner(accounts):
    return accounts[12]


@pytest.fixture(scope="module")
def other_pool(staking, pool, operator):
    return staking.create_pool(operator)


@pytest.fixture(scope="module")
def bond(project, staking, deployer):
    return deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)


@pytest.fixture(scope="module")
def vault(project, staking, pool, other_pool, bond, deployer, owner, alice, bob, carol):
    vault = deploy_vault(project, staking, bond, owner)
    staking.fund(vault, [alice, bob, carol], PHA)
    for each in (pool, other_pool):
        vault.setPool(each, MILLION, sender=deployer)
    return vault


@pytest.fixture
def claims(project, staking, pool, bond, deployer):
    """The real slash manager, and a worker whose lock is 100 PHA."""
    locks = deployer.deploy(project.MockWorkerLocks)
    ground = deployer.deploy(project.MockSlashGround)
    locks.setLock(WORKER, 0, pool, 100 * PHA, sender=deployer)
    core = (staking.manager, staking.token, staking.factory, staking.parameters)
    manager = deployer.deploy(project.SlashManager, *core, bond, deployer)
    staking.factory.setModule(SLASH_MANAGER, manager, sender=deployer)
    staking.factory.setModule(WORKER_REGISTRY, locks, sender=deployer)
    manager.setGround(ground, True, sender=deployer)
    return manager, ground
