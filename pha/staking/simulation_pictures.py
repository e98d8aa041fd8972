# SPDX-License-Identifier: Apache-2.0
"""A simulation's pictures as SVG files that stand alone: no script, no font and no file from elsewhere.

Each line ends with its name and last value; pointing at a line shows the same. Lines are drawn through at most 240 of
their points, the first and the last among them. Values are drawn to scale as floating-point numbers and written exactly
to the digits shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path
from typing import NamedTuple

from pha.staking.simulation import LEVELS, Day, Run, product
from pha.staking.simulation_scenario import YEAR
from pha.staking.workers import ONE

WIDTH, HEIGHT = 880, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 56, 34
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
MOST_POINTS = 240
LABEL_GAP = 32
MONTH = 30

STYLE = """
svg { --ink: #1b1f24; --soft: #5c6670; --paper: #fff; --line: #d9dee3; --c1: #1f6fb5; --c2: #2f8f5b; --c3: #b8741a;
  --c4: #a8476f; --c5: #6a55b0; background: var(--paper); font: 13px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --ink: #e6e9ec; --soft: #9aa4ad; --paper: #15181b; --line: #343a40;
  --c1: #6fb1ea; --c2: #4fb37c; --c3: #dfa94e; --c4: #de8aae; --c5: #a595e6; } }
text { fill: var(--ink); } text.soft { fill: var(--soft); } text.head { font-size: 16px; font-weight: 600; }
text.value { font-variant-numeric: tabular-nums; } line { stroke: var(--line); }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } .c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); }
.c5 { stroke: var(--c5); }
"""


class Series(NamedTuple):
    """A line: its name, a value for each day, and how its last value is written."""

    name: str
    values: Sequence[float]
    last: str


def grouped(wei: int, digits: int = 0) -> str:
    """PHA with thousands set apart, cut (never rounded up) to so many digits."""
    whole, rest = divmod(abs(wei), ONE)
    fraction = f".{rest:018d}"[: digits + 1] if digits else ""
    return f"{'-' if wei < 0 else ''}{whole:,}{fraction}"


def short(value: float) -> str:
    """A tick's label: 1.5M for 1,500,000."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:.6g}{name}"
    return f"{value:.6g}"


def ticks(low: float, high: float) -> list[float]:
    """Four to nine round numbers from at most `low` to at least `high`."""
    if not high > low:
        high = low + (abs(low) or 1.0) / 10
    step = 10.0 ** floor(log10((high - low) / 4))
    while (high - low) / step > 7:
        step *= 2 if round(step / 10 ** floor(log10(step))) != 2 else 2.5
    first, last = floor(low / step), ceil(high / step)
    return [round(each * step, 12) for each in range(first, last + 1)]


def chosen(count: int) -> list[int]:
    """Which of `count` points a line goes through."""
    if count <= MOST_POINTS:
        return list(range(count))
    return [each * (count - 1) // (MOST_POINTS - 1) for each in range(MOST_POINTS)]


def line_chart(title: str, unit: str, series: Sequence[Series], note: str = "", from_zero: bool = True) -> str:
    """Lines over days, each value one day after the one before it. `unit` is written above the scale."""
    whole = [value for each in series for value in each.values]
    scale = ticks(min(0.0, *whole) if from_zero else min(whole), max(whole))
    span = max(len(each.values) for each in series) - 1 or 1
    low, high = scale[0], scale[-1]

    def y_of(value: float) -> float:
        return TOP + PLOT_HEIGHT * (high - value) / (high - low)

    parts = [f'<text class="head" x="{LEFT}" y="20">{escape(title)}</text>']
    parts.append(f'<text class="soft" x="{LEFT}" y="40">{escape(unit)}{escape("; " + note if note else "")}</text>')
    for tick in scale:
        y = y_of(tick)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + PLOT_WIDTH}" y2="{y:.1f}"/>')
        parts.append(f'<text class="soft value" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{short(tick)}</text>')
    for year in range(span // YEAR + 1):
        x = LEFT + PLOT_WIDTH * year * YEAR / span
        parts.append(
            f'<text class="soft" x="{x:.1f}" y="{HEIGHT - 12}" text-anchor="middle">'
            f"{'year ' if year == 0 else ''}{year}</text>"
        )
    for number, each in enumerate(series, 1):
        points = " ".join(
            f"{LEFT + PLOT_WIDTH * index / span:.1f},{y_of(each.values[index]):.1f}"
            for index in chosen(len(each.values))
        )
        parts.append(f'<polyline class="c{number}" points="{points}">')
        parts.append(f"<title>{escape(each.name)}: {escape(each.last)}</title></polyline>")
    parts += _labels(series, [y_of(each.values[-1]) for each in series])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(title)}"><title>{escape(title)}</title><style>{STYLE}</style>'
        f"{''.join(parts)}</svg>\n"
    )


