# SPDX-License-Identifier: Apache-2.0
"""Gas of Intel's evidence and collateral, on made-up evidence of real size and on real lists and texts.

The chain is put to a fixed time, so that dates, and with them signatures and calldata, are the same on every run.
"""

from __future__ import annotations

import hashlib
import time

import pytest
from eth_utils import to_hex

from pha.attestation.intel.calldata import trimmed
from pha.attestation.intel.generator import KeyRing, Kind, build, good
from pha.attestation.intel.generator.defaults import DEFAULT_AT
from tests.chain_without_p256 import ChainWithoutP256
from tests.unit.attestation.intel_suite import IntelSuite, put_evidence

KINDS = {"tdx_v4": Kind.TDX_V4, "tdx_v5": Kind.TDX_V5, "sgx_v3": Kind.SGX_V3}


@pytest.fixture
def at_time(chain):
    """Callable `(seconds)`: the next blocks are mined from that time on. Undone afterwards."""
    yield lambda seconds: chain.provider.make_request("evm_setTime", [to_hex(seconds)])
    chain.provider.make_request("evm_setTime", [to_hex(int(time.time()))])


@pytest.mark.parametrize("name", KINDS)
def test_quote(name, project, deployer, at_time, record_gas):
    at_time(DEFAULT_AT)
    evidence = build(good(KINDS[name]))
    suite = IntelSuite(project, deployer, evidence.root_der)
    put_evidence(suite, evidence)
    at_time(DEFAULT_AT + 3600)
    cold = suite.verify(trimmed(evidence.quote))
    warm = suite.verify(trimmed(evidence.quote, pck_known=True))
    raw = suite.verify(evidence.quote)
    for receipt in (cold, warm, raw):
        (event,) = receipt.decode_logs(suite.verifier(evidence.quote).EvidenceJudged)
        assert event.outcome == 2
    assert record_gas(f"attestation.{name}.cold", cold) <= 300_000
    assert record_gas(f"attestation.{name}.warm", warm) <= 150_000
    record_gas(f"attestation.{name}.raw_quote", raw)


def test_collateral_of_made_up_evidence(project, deployer, at_time, record_gas):
    at_time(DEFAULT_AT)
    evidence = build(good(Kind.SGX_V3))
    suite = IntelSuite(project, deployer, evidence.root_der)
    collateral = evidence.collateral
    suite.put_crl(0, collateral.root_ca_crl)
    signer = suite.put_authority(evidence.tcb_signing.der)
    platform = suite.put_authority(evidence.platform_ca.der)
    tcb_info = suite.put_tcb_info(collateral.tcb_info, collateral.tcb_info_signature, signer)
    identity = suite.put_identity(collateral.qe_identity, collateral.qe_identity_signature, signer)
    crl = suite.put_crl(platform, evidence.platform_crl)
    assert record_gas("collateral.tcb_info.upsert", tcb_info) <= 600_000
    assert record_gas("collateral.qe_identity.upsert", identity) <= 300_000
    assert record_gas("collateral.pck_crl.upsert", crl) <= 400_000


def test_p256_with_and_without_precompile(project, deployer, record_gas):
    """A transaction that does nothing but check one signature, either way."""
    ring = KeyRing(b"gas")
    message = b"message"
    signature, point = ring.sign("key", message), ring.point("key")
    halves = [int.from_bytes(half, "big") for half in (signature[:32], signature[32:], point[:32], point[32:])]
    p256 = deployer.deploy(project.MockEcdsaP256)
    digest = hashlib.sha256(message).digest()
    record_gas("crypto.p256.fallback", p256.verifyInSolidity.transact(digest, *halves, sender=deployer))
    record_gas("crypto.p256.precompile", p256.verify.transact(digest, *halves, sender=deployer))


@pytest.mark.parametrize("name", ["tdx_v5", "sgx_v3"])
def test_quote_without_precompile(name, project, record_gas):
    """Whole transactions on a chain at Prague's rules, which has none: three signatures at first, two later."""
    chain = ChainWithoutP256(DEFAULT_AT + 3600)
    try:
        evidence = build(good(KINDS[name]))
        suite = chain.put_evidence(project, evidence)
        verify = (suite.tdx if KINDS[name].is_tdx else suite.sgx).functions.verify
        cold = chain.send(verify(trimmed(evidence.quote), 0))
        warm = chain.send(verify(trimmed(evidence.quote, pck_known=True), 0))
        record_gas(f"attestation.{name}.cold_without_p256_precompile", cold["gasUsed"])
        record_gas(f"attestation.{name}.warm_without_p256_precompile", warm["gasUsed"])
    finally:
        chain.close()
