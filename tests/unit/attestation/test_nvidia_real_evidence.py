# SPDX-License-Identifier: Apache-2.0
"""Reports of real H100s get the verdicts that stand beside them; what is expected comes from `cryptography`."""

from __future__ import annotations

import hashlib

import pytest

from pha.attestation.nvidia.calldata import chain_ids, evidence
from pha.attestation.nvidia.chain import load_chain, verify_p384
from pha.attestation.nvidia.references import driver_id, vbios_id
from pha.attestation.nvidia.report import parse_report, read_evidence
from pha.cryptography.p384_hints import walk_hints
from tests.unit.attestation.nvidia_suite import ALLOW_UNKNOWN_REFERENCES, NvidiaSuite

NAMES = ("hopper.report.hex", "hopper_invalid_signature.report.hex", "hopper_multi_gpu.json")


@pytest.fixture(scope="module")
def folder(evidence_dir):
    return evidence_dir / "nvidia"


@pytest.fixture(scope="module")
def files(folder):
    return {name: read_evidence((folder / name).read_bytes()) for name in NAMES}


@pytest.fixture(scope="module")
def hopper_chain(folder):
    return load_chain((folder / "hopper.chain.pem").read_bytes())


@pytest.fixture(scope="module")
def suite(project, deployer, hopper_chain):
    made = NvidiaSuite(project, deployer, hopper_chain.root.der)
    made.enrol(hopper_chain)
    return made


@pytest.fixture
def references(suite, files, hopper_chain):
    """Half of what the report measures as its driver's values, half as its VBIOS's."""
    report = files["hopper.report.hex"][0].report
    digests = {block.index: (block.value,) for block in parse_report(report).answer.blocks}
    driver = {index: values for index, values in digests.items() if index % 2}
    vbios = {index: values for index, values in digests.items() if not index % 2}
    suite.put_references(report, hopper_chain, driver, vbios)


def test_root_is_nvidias(suite):
    assert suite.certificates.isProductionRoot()


def test_hopper_report_is_accepted_with_its_references(suite, files, hopper_chain, references):
    report = files["hopper.report.hex"][0].report
    verdict = suite.judge(suite.evidence(report, hopper_chain))
    assert (verdict.outcome, verdict.reason, verdict.status) == ("Accepted", "", "UpToDate")
    assert bytes(verdict.raw.report) == report[:-96]
    assert bytes(verdict.raw.platformModel).rstrip(b"\0") == b"GH100"
    assert verdict.raw.validUntil == 253402300799


def test_hopper_report_is_refused_when_its_driver_is_unknown(suite, files, hopper_chain):
    proof = suite.evidence(files["hopper.report.hex"][0].report, hopper_chain)
    verdict = suite.judge(proof)
    assert (verdict.outcome, verdict.reason) == ("Refused", "DriverUnknown")
    verdict = suite.judge(proof, ALLOW_UNKNOWN_REFERENCES)
    assert (verdict.outcome, verdict.reason, verdict.status) == ("Accepted", "", "None")


def test_description_is_what_stands_in_the_report(suite, files):
    report = files["hopper.report.hex"][0].report
    described = suite.verifier.describe(report[:-96])
    assert bytes(described.nonce) == report[4:36]
    assert (described.driverVersion, described.project, described.projectSku, described.chipSku) == (
        b"580.159.03",
        b"1010",
        b"0205",
        b"862",
    )
    assert bytes(described.vbiosVersion) == bytes.fromhex("0074009620000000")
    assert described.measurements == b"".join(block.value for block in parse_report(report).answer.blocks)


def test_set_ids_are_those_of_the_contract(suite, files, hopper_chain):
    opaque = parse_report(files["hopper.report.hex"][0].report).answer.opaque
    model = b"GH100".ljust(32, b"\0")
    assert suite.references.driverId(model, b"580.159.03") == driver_id(hopper_chain.model, opaque)
    assert suite.references.vbiosId(b"1010", b"0205", b"862", bytes.fromhex("0074009620000000")) == vbios_id(opaque)


def test_invalid_signature_is_refused_with_the_best_hints_there_are(suite, files, hopper_chain):
    report = files["hopper_invalid_signature.report.hex"][0].report
    message, signature = report[:-96], report[-96:]
    assert not verify_p384(hopper_chain.report_key.public_key, message, signature)
    digest = int.from_bytes(hashlib.sha384(message).digest(), "big")
    r, s = int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big")
    hints, _ = walk_hints(digest, r, s, suite.tables.job(hopper_chain.report_key.point).table)
    verdict = suite.judge(evidence(report, chain_ids(hopper_chain)[-1], hints), ALLOW_UNKNOWN_REFERENCES)
    assert (verdict.outcome, verdict.reason) == ("Invalid", "ReportSignature")


def test_every_gpu_of_a_host_is_accepted(suite, files):
    devices = set()
    for entry in files["hopper_multi_gpu.json"]:
        chain = load_chain(entry.chain_pem)
        suite.enrol(chain)
        verdict = suite.judge(suite.evidence(entry.report, chain), ALLOW_UNKNOWN_REFERENCES)
        assert (verdict.outcome, verdict.reason) == ("Accepted", "")
        devices.add(bytes(verdict.raw.platform))
    assert len(devices) == len(files["hopper_multi_gpu.json"])


def test_all_gpus_of_a_host_are_judged_in_one_go(project, deployer, suite, files):
    composite = deployer.deploy(project.CompositeEvidence, suite.verifier)
    proofs = []
    for entry in files["hopper_multi_gpu.json"]:
        chain = load_chain(entry.chain_pem)
        suite.enrol(chain)
        proofs.append(suite.evidence(entry.report, chain))
    nonce = bytes.fromhex("e97b23a1718095a0e9e35edca810768c70a6a5a389b705e753b197912bc11576")
    judged = composite.judgeGpus(nonce, proofs, ALLOW_UNKNOWN_REFERENCES)
    assert (judged.outcome, len(set(map(bytes, judged.devices)))) == (2, len(proofs))
    judged = composite.judgeGpus(nonce, [*proofs, proofs[0]], ALLOW_UNKNOWN_REFERENCES)
    assert (judged.outcome, bytes(judged.reason).rstrip(b"\0"), judged.position) == (0, b"GpuRepeated", len(proofs))


def test_report_is_refused_with_the_chain_of_another_gpu(suite, files, hopper_chain):
    entry = files["hopper_multi_gpu.json"][0]
    own = load_chain(entry.chain_pem)
    suite.enrol(own)
    proof = suite.evidence(entry.report, own)
    verdict = suite.judge(chain_ids(hopper_chain)[-1] + proof[32:], ALLOW_UNKNOWN_REFERENCES)
    assert (verdict.outcome, verdict.reason) == ("Invalid", "ReportSignature")
