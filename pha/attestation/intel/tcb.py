# SPDX-License-Identifier: Apache-2.0
"""TCB Info version 3 and enclave identity version 2: read from and written to the text Intel signs.

Intel signs the exact characters of the `tcbInfo` or `enclaveIdentity` member, so the text is what counts and
`to_json` writes members in Intel's order without white space. Formats: Intel SGX and TDX Provisioning
Certification Service API, version 4.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pha.attestation.intel.json_fields import JsonObject
from pha.attestation.intel.status import ENCLAVE_LEVEL_STATUSES, PLATFORM_LEVEL_STATUSES, TcbStatus

COMPONENTS = 16


def iso_date(seconds: int) -> str:
    """Unix seconds as Intel writes dates: `2025-06-19T10:56:11Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class TcbComponent:
    """One of sixteen security version numbers; category and type are words for people."""

    svn: int
    category: str | None = None
    type: str | None = None

    def to_object(self) -> dict[str, Any]:
        """As JSON members in Intel's order."""
        words = {"category": self.category, "type": self.type}
        return {"svn": self.svn, **{key: word for key, word in words.items() if word is not None}}


@dataclass(frozen=True)
class TcbLevel:
    """A platform's TCB level: it matches a platform that has every number at least this high.

    `tdx_components` is None in an SGX TCB Info. `tcb_date` is in Unix seconds.
    """

    sgx_components: tuple[TcbComponent, ...]
    pce_svn: int
    tcb_date: int
    status: TcbStatus
    advisory_ids: tuple[str, ...] = ()
    tdx_components: tuple[TcbComponent, ...] | None = None

    def to_object(self) -> dict[str, Any]:
        """As JSON members in Intel's order; `advisoryIDs` is left out where there are none."""
        tcb: dict[str, Any] = {
            "sgxtcbcomponents": [component.to_object() for component in self.sgx_components],
            "pcesvn": self.pce_svn,
        }
        if self.tdx_components is not None:
            tcb["tdxtcbcomponents"] = [component.to_object() for component in self.tdx_components]
        return _level(tcb, self.tcb_date, self.status, self.advisory_ids)


@dataclass(frozen=True)
class EnclaveLevel:
    """A level of a QE or a TDX module: it matches an ISV SVN at least this high."""

    isv_svn: int
    tcb_date: int
    status: TcbStatus
    advisory_ids: tuple[str, ...] = ()

    def to_object(self) -> dict[str, Any]:
        """As JSON members in Intel's order."""
        return _level({"isvsvn": self.isv_svn}, self.tcb_date, self.status, self.advisory_ids)


def _level(tcb: dict[str, Any], date: int, status: TcbStatus, advisories: tuple[str, ...]) -> dict[str, Any]:
    level: dict[str, Any] = {"tcb": tcb, "tcbDate": iso_date(date), "tcbStatus": status.value}
    return {**level, "advisoryIDs": list(advisories)} if advisories else level


@dataclass(frozen=True)
class TdxModule:
    """What the TDX module must be: signer (48 bytes), attributes and their mask (8 bytes each)."""

    mr_signer: bytes = bytes(48)
    attributes: bytes = bytes(8)
    attributes_mask: bytes = bytes.fromhex("ff" * 8)

    def to_object(self) -> dict[str, Any]:
        """As JSON members in Intel's order."""
        return {
            "mrsigner": self.mr_signer.hex().upper(),
            "attributes": self.attributes.hex().upper(),
            "attributesMask": self.attributes_mask.hex().upper(),
        }


@dataclass(frozen=True)
class TdxModuleIdentity:
    """A TDX module of one major version: `id` is `TDX_` and the version in two hexadecimal digits."""

    id: str
    levels: tuple[EnclaveLevel, ...]
    module: TdxModule = TdxModule()

    def to_object(self) -> dict[str, Any]:
        """As JSON members in Intel's order."""
        return {
            "id": self.id,
            **self.module.to_object(),
            "tcbLevels": [level.to_object() for level in self.levels],
        }


@dataclass(frozen=True)
class TcbInfo:
    """TCB levels of all platforms of one FMSPC. Dates are Unix seconds. Levels stand from best to worst."""

    id: str
    issue_date: int
    next_update: int
    fmspc: bytes
    pce_id: bytes
    tcb_evaluation_data_number: int
    levels: tuple[TcbLevel, ...]
    version: int = 3
    tcb_type: int = 0
    tdx_module: TdxModule | None = None
    tdx_module_identities: tuple[TdxModuleIdentity, ...] | None = None

    def to_json(self) -> str:
        """The text to sign."""
        members: dict[str, Any] = {
            "id": self.id,
            "version": self.version,
            "issueDate": iso_date(self.issue_date),
            "nextUpdate": iso_date(self.next_update),
            "fmspc": self.fmspc.hex().upper(),
            "pceId": self.pce_id.hex().upper(),
            "tcbType": self.tcb_type,
            "tcbEvaluationDataNumber": self.tcb_evaluation_data_number,
        }
        if self.tdx_module is not None:
            members["tdxModule"] = self.tdx_module.to_object()
        if self.tdx_module_identities is not None:
            members["tdxModuleIdentities"] = [identity.to_object() for identity in self.tdx_module_identities]
        members["tcbLevels"] = [level.to_object() for level in self.levels]
        return json.dumps(members, separators=(",", ":"))


@dataclass(frozen=True)
class EnclaveIdentity:
    """What Intel's QE (`QE`), TD QE (`TD_QE`) or QVE (`QVE`) must be. Masks apply to the report's value."""

    id: str
    issue_date: int
    next_update: int
    tcb_evaluation_data_number: int
    mr_signer: bytes
    isv_prod_id: int
    levels: tuple[EnclaveLevel, ...]
    version: int = 2
    misc_select: bytes = bytes(4)
    misc_select_mask: bytes = bytes.fromhex("ffffffff")
    attributes: bytes = bytes.fromhex("11000000000000000000000000000000")
    attributes_mask: bytes = bytes.fromhex("fbffffffffffffff0000000000000000")

    def to_json(self) -> str:
        """The text to sign."""
        members = {
            "id": self.id,
            "version": self.version,
            "issueDate": iso_date(self.issue_date),
            "nextUpdate": iso_date(self.next_update),
            "tcbEvaluationDataNumber": self.tcb_evaluation_data_number,
            "miscselect": self.misc_select.hex().upper(),
            "miscselectMask": self.misc_select_mask.hex().upper(),
            "attributes": self.attributes.hex().upper(),
            "attributesMask": self.attributes_mask.hex().upper(),
            "mrsigner": self.mr_signer.hex().upper(),
            "isvprodid": self.isv_prod_id,
            "tcbLevels": [level.to_object() for level in self.levels],
        }
        return json.dumps(members, separators=(",", ":"))


def parse_tcb_info(text: str) -> TcbInfo:
    """Parse a TCB Info of version 3, for SGX or TDX.

    Raises:
        MalformedEvidenceError: naming the member that is missing, of a wrong type or out of range.
    """
    top = JsonObject.parse(text, "tcbInfo")
    kind = top.choice("id", ("SGX", "TDX"))
    version = top.integer("version", 3, 3)
    tdx = kind == "TDX"
    identities = None
    if tdx and top.has("tdxModuleIdentities"):
        identities = tuple(_module_identity(entry) for entry in top.objects("tdxModuleIdentities"))
    return TcbInfo(
        id=kind,
        issue_date=top.date("issueDate"),
        next_update=top.date("nextUpdate"),
        fmspc=top.hexadecimal("fmspc", 6),
        pce_id=top.hexadecimal("pceId", 2),
        tcb_evaluation_data_number=top.integer("tcbEvaluationDataNumber", 0, 0xFFFFFFFF),
        levels=tuple(_platform_level(level, tdx) for level in top.objects("tcbLevels")),
        version=version,
        tcb_type=top.integer("tcbType", 0, 0),
        tdx_module=_module(top.object("tdxModule")) if tdx else None,
        tdx_module_identities=identities,
    )


def parse_enclave_identity(text: str) -> EnclaveIdentity:
    """Parse a QE, TD QE or QVE identity of version 2.

    Raises:
        MalformedEvidenceError: naming the member that is missing, of a wrong type or out of range.
    """
    top = JsonObject.parse(text, "enclaveIdentity")
    return EnclaveIdentity(
        id=top.choice("id", ("QE", "TD_QE", "QVE")),
        issue_date=top.date("issueDate"),
        next_update=top.date("nextUpdate"),
        tcb_evaluation_data_number=top.integer("tcbEvaluationDataNumber", 0, 0xFFFFFFFF),
        mr_signer=top.hexadecimal("mrsigner", 32),
        isv_prod_id=top.integer("isvprodid", 0, 0xFFFF),
        levels=tuple(_enclave_level(level) for level in top.objects("tcbLevels")),
        version=top.integer("version", 2, 2),
        misc_select=top.hexadecimal("miscselect", 4),
        misc_select_mask=top.hexadecimal("miscselectMask", 4),
        attributes=top.hexadecimal("attributes", 16),
        attributes_mask=top.hexadecimal("attributesMask", 16),
    )


def _platform_level(level: JsonObject, tdx: bool) -> TcbLevel:
    tcb = level.object("tcb")
    return TcbLevel(
        sgx_components=_components(tcb, "sgxtcbcomponents"),
        pce_svn=tcb.integer("pcesvn", 0, 0xFFFF),
        tcb_date=level.date("tcbDate"),
        status=TcbStatus(level.choice("tcbStatus", tuple(s.value for s in PLATFORM_LEVEL_STATUSES))),
        advisory_ids=level.strings("advisoryIDs"),
        tdx_components=_components(tcb, "tdxtcbcomponents") if tdx else None,
    )


def _components(tcb: JsonObject, name: str) -> tuple[TcbComponent, ...]:
    entries = tcb.objects(name, COMPONENTS)
    return tuple(
        TcbComponent(entry.integer("svn", 0, 0xFF), entry.optional_string("category"), entry.optional_string("type"))
        for entry in entries
    )


def _enclave_level(level: JsonObject) -> EnclaveLevel:
    return EnclaveLevel(
        isv_svn=level.object("tcb").integer("isvsvn", 0, 0xFFFF),
        tcb_date=level.date("tcbDate"),
        status=TcbStatus(level.choice("tcbStatus", tuple(s.value for s in ENCLAVE_LEVEL_STATUSES))),
        advisory_ids=level.strings("advisoryIDs"),
    )


def _module(entry: JsonObject) -> TdxModule:
    return TdxModule(
        entry.hexadecimal("mrsigner", 48),
        entry.hexadecimal("attributes", 8),
        entry.hexadecimal("attributesMask", 8),
    )


def _module_identity(entry: JsonObject) -> TdxModuleIdentity:
    levels = tuple(_enclave_level(level) for level in entry.objects("tcbLevels"))
    return TdxModuleIdentity(entry.string("id"), levels, _module(entry))
