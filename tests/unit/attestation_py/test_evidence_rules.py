# SPDX-License-Identifier: Apache-2.0
"""Every rule, kept and broken: the verdict written down by hand, ours, and an independent verifier's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509

from pha.attestation.intel.generator import Kind, build, good
from pha.attestation.intel.generator.broken import BROKEN, ORACLE_KINDS
from pha.attestation.intel.oracle import judge
from pha.attestation.intel.quote import parse_quote
from pha.attestation.intel.refusal import RefusedError
from pha.attestation.intel.status import TcbStatus
from pha.attestation.intel.tcb_match import converge, merge_advisories, relaunched
from pha.attestation.intel.verdict import Verdict, judge_evidence

CASES = [pytest.param(rule, kind, id=f"{rule.name}-{kind.value}") for rule in BROKEN for kind in rule.kinds]


def verdict_of(evidence, at=None, allowed=frozenset()) -> Verdict:
    root = x509.load_der_x509_certificate(evidence.root_der)
    moment = evidence.at if at is None else at
    return judge_evidence(parse_quote(evidence.quote), evidence.collateral, moment, root, allowed)


def test_good_evidence_is_up_to_date(evidence):
    verdict = verdict_of(evidence)
    assert (verdict.status, verdict.advisory_ids) == (TcbStatus.UP_TO_DATE, ())
    assert verdict.evaluation_number == 18
    assert verdict.valid_until == evidence.at + 29 * 86_400


@pytest.mark.parametrize(("rule", "kind"), CASES)
def test_verdict_is_the_rules_when_broken(rule, kind):
    evidence = build(rule.apply(good(kind)))
    if rule.status is None:
        with pytest.raises(RefusedError) as caught:
            verdict_of(evidence)
        assert caught.value.policy == rule.policy
    else:
        verdict = verdict_of(evidence)
        assert verdict.status is rule.status
        assert sorted(verdict.advisory_ids) == sorted(rule.advisory_ids)


@pytest.mark.parametrize(("rule", "kind"), [case for case in CASES if case.values[1] in ORACLE_KINDS])
def test_independent_verdict_is_the_rules_when_broken(rule, kind):
    evidence = build(rule.apply(good(kind)))
    verdict = judge(evidence.quote, evidence.collateral, evidence.at, evidence.root_der)
    if rule.oracle_accepts is not None:
        assert verdict.status == rule.oracle_accepts.value
    elif rule.status is None:
        assert verdict.refusal
    else:
        assert verdict.status == rule.status.value
        assert sorted(verdict.advisory_ids) == sorted(rule.advisory_ids)


@pytest.mark.parametrize(("rule", "kind"), [case for case in CASES if case.values[0].policy])
def test_policy_refusal_passes_when_opted_in(rule, kind):
    evidence = build(rule.apply(good(kind)))
    with pytest.raises(RefusedError) as caught:
        verdict_of(evidence)
    assert verdict_of(evidence, allowed=frozenset({caught.value.rule})).status is TcbStatus.UP_TO_DATE


def test_every_status_comes_out():
    statuses = {rule.status for rule in BROKEN if rule.status}
    assert statuses == set(TcbStatus) - {TcbStatus.REVOKED}


@pytest.mark.parametrize("part", ["tcb_info", "qe_identity", "platform_crl"])
def test_validity_ends_with_the_earliest_window(part):
    spec = good(Kind.TDX_V5)
    end = spec.at + 100
    evidence = build(replace(spec, **{part: replace(getattr(spec, part), next_update=end)}))
    assert verdict_of(evidence).valid_until == end
    for at in (end - 1, end, end + 1):
        theirs = judge(evidence.quote, evidence.collateral, at, evidence.root_der)
        if theirs.accepted:
            assert verdict_of(evidence, at).valid_until == end
        else:
            assert at >= end
            with pytest.raises(RefusedError, match="dates"):
                verdict_of(evidence, at)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"is_ca": False}, "certificate_role"),
        ({"signer": "stranger"}, "certificate_signature"),
        ({"not_after": 1_700_000_000}, "certificate_dates"),
    ],
)
def test_intermediate_in_the_quote_is_checked_though_the_collaterals_is_good(change, rule):
    spec = good(Kind.TDX_V5)
    base, other = build(spec), build(replace(spec, platform_ca=replace(spec.platform_ca, **change)))
    root = x509.load_der_x509_certificate(base.root_der)
    assert not judge(other.quote, base.collateral, base.at, base.root_der).accepted
    with pytest.raises(RefusedError) as caught:
        judge_evidence(other.parsed_quote, base.collateral, base.at, root)
    assert caught.value.rule == rule


def test_bytes_changed_after_signing_are_refused(evidence):
    for part in ("tcb_info", "qe_identity"):
        text = getattr(evidence.collateral, part)
        changed = replace(evidence.collateral, **{part: text.replace("2026", "2027", 1)})
        root = x509.load_der_x509_certificate(evidence.root_der)
        with pytest.raises(RefusedError, match=f"{part}_signature"):
            judge_evidence(evidence.parsed_quote, changed, evidence.at, root)


S = TcbStatus


@pytest.mark.parametrize(
    ("launch", "current", "merged"),
    [
        (S.OUT_OF_DATE, S.UP_TO_DATE, S.TD_RELAUNCH_ADVISED),
        (S.OUT_OF_DATE, S.SW_HARDENING_NEEDED, S.TD_RELAUNCH_ADVISED),
        (S.OUT_OF_DATE, S.CONFIGURATION_NEEDED, S.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED),
        (S.OUT_OF_DATE_CONFIGURATION_NEEDED, S.UP_TO_DATE, S.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED),
        (S.OUT_OF_DATE, S.OUT_OF_DATE, S.OUT_OF_DATE),
        (S.UP_TO_DATE, S.OUT_OF_DATE, S.UP_TO_DATE),
        (S.SW_HARDENING_NEEDED, S.UP_TO_DATE, S.SW_HARDENING_NEEDED),
    ],
)
def test_relaunch_is_advised_when_only_the_launch_is_out_of_date(launch, current, merged):
    assert relaunched(launch, current) is merged


def test_converged_status_is_never_better_than_the_platforms():
    order = [
        S.UP_TO_DATE,
        S.SW_HARDENING_NEEDED,
        S.CONFIGURATION_NEEDED,
        S.CONFIGURATION_AND_SW_HARDENING_NEEDED,
    ]
    order += [S.OUT_OF_DATE, S.OUT_OF_DATE_CONFIGURATION_NEEDED, S.REVOKED]
    for platform in order:
        for component in (S.UP_TO_DATE, S.OUT_OF_DATE, S.REVOKED):
            merged = converge(platform, (component,))
            assert order.index(merged) >= order.index(platform)
            assert (merged is S.REVOKED) == (S.REVOKED in (platform, component))


def test_advisories_are_merged_without_repeats():
    assert merge_advisories(("A", "B"), (), ("B", "C"), ("A",)) == ("A", "B", "C")
