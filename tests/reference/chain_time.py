# SPDX-License-Identifier: Apache-2.0
"""Time on the test chain, which tests set and the clock does not."""

from __future__ import annotations

from typing import Any


class ChainTime:
    """For worlds that have a `chain` of ape's."""

    chain: Any

    @property
    def now(self) -> int:
        """Time of the newest block, in Unix seconds."""
        return self.chain.blocks.head.timestamp

    def next_at(self, timestamp: int) -> None:
        """The next transaction's block has this time."""
        self.chain.pending_timestamp = timestamp

    def travel_to(self, timestamp: int) -> None:
        """Mines a block at `timestamp`."""
        self.next_at(timestamp)
        self.chain.mine()

    def travel(self, seconds: int) -> int:
        """Mines a block `seconds` later and says its time."""
        self.travel_to(self.now + seconds)
        return self.now
