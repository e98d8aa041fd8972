# SPDX-License-Identifier: Apache-2.0
"""Compiles what has changed among the contracts, and everything that imports it.

ape compiles a source again when that source changes, but not the contracts that import it: after an edit to a library
they keep their old bytecode. A record of every source and setting stands beside the build; the tests and every make
target ask here first. Settings changed, or a source gone: all is compiled. Sources changed or new: these and all that
reach them by imports.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / ".build" / "sources.json"
SETTINGS = ("ape-config.yaml", "package-lock.json")

IMPORT = re.compile(r"""^import\s[^;]*?["'](\.[^"']+)["']\s*;""", re.MULTILINE)


def state_of(root: Path) -> dict[str, str]:
    """SHA-256 of every contract source and of the files that pin the compiler and the libraries, by path."""
    sources = [path for path in (root / "contracts").rglob("*.sol") if ".cache" not in path.parts]
    files = [*sorted(sources), *(root / name for name in SETTINGS)]
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def stale_sources(root: Path, before: dict[str, str], now: dict[str, str]) -> set[str] | None:
    """The sources whose bytecode may differ from what was built from `before`; None when that is all of them."""
    changed = {name for name in now if before.get(name) != now[name]}
    if not before.keys() <= now.keys() or changed & set(SETTINGS):
        return None
    importers: dict[str, set[str]] = {}
    for name in now.keys() - set(SETTINGS):
        for target in IMPORT.findall((root / name).read_text()):
            resolved = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            importers.setdefault(resolved, set()).add(name)
    stale, todo = set(changed), list(changed)
    while todo:
        new = importers.get(todo.pop(), set()) - stale
        stale |= new
        todo += new
    return stale


def recorded() -> dict[str, str]:
    """What the build was made from; nothing if there is no readable record."""
    try:
        content: dict[str, str] = json.loads(RECORD.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content


def ensure() -> None:
    """Brings the build up to the sources as they are. Raises SystemExit if they do not compile."""
    before, now = recorded(), state_of(ROOT)
    if before == now:
        return
    stale = stale_sources(ROOT, before, now)
    print(
        "compiling the contracts" if stale is None else f"compiling {len(stale)} contracts", file=sys.stderr, flush=True
    )
    command = [Path(sys.executable).parent / "ape", "compile", "--force", *sorted(stale or ())]
    # Whatever stops the compiler half-way must not leave a record that vouches for the build.
    RECORD.unlink(missing_ok=True)
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        print("\n".join(result.stdout.splitlines()[-40:]), file=sys.stderr)
        raise SystemExit("the contracts do not compile; the compiler's words are above")
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(now, indent=0))


if __name__ == "__main__":
    ensure()
