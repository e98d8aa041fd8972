# SPDX-License-Identifier: Apache-2.0
"""Verifiers of who holds a Substrate account: one for each signature scheme, then those that ask them about others.

Members of a multisig have a key; a proxy may be a multisig too. Deeper nesting would be more verifiers of the same
kinds, made over these.
"""

KINDS = ("l2",)

# numbered in the order of Substrate's MultiSignature
KEY_SCHEMES = {0: "ed25519_verifier", 1: "sr25519_verifier", 2: "secp256k1_verifier"}
TABLES = {"edwards25519_low_table": 0, "edwards25519_high_table": 128}  # multiples of B, and of 2^128 B
MULTISIG = 3
PROXY_TYPES = 1 << 0  # of Phala's proxy types, `Any` alone may move funds


def members(m, schemes):
    return [{"scheme": scheme, "verifier": m.address(name)} for scheme, name in schemes.items()]


def apply(m):
    for name, doublings in TABLES.items():
        m.deploy(name, "Edwards25519BaseTable", doublings=doublings)
    low, high = (m.address(name) for name in TABLES)
    m.deploy("ed25519_verifier", "Ed25519AccountVerifier", lowTable=low, highTable=high)
    m.deploy("sr25519_verifier", "Sr25519AccountVerifier", lowTable=low, highTable=high)
    m.deploy("secp256k1_verifier", "Secp256k1AccountVerifier")
    m.deploy("multisig_verifier", "MultisigAccountVerifier", verifiers=members(m, KEY_SCHEMES))
    m.deploy(
        "proxy_verifier",
        "ProxyAccountVerifier",
        stateRoot=m.parameter("bridge.state_root"),
        acceptedTypes=PROXY_TYPES,
        verifiers=members(m, {**KEY_SCHEMES, MULTISIG: "multisig_verifier"}),
    )


def verify(m):
    low, high = (m.address(name) for name in TABLES)
    for name in ("ed25519_verifier", "sr25519_verifier"):
        m.expect_read(low, name, "LOW_TABLE")
        m.expect_read(high, name, "HIGH_TABLE")
    for name, length in {"ed25519_verifier": 144, "sr25519_verifier": 144, "secp256k1_verifier": 129}.items():
        nobody = m.read(name, "verify", account=bytes(32), message=b"", evidence=bytes(length))
        m.expect(f"verdict of {name} on empty evidence", nobody, False)
    for verifier, schemes in (
        ("multisig_verifier", KEY_SCHEMES),
        ("proxy_verifier", {**KEY_SCHEMES, MULTISIG: "multisig_verifier"}),
    ):
        for scheme in range(6):
            wanted = m.address(schemes[scheme]) if scheme in schemes else "0x" + "0" * 40
            m.expect_read(wanted, verifier, "memberVerifierOf", scheme)
    m.expect_read(m.parameter("bridge.state_root"), "proxy_verifier", "STATE_ROOT")
    m.expect_read(PROXY_TYPES, "proxy_verifier", "ACCEPTED_TYPES")
