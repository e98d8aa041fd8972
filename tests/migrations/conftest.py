# SPDX-License-Identifier: Apache-2.0
"""A world to deploy in, and a way back from it."""

from __future__ import annotations

import pytest

from tests.migrations.disturbed_runs import World


@pytest.fixture
def world(tmp_path, project, chain, deployer) -> World:
    return World(tmp_path, project, chain.provider, deployer)


@pytest.fixture
def rewinding(chain):
    """Callable that runs something and puts the chain back."""

    def run(action):
        mark = chain.snapshot()
        try:
            return action()
        finally:
            chain.restore(mark)

    return run
