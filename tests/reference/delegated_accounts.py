# SPDX-License-Identifier: Apache-2.0
"""Accounts that others control, written from the formats' description: addresses, messages and evidence.

Shares nothing with `contracts/` and `pha/`; the derivation of a multisig is itself checked against addresses that
@polkadot/util-crypto made (multisig_vectors.json).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.reference.claims import SECP256K1, Holder, blake2b
from tests.reference.substrate_state import compact

MULTISIG = 3
PROXY = 4


def naming(account: bytes, message: bytes) -> bytes:
    """What is signed for `account`: ` for 0x<account>` after the sentence, inside the wrapping if there is one."""
    words = f" for 0x{account.hex()}".encode()
    opening, closing = b"<Bytes>", b"</Bytes>"
    if message.startswith(opening) and message.endswith(closing) and len(message) >= len(opening + closing):
        return message[: -len(closing)] + words + closing
    return message + words


def multisig_account(members: list[bytes], threshold: int) -> bytes:
    return blake2b(
        b"modlpy/utilisuba" + compact(len(members)) + b"".join(sorted(members)) + threshold.to_bytes(2, "little")
    )


@dataclass(frozen=True)
class Approval:
    place: int
    scheme: int
    evidence: bytes
    length: int | None = None

    def packed(self) -> bytes:
        length = len(self.evidence) if self.length is None else self.length
        return bytes([self.place, self.scheme]) + length.to_bytes(2, "big") + self.evidence


def multisig_evidence(members: list[bytes], threshold: int, approvals: list[Approval]) -> bytes:
    """The members as they are given: in a wrong order if the caller wants it so."""
    head = threshold.to_bytes(2, "big") + bytes([len(members)])
    return head + b"".join(members) + b"".join(approval.packed() for approval in approvals)


def proxy_evidence(place: int, scheme: int, proof: bytes, delegate_evidence: bytes, length: int | None = None) -> bytes:
    proof_length = len(proof) if length is None else length
    return bytes([place, scheme]) + proof_length.to_bytes(2, "big") + proof + delegate_evidence


@dataclass
class Multisig:
    """A multisig of holders with secp256k1 keys."""

    holders: list[Holder]
    threshold: int
    members: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.holders = sorted(self.holders, key=lambda holder: holder.account)
        self.members = [holder.account for holder in self.holders]
        self.account = multisig_account(self.members, self.threshold)

    def approvals(self, message: bytes, places: list[int]) -> list[Approval]:
        text = naming(self.account, message)
        return [Approval(place, SECP256K1, self.holders[place].evidence(text)) for place in places]

    def evidence(self, message: bytes, places: list[int] | None = None) -> bytes:
        chosen = list(range(self.threshold)) if places is None else places
        return multisig_evidence(self.members, self.threshold, self.approvals(message, chosen))
