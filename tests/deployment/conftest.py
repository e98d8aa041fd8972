# SPDX-License-Identifier: Apache-2.0
"""The suite as the steps deploy it."""

from __future__ import annotations

import pytest

from migrations.local import deploy_suite

CLAIMS = {
    "bridge.claim_root": "0x" + "ab" * 32,
    "bridge.total": "145357088293045867646 units",
    "bridge.state_root": "0x" + "cd" * 32,
}


@pytest.fixture(scope="module")
def suite(project, chain, deployer):
    """Everything deployed and handed over, on the local parameters and an arbitrary claim root."""
    return deploy_suite(project, chain.provider, deployer, CLAIMS)
