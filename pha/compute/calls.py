# SPDX-License-Identifier: Apache-2.0
"""Calls to the market and the oracle as bytes, and their answers and events as Python values.

Addresses in calls are `0x` strings, hashes bytes, amounts wei, times Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from pha.compute.typed_data import REQUEST_ABI, request_hash

RECEIPT_ABI = "(uint256,uint256,uint256,bool)"
TERMS_ABI = "(uint16,address,bytes32,uint256,uint256,bytes32)"
ORDER_FIELDS = (
    "address",
    *["uint256"] * 2,
    "uint8",
    *["uint256"] * 5,
    *["address"] * 2,
    *["uint256"] * 3,
    "bool",
    "bytes32",
)
CLASS_ABI = "(uint80,uint96,bool,uint8,uint8,bytes32,bytes32,bytes32)"
REQUESTED_TOPIC = keccak(text=f"Requested(uint256,bytes32,{REQUEST_ABI},bytes)")


class OrderStatus(IntEnum):
    """Where an order stands, as the market counts."""

    NONE = 0
    OPEN = 1
    RUNNING = 2
    STOPPED = 3
    CLOSED = 4


class RequestStatus(IntEnum):
    """Where a request stands, as the oracle counts."""

    NONE = 0
    PENDING = 1
    ANSWERED = 2
    REFUNDED = 3


@dataclass(frozen=True)
class Order:
    """An order as `orderOf` gives it: addresses lower-case, money in wei."""

    customer: str
    price_per_second: int
    class_id: int
    status: OrderStatus
    held: int
    paid_seconds: int
    covered_seconds: int
    receipt_seconds: int
    stopped_at: int
    worker: str
    pool: str
    taken_at: int
    seen_at: int
    valid_until: int
    is_suspended: bool
    identity: bytes

    @property
    def can_settle_until(self) -> int:
        """Last second in which a stopped order takes a receipt."""
        return self.stopped_at + self.receipt_seconds

    def covered_at(self, time: int) -> int:
        """The most seconds that a check at `time`, or at the stop if that was before, can find covered."""
        if self.seen_at == 0:
            return self.covered_seconds
        last = min(time, self.stopped_at or time)
        return self.covered_seconds + min(max(last - self.seen_at, 0), self.receipt_seconds)


@dataclass(frozen=True)
class OracleRequest:
    """A request as its event shows it; `fields` in the order of the contract's structure."""

    request_id: int
    fields: tuple[Any, ...]
    query: bytes

    @property
    def deadline(self) -> int:
        return int(self.fields[3])

    @property
    def payment(self) -> int:
        return int(self.fields[4])

    @property
    def identity(self) -> bytes:
        return bytes(self.fields[5])

    @property
    def hash(self) -> bytes:
        return request_hash(self.request_id, self.fields)

    def is_sound(self) -> bool:
        """Whether the question is the one that the request's hash names."""
        return keccak(self.query) == bytes(self.fields[6])


def call_data(function: str, types: list[str], values: list[Any]) -> bytes:
    """Selector of `function` with `types`, and the values ABI-encoded."""
    return keccak(text=f"{function}({','.join(types)})")[:4] + encode(types, values)


def take_call(order_id: int, price: int, deadline: int, signature: bytes) -> bytes:
    return call_data("take", ["uint256", "uint256", "uint256", "bytes"], [order_id, price, deadline, signature])


def settle_call(order_id: int, used: int, until: int, is_final: bool, signature: bytes) -> bytes:
    return call_data("settle", [RECEIPT_ABI, "bytes"], [(order_id, used, until, is_final), signature])


def answer_call(request: OracleRequest, response: bytes, signature: bytes) -> bytes:
    return call_data(
        "answer",
        ["uint256", REQUEST_ABI, "bytes", "bytes"],
        [request.request_id, request.fields, response, signature],
    )


def order_with_permit_call(terms: tuple[Any, ...], deadline: int, signature: bytes) -> bytes:
    return call_data(
        "orderWithPermit",
        [TERMS_ABI, "uint256", "uint8", "bytes32", "bytes32"],
        [terms, deadline, signature[64], signature[:32], signature[32:64]],
    )


def top_up_with_permit_call(order_id: int, amount: int, deadline: int, signature: bytes) -> bytes:
    return call_data(
        "topUpWithPermit",
        ["uint256", "uint256", "uint256", "uint8", "bytes32", "bytes32"],
        [order_id, amount, deadline, signature[64], signature[:32], signature[32:64]],
    )


def decode_order(data: bytes) -> Order:
    """Raises `eth_abi.exceptions.DecodingError` where the bytes are no order."""
    values = list(decode([f"({','.join(ORDER_FIELDS)})"], data)[0])
    values[3] = OrderStatus(values[3])
    return Order(*values)


def decode_request(topics: list[bytes], data: bytes) -> OracleRequest:
    """The request in a `Requested` event."""
    fields, query = decode([REQUEST_ABI, "bytes"], data)
    return OracleRequest(int.from_bytes(topics[1], "big"), tuple(fields), query)
