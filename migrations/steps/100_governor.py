# SPDX-License-Identifier: Apache-2.0
"""The governor, whose votes the timelock carries out, and what counts beside PHA that is held: PHA in the vault."""

KINDS = ("l2",)

# by which what was voted is scheduled, and what the guardian stops is taken out again
ROLES = ("PROPOSER_ROLE", "CANCELLER_ROLE")

# in the order of PhaGovernor's enum
PARAMETERS = ("voting_delay", "voting_period", "proposal_threshold", "quorum", "late_quorum_extension")


FAR_AHEAD = 2**47


def sources(m):
    return [m.address(name) for name in m.parameter("governance.staked_vote_sources")]


def apply(m):
    m.deploy(
        "governor",
        "PhaGovernor",
        configuration={
            "token": m.address("token"),
            "timelock": m.address("timelock"),
            "guardian": m.parameter("governance.guardian"),
            "sources": sources(m),
            "values": [m.parameter(f"governance.{name}") for name in PARAMETERS],
        },
    )
    for role in ROLES:
        m.call("timelock", "grantRole", role=m.read("timelock", role), account=m.address("governor"))


def verify(m):
    for role in ROLES:
        m.expect_read(True, "timelock", "hasRole", m.read("timelock", role), m.address("governor"))
    m.expect_read(m.address("token"), "governor", "token")
    m.expect_read(m.address("timelock"), "governor", "timelock")
    if m.is_begun("990_hand_over"):
        return  # votes may have changed the rest since
    m.expect_read(m.parameter("governance.guardian"), "governor", "proposalGuardian")
    for number, name in enumerate(PARAMETERS):
        m.expect_read(m.parameter(f"governance.{name}"), "governor", "get", number)
    # A list counts from the second of its setting on, so it is asked for at one that is to come.
    m.expect_read(sources(m), "governor", "stakedVoteSources", FAR_AHEAD)
