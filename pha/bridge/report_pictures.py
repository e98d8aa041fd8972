# SPDX-License-Identifier: Apache-2.0
"""The report's pictures as inline SVG: no script, no font, no file from elsewhere; colours are the page's."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH = 880
ROW = 30
LABEL = 250
NUMBERS = 200
TRACK = WIDTH - LABEL - NUMBERS


class Step(NamedTuple):
    """One bar of a waterfall: from `start` to `end` in base units; `kind` is its colour's name."""

    label: str
    shown: str
    start: int
    end: int
    kind: str
    query: str


def _bar(y: int, x: float, width: float, kind: str, title: str) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y + 5}" width="{max(width, 1.5):.1f}" height="{ROW - 10}" rx="2">'
        f"<title>{escape(title)}</title></rect>"
    )


def _row(y: int, label: str, shown: str, query: str) -> str:
    middle = y + ROW // 2 + 4
    return (
        f'<text x="{LABEL - 10}" y="{middle}" text-anchor="end">{escape(label)}</text>'
        f'<a href="#q-{escape(query)}"><text class="n" x="{WIDTH - 4}" y="{middle}" text-anchor="end">'
        f"{escape(shown)}</text></a>"
    )


def _picture(title: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def waterfall(steps: Sequence[Step]) -> str:
    """From the first step's height to the last's, each bar hanging where the one before it ended."""
    whole = max((max(step.start, step.end) for step in steps), default=0) or 1
    parts = []
    for at, step in enumerate(steps):
        y = at * ROW
        low, high = sorted((step.start, step.end))
        x = LABEL + TRACK * low / whole
        parts.append(_row(y, step.label, step.shown, step.query))
        parts.append(_bar(y, x, TRACK * (high - low) / whole, step.kind, f"{step.label}: {step.shown} PHA"))
        if at + 1 < len(steps):
            edge = LABEL + TRACK * step.end / whole
            parts.append(f'<line class="edge" x1="{edge:.1f}" y1="{y + ROW - 5}" x2="{edge:.1f}" y2="{y + ROW + 5}"/>')
    return _picture("From the total issuance to what is claimable", len(steps) * ROW, parts)


def bars(title: str, rows: Sequence[tuple[str, str, int, str]], query: str) -> str:
    """(label, what is shown, length, colour's name) a row; lengths are to scale."""
    most = max((length for _, _, length, _ in rows), default=0) or 1
    parts = []
    for at, (label, shown, length, kind) in enumerate(rows):
        parts.append(_row(at * ROW, label, shown, query))
        parts.append(_bar(at * ROW, LABEL, TRACK * length / most, kind, f"{label}: {shown}"))
    return _picture(title, max(1, len(rows)) * ROW, parts)
