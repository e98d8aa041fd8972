# SPDX-License-Identifier: Apache-2.0
"""Every rule broken, one at a time, on evidence that is otherwise good and properly signed.

The rules and their verdicts are those of `pha.attestation.intel.generator.broken`, written down by hand from
Intel's documents; that good evidence passes is tested in `test_intel_quotes.py`.
"""

from __future__ import annotations

import pytest
from intel_suite import IntelSuite, judge_case

from pha.attestation.intel.generator import Kind, build, good
from pha.attestation.intel.generator.broken import BROKEN

CASES = [(rule, kind) for rule in BROKEN for kind in rule.kinds]


@pytest.fixture(scope="module")
def rules_time(chain) -> int:
    """Ten days ahead, so that evidence meant for a somewhat earlier moment can be judged at it too."""
    return chain.pending_timestamp + 10 * 86_400


@pytest.fixture(scope="module")
def deployed(project, deployer, rules_time) -> tuple[bytes, IntelSuite]:
    root = build(good(Kind.TDX_V4, rules_time)).root_der
    return root, IntelSuite(project, deployer, root)


@pytest.mark.parametrize(("rule", "kind"), CASES, ids=lambda value: getattr(value, "name", str(value)).lower())
def test_judge_follows_rule(rule, kind, project, deployer, deployed, rules_time, chain):
    evidence = build(rule.apply(good(kind, rules_time)))
    if evidence.at <= chain.pending_timestamp:
        pytest.skip("judged at a moment the chain has passed")
    chain.pending_timestamp = evidence.at
    root, suite = deployed
    if evidence.root_der != root:
        suite = IntelSuite(project, deployer, evidence.root_der)
    judged = judge_case(suite, evidence.quote, evidence.collateral)
    if rule.status is None:
        assert judged.outcome != "Accepted", judged
        assert judged.reason
        # What only policy refuses is genuine, and what is not genuine no policy can let pass.
        assert (judged.outcome == "Refused" and judged.status != "None") == rule.policy or judged.outcome == "Refused"
    else:
        assert (judged.outcome, judged.reason) == ("Accepted", "")
        assert judged.status == rule.status.value
        assert judged.advisories == frozenset(rule.advisory_ids)
