# SPDX-License-Identifier: Apache-2.0
"""Every rule broken one at a time, with the verdict that must come of it.

    for case in BROKEN:
        for kind in case.kinds:
            evidence = build(case.apply(good(kind)))
            # expect case.status and case.advisory_ids, or (case.status None) a refusal

The expected verdicts are the rules' own, written down by hand. Where `dcap-qvl` does not check a rule,
`oracle_accepts` says with which status it lets the evidence pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pha.attestation.intel.generator.spec import EvidenceSpec, Kind
from pha.attestation.intel.generator.tcb_levels import advisories
from pha.attestation.intel.report import SgxReport, TdReport10
from pha.attestation.intel.status import TcbStatus
from pha.attestation.intel.tcb import EnclaveLevel, TcbComponent, TcbLevel, TdxModuleIdentity

Change = Callable[[EvidenceSpec], EvidenceSpec]

SGX = (Kind.SGX_V3, Kind.SGX_V4, Kind.SGX_V5)
TDX = (Kind.TDX_V4, Kind.TDX_V5_10, Kind.TDX_V5)
ALL = SGX + TDX
TDX_15 = (Kind.TDX_V5,)
#: Kinds `dcap-qvl` judges at all: it refuses SGX quotes of versions 4 and 5.
ORACLE_KINDS = (Kind.SGX_V3, *TDX)

_DAY = 86_400


@dataclass(frozen=True)
class BrokenRule:
    """One departure from good evidence.

    Attributes:
        name: the rule, in words joined by underscores.
        kinds: quotes it applies to.
        apply: makes the departing spec from a good one.
        status: the verdict's status; None where the evidence must be refused.
        advisory_ids: the verdict's merged advisories, in any order.
        oracle_accepts: `dcap-qvl`'s status where it lets pass what must be refused.
        policy: True where the refusal is a policy default and not a broken proof.
    """

    name: str
    kinds: tuple[Kind, ...]
    apply: Change
    status: TcbStatus | None = None
    advisory_ids: tuple[str, ...] = ()
    oracle_accepts: TcbStatus | None = None
    policy: bool = False


def with_level(index: int, change: Callable[[TcbLevel], TcbLevel]) -> Change:
    """Change one TCB level of the platform."""

    def apply(spec: EvidenceSpec) -> EvidenceSpec:
        levels = list(spec.tcb_info.levels)
        levels[index] = change(levels[index])
        return replace(spec, tcb_info=replace(spec.tcb_info, levels=tuple(levels)))

    return apply


def platform_status(status: TcbStatus, *advisory_ids: str) -> Change:
    """Let the platform's matching level have this status."""
    return with_level(0, lambda level: replace(level, status=status, advisory_ids=advisory_ids))


def qe_levels(*levels: EnclaveLevel) -> Change:
    """Replace the QE's levels."""
    return lambda spec: replace(spec, qe_identity=replace(spec.qe_identity, levels=levels))


def qe_status(status: TcbStatus, *advisory_ids: str) -> Change:
    """Let the QE's matching level have this status."""
    return qe_levels(EnclaveLevel(4, 1_731_456_000, status, advisory_ids))


def body(**changes: object) -> Change:
    """Change fields of the report body."""
    return lambda spec: replace(spec, body=replace(spec.body, **changes))  # type: ignore[arg-type]


def header(**changes: object) -> Change:
    """Change fields of the quote's header."""
    return lambda spec: replace(spec, header=replace(spec.header, **changes))  # type: ignore[arg-type]


def qe_report(**changes: object) -> Change:
    """Change fields of the QE's report; the PCK signs what comes of it."""
    return lambda spec: replace(spec, qe_report=replace(spec.qe_report, **changes))  # type: ignore[arg-type]


def signers(**changes: str) -> Change:
    """Sign with another key."""
    return lambda spec: replace(spec, signers=replace(spec.signers, **changes))


def part(name: str, **changes: object) -> Change:
    """Change fields of the spec's member `name`; a callable is given the spec and returns the value."""

    def apply(spec: EvidenceSpec) -> EvidenceSpec:
        values = {key: value(spec) if callable(value) else value for key, value in changes.items()}
        return replace(spec, **{name: replace(getattr(spec, name), **values)})

    return apply