def _labels(series: Sequence[Series], heights: Sequence[float]) -> list[str]:
    """Names and last values beside the lines' ends, moved apart where they would meet."""
    order = sorted(range(len(series)), key=lambda index: heights[index])
    places = [0.0] * len(series)
    lowest = float(TOP)
    for index in order:
        places[index] = lowest = max(heights[index], lowest)
        lowest += LABEL_GAP
    beyond = max(0.0, lowest - LABEL_GAP - (TOP + PLOT_HEIGHT - 16))
    parts = []
    for index, each in enumerate(series):
        x, y = LEFT + PLOT_WIDTH + 10, places[index] - beyond
        parts.append(f'<line class="c{index + 1}" x1="{x}" y1="{y:.1f}" x2="{x + 12}" y2="{y:.1f}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 18}" y="{y + 4:.1f}">{escape(each.name)}</text>')
        parts.append(f'<text class="soft value" x="{x + 18}" y="{y + 19:.1f}">{escape(each.last)}</text>')
    return parts


def trailing_percent(growths: Sequence[int], days: int = MONTH) -> list[float]:
    """Per cent a year that the last `days` (fewer at the beginning) come to, not compounded."""
    percents = [0.0]
    for index in range(1, len(growths)):
        window = list(growths[max(1, index - days + 1) : index + 1])
        percents.append((product(window) - ONE) / ONE * YEAR / len(window) * 100)
    return percents


def daily_payouts(days: Sequence[Day], level: int) -> list[float]:
    """PHA a day and worker of a level, the mean of the last 30 days."""
    means = []
    for index in range(len(days)):
        window = days[max(0, index - MONTH + 1) : index + 1]
        answers = sum(day.answers_by_level[level - 1] for day in window)
        paid = sum(day.payout_by_level[level - 1] for day in window)
        means.append(paid / answers / ONE if answers else 0.0)
    return means


def pictures(run: Run) -> dict[str, str]:
    """All pictures of a run, by file name."""
    days, last = run.days, run.days[-1]

    def of(name: str, field: str, digits: int = 0) -> Series:
        values = [getattr(day, field) / ONE for day in days]
        return Series(name, values, f"{grouped(getattr(last, field), digits)} PHA")

    used_up = run.reserve_used_up
    return {
        "share-price.svg": line_chart(
            "Share price",
            "PHA a share, 1 at first",
            [
                of("highest pool", "price_high", 4),
                of("all pools' mean", "price_mean", 4),
                of("lowest pool", "price_low", 4),
                of("vault", "vault_price", 4),
            ],
            "mean weighed by stake",
            from_zero=False,
        ),
        "reserve.svg": line_chart(
            "Supply left in the reserve, and who was paid",
            "PHA since the beginning",
            [
                of("left in the reserve", "reserve"),
                of("workers' part", "paid_to_workers"),
                of("stakers' part", "paid_to_stakers"),
                of("treasury", "paid_to_treasury"),
            ],
            f"used up by day {used_up}" if used_up is not None else "never used up in this time",
        ),
        "payout-by-confidence.svg": line_chart(
            "Payout by confidence level",
            "PHA a day and worker that answered",
            [_level_series(days, level) for level in LEVELS if any(day.answers_by_level[level - 1] for day in days)]
            or [Series("no workers", [0.0] * len(days), "0")],
            "workers' part before commission, mean of 30 days, GPU weights included",
        ),
        "slashed.svg": line_chart(
            "Slashed, and where it went",
            "PHA since the beginning",
            [
                of("from operators' bonds", "slashed_from_bonds"),
                of("from delegators", "slashed_from_pools"),
                of("reporters", "reporters"),
                of("burned", "burned"),
                of("treasury", "slashed_to_treasury"),
            ],
        ),
        "delegators-apr.svg": line_chart(
            "What delegators earn",
            "per cent a year",
            [
                _apr("stake in pools", [day.growth for day in days]),
                _apr("stake in the vault", [day.vault_growth for day in days]),
            ],
            "of the last 30 days, after commission, fee and slashes",
        ),
        "votes.svg": line_chart(
            "Stake and votes",
            "PHA",
            [
                of("staked in pools", "staked"),
                of("value of the vault", "vault_value"),
                of("votes in the vault", "votes"),
                of("locked for workers", "locked"),
            ],
        ),
    }


def _level_series(days: Sequence[Day], level: int) -> Series:
    values = daily_payouts(days, level)
    return Series(f"level {level}", values, f"{values[-1]:,.2f} PHA")


def _apr(name: str, growths: Sequence[int]) -> Series:
    percents = trailing_percent(growths)
    return Series(name, percents, f"{percents[-1]:,.2f} %")


def write_pictures(run: Run, folder: Path) -> list[Path]:
    """Writes all pictures into `folder`; gives their paths."""
    paths = []
    for name, picture in pictures(run).items():
        path = folder / name
        path.write_text(picture, encoding="utf-8")
        paths.append(path)
    return paths
