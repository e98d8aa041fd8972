# SPDX-License-Identifier: Apache-2.0
"""Made-up evidence for the Python side: built once a kind, as building signs a dozen things."""

from __future__ import annotations

from functools import cache

import pytest
from cryptography import x509

from pha.attestation.intel.generator import Evidence, Kind, build, good


@cache
def good_evidence(kind: Kind) -> Evidence:
    return build(good(kind))


@pytest.fixture(params=list(Kind), ids=lambda kind: kind.value)
def evidence(request) -> Evidence:
    """Good evidence, of every kind in turn."""
    return good_evidence(request.param)


@pytest.fixture
def tdx() -> Evidence:
    return good_evidence(Kind.TDX_V5)


@pytest.fixture
def sgx() -> Evidence:
    return good_evidence(Kind.SGX_V3)


@pytest.fixture
def root(evidence) -> x509.Certificate:
    return x509.load_der_x509_certificate(evidence.root_der)
