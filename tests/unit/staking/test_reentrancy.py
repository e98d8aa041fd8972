# SPDX-License-Identifier: Apache-2.0
"""Re-entrancy by a token that calls back in the middle of every transfer.

PHA has no such callback: what holds here holds even if it had. Within a contract (or both halves of a pool or a vault)
one guard stands before every entrance; between contracts no one may act on, or read, a price of which a payment is half
done.
"""

from __future__ import annotations

import pytest

from tests.reference.hostile_token import STEPS, HostileWorld
from tests.reference.stake_pools import DAY, PHA, ZERO_ADDRESS

GUARD = "3ee5aeb5"  # ReentrancyGuardReentrantCall()

GOVERNED = {"setAuthority"}  # by the access manager alone
# Entrances without a guard, for what they do moves no token and reads no price.
OPEN = {
    "pool": {
        *("transfer", "transferFrom", "approve", "setOperator", "initialise", "reopen"),
        *("setCommission", "setCap", "setWhitelistOn", "setListed"),
    },
    "vault": {"transfer", "transferFrom", "approve", "permit", "delegateBySig", "setOperator", "setPool"} | GOVERNED,
    "bond": {"requestRelease", "cancelRelease"},
    "manager": {"setGround", "challenge", "uphold"} | GOVERNED,
    "schedule": {"setEarningsLedger"} | GOVERNED,
    "gatekeepers": {"resign", "submit", "object"},
}
MOVING = [(contract, step) for contract, steps in STEPS.items() for step in steps]


@pytest.fixture(scope="module")
def world(project, chain, deployer, treasury, accounts):
    return HostileWorld.deploy(project, chain, deployer, treasury, *(accounts[number] for number in (5, 6, 9, 12)))


@pytest.fixture(autouse=True)
def _morning(world):
    """In place of the other tests' pool: this world's day has begun."""


def nothing(kind: dict):
    """A value of an ABI type that says nothing."""
    name = kind["type"]
    if name.endswith("[]"):
        return []
    if name == "tuple":
        return tuple(nothing(part) for part in kind["components"])
    if name.startswith("bytes"):
        return bytes(int(name[5:] or 0))
    return {"address": ZERO_ADDRESS, "bool": False, "string": ""}.get(name, 0)


def entrances(contract) -> dict[str, bytes]:
    """Everything that may change the contract's state, with arguments that say nothing."""
    return {
        method.name: getattr(contract, method.name).encode_input(
            *(nothing(each.model_dump()) for each in method.inputs)
        )
        for method in contract.contract_type.mutable_methods
        if method.name != "delegate"  # ape has a property of that name on every address
    }


@pytest.mark.parametrize(("contract", "step"), MOVING, ids=lambda each: each.replace(" ", "_"))
def test_no_step_that_moves_the_token_lets_its_contract_be_entered(world, contract, step):
    target = getattr(world, contract)
    action = STEPS[contract][step](world)
    entrance = next(data for name, data in entrances(target).items() if name not in OPEN[contract])
    world.call_back(target, entrance)
    action()
    assert world.answer == (False, GUARD)


@pytest.mark.parametrize("contract", STEPS)
def test_every_entrance_but_the_named_is_shut_during_a_transfer(world, contract):
    """An entrance that is new and unguarded fails here: it is in the ABI and in no list."""
    target = getattr(world, contract)
    calls = entrances(target)
    assert set(calls) >= OPEN[contract]
    step = next(iter(STEPS[contract].values()))
    for name, data in calls.items():
        if name in OPEN[contract]:
            continue
        with world.staking.chain.isolate():
            action = step(world)
            world.call_back(target, data)
            action()
            assert world.answer == (False, GUARD), name


@pytest.mark.parametrize("contract", STEPS)
def test_lists_of_steps_and_entrances_are_whole(world, contract):
    moving = {name.split(" ")[0] for name in STEPS[contract]}
    guarded = set(entrances(getattr(world, contract))) - OPEN[contract]
    # Guarded, and moving nothing: they read or write what a step that moves may have half done.
    still = {
        "pool": {"requestRedeem", "cancelRedeemRequest", "settle", "lock", "unlock", "hold", "moveHold"},
        "vault": {"requestRedeem", "cancelRedeemRequest", "fill", "recall", "sync", "setFee", "setFeeRecipient"},
        "bond": set(),
        "manager": {"file", "accuse", "cancel", "lapse"},
        "schedule": {"open", "settle", "close", "collectEarnings"},  # in a collection the ledger moves the token
        "gatekeepers": set(),
    }[contract]
    assert guarded == moving | still
    assert not moving & still


# Prices read in the middle

