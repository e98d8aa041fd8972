# SPDX-License-Identifier: Apache-2.0
"""A worker of the oracle: finds requests for its program, answers each once, and has the answer brought.

Two different answers to one request cost the worker its stake, and a program asked twice may well answer differently.
So an answer is in the journal, on the disk, before its signature exists anywhere else; whatever happens afterwards,
this very answer is the only one ever signed for that request. A request that a reorganisation changed has another
hash and is another request. A key must never run with two journals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_canonical_address

from pha.compute.calls import OracleRequest, RequestStatus, answer_call
from pha.compute.node import LOG_BLOCKS, Oracle
from pha.compute.outbox import Outbox
from pha.compute.ownership import claim_journal
from pha.compute.typed_data import answer_digest, oracle_domain, sign_digest
from pha.deployment.errors import CallReverted
from pha.deployment.journal import Journal, Record


class ProgramError(Exception):
    """The program has no answer now; it may have one when asked again."""


Program = Callable[[bytes, int], bytes]
"""From a question and the chain's time to an answer. Raises `ProgramError`."""


@dataclass(frozen=True)
class AnsweringRules:
    """Which requests a worker answers: for its code identity, paying enough; and from which block on it looks."""

    identity: bytes
    lowest_payment: int
    first_block: int = 0
    confirmations: int = 0


class AnsweringWorker:
    """One attested key. The journal belongs to it alone."""

    def __init__(
        self,
        key: LocalAccount,
        oracle: Oracle,
        outbox: Outbox,
        journal: Journal,
        program: Program,
        rules: AnsweringRules,
    ) -> None:
        self._key = key
        self._oracle = oracle
        self._outbox = outbox
        self._journal = journal
        self._program = program
        self._rules = rules
        chain_id = oracle.node.chain_id()
        claim_journal(journal, "oracle", key.address, oracle.address, chain_id)
        self._domain = oracle_domain(chain_id, to_canonical_address(oracle.address))
        self._answers: dict[str, bytes] = {}
        self._next_block = rules.first_block
        self._waiting: dict[int, OracleRequest] = {}
        for record in journal.records:
            self._follow(record)

    def step(self) -> int:
        """Answers what waits; how many answers were brought. Raises `ChainUnavailable`: nothing is lost, call again."""
        self._outbox.resume()
        self._look()
        brought = 0
        for request in list(self._waiting.values()):
            now = self._oracle.node.time()
            if now > request.deadline or self._oracle.status(request) is not RequestStatus.PENDING:
                del self._waiting[request.request_id]
                continue
            response = self._answer_of(request, now)
            if response is not None and self._bring(request, response):
                brought += 1  # and it waits until it is seen to be answered: a block may be dropped
        return brought

    def _look(self) -> None:
        """Reads the blocks that are new. How far it has read is not journaled: after a restart it reads from the first
        block again, and what was answered is answered.
        """
        head = self._oracle.node.block_number() - self._rules.confirmations
        while self._next_block <= head:
            last = min(self._next_block + LOG_BLOCKS - 1, head)
            for request in self._oracle.node.requests_in(self._oracle.address, self._next_block, last):
                if self._suits(request):
                    self._waiting[request.request_id] = request
            self._next_block = last + 1

    def _suits(self, request: OracleRequest) -> bool:
        mine = request.identity == self._rules.identity and request.payment >= self._rules.lowest_payment
        return mine and request.is_sound()

    def _answer_of(self, request: OracleRequest, now: int) -> bytes | None:
        """The one answer to a request; None where the program has none yet."""
        known = self._answers.get(request.hash.hex())
        if known is not None:
            return known
        try:
            response = self._program(request.query, now)
        except ProgramError:
            return None
        record: Record = {
            "type": "answer",
            "request": request.request_id,
            "hash": request.hash.hex(),
            "response": response.hex(),
        }
        self._journal.append(record)  # before anything is signed
        self._follow(record)
        return response

    def _bring(self, request: OracleRequest, response: bytes) -> bool:
        digest = answer_digest(self._domain, request.request_id, request.hash, response)
        data = answer_call(request, response, sign_digest(self._key, digest))
        try:
            receipt = self._outbox.send(f"answer {request.hash.hex()}", self._oracle.address, data)
        except CallReverted:
            return False  # answered by another, or this worker's standing is gone: it may come back in time
        return receipt is not None and receipt.succeeded

    def _follow(self, record: Record) -> None:
        if record["type"] == "answer":
            self._answers[record["hash"]] = bytes.fromhex(record["response"])
