# SPDX-License-Identifier: Apache-2.0
"""Every rule broken, one at a time, on evidence that is otherwise good and properly signed.

The rules and their verdicts are those of `pha.attestation.intel.generator.broken`, written down by hand from
Intel's documents; that good evidence passes is tested in `test_intel_quotes.py`.
"""

from __future__ import annotations

import pytest

from pha.attestation.intel.generator import build, good
from pha.attestation.intel.generator.broken import BROKEN, BrokenRule

#: Each rule on the newest kind of quote it applies to; others share its code and are tried at length.
SOME = [(rule, rule.kinds[-1]) for rule in BROKEN]
OTHERS = [(rule, kind) for rule in BROKEN for kind in rule.kinds[:-1]]


def name(value) -> str:
    return value.name.lower() if hasattr(value, "name") else str(value)


def check(rule: BrokenRule, kind, court) -> None:
    evidence = build(rule.apply(good(kind, court.at)))
    judged = court.judge(kind, evidence.quote, evidence.collateral, evidence.at, evidence.root_der)
    if judged is None:
        pytest.skip("judged at a moment the chain has passed")
    if rule.status is None:
        assert judged.outcome != "Accepted", judged
        assert judged.reason
        if rule.policy:
            # Genuine, judged, and refused for what it says.
            assert (judged.outcome, judged.status) == ("Refused", "UpToDate")
        return
    assert (judged.outcome, judged.reason) == ("Accepted", "")
    assert judged.status == rule.status.value
    assert judged.advisories == frozenset(rule.advisory_ids)


@pytest.mark.parametrize(("rule", "kind"), SOME, ids=name)
def test_judge_follows_rule(rule, kind, court):
    check(rule, kind, court)


@pytest.mark.deep
@pytest.mark.parametrize(("rule", "kind"), OTHERS, ids=name)
def test_judge_follows_rule_for_other_kinds(rule, kind, court):
    check(rule, kind, court)
