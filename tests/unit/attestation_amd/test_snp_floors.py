# SPDX-License-Identifier: Apache-2.0
"""SnpFloors: who may set them, and what can't be set."""

from __future__ import annotations

import ape
import pytest

from pha.attestation.amd.product import Product
from tests.unit.attestation_amd.snp_suite import NO_FLOOR

FLOOR = (0x7308000000000003, 3, 0x0137, 1 << 20, 1 << 21, 1 << 5, 1, 0xF, 0xFF)
ROLE = 77


@pytest.fixture
def manager(project, deployer):
    return deployer.deploy(project.PhaAccessManager, deployer)


@pytest.fixture
def floors(project, deployer, manager):
    return deployer.deploy(project.SnpFloors, manager, FLOOR, NO_FLOOR, NO_FLOOR)


def test_floors_begin_as_deployed(floors):
    assert tuple(floors.floorOf(Product.MILAN).floor) == FLOOR
    assert floors.floorOf(Product.MILAN).revision == 1
    assert tuple(floors.floorOf(Product.TURIN).floor) == NO_FLOOR


def test_floor_is_set_by_the_role_the_manager_names_and_by_no_one_else(floors, manager, deployer, stranger, guardian):
    with ape.reverts(floors.AccessManagedUnauthorized, caller=stranger):
        floors.setFloor(Product.GENOA, FLOOR, sender=stranger)
    selector = floors.setFloor.encode_input(Product.GENOA, FLOOR)[:4]
    manager.setTargetFunctionRole(floors, [selector], ROLE, sender=deployer)
    manager.grantRole(ROLE, guardian, 0, sender=deployer)
    receipt = floors.setFloor(Product.GENOA, FLOOR, sender=guardian)
    (event,) = receipt.decode_logs(floors.FloorSet)
    assert (event.product, event.revision) == (Product.GENOA, 2)
    assert tuple(event.previous.values() if isinstance(event.previous, dict) else event.previous) == NO_FLOOR
    assert tuple(event.floor.values() if isinstance(event.floor, dict) else event.floor) == FLOOR
    assert tuple(floors.floorOf(Product.GENOA).floor) == FLOOR


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (1, 6),  # a version that doesn't exist
        (3, 1 << 15),  # ABI versions have a field of their own
        (3, 1 << 26),
        (4, 1 << 17),  # always set
        (4, 1 << 26),
        (5, 1 << 8),
        (6, 1 << 8),
        (2, 0x0200),  # an ABI there is none of; its bytes in the wrong order give such
        (2, 0x3701),
        (3, 1 << 18),  # migration and debugging are refused unless a caller allows them
        (3, 1 << 19),
        (0, 1 << 32),  # spare bytes of Turin's TCB
        (0, 1 << 55),
    ],
)
def test_floor_is_refused_when_no_report_could_reach_it(index, value, floors, deployer):
    floor = list(NO_FLOOR)
    floor[index] = value
    with ape.reverts(floors.FloorUnreachable, product=Product.TURIN):
        floors.setFloor(Product.TURIN, tuple(floor), sender=deployer)


@pytest.mark.parametrize(("first", "second", "bit"), [(3, 4, 1 << 20), (5, 6, 1 << 5)])
def test_floor_is_refused_when_a_bit_must_be_both(first, second, bit, floors, deployer):
    floor = list(NO_FLOOR)
    floor[first] = floor[second] = bit
    with ape.reverts(floors.FloorUnreachable, product=Product.TURIN):
        floors.setFloor(Product.TURIN, tuple(floor), sender=deployer)


@pytest.mark.parametrize("product", [Product.MILAN, Product.GENOA])
@pytest.mark.parametrize("byte", range(8))
def test_floor_is_refused_in_the_spare_bytes_of_a_lines_tcb(product, byte, floors, deployer):
    """Boot loader, TEE, four spare, SNP, microcode; Turin has its microcode on top and three spare before it."""
    floor = (1 << 8 * byte, *NO_FLOOR[1:])
    if 2 <= byte <= 5:
        with ape.reverts(floors.FloorUnreachable, product=product):
            floors.setFloor(product, floor, sender=deployer)
    else:
        floors.setFloor(product, floor, sender=deployer)


@pytest.mark.parametrize("byte", [0, 1, 2, 3, 7])
def test_floor_is_taken_in_the_bytes_of_turins_tcb(byte, floors, deployer):
    floors.setFloor(Product.TURIN, (255 << 8 * byte, *NO_FLOOR[1:]), sender=deployer)


@pytest.mark.parametrize(
    ("policy", "platform"),
    [((4, 1 << 16), (5, 1 << 0)), ((3, 1 << 23), (6, 1 << 3)), ((3, 1 << 24), (6, 1 << 4))],
    ids=["smt", "rapl", "ciphertext_hiding"],
)
def test_floor_is_refused_when_its_guests_would_not_run_on_its_platforms(policy, platform, floors, deployer):
    floor = list(NO_FLOOR)
    for index, bit in (policy, platform):
        floor[index] = bit
        if index == platform[0]:
            with ape.reverts(floors.FloorUnreachable, product=Product.TURIN):
                floors.setFloor(Product.TURIN, tuple(floor), sender=deployer)
            floor[policy[0]] = 0
        floors.setFloor(Product.TURIN, tuple(floor), sender=deployer)


def test_floor_is_refused_when_the_product_is_none(floors, deployer):
    with ape.reverts(floors.ProductUnknown):
        floors.setFloor(0, NO_FLOOR, sender=deployer)
