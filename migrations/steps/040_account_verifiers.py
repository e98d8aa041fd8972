# SPDX-License-Identifier: Apache-2.0
"""Verifiers of who holds a Substrate account: one for each signature scheme, then those that ask them about others.

Members of a multisig have a key; a proxy may be a multisig too. Deeper nesting would be more verifiers of the same
kinds, made over these.
"""

KINDS = ("l2",)


KEY_SCHEMES = {2: "secp256k1_verifier"}  # numbered in the order of Substrate's MultiSignature
MULTISIG = 3
PROXY_TYPES = 1 << 0  # of Phala's proxy types, `Any` alone may move funds


def members(m, schemes):
    return [{"scheme": scheme, "verifier": m.address(name)} for scheme, name in schemes.items()]


def apply(m):
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
    nobody = m.read("secp256k1_verifier", "verify", account=bytes(32), message=b"", evidence=bytes(129))
    m.expect("verdict on empty evidence", nobody, False)
    for verifier, schemes in (
        ("multisig_verifier", KEY_SCHEMES),
        ("proxy_verifier", {**KEY_SCHEMES, MULTISIG: "multisig_verifier"}),
    ):
        for scheme in range(6):
            wanted = m.address(schemes[scheme]) if scheme in schemes else "0x" + "0" * 40
            m.expect_read(wanted, verifier, "memberVerifierOf", scheme)
    m.expect_read(m.parameter("bridge.state_root"), "proxy_verifier", "STATE_ROOT")
    m.expect_read(PROXY_TYPES, "proxy_verifier", "ACCEPTED_TYPES")
