# SPDX-License-Identifier: Apache-2.0
"""The transactions that put Intel's collateral on chain, so that a platform's quotes can be judged.

What is there already changes nothing when it is sent again, so a plan may be dropped at any point and made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pha.attestation.intel.calldata import authority_key, revocation_order
from pha.attestation.intel.collateral import Collateral

ROOT = 0


class ChainState(Protocol):
    """What a plan has to know of the chain."""

    def find_authority(self, subject: bytes, x: int, y: int) -> int:
        """Index of a certificate below the root, by the arguments of `findAuthority`; 0 where there is none."""
        ...


@dataclass(frozen=True)
class Step:
    """One transaction: to which contract, its method, the arguments, and for people what it is for."""

    contract: Literal["certificates", "collateral"]
    method: str
    arguments: tuple[int | bytes, ...]
    purpose: str


def steps_for(collateral: Collateral, state: ChainState) -> Iterator[Step]:
    """What puts in all of one collateral, in order: each step rests on those before it.

    Args:
        collateral: root list, CA and its list, TCB signer, TCB Info, identity.
        state: the chain's state, asked when a step is reached.

    Raises:
        MalformedEvidenceError: a revocation list is none.
        ValueError: an issuer chain is no PEM.
    """
    yield _list(ROOT, collateral.root_ca_crl, "the root's revocation list")
    signer_der = first_certificate(collateral.tcb_info_issuer_chain)
    ca_der = first_certificate(collateral.pck_crl_issuer_chain)
    for der, purpose in ((signer_der, "TCB signer"), (ca_der, "CA of PCK certificates")):
        if state.find_authority(*authority_key(der)) == 0:
            yield Step("certificates", "putAuthority", (der,), purpose)
    ca, signer = (state.find_authority(*authority_key(der)) for der in (ca_der, signer_der))
    yield _list(ca, collateral.pck_crl, "revocation list of PCK certificates")
    yield Step(
        "collateral",
        "putTcbInfo",
        (collateral.tcb_info.encode(), collateral.tcb_info_signature, signer),
        "TCB Info",
    )
    yield Step(
        "collateral",
        "putIdentity",
        (collateral.qe_identity.encode(), collateral.qe_identity_signature, signer),
        "identity of the quoting enclave",
    )


def first_certificate(chain_pem: str) -> bytes:
    """DER of the first certificate of a PEM chain: whoever signed what the chain stands beside."""
    return x509.load_pem_x509_certificates(chain_pem.encode())[0].public_bytes(Encoding.DER)


def _list(authority: int, der: bytes, purpose: str) -> Step:
    return Step("certificates", "putRevocationList", (authority, der, revocation_order(der)), purpose)
