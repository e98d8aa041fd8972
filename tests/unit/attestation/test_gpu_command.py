# SPDX-License-Identifier: Apache-2.0
"""`ape run gpu`: devices enrolled from files, and evidence that the verifier takes."""

from __future__ import annotations

import base64
import json

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from pha.attestation.nvidia.generator import build, good
from scripts.gpu import DeployedSuite, cli, enrol_chains, read_chains
from tests.unit.attestation.nvidia_suite import ALLOW_UNKNOWN_REFERENCES, NvidiaSuite


@pytest.fixture(scope="module")
def gpus(chain):
    return [build(good(chain.pending_timestamp, device=device)) for device in (1, 2)]


@pytest.fixture(scope="module")
def suite(project, deployer, gpus):
    return NvidiaSuite(project, deployer, gpus[0].chain.root.der)


@pytest.fixture
def host_file(gpus, tmp_path):
    """The two GPUs as NVIDIA's tool writes them."""
    rows = [
        {
            "arch": "HOPPER",
            "certificate": base64.b64encode(gpu.chain_pem).decode(),
            "evidence": base64.b64encode(gpu.report).decode(),
        }
        for gpu in gpus
    ]
    file = tmp_path / "gpus.json"
    file.write_text(json.dumps(rows))
    return file


def test_devices_are_enrolled_once_and_their_evidence_is_taken(suite, deployer, host_file, tmp_path):
    deployed = DeployedSuite(suite.certificates.address)
    steps = list(enrol_chains(deployed, read_chains(host_file), deployer))
    assert len(steps) == 2 + 4 * 3 + 2 * 3
    assert list(enrol_chains(deployed, read_chains(host_file), deployer)) == []
    result = CliRunner().invoke(cli, ["evidence", str(host_file), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    for number in (0, 1):
        proof = (tmp_path / "out" / f"gpu_{number}.bin").read_bytes()
        assert suite.judge(proof, ALLOW_UNKNOWN_REFERENCES).outcome == "Accepted"


def test_evidence_is_refused_in_one_line(gpus, tmp_path):
    (tmp_path / "report").write_bytes(gpus[0].report)
    (tmp_path / "chain").write_bytes(gpus[1].chain_pem)
    (tmp_path / "root").write_bytes(gpus[0].chain.root.certificate.public_bytes(Encoding.PEM))
    arguments = ["evidence", str(tmp_path / "report"), "--out", str(tmp_path / "out"), "--chain"]
    for chain, words in (("chain", "signature is not valid"), ("root", "expected 5 certificates"), ("report", "PEM")):
        result = CliRunner().invoke(cli, [*arguments, str(tmp_path / chain)])
        assert (result.exit_code, words in result.output) == (1, True), result.output
