# SPDX-License-Identifier: Apache-2.0
"""The append-only record of what a deployment did, one JSON object a line.

Each line carries `seq` (0, 1, 2 …), `prev` (the seal of the line before, zeros for the first) and `seal` =
SHA-256 of `prev` followed by the canonical JSON of the rest. A line is written with one write and flushed to
the disk before the call returns, so a crash can leave at most one unfinished line, and only at the end. Such
a torn line is dropped and its text kept in a `torn` record: every record is written either before the act it
announces, which then did not happen, or after an act that the chain can be asked about again. Anything else
that does not fit is `JournalCorrupt`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from pha.deployment.errors import JournalCorrupt, JournalLocked

Record = dict[str, Any]

START = "0" * 64
MAX_BRACKETS = 2000  # far above any record; the parser recurses on the machine's stack
ENVELOPE = ("seq", "prev", "seal")


class Journal(Protocol):
    """Records in the order they were written."""

    @property
    def records(self) -> list[Record]: ...

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one record durably; returns only when it would survive a loss of power."""


def canonical(value: object) -> str:
    """The one JSON text of a value: keys sorted, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def seal(record: Mapping[str, Any], seq: int, prev: str) -> Record:
    """The record with its envelope: sequence number, seal of the line before and its own seal."""
    clash = [key for key in ENVELOPE if key in record]
    if clash:
        raise ValueError(f"a record must not carry {clash[0]} itself")
    body = {**record, "seq": seq, "prev": prev}
    return {**body, "seal": hashlib.sha256((prev + canonical(body)).encode()).hexdigest()}


def parse(text: bytes, origin: str) -> tuple[list[Record], bytes]:
    """Records of a journal's bytes and the torn end (empty where the last line is whole).

    Raises `JournalCorrupt` naming the line where a whole line is not what `seal` would have written after its
    predecessor.
    """
    *lines, torn = text.split(b"\n")
    records: list[Record] = []
    prev = START
    for seq, line in enumerate(lines):
        record = _parse_line(line, f"{origin}:{seq + 1}")
        body = {key: value for key, value in record.items() if key not in ENVELOPE}
        if canonical(seal(body, seq, prev)).encode() != line:
            raise JournalCorrupt(
                f"{origin}:{seq + 1} was edited or does not follow from the line before it; "
                "restore the journal from version control"
            )
        records.append(record)
        prev = record["seal"]
    return records, torn


def _parse_line(line: bytes, where: str) -> Record:
    def unique(pairs: list[tuple[str, Any]]) -> Record:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("repeated key")
        return dict(pairs)

    try:
        if line.count(b"[") + line.count(b"{") > MAX_BRACKETS:
            raise ValueError("too many brackets")
        record = json.loads(line, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise JournalCorrupt(
            f"{where} is not a JSON record ({error}); restore the journal from version control"
        ) from error
    if not isinstance(record, dict) or not isinstance(record.get("type"), str):
        raise JournalCorrupt(f"{where} is not a record with a type; restore the journal from version control")
    return record


class MemoryJournal:
    """A journal for local networks and rehearsals; it lives as long as the process."""

    def __init__(self, records: list[Record] | None = None) -> None:
        self._records = list(records or [])

    @property
    def records(self) -> list[Record]:
        return list(self._records)

    def append(self, record: Mapping[str, Any]) -> None:
        prev = self._records[-1]["seal"] if self._records else START
        self._records.append(seal(record, len(self._records), prev))


class FileJournal:
    """A journal on disk, opened for writing under an exclusive lock; use `open_journal`."""

    def __init__(self, descriptor: int, origin: str) -> None:
        self._descriptor = descriptor
        self._records, torn = parse(_read_all(descriptor), origin)
        self.torn: str | None = None
        if torn:
            self.torn = torn.decode("utf-8", "backslashreplace")
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - len(torn))
            os.fsync(descriptor)
            self.append({"type": "torn", "fragment": self.torn})

    @property
    def records(self) -> list[Record]:
        return list(self._records)

    def append(self, record: Mapping[str, Any]) -> None:
        prev = self._records[-1]["seal"] if self._records else START
        sealed = seal(record, len(self._records), prev)
        self._write((canonical(sealed) + "\n").encode())
        self._records.append(sealed)

    def _write(self, line: bytes) -> None:
        view = memoryview(line)
        while view:
            view = view[os.write(self._descriptor, view) :]
        os.fsync(self._descriptor)


def _read_all(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    chunks = []
    while chunk := os.read(descriptor, 1 << 20):
        chunks.append(chunk)
    return b"".join(chunks)


@contextmanager
def open_journal(path: Path) -> Iterator[FileJournal]:
    """Open (or begin) a journal for writing; a second run meets `JournalLocked` until the first has ended.

    The lock is the kernel's on the open file, so a killed process leaves none behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalLocked(
                f"another run is writing {path.name}; wait until it has ended, then run again"
            ) from error
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name of a new file must survive as surely as its lines
        finally:
            os.close(folder)
        yield FileJournal(descriptor, path.name)
    finally:
        os.close(descriptor)


def read_journal(path: Path) -> tuple[list[Record], str | None]:
    """Records and torn end (None where there is none) of a journal that is not to be written; a missing file
    is an empty journal.
    """
    if not path.exists():
        return [], None
    records, torn = parse(path.read_bytes(), path.name)
    return records, torn.decode("utf-8", "backslashreplace") if torn else None
