# SPDX-License-Identifier: Apache-2.0
"""The deployer gives up every right: the timelock becomes the access manager's only admin, and its own."""

from pha.deployment.access import expect_powerless

# Events of what the deployer could do aside until now, and what nobody could read back by asking for it by name.
ASIDE = {
    "attestation_registry": ("RuleSet", "PlatformListed", "ReaderAnnounced", "ParameterSet", "AuthorityUpdated"),
    "snp_floors": ("FloorSet", "AuthorityUpdated"),
    "nvidia_references": ("SetPut", "AuthorityUpdated"),
    "dstack_kms": ("KmsAggregatedMrAdded", "KmsDeviceAdded", "OsImageHashAdded", "EvidenceSet", "AuthorityUpdated"),
    "treasury": ("StreamOpened", "AuthorityUpdated"),
    "staking_parameters": ("ParameterSet", "AuthorityUpdated"),
    "stake_pool_factory": ("ModuleSet", "AuthorityUpdated"),
    "slash_manager": ("GroundSet", "ClaimFiled", "AuthorityUpdated"),
    "delegation_vault": ("PoolSet", "FeeSet", "FeeRecipientSet", "AuthorityUpdated"),
    "worker_parameters": ("GpuClassSet", "ParameterSet", "AuthorityUpdated"),
    "reward_schedule": ("EarningsLedgerSet", "AuthorityUpdated"),
    "platform_key_revocation": ("ParameterSet", "LevelSet", "AuthorityUpdated"),
    "compute_parameters": ("ParameterSet", "AuthorityUpdated"),
    "compute_market": ("ClassAdded", "AuthorityUpdated"),
}


def apply(m):
    m.call("timelock", "renounceRole", role=m.read("timelock", "DEFAULT_ADMIN_ROLE"), callerConfirmation=m.deployer)
    m.hand_over("access_manager", to=m.address("timelock"))


def verify(m):
    admin = m.role("ADMIN")
    for holder in m.holders(admin):
        m.expect_read((True, admin.execution_delay), "access_manager", "hasRole", admin.id, holder)
    m.expect_read(True, "timelock", "hasRole", m.read("timelock", "DEFAULT_ADMIN_ROLE"), m.address("timelock"))
    expect_powerless(m, "access_manager", m.deployer)
    # Members of a role can't be listed, so a right given away beside the steps would show nowhere else.
    m.expect_no_foreign_acts("access_manager")
    m.expect_no_foreign_acts("timelock")
    for name, events in ASIDE.items():
        if m.has(name):
            m.expect_no_foreign_acts(name, *events)
