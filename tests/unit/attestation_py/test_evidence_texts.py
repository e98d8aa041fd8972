# SPDX-License-Identifier: Apache-2.0
"""TCB Info, identities and collateral: every member by name, nothing guessed."""

from __future__ import annotations

import json
import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.attestation.intel.collateral import Collateral, certificates, revocation_list
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.status import ENCLAVE_LEVEL_STATUSES, PLATFORM_LEVEL_STATUSES
from pha.attestation.intel.tcb import (
    EnclaveIdentity,
    EnclaveLevel,
    TcbComponent,
    TcbInfo,
    TcbLevel,
    TdxModule,
    TdxModuleIdentity,
    iso_date,
    parse_enclave_identity,
    parse_tcb_info,
)
from pha.attestation.intel.text_mutations import TEXT_CHANGES

DATE = st.integers(0, 4_102_444_799)
ADVISORIES = st.lists(st.from_regex(r"INTEL-SA-[0-9]{5}", fullmatch=True), max_size=3).map(tuple)
WORD = st.one_of(st.none(), st.sampled_from(["BIOS", "OS/VMM", "TDX Module"]))
COMPONENTS = st.tuples(*[st.builds(TcbComponent, st.integers(0, 255), WORD, WORD)] * 16)


def fixed(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


ENCLAVE_LEVELS = st.lists(
    st.builds(EnclaveLevel, st.integers(0, 0xFFFF), DATE, st.sampled_from(ENCLAVE_LEVEL_STATUSES), ADVISORIES),
    max_size=3,
).map(tuple)
MODULE = st.builds(TdxModule, fixed(48), fixed(8), fixed(8))
MODULES = st.lists(
    st.builds(TdxModuleIdentity, st.sampled_from(["TDX_01", "TDX_03"]), ENCLAVE_LEVELS, MODULE), max_size=2
).map(tuple)


def tcb_infos(tdx: bool) -> st.SearchStrategy[TcbInfo]:
    level = st.builds(
        TcbLevel,
        COMPONENTS,
        st.integers(0, 0xFFFF),
        DATE,
        st.sampled_from(PLATFORM_LEVEL_STATUSES),
        ADVISORIES,
        COMPONENTS if tdx else st.none(),
    )
    return st.builds(
        TcbInfo,
        id=st.just("TDX" if tdx else "SGX"),
        issue_date=DATE,
        next_update=DATE,
        fmspc=fixed(6),
        pce_id=fixed(2),
        tcb_evaluation_data_number=st.integers(0, 0xFFFFFFFF),
        levels=st.lists(level, max_size=3).map(tuple),
        tdx_module=MODULE if tdx else st.none(),
        tdx_module_identities=st.one_of(st.none(), MODULES) if tdx else st.none(),
    )


IDENTITIES = st.builds(
    EnclaveIdentity,
    id=st.sampled_from(["QE", "TD_QE", "QVE"]),
    issue_date=DATE,
    next_update=DATE,
    tcb_evaluation_data_number=st.integers(0, 0xFFFFFFFF),
    mr_signer=fixed(32),
    isv_prod_id=st.integers(0, 0xFFFF),
    levels=ENCLAVE_LEVELS,
    misc_select=fixed(4),
    misc_select_mask=fixed(4),
    attributes=fixed(16),
    attributes_mask=fixed(16),
)


@settings(max_examples=30, deadline=None)
@given(st.one_of(tcb_infos(True), tcb_infos(False)))
def test_tcb_info_parses_to_what_was_written(info):
    assert parse_tcb_info(info.to_json()) == info


@settings(max_examples=40, deadline=None)
@given(IDENTITIES)
def test_identity_parses_to_what_was_written(identity):
    assert parse_enclave_identity(identity.to_json()) == identity


def paths(value, path=()):
    """Every member and list entry of a JSON value, by its path."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield (*path, key)
            yield from paths(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value[:1]):
            yield from paths(entry, (*path, index))


OPTIONAL = {"advisoryIDs", "category", "type", "tdxModuleIdentities"}


@pytest.mark.parametrize("which", ["tcb_info", "qe_identity"])
def test_every_member_left_out_or_of_another_type_is_named(tdx, which):
    text = getattr(tdx.collateral, which)
    parse = parse_tcb_info if which == "tcb_info" else parse_enclave_identity
    seen = 0
    for path in paths(json.loads(text)):
        for absent in (True, False):
            value = json.loads(text)
            holder = value
            for step in path[:-1]:
                holder = holder[step]
            if absent:
                if path[-1] in OPTIONAL:
                    continue
                del holder[path[-1]]
            else:
                holder[path[-1]] = None
            with pytest.raises(MalformedEvidenceError) as caught:
                parse(json.dumps(value))
            assert str(path[-1]) in caught.value.field
            seen += 1
    assert seen > 30


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("version", 2, "expected 3, found 2"),
        ("version", True, "expected int, found bool"),
        ("version", 3.0, "expected int, found float"),
        ("id", "QE", "expected one of SGX, TDX"),
        ("fmspc", "90C06F00000", "expected 12 hexadecimal digits"),
        ("fmspc", "90C06F00000G", "expected 12 hexadecimal digits"),
        ("pceId", "000000", "expected 4 hexadecimal digits"),
        ("tcbType", 1, "expected 0, found 1"),
        ("tcbEvaluationDataNumber", -1, "expected 0 to 4294967295, found -1"),
        ("issueDate", "2026-13-01T00:00:00Z", "expected YYYY-MM-DDThh:mm:ssZ"),
        ("issueDate", "2026-02-29T00:00:00Z", "expected YYYY-MM-DDThh:mm:ssZ"),
        ("issueDate", "2026-02-28T24:00:00Z", "expected YYYY-MM-DDThh:mm:ssZ"),
        ("nextUpdate", "2026-02-28T00:00:00+00:00", "expected YYYY-MM-DDThh:mm:ssZ"),
        ("nextUpdate", "2026-2-28T00:00:00Z", "expected YYYY-MM-DDThh:mm:ssZ"),
        ("nextUpdate", "\uff12\uff1026-02-28T00:00:00Z", "expected YYYY-MM-DDThh:mm:ssZ"),
    ],
)
def test_a_value_out_of_range_is_named(tdx, member, value, reason):
    members = {**json.loads(tdx.collateral.tcb_info), member: value}
    with pytest.raises(MalformedEvidenceError, match=rf"^tcbInfo\.{member}: {reason}".replace("+", r"\+")):
        parse_tcb_info(json.dumps(members))


def test_a_member_that_stands_twice_is_refused(tdx):
    with pytest.raises(MalformedEvidenceError, match="stands twice"):
        parse_tcb_info(tdx.collateral.tcb_info[:-1] + ',"id":"SGX"}')


@pytest.mark.parametrize("text", ["", "[]", "1", "{", "nul", "[" * 100_000, '{"a":' * 100_000])
def test_text_that_is_no_object_is_refused(text):
    with pytest.raises(MalformedEvidenceError, match=r"^tcbInfo"):
        parse_tcb_info(text)


@pytest.mark.parametrize("name", sorted(TEXT_CHANGES))
def test_no_rewritten_text_raises_anything_but_a_named_error(evidence, name):
    for which, parse in (("tcb_info", parse_tcb_info), ("qe_identity", parse_enclave_identity)):
        for number in range(30):
            changed = TEXT_CHANGES[name](getattr(evidence.collateral, which), random.Random(number))
            with suppress(MalformedEvidenceError):
                parse(changed)


def test_dates_are_read_to_the_second(tdx):
    info = parse_tcb_info(tdx.collateral.tcb_info)
    assert (info.issue_date, info.next_update) == (tdx.at - 86_400, tdx.at + 29 * 86_400)
    assert iso_date(1_750_330_571) == "2025-06-19T10:56:11Z"


# --- collateral ---------------------------------------------------------------------------------------------


def test_collateral_reads_what_it_wrote(evidence):
    assert Collateral.from_json(evidence.collateral.to_json()) == evidence.collateral


@pytest.mark.parametrize("name", [name for name in Collateral.__dataclass_fields__ if name != "pck_certificate_chain"])
def test_collateral_names_the_member_that_is_missing_or_broken(tdx, name):
    members = json.loads(tdx.collateral.to_json())
    del members[name]
    with pytest.raises(MalformedEvidenceError, match=rf"^collateral\.{name}: missing"):
        Collateral.from_json(json.dumps(members))
    with pytest.raises(MalformedEvidenceError, match=rf"^collateral\.{name}: expected str"):
        Collateral.from_json(json.dumps({**members, name: 7}))


@pytest.mark.parametrize("name", ["root_ca_crl", "pck_crl", "tcb_info_signature", "qe_identity_signature"])
def test_collateral_refuses_bytes_that_are_not_hexadecimal(tdx, name):
    members = {**json.loads(tdx.collateral.to_json()), name: "zz"}
    with pytest.raises(MalformedEvidenceError, match=rf"^collateral\.{name}: expected hexadecimal"):
        Collateral.from_json(json.dumps(members))


@pytest.mark.parametrize("length", [0, 63, 65])
def test_collateral_refuses_a_signature_of_another_length(tdx, length):
    members = {**json.loads(tdx.collateral.to_json()), "tcb_info_signature": "00" * length}
    with pytest.raises(MalformedEvidenceError, match=rf"expected 64 bytes \(r and s\), found {length}"):
        Collateral.from_json(json.dumps(members))


def test_every_truncated_list_and_chain_is_refused_by_name(tdx):
    raw = tdx.root_crl
    for length in range(len(raw)):
        with pytest.raises(MalformedEvidenceError, match=r"^list: not a DER revocation list"):
            revocation_list(raw[:length], "list")
    for pem in ("", "-----BEGIN CERTIFICATE-----\n", tdx.root.pem[:200]):
        with pytest.raises(MalformedEvidenceError, match=r"^chain: not a PEM certificate chain"):
            certificates(pem, "chain")
