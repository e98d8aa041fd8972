# SPDX-License-Identifier: Apache-2.0
"""The rate limit delays claims and never reduces one. The expected levels are reckoned here, not read."""

from __future__ import annotations

import ape
import pytest

from tests.reference.bridge_setup import DAY, FINAL_WINDOW, PHA, SCALE, UNITS
from tests.reference.deployments import deployment_reverts

# Holder i is owed 11·i PHA and i - 1 base units. Capacity 50 PHA, draining 0.05 PHA a second.
CAPACITY = 50 * PHA
PERIOD = 1000
DRAIN = 50 * UNITS // PERIOD


def owed(number: int) -> int:
    return 11 * number * UNITS + number - 1


@pytest.fixture(scope="module")
def limited(world):
    return world.create_open(rateLimitCapacity=CAPACITY, rateLimitPeriodSeconds=PERIOD)


def test_claims_pass_until_the_bucket_is_full_and_then_wait(world, limited, holders, accounts, relayer, at):
    claims = [world.claim(limited, holder, accounts[10 + i]) for i, holder in enumerate(holders)]
    start = world.now + 10
    at(start)
    limited.claim(claims[3].values(), sender=relayer)  # 44 PHA, below 50
    at(start + 1)
    limited.claim(claims[1].values(), sender=relayer)  # overshoots
    level = owed(4) - DRAIN + owed(2)
    wait = (level - 50 * UNITS) // DRAIN + 1
    assert limited.rateLimitAvailableAt() == start + 1 + wait
    at(start + wait)
    with ape.reverts(limited.RateLimited, availableAt=start + 1 + wait):
        limited.claim(claims[0].values(), sender=relayer)
    at(start + 1 + wait)
    receipt = limited.claim(claims[0].values(), sender=relayer)
    assert receipt.timestamp == start + 1 + wait
    assert world.token.balanceOf(accounts[10]) == owed(1) * SCALE


def test_a_claim_larger_than_the_bucket_passes_whole(world, limited, holders, accounts, relayer):
    limited.claim(world.claim(limited, holders[6], accounts[10]).values(), sender=relayer)
    assert world.token.balanceOf(accounts[10]) == owed(7) * SCALE > CAPACITY


def test_the_bucket_drains_continuously_to_nothing(world, limited, holders, accounts, relayer, at):
    start = limited.claim(world.claim(limited, holders[6], accounts[10]).values(), sender=relayer).timestamp
    full_drain = owed(7) // DRAIN + 1
    at(start + full_drain + 10 * DAY)
    # Empty, and not below empty: after a long rest only one bucket more passes at once.
    limited.claim(world.claim(limited, holders[4], accounts[11]).values(), sender=relayer)
    assert owed(5) > 50 * UNITS
    with ape.reverts(limited.RateLimited):
        limited.claim(world.claim(limited, holders[0], accounts[12]).values(), sender=relayer)


def test_the_rate_limit_ends_at_its_second(world, holders, accounts, relayer, at):
    end = world.now + 100
    bridge = world.create_open(rateLimitCapacity=UNITS * SCALE, rateLimitPeriodSeconds=10**6, rateLimitEnd=end)
    bridge.claim(world.claim(bridge, holders[6], accounts[10]).values(), sender=relayer)
    at(end - 1)
    with ape.reverts(bridge.RateLimited, availableAt=end):
        bridge.claim(world.claim(bridge, holders[0], accounts[11]).values(), sender=relayer)
    assert bridge.rateLimitAvailableAt() <= end
    for i in range(3):
        at(end + i)
        receipt = bridge.claim(world.claim(bridge, holders[i], accounts[11]).values(), sender=relayer)
        assert receipt.timestamp == end + i


def test_no_rate_limit_when_it_ends_at_zero(world, holders, accounts, relayer):
    bridge = world.create_open(rateLimitCapacity=UNITS * SCALE, rateLimitPeriodSeconds=10**6, rateLimitEnd=0)
    for i, holder in enumerate(holders):
        bridge.claim(world.claim(bridge, holder, accounts[10 + i]).values(), sender=relayer)
    assert bridge.totalPaid() == sum(owed(n) for n in range(1, 8)) * SCALE


def test_a_refused_claim_neither_fills_nor_drains_the_bucket(world, limited, holders, accounts, relayer, at):
    start = limited.claim(world.claim(limited, holders[6], accounts[10]).values(), sender=relayer).timestamp
    expected = start + (owed(7) - 50 * UNITS) // DRAIN + 1
    for i in range(1, 4):
        at(start + 7 * i)
        with ape.reverts(limited.RateLimited, availableAt=expected):
            limited.claim(world.claim(limited, holders[0], accounts[11]).values(), sender=relayer)


def test_rate_limit_may_last_until_the_final_window_and_no_longer(world):
    deadline = world.now + 400 * DAY
    latest = deadline - FINAL_WINDOW
    bridge = world.create(deadline=deadline, rateLimitEnd=latest)
    assert bridge.RATE_LIMIT_END() == latest
    with deployment_reverts(
        world.project.MigrationBridge, "RateLimitEndTooLate", rateLimitEnd=latest + 1, latest=latest
    ):
        world.create(deadline=deadline, rateLimitEnd=latest + 1)
