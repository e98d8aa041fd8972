# SPDX-License-Identifier: Apache-2.0
import pytest

from pha.attestation.intel.calldata import trimmed
from pha.attestation.intel.generator import Kind


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
