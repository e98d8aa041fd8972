# SPDX-License-Identifier: Apache-2.0
"""The proof by adding up: what is claimable and what is excluded make the issuance, to the last unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pha.bridge.accounts import AccountClass
from pha.bridge.disposition import Disposition, disposition_of
from pha.bridge.errors import BridgeError
from pha.bridge.ledger import Ledger

DECIMALS = 12


class ConservationError(BridgeError):
    """Lines that do not add up to the total issuance."""


@dataclass(frozen=True)
class Line:
    """One line of the report: a class of accounts, how many they are, what they hold in base units, what is done.

    `disposition` is None where a line is no class of its own but holds amounts of several.
    """

    name: str
    accounts: int
    amount: int
    disposition: Disposition | None = None


def format_pha(amount: int) -> str:
    """Base units as PHA with all twelve decimals, thousands apart."""
    whole, fraction = divmod(abs(amount), 10**DECIMALS)
    return f"{'-' if amount < 0 else ''}{whole:,}.{fraction:0{DECIMALS}}"


@dataclass(frozen=True)
class ConservationReport:
    """Lines whose amounts add up to `total_issuance`; made by `conserve` only when they do."""

    lines: tuple[Line, ...]
    total_issuance: int

    def to_text(self) -> str:
        """A table to print: one line per class, then the sum and the issuance it equals."""
        rows = [
            (line.name, f"{line.accounts:,} accounts", format_pha(line.amount), line.disposition or "")
            for line in self.lines
        ]
        accounts = sum(line.accounts for line in self.lines)
        explained = sum(line.amount for line in self.lines)
        rows.append(("sum of the lines", f"{accounts:,} accounts", format_pha(explained), ""))
        rows.append(("total issuance", "", format_pha(self.total_issuance), ""))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return "\n".join(
            f"{name:<{widths[0]}}  {count:>{widths[1]}}  {amount:>{widths[2]}} PHA  {disposition}".rstrip()
            for name, count, amount, disposition in rows
        )

    def to_json(self) -> dict[str, Any]:
        """The same for machines; amounts are decimal text in base units."""
        return {
            "lines": [
                {
                    "name": line.name,
                    "accounts": line.accounts,
                    "amount": str(line.amount),
                    "disposition": line.disposition,
                }
                for line in self.lines
            ],
            "total_issuance": str(self.total_issuance),
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> ConservationReport:
        """Reads `to_json` back and checks the sum again. Raises ConservationError."""
        lines = [
            Line(
                line["name"],
                line["accounts"],
                int(line["amount"]),
                None if line["disposition"] is None else Disposition(line["disposition"]),
            )
            for line in fields["lines"]
        ]
        return conserve(lines, int(fields["total_issuance"]))


def ledger_lines(ledger: Ledger) -> list[Line]:
    """The report's lines: claimable by class, one line per class without a key, what rounding left."""
    names = {AccountClass.SIGNING: "claimable", AccountClass.DUST: "claimable dust (below 0.01)"}
    sums = {AccountClass.SIGNING: (0, 0), AccountClass.DUST: (0, 0)}  # these two lines stand in every report
    for leaf in ledger.leaves:
        count, amount = sums.get(account_class := ledger.class_of(leaf), (0, 0))
        sums[account_class] = count + 1, amount + leaf.free + leaf.staked
    lines = [
        Line(names.get(account_class, f"claimable: {account_class}"), count, amount, Disposition.CLAIMABLE)
        for account_class, (count, amount) in sums.items()
    ]
    for reason in AccountClass:
        amounts = [entry.amount for entry in ledger.excluded if entry.reason is reason]
        if amounts:
            lines.append(Line(f"excluded: {reason}", len(amounts), sum(amounts), disposition_of(reason)))
    if ledger.remainder:
        lines.append(Line("rounding left in pools", 0, ledger.remainder, Disposition.TREASURY))
    return lines


def conserve(lines: Iterable[Line], total_issuance: int) -> ConservationReport:
    """The report, or ConservationError with the difference if the lines do not make the issuance exactly."""
    report = ConservationReport(tuple(lines), total_issuance)
    explained = sum(line.amount for line in report.lines)
    if explained != total_issuance:
        difference = explained - total_issuance
        what = "more than" if difference > 0 else "short of"
        raise ConservationError(
            f"the lines add up to {explained} base units, {abs(difference)} {what} the total issuance of "
            f"{total_issuance}: an account was missed, counted twice or decoded wrongly"
        )
    return report
