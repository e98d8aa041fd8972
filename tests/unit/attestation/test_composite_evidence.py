# SPDX-License-Identifier: Apache-2.0
"""CompositeEvidence: a CPU's report data and its GPUs' reports, tied by the nonce."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from pha.attestation.nvidia.calldata import composite_nonce, key_hash
from pha.attestation.nvidia.generator import build, good
from tests.unit.attestation.nvidia_suite import (
    ALLOW_UNKNOWN_REFERENCES,
    OUTCOMES,
    REVOKED,
    NvidiaSuite,
    cpu_verdict,
    text,
)

HOLDER = hashlib.sha256(b"a worker's key").digest()
CHALLENGE = hashlib.sha256(b"a block").digest()
NONCE = hashlib.sha256(b"pha.composite.gpu-nonce.v1" + HOLDER + CHALLENGE).digest()
NONE_IN_PARTICULAR = 2**256 - 1
FAR = 2**40


@pytest.fixture(scope="module")
def at(chain):
    return chain.pending_timestamp


@pytest.fixture(scope="module")
def gpu(at):
    """Callable `(device, nonce, **changes)`: evidence of a device that answered a nonce."""

    def make(device=1, nonce=NONCE, **changes):
        spec = good(at, device=device)
        certificates = list(spec.certificates)
        certificates[-1] = replace(certificates[-1], **changes)
        report = replace(spec.report, nonce=nonce)
        return build(replace(spec, certificates=tuple(certificates), report=report))

    return make


@pytest.fixture(scope="module")
def suite(project, deployer, gpu):
    deployed = NvidiaSuite(project, deployer, gpu().chain.root.der)
    for device in (1, 2, 3):
        deployed.enrol(gpu(device).chain)
    return deployed


@pytest.fixture(scope="module")
def composite(project, deployer, suite):
    return deployer.deploy(project.CompositeEvidence, suite.verifier)


@pytest.fixture
def judge(composite, suite):
    """Callable `(gpus, cpu)`: outcome, reason and position."""

    def judged(gpus, cpu=None, challenge=CHALLENGE, allowances=ALLOW_UNKNOWN_REFERENCES):
        proofs = [item if isinstance(item, bytes) else suite.evidence(item.report, item.chain) for item in gpus]
        machine = composite.judge(cpu or cpu_verdict(HOLDER, NONCE, FAR), challenge, proofs, allowances)
        return OUTCOMES[machine.outcome], text(machine.reason), machine.position

    return judged


def test_machine_is_accepted_with_all_its_gpus(composite, suite, gpu):
    gpus = [gpu(device) for device in (1, 2, 3)]
    proofs = [suite.evidence(made.report, made.chain) for made in gpus]
    machine = composite.judge(cpu_verdict(HOLDER, NONCE, FAR), CHALLENGE, proofs, ALLOW_UNKNOWN_REFERENCES)
    assert (OUTCOMES[machine.outcome], text(machine.reason)) == ("Accepted", "")
    assert [bytes(device) for device in machine.devices] == [key_hash(made.chain.device.point) for made in gpus]
    assert [bytes(verdict.report) for verdict in machine.gpus] == [made.report[:-96] for made in gpus]
    assert bytes(machine.holder) == HOLDER
    assert text(machine.platform) == "platform"


def test_nonce_is_the_hash_of_holder_and_challenge(composite):
    assert bytes(composite.nonceFor(HOLDER, CHALLENGE)) == NONCE == composite_nonce(HOLDER, CHALLENGE)


def test_validity_is_that_of_what_ends_first(composite, suite, gpu, at):
    proof = suite.evidence(gpu().report, gpu().chain)

    def until(cpu_until, proofs):
        cpu = cpu_verdict(HOLDER, NONCE, cpu_until)
        return composite.judge(cpu, CHALLENGE, proofs, ALLOW_UNKNOWN_REFERENCES).validUntil

    assert until(at + 10_000, [proof]) == at + 10_000
    short = gpu(2, not_after=at + 5_000)
    suite.enrol(short.chain)
    assert until(at + 10_000, [proof, suite.evidence(short.report, short.chain)]) == at + 5_000


@pytest.mark.parametrize("nonce", [bytes(32), HOLDER, CHALLENGE, hashlib.sha256(HOLDER + CHALLENGE).digest()])
def test_machine_is_refused_when_a_gpu_answered_another_nonce(judge, gpu, nonce):
    assert judge([gpu(1), gpu(2)]) == ("Accepted", "", NONE_IN_PARTICULAR)
    assert judge([gpu(1), gpu(2, nonce)]) == ("Invalid", "NonceWrong", 1)
    assert judge([gpu(1, nonce), gpu(2)]) == ("Invalid", "NonceWrong", 0)


def test_gpu_of_another_machine_is_refused(judge, gpu):
    """Another holder's nonce, although both name the same challenge."""
    theirs = composite_nonce(hashlib.sha256(b"another worker's key").digest(), CHALLENGE)
    assert judge([gpu(1, theirs)]) == ("Invalid", "NonceWrong", 0)
    assert judge([gpu(1, theirs)], cpu_verdict(HOLDER, theirs, FAR)) == ("Invalid", "NonceUnbound", NONE_IN_PARTICULAR)


