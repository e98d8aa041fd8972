# SPDX-License-Identifier: Apache-2.0
"""Properly signed evidence of a platform anywhere among the TCB levels, statuses and advisories at random.

One changed value seldom changes a verdict's status; here everything that decides it varies at once: what
levels say, where platform, TDX module and QE stand among them, and how one number may fall just short.
"""

from __future__ import annotations

import random
from dataclasses import replace

from pha.attestation.intel.generator.spec import EvidenceSpec
from pha.attestation.intel.report import TdReport10, TdReport15
from pha.attestation.intel.status import ENCLAVE_LEVEL_STATUSES, PLATFORM_LEVEL_STATUSES, TcbStatus
from pha.attestation.intel.tcb import EnclaveLevel, TcbLevel

_ADVISORIES = tuple(f"INTEL-SA-{number:05d}" for number in (86, 289, 334, 615, 828, 1036, 1111))


def random_tcb(spec: EvidenceSpec, choose: random.Random) -> EvidenceSpec:
    """A spec whose statuses and security version numbers are all chosen anew; levels keep their order."""
    levels = tuple(_restated(level, choose) for level in spec.tcb_info.levels)
    modules = spec.tcb_info.tdx_module_identities
    if modules is not None:
        modules = tuple(
            replace(module, levels=tuple(_enclave_restated(level, choose) for level in module.levels))
            for module in modules
        )
        if choose.random() < 0.06:
            modules = choose.choice((None, (), modules[:1], modules[1:]))
    at = choose.choice(levels)
    svns = _near(tuple(component.svn for component in at.sgx_components), choose)
    extension = replace(
        spec.pck.extension,
        components=svns,
        cpu_svn=bytes(svns),
        pce_svn=max(0, at.pce_svn + choose.choice((0, 0, 0, 1, 5, -1))),
    )
    qe_svns = sorted(choose.sample(range(1, 10), choose.randrange(1, 4)), reverse=True)
    qe_levels = tuple(
        _enclave_restated(EnclaveLevel(svn, 1_700_000_000, TcbStatus.UP_TO_DATE), choose) for svn in qe_svns
    )
    body = spec.body
    if isinstance(body, TdReport10):
        body = replace(body, tee_tcb_svn=_module_svn(at, choose))
    if isinstance(body, TdReport15):
        body = replace(body, tee_tcb_svn2=_module_svn(choose.choice((at, levels[0])), choose))
    return replace(
        spec,
        body=body,
        tcb_info=replace(spec.tcb_info, levels=levels, tdx_module_identities=modules),
        qe_identity=replace(spec.qe_identity, levels=qe_levels),
        qe_report=replace(spec.qe_report, isv_svn=choose.choice((*qe_svns, qe_svns[-1] + 1, choose.randrange(11)))),
        pck=replace(spec.pck, extension=extension),
    )


def _advisories(choose: random.Random) -> tuple[str, ...]:
    return tuple(choose.sample(_ADVISORIES, choose.choice((0, 1, 1, 2, 3))))


def _restated(level: TcbLevel, choose: random.Random) -> TcbLevel:
    # A revoked level ends the judgement, so it is drawn less often than the others.
    lasting = [status for status in PLATFORM_LEVEL_STATUSES if status is not TcbStatus.REVOKED]
    return replace(
        level,
        status=choose.choice([*lasting, *lasting, TcbStatus.REVOKED]),
        advisory_ids=_advisories(choose),
    )


def _enclave_restated(level: EnclaveLevel, choose: random.Random) -> EnclaveLevel:
    up, out, revoked = ENCLAVE_LEVEL_STATUSES
    status = choose.choice([up] * 6 + [out] * 5 + [revoked])
    return replace(level, status=status, advisory_ids=_advisories(choose))


def _near(svns: tuple[int, ...], choose: random.Random) -> tuple[int, ...]:
    deltas = [choose.choice((0,) * 12 + (1, 2)) for _ in svns]
    if choose.random() < 0.15:
        deltas[choose.randrange(8)] = -1
    return tuple(min(255, max(0, svn + delta)) for svn, delta in zip(svns, deltas, strict=True))


def _module_svn(level: TcbLevel, choose: random.Random) -> bytes:
    svns = list(_near(tuple(component.svn for component in level.tdx_components or ()), choose))
    svns[0] = choose.choice((2, 3, 4, 4, 5, 5, 6, 6, 7, 11, 11, 1))
    svns[1] = choose.choice((0, 0, *(1,) * 15, 3, 3, 2))
    return bytes(svns)
