# SPDX-License-Identifier: Apache-2.0
"""Quotes: every field read where it stands, every broken length and type refused by name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import dcap_qvl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.explain import describe_quote, text_of
from pha.attestation.intel.generator import Kind, build, good
from pha.attestation.intel.ppid import parse_ppid_certification
from pha.attestation.intel.quote import (
    CertificationData,
    QeEvidence,
    Quote,
    QuoteHeader,
    parse_quote,
    signed_part,
)
from pha.attestation.intel.report import SgxReport, TdReport10, TdReport15

LAYOUTS = {SgxReport: 384, TdReport10: 584, TdReport15: 648}
NUMBERS = {"misc_select": 4, "isv_prod_id": 2, "isv_svn": 2, "config_svn": 2}


def reports(layout):
    """Reports with random bytes in every field."""
    return st.builds(
        layout,
        **{
            name: st.integers(0, 256**length - 1) if name in NUMBERS else st.binary(min_size=length, max_size=length)
            for name, length in layout.LENGTHS.items()
        },
    )


def quotes():
    """Quotes of every layout, random in everything that the format leaves open."""

    def of(version: int, tee: int, layout) -> st.SearchStrategy[Quote]:
        header = st.builds(
            QuoteHeader,
            version=st.just(version),
            tee_type=st.just(tee),
            qe_svn=st.integers(0, 0xFFFF),
            pce_svn=st.integers(0, 0xFFFF),
            qe_vendor_id=st.binary(min_size=16, max_size=16),
            user_data=st.binary(min_size=20, max_size=20),
        )
        qe = st.builds(
            QeEvidence,
            report=reports(SgxReport),
            signature=st.binary(min_size=64, max_size=64),
            auth_data=st.binary(max_size=80),
            certification=st.builds(CertificationData, type=st.integers(1, 5), data=st.binary(max_size=200)),
        )
        signature = st.binary(min_size=64, max_size=64)
        return st.builds(Quote, header, reports(layout), signature, signature, qe, st.binary(max_size=40))

    return st.one_of(
        of(3, 0, SgxReport),
        of(4, 0, SgxReport),
        of(4, 0x81, TdReport10),
        of(5, 0, SgxReport),
        of(5, 0x81, TdReport10),
        of(5, 0x81, TdReport15),
    )


@settings(max_examples=60, deadline=None)
@given(quotes())
def test_parse_gives_back_what_was_written(quote):
    assert parse_quote(quote.to_bytes()) == quote


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_report_has_the_documented_length(layout):
    assert layout.size() == LAYOUTS[layout] == len(layout().to_bytes())


def test_fields_stand_where_an_independent_parser_finds_them(evidence):
    theirs = dcap_qvl.parse_quote(evidence.quote)
    ours = parse_quote(evidence.quote)
    assert (theirs.header.version, theirs.header.tee_type) == (ours.header.version, ours.header.tee_type)
    assert theirs.header.user_data == ours.header.user_data
    assert theirs.header.qe_vendor_id == ours.header.qe_vendor_id
    names = [name for name in dir(theirs.report) if not name.startswith("_") and hasattr(ours.body, name)]
    assert len(names) >= 5
    for name in names:
        theirs_value, our_value = getattr(theirs.report, name), getattr(ours.body, name)
        if name == "attributes" and ours.is_tdx:
            continue
        assert bytes(theirs_value) == our_value, name


def test_signed_part_ends_with_the_body(evidence):
    quote = evidence.parsed_quote
    end = 48 + (6 if quote.header.version == 5 else 0) + LAYOUTS[type(quote.body)]
    assert signed_part(quote.header, quote.body) == evidence.quote[:end]


def test_every_truncation_is_refused_by_name(evidence):
    for length in range(len(evidence.quote)):
        with pytest.raises(MalformedEvidenceError) as caught:
            parse_quote(evidence.quote[:length])
        assert caught.value.field.startswith("quote.")
        assert caught.value.offset is not None
        assert caught.value.offset <= length


def test_padding_behind_the_quote_is_kept_apart(evidence):
    padded = parse_quote(evidence.quote + bytes(70))
    assert padded.trailing == bytes(70)
    assert replace(padded, trailing=b"") == evidence.parsed_quote


def patched(quote: bytes, offset: int, value: int, length: int) -> bytes:
    return quote[:offset] + value.to_bytes(length, "little") + quote[offset + length :]


@pytest.mark.parametrize("version", [0, 1, 2, 6, 0x0300, 0xFFFF])
def test_version_is_refused_when_unknown(evidence, version):
    with pytest.raises(MalformedEvidenceError, match=rf"quote.header.version at byte 0: .*found {version}"):
        parse_quote(patched(evidence.quote, 0, version, 2))


@pytest.mark.parametrize("key_type", [0, 1, 3, 0x0200])
def test_attestation_key_type_is_refused_when_not_p256(evidence, key_type):
    with pytest.raises(MalformedEvidenceError, match=r"quote.header.attestation_key_type at byte 2"):
        parse_quote(patched(evidence.quote, 2, key_type, 2))


@pytest.mark.parametrize("tee", [1, 0x80, 0x82, 0x8100])
def test_tee_type_is_refused_when_unknown(evidence, tee):
    with pytest.raises(MalformedEvidenceError, match=r"quote.header.tee_type at byte 4"):
        parse_quote(patched(evidence.quote, 4, tee, 4))


def test_version_3_is_refused_when_it_speaks_of_a_td(sgx):
    with pytest.raises(MalformedEvidenceError, match=r"quote.header.tee_type at byte 4: expected 0x00"):
        parse_quote(patched(sgx.quote, 4, 0x81, 4))


@pytest.mark.parametrize("body_type", [0, 1, 4, 5])
def test_body_type_is_refused_when_not_of_the_tee(tdx, body_type):
    with pytest.raises(MalformedEvidenceError, match=r"quote.body_type at byte 48: expected 2 or 3"):
        parse_quote(patched(tdx.quote, 48, body_type, 2))


@pytest.mark.parametrize("length", [0, 584, 647, 649, 0xFFFFFFFF])
def test_body_length_is_refused_when_not_of_the_body(tdx, length):
    with pytest.raises(MalformedEvidenceError, match=r"quote.body_length at byte 50: expected 648"):
        parse_quote(patched(tdx.quote, 50, length, 4))


@pytest.mark.parametrize("change", [-1, 1, 10_000, 0x7FFFFFFF])
def test_signature_data_length_is_refused_when_wrong(evidence, change):
    end = len(evidence.parsed_quote.signed_bytes())
    length = int.from_bytes(evidence.quote[end : end + 4], "little") + change
    with pytest.raises(MalformedEvidenceError, match=r"quote.signature_data"):
        parse_quote(patched(evidence.quote, end, length, 4))


@pytest.mark.parametrize("kind", [0, 1, 5, 7])
def test_outer_certification_type_is_refused_when_not_6(tdx, kind):
    offset = len(tdx.parsed_quote.signed_bytes()) + 4 + 128
    with pytest.raises(MalformedEvidenceError, match=r"certification.type at byte \d+: expected 6"):
        parse_quote(patched(tdx.quote, offset, kind, 2))


@pytest.mark.parametrize("kind", [0, 6, 7, 0x0500])
def test_inner_certification_type_is_refused_when_not_1_to_5(evidence, kind):
    quote = evidence.parsed_quote
    broken = replace(quote, qe=replace(quote.qe, certification=CertificationData(kind, b"")))
    with pytest.raises(MalformedEvidenceError, match=r"quote.certification.type at byte \d+: expected 1 to 5"):
        parse_quote(broken.to_bytes())


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 5])
def test_inner_certification_types_1_to_5_are_read(evidence, kind):
    quote = evidence.parsed_quote
    other = replace(quote, qe=replace(quote.qe, certification=CertificationData(kind, b"data")))
    assert parse_quote(other.to_bytes()).qe.certification == CertificationData(kind, b"data")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_byte_change_raises_anything_but_a_named_error(data):
    raw = bytearray(build(good(data.draw(st.sampled_from(list(Kind))))).quote)
    for _ in range(data.draw(st.integers(1, 4))):
        # Two thirds of a quote are certificates: half of the changes go to what stands before them.
        end = data.draw(st.sampled_from([len(raw), 1_400]))
        raw[data.draw(st.integers(0, end - 1))] = data.draw(st.integers(0, 255))
    with suppress(MalformedEvidenceError):
        describe_quote(parse_quote(bytes(raw)))


@pytest.mark.parametrize(("kind", "length"), [(1, 16), (2, 256), (3, 384)])
def test_certification_that_only_names_its_platform_is_read(tdx, kind, length):
    data = bytes(range(256)) * 2
    raw = data[:length] + b"\x11" * 16 + b"\x0d\x00" + b"\x34\x12"
    named = parse_ppid_certification(CertificationData(kind, raw))
    assert (named.ppid, named.cpu_svn) == (data[:length], b"\x11" * 16)
    assert (named.pce_svn, named.pce_id) == (13, b"\x34\x12")
    for other in (raw[:-1], raw + b"\0", b""):
        with pytest.raises(MalformedEvidenceError, match=r"^quote.certification.data"):
            parse_ppid_certification(CertificationData(kind, other))
    quote = tdx.parsed_quote
    quote = replace(quote, qe=replace(quote.qe, certification=CertificationData(kind, raw)))
    assert data[:length].hex() in text_of(describe_quote(quote))


def test_certification_that_carries_certificates_names_no_platform():
    with pytest.raises(MalformedEvidenceError, match="expected 1, 2 or 3, found 5"):
        parse_ppid_certification(CertificationData(5, bytes(36)))


def test_writing_refuses_a_field_of_a_wrong_length():
    with pytest.raises(MalformedEvidenceError, match=r"SgxReport.mr_signer: needs 32 bytes, has 31"):
        replace(SgxReport(), mr_signer=bytes(31)).to_bytes()
