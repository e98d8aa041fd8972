# SPDX-License-Identifier: Apache-2.0
"""ECDSA quotes of versions 3, 4 and 5, for SGX and TDX: parsed from bytes and written back to the same bytes.

    version 3   header, SGX report, u32 length, signature data
    version 4   header, SGX report or TD report 1.0, u32 length, signature data
    version 5   header, u16 body type, u32 body length, body, u32 length, signature data

Signature data is the quote's signature and the attestation key, then (version 3) the QE's report, signature,
authentication data and certification data, or (4 and 5) the same wrapped as certification data of type 6.
Everything up to the body's end is what the attestation key signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.reader import ByteReader
from pha.attestation.intel.report import BODY_TYPES, ReportBody, SgxReport, TdReport10, TdReport15

TEE_SGX = 0x00
TEE_TDX = 0x81
KEY_ECDSA_P256 = 2
INTEL_QE_VENDOR = bytes.fromhex("939a7233f79c4ca9940a0db3957f0607")
HEADER_LENGTH = 48


class CertificationType(IntEnum):
    """How a quote says which PCK certified its QE."""

    PPID_PLAIN = 1
    PPID_RSA2048 = 2
    PPID_RSA3072 = 3
    PCK_LEAF = 4
    PCK_CHAIN = 5
    QE_REPORT = 6


@dataclass(frozen=True)
class QuoteHeader:
    """The 48 bytes every quote begins with. `qe_svn` and `pce_svn` are reserved (zero) from version 4 on."""

    version: int
    tee_type: int
    attestation_key_type: int = KEY_ECDSA_P256
    qe_svn: int = 0
    pce_svn: int = 0
    qe_vendor_id: bytes = INTEL_QE_VENDOR
    user_data: bytes = bytes(20)

    def to_bytes(self) -> bytes:
        """The header as it stands in a quote."""
        return (
            self.version.to_bytes(2, "little")
            + self.attestation_key_type.to_bytes(2, "little")
            + self.tee_type.to_bytes(4, "little")
            + self.qe_svn.to_bytes(2, "little")
            + self.pce_svn.to_bytes(2, "little")
            + self.qe_vendor_id
            + self.user_data
        )

    @classmethod
    def read(cls, reader: ByteReader) -> QuoteHeader:
        """Take a header off `reader`; which versions and types are supported is the caller's to say."""
        version = reader.integer("version", 2)
        key_type = reader.integer("attestation_key_type", 2)
        tee_type = reader.integer("tee_type", 4)
        qe_svn = reader.integer("qe_svn", 2)
        pce_svn = reader.integer("pce_svn", 2)
        vendor = reader.take("qe_vendor_id", 16)
        return cls(version, tee_type, key_type, qe_svn, pce_svn, vendor, reader.take("user_data", 20))


@dataclass(frozen=True)
class CertificationData:
    """u16 type, u32 length, data. For type 5 the data is PEM text, leaf first, often with a final NUL."""

    type: int
    data: bytes

    def to_bytes(self) -> bytes:
        """As it stands in a quote."""
        return self.type.to_bytes(2, "little") + len(self.data).to_bytes(4, "little") + self.data


@dataclass(frozen=True)
class QeEvidence:
    """The quoting enclave's own report, signed by the PCK, and what certifies that PCK."""

    report: SgxReport
    signature: bytes
    auth_data: bytes
    certification: CertificationData

    def to_bytes(self) -> bytes:
        """As it stands in a quote."""
        return (
            self.report.to_bytes()
            + self.signature
            + len(self.auth_data).to_bytes(2, "little")
            + self.auth_data
            + self.certification.to_bytes()
        )

    @classmethod
    def read(cls, reader: ByteReader) -> QeEvidence:
        """Take the four parts off `reader`, which they must fill."""
        report = SgxReport.read(reader.nested("report", SgxReport.size()))
        signature = reader.take("signature", 64)
        auth_data = reader.take("auth_data", reader.integer("auth_data_length", 2))
        offset = reader.offset
        kind = reader.integer("certification.type", 2)
        if not CertificationType.PPID_PLAIN <= kind <= CertificationType.PCK_CHAIN:
            raise MalformedEvidenceError("quote.certification.type", f"expected 1 to 5, found {kind}", offset)
        data = reader.take("certification.data", reader.integer("certification.length", 4))
        reader.finish()
        return cls(report, signature, auth_data, CertificationData(kind, data))


