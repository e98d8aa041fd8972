# SPDX-License-Identifier: Apache-2.0
"""Accounts that others control: multisigs and proxied accounts, their addresses, messages and evidence.

Standards: pallet-multisig (`multi_account_id`) and pallet-proxy (`Proxies`) of the Polkadot SDK; the layouts of the
evidence are described on MultisigAccountVerifier and ProxyAccountVerifier. Nothing here signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from pha.bridge.claim import WRAP_END, WRAP_START, Scheme
from pha.bridge.errors import BridgeError
from pha.bridge.scale import ScaleError, ScaleReader, encode_compact
from pha.bridge.storage_keys import ACCOUNT_ID_LENGTH, storage_prefix, twox64_concat
from pha.bridge.storage_proof import StorageProof

MULTISIG_PREFIX = b"modlpy/utilisuba"
FEWEST_MEMBERS = 2
MOST_MEMBERS = 100
EVIDENCE_LIMIT = (1 << 16) - 1
PROXIES = storage_prefix("Proxy", "Proxies")
PROXY_TYPES = ("Any", "NonTransfer", "CancelProxy", "Governance", "Collator", "StakePoolManager")
"""`ProxyType` of the Phala and Khala runtimes, by number; of these only `Any` may move funds."""


class DelegatedAccountError(BridgeError):
    """Members, approvals or proxies that make no evidence the bridge would take."""


@dataclass(frozen=True)
class MemberEvidence:
    """What a member's or delegate's own scheme takes as evidence, made over `member_message`."""

    scheme: Scheme
    data: bytes


@dataclass(frozen=True)
class ProxyDefinition:
    """Who may act for an account: the delegate (32 bytes), the type's number, the delay in blocks."""

    delegate: bytes
    proxy_type: int
    delay: int


def member_message(account: bytes, message: bytes) -> bytes:
    """What members and delegates sign for `account` (32 bytes) when the claim's sentence is `message`.

    The account is named after the sentence, inside the wallet's wrapping where there is one. With nested accounts it is
    applied once for each, the outermost first.
    """
    words = b" for 0x" + account.hex().encode("ascii")
    if message.startswith(WRAP_START) and message.endswith(WRAP_END) and len(message) >= len(WRAP_START + WRAP_END):
        return message[: -len(WRAP_END)] + words + WRAP_END
    return message + words


def sorted_members(members: Sequence[bytes]) -> list[bytes]:
    """Members in the order of the address. Raises DelegatedAccountError for too few, too many, or one given twice."""
    if not FEWEST_MEMBERS <= len(members) <= MOST_MEMBERS:
        raise DelegatedAccountError(f"a multisig has {FEWEST_MEMBERS} to {MOST_MEMBERS} members, not {len(members)}")
    if any(len(member) != ACCOUNT_ID_LENGTH for member in members):
        raise DelegatedAccountError(f"a member is an account of {ACCOUNT_ID_LENGTH} bytes")
    if len(set(members)) != len(members):
        raise DelegatedAccountError("a member is given twice")
    return sorted(members)


def multisig_account(members: Sequence[bytes], threshold: int) -> bytes:
    """The 32-byte account of a multisig; members in any order. Raises DelegatedAccountError."""
    ordered = sorted_members(members)
    if not 1 <= threshold <= len(ordered):
        raise DelegatedAccountError(f"{threshold} of {len(ordered)} members can never sign")
    parts = MULTISIG_PREFIX + encode_compact(len(ordered)) + b"".join(ordered) + threshold.to_bytes(2, "little")
    return blake2b(parts, digest_size=32).digest()


def multisig_evidence(members: Sequence[bytes], threshold: int, approvals: Mapping[bytes, MemberEvidence]) -> bytes:
    """Evidence for scheme 3 from what members signed, by member; of more than enough, the first ones are taken.

    Raises DelegatedAccountError where there are too few, or one from somebody who is no member.
    """
    multisig_account(members, threshold)
    ordered = sorted_members(members)
    for member in approvals:
        if member not in ordered:
            raise DelegatedAccountError(f"0x{member.hex()} is no member of this multisig")
    chosen = [place for place, member in enumerate(ordered) if member in approvals][:threshold]
    if len(chosen) < threshold:
        raise DelegatedAccountError(f"{len(chosen)} of {threshold} members needed have signed")
    packed = [threshold.to_bytes(2, "big"), bytes([len(ordered)]), *ordered]
    for place in chosen:
        approval = approvals[ordered[place]]
        packed += [bytes([place, approval.scheme]), _length(approval.data), approval.data]
    return b"".join(packed)


def proxies_key(account: bytes) -> bytes:
    """The 72-byte storage key of `Proxy.Proxies(account)`."""
    if len(account) != ACCOUNT_ID_LENGTH:
        raise DelegatedAccountError(f"an account has {ACCOUNT_ID_LENGTH} bytes, not {len(account)}")
    return PROXIES + twox64_concat(account)


def decode_proxies(value: bytes) -> list[ProxyDefinition]:
    """The definitions in a value of `Proxy.Proxies`. Raises DelegatedAccountError."""
    reader = ScaleReader(value)
    try:
        count = reader.compact()
        listed = [ProxyDefinition(reader.take(32), reader.uint(1), reader.uint(4)) for _ in range(count)]
        reader.uint(16)  # the deposit
        reader.finish()
    except ScaleError as cause:
        raise DelegatedAccountError(f"this is no value of Proxy.Proxies: {cause}") from None
    return listed


def proxy_evidence(
    proof: StorageProof, delegate: bytes, evidence: MemberEvidence, accepted_types: int = 1 << PROXY_TYPES.index("Any")
) -> bytes:
    """Evidence for scheme 4: the proof of `Proxy.Proxies(account)` and what the delegate signed.

    `accepted_types` is the verifier's bitmap. Raises DelegatedAccountError if the delegate may not move the account's
    funds at once.
    """
    for place, definition in enumerate(decode_proxies(proof.value)):
        if definition.delegate == delegate and accepted_types >> definition.proxy_type & 1 and not definition.delay:
            packed = proof.packed()
            return bytes([place, evidence.scheme]) + _length(packed) + packed + evidence.data
    raise DelegatedAccountError(f"0x{delegate.hex()} may not move this account's funds without delay")


def _length(data: bytes) -> bytes:
    if len(data) > EVIDENCE_LIMIT:
        raise DelegatedAccountError(f"{len(data)} bytes of evidence are more than a contract can be given")
    return len(data).to_bytes(2, "big")
