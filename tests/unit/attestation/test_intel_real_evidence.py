# SPDX-License-Identifier: Apache-2.0
"""Quotes of real hardware with Intel's own collateral, each judged within its collateral's windows."""

from __future__ import annotations

import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from eth_utils import to_hex

from pha.attestation.intel import oracle
from pha.attestation.intel.calldata import trimmed
from pha.attestation.intel.collateral import Collateral
from tests.unit.attestation.intel_suite import IntelSuite

ALLOW_DEBUG = 1
FILES = {
    "sgx_v3": (
        "sgx_v3",
        1_751_000_000,
        ("Accepted", "", "ConfigurationAndSWHardeningNeeded", {"INTEL-SA-00289", "INTEL-SA-00615"}),
    ),
    "tdx_v4": ("tdx_v4", 1_751_000_000, ("Accepted", "", "UpToDate", set())),
    "tdx_v5": ("tdx_v5", 1_772_000_000, ("Accepted", "", "UpToDate", set())),
    "tdx_v5_no_tcb_level": ("tdx_v5", 1_772_000_000, ("Refused", "TcbLevelNone", "None", set())),
    "sgx_v3_debug": (
        "sgx_v3",
        1_751_000_000,
        ("Refused", "Debug", "ConfigurationAndSWHardeningNeeded", {"INTEL-SA-00289", "INTEL-SA-00615"}),
    ),
}


@pytest.fixture
def at_time(chain):
    """Callable `(seconds)`: mine a block at that time, which may be in the past. Undone afterwards."""
    if chain.provider.name != "foundry":
        pytest.skip("this provider's time can't be put back to when the evidence was made")

    def travel(seconds: int) -> None:
        chain.provider.make_request("evm_setTime", [to_hex(seconds)])
        chain.mine()

    yield travel
    chain.provider.make_request("evm_setTime", [to_hex(int(time.time()))])


@pytest.fixture
def real_suite(project, deployer, evidence_dir, at_time):
    """Callable `(collateral name, seconds)`: contracts with that collateral, and it."""

    def create(name: str, at: int) -> tuple[IntelSuite, Collateral]:
        collateral = Collateral.from_json((evidence_dir / "intel" / f"{name}.collateral.json").read_text())
        chain_pem = x509.load_pem_x509_certificates(collateral.tcb_info_issuer_chain.encode())
        at_time(at)
        suite = IntelSuite(project, deployer, chain_pem[-1].public_bytes(Encoding.DER))
        suite.put_collateral(collateral)
        return suite, collateral

    return create


@pytest.mark.parametrize("name", FILES)
def test_judge_gives_the_known_verdict_on_real_evidence(name, real_suite, evidence_dir):
    of, at, expected = FILES[name]
    suite, collateral = real_suite(of, at)
    quote = (evidence_dir / "intel" / f"{name}.quote").read_bytes()
    raw = suite.judge(quote)
    assert (raw.outcome, raw.reason, raw.status, set(raw.advisories)) == expected
    independent = oracle.judge(quote, collateral, at)
    assert independent.accepted == (raw.outcome == "Accepted")
    if independent.accepted:
        assert (raw.status, set(raw.advisories)) == (independent.status, set(independent.advisory_ids))
    assert suite.judge(trimmed(quote)).raw == raw.raw
    receipt = suite.verify(trimmed(quote))
    assert receipt.gas_used < 300_000
    assert suite.judge(trimmed(quote, pck_known=True)).raw == raw.raw


def test_judge_accepts_debug_enclave_when_allowed(real_suite, evidence_dir):
    suite, _ = real_suite("sgx_v3", 1_751_000_000)
    quote = (evidence_dir / "intel" / "sgx_v3_debug.quote").read_bytes()
    assert suite.judge(quote, ALLOW_DEBUG).outcome == "Accepted"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("sgx_v3", 1_750_330_571, 1_752_919_278),
        ("tdx_v4", 1_750_329_147, 1_752_919_234),
        ("tdx_v5", 1_771_412_331, 1_774_003_274),
    ],
)
def test_validity_ends_with_the_earliest_window(name, first, last, real_suite, evidence_dir, at_time):
    suite, collateral = real_suite(name, first)
    quote = (evidence_dir / "intel" / f"{name}.quote").read_bytes()
    assert suite.judge(quote).raw.validUntil == last
    assert oracle.judge(quote, collateral, last).accepted
    assert not oracle.judge(quote, collateral, last + 1).accepted
    at_time(last)
    assert suite.judge(quote).outcome == "Accepted"
    at_time(last + 1)
    late = suite.judge(quote)
    assert late.outcome == "Invalid"
    assert late.reason.endswith("Expired")


def test_contracts_know_intels_root(real_suite, empty_suite):
    suite, _ = real_suite("tdx_v5", 1_772_000_000)
    assert suite.certificates.isProductionRoot()
    assert not empty_suite.certificates.isProductionRoot()


def test_later_collateral_replaces_earlier_and_not_the_reverse(real_suite, evidence_dir, at_time):
    suite, _ = real_suite("tdx_v4", 1_751_000_000)
    newer = Collateral.from_json((evidence_dir / "intel" / "tdx_v5.collateral.json").read_text())
    at_time(1_772_000_000)
    ca = 2  # signer first, then the CA
    receipt = suite.put_crl(ca, newer.pck_crl)
    assert receipt.gas_used < 400_000
    suite.put_identity(newer.qe_identity, newer.qe_identity_signature, 1)
    suite.put_tcb_info(newer.tcb_info, newer.tcb_info_signature, 1)
