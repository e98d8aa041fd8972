# SPDX-License-Identifier: Apache-2.0
"""What an enclave or a TD was allowed to do, bit by bit, and what is refused unless a policy opts in."""

from __future__ import annotations

from pha.attestation.intel.refusal import require
from pha.attestation.intel.report import ReportBody, SgxReport, TdReport15

SGX_FLAGS = {
    0: "INIT",
    1: "DEBUG",
    2: "MODE64BIT",
    4: "PROVISION_KEY",
    5: "EINITTOKEN_KEY",
    6: "CET",
    7: "KSS",
    10: "AEX_NOTIFY",
}
TD_FLAGS = {
    0: "DEBUG",
    4: "HGS_PLUS_PROF",
    5: "PERF_PROF",
    6: "PMT_PROF",
    16: "ICSSD",
    17: "SERVTD_EXT",
    27: "LASS",
    28: "SEPT_VE_DISABLE",
    29: "MIGRATABLE",
    30: "PKS",
    31: "KL",
    62: "TPA",
    63: "PERFMON",
}
#: Bits of TDATTRIBUTES that may be set without any policy: features that have a published meaning.
_TD_HARMLESS = frozenset({16, 27, 28, 30, 31, 62, 63})


def flag_names(value: int, names: dict[int, str]) -> str:
    """Names of the bits that are set; a bit without a name by its number."""
    bits = [bit for bit in range(64) if value >> bit & 1]
    return ", ".join(names.get(bit, f"bit {bit}") for bit in bits) or "none"


def check_attributes(report: ReportBody, allowed: frozenset[str] = frozenset()) -> None:
    """Refuse what is not safe by default.

    Args:
        report: of the enclave or TD that is attested.
        allowed: rules to leave out: `debug`, `provision_key`, `einittoken_key`, `reserved_attributes`,
            `profiling`, `service_td_extension`, `sept_ve_disable`, `migratable`, `service_td`.

    Raises:
        RefusedError: naming the rule, with `policy` set.
    """

    def rule(holds: bool, name: str, reason: str) -> None:
        require(holds or name in allowed, name, reason, policy=True)

    if isinstance(report, SgxReport):
        rule(not report.flags & 1 << 1, "debug", "the enclave is a debug enclave")
        rule(not report.flags & 1 << 4, "provision_key", "the enclave may use the provisioning key")
        rule(not report.flags & 1 << 5, "einittoken_key", "the enclave may use the launch key")
        flags = {bit for bit in range(64) if report.flags >> bit & 1}
        strange = sorted(flags - SGX_FLAGS.keys())
        rule(not strange, "reserved_attributes", f"reserved attribute bits are set: {strange}")
        return
    bits = {bit for bit in range(64) if report.attributes >> bit & 1}
    rule(0 not in bits, "debug", "the TD is under debug")
    rule(not bits & {4, 5, 6}, "profiling", "the TD is being profiled")
    rule(17 not in bits, "service_td_extension", "SERVTD_EXT is set")
    rule(28 in bits, "sept_ve_disable", "SEPT_VE_DISABLE is not set")
    rule(29 not in bits, "migratable", "the TD can be migrated")
    unknown = bits - _TD_HARMLESS - {0, 4, 5, 6, 17, 29}
    rule(not unknown, "reserved_attributes", f"reserved attribute bits are set: {sorted(unknown)}")
    if isinstance(report, TdReport15):
        rule(
            not any(report.mr_service_td),
            "service_td",
            f"a service TD is bound: {report.mr_service_td.hex()}",
        )
