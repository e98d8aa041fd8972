# SPDX-License-Identifier: Apache-2.0
"""A snapshot's ledger as SQL tables, for whoever wants to ask it something: DuckDB, in memory, read once.

    accounts(account, class, disposition, free, staked)      everybody who is owed anything
    positions(account, amount, origin, pool)                 the single amounts, where staking was looked through
    pools(pid, kind, pot, given, remainder, cut)             likewise
    equations(name, left_side, left_amount, right_side, right_amount)   likewise: what was found equal
    entries(item, entries, decoded_by)                       likewise: how many entries were read, and how
    trees(tree, root, total, claims)                         the claim tree and, by the rules, the vesting tree
    issuance(total)                                          Balances.TotalIssuance

Amounts are whole base units (12 decimals) of type DECIMAL(38,0), in which no sum is ever rounded; one that does not
fit is an error. After loading, the database reads no file and no network, whatever it is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pha.bridge.bundles import ACCOUNTING_FILE, ACCOUNTS_FILE, POSITIONS_FILE, Snapshot, SnapshotFolderError
from pha.bridge.errors import BridgeError

MEMORY_LIMIT = "1500MB"
AMOUNT = "DECIMAL(38,0)"


class QueryError(BridgeError):
    """SQL that the database refuses."""


@dataclass(frozen=True)
class Answer:
    """Column names and rows; amounts are int."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class LedgerDatabase:
    """The tables of one snapshot folder. Raises SnapshotFolderError if it cannot be read."""

    def __init__(self, folder: Path) -> None:
        snapshot = Snapshot.open(folder)
        self._connection = duckdb.connect(
            ":memory:", config={"memory_limit": MEMORY_LIMIT, "threads": 2, "autoinstall_known_extensions": False}
        )
        self._connection.execute("SET enable_progress_bar = false")
        try:
            self._load(
                "accounts",
                folder / ACCOUNTS_FILE,
                {"account": "VARCHAR", "class": "VARCHAR", "disposition": "VARCHAR", "free": AMOUNT, "staked": AMOUNT},
            )
            self._load(
                "positions",
                folder / POSITIONS_FILE,
                {"account": "VARCHAR", "amount": AMOUNT, "origin": "VARCHAR", "pool": "BIGINT"},
            )
        except duckdb.Error as cause:
            raise SnapshotFolderError(f"{folder} cannot be loaded: {_first_line(cause)}; build it again") from None
        accounting = _accounting(folder)
        names = ("pot", "given", "remainder", "cut")
        self._fill(
            "pools",
            {"pid": "BIGINT", "kind": "VARCHAR", **dict.fromkeys(names, AMOUNT)},
            [(pool["pid"], pool["kind"], *(int(pool[name]) for name in names)) for pool in accounting.get("pools", [])],
        )
        sides = {"left_side": "VARCHAR", "left_amount": AMOUNT, "right_side": "VARCHAR", "right_amount": AMOUNT}
        self._fill("equations", {"name": "VARCHAR", **sides}, map(_sides, accounting.get("equations", [])))
        decoded_by = accounting.get("decoded_by", {})
        self._fill(
            "entries",
            {"item": "VARCHAR", "entries": "BIGINT", "decoded_by": "VARCHAR"},
            [
                (item, count, decoded_by.get(item, "fixed layout"))
                for item, count in accounting.get("entries", {}).items()
            ],
        )
        trees = [("claims", snapshot.index)]
        if snapshot.index.get("vesting") is not None:
            trees.append(("vesting", snapshot.index["vesting"]))
        self._fill(
            "trees",
            {"tree": "VARCHAR", "root": "VARCHAR", "total": AMOUNT, "claims": "BIGINT"},
            [(name, tree["root"], int(tree["total"]), tree["leaves"]) for name, tree in trees],
        )
        self._fill("issuance", {"total": AMOUNT}, [(snapshot.report().total_issuance,)])
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def ask(self, sql: str) -> Answer:
        """The answer to one query. Raises QueryError."""
        try:
            result = self._connection.execute(sql)
            columns = tuple(column[0] for column in result.description or ())
            rows = tuple(tuple(map(_plain, row)) for row in result.fetchall())
        except duckdb.Error as cause:
            raise QueryError(_first_line(cause)) from None
        return Answer(columns, rows)

    def _fill(self, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
        described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        self._connection.execute(f"CREATE TABLE {table} ({described})")
        places = ", ".join("?" for _ in columns)
        for row in rows:
            self._connection.execute(f"INSERT INTO {table} VALUES ({places})", list(row))

    def _load(self, table: str, path: Path, columns: dict[str, str]) -> None:
        """Amounts stand as text in the files: JSON has no whole numbers of their size."""
        described = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        self._connection.execute(f"CREATE TABLE {table} ({described})")
        if not path.is_file() or not path.stat().st_size:
            return
        as_text = {name: "VARCHAR" if kind == AMOUNT else kind for name, kind in columns.items()}
        picked = ", ".join(f'"{name}"::{kind}' for name, kind in columns.items())
        self._connection.execute(
            f"INSERT INTO {table} SELECT {picked} FROM read_json(?, format='newline_delimited', columns={as_text})",
            [str(path)],
        )


def _accounting(folder: Path) -> dict[str, Any]:
    path = folder / ACCOUNTING_FILE
    if not path.is_file():
        return {}
    accounting: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return accounting


def _sides(equation: dict[str, str]) -> tuple[Any, ...]:
    (_, name), (left, amount), (right, other) = equation.items()
    return name, left, int(amount), right, int(other)


def _plain(value: Any) -> Any:
    """DECIMAL(38,0) comes as decimal.Decimal; a whole one is an int here."""
    if type(value).__name__ == "Decimal" and value == value.to_integral_value():
        return int(value)
    return value


def _first_line(cause: BaseException) -> str:
    return str(cause).strip().splitlines()[0]
