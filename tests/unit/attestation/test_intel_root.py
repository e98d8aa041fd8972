# SPDX-License-Identifier: Apache-2.0
"""The root that is compiled in for real networks is Intel's, and a test root is visibly none."""

from __future__ import annotations

from pha.attestation.intel.calldata import keccak

#: Public key of the "Intel SGX Root CA", x then y, as Intel's documentation and certificate give it.
INTEL_ROOT_KEY = bytes.fromhex(
    "0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5"
    "67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394"
)


def test_compiled_contract_knows_the_hash_of_intels_root(project):
    runtime = bytes(project.IntelCertificates.contract_type.get_runtime_bytecode())
    assert keccak(INTEL_ROOT_KEY) in runtime
    assert keccak(INTEL_ROOT_KEY[:-1] + b"\0") not in runtime


def test_contracts_of_a_test_root_say_so(empty_suite):
    assert not empty_suite.certificates.isProductionRoot()