@dataclass(frozen=True)
class Quote:
    """A whole quote. `to_bytes` gives back exactly what was parsed, `trailing` padding included."""

    header: QuoteHeader
    body: ReportBody
    signature: bytes
    attestation_key: bytes
    qe: QeEvidence
    trailing: bytes = b""

    @property
    def is_tdx(self) -> bool:
        """True for a TD's quote, False for an enclave's."""
        return isinstance(self.body, TdReport10)

    def signed_bytes(self) -> bytes:
        """Header and body (with the body's descriptor in version 5): what the attestation key signed."""
        return signed_part(self.header, self.body)

    def to_bytes(self) -> bytes:
        """The quote as the vendor's library gives it."""
        qe = self.qe.to_bytes()
        if self.header.version >= 4:
            qe = CertificationData(CertificationType.QE_REPORT, qe).to_bytes()
        signature_data = self.signature + self.attestation_key + qe
        length = len(signature_data).to_bytes(4, "little")
        return self.signed_bytes() + length + signature_data + self.trailing


def signed_part(header: QuoteHeader, body: ReportBody) -> bytes:
    """What a quote of this header and body has its signature over."""
    raw = body.to_bytes()
    if header.version < 5:
        return header.to_bytes() + raw
    descriptor = BODY_TYPES[type(body)].to_bytes(2, "little") + len(raw).to_bytes(4, "little")
    return header.to_bytes() + descriptor + raw


def parse_quote(raw: bytes) -> Quote:
    """Parse a quote.

    Args:
        raw: the quote, possibly followed by padding (Linux's TDX drivers leave zeros behind it).

    Raises:
        MalformedEvidenceError: naming the first field that breaks the format.
    """
    reader = ByteReader(raw, "quote")
    header = _read_header(reader)
    body = _read_body(reader, header)
    data = reader.nested("signature_data", reader.integer("signature_data_length", 4))
    signature = data.take("signature", 64)
    attestation_key = data.take("attestation_key", 64)
    qe_reader = data
    if header.version >= 4:
        offset = data.offset
        kind = data.integer("certification.type", 2)
        if kind != CertificationType.QE_REPORT:
            raise MalformedEvidenceError("quote.signature_data.certification.type", f"expected 6, found {kind}", offset)
        qe_reader = data.nested("qe", data.integer("certification.length", 4))
        data.finish()
    qe = QeEvidence.read(qe_reader)
    return Quote(header, body, signature, attestation_key, qe, reader.rest())


def _read_header(reader: ByteReader) -> QuoteHeader:
    header = QuoteHeader.read(reader.nested("header", HEADER_LENGTH))
    if header.version not in (3, 4, 5):
        raise MalformedEvidenceError("quote.header.version", f"expected 3, 4 or 5, found {header.version}", 0)
    if header.attestation_key_type != KEY_ECDSA_P256:
        raise MalformedEvidenceError(
            "quote.header.attestation_key_type",
            f"expected 2 (ECDSA on P-256), found {header.attestation_key_type}",
            2,
        )
    allowed = (TEE_SGX,) if header.version == 3 else (TEE_SGX, TEE_TDX)
    if header.tee_type not in allowed:
        names = " or ".join(f"0x{tee:02x}" for tee in allowed)
        raise MalformedEvidenceError("quote.header.tee_type", f"expected {names}, found 0x{header.tee_type:02x}", 4)
    return header


def _read_body(reader: ByteReader, header: QuoteHeader) -> ReportBody:
    if header.version < 5:
        if header.tee_type == TEE_SGX:
            return SgxReport.read(reader.nested("body", SgxReport.size()))
        return TdReport10.read(reader.nested("body", TdReport10.size()))
    offset = reader.offset
    body_type = reader.integer("body_type", 2)
    allowed: dict[int, type[ReportBody]] = {1: SgxReport}
    if header.tee_type == TEE_TDX:
        allowed = {2: TdReport10, 3: TdReport15}
    if body_type not in allowed:
        expected = " or ".join(str(key) for key in allowed)
        raise MalformedEvidenceError(
            "quote.body_type",
            f"expected {expected} for TEE type 0x{header.tee_type:02x}, found {body_type}",
            offset,
        )
    layout = allowed[body_type]
    offset = reader.offset
    length = reader.integer("body_length", 4)
    if length != layout.size():
        raise MalformedEvidenceError("quote.body_length", f"expected {layout.size()}, found {length}", offset)
    return layout.read(reader.nested("body", length))
