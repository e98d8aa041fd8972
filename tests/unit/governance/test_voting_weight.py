# SPDX-License-Identifier: Apache-2.0
"""What a ballot weighs: PHA and staked PHA at the second in which the vote opened, each once, whatever comes later."""

from __future__ import annotations

import ape
import pytest

from tests.reference.deployments import deployment_reverts
from tests.reference.governance_world import (
    AGAINST,
    FOR,
    PHA,
    TIMELOCK_DELAY,
    VALUES,
    Governance,
)

MILLION = 10**6 * PHA
HONEST, REVERTS, BURNS_GAS, ANSWERS_NOTHING, ANSWERS_TOO_MUCH, STARVES = range(6)
QUORUM = 3


def proposed(world, proposer, text="A proposal"):
    return world.propose([(world.governor.set, QUORUM, 500)], proposer, text)


def cast(world, proposal, voter, support=FOR) -> int:
    """Votes; the weight by the event."""
    receipt = world.governor.castVote(proposal.id, support, sender=voter)
    (event,) = receipt.decode_logs(world.governor.VoteCast)
    return event.weight


def test_weight_is_pha_and_staked_pha(world, vaults, alice, bob):
    vaults[0].deposit(10 * MILLION, sender=alice)
    vaults[1].deposit(5 * MILLION, sender=alice)
    vaults[0].deposit(10 * MILLION, sender=bob)
    vaults[0].slash(4 * MILLION, bob, sender=bob)  # 16 of 20 million are left: Alice's half is worth 8
    world.travel(1)
    proposal = proposed(world, alice)
    world.open(proposal)
    assert cast(world, proposal, alice) == (35 + 8 + 5) * MILLION
    assert cast(world, proposal, bob) == (20 + 4 + 8) * MILLION


def test_staking_moves_a_weight_and_never_adds_to_it(world, vaults, alice):
    before = world.governor.getVotes(alice, world.now - 1)
    vaults[0].deposit(10 * MILLION, sender=alice)
    world.travel(1)
    assert world.governor.getVotes(alice, world.now - 1) == before == 50 * MILLION


def test_pha_held_by_a_vault_votes_for_nobody(world, vaults, alice):
    vaults[0].deposit(10 * MILLION, sender=alice)
    world.travel(1)
    assert world.token.balanceOf(vaults[0]) == 10 * MILLION
    assert world.token.delegates(vaults[0]) == "0x" + "00" * 20
    assert world.governor.getVotes(vaults[0], world.now - 1) == 0


@pytest.mark.parametrize("holder", ["StakePool", "Treasury"])
def test_contracts_of_the_suite_never_delegate_what_they_hold(project, holder):
    """None has a function by which it could, nor calls one: the selectors of both ways are not in its code."""
    code = project.contracts[holder].runtime_bytecode.bytecode
    for selector in ("5c19a95c", "c3cda520"):  # delegate(address), delegateBySig(…)
        assert selector not in str(code)


@pytest.mark.parametrize("act", ["stake", "unstake", "slash", "transfer", "delegate"])
def test_open_vote_stays_as_it_opened(world, vaults, alice, bob, carol, act):
    vaults[0].deposit(10 * MILLION, sender=alice)
    world.travel(1)
    proposal = proposed(world, alice)
    world.open(proposal)
    if act == "stake":
        vaults[1].deposit(20 * MILLION, sender=alice)
    elif act == "unstake":
        vaults[0].withdraw(10 * MILLION, sender=alice)
    elif act == "slash":
        vaults[0].slash(9 * MILLION, carol, sender=carol)
    elif act == "transfer":
        world.token.transfer(bob, 40 * MILLION, sender=alice)
    else:
        world.token.invoke_transaction("delegate", bob, sender=alice)
        vaults[0].entrust(bob, sender=alice)
    world.travel(100)
    assert cast(world, proposal, alice) == 50 * MILLION
    assert cast(world, proposal, bob, AGAINST) == 30 * MILLION


