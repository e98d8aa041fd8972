# SPDX-License-Identifier: Apache-2.0
"""Keys of the sample state's accounts. They are PUBLIC, made from a phrase that stands here: never fund them.

Every secret is blake2b-256 of the phrase, the scheme and a number, so that tests and the demo can sign for an
account of any scheme.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import sr25519
from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pha.bridge.claim import Scheme, secp256k1_account
from pha.bridge.delegated import multisig_account

PUBLIC_PHRASE = "these keys of the sample parachain are public, send nothing to them"


@dataclass(frozen=True)
class SampleKey:
    """A secret (32 bytes, the mini secret for sr25519) and the account it controls."""

    scheme: Scheme
    number: int
    secret: bytes
    public_key: bytes
    account: bytes

    def sign(self, message: bytes) -> bytes:
        """As a Substrate wallet does: 64 bytes, or r ‖ s ‖ recovery id over blake2b-256 for secp256k1."""
        if self.scheme is Scheme.SECP256K1:
            digest = blake2b(message, digest_size=32).digest()
            return PrivateKey(self.secret).sign_recoverable(digest, hasher=None)
        if self.scheme is Scheme.ED25519:
            return Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)
        return bytes(sr25519.sign(sr25519.pair_from_seed(self.secret), message))


def sample_key(scheme: Scheme, number: int) -> SampleKey:
    """The `number`-th key of one of the three signature schemes."""
    text = f"{PUBLIC_PHRASE}/{scheme.name.lower()}/{number}"
    secret = blake2b(text.encode(), digest_size=32).digest()
    if scheme is Scheme.SECP256K1:
        public_key = PrivateKey(secret).public_key.format()
        return SampleKey(scheme, number, secret, public_key, secp256k1_account(public_key))
    if scheme is Scheme.ED25519:
        public_key = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    elif scheme is Scheme.SR25519:
        public_key = bytes(sr25519.pair_from_seed(secret)[0])
    else:
        raise ValueError(f"no single key stands for {scheme.name}")
    return SampleKey(scheme, number, secret, public_key, public_key)


MULTISIG_THRESHOLD = 2
MULTISIG_KEYS = (
    sample_key(Scheme.SR25519, 100),
    sample_key(Scheme.ED25519, 100),
    sample_key(Scheme.SECP256K1, 100),
)


def sample_multisig() -> bytes:
    """The account of the 2-of-3 multisig of `MULTISIG_KEYS`, one member of each scheme."""
    return multisig_account([key.account for key in MULTISIG_KEYS], MULTISIG_THRESHOLD)