def ca_part(**changes: object) -> Change:
    """Change the intermediate CA that issues the PCK."""
    return lambda spec: part(f"{spec.pck.ca}_ca", **changes)(spec)


def crl_part(**changes: object) -> Change:
    """Change the revocation list of the CA that issues the PCK."""
    return lambda spec: part(f"{spec.pck.ca}_crl", **changes)(spec)


def extension(**changes: object) -> Change:
    """Change fields of the PCK's extension."""
    return lambda spec: replace(
        spec,
        pck=replace(spec.pck, extension=replace(spec.pck.extension, **changes)),  # type: ignore[arg-type]
    )


def components(*svns: int) -> Change:
    """Change the platform's sixteen SVNs, and CPUSVN with them: `dcap-qvl` reads only the latter."""
    return extension(components=svns, cpu_svn=bytes(svns))


def chained(*changes: Change) -> Change:
    """One change after another."""

    def apply(spec: EvidenceSpec) -> EvidenceSpec:
        for change in changes:
            spec = change(spec)
        return spec

    return apply


def _svn(*values: int) -> bytes:
    return bytes(values) + bytes(16 - len(values))


def _modules(change: Callable[[TdxModuleIdentity], TdxModuleIdentity]) -> Change:
    def apply(spec: EvidenceSpec) -> EvidenceSpec:
        identities = tuple(change(entry) for entry in spec.tcb_info.tdx_module_identities or ())
        return replace(spec, tcb_info=replace(spec.tcb_info, tdx_module_identities=identities))

    return apply


def _module_revoked(entry: TdxModuleIdentity) -> TdxModuleIdentity:
    return replace(entry, levels=(EnclaveLevel(1, 1_691_539_200, TcbStatus.REVOKED, advisories(1)),))


def _oldest_module_revoked(entry: TdxModuleIdentity) -> TdxModuleIdentity:
    return replace(entry, levels=(*entry.levels[:-1], replace(entry.levels[-1], status=TcbStatus.REVOKED)))


def _sgx_flags(flag: int) -> Change:
    def apply(spec: EvidenceSpec) -> EvidenceSpec:
        assert isinstance(spec.body, SgxReport)
        flags = (spec.body.flags ^ flag).to_bytes(8, "little")
        return body(attributes=flags + spec.body.attributes[8:])(spec)

    return apply


def _td_attributes(bit: int) -> Change:
    def apply(spec: EvidenceSpec) -> EvidenceSpec:
        assert isinstance(spec.body, TdReport10)
        return body(td_attributes=(spec.body.attributes ^ 1 << bit).to_bytes(8, "little"))(spec)

    return apply


def _at(days: int) -> Callable[[EvidenceSpec], int]:
    return lambda spec: spec.at + days * _DAY


_OLD_MODULE = advisories(1036, 1099)
_LEVEL_1 = advisories(1036, 1079, 1099, 1103, 1111)
_S = TcbStatus

