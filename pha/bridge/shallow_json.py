# SPDX-License-Identifier: Apache-2.0
"""JSON from strangers: Python's reader recurses on the machine's stack, which nesting must not overflow."""

from __future__ import annotations

import json
from typing import Any

MAX_BRACKETS = 1000  # far above what any file read here holds


def shallow_json(text: str | bytes) -> Any:
    """What `json.loads` gives. Raises ValueError, also where the text has more brackets than could be meant."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if data.count(b"[") + data.count(b"{") > MAX_BRACKETS:
        raise ValueError(f"more than {MAX_BRACKETS} brackets")
    return json.loads(text)
