# SPDX-License-Identifier: Apache-2.0
"""The demo's parachain: everything that can be claimed has a key that is public, and some of it was staked."""

from __future__ import annotations

import pytest

from pha.bridge.chain_state import load_chain_state
from pha.bridge.sample.keys import sample_multisig
from pha.bridge.sample.parachain import WITHOUT_STAKE, SampleParachain
from pha.bridge.sample.wallets import sample_keys
from pha.bridge.whole_ledger import whole_ledger


@pytest.fixture(scope="module")
def leaves(tmp_path_factory):
    state = load_chain_state(SampleParachain().write(tmp_path_factory.mktemp("state"), "sample"))
    return {leaf.account: leaf for leaf in whole_ledger(state).ledger.leaves}


def test_whoever_may_claim_has_a_public_key(leaves):
    assert set(leaves) - sample_keys().keys() == {sample_multisig()}


def test_all_but_a_few_have_staked(leaves):
    without = [leaf for leaf in leaves.values() if leaf.staked == 0]
    assert len(without) <= WITHOUT_STAKE < len(leaves)


def test_it_is_the_same_every_time():
    assert SampleParachain().pairs() == SampleParachain().pairs()
