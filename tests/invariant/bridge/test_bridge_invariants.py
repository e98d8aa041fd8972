# SPDX-License-Identifier: Apache-2.0
"""The bridge's invariants B1 to B6 over random sequences of actions, against a model that shares no code with it.

The model knows who is owed what by the tree and by the state, the clock, the pause and the bucket, and predicts for
every action whether it passes. One account stands in the state alone, with more than the tree has left at times: the
cap holds over both ways. After each action the chain is compared with it. B1 paid ≤ cap. B2 balance ≥ cap − paid from
the opening to the sweep. B3 one payment an account. B4 payments are multiples of 10^6. B5 no privileged call pays
anyone. B6 a pause and the rate limit end without anyone's act.
"""

from __future__ import annotations

from dataclasses import replace

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

from tests.reference.bridge_setup import DAY, FINAL_WINDOW, PHA, SCALE, UNITS, World
from tests.reference.claims import Estate, Holder, NativeClaim, sentence
from tests.reference.state_machines import play
from tests.reference.substrate_state import ReferenceTrie, account_info, pack_items, system_account_key

HOLDERS = 6
OUTSIDER = HOLDERS
"""Number of the account that the tree does not know."""
BUDGET = 5 * DAY
LONGEST = 2 * DAY
CAPACITY = 30 * UNITS
PERIOD = 2 * DAY
DRAIN = CAPACITY // PERIOD
LIFE = 60 * DAY
LIMIT_LIFE = 20 * DAY
LEAPS = [1, 59, 60, 3600, DAY, 3 * DAY, 10 * DAY, 30 * DAY]


@pytest.fixture(scope="module")
def world(project, chain, deployer, guardian, treasury):
    holders = [Holder(880_000 + i) for i in range(HOLDERS)]
    owed = [((i + 1) * 7 * UNITS + i, i * UNITS + 3) for i in range(HOLDERS)]
    return World.deploy(project, chain, deployer, guardian, treasury, Estate(holders, owed))


class NativeBalances:
    """What the parachain's last state says of the holders, and of one more."""

    def __init__(self, holders: list[Holder]) -> None:
        self.holders = [*holders, Holder(890_000)]
        # Less than the tree owes, as where PHA is staked or wrapped besides.
        self.balances = [((i + 1) * 5 * UNITS, i * UNITS + 1) for i in range(HOLDERS)] + [(60 * UNITS, 0)]
        self.units = [free + reserved for free, reserved in self.balances]
        self.keys = [system_account_key(holder.account) for holder in self.holders]
        infos = (account_info(free, reserved) for free, reserved in self.balances)
        self.trie = ReferenceTrie({**dict(zip(self.keys, infos, strict=True)), b":code": bytes(40)})

    def claim(self, number: int, recipient, bridge, chain_id: int, *, signer: Holder | None = None, wrapped=True):
        holder = self.holders[number]
        message = sentence(str(recipient), bridge.address, chain_id, opening="native PHA", wrapped=wrapped)
        proof = pack_items(self.trie.proof_items(self.keys[number]))
        evidence = (signer or holder).evidence(message)
        return NativeClaim(holder.account, proof, str(recipient), wrapped=wrapped, evidence=evidence)


