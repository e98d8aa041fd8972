# SPDX-License-Identifier: Apache-2.0
"""Every form a state may come in gives the same pairs; files that unpack without end are given up early."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import zstandard

from pha.bridge import state_text
from pha.bridge.chain_state import (
    DuplicateKeyError,
    MalformedStateError,
    NotHexError,
    TruncatedStateError,
    UnreadableStateError,
    read_pairs,
)
from pha.bridge.sample import STATE_PATH
from pha.bridge.state_text import StateTooLargeError

ENTRIES: dict[str, str] = dict(json.loads(line) for line in STATE_PATH.read_text().splitlines())
PAIRS = sorted((bytes.fromhex(key[2:]), bytes.fromhex(value[2:])) for key, value in ENTRIES.items())

FORMS = {
    "lines": "".join(json.dumps(list(entry)) + "\n" for entry in reversed(ENTRIES.items())),
    "object": json.dumps(ENTRIES),
    "csv": "".join(f"{key},{value}\n" for key, value in ENTRIES.items()),
    "csv with header": "key,value\r\n" + "".join(f"{key},{value}\r\n" for key, value in ENTRIES.items()),
    "quoted csv": '"key","value"\n' + "".join(f'"{key}","{value}"\n' for key, value in ENTRIES.items()),
    "raw chain spec": json.dumps({"id": "x", "genesis": {"raw": {"top": ENTRIES, "childrenDefault": {}}}}),
}
PACKED = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "zstandard": lambda data: zstandard.ZstdCompressor().compress(data),
    "two zstandard frames": lambda data: b"".join(
        zstandard.ZstdCompressor().compress(half) for half in (data[:5000], data[5000:])
    ),
}


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_pairs(tmp_path: Path, form: str, packing: str) -> None:
    path = tmp_path / "state"
    path.write_bytes(PACKED[packing](FORMS[form].encode()))
    assert read_pairs(path)[0] == PAIRS


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("0x01,0x02\n0x01,0x03\n", DuplicateKeyError),
        ("0x01,0x02\n0x03\n", MalformedStateError),
        ("0x01,0x02,0x03\n", MalformedStateError),
        ("0x01,0x02\nkey,value\n", NotHexError),
        ("0x01,0x2g\n", NotHexError),
        ("key,value,more\n0x01,0x02\n", MalformedStateError),
        ("0x01,0x02\n0x03,0x04,", TruncatedStateError),
    ],
)
def test_csv_that_is_no_state_is_refused(tmp_path: Path, text: str, error: type[Exception]) -> None:
    path = tmp_path / "state.csv"
    path.write_text("0x01,0x02\n0x03,0x\n")
    assert read_pairs(path)[0] == [(b"\1", b"\2"), (b"\3", b"")]
    path.write_text(text)
    with pytest.raises(error):
        read_pairs(path)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zstandard.ZstdCompressor().compress(data)])
@pytest.mark.parametrize("begins", [b'{"0x00":"0x', b'["0x00", "0x', b"0x00,0x", b" ", b"["])
def test_bomb_is_given_up_before_it_fills_the_memory(tmp_path: Path, monkeypatch, pack, begins: bytes) -> None:
    monkeypatch.setattr(state_text, "MOST_LINE", 2**20)
    path = tmp_path / "state.jsonl.gz"
    path.write_bytes(pack(begins + (b" " if begins.isspace() else b"00") * (12 * 2**20)))
    assert path.stat().st_size < 2**18
    with pytest.raises((StateTooLargeError, TruncatedStateError, MalformedStateError)):
        read_pairs(path)
    monkeypatch.setattr(state_text, "FREE_OF_RATIO", 2**10)
    monkeypatch.setattr(state_text, "MOST_RATIO", 4)
    with pytest.raises(StateTooLargeError if not begins.isspace() else (StateTooLargeError, MalformedStateError)):
        read_pairs(path)


def test_line_and_document_have_an_end(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "state"
    monkeypatch.setattr(state_text, "MOST_LINE", 30)
    path.write_text('["0x00", "0x' + "00" * 8 + '"]\n')
    assert len(path.read_text()) == 31
    with pytest.raises(StateTooLargeError, match="line of more than 30"):
        read_pairs(path)
    monkeypatch.setattr(state_text, "MOST_LINE", 31)
    assert read_pairs(path)[0] == [(b"\0", bytes(8))]
    path.write_text('{"0x00": "0x00"}')
    monkeypatch.setattr(state_text, "MOST_DOCUMENT", 16)
    assert read_pairs(path)[0] == [(b"\0", b"\0")]
    monkeypatch.setattr(state_text, "MOST_DOCUMENT", 15)
    with pytest.raises(StateTooLargeError, match="use lines of pairs"):
        read_pairs(path)
    monkeypatch.setattr(state_text, "MOST_TEXT", 10)
    with pytest.raises(StateTooLargeError, match="more than 10 bytes"):
        read_pairs(path)


def test_damaged_zstandard_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.zst"
    good = zstandard.ZstdCompressor(write_checksum=True).compress(FORMS["lines"].encode())
    path.write_bytes(good[:200] + bytes((good[200] ^ 0xFF,)) + good[201:])
    with pytest.raises((UnreadableStateError, MalformedStateError, NotHexError)):
        read_pairs(path)
    path.write_bytes(good[:-5000])
    with pytest.raises((TruncatedStateError, MalformedStateError)):
        read_pairs(path)
