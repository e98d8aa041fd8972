# SPDX-License-Identifier: Apache-2.0
"""What the README of contracts/compute says of orders, in plain Python; written from that page, not from the contract.

Time counts second by second: an order keeps the set of seconds after it was taken that are proven good, so that every
bound on pay is a statement about that set and not about sums that the contract too might get wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class RefusedError(Exception):
    """The name of the error with which the chain must refuse."""


@dataclass
class Worker:
    """A worker as the registries know it; `attested_at` and `valid_until` are of its newest evidence."""

    working: bool = True
    attested_at: int = 0
    valid_until: int = 0

    def is_good(self, now: int) -> bool:
        return self.working and now <= self.valid_until


@dataclass
class ModelOrder:
    """One order. `seen` is the last check from which time counts; `good` the seconds that count, each by its end."""

    price: int
    paid_in: int
    wait: int
    status: str = "Open"
    worker: int | None = None
    taken: int = 0
    seen: int | None = None
    evidence_until: int = 0
    stopped: int | None = None
    good: set[int] = field(default_factory=set)
    paid_seconds: int = 0
    refunded: int = 0

    @property
    def earned(self) -> int:
        return self.paid_seconds * self.price

    @property
    def held(self) -> int:
        return self.paid_in - self.earned - self.refunded


class MarketModel:
    """All orders, and who works on which."""

    def __init__(self, workers: int) -> None:
        self.workers = [Worker() for _ in range(workers)]
        self.orders: dict[int, ModelOrder] = {}
        self.busy: dict[int, int] = {}

    def order(self, number: int, price: int, deposit: int, wait: int) -> None:
        self.orders[number] = ModelOrder(price, deposit, wait)

    def top_up(self, number: int, amount: int) -> None:
        order = self.orders[number]
        if order.status not in ("Open", "Running"):
            raise RefusedError("OrderNotInStatus")
        order.paid_in += amount

    def take(self, number: int, worker: int, now: int) -> None:
        order = self.orders[number]
        if order.status != "Open":
            raise RefusedError("OrderNotInStatus")
        if worker in self.busy:
            raise RefusedError("WorkerBusy")
        if not self.workers[worker].is_good(now):
            raise RefusedError("WorkerUnfit")
        order.status, order.worker, order.taken, order.seen = "Running", worker, now, now
        order.evidence_until = self.workers[worker].valid_until
        self.busy[worker] = number

    def check(self, number: int, now: int) -> None:
        order = self.orders[number]
        last = self._last_second(order, now)
        assert order.worker is not None
        worker = self.workers[order.worker]
        if not worker.is_good(now):
            order.seen = None
            return
        if order.seen is not None:
            # Not attested after the old evidence ran out and before the new was judged.
            attested = [
                second
                for second in range(order.seen + 1, last + 1)
                if not order.evidence_until < second <= worker.attested_at
            ]
            order.good.update(attested[max(len(attested) - order.wait, 0) :])
        order.seen = last
        order.evidence_until = worker.valid_until

    def settle(self, number: int, used: int, until: int, final: bool, now: int) -> int:
        order = self.orders[number]
        last = self._last_second(order, now)
        if not order.taken <= until <= last:
            raise RefusedError("ReceiptOutsideOrder")
        if used > until - order.taken:
            raise RefusedError("UsageExceedsTime")
        if used <= order.paid_seconds and not final:
            raise RefusedError("ReceiptNotNewer")
        self.check(number, now)
        new = max(min(used, len(order.good)) - order.paid_seconds, 0)
        new = min(new, order.held // order.price)
        order.paid_seconds += new
        amount = new * order.price
        if final:
            self._leave(order, number)
            self._close(order)
        return amount

    def stop(self, number: int, now: int) -> None:
        order = self.orders[number]
        if order.status == "Open":
            self._close(order)
            return
        if order.status != "Running":
            raise RefusedError("OrderNotInStatus")
        self._leave(order, number)
        provable = 0 if order.seen is None else min(now - order.seen, order.wait)
        most = min(len(order.good) + provable - order.paid_seconds, order.held // order.price) * order.price
        order.refunded += order.held - most
        order.status, order.stopped = "Stopped", now
        if most == 0:
            order.status = "Closed"

    def refund(self, number: int, now: int) -> None:
        order = self.orders[number]
        if order.status != "Stopped":
            raise RefusedError("OrderNotInStatus")
        assert order.stopped is not None
        if now <= order.stopped + order.wait:
            raise RefusedError("FinalReceiptWindow")
        self._close(order)

    def _last_second(self, order: ModelOrder, now: int) -> int:
        if order.status == "Running":
            return now
        if order.status != "Stopped":
            raise RefusedError("OrderNotInStatus")
        assert order.stopped is not None
        if now > order.stopped + order.wait:
            raise RefusedError("FinalReceiptWindow")
        return order.stopped

    def _leave(self, order: ModelOrder, number: int) -> None:
        if order.worker is not None and self.busy.get(order.worker) == number:
            del self.busy[order.worker]

    def _close(self, order: ModelOrder) -> None:
        order.refunded += order.held
        order.status = "Closed"
