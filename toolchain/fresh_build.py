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
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / ".build" / "sources.json"
BUILD = ROOT / ".build" / "__local__.json"
# Where the first compilation on a machine unpacks OpenZeppelin. ape looks at 500 files of a folder of contracts at
# most, and with those among them it may see none of ours.
UNPACKED = ROOT / "contracts" / ".cache"
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


def built() -> dict[str, str]:
    """Name of every contract in ape's build, to the source it came from."""
    try:
        types = json.loads(BUILD.read_text())["contractTypes"]
    except (FileNotFoundError, ValueError, KeyError):
        return {}
    return {name: str(one.get("sourceId")) for name, one in types.items()}


def compile_sources(names: Iterable[str]) -> None:
    """Lets ape compile these sources, or all if there are none. Raises SystemExit if they do not compile."""
    command = [Path(sys.executable).parent / "ape", "compile", "--force", *names]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        print("\n".join(result.stdout.splitlines()[-40:]), file=sys.stderr)
        raise SystemExit("the contracts do not compile; the compiler's words are above")


def ensure() -> bool:
    """Brings the build up to the sources as they are; whether there was anything to do.

    Raises SystemExit if the contracts do not compile.
    """
    shutil.rmtree(UNPACKED, ignore_errors=True)
    before, now = recorded(), state_of(ROOT)
    if before == now:
        return False
    stale, had = stale_sources(ROOT, before, now), built()
    what = "the contracts" if stale is None else f"{len(stale)} sources"
    print(f"compiling {what}", file=sys.stderr, flush=True)
    # Whatever stops the compiler half-way must not leave a record that vouches for the build.
    RECORD.unlink(missing_ok=True)
    compile_sources(sorted(stale or ()))
    # A build that came from elsewhere (a copied folder) may lose what was not compiled now.
    if stale is not None and any(source in now and name not in built() for name, source in had.items()):
        compile_sources(())
    shutil.rmtree(UNPACKED, ignore_errors=True)
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(now, indent=0))
    return True


if __name__ == "__main__":
    ensure()
