# SPDX-License-Identifier: Apache-2.0
"""A worker of the market: takes an order, works, signs receipts, has them paid, and leaves.

`step` does what is due now and returns; whoever runs it calls it again and again. All that must not be forgotten is
in the journal before anyone else hears of it: taking an order, every receipt (seconds worked, in all), every
transaction. A worker that starts again finds its order on the chain and its seconds in the journal; time for which it
has no receipt in there is not claimed, since nobody can say what it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_canonical_address

from pha.compute.calls import Order, OrderStatus, settle_call, take_call
from pha.compute.node import Market
from pha.compute.outbox import Outbox
from pha.compute.ownership import claim_journal
from pha.compute.typed_data import market_domain, receipt_digest, sign_digest, take_digest
from pha.deployment.errors import CallReverted
from pha.deployment.journal import Journal, Record

TAKE_SECONDS = 600  # for which a signature to take an order is good
SUSPENDED_SECONDS = (
    300  # between two checks while suspended: each costs gas, and the seconds between them count nothing
)
RECEIPT_KEYS = ("type", "order", "used", "until", "final")
CHECK_GAS = 2_000_000  # with less the market does not believe a registry's no; unused gas costs nothing


class Work(Protocol):
    """The machine that is sold."""

    def start(self, order_id: int, order: Order) -> None:
        """Begin, or go on after a restart."""

    def is_running(self, order_id: int) -> bool:
        """Whether the customer's work ran since the last question."""

    def end(self, order_id: int) -> None:
        """Clear away."""


@dataclass(frozen=True)
class WorkerRules:
    """Which orders a worker takes, and when it has receipts paid."""

    class_ids: frozenset[int]
    lowest_price: int
    settle_every: int = 1800