def test_machine_is_refused_under_another_challenge(judge, gpu):
    assert judge([gpu()], challenge=bytes(32)) == ("Invalid", "NonceUnbound", NONE_IN_PARTICULAR)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outcome": 0}, "CpuNotAccepted"),
        ({"outcome": 1}, "CpuNotAccepted"),
        ({"validUntil": 1}, "CpuExpired"),
        ({"kind": b"nvidia.gpu".ljust(32, b"\0")}, "CpuKind"),
        ({"kind": bytes(32)}, "CpuKind"),
        ({"report": bytes(520) + HOLDER + NONCE[:-1]}, "CpuKind"),
        ({"report": b""}, "CpuKind"),
        ({"report": bytes(520) + NONCE + HOLDER}, "NonceUnbound"),
        ({"report": bytes(519) + HOLDER + NONCE + b"\0"}, "NonceUnbound"),
        ({"report": bytes(520) + HOLDER + bytes(32)}, "NonceUnbound"),
    ],
)
def test_machine_is_refused_when_the_cpus_verdict_does_not_bind(judge, gpu, changes, reason):
    cpu = cpu_verdict(HOLDER, NONCE, FAR, **changes)
    assert judge([gpu()], cpu) == ("Invalid", reason, NONE_IN_PARTICULAR)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("intel.tdx", 520, 0), ("intel.tdx", 520, 64), ("intel.sgx", 320, 0), ("amd.sev-snp", 80, 528)],
)
def test_report_data_is_found_in_every_kind(judge, gpu, kind, before, after):
    report = b"\xee" * before + HOLDER + NONCE + b"\xee" * after
    cpu = cpu_verdict(HOLDER, NONCE, FAR, kind=kind.encode().ljust(32, b"\0"), report=report)
    assert judge([gpu()], cpu) == ("Accepted", "", NONE_IN_PARTICULAR)


def test_one_device_does_not_stand_for_two(judge, suite, gpu):
    assert judge([gpu(1), gpu(2), gpu(1)]) == ("Invalid", "GpuRepeated", 2)
    # Not with another certificate of another report key either.
    twin = gpu(1, serial=77, key="report key 1")
    suite.enrol(twin.chain)
    assert judge([gpu(1), twin]) == ("Invalid", "GpuRepeated", 1)
    assert judge([twin, gpu(2)])[0] == "Accepted"


@pytest.fixture(scope="module")
def switch(at, suite):
    """An NVSwitch under the same family, which answered the nonce; its model stands first in its name."""
    spec = good(at, device=4)
    certificates = list(spec.certificates)
    certificates[3] = replace(certificates[3], common_name=certificates[3].common_name.replace("GH100", "LS10"))
    made = build(replace(spec, certificates=tuple(certificates), report=replace(spec.report, nonce=NONCE)))
    suite.enrol(made.chain)
    return made


@pytest.mark.parametrize("position", [0, 1, 2])
def test_switch_among_gpus_is_not_counted_as_one(judge, gpu, switch, position):
    devices = [gpu(1), gpu(2)]
    devices.insert(position, switch)
    # The first device says what all must be, so the one that differs is the second where the switch comes first.
    assert judge(devices) == ("Invalid", "GpuModelsDiffer", max(position, 1))


def test_machines_model_is_that_of_all_its_devices(composite, suite, gpu, switch):
    for devices, model in (([gpu(1), gpu(2)], "GH100"), ([switch], "LS10")):
        proofs = [suite.evidence(made.report, made.chain) for made in devices]
        machine = composite.judge(cpu_verdict(HOLDER, NONCE, FAR), CHALLENGE, proofs, ALLOW_UNKNOWN_REFERENCES)
        assert (OUTCOMES[machine.outcome], text(machine.model)) == ("Accepted", model)
        judged = composite.judgeGpus(NONCE, proofs, ALLOW_UNKNOWN_REFERENCES)
        assert (OUTCOMES[judged.outcome], text(judged.model)) == ("Accepted", model)


def test_machine_is_refused_when_a_gpu_is(judge, suite, gpu):
    assert judge([gpu(1), gpu(2)], allowances=0) == ("Refused", "DriverUnknown", 0)
    suite.set_standing(gpu(2).chain, 3, REVOKED)
    assert judge([gpu(1), gpu(2)]) == ("Invalid", "CertificateRevoked", 1)
    assert judge([gpu(1)])[0] == "Accepted"


def test_machine_is_refused_when_evidence_is_broken(judge, suite, gpu):
    proof = suite.evidence(gpu(1).report, gpu(1).chain)
    for broken in (b"", bytes(6356), proof[:-1]):
        outcome, reason, position = judge([gpu(2), broken])
        assert (outcome, position) == ("Invalid", 1)
        assert reason


def test_number_of_gpus_is_bounded(judge, gpu):
    assert judge([]) == ("Invalid", "GpuCount", NONE_IN_PARTICULAR)
    assert judge([b""] * 17) == ("Invalid", "GpuCount", NONE_IN_PARTICULAR)
    assert judge([b""] * 16) == ("Invalid", "ReportTooShort", 0)


def test_gpus_alone_are_judged_by_any_nonce(composite, suite, gpu, at):
    nonce = bytes(range(32))
    proofs = [suite.evidence(made.report, made.chain) for made in (gpu(1, nonce), gpu(2, nonce))]
    judged = composite.judgeGpus(nonce, proofs, ALLOW_UNKNOWN_REFERENCES)
    assert (OUTCOMES[judged.outcome], len(judged.devices), judged.validUntil) == ("Accepted", 2, 253402300799)
    assert (bytes(judged.holder), bytes(judged.platform)) == (bytes(32), bytes(32))
    for other, evidences, reason, position in (
        (bytes(32), proofs, "NonceWrong", 0),
        (nonce, [*proofs, proofs[0]], "GpuRepeated", 2),
        (nonce, [], "GpuCount", NONE_IN_PARTICULAR),
    ):
        judged = composite.judgeGpus(other, evidences, ALLOW_UNKNOWN_REFERENCES)
        assert (OUTCOMES[judged.outcome], text(judged.reason), judged.position) == ("Invalid", reason, position)
