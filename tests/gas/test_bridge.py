# SPDX-License-Identifier: Apache-2.0
"""Gas of the bridge's actions, over a tree of 65,536 leaves and the L2's token with votes."""

from __future__ import annotations

import pytest

from tests.reference.bridge_setup import DAY, UNITS, World
from tests.reference.claims import Estate, Holder, Leaf, blake2b

LEAVES = 65_536
HOLDERS = 14


@pytest.fixture(scope="module")
def estate():
    """Amounts as a real chain has them: seven to eight significant bytes."""
    holders = [Holder(70_001 + i) for i in range(HOLDERS)]
    owed = [(123_456_789_012_345_678 + i, 23_456_789_012_345_678 - i) for i in range(HOLDERS)]
    others = [Leaf(blake2b(i.to_bytes(4, "big")), 1_000 * UNITS + i, 0) for i in range(LEAVES - HOLDERS)]
    return Estate(holders, owed, extra_leaves=others)


@pytest.fixture(scope="module")
def world(project, chain, accounts, guardian, treasury, estate):
    # An account of its own: what others deployed must not move addresses, which signatures and so their cost hang on.
    return World.deploy(project, chain, accounts[19], guardian, treasury, estate)


@pytest.fixture(scope="module")
def bridge(world):
    return world.create_open()


def test_gas_of_claims(world, bridge, relayer, accounts, record_gas):
    holders = world.estate.holders
    claim = world.claim(bridge, holders[0], accounts[10])
    assert len(claim.proof) == 16 * 48
    # The bridge's first claim of all: no dearer in storage, since the opening already wrote the slot it writes.
    record_gas("bridge.claim.secp256k1_first", bridge.claim(claim.values(), sender=relayer))

    # An account's first claim, to a recipient who has no PHA yet.
    claim = world.claim(bridge, holders[1], accounts[11])
    assert world.token.balanceOf(accounts[11]) == 0
    used = record_gas("bridge.claim.secp256k1", bridge.claim(claim.values(), sender=relayer))
    assert used <= 130_000

    claim = world.claim(bridge, holders[2], accounts[11])
    record_gas("bridge.claim.secp256k1_recipient_with_pha", bridge.claim(claim.values(), sender=relayer))

    claim = world.claim(bridge, holders[3], accounts[12], into_vault=True)
    record_gas("bridge.claim.secp256k1_into_vault", bridge.claim(claim.values(), sender=relayer))


def test_gas_of_a_claim_without_rate_limit(world, relayer, accounts, record_gas):
    bridge = world.create_open(rateLimitEnd=0)
    claim = world.claim(bridge, world.estate.holders[0], accounts[10], wrapped=False)
    record_gas("bridge.claim.secp256k1_plain_unlimited", bridge.claim(claim.values(), sender=relayer))


def test_gas_of_a_batch(world, bridge, relayer, accounts, record_gas):
    batch = [
        world.claim(bridge, holder, accounts[10 + i % 10]).encoded()
        for i, holder in enumerate(world.estate.holders[:10])
    ]
    receipt = bridge.claimBatch(batch, sender=relayer)
    assert bridge.totalPaid() == sum(sum(owed) for owed in world.estate.owed[:10]) * 10**6
    record_gas("bridge.claim_batch_10.secp256k1", receipt)


def test_gas_of_opening_and_sweeping(world, chain, relayer, record_gas):
    bridge = world.create()
    world.fund(bridge)
    record_gas("bridge.open", bridge.open(sender=relayer))
    chain.pending_timestamp = bridge.DEADLINE() + 1
    record_gas("bridge.sweep", bridge.sweep(sender=relayer))


def test_gas_of_pausing(bridge, guardian, record_gas):
    record_gas("bridge.pause", bridge.pause(DAY, sender=guardian))
    record_gas("bridge.unpause", bridge.unpause(sender=guardian))
