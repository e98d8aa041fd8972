# SPDX-License-Identifier: Apache-2.0
"""A right that the deployer's key gives away beside the steps is found, though members of a role can't be listed."""

from __future__ import annotations

import pytest

from pha.deployment.engine import verify
from pha.deployment.errors import ChainDiffers, VerificationFailed
from pha.deployment.journal import open_journal
from pha.deployment.ledger import read_ledger

HAND_OVER = "990_hand_over"
HIDDEN_ROLE = 0x5EC2E7


@pytest.fixture
def unfinished(world):
    """A world without its last step, and the access manager in it."""
    ledger = world.run(until="080")
    return world, ledger.contracts()["access_manager"].address


def act(project, manager, deployer, function: str, *arguments) -> str:
    """The deployer's key acts on the manager, and the journal does not hear of it."""
    contract = project.PhaAccessManager.at(manager)
    return getattr(contract, function)(*arguments, sender=deployer).txn_hash


def accept_and_finish(world):
    """The operator finds the foreign transactions harmless and goes on."""
    with pytest.raises(ChainDiffers):
        world.run()
    return world.run(accept_nonce=world.chain.nonce(world.account.address))


@pytest.mark.parametrize(
    "acts",
    [
        [("grantRole", 0, "friend", 0)],
        [("grantRole", 0, "friend", 0), ("revokeRole", 0, "friend")],
        [("setRoleGuardian", 1, HIDDEN_ROLE)],
        [("grantRole", 1, "friend", 0)],
    ],
    ids=["admin", "admin_undone", "canceller", "second_guardian"],
)
def test_hand_over_is_refused_when_rights_were_given_aside(acts, unfinished, project, deployer, stranger):
    world, manager = unfinished
    hashes = [
        act(project, manager, deployer, function, *(stranger if one == "friend" else one for one in arguments))
        for function, *arguments in acts
    ]
    with pytest.raises(VerificationFailed) as caught:
        accept_and_finish(world)
    for transaction_hash in hashes:
        assert f"access_manager was changed by {transaction_hash}, which no step sent" in str(caught.value)


@pytest.mark.parametrize("undone", [False, True])
def test_hand_over_is_refused_when_the_timelock_was_given_a_proposer_aside(
    undone, unfinished, project, deployer, stranger
):
    world, _ = unfinished
    timelock = project.PhaTimelock.at(read_ledger(world.records()).contracts()["timelock"].address)
    hashes = [timelock.grantRole(timelock.PROPOSER_ROLE(), stranger, sender=deployer).txn_hash]
    if undone:
        hashes.append(timelock.revokeRole(timelock.PROPOSER_ROLE(), stranger, sender=deployer).txn_hash)
    with pytest.raises(VerificationFailed) as caught:
        accept_and_finish(world)
    for transaction_hash in hashes:
        assert f"timelock was changed by {transaction_hash}, which no step sent" in str(caught.value)


@pytest.fixture
def wired(world):
    """A world that lacks the last step alone, and its contracts' addresses by name."""
    return world, {name: one.address for name, one in world.run(until="180").contracts().items()}


@pytest.mark.parametrize(
    ("name", "contract", "calls"),
    [
        ("slash_manager", "SlashManager", [("setGround", "friend", True), ("setGround", "friend", False)]),
        ("stake_pool_factory", "StakePoolFactory", [("setModule", 0, "friend"), ("setModule", 0, "slash_manager")]),
        ("delegation_vault", "VaultOperations", [("setFeeRecipient", "friend"), ("setFeeRecipient", "treasury")]),
        ("reward_schedule", "RewardSchedule", [("setEarningsLedger", "friend", True)]),
        ("platform_key_revocation", "PlatformKeyRevocation", [("setLevel", b"CertificateExpired".ljust(32, b"\0"), 3)]),
        ("staking_parameters", "StakingParameters", [("set", 0, 0), ("set", 0, 10**16)]),
        ("compute_parameters", "ComputeParameters", [("set", 1, 0), ("set", 1, 1000)]),
    ],
    ids=["ground", "module", "fees", "ledger", "slash_level", "staking_parameter", "compute_parameter"],
)
def test_hand_over_is_refused_when_a_contract_was_changed_aside(
    name, contract, calls, wired, project, deployer, stranger
):
    world, addresses = wired
    target = getattr(project, contract).at(addresses[name])
    places = {"friend": stranger.address, **addresses}
    hashes = [
        getattr(target, function)(
            *(places[one] if isinstance(one, str) else one for one in arguments), sender=deployer
        ).txn_hash
        for function, *arguments in calls
    ]
    with pytest.raises(VerificationFailed) as caught:
        accept_and_finish(world)
    for transaction_hash in hashes:
        assert f"{name} was changed by {transaction_hash}, which no step sent" in str(caught.value)


def test_hand_over_passes_when_anyone_did_what_anyone_may(wired, project, stranger):
    """Otherwise whoever likes could hold up a deployment for ever."""
    world, addresses = wired
    project.StakePoolFactory.at(addresses["stake_pool_factory"]).createPool(0, sender=stranger)
    project.SlashManager.at(addresses["slash_manager"]).distribute(sender=stranger)
    project.VaultOperations.at(addresses["delegation_vault"]).sync(sender=stranger)
    stranger.transfer(addresses["treasury"], 1)
    assert world.run().steps[HAND_OVER].applied


def test_hand_over_is_refused_when_a_contract_obeys_another_manager(wired, project, deployer):
    world, addresses = wired
    act(
        project,
        addresses["access_manager"],
        deployer,
        "updateAuthority",
        addresses["snp_floors"],
        addresses["timelock"],
    )
    with pytest.raises(ChainDiffers) as caught:
        accept_and_finish(world)
    assert any("snp_floors.authority() is" in one for one in caught.value.differences)


def test_hand_over_passes_when_the_foreign_transaction_left_the_manager_alone(unfinished, deployer, stranger):
    world, _ = unfinished
    deployer.transfer(stranger, 1)
    assert accept_and_finish(world).steps[HAND_OVER].applied


def test_what_the_timelock_does_after_the_hand_over_is_not_the_steps_business(
    world, project, chain, accounts, stranger
):
    contracts = world.run().contracts()
    manager = project.PhaAccessManager.at(contracts["access_manager"].address)
    timelock = project.PhaTimelock.at(contracts["timelock"].address)
    parameters = world.project().parameters
    proposer = accounts[parameters["governance.proposers"][0]]
    operation = (manager, 0, manager.grantRole.encode_input(HIDDEN_ROLE, stranger, 0), bytes(32), bytes(32))
    delay = parameters["governance.timelock_delay"]
    timelock.schedule(*operation, delay, sender=proposer)
    chain.pending_timestamp += delay
    timelock.execute(*operation, sender=proposer)
    assert manager.hasRole(HIDDEN_ROLE, stranger)[0]
    with open_journal(world.path) as journal:
        assert verify(world.chain, journal, world.project())[HAND_OVER] == []


def test_acts_are_found_when_the_search_takes_many_parts(unfinished, project, chain, deployer, stranger, monkeypatch):
    world, manager = unfinished
    first = act(project, manager, deployer, "grantRole", HIDDEN_ROLE, stranger, 0)
    chain.mine(6)
    last = act(project, manager, deployer, "labelRole", HIDDEN_ROLE, "aside")
    monkeypatch.setattr("pha.deployment.web3_chain.LOG_BLOCKS", 3)
    known = {one.hash for one in read_ledger(world.records()).transactions}
    assert world.chain.log_sources(manager, 0, chain.blocks.height) - known == {first, last}