def test_open_vote_keeps_its_sources_when_another_vote_takes_them_away(world, vaults, alice, bob, carol):
    governor = world.governor
    vaults[0].deposit(10 * MILLION, sender=carol)
    world.travel(1)
    change = world.propose([(governor.setStakedVoteSources, [])], bob, "No vaults")
    world.travel(TIMELOCK_DELAY + 1000)
    proposal = proposed(world, alice)
    governor.castVote(change.id, FOR, sender=alice)
    world.close(change)
    governor.queue(*change.operation, sender=bob)
    world.travel(TIMELOCK_DELAY)
    governor.execute(*change.operation, sender=bob)
    assert governor.stakedVoteSources(world.now) == []
    assert cast(world, proposal, carol) == 20 * MILLION
    world.travel(10)
    assert governor.getVotes(carol, world.now - 1) == 10 * MILLION


def test_votes_borrowed_within_a_transaction_count_nothing(world, vaults, alice, stranger):
    """Even in the very second in which the vote opens: what counts is what stands when it ends."""
    proposal = proposed(world, alice)
    world.token.invoke_transaction("delegate", stranger, sender=stranger)
    world.token.approve(vaults[0], 2**256 - 1, sender=stranger)
    world.chain.pending_timestamp = world.governor.proposalSnapshot(proposal.id)
    loan = vaults[0].flashLoan(alice, stranger, 40 * MILLION, sender=stranger)
    assert loan.timestamp == world.governor.proposalSnapshot(proposal.id)
    world.travel(1)
    assert cast(world, proposal, stranger) == 0
    assert cast(world, proposal, alice) == 50 * MILLION


def test_votes_bought_after_the_opening_count_nothing(world, alice, stranger):
    proposal = proposed(world, alice)
    world.token.invoke_transaction("delegate", stranger, sender=stranger)
    world.open(proposal)
    world.token.transfer(stranger, 40 * MILLION, sender=alice)
    assert cast(world, proposal, stranger) == 0
    assert cast(world, proposal, alice) == 50 * MILLION


# Ballots by signature


def test_signed_ballot_counts_once_and_for_what_was_signed(world, alice, bob, stranger):
    governor, proposal = world.governor, proposed(world, alice)
    world.open(proposal)
    signature = world.sign_ballot(bob, proposal, AGAINST, 0)
    with ape.reverts(governor.GovernorInvalidSignature):
        governor.castVoteBySig(proposal.id, FOR, bob, signature, sender=stranger)
    with ape.reverts(governor.GovernorInvalidSignature):
        governor.castVoteBySig(proposal.id, AGAINST, alice, signature, sender=stranger)
    governor.castVoteBySig(proposal.id, AGAINST, bob, signature, sender=stranger)
    assert tuple(governor.proposalVotes(proposal.id)) == (30 * MILLION, 0, 0)
    with ape.reverts(governor.GovernorInvalidSignature):
        governor.castVoteBySig(proposal.id, AGAINST, bob, signature, sender=stranger)


def test_relayer_cannot_starve_a_source_to_take_weight(world, vaults, alice, bob, stranger):
    """With whatever gas a signed ballot is sent, it counts in full or not at all."""
    governor = world.governor
    vaults[0].deposit(10 * MILLION, sender=bob)
    vaults[0].setBehaviour(STARVES, 0, sender=stranger)
    world.travel(1)
    proposal = proposed(world, alice)
    world.open(proposal)
    signature = world.sign_ballot(bob, proposal, FOR, 0)
    counted = []
    for gas in (*range(90_000, 240_000, 15_000), 2_000_000):
        mark = world.chain.snapshot()
        try:
            governor.castVoteBySig(proposal.id, FOR, bob, signature, gas=gas, sender=stranger)
            counted.append(governor.proposalVotes(proposal.id)[1])
        except ape.exceptions.TransactionError:
            counted.append(None)
        world.chain.restore(mark)
    assert set(counted) == {None, 30 * MILLION}
    assert counted[0] is None
    assert counted[-1] == 30 * MILLION


