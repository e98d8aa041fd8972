# SPDX-License-Identifier: Apache-2.0
"""A simulation's figures as CSV: one row a day, and one a group of workers. Amounts are PHA with all 18 decimals."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from pha.staking.simulation import AMOUNT_FIELDS, Run, fields_of_a_day
from pha.staking.workers import ONE

DAYS_FILE = "days.csv"
GROUPS_FILE = "groups.csv"


def exact(wei: int) -> str:
    """PHA with 18 decimals, exact."""
    return f"{wei // ONE}.{wei % ONE:018d}"


def write_tables(run: Run, folder: Path) -> list[Path]:
    """Writes both files into `folder`; gives their paths."""
    days, groups = folder / DAYS_FILE, folder / GROUPS_FILE
    with days.open("w", newline="", encoding="utf-8") as file:
        rows = (dict(_columns(day)) for day in run.days)
        first = next(rows)
        writer = csv.DictWriter(file, list(first), lineterminator="\n")
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)
    with groups.open("w", newline="", encoding="utf-8") as file:
        plain = csv.writer(file, lineterminator="\n")
        plain.writerow(["group", "to_workers", "to_stakers", "worker_days"])
        for group in run.groups:
            plain.writerow([group.name, exact(group.to_workers), exact(group.to_stakers), group.worker_days])
    return [days, groups]


def _columns(day: object) -> Iterator[tuple[str, object]]:
    for name in fields_of_a_day():
        value = getattr(day, name)
        show = exact if name in AMOUNT_FIELDS else int
        if isinstance(value, tuple):
            yield from (
                (f"{name.removesuffix('_by_level')}_level_{level}", show(each)) for level, each in enumerate(value, 1)
            )
        else:
            yield name, show(value)
