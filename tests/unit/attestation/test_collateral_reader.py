# SPDX-License-Identifier: Apache-2.0
"""TCB Info and identities read from front to back: what is kept, and each way a text can be wrong.

What the packed form must be is put together here by hand, from the layout that the readers document.
"""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from pha.attestation.intel.generator import Kind
from pha.attestation.intel.status import TcbStatus
from pha.attestation.intel.tcb import EnclaveLevel, TcbComponent
from pha.attestation.intel.tcb_match import converge, relaunched
from tests.direct_call import failure, refusal
from tests.unit.attestation.intel_suite import STATUSES

HEX_16 = "00112233445566778899AABBCCDDEEFF"


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.MockCollateralReader)


@pytest.fixture
def tdx(good_evidence):
    return good_evidence(Kind.TDX_V5).spec


@pytest.fixture
def sgx(good_evidence):
    return good_evidence(Kind.SGX_V3).spec


def parsed(method, text: str) -> tuple[SimpleNamespace, bytes]:
    fields, packed = method(text.encode())
    names = [entry.name for entry in method.abis[0].outputs[0].components]
    return SimpleNamespace(**dict(zip(names, fields, strict=True))), bytes(packed)


class Names:
    """Advisories in the order they are first met: a bit for each, and how they are written."""

    def __init__(self) -> None:
        self.known: list[str] = []

    def mask(self, names) -> bytes:
        mask = 0
        for name in names:
            if name not in self.known:
                self.known.append(name)
            mask |= 1 << self.known.index(name)
        return mask.to_bytes(13, "big")

    def packed(self) -> bytes:
        return b"".join(
            b"\0" + int(name[9:]).to_bytes(3, "big")
            if name.startswith("INTEL-SA-") and len(name) == 14 and name[9:].isdigit()
            else bytes([len(name)]) + name.encode()
            for name in self.known
        )


def status_byte(status: TcbStatus) -> bytes:
    return bytes([STATUSES.index(status.value)])


def enclave_levels(levels, names: Names) -> bytes:
    return b"".join(
        level.isv_svn.to_bytes(2, "big") + status_byte(level.status) + names.mask(level.advisory_ids)
        for level in levels
    )


def expected_tcb_info(info) -> bytes:
    names, modules = Names(), b""
    if info.tdx_module is not None:
        module = info.tdx_module
        modules = b"\0\0" + module.mr_signer + module.attributes + module.attributes_mask
        for entry in info.tdx_module_identities or ():
            own = entry.module
            modules += bytes([int(entry.id[4:], 16), len(entry.levels)])
            modules += own.mr_signer + own.attributes + own.attributes_mask + enclave_levels(entry.levels, names)
    levels = b""
    for level in info.levels:
        levels += bytes(component.svn for component in level.sgx_components) + level.pce_svn.to_bytes(2, "big")
        levels += status_byte(level.status) + names.mask(level.advisory_ids)
        levels += bytes(component.svn for component in level.tdx_components or ())
    count = 0 if info.tdx_module is None else 1 + len(info.tdx_module_identities or ())
    head = bytes([info.id == "TDX", len(info.levels), count]) + info.pce_id
    levels_at = 9 + len(modules)
    head += levels_at.to_bytes(2, "big") + (levels_at + len(levels)).to_bytes(2, "big")
    return head + modules + levels + names.packed()


@pytest.mark.parametrize("kind", [Kind.SGX_V3, Kind.TDX_V5], ids=lambda kind: kind.value)
def test_tcb_info_is_read_and_packed_as_documented(reader, good_evidence, kind):
    info = good_evidence(kind).spec.tcb_info
    fields, packed = parsed(reader.parseTcbInfo, info.to_json())
    assert (fields.isTdx, fields.issueDate, fields.nextUpdate) == (kind.is_tdx, info.issue_date, info.next_update)
    assert (bytes(fields.fmspc), fields.evaluationNumber) == (info.fmspc, info.tcb_evaluation_data_number)
    assert packed == expected_tcb_info(info)
    assert fields.packedLength == len(packed)


@pytest.mark.parametrize("identities", [None, ()], ids=["left out", "empty"])
def test_tcb_info_may_list_no_module(reader, tdx, identities):
    info = replace(tdx.tcb_info, tdx_module_identities=identities)
    assert parsed(reader.parseTcbInfo, info.to_json())[1] == expected_tcb_info(info)


