# SPDX-License-Identifier: Apache-2.0
"""From a state to a folder of claim bundles: who becomes a leaf, that all adds up, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.accounts import CLAIMABLE_CLASSES, AccountClass
from pha.bridge.bundles import (
    AccountNotInSnapshotError,
    AlteredBundleError,
    ClaimBundle,
    Snapshot,
    SnapshotFolderError,
    write_snapshot,
)
from pha.bridge.chain_state import ChainState, load_chain_state
from pha.bridge.conservation import ConservationError, ConservationReport, Line, conserve, ledger_lines
from pha.bridge.ledger import Entitlement, TotalIssuanceError, build_ledger, native_ledger
from pha.bridge.sample import STATE_PATH
from pha.bridge.sample.generate import main as generate
from pha.bridge.ss58 import encode_ss58
from scripts.snapshot import cli

ACCOUNT_PREFIX = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
ISSUANCE_KEY = "0xc2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80"


def sample_entries() -> dict[str, str]:
    return dict(json.loads(line) for line in STATE_PATH.read_text().splitlines())


def sample_balances() -> dict[bytes, int]:
    """free + reserved per account, read off the file by position."""
    balances = {}
    for key, value in sample_entries().items():
        if key.startswith(ACCOUNT_PREFIX):
            data = bytes.fromhex(value[2:])
            amounts = int.from_bytes(data[16:32], "little") + int.from_bytes(data[32:48], "little")
            balances[bytes.fromhex(key[-64:])] = amounts
    return balances


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Snapshot:
    state = load_chain_state(STATE_PATH)
    folder = tmp_path_factory.mktemp("snapshot")
    write_snapshot(folder, state.manifest, native_ledger(state))
    return Snapshot.open(folder)


def test_sample_files_are_what_the_generator_writes() -> None:
    assert generate(["--check"]) == 0


def test_sample_issuance_is_the_sum_of_its_accounts() -> None:
    issuance = int.from_bytes(bytes.fromhex(sample_entries()[ISSUANCE_KEY][2:]), "little")
    assert sum(sample_balances().values()) == issuance


def test_every_account_with_a_balance_is_a_leaf_or_excluded_with_its_reason() -> None:
    ledger = native_ledger(load_chain_state(STATE_PATH))
    balances = sample_balances()
    leaves = {leaf.account: leaf.free for leaf in ledger.leaves}
    excluded = {entry.account: entry.amount for entry in ledger.excluded}
    assert leaves | excluded == {account: amount for account, amount in balances.items() if amount}
    assert not leaves.keys() & excluded.keys()
    assert ledger.empty_accounts == list(balances.values()).count(0) == 1
    assert {entry.reason for entry in ledger.excluded} == set(AccountClass) - CLAIMABLE_CLASSES - {
        AccountClass.BRIDGE_RESERVE
    }
    assert all(leaf.staked == 0 for leaf in ledger.leaves)
    assert {leaf.free for leaf in ledger.dust} == {1, 10**10 - 1}


def test_khala_genesis_adds_up(evidence_dir, tmp_path) -> None:
    state = load_chain_state(evidence_dir / "polkadot" / "khala_genesis_raw.json")
    report = write_snapshot(tmp_path / "khala", state.manifest, native_ledger(state))
    assert [(line.accounts, line.amount) for line in report.lines] == [(5, 5 * 10**15), (0, 0), (1, 10**11)]
    assert report.total_issuance == 5000100000000000
    assert Snapshot.open(tmp_path / "khala").total == 5 * 10**15


parts = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2**80), st.integers(0, 2**80)), max_size=20)


@given(parts)
@settings(max_examples=60)
def test_parts_of_one_account_are_added_and_conserved(owed: list[tuple[int, int, int]]) -> None:
    names = [b"modl".ljust(32, b"\0"), *(bytes((at,)) * 32 for at in range(1, 6))]
    total = sum(free + staked for _, free, staked in owed)
    ledger = build_ledger((Entitlement(names[at], free, staked) for at, free, staked in owed), total)
    for at in range(1, 6):
        expected = (sum(f for a, f, _ in owed if a == at), sum(s for a, _, s in owed if a == at))
        found = [(leaf.free, leaf.staked) for leaf in ledger.leaves if leaf.account == names[at]]
        assert found == ([expected] if any(expected) else [])
    conserve(ledger_lines(ledger), total)
    with pytest.raises(ConservationError, match=r" 1 short of"):
        conserve(ledger_lines(ledger), total + 1)


def test_conservation_names_the_difference_and_reads_back() -> None:
    lines = [Line("a", 1, 10), Line("b", 2, 5)]
    report = conserve(lines, 15)
    assert ConservationReport.from_json(json.loads(json.dumps(report.to_json()))) == report
    text = report.to_text()
    assert "0.000000000010" in text
    assert text.count("0.000000000015") == 2
    with pytest.raises(ConservationError, match="2 more than"):
        conserve(lines, 13)
    altered = report.to_json() | {"total_issuance": "16"}
    with pytest.raises(ConservationError, match="1 short of"):
        ConservationReport.from_json(altered)


@pytest.mark.parametrize("value", [None, b"", bytes(15), bytes(17)])
def test_state_without_total_issuance_is_refused(value: bytes | None) -> None:
    good = load_chain_state(STATE_PATH)
    key = bytes.fromhex(ISSUANCE_KEY[2:])
    pairs = [pair for pair in good.pairs if pair[0] != key]
    if value is not None:
        pairs = sorted([*pairs, (key, value)])
    with pytest.raises(TotalIssuanceError):
        native_ledger(ChainState(good.manifest, pairs))


def test_every_bundle_leads_to_the_root_and_is_found_by_account(snapshot: Snapshot) -> None:
    bundles = list(snapshot.bundles())
    assert len(bundles) == snapshot.leaves
    assert sum(bundle.free + bundle.staked for bundle in bundles) == snapshot.total
    balances = sample_balances()
    for index, bundle in enumerate(bundles):
        node = keccak(bundle.account + balances[bundle.account].to_bytes(16) + bytes(16))
        total, place, proof = balances[bundle.account], index, bundle.proof
        while proof:
            sibling, amount, proof = proof[:32], proof[32:48], proof[48:]
            ours = total.to_bytes(16)
            pair = sibling + node + amount + ours if place & 1 else node + sibling + ours + amount
            node, total, place = keccak(pair), total + int.from_bytes(amount), place >> 1
        assert (node, total) == (snapshot.root, snapshot.total)
        assert snapshot.bundle(bundle.account) == bundle
        assert ClaimBundle.from_json(bundle.to_json()) == bundle
        assert encode_ss58(bundle.account, 30) == bundle.ss58


def test_account_without_claim_is_refused_with_its_reason(snapshot: Snapshot) -> None:
    with pytest.raises(AccountNotInSnapshotError, match="excluded as keyless-zero"):
        snapshot.bundle(bytes(32))
    with pytest.raises(AccountNotInSnapshotError):
        snapshot.bundle(b"\xfe" * 32)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("free", "5"),
        ("staked", "1"),
        ("index", 1),
        ("proof", "0x00"),
        ("total", "7"),
        ("root", "0x" + "00" * 32),
    ],
)
def test_altered_bundle_is_refused(snapshot: Snapshot, field: str, value: object) -> None:
    fields = json.loads(next(snapshot.bundles()).to_json())
    ClaimBundle.from_json(json.dumps(fields))
    for change in ({field: value}, {field: None}):
        with pytest.raises(AlteredBundleError):
            ClaimBundle.from_json(json.dumps(fields | change))
    del fields[field]
    with pytest.raises(AlteredBundleError):
        ClaimBundle.from_json(json.dumps(fields))


def test_shards_hold_consecutive_leaves(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("pha.bridge.bundles.SHARD_SIZE", 8)
    state = load_chain_state(STATE_PATH)
    write_snapshot(tmp_path / "out", state.manifest, native_ledger(state))
    snapshot = Snapshot.open(tmp_path / "out")
    assert len(snapshot.first_accounts) == -(-snapshot.leaves // 8) > 2
    for account, amount in sample_balances().items():
        if any(account == bundle.account for bundle in snapshot.bundles()):
            assert snapshot.bundle(account).free == amount


@pytest.mark.parametrize("content", ["{", "[]", '{"lines": [{"name": "a"}]}', '{"lines": [], "total_issuance": "x"}'])
def test_damaged_report_is_refused(tmp_path, content: str) -> None:
    state = load_chain_state(STATE_PATH)
    written = write_snapshot(tmp_path / "out", state.manifest, native_ledger(state))
    assert Snapshot.open(tmp_path / "out").report() == written
    (tmp_path / "out" / "conservation.json").write_text(content)
    with pytest.raises(SnapshotFolderError, match=r"conservation\.json"):
        Snapshot.open(tmp_path / "out").report()


def test_folder_in_use_or_unfinished_is_refused(tmp_path) -> None:
    state = load_chain_state(STATE_PATH)
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(SnapshotFolderError, match="not empty"):
        write_snapshot(tmp_path, state.manifest, native_ledger(state))
    assert (tmp_path / "mine").read_text() == "keep"
    with pytest.raises(SnapshotFolderError, match="build the snapshot first"):
        Snapshot.open(tmp_path)
    (tmp_path / "snapshot.json").write_text("{")
    with pytest.raises(SnapshotFolderError, match="damaged"):
        Snapshot.open(tmp_path)


def test_command_builds_reports_and_shows(tmp_path) -> None:
    out = str(tmp_path / "out")
    runner = CliRunner()
    built = runner.invoke(cli, ["build", "--out", out])
    assert built.exit_code == 0, built.output
    report = runner.invoke(cli, ["report", "--out", out])
    assert report.exit_code == 0
    assert "total issuance" in report.output
    account = max(sample_balances())
    shown = runner.invoke(cli, ["show", encode_ss58(account, 42), "--json", "--out", out])
    assert json.loads(shown.output)["account"] == "0x" + account.hex()


def test_command_ends_with_one_line_and_a_status_when_refused(tmp_path) -> None:
    cut: Path = tmp_path / "state.jsonl"
    cut.write_text(STATE_PATH.read_text()[:-9])
    (tmp_path / "state.manifest.json").write_text(STATE_PATH.with_name("state.manifest.json").read_text())
    runner = CliRunner()
    for arguments in (
        ["build", "--state", str(cut), "--out", str(tmp_path / "out")],
        ["report", "--out", str(tmp_path / "out")],
        ["show", "nonsense", "--out", str(tmp_path / "out")],
    ):
        result = runner.invoke(cli, arguments)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
        assert result.output.count("\n") == 1
    assert not (tmp_path / "out").exists()
