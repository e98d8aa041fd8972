# SPDX-License-Identifier: Apache-2.0
"""A node as workers and customers ask it: the deployment's chain, and time and events besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from eth_abi.abi import decode
from web3.types import FilterParams

from pha.compute.calls import (
    CLASS_ABI,
    REQUESTED_TOPIC,
    OracleRequest,
    Order,
    RequestStatus,
    call_data,
    decode_order,
    decode_request,
)
from pha.compute.typed_data import REQUEST_ABI
from pha.deployment.web3_chain import Web3Chain

LOG_BLOCKS = 2_000  # public nodes refuse to search many more at once


class ComputeNode(Web3Chain):
    """Questions raise `ChainUnavailable` where the node does not answer, `CallReverted` where the call reverts."""

    def time(self) -> int:
        """Unix time of the newest block."""
        return int(self._ask(lambda: self._web3.eth.get_block("latest")["timestamp"]))

    def requests_in(self, oracle: str, first: int, last: int) -> list[OracleRequest]:
        """Requests that the oracle was asked in these blocks, ends included, at most `LOG_BLOCKS` of them."""
        question = {
            "address": oracle,
            "fromBlock": first,
            "toBlock": last,
            "topics": ["0x" + REQUESTED_TOPIC.hex()],
        }
        logs = self._ask(lambda: self._web3.eth.get_logs(cast(FilterParams, question)))
        return [decode_request([bytes(topic) for topic in log["topics"]], bytes(log["data"])) for log in logs]


@dataclass(frozen=True)
class Market:
    """A ComputeMarket, read through a node."""

    node: ComputeNode
    address: str

    def order(self, order_id: int) -> Order:
        return decode_order(self.node.call(self.address, call_data("orderOf", ["uint256"], [order_id])))

    def order_count(self) -> int:
        return self._number(call_data("orderCount", [], []))

    def active_order_of(self, worker: str) -> int:
        return self._number(call_data("activeOrderOf", ["address"], [worker]))

    def price_of(self, class_id: int) -> int:
        """Wei a second that an order of the class would cost now."""
        data = self.node.call(self.address, call_data("classOf", ["uint256"], [class_id]))
        return int(decode([CLASS_ABI], data)[0][0])

    def _number(self, data: bytes) -> int:
        return int.from_bytes(self.node.call(self.address, data), "big")


@dataclass(frozen=True)
class Oracle:
    """A ComputeOracle, read through a node."""

    node: ComputeNode
    address: str

    def status(self, request: OracleRequest) -> RequestStatus:
        values: list[Any] = [request.request_id, request.fields]
        data = self.node.call(self.address, call_data("statusOf", ["uint256", REQUEST_ABI], values))
        return RequestStatus(int.from_bytes(data, "big"))
