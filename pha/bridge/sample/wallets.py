# SPDX-License-Identifier: Apache-2.0
"""What the wallets of the sample state's holders give back; in life, these are other people's programs."""

from __future__ import annotations

from pha.bridge.claim import Scheme, Signable
from pha.bridge.delegated import OnBehalf
from pha.bridge.relay import MultisigSignatures, Signature
from pha.bridge.sample.keys import MULTISIG_KEYS, MULTISIG_THRESHOLD, SampleKey, sample_key, sample_multisig

KEY_NUMBERS = (*range(12), *range(200, 203))


def sample_keys() -> dict[bytes, SampleKey]:
    """Every single key of the sample state, by the account (32 bytes) it controls."""
    schemes = (Scheme.SR25519, Scheme.ED25519, Scheme.SECP256K1)
    keys = (sample_key(scheme, number) for number in KEY_NUMBERS for scheme in schemes)
    return {key.account: key for key in keys}


def sign_alone(key: SampleKey, request: Signable, wrapped: bool) -> Signature:
    """The holder of one key signs, with or without the wrapping that wallets add."""
    return Signature(key.sign(request.message(wrapped)))


def sign_together(request: Signable, wrapped: bool) -> MultisigSignatures:
    """Two of the three members of the sample multisig sign, with keys of different schemes."""
    asked = OnBehalf(request, sample_multisig())
    return MultisigSignatures(
        threshold=MULTISIG_THRESHOLD,
        members=tuple(key.account for key in MULTISIG_KEYS),
        signatures={key.account: key.sign(asked.message(wrapped)) for key in MULTISIG_KEYS[:MULTISIG_THRESHOLD]},
        wrapped=wrapped,
    )
