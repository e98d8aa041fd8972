# SPDX-License-Identifier: Apache-2.0
"""A whole small parachain with staking, whose people are those of the sample: their keys are public and worthless."""

from __future__ import annotations

from pha.bridge.claim import Scheme
from pha.bridge.sample.keys import sample_key, sample_multisig
from pha.bridge.synthetic_state import SyntheticState

SEED = 2035
KEYS_PER_SCHEME = {Scheme.SECP256K1: 8, Scheme.SR25519: 8, Scheme.ED25519: 6}
SHARES = 120
WITHOUT_STAKE = 3


class SampleParachain(SyntheticState):
    """Holders of single keys of each scheme and of a multisig, with PHA, wrapped PHA, shares of pools and vaults."""

    def __init__(self) -> None:
        keys = [sample_key(scheme, number) for scheme, count in KEYS_PER_SCHEME.items() for number in range(count)]
        self._holders = [sample_multisig(), *(key.account for key in keys)]
        super().__init__(SEED, len(self._holders), SHARES)

    def _person(self, number: int) -> bytes:
        return self._holders[number]

    def _anyone(self) -> bytes:
        # The last holders stake nothing: what they have, the state shows in one entry.
        return self._random.choice(self._holders[:-WITHOUT_STAKE])
