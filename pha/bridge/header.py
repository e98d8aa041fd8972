# SPDX-License-Identifier: Apache-2.0
"""A Substrate block header, its encoding and its hash, which is what names a block and so a state.

Standard: the Polkadot specification, "Block Header": parent hash ‖ compact(number) ‖ state root ‖ extrinsics
root ‖ digest, hashed with blake2b-256.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from pha.bridge.errors import BridgeError
from pha.bridge.scale import ScaleReader, encode_compact

HASH_LENGTH = 32
EMPTY_DIGEST = b"\0"


class HeaderError(BridgeError):
    """A header with a missing or malformed part."""


def hash_from_hex(text: object, what: str) -> bytes:
    """A 32-byte hash written as 0x and 64 hex digits; `what` names it in the HeaderError otherwise raised."""
    data = _from_hex(text, what)
    if len(data) != HASH_LENGTH:
        raise HeaderError(f"{what} has {len(data)} bytes, a hash has {HASH_LENGTH}")
    return data


def _from_hex(text: object, what: str) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise HeaderError(f"{what} should be 0x and hex digits, not {text!r}")
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        raise HeaderError(f"{what} is not hexadecimal: {text!r}") from None


@dataclass(frozen=True)
class Header:
    """The parts of a header; hashes are 32 bytes, `digest` is its SCALE encoding (a vector of items)."""

    parent_hash: bytes
    number: int
    state_root: bytes
    extrinsics_root: bytes
    digest: bytes = EMPTY_DIGEST

    def __post_init__(self) -> None:
        for what in ("parent_hash", "state_root", "extrinsics_root"):
            if len(getattr(self, what)) != HASH_LENGTH:
                raise HeaderError(f"the header's {what} does not have {HASH_LENGTH} bytes")
        if not 0 <= self.number < 1 << 32:
            raise HeaderError(f"{self.number} is no block number of 32 bits")

    def encode(self) -> bytes:
        """The SCALE encoding that is hashed."""
        return b"".join(
            (
                self.parent_hash,
                encode_compact(self.number),
                self.state_root,
                self.extrinsics_root,
                self.digest,
            )
        )

    def block_hash(self) -> bytes:
        """blake2b-256 of the encoding: 32 bytes."""
        return blake2b(self.encode(), digest_size=HASH_LENGTH).digest()

    @classmethod
    def decode(cls, data: bytes) -> Header:
        """Reads an encoded header back; what follows the extrinsics root is its digest. Raises ScaleError."""
        reader = ScaleReader(data)
        parent_hash = reader.take(HASH_LENGTH)
        number = reader.compact()
        state_root, extrinsics_root = reader.take(HASH_LENGTH), reader.take(HASH_LENGTH)
        return cls(parent_hash, number, state_root, extrinsics_root, reader.take(reader.remaining))

    @classmethod
    def from_rpc(cls, answer: Mapping[str, Any]) -> Header:
        """From what a node answers to `chain_getHeader`. Raises HeaderError."""
        try:
            number, logs = answer["number"], answer["digest"]["logs"]
            items = [_from_hex(item, "a digest item") for item in logs]
            return cls(
                parent_hash=hash_from_hex(answer["parentHash"], "parentHash"),
                number=int(number, 16),
                state_root=hash_from_hex(answer["stateRoot"], "stateRoot"),
                extrinsics_root=hash_from_hex(answer["extrinsicsRoot"], "extrinsicsRoot"),
                digest=encode_compact(len(items)) + b"".join(items),
            )
        except KeyError as missing:
            raise HeaderError(f"the header has no {missing}") from None
        except (TypeError, ValueError) as cause:
            raise (
                cause
                if isinstance(cause, HeaderError)
                else HeaderError(f"the header is not what chain_getHeader answers: {cause}")
            ) from None
