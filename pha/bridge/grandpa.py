# SPDX-License-Identifier: Apache-2.0
"""GRANDPA finality: does this justification, by this set of authorities, finalise this block?

Standards: the Polkadot specification, "Finality" (justifications, vote messages, authority changes), and
<https://github.com/w3f/consensus/blob/master/pdf/grandpa.pdf>. A precommit is signed with ed25519 over
`1 ‖ target hash ‖ target number (u32) ‖ round (u64) ‖ set id (u64)`, little-endian. More than two thirds of the set's
weight must precommit to the block or to descendants of it whose headers come along.

This judges more strictly than a node where both are safe: each authority counts once, whatever else it signed, and a
single bad signature, foreign authority or needless header refuses the whole justification.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pha.bridge.errors import BridgeError
from pha.bridge.header import Header
from pha.bridge.scale import ScaleError, ScaleReader, encode_uint
from pha.bridge.storage_keys import storage_prefix

ENGINE = b"FRNK"
CONSENSUS_ITEM = 4
SCHEDULED_CHANGE = 1
FORCED_CHANGE = 2
PRECOMMIT = b"\x01"
AUTHORITIES_KEY = storage_prefix("Grandpa", "Authorities")
CURRENT_SET_ID_KEY = storage_prefix("Grandpa", "CurrentSetId")
# Digest items by their SCALE index: how many bytes of fixed size and whether a byte vector follows.
_DIGEST_ITEMS = {0: (0, True), 4: (4, True), 5: (4, True), 6: (4, True), 8: (0, False)}


class FinalityError(BridgeError):
    """A justification, authority set or hand-over that does not prove what it should."""


@dataclass(frozen=True)
class AuthoritySet:
    """Who finalises blocks: ed25519 keys (32 bytes) with their weights, and the set's number."""

    set_id: int
    weights: dict[bytes, int]

    @property
    def threshold(self) -> int:
        """The least weight that is over two thirds: total − ⌊(total − 1) / 3⌋."""
        total = sum(self.weights.values())
        return total - (total - 1) // 3

    @classmethod
    def from_storage(cls, set_id: bytes, authorities: bytes) -> AuthoritySet:
        """From the values of `Grandpa.CurrentSetId` and `Grandpa.Authorities`. Raises FinalityError."""
        try:
            reader = ScaleReader(set_id)
            number = reader.uint(8)
            reader.finish()
            reader = ScaleReader(authorities)
            weights = _authority_list(reader)
            reader.finish()
        except ScaleError as cause:
            raise FinalityError(f"the authority set in the state is malformed: {cause}") from None
        return cls(number, weights)

    def after(self, header: Header) -> AuthoritySet:
        """The set from the block after `header` on: the next one if the header hands over, this one if not.

        Raises FinalityError for a hand-over that is delayed or forced, which Polkadot does not do in normal operation
        and which needs a human's judgement.
        """
        change = _scheduled_change(header)
        return self if change is None else AuthoritySet(self.set_id + 1, change)


@dataclass(frozen=True)
class Precommit:
    """One authority's vote: the block's hash and number, the signature (64 bytes) and the key (32)."""

    target_hash: bytes
    target_number: int
    signature: bytes
    authority: bytes


