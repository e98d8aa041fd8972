# SPDX-License-Identifier: Apache-2.0
"""A holder sees what they are owed and from what, to the unit, and who has to sign which sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pha.bridge.accounts import AccountClass
from pha.bridge.bundles import AccountNotInSnapshotError, Snapshot, SnapshotFolderError, write_snapshot
from pha.bridge.chain_state import load_chain_state
from pha.bridge.claim import ClaimPath, Request, Scheme
from pha.bridge.holder_statement import HolderStatement, hand_over
from pha.bridge.ledger import native_ledger
from pha.bridge.ledger_rules import LedgerRules
from pha.bridge.relay import Signature, SignedRequest, read_requests
from pha.bridge.sample import STATE_PATH
from pha.bridge.sample.keys import sample_key, sample_multisig
from pha.bridge.whole_ledger import whole_ledger
from tests.reference.staking_world import StakingWorld
from tests.unit.bridge_snapshot.test_known_accounts import proxy_entry, state_with

REQUEST = Request(ClaimPath.LIQUID, b"\x11" * 20, b"\x22" * 20, 2035)
SENTENCE = f"PHA to 0x{'11' * 20} by 0x{'22' * 20} on 2035"


@pytest.fixture(scope="module")
def world() -> StakingWorld:
    return StakingWorld(12)


@pytest.fixture(scope="module")
def snapshot(world: StakingWorld, tmp_path_factory) -> Snapshot:
    folder = tmp_path_factory.mktemp("holder") / "out"
    state = state_with(world, proxy_entry(world.people[2]))
    write_snapshot(folder, state.manifest, whole_ledger(state, rules=LedgerRules(multisigs=(world.people[1],))))
    return Snapshot.open(folder)


@pytest.fixture(scope="module")
def native(tmp_path_factory) -> Snapshot:
    folder = tmp_path_factory.mktemp("holder") / "native"
    state = load_chain_state(STATE_PATH)
    write_snapshot(folder, state.manifest, native_ledger(state))
    return Snapshot.open(folder)


def test_parts_are_what_the_holder_had_where(world: StakingWorld, snapshot: Snapshot) -> None:
    who = world.people[0]
    statement = HolderStatement.of(snapshot, who)
    native = [part.amount for part in statement.parts if part.origin == "native"]
    assert native == [sum(world.native[who])]
    assert [part.amount for part in statement.parts if part.origin == "wrapped"] == [world.wrapped[who]]
    staked = {}
    for pool in [*world.pools, *world.vaults]:
        for account, shares, _ in pool.stakes:
            if account == who:
                staked[pool.pid] = staked.get(pool.pid, 0) + int(shares * pool.price)
    found: dict[int, int] = {}
    for part in statement.parts:
        if part.origin in ("stake pool shares", "vault shares", "queued withdrawals"):
            assert part.pool is not None
            found[part.pool] = found.get(part.pool, 0) + part.amount
    assert found == staked
    text = statement.to_text()
    whole, fraction = divmod(world.free[who] + int(world.staked[who]), 10**12)
    assert f"{whole:,}.{fraction:012} PHA" in text
    assert all(f"pool {pid}" in text for pid in staked)


def test_each_class_is_told_who_signs_what(world: StakingWorld, snapshot: Snapshot) -> None:
    expected = {
        world.people[0]: (AccountClass.SIGNING, [("the account's key", SENTENCE)]),
        world.people[1]: (AccountClass.MULTISIG, [("each member", f"{SENTENCE} for 0x{world.people[1].hex()}")]),
        world.people[2]: (
            AccountClass.PROXIED,
            [("the account's key", SENTENCE), ("or its proxy", f"{SENTENCE} for 0x{world.people[2].hex()}")],
        ),
    }
    for who, (account_class, sentences) in expected.items():
        statement = HolderStatement.of(snapshot, who)
        assert (statement.account_class, statement.sentences(REQUEST)) == (account_class, sentences)
        assert f"class: {account_class}" in statement.to_text()


def test_native_snapshot_has_one_part_and_excluded_accounts_have_a_reason(native: Snapshot) -> None:
    statement = HolderStatement.of(native, sample_multisig())
    assert [(part.origin, part.pool, part.amount) for part in statement.parts] == [("native", None, 7_520 * 10**12 + 1)]
    dust = HolderStatement.of(native, sample_key(Scheme.SR25519, 200).account)
    assert dust.account_class is AccountClass.DUST
    assert dust.parts[0].amount == 1
    with pytest.raises(AccountNotInSnapshotError, match="excluded as keyless-zero"):
        HolderStatement.of(native, bytes(32))


@pytest.mark.parametrize(("name", "old"), [("positions.jsonl", '"amount":"'), ("accounts.jsonl", '"account":"0x')])
def test_files_that_disagree_are_refused(world: StakingWorld, snapshot: Snapshot, name: str, old: str) -> None:
    path = snapshot.folder / name
    good = path.read_text()
    HolderStatement.of(snapshot, world.people[0])
    mine = next(line for line in good.splitlines() if world.people[0].hex() in line)
    path.write_text(good.replace(mine, mine.replace(old, old + "1")))
    with pytest.raises(SnapshotFolderError, match="does not say one thing"):
        HolderStatement.of(snapshot, world.people[0])
    path.write_text(good)


@pytest.mark.parametrize("way", [ClaimPath.LIQUID, ClaimPath.VAULT])
def test_bundle_for_a_relayer_is_a_request_and_a_claim(native: Snapshot, tmp_path: Path, way: ClaimPath) -> None:
    key = sample_key(Scheme.SECP256K1, 3)
    request = Request(way, REQUEST.recipient, REQUEST.bridge, 2035)
    signature = key.sign(("v" if way is ClaimPath.VAULT else "").encode() + SENTENCE.encode())
    signed = SignedRequest(key.account, request.recipient, Signature(signature), way)
    claim = signed.claim(native, request.bridge, request.chain_id)
    path = tmp_path / "bundle.jsonl"
    path.write_text(hand_over(signed, claim, signature) + "\n")
    assert list(read_requests(path)) == [(1, signed)]
    fields = json.loads(path.read_text())
    assert bytes.fromhex(fields["claim"][2:]) == claim.encode()
    assert fields["bundle"]["root"] == f"0x{native.root.hex()}"
