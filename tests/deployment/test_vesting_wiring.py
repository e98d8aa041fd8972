# SPDX-License-Identifier: Apache-2.0
"""The suite where part of the balances goes on vesting: one more contract, and no claims by the state."""

from __future__ import annotations

import pytest

from migrations.local import deploy_suite
from tests.deployment.conftest import CLAIMS

VESTING = {"bridge.vesting_root": "0x" + "ef" * 32, "bridge.vesting_total": "1000 units"}


@pytest.fixture(scope="module")
def vesting_suite(project, chain, deployer):
    return deploy_suite(project, chain.provider, deployer, {**CLAIMS, **VESTING})


def test_vesting_claims_are_deployed_only_where_something_vests(suite, vesting_suite):
    assert set(vesting_suite.contracts) - set(suite.contracts) == {"vesting_claims"}


def test_claims_by_the_state_are_off_where_something_vests(suite, vesting_suite):
    assert suite.migration_bridge.STATE_ROOT() == b"\xcd" * 32
    assert vesting_suite.migration_bridge.STATE_ROOT() == bytes(32)
    assert vesting_suite.proxy_verifier.STATE_ROOT() == b"\xcd" * 32


def test_vesting_claims_are_wired(vesting_suite):
    contract, bridge = vesting_suite.vesting_claims, vesting_suite.migration_bridge
    assert contract.TOKEN() == vesting_suite.token
    assert contract.TREASURY() == vesting_suite.treasury
    assert contract.CLAIM_ROOT() == b"\xef" * 32
    assert contract.CAP() == 1000
    assert contract.DEADLINE() == bridge.DEADLINE()
    for scheme in range(6):
        assert contract.verifierOf(scheme) == bridge.verifierOf(scheme)