def test_levels_are_kept_best_first(reader, tdx, sgx):
    for spec in (tdx, sgx):
        info = spec.tcb_info
        turned = replace(info, levels=tuple(reversed(info.levels)))
        # Advisories get their bits in the order of the text; levels stand in that of the platform's numbers.
        _, packed = parsed(reader.parseTcbInfo, turned.to_json())
        stride = 48 if info.tdx_module else 32
        first = int.from_bytes(packed[5:7], "big")
        kept = [packed[first + stride * i : first + stride * i + 18] for i in range(len(info.levels))]
        assert kept == [
            bytes(part.svn for part in level.sgx_components) + level.pce_svn.to_bytes(2, "big") for level in info.levels
        ]


@pytest.mark.parametrize("status", list(TcbStatus), ids=lambda status: status.value)
def test_every_status_of_a_platform_is_read_and_those_of_two_levels_are_not(reader, sgx, status):
    level = replace(sgx.tcb_info.levels[0], status=status, advisory_ids=())
    info = replace(sgx.tcb_info, levels=(level,))
    if status in (TcbStatus.TD_RELAUNCH_ADVISED, TcbStatus.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED):
        assert refusal(reader.parseTcbInfo, info.to_json().encode()) == "MalformedJson"
    else:
        assert parsed(reader.parseTcbInfo, info.to_json())[1] == expected_tcb_info(info)


@pytest.mark.parametrize("status", list(TcbStatus), ids=lambda status: status.value)
def test_enclaves_and_modules_have_three_statuses_and_no_other(reader, tdx, status):
    levels = (EnclaveLevel(4, 1_700_000_000, status),)
    identity = replace(tdx.qe_identity, levels=levels).to_json()
    entry = replace((tdx.tcb_info.tdx_module_identities or ())[0], levels=levels)
    info = replace(tdx.tcb_info, tdx_module_identities=(entry,)).to_json()
    if status in (TcbStatus.UP_TO_DATE, TcbStatus.OUT_OF_DATE, TcbStatus.REVOKED):
        reader.parseIdentity(identity.encode())
        reader.parseTcbInfo(info.encode())
    else:
        assert refusal(reader.parseIdentity, identity.encode()) == "MalformedJson"
        assert refusal(reader.parseTcbInfo, info.encode()) == "MalformedJson"


@pytest.mark.parametrize("identity_id", ["QE", "TD_QE", "QVE"])
def test_identity_is_read_and_packed_as_documented(reader, sgx, identity_id):
    identity = replace(sgx.qe_identity, id=identity_id)
    fields, packed = parsed(reader.parseIdentity, identity.to_json())
    assert bytes(fields.id).rstrip(b"\0").decode() == identity_id
    assert (fields.issueDate, fields.nextUpdate) == (identity.issue_date, identity.next_update)
    assert fields.evaluationNumber == identity.tcb_evaluation_data_number
    members, names = json.loads(identity.to_json()), Names()
    levels = enclave_levels(identity.levels, names)
    expected = bytes([len(identity.levels)])
    expected += b"".join(bytes.fromhex(members[name]) for name in ("miscselect", "miscselectMask"))
    expected += identity.isv_prod_id.to_bytes(2, "big")
    expected += b"".join(bytes.fromhex(members[name]) for name in ("attributes", "attributesMask", "mrsigner"))
    assert packed == expected + levels + names.packed()
    assert fields.packedLength == len(packed)


