# SPDX-License-Identifier: Apache-2.0
"""Gas of the attestation registry on made-up evidence of real size.

What a verdict costs to keep is the difference between a submission and the verifier's own call with the very same
evidence, whole transactions both: so what differs between runs, the bytes of evidence made for another block, is in
both and falls out.
"""

from __future__ import annotations

import pytest

from pha.attestation.intel.generator import Kind
from tests.direct_call import send
from tests.unit.attestation_registry.registry_world import RegistryWorld, worker_key

COLD_LIMIT = 12_000
NEW_LIMIT = 120_000
RENEWAL_LIMIT = 45_000
MANY = 24


@pytest.fixture(scope="module")
def world(project, chain, deployer):
    world = RegistryWorld(project, chain, deployer)
    for spec in world.specs.values():
        world.accept(spec)
    return world


@pytest.fixture
def two_byte_blocks(world):
    """Callable: mines on until the challenge's number has two bytes, neither of them zero, and so costs the same."""

    def settle():
        number = world.chain.provider.web3.eth.block_number
        # The challenge is one block back, and a verification is mined before the submission.
        world.chain.mine(max(0, 257 - number) + (3 if number % 256 >= 253 else 0) + 1)

    return settle


@pytest.mark.parametrize("kind", [Kind.SGX_V3, Kind.TDX_V5], ids=lambda kind: kind.value)
def test_keeping_a_verdict(world, deployer, record_gas, two_byte_blocks, kind):
    verifier = world.intel.tdx if kind.is_tdx else world.intel.sgx
    world.attest(worker_key(1), kind)
    added = []
    for _ in ("new", "renewal"):
        two_byte_blocks()
        submission = world.submission(worker_key(2), kind, pck_known=True)
        bare = verifier.verify(submission["evidence"], 0, sender=deployer)
        kept = world.registry.submit(*submission.values(), sender=deployer)
        assert world.registry.isAttested(worker_key(2))
        added.append(kept.gas_used - bare.gas_used)
    assert record_gas(f"registry.{kind.value}.new_worker_beyond_verification", added[0]) <= NEW_LIMIT
    assert record_gas(f"registry.{kind.value}.renewal_beyond_verification", added[1]) <= RENEWAL_LIMIT


def test_is_attested(project, world, deployer, record_gas):
    """The cold access to the registry is in it; what its caller spends on making the call is not."""
    world.attest(worker_key(1))
    meter = deployer.deploy(project.MockCallMeter)
    data = world.registry.isAttested.encode_input(worker_key(1))
    succeeded, answer, gas = meter.measure(world.registry, data)
    assert succeeded
    assert int.from_bytes(answer, "big") == 1 if isinstance(answer, bytes) else answer == 1
    assert record_gas("registry.is_attested", gas) <= COLD_LIMIT


def test_changes_cost_the_same_for_any_number_of_workers(world, record_gas):
    """Of policy, of collateral, of a certificate's standing, of a reader."""
    spec, identity = world.specs[Kind.SGX_V3], world.identity(world.specs[Kind.SGX_V3])

    def costs():
        key = worker_key(1)
        snapshot, specs = world.chain.snapshot(), dict(world.specs)
        figures = {"policy_change": world.set_rule(identity, world.rule(spec, worst_confidence=3)).gas_used}
        world.publish(Kind.SGX_V3)
        figures["collateral_change"] = world.observe(key).gas_used
        world.list_certificates(Kind.SGX_V3, spec.pck.serial)
        figures["certificate_struck"] = world.strike(key, world.certificates(spec)).gas_used
        figures["rule_removed"] = world.remove_rule(identity, at_once=True).gas_used
        serial = world.registry.recordOf(key).serial
        figures["reader_retired"] = send(world.sender, world.registry.retireReader, serial).gas_used
        world.chain.restore(snapshot)
        world.specs = specs
        return figures

    world.attest(worker_key(1))
    one = costs()
    for number in range(2, MANY + 1):
        world.attest(worker_key(number), pck_known=True)
    assert costs() == one
    for name, gas in one.items():
        record_gas(f"registry.{name}", gas)
