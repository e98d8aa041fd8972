# SPDX-License-Identifier: Apache-2.0
"""Quotes that real processors made, at their time, under the vendor's own root."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509

from pha.attestation.intel.chains import INTEL_ROOT_SHA256, der_of
from pha.attestation.intel.collateral import Collateral, certificates
from pha.attestation.intel.explain import agrees
from pha.attestation.intel.oracle import judge
from pha.attestation.intel.pck import pck_extension_of
from pha.attestation.intel.quote import parse_quote
from pha.attestation.intel.refusal import RefusedError
from pha.attestation.intel.tcb import parse_enclave_identity, parse_tcb_info
from pha.attestation.intel.verdict import judge_evidence

CWSHN = "ConfigurationAndSWHardeningNeeded"
# quote, collateral, from, to, status, advisories, FMSPC; or the rule that refuses in place of a status
ACCEPTED = [
    ("sgx_v3", "sgx_v3", 1750330571, 1752919278, CWSHN, {"INTEL-SA-00289", "INTEL-SA-00615"}, "00a067110000"),
    ("tdx_v4", "tdx_v4", 1750329147, 1752919235, "UpToDate", set(), "b0c06f000000"),
    ("tdx_v5", "tdx_v5", 1771412331, 1774003275, "UpToDate", set(), "90c06f000000"),
]
REFUSED = [
    ("tdx_v5_no_tcb_level", "tdx_v5", 1771412331, 1774003275, "platform_level"),
    ("sgx_v3_debug", "sgx_v3", 1750330571, 1752919278, "debug"),
]


@pytest.fixture
def load(evidence_dir):
    folder = evidence_dir / "intel"
    if not folder.is_dir():
        pytest.skip(f"no real Intel evidence at {folder}")

    def read(quote: str, collateral: str):
        raw = (folder / f"{quote}.quote").read_bytes()
        return raw, Collateral.from_json((folder / f"{collateral}.collateral.json").read_text())

    return read


@pytest.mark.parametrize(("name", "of", "start", "end", "status", "advisories", "fmspc"), ACCEPTED)
def test_real_quote_has_its_status_all_through_its_time(load, name, of, start, end, status, advisories, fmspc):
    raw, collateral = load(name, of)
    for at in (start, (start + end) // 2, end - 1):
        verdict = judge_evidence(parse_quote(raw), collateral, at)
        assert (verdict.status.value, set(verdict.advisory_ids)) == (status, advisories)
        assert verdict.pck.fmspc.hex() == fmspc
        assert agrees(verdict, judge(raw, collateral, at))
    for at in (start - 1, end + 86_400):
        with pytest.raises(RefusedError, match="dates"):
            judge_evidence(parse_quote(raw), collateral, at)
        assert not judge(raw, collateral, at).accepted


@pytest.mark.parametrize(("name", "of", "end"), [(entry[0], entry[1], entry[3]) for entry in ACCEPTED])
def test_last_second_counts_for_texts_and_not_for_lists(load, name, of, end):
    """A text counts at its nextUpdate, a revocation list no longer: RFC 5280 expects the next one by then."""
    raw, collateral = load(name, of)
    theirs = judge(raw, collateral, end)
    list_ends = int(x509.load_der_x509_crl(collateral.pck_crl).next_update_utc.timestamp())
    assert theirs.accepted == (end < list_ends)
    if theirs.accepted:
        assert judge_evidence(parse_quote(raw), collateral, end).status.value == theirs.status
    else:
        with pytest.raises(RefusedError, match="crl_dates"):
            judge_evidence(parse_quote(raw), collateral, end)


@pytest.mark.parametrize(("name", "of", "start", "end", "rule"), REFUSED)
def test_real_quote_is_refused_by_name(load, name, of, start, end, rule):
    raw, collateral = load(name, of)
    for at in (start, end - 1):
        with pytest.raises(RefusedError) as caught:
            judge_evidence(parse_quote(raw), collateral, at)
        assert caught.value.rule == rule
        assert not judge(raw, collateral, at).accepted


@pytest.mark.parametrize(("name", "of"), [(entry[0], entry[1]) for entry in (*ACCEPTED, *REFUSED)])
def test_real_quote_is_written_back_to_the_same_bytes(load, name, of):
    raw, collateral = load(name, of)
    quote = parse_quote(raw)
    assert quote.to_bytes() == raw
    leaf = certificates(quote.qe.certification.data, "chain")[0]
    extension = pck_extension_of(leaf)
    assert extension.to_der() in der_of(leaf)
    assert extension.cpu_svn == bytes(extension.components)
    assert Collateral.from_json(collateral.to_json()) == collateral


@pytest.mark.parametrize("of", ["sgx_v3", "tdx_v4", "tdx_v5"])
def test_real_texts_are_written_back_to_the_same_characters(load, of):
    _, collateral = load(of, of)
    assert parse_tcb_info(collateral.tcb_info).to_json() == collateral.tcb_info
    assert parse_enclave_identity(collateral.qe_identity).to_json() == collateral.qe_identity


def test_vendors_root_has_the_pinned_hash(load):
    _, collateral = load("tdx_v5", "tdx_v5")
    root = certificates(collateral.tcb_info_issuer_chain, "chain")[-1]
    assert root.subject == root.issuer
    assert hashlib.sha256(der_of(root)).digest() == INTEL_ROOT_SHA256
