# SPDX-License-Identifier: Apache-2.0
"""GPU reports off chain: read and written back, chains, files, reference files, and what a person is shown."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.nvidia.chain import load_chain
from pha.attestation.nvidia.enrolment import remaining
from pha.attestation.nvidia.generator import FirmwareForm, build, good
from pha.attestation.nvidia.opaque import FieldType, vbios_bytes, vbios_text
from pha.attestation.nvidia.references import encode_entries, parse_rim, problem_with
from pha.attestation.nvidia.report import is_gpu_evidence, parse_report, read_evidence
from pha.cryptography.p384_table_job import Stage
from scripts.attest import cli

AT = 1_771_500_000
DIGESTS = tuple(bytes([n]) * 48 for n in range(1, 40))


@pytest.fixture(scope="module")
def spec():
    return good(AT)


@pytest.fixture(scope="module")
def made(spec):
    return build(spec)


def test_report_is_read_and_written_back(made, spec):
    report = parse_report(made.report)
    assert report.to_bytes() == made.report
    assert report.nonce == spec.report.nonce
    assert report.answer.device_nonce == spec.report.device_nonce
    assert report.answer.opaque.text(FieldType.DRIVER_VERSION) == "590.12"
    assert [block.value for block in report.answer.blocks] == [block.value for block in spec.report.blocks]


def test_real_reports_are_read_and_written_back(evidence_dir):
    for path in sorted((evidence_dir / "nvidia").glob("hopper*.[hj]*")):
        for entry in read_evidence(path.read_bytes()):
            assert parse_report(entry.report).to_bytes() == entry.report, path.name


@pytest.mark.parametrize("length", [0, 1, 36, 37, 44, 45, 100, 3565, 3598, 4177, 4273])
def test_report_cut_short_names_a_field(made, length):
    with pytest.raises(MalformedEvidenceError, match="report"):
        parse_report(made.report[:length])


def test_every_changed_head_byte_is_told_by_its_field(made):
    names = {0: "request.version", 1: "request.code", 2: "request.attributes", 3: "request.operation"}
    names |= {37: "answer.version", 38: "answer.code", 39: "answer.reserved", 40: "answer.slot"}
    for offset, name in names.items():
        broken = bytearray(made.report)
        broken[offset] ^= 0x80
        with pytest.raises(MalformedEvidenceError, match=name):
            parse_report(bytes(broken))


def test_equal_specs_give_equal_bytes(spec, made):
    again = build(good(AT))
    assert (again.report, again.chain_pem) == (made.report, made.chain_pem)
    assert build(good(AT, device=2)).chain.device.key != made.chain.device.key


@pytest.mark.parametrize("form", [FirmwareForm.HOPPER, FirmwareForm.BLACKWELL])
def test_firmware_is_read_from_either_form(spec, form):
    assert build(replace(spec, firmware_form=form)).chain.firmware == spec.firmware


def test_chain_is_loaded_in_either_order(made):
    forward = b"".join(part.certificate.public_bytes(Encoding.PEM) for part in made.chain.certificates)
    assert load_chain(forward) == load_chain(made.chain_pem) == made.chain


@pytest.mark.parametrize("count", [0, 1, 4])
def test_chain_of_another_length_is_refused(made, count):
    parts = [part.certificate.public_bytes(Encoding.PEM) for part in made.chain.certificates]
    with pytest.raises(MalformedEvidenceError, match="chain"):
        load_chain(b"".join(parts[:count]))


def test_chain_is_told_what_is_wrong_with_it(spec, made):
    assert made.chain.check(AT) is None
    assert "not valid then" in (made.chain.check(AT - 10**9) or "")
    for changes, words in (({"signer": "other"}, "wrong signature"), ({"issuer_name": "Other"}, "another issuer")):
        certificates = [*spec.certificates[:-1], replace(spec.certificates[-1], **changes)]
        chain = build(replace(spec, certificates=tuple(certificates))).chain
        assert words in (chain.check(AT) or ""), words


def test_evidence_files_are_known_by_their_form(made, tmp_path):
    listed = json.dumps(
        [
            {
                "evidence": base64.b64encode(made.report).decode(),
                "certificate": base64.b64encode(made.chain_pem).decode(),
                "arch": "HOPPER",
            }
        ]
    ).encode()
    for data, pem in ((made.report, b""), (made.report.hex().encode() + b"\n", b""), (listed, made.chain_pem)):
        assert is_gpu_evidence(data)
        (entry,) = read_evidence(data)
        assert (entry.report, entry.chain_pem) == (made.report, pem)
    assert not is_gpu_evidence(bytes.fromhex("0400020081000000"))
    assert not is_gpu_evidence(b"0400020081000000")


@pytest.mark.parametrize(
    "data", [b"", b"zz", b"[1]", b"[{}]", b"{", b'[{"evidence": "*"}]', b'[{"evidence": 7}]', b'"text"', b"\xff\xfe"]
)
def test_other_files_are_refused_by_name(data):
    with pytest.raises(MalformedEvidenceError, match="file"):
        read_evidence(data)


@pytest.mark.parametrize("text", ["96.00.74.00.20", "96.00.A5.00.01", "00.00.00.00.00"])
def test_vbios_versions_go_both_ways(text):
    assert vbios_text(vbios_bytes(text)) == text


def test_vbios_version_of_the_real_form():
    assert vbios_text(bytes.fromhex("0074009620000000")) == "96.00.74.00.20"
    for bad in ("", "96.00", "96.00.74.00.2x", "96.00.74.00.20.00"):
        with pytest.raises(MalformedEvidenceError):
            vbios_bytes(bad)


RIM = """<SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd"
  xmlns:a="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" xmlns:b="http://www.w3.org/2001/04/xmlenc#sha384">
 <a:Meta colloquialVersion="96.00.74.00.20" edition="GPU" product="GH100"/>
 <a:Payload>{}</a:Payload></SoftwareIdentity>"""


def resource(index: int, values, active="True", count=None) -> str:
    hashes = " ".join(f'b:Hash{n}="{value.hex()}"' for n, value in enumerate(values))
    count = len(values) if count is None else count
    return f'<a:Resource type="Measurement" index="{index}" active="{active}" alternatives="{count}" {hashes}/>'


def test_rim_is_read_with_indices_from_one():
    rows = resource(0, DIGESTS[:1]) + resource(7, DIGESTS[1:3], "False") + resource(35, DIGESTS[3:6])
    rim = parse_rim(RIM.format(rows).encode())
    assert (rim.product, rim.version, rim.edition) == ("GH100", "96.00.74.00.20", "GPU")
    assert rim.values == {1: DIGESTS[:1], 36: DIGESTS[3:6]}
    expected = b"\x01\x01" + DIGESTS[0] + b"\x24\x03" + b"".join(DIGESTS[3:6])
    assert encode_entries(rim.values) == expected


@pytest.mark.parametrize(
    "rows",
    [
        "",
        resource(0, DIGESTS[:1], "False"),
        resource(0, DIGESTS[:1]) + resource(0, DIGESTS[1:2]),
        resource(255, DIGESTS[:1]),
        resource(-1, DIGESTS[:1]),
        resource(0, []),
        resource(0, [bytes(47)]),
        resource(0, DIGESTS[:1], count=2),
        resource(0, DIGESTS[:1], "perhaps"),
    ],
)
def test_rim_is_refused_when_its_measurements_are_malformed(rows):
    with pytest.raises(MalformedEvidenceError, match="RIM"):
        parse_rim(RIM.format(rows).encode())


def test_rim_is_refused_when_it_is_no_xml_or_declares_entities():
    bomb = '<!DOCTYPE x [<!ENTITY a "aa">]>' + RIM.format(resource(0, DIGESTS[:1]))
    for data in (b"", b"<", b"not xml", bomb.encode()):
        with pytest.raises(MalformedEvidenceError, match="RIM"):
            parse_rim(data)


def test_comparison_names_the_measurement():
    values = {1: (DIGESTS[0],), 36: (DIGESTS[1], DIGESTS[35])}
    assert problem_with(values, DIGESTS, False) is None
    assert problem_with({36: (DIGESTS[1],)}, DIGESTS, False) == "measurement 36 differs"
    assert problem_with({36: (DIGESTS[1],)}, DIGESTS, True) is None
    assert problem_with({40: (DIGESTS[1],)}, DIGESTS, False) == "measurement 40 is missing"


class EmptyChain:
    """A chain of blocks on which nothing has been put yet, and which keeps what it is asked."""

    def table_stage(self, key_hash: bytes) -> Stage:
        assert len(key_hash) == 32
        return Stage.NOTHING

    def has_certificate(self, certificate_id: bytes) -> bool:
        assert len(certificate_id) == 32
        return False


def test_enrolment_names_every_step_and_shows_how_far_it_is(made):
    seen = []

    def track(items, description, total=None):
        for item in items:
            seen.append((description, total))
            yield item

    steps = list(remaining(made.chain, EmptyChain(), track=track))
    assert [step.method for step in steps] == ["proveTeeth", "proveTable", *["put", "proveTeeth", "proveTable"] * 4]
    assert seen == [("keys", 5)] * 5
    assert all(4 + 32 < len(step.calldata) < 32_000 for step in steps)


@pytest.fixture
def files(made, tmp_path):
    parts = {"report": made.report, "chain": made.chain_pem, "root": made.chain.root.der}
    for name, data in parts.items():
        (tmp_path / name).write_bytes(data)
    return {name: str(tmp_path / name) for name in parts}


def show(*arguments: str):
    return CliRunner().invoke(cli, ["show", *arguments, "--at", str(AT)])


def test_show_tells_every_field(files, made):
    result = show(files["report"])
    assert result.exit_code == 0
    for text in (made.report[4:36].hex(), "96.00.A5.00.01", "590.12", "G520", "PPCIE", made.report[-96:].hex()):
        assert text in result.output
    assert "Verdict" not in result.output


def test_show_judges_with_a_chain(files, made):
    result = show(files["report"], "--chain", files["chain"], "--root", files["root"])
    assert result.exit_code == 0, result.output
    assert "together   holds" in result.output
    nonce = made.report[4:36].hex()
    assert show(files["report"], "--chain", files["chain"], "--root", files["root"], "--nonce", nonce).exit_code == 0


def test_show_refuses_what_does_not_hold(files, made, tmp_path):
    assert "refused: root" in show(files["report"], "--chain", files["chain"]).output
    trusted = ("--chain", files["chain"], "--root", files["root"])
    assert show(files["report"], *trusted, "--nonce", "00" * 32).exit_code == 2
    (tmp_path / "changed").write_bytes(made.report[:-1] + bytes([made.report[-1] ^ 1]))
    result = show(str(tmp_path / "changed"), *trusted)
    assert (result.exit_code, "refused: signature" in result.output) == (2, True)
    (tmp_path / "rim").write_text(RIM.format(resource(0, DIGESTS[:1])))
    result = show(files["report"], *trusted, "--rim", str(tmp_path / "rim"))
    assert (result.exit_code, "measurement 1 differs" in result.output) == (2, True)


def test_show_names_the_bad_field_in_one_line(files, made, tmp_path):
    (tmp_path / "broken").write_bytes(made.report[:37] + b"\x10" + made.report[38:])
    result = show(str(tmp_path / "broken"))
    assert result.exit_code == 1
    assert "report.answer.version at byte 37: expected 0x11, found 0x10" in result.output
    result = show(files["report"], "--chain", files["root"])
    assert (result.exit_code, "chain" in result.output) == (1, True)
    result = show(files["report"], "--chain", files["chain"], "--nonce", "xyz")
    assert result.exit_code == 1
