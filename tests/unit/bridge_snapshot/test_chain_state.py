# SPDX-License-Identifier: Apache-2.0
"""State files in every form, and each way of spoiling one with the error that names it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.chain_state import (
    DuplicateKeyError,
    MalformedStateError,
    NotHexError,
    OddHexError,
    StateFileError,
    TruncatedStateError,
    UnreadableStateError,
    UnsupportedStateError,
    load_chain_state,
    read_pairs,
)
from pha.bridge.errors import BridgeError
from pha.bridge.sample import MANIFEST_PATH, STATE_PATH
from pha.bridge.state_manifest import ManifestError, StateManifest, WrongBlockHashError, WrongStateRootError
from pha.bridge.storage_keys import TOTAL_ISSUANCE

PAIRS = [(b"\x02", b""), (b"\x01\x10", b"abc"), (b"\x01", b"\xff" * 40)]


def hexed(pairs: list[tuple[bytes, bytes]]) -> list[list[str]]:
    return [["0x" + key.hex(), "0x" + value.hex()] for key, value in pairs]


def as_lines(pairs: list[tuple[bytes, bytes]]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in hexed(pairs))


def as_object(pairs: list[tuple[bytes, bytes]]) -> str:
    return json.dumps(dict(hexed(pairs)), indent=1)


def as_spec(pairs: list[tuple[bytes, bytes]]) -> str:
    return json.dumps({"id": "khala", "genesis": {"raw": {"top": dict(hexed(pairs)), "childrenDefault": {}}}})


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "state.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("form", [as_lines, as_object, as_spec])
@pytest.mark.parametrize("compressed", [False, True])
def test_every_form_is_read_and_sorted(tmp_path, form, compressed) -> None:
    content = form(PAIRS).encode()
    path = written(tmp_path, gzip.compress(content) if compressed else content)
    assert read_pairs(path) == (sorted(PAIRS), "khala" if form is as_spec else None)


KEY = '"0x01"'
SPOILT = [
    ('["0x01","0x02"]\n["0x03","0x0', TruncatedStateError, ":2: .*middle of a line"),
    ('{"0x01": "0x02", "0x03', TruncatedStateError, ":1: "),
    ('{"0x01": "0x02"', TruncatedStateError, ":1: "),
    ('["0x01","0x02"]\n["0x03"]\n', MalformedStateError, ":2: "),
    ('["0x01","0x02"]\nnonsense\n', MalformedStateError, ":2: "),
    ('["0x01","0x02"]\n\n["0x03","0x02"]\n', MalformedStateError, ":2: "),
    ('{"0x01": }', MalformedStateError, ":1: "),
    ('{"0x01": ' + "1" * 5_000 + "}", MalformedStateError, "no chain state"),
    ("hello", MalformedStateError, "neither"),
    ("", MalformedStateError, "neither"),
    ('["0x01","0x02"]\n["0x02","0x02"]\n["0x01","0x03"]\n', DuplicateKeyError, ":3: key 0x01 stands twice"),
    ('{"0x01":"0x","0x01":"0x"}', DuplicateKeyError, "key 0x01 stands twice"),
    ('{"0x0a":"0x","0x0A":"0x01"}', DuplicateKeyError, "key 0x0a stands twice"),
    ('["0x01","0x0g"]\n', NotHexError, ":1: "),
    ('["0x01","02"]\n', NotHexError, ":1: "),
    ('["0x01",2]\n', MalformedStateError, ":1: "),
    ('["0x 01 ","0x02"]\n', NotHexError, ":1: "),
    ('["0x01","0x02"]\n["0x02","0x123"]\n', OddHexError, ":2: .*odd"),
    ('{"genesis": {"runtime": {}}}', UnsupportedStateError, "build-spec --raw"),
    (
        '{"genesis": {"raw": {"top": {}, "childrenDefault": {"0x": {}}}}}',
        UnsupportedStateError,
        "child tries",
    ),
    ("[" * 100_000 + "\n", MalformedStateError, "not of the form"),
    ('{"a":' * 100_000, MalformedStateError, "nested"),
    (b'{"\xff": "0x"}', MalformedStateError, "UTF|utf|decode"),
]


@pytest.mark.parametrize(("content", "error", "what"), SPOILT)
def test_spoilt_file_is_refused_by_name(tmp_path, content, error, what) -> None:
    with pytest.raises(error, match=what) as refusal:
        read_pairs(written(tmp_path, content))
    assert type(refusal.value) is error
    assert "\n" not in str(refusal.value)


def test_missing_cut_or_damaged_compressed_file_is_refused(tmp_path) -> None:
    with pytest.raises(UnreadableStateError):
        read_pairs(tmp_path / "absent")
    whole = gzip.compress(as_lines(PAIRS * 1).encode() * 1, mtime=0)
    with pytest.raises(TruncatedStateError):
        read_pairs(written(tmp_path, whole[:-6]))
    damaged = bytearray(whole)
    damaged[-6] ^= 1  # the checksum
    with pytest.raises(UnreadableStateError):
        read_pairs(written(tmp_path, bytes(damaged)))


@given(st.integers(0, 10**6), st.integers(0, 255), st.booleans())
@settings(max_examples=60, deadline=None)
def test_sample_state_with_a_byte_altered_or_cut_off_is_refused(tmp_path_factory, at, byte, cut) -> None:
    content = bytearray(STATE_PATH.read_bytes())
    at %= len(content) - 1
    if cut:
        del content[at:]
    elif content[at : at + 1].lower() == bytes((byte,)).lower() or {content[at], byte} <= set(b" \t\r"):
        return  # the same state in another spelling
    else:
        content[at] = byte
    path = written(tmp_path_factory.mktemp("state"), bytes(content))
    with pytest.raises(BridgeError):
        load_chain_state(path, StateManifest.load(MANIFEST_PATH))


def test_state_without_one_line_is_refused_by_its_root(tmp_path) -> None:
    lines = STATE_PATH.read_text().splitlines(keepends=True)
    manifest = StateManifest.load(MANIFEST_PATH)
    assert len(load_chain_state(written(tmp_path, "".join(reversed(lines))), manifest).pairs) == len(lines)
    with pytest.raises(WrongStateRootError, match="fetch it again"):
        load_chain_state(written(tmp_path, "".join(lines[:-1])), manifest)


def test_manifest_is_found_beside_the_state_or_by_chain_id(tmp_path) -> None:
    assert load_chain_state(STATE_PATH).manifest.name == "sample parachain"
    with pytest.raises(ManifestError, match="no manifest"):
        load_chain_state(written(tmp_path, as_lines(PAIRS)))
    with pytest.raises(WrongStateRootError, match="Khala genesis"):
        load_chain_state(written(tmp_path, as_spec(PAIRS)))
    with pytest.raises(ManifestError, match="no manifest"):
        load_chain_state(written(tmp_path, as_spec(PAIRS).replace("khala", "../sample/state")))


def test_manifest_is_refused_when_missing_malformed_or_of_another_header(tmp_path) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        StateManifest.load(tmp_path / "absent")
    good = json.loads(MANIFEST_PATH.read_text())
    for content in ("[]", "{", json.dumps(good | {"header": 3}), json.dumps({"name": "x"})):
        with pytest.raises(ManifestError):
            StateManifest.load(written(tmp_path, content))
    other = good | {"header": good["header"] | {"number": "0x12d688"}}
    with pytest.raises(WrongBlockHashError):
        StateManifest.load(written(tmp_path, json.dumps(other)))


def test_values_are_looked_up_by_key_and_prefix() -> None:
    state = load_chain_state(STATE_PATH)
    entries = dict(json.loads(line) for line in STATE_PATH.read_text().splitlines())
    issuance = state.value(TOTAL_ISSUANCE)
    assert issuance is not None
    assert "0x" + issuance.hex() == entries["0x" + TOTAL_ISSUANCE.hex()]
    assert state.value(TOTAL_ISSUANCE + b"\0") is None
    assert state.value(TOTAL_ISSUANCE[:-1]) is None
    head = TOTAL_ISSUANCE[:16]
    expected = sorted(key for key in entries if key.startswith("0x" + head.hex()))
    assert ["0x" + key.hex() for key, _ in state.starting_with(head)] == expected
    assert issubclass(StateFileError, BridgeError)


def test_khala_genesis_is_accepted(evidence_dir) -> None:
    state = load_chain_state(evidence_dir / "polkadot" / "khala_genesis_raw.json")
    assert len(state.pairs) == 64
    assert int.from_bytes(state.value(TOTAL_ISSUANCE), "little") == 5000100000000000
