# SPDX-License-Identifier: Apache-2.0
"""Opens state files, plain or compressed (gzip, Zstandard), and never reads more than a state could be.

A small compressed file can hold more zeros than there is memory, and a line may never end. So what comes out of a
file is counted: against an absolute bound, and against a multiple of what went in, which hexadecimal text of hashes,
keys and balances never comes near. Formats are told apart by content, not by name.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import zstandard

from pha.bridge.errors import BridgeError

GZIP_MAGIC = b"\x1f\x8b"
ZSTANDARD_MAGIC = b"\x28\xb5\x2f\xfd"
MOST_WINDOW = 1 << 27  # what Zstandard may keep in memory, its own default for `--long`

MOST_TEXT = 32 * 2**30
MOST_DOCUMENT = 2 * 2**30  # one JSON document is read as a whole
MOST_LINE = 64 * 2**20  # the longest value of a chain is its runtime, under 4 MiB: 8 MiB of digits
MOST_RATIO = 200
FREE_OF_RATIO = 16 * 2**20  # small files may be as regular as they like


class StateTooLargeError(BridgeError):
    """A file that unpacks to more than any chain's state, or a line or document longer than there can be."""


class _Counted(io.RawIOBase):
    """Hands on what `source` gives until it has given `limit` bytes; then it raises."""

    def __init__(self, source: IO[bytes], limit: int, path: Path) -> None:
        self._source = source
        self._left = limit
        self._limit = limit
        self._path = path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._source.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise StateTooLargeError(f"{self._path} holds more than {self._limit} bytes: it is no chain's state")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()


def open_state_text(path: Path) -> IO[bytes]:
    """The text of a state file from its beginning. Raises OSError; reading raises StateTooLargeError too."""
    with path.open("rb") as file:
        magic = file.read(len(ZSTANDARD_MAGIC))
    size = path.stat().st_size
    limit = MOST_TEXT
    source: IO[bytes]
    if magic.startswith(GZIP_MAGIC):
        source = cast(IO[bytes], gzip.open(path))  # noqa: SIM115 (closed with what is given back)
    elif magic == ZSTANDARD_MAGIC:
        decompressor = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW)
        source = cast(IO[bytes], decompressor.stream_reader(path.open("rb"), read_across_frames=True, closefd=True))
    else:
        source = path.open("rb")
        return io.BufferedReader(_Counted(source, limit, path), 1 << 20)
    limit = min(limit, max(FREE_OF_RATIO, MOST_RATIO * size))
    return io.BufferedReader(_Counted(source, limit, path), 1 << 20)


def bounded_lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Lines with their ends. Raises StateTooLargeError for one longer than `MOST_LINE`."""
    while line := file.readline(MOST_LINE + 1):
        if len(line) > MOST_LINE:
            raise StateTooLargeError(f"{path} has a line of more than {MOST_LINE} bytes: it is no chain's state")
        yield line


def whole_document(file: IO[bytes], path: Path) -> bytes:
    """All that is left. Raises StateTooLargeError if that is more than `MOST_DOCUMENT`."""
    text = file.read(MOST_DOCUMENT + 1)
    if len(text) > MOST_DOCUMENT:
        raise StateTooLargeError(f"{path} is one JSON document of more than {MOST_DOCUMENT} bytes; use lines of pairs")
    return text
