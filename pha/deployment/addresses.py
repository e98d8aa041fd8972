# SPDX-License-Identifier: Apache-2.0
"""The address file of a network, derived from its journal and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pha.deployment.ledger import read_ledger


def address_text(records: Sequence[Mapping[str, Any]]) -> str:
    """The file's text: chain id, genesis, and per contract its name, type, address, block and transaction."""
    ledger = read_ledger(records)
    network = ledger.network or {}
    contracts = {
        name: {
            "contract": one.action["contract"],
            "address": one.address,
            "block": one.block,
            "transaction": one.hash,
        }
        for name, one in sorted(ledger.contracts().items())
    }
    content = {"chain_id": network.get("chain_id"), "genesis": network.get("genesis"), "contracts": contracts}
    return json.dumps(content, indent=2) + "\n"


def write_addresses(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the file anew, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(address_text(records), encoding="utf-8")
    draft.replace(path)


def has_drifted(records: Sequence[Mapping[str, Any]], path: Path) -> bool:
    """Whether the file differs from what the journal gives; a missing file counts where there are
    contracts.
    """
    if not path.exists():
        return bool(read_ledger(records).contracts())
    return path.read_text(encoding="utf-8") != address_text(records)
