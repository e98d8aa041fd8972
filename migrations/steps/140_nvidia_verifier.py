# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's certificates, which anyone puts in, what governance says of them, and the verifiers of GPUs.

The last one judges the GPUs of a confidential machine together with its CPU.
"""

from pha.deployment.access import expect_wiring, wire

KINDS = ("l2",)

MANAGED = ("nvidia_revocations", "nvidia_references")


def apply(m):
    m.deploy("nvidia_revocations", "NvidiaRevocations", authority=m.address("access_manager"))
    m.deploy("nvidia_references", "NvidiaReferences", authority=m.address("access_manager"))
    m.deploy(
        "nvidia_certificates",
        "NvidiaCertificates",
        verifier=m.address("p384_verifier"),
        revocations=m.address("nvidia_revocations"),
        root=m.parameter("attestation.nvidia_root"),
    )
    m.deploy(
        "gpu_verifier",
        "NvidiaGpuVerifier",
        certificates=m.address("nvidia_certificates"),
        references=m.address("nvidia_references"),
    )
    m.deploy("composite_evidence", "CompositeEvidence", gpuVerifier=m.address("gpu_verifier"))
    wire(m, "access_manager", MANAGED)


def verify(m):
    if not m.is_local:
        m.expect_read(True, "nvidia_certificates", "isProductionRoot")
    m.expect_read(m.address("p384_verifier"), "nvidia_certificates", "VERIFIER")
    m.expect_read(m.address("nvidia_revocations"), "nvidia_certificates", "REVOCATIONS")
    m.expect_read(m.address("nvidia_certificates"), "gpu_verifier", "CERTIFICATES")
    m.expect_read(m.address("nvidia_references"), "gpu_verifier", "REFERENCES")
    m.expect_read(m.address("p384_verifier"), "gpu_verifier", "SIGNATURES")
    m.expect_read(b"nvidia.gpu".ljust(32, b"\0"), "gpu_verifier", "kind")
    m.expect_read(m.address("gpu_verifier"), "composite_evidence", "GPU_VERIFIER")
    expect_wiring(m, "access_manager", MANAGED)
