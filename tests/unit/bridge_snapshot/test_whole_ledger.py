# SPDX-License-Identifier: Apache-2.0
"""A whole parachain: every unit of the issuance is someone's, in a class, with a reason, or the build stops."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.accounts import AccountClass
from pha.bridge.bundles import Snapshot, write_snapshot
from pha.bridge.chain_state import ChainState, load_chain_state
from pha.bridge.conservation import ConservationError, Line, conserve, ledger_lines
from pha.bridge.disposition import Disposition, disposition_of
from pha.bridge.findings import NeedlessAcceptanceError, UnacceptedFindingsError
from pha.bridge.look_through import Origin
from pha.bridge.sample import STATE_PATH
from pha.bridge.sample.generate import sample_header
from pha.bridge.state_trie import state_root
from pha.bridge.whole_ledger import BackingError, whole_ledger
from scripts.snapshot import cli
from tests.reference.staking_world import (
    ISSUANCE,
    PHA,
    SUBSIDY,
    TREASURY,
    WPHA,
    StakingWorld,
    u128,
    wrapped_key,
)

MANIFEST = load_chain_state(STATE_PATH).manifest


def state_of(world: StakingWorld) -> ChainState:
    return ChainState(MANIFEST, world.pairs())


@pytest.mark.parametrize("seed", range(6))
def test_claims_and_classes_are_the_truth(seed: int) -> None:
    world = StakingWorld(seed)
    whole = whole_ledger(state_of(world))
    leaves = {leaf.account: (leaf.free, leaf.staked) for leaf in whole.ledger.leaves}
    assert leaves == {who: (world.free[who], int(world.staked[who])) for who in world.people}
    subsidy = world.native[SUBSIDY][0] - sum(world.legacy.values())
    assert {(entry.account, entry.amount) for entry in whole.ledger.excluded} == {
        (SUBSIDY, subsidy),
        (TREASURY, world.native[TREASURY][0]),
    }
    report = conserve(ledger_lines(whole.ledger), world.issuance)
    claimable = sum(world.free.values()) + int(sum(world.staked.values()))
    assert [line for line in report.lines if line.amount] == [
        Line("claimable", len(world.people), claimable, Disposition.CLAIMABLE),
        Line("excluded: keyless-modl", 2, subsidy + world.native[TREASURY][0], Disposition.TREASURY),
        Line("rounding left in pools", 0, world.remainder, Disposition.TREASURY),
    ]


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_issuance_is_explained_by_class_and_by_origin(seed: int) -> None:
    world = StakingWorld(seed, people=7, stake_pools=2, vaults=1, exact=False)
    whole = whole_ledger(state_of(world))
    conserve(ledger_lines(whole.ledger), world.issuance)
    origins = {line.name: line.amount for line in whole.by_origin().lines}
    assert sum(origins.values()) == world.issuance
    assert origins[Origin.LEGACY_REWARD] == sum(world.legacy.values())
    assert origins[Origin.WRAPPED] == sum(world.wrapped[who] for who in world.people)
    both = sum(world.wrapped.values()) + sum(world.legacy.values())
    assert origins[Origin.NATIVE] == world.issuance - both


def test_frozen_vesting_and_vote_locks_are_reported_but_never_added() -> None:
    world = StakingWorld(1)
    inside = whole_ledger(state_of(world)).to_json()["inside_free"]
    assert inside == {
        "vesting": str(sum(free // 2 for free, _ in world.native.values())),
        "vote_locks": str(5 * len(world.wrapped)),
    }


@pytest.mark.parametrize("missing", [1, 10**12])
def test_wrapped_pha_without_backing_stops_the_build_whatever_is_accepted(missing: int) -> None:
    world = StakingWorld(2)
    wrapped = world.native[WPHA][0]
    world.native[WPHA] = (wrapped - missing, 0)
    with pytest.raises(BackingError, match=rf"wpha/ holds {wrapped - missing} .* {wrapped} are owed .* {missing} too"):
        whole_ledger(state_of(world), ["wrapped-surplus"])
    del world.native[WPHA]
    with pytest.raises(BackingError, match="wpha/ holds 0"):
        whole_ledger(state_of(world))


def test_backing_beyond_what_is_wrapped_needs_acceptance_and_goes_to_its_class() -> None:
    world = StakingWorld(2)
    world.native[WPHA] = (world.native[WPHA][0], 3)
    with pytest.raises(UnacceptedFindingsError, match="wrapped-surplus: wpha/ holds 3 base units more"):
        whole_ledger(state_of(world))
    whole = whole_ledger(state_of(world), ["wrapped-surplus"])
    assert (WPHA, AccountClass.WRAPPED_PHA, 3) in whole.ledger.excluded
    conserve(ledger_lines(whole.ledger), world.issuance)
    assert whole.to_json()["accepted_findings"][0]["name"] == "wrapped-surplus"


def test_rewards_that_the_subsidy_pool_cannot_pay_stop_the_build() -> None:
    world = StakingWorld(3)
    owed = sum(world.legacy.values())
    world.native[SUBSIDY] = (owed, 0)
    whole_ledger(state_of(world))
    world.native[SUBSIDY] = (owed - 1, 0)
    with pytest.raises(BackingError, match=r"modlphala/pp .* 1 too many"):
        whole_ledger(state_of(world))


def test_one_unit_more_or_less_of_issuance_is_an_error() -> None:
    world = StakingWorld(4)
    for change, message in ((1, "1 short of"), (-1, "1 more than")):
        state = dict(world.pairs()) | {bytes.fromhex(ISSUANCE): u128(world.issuance + change)}
        whole = whole_ledger(ChainState(MANIFEST, sorted(state.items())))
        with pytest.raises(ConservationError, match=message):
            conserve(ledger_lines(whole.ledger), whole.ledger.total_issuance)
        with pytest.raises(ConservationError, match=message):
            whole.by_origin()


def test_unreadable_entry_stops_the_build_and_leaves_a_surplus_when_accepted() -> None:
    world = StakingWorld(5)
    victim = world.people[0]
    broken = wrapped_key(victim)
    state = ChainState(MANIFEST, sorted((dict(world.pairs()) | {broken: b"\1"}).items()))
    name = f"undecodable:0x{broken.hex()}"
    with pytest.raises(UnacceptedFindingsError, match=name):
        whole_ledger(state)
    with pytest.raises(UnacceptedFindingsError, match="wrapped-surplus"):
        whole_ledger(state, [name])
    whole = whole_ledger(state, [name, "wrapped-surplus"])
    conserve(ledger_lines(whole.ledger), world.issuance)
    assert (WPHA, AccountClass.WRAPPED_PHA, world.wrapped[victim]) in whole.ledger.excluded
    with pytest.raises(NeedlessAcceptanceError):
        whole_ledger(state_of(StakingWorld(5)), [name])


def test_shares_of_a_keyless_account_go_to_its_class() -> None:
    world = StakingWorld(6)
    pool = world.pools[0]
    account, shares, _ = pool.stakes[0]
    pool.stakes[0] = (TREASURY, shares, False)
    whole = whole_ledger(state_of(world))
    excluded = {entry.account: entry.amount for entry in whole.ledger.excluded}
    assert excluded[TREASURY] == world.native[TREASURY][0] + shares * pool.price
    left = next(leaf.staked for leaf in whole.ledger.leaves if leaf.account == account)
    assert left == world.staked[account] - shares * pool.price
    conserve(ledger_lines(whole.ledger), world.issuance)


def test_every_class_has_its_disposition() -> None:
    by_outcome = Counter(disposition_of(account_class) for account_class in AccountClass)
    assert by_outcome == {Disposition.CLAIMABLE: 4, Disposition.EXCLUDED: 2, Disposition.TREASURY: 10}
    assert disposition_of(AccountClass.SIGNING) is Disposition.CLAIMABLE
    assert disposition_of(AccountClass.MULTISIG) is Disposition.CLAIMABLE
    assert disposition_of(AccountClass.BRIDGE_RESERVE) is Disposition.TREASURY
    assert disposition_of(AccountClass.ZERO) is Disposition.EXCLUDED
    assert disposition_of(AccountClass.SIBLING) is Disposition.TREASURY


def write_state(folder: Path, world: StakingWorld) -> Path:
    pairs = world.pairs()
    header = sample_header(state_root(pairs))
    manifest = json.loads(STATE_PATH.with_name("state.manifest.json").read_text())
    manifest |= {"name": "synthetic", "block_hash": f"0x{header.block_hash().hex()}"}
    manifest["header"]["stateRoot"] = f"0x{header.state_root.hex()}"
    (folder / "state.manifest.json").write_text(json.dumps(manifest))
    path = folder / "state.jsonl"
    path.write_text("".join(json.dumps([f"0x{k.hex()}", f"0x{v.hex()}"]) + "\n" for k, v in pairs))
    return path


def test_command_looks_through_and_publishes_every_position(tmp_path: Path) -> None:
    world = StakingWorld(7)
    out = tmp_path / "out"
    built = CliRunner().invoke(cli, ["build", "--state", str(write_state(tmp_path, world)), "--out", str(out)])
    assert built.exit_code == 0, built.output
    assert "treasury by vote" in built.output
    snapshot = Snapshot.open(out)
    for who in world.people:
        bundle = snapshot.bundle(who)
        assert (bundle.free, bundle.staked) == (world.free[who], world.staked[who])
    positions = [json.loads(line) for line in (out / "positions.jsonl").read_text().splitlines()]
    assert sum(int(entry["amount"]) for entry in positions) + world.remainder == world.issuance
    owed: Counter[str] = Counter()
    for entry in positions:
        owed[entry["account"]] += int(entry["amount"])
    assert all(owed[f"0x{who.hex()}"] == world.free[who] + world.staked[who] for who in world.people)
    accounting = json.loads((out / "accounting.json").read_text())
    assert [pool["pid"] for pool in accounting["pools"]] == list(range(6))
    assert sum(int(pool["remainder"]) for pool in accounting["pools"]) == world.remainder
    assert accounting["entries"]["Assets.Account"] == len(world.wrapped)
    assert accounting["accepted_findings"] == []


def test_command_stops_at_a_finding_until_it_is_accepted(tmp_path: Path) -> None:
    world = StakingWorld(8)
    world.native[WPHA] = (world.native[WPHA][0] + PHA, 0)
    arguments = ["build", "--state", str(write_state(tmp_path, world)), "--out", str(tmp_path / "out")]
    refused = CliRunner().invoke(cli, arguments)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: not accepted (1 of 1 findings in the state): wrapped-surplus")
    assert not (tmp_path / "out").exists()
    accepted = CliRunner().invoke(cli, [*arguments, "--accept", "wrapped-surplus"])
    assert accepted.exit_code == 0, accepted.output
    accounting = json.loads((tmp_path / "out" / "accounting.json").read_text())
    assert [entry["name"] for entry in accounting["accepted_findings"]] == ["wrapped-surplus"]


def test_acceptance_without_staking_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["build", "--accept", "pool-value:1", "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert result.output == "Error: accepted but not found in this state: pool-value:1\n"


def test_snapshot_of_a_native_ledger_has_no_accounting(tmp_path: Path) -> None:
    whole = whole_ledger(state_of(StakingWorld(9)))
    write_snapshot(tmp_path / "native", MANIFEST, whole.ledger)
    assert not (tmp_path / "native" / "accounting.json").exists()
    write_snapshot(tmp_path / "whole", MANIFEST, whole)
    assert (tmp_path / "whole" / "accounting.json").exists()
    assert Snapshot.open(tmp_path / "native").root == Snapshot.open(tmp_path / "whole").root
