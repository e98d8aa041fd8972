# SPDX-License-Identifier: Apache-2.0
"""The three report bodies a quote can carry: an SGX enclave report, a TD report 1.0 and a TD report 1.5.

Layouts: Intel SGX DCAP ECDSA Quote Library API, "Enclave Report Body"; Intel TDX DCAP Quoting Library API,
"TD Quote Body" (sections for quote versions 4 and 5).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.reader import ByteReader


class _FixedLayout:
    """Fields of fixed length, in the order of the dataclass; numbers are little-endian."""

    LENGTHS: ClassVar[dict[str, int]]

    @classmethod
    def size(cls) -> int:
        """Length in bytes of the whole structure."""
        return sum(cls.LENGTHS.values())

    def to_bytes(self) -> bytes:
        """The structure as it stands in a quote.

        Raises:
            MalformedEvidenceError: a field has another length than the layout gives it.
        """
        out = bytearray()
        for name, length in self.LENGTHS.items():
            value = getattr(self, name)
            raw = value.to_bytes(length, "little") if isinstance(value, int) else value
            if len(raw) != length:
                raise MalformedEvidenceError(f"{type(self).__name__}.{name}", f"needs {length} bytes, has {len(raw)}")
            out += raw
        return bytes(out)

    @classmethod
    def _values(cls, reader: ByteReader, numbers: frozenset[str]) -> dict[str, bytes | int]:
        return {
            name: reader.integer(name, length) if name in numbers else reader.take(name, length)
            for name, length in cls.LENGTHS.items()
        }


@dataclass(frozen=True)
class SgxReport(_FixedLayout):
    """SGX enclave report body, 384 bytes. Reserved bytes are kept: the quote signs them too."""

    cpu_svn: bytes = bytes(16)
    misc_select: int = 0
    reserved1: bytes = bytes(12)
    isv_ext_prod_id: bytes = bytes(16)
    attributes: bytes = bytes.fromhex("0500000000000000e700000000000000")
    mr_enclave: bytes = bytes(32)
    reserved2: bytes = bytes(32)
    mr_signer: bytes = bytes(32)
    reserved3: bytes = bytes(32)
    config_id: bytes = bytes(64)
    isv_prod_id: int = 0
    isv_svn: int = 0
    config_svn: int = 0
    reserved4: bytes = bytes(42)
    isv_family_id: bytes = bytes(16)
    report_data: bytes = bytes(64)

    LENGTHS: ClassVar[dict[str, int]] = {
        "cpu_svn": 16,
        "misc_select": 4,
        "reserved1": 12,
        "isv_ext_prod_id": 16,
        "attributes": 16,
        "mr_enclave": 32,
        "reserved2": 32,
        "mr_signer": 32,
        "reserved3": 32,
        "config_id": 64,
        "isv_prod_id": 2,
        "isv_svn": 2,
        "config_svn": 2,
        "reserved4": 42,
        "isv_family_id": 16,
        "report_data": 64,
    }
    _NUMBERS: ClassVar[frozenset[str]] = frozenset({"misc_select", "isv_prod_id", "isv_svn", "config_svn"})

    @classmethod
    def read(cls, reader: ByteReader) -> SgxReport:
        """Take a report off `reader`.

        Raises:
            MalformedEvidenceError: it ends early.
        """
        return cls(**cls._values(reader, cls._NUMBERS))  # type: ignore[arg-type]

    @property
    def flags(self) -> int:
        """ATTRIBUTES.FLAGS: INIT 1, DEBUG 2, MODE64 4, PROVISION_KEY 0x10, EINITTOKEN_KEY 0x20, KSS 0x80."""
        return int.from_bytes(self.attributes[:8], "little")


@dataclass(frozen=True)
class TdReport10(_FixedLayout):
    """TD report body of TDX 1.0, 584 bytes."""

    tee_tcb_svn: bytes = bytes(16)
    mr_seam: bytes = bytes(48)
    mr_signer_seam: bytes = bytes(48)
    seam_attributes: bytes = bytes(8)
    td_attributes: bytes = bytes.fromhex("0000001000000000")
    xfam: bytes = bytes.fromhex("e702060000000000")
    mr_td: bytes = bytes(48)
    mr_config_id: bytes = bytes(48)
    mr_owner: bytes = bytes(48)
    mr_owner_config: bytes = bytes(48)
    rt_mr0: bytes = bytes(48)
    rt_mr1: bytes = bytes(48)
    rt_mr2: bytes = bytes(48)
    rt_mr3: bytes = bytes(48)
    report_data: bytes = bytes(64)

    LENGTHS: ClassVar[dict[str, int]] = {
        "tee_tcb_svn": 16,
        "mr_seam": 48,
        "mr_signer_seam": 48,
        "seam_attributes": 8,
        "td_attributes": 8,
        "xfam": 8,
        "mr_td": 48,
        "mr_config_id": 48,
        "mr_owner": 48,
        "mr_owner_config": 48,
        "rt_mr0": 48,
        "rt_mr1": 48,
        "rt_mr2": 48,
        "rt_mr3": 48,
        "report_data": 64,
    }

    @classmethod
    def read(cls, reader: ByteReader) -> TdReport10:
        """Take a report off `reader`.

        Raises:
            MalformedEvidenceError: it ends early.
        """
        return cls(**cls._values(reader, frozenset()))  # type: ignore[arg-type]

    @property
    def attributes(self) -> int:
        """TDATTRIBUTES: TUD 0..7 (DEBUG 0), SEC 8..31 (SEPT_VE_DISABLE 28, PKS 30, KL 31), OTHER 32..63."""
        return int.from_bytes(self.td_attributes, "little")


@dataclass(frozen=True)
class TdReport15(TdReport10):
    """TD report body of TDX 1.5, 648 bytes: the 1.0 body, the TDX module as it is now and the service TD."""

    tee_tcb_svn2: bytes = bytes(16)
    mr_service_td: bytes = bytes(48)

    LENGTHS: ClassVar[dict[str, int]] = {**TdReport10.LENGTHS, "tee_tcb_svn2": 16, "mr_service_td": 48}


ReportBody = SgxReport | TdReport10 | TdReport15

#: Body type of a version 5 quote, by class.
BODY_TYPES: dict[type[ReportBody], int] = {SgxReport: 1, TdReport10: 2, TdReport15: 3}


def field_names(report: ReportBody) -> tuple[str, ...]:
    """Names of the report's fields in the order of the layout."""
    return tuple(f.name for f in fields(report))
