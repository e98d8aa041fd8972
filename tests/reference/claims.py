# SPDX-License-Identifier: Apache-2.0
"""The bridge's formats, written from their description and from nothing in `contracts/` or `pha/`.

Tests judge the contracts by this: the Merkle-sum tree, the sentence a holder signs, Substrate ECDSA accounts and the
encoding of a claim.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import sha3
from coincurve import PrivateKey
from eth_abi import encode
from eth_utils import to_checksum_address

CLAIM_TYPE = "(bytes32,uint128,uint128,uint256,bytes,address,bool,uint8,bool,bytes)"
NATIVE_CLAIM_TYPE = "(bytes32,bytes,address,uint8,bool,bytes)"
SECP256K1 = 2
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
EMPTY_NODE = (bytes(32), 0)
# Accounts that no key controls, one of each kind that the bridge refuses by name.
KEYLESS = [
    bytes(32),
    b"modlpy/trsry" + bytes(20),
    b"para" + bytes(28),
    b"sibl" + bytes(28),
    b"spm/" + bytes(range(28)),
    b"wpha/" + bytes(27),
    b"basepool" + bytes(24),
]


def keccak(data: bytes) -> bytes:
    return sha3.keccak_256(data).digest()


def blake2b(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


@dataclass(frozen=True)
class Leaf:
    """What one account is owed, in the parachain's base units."""

    account: bytes
    free: int
    staked: int

    @property
    def owed(self) -> int:
        return self.free + self.staked

    def node(self) -> tuple[bytes, int]:
        preimage = self.account + self.free.to_bytes(16, "big") + self.staked.to_bytes(16, "big")
        assert len(preimage) == 64
        return keccak(preimage), self.owed


def parent(left: tuple[bytes, int], right: tuple[bytes, int]) -> tuple[bytes, int]:
    preimage = left[0] + right[0] + left[1].to_bytes(16, "big") + right[1].to_bytes(16, "big")
    assert len(preimage) == 96
    return keccak(preimage), left[1] + right[1]


class SumTree:
    """All levels of the tree over the leaves in ascending order of account."""

    def __init__(self, leaves: list[Leaf]) -> None:
        self.leaves = sorted(leaves, key=lambda leaf: leaf.account)
        self.levels = [[leaf.node() for leaf in self.leaves]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            if len(below) % 2:
                below = [*below, EMPTY_NODE]
                self.levels[-1] = below
            self.levels.append([parent(below[i], below[i + 1]) for i in range(0, len(below), 2)])

    @property
    def root(self) -> bytes:
        return self.levels[-1][0][0]

    @property
    def total(self) -> int:
        return self.levels[-1][0][1]

    def index_of(self, account: bytes) -> int:
        return next(i for i, leaf in enumerate(self.leaves) if leaf.account == account)

    def proof(self, index: int) -> bytes:
        proof = b""
        for level in self.levels[:-1]:
            sibling_hash, sibling_sum = level[index ^ 1]
            proof += sibling_hash + sibling_sum.to_bytes(16, "big")
            index >>= 1
        return proof


def sentence(recipient: str, bridge: str, chain_id: int, *, opening: str = "PHA", wrapped: bool = False) -> bytes:
    text = f"{opening} to {recipient.lower()} by {bridge.lower()} on {chain_id}"
    return (f"<Bytes>{text}</Bytes>" if wrapped else text).encode("ascii")


class Holder:
    """A Substrate account with an ECDSA key on secp256k1."""

    def __init__(self, secret: int) -> None:
        self.key = PrivateKey.from_int(secret)
        self.account = blake2b(self.key.public_key.format(compressed=True))

    def evidence(self, message: bytes, *, v_offset: int = 0, high_s: bool = False) -> bytes:
        """x ‖ y ‖ r ‖ s ‖ v over BLAKE2b-256 of the message."""
        signature = self.key.sign_recoverable(blake2b(message), hasher=None)
        r, s, v = signature[:32], signature[32:64], signature[64]
        if high_s:
            s, v = (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big"), v ^ 1
        return self.key.public_key.format(compressed=False)[1:] + r + s + bytes([v + v_offset])


@dataclass(frozen=True)
class Claim:
    """The bridge's `Claim`, field by field."""

    account: bytes
    free: int
    staked: int
    index: int
    proof: bytes
    recipient: str
    into_vault: bool = False
    scheme: int = SECP256K1
    wrapped: bool = True
    evidence: bytes = b""

    def values(self) -> tuple:
        return (
            self.account,
            self.free,
            self.staked,
            self.index,
            self.proof,
            to_checksum_address(self.recipient),
            self.into_vault,
            self.scheme,
            self.wrapped,
            self.evidence,
        )

    def encoded(self) -> bytes:
        return encode([CLAIM_TYPE], [self.values()])

    def but(self, **changes) -> Claim:
        return replace(self, **changes)


@dataclass(frozen=True)
class NativeClaim:
    """The bridge's `NativeClaim`, field by field."""

    account: bytes
    proof: bytes
    recipient: str
    scheme: int = SECP256K1
    wrapped: bool = True
    evidence: bytes = b""

    def values(self) -> tuple:
        recipient = to_checksum_address(self.recipient)
        return (self.account, self.proof, recipient, self.scheme, self.wrapped, self.evidence)

    def encoded(self) -> bytes:
        return encode([NATIVE_CLAIM_TYPE], [self.values()])


@dataclass
class Estate:
    """Holders, what they are owed, and the tree over it."""

    holders: list[Holder]
    owed: list[tuple[int, int]]
    extra_leaves: list[Leaf] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tree = SumTree(
            [Leaf(h.account, *owed) for h, owed in zip(self.holders, self.owed, strict=True)] + self.extra_leaves
        )

    def unsigned(self, holder: Holder, recipient: str, **fields) -> Claim:
        index = self.tree.index_of(holder.account)
        leaf = self.tree.leaves[index]
        return Claim(
            account=leaf.account,
            free=leaf.free,
            staked=leaf.staked,
            index=index,
            proof=self.tree.proof(index),
            recipient=recipient,
            **fields,
        )

    def claim(self, holder: Holder, recipient: str, bridge: str, chain_id: int, **fields) -> Claim:
        """A claim with everything in order, signed for this bridge on this chain."""
        claim = self.unsigned(holder, recipient, **fields)
        opening = "vPHA" if claim.into_vault else "PHA"
        message = sentence(recipient, bridge, chain_id, opening=opening, wrapped=claim.wrapped)
        return claim.but(evidence=holder.evidence(message))
