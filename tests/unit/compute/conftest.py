# SPDX-License-Identifier: Apache-2.0
"""Compute with registries that tests write: two customers, two workers in good standing, a relayer."""

from __future__ import annotations

import pytest

from tests.reference.compute_setup import Compute


@pytest.fixture(scope="module")
def customer(accounts):
    return accounts[6]


@pytest.fixture(scope="module")
def neighbour(accounts):
    return accounts[7]


@pytest.fixture(scope="module")
def stakers(accounts):
    return accounts[9]


@pytest.fixture(scope="module")
def compute(project, chain, deployer, stakers, treasury, customer, neighbour):
    compute = Compute.deploy(project, chain, deployer, stakers, treasury)
    compute.fund(customer, neighbour)
    # Ahead of the clock: from here on time moves by what tests say alone.
    compute.travel(86_400)
    return compute


@pytest.fixture(scope="module")
def worker(compute):
    return compute.worker(1)


@pytest.fixture(scope="module")
def rival(compute):
    return compute.worker(2)


@pytest.fixture
def order(compute, customer, worker):
    """An order of an hour, open."""
    return compute.order(customer)


@pytest.fixture
def running(compute, order, worker, relayer):
    """The same, taken by `worker`: its number and when that was."""
    return order, compute.take(order, worker, relayer)
