# SPDX-License-Identifier: Apache-2.0
"""Reads a chain's whole state from a file and trusts none of it until its root is the expected one.

Four forms, plain or compressed, told apart by their content:

* a raw chain spec: JSON with `genesis.raw.top`;
* a flat JSON object from storage key to value;
* JSON lines, one `["0xkey", "0xvalue"]` each, in any order (a list of lines may be larger than memory likes
  a single JSON document to be);
* comma-separated lines `0xkey,0xvalue`, in any order, with or without quotes, after a line `key,value` or without.
"""

from __future__ import annotations

import json
import re
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path
from typing import IO, Any

import zstandard

from pha.bridge.errors import BridgeError
from pha.bridge.progress import Track, silent
from pha.bridge.state_manifest import StateManifest, manifest_for
from pha.bridge.state_text import bounded_lines, open_state_text, whole_document
from pha.bridge.state_trie import Pair, state_root

LINE = re.compile(rb'\s*\[\s*"([^"\\\x00-\x1f\x7f-\xff]*)"\s*,\s*"([^"\\\x00-\x1f\x7f-\xff]*)"\s*\]\s*')
CSV_LINE = re.compile(rb'\s*"?([^",\\\x00-\x1f\x7f-\xff]*)"?\s*,\s*"?([^",\\\x00-\x1f\x7f-\xff]*?)"?\s*')
CSV_HEADER = re.compile(rb'"?key"?,"?value"?\r?\n')
STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
CSV_FIRST = (b"0", b'"', b"k")
FORMS = {LINE: '["0xkey", "0xvalue"]', CSV_LINE: "0xkey,0xvalue"}
DEEPEST_DOCUMENT = 32
MOST_LEADING_SPACE = 1 << 16


class StateFileError(BridgeError):
    """A state file that cannot be used; the message names the file, and the line where there is one."""


class UnreadableStateError(StateFileError):
    """A file that is missing, or whose compression is damaged."""


class TruncatedStateError(StateFileError):
    """A file that ends in the middle of something."""


class MalformedStateError(StateFileError):
    """Text that is no state in any of the known forms."""


class DuplicateKeyError(StateFileError):
    """A storage key that stands twice, whatever its values."""


class NotHexError(StateFileError):
    """A key or value that is not 0x and hex digits."""


class OddHexError(StateFileError):
    """A key or value with half a byte."""


class UnsupportedStateError(StateFileError):
    """A state that is more than its top-level trie, or a chain spec that is not raw."""


@dataclass(frozen=True)
class ChainState:
    """A state whose root and block were checked: its pairs ascend by key, each key once."""

    manifest: StateManifest
    pairs: list[Pair]

    def starting_with(self, prefix: bytes) -> Iterator[Pair]:
        """The pairs under a storage prefix, in order."""
        start = bisect_left(self.pairs, prefix, key=lambda pair: pair[0])
        return takewhile(lambda pair: pair[0].startswith(prefix), islice(self.pairs, start, None))

    def value(self, key: bytes) -> bytes | None:
        """The value at one key, or None."""
        at = bisect_left(self.pairs, key, key=lambda pair: pair[0])
        return self.pairs[at][1] if at < len(self.pairs) and self.pairs[at][0] == key else None


def load_chain_state(path: Path, manifest: StateManifest | None = None, track: Track = silent) -> ChainState:
    """Reads a state file and refuses it unless it is, key by key, the state of the manifest's block.

    Without a manifest the one beside the file or shipped for its chain is taken (`manifest_for`). Raises
    StateFileError, ManifestError, WrongBlockHashError or WrongStateRootError.
    """
    pairs, chain_id = read_pairs(path, track)
    if manifest is None:
        manifest = manifest_for(path, chain_id)
    manifest.check_header()
    manifest.check_state_root(state_root(track(pairs, "state root", len(pairs))))
    return ChainState(manifest, pairs)


def read_pairs(path: Path, track: Track = silent) -> tuple[list[Pair], str | None]:
    """All pairs of a state file, ascending by key, and the chain's id where the file is a chain spec.

    Nothing is checked against a block here. Raises StateFileError or StateTooLargeError.
    """
    try:
        with open_state_text(path) as file:
            first = _first_character(file)
        with open_state_text(path) as file:
            if first == b"[":
                return _sorted(_read_lines(path, track(bounded_lines(file, path), "reading"), LINE)), None
            if first == b"{":
                return _read_document(path, whole_document(file, path))
            if first in CSV_FIRST:
                return _sorted(_read_lines(path, track(bounded_lines(file, path), "reading"), CSV_LINE)), None
    except OSError as cause:
        raise UnreadableStateError(f"{path} cannot be read: {cause.strerror or cause}") from None
    except EOFError:
        raise TruncatedStateError(f"{path} ends in the middle of its compressed data; fetch it again") from None
    except (zlib.error, zstandard.ZstdError) as cause:
        raise UnreadableStateError(f"{path} is damaged ({cause}); fetch it again") from None
    raise MalformedStateError(f"{path} is neither a JSON object nor lines of [key, value]")


