# SPDX-License-Identifier: Apache-2.0
"""Gas of governance. The voter has PHA and shares of one vault, both delegated; the first ballot
here brings the quorum, and the others come after it. The vault is a mock that looks up shares, supply and assets."""

from __future__ import annotations

import pytest

from tests.reference.governance_world import FOR, PHA, Governance

MILLION = 10**6 * PHA
START = 2_000_000_001
"""When the world begins: what time puts into calldata and storage is the same in every run."""


@pytest.fixture(scope="module")
def world(project, chain, accounts):
    deployer, alice, bob, carol = accounts[19], *accounts[10:13]
    chain.pending_timestamp = START
    sources = [lambda token: deployer.deploy(project.MockStakedVotes, token)]
    world = Governance.deploy(project, chain, deployer, guardian=accounts[13], council=accounts[14], sources=sources)
    vault = project.MockStakedVotes.at(world.governor.stakedVoteSources(world.now)[0])
    for holder in (alice, bob, carol):
        world.fund(deployer, holder, 50 * MILLION)
        world.token.approve(vault, 2**256 - 1, sender=holder)
        vault.entrust(holder, sender=holder)
        vault.deposit(MILLION, sender=holder)
    world.travel(100)
    return world


def test_gas_of_a_proposals_way(world, accounts, record_gas):
    alice, bob, carol = accounts[10:13]
    governor = world.governor
    proposal = world.draft([(governor.set, 3, 500)])
    arguments = (proposal.targets, proposal.values, proposal.calldatas, proposal.description)
    record_gas("governance.propose", governor.propose(*arguments, sender=alice))
    world.open(proposal)
    record_gas("governance.vote.first", governor.castVote(proposal.id, FOR, sender=alice))
    assert record_gas("governance.vote", governor.castVote(proposal.id, FOR, sender=bob)) <= 95_000
    signature = world.sign_ballot(carol, proposal, FOR, 0)
    receipt = governor.castVoteBySig(proposal.id, FOR, carol, signature, sender=accounts[14])
    record_gas("governance.vote.by_signature", receipt)
    world.close(proposal)
    record_gas("governance.queue", governor.queue(*proposal.operation, sender=alice))
    world.travel(2 * 86_400)
    record_gas("governance.execute", governor.execute(*proposal.operation, sender=alice))


def test_gas_of_the_treasury(project, chain, accounts, record_gas):
    deployer, boss, grantee = accounts[19], accounts[10], accounts[11]
    manager = deployer.deploy(project.PhaAccessManager, boss)
    token = deployer.deploy(project.PhaToken, deployer)
    vault = deployer.deploy(project.Treasury, manager)
    token.transfer(vault, MILLION, sender=deployer)
    record_gas("treasury.pay", vault.pay(token, grantee, PHA, sender=boss))
    start = chain.blocks.head.timestamp + 1000
    terms = (token, grantee, 1000 * PHA, start, 10_000)
    record_gas("treasury.open_stream", vault.openStream(terms, sender=boss))
    chain.pending_timestamp = start + 1
    record_gas("treasury.withdraw.first", vault.withdraw(1, grantee, sender=grantee))
    chain.pending_timestamp = start + 5_000
    record_gas("treasury.withdraw", vault.withdraw(1, grantee, sender=grantee))
    chain.pending_timestamp = start + 6_000
    record_gas("treasury.stop_stream", vault.stopStream(1, sender=boss))
