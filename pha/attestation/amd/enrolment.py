# SPDX-License-Identifier: Apache-2.0
"""The transactions that make chips known on chain, so that their reports can be judged.

A plan keeps no state: `remaining` asks the chain what is there, whoever put it in, and names what is left. It can be
dropped at any point and made anew. Each chip needs a table of its own, in two transactions, and a new one whenever its
firmware changes, for then it signs with another key. Its certificate goes in with its first report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pha.attestation.amd.calldata import authority_key, endorsement_key
from pha.attestation.amd.product import Product
from pha.bridge.progress import Track, silent
from pha.cryptography.p384_table_job import Stage, TableJob


class ChainState(Protocol):
    """What a plan has to know of the chain."""

    def table_stage(self, key_hash: bytes) -> Stage:
        """How far a key's table has come."""
        ...

    def has_authority(self, subject: bytes, modulus: bytes) -> bool:
        """Whether the certificate of an ASK or ASVK has been taken, by the arguments of `findAuthority`."""
        ...


@dataclass(frozen=True)
class Step:
    """One transaction: to which contract, its method, the arguments, and for people what it is for."""

    contract: Literal["registry", "certificates"]
    method: str
    arguments: tuple[int | bytes, ...]
    purpose: str


def remaining(
    endorsements: Sequence[bytes],
    authorities: Sequence[tuple[Product, bytes]],
    state: ChainState,
    track: Track = silent,
) -> Iterator[Step]:
    """What is left to be sent, in order.

    Args:
        endorsements: certificates of the chips' keys, DER.
        authorities: their issuers with the product lines, DER.
        state: the chain's state, asked when a step is reached.
        track: shows progress over the chips.

    Raises:
        MalformedEvidenceError: a certificate is broken.
    """
    for product, der in authorities:
        if not state.has_authority(*authority_key(der)):
            yield Step("certificates", "putAuthority", (product, der), f"issuer of {product.title}")
    for number, der in enumerate(track(endorsements, "chips", len(endorsements)), 1):
        job = TableJob(endorsement_key(der))
        for call in job.remaining(state.table_stage(job.key_hash)):
            yield Step("registry", call.method, call.arguments, f"table of chip {number}: {call.method}")
