# SPDX-License-Identifier: Apache-2.0
"""The calls with which anyone has P384TableRegistry prove a key's table.

A job keeps no state of its own: what is left to do follows from what the registry has accepted, whoever sent it. It
can therefore be dropped at any point and made anew from the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from pha.cryptography.p384 import FieldPoint, encode_coordinate, encode_point
from pha.cryptography.p384_comb import Table, Teeth, grow_table, grow_teeth


class Stage(IntEnum):
    """How far a key's table has come, as the registry's `stageOf` says."""

    NOTHING = 0
    TEETH = 1
    TABLE = 2


@dataclass(frozen=True)
class Call:
    """One transaction to the registry: the method, its arguments, and both encoded."""

    method: Literal["proveTeeth", "proveTable"]
    arguments: tuple[bytes, ...]

    @property
    def calldata(self) -> bytes:
        """Selector and arguments."""
        types = {"proveTeeth": ("bytes", "bytes"), "proveTable": ("bytes32", "bytes", "bytes")}[self.method]
        return keccak(text=f"{self.method}({','.join(types)})")[:4] + encode(types, self.arguments)


class TableJob:
    """Everything the registry wants to hear about one key."""

    def __init__(self, key: FieldPoint) -> None:
        self.key = encode_point(key)
        self.teeth: Teeth = grow_teeth(key)
        self.table: Table = grow_table(self.teeth)

    @property
    def key_hash(self) -> bytes:
        """The name under which the registry keeps the table: keccak-256 of x then y."""
        return keccak(self.key)

    def remaining(self, stage: Stage) -> list[Call]:
        """The calls still to be sent, in order, when the registry's `stageOf` for the key is `stage`."""
        return [self.prove_teeth(), self.prove_table()][stage:]

    def prove_teeth(self) -> Call:
        """The first call."""
        return Call("proveTeeth", (self.key, _slopes(self.teeth.slopes)))

    def prove_table(self) -> Call:
        """The second call."""
        return Call("proveTable", (self.key_hash, self.teeth.encode(), _slopes(self.table.slopes)))


def _slopes(slopes: tuple[int, ...]) -> bytes:
    return b"".join(map(encode_coordinate, slopes))
