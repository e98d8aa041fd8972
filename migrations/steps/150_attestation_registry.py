# SPDX-License-Identifier: Apache-2.0
"""The registry of attested workers, and the readers of each kind of evidence that it begins with.

No code is accepted yet: governance gives each identity its rule.
"""

from pha.deployment.access import expect_wiring, wire

KINDS = ("l2",)

MANAGED = ("attestation_registry",)

CPU_READERS = {
    "sgx_reader": ("SgxReader", "sgx_verifier", b"intel.sgx"),
    "tdx_reader": ("TdxReader", "tdx_verifier", b"intel.tdx"),
    "snp_reader": ("SnpReader", "snp_verifier", b"amd.sev-snp"),
}
COMPOSITE_READERS = {
    "tdx_gpu_reader": ("tdx_reader", b"intel.tdx+nvidia.gpu"),
    "snp_gpu_reader": ("snp_reader", b"amd.sev-snp+nvidia.gpu"),
}
HOUR = 3600


def word(kind):
    return kind.ljust(32, b"\0")


def values(m):
    """The registry's parameters in their order."""
    return [
        m.parameter("attestation.grace"),
        m.parameter("attestation.look_again"),
        m.parameter("attestation.max_age") // HOUR,
        m.parameter("attestation.challenge_blocks"),
        m.parameter("attestation.announcement") // HOUR,
    ]


def apply(m):
    m.deploy("dstack_event_log", "DstackEventLog")
    for name, (contract, verifier, _) in CPU_READERS.items():
        proofs = {"proofs": m.address("dstack_event_log")} if contract == "TdxReader" else {}
        m.deploy(name, contract, verifier=m.address(verifier), **proofs)
    for name, (cpu, kind) in COMPOSITE_READERS.items():
        m.deploy(
            name,
            "CompositeReader",
            kind_=word(kind),
            cpu=m.address(cpu),
            composite=m.address("composite_evidence"),
        )
    m.deploy(
        "attestation_registry",
        "AttestationRegistry",
        authority=m.address("access_manager"),
        parameters=values(m),
        readers=[m.address(name) for name in (*CPU_READERS, *COMPOSITE_READERS)],
    )
    wire(m, "access_manager", MANAGED)


def verify(m):
    for name, (_, verifier, kind) in CPU_READERS.items():
        m.expect_read(m.address(verifier), name, "VERIFIER")
        m.expect_read(word(kind), name, "kind")
    m.expect_read(m.address("dstack_event_log"), "tdx_reader", "PROOFS")
    for name, (cpu, kind) in COMPOSITE_READERS.items():
        m.expect_read(m.address(cpu), name, "CPU")
        m.expect_read(m.address("composite_evidence"), name, "COMPOSITE")
        m.expect_read(word(kind), name, "kind")
    for serial, name in enumerate((*CPU_READERS, *COMPOSITE_READERS), 1):
        m.expect_read(m.address(name), "attestation_registry", "readerBySerial", serial)
    expect_wiring(m, "access_manager", MANAGED)
