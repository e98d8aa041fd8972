# SPDX-License-Identifier: Apache-2.0
"""What a dstack KMS asks before it hands keys to a guest, with the registry's word beside the caller's."""

from pha.deployment.access import expect_wiring, wire

KINDS = ("l2",)

MANAGED = ("dstack_kms",)


def apply(m):
    m.deploy(
        "dstack_evidence",
        "DstackEvidence",
        registry=m.address("attestation_registry"),
        eventLog=m.address("dstack_event_log"),
    )
    m.deploy("dstack_app", "DstackApp", evidence_=m.address("dstack_evidence"))
    m.deploy(
        "dstack_kms",
        "DstackKms",
        authority=m.address("access_manager"),
        evidence=m.address("dstack_evidence"),
        implementation=m.address("dstack_app"),
    )
    wire(m, "access_manager", MANAGED)


def verify(m):
    m.expect_read(m.address("attestation_registry"), "dstack_evidence", "REGISTRY")
    m.expect_read(m.address("dstack_event_log"), "dstack_evidence", "EVENT_LOG")
    m.expect_read(m.address("dstack_evidence"), "dstack_app", "EVIDENCE")
    m.expect_read(m.address("dstack_evidence"), "dstack_kms", "EVIDENCE")
    expect_wiring(m, "access_manager", MANAGED)
