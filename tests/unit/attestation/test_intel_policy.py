# SPDX-License-Identifier: Apache-2.0
"""What is refused by default passes with the one allowance that is meant for it, and with no other."""

from __future__ import annotations

import pytest

from pha.attestation.intel.calldata import keccak
from pha.attestation.intel.generator import Kind, build
from pha.attestation.intel.generator.broken import BROKEN, chained
from tests.unit.attestation.intel_suite import Judgement

#: By the reason of the refusal, the bit that allows it.
ALLOWANCES = {
    "Debug": ("ALLOW_DEBUG", 1),
    "AttributesReserved": ("ALLOW_RESERVED_ATTRIBUTES", 2),
    "SeptVe": ("ALLOW_SEPT_VE", 4),
    "ServiceTd": ("ALLOW_SERVICE_TD", 8),
    "ProvisionKey": ("ALLOW_PROVISION_KEY", 16),
    "EinitTokenKey": ("ALLOW_EINITTOKEN_KEY", 32),
}
EVERYTHING = 2**256 - 1
POLICY = [rule for rule in BROKEN if rule.policy]
CASES = [pytest.param(rule, kind, id=f"{rule.name}-{kind.value}") for rule in POLICY for kind in rule.kinds]


@pytest.fixture
def judge(court):
    """Callable `(rules, kind, allowances)`: the verdict on evidence that breaks those rules."""

    def judge_broken(rules, kind: Kind, allowances: int) -> Judgement:
        evidence = build(chained(*(rule.apply for rule in rules))(court.spec(kind)))
        return court.ready[kind].judge(evidence.quote, allowances)

    return judge_broken


@pytest.mark.parametrize(("rule", "kind"), CASES)
def test_judge_refuses_by_default_and_accepts_with_the_one_allowance(rule, kind, judge):
    refused = judge((rule,), kind, 0)
    assert refused.outcome == "Refused"
    _, bit = ALLOWANCES[refused.reason]
    assert (judge((rule,), kind, bit).outcome, judge((rule,), kind, bit).reason) == ("Accepted", "")
    all_but_one = judge((rule,), kind, EVERYTHING ^ bit)
    assert (all_but_one.outcome, all_but_one.reason) == ("Refused", refused.reason)


@pytest.mark.parametrize("kind", [Kind.SGX_V3, Kind.TDX_V5], ids=lambda kind: kind.value)
def test_judge_refuses_until_every_breach_is_allowed(kind, judge):
    rules = [rule for rule in POLICY if kind in rule.kinds]
    allowances, seen = 0, []
    while (verdict := judge(rules, kind, allowances)).outcome == "Refused":
        seen.append(verdict.reason)
        allowances |= ALLOWANCES[verdict.reason][1]
    assert verdict.outcome == "Accepted"
    tdx, sgx = ("SeptVe", "ServiceTd"), ("ProvisionKey", "EinitTokenKey")
    assert seen == ["Debug", "AttributesReserved", *(tdx if kind.is_tdx else sgx)]


def test_allowances_are_the_published_bits(court):
    for suite in (court.ready[Kind.SGX_V3].sgx, court.ready[Kind.TDX_V5].tdx):
        for name, bit in ALLOWANCES.values():
            assert getattr(suite, name)() == bit


def test_event_tells_the_allowances_and_what_was_measured(court):
    suite = court.ready[Kind.TDX_V5]
    debug = next(rule for rule in POLICY if rule.name == "debug" and Kind.TDX_V5 in rule.kinds)
    seen = []
    for spec, allowances in ((court.spec(Kind.TDX_V5), 0), (debug.apply(court.spec(Kind.TDX_V5)), EVERYTHING)):
        evidence = build(spec)
        receipt = suite.verify(evidence.quote, allowances)
        (event,) = receipt.decode_logs(suite.tdx.EvidenceJudged)
        assert (event.outcome, event.allowances) == (2, allowances)
        assert bytes(event.reportHash) == keccak(evidence.spec.body.to_bytes())
        seen.append(event.reportHash)
    assert seen[0] != seen[1]
    receipt = suite.verify(b"no quote")
    (event,) = receipt.decode_logs(suite.sgx.EvidenceJudged)
    assert (event.outcome, bytes(event.reportHash)) == (0, keccak(b""))


def test_allowances_cure_nothing_that_is_not_genuine(court):
    for rule in BROKEN:
        if rule.name in ("quote_signature", "qe_binding", "qe_report_signature", "platform_revoked"):
            evidence = build(rule.apply(court.spec(Kind.TDX_V5)))
            snapshot = court.chain.snapshot()
            assert court.judge_evidence(evidence, EVERYTHING).outcome != "Accepted"
            court.chain.restore(snapshot)
