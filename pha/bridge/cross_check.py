# SPDX-License-Identifier: Apache-2.0
"""Lets the second builder, in another language, build the same snapshot, and compares the two byte for byte."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Collection
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pha.bridge.bundles import ACCOUNTS_FILE, Snapshot
from pha.bridge.errors import BridgeError

SECOND_BUILDER = Path(__file__).parent / "second_builder" / "build.js"
NODE_OPTIONS = ["--max-old-space-size=6144", "--stack-size=4096"]


class SecondBuilderError(BridgeError):
    """The second builder refuses the state, or cannot be run."""


class BuildersDisagreeError(BridgeError):
    """Two builders, two results: nothing may be deployed from either."""


def second_build(
    state: Path, manifest: Path, accounts: Path, accepted: Collection[str] = (), rules: Path | None = None
) -> dict[str, Any]:
    """What the second builder prints; it writes every account into `accounts`. Raises SecondBuilderError."""
    command = ["node", *NODE_OPTIONS, str(SECOND_BUILDER), str(state), str(manifest), "--accounts", str(accounts)]
    for name in accepted:
        command += ["--accept", name]
    if rules is not None:
        command += ["--rules", str(rules)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as cause:
        raise SecondBuilderError(f"Node.js cannot be run: {cause.strerror}") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith(("refused:", "Error:"))]
        raise SecondBuilderError(f"the second builder: {(lines or [done.stderr[-300:].strip()])[0]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def cross_check(
    folder: Path, state: Path, manifest: Path, accepted: Collection[str] = (), rules: Path | None = None
) -> dict[str, Any]:
    """Compares a snapshot folder with what the second builder makes of the state it was built from.

    Gives the second builder's result. Raises BuildersDisagreeError with the first difference, SecondBuilderError.
    """
    snapshot = Snapshot.open(folder)
    with tempfile.TemporaryDirectory() as scratch:
        accounts = Path(scratch) / ACCOUNTS_FILE
        second = second_build(state, manifest, accounts, accepted, rules)
        with (folder / ACCOUNTS_FILE).open("rb") as ours, accounts.open("rb") as theirs:
            for number, (left, right) in enumerate(zip_longest(ours, theirs, fillvalue=b"nothing"), 1):
                if left != right:
                    raise BuildersDisagreeError(
                        f"{ACCOUNTS_FILE}:{number}: {left.decode().strip()} here, {right.decode().strip()} there"
                    )
    pairs = {
        "state root": (snapshot.index["state_root"], second["state_root"]),
        "claim root": (f"0x{snapshot.root.hex()}", second["root"]),
        "total": (str(snapshot.total), second["total"]),
        "number of claims": (snapshot.leaves, second["leaves"]),
        "vesting tree": (snapshot.index["vesting"], second["vesting"]),
        "issuance": (str(snapshot.report().total_issuance), second["issuance"]),
        "remainder": (str(_remainder(snapshot)), second["remainder"]),
    }
    for name, (first, other) in pairs.items():
        if first != other:
            raise BuildersDisagreeError(f"{name}: {first} here, {other} there")
    return second


def _remainder(snapshot: Snapshot) -> int:
    return sum(line.amount for line in snapshot.report().lines if line.name == "rounding left in pools")