def test_relayer_cannot_leave_a_source_out(world, vaults, alice, bob, stranger):
    governor = world.governor
    vaults[0].deposit(10 * MILLION, sender=bob)
    world.travel(1)
    proposal = proposed(world, alice)
    world.open(proposal)
    plain = world.sign_ballot(bob, proposal, FOR, 0)
    without = world.sign_extended(bob, proposal, FOR, 0, "", b"\x01")
    for params, signature in ((b"\x01", plain), (b"", without), (b"\x02", without)):
        with ape.reverts(governor.GovernorInvalidSignature):
            governor.castVoteWithReasonAndParamsBySig(proposal.id, FOR, bob, "", params, signature, sender=stranger)
    governor.castVoteWithReasonAndParamsBySig(proposal.id, FOR, bob, "", b"\x01", without, sender=stranger)
    assert governor.proposalVotes(proposal.id)[1] == 20 * MILLION


# Sources that fail


@pytest.mark.parametrize("behaviour", [REVERTS, BURNS_GAS, ANSWERS_NOTHING])
def test_failing_source_stops_neither_voting_nor_its_own_removal(world, vaults, alice, bob, behaviour, stranger):
    governor = world.governor
    vaults[0].deposit(10 * MILLION, sender=bob)
    vaults[1].deposit(10 * MILLION, sender=bob)
    vaults[0].setBehaviour(behaviour, 0, sender=stranger)
    world.travel(1)
    calls = [(governor.setStakedVoteSources, [vaults[1]])]
    proposal = world.propose(calls, alice, "Away with it")
    world.open(proposal)
    with pytest.raises(ape.exceptions.TransactionError):
        governor.castVote(proposal.id, FOR, gas=5_000_000, sender=bob)
    governor.castVoteWithReasonAndParams(proposal.id, FOR, "", b"\x01", sender=bob)
    governor.castVoteWithReasonAndParams(proposal.id, FOR, "", b"\x01", sender=alice)
    assert governor.proposalVotes(proposal.id)[1] == (10 + 10 + 50) * MILLION
    world.close(proposal)
    governor.queue(*proposal.operation, sender=alice)
    world.travel(TIMELOCK_DELAY)
    governor.execute(*proposal.operation, sender=alice)
    assert governor.stakedVoteSources(world.now) == [vaults[1]]


def test_failing_source_counts_nothing_towards_the_threshold(world, vaults, deployer, stranger, bob):
    world.fund(deployer, stranger, 100_000 * PHA)
    world.token.approve(vaults[0], 2**256 - 1, sender=stranger)
    vaults[0].entrust(stranger, sender=stranger)
    vaults[0].deposit(50_000 * PHA, sender=stranger)
    world.travel(1)
    assert world.governor.getVotes(stranger, world.now - 1) == 100_000 * PHA
    assert world.governor.getVotesWithParams(stranger, world.now - 1, b"") == 100_000 * PHA
    assert world.governor.getVotesWithParams(stranger, world.now - 1, b"\x01") == 50_000 * PHA
    proposed(world, stranger, "With its help")
    for behaviour, excess in ((REVERTS, 0), (ANSWERS_NOTHING, 0), (ANSWERS_TOO_MUCH, 2**208)):
        vaults[0].setBehaviour(behaviour, excess, sender=bob)
        assert world.governor.getVotes(stranger, world.now - 1) == 50_000 * PHA
    with ape.reverts(world.governor.GovernorInsufficientProposerVotes):
        proposed(world, stranger, "Without")


@pytest.mark.parametrize("params", [b"\x00", b"\x04", b"\x80", b"\x01\x00", b"\x00" * 32])
def test_ballot_is_refused_when_its_parameters_name_no_source(world, alice, params):
    proposal = proposed(world, alice)
    world.open(proposal)
    with ape.reverts(world.governor.BallotParamsInvalid):
        world.governor.castVoteWithReasonAndParams(proposal.id, FOR, "", params, sender=alice)


