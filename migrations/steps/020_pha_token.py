# SPDX-License-Identifier: Apache-2.0
"""PHA on its home chain, minted once."""

KINDS = ("home",)


def apply(m):
    m.deploy("token", "PhaToken", recipient=m.parameter("token.recipient"))


def verify(m):
    m.expect_read("Phala", "token", "name")
    m.expect_read("PHA", "token", "symbol")
    m.expect_read(18, "token", "decimals")
    m.expect_read(10**9 * 10**18, "token", "totalSupply")
    m.expect_read(10**9 * 10**18, "token", "MAX_SUPPLY")
    m.expect_read("mode=timestamp", "token", "CLOCK_MODE")
