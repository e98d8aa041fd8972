# SPDX-License-Identifier: Apache-2.0
"""Two builders in two languages, byte for byte the same; a damaged state is refused by both."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pha.bridge.accounts import SMALL_ORDER_ENCODINGS
from pha.bridge.bundles import write_snapshot
from pha.bridge.chain_state import load_chain_state
from pha.bridge.cross_check import BuildersDisagreeError, SecondBuilderError, cross_check, second_build
from pha.bridge.errors import BridgeError
from pha.bridge.ledger import native_ledger
from pha.bridge.ledger_rules import LedgerRules, RulesError
from pha.bridge.sample import MANIFEST_PATH, STATE_PATH
from pha.bridge.sample.generate import sample_header
from pha.bridge.sample.keys import MULTISIG_KEYS, sample_multisig
from pha.bridge.ss58 import encode_ss58
from pha.bridge.state_manifest import SHIPPED
from pha.bridge.state_trie import Pair, state_root
from pha.bridge.whole_ledger import whole_ledger
from scripts.snapshot import cli
from tests.reference.staking_world import (
    ACCOUNT,
    WPHA,
    StakingWorld,
    blake2,
    property_key,
    u128,
    vector_of,
    wrapped_key,
)
from tests.unit.bridge_snapshot.test_known_accounts import multisig_entry, proxy_entry


def write_state(folder: Path, pairs: list[Pair]) -> tuple[Path, Path]:
    """A state and a manifest of a block that has it."""
    header = sample_header(state_root(pairs))
    manifest = json.loads(MANIFEST_PATH.read_text())
    manifest |= {"name": "a world", "block_hash": f"0x{header.block_hash().hex()}"}
    manifest["header"]["stateRoot"] = f"0x{header.state_root.hex()}"
    (folder / "state.manifest.json").write_text(json.dumps(manifest))
    path = folder / "state.jsonl"
    path.write_text("".join(json.dumps([f"0x{key.hex()}", f"0x{value.hex()}"]) + "\n" for key, value in pairs))
    return path, folder / "state.manifest.json"


def test_builders_agree_on_the_shipped_sample(tmp_path: Path) -> None:
    state = load_chain_state(STATE_PATH)
    write_snapshot(tmp_path / "out", state.manifest, native_ledger(state))
    second = cross_check(tmp_path / "out", STATE_PATH, MANIFEST_PATH)
    assert second["classes"]["dust"] == {"accounts": 2, "amount": str(10**10)}
    assert second["leaves"] == 33


def test_builders_agree_on_khalas_genesis(evidence_dir: Path, tmp_path: Path) -> None:
    path = evidence_dir / "polkadot" / "khala_genesis_raw.json"
    state = load_chain_state(path)
    write_snapshot(tmp_path / "out", state.manifest, native_ledger(state))
    second = cross_check(tmp_path / "out", path, SHIPPED / "khala.manifest.json")
    assert second["state_root"] == "0xfd2e3e07ed2d610c6c0c6c3cd6858fff733fe53c03bd75d46f25e7c69dec490b"
    assert second["classes"] == {
        "signing": {"accounts": 5, "amount": str(5 * 10**15)},
        "keyless-modl": {"accounts": 1, "amount": str(10**11)},
    }


@pytest.mark.parametrize("seed", range(4))
def test_builders_agree_on_pools_vaults_and_queues(seed: int, tmp_path: Path) -> None:
    world = StakingWorld(seed, people=20 + 5 * seed, stake_pools=3 + seed, vaults=3, exact=seed == 0)
    for at, encoding in enumerate(sorted(SMALL_ORDER_ENCODINGS)):
        world.native[encoding] = (1000 + at, 5)
    for name in (
        b"modlphala/bg",
        b"modlsygma/01",
        b"sibl\1",
        b"para\1",
        b"spm/",
        b"sl/x",
        b"so/x",
        b"bp/x",
        b"basepool",
    ):
        world.native[name.ljust(32, b"\0")] = (7, 0)
    entries = dict([multisig_entry(world.people[0]), proxy_entry(world.people[0]), proxy_entry(world.people[1])])
    path, manifest = write_state(tmp_path, sorted((dict(world.pairs()) | entries).items()))
    state = load_chain_state(path)
    write_snapshot(tmp_path / "out", state.manifest, whole_ledger(state))
    second = cross_check(tmp_path / "out", path, manifest)
    assert second["classes"]["keyless-ed25519-small-order"]["accounts"] == 13
    assert second["classes"]["multisig"]["accounts"] == second["classes"]["proxied"]["accounts"] == 1
    assert int(second["remainder"]) >= world.remainder > 0


def test_listed_multisigs_are_derived_by_both(tmp_path: Path) -> None:
    members = [encode_ss58(key.account, 42) for key in MULTISIG_KEYS]
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"multisigs": [{"threshold": 2, "members": members}]}))
    assert LedgerRules.load(rules).multisigs == (sample_multisig(),)
    state = load_chain_state(STATE_PATH)
    ledger = native_ledger(state, rules=LedgerRules.load(rules))
    write_snapshot(tmp_path / "out", state.manifest, ledger)
    assert cross_check(tmp_path / "out", STATE_PATH, MANIFEST_PATH, rules=rules)["classes"]["multisig"]["accounts"] == 1
    with pytest.raises(BuildersDisagreeError, match=sample_multisig().hex()):
        cross_check(tmp_path / "out", STATE_PATH, MANIFEST_PATH)


@pytest.mark.parametrize("text", ["{", "[]", '{"vestings": "wallet"}', '{"vesting": "x"}', '{"seconds_per_block": 0}'])
def test_rules_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.json"
    path.write_text("{}")
    assert LedgerRules.load(path) == LedgerRules()
    path.write_text(text)
    with pytest.raises(RulesError):
        LedgerRules.load(path)


def change_value(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1].replace('"]', '00"]')]


def drop_line(lines: list[str]) -> list[str]:
    return lines[:10] + lines[11:]


def repeat_line(lines: list[str]) -> list[str]:
    return [*lines, lines[3]]


def spoil_hex(lines: list[str]) -> list[str]:
    return [lines[0].replace('"0x', '"0xz', 1), *lines[1:]]


@pytest.mark.parametrize("damage", [change_value, drop_line, repeat_line, spoil_hex])
def test_damaged_state_is_refused_by_both(damage: Callable[[list[str]], list[str]], tmp_path: Path) -> None:
    lines = STATE_PATH.read_text().splitlines()
    path = tmp_path / "state.jsonl"
    (tmp_path / "state.manifest.json").write_text(MANIFEST_PATH.read_text())
    path.write_text("\n".join(lines) + "\n")
    load_chain_state(path)
    second_build(path, MANIFEST_PATH, tmp_path / "accounts")
    path.write_text("\n".join(damage(lines)) + "\n")
    with pytest.raises(BridgeError):
        load_chain_state(path)
    with pytest.raises(SecondBuilderError, match="refused"):
        second_build(path, MANIFEST_PATH, tmp_path / "accounts")


@pytest.mark.parametrize("kind", ["issuance", "backing", "surplus", "undecodable", "hash", "shares"])
def test_sums_that_do_not_fit_are_refused_by_both(kind: str, tmp_path: Path) -> None:
    world = StakingWorld(5)
    if kind in ("backing", "surplus"):
        world.native[WPHA] = (world.native[WPHA][0] + (1 if kind == "surplus" else -1), 0)
    entries = dict(world.pairs())
    if kind == "shares":
        entries[property_key(world.pools[0].collection, 0)] = vector_of(u128(world.pools[0].stakes[0][1] + 1))
    if kind == "issuance":
        key = bytes.fromhex(ACCOUNT) + blake2(world.people[0])
        entries[key] = entries[key][:16] + u128(world.native[world.people[0]][0] + 1) + entries[key][32:]
    if kind == "undecodable":
        entries[wrapped_key(world.people[0])] = b"\1"
    if kind == "hash":
        key = wrapped_key(world.people[0])
        entries[key[:-1] + bytes((key[-1] ^ 1,))] = entries.pop(key)
    path, manifest = write_state(tmp_path, sorted(entries.items()))
    state = load_chain_state(path)
    with pytest.raises(BridgeError):
        write_snapshot(tmp_path / "out", state.manifest, whole_ledger(state))
    with pytest.raises(SecondBuilderError, match="refused"):
        second_build(path, manifest, tmp_path / "accounts")


def test_what_is_accepted_by_name_is_accepted_by_both(tmp_path: Path) -> None:
    world = StakingWorld(6)
    entries = dict(world.pairs())
    broken = wrapped_key(world.people[0])
    entries[broken] = b"\1"
    path, manifest = write_state(tmp_path, sorted(entries.items()))
    names = [f"undecodable:0x{broken.hex()}", "wrapped-surplus"]
    state = load_chain_state(path)
    write_snapshot(tmp_path / "out", state.manifest, whole_ledger(state, names))
    cross_check(tmp_path / "out", path, manifest, names)
    with pytest.raises(SecondBuilderError, match="wrapped-surplus"):
        cross_check(tmp_path / "out", path, manifest, names[:1])


def test_command_compares_a_folder_with_the_second_builder(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    assert CliRunner().invoke(cli, ["build", "--out", out]).exit_code == 0
    checked = CliRunner().invoke(cli, ["check", "--out", out])
    assert checked.exit_code == 0, checked.output
    assert checked.output.startswith("both builders: root 0x")
    accounts = tmp_path / "out" / "accounts.jsonl"
    accounts.write_text(accounts.read_text().replace('"signing"', '"dust"', 1))
    refused = CliRunner().invoke(cli, ["check", "--out", out])
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert "accounts.jsonl:1:" in refused.output


def test_disagreement_says_where(tmp_path: Path) -> None:
    state = load_chain_state(STATE_PATH)
    write_snapshot(tmp_path / "out", state.manifest, native_ledger(state))
    accounts = tmp_path / "out" / "accounts.jsonl"
    good = accounts.read_text()
    accounts.write_text(good.replace('"signing"', '"multisig"', 1))
    with pytest.raises(BuildersDisagreeError, match=r"accounts\.jsonl:1: .*multisig.* here, .*signing"):
        cross_check(tmp_path / "out", STATE_PATH, MANIFEST_PATH)
    accounts.write_text(good + "{}\n")
    with pytest.raises(BuildersDisagreeError, match=r":45: .* here, nothing there"):
        cross_check(tmp_path / "out", STATE_PATH, MANIFEST_PATH)
    accounts.write_text(good)
    index = tmp_path / "out" / "snapshot.json"
    index.write_text(index.read_text().replace('"total": "1', '"total": "2'))
    with pytest.raises(BuildersDisagreeError, match=r"total: 2\d+ here, 1\d+ there"):
        cross_check(tmp_path / "out", STATE_PATH, MANIFEST_PATH)


def test_second_builder_reads_gzip_and_without_packages_says_what_is_missing(tmp_path: Path, monkeypatch) -> None:
    packed = tmp_path / "state.jsonl.gz"
    packed.write_bytes(gzip.compress(STATE_PATH.read_bytes()))
    assert second_build(packed, MANIFEST_PATH, tmp_path / "accounts")["leaves"] == 33
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SecondBuilderError, match=r"Node\.js cannot be run"):
        second_build(packed, MANIFEST_PATH, tmp_path / "accounts")
