# SPDX-License-Identifier: Apache-2.0
"""Multisigs, proxied accounts, bridge reserves and dust: each under its own reason, none of it paid differently."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from pha.bridge.accounts import AccountClass, classify_account
from pha.bridge.bundles import write_snapshot
from pha.bridge.chain_state import ChainState, load_chain_state
from pha.bridge.conservation import conserve, ledger_lines
from pha.bridge.disposition import Disposition
from pha.bridge.findings import UnacceptedFindingsError
from pha.bridge.known_accounts import read_known_accounts
from pha.bridge.ledger import native_ledger
from pha.bridge.ledger_rules import LedgerRules
from pha.bridge.sample import STATE_PATH
from pha.bridge.sample.keys import sample_multisig
from pha.bridge.whole_ledger import whole_ledger
from tests.reference.staking_world import StakingWorld, blake2, compact, person, twox64, u128, vector

MANIFEST = load_chain_state(STATE_PATH).manifest

# twox128 of pallet and item, as block explorers list them
MULTISIGS = bytes.fromhex("7474449cca95dc5d0c00e71735a6d17d" + "3cd15a3fd6e04e47bee3922dbfa92c8d")
PROXIES = bytes.fromhex("1809d78346727a0ef58c0fa03bafa323" + "1d885dcfb277f185f2d8e62a5f290c85")


def multisig_entry(account: bytes, call: bytes = bytes(32)) -> tuple[bytes, bytes]:
    value = struct.pack("<II", 7, 1) + u128(5) + person(1) + vector([person(1), person(2)])
    return MULTISIGS + twox64(account) + blake2(call), value


def proxy_entry(account: bytes) -> tuple[bytes, bytes]:
    return PROXIES + twox64(account), vector([person(3) + struct.pack("<BI", 0, 10)]) + u128(5)


def state_with(world: StakingWorld, *entries: tuple[bytes, bytes]) -> ChainState:
    return ChainState(MANIFEST, sorted((dict(world.pairs()) | dict(entries)).items()))


def test_prefixes_are_those_of_the_pallets() -> None:
    import xxhash

    def name(text: bytes) -> bytes:
        return b"".join(xxhash.xxh64(text, seed=seed).digest()[::-1] for seed in (0, 1))

    assert name(b"Multisig") + name(b"Multisigs") == MULTISIGS
    assert name(b"Proxy") + name(b"Proxies") == PROXIES


def test_known_accounts_have_lines_of_their_own_and_are_owed_the_same() -> None:
    world = StakingWorld(1)
    plain = whole_ledger(state_with(world))
    entries = [multisig_entry(world.people[0]), multisig_entry(world.people[0], b"\1" * 32)]
    entries += [proxy_entry(world.people[0]), proxy_entry(world.people[1]), proxy_entry(world.people[2])]
    rules = LedgerRules(multisigs=(world.people[3], b"modl".ljust(32, b"\0")))
    whole = whole_ledger(state_with(world, *entries), rules=rules)
    assert whole.ledger.leaves == plain.ledger.leaves
    lines = {line.name: line for line in conserve(ledger_lines(whole.ledger), world.issuance).lines}

    def owed(*people: bytes) -> int:
        return sum(world.free[who] + int(world.staked[who]) for who in people)

    assert (lines["claimable: multisig"].accounts, lines["claimable: multisig"].amount) == (
        2,
        owed(world.people[0], world.people[3]),
    )
    assert (lines["claimable: proxied"].accounts, lines["claimable: proxied"].amount) == (2, owed(*world.people[1:3]))
    assert lines["claimable"].amount == owed(*world.people[4:])
    assert {lines[name].disposition for name in lines if name.startswith("claimable")} == {Disposition.CLAIMABLE}
    assert whole.to_json()["entries"]["Multisig.Multisigs"] == 2


@pytest.mark.parametrize("spoil", ["hash", "value", "empty", "longer"])
@pytest.mark.parametrize("entry", [multisig_entry, proxy_entry])
def test_entry_that_cannot_be_read_stops_the_build(entry, spoil: str) -> None:
    world = StakingWorld(2)
    key, value = entry(world.people[0])
    if spoil == "hash":
        key = key[:40] + bytes((key[40] ^ 1,)) + key[41:]
    value = {"value": value[:-1], "longer": value + b"\0", "empty": value[:56] + compact(0)}.get(spoil, value)
    if spoil == "empty" and entry is proxy_entry:
        value = compact(0) + u128(5)
    state = state_with(world, (key, value))
    assert read_known_accounts(state).classes == {}
    with pytest.raises(UnacceptedFindingsError, match=f"undecodable:0x{key.hex()}"):
        whole_ledger(state)
    with pytest.raises(UnacceptedFindingsError, match=f"undecodable:0x{key.hex()}"):
        native_ledger(state)
    whole_ledger(state, [f"undecodable:0x{key.hex()}"])


@pytest.mark.parametrize("name", [b"modlphala/bg", b"modlsygma/01"])
def test_bridge_reserves_are_told_from_other_pallets_and_left_to_a_vote(name: bytes) -> None:
    world = StakingWorld(3)
    reserve = name.ljust(32, b"\0")
    world.native[reserve] = (77, 3)
    assert classify_account(name[:-1].ljust(32, b"\0")) is AccountClass.PALLET
    whole = whole_ledger(state_with(world))
    assert (reserve, AccountClass.BRIDGE_RESERVE, 80) in whole.ledger.excluded
    lines = {line.name: line for line in conserve(ledger_lines(whole.ledger), world.issuance).lines}
    assert lines["excluded: keyless-bridge-reserve"].disposition is Disposition.TREASURY


def test_every_account_is_written_with_its_reason(tmp_path: Path) -> None:
    state = load_chain_state(STATE_PATH)
    ledger = native_ledger(state, rules=LedgerRules(multisigs=(sample_multisig(),)))
    write_snapshot(tmp_path / "out", state.manifest, ledger)
    written = {entry.pop("account"): entry for entry in map(json.loads, (tmp_path / "out" / "accounts.jsonl").open())}
    assert len(written) == len(ledger.leaves) + len(ledger.excluded)
    assert sum(int(entry["free"]) + int(entry["staked"]) for entry in written.values()) == ledger.total_issuance
    multisig = written[f"0x{sample_multisig().hex()}"]
    assert multisig == {"class": "multisig", "disposition": "claimable", "free": str(7_520 * 10**12 + 1), "staked": "0"}
    assert {entry["free"] for entry in written.values() if entry["class"] == "dust"} == {"1", str(10**10 - 1)}
    assert written["0x" + "00" * 32]["disposition"] == "excluded"
