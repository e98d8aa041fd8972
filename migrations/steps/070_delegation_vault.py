# SPDX-License-Identifier: Apache-2.0
"""vPHA: the vault that spreads PHA over stake pools, with its vote.

It takes the staked part of what the bridge pays, and the governor counts what is in it. The curator moves its PHA among
the pools that votes have listed, within the caps that votes have set; until a pool is listed it keeps all PHA idle.
"""

from pha.deployment.access import expect_wiring, wire

KINDS = ("l2",)

MANAGED = ("delegation_vault",)


def core(m):
    return {
        "authority": m.address("access_manager"),
        "token": m.address("token"),
        "factory": m.address("stake_pool_factory"),
        "parameters": m.address("staking_parameters"),
        "bond": m.address("operator_bond"),
    }


def apply(m):
    m.deploy("vault_operations", "VaultOperations", **core(m))
    m.deploy(
        "delegation_vault",
        "DelegationVault",
        **core(m),
        recipient=m.address("treasury"),
        operations=m.address("vault_operations"),
    )
    wire(m, "access_manager", MANAGED)


def verify(m):
    held = ("token", "stake_pool_factory", "staking_parameters", "operator_bond")
    m.expect_bound_to("vault_operations", *held)
    m.expect_bound_to("delegation_vault", *held, "vault_operations")
    m.expect_read(m.address("access_manager"), "delegation_vault", "authority")
    m.expect_read(m.address("token"), "delegation_vault", "asset")
    m.expect_read("vPHA", "delegation_vault", "symbol")
    m.expect_read(18, "delegation_vault", "decimals")
    m.expect_read("mode=timestamp", "delegation_vault", "CLOCK_MODE")
    expect_wiring(m, "access_manager", MANAGED)
    if m.is_begun("990_hand_over"):
        return  # votes may have listed pools and set a fee since
    fee, recipient, *_ = m.read("delegation_vault", "fee")
    m.expect("fee and recipient of delegation_vault", (fee, recipient), (0, m.address("treasury")))
    m.expect_read([], "delegation_vault", "pools")
