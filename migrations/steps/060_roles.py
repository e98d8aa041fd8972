# SPDX-License-Identifier: Apache-2.0
"""Roles, their holders, and the functions that ask for them, as roles.yaml declares."""

from pha.deployment.access import expect_wiring, wire

KINDS = ("l2",)

MANAGED = ("migration_bridge",)


def apply(m):
    wire(m, "access_manager", MANAGED)


def verify(m):
    expect_wiring(m, "access_manager", MANAGED)
