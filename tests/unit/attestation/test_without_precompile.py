# SPDX-License-Identifier: Apache-2.0
"""The same verdicts on a chain that has no P-256 precompile: address 0x100 answers nothing there, good or bad."""

from __future__ import annotations

import pytest
from web3.logs import DISCARD

from pha.attestation.intel.calldata import trimmed
from pha.attestation.intel.generator import Kind, build, good
from pha.attestation.intel.generator.broken import signers
from pha.attestation.intel.generator.defaults import DEFAULT_AT
from tests.chain_without_p256 import ChainWithoutP256
from tests.unit.attestation.intel_suite import Judgement, text

PRECOMPILE = "0x0000000000000000000000000000000000000100"


@pytest.fixture(scope="module")
def chain_without():
    chain = ChainWithoutP256(DEFAULT_AT)
    yield chain
    chain.close()


def outcome(verdict) -> tuple[int, str]:
    """Outcome and reason of a verdict as web3 gives it: a tuple in the order of its members."""
    return verdict[1], text(verdict[3])


def test_address_of_the_precompile_answers_nothing(chain_without):
    assert bytes(chain_without.web3.eth.call({"to": PRECOMPILE, "data": b"\1" * 160})) == b""


def test_precompile_answers_nothing_to_a_bad_signature_where_there_is_one(chain):
    if chain.provider.name != "foundry":
        pytest.skip("py-evm has no P-256 precompile")
    assert bytes(chain.provider.web3.eth.call({"to": PRECOMPILE, "data": b"\1" * 160})) == b""


@pytest.mark.parametrize("kind", [Kind.SGX_V3, Kind.TDX_V4, Kind.TDX_V5], ids=lambda kind: kind.value)
def test_verdicts_are_the_same_without_the_precompile(kind, chain_without, project):
    evidence = build(good(kind))
    suite = chain_without.put_evidence(project, evidence)
    verifier = suite.tdx if kind.is_tdx else suite.sgx
    judge = verifier.functions.judge
    for quote in (evidence.quote, trimmed(evidence.quote)):
        assert outcome(judge(quote, 0).call()) == (2, "")
    for name, reason in (("quote", "QuoteSignature"), ("qe_report", "QeReportSignature")):
        forged = build(signers(**{name: "stranger"})(good(kind)))
        assert outcome(judge(trimmed(forged.quote), 0).call()) == (0, reason)
    other = build(good(kind, seed=b"another ring"))
    assert outcome(judge(trimmed(other.quote), 0).call()) == (0, "PckSignature")
    receipt = chain_without.send(verifier.functions.verify(trimmed(evidence.quote), 0))
    (event,) = verifier.events.EvidenceJudged().process_receipt(receipt, errors=DISCARD)
    assert event["args"]["outcome"] == 2
    assert outcome(judge(trimmed(evidence.quote, pck_known=True), 0).call()) == (2, "")


def test_collateral_is_refused_without_the_precompile_when_another_signed_it(chain_without, project):
    evidence = build(good(Kind.TDX_V5))
    suite = chain_without.put_evidence(project, evidence)
    forged = build(signers(tcb_info="stranger")(good(Kind.TDX_V5, age=60))).collateral
    selector = chain_without.web3.keccak(text="TextSignatureInvalid()")[:4].hex()
    put = suite.collateral.functions.putTcbInfo(forged.tcb_info.encode(), forged.tcb_info_signature, 1)
    with pytest.raises(Exception, match=selector):
        put.call()


def test_judgement_has_the_members_in_this_order(court):
    """What `outcome` above goes by."""
    raw = Judgement.of(court.ready[Kind.TDX_V5].tdx.judge(b"", 0)).raw
    assert (raw[1], text(raw[3])) == (raw.outcome, text(raw.reason)) == (0, "QuoteTooShort")
