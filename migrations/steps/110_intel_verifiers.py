# SPDX-License-Identifier: Apache-2.0
"""Intel's collateral, which anyone puts in, and the verifiers of SGX and TDX quotes over it."""

KINDS = ("l2",)

VERIFIERS = {"sgx_verifier": ("SgxQuoteVerifier", b"intel.sgx"), "tdx_verifier": ("TdxQuoteVerifier", b"intel.tdx")}


def apply(m):
    m.deploy("intel_certificates", "IntelCertificates", root=m.parameter("attestation.intel_root"))
    certificates = m.address("intel_certificates")
    m.deploy("intel_collateral", "IntelCollateral", certificates=certificates)
    collateral = m.address("intel_collateral")
    for name, (contract, _) in VERIFIERS.items():
        m.deploy(name, contract, certificates=certificates, collateral=collateral)


def verify(m):
    if not m.is_local:
        m.expect_read(True, "intel_certificates", "isProductionRoot")
    m.expect_read(m.address("intel_certificates"), "intel_collateral", "CERTIFICATES")
    for name, (_, kind) in VERIFIERS.items():
        m.expect_read(m.address("intel_certificates"), name, "CERTIFICATES")
        m.expect_read(m.address("intel_collateral"), name, "COLLATERAL")
        m.expect_read(kind.ljust(32, b"\0"), name, "kind")
