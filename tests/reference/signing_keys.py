# SPDX-License-Identifier: Apache-2.0
"""Holders with one key, for tests: each has an account, a scheme and evidence over any message.

Signatures are made so that they are the same in every run, because gas hangs on their bytes. schnorrkel draws its
nonce at random; here it follows from key and message, and schnorrkel judges the signature before it is used.
"""

from __future__ import annotations

import hashlib

import sr25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pha.cryptography import ed25519 as ed25519_hints
from pha.cryptography import sr25519 as sr25519_hints
from tests.reference.claims import SECP256K1, Holder

ED25519, SR25519 = 0, 1
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group of both curves' points: RFC 8032, 5.1, and RFC 9496."""


class Sr25519Holder:
    scheme = SR25519

    def __init__(self, name: str) -> None:
        self.account, self.secret = sr25519.pair_from_seed(hashlib.sha256(name.encode()).digest())

    def sign(self, message: bytes) -> bytes:
        """s = r + k a, marked as schnorrkel marks it."""
        encoded_r, nonce = sr25519.pair_from_seed(hashlib.sha256(self.secret + message).digest())
        r, a = (int.from_bytes(secret[:32], "little") for secret in (nonce, self.secret))
        k = sr25519_hints.challenge_scalar(self.account, encoded_r, message)
        signature = encoded_r + ((r + k * a) % ORDER | 1 << 255).to_bytes(32, "little")
        assert sr25519.verify(signature, message, self.account)
        return signature

    def evidence(self, message: bytes) -> bytes:
        return sr25519_hints.encode_evidence(self.account, message, self.sign(message))


class Ed25519Holder:
    scheme = ED25519

    def __init__(self, name: str) -> None:
        self.secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self.account = self.secret.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self.secret.sign(message)

    def evidence(self, message: bytes) -> bytes:
        return ed25519_hints.encode_evidence(self.account, message, self.sign(message))


class Secp256k1Holder(Holder):
    scheme = SECP256K1
