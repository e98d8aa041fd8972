# SPDX-License-Identifier: Apache-2.0
"""A report judged off chain, by the rules of `NvidiaGpuVerifier`, with `cryptography` for every signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

from pha.attestation.nvidia.chain import NVIDIA_ROOT_KEY_HASH, DeviceChain, verify_p384
from pha.attestation.nvidia.opaque import FieldType
from pha.attestation.nvidia.references import ReferenceSet, problem_with
from pha.attestation.nvidia.report import Report


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what it was.
        result: what was found, for people.
        holds: whether it is as it should be.
    """

    subject: str
    result: str
    holds: bool


def judge_report(
    report: Report,
    chain: DeviceChain,
    at: int,
    *,
    root_key_hash: bytes = NVIDIA_ROOT_KEY_HASH,
    nonce: bytes | None = None,
    references: Sequence[ReferenceSet] = (),
) -> list[Finding]:
    """All that the contract checks, save for revocation: that stands on chain only.

    Args:
        report: parsed.
        chain: its device's.
        at: Unix seconds at which the chain must be valid.
        root_key_hash: Keccak-256 of the root's key; NVIDIA's own if not given.
        nonce: what the report must answer; not compared if not given.
        references: the driver's set and the VBIOS's; measurements are not compared without any.
    """
    opaque = report.answer.opaque
    findings = [
        _said("root", keccak(chain.root.key) == root_key_hash, "the one trusted", "another than the one trusted")
    ]
    problem = chain.check(at)
    findings.append(Finding("chain", problem or "five certificates, valid and signed", problem is None))
    signed = verify_p384(chain.report_key.public_key, report.signed_bytes(), report.answer.signature)
    findings.append(_said("signature", signed, "the report key's", "wrong"))
    firmware = opaque.get(FieldType.FIRMWARE_ID)
    if firmware is None:
        findings.append(Finding("firmware", "the report names none", True))
    else:
        findings.append(_said("firmware", firmware == chain.firmware, "that of the certificate", "another"))
    if nonce is not None:
        findings.append(_said("nonce", report.nonce == nonce, "the one asked for", "another"))
    digests = tuple(block.value for block in report.answer.blocks)
    for values in references:
        problem = problem_with(values, digests, opaque.is_decoder_off)
        result = problem or f"{len(values)} measurements are as they should be"
        findings.append(Finding("measurements", result, problem is None))
    return findings


def _said(subject: str, holds: bool, yes: str, no: str) -> Finding:
    return Finding(subject, yes if holds else no, holds)
