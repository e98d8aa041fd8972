# SPDX-License-Identifier: Apache-2.0
"""Good evidence of each kind: up to date, real-sized, and accepted by an independent verifier."""

from __future__ import annotations

import hashlib

from pha.attestation.intel.generator.certificates import (
    CERTIFICATE_SERVICE,
    CertificateSpec,
    CrlSpec,
    serial_from,
)
from pha.attestation.intel.generator.spec import EvidenceSpec, Kind, PckSpec
from pha.attestation.intel.generator.tcb_levels import (
    MODULE_SVN,
    SGX_COMPONENTS,
    SGX_LEVELS,
    TDX_COMPONENTS,
    TDX_LEVELS,
    TDX_MODULES,
)
from pha.attestation.intel.pck import PckExtension, PlatformConfiguration, SgxType
from pha.attestation.intel.quote import TEE_SGX, TEE_TDX, QuoteHeader
from pha.attestation.intel.report import ReportBody, SgxReport, TdReport10, TdReport15
from pha.attestation.intel.status import TcbStatus
from pha.attestation.intel.tcb import EnclaveIdentity, EnclaveLevel, TcbInfo, TdxModule

DEFAULT_AT = 1_771_500_000  # 2026-02-19
DEFAULT_SEED = b"evidence for tests"
PLATFORM_REVOCATIONS = 57  # as many as the vendor's list had in February 2026

_DAY = 86_400
_2018, _2025, _2033, _2050 = 1_526_899_510, 1_746_523_500, 2_005_211_410, 2_524_607_999


def digest(seed: bytes, label: str, length: int) -> bytes:
    """Bytes that stand for a measurement in made-up evidence."""
    return hashlib.shake_256(seed + b"/" + label.encode()).digest(length)


def good(kind: Kind, at: int = DEFAULT_AT, seed: bytes = DEFAULT_SEED, age: int = _DAY) -> EvidenceSpec:
    """A spec that is judged `UpToDate` without advisories at `at`.

    TDX platforms hold certificates of the Platform CA; SGX version 3 has one of the Processor CA, as most
    machines of its time, and SGX versions 4 and 5 one of the Platform CA.

    Args:
        kind: quote version and TEE.
        at: Unix seconds of the judgement: collateral lasts 29 days more.
        seed: keys, serials and measurements follow from it.
        age: seconds before the judgement at which collateral was issued.
    """
    ca = "processor" if kind is Kind.SGX_V3 else "platform"
    extension = _extension(kind, ca, seed)
    issued, next_update = at - age, at + 29 * _DAY
    return EvidenceSpec(
        kind=kind,
        at=at,
        seed=seed,
        root=CertificateSpec(
            "Phala Test SGX Root CA - NOT FOR PRODUCTION", "root", _2018, _2050, is_ca=True, path_length=1
        ),
        platform_ca=_intermediate("Phala SGX PCK Platform CA", "platform-ca"),
        processor_ca=_intermediate("Phala SGX PCK Processor CA", "processor-ca"),
        tcb_signing=CertificateSpec("Phala SGX TCB Signing", "tcb-signing", _2025, _2025 + 7 * 365 * _DAY),
        pck=PckSpec(ca, extension, at - 400 * _DAY, at + 2157 * _DAY, serial_from(seed, "pck")),
        root_crl=CrlSpec(1, at - 90 * _DAY, at + 290 * _DAY),
        platform_crl=CrlSpec(
            1,
            issued,
            next_update,
            tuple(serial_from(seed, f"revoked {i}") for i in range(PLATFORM_REVOCATIONS)),
        ),
        processor_crl=CrlSpec(1, issued, next_update),
        tcb_info=_tcb_info(kind, issued, next_update, extension),
        qe_identity=_qe_identity(kind, issued, next_update, seed),
        header=QuoteHeader(
            version=kind.version,
            tee_type=TEE_TDX if kind.is_tdx else TEE_SGX,
            qe_svn=10 if kind is Kind.SGX_V3 else 0,
            pce_svn=15 if kind is Kind.SGX_V3 else 0,
            user_data=digest(seed, "user data", 16) + bytes(4),
        ),
        body=_body(kind, seed),
        qe_report=SgxReport(
            cpu_svn=bytes.fromhex("0404191b04ff00060000000000000000"),
            attributes=bytes.fromhex("1500000000000000e700000000000000"),
            mr_enclave=digest(seed, "QE measurement", 32),
            mr_signer=digest(seed, "TD QE signer" if kind.is_tdx else "QE signer", 32),
            isv_prod_id=2 if kind.is_tdx else 1,
            isv_svn=7 if kind.is_tdx else 10,
        ),
    )


