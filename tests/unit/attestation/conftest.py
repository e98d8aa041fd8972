# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the attestation tests: made-up evidence at the chain's time, and the contracts that know its root."""

from __future__ import annotations

from functools import cache

import pytest

from pha.attestation.intel.generator import Evidence, Kind, build, good
from tests.unit.attestation.case_court import CaseCourt
from tests.unit.attestation.intel_suite import IntelSuite, put_evidence


@pytest.fixture(scope="session")
def evidence_time(chain) -> int:
    """When made-up evidence is good: an hour before the chain's time, so that the chain is within every window."""
    return chain.pending_timestamp - 3600


@pytest.fixture(scope="session")
def good_evidence(evidence_time):
    """Callable `(kind)`: good evidence of a kind, made once."""

    @cache
    def make(kind: Kind) -> Evidence:
        return build(good(kind, evidence_time))

    return make


@pytest.fixture
def create_suite(project, deployer, good_evidence):
    """Callable `(evidence)`: fresh contracts with the collateral of some evidence put in."""

    def create(evidence: Evidence) -> IntelSuite:
        suite = IntelSuite(project, deployer, evidence.root_der)
        put_evidence(suite, evidence)
        return suite

    return create


@pytest.fixture
def empty_suite(project, deployer, good_evidence) -> IntelSuite:
    """Contracts that know the test root and nothing else."""
    return IntelSuite(project, deployer, good_evidence(Kind.TDX_V4).root_der)


@pytest.fixture(scope="module")
def court(project, deployer, chain) -> CaseCourt:
    """Judges departures from good evidence of every kind; anvil only, see `test_intel_quotes.py` for the other EVM."""
    if chain.provider.name != "foundry":
        pytest.skip(
            "hundreds of P-256 signatures in Solidity take a Python EVM too long; good quotes of every kind, "
            "forged ones, and all collateral are judged on it"
        )
    return CaseCourt(project, deployer, chain)
