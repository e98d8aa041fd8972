# SPDX-License-Identifier: Apache-2.0
"""WorkerParameters: every value within its bounds, changed by governance alone."""

from __future__ import annotations

import ape
import pytest

from pha.staking.workers import PARAMETERS
from tests.reference.deployments import deployment_reverts
from tests.reference.stake_pools import PHA
from tests.reference.workers import NAMES, NO_MODEL, Workers, classes, model_bytes, number_of, refused

# From the domain's page, not from the contract.
BOUNDS = {
    "StakePerRootPerformanceE18": (PHA, 1000 * PHA),
    "MinPerformance": (1, 10**7),
    "MaxPerformance": (1, 10**7),
    "MaxWorkersPerPool": (1, 200),
    "StakeMultiplierE18": (PHA, 3 * PHA),
    "RigCostPerPerformanceE18": (0, 100 * PHA),
    "RigCostBaseE18": (0, 100_000 * PHA),
    "MaxValueE18": (1000 * PHA, 10_000_000 * PHA),
    "GrowthPerDayE18": (0, PHA // 10),
    "CostPerPerformancePerDayE18": (0, PHA),
    "CostBasePerDayE18": (0, 1000 * PHA),
    "UnresponsiveLossPerDayE18": (0, PHA),
    "MaxInstantPerformanceBps": (10_000, 20_000),
    "Confidence1Bps": (1, 10_000),
    "Confidence2Bps": (1, 10_000),
    "Confidence3Bps": (1, 10_000),
    "Confidence4Bps": (1, 10_000),
    "Confidence5Bps": (1, 10_000),
    "TreasuryShareBps": (0, 10_000),
    "StakersShareBps": (0, 10_000),
    "CatchUpBps": (10_000, 30_000),
    "SettlementDays": (2, 30),
    "UnpayableDays": (30, 730),
    "EarningsSpreadDays": (1, 60),
    "MinGatekeeperBondAmount": (1000 * PHA, 10_000_000 * PHA),
    "MaxGatekeepers": (3, 32),
    "QuorumBps": (6_667, 10_000),
    "MinReporters": (1, 16),
    "ReportDays": (1, 14),
    "ObjectionSeconds": (3600, 20 * 3600),
    "GatekeeperUnbondingDays": (66, 180),
    "EquivocationSlashBps": (5_000, 10_000),
    "EquivocationReporterBps": (0, 2_500),
}
RELATED = {
    "MinPerformance",
    "MaxPerformance",
    "TreasuryShareBps",
    "StakersShareBps",
    *(f"Confidence{level}Bps" for level in range(1, 6)),
}


@pytest.fixture(scope="module")
def parameters(staking, slasher, rewarder):
    return Workers.deploy(staking, slasher, rewarder).parameters


def test_defaults_are_the_tables(parameters):
    assert [parameters.get(number) for number in range(len(NAMES))] == list(PARAMETERS.values())
    assert list(BOUNDS) == NAMES
    assert [parameters.confidenceBps(level) for level in range(7)] == [0, 10_000, 10_000, 10_000, 8_000, 7_000, 0]
    for model, weight, collateral in (("H100", 10_000, 1250), ("H200", 15_000, 1875), ("B200", 18_000, 2250)):
        assert tuple(parameters.gpuClassOf(model_bytes(model))) == (weight, collateral * PHA)


def test_bounds_are_the_tables(parameters):
    assert [tuple(parameters.boundsOf(number)) for number in range(len(NAMES))] == list(BOUNDS.values())


def test_set_takes_both_ends_and_names_old_and_new(parameters, deployer):
    for name in NAMES:
        if name in RELATED:
            continue
        old = parameters.get(number_of(name))
        for value in BOUNDS[name]:
            receipt = parameters.set(number_of(name), value, sender=deployer)
            (event,) = receipt.decode_logs(parameters.ParameterSet)
            assert (event.parameter, event.oldValue, event.newValue) == (number_of(name), old, value)
            old = value


def test_set_refuses_what_lies_outside(parameters, deployer):
    for name, (lowest, highest) in BOUNDS.items():
        for value in (lowest - 1, highest + 1):
            if value >= 0:
                with refused(parameters.ParameterOutOfBounds, number_of(name), value, lowest, highest):
                    parameters.set(number_of(name), value, sender=deployer)


def test_only_governance_sets(parameters, stranger):
    with ape.reverts(parameters.AccessManagedUnauthorized):
        parameters.set(number_of("MaxGatekeepers"), 5, sender=stranger)
    with ape.reverts(parameters.AccessManagedUnauthorized):
        parameters.setGpuClass(model_bytes("A100"), (10_000, 1), sender=stranger)


@pytest.mark.parametrize(
    ("name", "value", "allowed", "error", "inputs"),
    [
        ("MinPerformance", 10**6 + 1, 10**6, "PerformanceBoundsCrossed", (10**6 + 1, 10**6)),
        ("StakersShareBps", 8_001, 8_000, "SharesExceedWhole", (2_000, 8_001)),
        ("Confidence3Bps", 7_999, 8_000, "ConfidenceNotFalling", (3, 7_999, 8_000)),
        ("Confidence5Bps", 8_001, 8_000, "ConfidenceNotFalling", (4, 8_000, 8_001)),
    ],
)
def test_values_agree_with_each_other(parameters, deployer, name, value, allowed, error, inputs):
    with refused(getattr(parameters, error), *inputs):
        parameters.set(number_of(name), value, sender=deployer)
    parameters.set(number_of(name), allowed, sender=deployer)


@pytest.mark.parametrize(
    ("model", "weight", "collateral", "accepted"),
    [
        ("A100", 1_000, 0, True),
        ("A100", 60_000, 100_000 * PHA, True),
        ("H100", 0, 0, True),
        ("A100", 999, 0, False),
        ("A100", 60_001, 0, False),
        ("A100", 10_000, 100_000 * PHA + 1, False),
        ("A100", 0, 1, False),
        ("", 10_000, 0, False),
    ],
)
def test_gpu_classes_stay_within_bounds(parameters, deployer, model, weight, collateral, accepted):
    name = model_bytes(model) if model else NO_MODEL
    if accepted:
        parameters.setGpuClass(name, (weight, collateral), sender=deployer)
        assert tuple(parameters.gpuClassOf(name)) == (weight, collateral)
        return
    with refused(parameters.GpuClassOutOfBounds, name, weight, collateral):
        parameters.setGpuClass(name, (weight, collateral), sender=deployer)


def test_a_wrong_number_of_values_is_refused(project, staking, deployer):
    with deployment_reverts(project.WorkerParameters, "WrongNumberOfValues"):
        deployer.deploy(project.WorkerParameters, staking.manager, list(PARAMETERS.values())[1:], classes())
