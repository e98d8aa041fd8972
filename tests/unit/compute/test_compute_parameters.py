# SPDX-License-Identifier: Apache-2.0
"""ComputeParameters and the resource classes: every value within its bounds, changed by governance alone."""

from __future__ import annotations

import ape
import pytest

from tests.reference.compute_setup import DAY, DEFAULTS, GPU, NAMES, PHA, PRICE, STAKING_VALUES, parameter
from tests.reference.deployments import deployment_reverts
from tests.reference.stake_pools import parameter as staking_parameter

# From the domain's README, not from the contract.
BOUNDS = {
    "PoolShareBps": (5000, 10_000),
    "StakersShareBps": (0, 3000),
    "MinOrderSeconds": (1, DAY),
    "ReceiptSeconds": (600, 18 * 3600),
    "MaxAnswerSeconds": (60, 3 * DAY),
    "MaxAnswerBytes": (32, 8192),
    "MaxCallbackGas": (100_000, 3_000_000),
    "MinAnswerStakeAmount": (1, 10**6 * PHA),
    "EquivocationLevel": (1, 4),
}


@pytest.fixture(scope="module")
def parameters(compute):
    return compute.parameters


def test_values_are_those_given(parameters):
    assert [parameters.get(i) for i in range(len(NAMES))] == DEFAULTS


@pytest.mark.parametrize("name", NAMES)
def test_set_takes_both_ends_and_refuses_beyond(parameters, deployer, name):
    if name == "PoolShareBps":
        parameters.set(parameter("StakersShareBps"), 0, sender=deployer)
    lowest, highest = BOUNDS[name]
    assert tuple(parameters.boundsOf(parameter(name))) == (lowest, highest)
    old = parameters.get(parameter(name))
    for value in (lowest, min(highest, 2000) if name == "StakersShareBps" else highest):
        receipt = parameters.set(parameter(name), value, sender=deployer)
        (event,) = receipt.decode_logs(parameters.ParameterSet)
        assert (event.parameter, event.oldValue, event.newValue) == (parameter(name), old, value)
        old = value
    for value in {max(lowest - 1, 0), highest + 1} - {lowest}:
        with ape.reverts(parameters.ParameterOutOfBounds, value=value, lowest=lowest, highest=highest):
            parameters.set(parameter(name), value, sender=deployer)


def test_pool_and_stakers_never_share_more_than_there_is(parameters, deployer):
    parameters.set(parameter("StakersShareBps"), 2000, sender=deployer)
    with ape.reverts(parameters.SharesExceedWhole, poolShareBps=8000, stakersShareBps=2001):
        parameters.set(parameter("StakersShareBps"), 2001, sender=deployer)
    with ape.reverts(parameters.SharesExceedWhole, poolShareBps=8001, stakersShareBps=2000):
        parameters.set(parameter("PoolShareBps"), 8001, sender=deployer)


def test_an_answer_is_never_stale_evidence_when_it_may_still_be_given(project, compute, deployer, parameters):
    """Whatever governance sets within the bounds of two domains: two answers signed in the last second can be punished,
    and there is a day to file them.
    """
    staking = deployer.deploy(project.StakingParameters, compute.manager, STAKING_VALUES)
    lowest_age, _ = staking.boundsOf(staking_parameter("EvidenceMaxAgeSeconds"))
    _, longest_wait = parameters.boundsOf(parameter("MaxAnswerSeconds"))
    assert lowest_age - longest_wait >= DAY


def test_construction_reverts_with_missing_or_bad_values(project, compute, deployer):
    with deployment_reverts(project.ComputeParameters, "WrongNumberOfValues", given=8, needed=9):
        deployer.deploy(project.ComputeParameters, compute.manager, DEFAULTS[:-1])
    with deployment_reverts(
        project.ComputeParameters, "ParameterOutOfBounds", parameter=8, value=5, lowest=1, highest=4
    ):
        deployer.deploy(project.ComputeParameters, compute.manager, [*DEFAULTS[:-1], 5])
    with deployment_reverts(project.ComputeParameters, "SharesExceedWhole", poolShareBps=8000, stakersShareBps=2001):
        deployer.deploy(project.ComputeParameters, compute.manager, [8000, 2001, *DEFAULTS[2:]])


def test_strangers_set_nothing(compute, parameters, stranger):
    with ape.reverts(parameters.AccessManagedUnauthorized, caller=stranger):
        parameters.set(0, 6000, sender=stranger)
    for call in (
        lambda: compute.market.addClass(tuple(compute.market.classOf(1)), sender=stranger),
        lambda: compute.market.setClassPrice(1, 1, sender=stranger),
        lambda: compute.market.setClassOpen(1, False, sender=stranger),
    ):
        with ape.reverts(compute.market.AccessManagedUnauthorized, caller=stranger):
            call()


def test_a_class_is_what_was_added_and_only_price_and_openness_change(compute, deployer):
    class_id = compute.add_class(pricePerSecond=7, deviceCount=8)
    assert class_id == compute.market.classCount()
    resource = compute.market.classOf(class_id)
    assert (resource.pricePerSecond, resource.deviceCount, resource.deviceModel) == (7, 8, GPU)
    receipt = compute.market.setClassPrice(class_id, 9, sender=deployer)
    (event,) = receipt.decode_logs(compute.market.ClassPriceSet)
    assert (event.classId, event.oldPricePerSecond, event.newPricePerSecond) == (class_id, 7, 9)
    receipt = compute.market.setClassOpen(class_id, False, sender=deployer)
    (event,) = receipt.decode_logs(compute.market.ClassOpenSet)
    assert (event.classId, event.wasOpen, event.isOpen) == (class_id, True, False)
    changed = compute.market.classOf(class_id)
    assert (changed.pricePerSecond, changed.isOpen) == (9, False)
    assert tuple(changed)[3:] == tuple(resource)[3:]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pricePerSecond": 0}, "PriceOutOfBounds"),
        ({"pricePerSecond": 100 * PHA + 1}, "PriceOutOfBounds"),
        ({"pricePerSecond": 100 * PHA}, None),
        ({"minStake": 0}, "StakeOutOfBounds"),
        ({"minStake": 10**9 * PHA + 1}, "StakeOutOfBounds"),
        ({"minStake": 10**9 * PHA}, None),
        ({"maxConfidence": 0}, "ConfidenceOutOfBounds"),
        ({"maxConfidence": 6}, "ConfidenceOutOfBounds"),
        ({"maxConfidence": 5}, None),
        ({"deviceCount": 0}, "DevicesUnclear"),
        ({"deviceModel": b"\0" * 32}, "DevicesUnclear"),
        ({"deviceModel": b"\0" * 32, "deviceCount": 0}, None),
    ],
    ids=str,
)
def test_add_class_refuses_what_makes_no_sense(compute, changes, error):
    if error is None:
        compute.add_class(**changes)
        return
    with ape.reverts(getattr(compute.market, error)):
        compute.add_class(**changes)


def test_set_class_price_keeps_the_bounds_and_knows_its_classes(compute, deployer):
    for price in (0, 100 * PHA + 1):
        with ape.reverts(compute.market.PriceOutOfBounds, pricePerSecond=price, lowest=1, highest=100 * PHA):
            compute.market.setClassPrice(1, price, sender=deployer)
    for call, value in ((compute.market.setClassPrice, 1), (compute.market.setClassOpen, True)):
        with ape.reverts(compute.market.UnknownClass, classId=77):
            call(77, value, sender=deployer)
    assert compute.market.classOf(1).pricePerSecond == PRICE
