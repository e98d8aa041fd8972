# SPDX-License-Identifier: Apache-2.0
"""AMD's collateral, which anyone puts in, the floors that governance sets, and the verifier of SEV-SNP reports."""

from pha.deployment.access import expect_wiring, wire

KINDS = ("l2",)

MANAGED = ("snp_floors",)

LINES = {"milan": 1, "genoa": 2, "turin": 3}  # numbered as in AmdProduct.sol
FLOOR_FIELDS = (
    "tcb",
    "reportVersion",
    "abi",
    "policySet",
    "policyClear",
    "platformSet",
    "platformClear",
    "launchMitigations",
    "currentMitigations",
)


def floor(m, line):
    return dict(zip(FLOOR_FIELDS, m.parameter(f"attestation.snp_floor_{line}"), strict=True))


def apply(m):
    roots = {line: m.parameter(f"attestation.amd_root_{line}") for line in LINES}
    m.deploy("amd_certificates", "AmdCertificates", **roots)
    floors = {line: floor(m, line) for line in LINES}
    m.deploy("snp_floors", "SnpFloors", authority=m.address("access_manager"), **floors)
    m.deploy(
        "snp_verifier",
        "SnpVerifier",
        certificates=m.address("amd_certificates"),
        floors=m.address("snp_floors"),
        signatures=m.address("p384_verifier"),
    )
    wire(m, "access_manager", MANAGED)


def verify(m):
    if not m.is_local:
        m.expect_read(True, "amd_certificates", "isProductionRoot")
    for line, product in LINES.items():
        current, revision = m.read("snp_floors", "floorOf", product)
        if revision == 1:  # afterwards it is what governance says
            m.expect(f"first floor of {line}", list(current), list(floor(m, line).values()))
    m.expect_read(m.address("amd_certificates"), "snp_verifier", "CERTIFICATES")
    m.expect_read(m.address("snp_floors"), "snp_verifier", "FLOORS")
    m.expect_read(m.address("p384_verifier"), "snp_verifier", "SIGNATURES")
    m.expect_read(b"amd.sev-snp".ljust(32, b"\0"), "snp_verifier", "kind")
    expect_wiring(m, "access_manager", MANAGED)
