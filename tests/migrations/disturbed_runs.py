# SPDX-License-Identifier: Apache-2.0
"""Runs that can be killed anywhere, and the world they run in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from migrations.compiled import CompiledContracts
from migrations.connection import MIGRATIONS, ApeSigner
from pha.deployment.engine import apply
from pha.deployment.journal import FileJournal, open_journal
from pha.deployment.ledger import read_ledger
from pha.deployment.project import load_project
from pha.deployment.sending import Patience
from pha.deployment.web3_chain import Web3Chain

CLAIMS = {
    "bridge.claim_root": "0x" + "ab" * 32,
    "bridge.total": "145357088293045867646 units",
    "bridge.state_root": "0x" + "cd" * 32,
}
#: Transactions of each step on the local chain, counted by hand from steps/ and roles.yaml: a role that a step's
#: contracts ask for takes a label and a grant, and one more for each of these contracts.
OPERATIONS = {
    "010": 2,
    "030": 1,
    "040": 7,
    "050": 1,
    "060": 4,
    "070": 5,
    "080": 4,
    "090": 0,
    "100": 3,
    "110": 4,
    "120": 4,
    "130": 3,
    "140": 8,
    "150": 10,
    "160": 3,
    "170": 11,
    "180": 10,
    "990": 3,
}
CONTRACTS = 53
QUICK = Patience(interval=0.01, limit=10.0)


class Killed(BaseException):
    """The process dies here; nothing may catch it."""


class Countdown:
    """Kills the run at its n-th tick; counts on for ever without one."""

    def __init__(self, fatal: int | None = None) -> None:
        self.ticks = 0
        self.fatal = fatal

    def tick(self) -> None:
        self.ticks += 1
        if self.ticks == self.fatal:
            raise Killed


class WatchedChain:
    """A chain that ticks after every broadcast, and counts them."""

    def __init__(self, chain, countdown: Countdown) -> None:
        self._chain = chain
        self._countdown = countdown
        self.sent: list[bytes] = []

    def send_raw(self, raw: bytes) -> None:
        self.sent.append(raw)
        self._chain.send_raw(raw)
        self._countdown.tick()

    def __getattr__(self, name):
        return getattr(self._chain, name)


class World:
    """A copy of the project's steps on the test chain, with a journal on disk."""

    def __init__(self, folder: Path, ape_project, provider, account) -> None:
        self.folder = folder / "migrations"
        shutil.copytree(MIGRATIONS, self.folder, ignore=shutil.ignore_patterns("__pycache__", "*.py[co]"))
        self.path = folder / "local.jsonl"
        self.artifacts = CompiledContracts(ape_project)
        self.provider = provider
        self.account = account
        self.chain = Web3Chain(provider.web3)
        self.overrides = dict(CLAIMS)

    @property
    def signer(self) -> ApeSigner:
        return ApeSigner(self.account, self.provider)

    def project(self):
        return load_project(self.folder, "local", self.artifacts, self.overrides)

    def run(self, countdown: Countdown | None = None, chain=None, write: Callable | None = None, **options):
        """One run of `apply`; returns the ledger. `write` stands in for the journal's writing of a line."""
        countdown = countdown or Countdown()
        watched = WatchedChain(chain or self.chain, countdown)
        with open_journal(self.path) as journal:
            plain = journal._write

            def ticking(line: bytes) -> None:
                (write or (lambda _, text: plain(text)))(journal, line)
                countdown.tick()

            journal._write = ticking
            signer = options.pop("signer", self.signer)
            return apply(watched, signer, journal, self.project(), patience=QUICK, **options)

    def records(self) -> list[dict]:
        with open_journal(self.path) as journal:
            return journal.records

    def step(self, name: str) -> Path:
        return self.folder / "steps" / f"{name}.py"

    def state(self) -> dict:
        """What an application leaves behind: contracts with their code, who may what, the nonce."""
        ledger = read_ledger(self.records())
        contracts = {name: one.address for name, one in ledger.contracts().items()}
        manager = self.artifacts.get("PhaAccessManager")
        guardian = self.project().parameters["governance.guardian"]
        roles = {}
        for role in (0, 1, 2):
            for account in [self.account.address, contracts["timelock"], guardian]:
                data, _ = manager.encode_call("getAccess", (role, account), {})
                since, *rest = manager.decode_result("getAccess", self.chain.call(contracts["access_manager"], data))
                roles[role, account] = (since > 0, *rest)
        return {
            "contracts": contracts,
            "code": {name: self.chain.code(address) for name, address in contracts.items()},
            "roles": roles,
            "nonce": self.chain.nonce(self.account.address),
            "applied": [name for name, state in ledger.steps.items() if state.applied],
            "mined": [
                (one.step, one.index, one.nonce, one.title) for one in ledger.transactions if one.status == "mined"
            ],
        }


def half_written(journal: FileJournal, line: bytes) -> None:
    """A write that the crash cuts in the middle."""
    os.write(journal._descriptor, line[: len(line) // 2])
    raise Killed


class OverriddenChain:
    """A chain some of whose answers are replaced."""

    def __init__(self, chain, **methods) -> None:
        self._chain = chain
        self.__dict__.update(methods)

    def __getattr__(self, name):
        return getattr(self._chain, name)
