# SPDX-License-Identifier: Apache-2.0
"""Intel's extension of a PCK certificate (SGX PCK Certificate and CRL Profile Specification, 1.3): each member."""

from __future__ import annotations

import pytest

from tests.direct_call import failure
from tests.unit.attestation.der_writer import SGX, element, integer, octets, oid, sequence

PPID, CPU_SVN, PCE_ID, FMSPC = bytes(range(16)), bytes(range(16, 32)), b"\x01\x02", bytes.fromhex("90c06f000000")
INCOMPLETE, REPEATED, MALFORMED = "PckExtensionIncomplete", "PckExtensionRepeated", "PckExtensionMalformed"


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.MockCertificateReader)


def member(number: int, value: bytes, parent: str = "") -> bytes:
    return sequence(oid(SGX + parent + f"{number:02x}"), value)


def tcb_members() -> dict[object, bytes]:
    """Sixteen components, the PCE's SVN and the raw CPUSVN, by number."""
    components = {i: member(i, integer(CPU_SVN[i - 1]), "02") for i in range(1, 17)}
    return {**components, 17: member(17, integer(13), "02"), 18: member(18, octets(CPU_SVN), "02")}


def members(**changed: bytes) -> dict[str, bytes]:
    return {
        "ppid": member(1, octets(PPID)),
        "tcb": member(2, sequence(*tcb_members().values())),
        "pce_id": member(3, octets(PCE_ID)),
        "fmspc": member(4, octets(FMSPC)),
        "sgx_type": member(5, element(0x0A, b"\1")),
        **changed,
    }


def tcb(**changed: bytes) -> dict[str, bytes]:
    """The extension's members with one of the TCB's replaced, by `m` and its number."""
    numbers = {int(name[1:]): value for name, value in changed.items()}
    return members(tcb=member(2, sequence(*{**tcb_members(), **numbers}.values())))


def reason(reader, parts: dict[str, bytes]) -> str:
    error = failure(reader.parsePlatform, sequence(*parts.values()))
    return error.values[0].rstrip(b"\0").decode() if error.name == "CertificateRefused" else error.name


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "backwards"])
def test_platform_is_read(reader, turned):
    ordered = list(members().values())
    platform = reader.parsePlatform(sequence(*(reversed(ordered) if turned else ordered)))
    assert (bytes(platform.ppid), bytes(platform.cpuSvn), platform.pceSvn) == (PPID, CPU_SVN, 13)
    assert (bytes(platform.pceId), bytes(platform.fmspc)) == (PCE_ID, FMSPC)


def test_components_of_every_size_are_read(reader):
    """Below 128 they take one byte, from there on two; the raw CPUSVN says the same."""
    values = bytes([0, 1, 127, 128, 254, 255, *range(6, 16)])
    numbers = {f"m{i}": member(i, integer(values[i - 1]), "02") for i in range(1, 17)}
    parts = tcb(**numbers, m17=member(17, integer(0xFFFF), "02"), m18=member(18, octets(values), "02"))
    platform = reader.parsePlatform(sequence(*parts.values()))
    assert (bytes(platform.cpuSvn), platform.pceSvn) == (values, 0xFFFF)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_ways_to_protect_memory_are_those_defined(reader, kind):
    reader.parsePlatform(sequence(*members(sgx_type=member(5, element(0x0A, bytes([kind])))).values()))


def test_unknown_members_are_stepped_over(reader):
    foreign = sequence(oid("2a0304"), integer(1))
    reader.parsePlatform(sequence(member(9, octets(b"x")), foreign, foreign, *members().values()))
    inner = tcb(m19=member(19, integer(1), "02"), m20=sequence(oid("2a0304"), integer(1)))
    reader.parsePlatform(sequence(*inner.values()))


@pytest.mark.parametrize("name", list(members()))
def test_platform_is_refused_when_a_member_is_missing_or_repeated(reader, name):
    without = {key: value for key, value in members().items() if key != name}
    assert reason(reader, without) == INCOMPLETE
    assert reason(reader, {**members(), "again": members()[name]}) == REPEATED


@pytest.mark.parametrize("number", range(1, 19))
def test_platform_is_refused_when_a_part_of_the_tcb_is_missing_or_repeated(reader, number):
    assert reason(reader, tcb(**{f"m{number}": b""})) == INCOMPLETE
    assert reason(reader, tcb(m99=tcb_members()[number])) == REPEATED


@pytest.mark.parametrize(
    ("name", "number", "length"), [("ppid", 1, 16), ("pce_id", 3, 2), ("fmspc", 4, 6)], ids=["ppid", "pce", "fmspc"]
)
def test_platform_is_refused_when_a_member_has_another_length_or_type(reader, name, number, length):
    for other in (0, length - 1, length + 1, 40):
        assert reason(reader, members(**{name: member(number, octets(bytes(other)))})) == MALFORMED
    assert reason(reader, members(**{name: member(number, integer(1))})) == "MalformedDer"
    assert reason(reader, members(**{name: member(number, octets(bytes(length)) + b"\0")})) == "MalformedDer"


REFUSED = {
    "component over a byte": (tcb(m3=member(3, integer(256), "02")), "PckSvnOutOfRange"),
    "component negative": (tcb(m3=member(3, b"\x02\x01\x80", "02")), "MalformedDer"),
    "component of another type": (tcb(m3=member(3, octets(b"\1"), "02")), "MalformedDer"),
    "component with something behind": (tcb(m3=member(3, integer(18) + b"\0", "02")), "MalformedDer"),
    "component unlike the raw CPUSVN": (tcb(m3=member(3, integer(CPU_SVN[2] + 1), "02")), "PckSvnsDisagree"),
    "large component unlike the raw CPUSVN": (tcb(m16=member(16, integer(200), "02")), "PckSvnsDisagree"),
    "PCE's SVN over two bytes": (tcb(m17=member(17, integer(0x10000), "02")), "PckSvnOutOfRange"),
    "raw CPUSVN short": (tcb(m18=member(18, octets(CPU_SVN[:-1]), "02")), MALFORMED),
    "raw CPUSVN long": (tcb(m18=member(18, octets(CPU_SVN + b"\0"), "02")), MALFORMED),
    "TCB no sequence": (members(tcb=member(2, octets(b""))), "MalformedDer"),
    "TCB with something behind": (members(tcb=member(2, sequence(*tcb_members().values()) + b"\0")), "MalformedDer"),
    "TCB's member no sequence": (tcb(m3=octets(b"\1")), "MalformedDer"),
    "kind of memory protection unknown": (members(sgx_type=member(5, element(0x0A, b"\3"))), "PckSgxType"),
    "kind of memory protection of two bytes": (members(sgx_type=member(5, element(0x0A, b"\0\1"))), "PckSgxType"),
    "kind of memory protection empty": (members(sgx_type=member(5, element(0x0A, b""))), "PckSgxType"),
    "kind of memory protection an integer": (members(sgx_type=member(5, integer(1))), "MalformedDer"),
}


@pytest.mark.parametrize(("parts", "expected"), REFUSED.values(), ids=REFUSED)
def test_platform_is_refused_by_name(reader, parts, expected):
    assert reason(reader, parts) == expected


def test_platform_is_refused_when_cut_or_followed_by_anything(reader):
    der = sequence(*members().values())
    for cut in [*range(0, len(der), 23), len(der) - 1]:
        assert failure(reader.parsePlatform, der[:cut]).name == "MalformedDer"
    assert failure(reader.parsePlatform, der + b"\0").name == "MalformedDer"
