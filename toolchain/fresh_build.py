# SPDX-License-Identifier: Apache-2.0
"""Compiles the contracts anew when any of them changed.

ape compiles a source again when that source changes, but not the contracts that import it: after an edit to a library
they keep their old bytecode. The fingerprint of all sources and settings stands beside the build, and a build that was
not made from exactly these is thrown away. The tests and every make target ask here first.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = ROOT / ".build" / "sources.sha256"


def fingerprint() -> str:
    """SHA-256 over every contract source and the files that pin the compiler and the libraries."""
    digest = hashlib.sha256()
    sources = [path for path in (ROOT / "contracts").rglob("*.sol") if ".cache" not in path.parts]
    for path in [*sorted(sources), ROOT / "ape-config.yaml", ROOT / "package-lock.json"]:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def ensure() -> None:
    """Compiles everything unless the build is of exactly these sources. Raises SystemExit if that fails."""
    current = fingerprint()
    if STAMP.exists() and STAMP.read_text() == current:
        return
    print("compiling the contracts", file=sys.stderr, flush=True)
    command = [Path(sys.executable).parent / "ape", "compile", "--force"]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        print("\n".join(result.stdout.splitlines()[-40:]), file=sys.stderr)
        raise SystemExit("the contracts do not compile; the compiler's words are above")
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(current)


if __name__ == "__main__":
    ensure()
