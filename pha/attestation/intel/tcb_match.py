# SPDX-License-Identifier: Apache-2.0
"""Which TCB level platform, TDX module and quoting enclave stand at, and what their statuses come to.

The rules are those of Intel's quote verification library since it judges TEE_TCB_SVN2 as well. Levels are
tried in the order of the signed text, which the vendor sorts from best to worst; the first match counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from pha.attestation.intel.pck import PckExtension
from pha.attestation.intel.refusal import RefusedError, require
from pha.attestation.intel.report import TdReport10
from pha.attestation.intel.status import TcbStatus
from pha.attestation.intel.tcb import EnclaveIdentity, EnclaveLevel, TcbInfo, TcbLevel, TdxModuleIdentity

_S = TcbStatus
_GOOD = frozenset(
    {_S.UP_TO_DATE, _S.SW_HARDENING_NEEDED, _S.CONFIGURATION_NEEDED, _S.CONFIGURATION_AND_SW_HARDENING_NEEDED}
)
_OUT_OF_DATE = frozenset({_S.OUT_OF_DATE, _S.OUT_OF_DATE_CONFIGURATION_NEEDED})
_CONFIGURATION = frozenset(
    {_S.CONFIGURATION_NEEDED, _S.CONFIGURATION_AND_SW_HARDENING_NEEDED, _S.OUT_OF_DATE_CONFIGURATION_NEEDED}
)


@dataclass(frozen=True)
class Shortfall:
    """The first number that keeps a platform below a level."""

    level: int
    number: str
    has: int
    needs: int


@dataclass(frozen=True)
class PlatformMatch:
    """The level that matched, its place in the list, and why each one before it did not."""

    index: int
    level: TcbLevel
    missed: tuple[Shortfall, ...]


@dataclass(frozen=True)
class Evaluation:
    """A whole TCB, at one TEE_TCB_SVN: platform, TDX module (None where none is consulted) and QE, merged."""

    platform: PlatformMatch
    module: EnclaveLevel | None
    module_id: str | None
    qe: EnclaveLevel
    status: TcbStatus
    advisory_ids: tuple[str, ...]


def evaluate(
    tcb_info: TcbInfo,
    qe_identity: EnclaveIdentity,
    extension: PckExtension,
    qe_svn: int,
    tee_tcb_svn: bytes | None,
) -> Evaluation:
    """Evaluate a platform's TCB.

    Args:
        tcb_info: of the platform's FMSPC, for the quote's TEE.
        qe_identity: of the TEE's quoting enclave.
        extension: the PCK's.
        qe_svn: ISV SVN of the quoting enclave's report.
        tee_tcb_svn: 16 bytes of the TD report; None for SGX.

    Raises:
        RefusedError: one of the three stands below every level, or the TDX module is unknown.
    """
    platform = match_platform(tcb_info, extension, tee_tcb_svn)
    module, module_id = None, None
    if tee_tcb_svn is not None and tee_tcb_svn[1] > 0:
        identity = module_identity(tcb_info, tee_tcb_svn[1])
        module_id = identity.id
        module = _first_at_or_below(identity.levels, tee_tcb_svn[0], "tdx_module_level", f"TDX module {module_id}")
    qe = _first_at_or_below(qe_identity.levels, qe_svn, "qe_level", "quoting enclave")
    components = [qe] if module is None else [module, qe]
    return Evaluation(
        platform=platform,
        module=module,
        module_id=module_id,
        qe=qe,
        status=converge(platform.level.status, tuple(level.status for level in components)),
        advisory_ids=merge_advisories(platform.level.advisory_ids, *(level.advisory_ids for level in components)),
    )


def match_platform(tcb_info: TcbInfo, extension: PckExtension, tee_tcb_svn: bytes | None) -> PlatformMatch:
    """The first level all of whose numbers the platform reaches.

    With a TDX module of version 1 or later (byte 1 of TEE_TCB_SVN), bytes 0 and 1 are the module's own SVN
    and version, judged by its identity, and only components from index 2 are compared here.

    Raises:
        RefusedError: there is none.
    """
    missed: list[Shortfall] = []
    for index, level in enumerate(tcb_info.levels):
        shortfall = _shortfall(index, level, extension, tee_tcb_svn)
        if shortfall is None:
            return PlatformMatch(index, level, tuple(missed))
        missed.append(shortfall)
    last = missed[-1] if missed else None
    why = f"the lowest level needs {last.number} {last.needs}, it has {last.has}" if last else "there are none"
    raise RefusedError("platform_level", f"the platform stands below every TCB level: {why}")


def _shortfall(index: int, level: TcbLevel, extension: PckExtension, tee_tcb_svn: bytes | None) -> Shortfall | None:
    for place, (has, component) in enumerate(zip(extension.components, level.sgx_components, strict=True)):
        if has < component.svn:
            return Shortfall(index, f"SGX component {place}", has, component.svn)
    if extension.pce_svn < level.pce_svn:
        return Shortfall(index, "PCESVN", extension.pce_svn, level.pce_svn)
    if tee_tcb_svn is not None:
        start = 2 if tee_tcb_svn[1] > 0 else 0
        for place, component in enumerate(level.tdx_components or ()):
            if place >= start and tee_tcb_svn[place] < component.svn:
                return Shortfall(index, f"TDX component {place}", tee_tcb_svn[place], component.svn)
    return None


def module_identity(tcb_info: TcbInfo, version: int) -> TdxModuleIdentity:
    """The identity of TDX modules of one version.

    Raises:
        RefusedError: the TCB Info has none.
    """
    wanted = f"TDX_{version:02X}"
    for identity in tcb_info.tdx_module_identities or ():
        if identity.id.upper() == wanted:
            return identity
    raise RefusedError("tdx_module", f"the TCB Info knows no TDX module {wanted}")


def check_module(tcb_info: TcbInfo, report: TdReport10) -> None:
    """Check signer and attributes of the TDX module that measured the TD at its launch.

    Raises:
        RefusedError: they are not what the TCB Info says.
    """
    version = report.tee_tcb_svn[1]
    module = module_identity(tcb_info, version).module if version > 0 else tcb_info.tdx_module
    if module is None:
        raise RefusedError("tdx_module", "the TCB Info has no tdxModule")
    require(
        report.mr_signer_seam == module.mr_signer,
        "tdx_module_signer",
        f"expected {module.mr_signer.hex()}, found {report.mr_signer_seam.hex()}",
    )
    mask = int.from_bytes(module.attributes_mask, "little")
    expected = int.from_bytes(module.attributes, "little") & mask
    found = int.from_bytes(report.seam_attributes, "little")
    # Bits outside the mask are unknown ones: they must be unset, or they could say anything.
    require(found == expected, "tdx_module_attributes", f"expected 0x{expected:016x}, found 0x{found:016x}")


def _first_at_or_below(levels: tuple[EnclaveLevel, ...], svn: int, rule: str, what: str) -> EnclaveLevel:
    for level in levels:
        if svn >= level.isv_svn:
            return level
    lowest = min((level.isv_svn for level in levels), default=None)
    needs = "there are no levels" if lowest is None else f"the lowest level needs {lowest}"
    raise RefusedError(rule, f"{what} has SVN {svn}, {needs}")


def converge(platform: TcbStatus, components: tuple[TcbStatus, ...]) -> TcbStatus:
    """One status out of a platform's and those of its QE and TDX module.

    A revoked part revokes all; a part out of date makes a platform out of date that was not, and keeps
    whether its configuration needs attention.
    """
    if _S.REVOKED in (platform, *components):
        return _S.REVOKED
    if _S.OUT_OF_DATE in components and platform in _GOOD:
        return _S.OUT_OF_DATE_CONFIGURATION_NEEDED if platform in _CONFIGURATION else _S.OUT_OF_DATE
    return platform


def relaunched(launch: TcbStatus, current: TcbStatus) -> TcbStatus:
    """Status of a TDX 1.5 quote: a TD begun on a TCB that was updated since is to be launched anew."""
    if launch in _OUT_OF_DATE and current in _GOOD:
        if launch in _CONFIGURATION or current in _CONFIGURATION:
            return _S.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
        return _S.TD_RELAUNCH_ADVISED
    return launch


def merge_advisories(*lists: tuple[str, ...]) -> tuple[str, ...]:
    """All advisory ids, each once, in the order met."""
    return tuple(dict.fromkeys(advisory for entries in lists for advisory in entries))
