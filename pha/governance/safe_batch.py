# SPDX-License-Identifier: Apache-2.0
"""Files for the Transaction Builder of Safe{Wallet}: calls that a Safe is to make, for its owners to look at and sign.

Format 1.0, calls as raw data. The checksum is the builder's own: keccak256 over the file written in its peculiar way
(every object as the list of its sorted keys and then the values), the name taken as null.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

BUILDER_VERSION = "1.18.2"


@dataclass(frozen=True)
class Call:
    """A transaction that somebody is to send; `value` in wei."""

    to: str
    data: bytes
    value: int = 0


def safe_batch(
    calls: Sequence[Call], chain_id: int, name: str, description: str, created_at: int, safe: str = ""
) -> dict[str, Any]:
    """The file's content; `created_at` in Unix seconds."""
    content: dict[str, Any] = {
        "version": "1.0",
        "chainId": str(chain_id),
        "createdAt": created_at * 1000,
        "meta": {
            "name": name,
            "description": description,
            "txBuilderVersion": BUILDER_VERSION,
            "createdFromSafeAddress": safe,
            "createdFromOwnerAddress": "",
        },
        "transactions": [
            {
                "to": one.to,
                "value": str(one.value),
                "data": "0x" + one.data.hex(),
                "contractMethod": None,
                "contractInputsValues": None,
            }
            for one in calls
        ],
    }
    content["meta"]["checksum"] = checksum(content)
    return content


def checksum(content: Mapping[str, Any]) -> str:
    """The builder's checksum of a file whose `meta` holds none yet."""
    nameless = {**content, "meta": {**content["meta"], "name": None}}
    return "0x" + bytes(keccak(text=_serialized(nameless))).hex()


def _serialized(value: Any) -> str:
    if isinstance(value, list):
        return f"[{','.join(_serialized(one) for one in value)}]"
    if isinstance(value, Mapping):
        keys = sorted(value)
        written = "".join(f"{_serialized(value[key])}," for key in keys)
        return f"{{{json.dumps(keys, separators=(',', ':'))}{written}}}"
    return json.dumps(value, ensure_ascii=False)
