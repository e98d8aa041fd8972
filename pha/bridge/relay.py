# SPDX-License-Identifier: Apache-2.0
"""Signed requests as they come from holders, made into claims for the bridge.

A request file has one JSON object a line:

    {"account": "<SS58 or 0x>", "recipient": "0x…", "signature": "0x…", "vault": false}
    {"account": "<SS58 or 0x>", "recipient": "0x…", "multisig": {"threshold": 2, "members": ["…", "…", "…"],
     "signatures": {"<member>": "0x…", "<member>": "0x…"}, "wrapped": true}}

`vault` may be left out. A signature is what the wallet gave back over the sentence (`claim.Request`, for a multisig's
member `delegated.OnBehalf`). Members say whether their wallets wrapped it, because all must have signed the same bytes.
Amount and proof come from the snapshot, so nothing a requester writes here changes what is paid, or to whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pha.bridge.bundles import Snapshot
from pha.bridge.claim import (
    Claim,
    ClaimPath,
    Evidence,
    Request,
    Scheme,
    SignatureMismatchError,
    address_bytes,
    signature_bytes,
)
from pha.bridge.delegated import MemberEvidence, OnBehalf, multisig_account, multisig_evidence
from pha.bridge.errors import BridgeError
from pha.bridge.shallow_json import shallow_json
from pha.bridge.ss58 import parse_account
from pha.bridge.wallet_signature import evidence_of


class RequestFileError(BridgeError):
    """A line of a request file that is no request."""


@dataclass(frozen=True)
class Signature:
    """What the wallet of an account with a key gave back, 64 to 66 bytes."""

    data: bytes

    def evidence(self, account: bytes, request: Request) -> Evidence:
        """Raises SignatureFormatError or SignatureMismatchError."""
        return evidence_of(account, request, self.data)


@dataclass(frozen=True)
class MultisigSignatures:
    """Threshold and members (32 bytes each) of a multisig, and what the wallets of some of them gave back."""

    threshold: int
    members: tuple[bytes, ...]
    signatures: Mapping[bytes, bytes]
    wrapped: bool

    def evidence(self, account: bytes, request: Request) -> Evidence:
        """Raises DelegatedAccountError, SignatureFormatError or SignatureMismatchError."""
        if multisig_account(self.members, self.threshold) != account:
            raise SignatureMismatchError(f"these members and this threshold are not those of 0x{account.hex()}")
        approvals = {}
        for member, signature in self.signatures.items():
            approval = evidence_of(member, OnBehalf(request, account), signature)
            if approval.wrapped != self.wrapped:
                form = "wrapped" if self.wrapped else "plain"
                raise SignatureMismatchError(f"member 0x{member.hex()} did not sign the {form} sentence")
            approvals[member] = MemberEvidence(approval.scheme, approval.data)
        data = multisig_evidence(self.members, self.threshold, approvals)
        return Evidence(Scheme.MULTISIG, self.wrapped, data)


@dataclass(frozen=True)
class SignedRequest:
    """What one holder sent: account (32 bytes), recipient (20 bytes), who signed, and where the staked part goes."""

    account: bytes
    recipient: bytes
    signed: Signature | MultisigSignatures
    into_vault: bool = False

    def claim(self, snapshot: Snapshot, bridge: bytes, chain_id: int) -> Claim:
        """The claim for a bridge (20 bytes) on a chain.

        Raises AccountNotInSnapshotError, SignatureFormatError, SignatureMismatchError, DelegatedAccountError or
        ZeroRecipientError.
        """
        path = ClaimPath.VAULT if self.into_vault else ClaimPath.LIQUID
        request = Request(path, self.recipient, bridge, chain_id)
        bundle = snapshot.bundle(self.account)
        return Claim(bundle, request, self.signed.evidence(self.account, request))


def read_requests(path: Path) -> Iterator[tuple[int, SignedRequest | RequestFileError]]:
    """Line numbers and requests of a file; a line that is none comes as the error that says why, so that one holder's
    mistake holds up nobody else.
    """
    with path.open(encoding="utf-8", errors="backslashreplace") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield number, _request(shallow_json(line))
                except (ValueError, KeyError, TypeError, AttributeError) as cause:
                    yield number, RequestFileError(f"no signed request ({cause})")


def _request(fields: Mapping[str, Any]) -> SignedRequest:
    signed: Signature | MultisigSignatures
    if "multisig" in fields:
        multisig = fields["multisig"]
        signed = MultisigSignatures(
            threshold=_typed(multisig["threshold"], int, "threshold"),
            members=tuple(parse_account(member) for member in multisig["members"]),
            signatures={parse_account(who): signature_bytes(text) for who, text in multisig["signatures"].items()},
            wrapped=_typed(multisig["wrapped"], bool, "wrapped"),
        )
    else:
        signed = Signature(signature_bytes(fields["signature"]))
    into_vault = _typed(fields.get("vault", False), bool, "vault")
    return SignedRequest(parse_account(fields["account"]), address_bytes(fields["recipient"]), signed, into_vault)


def _typed(value: Any, kind: type, name: str) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{name} is {value!r}")
    return value
