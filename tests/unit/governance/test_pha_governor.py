# SPDX-License-Identifier: Apache-2.0
"""PhaGovernor: the way of a proposal, its times, who may stop it, and what no vote can set."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

from tests.reference.deployments import deployment_reverts
from tests.reference.governance_world import (
    ACTIVE,
    AGAINST,
    CANCELED,
    DAY,
    DEFEATED,
    EXECUTED,
    EXTENSION,
    FOR,
    HOUR,
    PENDING,
    PHA,
    QUEUED,
    QUORUM_BPS,
    SUCCEEDED,
    THRESHOLD,
    TIMELOCK_DELAY,
    VALUES,
    VOTING_DELAY,
    VOTING_PERIOD,
    ZERO_ADDRESS,
)

DELAY, PERIOD, PROPOSAL_THRESHOLD, QUORUM, LATE_QUORUM = range(5)
SUPPLY = 10**9 * PHA
BOUNDS = [
    (DELAY, HOUR, 14 * DAY),
    (PERIOD, DAY, 30 * DAY),
    (PROPOSAL_THRESHOLD, 1_000 * PHA, 10_000_000 * PHA),
    (QUORUM, 100, 3_000),
    (LATE_QUORUM, HOUR, 7 * DAY),
]


def change(world, parameter=QUORUM, value=500):
    return [(world.governor.set, parameter, value)]


def test_governor_is_made_as_told(world, guardian):
    governor = world.governor
    assert governor.token() == world.token
    assert governor.timelock() == world.timelock
    assert governor.proposalGuardian() == guardian
    assert [governor.get(number) for number in range(5)] == VALUES
    assert governor.CLOCK_MODE() == "mode=timestamp"
    assert governor.votingDelay() == VOTING_DELAY
    assert governor.votingPeriod() == VOTING_PERIOD
    assert governor.lateQuorumVoteExtension() == EXTENSION
    assert governor.quorum(world.now - 1) == SUPPLY * QUORUM_BPS // 10_000


@pytest.mark.parametrize(("parameter", "lowest", "highest"), BOUNDS)
def test_governor_reverts_when_made_outside_the_bounds(world, project, deployer, parameter, lowest, highest):
    assert tuple(world.governor.boundsOf(parameter)) == (lowest, highest)
    for value in (lowest - 1, highest + 1):
        values = [*VALUES[:parameter], value, *VALUES[parameter + 1 :]]
        with deployment_reverts(project.PhaGovernor, "ParameterOutOfBounds"):
            deployer.deploy(project.PhaGovernor, (world.token, world.timelock, ZERO_ADDRESS, [], values))


def test_governor_reverts_when_values_are_missing(world, project, deployer):
    with deployment_reverts(project.PhaGovernor, "WrongNumberOfValues"):
        deployer.deploy(project.PhaGovernor, (world.token, world.timelock, ZERO_ADDRESS, [], VALUES[:4]))


def test_proposal_takes_effect_after_vote_and_delay(world, alice, bob, stranger):
    governor = world.governor
    proposal = world.propose(change(world), alice)
    opened = world.now + VOTING_DELAY
    assert governor.proposalSnapshot(proposal.id) == opened
    assert governor.proposalDeadline(proposal.id) == opened + VOTING_PERIOD
    assert world.state(proposal) == PENDING
    with ape.reverts(governor.GovernorUnexpectedProposalState):
        governor.castVote(proposal.id, FOR, sender=alice)
    world.open(proposal)
    assert world.state(proposal) == ACTIVE
    governor.castVote(proposal.id, FOR, sender=alice)
    governor.castVote(proposal.id, AGAINST, sender=bob)
    with ape.reverts(governor.GovernorAlreadyCastVote):
        governor.castVote(proposal.id, FOR, sender=bob)
    assert tuple(governor.proposalVotes(proposal.id)) == (30 * 10**6 * PHA, 50 * 10**6 * PHA, 0)
    with ape.reverts(governor.GovernorUnexpectedProposalState):
        governor.queue(*proposal.operation, sender=stranger)
    world.close(proposal)
    assert world.state(proposal) == SUCCEEDED
    queued = governor.queue(*proposal.operation, sender=stranger).timestamp
    assert governor.proposalEta(proposal.id) == queued + TIMELOCK_DELAY
    with ape.reverts(world.timelock.TimelockUnexpectedOperationState):
        governor.execute(*proposal.operation, sender=stranger)
    world.travel_to(queued + TIMELOCK_DELAY)
    receipt = governor.execute(*proposal.operation, sender=stranger)
    (event,) = receipt.decode_logs(governor.QuorumNumeratorUpdated)
    assert (event.oldQuorumNumerator, event.newQuorumNumerator) == (400, 500)
    assert governor.get(QUORUM) == 500
    assert world.state(proposal) == EXECUTED


def test_vote_fails_when_short_of_quorum_or_of_a_majority(world, alice, bob, carol):
    governor = world.governor
    short = world.propose(change(world), alice, "Twenty million is no quorum")
    lost = world.propose(change(world), alice, "A tie is no majority")
    world.open(lost)
    governor.castVote(short.id, FOR, sender=carol)
    governor.castVote(lost.id, FOR, sender=alice)
    governor.castVote(lost.id, AGAINST, sender=bob)
    governor.castVote(lost.id, AGAINST, sender=carol)
    world.close(lost)
    assert world.state(short) == world.state(lost) == DEFEATED
    with ape.reverts(governor.GovernorUnexpectedProposalState):
        governor.queue(*lost.operation, sender=alice)


def test_late_quorum_extends_the_vote(world, alice, bob):
    governor = world.governor
    proposal = world.propose(change(world), alice)
    deadline = governor.proposalDeadline(proposal.id)
    world.travel_to(deadline - 10)
    late = governor.castVote(proposal.id, FOR, sender=alice).timestamp
    assert governor.proposalDeadline(proposal.id) == late + EXTENSION > deadline
    world.travel_to(deadline + 10)
    assert world.state(proposal) == ACTIVE
    governor.castVote(proposal.id, AGAINST, sender=bob)
    assert governor.proposalDeadline(proposal.id) == late + EXTENSION  # once only


def test_early_quorum_extends_nothing(world, alice):
    proposal = world.propose(change(world), alice)
    world.open(proposal)
    deadline = world.governor.proposalDeadline(proposal.id)
    world.governor.castVote(proposal.id, FOR, sender=alice)
    assert world.governor.proposalDeadline(proposal.id) == deadline


def test_proposing_takes_the_threshold_in_the_second_before(world, deployer, stranger):
    governor = world.governor
    world.fund(deployer, stranger, THRESHOLD - 1)
    world.travel(10)
    with ape.reverts(governor.GovernorInsufficientProposerVotes, votes=THRESHOLD - 1, threshold=THRESHOLD):
        world.propose(change(world), stranger)
    world.token.transfer(stranger, 1, sender=deployer)
    world.travel(1)
    assert world.state(world.propose(change(world), stranger)) == PENDING


def test_proposal_that_names_its_proposer_cannot_be_taken_first(world, alice, bob):
    text = f"Mine #proposer={alice.address.lower()}"
    with ape.reverts(world.governor.GovernorRestrictedProposer, proposer=bob):
        world.propose(change(world), bob, text)
    assert world.state(world.propose(change(world), alice, text)) == PENDING


def test_proposal_without_a_name_can_be_taken_first_and_only_its_taker_can_withdraw_it(world, alice, bob):
    """What the suffix is for: nothing but the proposer's seat is lost, and the same text cannot stand twice."""
    proposal = world.propose(change(world), bob, "Nobody's")
    with ape.reverts(world.governor.GovernorUnexpectedProposalState):
        world.propose(change(world), alice, "Nobody's")
    with ape.reverts(world.governor.GovernorUnableToCancel):
        world.governor.cancel(*proposal.operation, sender=alice)
    world.governor.cancel(*proposal.operation, sender=bob)
    assert world.state(proposal) == CANCELED


