# SPDX-License-Identifier: Apache-2.0
"""The chain's verdict is Python's, whose signatures `cryptography` checks, on evidence bent at random (A5)."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from pha.attestation.amd.certificate import parse_certificate, parse_revocation_list
from pha.attestation.amd.generator import build
from pha.attestation.amd.judge import ALLOWANCES, Chain, judge_report
from pha.attestation.amd.product import Product
from pha.attestation.amd.report import SIGNED_BYTES, SnpReport, read_report
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.refusal import RefusedError

HINTS_END = 1184 + 6288


def expected_outcome(report: SnpReport, chain: Chain, at: int, allowed: set[str]) -> str:
    try:
        judge_report(report, chain, at, allowed)
    except MalformedEvidenceError:
        return "Invalid"
    except RefusedError as refusal:
        return "Refused" if refusal.policy else "Invalid"
    return "Accepted"


def bent_report(report: SnpReport, source: random.Random) -> SnpReport:
    """Up to two bits of the signed part flipped, more often where rules look."""
    raw = bytearray(report.to_bytes())
    for _ in range(source.choice((0, 1, 1, 2))):
        offset = source.choice((0x00, 0x08, 0x0A, 0x0B, 0x30, 0x34, 0x40, 0x41, 0x48, 0x49, 0x180, 0x188, 0x189))
        offset = source.choice((offset, offset, source.randrange(SIGNED_BYTES)))
        raw[offset] ^= 1 << source.randrange(8)
    if source.random() < 0.15:
        raw[0x1A0:0x1E0] = bytes(64)
    return read_report(bytes(raw))


def run(suite, good_spec, seed: int) -> str:
    source = random.Random(seed)
    product = source.choice(list(Product))
    loaded = product is Product.MILAN and source.random() < 0.3
    spec = good_spec(product, source.choice((2, 3, 4, 5)), loaded=loaded)
    made = build(replace(spec, report=bent_report(spec.report, source)))
    raw = bytearray(suite.with_certificate(made))
    if source.random() < 0.25:
        raw[source.randrange(1184, HINTS_END)] ^= 1 << source.randrange(8)
        expected_with_hints = False
    else:
        expected_with_hints = True
    allowed = {name for name in ALLOWANCES if source.random() < 0.5}
    chain = Chain(
        *map(parse_certificate, (made.endorsement, made.authority, made.root)), parse_revocation_list(made.crl)
    )
    expected = expected_outcome(made.parsed_report, chain, spec.at + 3600, allowed)
    bits = sum(1 << ALLOWANCES.index(name) for name in allowed)
    # No hints but the right ones are taken, and without them nothing is proven.
    assert suite.judge_raw(bytes(raw), bits).outcome == (expected if expected_with_hints else "Invalid"), seed
    return expected


def test_verdict_is_pythons_on_bent_evidence(suite, good_spec):
    assert {run(suite, good_spec, seed) for seed in range(120)} == {"Accepted", "Refused", "Invalid"}


@pytest.mark.deep
def test_verdict_is_pythons_on_much_bent_evidence(suite, good_spec):
    for seed in range(120, 3000):
        run(suite, good_spec, seed)
