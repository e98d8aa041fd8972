# SPDX-License-Identifier: Apache-2.0
"""The runtime's metadata: it confirms the fixed layouts, replaces them only by name, and never exchanges an amount."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.chain_state import ChainState, load_chain_state
from pha.bridge.errors import BridgeError
from pha.bridge.findings import UnacceptedFindingsError
from pha.bridge.ledger import native_ledger
from pha.bridge.metadata_entries import BY_METADATA
from pha.bridge.runtime_layouts import FIXED, decoders_for
from pha.bridge.runtime_metadata import MetadataError, RuntimeMetadata
from pha.bridge.sample import STATE_PATH
from pha.bridge.scale import ScaleReader
from pha.bridge.whole_ledger import whole_ledger
from scripts.snapshot import cli
from tests.reference.runtime_metadata import ACCOUNT_INFO, ASSET_ACCOUNT, STORAGE, VAULT, metadata
from tests.reference.staking_world import ACCOUNT, StakingWorld, blake2, u128
from tests.unit.bridge_snapshot.test_cross_check import write_state

MANIFEST = load_chain_state(STATE_PATH).manifest
GOOD = metadata(STORAGE)


def state_of(world: StakingWorld, **more: bytes) -> ChainState:
    return ChainState(MANIFEST, sorted((dict(world.pairs()) | {bytes.fromhex(k): v for k, v in more.items()}).items()))


def changed(pallet: str, item: str, value: Any = None, hashers: list[str] | None = None) -> RuntimeMetadata:
    """The runtime with another value type (or other hashers) for one item, or without it."""
    storage = deepcopy(STORAGE)
    if value is None and hashers is None:
        del storage[pallet][item]
    else:
        old = storage[pallet][item]
        storage[pallet][item] = (hashers or old[0], old[1], value or old[2])
    return RuntimeMetadata.decode(metadata(storage))


def renamed(kind: Any, old: str, new: str) -> Any:
    """A type with a field renamed wherever it stands."""
    if isinstance(kind, str):
        return new if kind == old else kind
    if isinstance(kind, (tuple, list)):
        return type(kind)(renamed(part, old, new) for part in kind)
    return kind


def test_phalas_runtime_is_described_as_the_fixed_layouts_say() -> None:
    described = RuntimeMetadata.decode(GOOD)
    for item, fixed in FIXED.items():
        assert described.items[item].layout in fixed.layouts, item
    decoders = decoders_for(state_of(StakingWorld(1)), described)
    assert decoders.findings == []
    assert set(decoders.ways.values()) == {"fixed layout, the same as the runtime's"}
    assert set(decoders_for(state_of(StakingWorld(1)), None).ways.values()) == {"fixed layout"}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_entry_decodes_the_same_by_metadata(seed: int) -> None:
    state, described = state_of(StakingWorld(seed)), RuntimeMetadata.decode(GOOD)
    for item, fixed in FIXED.items():
        by_metadata = BY_METADATA[item](described, described.items[item])
        entries = list(state.starting_with(fixed.prefix))
        assert entries, item
        for key, value in entries:
            expected = fixed.decode(key, value)
            if item == "System.Account":
                expected = (expected[0], expected[1]._replace(flags=0))
            assert by_metadata(key, value) == expected
            for broken in ((key, value + b"\0"), (key[:40] + bytes((key[40] ^ 1,)) + key[41:], value)):
                with pytest.raises(BridgeError):
                    by_metadata(*broken)


def test_exchanged_fields_are_found_and_not_believed() -> None:
    """A server that names `frozen` what is `free` changes no byte of the state, and no amount either."""
    world = StakingWorld(3)
    exchanged = renamed(renamed(renamed(ACCOUNT_INFO, "free", "x"), "frozen", "free"), "x", "frozen")
    described = changed("System", "Account", exchanged)
    with pytest.raises(UnacceptedFindingsError, match=r"layout:System\.Account: .*frozen:u128,reserved:u128,free"):
        whole_ledger(state_of(world), metadata=described)
    # Accepted all the same, the sums give it away: what is frozen is not the issuance.
    with pytest.raises(BridgeError, match="are owed out of it"):
        whole_ledger(state_of(world), ["layout:System.Account"], metadata=described)


def test_item_of_another_shape_is_decoded_by_name_when_accepted() -> None:
    """A runtime in which an asset account has a field more, and a vault its fields in another order."""
    world = StakingWorld(4)
    plain = whole_ledger(state_of(world))
    wider = ("struct", [("rent", "u32"), *ASSET_ACCOUNT[1]])
    pools = STORAGE["PhalaBasePool"]["Pools"][2]
    storage = deepcopy(STORAGE)
    storage["Assets"]["Account"] = (*STORAGE["Assets"]["Account"][:2], wider)
    turned = ("struct", [VAULT[1][0], VAULT[1][4], VAULT[1][3], VAULT[1][2], VAULT[1][1]])
    storage["PhalaBasePool"]["Pools"] = (["Twox64Concat"], "u64", ("enum", [pools[1][0], ("Vault", [(None, turned)])]))
    described = RuntimeMetadata.decode(metadata(storage))
    entries = {}
    for key, value in world.pairs():
        if key.startswith(FIXED["Assets.Account"].prefix):
            value = b"\7\0\0\0" + value
        elif key.startswith(FIXED["PhalaBasePool.Pools"].prefix) and value[0] == 1:
            pool = FIXED["PhalaBasePool.Pools"].decode(key, value)
            tail = 16 + 5 + 16 + 1 + 8 * len(pool.invested)  # checkpoint, commission, owner's shares, list
            head, rest = value[:-tail], value[-tail:]
            value = head + rest[37:] + rest[21:37] + rest[16:21] + rest[:16]
        entries[key] = value
    state = ChainState(MANIFEST, sorted(entries.items()))
    names = ["layout:Assets.Account", "layout:PhalaBasePool.Pools"]
    with pytest.raises(UnacceptedFindingsError):
        whole_ledger(state, metadata=described)
    whole = whole_ledger(state, names, metadata=described)
    assert whole.ledger.leaves == plain.ledger.leaves
    assert whole.to_json()["decoded_by"]["Assets.Account"] == "the runtime's metadata"
    assert [entry["name"] for entry in whole.to_json()["accepted_findings"]] == names


def test_older_account_data_is_known_too() -> None:
    older = renamed(renamed(ACCOUNT_INFO, "frozen", "misc_frozen"), "flags", "fee_frozen")
    data = ("struct", [(name, "u128") for name in ("free", "reserved", "misc_frozen", "fee_frozen")])
    older = ("struct", [*older[1][:4], ("data", data)])
    described = changed("System", "Account", older)
    assert decoders_for(state_of(StakingWorld(1)), described).findings == []


def test_item_that_the_runtime_lacks_and_entries_of_no_item_are_found() -> None:
    world = StakingWorld(5)
    names = {finding.name for finding in decoders_for(state_of(world), changed("Uniques", "Account")).findings}
    prefix = FIXED["Uniques.Account"].prefix.hex()
    assert names == {"no-item:Uniques.Account", f"unknown:0x{prefix}"}

    stray = "ab" * 32
    state = state_of(world, **{stray + "01": b"1", stray + "02": b"2", b":code".hex(): b"wasm"})
    described = RuntimeMetadata.decode(GOOD)
    with pytest.raises(UnacceptedFindingsError, match=f"unknown:0x{stray}: 2 entries .* the first 0x{stray}01"):
        whole_ledger(state, metadata=described)
    whole_ledger(state, [f"unknown:0x{stray}"], metadata=described)
    with pytest.raises(UnacceptedFindingsError, match="unknown:0x"):
        native_ledger(load_chain_state(STATE_PATH), metadata=described)
    native_ledger(load_chain_state(STATE_PATH))


def test_reimbursements_that_nobody_fetched_are_found() -> None:
    import xxhash

    def name(text: bytes) -> bytes:
        return b"".join(xxhash.xxh64(text, seed=seed).digest()[::-1] for seed in (0, 1))

    key = name(b"PhalaBasePool") + name(b"Reimbursements") + bytes(48)
    state = state_of(StakingWorld(6), **{key.hex(): u128(5)})
    with pytest.raises(UnacceptedFindingsError, match=r"unaccounted:PhalaBasePool\.Reimbursements: 1 reimb"):
        whole_ledger(state)
    whole_ledger(state, ["unaccounted:PhalaBasePool.Reimbursements"])


def test_other_hashers_are_another_layout() -> None:
    described = changed("System", "Account", hashers=["Twox64Concat"])
    state = state_of(StakingWorld(7))
    assert [found.name for found in decoders_for(state, described).findings] == ["layout:System.Account"]
    with pytest.raises(BridgeError, match="does not have its hash"):
        whole_ledger(state, ["layout:System.Account"], metadata=described)
    described = changed("System", "Account", hashers=["Blake2_256"])
    with pytest.raises(MetadataError, match="cannot be read back"):
        whole_ledger(state, ["layout:System.Account"], metadata=described)


@pytest.mark.parametrize("length", range(0, len(GOOD), 41))
def test_cut_metadata_is_refused(length: int) -> None:
    with pytest.raises(MetadataError):
        RuntimeMetadata.decode(GOOD[:length])


@given(st.integers(5, len(GOOD) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_hostile_metadata_is_refused_or_read_but_never_crashes(place: int, change: int) -> None:
    spoiled = GOOD[:place] + bytes((GOOD[place] ^ change,)) + GOOD[place + 1 :]
    try:
        described = RuntimeMetadata.decode(spoiled)
    except MetadataError:
        return
    for item in described.items.values():
        try:
            described.read(ScaleReader(bytes(200)), item.value_type)
        except BridgeError:
            continue


def test_types_that_contain_themselves_end() -> None:
    """Type 0 is a tuple of itself, twice: layouts and values would grow without end."""

    def text(value: str) -> bytes:
        return bytes((4 * len(value),)) + value.encode()

    itself = b"\0\0\0\4\x08\0\0\0"
    entry = text("Item") + b"\0\0\0\0\0"
    pallet = text("P") + b"\1" + text("P") + b"\4" + entry + b"\0\0\0\0\0"
    described = RuntimeMetadata.decode(b"meta\x0e" + b"\4" + itself + b"\4" + pallet + b"\0\4\0" + b"\0")
    assert described.items["P.Item"].value == "(…,…)"
    with pytest.raises(MetadataError, match="has no end"):
        described.read(ScaleReader(b""), 0)


@pytest.mark.parametrize("text", ["", "0x", "zz", "0x6d657461", "0x6d6574610d00", "0x123"])
def test_file_that_is_no_metadata_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.metadata"
    path.write_text("0x" + GOOD.hex() + "\n")
    assert RuntimeMetadata.load(path).items.keys() == RuntimeMetadata.decode(GOOD).items.keys()
    path.write_text(text)
    with pytest.raises(MetadataError):
        RuntimeMetadata.load(path)
    with pytest.raises(MetadataError, match="cannot be read"):
        RuntimeMetadata.load(tmp_path / "none")


@pytest.mark.parametrize("option", [True, False])
def test_command_takes_metadata_named_or_lying_beside_the_state(tmp_path: Path, option: bool) -> None:
    path, _ = write_state(tmp_path, StakingWorld(9).pairs())
    metadata_path = tmp_path / ("runtime.hex" if option else "state.metadata")
    metadata_path.write_text("0x" + GOOD.hex())
    arguments = ["build", "--state", str(path), "--out", str(tmp_path / "out")]
    built = CliRunner().invoke(cli, [*arguments, "--metadata", str(metadata_path)] if option else arguments)
    assert built.exit_code == 0, built.output
    accounting = json.loads((tmp_path / "out" / "accounting.json").read_text())
    assert set(accounting["decoded_by"].values()) == {"fixed layout, the same as the runtime's"}


def test_account_entry_is_the_literal_one() -> None:
    world = StakingWorld(8)
    who = world.people[0]
    described = RuntimeMetadata.decode(GOOD)
    key = bytes.fromhex(ACCOUNT) + blake2(who)
    value = dict(world.pairs())[key]
    assert described.read(ScaleReader(value), described.items["System.Account"].value_type)["data"] == {
        "free": world.native[who][0],
        "reserved": world.native[who][1],
        "frozen": world.native[who][0] // 2,
        "flags": 1 << 127,
    }
