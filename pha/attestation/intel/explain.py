# SPDX-License-Identifier: Apache-2.0
"""A quote told to a person: every field, and with collateral the verdict and how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography import x509

from pha.attestation.intel.attributes import SGX_FLAGS, TD_FLAGS, flag_names
from pha.attestation.intel.chains import common_name
from pha.attestation.intel.collateral import Collateral, certificates
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.oracle import OracleVerdict
from pha.attestation.intel.pck import PckExtension, SgxType, pck_extension_of
from pha.attestation.intel.ppid import parse_ppid_certification
from pha.attestation.intel.quote import CertificationType, Quote
from pha.attestation.intel.refusal import RefusedError
from pha.attestation.intel.report import ReportBody, TdReport15, field_names
from pha.attestation.intel.tcb import iso_date
from pha.attestation.intel.tcb_match import Evaluation
from pha.attestation.intel.verdict import Verdict, judge_evidence

_CERTIFICATION = {
    CertificationType.PPID_PLAIN: "PPID in the clear, with CPUSVN, PCESVN and pceId",
    CertificationType.PPID_RSA2048: "PPID encrypted with RSA-2048",
    CertificationType.PPID_RSA3072: "PPID encrypted with RSA-3072",
    CertificationType.PCK_LEAF: "PCK certificate without its chain",
    CertificationType.PCK_CHAIN: "PCK certificate chain, PEM",
}


@dataclass
class Section:
    """A heading and its rows: a label and a value each; a row without a label continues in prose."""

    title: str
    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, label: str, value: object) -> None:
        """Append a row; bytes are shown in hexadecimal."""
        self.rows.append((label, value.hex() if isinstance(value, bytes) else str(value)))

    def lines(self) -> Iterator[str]:
        """The section as text."""
        yield self.title
        width = max((len(label) for label, _ in self.rows), default=0)
        for label, value in self.rows:
            yield f"  {label:<{width}}  {value}" if label else f"  {value}"


def text_of(sections: list[Section]) -> str:
    """Sections as text, an empty line between them."""
    return "\n\n".join("\n".join(section.lines()) for section in sections)


def describe_quote(quote: Quote) -> list[Section]:
    """Every field of a quote, and of the PCK certificate it carries or names.

    Raises:
        MalformedEvidenceError: its certification data can't be read.
    """
    head = Section("Quote")
    head.add("version", quote.header.version)
    head.add("TEE", f"{'TDX' if quote.is_tdx else 'SGX'} (0x{quote.header.tee_type:02x})")
    head.add("attestation key type", f"{quote.header.attestation_key_type} (ECDSA P-256)")
    head.add("QE SVN, PCE SVN", f"{quote.header.qe_svn}, {quote.header.pce_svn}")
    head.add("QE vendor", quote.header.qe_vendor_id)
    head.add("user data", quote.header.user_data)
    title = {"SgxReport": "Enclave report", "TdReport10": "TD report 1.0", "TdReport15": "TD report 1.5"}
    signatures = Section("Signature")
    signatures.add("signature", quote.signature)
    signatures.add("attestation key", quote.attestation_key)
    qe = _report("Quoting enclave's report", quote.qe.report)
    qe.add("signature", quote.qe.signature)
    qe.add("authentication data", quote.qe.auth_data)
    kind = CertificationType(quote.qe.certification.type)
    qe.add(
        "certification",
        f"type {kind.value}: {_CERTIFICATION[kind]}, {len(quote.qe.certification.data)} bytes",
    )
    if quote.trailing:
        qe.add(
            "bytes behind the quote",
            f"{len(quote.trailing)}, {'not ' if any(quote.trailing) else ''}all zero",
        )
    sections = [head, _report(title[type(quote.body).__name__], quote.body), signatures, qe]
    if kind <= CertificationType.PPID_RSA3072:
        named = parse_ppid_certification(quote.qe.certification)
        section = Section("Platform")
        for name, value in vars(named).items():
            section.add(name, value)
        sections.append(section)
    else:
        pool = certificates(quote.qe.certification.data, "quote.certification.data")
        sections.append(_certificate("PCK certificate", pool[0]))
        sections.append(_platform(pck_extension_of(pool[0])))
    return sections


def _report(title: str, report: ReportBody) -> Section:
    section = Section(title)
    for name in field_names(report):
        value = getattr(report, name)
        if name.startswith("reserved") and not any(value):
            continue
        shown = value.hex() if isinstance(value, bytes) else str(value)
        if name == "attributes":
            shown += f"  ({flag_names(int.from_bytes(value[:8], 'little'), SGX_FLAGS)})"
        elif name == "td_attributes":
            shown += f"  ({flag_names(int.from_bytes(value, 'little'), TD_FLAGS)})"
        section.add(name, shown)
    return section


def _certificate(title: str, certificate: x509.Certificate) -> Section:
    section = Section(title)
    section.add("subject", common_name(certificate))
    section.add("issuer", certificate.issuer.rfc4514_string())
    section.add("serial", f"{certificate.serial_number:040x}")
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    section.add("valid", f"{iso_date(int(start.timestamp()))} to {iso_date(int(end.timestamp()))}")
    return section


def _platform(extension: PckExtension) -> Section:
    section = Section("Platform")
    section.add("PPID", extension.ppid)
    section.add("FMSPC", extension.fmspc.hex().upper())
    section.add("pceId", extension.pce_id.hex().upper())
    section.add("components", " ".join(str(svn) for svn in extension.components))
    section.add("PCESVN", extension.pce_svn)
    section.add("CPUSVN", extension.cpu_svn)
    section.add("memory", SgxType(extension.sgx_type).name.lower().replace("_", " "))
    if extension.platform_instance_id is not None:
        section.add("platform instance", extension.platform_instance_id)
    if extension.configuration is not None:
        flags = vars(extension.configuration)
        section.add("configuration", ", ".join(f"{name} {value}" for name, value in flags.items()))
    return section


def describe_collateral(collateral: Collateral) -> Section:
    """What the collateral is of, and until when its signed texts count.

    Raises:
        MalformedEvidenceError: one of them can't be read.
    """
    info, identity = collateral.parsed_tcb_info, collateral.parsed_qe_identity
    section = Section("Collateral")
    section.add("TCB Info", f"{info.id} version {info.version}, FMSPC {info.fmspc.hex().upper()}")
    section.add("", f"  {len(info.levels)} levels, evaluation {info.tcb_evaluation_data_number}")
    section.add("", f"  counts {iso_date(info.issue_date)} to {iso_date(info.next_update)}")
    section.add("QE identity", f"{identity.id} version {identity.version}")
    section.add("", f"  {len(identity.levels)} levels, evaluation {identity.tcb_evaluation_data_number}")
    section.add("", f"  counts {iso_date(identity.issue_date)} to {iso_date(identity.next_update)}")
    return section


def describe_verdict(
    quote: Quote,
    collateral: Collateral,
    at: int,
    root: x509.Certificate | None = None,
    allowed: frozenset[str] = frozenset(),
) -> tuple[Section, Verdict | None]:
    """The verdict and why; the verdict is None where the evidence is refused."""
    section = Section(f"Verdict at {iso_date(at)}")
    try:
        verdict = judge_evidence(quote, collateral, at, root, allowed)
    except RefusedError as refusal:
        section.add("refused", f"{refusal.reason} ({refusal.rule}{', by policy' if refusal.policy else ''})")
        return section, None
    except MalformedEvidenceError as error:
        section.add("refused", f"collateral can't be read: {error}")
        return section, None
    section.add("TCB status", verdict.status.value)
    section.add("advisories", ", ".join(verdict.advisory_ids) or "none")
    section.add("counts until", f"{iso_date(verdict.valid_until)} ({verdict.ends_with})")
    section.add("evaluation number", verdict.evaluation_number)
    _why(section, "", verdict.launch)
    if verdict.current is not None and isinstance(quote.body, TdReport15):
        if quote.body.tee_tcb_svn2 == quote.body.tee_tcb_svn:
            section.add("now", "as at the TD's launch")
        else:
            section.add("now", f"{verdict.current.status.value}: TEE_TCB_SVN2 differs from the launch's")
            _why(section, "now: ", verdict.current)
    return section, verdict


def _why(section: Section, prefix: str, evaluation: Evaluation) -> None:
    match = evaluation.platform
    level = match.level
    section.add(
        f"{prefix}platform level",
        f"{match.index + 1}: {level.status.value}, of {iso_date(level.tcb_date)[:10]}",
    )
    for missed in match.missed:
        section.add("", f"  below level {missed.level + 1}: {missed.number} is {missed.has}, needs {missed.needs}")
    if evaluation.module is not None:
        module = evaluation.module
        section.add(f"{prefix}TDX module", f"{evaluation.module_id} from SVN {module.isv_svn}: {module.status.value}")
    section.add(f"{prefix}quoting enclave", f"from SVN {evaluation.qe.isv_svn}: {evaluation.qe.status.value}")
    parts = [level.status.value, evaluation.qe.status.value]
    if evaluation.module is not None:
        parts.insert(1, evaluation.module.status.value)
    section.add(f"{prefix}together", f"{' + '.join(parts)} = {evaluation.status.value}")


def describe_comparison(verdict: Verdict | None, oracle: OracleVerdict) -> Section:
    """What `dcap-qvl` says, and whether it says the same."""
    section = Section("dcap-qvl")
    if oracle.accepted:
        section.add("TCB status", oracle.status)
        section.add("advisories", ", ".join(oracle.advisory_ids) or "none")
    else:
        section.add("refused", " ".join((oracle.refusal or "").split()))
    section.add("same verdict", "yes" if agrees(verdict, oracle) else "NO")
    return section


def agrees(verdict: Verdict | None, oracle: OracleVerdict) -> bool:
    """Whether both refuse, or give the same status and the same set of advisories."""
    if verdict is None or not oracle.accepted:
        return verdict is None and not oracle.accepted
    return verdict.status.value == oracle.status and set(verdict.advisory_ids) == set(oracle.advisory_ids)
