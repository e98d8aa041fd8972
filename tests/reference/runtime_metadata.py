# SPDX-License-Identifier: Apache-2.0
"""Writes the metadata of a runtime whose storage is Phala's, by hand: the encoding follows the frame-metadata crate.

Nothing of the library under test is used. Types are given as Python values:
"u32" a primitive · ("seq", t) · ("arr", n, t) · ("tup", [t]) · ("opt", t) · ("struct", [(name, t)]) · ("wrap", t)
one unnamed field · ("enum", [(name, [(field name or None, t)])]).
"""

from __future__ import annotations

import struct
from typing import Any

PRIMITIVES = ["bool", "char", "str", "u8", "u16", "u32", "u64", "u128"]
HASHERS = ["Blake2_128", "Blake2_256", "Blake2_128Concat", "Twox128", "Twox256", "Twox64Concat", "Identity"]


def compact(value: int) -> bytes:
    if value < 64:
        return bytes((value * 4,))
    assert value < 2**14
    return struct.pack("<H", value * 4 + 1)


def text(value: str) -> bytes:
    return compact(len(value)) + value.encode()


def vector(items: list[bytes]) -> bytes:
    return compact(len(items)) + b"".join(items)


class Registry:
    """Numbers types as they are first met."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.encoded: list[bytes] = []

    def number(self, kind: Any) -> int:
        name = repr(kind)
        if name not in self.numbers:
            self.numbers[name] = len(self.encoded)
            self.encoded.append(b"")
            place = len(self.encoded) - 1
            path, definition = self.definition(kind)
            params = [text("T") + b"\1" + compact(self.number(kind[1]))] if path == ["Option"] else []
            self.encoded[place] = compact(place) + vector([text(p) for p in path]) + vector(params) + definition + b"\0"
        return self.numbers[name]

    def field(self, name: str | None, kind: Any) -> bytes:
        named = b"\0" if name is None else b"\1" + text(name)
        return named + compact(self.number(kind)) + b"\0" + vector([])

    def variants(self, variants: list[tuple[str, list[tuple[str | None, Any]]]]) -> bytes:
        return b"\1" + vector(
            [
                text(name) + vector([self.field(*field) for field in fields]) + bytes((index,)) + vector([])
                for index, (name, fields) in enumerate(variants)
            ]
        )

    def definition(self, kind: Any) -> tuple[list[str], bytes]:
        if isinstance(kind, str):
            return [], b"\5" + bytes((PRIMITIVES.index(kind),))
        tag, *rest = kind
        if tag == "struct":
            return ["some", "Struct"], b"\0" + vector([self.field(*field) for field in rest[0]])
        if tag == "wrap":
            return ["some", "Wrapper"], b"\0" + vector([self.field(None, rest[0])])
        if tag == "opt":
            return ["Option"], self.variants([("None", []), ("Some", [(None, rest[0])])])
        if tag == "enum":
            return ["some", "Enum"], self.variants(rest[0])
        if tag == "seq":
            return [], b"\2" + compact(self.number(rest[0]))
        if tag == "arr":
            return [], b"\3" + struct.pack("<I", rest[0]) + compact(self.number(rest[1]))
        assert tag == "tup"
        return [], b"\4" + vector([compact(self.number(of)) for of in rest[0]])


ACCOUNT = ("wrap", ("arr", 32, "u8"))
BLAKE, TWOX = "Blake2_128Concat", "Twox64Concat"
BASE_POOL = ("struct", [
    ("pid", "u64"), ("owner", ACCOUNT), ("total_shares", "u128"), ("total_value", "u128"),
    ("withdraw_queue", ("seq", ("struct", [("user", ACCOUNT), ("start_time", "u64"), ("nft_id", "u32")]))),
    ("value_subscribers", ("seq", "u64")), ("cid", "u32"), ("pool_account_id", ACCOUNT),
])  # fmt: skip
WORKERS = ("seq", ("wrap", ("arr", 32, "u8")))
STAKE_POOL = ("struct", [
    ("basepool", BASE_POOL), ("payout_commission", ("opt", ("wrap", "u32"))), ("cap", ("opt", "u128")),
    ("workers", WORKERS), ("cd_workers", WORKERS), ("lock_account", ACCOUNT), ("owner_reward_account", ACCOUNT),
])  # fmt: skip
VAULT = ("struct", [
    ("basepool", BASE_POOL), ("last_share_price_checkpoint", "u128"), ("commission", ("opt", ("wrap", "u32"))),
    ("owner_shares", "u128"), ("invest_pools", ("seq", "u64")),
])  # fmt: skip
ACCOUNT_DATA = ("struct", [("free", "u128"), ("reserved", "u128"), ("frozen", "u128"), ("flags", ("wrap", "u128"))])
ACCOUNT_INFO = ("struct", [
    ("nonce", "u32"), ("consumers", "u32"), ("providers", "u32"), ("sufficients", "u32"), ("data", ACCOUNT_DATA),
])  # fmt: skip
ASSET_ACCOUNT = ("struct", [
    ("balance", "u128"), ("status", ("enum", [("Liquid", []), ("Frozen", []), ("Blocked", [])])),
    ("reason", ("enum", [
        ("Consumer", []), ("Sufficient", []), ("DepositHeld", [(None, "u128")]), ("DepositRefunded", []),
        ("DepositFrom", [(None, ACCOUNT), (None, "u128")]),
    ])), ("extra", ("tup", [])),
])  # fmt: skip
SCHEDULE = ("struct", [("locked", "u128"), ("per_block", "u128"), ("starting_block", "u32")])
BYTES = ("wrap", ("seq", "u8"))

# pallet → item → (hashers, key, value)
STORAGE: dict[str, dict[str, tuple[list[str], Any, Any]]] = {
    "System": {"Account": ([BLAKE], ACCOUNT, ACCOUNT_INFO), "Number": ([], None, "u32")},
    "Timestamp": {"Now": ([], None, "u64")},
    "Balances": {"TotalIssuance": ([], None, "u128")},
    "Assets": {"Account": ([BLAKE, BLAKE], ("tup", ["u32", ACCOUNT]), ASSET_ACCOUNT)},
    "PhalaBasePool": {
        "Pools": ([TWOX], "u64", ("enum", [("StakePool", [(None, STAKE_POOL)]), ("Vault", [(None, VAULT)])])),
    },
    "RmrkCore": {"Properties": ([BLAKE, BLAKE, BLAKE], ("tup", ["u32", ("opt", "u32"), BYTES]), BYTES)},
    "Uniques": {"Account": ([BLAKE, BLAKE, BLAKE], ("tup", [ACCOUNT, "u32", "u32"]), ("tup", []))},
    "PhalaStakePoolv2": {"LegacyRewards": ([TWOX], ("tup", [ACCOUNT, "u64"]), "u128")},
    "PhalaWrappedBalances": {
        "StakerAccounts": ([TWOX], ACCOUNT, ("struct", [
            ("invest_pools", ("seq", ("tup", ["u64", "u32"]))), ("locked", "u128")])),
    },
    "Vesting": {"Vesting": ([BLAKE], ACCOUNT, ("wrap", ("seq", SCHEDULE)))},
}  # fmt: skip


def metadata(storage: dict[str, dict[str, tuple[list[str], Any, Any]]]) -> bytes:
    """Version 14, with nothing but storage in its pallets."""
    types = Registry()
    pallets = []
    for index, (pallet, items) in enumerate(storage.items()):
        entries = []
        for name, (hashers, key, value) in items.items():
            kind = b"\0" + compact(types.number(value))
            if hashers:
                hashed = vector([bytes((HASHERS.index(hasher),)) for hasher in hashers])
                kind = b"\1" + hashed + compact(types.number(key)) + compact(types.number(value))
            entries.append(text(name) + b"\0" + kind + vector([]) + vector([]))
        stored = b"\1" + text(pallet) + vector(entries)
        pallets.append(text(pallet) + stored + b"\0\0" + vector([]) + b"\0" + bytes((index,)))
    unit = types.number(("tup", []))
    extrinsic = compact(unit) + b"\4" + vector([])
    return b"meta\x0e" + vector(types.encoded) + vector(pallets) + extrinsic + compact(unit)
