# SPDX-License-Identifier: Apache-2.0
"""Evidence of an ed25519 signature, as the contract library Ed25519 takes it.

Layout (144 bytes): signature (64) ‖ σ (16, big-endian) ‖ x of the key (32) ‖ x of R (32).
"""

from __future__ import annotations

import hashlib

from .curve25519 import (
    EDWARDS_D,
    FIELD_PRIME,
    GROUP_ORDER,
    SignatureFormatError,
    inverse_square_root,
    short_multiplier,
)

_SIGN = 1 << 255


def challenge_scalar(account: bytes, encoded_r: bytes, message: bytes) -> int:
    """k = SHA-512(R ‖ A ‖ message) modulo L (RFC 8032, 5.1.7)."""
    return int.from_bytes(hashlib.sha512(encoded_r + account + message).digest(), "little") % GROUP_ORDER


def recover_x(encoded: bytes) -> int:
    """x of the point that 32 bytes encode (RFC 8032, 5.1.3).

    Raises SignatureFormatError where the encoding is not canonical or is of no point.
    """
    p = FIELD_PRIME
    word = int.from_bytes(encoded, "little")
    y, odd = word & ~_SIGN, word >> 255
    if len(encoded) != 32 or y >= p:
        raise SignatureFormatError(f"not a canonical encoding of a point: 0x{encoded.hex()}")
    u, v = (y * y - 1) % p, (EDWARDS_D * y * y + 1) % p
    # x^2 = u / v, so x = u / sqrt(u v): one inverse square root, unless u is zero.
    root = inverse_square_root(u * v % p) if u else 0
    if root is None:
        raise SignatureFormatError(f"no point of the curve has this y: 0x{encoded.hex()}")
    x = u * root % p
    if x == 0 and odd:
        raise SignatureFormatError(f"zero has no odd form: 0x{encoded.hex()}")
    return p - x if x % 2 != odd else x


def is_small_order(encoded: bytes) -> bool:
    """Whether 32 bytes encode, canonically or not, a point whose order divides 8."""
    p = FIELD_PRIME
    y = (int.from_bytes(encoded, "little") & ~_SIGN) % p
    # Orders 1, 2 and 4 have y = 1, -1 and 0. A point of order 8 doubles to y = 0, so x^2 = -y^2, which with the
    # curve's equation gives the quartic.
    return y in (0, 1, p - 1) or (EDWARDS_D * y**4 + 2 * y**2 - 1) % p == 0


def encode_evidence(account: bytes, message: bytes, signature: bytes) -> bytes:
    """Evidence for `signature` (64 bytes) of `message`, as signed, wrapping included, by `account` (32 bytes).

    Does not verify. Raises SignatureFormatError where the contract would refuse the signature whatever the hints.
    """
    if len(account) != 32 or len(signature) != 64:
        raise SignatureFormatError("an account has 32 bytes and a signature 64")
    if is_small_order(account):
        raise SignatureFormatError("the key has small order: anyone can sign for it")
    if int.from_bytes(signature[32:], "little") >= GROUP_ORDER:
        raise SignatureFormatError("the signature's scalar is not below the group order")
    sigma = short_multiplier(challenge_scalar(account, signature[:32], message))
    hints = (recover_x(account), recover_x(signature[:32]))
    return signature + sigma.to_bytes(16, "big") + b"".join(hint.to_bytes(32, "big") for hint in hints)
