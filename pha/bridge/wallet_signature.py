# SPDX-License-Identifier: Apache-2.0
"""From what a Polkadot wallet gives back to the evidence that the bridge's verifier of that scheme takes.

A wallet answers 64 bytes (sr25519, ed25519), 65 (ECDSA), or a MultiSignature, which puts its kind in front: 0 ed25519,
1 sr25519, 2 ECDSA. It wraps what it signs in `<Bytes>…</Bytes>` or not. Both are found out here by verifying, so that
nobody has to know; a signature that verifies in no way is refused before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable

import sr25519
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pha.bridge.claim import (
    Evidence,
    Request,
    Scheme,
    SignatureFormatError,
    SignatureMismatchError,
    secp256k1_evidence,
)
from pha.cryptography import ed25519 as ed25519_hints
from pha.cryptography import sr25519 as sr25519_hints


def evidence_of(account: bytes, request: Request, signature: bytes) -> Evidence:
    """Evidence that the holder of `account` (32 bytes: the key itself, or an ECDSA key's hash) signed the request.

    `signature` has 64 to 66 bytes, as above. Raises SignatureFormatError or SignatureMismatchError.
    """
    for scheme, bare in _readings(signature):
        evidence = _EVIDENCE[scheme](account, request, bare)
        if evidence is not None:
            return evidence
    raise SignatureMismatchError(f"the signature is not that of account 0x{account.hex()} over: {request.sentence()}")


def _readings(signature: bytes) -> list[tuple[Scheme, bytes]]:
    """The schemes that a signature may be of, each with its bytes without the kind.

    65 bytes are ECDSA, or 64 behind a kind of 0 or 1; an ECDSA signature can begin with any byte, so both are tried.
    Only one can verify.
    """
    match len(signature):
        case 64:
            return [(Scheme.SR25519, signature), (Scheme.ED25519, signature)]
        case 65 if signature[0] in (Scheme.ED25519, Scheme.SR25519):
            return [(Scheme(signature[0]), signature[1:]), (Scheme.SECP256K1, signature)]
        case 65:
            return [(Scheme.SECP256K1, signature)]
        case 66 if signature[0] == Scheme.SECP256K1:
            return [(Scheme.SECP256K1, signature[1:])]
    raise SignatureFormatError(
        f"a signature has 64 or 65 bytes, and one more with its kind in front; this has {len(signature)}"
    )


def _secp256k1(account: bytes, request: Request, signature: bytes) -> Evidence | None:
    try:
        return secp256k1_evidence(account, request, signature)
    except (SignatureFormatError, SignatureMismatchError):
        return None


def _sr25519(account: bytes, request: Request, signature: bytes) -> Evidence | None:
    for wrapped in (True, False):
        message = request.message(wrapped)
        try:
            if sr25519.verify(signature, message, account):
                return Evidence(Scheme.SR25519, wrapped, sr25519_hints.encode_evidence(account, message, signature))
        except ValueError:  # an encoding of nothing, or a signature the contract refuses as well
            continue
    return None


def _ed25519(account: bytes, request: Request, signature: bytes) -> Evidence | None:
    for wrapped in (True, False):
        message = request.message(wrapped)
        try:
            Ed25519PublicKey.from_public_bytes(account).verify(signature, message)
            return Evidence(Scheme.ED25519, wrapped, ed25519_hints.encode_evidence(account, message, signature))
        except (InvalidSignature, ValueError):
            continue
    return None


_EVIDENCE: dict[Scheme, Callable[[bytes, Request, bytes], Evidence | None]] = {
    Scheme.SECP256K1: _secp256k1,
    Scheme.SR25519: _sr25519,
    Scheme.ED25519: _ed25519,
}
