# SPDX-License-Identifier: Apache-2.0
"""Deployed tables, verifiers and mocks, and how much a randomised test may cost where it runs."""

from __future__ import annotations

import random

import pytest


@pytest.fixture(scope="session")
def base_tables(project, deployer):
    """The multiples of B and of 2^128 B."""
    return tuple(deployer.deploy(project.Edwards25519BaseTable, doublings) for doublings in (0, 128))


@pytest.fixture(scope="session")
def sr25519_verifier(project, deployer, base_tables):
    return deployer.deploy(project.Sr25519AccountVerifier, *base_tables)


@pytest.fixture(scope="session")
def ed25519_verifier(project, deployer, base_tables):
    return deployer.deploy(project.Ed25519AccountVerifier, *base_tables)


@pytest.fixture(scope="session")
def transcripts(project, deployer):
    return deployer.deploy(project.MockTranscripts)


@pytest.fixture(scope="session")
def curve(project, deployer, base_tables):
    return deployer.deploy(project.MockCurve25519, *base_tables)


@pytest.fixture(scope="session")
def sha512(project, deployer):
    return deployer.deploy(project.MockWorkspaceSha512)


@pytest.fixture(scope="session")
def some(chain):
    """Cuts a list of cases to a slice of it on py-evm, which takes about half a second a verification."""
    slow = chain.provider.name != "foundry"

    def cut(cases, at_most: int = 6):
        cases = list(cases)
        return cases[:: max(1, len(cases) // at_most)] if slow else cases

    return cut


@pytest.fixture
def rng(request):
    """Random numbers, the same in every run of a test."""
    return random.Random(request.node.nodeid)
