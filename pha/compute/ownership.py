# SPDX-License-Identifier: Apache-2.0
"""Whose journal it is: one key at one contract of one chain.

Each market numbers its orders for itself, and each key signs for itself. In another's journal an order may have been
taken and ended that was never seen, and an answer that was signed may be missing.
"""

from __future__ import annotations

from eth_utils.address import to_checksum_address

from pha.deployment.errors import DeploymentError
from pha.deployment.journal import Journal, Record


class JournalForeign(DeploymentError):  # noqa: N818 - the name states the finding, as its siblings' do
    """The journal belongs to another key, contract or chain."""


def claim_journal(journal: Journal, role: str, key: str, contract: str, chain_id: int) -> None:
    """Writes into a new journal whose it is, for one role of a key; raises `JournalForeign` where it is another's."""
    mine: Record = {
        "type": "owner",
        "role": role,
        "key": str(to_checksum_address(key)),
        "contract": str(to_checksum_address(contract)),
        "chain": chain_id,
    }
    owners = [{name: one.get(name) for name in mine} for one in journal.records if one["type"] == "owner"]
    for owner in owners:
        same_place = owner["role"] != role or owner == mine
        if owner["key"] != mine["key"] or owner["chain"] != chain_id or not same_place:
            raise JournalForeign(
                f"this journal belongs to {owner['key']} at {owner['contract']} of chain {owner['chain']}; "
                "give this one another of its own"
            )
    if mine not in owners:
        journal.append(mine)