PRICES = {
    "pool": [("pool", "convertToAssets", 10**21), ("pool", "previewDeposit", PHA), ("vault", "totalAssets")],
    "vault": [("vault", "totalAssets"), ("vault", "convertToAssets", PHA), ("vault", "previewDeposit", PHA)],
    "bond": [("vault", "totalAssets"), ("pool", "convertToAssets", 10**21)],
    "manager": [("pool", "convertToAssets", 10**21)],
    "schedule": [("pool", "convertToAssets", 10**21), ("vault", "totalAssets")],
}
READS = [(contract, step, *read) for contract, reads in PRICES.items() for step in STEPS[contract] for read in reads]


@pytest.mark.parametrize(("contract", "step", "whose", "view", "arguments"), [(*r[:4], r[4:]) for r in READS], ids=str)
def test_price_in_the_middle_is_the_one_before_or_after(world, contract, step, whose, view, arguments):
    """Whoever reads it there sees no dip and no peak: nothing between, below or above but a wei of rounding."""
    action = STEPS[contract][step](world)
    read = getattr(getattr(world, whose), view)
    before = read(*arguments)
    world.call_back(getattr(world, whose), read.encode_input(*arguments))
    action()
    succeeded, answer = world.answer
    assert succeeded
    after = read(*arguments)
    assert min(before, after) - 1 <= int(answer, 16) <= max(before, after) + 1


# Between contracts


@pytest.mark.parametrize(
    "view", [("totalAssets",), ("convertToAssets", PHA), ("previewDeposit", PHA), ("valuation",)], ids=str
)
def test_vault_has_no_price_while_a_claim_is_half_executed(world, view):
    """Between the bond's payment and the claim's end bond or stake are gone and the claim still counts: no answer."""
    action = STEPS["manager"]["execute"](world)
    name, *arguments = view
    read = getattr(world.vault, name)
    read(*arguments)
    world.call_back(world.vault, read.encode_input(*arguments))
    action()
    assert world.answer == (False, GUARD)
    read(*arguments)


@pytest.mark.parametrize("step", ["fill", "sync", "deposit", "requestRedeem", "recall", "collect"])
def test_vault_takes_no_step_while_a_claim_is_half_executed(world, step):
    """Else whoever stays could have those who leave filled at a price that counts one loss twice."""
    arguments = {
        "fill": (9,),
        "sync": (),
        "deposit": (0, world.alice),
        "requestRedeem": (1, world.token, world.token),
        "recall": (world.pool,),
        "collect": (world.pool,),
    }[step]
    action = STEPS["manager"]["execute"](world)
    world.call_back(world.vault, getattr(world.vault, step).encode_input(*arguments))
    action()
    assert world.answer == (False, GUARD)


def test_exit_is_filled_at_the_true_price_after_the_execution(world):
    """The loss falls once on whoever leaves: the pool's part of it, the vault's part of that."""
    action = STEPS["manager"]["execute"](world)
    world.call_back(world.vault, world.vault.fill.encode_input(9))
    books = world.pool.books()
    stake = books.active + books.atExit
    before = world.vault.valuation()[1]
    action()
    lost = before - world.vault.valuation()[1]
    assert 0 < lost < before
    # 1,000 PHA of lock, 30 of bond: 970 from the pool's stake, the vault's positions 400 PHA of it: 500 have matured.
    assert abs(lost - 400 * PHA * 970 * PHA // stake) < 10**6
    world.call_back(ZERO_ADDRESS, b"")
    value, supply = world.vault.valuation()[0], world.vault.totalSupply()
    due = world.vault.claimableOf(world.alice)[1]
    world.vault.fill(9, sender=world.alice)
    assert abs(world.vault.claimableOf(world.alice)[1] - due - 40 * PHA * value // supply) <= 1


def test_pool_that_pays_is_shut_to_the_vault_and_the_schedule(world):
    """Steps of other contracts that would enter the paying pool are refused by its guard."""
    for contract, name, arguments in (
        ("vault", "collect", (world.pool,)),
        ("schedule", "payPool", (world.pool,)),
        ("pool", "deposit", (PHA, world.alice)),
    ):
        with world.staking.chain.isolate():
            target = getattr(world, contract)
            world.call_back(target, getattr(target, name).encode_input(*arguments))
            STEPS["pool"]["redeem"](world)()
            succeeded, _ = world.answer
            assert not succeeded, (contract, name)


def test_nothing_is_stuck_after_a_hostile_transfer(world):
    """The guard lasts a step: the very calls that were refused in the middle go through afterwards."""
    world.call_back(world.vault, world.vault.sync.encode_input())
    world.vault.collect(world.pool, sender=world.alice)
    assert world.answer == (False, GUARD)
    world.call_back(ZERO_ADDRESS, b"")
    world.vault.sync(sender=world.alice)
    world.staking.travel(DAY)
    world.pool.withdraw(PHA, world.alice, world.alice, sender=world.alice)