def _first_character(file: IO[bytes]) -> bytes:
    return file.read(MOST_LEADING_SPACE).lstrip()[:1]


def _read_lines(path: Path, lines: Iterable[bytes], form: re.Pattern[bytes]) -> Iterator[Pair]:
    seen: set[bytes] = set()
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if number == 1 and form is CSV_LINE and CSV_HEADER.fullmatch(line):
            continue
        entry = form.fullmatch(line)
        if entry is None:
            if line.endswith(b"\n") or line.rstrip().endswith(b"]"):
                raise MalformedStateError(f"{where}: not of the form {FORMS[form]}")
            raise TruncatedStateError(f"{where}: the file ends in the middle of a line; fetch it again")
        pair = _bytes_of(entry[1].decode("ascii"), where), _bytes_of(entry[2].decode("ascii"), where)
        if pair[0] in seen:
            raise DuplicateKeyError(f"{where}: key 0x{pair[0].hex()} stands twice; keep the one of the block")
        seen.add(pair[0])
        yield pair


def _read_document(path: Path, text: bytes) -> tuple[list[Pair], str | None]:
    _refuse_deep_nesting(path, text)
    try:
        document: Any = json.loads(text, object_pairs_hook=lambda items: _object(path, items))
    except json.JSONDecodeError as cause:
        kind = TruncatedStateError if not text[cause.pos :].strip() else MalformedStateError
        if cause.msg.startswith("Unterminated string"):
            kind = TruncatedStateError
        raise kind(f"{path}:{cause.lineno}: {cause.msg}; fetch the file again") from None
    except BridgeError:
        raise
    except ValueError as cause:  # not UTF-8, or a number longer than Python reads
        raise MalformedStateError(f"{path} is no chain state: {cause}") from None
    chain_id = None
    if "genesis" in document:
        chain_id = document.get("id")
        document = _raw_top(path, document["genesis"])
    pairs = ((_bytes_of(key, str(path)), _bytes_of(value, str(path))) for key, value in document.items())
    return _sorted(_without_duplicates(path, pairs)), chain_id if isinstance(chain_id, str) else None


def _refuse_deep_nesting(path: Path, text: bytes) -> None:
    """Python's JSON reader recurses; a hostile file must not be able to overflow its stack."""
    depth = 0
    for token in STRING_OR_BRACKET.finditer(text):
        symbol = token[0][:1]
        if symbol in (b"{", b"["):
            depth += 1
            if depth > DEEPEST_DOCUMENT:
                raise MalformedStateError(f"{path} is nested more than {DEEPEST_DOCUMENT} deep: no chain state")
        elif symbol in (b"]", b"}"):
            depth -= 1


def _object(path: Path, items: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, which Python would silently build from the last of two equal keys."""
    entries = dict(items)
    if len(entries) != len(items):
        twice = Counter(name for name, _ in items).most_common(1)[0][0]
        raise DuplicateKeyError(f"{path}: key {twice} stands twice; keep the one of the block")
    return entries


def _raw_top(path: Path, genesis: Any) -> dict[str, Any]:
    raw = genesis.get("raw") if isinstance(genesis, dict) else None
    if not isinstance(raw, dict) or not isinstance(raw.get("top"), dict):
        raise UnsupportedStateError(f"{path} is no raw chain spec; convert it with `build-spec --raw`")
    if raw.get("childrenDefault"):
        raise UnsupportedStateError(f"{path} has child tries, which are not read here")
    top: dict[str, Any] = raw["top"]
    return top


def _without_duplicates(path: Path, pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Two spellings of one key (upper and lower case) are different JSON names."""
    seen: set[bytes] = set()
    for key, value in pairs:
        if key in seen:
            raise DuplicateKeyError(f"{path}: key 0x{key.hex()} stands twice; keep the one of the block")
        seen.add(key)
        yield key, value


def _sorted(pairs: Iterable[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda pair: pair[0])


def _bytes_of(text: object, where: str) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise NotHexError(f"{where}: {str(text)[:80]!r} is not 0x and hex digits")
    digits = text[2:]
    if len(digits) % 2:
        raise OddHexError(f"{where}: 0x{digits[:40]}… has an odd number of hex digits")
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        raise NotHexError(f"{where}: 0x{digits[:40]}… is not hexadecimal") from None
    if 2 * len(data) != len(digits):  # fromhex skips white space
        raise NotHexError(f"{where}: 0x{digits[:40]!r} is not hexadecimal")
    return data
