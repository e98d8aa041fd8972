# SPDX-License-Identifier: Apache-2.0
"""How the library tells that it is getting on: loops that may be long pass through a `Track`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


class Track(Protocol):
    """Hands on `items` unchanged while it shows how many of `total` have gone by."""

    def __call__(self, items: Iterable[T], description: str, total: int | None = None) -> Iterable[T]: ...


def silent(items: Iterable[T], description: str, total: int | None = None) -> Iterable[T]:  # noqa: ARG001
    """Shows nothing."""
    return items


def progress_bars(items: Iterable[T], description: str, total: int | None = None) -> Iterable[T]:
    """A bar on standard error, gone when it is done."""
    console = Console(stderr=True)
    return track(items, description, total, console=console, transient=True, disable=not console.is_terminal)