_STATUSES = [
    *(
        BrokenRule(
            f"platform_{status.name.lower()}",
            ALL,
            platform_status(status, "INTEL-SA-1"),
            status,
            ("INTEL-SA-1",),
        )
        for status in (
            _S.UP_TO_DATE,
            _S.SW_HARDENING_NEEDED,
            _S.CONFIGURATION_NEEDED,
            _S.CONFIGURATION_AND_SW_HARDENING_NEEDED,
            _S.OUT_OF_DATE,
            _S.OUT_OF_DATE_CONFIGURATION_NEEDED,
        )
    ),
    BrokenRule("platform_revoked", ALL, platform_status(_S.REVOKED)),
    *(
        BrokenRule(
            f"platform_{platform.name.lower()}_and_qe_out_of_date",
            ALL,
            chained(platform_status(platform, "A", "B"), qe_status(_S.OUT_OF_DATE, "B", "C")),
            merged,
            ("A", "B", "C"),
        )
        for platform, merged in (
            (_S.UP_TO_DATE, _S.OUT_OF_DATE),
            (_S.SW_HARDENING_NEEDED, _S.OUT_OF_DATE),
            (_S.CONFIGURATION_NEEDED, _S.OUT_OF_DATE_CONFIGURATION_NEEDED),
            (_S.CONFIGURATION_AND_SW_HARDENING_NEEDED, _S.OUT_OF_DATE_CONFIGURATION_NEEDED),
            (_S.OUT_OF_DATE, _S.OUT_OF_DATE),
            (_S.OUT_OF_DATE_CONFIGURATION_NEEDED, _S.OUT_OF_DATE_CONFIGURATION_NEEDED),
        )
    ),
    BrokenRule("qe_revoked", ALL, qe_status(_S.REVOKED)),
    BrokenRule("qe_below_every_level", ALL, qe_levels(EnclaveLevel(200, 0, _S.UP_TO_DATE))),
    BrokenRule("qe_advisories_while_up_to_date", ALL, qe_status(_S.UP_TO_DATE, "Q"), _S.UP_TO_DATE, ("Q",)),
    BrokenRule("pce_svn_below_every_level", ALL, extension(pce_svn=1)),
    BrokenRule("component_below_every_level", ALL, components(*(0,) * 16)),
    BrokenRule(
        "component_matches_a_later_level",
        (Kind.SGX_V3,),
        components(11, 11, 2, 2, 255, 1, 11, *(0,) * 9),
        _S.CONFIGURATION_AND_SW_HARDENING_NEEDED,
        advisories(289, 615),
    ),
    BrokenRule(
        "component_matches_a_later_level",
        TDX,
        components(2, 4, 2, 2, 4, 1, 0, 5, *(0,) * 8),
        _S.OUT_OF_DATE,
        _LEVEL_1,
    ),
]

_TDX_STATUSES = [
    BrokenRule("module_out_of_date", TDX[:2], body(tee_tcb_svn=_svn(5, 1, 4)), _S.OUT_OF_DATE, _OLD_MODULE),
    BrokenRule(
        "module_out_of_date",
        TDX_15,
        body(tee_tcb_svn=_svn(5, 1, 4), tee_tcb_svn2=_svn(5, 1, 4)),
        _S.OUT_OF_DATE,
        _OLD_MODULE,
    ),
    BrokenRule("relaunch_advised", TDX_15, body(tee_tcb_svn=_svn(5, 1, 4)), _S.TD_RELAUNCH_ADVISED, _OLD_MODULE),
    BrokenRule(
        "relaunch_advised_by_late_microcode",
        TDX_15,
        body(tee_tcb_svn=_svn(11, 1, 2)),
        _S.TD_RELAUNCH_ADVISED,
        _LEVEL_1,
    ),
    BrokenRule(
        "relaunch_advised_configuration_needed",
        TDX_15,
        chained(platform_status(_S.CONFIGURATION_NEEDED, "X"), body(tee_tcb_svn=_svn(5, 1, 4))),
        _S.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
        ("X", *_OLD_MODULE),
    ),
    BrokenRule(
        "no_relaunch_while_qe_out_of_date",
        TDX_15,
        chained(qe_status(_S.OUT_OF_DATE, "Q"), body(tee_tcb_svn=_svn(5, 1, 4))),
        _S.OUT_OF_DATE,
        ("Q", *_OLD_MODULE),
    ),
    BrokenRule("current_module_below_every_level", TDX_15, body(tee_tcb_svn2=_svn(1, 1, 4))),
    BrokenRule("current_module_unknown", TDX_15, body(tee_tcb_svn2=_svn(11, 9, 4))),
    BrokenRule(
        "current_module_revoked",
        TDX_15,
        chained(_modules(_oldest_module_revoked), body(tee_tcb_svn2=_svn(2, 1, 4))),
    ),
    BrokenRule("module_revoked", TDX, _modules(_module_revoked)),
    BrokenRule("module_unknown", TDX, body(tee_tcb_svn=_svn(11, 7, 4))),
    *(
        BrokenRule(
            f"module_without_{name}",
            TDX,
            chained(part("tcb_info", tdx_module_identities=identities), body(tee_tcb_svn=_svn(0, 1, 4))),
        )
        for name, identities in (("identities", None), ("any_identity", ()))
    ),
    BrokenRule("module_below_every_level", TDX, body(tee_tcb_svn=_svn(1, 1, 4))),
    BrokenRule(
        "components_0_and_1_compared_only_for_module_version_0",
        TDX,
        with_level(
            0,
            lambda level: replace(
                level,
                tdx_components=(TcbComponent(200), TcbComponent(200), *(level.tdx_components or ())[2:]),
            ),
        ),
        _S.UP_TO_DATE,
    ),
    BrokenRule("module_version_0_below_every_level", TDX, body(tee_tcb_svn=_svn(4, 0, 4))),
    BrokenRule("module_signer", TDX, body(mr_signer_seam=b"\x01" + bytes(47))),
    BrokenRule("module_attributes", TDX, body(seam_attributes=b"\x01" + bytes(7))),
]

