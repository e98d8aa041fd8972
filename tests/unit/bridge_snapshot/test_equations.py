# SPDX-License-Identifier: Apache-2.0
"""Equations hold to the last unit or say where they do not; a synthetic chain of any size satisfies all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pha.bridge.bundles import Snapshot, write_snapshot
from pha.bridge.chain_state import load_chain_state
from pha.bridge.cross_check import cross_check
from pha.bridge.equations import (
    Equation,
    EquationError,
    check_all,
    funding_equations,
    pool_equations,
    refuse_native_claims,
)
from pha.bridge.look_through import Origin
from pha.bridge.synthetic_state import SyntheticState
from pha.bridge.whole_ledger import WholeLedger, whole_ledger
from tests.reference.staking_world import WPHA, StakingWorld
from tests.unit.bridge_snapshot.test_known_accounts import state_with

ROOT = b"\7" * 32
UNIT = 10**6


def test_equation_says_where_and_by_how_much() -> None:
    good = Equation("a", "one", 5, "other", 5)
    assert check_all([good, good]) == (good, good)
    with pytest.raises(EquationError, match=r"b: one is 5, other is 7, 2 less on the left"):
        check_all([good, replace(good, name="b", right=7)])
    with pytest.raises(EquationError, match="1 more on the left"):
        replace(good, left=6).check()


@pytest.mark.parametrize("change", [1, -1])
def test_pool_that_gives_what_it_has_not_is_named(change: int) -> None:
    check_all(pool_equations([(1, "vault", 10, 9, 1), (2, "stake pool", 0, 0, 0)]))
    with pytest.raises(EquationError, match="stake pool 2: "):
        check_all(pool_equations([(1, "vault", 10, 9, 1), (2, "stake pool", 10, 9, 1 + change)]))


def test_world_satisfies_the_equations() -> None:
    world = StakingWorld(1)
    whole = whole_ledger(state_with(world))
    sides = {equation.name: (equation.left, equation.right) for equation in whole.equations()}
    assert sides["total issuance by origin"] == (world.issuance, world.issuance)
    assert sides["backing of wrapped PHA"] == (world.native[WPHA][0],) * 2
    assert sides["wrapped PHA by holder"] == (sum(world.wrapped.values()),) * 2
    assert len(sides) == 3 + len(world.pools) + len(world.vaults)
    assert len(whole.to_json()["equations"]) == len(sides)


def positions_changed(whole: WholeLedger, by: int) -> WholeLedger:
    place = next(at for at, position in enumerate(whole.positions) if position.origin is Origin.STAKE_POOL)
    positions = list(whole.positions)
    positions[place] = positions[place]._replace(amount=positions[place].amount + by)
    return replace(whole, positions=positions)


def test_unit_too_much_or_too_little_is_an_error_wherever_it_is(tmp_path: Path) -> None:
    world = StakingWorld(2)
    state = state_with(world)
    whole = whole_ledger(state)
    for by in (1, -1):
        with pytest.raises(ValueError, match=r"1 (more than|short of) the total issuance"):
            positions_changed(whole, by).equations()
        with pytest.raises(EquationError, match="backing of wrapped PHA"):
            replace(whole, backing=whole.backing + by).equations()
        looked = replace(whole.looked_through, pools=list(whole.looked_through.pools))
        looked.pools[0] = looked.pools[0]._replace(remainder=looked.pools[0].remainder + by)
        with pytest.raises(EquationError, match=r"wrapped PHA by holder|stake pool 0|total issuance"):
            replace(whole, looked_through=looked).equations()
        lacking = replace(whole, backing=whole.backing + by)
        with pytest.raises(EquationError):
            write_snapshot(tmp_path / "out", state.manifest, lacking)
        assert not (tmp_path / "out").exists()


def test_bridge_must_have_the_snapshots_root_cap_and_funds() -> None:
    good = {"root": ROOT, "total": 100, "bridge_root": ROOT, "cap": 100, "held": 60 * UNIT, "paid": 40 * UNIT}
    assert [(e.left, e.right) for e in funding_equations(**good)] == [(100, 100), (100 * UNIT, 100 * UNIT)]
    funding_equations(**{**good, "held": 61 * UNIT})  # somebody sent PHA there
    for change, where in [
        ({"bridge_root": b"\6" * 32}, "pays from root"),
        ({"cap": 99}, "cap of the bridge"),
        ({"cap": 101, "held": 61 * UNIT}, "cap of the bridge"),
        ({"held": 60 * UNIT - 1}, "funding of the bridge: .* 1 more on the left"),
    ]:
        with pytest.raises(EquationError, match=where):
            funding_equations(**{**good, **change})


def test_native_claims_and_vesting_wallets_exclude_each_other() -> None:
    refuse_native_claims(is_vesting_carried=True, bridge_state_root=bytes(32))
    refuse_native_claims(is_vesting_carried=False, bridge_state_root=ROOT)
    with pytest.raises(EquationError, match="paid twice"):
        refuse_native_claims(is_vesting_carried=True, bridge_state_root=ROOT)


def test_synthetic_chain_adds_up_and_both_builders_agree_on_it(tmp_path: Path) -> None:
    path = SyntheticState(7, accounts=1200, shares=400).write(tmp_path, "state")
    again = SyntheticState(7, accounts=1200, shares=400)
    state = load_chain_state(path)
    assert again.pairs() == state.pairs
    assert SyntheticState(8, accounts=1200, shares=400).pairs() != state.pairs
    whole = whole_ledger(state)
    assert whole.findings == []
    assert whole.staking.counts["Uniques.Account"] == 400
    assert {position.origin for position in whole.positions} == set(Origin)
    write_snapshot(tmp_path / "out", state.manifest, whole)
    second = cross_check(tmp_path / "out", path, tmp_path / "state.manifest.json")
    assert second["leaves"] == Snapshot.open(tmp_path / "out").leaves == 1200
