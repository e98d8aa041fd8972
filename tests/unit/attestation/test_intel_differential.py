# SPDX-License-Identifier: Apache-2.0
"""Mutated evidence judged on chain and by `dcap-qvl`, an independent verifier: invariant A5.

What `dcap-qvl` refuses must never be accepted here. What it accepts must get the same status and advisories here,
or be refused for one of the reasons written down below, for which the contracts are stricter.
"""

from __future__ import annotations

import pytest
from intel_suite import IntelSuite, judge_case

from pha.attestation.intel.generator import Kind, build, good
from pha.attestation.intel.mutations import Family, cases

#: What the contracts refuse and `dcap-qvl` does not look at: policy, and rules of Intel's documents.
STRICTER = {
    "AttributesReserved",  # policy: reserved bits of an enclave's attributes
    "ProvisionKey",  # policy
    "EinitTokenKey",  # policy
    "QeVendor",  # the header names Intel's QE
    "PceId",  # the TCB Info is for the certificate's PCE
    "PckSvnsDisagree",  # components and CPUSVN of a certificate are the same numbers
    "PckExtensionMalformed",  # lengths of the extension's members
    "NotAPck",  # the leaf's common name
    "PckUnknown",
}


@pytest.fixture(scope="module")
def base_time(chain) -> int:
    return chain.pending_timestamp + 10 * 86_400


@pytest.fixture(scope="module")
def deployed(project, deployer, base_time) -> tuple[bytes, IntelSuite]:
    root = build(good(Kind.TDX_V4, base_time)).root_der
    return root, IntelSuite(project, deployer, root)


def compare(seed: int, count: int, project, deployer, chain, deployed, at: int) -> None:
    root, standard = deployed
    wrong = []
    for case in cases(seed, count, at=at):
        snapshot = chain.snapshot()
        try:
            if case.at <= chain.pending_timestamp:
                continue
            chain.pending_timestamp = case.at
            suite = standard if case.root_der == root else None
            if suite is None:
                try:
                    suite = IntelSuite(project, deployer, case.root_der)
                except Exception:  # a root that is none: refused
                    assert not case.oracle.accepted, case.name
                    continue
            judged = judge_case(suite, case.quote, case.collateral)
        finally:
            chain.restore(snapshot)
        accepted = judged.outcome == "Accepted"
        if not case.oracle.accepted:
            if accepted:
                wrong.append((case.name, "accepted", case.oracle.refusal))
        elif accepted:
            same = (judged.status, judged.advisories) == (case.oracle.status, frozenset(case.oracle.advisory_ids))
            if not same:
                wrong.append((case.name, judged.status, judged.advisories, case.oracle))
        elif judged.reason not in STRICTER and not (case.family in (Family.TEXT, Family.BYTES) and case.collateral_changed):
            wrong.append((case.name, judged.reason, case.oracle))
    assert not wrong, "\n".join(map(str, wrong))


def test_verdicts_equal_the_independent_verifiers(project, deployer, chain, deployed, base_time):
    compare(1, 48, project, deployer, chain, deployed, base_time)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 140))
def test_verdicts_equal_the_independent_verifiers_at_length(seed, project, deployer, chain, deployed, base_time):
    compare(seed, 100, project, deployer, chain, deployed, base_time)