def machine_of(world: World, accounts):
    """The state machine's class, bound to this chain."""
    native = NativeBalances(world.estate.holders)

    class BridgeMachine(RuleBasedStateMachine):
        @initialize(funding=st.sampled_from(["none", "short", "exact", "more"]), start_open=st.booleans())
        def deploy(self, funding, start_open):
            self.snapshot = world.chain.snapshot()
            self.now = world.now
            self.deadline = self.now + LIFE
            self.limit_end = self.now + LIMIT_LIFE
            self.bridge = world.create(
                deadline=self.deadline,
                pauseBudgetSeconds=BUDGET,
                maxPauseSeconds=LONGEST,
                rateLimitCapacity=CAPACITY * SCALE,
                rateLimitPeriodSeconds=PERIOD,
                rateLimitEnd=self.limit_end,
                stateRoot=native.trie.root,
            )
            self.now = world.now
            self.cap = sum(sum(owed) for owed in world.estate.owed)
            self.required = self.cap * SCALE
            self.balance = {"none": 0, "short": self.required - 1, "exact": self.required, "more": self.required + 7}[
                funding
            ]
            if self.balance:
                world.fund(self.bridge, self.balance)
            self.opened = False
            self.swept = False
            self.paid: dict[int, int] = {}
            self.received: dict[str, int] = {}
            self.treasury_start = world.token.balanceOf(world.treasury)
            self.to_treasury = 0
            self.paused_until = 0
            self.budget = BUDGET
            self.level = 0
            self.level_at = self.now
            if start_open and self.balance >= self.required:
                self.open()

        def teardown(self):
            if hasattr(self, "snapshot"):
                world.chain.restore(self.snapshot)

        def tick(self, seconds: int = 1) -> None:
            """The next transaction's second, chosen here so that the model knows it."""
            self.now = max(self.now, world.now) + seconds
            world.chain.pending_timestamp = self.now

        def send(self, error: str | None, call, *arguments, sender):
            if error is None:
                receipt = call(*arguments, sender=sender)
                assert receipt.timestamp == self.now
            else:
                details = {"availableAt": self.available_at()} if error == "RateLimited" else {}
                with ape.reverts(getattr(self.bridge, error), **details):
                    call(*arguments, sender=sender)

        def drained(self) -> int:
            return max(0, self.level - (self.now - self.level_at) * DRAIN)

        def available_at(self) -> int:
            return min(self.now + (self.drained() - CAPACITY) // DRAIN + 1, self.limit_end)

        def units_by_tree(self, number: int) -> int:
            return sum(world.estate.owed[number])

        def claim_error(self, number: int, units: int) -> str | None:
            if not self.opened:
                return "NotFunded" if self.balance < self.required else "ClaimsNotOpen"
            if self.now > self.deadline:
                return "DeadlinePassed"
            if self.now < self.paused_until:
                return "ClaimsPaused"
            if number in self.paid:
                return "AlreadyClaimed"
            if sum(self.paid.values()) + units * 10**6 > self.required:
                return "CapExceeded"
            if self.now < self.limit_end and self.drained() >= CAPACITY:
                return "RateLimited"
            return None

        def note_paid(self, number: int, units: int, recipient, into_vault: int = 0) -> None:
            if self.now < self.limit_end:
                self.level = self.drained() + units
                self.level_at = self.now
            self.paid[number] = units * 10**6
            self.received[recipient.address] = self.received.get(recipient.address, 0) + (units - into_vault) * 10**6
            self.balance -= units * 10**6

        def send_batch(self, call, garbage: bytes, claims: list[tuple[int, int, bytes]]) -> None:
            """Claims are number, units and encoding; each goes to the recipient of its number."""
            receipt = call([garbage, *(encoded for _, _, encoded in claims)], sender=accounts[3])
            assert receipt.timestamp == self.now
            rejected = {event.index for event in receipt.decode_logs(self.bridge.ClaimRejected)}
            expected = {0}
            for position, (number, units, _) in enumerate(claims, start=1):
                if self.claim_error(number, units) is None:
                    self.note_paid(number, units, accounts[10 + number % 3])
                else:
                    expected.add(position)
            assert rejected == expected

        @rule(leap=st.sampled_from(LEAPS))
        def time_passes(self, leap):
            self.now = max(self.now, world.now) + leap
            world.chain.pending_timestamp = self.now
            world.chain.mine()

        @rule(amount=st.sampled_from([1, PHA, 200 * PHA]))
        def donate(self, amount):
            self.tick()
            world.fund(self.bridge, amount)
            self.balance += amount

        @rule()
        def open(self):
            self.tick()
            error = None
            if self.opened:
                error = "AlreadyOpen"
            elif self.now > self.deadline:
                error = "DeadlinePassed"
            elif self.balance < self.required:
                error = "NotFunded"
            self.send(error, self.bridge.open, sender=accounts[3])
            self.opened |= error is None

        @rule(
            number=st.integers(0, HOLDERS - 1), to=st.integers(10, 12), into_vault=st.booleans(), wrapped=st.booleans()
        )
        def claim(self, number, to, into_vault, wrapped):
            self.tick()
            holder, recipient = world.estate.holders[number], accounts[to]
            claim = world.claim(self.bridge, holder, recipient, into_vault=into_vault, wrapped=wrapped)
            units = self.units_by_tree(number)
            error = self.claim_error(number, units)
            self.send(error, self.bridge.claim, claim.values(), sender=accounts[3])
            if error is None:
                self.note_paid(number, units, recipient, claim.staked if into_vault else 0)

        @rule(number=st.integers(0, OUTSIDER), to=st.integers(10, 12), wrapped=st.booleans())
        def claim_native(self, number, to, wrapped):
            self.tick()
            claim = native.claim(number, accounts[to], self.bridge, world.chain.chain_id, wrapped=wrapped)
            error = self.claim_error(number, native.units[number])
            self.send(error, self.bridge.claimNative, claim.values(), sender=accounts[3])
            if error is None:
                self.note_paid(number, native.units[number], accounts[to])

        @rule(numbers=st.lists(st.integers(0, HOLDERS - 1), min_size=1, max_size=5), garbage=st.binary(max_size=70))
        def claim_batch(self, numbers, garbage):
            self.tick()
            claims = [world.claim(self.bridge, world.estate.holders[n], accounts[10 + n % 3]) for n in numbers]
            batch = [(n, self.units_by_tree(n), claim.encoded()) for n, claim in zip(numbers, claims, strict=True)]
            self.send_batch(self.bridge.claimBatch, garbage, batch)

        @rule(numbers=st.lists(st.integers(0, OUTSIDER), min_size=1, max_size=5), garbage=st.binary(max_size=70))
        def claim_native_batch(self, numbers, garbage):
            self.tick()
            chain_id = world.chain.chain_id
            claims = [native.claim(n, accounts[10 + n % 3], self.bridge, chain_id) for n in numbers]
            batch = [(n, native.units[n], claim.encoded()) for n, claim in zip(numbers, claims, strict=True)]
            self.send_batch(self.bridge.claimNativeBatch, garbage, batch)

        @rule(
            number=st.integers(0, HOLDERS - 1),
            other=st.integers(0, HOLDERS - 1),
            privileged=st.booleans(),
            by_state=st.booleans(),
        )
        def forge(self, number, other, privileged, by_state):
            """B5: nobody, the guardian and the deployer included, is paid on evidence of another account."""
            self.tick()
            thief, stranger = accounts[15], Holder(99 + other)
            if by_state:
                units, call = native.units[number], self.bridge.claimNative
                forged = native.claim(number, thief, self.bridge, world.chain.chain_id, signer=stranger)
            else:
                units, call = self.units_by_tree(number), self.bridge.claim
                claim = world.claim(self.bridge, world.estate.holders[number], thief)
                forged = claim.but(evidence=stranger.evidence(self.bridge.messageFor(thief, False, True)))
            error = self.claim_error(number, units)
            if error in (None, "RateLimited", "CapExceeded"):
                error = "InvalidEvidence"
            self.send(error, call, forged.values(), sender=world.guardian if privileged else thief)

        @rule(number=st.integers(0, HOLDERS - 1), by_state=st.booleans())
        def replay(self, number, by_state):
            """B3, B5: what a holder signed for one way is nothing on the other, and on no other account's."""
            self.tick()
            recipient = accounts[10 + number % 3]
            by_tree = world.claim(self.bridge, world.estate.holders[number], recipient)
            of_state = native.claim(number, recipient, self.bridge, world.chain.chain_id)
            if by_state:
                units, call = native.units[number], self.bridge.claimNative
                crossed = replace(of_state, evidence=by_tree.evidence)
            else:
                units, call = self.units_by_tree(number), self.bridge.claim
                crossed = by_tree.but(evidence=of_state.evidence)
            error = self.claim_error(number, units)
            if error in (None, "RateLimited", "CapExceeded"):
                error = "InvalidEvidence"
            self.send(error, call, crossed.values(), sender=accounts[3])

        @rule(
            duration=st.sampled_from([59, 60, 3600, DAY, LONGEST, LONGEST + 1]),
            lifted_after=st.sampled_from([None, 1, 1800, DAY]),
        )
        def pause(self, duration, lifted_after):
            self.tick()
            until = self.now + duration
            needed = until - max(self.now, self.paused_until)
            error = None
            if not 60 <= duration <= LONGEST:
                error = "PauseDurationOutOfRange"
            elif until <= self.paused_until:
                error = "PauseNotExtended"
            elif until > self.deadline - FINAL_WINDOW:
                error = "PauseIntoFinalWindow"
            elif needed > self.budget:
                error = "PauseBudgetExceeded"
            self.send(error, self.bridge.pause, duration, sender=world.guardian)
            if error is None:
                self.budget -= needed
                self.paused_until = until
            if lifted_after is not None:
                self.unpause(lifted_after)

        @rule(after=st.sampled_from([1, 61]))
        def unpause(self, after):
            self.tick(after)
            lasts = self.paused_until > self.now
            self.send(None if lasts else "NotPaused", self.bridge.unpause, sender=world.guardian)
            if lasts:
                self.budget += max(0, self.paused_until - self.now - 60)
                self.paused_until = self.now

        @rule()
        def sweep(self):
            self.tick()
            error = None if self.now > self.deadline else "DeadlineNotPassed"
            self.send(error, self.bridge.sweep, sender=accounts[3])
            if error is None:
                self.swept = True
                self.to_treasury += self.balance
                self.balance = 0

        @precondition(lambda self: getattr(self, "opened", False) and self.now < self.deadline - 3 * DAY)
        @rule()
        def final_window_pays_everyone(self):
            """B6: in the final window each of those left is paid at the first attempt, whatever was done before, unless
            native claims that the tree does not owe have used up the cap.
            """
            before = world.chain.snapshot()
            world.chain.pending_timestamp = max(world.now + 1, self.deadline - FINAL_WINDOW)
            paid = sum(self.paid.values())
            for number, holder in enumerate(world.estate.holders):
                if number in self.paid:
                    continue
                claim = world.claim(self.bridge, holder, accounts[16]).values()
                amount = self.units_by_tree(number) * 10**6
                if paid + amount <= self.required:
                    self.bridge.claim(claim, sender=accounts[3])
                    paid += amount
                else:
                    assert OUTSIDER in self.paid
                    with ape.reverts(self.bridge.CapExceeded):
                        self.bridge.claim(claim, sender=accounts[3])
            assert self.bridge.totalPaid() == paid <= self.required
            world.chain.restore(before)

        @invariant()
        def chain_agrees_with_the_model(self):
            if not hasattr(self, "bridge"):
                return
            paid = self.bridge.totalPaid()
            balance = world.token.balanceOf(self.bridge)
            assert paid == sum(self.paid.values())  # B3, B5
            assert paid <= self.required  # B1
            assert paid % 10**6 == 0  # B4
            assert balance == self.balance
            if self.opened and not self.swept:
                assert balance >= self.required - paid  # B2
            for address, amount in self.received.items():
                assert world.token.balanceOf(address) == amount  # B3, B4, B5
            assert world.token.balanceOf(accounts[15]) == 0  # B5
            assert world.token.balanceOf(world.treasury) == self.treasury_start + self.to_treasury
            assert self.bridge.pausedUntil() == self.paused_until <= max(0, self.deadline - FINAL_WINDOW)  # B6
            assert self.bridge.pauseSecondsLeft() == self.budget <= BUDGET

    return BridgeMachine


def test_bridge_keeps_its_invariants(world, accounts):
    """B1 to B6."""
    play(machine_of(world, accounts), 12, 18)


@pytest.mark.deep
def test_bridge_keeps_its_invariants_for_long(world, accounts):
    """B1 to B6, in longer and many more sequences."""
    play(machine_of(world, accounts), 150, 40)
