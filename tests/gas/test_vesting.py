# SPDX-License-Identifier: Apache-2.0
"""Gas of paying a schedule into a vesting wallet of its own; times are fixed, since calldata is priced by the byte."""

from __future__ import annotations

from tests.reference.bridge_setup import World
from tests.reference.claims import Estate, Holder
from tests.reference.vesting_setup import Vesting

START = 2_000_000_000


def test_gas_of_vesting_claims(project, chain, accounts, guardian, treasury, relayer, record_gas):
    holders = [Holder(80_001 + i) for i in range(3)]
    world = World.deploy(project, chain, accounts[13], guardian, treasury, Estate(holders, [(1, 0)] * 3))
    vesting = Vesting(world, holders, now=START)
    contract = vesting.create_open()
    for name, schedule in (("first", 0), ("second_of_an_account", 1)):
        claim = vesting.claim(contract, vesting.schedules[schedule], accounts[10], holders[0])
        record_gas(f"vesting.claim.secp256k1_{name}", contract.claim(claim, sender=relayer))
