# SPDX-License-Identifier: Apache-2.0
"""What still vested on the parachain goes on vesting, where the ledger's rules say so."""

KINDS = ("l2",)

# numbered in the order of Substrate's MultiSignature, then the accounts that others control
SCHEMES = {
    0: "ed25519_verifier",
    1: "sr25519_verifier",
    2: "secp256k1_verifier",
    3: "multisig_verifier",
    4: "proxy_verifier",
}


def is_wanted(m):
    return any(m.parameter("bridge.vesting_root"))


def apply(m):
    if not is_wanted(m):
        return
    m.deploy(
        "vesting_claims",
        "VestingClaims",
        configuration={
            "token": m.address("token"),
            "treasury": m.address("treasury"),
            "claimRoot": m.parameter("bridge.vesting_root"),
            "cap": m.parameter("bridge.vesting_total"),
            "deadline": m.parameter("bridge.deadline"),
            "verifiers": [{"scheme": scheme, "verifier": m.address(name)} for scheme, name in SCHEMES.items()],
        },
    )


def verify(m):
    if not is_wanted(m):
        return
    for function, wanted in {
        "TOKEN": m.address("token"),
        "TREASURY": m.address("treasury"),
        "CLAIM_ROOT": m.parameter("bridge.vesting_root"),
        "CAP": m.parameter("bridge.vesting_total"),
        "DEADLINE": m.parameter("bridge.deadline"),
        "CHAIN_ID": m.parameter("network.chain_id"),
    }.items():
        m.expect_read(wanted, "vesting_claims", function)
    for scheme, name in SCHEMES.items():
        m.expect_read(m.address(name), "vesting_claims", "verifierOf", scheme)
