# SPDX-License-Identifier: Apache-2.0
"""Votes over random sequences of actions, compared with a model that counts PHA by hand.

V1 what is cast on a proposal never exceeds the supply at its opening. V2 a ballot weighs what its voter's PHA and
staked PHA were worth when the vote opened, whatever is staked, slashed, moved or delegated before it is cast. V3 a
proposal counts what its ballots weigh, each account once. V4 all weights at one time add up to no more than the PHA
that delegated.
"""

from __future__ import annotations

import ape
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.reference.governance_world import PHA, Governance
from tests.reference.state_machines import play

MILLION = 10**6 * PHA
PEOPLE = st.integers(0, 3)
SHARES = st.sampled_from([1, 10, 50, 100])


@pytest.fixture(scope="module")
def world(project, chain, deployer, guardian, accounts):
    sources = [lambda token: deployer.deploy(project.MockStakedVotes, token)] * 2
    world = Governance.deploy(project, chain, deployer, guardian=guardian, council=accounts[5], sources=sources)
    for holder in accounts[6:10]:
        world.fund(deployer, holder, 20 * MILLION + 7)
        for address in world.governor.stakedVoteSources(world.now):
            vault = project.MockStakedVotes.at(address)
            world.token.approve(vault, 2**256 - 1, sender=holder)
            vault.entrust(holder, sender=holder)
    world.travel(10)
    return world


class Model:
    """Who holds, staked and delegated what; a vault is [PHA, shares by person]."""

    def __init__(self):
        self.held = [20 * MILLION + 7] * 4
        self.delegate = [0, 1, 2, 3]
        self.vaults = [{"assets": 0, "shares": [0] * 4, "delegate": [0, 1, 2, 3]} for _ in range(2)]

    def weight(self, who: int) -> int:
        total = sum(held for person, held in enumerate(self.held) if self.delegate[person] == who)
        for vault in self.vaults:
            supply = sum(vault["shares"])
            shares = sum(count for person, count in enumerate(vault["shares"]) if vault["delegate"][person] == who)
            total += shares * vault["assets"] // supply if supply else 0
        return total

    def weights(self) -> list[int]:
        return [self.weight(who) for who in range(4)]


def machine_of(world, people):
    vaults = [world.project.MockStakedVotes.at(one) for one in world.governor.stakedVoteSources(world.now)]

    class VoteMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.snapshot = world.chain.snapshot()
            self.model = Model()
            self.open = []  # [proposal, opening, weights at the opening or None, tally, who voted]
            self.number = 0
            self.tick(10)

        def teardown(self):
            if hasattr(self, "snapshot"):
                world.chain.restore(self.snapshot)

        def next_second(self, seconds=1):
            """When the next transaction comes; the model's weights are kept for every vote that opens before."""
            moment = world.now + seconds
            for one in self.open:
                if one[2] is None and moment > one[1]:
                    one[2] = self.model.weights()
            world.chain.pending_timestamp = moment
            return moment

        def tick(self, seconds=2):
            self.next_second(seconds)
            world.chain.mine()

        @precondition(lambda self: len(self.open) < 3)
        @rule(who=PEOPLE)
        def propose(self, who):
            if self.model.weight(who) < 100_000 * PHA:
                return
            self.number += 1
            calls = [(world.governor.set, 3, 500)]
            self.next_second()
            proposal = world.propose(calls, people[who], f"Number {self.number}")
            opening = world.governor.proposalSnapshot(proposal.id)
            self.open.append([proposal, opening, None, [0, 0, 0], set()])

        @rule(who=PEOPLE, vault=st.integers(0, 1), percent=SHARES)
        def stake(self, who, vault, percent):
            amount, pot = self.model.held[who] * percent // 100, self.model.vaults[vault]
            supply = sum(pot["shares"])
            if amount == 0 or (supply and pot["assets"] == 0):
                return
            self.next_second()
            vaults[vault].deposit(amount, sender=people[who])
            pot["shares"][who] += amount * supply // pot["assets"] if supply else amount
            pot["assets"] += amount
            self.model.held[who] -= amount

        @rule(who=PEOPLE, vault=st.integers(0, 1), percent=SHARES)
        def unstake(self, who, vault, percent):
            pot = self.model.vaults[vault]
            shares, supply = pot["shares"][who] * percent // 100, sum(pot["shares"])
            if shares == 0:
                return
            self.next_second()
            vaults[vault].withdraw(shares, sender=people[who])
            amount = shares * pot["assets"] // supply
            pot["shares"][who] -= shares
            pot["assets"] -= amount
            self.model.held[who] += amount

        @rule(who=PEOPLE, vault=st.integers(0, 1), percent=st.sampled_from([1, 30, 99]))
        def slash(self, who, vault, percent):
            """What is taken goes to somebody who votes with it."""
            pot = self.model.vaults[vault]
            if not sum(pot["shares"]):
                return
            amount = pot["assets"] * percent // 100
            self.next_second()
            vaults[vault].slash(amount, people[who], sender=people[who])
            pot["assets"] -= amount
            self.model.held[who] += amount

        @rule(who=PEOPLE, to=PEOPLE, percent=SHARES)
        def transfer(self, who, to, percent):
            amount = self.model.held[who] * percent // 100
            self.next_second()
            world.token.transfer(people[to], amount, sender=people[who])
            self.model.held[who] -= amount
            self.model.held[to] += amount

        @rule(who=PEOPLE, to=PEOPLE, where=st.integers(0, 2))
        def delegate(self, who, to, where):
            self.next_second()
            if where == 2:
                world.token.invoke_transaction("delegate", people[to], sender=people[who])
                self.model.delegate[who] = to
            else:
                vaults[where].entrust(people[to], sender=people[who])
                self.model.vaults[where]["delegate"][who] = to

        @rule(seconds=st.sampled_from([3600, 40_000, 86_400]))
        def time_passes(self, seconds):
            self.tick(seconds)

        @precondition(lambda self: self.open)
        @rule(pick=st.integers(0, 9), who=PEOPLE, support=st.integers(0, 2))
        def vote(self, pick, who, support):
            one = self.open[pick % len(self.open)]
            proposal, opening, _, tally, voted = one
            deadline = world.governor.proposalDeadline(proposal.id)
            moment = self.next_second()
            if who in voted or not opening < moment <= deadline:
                with ape.reverts():
                    world.governor.castVote(proposal.id, support, sender=people[who])
                return
            receipt = world.governor.castVote(proposal.id, support, sender=people[who])
            assert receipt.timestamp == moment
            (event,) = receipt.decode_logs(world.governor.VoteCast)
            assert event.weight == one[2][who]  # V2
            tally[support] += event.weight
            voted.add(who)

        @invariant()
        def counted_is_what_was_cast(self):
            supply = world.token.totalSupply()
            for proposal, _, weights, tally, _ in getattr(self, "open", []):
                assert list(world.governor.proposalVotes(proposal.id)) == tally  # V3
                assert sum(tally) <= supply  # V1
                assert weights is None or sum(weights) <= 4 * (20 * MILLION + 7)  # V4

    return VoteMachine


def test_votes_hold_over_random_actions(world, accounts):
    play(machine_of(world, accounts[6:10]), 3, 25)


@pytest.mark.deep
def test_votes_hold_over_many_random_actions(world, accounts):
    play(machine_of(world, accounts[6:10]), 60, 60)
