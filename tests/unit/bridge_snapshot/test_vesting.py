# SPDX-License-Identifier: Apache-2.0
"""What vests is carried into wallets or released, by the rule and nothing else; nobody gets more or less for it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.bundles import Snapshot, write_snapshot
from pha.bridge.chain_state import load_chain_state
from pha.bridge.cross_check import cross_check
from pha.bridge.findings import UnacceptedFindingsError
from pha.bridge.holder_statement import HolderStatement
from pha.bridge.holding_entries import Schedule
from pha.bridge.ledger import native_ledger
from pha.bridge.ledger_database import LedgerDatabase
from pha.bridge.ledger_rules import LedgerRules, VestingRule
from pha.bridge.report_numbers import answers
from pha.bridge.state_trie import Pair
from pha.bridge.vesting import Clock, ClockError, carried, end_block, still_locked
from pha.bridge.whole_ledger import whole_ledger
from tests.reference.staking_world import PHA, VESTING, StakingWorld, blake2, u128, vector
from tests.unit.bridge_snapshot.test_cross_check import write_state
from tests.unit.bridge_snapshot.test_known_accounts import state_with

BLOCK, SECONDS = 1000, 1_700_000_000
NUMBER = bytes.fromhex("26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac")  # System.Number
NOW = bytes.fromhex("f0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb")  # Timestamp.Now
CLOCK: list[Pair] = [(NUMBER, struct.pack("<I", BLOCK)), (NOW, struct.pack("<Q", SECONDS * 1000 + 999))]
WALLET = LedgerRules(vesting=VestingRule.WALLET, seconds_per_block=12)


def entry(account: bytes, *schedules: tuple[int, int, int]) -> Pair:
    packed = [u128(locked) + u128(step) + struct.pack("<I", start) for locked, step, start in schedules]
    return bytes.fromhex(VESTING) + blake2(account), vector(packed)


def world_with(*entries: Pair, clock: bool = True) -> tuple[StakingWorld, Any]:
    """A world in which only `entries` vest."""
    world = StakingWorld(21)
    pairs = {key: value for key, value in world.pairs() if not key.startswith(bytes.fromhex(VESTING))}
    return world, {**pairs, **dict(entries), **dict(CLOCK if clock else [])}


def ledger_of(world_and_state: tuple[StakingWorld, Any], rules: LedgerRules, accepted: tuple[str, ...] = ()):
    world, pairs = world_and_state
    state = state_with(world)
    return whole_ledger(type(state)(state.manifest, sorted(pairs.items())), accepted, rules=rules).ledger


@given(st.integers(0, 2**70), st.integers(1, 2**60), st.integers(0, 2000), st.integers(0, 2000))
@settings(max_examples=100, deadline=None)
def test_schedule_is_the_pallets(locked: int, step: int, start: int, block: int) -> None:
    schedule = Schedule(locked, step, start)
    vested = 0
    for number in range(start, block):  # block by block, as time goes by
        vested += step
        if vested >= locked or number > start + 5:
            vested = min(locked, (block - start) * step)
            break
    assert still_locked(schedule, block) == max(0, locked - vested)
    end = end_block(schedule)
    assert still_locked(schedule, end) == 0
    if locked:
        assert still_locked(schedule, end - 1) > 0


def test_carried_amounts_times_and_identities_are_plain_arithmetic() -> None:
    who = b"\x05" * 32
    schedules = [
        Schedule(100, 1, BLOCK - 40),  # 60 left, for 60 blocks
        Schedule(100, 7, BLOCK + 10),  # has not begun: 100, in 15 blocks
        Schedule(100, 1, BLOCK - 100),  # is over
        Schedule(1000, 10, BLOCK),  # only 40 of the free balance are left for it
    ]
    leaves = list(carried(who, schedules, 200, Clock(BLOCK, SECONDS, 12)))
    assert [(leaf.amount, leaf.start - SECONDS, leaf.duration, leaf.number) for leaf in leaves] == [
        (60, 0, 720, 0),
        (100, 120, 180, 1),
        (40, 0, 1200, 3),
    ]
    packed = struct.pack(">QQQ", SECONDS + 120, 180, 1)
    assert leaves[1].identity == keccak(who + packed)


def test_rule_decides_what_becomes_of_it(tmp_path: Path) -> None:
    world = StakingWorld(21)
    first, second = world.people[:2]
    state = world_with(entry(first, (50 * 10**9, 10**9, BLOCK - 10), (5, 1, BLOCK)), entry(second, (9, 3, BLOCK - 1)))
    released = ledger_of(state, LedgerRules())
    assert released.vesting == []
    assert released.claim_leaves == released.leaves
    carried_over = ledger_of(state, WALLET)
    assert carried_over.leaves == released.leaves, "what everybody is owed is the same"
    before = {leaf.account: leaf for leaf in released.leaves}
    later = {first: 40 * 10**9 + 5, second: 6}
    for leaf in carried_over.claim_leaves:
        assert leaf.free == before[leaf.account].free - later.get(leaf.account, 0)
        assert leaf.staked == before[leaf.account].staked
    assert sum(leaf.amount for leaf in carried_over.vesting) == sum(later.values())


@pytest.mark.parametrize("rule", list(VestingRule))
def test_both_builders_agree_and_everything_is_written(rule: VestingRule, tmp_path: Path) -> None:
    world, pairs = world_with()
    whole_balance = world.native[world.people[0]][0]
    more = [
        entry(world.people[0], (2 * whole_balance, 1, BLOCK)),
        entry(world.people[1], (10**9, 10**6, BLOCK - 3), (10**9, 10**5, BLOCK + 3)),
        entry(b"modlpy/trsry".ljust(32, b"\0"), (77, 1, BLOCK)),
    ]
    path, manifest = write_state(tmp_path, sorted((pairs | dict(more)).items()))
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"vesting": rule, "seconds_per_block": 6}))
    state = load_chain_state(path)
    report = write_snapshot(tmp_path / "out", state.manifest, whole_ledger(state, rules=LedgerRules.load(rules)))
    second = cross_check(tmp_path / "out", path, manifest, rules=rules)
    assert report.total_issuance == world.issuance
    snapshot = Snapshot.open(tmp_path / "out")
    assert snapshot.index["rules"]["vesting"] == rule
    answers(LedgerDatabase(tmp_path / "out"))
    if rule is VestingRule.RELEASE:
        assert snapshot.index["vesting"] is second["vesting"] is None
        return
    expected = whole_balance + (10**9 - 3 * 10**6) + 10**9
    assert int(second["vesting"]["total"]) == expected
    assert second["vesting"]["leaves"] == 3
    claimable = sum(line.amount for line in report.lines if line.name.startswith("claimable"))
    assert snapshot.total + expected == claimable
    for line in (tmp_path / "out" / "vesting.jsonl").read_text().splitlines():
        fields = json.loads(line)
        node = keccak(
            keccak(
                bytes.fromhex(fields["account"][2:])
                + struct.pack(">QQQ", fields["start"], fields["duration"], fields["number"])
            )
            + int(fields["amount"]).to_bytes(16)
            + bytes(16)
        )
        total, place, proof = int(fields["amount"]), fields["index"], bytes.fromhex(fields["proof"][2:])
        while proof:
            sibling, amount, proof = proof[:32], proof[32:48], proof[48:]
            pair = (
                sibling + node + amount + total.to_bytes(16)
                if place & 1
                else node + sibling + total.to_bytes(16) + amount
            )
            node, total, place = keccak(pair), total + int.from_bytes(amount), place >> 1
        assert ("0x" + node.hex(), str(total)) == (second["vesting"]["root"], second["vesting"]["total"])
    text = HolderStatement.of(snapshot, world.people[1]).to_text()
    assert text.count("in a vesting wallet, 2023-11-14 to") == 2
    everything = HolderStatement.of(snapshot, world.people[0])
    assert [later.amount for later in everything.later] == [whole_balance]


def test_account_of_which_all_vests_has_no_claim_but_a_statement(tmp_path: Path) -> None:
    who = b"\x42" * 32
    world = StakingWorld(21)
    world.native[who] = (5 * PHA, 0)
    pairs = {key: value for key, value in world.pairs() if not key.startswith(bytes.fromhex(VESTING))}
    pairs |= dict([*CLOCK, entry(who, (9 * PHA, PHA, BLOCK))])
    path, manifest = write_state(tmp_path, sorted(pairs.items()))
    rules = tmp_path / "rules.json"
    rules.write_text('{"vesting": "wallet"}')
    state = load_chain_state(path)
    write_snapshot(tmp_path / "out", state.manifest, whole_ledger(state, rules=LedgerRules.load(rules)))
    cross_check(tmp_path / "out", path, manifest, rules=rules)
    statement = HolderStatement.of(Snapshot.open(tmp_path / "out"), who)
    assert statement.bundle is None
    assert [(later.amount, later.duration) for later in statement.later] == [(5 * PHA, 9 * 12)]


def test_schedule_without_end_stops_the_build_and_is_released_when_accepted() -> None:
    world = StakingWorld(21)
    who = world.people[0]
    state = world_with(entry(who, (50, 0, BLOCK)))
    ledger_of(state, LedgerRules())
    with pytest.raises(UnacceptedFindingsError, match=f"vesting-without-end:0x{who.hex()}"):
        ledger_of(state, WALLET)
    assert ledger_of(state, WALLET, (f"vesting-without-end:0x{who.hex()}",)).vesting == []


def test_state_without_a_clock_cannot_carry_vesting_over() -> None:
    who = StakingWorld(21).people[0]
    with pytest.raises(ClockError, match=r"System\.Number and Timestamp\.Now"):
        ledger_of(world_with(entry(who, (50, 1, BLOCK)), clock=False), WALLET)
    ledger_of(world_with(entry(who, (50, 1, BLOCK)), clock=False), LedgerRules())


def test_native_ledger_carries_vesting_over_too() -> None:
    world = StakingWorld(21, stake_pools=1, vaults=0)
    who = world.people[0]
    state = state_with(world, *CLOCK)
    pairs = {key: value for key, value in state.pairs if not key.startswith(bytes.fromhex(VESTING))}
    pairs |= dict([entry(who, (7, 1, BLOCK))])
    ledger = native_ledger(type(state)(state.manifest, sorted(pairs.items())), rules=WALLET)
    assert [(leaf.account, leaf.amount, leaf.duration) for leaf in ledger.vesting] == [(who, 7, 84)]


def test_schedule_longer_than_a_wallet_counts_stops_the_build_and_is_released_when_accepted() -> None:
    world = StakingWorld(21)
    who = world.people[0]
    state = world_with(entry(who, (2_000_000 * PHA, 1, BLOCK)))
    with pytest.raises(UnacceptedFindingsError, match=f"vesting-for-ever:0x{who.hex()}"):
        ledger_of(state, WALLET)
    assert ledger_of(state, WALLET, (f"vesting-for-ever:0x{who.hex()}",)).vesting == []
