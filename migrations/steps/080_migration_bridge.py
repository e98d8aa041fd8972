# SPDX-License-Identifier: Apache-2.0
"""The bridge that pays what the parachain owed: PHA to its holders, and staked parts into the vault if they wish."""

from pha.deployment.access import expect_wiring, wire

KINDS = ("l2",)

MANAGED = ("migration_bridge",)

# numbered in the order of Substrate's MultiSignature, then the accounts that others control
SCHEMES = {
    0: "ed25519_verifier",
    1: "sr25519_verifier",
    2: "secp256k1_verifier",
    3: "multisig_verifier",
    4: "proxy_verifier",
}

NOBODY = "0x" + "0" * 40
UNIT = 10**6  # PHA's base units in one of the parachain's


def state_root(m):
    """None where part of the balances goes on vesting: a claim by the state would pay that part out at once as well."""
    return bytes(32) if any(m.parameter("bridge.vesting_root")) else m.parameter("bridge.state_root")


def apply(m):
    m.deploy(
        "migration_bridge",
        "MigrationBridge",
        configuration={
            "token": m.address("token"),
            "authority": m.address("access_manager"),
            "treasury": m.address("treasury"),
            "vault": m.address("delegation_vault"),
            "claimRoot": m.parameter("bridge.claim_root"),
            "cap": m.parameter("bridge.total"),
            "stateRoot": state_root(m),
            "deadline": m.parameter("bridge.deadline"),
            "pauseBudgetSeconds": m.parameter("bridge.pause_budget"),
            "maxPauseSeconds": m.parameter("bridge.max_pause"),
            "rateLimitCapacity": m.parameter("bridge.rate_limit_capacity"),
            "rateLimitPeriodSeconds": m.parameter("bridge.rate_limit_period"),
            "rateLimitEnd": m.parameter("bridge.rate_limit_end"),
            "verifiers": [{"scheme": scheme, "verifier": m.address(name)} for scheme, name in SCHEMES.items()],
        },
    )
    wire(m, "access_manager", MANAGED)


def verify(m):
    expect_wiring(m, "access_manager", MANAGED)
    capacity = m.parameter("bridge.rate_limit_capacity") // UNIT
    for function, wanted in {
        "TOKEN": m.address("token"),
        "authority": m.address("access_manager"),
        "TREASURY": m.address("treasury"),
        "VAULT": m.address("delegation_vault"),
        "CLAIM_ROOT": m.parameter("bridge.claim_root"),
        "CAP": m.parameter("bridge.total"),
        "STATE_ROOT": state_root(m),
        "CHAIN_ID": m.parameter("network.chain_id"),
        "DEADLINE": m.parameter("bridge.deadline"),
        "MAX_PAUSE_SECONDS": m.parameter("bridge.max_pause"),
        "RATE_LIMIT_CAPACITY": capacity,
        "RATE_LIMIT_DRAIN": capacity // m.parameter("bridge.rate_limit_period"),
        "RATE_LIMIT_END": m.parameter("bridge.rate_limit_end"),
        "UNIT_SCALE": UNIT,
    }.items():
        m.expect_read(wanted, "migration_bridge", function)
    left = m.read("migration_bridge", "pauseSecondsLeft")
    m.expect("pause budget above what was given", left > m.parameter("bridge.pause_budget"), False)
    for scheme in range(6):  # those that have a number, and one more
        wanted = m.address(SCHEMES[scheme]) if scheme in SCHEMES else NOBODY
        m.expect_read(wanted, "migration_bridge", "verifierOf", scheme)
