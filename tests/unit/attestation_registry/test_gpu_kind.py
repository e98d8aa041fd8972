# SPDX-License-Identifier: Apache-2.0
"""The reader of TDs with GPUs, from evidence to a worker's standing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi import decode, encode
from eth_utils import to_canonical_address

from pha.attestation.intel.calldata import trimmed
from pha.attestation.intel.generator import Kind
from pha.attestation.intel.status import TcbStatus
from pha.attestation.nvidia.calldata import composite_nonce, key_hash
from pha.attestation.nvidia.generator import build as build_gpu
from pha.attestation.nvidia.generator import good as good_gpu
from pha.attestation.nvidia.references import driver_id
from pha.attestation.nvidia.report import parse_report
from pha.attestation.registry import composite_identity, devices_digest, holder_statement
from tests.direct_call import fails_with, failure, send
from tests.unit.attestation.intel_suite import text
from tests.unit.attestation.nvidia_suite import GOOD, ON_HOLD, OUT_OF_DATE, REVOKED, UP_TO_DATE, NvidiaSuite
from tests.unit.attestation_registry.registry_world import (
    ANNOUNCE_HOURS,
    GRACE,
    HOUR,
    Rule,
    word,
    worker_key,
)

KEY = worker_key(1)
COMPOSITE = "intel.tdx+nvidia.gpu"
LIMITED = "eth-tester's EVM takes minutes for the signatures on P-384 that this kind needs"


@pytest.fixture(scope="module", autouse=True)
def _on_anvil_only(chain):
    if chain.provider.name != "foundry":
        pytest.skip(LIMITED)


def bring_in(world, kind, reader):
    send(world.sender, world.registry.announceReader, word(kind), reader)
    world.pass_time(ANNOUNCE_HOURS * HOUR)
    send(world.sender, world.registry.activateReader, word(kind), reader)


class GpuWorld:
    """Three H100s, an NVSwitch and a B200 whose devices are known; driver and VBIOS of the H100 have references."""

    def __init__(self, world):
        self.world = world
        first = build_gpu(good_gpu(world.born))
        self.suite = NvidiaSuite(world.project, world.sender, first.chain.root.der)
        blocks = {block.index: (block.value,) for block in parse_report(first.report).answer.blocks}
        self.driver = {index: blocks[index] for index in range(13, 29)}
        self.vbios = {index: blocks[index] for index in range(1, 13)}
        self.suite.put_references(first.report, first.chain, self.driver, self.vbios)
        self.enrolled = set()
        composite = world.sender.deploy(world.project.CompositeEvidence, self.suite.verifier)
        self.reader = world.sender.deploy(world.project.CompositeReader, word(COMPOSITE), world.tdx_reader, composite)
        bring_in(world, COMPOSITE, self.reader)
        self.spec = world.specs[Kind.TDX_V5]
        self.identity = composite_identity(world.identity(self.spec), "GH100")
        self.rule = Rule(
            COMPOSITE,
            self.spec.body.td_attributes + self.spec.body.xfam,
            minimum_devices=1,
            device_model=word("GH100"),
        )
        world.set_rule(self.identity, self.rule)

    def gpu(self, device, nonce=bytes(32), model="GH100"):
        spec = good_gpu(self.world.born, device, model)
        made = build_gpu(replace(spec, report=replace(spec.report, nonce=nonce)))
        if (device, model) not in self.enrolled:
            self.suite.enrol(made.chain)
            self.enrolled.add((device, model))
        return made

    def arguments(self, *devices, sent=None, identity=None, model="GH100"):
        """A machine of some devices, of which (or of others) the evidence is `sent`."""
        world, identity = self.world, identity or self.identity
        platforms = [key_hash(self.gpu(device, model=model).chain.device.point) for device in devices]
        challenge = world.challenge()
        place = to_canonical_address(world.registry.address)
        holder = holder_statement(
            world.chain.chain_id,
            place,
            to_canonical_address(KEY),
            challenge.hash,
            identity,
            devices_digest(platforms),
        )
        nonce = composite_nonce(holder, challenge.hash)
        quote = world.evidence(world.specs[Kind.TDX_V5], holder, nonce).quote
        self.certificates = world.certificates(self.spec)
        proofs = []
        for device in devices if sent is None else sent:
            made = self.gpu(device, nonce, model)
            proofs.append(self.suite.evidence(made.report, made.chain))
            self.certificates.append(self.suite.leaf_id(made.chain))
        return KEY, identity, challenge.number, encode(["bytes", "bytes[]"], [trimmed(quote), proofs]), b""

    def attest(self, *devices, **changes):
        arguments = self.arguments(*devices, **changes)
        send(self.world.sender, self.world.registry.submit, *arguments)
        return arguments

    def rejudge(self, arguments, evidence=None):
        key, _, number, own, proof = arguments
        challenge = bytes(self.world.chain.provider.web3.eth.get_block(number)["hash"])
        send(self.world.sender, self.world.registry.rejudge, key, challenge, evidence or own, proof)


@pytest.fixture(scope="module")
def machine(deployed_world):
    machine = GpuWorld(deployed_world)
    for device in (1, 2):
        machine.gpu(device)
    return machine


def test_machine_with_gpus_is_attested(machine, world):
    machine.attest(1, 2)
    assert world.status(KEY) == (True, "")
    standing = world.registry.standingOf(KEY)
    assert (text(standing.kind), standing.confidence) == (COMPOSITE, 1)
    assert (standing.deviceCount, text(standing.deviceModel)) == (2, "GH100")
    assert bytes(standing.platform) == machine.spec.pck.extension.ppid.ljust(32, b"\0")


@pytest.mark.parametrize("sent", [(1,), (2, 1), (2,)])
def test_nobody_can_leave_out_or_add_a_gpu(machine, world, sent):
    """Each GPU answered the nonce, and is genuine; but the machine committed to others."""
    committed = (1, 2) if sent != (2, 1) else (1,)
    error = failure(world.registry.submit, *machine.arguments(*committed, sent=sent))
    assert error.name == "HolderDiffers"
    machine.attest(*committed)


def test_quote_of_a_machine_with_gpus_does_not_serve_without(machine, world):
    key, _, number, evidence, _ = machine.arguments(1)
    identity = world.identity(machine.spec)
    quote, _ = decode(["bytes", "bytes[]"], evidence)
    error = failure(world.registry.submit, key, identity, number, quote, b"")
    assert (error.name, text(error.values[1])) == ("EvidenceNotAccepted", "SecondHalf")


def test_rule_says_how_many_gpus_there_must_be(machine, world):
    world.set_rule(machine.identity, replace(machine.rule, minimum_devices=2))
    error = failure(world.registry.submit, *machine.arguments(1))
    assert (error.name, text(error.values[0])) == ("PolicyRefused", "DeviceCount")
    machine.attest(1, 2)


def test_rule_for_a_cpu_alone_is_not_one_for_a_machine(machine, world):
    plain = composite_identity(world.identity(machine.spec), "GB100")
    with fails_with("IdentityUnknown"):
        machine.attest(1, identity=plain)
    world.set_rule(plain, replace(machine.rule, device_model=word("GB100")))
    with fails_with("IdentityDiffers"):
        machine.attest(1, identity=plain)


def test_switch_is_no_gpu(machine, world):
    identity = composite_identity(world.identity(machine.spec), "LS10")
    world.set_rule(identity, replace(machine.rule, device_model=word("LS10"), allowances=1 << 16))
    error = failure(world.registry.submit, *machine.arguments(1, model="LS10", identity=identity))
    assert (error.name, text(error.values[1])) == ("EvidenceNotAccepted", "NotAGpu")


def test_machine_is_no_stronger_than_its_weakest_part(machine, world):
    report, chain = machine.gpu(1).report, machine.gpu(1).chain
    driver = driver_id(chain.model, parse_report(report).answer.opaque)
    arguments = machine.attest(1)
    send(world.sender, machine.suite.references.setStatus, driver, OUT_OF_DATE, "test")
    machine.rejudge(arguments)
    assert world.registry.standingOf(KEY).confidence == 5
    send(world.sender, machine.suite.references.setStatus, driver, UP_TO_DATE, "test")
    world.publish(Kind.TDX_V5, status=TcbStatus.SW_HARDENING_NEEDED)
    machine.rejudge(arguments)
    assert world.registry.standingOf(KEY).confidence == 2


@pytest.mark.parametrize("what", ["references", "tcb info"])
def test_machine_ages_with_the_first_of_its_parts(machine, world, what):
    machine.attest(1)
    if what == "references":
        made = machine.gpu(1)
        machine.suite.put_references(made.report, made.chain, machine.driver, machine.vbios)
    else:
        world.publish(Kind.TDX_V5)
    world.observe(KEY)
    assert world.status(KEY) == (True, "")
    world.pass_time(GRACE + HOUR)
    assert world.status(KEY) == (False, "CollateralMoved")


def test_revoked_gpu_ends_the_machines_verdict_and_one_on_hold_comes_back(machine, world):
    machine.attest(1, 2)
    chain, certificates = machine.gpu(2).chain, list(machine.certificates)
    for standing, expected in ((ON_HOLD, False), (GOOD, True), (REVOKED, False)):
        machine.suite.set_standing(chain, 3, standing)
        world.strike(KEY, certificates)
        assert world.registry.isAttested(KEY) is expected
    assert world.status(KEY) == (False, "CertificateRevoked")


def test_others_gpus_lower_nobody(machine, world):
    """Genuine evidence of a refused GPU that answered the public nonce, brought with a machine's quote."""
    arguments = machine.attest(1)
    before = world.registry.recordOf(KEY)
    for sent in ((2,), (1, 2)):
        quote, proofs = decode(["bytes", "bytes[]"], arguments[3])
        nonce = proofs[0][32 + 6288 + 4 : 32 + 6288 + 36]
        made = [machine.gpu(device, nonce) for device in sent]
        other = encode(["bytes", "bytes[]"], [quote, [machine.suite.evidence(gpu.report, gpu.chain) for gpu in made]])
        with fails_with("HolderDiffers"):
            machine.rejudge(arguments, other)
    assert world.registry.recordOf(KEY) == before