_POLICY = [
    BrokenRule("debug", SGX, _sgx_flags(0x02), policy=True),
    BrokenRule("provision_key", SGX, _sgx_flags(0x10), oracle_accepts=_S.UP_TO_DATE, policy=True),
    BrokenRule("einittoken_key", SGX, _sgx_flags(0x20), oracle_accepts=_S.UP_TO_DATE, policy=True),
    BrokenRule("reserved_attribute", SGX, _sgx_flags(0x08), oracle_accepts=_S.UP_TO_DATE, policy=True),
    BrokenRule("debug", TDX, _td_attributes(0), policy=True),
    BrokenRule("reserved_tud_attribute", TDX, _td_attributes(1), policy=True),
    BrokenRule("profiling", TDX, _td_attributes(4), policy=True),
    BrokenRule("reserved_sec_attribute", TDX, _td_attributes(24), policy=True),
    BrokenRule("sept_ve_disable_unset", TDX, _td_attributes(28), policy=True),
    BrokenRule("migratable", TDX, _td_attributes(29), policy=True),
    BrokenRule("reserved_other_attribute", TDX, _td_attributes(32), policy=True),
    BrokenRule("service_td", TDX_15, body(mr_service_td=b"\x01" + bytes(47)), policy=True),
]

_PROOFS = [
    BrokenRule("quote_signature", ALL, signers(quote="stranger")),
    BrokenRule("attestation_key", ALL, lambda spec: replace(spec, attestation_key="stranger", qe_binding=bytes(64))),
    BrokenRule("qe_binding", ALL, lambda spec: replace(spec, qe_binding=bytes(64))),
    BrokenRule("qe_report_signature", ALL, signers(qe_report="stranger")),
    BrokenRule("qe_signer", ALL, qe_report(mr_signer=bytes(32))),
    BrokenRule("qe_product", ALL, qe_report(isv_prod_id=9)),
    BrokenRule("qe_misc_select", ALL, qe_report(misc_select=1)),
    BrokenRule("qe_debug", ALL, qe_report(attributes=bytes.fromhex("1700000000000000e700000000000000"))),
    BrokenRule("qe_attributes", ALL, qe_report(attributes=bytes.fromhex("0500000000000000e700000000000000"))),
    BrokenRule("qe_vendor", ALL, header(qe_vendor_id=bytes(16))),
    BrokenRule("tcb_info_signature", ALL, signers(tcb_info="stranger")),
    BrokenRule("qe_identity_signature", ALL, signers(qe_identity="stranger")),
    BrokenRule("tcb_info_of_other_fmspc", ALL, part("tcb_info", fmspc=bytes.fromhex("010203040506"))),
    BrokenRule("tcb_info_of_other_pce", ALL, part("tcb_info", pce_id=b"\x01\x00"), oracle_accepts=_S.UP_TO_DATE),
    BrokenRule("pck_of_other_fmspc", ALL, extension(fmspc=bytes.fromhex("010203040506"))),
    BrokenRule("pck_of_other_pce", ALL, extension(pce_id=b"\x01\x00"), oracle_accepts=_S.UP_TO_DATE),
    BrokenRule("tcb_info_of_other_tee", TDX, part("tcb_info", id="SGX")),
    BrokenRule("qe_identity_of_other_tee", TDX, part("qe_identity", id="QE")),
    BrokenRule("qe_identity_of_other_tee", SGX, part("qe_identity", id="TD_QE")),
]

