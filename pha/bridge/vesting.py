# SPDX-License-Identifier: Apache-2.0
"""What still vests at the block, and how it is carried over: released with the rest, or into vesting wallets.

Standard: `pallet-vesting`. A schedule locks `locked` and frees `per_block` of it with every block after `start`; what
it still locks at block n is max(0, locked − per_block · max(0, n − start)). All of it lies inside the account's free
balance, so schedules together never carry more than that.

Under the rule `wallet` that part leaves the account's claim and becomes a leaf of a second sum tree, one leaf a
schedule, which `VestingClaims` pays into a vesting wallet: from where the parachain stopped, in a straight line, to
where the schedule would have ended. Block numbers become time by the state's own clock (`Timestamp.Now`) and the rules'
seconds for a block. A leaf's 32 bytes are keccak256(account ‖ start ‖ duration ‖ number), the last three of 8 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sha3 import keccak_256

from pha.bridge.chain_state import ChainState
from pha.bridge.errors import BridgeError
from pha.bridge.findings import Finding
from pha.bridge.holding_entries import VESTING, Schedule
from pha.bridge.ledger_rules import LedgerRules, VestingRule
from pha.bridge.runtime_layouts import Decoders
from pha.bridge.storage_keys import account_key, storage_prefix
from pha.bridge.sum_tree import Leaf

BLOCK_NUMBER = storage_prefix("System", "Number")
BLOCK_TIME = storage_prefix("Timestamp", "Now")
ID_WIDTH = 8


class ClockError(BridgeError):
    """A state that does not say at which block and time it was taken, which vesting needs."""


@dataclass(frozen=True)
class VestingLeaf:
    """`amount` base units that become free in a straight line over `duration` seconds from `start` (Unix time).

    `number` is the place of the schedule in the account's list.
    """

    account: bytes
    amount: int
    start: int
    duration: int
    number: int

    @property
    def identity(self) -> bytes:
        """The 32 bytes under which the second tree and the contract know it."""
        numbers = b"".join(value.to_bytes(ID_WIDTH) for value in (self.start, self.duration, self.number))
        return bytes(keccak_256(self.account + numbers).digest())

    @property
    def leaf(self) -> Leaf:
        """As the sum tree takes it."""
        return Leaf(self.identity, self.amount, 0)


@dataclass(frozen=True)
class Clock:
    """When the state was taken: block, Unix seconds, and how long a block takes."""

    block: int
    seconds: int
    seconds_per_block: int

    @classmethod
    def of(cls, state: ChainState, rules: LedgerRules) -> Clock:
        """Raises ClockError."""
        block, milliseconds = state.value(BLOCK_NUMBER), state.value(BLOCK_TIME)
        if block is None or len(block) != 4 or milliseconds is None or len(milliseconds) != 8:
            raise ClockError("the state has no System.Number and Timestamp.Now: vesting cannot be carried over in time")
        return cls(
            int.from_bytes(block, "little"), int.from_bytes(milliseconds, "little") // 1000, rules.seconds_per_block
        )


def still_locked(schedule: Schedule, block: int) -> int:
    """Base units that a schedule locks at a block."""
    return max(0, schedule.locked - schedule.per_block * max(0, block - schedule.start))


def end_block(schedule: Schedule) -> int:
    """The first block at which a schedule locks nothing. One that frees nothing a block never ends: its `start`."""
    if not schedule.per_block:
        return schedule.start
    return schedule.start + -(-schedule.locked // schedule.per_block)


def carried(account: bytes, schedules: Iterable[Schedule], free: int, clock: Clock) -> Iterator[VestingLeaf]:
    """The leaves of one account whose free native balance is `free`, in the order of its schedules."""
    for number, schedule in enumerate(schedules):
        amount = min(still_locked(schedule, clock.block), free)
        if not amount:
            continue
        free -= amount
        wait = max(0, schedule.start - clock.block) * clock.seconds_per_block
        length = (end_block(schedule) - max(clock.block, schedule.start)) * clock.seconds_per_block
        yield VestingLeaf(account, amount, clock.seconds + wait, length, number)


def vesting_leaves(
    state: ChainState, rules: LedgerRules, claimable: Mapping[bytes, Leaf], decoders: Decoders
) -> tuple[list[VestingLeaf], list[Finding]]:
    """The leaves of all `claimable` accounts, ascending by identity, under the rules; none where vesting is released.

    A schedule that would never end, or an entry that does not decode, is a finding. Raises ClockError.
    """
    findings: list[Finding] = []
    if rules.vesting is VestingRule.RELEASE:
        return [], findings
    found: list[VestingLeaf] = []
    clock: Clock | None = None
    for key, value in state.starting_with(VESTING):
        try:
            account, schedules = decoders["Vesting.Vesting"](key, value)
            entry = state.value(account_key(account))
            free = 0 if entry is None else decoders["System.Account"](account_key(account), entry)[1].free
        except BridgeError as refusal:
            findings.append(Finding(f"undecodable:0x{key.hex()}", f"Vesting.Vesting: {refusal}"))
            continue
        if account not in claimable:
            continue
        clock = clock or Clock.of(state, rules)
        if any(still_locked(schedule, clock.block) and not schedule.per_block for schedule in schedules):
            findings.append(Finding(f"vesting-without-end:0x{account.hex()}", "a schedule that frees nothing a block"))
            continue
        leaves = list(carried(account, schedules, free, clock))
        if any(max(leaf.start, leaf.duration) >> 8 * ID_WIDTH for leaf in leaves):
            findings.append(Finding(f"vesting-for-ever:0x{account.hex()}", "a schedule longer than a wallet can count"))
            continue
        found.extend(leaves)
    return sorted(found, key=lambda leaf: leaf.identity), findings


def claim_leaves(leaves: Iterable[Leaf], vesting: Iterable[VestingLeaf]) -> Iterator[Leaf]:
    """What is left to be claimed at once, account by account; an account of which all vests has no claim left."""
    later: dict[bytes, int] = {}
    for leaf in vesting:
        later[leaf.account] = later.get(leaf.account, 0) + leaf.amount
    for account, free, staked in leaves:
        now = free - later.get(account, 0)
        if now + staked:
            yield Leaf(account, now, staked)