def test_votes_never_exceed_the_supply_whatever_a_source_says(world, vaults, alice, bob, carol):
    governor = world.governor
    supply = world.token.totalSupply()
    proposal = proposed(world, alice)
    world.open(proposal)
    cast(world, proposal, alice)
    vaults[1].setBehaviour(ANSWERS_TOO_MUCH, supply - 80 * MILLION + 1, sender=carol)
    with ape.reverts(governor.MoreVotesThanSupply, votes=supply + 1, supply=supply):
        governor.castVote(proposal.id, AGAINST, sender=bob)
    vaults[1].setBehaviour(ANSWERS_TOO_MUCH, 2**256 - 1, sender=carol)
    with pytest.raises(ape.exceptions.VirtualMachineError, match=r"x11|underflowed or overflowed"):
        governor.castVote(proposal.id, AGAINST, sender=bob)
    governor.castVoteWithReasonAndParams(proposal.id, AGAINST, "", b"\x02", sender=bob)
    vaults[1].setBehaviour(ANSWERS_TOO_MUCH, supply - 100 * MILLION, sender=carol)
    assert cast(world, proposal, carol) == supply - 80 * MILLION  # up to the last wei
    assert sum(governor.proposalVotes(proposal.id)) == supply


# The list


def test_list_keeps_its_history(world, project, deployer, vaults, alice):
    before = world.now
    fresh = [deployer.deploy(project.MockStakedVotes, world.token) for _ in range(4)]
    receipt = world.carry_out([(world.governor.setStakedVoteSources, fresh)], [alice])
    (event,) = receipt.decode_logs(world.governor.StakedVoteSourcesSet)
    assert (event.previous, event.current) == (vaults, fresh)
    assert world.governor.stakedVoteSources(receipt.timestamp) == fresh
    assert world.governor.stakedVoteSources(receipt.timestamp - 1) == vaults
    assert world.governor.stakedVoteSources(before) == vaults
    assert world.governor.stakedVoteSources(1) == []


def test_list_is_refused_when_it_is_too_long_or_repeats_a_source(world, project, deployer, vaults, alice):
    many = [deployer.deploy(project.MockStakedVotes, world.token) for _ in range(5)]
    for error, sources in {"TooManySources": many, "SourceRepeated": [*vaults, vaults[0]]}.items():
        with ape.reverts(getattr(world.governor, error)):
            world.carry_out([(world.governor.setStakedVoteSources, sources)], [alice], error)


@pytest.mark.parametrize("flaw", ["no contract", "fails", "delegates its own PHA"])
def test_list_is_refused_when_a_source_is_unfit(world, project, deployer, alice, flaw):
    source = alice
    if flaw != "no contract":
        source = deployer.deploy(project.MockStakedVotes, world.token)
    if flaw == "fails":
        source.setBehaviour(REVERTS, 0, sender=alice)
    elif flaw != "no contract":
        source.delegateHoldings(alice, sender=alice)
    with ape.reverts(world.governor.SourceUnfit, source=source):
        world.carry_out([(world.governor.setStakedVoteSources, [source])], [alice])


def test_governor_reverts_when_made_with_an_unfit_source(world, project, deployer, guardian):
    with deployment_reverts(project.PhaGovernor, "SourceUnfit"):
        deployer.deploy(project.PhaGovernor, (world.token, world.timelock, guardian, [deployer], VALUES))


def test_governor_starts_without_sources_where_there_is_no_vault(project, chain, deployer, guardian, council):
    world = Governance.deploy(project, chain, deployer, guardian=guardian, council=council)
    assert world.governor.stakedVoteSources(world.now) == []
    world.fund(deployer, deployer, 0)
    world.travel(1)
    proposal = proposed(world, deployer)
    world.open(proposal)
    assert cast(world, proposal, deployer) == world.token.totalSupply()