def test_proposer_withdraws_only_before_the_vote(world, alice):
    proposal = world.propose(change(world), alice)
    world.open(proposal)
    with ape.reverts(world.governor.GovernorUnableToCancel):
        world.governor.cancel(*proposal.operation, sender=alice)


@pytest.mark.parametrize("stage", [ACTIVE, SUCCEEDED, QUEUED])
def test_proposer_cannot_undo_a_vote_when_there_is_no_guardian(world, alice, stage):
    """OpenZeppelin would hand a missing guardian's right to the proposer, until execution."""
    world.carry_out([(world.governor.setProposalGuardian, ZERO_ADDRESS)], [alice], "No guardian")
    proposal = reach(world, stage, alice)
    with ape.reverts(world.governor.GovernorUnableToCancel):
        world.governor.cancel(*proposal.operation, sender=alice)
    withdrawn = world.propose(change(world), alice, "Withdrawn in time")
    world.governor.cancel(*withdrawn.operation, sender=alice)
    assert world.state(withdrawn) == CANCELED


def reach(world, stage, alice):
    """A proposal that has come to a stage."""
    proposal = world.propose(change(world), alice)
    if stage == PENDING:
        return proposal
    world.open(proposal)
    world.governor.castVote(proposal.id, FOR, sender=alice)
    if stage == ACTIVE:
        return proposal
    world.close(proposal)
    if stage == SUCCEEDED:
        return proposal
    world.governor.queue(*proposal.operation, sender=alice)
    world.travel(TIMELOCK_DELAY)
    if stage == EXECUTED:
        world.governor.execute(*proposal.operation, sender=alice)
    return proposal


