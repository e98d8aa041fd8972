# SPDX-License-Identifier: Apache-2.0
"""A bridge that owes seven accounts, and what stands around it."""

from __future__ import annotations

import pytest

from tests.reference.bridge_setup import UNITS, World
from tests.reference.claims import KEYLESS, Estate, Holder, Leaf


@pytest.fixture(scope="module")
def holders():
    return [Holder(secret) for secret in range(1001, 1008)]


@pytest.fixture(scope="module")
def estate(holders):
    """Seven holders of 10, 20, .. 70 PHA free and 1, 2, .. 7 staked; keyless accounts of 5 PHA; one of nothing."""
    owed = [((i + 1) * 10 * UNITS + i, (i + 1) * UNITS) for i in range(len(holders))]
    nothing = Holder(2001)
    estate = Estate(
        [*holders, nothing], [*owed, (0, 0)], extra_leaves=[Leaf(account, 5 * UNITS, 0) for account in KEYLESS]
    )
    estate.nothing = nothing
    return estate


@pytest.fixture(scope="module")
def world(project, chain, deployer, guardian, treasury, estate):
    return World.deploy(project, chain, deployer, guardian, treasury, estate)


@pytest.fixture(scope="module")
def bridge(world):
    return world.create_open()


@pytest.fixture(scope="module")
def holder(holders):
    return holders[3]


@pytest.fixture
def recipient(accounts):
    return accounts[10]


@pytest.fixture
def at(chain):
    """Makes the next transaction's block have exactly this timestamp."""

    def set_time(timestamp: int) -> None:
        chain.pending_timestamp = timestamp

    return set_time