@dataclass(frozen=True)
class Justification:
    """A decoded GRANDPA justification."""

    round: int
    target_hash: bytes
    target_number: int
    precommits: tuple[Precommit, ...]
    ancestries: tuple[Header, ...]

    @classmethod
    def decode(cls, data: bytes) -> Justification:
        """From its SCALE encoding, as nodes store and send it. Raises FinalityError."""
        reader = ScaleReader(data)
        try:
            number = reader.uint(8)
            target_hash, target_number = reader.take(32), reader.uint(4)
            votes = tuple(
                Precommit(reader.take(32), reader.uint(4), reader.take(64), reader.take(32))
                for _ in range(reader.compact())
            )
            ancestries = tuple(_read_header(reader) for _ in range(reader.compact()))
            reader.finish()
        except ScaleError as cause:
            raise FinalityError(f"the justification is malformed: {cause}") from None
        return cls(number, target_hash, target_number, votes, ancestries)

    def check(self, header: Header, authorities: AuthoritySet) -> int:
        """Returns the weight that finalised `header`; raises FinalityError if it is not finalised by this."""
        block_hash = header.block_hash()
        if (self.target_hash, self.target_number) != (block_hash, header.number):
            raise FinalityError(f"the justification is for block 0x{self.target_hash.hex()}, not 0x{block_hash.hex()}")
        parents = {ancestor.block_hash(): ancestor for ancestor in self.ancestries}
        needless = set(parents)
        weight, seen = 0, set[bytes]()
        for vote in self.precommits:
            if vote.authority not in authorities.weights:
                raise FinalityError(f"0x{vote.authority.hex()} is no authority of set {authorities.set_id}")
            if vote.authority in seen:
                raise FinalityError(f"authority 0x{vote.authority.hex()} votes twice")
            seen.add(vote.authority)
            self._check_signature(vote, authorities.set_id)
            needless -= self._way_to_target(vote, parents)
            weight += authorities.weights[vote.authority]
        if needless:
            raise FinalityError("the justification brings headers that lead to no vote")
        if weight < authorities.threshold:
            raise FinalityError(f"weight {weight} precommitted, {authorities.threshold} is needed")
        return weight

    def _check_signature(self, vote: Precommit, set_id: int) -> None:
        message = b"".join(
            (
                PRECOMMIT,
                vote.target_hash,
                encode_uint(vote.target_number, 4),
                encode_uint(self.round, 8),
                encode_uint(set_id, 8),
            )
        )
        try:
            Ed25519PublicKey.from_public_bytes(vote.authority).verify(vote.signature, message)
        except (InvalidSignature, ValueError):
            raise FinalityError(f"the signature of authority 0x{vote.authority.hex()} is wrong") from None

    def _way_to_target(self, vote: Precommit, parents: dict[bytes, Header]) -> set[bytes]:
        """Hashes from the voted block down to the target, without the target."""
        way, current, number = set[bytes](), vote.target_hash, vote.target_number
        while current != self.target_hash:
            header = parents.get(current)
            if header is None or header.number != number or number <= self.target_number:
                raise FinalityError(f"a vote for 0x{vote.target_hash.hex()} does not descend from the block")
            way.add(current)
            current, number = header.parent_hash, number - 1
        if number != self.target_number:
            raise FinalityError("a vote names the block under another number")
        return way


def _authority_list(reader: ScaleReader) -> dict[bytes, int]:
    weights: dict[bytes, int] = {}
    for _ in range(reader.compact()):
        key, weight = reader.take(32), reader.uint(8)
        if key in weights or weight == 0:
            raise FinalityError(f"authority 0x{key.hex()} stands twice or has no weight")
        weights[key] = weight
    if not weights:
        raise FinalityError("an authority set is empty")
    return weights


def _scheduled_change(header: Header) -> dict[bytes, int] | None:
    reader = ScaleReader(header.digest)
    change = None
    try:
        for _ in range(reader.compact()):
            kind = reader.uint(1)
            if kind not in _DIGEST_ITEMS:
                raise FinalityError(f"the header's digest has an item of unknown kind {kind}")
            fixed, has_vector = _DIGEST_ITEMS[kind]
            engine = reader.take(fixed)
            body = ScaleReader(reader.byte_vector() if has_vector else b"")
            if kind != CONSENSUS_ITEM or engine != ENGINE:
                continue
            log = body.uint(1)
            if log == FORCED_CHANGE:
                raise FinalityError("the header forces a change of authorities")
            if log != SCHEDULED_CHANGE:
                continue
            if change is not None:
                raise FinalityError("the header hands over twice")
            change = _authority_list(body)
            if body.uint(4) != 0:
                raise FinalityError("the header hands over with a delay")
            body.finish()
        reader.finish()
    except ScaleError as cause:
        raise FinalityError(f"the header's digest is malformed: {cause}") from None
    return change


def _read_header(reader: ScaleReader) -> Header:
    """A header within other bytes: its digest is read item by item, since only that shows where it ends."""
    parent, number, state, extrinsics = reader.take(32), reader.compact(), reader.take(32), reader.take(32)
    before = reader.rest()
    for _ in range(reader.compact()):
        kind = reader.uint(1)
        if kind not in _DIGEST_ITEMS:
            raise FinalityError(f"a header's digest has an item of unknown kind {kind}")
        fixed, has_vector = _DIGEST_ITEMS[kind]
        reader.take(fixed)
        if has_vector:
            reader.byte_vector()
    digest = before[: len(before) - reader.remaining]
    return Header(parent, number, state, extrinsics, digest)
