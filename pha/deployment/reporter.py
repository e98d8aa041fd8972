# SPDX-License-Identifier: Apache-2.0
"""What a run tells whoever watches it; this one says nothing, a command's says it in colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pha.deployment.ledger import Transaction


class Reporter:
    """Receives the events of a run; override what is of interest."""

    def step_begins(self, name: str, title: str) -> None:
        """A step's operations follow."""

    def step_applied(self, name: str) -> None:
        """The step's operations are mined and it verified."""

    def already_done(self, transaction: Transaction) -> None:
        """An operation stands in the journal and is not sent again."""

    def prepared(self, transaction: Transaction, arguments: Mapping[str, Any], gas: int) -> None:
        """A transaction is signed and journaled; it is sent next. `gas` is its limit."""

    def mined(self, transaction: Transaction) -> None:
        """The transaction succeeded; its gas and block are known now."""

    def notice(self, text: str) -> None:
        """Something the operator should know that is not a failure."""
