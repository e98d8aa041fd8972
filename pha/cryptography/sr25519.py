# SPDX-License-Identifier: Apache-2.0
"""Evidence of an sr25519 signature, as the contract library Sr25519 takes it.

Layout (144 bytes): signature (64) ‖ σ (16, big-endian) ‖ inverse square root for the key (32) ‖ for R (32).
"""

from __future__ import annotations

from .curve25519 import (
    EDWARDS_D,
    FIELD_PRIME,
    GROUP_ORDER,
    SignatureFormatError,
    inverse_square_root,
    short_multiplier,
)
from .merlin import Transcript

_MARKER = 1 << 255


def challenge_scalar(account: bytes, encoded_r: bytes, message: bytes) -> int:
    """k of schnorrkel's signature of `message` in the signing context `substrate`, reduced modulo L."""
    transcript = Transcript(b"SigningContext")
    transcript.append(b"", b"substrate")
    transcript.append(b"sign-bytes", message)
    transcript.append(b"proto-name", b"Schnorr-sig")
    transcript.append(b"sign:pk", account)
    transcript.append(b"sign:R", encoded_r)
    return int.from_bytes(transcript.challenge(b"sign:c", 64), "little") % GROUP_ORDER


def decoding_hint(encoded: bytes) -> int:
    """Inverse square root of v u2^2 that decoding a ristretto255 element needs (RFC 9496, 4.3.1).

    Raises SignatureFormatError where the bytes are not the canonical encoding of an element.
    """
    p = FIELD_PRIME
    s = int.from_bytes(encoded, "little")
    if len(encoded) != 32 or s >= p or s % 2:
        raise SignatureFormatError(f"not a canonical ristretto255 encoding: 0x{encoded.hex()}")
    u1, u2 = (1 - s * s) % p, (1 + s * s) % p
    v = (-EDWARDS_D * u1 * u1 - u2 * u2) % p
    root = inverse_square_root(v * u2 * u2 % p)
    if root is None:
        raise SignatureFormatError(f"encodes no ristretto255 element: 0x{encoded.hex()}")
    x = 2 * s * root * u2 % p
    x = p - x if x % 2 else x
    y = u1 * root * root * u2 * v % p
    if y == 0 or x * y % p % 2:
        raise SignatureFormatError(f"encodes no ristretto255 element: 0x{encoded.hex()}")
    return root


def encode_evidence(account: bytes, message: bytes, signature: bytes) -> bytes:
    """Evidence for `signature` (64 bytes) of `message`, as signed, wrapping included, by `account` (32 bytes).

    Does not verify. Raises SignatureFormatError where the contract would refuse the signature whatever the hints.
    """
    if len(account) != 32 or len(signature) != 64:
        raise SignatureFormatError("an account has 32 bytes and a signature 64")
    if not any(account):
        raise SignatureFormatError("the account zero is the identity: anyone can sign for it")
    s = int.from_bytes(signature[32:], "little")
    if not s & _MARKER:
        raise SignatureFormatError("the signature lacks schnorrkel's marker bit: not sr25519, or an old signer")
    if (s ^ _MARKER) >= GROUP_ORDER:
        raise SignatureFormatError("the signature's scalar is not below the group order")
    sigma = short_multiplier(challenge_scalar(account, signature[:32], message))
    hints = (decoding_hint(account), decoding_hint(signature[:32]))
    return signature + sigma.to_bytes(16, "big") + b"".join(hint.to_bytes(32, "big") for hint in hints)