def _intermediate(common_name: str, key: str) -> CertificateSpec:
    return CertificateSpec(common_name, key, _2018, _2033, is_ca=True, path_length=0)


def _extension(kind: Kind, ca: str, seed: bytes) -> PckExtension:
    components = TDX_COMPONENTS if kind.is_tdx else SGX_COMPONENTS
    scalable = ca == "platform"
    return PckExtension(
        ppid=digest(seed, "PPID", 16),
        components=components,
        pce_svn=13,
        cpu_svn=bytes(components),
        pce_id=bytes(2),
        fmspc=bytes.fromhex("90c06f000000" if kind.is_tdx else "00a067110000"),
        sgx_type=SgxType.SCALABLE if scalable else SgxType.STANDARD,
        platform_instance_id=digest(seed, "platform instance", 16) if scalable else None,
        configuration=PlatformConfiguration(True, True, True) if scalable else None,
    )


def _tcb_info(kind: Kind, issued: int, next_update: int, extension: PckExtension) -> TcbInfo:
    return TcbInfo(
        id="TDX" if kind.is_tdx else "SGX",
        issue_date=issued,
        next_update=next_update,
        fmspc=extension.fmspc,
        pce_id=extension.pce_id,
        tcb_evaluation_data_number=18,
        levels=TDX_LEVELS if kind.is_tdx else SGX_LEVELS,
        tdx_module=TdxModule() if kind.is_tdx else None,
        tdx_module_identities=TDX_MODULES if kind.is_tdx else None,
    )


def _qe_identity(kind: Kind, issued: int, next_update: int, seed: bytes) -> EnclaveIdentity:
    if kind.is_tdx:
        levels: tuple[EnclaveLevel, ...] = (EnclaveLevel(4, 1_731_456_000, TcbStatus.UP_TO_DATE),)
    else:
        out_of_date = TcbStatus.OUT_OF_DATE
        levels = (
            EnclaveLevel(8, 1_710_288_000, TcbStatus.UP_TO_DATE),
            EnclaveLevel(6, 1_636_502_400, out_of_date, ("INTEL-SA-00615",)),
            EnclaveLevel(5, 1_605_052_800, out_of_date, ("INTEL-SA-00477", "INTEL-SA-00615")),
            EnclaveLevel(4, 1_573_603_200, out_of_date, ("INTEL-SA-00334", "INTEL-SA-00477", "INTEL-SA-00615")),
            EnclaveLevel(
                2,
                1_557_878_400,
                out_of_date,
                ("INTEL-SA-00219", "INTEL-SA-00293", "INTEL-SA-00334", "INTEL-SA-00477", "INTEL-SA-00615"),
            ),
        )
    return EnclaveIdentity(
        id="TD_QE" if kind.is_tdx else "QE",
        issue_date=issued,
        next_update=next_update,
        tcb_evaluation_data_number=18,
        mr_signer=digest(seed, "TD QE signer" if kind.is_tdx else "QE signer", 32),
        isv_prod_id=2 if kind.is_tdx else 1,
        levels=levels,
    )


def _body(kind: Kind, seed: bytes) -> ReportBody:
    report_data = digest(seed, "report data", 64)
    if not kind.is_tdx:
        return SgxReport(
            cpu_svn=bytes.fromhex("0b0b1a18ffff04000000000000000000"),
            mr_enclave=digest(seed, "enclave", 32),
            mr_signer=digest(seed, "enclave signer", 32),
            isv_prod_id=1,
            isv_svn=1,
            report_data=report_data,
        )
    measured = {name: digest(seed, name, 48) for name in ("mr_seam", "mr_td", "rt_mr0", "rt_mr1", "rt_mr2", "rt_mr3")}
    if kind is Kind.TDX_V5:
        return TdReport15(tee_tcb_svn=MODULE_SVN, report_data=report_data, tee_tcb_svn2=MODULE_SVN, **measured)
    return TdReport10(tee_tcb_svn=MODULE_SVN, report_data=report_data, **measured)


__all__ = ["CERTIFICATE_SERVICE", "DEFAULT_AT", "DEFAULT_SEED", "digest", "good"]
