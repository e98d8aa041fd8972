# SPDX-License-Identifier: Apache-2.0
"""The treasury over random payments, streams, stops and withdrawals, compared with a ledger of its own after each.

The ledger keeps each stream as dates and a fraction, and never a running sum: what is set aside and what everyone has
had is added up anew from its entries.
T1 what is set aside = Σ of what streams can yet pay. T2 it is there. T3 a stream never pays more than was earned when
it ended. T4 whatever is stopped pays exactly what was earned until then. Money in = money out + money held.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

import ape
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

YEAR = 365 * 86_400
AMOUNTS = st.one_of(st.integers(1, 40), st.integers(1, 10**9), st.integers(1, 10**27))


@dataclass
class Grant:
    """A stream; `drawn` are the amounts that its recipient has had."""

    who: int
    amount: int
    start: int
    duration: int
    stopped: int | None = None
    drawn: list[int] = field(default_factory=list)

    def earned(self, now: int) -> int:
        until = now if self.stopped is None else self.stopped
        part = Fraction(until - self.start, self.duration)
        return floor(self.amount * min(max(part, Fraction(0)), Fraction(1)))

    def owed(self) -> int:
        """What it can yet pay, however late it is asked."""
        most = self.amount if self.stopped is None else self.earned(self.stopped)
        return most - sum(self.drawn)


@dataclass
class Ledger:
    """All that came in and went out."""

    came: list[int] = field(default_factory=list)
    paid: list[tuple[int, int]] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)

    def had(self, who: int) -> int:
        drawn = sum(sum(grant.drawn) for grant in self.grants if grant.who == who)
        return drawn + sum(amount for payee, amount in self.paid if payee == who)

    def aside(self) -> int:
        return sum(grant.owed() for grant in self.grants)

    def held(self, payees: int) -> int:
        return sum(self.came) - sum(self.had(who) for who in range(payees))

    def free(self, payees: int) -> int:
        return self.held(payees) - self.aside()


def machine_of(project, chain, deployer, boss, payees):
    """The state machine's class, bound to this chain."""
    manager = deployer.deploy(project.PhaAccessManager, boss)
    vault = deployer.deploy(project.Treasury, manager)
    token = deployer.deploy(project.MockToken, 18)

    class TreasuryMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.snapshot = chain.snapshot()
            self.ledger = Ledger()
            self.now = chain.blocks.head.timestamp

        def teardown(self):
            if hasattr(self, "snapshot"):
                chain.restore(self.snapshot)

        def later(self, seconds: int) -> int:
            """The next transaction's block is that much later."""
            self.now = chain.blocks.head.timestamp + seconds
            chain.pending_timestamp = self.now
            return self.now

        @rule(amount=AMOUNTS)
        def money_comes(self, amount):
            token.mint(vault, amount, sender=deployer)
            self.ledger.came.append(amount)

        @rule(who=st.integers(0, 1), amount=AMOUNTS)
        def pay(self, who, amount):
            if amount > self.ledger.free(len(payees)):
                with ape.reverts(vault.MoreThanAvailable):
                    vault.pay(token, payees[who], amount, sender=boss)
                return
            vault.pay(token, payees[who], amount, sender=boss)
            self.ledger.paid.append((who, amount))

        @rule(
            who=st.integers(0, 1),
            amount=AMOUNTS,
            offset=st.integers(-YEAR, YEAR),
            duration=st.one_of(st.integers(1, 100), st.integers(1, 8 * YEAR)),
        )
        def open_stream(self, who, amount, offset, duration):
            start = self.later(10) + offset
            terms = (token, payees[who], amount, start, duration)
            if amount > self.ledger.free(len(payees)):
                with ape.reverts(vault.MoreThanAvailable):
                    vault.openStream(terms, sender=boss)
                return
            vault.openStream(terms, sender=boss)
            self.ledger.grants.append(Grant(who, amount, start, duration))

        @precondition(lambda self: self.ledger.grants)
        @rule(number=st.integers(0, 20), wait=st.one_of(st.integers(1, 100), st.integers(1, 2 * YEAR)))
        def stop(self, number, wait):
            index = number % len(self.ledger.grants)
            grant, now = self.ledger.grants[index], self.later(wait)
            if grant.stopped is not None or grant.earned(now) == grant.amount:
                with ape.reverts(vault.StreamEnded, id=index + 1):
                    vault.stopStream(index + 1, sender=boss)
                return
            (event,) = vault.stopStream(index + 1, sender=boss).decode_logs(vault.StreamStopped)
            grant.stopped = now
            assert (event.earned, event.freed) == (grant.earned(now), grant.amount - grant.earned(now))

        @precondition(lambda self: self.ledger.grants)
        @rule(number=st.integers(0, 20), wait=st.one_of(st.integers(1, 100), st.integers(1, 2 * YEAR)))
        def withdraw(self, number, wait):
            index = number % len(self.ledger.grants)
            grant, now = self.ledger.grants[index], self.later(wait)
            amount = grant.earned(now) - sum(grant.drawn)
            if amount == 0:
                with ape.reverts(vault.NothingEarned, id=index + 1):
                    vault.withdraw(index + 1, payees[grant.who], sender=payees[grant.who])
                return
            vault.withdraw(index + 1, payees[grant.who], sender=payees[grant.who])
            grant.drawn.append(amount)

        @invariant()
        def books_agree(self):
            if not hasattr(self, "ledger"):
                return
            ledger = self.ledger
            assert [token.balanceOf(one) for one in payees] == [ledger.had(who) for who in range(len(payees))]
            assert token.balanceOf(vault) == ledger.held(len(payees)) >= ledger.aside() == vault.committed(token)
            assert vault.available(token) == ledger.free(len(payees))

    return TreasuryMachine


@pytest.fixture(scope="module")
def machine(project, chain, deployer, accounts):
    return machine_of(project, chain, deployer, accounts[5], accounts[6:8])


def test_treasury_keeps_to_its_ledger(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=4, stateful_step_count=15, deadline=None, derandomize=True, database=None),
    )


@pytest.mark.deep
def test_treasury_keeps_to_its_ledger_at_depth(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=80,
            stateful_step_count=40,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
        ),
    )
