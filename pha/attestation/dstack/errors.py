# SPDX-License-Identifier: Apache-2.0
"""What is wrong with an event log."""

from __future__ import annotations


class EventLogError(ValueError):
    """An event log that can't be read, or doesn't lead to what it should.

    Attributes:
        reason: the name that the contract gives to it, or `Malformed` for a file that never reaches it.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
