# SPDX-License-Identifier: Apache-2.0
"""Compiles the contracts anew, all together, when any of them changed.

ape compiles a source again when that source changes, but not the contracts that import it: after an edit to a library
they keep their old bytecode. And a part compiled alone is not the same: by way of its intermediate language the
compiler may lay code out differently with other sources beside it, so gas would depend on how one came to a build. A
record of every source and setting stands beside the build; the tests and every make target ask here first.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / ".build" / "sources.json"
# Where the first compilation on a machine unpacks OpenZeppelin. ape looks at 500 files of a folder of contracts at
# most, and with those among them it may see none of ours.
UNPACKED = ROOT / "contracts" / ".cache"
SETTINGS = ("ape-config.yaml", "package-lock.json")


def state_of(root: Path) -> dict[str, str]:
    """SHA-256 of every contract source and of the files that pin the compiler and the libraries, by path."""
    sources = [path for path in (root / "contracts").rglob("*.sol") if ".cache" not in path.parts]
    files = [*sorted(sources), *(root / name for name in SETTINGS)]
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def recorded() -> dict[str, str]:
    """What the build was made from; nothing if there is no readable record."""
    try:
        content: dict[str, str] = json.loads(RECORD.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content


def compile_all() -> None:
    """Lets ape compile everything. Raises SystemExit if it does not compile."""
    command = [Path(sys.executable).parent / "ape", "compile", "--force"]
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
    print("compiling the contracts", file=sys.stderr, flush=True)
    # Whatever stops the compiler half-way must not leave a record that vouches for the build.
    RECORD.unlink(missing_ok=True)
    compile_all()
    shutil.rmtree(UNPACKED, ignore_errors=True)
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(now, indent=0))
    return True


if __name__ == "__main__":
    ensure()
