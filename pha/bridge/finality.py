# SPDX-License-Identifier: Apache-2.0
"""From Polkadot's finality to the parachain's state root, from files alone.

    a relay-chain block that is trusted (by its hash), or the genesis authorities
      -> authority sets, handed over header by header            (GRANDPA, ScheduledChange)
      -> a relay-chain header that the last set finalised        (GRANDPA justification)
      -> the parachain's head in that header's state             (storage proof of Paras.Heads)
      -> parachain headers, each the parent of the one before    (blake2b-256)
      -> the state root of the last of them

Everything after the first line is recomputed. `contracts/bridge/ANCHORING.md` says how the files are obtained and what
the first line rests on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pha.bridge.grandpa import AUTHORITIES_KEY, CURRENT_SET_ID_KEY, AuthoritySet, FinalityError, Justification
from pha.bridge.header import Header, hash_from_hex
from pha.bridge.scale import ScaleError, ScaleReader, encode_uint
from pha.bridge.storage_keys import storage_prefix, twox64_concat
from pha.bridge.storage_proof import proof_from_read_proof

PHALA_PARA_ID = 2035
KHALA_PARA_ID = 2004
PARAS_HEADS = storage_prefix("Paras", "Heads")


@dataclass(frozen=True)
class Anchor:
    """What was proven: the parachain block and its state root, the relay block behind it, and what was believed."""

    para_id: int
    para_number: int
    para_hash: bytes
    state_root: bytes
    relay_number: int
    relay_hash: bytes
    set_id: int
    weight: int
    total_weight: int
    hand_overs: int
    trusted: str

    def to_text(self) -> str:
        """A few lines for people."""
        return "\n".join(
            (
                f"believed          {self.trusted}",
                f"authority sets    {self.hand_overs} hand-overs checked, the last set is {self.set_id}",
                f"relay chain       block {self.relay_number:,} 0x{self.relay_hash.hex()}",
                f"                  finalised by weight {self.weight} of {self.total_weight}",
                f"parachain {self.para_id:<7} block {self.para_number:,} 0x{self.para_hash.hex()}",
                f"state root        0x{self.state_root.hex()}",
            )
        )


def paras_heads_key(para_id: int) -> bytes:
    """The storage key of `Paras.Heads(para_id)` on the relay chain."""
    return PARAS_HEADS + twox64_concat(encode_uint(para_id, 4))


def authorities_at(header: Header, answer: Mapping[str, object]) -> AuthoritySet:
    """The authority set in the state of a relay-chain header, from `state_getReadProof` of its two keys.

    It is the set that finalises the header's children; the header itself too, unless it hands over.
    """
    set_id = proof_from_read_proof(header.state_root, CURRENT_SET_ID_KEY, answer)
    authorities = proof_from_read_proof(header.state_root, AUTHORITIES_KEY, answer)
    return AuthoritySet.from_storage(set_id.value, authorities.value)


def parachain_head(header: Header, para_id: int, answer: Mapping[str, object]) -> Header:
    """The parachain's head in the state of a relay-chain header. Raises FinalityError or StorageProofError."""
    value = proof_from_read_proof(header.state_root, paras_heads_key(para_id), answer).value
    try:
        reader = ScaleReader(value)
        encoded = reader.byte_vector()
        reader.finish()
        return Header.decode(encoded)
    except ScaleError as cause:
        raise FinalityError(f"the parachain's head is no header: {cause}") from None


def descend(head: Header, headers: list[Header]) -> Header:
    """Walks from `head` down through `headers`, each the parent of the one before; returns the last."""
    current = head
    for header in headers:
        if header.block_hash() != current.parent_hash:
            raise FinalityError(f"parachain block {header.number} is not the parent of block {current.number}")
        current = header
    return current


def check_anchor(bundle: Mapping[str, Any], trusted_hash: bytes | None, genesis: AuthoritySet | None = None) -> Anchor:
    """Checks a bundle of headers and proofs; its form is described in ANCHORING.md.

    The start is either `trusted_hash` (32 bytes: the relay block under "checkpoint" must have it) or `genesis`, the
    authority set of the relay chain's genesis. Raises FinalityError, HeaderError or StorageProofError.
    """
    authorities, trusted = _start(bundle, trusted_hash, genesis)
    hand_overs = _parts(bundle, "hand_overs", list, default=[])
    for step in hand_overs:
        header, _ = _finalised(step, authorities)
        following = authorities.after(header)
        if following is authorities:
            raise FinalityError(f"relay block {header.number} hands over to nobody")
        authorities = following
    relay, weight = _finalised(_parts(bundle, "finalized", dict), authorities)
    parachain = _parts(bundle, "parachain", dict)
    para_id = _parts(parachain, "id", int)
    head = parachain_head(relay, para_id, _parts(parachain, "proof", dict))
    headers = [Header.from_rpc(answer) for answer in _parts(parachain, "headers", list, default=[])]
    last = descend(head, headers)
    return Anchor(
        para_id=para_id,
        para_number=last.number,
        para_hash=last.block_hash(),
        state_root=last.state_root,
        relay_number=relay.number,
        relay_hash=relay.block_hash(),
        set_id=authorities.set_id,
        weight=weight,
        total_weight=sum(authorities.weights.values()),
        hand_overs=len(hand_overs),
        trusted=trusted,
    )


def load_bundle(path: Path) -> dict[str, Any]:
    """Reads a bundle's file. Raises FinalityError."""
    try:
        bundle = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise FinalityError(f"{path} cannot be read as JSON: {cause}") from None
    if not isinstance(bundle, dict):
        raise FinalityError(f"{path} should hold one JSON object")
    return bundle


def _start(
    bundle: Mapping[str, Any], trusted_hash: bytes | None, genesis: AuthoritySet | None
) -> tuple[AuthoritySet, str]:
    if genesis is not None:
        return genesis, f"the {len(genesis.weights)} authorities of the relay chain's genesis"
    if trusted_hash is None:
        raise FinalityError("name the hash of a relay-chain block that you trust: without one nothing is proven")
    checkpoint = _parts(bundle, "checkpoint", dict)
    header = Header.from_rpc(_parts(checkpoint, "header", dict))
    if header.block_hash() != trusted_hash:
        raise FinalityError(f"the checkpoint's hash is 0x{header.block_hash().hex()}, not the one you trust")
    authorities = authorities_at(header, _parts(checkpoint, "proof", dict))
    return authorities, f"relay-chain block {header.number:,} 0x{trusted_hash.hex()}"


def _finalised(step: Mapping[str, Any], authorities: AuthoritySet) -> tuple[Header, int]:
    header = Header.from_rpc(_parts(step, "header", dict))
    text = _parts(step, "justification", str)
    try:
        encoded = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise FinalityError("a justification is not hexadecimal") from None
    return header, Justification.decode(encoded).check(header, authorities)


def _parts(holder: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:
    value = holder.get(name, default) if isinstance(holder, dict) else None
    if not isinstance(value, kind):
        raise FinalityError(f"the bundle has no {name!r}, or it is no {kind.__name__}; ANCHORING.md shows the form")
    return value


def trusted_hash_from(text: str) -> bytes:
    """A block hash given on a command line. Raises HeaderError."""
    return hash_from_hex(text, "the trusted hash")
