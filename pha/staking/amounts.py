# SPDX-License-Identifier: Apache-2.0
"""PHA and percentages as people write them, to the last wei and without floating point."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from pha.staking.errors import AmountInvalid

PHA = 10**18
DAY = 86_400
END_OF_DATES = 253_402_300_800
_NUMBER = re.compile(r"(\d[\d,_]*)(?:\.(\d+))?")


def parse_pha(text: str) -> int:
    """Wei of an amount of PHA: digits, perhaps with commas between them, and up to 18 decimals.

    Raises `AmountInvalid`.
    """
    return _scaled(text, 18, "an amount of PHA")


def parse_percent(text: str) -> int:
    """Basis points of a percentage, such as `12.5` or `12.5%`. Raises `AmountInvalid`."""
    basis_points = _scaled(text.strip().removesuffix("%"), 2, "a percentage")
    if basis_points > 10_000:
        raise AmountInvalid(f"{text!r} is more than the whole")
    return basis_points


def format_pha(wei: int) -> str:
    """An amount in PHA, exact: `1,234.5`."""
    return format_units(wei, 18)


def format_units(amount: int, decimals: int) -> str:
    """An amount of a token with so many decimals, exact."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    whole, rest = divmod(amount, 10**decimals)
    return f"{sign}{whole:,}" + (f".{rest:0{decimals}}".rstrip("0") if rest else "")


def format_percent(basis_points: int) -> str:
    """Basis points as a percentage, exact: `12.5%`."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}" + (f".{rest:02}".rstrip("0") if rest else "") + "%"


def format_time(moment: int) -> str:
    """Unix seconds as a date and time in UTC; a dash for none, `never` after the year 9999."""
    if moment >= END_OF_DATES:
        return "never"
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M") if moment else "-"


def format_day(day: int) -> str:
    """A day since 1970 as a date; a dash for none."""
    return datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d") if day else "-"


def _scaled(text: str, decimals: int, what: str) -> int:
    match = _NUMBER.fullmatch(text.strip())
    if match is None or len(match[2] or "") > decimals:
        raise AmountInvalid(f"{text!r} is not {what}: digits, and at most {decimals} after the point")
    whole = match[1].replace(",", "").replace("_", "")
    return int(whole + (match[2] or "").ljust(decimals, "0"))
