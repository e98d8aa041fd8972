# SPDX-License-Identifier: Apache-2.0
"""`dcap-qvl` in a process of its own, for hostile input: some of it makes version 0.7.0 abort the process.

Run as a module, it reads one JSON object a line (`quote`, `collateral`, `at`, `root`) and answers with one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pha.attestation.intel.collateral import Collateral
from pha.attestation.intel.oracle import OracleVerdict, judge

#: The refusal given where the verifier died instead of answering.
ABORTED = "dcap-qvl aborted"


class OracleProcess:
    """A verifier that outlives its own aborts: a death is a refusal, and the next call starts anew."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def judge(self, quote: bytes, collateral: Collateral, at: int, root_der: bytes | None = None) -> OracleVerdict:
        """Have a quote judged; arguments as of `oracle.judge`.

        Raises:
            RuntimeError: the process ended by itself, which is no verdict.
        """
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        request = {
            "quote": quote.hex(),
            "collateral": collateral.to_json(),
            "at": at,
            "root": None if root_der is None else root_der.hex(),
        }
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self._process = None
            process.communicate()
            if process.returncode >= 0:  # a signal, such as that of an abort, is a negative one
                raise RuntimeError(f"the verifier's process ended with {process.returncode}")
            return OracleVerdict(None, refusal=ABORTED)
        members: dict[str, Any] = json.loads(answer)
        return OracleVerdict(
            members["status"],
            tuple(members["advisory_ids"]),
            bytes.fromhex(members["ppid"]),
            members["refusal"],
        )

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            root = str(Path(__file__).resolve().parents[3])
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "PYTHONPATH": root},
            )
        return self._process


def _serve() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        root = request["root"]
        verdict = judge(
            bytes.fromhex(request["quote"]),
            request["collateral"],
            request["at"],
            None if root is None else bytes.fromhex(root),
        )
        answer = {**asdict(verdict), "ppid": verdict.ppid.hex()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve()
