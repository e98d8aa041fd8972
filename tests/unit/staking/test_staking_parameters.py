# SPDX-License-Identifier: Apache-2.0
"""StakingParameters: every value within its bounds, changed by governance alone."""

from __future__ import annotations

import ape
import pytest

from tests.reference.deployments import deployment_reverts
from tests.reference.stake_pools import DAY, DEFAULTS, NAMES, parameter

# From the domain's README, not from the contract. CommissionNoticeDays' lower end is above the worst exit of 14 days.
BOUNDS = {
    "MinDepositAmount": (0, 100 * 10**18),
    "ExitDays": (2, 14),
    "GraceDays": (2, 14),
    "WorkerCooldownDays": (1, 14),
    "CommissionNoticeDays": (3, 90),
    "MaxCommissionBps": (0, 10_000),
    "RewardDripSeconds": (3600, 30 * DAY),
    "ChallengeWindowSeconds": (DAY, 7 * DAY),
    "ResolutionWindowSeconds": (DAY, 14 * DAY),
    "ExecutionWindowSeconds": (DAY, 14 * DAY),
    "EvidenceMaxAgeSeconds": (4 * DAY, 30 * DAY),
    "SlashLevel1Bps": (0, 10_000),
    "SlashLevel2Bps": (0, 10_000),
    "SlashLevel3Bps": (0, 10_000),
    "SlashLevel4Bps": (0, 10_000),
    "ReporterShareBps": (0, 2000),
    "BurnShareBps": (0, 10_000),
}
RELATED = {"CommissionNoticeDays", "SlashLevel1Bps", "SlashLevel2Bps", "SlashLevel3Bps", "SlashLevel4Bps"}


@pytest.fixture(scope="module")
def parameters(staking):
    return staking.parameters


def test_defaults_are_the_tables(parameters):
    assert [parameters.get(i) for i in range(len(NAMES))] == DEFAULTS
    assert parameters.worstExitDays() == 14
    assert [parameters.slashBps(level) for level in (1, 2, 3, 4)] == [10, 100, 1000, 10_000]


@pytest.mark.parametrize("name", NAMES)
def test_bounds_are_the_tables(parameters, name):
    assert tuple(parameters.boundsOf(parameter(name))) == BOUNDS[name]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in RELATED])
def test_set_takes_both_ends_and_names_old_and_new(parameters, deployer, name):
    old = parameters.get(parameter(name))
    if name in ("GraceDays", "WorkerCooldownDays"):
        parameters.set(parameter("CommissionNoticeDays"), 90, sender=deployer)
    for value in BOUNDS[name]:
        receipt = parameters.set(parameter(name), value, sender=deployer)
        (event,) = receipt.decode_logs(parameters.ParameterSet)
        assert (event.parameter, event.oldValue, event.newValue) == (parameter(name), old, value)
        assert parameters.get(parameter(name)) == value
        old = value


@pytest.mark.parametrize("name", NAMES)
def test_set_reverts_outside_the_bounds(parameters, deployer, name):
    lowest, highest = BOUNDS[name]
    for value in {max(lowest - 1, 0), highest + 1} - {lowest}:
        with ape.reverts(parameters.ParameterOutOfBounds, value=value, lowest=lowest, highest=highest):
            parameters.set(parameter(name), value, sender=deployer)


def test_notice_stays_longer_than_the_worst_exit(parameters, deployer):
    parameters.set(parameter("CommissionNoticeDays"), 15, sender=deployer)
    with ape.reverts(parameters.NoticeNotLongerThanExit, noticeDays=14, worstExitDays=14):
        parameters.set(parameter("CommissionNoticeDays"), 14, sender=deployer)
    with ape.reverts(parameters.NoticeNotLongerThanExit, noticeDays=15, worstExitDays=15):
        parameters.set(parameter("GraceDays"), 8, sender=deployer)


def test_a_graver_level_never_costs_less(parameters, deployer):
    parameters.set(parameter("SlashLevel2Bps"), 1000, sender=deployer)
    with ape.reverts(parameters.SlashLevelsNotRising, level=2, lowerBps=1001, higherBps=1000):
        parameters.set(parameter("SlashLevel2Bps"), 1001, sender=deployer)
    with ape.reverts(parameters.SlashLevelsNotRising, level=1, lowerBps=10, higherBps=9):
        parameters.set(parameter("SlashLevel2Bps"), 9, sender=deployer)


def test_set_reverts_for_a_stranger(parameters, stranger):
    with ape.reverts(parameters.AccessManagedUnauthorized, caller=stranger):
        parameters.set(0, 1, sender=stranger)


def test_construction_reverts_with_missing_or_bad_values(project, staking, deployer):
    with deployment_reverts(project.StakingParameters, "WrongNumberOfValues", given=16, needed=17):
        deployer.deploy(project.StakingParameters, staking.manager, DEFAULTS[:-1])
    with deployment_reverts(
        project.StakingParameters, "ParameterOutOfBounds", parameter=1, value=65_535, lowest=2, highest=14
    ):
        deployer.deploy(project.StakingParameters, staking.manager, [DEFAULTS[0], 65_535, *DEFAULTS[2:]])
