# SPDX-License-Identifier: Apache-2.0
"""Mutated evidence judged on chain and by `dcap-qvl`, an independent verifier: invariant A5.

What `dcap-qvl` refuses must never be accepted here. What it accepts must get the same status and advisories here,
or be refused for one of the reasons written down below, for which the contracts are stricter.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from pha.attestation.intel.generator import Kind, build
from pha.attestation.intel.mutations import Case, Family, cases
from pha.attestation.intel.oracle import judge
from tests.unit.attestation.case_court import AGE, CaseCourt

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
    "CertificationType",  # framing that no signature covers: types and lengths must still be those of the format
    "CertificationLength",
    "SignatureDataLength",
    "PckPem",  # PEM as every writer puts it: no text in front, no odd line breaks
    "PckSvnOutOfRange",  # a component of a certificate is a byte
    "PckSgxType",  # a way to protect memory that nobody has defined
    "PckExtensionIncomplete",  # every member that Intel's profile demands
}

#: The same where the reason alone does not tell: places of properly signed changes.
STRICTER_PLACES = {
    r"(tcb_info|qe_identity)\.(version|tcb_type)": "formats nobody has defined",
    r"root\.\w+": "the root is a self-signed authority within its window, as any other certificate",
    r"(platform_ca|processor_ca|tcb_signing|pck)\.common_name": "what a certificate may sign follows from its name",
    r"(root|platform|processor)_crl\.this_update": "a list of the future is none yet",
    r"qe_identity\.levels\[\d+\]\.status": "the vendor's service gives an enclave one of three statuses",
}

#: Bytes that no signature covers and contracts never read: they take each certificate by itself. A quote's chain is
#: among them but for its first certificate.
UNSEEN = {
    "chain",
    "quote:pem[1]",
    "quote:pem[2]",
    "quote:pem_terminator",
    "collateral:pck_crl_issuer_chain",
    "collateral:tcb_info_issuer_chain",
    "collateral:qe_identity_issuer_chain",
}


def compare(seed: int, count: int, court: CaseCourt) -> Counter[str]:
    """Judge that many cases twice; how many there were of each verdict."""
    seen: Counter[str] = Counter()
    wrong = []
    for case in cases(seed, count, at=court.at, age=AGE):
        if is_unseen(case):
            seen["unseen"] += 1
            continue
        snapshot = court.chain.snapshot()
        try:
            judged = court.judge(case.base.spec.kind, case.quote, case.collateral, case.at, case.root_der)
        finally:
            court.chain.restore(snapshot)
        oracle = case.oracle
        if judged.outcome == "Accepted":
            seen[judged.status] += 1
            verdict = (judged.status, judged.advisories)
            if not oracle.accepted or verdict != (oracle.status, frozenset(oracle.advisory_ids)):
                wrong.append((case.name, verdict, oracle))
        elif not oracle.accepted:
            seen["refused"] += 1
        elif judged.reason in STRICTER or any(re.fullmatch(place, case.place) for place in STRICTER_PLACES):
            seen[f"stricter: {judged.reason}"] += 1
        elif is_foreign_form(case):
            seen["stricter: form"] += 1
        else:
            wrong.append((case.name, judged.reason, oracle))
    assert not wrong, "\n".join(map(str, wrong))
    return seen


def is_unseen(case: Case) -> bool:
    """Whether the change is where the contracts do not look."""
    return case.place in UNSEEN and (case.place != "chain" or case.evidence.spec.chain[0] == "pck")


def is_foreign_form(case: Case) -> bool:
    """Whether the collateral says what is accepted, but in a form Intel does not write."""
    return case.family in (Family.TEXT, Family.BYTES) and case.collateral_changed


def test_verdicts_equal_the_independent_verifiers(court):
    compare(1, 48, court)


@pytest.mark.parametrize("part", ["tcb_info", "qe_identity", "platform_crl", "root_crl"])
def test_windows_end_at_the_independent_verifiers_second(part, court):
    spec = court.spec(Kind.TDX_V5)
    spec = replace(spec, **{part: replace(getattr(spec, part), next_update=court.at)})
    accepted = []
    for seconds in (-1, 0, 1):
        evidence = build(replace(spec, at=court.at + seconds))
        snapshot = court.chain.snapshot()
        judged = court.judge_evidence(evidence)
        court.chain.restore(snapshot)
        theirs = judge(evidence.quote, evidence.collateral, evidence.at, evidence.root_der)
        assert (judged.outcome == "Accepted") == theirs.accepted, seconds
        if theirs.accepted:
            accepted.append(evidence.at)
            ends = judged.raw.validUntil
    # The verdict names the last second at which it would be given.
    assert accepted[-1] == ends


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 140))
def test_verdicts_equal_the_independent_verifiers_at_length(seed, court):
    compare(seed, 100, court)