@pytest.mark.parametrize("stage", [PENDING, ACTIVE, SUCCEEDED, QUEUED])
def test_guardian_cancels_until_it_is_executed(world, alice, guardian, stranger, stage):
    proposal = reach(world, stage, alice)
    assert world.state(proposal) == stage
    with ape.reverts(world.governor.GovernorUnableToCancel):
        world.governor.cancel(*proposal.operation, sender=stranger)
    world.governor.cancel(*proposal.operation, sender=guardian)
    assert world.state(proposal) == CANCELED
    with ape.reverts(world.governor.GovernorUnexpectedProposalState):
        world.governor.execute(*proposal.operation, sender=alice)


def test_guardian_cannot_cancel_what_is_executed(world, alice, guardian):
    proposal = reach(world, EXECUTED, alice)
    with ape.reverts(world.governor.GovernorUnexpectedProposalState):
        world.governor.cancel(*proposal.operation, sender=guardian)


def test_guardian_cannot_cancel_its_replacement(world, alice, bob, guardian, stranger):
    governor = world.governor
    proposal = world.propose([(governor.setProposalGuardian, stranger)], alice)
    with ape.reverts(governor.GuardianCannotCancelItsReplacement, proposalId=proposal.id):
        governor.cancel(*proposal.operation, sender=guardian)
    world.pass_vote(proposal, [alice, bob])
    governor.queue(*proposal.operation, sender=bob)
    with ape.reverts(governor.GuardianCannotCancelItsReplacement):
        governor.cancel(*proposal.operation, sender=guardian)
    world.travel(TIMELOCK_DELAY)
    governor.execute(*proposal.operation, sender=bob)
    assert governor.proposalGuardian() == stranger


@pytest.mark.parametrize("hidden_beside", ["a second call", "another target"])
def test_guardian_cancels_what_only_looks_like_its_replacement(world, alice, guardian, stranger, hidden_beside):
    """A proposal can't make itself immune by carrying the dismissal along."""
    governor = world.governor
    if hidden_beside == "a second call":
        calls = [(governor.setProposalGuardian, stranger), *change(world)]
        proposal = world.propose(calls, alice)
    else:
        data = bytes(governor.setProposalGuardian.encode_input(stranger))
        proposal = world.draft_raw([world.token], [0], [data], "Elsewhere")
        governor.propose(*proposal.operation[:3], proposal.description, sender=alice)
    governor.cancel(*proposal.operation, sender=guardian)
    assert world.state(proposal) == CANCELED


def test_guardian_can_do_nothing_else(world, guardian, alice):
    """It holds no role of the timelock, and the governor obeys the timelock alone."""
    for name in ("PROPOSER_ROLE", "CANCELLER_ROLE", "DEFAULT_ADMIN_ROLE"):
        assert not world.timelock.hasRole(getattr(world.timelock, name)(), guardian)
    for call in (
        lambda: world.governor.set(QUORUM, 500, sender=guardian),
        lambda: world.governor.setProposalGuardian(guardian, sender=guardian),
        lambda: world.governor.setStakedVoteSources([], sender=guardian),
        lambda: world.governor.relay(alice, 0, b"", sender=guardian),
    ):
        with ape.reverts(world.governor.GovernorOnlyExecutor):
            call()


@pytest.mark.parametrize(("parameter", "lowest", "highest"), BOUNDS)
def test_vote_sets_every_value_at_its_bounds(world, alice, parameter, lowest, highest):
    calls = [(world.governor.set, parameter, lowest), (world.governor.set, parameter, highest)]
    world.carry_out(calls, [alice])
    assert world.governor.get(parameter) == highest


@pytest.mark.parametrize(
    ("setter", "parameter", "value"),
    [
        ("set", DELAY, HOUR - 1),
        ("set", PERIOD, 30 * DAY + 1),
        ("set", PROPOSAL_THRESHOLD, 2**255),
        ("set", QUORUM, 99),
        ("set", LATE_QUORUM, 2**48 + HOUR),
        ("setVotingDelay", DELAY, HOUR - 1),
        ("setVotingPeriod", PERIOD, DAY - 1),
        ("setProposalThreshold", PROPOSAL_THRESHOLD, 0),
        ("updateQuorumNumerator", QUORUM, 3_001),
        ("setLateQuorumVoteExtension", LATE_QUORUM, 7 * DAY + 1),
    ],
)
def test_no_vote_leaves_the_bounds(world, alice, setter, parameter, value):
    arguments = (parameter, value) if setter == "set" else (value,)
    with ape.reverts(world.governor.ParameterOutOfBounds, parameter=parameter, value=value):
        world.carry_out([(getattr(world.governor, setter), *arguments)], [alice])


