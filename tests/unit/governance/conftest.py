# SPDX-License-Identifier: Apache-2.0
"""Governance with two vaults, and holders who vote."""

from __future__ import annotations

import pytest

from tests.reference.governance_world import PHA, Governance

MILLION = 10**6 * PHA


@pytest.fixture(scope="module")
def council(accounts):
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
def world(project, chain, deployer, guardian, council, alice, bob, carol):
    """Alice holds 50 million PHA, Bob 30, Carol 20, each voting for themselves in both vaults as well."""
    sources = [lambda token: deployer.deploy(project.MockStakedVotes, token)] * 2
    world = Governance.deploy(project, chain, deployer, guardian=guardian, council=council, sources=sources)
    for holder, amount in ((alice, 50 * MILLION), (bob, 30 * MILLION), (carol, 20 * MILLION)):
        world.fund(deployer, holder, amount)
        for vault in vaults_of(world):
            world.token.approve(vault, 2**256 - 1, sender=holder)
            vault.entrust(holder, sender=holder)
    world.travel(10)
    return world


def vaults_of(world):
    """The vaults that the governor asks, as contracts."""
    return [world.project.MockStakedVotes.at(one) for one in world.governor.stakedVoteSources(world.now)]


@pytest.fixture(scope="module")
def vaults(world):
    return vaults_of(world)
