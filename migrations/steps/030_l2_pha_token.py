# SPDX-License-Identifier: Apache-2.0
"""PHA on the L2, minted and burned by the chain's bridges alone."""

KINDS = ("l2",)


def apply(m):
    m.deploy(
        "token",
        "L2PhaToken",
        standardBridge=m.parameter("token.standard_bridge"),
        remoteToken_=m.parameter("token.remote_token"),
        superchainBridge_=m.parameter("token.superchain_bridge"),
    )


def verify(m):
    m.expect_read("Phala", "token", "name")
    m.expect_read("PHA", "token", "symbol")
    m.expect_read(18, "token", "decimals")
    m.expect_read(10**9 * 10**18, "token", "MAX_SUPPLY")
    m.expect_read("mode=timestamp", "token", "CLOCK_MODE")
    m.expect_read(m.parameter("token.standard_bridge"), "token", "bridge")
    m.expect_read(m.parameter("token.standard_bridge"), "token", "l2Bridge")
    m.expect_read(m.parameter("token.remote_token"), "token", "remoteToken")
    m.expect_read(m.parameter("token.remote_token"), "token", "l1Token")
    m.expect_read(m.parameter("token.superchain_bridge"), "token", "superchainBridge")