def test_no_vote_changes_the_timelock(world, alice, stranger):
    with ape.reverts(world.governor.TimelockIsFixed):
        world.carry_out([(world.governor.updateTimelock, stranger)], [alice])


def test_quorum_of_an_open_vote_stays(world, alice, bob):
    early = world.propose(change(world, QUORUM, 700), bob, "Early")
    world.travel(VOTING_DELAY - 100)
    late = world.propose(change(world, QUORUM, 3_000), alice, "Late")
    world.open(early)
    world.governor.castVote(early.id, FOR, sender=alice)
    opened = world.governor.proposalSnapshot(late.id)
    world.open(late)
    needed = world.governor.quorum(opened)
    world.governor.castVote(late.id, FOR, sender=alice)
    world.close(early)
    world.governor.queue(*early.operation, sender=alice)
    world.travel(TIMELOCK_DELAY)
    world.governor.execute(*early.operation, sender=alice)
    assert world.governor.get(QUORUM) == 700
    assert world.governor.quorum(opened) == needed == SUPPLY * 4 // 100


def salt_of(world, proposal) -> bytes:
    """OpenZeppelin's salt of a governor's operation: its address, left-aligned, xor the description's hash."""
    address = int(world.governor.address, 16) << 96
    return (address ^ int.from_bytes(proposal.operation[3], "big")).to_bytes(32, "big")


def test_executing_beside_the_governor_counts_as_executed(world, alice, guardian, stranger):
    """Anyone may execute in the timelock itself; the proposal is then done and can't be cancelled."""
    target = world.timelock.updateDelay
    proposal = world.propose([(target, 3 * DAY)], alice)
    world.pass_vote(proposal, [alice])
    world.governor.queue(*proposal.operation, sender=alice)
    world.travel(TIMELOCK_DELAY)
    salt = salt_of(world, proposal)
    world.timelock.executeBatch(*proposal.operation[:3], bytes(32), salt, sender=stranger)
    assert world.timelock.getMinDelay() == 3 * DAY
    assert world.state(proposal) == EXECUTED
    with ape.reverts(world.governor.GovernorUnexpectedProposalState):
        world.governor.cancel(*proposal.operation, sender=guardian)


def test_executing_beside_the_governor_cannot_spoil_what_concerns_the_governor(world, alice, stranger):
    proposal = reach(world, QUEUED, alice)
    salt = salt_of(world, proposal)
    with pytest.raises(ape.exceptions.VirtualMachineError):
        world.timelock.executeBatch(*proposal.operation[:3], bytes(32), salt, sender=stranger)
    assert world.state(proposal) == QUEUED
    world.governor.execute(*proposal.operation, sender=stranger)
    assert world.state(proposal) == EXECUTED


def test_proposal_whose_execution_fails_can_be_tried_again(world, alice, deployer):
    proposal = world.propose([(world.token.transferFrom, deployer, alice, 1)], alice)
    world.pass_vote(proposal, [alice])
    world.governor.queue(*proposal.operation, sender=alice)
    world.travel(TIMELOCK_DELAY)
    with ape.reverts():
        world.governor.execute(*proposal.operation, sender=alice)
    assert world.state(proposal) == QUEUED
    world.token.approve(world.timelock, 1, sender=deployer)
    world.governor.execute(*proposal.operation, sender=alice)
    assert world.state(proposal) == EXECUTED


def test_two_proposals_may_wait_at_once_and_a_cancelled_one_may_come_again(world, alice, guardian):
    first = world.propose(change(world), alice, "First")
    second = world.propose(change(world), alice, "Second")
    world.open(second)
    for one in (first, second):
        world.governor.castVote(one.id, FOR, sender=alice)
    world.close(second)
    world.governor.queue(*first.operation, sender=alice)
    world.governor.queue(*second.operation, sender=alice)
    world.governor.cancel(*first.operation, sender=guardian)
    world.travel(TIMELOCK_DELAY)
    world.governor.execute(*second.operation, sender=alice)
    assert (world.state(first), world.state(second)) == (CANCELED, EXECUTED)
    assert world.state(world.propose(change(world), alice, "First, again")) == PENDING


def test_council_can_lose_its_seat_by_a_vote(world, alice, bob, council):
    """And what it had cancelled until then, it can't any more."""
    timelock = world.timelock
    roles = [keccak(text=name) for name in ("PROPOSER_ROLE", "CANCELLER_ROLE")]
    assert all(timelock.hasRole(role, council) for role in roles)
    world.carry_out([(timelock.revokeRole, role, council) for role in roles], [alice, bob])
    assert not any(timelock.hasRole(role, council) for role in roles)
    assert all(timelock.hasRole(role, world.governor) for role in roles)


def test_governor_takes_no_ether(world, alice):
    with ape.reverts():
        alice.transfer(world.governor, 1)
