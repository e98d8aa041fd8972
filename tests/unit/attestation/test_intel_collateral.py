# SPDX-License-Identifier: Apache-2.0
"""What TCB Info and identities the chain takes, and in which order of time."""

from __future__ import annotations

from dataclasses import replace

import ape
import pytest

from pha.attestation.intel.generator import Kind, build, issue
from pha.attestation.intel.generator.certificates import KeyRing, issue_crl
from tests.direct_call import fails_with, refusal

SIGNER = "tcb-signing"


@pytest.fixture
def evidence(good_evidence):
    return good_evidence(Kind.TDX_V5)


@pytest.fixture
def ring(evidence):
    return KeyRing(evidence.spec.seed)


@pytest.fixture
def suite(empty_suite, evidence):
    empty_suite.put_crl(0, evidence.root_crl)
    assert empty_suite.put_authority(evidence.tcb_signing.der) == 1
    return empty_suite


def put(suite, ring, text: str, key: str = SIGNER):
    if text.startswith(('{"id":"SGX"', '{"id":"TDX"')):
        return suite.put_tcb_info(text, ring.sign(key, text.encode()), 1)
    return suite.put_identity(text, ring.sign(key, text.encode()), 1)


def test_text_is_kept_under_its_key(suite, ring, evidence):
    info = evidence.spec.tcb_info
    put(suite, ring, info.to_json())
    key = suite.collateral.tcbInfoKey(True, info.fmspc)
    kept = suite.collateral.get(key)
    assert (kept.issueDate, kept.nextUpdate, kept.evaluationNumber) == (
        info.issue_date,
        info.next_update,
        info.tcb_evaluation_data_number,
    )
    assert suite.collateral.get(suite.collateral.tcbInfoKey(False, info.fmspc)).packed == ape.utils.ZERO_ADDRESS


def test_text_is_refused_when_signed_by_another_key(suite, ring, evidence):
    with fails_with("TextSignatureInvalid"):
        put(suite, ring, evidence.spec.tcb_info.to_json(), "stranger")
    text = evidence.spec.tcb_info.to_json()
    for signature in (b"", bytes(63), bytes(64), bytes(65)):
        with fails_with("TextSignatureInvalid"):
            suite.put_tcb_info(text, signature, 1)


def test_text_is_refused_when_the_signer_is_none(suite, ring, evidence):
    text = evidence.spec.tcb_info.to_json()
    platform = suite.put_authority(evidence.platform_ca.der)
    for signer in (0, platform, 200):
        with fails_with("SignerRefused"):
            suite.put_tcb_info(text, ring.sign(SIGNER, text.encode()), signer)


@pytest.mark.parametrize("member", ["tcb_info", "qe_identity"])
def test_text_never_goes_back(member, suite, ring, evidence):
    text = getattr(evidence.spec, member)
    number, issued = text.tcb_evaluation_data_number, text.issue_date

    def at(evaluation: int, issue_date: int) -> str:
        return replace(text, tcb_evaluation_data_number=evaluation, issue_date=issue_date).to_json()

    put(suite, ring, at(number, issued))
    for evaluation, issue_date in (
        (number - 1, issued + 5),
        (number, issued - 1),
        (number + 1, issued - 1),
    ):
        with fails_with("TextNotNewer"):
            put(suite, ring, at(evaluation, issue_date))
    put(suite, ring, at(number, issued + 1))
    put(suite, ring, at(number + 1, issued + 1))


@pytest.mark.parametrize("member", ["tcb_info", "qe_identity"])
def test_text_put_in_again_changes_nothing(member, suite, ring, evidence):
    text = getattr(evidence.spec, member)
    key = suite.collateral.tcbInfoKey(True, evidence.spec.tcb_info.fmspc) if member == "tcb_info" else b"TD_QE"
    put(suite, ring, text.to_json())
    before = suite.collateral.get(key)
    assert before.issueDate == text.issue_date
    put(suite, ring, text.to_json())
    # Of the same number and date the first one stays, whatever else it says.
    put(suite, ring, replace(text, next_update=text.next_update - 60).to_json())
    assert suite.collateral.get(key) == before


@pytest.fixture
def replace_signer(empty_suite, evidence, ring):
    """Callable `(text)`: put a text in that was signed by a signer who has come after the first; its index is 2."""
    spec = evidence.spec
    other = issue(ring, replace(spec.tcb_signing, key="tcb-signing-2"), spec.root).der

    def put_by_other(text: str):
        assert empty_suite.put_authority(other) == 2
        signature = ring.sign("tcb-signing-2", text.encode())
        return empty_suite.put_tcb_info(text, signature, 2)

    return put_by_other


