# SPDX-License-Identifier: Apache-2.0
"""Dry runs: the very steps, carried out on a throw-away copy of the chain.

For a node behind a URL the copy is an anvil fork of it, where the signer is impersonated and given ether; for
a local chain it is a snapshot that is restored. Either way the real journal is copied into memory and the
network gets no transaction.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak
from web3 import Web3
from web3.types import RPCEndpoint

from pha.deployment.chain import Chain, Receipt, Signer
from pha.deployment.engine import apply
from pha.deployment.errors import ChainDiffers, ChainUnavailable, TransactionRejected
from pha.deployment.journal import Journal, MemoryJournal
from pha.deployment.ledger import Transaction
from pha.deployment.project import Project
from pha.deployment.reporter import Reporter
from pha.deployment.sending import Patience
from pha.deployment.web3_chain import Web3Chain

RICH = 10**24  # wei, so that a poor signer's plan can be rehearsed; its real balance is reported apart


@dataclass(frozen=True)
class PlannedOperation:
    """One transaction that an application would send; gas as used in the rehearsal."""

    step: str
    title: str
    arguments: Mapping[str, Any]
    signer: str
    gas_limit: int
    gas_used: int
    address: str | None


class PlanReporter(Reporter):
    """Collects what a rehearsal sends."""

    def __init__(self) -> None:
        self.operations: list[PlannedOperation] = []
        self._limit = 0

    def prepared(
        self,
        transaction: Transaction,  # noqa: ARG002 - known better once it is mined
        arguments: Mapping[str, Any],  # noqa: ARG002 - they stand in the action as well
        gas: int,
    ) -> None:
        self._limit = gas

    def mined(self, transaction: Transaction) -> None:
        self.operations.append(
            PlannedOperation(
                step=transaction.step,
                title=transaction.title,
                arguments=transaction.action["arguments"],
                signer=transaction.sender,
                gas_limit=self._limit,
                gas_used=transaction.gas_used or 0,
                address=transaction.address,
            )
        )


def rehearse(
    chain: Chain, signer: Signer, journal: Journal, project: Project, until: str | None = None
) -> list[PlannedOperation]:
    """Apply on a copy of the chain with a copy of the journal; raises what an application would."""
    reporter = PlanReporter()
    patience = Patience(interval=0.05, limit=30.0)
    apply(chain, signer, MemoryJournal(journal.records), project, reporter, patience, until)
    return reporter.operations


class ImpersonatingSigner:
    """Signer of a fork: it has the address and no key, so what it "signs" is the transaction's JSON, which
    only `ForkChain` understands.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    @property
    def address(self) -> str:
        return self._address

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        fields = {key: hex(value) if isinstance(value, int) else value for key, value in transaction.items()}
        return json.dumps({**fields, "from": self._address}, sort_keys=True).encode()


class ForkChain(Web3Chain):
    """An anvil fork that sends in the name of any account."""

    def __init__(self, web3: Web3, impersonated: str) -> None:
        super().__init__(web3)
        self._provider = web3.provider
        self._hashes: dict[str, str] = {}
        self.request("anvil_impersonateAccount", [impersonated])
        self.request("anvil_setBalance", [impersonated, hex(RICH)])

    def send_raw(self, raw: bytes) -> None:
        if not raw.startswith(b"{"):  # a transaction that was really signed before, resumed on the fork
            super().send_raw(raw)
            return
        self._hashes["0x" + keccak(raw).hex()] = str(self.request("eth_sendTransaction", [json.loads(raw)]))

    def knows(self, transaction_hash: str) -> bool:
        return super().knows(self._hashes.get(transaction_hash, transaction_hash))

    def receipt(self, transaction_hash: str) -> Receipt | None:
        return super().receipt(self._hashes.get(transaction_hash, transaction_hash))

    def log_sources(self, address: str, first: int, last: int, topics: Sequence[bytes] = ()) -> set[str]:
        ours = {sent: known for known, sent in self._hashes.items()}
        return {ours.get(found, found) for found in super().log_sources(address, first, last, topics)}

    def request(self, method: str, parameters: list[Any]) -> Any:
        """What the fork answers to a method of its own; raises `TransactionRejected`."""
        answer = self._provider.make_request(RPCEndpoint(method), parameters)
        if "error" in answer:
            raise TransactionRejected(f"{method} on the fork: {answer['error']}")
        return answer.get("result")


@contextmanager
def fork_of(url: str, signer: str) -> Iterator[ForkChain]:
    """An anvil fork of the node at `url`, ended with the context. Raises `ChainUnavailable` without anvil."""
    anvil = shutil.which("anvil")
    if anvil is None:
        raise ChainUnavailable("a rehearsal needs anvil on the path; run the project's set-up")
    port = _free_port()
    command = [anvil, "--silent", "--port", str(port), "--fork-url", url, "--no-storage-caching"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        web3 = Web3(Web3.HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": 60}))
        _await_node(web3, process)
        yield ForkChain(web3, signer)
    finally:
        process.terminate()
        process.wait(timeout=10)


def refuse_if_different(found: list[str]) -> None:
    """Raise `ChainDiffers` with what a survey found, if anything."""
    if found:
        raise ChainDiffers(found)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_node(web3: Web3, process: subprocess.Popen[bytes], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if web3.is_connected():
            return
        time.sleep(0.1)
    raise ChainUnavailable("anvil could not fork the network; is its node reachable?")
