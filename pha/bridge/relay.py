# SPDX-License-Identifier: Apache-2.0
"""Signed requests as they come from holders, made into claims for the bridge.

A request file has one JSON object a line. `account` is SS58 or 0x; who signed is one of the three:

    {"account": "…", "recipient": "0x…", "signature": "0x…"}
    {"account": "…", "recipient": "0x…", "multisig": {"threshold": 2, "members": ["…", "…", "…"],
     "signatures": {"<member>": "0x…", "<member>": "0x…"}, "wrapped": true}}
    {"account": "…", "recipient": "0x…", "proxy": {"delegate": "…", "signature": "0x…"}}

A delegate may be a multisig (`"multisig"` in place of `"signature"`). With `"vault": true` staked PHA goes into the
delegation vault; with `"native": true` the native balance alone is claimed, by a storage proof.

A signature is what the wallet gave back over the sentence (`claim.Request`; for a multisig's member and for a delegate
`delegated.OnBehalf`). Members say whether their wallets wrapped it, because all must have signed the same bytes.
Amounts and proofs come from the snapshot and the state, so nothing a requester writes here changes what is paid, or to
whom.
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
    Signable,
    SignatureMismatchError,
    address_bytes,
    signature_bytes,
)
from pha.bridge.delegated import (
    MemberEvidence,
    OnBehalf,
    multisig_account,
    multisig_evidence,
    proxies_key,
    proxy_evidence,
)
from pha.bridge.errors import BridgeError
from pha.bridge.native_claim import NativeClaim
from pha.bridge.shallow_json import shallow_json
from pha.bridge.ss58 import parse_account
from pha.bridge.state_proofs import StateProofs
from pha.bridge.storage_keys import account_key
from pha.bridge.storage_proof import StorageProof
from pha.bridge.wallet_signature import evidence_of


class RequestFileError(BridgeError):
    """A line of a request file that is no request."""


class MissingSourceError(BridgeError):
    """A request for which a snapshot or storage proofs are needed that were not given."""


@dataclass(frozen=True)
class Signature:
    """What the wallet of an account with a key gave back, 64 to 66 bytes."""

    data: bytes

    @property
    def count(self) -> int:
        """Signatures that the chain will verify."""
        return 1

    def evidence(self, account: bytes, request: Signable) -> Evidence:
        """Raises SignatureFormatError or SignatureMismatchError."""
        return evidence_of(account, request, self.data)


@dataclass(frozen=True)
class MultisigSignatures:
    """Threshold and members (32 bytes each) of a multisig, and what the wallets of some of them gave back."""

    threshold: int
    members: tuple[bytes, ...]
    signatures: Mapping[bytes, bytes]
    wrapped: bool

    @property
    def count(self) -> int:
        """Signatures that the chain will verify."""
        return self.threshold

    def evidence(self, account: bytes, request: Signable) -> Evidence:
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
class DelegateSignature:
    """A delegate (32 bytes) of a proxied account, and what the delegate's wallet or its members' gave back."""

    delegate: bytes
    signed: Signature | MultisigSignatures

    @property
    def count(self) -> int:
        """Signatures that the chain will verify."""
        return self.signed.count

    def evidence(self, account: bytes, request: Signable, listed: StorageProof) -> Evidence:
        """`listed` is the proof of `Proxy.Proxies(account)`. Raises DelegatedAccountError, and what the delegate's own
        evidence does.
        """
        inner = self.signed.evidence(self.delegate, OnBehalf(request, account))
        data = proxy_evidence(listed, self.delegate, MemberEvidence(inner.scheme, inner.data))
        return Evidence(Scheme.PROXY, inner.wrapped, data)


def _given(proofs: StateProofs | None) -> StateProofs:
    if proofs is None:
        raise MissingSourceError("this needs storage proofs: give the chain's state, or a node's state_getReadProof")
    return proofs


@dataclass(frozen=True)
class SignedRequest:
    """What one holder sent: account (32 bytes), recipient (20 bytes), who signed, and for which way of claiming."""

    account: bytes
    recipient: bytes
    signed: Signature | MultisigSignatures | DelegateSignature
    path: ClaimPath = ClaimPath.LIQUID

    def state_keys(self) -> list[bytes]:
        """Storage keys whose proofs the claim needs."""
        own = [account_key(self.account)] if self.path is ClaimPath.NATIVE else []
        listed = [proxies_key(self.account)] if isinstance(self.signed, DelegateSignature) else []
        return own + listed

    def claim(
        self, snapshot: Snapshot | None, bridge: bytes, chain_id: int, proofs: StateProofs | None = None
    ) -> Claim | NativeClaim:
        """The claim for a bridge (20 bytes) on a chain.

        Raises MissingSourceError, AccountNotInSnapshotError, StorageProofError, SignatureFormatError,
        SignatureMismatchError, DelegatedAccountError or ZeroRecipientError.
        """
        request = Request(self.path, self.recipient, bridge, chain_id)
        if self.path is ClaimPath.NATIVE:
            proof = _given(proofs).proof(account_key(self.account))
            return NativeClaim(self.account, proof, request, self._evidence(request, proofs))
        if snapshot is None:
            raise MissingSourceError("a claim by the tree needs a snapshot")
        bundle = snapshot.bundle(self.account)
        return Claim(bundle, request, self._evidence(request, proofs))

    def _evidence(self, request: Request, proofs: StateProofs | None) -> Evidence:
        if isinstance(self.signed, DelegateSignature):
            listed = _given(proofs).proof(proxies_key(self.account))
            return self.signed.evidence(self.account, request, listed)
        return self.signed.evidence(self.account, request)


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
    signed: Signature | MultisigSignatures | DelegateSignature
    if "proxy" in fields:
        proxy = fields["proxy"]
        signed = DelegateSignature(parse_account(proxy["delegate"]), _signed(proxy))
    else:
        signed = _signed(fields)
    return SignedRequest(parse_account(fields["account"]), address_bytes(fields["recipient"]), signed, _path(fields))


def _path(fields: Mapping[str, Any]) -> ClaimPath:
    vault, native = (_typed(fields.get(name, False), bool, name) for name in ("vault", "native"))
    if vault and native:
        raise ValueError("vault and native exclude each other")
    return ClaimPath.VAULT if vault else ClaimPath.NATIVE if native else ClaimPath.LIQUID


def _signed(fields: Mapping[str, Any]) -> Signature | MultisigSignatures:
    if "multisig" not in fields:
        return Signature(signature_bytes(fields["signature"]))
    multisig = fields["multisig"]
    return MultisigSignatures(
        threshold=_typed(multisig["threshold"], int, "threshold"),
        members=tuple(parse_account(member) for member in multisig["members"]),
        signatures={parse_account(who): signature_bytes(text) for who, text in multisig["signatures"].items()},
        wrapped=_typed(multisig["wrapped"], bool, "wrapped"),
    )


def _typed(value: Any, kind: type, name: str) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{name} is {value!r}")
    return value