def stolen(evidence) -> str:
    """What a thief of the signer's key would put in: a number that nothing genuine ever reaches."""
    return replace(evidence.spec.tcb_info, tcb_evaluation_data_number=2**24 - 1).to_json()


def test_what_a_revoked_signer_put_in_gives_way(suite, ring, evidence, replace_signer):
    put(suite, ring, stolen(evidence))
    serial = evidence.tcb_signing.certificate.serial_number
    revoking = replace(evidence.spec.root_crl, revoked=(serial,), this_update=evidence.spec.root_crl.this_update + 1)
    suite.put_crl(0, issue_crl(ring, revoking, evidence.spec.root))
    info = evidence.spec.tcb_info
    replace_signer(info.to_json())
    kept = suite.collateral.get(suite.collateral.tcbInfoKey(True, info.fmspc))
    assert (kept.evaluationNumber, kept.signer) == (info.tcb_evaluation_data_number, 2)
    # From here on the usual order holds again.
    with fails_with("TextNotNewer"):
        text = replace(info, tcb_evaluation_data_number=info.tcb_evaluation_data_number - 1).to_json()
        suite.put_tcb_info(text, ring.sign("tcb-signing-2", text.encode()), 2)


def test_what_an_expired_signer_put_in_stays(empty_suite, ring, evidence, replace_signer, chain):
    empty_suite.put_crl(0, evidence.root_crl)
    spec = replace(evidence.spec.tcb_signing, not_after=evidence.at + 10 * 86_400)
    assert empty_suite.put_authority(issue(ring, spec, evidence.spec.root).der) == 1
    put(empty_suite, ring, stolen(evidence))
    chain.pending_timestamp = spec.not_after + 1
    chain.mine()
    assert bytes(empty_suite.certificates.checkSigner(1).problem).rstrip(b"\0") == b"TcbSignerExpired"
    with fails_with("TextNotNewer"):
        replace_signer(evidence.spec.tcb_info.to_json())


@pytest.mark.parametrize("member", ["tcb_info", "qe_identity"])
def test_text_is_refused_outside_its_window(member, suite, ring, evidence):
    text = getattr(evidence.spec, member)
    for change in (
        {"issue_date": evidence.at + 86_400},
        {"issue_date": evidence.at - 200, "next_update": evidence.at - 100},
    ):
        with fails_with("TextOutsideValidity"):
            put(suite, ring, replace(text, **change).to_json())


@pytest.mark.parametrize("member", ["tcb_info", "qe_identity"])
def test_text_is_refused_when_it_is_not_of_intels_form(member, suite, ring, evidence):
    """Signed by the TCB signer: it is the form alone that is wrong. Each way is tried with the reader itself."""
    text = getattr(evidence.spec, member).to_json()
    method = suite.collateral.putTcbInfo if member == "tcb_info" else suite.collateral.putIdentity
    for bent in ("", text[:-1], text + " ", text.replace('"UpToDate"', '"UpToDat"'), text.replace(",", ", ", 1)):
        assert refusal(method, bent.encode(), ring.sign(SIGNER, bent.encode()), 1) == "MalformedJson"
    assert refusal(method, text.encode() + b" ", ring.sign(SIGNER, text.encode()), 1) == "TextSignatureInvalid"


def test_expired_text_stays_readable_and_is_refused_for_verdicts(create_suite, evidence, chain):
    suite = create_suite(evidence)
    key = suite.collateral.tcbInfoKey(True, evidence.spec.tcb_info.fmspc)
    assert suite.judge(evidence.quote).outcome == "Accepted"
    chain.pending_timestamp = evidence.spec.tcb_info.next_update + 1
    chain.mine()
    assert suite.judge(evidence.quote).outcome == "Invalid"
    assert suite.collateral.get(key).nextUpdate == evidence.spec.tcb_info.next_update


def test_advisories_of_any_name_come_back_as_they_were(create_suite, good_evidence):
    evidence = good_evidence(Kind.SGX_V3)
    names = (
        "INTEL-SA-00001",
        "INTEL-SA-99999",
        "INTEL-DOC-1",
        "X",
        "INTEL-SA-123456",
        "INTEL-SA-0000A",
        "N" * 32,
    )
    info = evidence.spec.tcb_info
    levels = (replace(info.levels[0], advisory_ids=names), *info.levels[1:])
    named = build(replace(evidence.spec, tcb_info=replace(info, levels=levels)))
    assert create_suite(named).judge(named.quote).advisories == frozenset(names)


def test_levels_are_judged_best_first_whatever_their_order(create_suite, good_evidence):
    evidence = good_evidence(Kind.TDX_V4)
    info = evidence.spec.tcb_info
    turned = build(replace(evidence.spec, tcb_info=replace(info, levels=tuple(reversed(info.levels)))))
    assert create_suite(turned).judge(turned.quote).status == "UpToDate"
