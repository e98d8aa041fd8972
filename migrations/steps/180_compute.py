# SPDX-License-Identifier: Apache-2.0
"""The market that pays attested workers, the oracle that asks them, and the ground on which two answers cost stake.

What can be bought at the beginning comes from the parameters; votes add classes and change prices.
"""

from pha.deployment.access import expect_wiring, wire
from pha.deployment.tunables import SAME, expect_tunables, tunables

KINDS = ("l2",)

MANAGED = ("compute_parameters", "compute_market")

# in the order of IComputeParameters.Parameter
PARAMETERS = {
    "pool_share": SAME,
    "stakers_share": SAME,
    "min_order": SAME,
    "receipt": SAME,
    "max_answer_time": SAME,
    "max_answer_bytes": SAME,
    "max_callback_gas": SAME,
    "min_answer_stake": SAME,
    "equivocation_level": SAME,
}

# where pools and stakers earn from customers
LEDGERS = ("compute_market", "compute_oracle")

ANY = "any"


def word(text):
    return bytes(32) if text == ANY else text.encode().ljust(32, b"\0")


def classes(m):
    """The first resource classes, each as IResourceClasses.ResourceClass."""
    columns = ("prices", "stakes", "confidences", "device_counts", "kinds", "device_models", "identities")
    return [
        {
            "pricePerSecond": price,
            "minStake": stake,
            "isOpen": True,
            "maxConfidence": confidence,
            "deviceCount": count,
            "kind": word(kind),
            "deviceModel": word(model),
            "identity": identity,
        }
        for price, stake, confidence, count, kind, model, identity in zip(
            *(m.parameter(f"compute.class_{column}") for column in columns), strict=True
        )
    ]


def apply(m):
    authority, token = m.address("access_manager"), m.address("token")
    m.deploy("compute_parameters", "ComputeParameters", authority=authority, values=tunables(m, "compute", PARAMETERS))
    shared = {
        "token": token,
        "parameters": m.address("compute_parameters"),
        "keys": m.address("attestation_registry"),
        "workers": m.address("worker_registry"),
        "factory": m.address("stake_pool_factory"),
        "stakers": m.address("reward_schedule"),
        "treasury": m.address("treasury"),
    }
    m.deploy("compute_market", "ComputeMarket", authority=authority, **shared)
    m.deploy("compute_oracle", "ComputeOracle", **shared, locks=m.address("worker_registry"))
    m.deploy(
        "answer_equivocation",
        "AnswerEquivocation",
        oracle=m.address("compute_oracle"),
        parameters=m.address("compute_parameters"),
    )
    for resource in classes(m):
        m.call("compute_market", "addClass", resource=resource)
    for ledger in LEDGERS:
        m.call("reward_schedule", "setEarningsLedger", ledger=m.address(ledger), listed=True)
    m.call("slash_manager", "setGround", ground=m.address("answer_equivocation"), accepted=True)
    wire(m, "access_manager", MANAGED)


def verify(m):
    held = ("compute_parameters", "attestation_registry", "worker_registry", "stake_pool_factory")
    held += ("reward_schedule", "treasury")
    for name in ("compute_market", "compute_oracle"):
        m.expect_read(m.address("token"), name, "TOKEN")
        m.expect_bound_to(name, *held)
    m.expect_bound_to("answer_equivocation", "compute_oracle", "compute_parameters")
    for name in MANAGED:
        m.expect_read(m.address("access_manager"), name, "authority")
    expect_wiring(m, "access_manager", MANAGED)
    handed_over = m.is_begun("990_hand_over")
    for number, resource in enumerate(classes(m), 1):
        found = dict(zip(resource, m.read("compute_market", "classOf", number), strict=True))
        if handed_over:  # of a class, votes may change these alone
            found |= {name: resource[name] for name in ("pricePerSecond", "isOpen")}
        m.expect(f"class {number} of compute_market", found, resource)
    if handed_over:
        return
    m.expect_read(len(classes(m)), "compute_market", "classCount")
    m.expect_read(True, "slash_manager", "isGround", m.address("answer_equivocation"))
    for ledger in LEDGERS:
        m.expect_read(True, "reward_schedule", "isEarningsLedger", m.address(ledger))
    expect_tunables(m, "compute_parameters", "compute", PARAMETERS)
