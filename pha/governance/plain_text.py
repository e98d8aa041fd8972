# SPDX-License-Identifier: Apache-2.0
"""Strangers' text, shown to people who decide by it: nothing in it may move, hide or turn round what is shown."""

from __future__ import annotations

import unicodedata

# Controls (a terminal's escape among them), formats (which turn the direction of writing), halves of pairs, line ends.
HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def hidden_in(text: str) -> str | None:
    """The first character, as U+XXXX, that shows as nothing of its own, line feeds aside; or None."""
    for one in text:
        if one != "\n" and unicodedata.category(one) in HIDDEN:
            return f"U+{ord(one):04X}"
    return None


def escaped(text: str) -> str:
    """The text with such characters, line feeds too, written out."""
    return "".join(
        one.encode("unicode_escape").decode() if unicodedata.category(one) in HIDDEN else one for one in text
    )
