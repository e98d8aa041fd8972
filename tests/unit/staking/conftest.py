# SPDX-License-Identifier: Apache-2.0
"""Staking with plain accounts in the modules' places, and one pool with three delegators."""

from __future__ import annotations

import pytest

from tests.reference.stake_pools import Staking, Twin


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
