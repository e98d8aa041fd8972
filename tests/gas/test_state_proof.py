# SPDX-License-Identifier: Apache-2.0
"""What a storage proof costs, over a generated state of 65,536 accounts."""

from __future__ import annotations

import random
import statistics

import pytest

from tests.reference.substrate_state import ReferenceTrie, pack_items, substrate_like_state, system_account_key

ACCOUNTS = 65_536


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.MockStateReader)


@pytest.fixture(scope="module")
def large_state():
    entries, accounts = substrate_like_state(ACCOUNTS, seed=65536)
    return ReferenceTrie(entries), accounts


def test_reading_a_balance_by_a_storage_proof(reader, large_state, record_gas):
    trie, accounts = large_state
    costs = []
    for account in random.Random(1).sample(accounts, 24):
        key = system_account_key(account)
        balance, cost = reader.measureNativeBalance(trie.root, account, pack_items(trie.proof_items(key)))
        info = trie.entries[key]
        assert balance == int.from_bytes(info[16:32], "little") + int.from_bytes(info[32:48], "little")
        costs.append(cost)
    # execution alone (key, proof, decoding): the median of 24 accounts
    record_gas("bridge.state_proof", int(statistics.median_low(costs)))
    record_gas("bridge.state_proof.dearest_of_24", max(costs))
