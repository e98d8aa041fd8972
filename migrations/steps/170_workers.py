# SPDX-License-Identifier: Apache-2.0
"""Workers, the gatekeepers who report on them, and their rewards; then the modules that pools obey.

Workers are asked for at the attestation registry. Rewards come from a reserve that anyone may fund; it begins empty.
"""

from pha.deployment.access import expect_wiring, wire
from pha.deployment.tunables import DAY, SAME, expect_tunables, tunables

KINDS = ("l2",)

MANAGED = ("worker_parameters", "reward_schedule", "platform_key_revocation")

# in the order of IStakePoolFactory.Module
MODULES = ("slash_manager", "worker_registry", "reward_schedule", "redelegation")

# in the order of IWorkerParameters.Parameter
PARAMETERS = {
    "stake_per_root_performance": SAME,
    "min_performance": SAME,
    "max_performance": SAME,
    "max_per_pool": SAME,
    "stake_multiplier": SAME,
    "rig_cost_per_performance": SAME,
    "rig_cost_base": SAME,
    "max_value": SAME,
    "growth_per_day": SAME,
    "cost_per_performance_per_day": SAME,
    "cost_base_per_day": SAME,
    "unresponsive_loss_per_day": SAME,
    "max_instant_performance": SAME,
    "confidence_1": SAME,
    "confidence_2": SAME,
    "confidence_3": SAME,
    "confidence_4": SAME,
    "confidence_5": SAME,
    "treasury_share": SAME,
    "stakers_share": SAME,
    "catch_up": SAME,
    "settlement": DAY,
    "unpayable": DAY,
    "earnings_spread": DAY,
    "min_gatekeeper_bond": SAME,
    "max_gatekeepers": SAME,
    "quorum": SAME,
    "min_reporters": SAME,
    "report": DAY,
    "objection": SAME,
    "gatekeeper_unbonding": DAY,
    "equivocation_slash": SAME,
    "equivocation_reporter_share": SAME,
}

# in the order of IPlatformKeyRevocation.Parameter
STAY = {"stay": SAME, "gap": SAME}

# in the order of EmissionCurve.Curve
CURVE = {"first_day": DAY, "first_amount": SAME, "period": DAY, "retained": SAME}
CURVE_FIELDS = ("firstDay", "firstAmount", "periodDays", "retainedBps")


def gpu_classes(m):
    models, weights, collaterals = (m.parameter(f"workers.gpu_{name}") for name in ("models", "weights", "collaterals"))
    return {
        model.encode().ljust(32, b"\0"): (weight, collateral)
        for model, weight, collateral in zip(models, weights, collaterals, strict=True)
    }


def curve(m):
    return dict(zip(CURVE_FIELDS, tunables(m, "rewards", CURVE), strict=True))


def apply(m):
    token, treasury, staking = m.address("token"), m.address("treasury"), m.address("staking_parameters")
    m.deploy(
        "worker_parameters",
        "WorkerParameters",
        authority=m.address("access_manager"),
        values=tunables(m, "workers", PARAMETERS),
        classes=[
            {"model": model, "class": {"weightBps": weight, "collateral": collateral}}
            for model, (weight, collateral) in gpu_classes(m).items()
        ],
    )
    parameters = m.address("worker_parameters")
    m.deploy(
        "worker_registry",
        "WorkerRegistry",
        factory=m.address("stake_pool_factory"),
        keys=m.address("attestation_registry"),
        stakingParameters=staking,
        parameters=parameters,
    )
    m.deploy("gatekeeper_set", "GatekeeperSet", token=token, parameters=parameters, treasury=treasury)
    m.deploy(
        "reward_schedule",
        "RewardSchedule",
        authority=m.address("access_manager"),
        token=token,
        gatekeepers=m.address("gatekeeper_set"),
        registry=m.address("worker_registry"),
        parameters=parameters,
        treasury=treasury,
        curve=curve(m),
    )
    m.deploy(
        "platform_key_revocation",
        "PlatformKeyRevocation",
        authority=m.address("access_manager"),
        registry=m.address("attestation_registry"),
        factory=m.address("stake_pool_factory"),
        values=tunables(m, "workers", STAY),
        level=m.parameter("workers.revoked_key_level"),
    )
    m.call("slash_manager", "setGround", ground=m.address("platform_key_revocation"), accepted=True)
    m.deploy("redelegation", "Redelegation", factory=m.address("stake_pool_factory"), token=token)
    for number, name in enumerate(MODULES):
        m.call("stake_pool_factory", "setModule", module_=number, target=m.address(name))
    wire(m, "access_manager", MANAGED)


def verify(m):
    for name in MANAGED:
        m.expect_read(m.address("access_manager"), name, "authority")
    m.expect_bound_to("redelegation", "stake_pool_factory", "token")
    m.expect_bound_to("platform_key_revocation", "attestation_registry", "stake_pool_factory")
    m.expect_bound_to(
        "worker_registry", "stake_pool_factory", "attestation_registry", "staking_parameters", "worker_parameters"
    )
    m.expect_bound_to("gatekeeper_set", "token", "worker_parameters", "treasury")
    m.expect_bound_to("reward_schedule", "token", "gatekeeper_set", "worker_registry", "worker_parameters", "treasury")
    first = curve(m)
    m.expect_read((0, 0), "reward_schedule", "scheduled", first["firstDay"] - 1)
    m.expect_read((first["firstAmount"],) * 2, "reward_schedule", "scheduled", first["firstDay"])
    daily, _ = m.read("reward_schedule", "scheduled", first["firstDay"] + first["periodDays"])
    m.expect("daily amount of the second period", daily, first["firstAmount"] * first["retainedBps"] // 10_000)
    expect_wiring(m, "access_manager", MANAGED)
    if m.is_begun("990_hand_over"):
        return  # votes may have changed the rest since
    for number, name in enumerate(MODULES):
        m.expect_read(m.address(name), "stake_pool_factory", "module", number)
    m.expect_read(True, "slash_manager", "isGround", m.address("platform_key_revocation"))
    expect_tunables(m, "platform_key_revocation", "workers", STAY)
    expect_tunables(m, "worker_parameters", "workers", PARAMETERS)
    for model, class_ in gpu_classes(m).items():
        m.expect_read(class_, "worker_parameters", "gpuClassOf", model)
