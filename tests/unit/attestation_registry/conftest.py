# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the attestation registry's tests."""

from __future__ import annotations

import pytest

from pha.attestation.intel.generator import Kind
from tests.unit.attestation_registry.registry_world import RegistryWorld


@pytest.fixture(scope="module")
def deployed_world(project, chain, deployer) -> RegistryWorld:
    world = RegistryWorld(project, chain, deployer)
    for spec in world.specs.values():
        world.accept(spec)
    return world


@pytest.fixture
def world(deployed_world):
    """A registry that accepts the good enclave and the good TD, with nobody attested yet."""
    specs = dict(deployed_world.specs)
    yield deployed_world
    # What the vendor has published since is undone with the chain's state.
    deployed_world.specs = specs


@pytest.fixture(params=[Kind.SGX_V3, Kind.TDX_V5], ids=lambda kind: kind.value)
def kind(request) -> Kind:
    return request.param
