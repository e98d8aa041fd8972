# SPDX-License-Identifier: Apache-2.0
"""Evidence cut, padded and bent: always a verdict with a reason, never a revert, never accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pha.attestation.intel.calldata import TRIMMED, pck_der, trimmed
from pha.attestation.intel.generator import Kind, build
from pha.attestation.intel.quote import parse_quote
from tests.direct_call import send

KINDS = (Kind.SGX_V3, Kind.TDX_V4, Kind.TDX_V5)


@pytest.fixture(scope="module")
def judge(court):
    """Callable `(kind, evidence)`: the verdict, with the good collateral of that kind."""
    return lambda kind, evidence: court.ready[kind].judge(evidence)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_judge_names_a_reason_when_evidence_is_cut(kind, judge, court):
    raw = court.good[kind].quote
    short = trimmed(raw)
    signature = len(short) - len(pck_der(raw)) - 450 - 32 - 128
    edges = {0, 1, 2, 3, 47, 48, 49, 53, 54, 55, 56, 100, signature, signature + 64, signature + 128}
    for evidence in (raw, short):
        for cut in sorted(edges | {len(evidence) - 1, len(evidence) // 2, len(evidence) - 40, 700, 1243, 1300}):
            verdict = judge(kind, evidence[:cut])
            # A quote's last byte is the text's final NUL, which nothing needs; but its length is then wrong.
            assert verdict.outcome == "Invalid", cut
            assert verdict.reason, cut


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_judge_ignores_padding_behind_a_raw_quote_and_not_behind_a_trimmed_one(kind, judge, court):
    raw = court.good[kind].quote
    assert judge(kind, raw + bytes(77)).outcome == "Accepted"
    assert judge(kind, trimmed(raw) + b"\0").reason == "PckMalformed"


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (0, b"\x02\x00", "QuoteVersion"),
        (0, b"\x06\x00", "QuoteVersion"),
        (2, b"\x03\x00", "AttestationKeyType"),
        (4, b"\x00\x00\x00\x00", "TeeType"),
        (4, b"\x81\x00\x00\x01", "TeeType"),
        (12, b"\x00", "QeVendor"),
        (48, b"\x01\x00", "BodyType"),
        (48, b"\x04\x00", "BodyType"),
        (50, b"\x48\x02\x00\x00", "BodyLength"),
        (50, b"\xff\xff\xff\xff", "BodyLength"),
    ],
)
def test_judge_names_what_is_wrong_in_the_frame(offset, value, reason, court):
    suite = court.ready[Kind.TDX_V5]
    raw = court.good[Kind.TDX_V5].quote
    for start, evidence in ((0, raw), (2, trimmed(raw))):
        at = start + offset
        bent = evidence[:at] + value + evidence[at + len(value) :]
        # Asked directly: the TEE type is one of the things bent.
        assert bytes(suite.tdx.judge(bent, 0).reason).rstrip(b"\0").decode() == reason


def test_each_verifier_refuses_the_others_quotes(court):
    tdx, sgx = court.good[Kind.TDX_V5].quote, court.good[Kind.SGX_V5].quote
    assert bytes(court.ready[Kind.TDX_V5].sgx.judge(tdx, 0).reason).startswith(b"TeeType")
    assert bytes(court.ready[Kind.SGX_V5].tdx.judge(sgx, 0).reason).startswith(b"TeeType")


def test_judge_is_not_misled_by_the_length_of_authentication_data(judge, court):
    raw = court.good[Kind.TDX_V5].quote
    short = trimmed(raw)
    at = len(short) - len(pck_der(raw)) - 32 - 2
    for length in (0, 31, 33, 64, 0xFFFF):
        bent = short[:at] + length.to_bytes(2, "little") + short[at + 2 :]
        assert judge(Kind.TDX_V5, bent).outcome == "Invalid"


@pytest.mark.parametrize("where", ["signature", "key", "report", "qe_report", "qe_signature", "auth"])
def test_judge_refuses_when_one_signed_bit_differs(where, judge, court):
    raw = court.good[Kind.TDX_V5].quote
    short = trimmed(raw)
    signature = 2 + 48 + 6 + 648
    at = {
        "report": 2 + 48 + 6 + 136,
        "signature": signature + 40,
        "key": signature + 70,
        "qe_report": signature + 128 + 64,
        "qe_signature": signature + 128 + 384 + 10,
        "auth": signature + 128 + 450 + 3,
    }[where]
    bent = short[:at] + bytes([short[at] ^ 1]) + short[at + 1 :]
    reasons = {
        "report": "QuoteSignature",
        "signature": "QuoteSignature",
        "key": "AttestationKeyUnbound",
        "qe_report": "QeReportSignature",
        "qe_signature": "QeReportSignature",
        "auth": "AttestationKeyUnbound",
    }
    assert judge(Kind.TDX_V5, bent).reason == reasons[where]


def test_verify_keeps_no_certificate_that_came_with_bad_evidence(court):
    suite = court.ready[Kind.TDX_V5]
    raw = court.good[Kind.TDX_V5].quote
    known = trimmed(raw, pck_known=True)
    bent = bytearray(trimmed(raw))
    bent[2 + 48 + 6 + 200] ^= 1
    suite.verify(bytes(bent))
    assert suite.judge(known).reason == "PckUnknown"
    suite.verify(trimmed(raw))
    assert suite.judge(known).outcome == "Accepted"


def test_verify_cannot_be_starved_of_gas_into_a_verdict(court):
    """A verdict must not depend on the gas a caller sends: too little reverts, and never says Invalid."""
    suite = court.ready[Kind.TDX_V5]
    evidence = trimmed(court.good[Kind.TDX_V5].quote)
    seen = set()
    for gas in range(70_000, 400_000, 15_000):
        try:
            seen.add(suite.tdx.judge(evidence, 0, gas_limit=gas).outcome)
        except Exception:
            seen.add("reverted")
    assert seen <= {2, "reverted"}
    assert 2 in seen


def test_trimmed_mark_is_no_quote_version():
    assert int.from_bytes(TRIMMED, "little") not in (3, 4, 5)


def with_certification(raw: bytes, data: bytes) -> bytes:
    """A raw quote of version 5 whose PCK chain is other data, with every length around it fitting."""
    quote = parse_quote(raw)
    certification = replace(quote.qe.certification, data=data)
    return replace(quote, qe=replace(quote.qe, certification=certification)).to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"-----BEGIN CERTIFICATE-----\n" + b"A" * 32_000,
        b"-----BEGIN CERTIFICATE-----\n" + b"\n" * 32_000,
        b"-----BEGIN CERTIFICATE-----\n" + b"MIIF" * 8_000 + b"\n-----END CERTIFICATE-----\n",
        b"A" * 60_000,
        b"",
    ],
    ids=["no end", "no text", "too long a certificate", "too long a text", "nothing"],
)
def test_verify_costs_little_when_the_chain_is_none(data, court):
    suite = court.ready[Kind.TDX_V5]
    evidence = with_certification(court.good[Kind.TDX_V5].quote, data)
    assert suite.judge(evidence).reason == "PckPem"
    used = send(suite.sender, suite.tdx.verify, evidence, 0).gas_used
    # Beyond the calldata, whose price its sender pays by the byte, at 40 a byte at most (EIP-7623).
    assert used <= 3_500_000 + 40 * len(evidence)


def test_judge_accepts_when_much_follows_the_first_certificate(court):
    chain = parse_quote(court.good[Kind.TDX_V5].quote).qe.certification.data.rstrip(b"\0")
    evidence = with_certification(court.good[Kind.TDX_V5].quote, chain * 8)
    assert court.ready[Kind.TDX_V5].judge(evidence).outcome == "Accepted"


@pytest.mark.parametrize("size", [0, 1, 31, 33, 1_000, 4_096, 4_097, 20_000])
def test_verify_costs_little_when_the_certificate_is_none(size, court):
    suite = court.ready[Kind.TDX_V5]
    raw = court.good[Kind.TDX_V5].quote
    evidence = trimmed(raw)[: -len(pck_der(raw))] + b"\x30\x82\x0f\xfc" * 5_000
    evidence = evidence[: len(evidence) - 20_000 + size]
    verdict = suite.judge(evidence)
    assert (verdict.outcome, verdict.reason) == ("Invalid", "PckTooLong" if size > 4_096 else "PckMalformed")
    used = send(suite.sender, suite.tdx.verify, evidence, 0).gas_used
    assert used <= 200_000 + 40 * len(evidence)


def test_authentication_data_of_any_length_is_bound(court):
    """The longest there can be, properly bound: it costs its calldata and a hash."""
    spec = replace(court.spec(Kind.TDX_V5), auth_data=bytes(range(256)) * 255)
    evidence = build(spec).quote
    suite = court.ready[Kind.TDX_V5]
    assert suite.judge(evidence).outcome == "Accepted"
    assert suite.judge(trimmed(evidence)).outcome == "Accepted"