COMMON_CHANGES = {
    "id unknown": ('"id":"', '"id":"X'),
    "version of another": ('"version":', '"version":1'),
    "issue date of no form": ('"issueDate":"2', '"issueDate":"x'),
    "issue date missing": ('"issueDate":', '"issuedate":'),
    "next update missing": ('"nextUpdate":', '"nextupdate":'),
    "evaluation number with zeros": ('DataNumber":18', 'DataNumber":018'),
    "evaluation number negative": ('DataNumber":18', 'DataNumber":-18'),
    "evaluation number with a point": ('DataNumber":18', 'DataNumber":18.0'),
    "evaluation number with an exponent": ('DataNumber":18', 'DataNumber":18e0'),
    "evaluation number as text": ('DataNumber":18', 'DataNumber":"18"'),
    "evaluation number too long": ('DataNumber":18', 'DataNumber":1800000000'),
    "mrsigner not hexadecimal": ('"mrsigner":"', '"mrsigner":"x'),
    "attributes short": ('"attributes":"00', '"attributes":"'),
    "attributes long": ('"attributes":"', '"attributes":"00'),
    "mask short": ('"attributesMask":"FF', '"attributesMask":"'),
    "status unknown": ('"UpToDate"', '"UpToDat"'),
    "status in other letters": ('"UpToDate"', '"uptodate"'),
    "status longer": ('"UpToDate"', '"UpToDateX"'),
    "status empty": ('"UpToDate"', '""'),
    "status escaped": ('"UpToDate"', '"UpToDat\\\\u0065"'),
    "date of a level short": ('"tcbDate":"20', '"tcbDate":"2'),
    "date of a level long": ('"tcbDate":"20', '"tcbDate":"202'),
    "white space": (",", ", "),
    "unknown member of a level": ('{"tcb":', '{"extra":1,"tcb":'),
    "members in another order": ('"version":', '"fmspc":'),
    "advisory not closed": ('"advisoryIDs":["', '"advisoryIDs":[["'),
    "advisory empty": ('"advisoryIDs":["', '"advisoryIDs":["","'),
    "advisory longer than a word": ('"advisoryIDs":["', '"advisoryIDs":["' + "A" * 33 + '","'),
    "advisory escaped": ('"advisoryIDs":["', '"advisoryIDs":["\\\\n","'),
    "list of advisories with a comma at its end": ('"]}', '",]}'),
    "no levels": ('"tcbLevels":[{', '"tcbLevels":[],"x":[{'),
}
TCB_INFO_CHANGES = {
    "type of another": ('"tcbType":0', '"tcbType":1'),
    "fmspc short": ('"fmspc":"00', '"fmspc":"0'),
    "fmspc long": ('"fmspc":"', '"fmspc":"0'),
    "pceId short": ('"pceId":"00', '"pceId":"0'),
    "pceId not hexadecimal": ('"pceId":"0', '"pceId":"g'),
    "component over a byte": ('{"svn":', '{"svn":256,"x":'),
    "component missing": ('{"svn":11},', ""),
    "component too many": ('"sgxtcbcomponents":[', '"sgxtcbcomponents":[{"svn":0},'),
    "component's number as text": ('{"svn":11}', '{"svn":"11"}'),
    "component with another member": ('{"svn":11}', '{"svn":11,"note":"x"}'),
    "PCE's SVN over two bytes": ('"pcesvn":13', '"pcesvn":65536'),
    "PCE's SVN missing": (',"pcesvn":13', ""),
}


@pytest.mark.parametrize("change", [*COMMON_CHANGES.values(), *TCB_INFO_CHANGES.values()])
def test_tcb_info_is_refused_when_it_is_wrong(reader, sgx, change):
    text = sgx.tcb_info.to_json()
    bent = text.replace(*change, 1)
    assert bent != text or change[0].startswith(('"mrsigner', '"attributes'))
    if bent != text:
        assert refusal(reader.parseTcbInfo, bent.encode()) in ("MalformedJson", "MalformedDate", "AdvisoryNameLength")


IDENTITY_CHANGES = {
    "MISCSELECT short": ('"miscselect":"00', '"miscselect":"0'),
    "its mask long": ('"miscselectMask":"', '"miscselectMask":"0'),
    "mrsigner short": ('"mrsigner":"', '"mrsigner":"'[:-1]),
    "product over two bytes": ('"isvprodid":1', '"isvprodid":65536'),
    "product negative": ('"isvprodid":1', '"isvprodid":-1'),
    "SVN over two bytes": ('"isvsvn":8', '"isvsvn":65536'),
    "SVN missing": ('{"isvsvn":8}', "{}"),
}


@pytest.mark.parametrize("change", [*COMMON_CHANGES.values(), *IDENTITY_CHANGES.values()])
def test_identity_is_refused_when_it_is_wrong(reader, sgx, change):
    text = sgx.qe_identity.to_json()
    bent = text.replace(*change, 1)
    if change == COMMON_CHANGES["no levels"]:
        # An identity without levels is of Intel's form; then what follows is not.
        assert failure(reader.parseIdentity, bent.encode()).values[0].rstrip(b"\0") == b"}"
        return
    if change == COMMON_CHANGES["mask short"]:
        change = ('"attributesMask":"', '"attributesMask":"0')
        bent = text.replace(*change, 1)
    if change == COMMON_CHANGES["attributes short"]:
        bent = text.replace('"attributes":"11', '"attributes":"', 1)
    assert bent != text, change
    assert refusal(reader.parseIdentity, bent.encode()) in ("MalformedJson", "MalformedDate", "AdvisoryNameLength")


