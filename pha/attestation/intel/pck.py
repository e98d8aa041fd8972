# SPDX-License-Identifier: Apache-2.0
"""Intel's extension in a PCK certificate: which platform it is and at which security version numbers.

Object identifiers below 1.2.840.113741.1.13.1: Intel SGX PCK Certificate and CRL Profile Specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from cryptography import x509

from pha.attestation.intel import der
from pha.attestation.intel.der import Element
from pha.attestation.intel.errors import MalformedEvidenceError

SGX_EXTENSION = "1.2.840.113741.1.13.1"
_PPID, _TCB, _PCEID, _FMSPC, _TYPE, _INSTANCE, _CONFIGURATION = (f"{SGX_EXTENSION}.{i}" for i in range(1, 8))
_PCESVN, _CPUSVN = f"{_TCB}.17", f"{_TCB}.18"
_DYNAMIC, _CACHED_KEYS, _SMT = (f"{_CONFIGURATION}.{i}" for i in (1, 2, 3))


class SgxType(IntEnum):
    """How the platform protects enclave memory."""

    STANDARD = 0
    SCALABLE = 1
    SCALABLE_WITH_INTEGRITY = 2


@dataclass(frozen=True)
class PlatformConfiguration:
    """Settings only a Platform CA certificate tells; each is absent where Intel leaves it out."""

    dynamic_platform: bool | None = None
    cached_keys: bool | None = None
    smt_enabled: bool | None = None


@dataclass(frozen=True)
class PckExtension:
    """The extension's content. A Processor CA certificate has neither instance id nor configuration.

    Attributes:
        ppid: 16 bytes, the platform's provisioning id.
        components: sixteen SVNs as the TCB levels compare them.
        pce_svn: SVN of the provisioning certification enclave.
        cpu_svn: 16 raw bytes, for information: `components` is what is compared.
        pce_id: 2 bytes.
        fmspc: 6 bytes, the key to the platform's TCB Info.
    """

    ppid: bytes
    components: tuple[int, ...]
    pce_svn: int
    cpu_svn: bytes
    pce_id: bytes
    fmspc: bytes
    sgx_type: int
    platform_instance_id: bytes | None = None
    configuration: PlatformConfiguration | None = None

    def to_der(self) -> bytes:
        """The extension's value, members in Intel's order."""
        tcb = [_member(f"{_TCB}.{index}", der.integer(svn)) for index, svn in enumerate(self.components, start=1)]
        tcb += [_member(_PCESVN, der.integer(self.pce_svn)), _octets(_CPUSVN, self.cpu_svn)]
        members = [
            _octets(_PPID, self.ppid),
            _member(_TCB, der.sequence(*tcb)),
            _octets(_PCEID, self.pce_id),
            _octets(_FMSPC, self.fmspc),
            _member(_TYPE, der.integer(self.sgx_type, der.ENUMERATED)),
        ]
        if self.platform_instance_id is not None:
            members.append(_octets(_INSTANCE, self.platform_instance_id))
        if self.configuration is not None:
            flags = (
                (_DYNAMIC, self.configuration.dynamic_platform),
                (_CACHED_KEYS, self.configuration.cached_keys),
                (_SMT, self.configuration.smt_enabled),
            )
            settings = [_member(oid, der.boolean(flag)) for oid, flag in flags if flag is not None]
            members.append(_member(_CONFIGURATION, der.sequence(*settings)))
        return der.sequence(*members)


def _member(oid: str, value: bytes) -> bytes:
    return der.sequence(der.object_id(oid), value)


def _octets(oid: str, value: bytes) -> bytes:
    return _member(oid, der.encode(der.OCTET_STRING, value))


def parse_pck_extension(value: bytes) -> PckExtension:
    """Parse the extension's DER value.

    Raises:
        MalformedEvidenceError: DER is broken, or a member is missing, doubled, of a wrong length or unknown.
    """
    top = list(der.elements(value, "pck.extension"))
    if len(top) != 1:
        raise MalformedEvidenceError("pck.extension", f"expected one SEQUENCE, found {len(top)} elements", 0)
    members = _members(top[0], "pck.extension")
    tcb = _members(_required(members, _TCB, "pck.tcb"), "pck.tcb")
    components = tuple(
        _bounded(tcb, f"{_TCB}.{index}", f"pck.tcb.component[{index - 1}]", 0xFF) for index in range(1, 17)
    )
    sgx_type = _required(members, _TYPE, "pck.sgx_type").unsigned("pck.sgx_type", der.ENUMERATED)
    if sgx_type not in (0, 1, 2):
        raise MalformedEvidenceError("pck.sgx_type", f"expected 0, 1 or 2, found {sgx_type}")
    instance = None
    if _INSTANCE in members:
        instance = _sized(members, _INSTANCE, "pck.platform_instance_id", 16)
    return PckExtension(
        ppid=_sized(members, _PPID, "pck.ppid", 16),
        components=components,
        pce_svn=_bounded(tcb, _PCESVN, "pck.tcb.pcesvn", 0xFFFF),
        cpu_svn=_sized(tcb, _CPUSVN, "pck.tcb.cpusvn", 16),
        pce_id=_sized(members, _PCEID, "pck.pce_id", 2),
        fmspc=_sized(members, _FMSPC, "pck.fmspc", 6),
        sgx_type=sgx_type,
        platform_instance_id=instance,
        configuration=_configuration(members),
    )


def pck_extension_of(certificate: x509.Certificate) -> PckExtension:
    """The extension of a PCK certificate.

    Raises:
        MalformedEvidenceError: the certificate has none, or a broken one.
    """
    try:
        extension = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(SGX_EXTENSION)).value
    except x509.ExtensionNotFound:
        raise MalformedEvidenceError("pck.extension", f"certificate has no extension {SGX_EXTENSION}") from None
    except ValueError as error:
        raise MalformedEvidenceError("pck.extensions", str(error)) from error
    assert isinstance(extension, x509.UnrecognizedExtension)
    return parse_pck_extension(extension.value)


def _members(element: Element, field: str) -> dict[str, Element]:
    members: dict[str, Element] = {}
    for pair in element.children(field):
        parts = pair.children(field)
        if len(parts) != 2:
            raise MalformedEvidenceError(
                field, f"expected an identifier and a value, found {len(parts)} elements", pair.offset
            )
        oid = _dotted(parts[0].expect(der.OBJECT_ID, field), field, parts[0].offset)
        if oid in members:
            raise MalformedEvidenceError(field, f"{oid} stands twice", pair.offset)
        members[oid] = parts[1]
    return members


def _dotted(content: bytes, field: str, offset: int) -> str:
    if not content or content[-1] & 0x80:
        raise MalformedEvidenceError(field, "object identifier cut short", offset)
    arcs: list[int] = []
    arc = 0
    for byte in content:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def _required(members: dict[str, Element], oid: str, field: str) -> Element:
    if oid not in members:
        raise MalformedEvidenceError(field, f"missing ({oid})")
    return members[oid]


def _sized(members: dict[str, Element], oid: str, field: str, length: int) -> bytes:
    element = _required(members, oid, field)
    content = element.expect(der.OCTET_STRING, field)
    if len(content) != length:
        raise MalformedEvidenceError(field, f"expected {length} bytes, found {len(content)}", element.offset)
    return content


def _bounded(members: dict[str, Element], oid: str, field: str, maximum: int) -> int:
    element = _required(members, oid, field)
    value = element.unsigned(field)
    if value > maximum:
        raise MalformedEvidenceError(field, f"expected at most {maximum}, found {value}", element.offset)
    return value


def _configuration(members: dict[str, Element]) -> PlatformConfiguration | None:
    if _CONFIGURATION not in members:
        return None
    settings = _members(members[_CONFIGURATION], "pck.configuration")

    def flag(oid: str, name: str) -> bool | None:
        return settings[oid].flag(f"pck.configuration.{name}") if oid in settings else None

    return PlatformConfiguration(
        flag(_DYNAMIC, "dynamic_platform"), flag(_CACHED_KEYS, "cached_keys"), flag(_SMT, "smt_enabled")
    )
