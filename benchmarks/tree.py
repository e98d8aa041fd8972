# SPDX-License-Identifier: Apache-2.0
"""Claim bundles for a million leaves, against the npm package @openzeppelin/merkle-tree in the same run.

Both sides are processes of their own that read the same file of leaves, build their tree and write every
proof. Time is the wall time of the whole process, memory its peak resident size. Ours also writes the SS58
address and the sums, and a proof of ours carries a sum for every hash. The package needs half an hour and more
for a million, so it is stopped once the ratio is beyond doubt, unless --to-the-end; the ratio is then a lower
bound. Ends with status 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LEAVES = 1_000_000
MINIMUM_RATIO = 5.0
MEMORY_LIMIT_MIB = 2048
# How many times our own time the package is given before it is stopped.
PATIENCE = 12


def write_leaves(path: Path, count: int) -> None:
    """The leaves from a fixed seed, ascending by account: account,free,staked on a line."""
    source = random.Random(2035)
    accounts = sorted(source.randbytes(32) for _ in range(count))
    with path.open("w", encoding="ascii") as file:
        for account in accounts:
            file.write(f"0x{account.hex()},{source.randrange(10**17)},{source.randrange(10**17)}\n")


def build_ours(leaves_path: Path, folder: Path) -> None:
    """What the snapshot does: sum tree, then claim bundles in shards."""
    sys.path.insert(0, str(ROOT))
    from pha.bridge.bundles import claim_bundles, write_claims
    from pha.bridge.ss58 import PHALA_PREFIX
    from pha.bridge.sum_tree import Leaf, SumTree

    leaves = []
    with leaves_path.open(encoding="ascii") as lines:
        for line in lines:
            account, free, staked = line.split(",")
            leaves.append(Leaf(bytes.fromhex(account[2:]), int(free), int(staked)))
    write_claims(folder, claim_bundles(leaves, SumTree(leaves), PHALA_PREFIX))


class Measured(NamedTuple):
    """Wall seconds and peak MiB of one process, and whether it came to its end."""

    seconds: float
    mebibytes: float
    finished: bool


def measure(command: list[str], patience: float | None = None) -> Measured:
    """Runs one process, for `patience` seconds at most."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT)
    finished = True
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        if finished and patience is not None and time.perf_counter() - start > patience:
            process.kill()
            finished = False
        time.sleep(0.02)
    seconds = time.perf_counter() - start
    if finished and ended[1]:
        raise SystemExit(f"{' '.join(command[:3])} … failed: see above")
    return Measured(seconds, ended[2].ru_maxrss / 1024, finished)


def proofs_written(path: Path) -> int:
    """Lines of the package's output so far."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--leaves", type=int, default=LEAVES)
    parser.add_argument("--to-the-end", action="store_true", help="let the npm package finish, however long it takes")
    parser.add_argument("--ours", nargs=2, type=Path, metavar=("LEAVES", "OUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ours:
        build_ours(*arguments.ours)
        return 0
    with tempfile.TemporaryDirectory(prefix="pha-bench-") as name:
        folder = Path(name)
        leaves = folder / "leaves.csv"
        write_leaves(leaves, arguments.leaves)
        print(f"{arguments.leaves:,} leaves; this takes a few minutes, most of it the npm package", flush=True)
        ours = measure([sys.executable, __file__, "--ours", str(leaves), str(folder / "ours")])
        print(f"pha.bridge                {ours.seconds:8.1f} s  {ours.mebibytes:7.0f} MiB", flush=True)
        script, proofs = str(ROOT / "benchmarks" / "merkle_tree_npm.js"), folder / "npm.jsonl"
        node = ["node", "--max-old-space-size=8192", script, str(leaves), str(proofs)]
        npm = measure(node, None if arguments.to_the_end else PATIENCE * ours.seconds)
        stopped = "" if npm.finished else f"  stopped with {proofs_written(proofs):,} proofs written"
        print(f"@openzeppelin/merkle-tree {npm.seconds:8.1f} s  {npm.mebibytes:7.0f} MiB{stopped}")
    ratio = npm.seconds / ours.seconds
    good = ratio >= MINIMUM_RATIO and ours.mebibytes <= MEMORY_LIMIT_MIB
    limits = f"wanted: at least {MINIMUM_RATIO:.0f} times, at most {MEMORY_LIMIT_MIB} MiB"
    bound = "" if npm.finished else "more than "
    print(f"{bound}{ratio:.1f} times as fast with {ours.mebibytes / npm.mebibytes:.2f} of the memory ({limits})")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
