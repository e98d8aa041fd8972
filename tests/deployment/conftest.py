# SPDX-License-Identifier: Apache-2.0
"""The suite as the steps deploy it."""

from __future__ import annotations

import pytest

from migrations.local import deploy_suite

TIMELOCK_DELAY = 2 * 86_400
CLAIMS = {
    "bridge.claim_root": "0x" + "ab" * 32,
    "bridge.total": "145357088293045867646 units",
    "bridge.state_root": "0x" + "cd" * 32,
}


@pytest.fixture(scope="module")
def suite(project, chain, deployer):
    """Everything deployed and handed over, on the local parameters and an arbitrary claim root."""
    return deploy_suite(project, chain.provider, deployer, CLAIMS)


@pytest.fixture
def govern(suite, chain, accounts, stranger):
    """Callable `(method, *arguments)`: a call by the timelock, as the council proposes it and anyone executes it."""

    def governed(method, *arguments):
        operation = (method.contract, 0, method.encode_input(*arguments), bytes(32), bytes(32))
        suite.timelock.schedule(*operation, TIMELOCK_DELAY, sender=accounts[5])
        chain.pending_timestamp += TIMELOCK_DELAY
        return suite.timelock.execute(*operation, sender=stranger)

    return governed
