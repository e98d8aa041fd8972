# SPDX-License-Identifier: Apache-2.0
"""Seeded mutations judged twice: by this library and by `dcap-qvl`; every difference is a known one."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from cryptography import x509

from pha.attestation.intel.differences import known_difference
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.generator import Kind, build, good
from pha.attestation.intel.mutations import Case, Family, case, cases, change_at, places, regions
from pha.attestation.intel.quote import parse_quote
from pha.attestation.intel.refusal import RefusedError
from pha.attestation.intel.verdict import judge_evidence


def judged(sample: Case) -> tuple[str | None, set[str]]:
    try:
        root = x509.load_der_x509_certificate(sample.root_der)
        verdict = judge_evidence(parse_quote(sample.quote), sample.collateral, sample.at, root)
    except (MalformedEvidenceError, RefusedError):
        return None, set()
    return verdict.status.value, set(verdict.advisory_ids)


def compare(seed: int, count: int) -> Counter[str | None]:
    statuses: Counter[str | None] = Counter()
    for sample in cases(seed, count):
        status, advisories = judged(sample)
        statuses[sample.oracle.status] += 1
        if status == sample.oracle.status and advisories == set(sample.oracle.advisory_ids):
            continue
        difference = known_difference(sample.place)
        assert difference is not None, f"{sample.name}: {status} here, {sample.oracle} there"
        assert not difference.stricter or status is None, f"{sample.name}: accepted as {status}"
    return statuses


def test_mutations_are_judged_alike():
    statuses = compare(seed=11, count=600)
    assert statuses[None] > 100
    assert len(statuses) >= 6


@pytest.mark.deep
def test_many_mutations_are_judged_alike():
    statuses = compare(seed=12, count=15_000)
    assert len(statuses) == 9  # all but Revoked, and refusals


def test_a_case_can_be_made_again():
    first = list(cases(5, 24))
    for number, sample in enumerate(first):
        kind = sample.evidence.spec.kind
        again = case(5, number, kind, sample.family)
        assert (again.name, again.quote, again.oracle) == (sample.name, sample.quote, sample.oracle)


@pytest.mark.parametrize("kind", [Kind.SGX_V3, Kind.TDX_V5], ids=lambda kind: kind.value)
def test_every_value_of_the_evidence_can_be_changed(kind):
    """Each place gives other bytes, or can't be encoded: none is silently left as it was."""
    spec = good(kind)
    base = build(spec)
    unchanged = []
    for place in places(spec):
        for attempt in range(8):
            try:
                other = build(change_at(spec, place, random.Random(f"{place}/{attempt}")))
            except (ValueError, OverflowError):
                continue
            if (other.quote, other.collateral, other.at) != (base.quote, base.collateral, base.at):
                break
        else:
            unchanged.append(place)
    other_ca = "platform" if spec.pck.ca == "processor" else "processor"
    # The other CA's certificate and list do not go into this quote's collateral.
    rest = [place for place in unchanged if not place.startswith(f"{other_ca}_")]
    assert all(place.rsplit(".", 1)[-1] in UNCHANGEABLE for place in rest), rest


#: Left out in this kind of evidence, so there is nothing to change; or the same bytes whatever it says.
UNCHANGEABLE = {
    "configuration",
    "tdx_module",
    "tdx_module_identities",
    "tdx_components",
    "path_length",  # of what is no CA
    "extension_critical",  # of what has no such extension
    "report_data",  # of the QE: it becomes the binding of the attestation key
}


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
def test_regions_cover_the_quote_without_gap(kind):
    evidence = build(good(kind))
    position = 0
    for start, end in regions(evidence).values():
        assert start == position
        position = end
    assert position == len(evidence.quote)


def test_byte_flips_in_signed_parts_are_always_refused():
    signed = {
        "header",
        "body",
        "qe_report",
        "auth_data",
        "attestation_key",
        "signature",
        "qe_signature",
        "pem[0]",
    }
    seen = 0
    for sample in cases(3, 400, families=(Family.BYTES,)):
        if sample.place.removeprefix("quote:") in signed:
            assert judged(sample)[0] is None, sample.name
            seen += 1
    assert seen > 50