TDX_CHANGES = {
    "module missing": (',"tdxModule":{', ',"tdxmodule":{'),
    "module's signer short": ('"tdxModule":{"mrsigner":"00', '"tdxModule":{"mrsigner":"'),
    "module's attributes long": ('"attributes":"', '"attributes":"00'),
    "module's mask short": ('"attributesMask":"FF', '"attributesMask":"'),
    "module of another name": ('{"id":"TDX_', '{"id":"TDY_'),
    "module's version of one digit": ('{"id":"TDX_0', '{"id":"TDX_'),
    "module's version of three digits": ('{"id":"TDX_0', '{"id":"TDX_00'),
    "module's version not hexadecimal": ('{"id":"TDX_0', '{"id":"TDX_g'),
    "list of modules not closed": ('"tcbLevels":[{"tcb":{"sgx', '"tcbLevels":{"tcb":{"sgx'),
    "TDX components missing": (',"tdxtcbcomponents":[', ',"tdxcomponents":['),
    "TDX component over a byte": ('"tdxtcbcomponents":[{"svn":', '"tdxtcbcomponents":[{"svn":999'),
    "word for people not closed": ('"category":"', '"category":"\\\\'),
    "word for people a number": ('"category":"BIOS"', '"category":1'),
}


@pytest.mark.parametrize("change", TDX_CHANGES.values(), ids=TDX_CHANGES)
def test_tcb_info_of_tdx_is_refused_when_it_is_wrong(reader, tdx, change):
    text = tdx.tcb_info.to_json()
    bent = text.replace(*change, 1)
    assert bent != text
    assert refusal(reader.parseTcbInfo, bent.encode()) == "MalformedJson"


@pytest.mark.parametrize("member", ["tcb_info", "qe_identity"])
def test_text_is_refused_when_cut_or_followed_by_anything(reader, tdx, member):
    text = getattr(tdx, member).to_json().encode()
    method = reader.parseTcbInfo if member == "tcb_info" else reader.parseIdentity
    for cut in [0, 1, 6, 40, *range(100, len(text), len(text) // 40), len(text) - 1]:
        assert refusal(method, text[:cut]) in ("MalformedJson", "MalformedDate"), cut
    for rest in (b" ", b"\n", b"\0", b"}", b","):
        assert refusal(method, text + rest) == "MalformedJson"
    assert refusal(method, b"\xef\xbb\xbf" + text) == "MalformedJson"


def test_numbers_reach_their_bounds_and_not_beyond(reader, sgx):
    def with_pce_svn(svn: int) -> bytes:
        level = replace(sgx.tcb_info.levels[0], pce_svn=svn, sgx_components=(TcbComponent(255),) * 16)
        return replace(sgx.tcb_info, levels=(level,)).to_json().encode()

    reader.parseTcbInfo(with_pce_svn(0xFFFF))
    assert refusal(reader.parseTcbInfo, with_pce_svn(0x10000)) == "MalformedJson"
    for count, fits in ((255, True), (256, False)):
        levels = tuple(EnclaveLevel(count - i, 1_700_000_000, TcbStatus.UP_TO_DATE) for i in range(count))
        text = replace(sgx.qe_identity, levels=levels).to_json().encode()
        if fits:
            reader.parseIdentity(text)
        else:
            assert refusal(reader.parseIdentity, text) == "MalformedJson"


def test_a_text_names_as_many_advisories_as_a_level_has_bits(reader, sgx):
    def text(count: int) -> str:
        names = tuple(f"INTEL-SA-{number:05d}" for number in range(count))
        return replace(sgx.qe_identity, levels=(EnclaveLevel(1, 1, TcbStatus.OUT_OF_DATE, names),)).to_json()

    _, packed = parsed(reader.parseIdentity, text(104))
    assert packed[75 + 3 : 75 + 16] == b"\xff" * 13
    assert refusal(reader.parseIdentity, text(105).encode()) == "TooManyAdvisories"


PLATFORM = [status for status in TcbStatus if not status.value.startswith("TDRelaunch")]


def test_statuses_converge_as_intels_library_has_it(reader):
    """The whole tables, against the Python side, whose single rows are tested by hand."""
    for platform in PLATFORM:
        for part in (TcbStatus.UP_TO_DATE, TcbStatus.OUT_OF_DATE, TcbStatus.REVOKED):
            merged = reader.withPart(STATUSES.index(platform.value), STATUSES.index(part.value))
            assert STATUSES[merged] == converge(platform, (part,)).value, (platform, part)
    for launch in PLATFORM:
        for current in PLATFORM:
            merged = reader.withCurrent(STATUSES.index(launch.value), STATUSES.index(current.value))
            expected = TcbStatus.REVOKED if current is TcbStatus.REVOKED else relaunched(launch, current)
            assert STATUSES[merged] == expected.value, (launch, current)
