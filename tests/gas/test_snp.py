# SPDX-License-Identifier: Apache-2.0
"""Gas of SEV-SNP evidence, on made-up evidence of real size.

The chain is put to a fixed time, so that dates, and with them signatures and calldata, are the same on every run.
"""

from __future__ import annotations

import time

import pytest
from eth_utils import to_hex

from pha.attestation.amd.generator import DEFAULT_AT, build, good, roots
from pha.attestation.amd.product import Product
from tests.unit.attestation_amd.snp_suite import SnpSuite

TRANSACTION_CAP = 16_777_216


@pytest.fixture
def at_time(chain):
    """Callable `(seconds)`: the next blocks are mined from that time on. Undone afterwards."""
    yield lambda seconds: chain.provider.make_request("evm_setTime", [to_hex(seconds)])
    chain.provider.make_request("evm_setTime", [to_hex(int(time.time()))])


def test_snp(project, deployer, at_time, record_gas):
    at_time(DEFAULT_AT)
    evidence = build(good(Product.MILAN, version=3))
    suite = SnpSuite(project, deployer, roots(DEFAULT_AT))
    product = evidence.spec.product
    authority = suite.certificates.putAuthority(product, evidence.authority, sender=deployer)
    assert record_gas("collateral.snp_authority.upsert", authority) < TRANSACTION_CAP
    assert record_gas("collateral.snp_crl.upsert", suite.put_crl(product, evidence.crl)) < TRANSACTION_CAP

    first = [*suite.put_table(evidence.endorsement), suite.verify_raw(suite.with_certificate(evidence))]
    warm = suite.verify_raw(suite.with_id(evidence))
    for receipt in (first[-1], warm):
        (event,) = receipt.decode_logs(suite.verifier.EvidenceJudged)
        assert event.outcome == 2
    assert len(first) == 3
    assert all(receipt.gas_used < TRANSACTION_CAP for receipt in first)
    record_gas("attestation.snp.first_seen_report", first[-1])
    assert record_gas("attestation.snp.first_seen_total", sum(receipt.gas_used for receipt in first)) <= 12_000_000
    assert record_gas("attestation.snp.warm", warm) <= 1_000_000
