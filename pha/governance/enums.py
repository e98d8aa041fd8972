# SPDX-License-Identifier: Apache-2.0
"""Names of Solidity enums' members, which ABIs leave out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pha.governance.errors import SourceUnreadable

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
ENUM = re.compile(r"\benum\s+(\w+)\s*\{([^}]*)\}")
CONTAINER = re.compile(r"^(?:abstract\s+contract|contract|interface|library)\s+(\w+)", re.MULTILINE)


def enums_in(text: str) -> dict[str, tuple[str, ...]]:
    """Members of each enum of a source in their order, by the name that ABIs give as `internalType`: `IFoo.Bar` in a
    contract or interface, `Bar` at the top of a file.
    """
    bare = COMMENT.sub("", text)
    containers = [(match.start(), match[1]) for match in CONTAINER.finditer(bare)]
    found = {}
    for match in ENUM.finditer(bare):
        owners = [name for start, name in containers if start < match.start()]
        name = f"{owners[-1]}.{match[1]}" if owners else match[1]
        found[name] = tuple(one.strip() for one in match[2].split(",") if one.strip())
    return found


def load_enums(contracts: Path) -> Mapping[str, tuple[str, ...]]:
    """Every enum under a folder of sources, the compiler's own folder left out. Raises `SourceUnreadable` where two
    different ones share a name.
    """
    known: dict[str, tuple[str, ...]] = {}
    for path in sorted(contracts.rglob("*.sol")):
        if ".cache" in path.parts:
            continue
        for name, members in enums_in(path.read_text(encoding="utf-8")).items():
            if known.setdefault(name, members) != members:
                raise SourceUnreadable(f"two different enums are called {name}")
    return known
