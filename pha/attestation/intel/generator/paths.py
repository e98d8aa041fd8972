# SPDX-License-Identifier: Apache-2.0
"""Every single value inside a spec, by its path: listed, read and replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

#: Names of members and indices of tuples that lead from a spec to one value in it.
Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Paths and values of everything that is neither a dataclass nor a tuple of dataclasses or numbers."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from leaves(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple) and value and not isinstance(value[0], str):
        for index, entry in enumerate(value):
            yield from leaves(entry, (*path, index))
    else:
        yield path, value


def replaced(value: Any, path: Path, leaf: Any) -> Any:
    """A copy of `value` with `leaf` standing at `path`."""
    if not path:
        return leaf
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return (*value[:step], replaced(value[step], rest, leaf), *value[step + 1 :])
    return replace(value, **{step: replaced(getattr(value, step), rest, leaf)})


def dotted(path: Path) -> str:
    """The path as a person writes it: `tcb_info.levels[0].pce_svn`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")