class Worker:
    """One attested key. The journal belongs to it alone."""

    def __init__(
        self, key: LocalAccount, market: Market, outbox: Outbox, journal: Journal, work: Work, rules: WorkerRules
    ) -> None:
        self._key = key
        self._market = market
        self._outbox = outbox
        self._journal = journal
        self._work = work
        self._rules = rules
        chain_id = market.node.chain_id()
        claim_journal(journal, "market", key.address, market.address, chain_id)
        self._domain = market_domain(chain_id, to_canonical_address(market.address))
        self._receipts: dict[int, Record] = {}
        self._ended: set[int] = set()
        self._looked_at = 0
        self._open: set[int] = set()
        self._brought_at = 0
        self._counted: tuple[int, int] | None = None
        self._took: int | None = None
        for record in journal.records:
            self._follow(record)

    @property
    def order_id(self) -> int | None:
        """The order that this worker has begun and not ended, if any."""
        begun = [order_id for order_id in self._receipts if order_id not in self._ended]
        return begun[-1] if begun else None

    def last_receipt(self, order_id: int) -> Record | None:
        """What was signed last for an order."""
        return self._receipts.get(order_id)

    def step(self) -> None:
        """Does what is due. Raises `ChainUnavailable` where the node is lost: nothing is, call again."""
        self._outbox.resume()
        if self.order_id is None:
            active = self._market.active_order_of(self._key.address)
            if active:
                self._begin(active)
            else:
                self._take_one()
        else:
            self._go_on(self.order_id)

    def leave(self) -> bool:
        """Signs and brings the last receipt of the order at hand. False where the market does not take it now, as while
        the registries are silent: the order is this worker's still, and its pay is not lost; call again.
        """
        order_id = self.order_id
        if order_id is None:
            return True
        order = self._market.order(order_id)
        can_settle = order.status is OrderStatus.STOPPED and self._market.node.time() <= order.can_settle_until
        if order.status is OrderStatus.RUNNING or can_settle:
            receipt = self._sign(order_id, order, is_final=True)
            if not self._bring(order_id, receipt):
                return False
        self._end(order_id)
        return True

    # Taking

    def _take_one(self) -> None:
        now, count = self._market.node.time(), self._market.order_count()
        for order_id in (*sorted(self._open), *range(self._looked_at + 1, count + 1)):
            order = self._market.order(order_id)
            self._looked_at = max(self._looked_at, order_id)
            # What an order asks for never changes, and none is ever opened again: one that is not for this worker, or
            # open no more, need not be looked at twice.
            if order.status is not OrderStatus.OPEN or not self._suits(order):
                self._open.discard(order_id)
                continue
            self._open.add(order_id)
            if self._take(order_id, order, now):
                return

    def _suits(self, order: Order) -> bool:
        mine = int(order.worker, 16) in (0, int(self._key.address, 16))
        return mine and order.class_id in self._rules.class_ids and order.price_per_second >= self._rules.lowest_price

    def _take(self, order_id: int, order: Order, now: int) -> bool:
        price, deadline = order.price_per_second, now + TAKE_SECONDS
        signature = sign_digest(self._key, take_digest(self._domain, order_id, price, deadline))
        self._took = order_id
        try:
            receipt = self._outbox.send(
                f"take {order_id}", self._market.address, take_call(order_id, price, deadline, signature)
            )
        except CallReverted:
            return False  # taken or stopped since, or the worker does not fit
        if receipt is not None and not receipt.succeeded:
            return False
        if self._market.active_order_of(self._key.address) != order_id:
            return False  # taken before in a block that the chain has dropped; the outbox sends it out again
        self._begin(order_id)
        return True

    def _begin(self, order_id: int) -> None:
        """Starts the work of an order that has just been taken, or goes on after a restart."""
        order = self._market.order(order_id)
        since = order.taken_at if self._took == order_id else self._market.node.time()
        if order_id not in self._receipts:
            self._append({"type": "receipt", "order": order_id, "used": 0, "until": order.taken_at, "final": False})
        elif order_id in self._ended:  # after all it is running: the chain had dropped the block in which it was taken
            self._append({key: self._receipts[order_id][key] for key in RECEIPT_KEYS})
        self._work.start(order_id, order)
        self._counted = (order_id, since)

    # Working

    def _go_on(self, order_id: int) -> None:
        order = self._market.order(order_id)
        if order.status not in (OrderStatus.RUNNING, OrderStatus.STOPPED):
            self._end(order_id)  # or open again, where the chain has dropped the block in which it was taken
            return
        if self._counted is None or self._counted[0] != order_id:  # after a restart
            self._begin(order_id)
            order = self._market.order(order_id)
        stopped = order.status is OrderStatus.STOPPED
        receipt = self._sign(order_id, order, is_final=stopped)
        now = self._market.node.time()
        if stopped:
            # A last word is refused while the registries don't answer: then it is brought again until it is too late.
            unpaid = now <= order.can_settle_until and receipt["used"] > order.paid_seconds
            if not unpaid or self._bring(order_id, receipt):
                self._end(order_id)
            return
        if self._is_due(order, now) and receipt["used"] > order.paid_seconds:
            self._bring(order_id, receipt)
        unpaid = min(int(receipt["used"]), order.covered_at(now)) - order.paid_seconds
        if order.held - unpaid * order.price_per_second < order.price_per_second:
            self.leave()  # nobody pays for another second

    def _is_due(self, order: Order, now: int) -> bool:
        """Whether it is time for a check, which every settlement is."""
        if order.is_suspended:
            return now - self._brought_at >= SUSPENDED_SECONDS
        return now - order.seen_at >= min(self._rules.settle_every, order.receipt_seconds // 2)

    def _sign(self, order_id: int, order: Order, *, is_final: bool) -> Record:
        """A receipt for what was worked since the last, journaled before it is returned."""
        last = self._receipts[order_id]
        until = order.stopped_at or self._market.node.time()
        used = int(last["used"])
        if order.stopped_at:  # counted before the stop was seen: what lies after it is nobody's to pay for
            used -= min(max(int(last["until"]) - until, 0), used)
        # Seconds that this very process saw pass, since the last receipt.
        since = max(int(last["until"]), self._counted[1] if self._counted and self._counted[0] == order_id else until)
        if self._work.is_running(order_id):
            used += max(until - since, 0)
        record = {
            "type": "receipt",
            "order": order_id,
            "used": min(used, until - order.taken_at),
            "until": max(until, int(last["until"])) if not order.stopped_at else until,
            "final": is_final,
        }
        if record != {key: last[key] for key in record}:
            self._append(record)
        self._counted = (order_id, max(until, since))
        return record

    def _bring(self, order_id: int, record: Record) -> bool:
        """Has a receipt paid; False where the market refuses it, which the next may not be."""
        used, until, final = int(record["used"]), int(record["until"]), bool(record["final"])
        self._brought_at = self._market.node.time()
        signature = sign_digest(self._key, receipt_digest(self._domain, order_id, used, until, final))
        data = settle_call(order_id, used, until, final, signature)
        try:
            receipt = self._outbox.send(
                f"settle {order_id} {used} {until} {final}", self._market.address, data, CHECK_GAS
            )
        except CallReverted:
            return False
        return receipt is None or receipt.succeeded

    def _end(self, order_id: int) -> None:
        self._work.end(order_id)
        self._append({"type": "ended", "order": order_id})

    def _append(self, record: Record) -> None:
        self._journal.append(record)
        self._follow(record)

    def _follow(self, record: Record) -> None:
        if record["type"] == "receipt":
            self._receipts[int(record["order"])] = record
            self._ended.discard(int(record["order"]))
        elif record["type"] == "ended":
            self._ended.add(int(record["order"]))