_CERTIFICATES = [
    BrokenRule("pck_signature", ALL, part("pck", signer="stranger")),
    BrokenRule("pck_ca_signature", ALL, ca_part(signer="stranger")),
    BrokenRule("tcb_signing_signature", ALL, part("tcb_signing", signer="stranger")),
    BrokenRule(
        "tcb_info_signed_by_the_pck",
        ALL,
        chained(
            lambda spec: replace(spec, tcb_info_chain=("pck", "ca", "root")),
            signers(tcb_info="pck"),
        ),
        oracle_accepts=_S.UP_TO_DATE,
    ),
    BrokenRule(
        "qe_identity_signed_by_the_pck",
        ALL,
        chained(
            lambda spec: replace(spec, qe_identity_chain=("pck", "ca", "root")),
            signers(qe_identity="pck"),
        ),
        oracle_accepts=_S.UP_TO_DATE,
    ),
    BrokenRule("pck_ca_not_a_ca", ALL, ca_part(is_ca=False, path_length=None)),
    BrokenRule("pck_unknown_critical_extension", ALL, part("pck", extension_critical=True)),
    BrokenRule("pck_expired", ALL, part("pck", not_after=_at(-1))),
    BrokenRule("pck_not_yet_valid", ALL, part("pck", not_before=_at(1))),
    BrokenRule("pck_ca_expired", ALL, ca_part(not_after=_at(-1))),
    BrokenRule("pck_ca_not_yet_valid", ALL, ca_part(not_before=_at(1))),
    BrokenRule("tcb_signing_expired", ALL, part("tcb_signing", not_after=_at(-1))),
    BrokenRule("tcb_signing_not_yet_valid", ALL, part("tcb_signing", not_before=_at(1))),
    BrokenRule("pck_revoked", ALL, crl_part(revoked=lambda spec: (spec.pck.serial,))),
    BrokenRule("pck_revoked_among_many", ALL, crl_part(revoked=lambda spec: (1, 2, 3, spec.pck.serial, 4))),
    BrokenRule("pck_ca_revoked", ALL, chained(ca_part(serial=77), part("root_crl", revoked=(77,)))),
    BrokenRule("tcb_signing_revoked", ALL, chained(part("tcb_signing", serial=78), part("root_crl", revoked=(78,)))),
    BrokenRule("root_revoked", ALL, chained(part("root", serial=79), part("root_crl", revoked=(79,)))),
    BrokenRule("pck_crl_signature", ALL, crl_part(signer="stranger")),
    BrokenRule("root_crl_signature", ALL, part("root_crl", signer="stranger")),
    BrokenRule("pck_crl_expired", ALL, crl_part(next_update=_at(-1), this_update=_at(-30))),
    BrokenRule("root_crl_expired", ALL, part("root_crl", next_update=_at(-1))),
    BrokenRule("tcb_info_expired", ALL, part("tcb_info", next_update=_at(-1), issue_date=_at(-30))),
    BrokenRule("tcb_info_of_the_future", ALL, part("tcb_info", issue_date=_at(1))),
    BrokenRule("qe_identity_expired", ALL, part("qe_identity", next_update=_at(-1), issue_date=_at(-30))),
    BrokenRule("qe_identity_of_the_future", ALL, part("qe_identity", issue_date=_at(1))),
    BrokenRule("crl_of_the_other_ca", TDX, lambda spec: replace(spec, crl_ca="processor")),
    BrokenRule("crl_of_the_other_ca", (Kind.SGX_V3,), lambda spec: replace(spec, crl_ca="platform")),
]

#: Departures with their verdicts; names are unique for each kind.
BROKEN: tuple[BrokenRule, ...] = (*_STATUSES, *_TDX_STATUSES, *_POLICY, *_PROOFS, *_CERTIFICATES)
