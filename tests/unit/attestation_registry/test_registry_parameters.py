# SPDX-License-Identifier: Apache-2.0
"""AttestationParameters: each value may be anything within its bounds, and nothing beyond them."""

from __future__ import annotations

import pytest

from tests.direct_call import failure, send
from tests.reference.deployments import deployment_reverts
from tests.unit.attestation_registry.registry_world import DAY, HOUR, PARAMETERS

MINUTE = 60
#: As the README says, in the order of the parameters and the unit of their names.
BOUNDS = {
    "GraceSeconds": (HOUR, 14 * DAY),
    "LookAgainSeconds": (10 * MINUTE, 7 * DAY),
    "MaxAgeHours": (1, 90 * 24),
    "ChallengeBlocks": (16, 8191),
    "AnnounceHours": (24, 30 * 24),
}
NUMBERS = range(len(BOUNDS))
LOWEST, HIGHEST = ([bounds[side] for bounds in BOUNDS.values()] for side in (0, 1))
each_parameter = pytest.mark.parametrize("number", NUMBERS, ids=list(BOUNDS))


def values_of(registry):
    return [registry.getParameter(number) for number in NUMBERS]


@each_parameter
def test_value_may_be_anything_within_its_bounds(world, number):
    registry, expected = world.registry, list(PARAMETERS)
    assert tuple(registry.boundsOf(number)) == (LOWEST[number], HIGHEST[number])
    for value in (LOWEST[number], HIGHEST[number], LOWEST[number] + 1):
        receipt = registry.setParameter(number, value, sender=world.sender)
        (event,) = receipt.decode_logs(registry.ParameterSet)
        assert (event.parameter, event.oldValue, event.newValue) == (number, expected[number], value)
        expected[number] = value
        # They share a word of storage: none may spill into another.
        assert values_of(registry) == expected


@each_parameter
def test_value_beyond_its_bounds_is_refused(world, number):
    low, high = LOWEST[number], HIGHEST[number]
    # The last two would be within the bounds if they were cut down to their fields.
    for value in (0, low - 1, high + 1, 2**16 + low, 2**32 + low, 2**256 - 1):
        if low <= value <= high:
            continue
        error = failure(world.registry.setParameter, number, value, sender=world.sender)
        assert (error.name, error.values) == ("ParameterOutOfBounds", (number, value, low, high))
    assert values_of(world.registry) == PARAMETERS


def test_what_is_no_parameter_is_not_set(world):
    data = world.registry.setParameter.encode_input(4, 24)
    assert data[4:36] == (4).to_bytes(32, "big")
    web3, place = world.chain.provider.web3, world.registry.address
    web3.eth.call({"to": place, "from": world.sender.address, "data": data})
    data = data[:4] + (5).to_bytes(32, "big") + data[36:]
    with pytest.raises(Exception, match="revert"):
        web3.eth.call({"to": place, "from": world.sender.address, "data": data})


@pytest.mark.parametrize("values", [LOWEST, HIGHEST], ids=["lowest", "highest"])
def test_constructor_takes_both_ends_of_all_bounds(world, values):
    registry = world.sender.deploy(world.project.AttestationRegistry, world.manager, values, [])
    assert values_of(registry) == values


@each_parameter
@pytest.mark.parametrize("step", [-1, 1], ids=["below", "above"])
def test_constructor_refuses_one_beyond(world, number, step):
    values = list(PARAMETERS)
    values[number] = (LOWEST if step < 0 else HIGHEST)[number] + step
    container = world.project.AttestationRegistry
    with deployment_reverts(
        container,
        "ParameterOutOfBounds",
        parameter=number,
        value=values[number],
        lowest=LOWEST[number],
        highest=HIGHEST[number],
    ):
        world.sender.deploy(container, world.manager, values, [])


@pytest.mark.parametrize("count", [0, 4, 6])
def test_constructor_takes_one_value_for_each_parameter(world, count):
    container = world.project.AttestationRegistry
    with deployment_reverts(container, "WrongNumberOfValues", given=count, needed=len(BOUNDS)):
        world.sender.deploy(container, world.manager, [*PARAMETERS, 1][:count], [])


def test_lowered_age_bounds_the_rules_that_are_set_after_it(world):
    """And the ages of what is judged by those set before."""
    spec = next(iter(world.specs.values()))
    identity, hours = world.identity(spec), 48
    send(world.sender, world.registry.setParameter, list(BOUNDS).index("MaxAgeHours"), hours)
    too_old = world.rule(spec, max_age_hours=hours + 1).arguments()
    error = failure(world.registry.setRule, identity, too_old, [], [], False, "", sender=world.sender)
    assert error.name == "RuleSenseless"
    world.attest(world.sender.address, spec.kind)
    standing = world.registry.standingOf(world.sender.address)
    assert standing.validUntil == standing.attestedAt + hours * HOUR
    world.set_rule(identity, world.rule(spec, max_age_hours=hours))
