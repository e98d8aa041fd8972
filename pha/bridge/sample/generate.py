# SPDX-License-Identifier: Apache-2.0
"""Writes the sample state: `python -m pha.bridge.sample.generate`, or with `--check` only compares.

Forty-odd accounts of every kind a real state has, the other pallets' entries that make the trie realistic,
and the header of the block. Everything follows from fixed text, so that writing it again changes nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from hashlib import blake2b

from pha.bridge.accounts import EXISTENTIAL_DEPOSIT, KEYLESS_PREFIXES, AccountInfo
from pha.bridge.claim import Scheme
from pha.bridge.header import Header
from pha.bridge.sample import MANIFEST_PATH, STATE_PATH
from pha.bridge.sample.keys import sample_key, sample_multisig
from pha.bridge.scale import encode_bytes, encode_compact, encode_uint
from pha.bridge.ss58 import PHALA_PREFIX
from pha.bridge.state_trie import Pair, state_root
from pha.bridge.storage_keys import (
    TOTAL_ISSUANCE,
    account_key,
    blake2_128_concat,
    storage_prefix,
    twox64_concat,
)

BLOCK_NUMBER = 1_234_567
PHA = 10**12
KEYS_PER_SCHEME = {Scheme.SECP256K1: 12, Scheme.SR25519: 10, Scheme.ED25519: 6}
PALLETS = [
    "Assets",
    "Authorship",
    "Balances",
    "Council",
    "Democracy",
    "Identity",
    "Lottery",
    "Multisig",
    "PhalaBasePool",
    "PhalaComputation",
    "PhalaMq",
    "PhalaRegistry",
    "PhalaStakePoolv2",
    "PhalaVault",
    "PhalaWrappedBalances",
    "Preimage",
    "Proxy",
    "RmrkCore",
    "Scheduler",
    "Session",
    "System",
    "Timestamp",
    "Tips",
    "TransactionPayment",
    "Treasury",
    "Uniques",
    "Vesting",
    "XcmpQueue",
]


def _bytes(label: str, length: int) -> bytes:
    """Bytes that look random and follow from a label."""
    stream = b""
    while len(stream) < length:
        stream += blake2b(f"sample parachain/{label}/{len(stream)}".encode()).digest()
    return stream[:length]


def _amount(label: str, most: int) -> int:
    """1 to `most` base units, spread over all digits so that rounding would show."""
    return 1 + int.from_bytes(_bytes(f"amount/{label}", 16)) % most


def balances() -> Iterator[tuple[bytes, int, int]]:
    """Account, free and reserved base units of every entry."""
    for scheme, count in KEYS_PER_SCHEME.items():
        for number in range(count):
            label = f"{scheme.name}/{number}"
            reserved = _amount(f"{label}/reserved", 50 * PHA) if number % 3 == 1 else 0
            yield sample_key(scheme, number).account, _amount(label, 100_000 * PHA), reserved
    yield sample_multisig(), 7_500 * PHA + 1, 20 * PHA
    yield sample_key(Scheme.SR25519, 200).account, 1, 0
    yield sample_key(Scheme.SECP256K1, 200).account, EXISTENTIAL_DEPOSIT - 1, 0
    yield sample_key(Scheme.ED25519, 200).account, EXISTENTIAL_DEPOSIT, 0
    yield sample_key(Scheme.SR25519, 201).account, 0, 3 * PHA
    yield sample_key(Scheme.SR25519, 202).account, 0, 0
    yield bytes(32), 12 * PHA + 34, 0
    yield (1).to_bytes(32, "little"), 5 * PHA, 0
    for prefix in KEYLESS_PREFIXES:
        name = prefix.decode()
        tail = {b"modl": b"py/trsry", b"para": b"\xd0\x07", b"sibl": b"\xf3\x07"}.get(prefix, b"")
        hashed = b"" if tail or prefix in (b"wpha/", b"basepool") else _bytes(name, 32)
        account = (prefix + tail + hashed).ljust(32, b"\0")[:32]
        yield account, _amount(name, 2_000_000 * PHA), 0


def _other_entries() -> Iterator[Pair]:
    """What stands in a state besides balances: versions, counters, maps, code."""
    for pallet in PALLETS:
        yield storage_prefix(pallet, ":__STORAGE_VERSION__:"), encode_uint(1, 2)
        for at in range(len(pallet) % 4 + 1):
            item = storage_prefix(pallet, f"Map{at}")
            for entry in range(at + 2):
                label = f"{pallet}/{at}/{entry}"
                key = twox64_concat(encode_uint(entry, 8)) if at % 2 else blake2_128_concat(_bytes(label, 32))
                yield item + key, _bytes(label, 3 + 29 * entry)
    yield storage_prefix("System", "Number"), encode_uint(BLOCK_NUMBER, 4)
    yield storage_prefix("System", "ParentHash"), _bytes("parent", 32)
    yield storage_prefix("Timestamp", "Now"), encode_uint(1_700_000_000_000, 8)
    yield storage_prefix("ParachainInfo", "ParachainId"), encode_uint(2035, 4)
    yield b":code", _bytes("runtime", 2048)
    yield b":extrinsic_index", encode_uint(0, 4)


def sample_state() -> list[Pair]:
    """All pairs, ascending by key."""
    state = dict(_other_entries())
    issuance = 0
    for nonce, (account, free, reserved) in enumerate(balances()):
        issuance += free + reserved
        frozen = free // 2 if nonce % 5 == 2 else 0  # lies inside free: it must not be counted again
        info = AccountInfo(nonce, int(reserved > 0), 1, 0, free, reserved, frozen, 1 << 127)
        state[account_key(account)] = info.encode()
    state[TOTAL_ISSUANCE] = encode_uint(issuance, 16)
    return sorted(state.items())


def sample_header(root: bytes) -> Header:
    """The header of the sample block, with one digest item as Aura leaves it."""
    slot = b"\x06aura" + encode_bytes(encode_uint(283_333_333, 8))
    digest = encode_compact(1) + slot
    return Header(_bytes("parent", 32), BLOCK_NUMBER, root, _bytes("extrinsics", 32), digest)


def rendered() -> dict[str, str]:
    """File name to content."""
    pairs = sample_state()
    header = sample_header(state_root(pairs))
    manifest = {
        "name": "sample parachain",
        "ss58_prefix": PHALA_PREFIX,
        "block_hash": f"0x{header.block_hash().hex()}",
        "header": {
            "parentHash": f"0x{header.parent_hash.hex()}",
            "number": hex(header.number),
            "stateRoot": f"0x{header.state_root.hex()}",
            "extrinsicsRoot": f"0x{header.extrinsics_root.hex()}",
            "digest": {"logs": [f"0x{header.digest[1:].hex()}"]},
        },
    }
    lines = (json.dumps([f"0x{key.hex()}", f"0x{value.hex()}"]) + "\n" for key, value in pairs)
    return {
        STATE_PATH.name: "".join(lines),
        MANIFEST_PATH.name: json.dumps(manifest, indent=2) + "\n",
    }


def main(arguments: list[str]) -> int:
    """Writes the files, or with `--check` answers 1 if one of them is not what would be written."""
    folder = STATE_PATH.parent
    if arguments == ["--check"]:
        changed = []
        for name, text in rendered().items():
            path = folder / name
            if not path.is_file() or path.read_text(encoding="ascii") != text:
                changed.append(name)
        for name in changed:
            print(
                f"{name} is not what generate writes: run python -m pha.bridge.sample.generate",
                file=sys.stderr,
            )
        return int(bool(changed))
    for name, text in rendered().items():
        (folder / name).write_text(text, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
