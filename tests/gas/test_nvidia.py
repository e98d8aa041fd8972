# SPDX-License-Identifier: Apache-2.0
"""Gas of NVIDIA GPU evidence: whole transactions with their calldata, on made-up evidence of real size.

Everything comes from a fixed seed and a fixed moment, so that calldata is the same in every run.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from pha.attestation.nvidia.generator import build, good
from pha.attestation.nvidia.report import parse_report
from tests.unit.attestation.nvidia_suite import NvidiaSuite, cpu_verdict

LIMIT = 16_777_216
AT = 1_700_000_000  # past every date in good evidence's certificates, and behind every clock
CHALLENGE = bytes(range(32))
HOLDER = bytes(range(32, 64))


@pytest.fixture(scope="module")
def suite(project, deployer):
    return NvidiaSuite(project, deployer, build(good(AT)).chain.root.der)


def references_of(report: bytes) -> tuple[dict, dict]:
    """The driver's values and the VBIOS's: 16 and 12 measurements, the numbers in NVIDIA's own files."""
    digests = {block.index: (block.value,) for block in parse_report(report).answer.blocks}
    return {index: digests[index] for index in range(13, 29)}, {index: digests[index] for index in range(1, 13)}


def test_nvidia_gpu(suite, deployer, record_gas):
    first = build(good(AT))
    steps = suite.enrol(first.chain)
    total = 0
    for step, receipt in steps:
        assert receipt.gas_used < LIMIT, step.purpose
        total += receipt.gas_used
    puts = [receipt for step, receipt in steps if step.method == "put"]
    record_gas("attestation.nvidia_gpu.put_certificate", puts[-1])
    record_gas("attestation.nvidia_gpu.first_of_all_total", total)
    second = build(good(AT, device=2))
    record_gas("attestation.nvidia_gpu.first_seen_total", sum(gas.gas_used for _, gas in suite.enrol(second.chain)))

    driver, vbios = references_of(first.report)
    suite.put_references(first.report, first.chain, driver, vbios)
    proof = suite.evidence(first.report, first.chain)
    assert suite.judge(proof).outcome == "Accepted"
    warm = record_gas("attestation.nvidia_gpu.warm", suite.verifier.verify(proof, 0, sender=deployer))
    assert warm <= 1_700_000


def test_composite(suite, project, deployer, record_gas):
    composite = deployer.deploy(project.CompositeEvidence, suite.verifier)
    nonce = bytes(composite.nonceFor(HOLDER, CHALLENGE))
    proofs = []
    for device in range(1, 9):
        spec = good(AT, device=device)
        made = build(replace(spec, report=replace(spec.report, nonce=nonce)))
        suite.enrol(made.chain)
        if device == 1:
            suite.put_references(made.report, made.chain, *references_of(made.report))
        proofs.append(suite.evidence(made.report, made.chain))
    cpu = cpu_verdict(HOLDER, nonce, AT * 2)
    for count in (1, 8):
        arguments = (cpu, CHALLENGE, proofs[:count], 0)
        assert composite.judge(*arguments).outcome == 2
        receipt = composite.judge.transact(*arguments, sender=deployer)
        assert record_gas(f"attestation.nvidia_gpu.machine_of_{count}", receipt) < LIMIT
