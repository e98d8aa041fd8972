# SPDX-License-Identifier: Apache-2.0
"""PhaAccessManager and PhaTimelock: who starts with what, and that the deployer can let go of all of it."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

from tests.reference.deployments import deployment_reverts

ADMIN_ROLE = 0
DELAY = 3600
ZERO_ADDRESS = "0x" + "00" * 20


def role(name: str) -> bytes:
    return keccak(text=name)


@pytest.fixture(scope="module")
def proposer(accounts):
    return accounts[7]


@pytest.fixture(scope="module")
def timelock(project, deployer, proposer):
    return deployer.deploy(project.PhaTimelock, DELAY, [proposer], [ZERO_ADDRESS], ZERO_ADDRESS)


@pytest.fixture(scope="module")
def manager(project, deployer):
    return deployer.deploy(project.PhaAccessManager, deployer)


def test_timelock_is_its_only_admin(timelock, deployer, proposer):
    admin = bytes(32)
    assert timelock.hasRole(admin, timelock)
    for account in (deployer, proposer, ZERO_ADDRESS):
        assert not timelock.hasRole(admin, account)
    assert timelock.getMinDelay() == DELAY


def test_timelock_gives_roles_as_told(timelock, deployer, proposer):
    assert timelock.hasRole(role("PROPOSER_ROLE"), proposer)
    assert timelock.hasRole(role("CANCELLER_ROLE"), proposer)
    assert timelock.hasRole(role("EXECUTOR_ROLE"), ZERO_ADDRESS)
    for name in ("PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"):
        assert not timelock.hasRole(role(name), deployer)


def test_timelock_reverts_when_nobody_could_use_it(project, timelock, deployer, proposer):
    with deployment_reverts(project.PhaTimelock, "NoProposer"):
        deployer.deploy(project.PhaTimelock, DELAY, [], [proposer], ZERO_ADDRESS)
    with deployment_reverts(project.PhaTimelock, "NoExecutor"):
        deployer.deploy(project.PhaTimelock, DELAY, [proposer], [], ZERO_ADDRESS)


def test_timelock_reverts_when_anyone_could_propose(project, timelock, deployer, proposer):
    with deployment_reverts(project.PhaTimelock, "ProposerIsZero"):
        deployer.deploy(project.PhaTimelock, DELAY, [proposer, ZERO_ADDRESS], [proposer], ZERO_ADDRESS)


def test_timelock_executes_only_after_the_delay(timelock, chain, proposer, stranger):
    data = timelock.updateDelay.encode_input(2 * DELAY)
    operation = (timelock, 0, data, bytes(32), bytes(32))
    with ape.reverts(timelock.AccessControlUnauthorizedAccount):
        timelock.schedule(*operation, DELAY, sender=stranger)
    with ape.reverts(timelock.TimelockInsufficientDelay):
        timelock.schedule(*operation, DELAY - 1, sender=proposer)
    scheduled = timelock.schedule(*operation, DELAY, sender=proposer).timestamp
    chain.pending_timestamp = scheduled + DELAY - 1
    with ape.reverts(timelock.TimelockUnexpectedOperationState):
        timelock.execute(*operation, sender=stranger)
    chain.pending_timestamp = scheduled + DELAY
    timelock.execute(*operation, sender=stranger)
    assert timelock.getMinDelay() == 2 * DELAY


def test_timelock_obeys_its_first_admin_until_it_renounces(project, deployer, proposer, stranger):
    timelock = deployer.deploy(project.PhaTimelock, DELAY, [proposer], [ZERO_ADDRESS], deployer)
    timelock.grantRole(role("PROPOSER_ROLE"), stranger, sender=deployer)
    timelock.renounceRole(bytes(32), deployer, sender=deployer)
    with ape.reverts(timelock.AccessControlUnauthorizedAccount):
        timelock.grantRole(role("PROPOSER_ROLE"), deployer, sender=deployer)


@pytest.mark.parametrize("delay", [3599, 30 * 86400 + 1])
def test_timelock_reverts_when_its_delay_is_out_of_bounds(project, timelock, deployer, proposer, delay):
    assert tuple(timelock.boundsOf(0)) == (3600, 30 * 86400)
    with deployment_reverts(project.PhaTimelock, "ParameterOutOfBounds"):
        deployer.deploy(project.PhaTimelock, delay, [proposer], [proposer], ZERO_ADDRESS)


def carry_out(timelock, chain, proposer, data):
    operation = (timelock, 0, data, bytes(32), bytes(32))
    scheduled = timelock.schedule(*operation, DELAY, sender=proposer).timestamp
    chain.pending_timestamp = scheduled + DELAY
    return timelock.execute(*operation, sender=proposer)


def test_timelock_sets_its_delay_within_the_bounds(timelock, chain, proposer):
    receipt = carry_out(timelock, chain, proposer, timelock.set.encode_input(0, 30 * 86400))
    (event,) = receipt.decode_logs(timelock.MinDelayChange)
    assert (event.oldDuration, event.newDuration) == (DELAY, 30 * 86400)
    assert timelock.get(0) == timelock.getMinDelay() == 30 * 86400


@pytest.mark.parametrize("delay", [0, 3599, 30 * 86400 + 1])
def test_timelock_leaves_its_bounds_by_no_operation(timelock, chain, proposer, delay):
    for data in (timelock.set.encode_input(0, delay), timelock.updateDelay.encode_input(delay)):
        with ape.reverts(timelock.ParameterOutOfBounds):
            carry_out(timelock, chain, proposer, data)


def test_timelock_takes_its_delay_from_nobody_else(timelock, proposer):
    for change in (lambda: timelock.set(0, 7200, sender=proposer), lambda: timelock.updateDelay(7200, sender=proposer)):
        with ape.reverts(timelock.TimelockUnauthorizedCaller):
            change()


def test_manager_obeys_its_first_admin_until_handed_over(manager, timelock, deployer, stranger):
    assert tuple(manager.hasRole(ADMIN_ROLE, deployer)) == (True, 0)
    with ape.reverts(manager.AccessManagerUnauthorizedAccount):
        manager.grantRole(5, stranger, 0, sender=stranger)
    manager.grantRole(ADMIN_ROLE, timelock, 0, sender=deployer)
    manager.renounceRole(ADMIN_ROLE, deployer, sender=deployer)
    with ape.reverts(manager.AccessManagerUnauthorizedAccount):
        manager.grantRole(5, stranger, 0, sender=deployer)


def test_manager_reverts_without_an_admin(project, manager, deployer):
    with deployment_reverts(project.PhaAccessManager, "AccessManagerInvalidInitialAdmin"):
        deployer.deploy(project.PhaAccessManager, ZERO_ADDRESS)


def test_manager_is_run_by_the_timelock_after_the_hand_over(manager, timelock, chain, deployer, proposer, stranger):
    manager.grantRole(ADMIN_ROLE, timelock, 0, sender=deployer)
    manager.renounceRole(ADMIN_ROLE, deployer, sender=deployer)
    data = manager.grantRole.encode_input(5, stranger, 0)
    operation = (manager, 0, data, bytes(32), bytes(32))
    scheduled = timelock.schedule(*operation, DELAY, sender=proposer).timestamp
    chain.pending_timestamp = scheduled + DELAY
    timelock.execute(*operation, sender=stranger)
    assert tuple(manager.hasRole(5, stranger)) == (True, 0)
