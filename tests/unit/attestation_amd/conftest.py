# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the SEV-SNP tests: made-up evidence at the chain's time, and contracts that know its roots."""

from __future__ import annotations

import pytest

from pha.attestation.amd.generator import build, good, roots
from pha.attestation.amd.product import Product
from tests.unit.attestation_amd.snp_suite import SnpSuite


@pytest.fixture(scope="session")
def evidence_time(chain) -> int:
    """When made-up evidence is good: an hour before the chain's time, so that the chain is within every window."""
    return chain.pending_timestamp - 3600


@pytest.fixture(scope="session")
def good_spec(evidence_time):
    """Callable `(product, version, loaded)`: the spec of good evidence."""
    return lambda product=Product.MILAN, version=2, *, loaded=False: good(
        product, version, evidence_time, loaded=loaded
    )


@pytest.fixture(scope="module")
def empty_suite(project, deployer, evidence_time) -> SnpSuite:
    """Contracts that know the test roots and nothing else."""
    return SnpSuite(project, deployer, roots(evidence_time))


@pytest.fixture(scope="module")
def suite(project, deployer, evidence_time, good_spec) -> SnpSuite:
    """Contracts with the collateral and the key's table of every line's VCEK, and of Milan's VLEK."""
    suite = SnpSuite(project, deployer, roots(evidence_time))
    for product in Product:
        suite.put_evidence(build(good_spec(product)))
    suite.put_evidence(build(good_spec(loaded=True)))
    return suite
