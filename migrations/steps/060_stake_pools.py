# SPDX-License-Identifier: Apache-2.0
"""Stake pools: their parameters, their maker, the operators' bonds and the manager of claims against them.

The factory makes the code of all pools with itself. Which modules pools obey is set in step 170, when there are all.
"""

from pha.deployment.access import expect_wiring, wire
from pha.deployment.tunables import DAY, SAME, expect_tunables, tunables

KINDS = ("l2",)

MANAGED = ("staking_parameters", "stake_pool_factory", "slash_manager")

# in the order of IStakingParameters.Parameter
PARAMETERS = {
    "min_deposit": SAME,
    "exit": DAY,
    "grace": DAY,
    "worker_cooldown": DAY,
    "commission_notice": DAY,
    "max_commission": SAME,
    "reward_drip": SAME,
    "challenge_window": SAME,
    "resolution_window": SAME,
    "execution_window": SAME,
    "evidence_max_age": SAME,
    "slash_level_1": SAME,
    "slash_level_2": SAME,
    "slash_level_3": SAME,
    "slash_level_4": SAME,
    "reporter_share": SAME,
    "burn_share": SAME,
}


def apply(m):
    authority, token = m.address("access_manager"), m.address("token")
    m.deploy(
        "staking_parameters",
        "StakingParameters",
        authority=authority,
        values=tunables(m, "staking", PARAMETERS),
    )
    parameters = m.address("staking_parameters")
    m.deploy("stake_pool_factory", "StakePoolFactory", authority=authority, token=token, parameters=parameters)
    pools = {"token": token, "factory": m.address("stake_pool_factory"), "parameters": parameters}
    m.deploy("operator_bond", "OperatorBond", **pools)
    m.deploy(
        "slash_manager",
        "SlashManager",
        authority=authority,
        **pools,
        bond=m.address("operator_bond"),
        treasury=m.address("treasury"),
    )
    wire(m, "access_manager", MANAGED)


def verify(m):
    for name in MANAGED:
        m.expect_read(m.address("access_manager"), name, "authority")
    pools = ("token", "stake_pool_factory", "staking_parameters")
    m.expect_bound_to("operator_bond", *pools)
    m.expect_bound_to("slash_manager", *pools, "operator_bond", "treasury")
    expect_wiring(m, "access_manager", MANAGED)
    if not m.is_begun("990_hand_over"):  # votes may have changed them since
        expect_tunables(m, "staking_parameters", "staking", PARAMETERS)
