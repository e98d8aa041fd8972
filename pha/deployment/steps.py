# SPDX-License-Identifier: Apache-2.0
"""Steps: numbered Python files `NNN_name.py` with `apply(m)` and `verify(m)`.

A step begins with a docstring, whose first line is its title, and may say which kinds of network it is for
with `KINDS = ("l2",)`; without it, it is for all. Steps run in the order of their numbers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pha.deployment.errors import StepInvalid
from pha.deployment.parameters import KINDS

if TYPE_CHECKING:
    from pha.deployment.migration import Migration, Verification


@dataclass(frozen=True)
class Step:
    """One step, loaded; `source` is the SHA-256 of its file."""

    name: str
    title: str
    source: str
    kinds: tuple[str, ...]
    apply: Callable[[Migration], None]
    verify: Callable[[Verification], None]


def load_steps(folder: Path, kind: str) -> list[Step]:
    """The steps for networks of that kind, in order; raises `StepInvalid` naming the file that is
    malformed.
    """
    steps = [_load_step(path) for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
    if not steps:
        raise StepInvalid(f"no steps in {folder.name}")
    numbers = [step.name[:3] for step in steps]
    for number in numbers:
        if numbers.count(number) > 1:
            raise StepInvalid(f"two steps have the number {number}; give one the next free number")
    return [step for step in steps if kind in step.kinds]


def _load_step(path: Path) -> Step:
    if not re.fullmatch(r"\d{3}_[a-z0-9_]+", path.stem):
        raise StepInvalid(f"{path.name} is not named like 010_what_it_does.py")
    text = path.read_bytes()
    module = ModuleType(f"migration_step_{path.stem}")
    module.__file__ = str(path)
    try:
        # The very bytes that are hashed: Python's importer would take a cached compilation of the same size and second.
        exec(compile(text, str(path), "exec"), module.__dict__)
    except Exception as error:
        raise StepInvalid(f"{path.name}: {type(error).__name__}: {error}") from error
    apply, verify = getattr(module, "apply", None), getattr(module, "verify", None)
    if not callable(apply) or not callable(verify):
        raise StepInvalid(f"{path.name} must define apply(m) and verify(m)")
    kinds = tuple(getattr(module, "KINDS", KINDS))
    if not kinds or not set(kinds) <= set(KINDS):
        raise StepInvalid(f"{path.name}: KINDS must be some of {', '.join(KINDS)}")
    title = (module.__doc__ or "").strip().split("\n")[0].rstrip(".")
    if not title:
        raise StepInvalid(f"{path.name} has no docstring to say what it does")
    return Step(path.stem, title, _digest(text), kinds, apply, verify)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()


def steps_until(steps: Sequence[Step], last: str | None) -> list[Step]:
    """The steps up to and with the one named (in full or by its number); all of them for None."""
    if last is None:
        return list(steps)
    for index, step in enumerate(steps):
        if last in (step.name, step.name[:3]):
            return list(steps[: index + 1])
    raise StepInvalid(f"there is no step {last}; there are {', '.join(step.name for step in steps)}")
