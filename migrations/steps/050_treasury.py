# SPDX-License-Identifier: Apache-2.0
"""The treasury: receives what slashes, rewards, fees and the bridge leave for it, and pays by vote."""

from pha.deployment.access import expect_wiring, wire

KINDS = ("l2",)

MANAGED = ("treasury",)


def apply(m):
    m.deploy("treasury", "Treasury", authority=m.address("access_manager"))
    wire(m, "access_manager", MANAGED)


def verify(m):
    m.expect_read(m.address("access_manager"), "treasury", "authority")
    expect_wiring(m, "access_manager", MANAGED)
