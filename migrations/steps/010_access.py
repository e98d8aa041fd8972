# SPDX-License-Identifier: Apache-2.0
"""Access manager and timelock: where permissions stand, and the delay before they change.

The deployer administers both until step 990: the manager goes to the timelock, and the timelock is then its own only
admin. Until then the deployer adds to its proposers what can only be deployed after it, the governor.
"""


def apply(m):
    m.deploy("access_manager", "PhaAccessManager", initialAdmin=m.deployer)
    m.deploy(
        "timelock",
        "PhaTimelock",
        minDelaySeconds=m.parameter("governance.timelock_delay"),
        proposers=m.parameter("governance.proposers"),
        executors=m.parameter("governance.executors"),
        initialAdmin=m.deployer,
    )


def verify(m):
    if not m.is_begun("990_hand_over"):
        m.expect_read((True, 0), "access_manager", "hasRole", 0, m.deployer)
        m.expect_read(True, "timelock", "hasRole", m.read("timelock", "DEFAULT_ADMIN_ROLE"), m.deployer)
    m.expect_read(m.parameter("governance.timelock_delay"), "timelock", "getMinDelay")
    for role, holders in {
        "DEFAULT_ADMIN_ROLE": [m.address("timelock")],
        "PROPOSER_ROLE": m.parameter("governance.proposers"),
        "CANCELLER_ROLE": m.parameter("governance.proposers"),
        "EXECUTOR_ROLE": m.parameter("governance.executors"),
    }.items():
        for holder in holders:
            m.expect_read(True, "timelock", "hasRole", m.read("timelock", role), holder)