# Records


def test_proposing_has_every_source_record_its_value(world, vaults, alice, bob):
    for vault in vaults:
        vault.deposit(10 * MILLION, sender=alice)
        vault.slashUnseen(4 * MILLION, bob, sender=bob)
    world.travel(1)
    assert world.governor.getVotes(alice, world.now - 1) == 50 * MILLION  # nothing of it has been recorded
    proposal = proposed(world, alice)
    world.open(proposal)
    assert cast(world, proposal, alice) == (30 + 6 + 6) * MILLION


def test_slash_between_proposal_and_opening_shows_once_recorded(world, vaults, alice, bob, stranger):
    vaults[0].deposit(10 * MILLION, sender=alice)
    proposal = proposed(world, alice)
    vaults[0].slashUnseen(4 * MILLION, bob, sender=bob)
    vaults[0].sync(sender=stranger)
    world.open(proposal)
    assert cast(world, proposal, alice) == 46 * MILLION


@pytest.mark.parametrize("behaviour", [REVERTS, BURNS_GAS, ANSWERS_NOTHING])
def test_source_that_cannot_record_keeps_nobody_from_proposing(world, vaults, alice, bob, deployer, behaviour):
    for vault in vaults:
        vault.deposit(10 * MILLION, sender=alice)
        vault.slashUnseen(4 * MILLION, bob, sender=bob)
    vaults[0].setBehaviour(behaviour, 0, sender=deployer)
    world.travel(1)
    proposal = world.draft([(world.governor.set, QUORUM, 500)])
    arguments = (proposal.targets, proposal.values, proposal.calldatas, proposal.description)
    receipt = world.governor.propose(*arguments, gas=5_000_000, sender=alice)
    assert receipt.gas_used < 3_000_000
    vaults[0].setBehaviour(HONEST, 0, sender=deployer)
    world.open(proposal)
    assert cast(world, proposal, alice) == (30 + 10 + 6) * MILLION


def test_sources_that_all_burn_gas_leave_room_to_propose(world, project, deployer, alice, council):
    sources = [lambda token: deployer.deploy(project.MockStakedVotes, token)] * 4
    crowded = Governance.deploy(
        project, world.chain, deployer, guardian=council, council=council, sources=sources, values=VALUES
    )
    crowded.fund(deployer, alice, MILLION)
    for one in crowded.governor.stakedVoteSources(crowded.now):
        project.MockStakedVotes.at(one).setBehaviour(BURNS_GAS, 0, sender=deployer)
    crowded.travel(1)
    proposal = crowded.draft([(crowded.governor.set, QUORUM, 500)])
    arguments = (proposal.targets, proposal.values, proposal.calldatas, proposal.description)
    receipt = crowded.governor.propose(*arguments, gas=16_000_000, sender=alice)
    assert receipt.gas_used < 12_000_000


def test_every_ballot_counts_against_the_quorum_of_its_opening(world, alice, bob, carol):
    """The quorum is 4% of a billion. Who brings it in the last seconds opens two days more, once."""
    proposal = proposed(world, alice)
    world.open(proposal)
    assert world.governor.quorum(world.governor.proposalSnapshot(proposal.id)) == 40 * MILLION
    cast(world, proposal, bob)
    assert world.governor.proposalDeadline(proposal.id) == world.governor.proposalSnapshot(proposal.id) + VALUES[1]
    assert world.governor.state(proposal.id) == 1
    world.travel_to(world.governor.proposalDeadline(proposal.id) - 5)
    receipt = world.governor.castVote(proposal.id, FOR, sender=carol)
    (event,) = receipt.decode_logs(world.governor.ProposalExtended)
    assert event.extendedDeadline == receipt.timestamp + VALUES[4] == world.governor.proposalDeadline(proposal.id)
    receipt = world.governor.castVote(proposal.id, AGAINST, sender=alice)
    assert not list(receipt.decode_logs(world.governor.ProposalExtended))
