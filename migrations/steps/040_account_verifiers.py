# SPDX-License-Identifier: Apache-2.0
"""Verifiers of who holds a Substrate account, one for each signature scheme."""

KINDS = ("l2",)


def apply(m):
    m.deploy("secp256k1_verifier", "Secp256k1AccountVerifier")


def verify(m):
    nobody = m.read("secp256k1_verifier", "verify", account=bytes(32), message=b"", evidence=bytes(129))
    m.expect("verdict on empty evidence", nobody, False)
