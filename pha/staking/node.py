# SPDX-License-Identifier: Apache-2.0
"""A node as the staking commands ask it: the deployment's chain, and times and events besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from web3.types import FilterParams

from pha.deployment.errors import ChainUnavailable
from pha.deployment.web3_chain import LOG_BLOCKS, Web3Chain


@dataclass(frozen=True)
class Log:
    """One event as the node has it."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int


class StakingNode(Web3Chain):
    """Questions raise `ChainUnavailable` where the node does not answer, `CallReverted` where the call reverts."""

    def time(self) -> int:
        """Unix time of the newest block."""
        return self.time_of(self.block_number())

    def time_of(self, block: int) -> int:
        """Unix time of a block."""
        return int(self._ask(lambda: self._web3.eth.get_block(block)["timestamp"]))

    def first_block_since(self, moment: int) -> int:
        """The first block at Unix time `moment` or later; one past the newest where there is none."""
        low, high = 0, self.block_number() + 1
        while low < high:
            middle = (low + high) // 2
            if self.time_of(middle) < moment:
                low = middle + 1
            else:
                high = middle
        return low

    def logs(
        self,
        address: str,
        topics: Sequence[bytes | None],
        first: int,
        last: int,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[Log]:
        """Events of these blocks, ends included, oldest first. All are asked for at once, and in halves where a node
        refuses so many; `progress` is told how many blocks were searched.
        """
        if first > last:
            return
        question = {
            "address": address,
            "fromBlock": first,
            "toBlock": last,
            "topics": [None if topic is None else "0x" + topic.hex() for topic in topics],
        }
        try:
            found = self._ask(lambda: self._web3.eth.get_logs(cast(FilterParams, question)))
        except ChainUnavailable:
            if last - first < LOG_BLOCKS:
                raise
            middle = (first + last) // 2
            yield from self.logs(address, topics, first, middle, progress)
            yield from self.logs(address, topics, middle + 1, last, progress)
            return
        if progress is not None:
            progress(last - first + 1)
        for log in found:
            yield log_of(log)


def log_of(log: Any) -> Log:
    """An event from a node's answer or from a receipt."""
    topics = tuple(_bytes(topic) for topic in log["topics"])
    return Log(str(log["address"]), topics, _bytes(log["data"]), int(log["blockNumber"]))


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)
