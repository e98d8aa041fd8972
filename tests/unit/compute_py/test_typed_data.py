# SPDX-License-Identifier: Apache-2.0
"""What workers sign, compared with an independent implementation of EIP-712."""

from __future__ import annotations

import pytest
from eth_utils import to_canonical_address

from pha.compute.typed_data import (
    answer_digest,
    market_domain,
    oracle_domain,
    receipt_digest,
    sign_digest,
    take_digest,
)
from tests.reference.compute_setup import ANSWER, RECEIPT, TAKE, sign_typed, worker_key

CONTRACT = "0x00000000000000000000000000000000000000AB"
HASH = bytes(range(32))


@pytest.mark.parametrize("chain_id", [1, 2035])
def test_signatures_are_those_of_the_independent_library(chain_id):
    key, address = worker_key(1), to_canonical_address(CONTRACT)
    market, oracle = market_domain(chain_id, address), oracle_domain(chain_id, address)
    for digest, name, kind, fields, values in (
        (take_digest(market, 7, 10**16, 99), "Phala ComputeMarket", "Take", TAKE, (7, 10**16, 99)),
        (receipt_digest(market, 7, 8, 9, True), "Phala ComputeMarket", "Receipt", RECEIPT, (7, 8, 9, True)),
        (answer_digest(oracle, 7, HASH, b"so"), "Phala ComputeOracle", "Answer", ANSWER, (7, HASH, b"so")),
    ):
        assert sign_digest(key, digest) == sign_typed(key, CONTRACT, name, kind, fields, values, chain_id)
