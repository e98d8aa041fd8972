# SPDX-License-Identifier: Apache-2.0
"""The whole accounting of a synthetic parachain: `python benchmarks/ledger.py [ACCOUNTS SHARES [OUTPUT.json]]`.

1,000,000 accounts and 300,000 share NFTs by default. Writes the state, then runs the very command that an operator
runs (check, look through, claim bundles, report), each in a process of its own, and prints wall-clock time and the
most memory it held; fails above ten minutes or 4 GiB. The second builder is timed too, and must agree.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 600
MOST_GIB = 4
RUN = "import sys; from scripts.snapshot import cli; cli(sys.argv[1:], standalone_mode=False)"


def measured(*words: str) -> dict[str, float]:
    """Seconds and GiB of `ape run snapshot WORDS`, less ape's own start."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", RUN, *words], cwd=ROOT, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"snapshot {words[0]} failed with status {process.returncode}")
    return {"seconds": round(time.monotonic() - start, 1), "gib": round(usage.ru_maxrss / 2**20, 2)}


def main(accounts: int = 1_000_000, shares: int = 300_000, output: str | None = None) -> None:
    """Prints the figures as JSON."""
    with tempfile.TemporaryDirectory() as scratch:
        out, state = str(Path(scratch) / "out"), str(Path(scratch) / "state.jsonl")
        size = ["--accounts", str(accounts), "--shares", str(shares)]
        figures: dict[str, object] = {"accounts": accounts, "shares": shares, "cores": os.cpu_count()}
        figures["write the state"] = measured("synthesize", "state", *size, "--folder", scratch)
        built = figures["build"] = measured("build", "--state", state, "--out", out)
        figures["query"] = measured("query", "SELECT class, sum(free) FROM accounts GROUP BY class", "--out", out)
        figures["second builder"] = measured("check", "--state", state, "--out", out)
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        figures["most memory of any process, GiB"] = round(children, 2)
    text = json.dumps(figures, indent=2)
    print(text)
    if output is not None:
        Path(output).write_text(text + "\n", encoding="ascii")
    if built["seconds"] > MOST_SECONDS or built["gib"] > MOST_GIB:
        raise SystemExit(f"over {MOST_SECONDS} seconds or {MOST_GIB} GiB")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]]
    main(*numbers, *sys.argv[3:4])
