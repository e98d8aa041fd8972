# SPDX-License-Identifier: Apache-2.0
"""Intel's certificate extension: the same values an independent parser reads, and strict DER."""

from __future__ import annotations

from contextlib import suppress

import dcap_qvl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.attestation.intel import der
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.pck import (
    PckExtension,
    PlatformConfiguration,
    parse_pck_extension,
    pck_extension_of,
)

FLAG = st.one_of(st.none(), st.booleans())
EXTENSIONS = st.builds(
    PckExtension,
    ppid=st.binary(min_size=16, max_size=16),
    components=st.tuples(*[st.integers(0, 255)] * 16),
    pce_svn=st.integers(0, 0xFFFF),
    cpu_svn=st.binary(min_size=16, max_size=16),
    pce_id=st.binary(min_size=2, max_size=2),
    fmspc=st.binary(min_size=6, max_size=6),
    sgx_type=st.integers(0, 2),
    platform_instance_id=st.one_of(st.none(), st.binary(min_size=16, max_size=16)),
    configuration=st.one_of(st.none(), st.builds(PlatformConfiguration, FLAG, FLAG, FLAG)),
)


@settings(max_examples=80, deadline=None)
@given(EXTENSIONS)
def test_parse_gives_back_what_was_written(extension):
    assert parse_pck_extension(extension.to_der()) == extension


def test_certificate_holds_what_an_independent_parser_reads(evidence):
    theirs = dcap_qvl.parse_pck_extension_from_pem(evidence.pck.pem.encode())
    ours = pck_extension_of(evidence.pck.certificate)
    assert (theirs.ppid, theirs.cpu_svn, theirs.pce_svn) == (ours.ppid, ours.cpu_svn, ours.pce_svn)
    assert (theirs.pce_id, theirs.fmspc, theirs.sgx_type) == (ours.pce_id, ours.fmspc, ours.sgx_type)
    assert theirs.platform_instance_id == ours.platform_instance_id
    for index, svn in enumerate(ours.components, start=1):
        value = theirs.get_value(f"1.2.840.113741.1.13.1.2.{index}")
        assert int.from_bytes(value, "big") == svn


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_byte_change_raises_anything_but_a_named_error(data):
    extension = data.draw(EXTENSIONS)
    raw = bytearray(extension.to_der())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MalformedEvidenceError):
        parse_pck_extension(bytes(raw))


def test_every_truncation_is_refused(tdx):
    raw = tdx.spec.pck.extension.to_der()
    for length in range(len(raw)):
        with pytest.raises(MalformedEvidenceError, match=r"^pck\."):
            parse_pck_extension(raw[:length])


def members(extension: PckExtension) -> list[bytes]:
    top = next(der.elements(extension.to_der(), "test"))
    return [der.encode(entry.tag, entry.content) for entry in top.children("test")]


@pytest.mark.parametrize(("index", "field"), [(0, "ppid"), (1, "tcb"), (2, "pce_id"), (3, "fmspc"), (4, "sgx_type")])
def test_a_missing_member_is_named(tdx, index, field):
    parts = members(tdx.spec.pck.extension)
    del parts[index]
    with pytest.raises(MalformedEvidenceError, match=rf"^pck\.{field}: missing"):
        parse_pck_extension(der.sequence(*parts))


def test_a_member_that_stands_twice_is_refused(tdx):
    parts = members(tdx.spec.pck.extension)
    with pytest.raises(MalformedEvidenceError, match="stands twice"):
        parse_pck_extension(der.sequence(*parts, parts[0]))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("30800000", "indefinite"),
        ("308101" + "00", "shortest form"),
        ("30820001" + "00", "shortest form"),
        ("3005020100", "3 left"),
        ("30", "cut short"),
        ("3082", "cut short"),
        ("0400", "expected DER tag 0x30"),
        ("30003000", "expected one SEQUENCE"),
        ("", "expected one SEQUENCE"),
    ],
)
def test_der_that_is_not_der_is_refused(raw, reason):
    with pytest.raises(MalformedEvidenceError, match=reason):
        parse_pck_extension(bytes.fromhex(raw))


@pytest.mark.parametrize("content", ["", "80", "0001", "0000"])
def test_a_number_that_is_negative_or_padded_is_refused(content):
    element = next(der.elements(der.encode(der.INTEGER, bytes.fromhex(content)), "n"))
    with pytest.raises(MalformedEvidenceError, match=r"^n at byte 0"):
        element.unsigned("n")


@pytest.mark.parametrize(
    ("value", "encoded"), [(0, "020100"), (127, "02017f"), (128, "02020080"), (65535, "020300ffff")]
)
def test_numbers_are_written_as_x690_says(value, encoded):
    assert der.integer(value).hex() == encoded


def test_object_identifier_is_written_as_x690_says():
    assert der.object_id("1.2.840.113741.1.13.1").hex() == "06092a864886f84d010d01"
