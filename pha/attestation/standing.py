# SPDX-License-Identifier: Apache-2.0
"""What the attestation registry says of workers, for operators: what ends when, and what to do something about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table


class Concern(StrEnum):
    """How a worker is, from good to bad."""

    GOOD = "good"
    LAPSES_SOON = "lapses soon"
    NOT_ATTESTED = "not attested"


@dataclass(frozen=True)
class WorkerStanding:
    """A worker as `IAttestedKeys.standingOf` answers.

    Attributes:
        key: the worker's address.
        attested: whether its evidence counts.
        reason: why it doesn't; empty where it does.
        kind: of evidence, such as intel.tdx.
        confidence: 1 to 5; 0 for a key that the registry doesn't know.
        device_count: GPUs.
        device_model: their model; empty for a CPU alone.
        identity: the accepted code identity, 0x and 64 digits.
        platform: the machine, the same.
        attested_at: Unix seconds.
        valid_until: Unix seconds, the last at which the evidence can count.
    """

    key: str
    attested: bool
    reason: str
    kind: str
    confidence: int
    device_count: int
    device_model: str
    identity: str
    platform: str
    attested_at: int
    valid_until: int

    @classmethod
    def of(cls, key: str, fields: Mapping[str, Any]) -> WorkerStanding:
        """From the contract's answer, by the names it gives its fields."""
        return cls(
            key=key,
            attested=bool(fields["attested"]),
            reason=short_name(fields["reason"]),
            kind=short_name(fields["kind"]),
            confidence=int(fields["confidence"]),
            device_count=int(fields["deviceCount"]),
            device_model=short_name(fields["deviceModel"]),
            identity="0x" + bytes(fields["identity"]).hex(),
            platform="0x" + bytes(fields["platform"]).hex(),
            attested_at=int(fields["attestedAt"]),
            valid_until=int(fields["validUntil"]),
        )

    def seconds_left(self, now: int) -> int:
        """Seconds for which it will still count if nothing changes; 0 where it doesn't count."""
        return max(0, self.valid_until - now) if self.attested else 0

    def concern(self, now: int, warn_seconds: int) -> Concern:
        """Whether there is something to do, given how early an operator wants to know."""
        if not self.attested:
            return Concern.NOT_ATTESTED
        return Concern.LAPSES_SOON if self.seconds_left(now) < warn_seconds else Concern.GOOD


def short_name(word: bytes) -> str:
    """The text of a `bytes32` that holds a short ASCII name."""
    return bytes(word).rstrip(b"\0").decode("ascii", errors="replace")


def worst(standings: Iterable[WorkerStanding], now: int, warn_seconds: int) -> Concern:
    """The worst of several; good where there are none."""
    order = list(Concern)
    return max((one.concern(now, warn_seconds) for one in standings), key=order.index, default=Concern.GOOD)


def as_json(standings: Iterable[WorkerStanding], now: int, warn_seconds: int) -> str:
    """One JSON object: the chain's time, and each worker with its concern and seconds left."""
    workers = [
        asdict(one) | {"seconds_left": one.seconds_left(now), "concern": one.concern(now, warn_seconds).value}
        for one in standings
    ]
    return json.dumps({"now": now, "warn_seconds": warn_seconds, "workers": workers}, indent=2)


def as_table(standings: Iterable[WorkerStanding], now: int, warn_seconds: int) -> Table:
    """A table, the one that ends first at the top."""
    colours = {Concern.GOOD: "green", Concern.LAPSES_SOON: "yellow", Concern.NOT_ATTESTED: "red"}
    table = Table("worker", "kind", "level", "GPUs", "attested", "ends", "left", "state")
    for one in sorted(standings, key=lambda standing: (standing.seconds_left(now), standing.key)):
        concern = one.concern(now, warn_seconds)
        state = one.reason or concern.value
        table.add_row(
            one.key,
            one.kind or "-",
            str(one.confidence or "-"),
            f"{one.device_count} {one.device_model}" if one.device_count else "-",
            date_of(one.attested_at),
            date_of(one.valid_until),
            duration(one.seconds_left(now)),
            f"[{colours[concern]}]{state}[/]",
        )
    return table


def text_of(table: Table, width: int = 160) -> str:
    """A table as lines of text without colours, for pipes and files."""
    console = Console(width=width, no_color=True, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def date_of(moment: int) -> str:
    """Unix seconds as a date and time in UTC; a dash for none."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M") if moment else "-"


def duration(seconds: int) -> str:
    """Seconds in the two greatest units that they have: `3 d 4 h`."""
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if seconds >= size:
            parts.append(f"{seconds // size} {unit}")
            seconds %= size
    return " ".join(parts[:2]) or "-"
