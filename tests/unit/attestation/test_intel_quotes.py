# SPDX-License-Identifier: Apache-2.0
"""Good quotes of every kind, and what is forged: whole verifications on either EVM, with the precompile or without."""

from __future__ import annotations

import pytest

from pha.attestation.intel.calldata import trimmed
from pha.attestation.intel.generator import Kind, build, good
from pha.attestation.intel.generator.broken import signers


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
def test_judge_accepts_when_evidence_is_good(kind, create_suite, good_evidence):
    evidence = good_evidence(kind)
    suite = create_suite(evidence)
    raw = suite.judge(evidence.quote)
    assert (raw.outcome, raw.reason, raw.status, raw.advisories) == ("Accepted", "", "UpToDate", frozenset())
    assert suite.judge(trimmed(evidence.quote)).raw == raw.raw
    assert suite.judge(trimmed(evidence.quote, pck_known=True)).reason == "PckUnknown"
    suite.verify(trimmed(evidence.quote))
    assert suite.judge(trimmed(evidence.quote, pck_known=True)).raw == raw.raw


@pytest.mark.parametrize("kind", [Kind.SGX_V3, Kind.TDX_V5], ids=lambda kind: kind.value)
def test_judge_names_the_signature_that_is_forged(kind, create_suite, good_evidence, evidence_time):
    suite = create_suite(good_evidence(kind))
    spec = good(kind, evidence_time)
    for signer, reason in (("quote", "QuoteSignature"), ("qe_report", "QeReportSignature")):
        forged = build(signers(**{signer: "stranger"})(spec))
        verdict = suite.judge(trimmed(forged.quote))
        assert (verdict.outcome, verdict.reason, verdict.status) == ("Invalid", reason, "None")
    other = build(good(kind, evidence_time, b"another ring"))
    assert suite.judge(trimmed(other.quote)).reason == "PckSignature"
