# SPDX-License-Identifier: Apache-2.0
"""`ape run attest`: what a person sees, and the one line where a file is bad."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from pha.attestation.intel.collateral import Collateral
from pha.attestation.intel.generator import Kind, build, good
from pha.attestation.intel.generator.broken import body, chained, platform_status
from pha.attestation.intel.status import TcbStatus
from scripts.attest import cli
from tests.unit.attestation_py.pccs_service import publish


@pytest.fixture
def files(tmp_path):
    """Writes an evidence's quote, collateral and root; gives their paths."""

    def write(evidence) -> dict[str, str]:
        parts = {
            "quote": evidence.quote,
            "collateral": evidence.collateral.to_json().encode(),
            "root": evidence.root_der,
        }
        for name, data in parts.items():
            (tmp_path / name).write_bytes(data)
        return {name: str(tmp_path / name) for name in parts}

    return write


def show(paths, at, *options):
    arguments = ["show", paths["quote"], "--collateral", paths["collateral"], "--root", paths["root"]]
    return CliRunner().invoke(cli, [*arguments, "--at", str(at), *options])


def test_show_tells_every_field_without_collateral(files, evidence):
    result = CliRunner().invoke(cli, ["show", files(evidence)["quote"]])
    assert result.exit_code == 0, result.output
    report = evidence.parsed_quote.body
    for name, value in vars(report).items():
        if name.startswith("reserved"):
            continue
        assert name in result.output
        assert (value.hex() if isinstance(value, bytes) else str(value)) in result.output
    assert evidence.spec.pck.extension.ppid.hex() in result.output
    assert "Verdict" not in result.output


def test_show_tells_the_verdict_and_that_both_agree(files, tdx):
    result = show(files(tdx), tdx.at)
    assert result.exit_code == 0, result.output
    assert result.output.count("UpToDate + UpToDate + UpToDate = UpToDate") == 1
    assert "counts until" in result.output
    assert "same verdict  yes" in result.output


def test_show_tells_why_a_level_did_not_match(files):
    late = body(tee_tcb_svn=bytes([11, 1, 2, *[0] * 13]))
    evidence = build(chained(platform_status(TcbStatus.CONFIGURATION_NEEDED, "INTEL-SA-7"), late)(good(Kind.TDX_V5)))
    result = show(files(evidence), evidence.at)
    assert result.exit_code == 0, result.output
    assert "TDRelaunchAdvisedConfigurationNeeded" in result.output
    assert "below level 1: TDX component 2 is 2, needs 3" in result.output
    assert "same verdict  yes" in result.output


def test_show_exits_with_2_when_refused_and_0_when_opted_in(files):
    evidence = build(body(td_attributes=bytes([1, 0, 0, 0x10, 0, 0, 0, 0]))(good(Kind.TDX_V5)))
    paths = files(evidence)
    refused = show(paths, evidence.at)
    assert refused.exit_code == 2
    assert "the TD is under debug (debug, by policy)" in refused.output
    allowed = show(paths, evidence.at, "--allow", "debug")
    assert allowed.exit_code == 0
    assert "same verdict  NO" in allowed.output


def test_show_refuses_made_up_evidence_under_the_vendors_root(files, tdx):
    paths = files(tdx)
    result = CliRunner().invoke(cli, ["show", paths["quote"], "--collateral", paths["collateral"], "--at", str(tdx.at)])
    assert result.exit_code == 2
    assert "does not lead to Intel's root" in result.output
    assert "same verdict  yes" in result.output


def test_show_reads_hexadecimal_text(files, tmp_path, tdx):
    (tmp_path / "hex").write_text("0x" + tdx.quote.hex() + "\n")
    raw = CliRunner().invoke(cli, ["show", files(tdx)["quote"]])
    text = CliRunner().invoke(cli, ["show", str(tmp_path / "hex")])
    assert text.exit_code == 0
    assert text.output == raw.output


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda quote: quote[:100], "quote.body at byte 54: needs 648 bytes, 46 left"),
        (lambda quote: b"\x09" + quote[1:], "quote.header.version at byte 0: expected 3, 4 or 5, found 9"),
        (
            lambda quote: quote.replace(b"MII", b"!!!", 1),
            "quote.certification.data: not a PEM certificate chain",
        ),
        (lambda _: b"hello", "neither a quote nor its hexadecimal text"),
        (lambda _: b"", "quote.header at byte 0: needs 48 bytes, 0 left"),
    ],
)
def test_show_names_the_field_in_one_line_when_the_quote_is_bad(files, tmp_path, tdx, change, line):
    (tmp_path / "bad").write_bytes(change(tdx.quote))
    result = CliRunner().invoke(cli, ["show", str(tmp_path / "bad")])
    assert result.exit_code == 1
    assert line in result.output
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1


def test_show_names_the_member_in_one_line_when_the_collateral_is_bad(files, tmp_path, tdx):
    paths = files(tdx)
    bad = replace(tdx.collateral, tcb_info=tdx.collateral.tcb_info.replace('"pcesvn":13', '"pcesvn":-1', 1))
    (tmp_path / "collateral").write_text(bad.to_json())
    result = show(paths, tdx.at)
    assert result.exit_code == 1
    assert "tcbInfo.tcbLevels[0].tcb.pcesvn: expected 0 to 65535, found -1" in result.output
    assert result.output.count("\n") == 1


def test_fetched_collateral_can_be_shown_with_its_quote(files, service, tmp_path, tdx):
    publish(service, tdx)
    paths = {**files(tdx), "collateral": str(tmp_path / "fetched.json")}
    fetched = CliRunner().invoke(cli, ["fetch", paths["quote"], "--pccs", service.url, "--out", paths["collateral"]])
    assert fetched.exit_code == 0, fetched.output
    assert Collateral.from_json((tmp_path / "fetched.json").read_text()) == tdx.collateral
    assert show(paths, tdx.at).exit_code == 0


def test_fetch_needs_no_quote_when_the_platform_is_named(service, sgx):
    publish(service, sgx)
    arguments = ["--fmspc", "00A067110000", "--ca", "processor", "--sgx"]
    fetched = CliRunner().invoke(cli, ["fetch", "--pccs", service.url, *arguments])
    assert fetched.exit_code == 0, fetched.output
    assert Collateral.from_json(fetched.output) == sgx.collateral


@pytest.mark.parametrize("arguments", [["--help"], ["show", "--help"], ["fetch", "--help"]])
def test_help_says_what_it_does(arguments):
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0
    assert "quote" in result.output.lower() or "evidence" in result.output.lower()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "give either FILE or --fmspc"),
        (["--fmspc", "12"], "expected 12 hexadecimal digits"),
        (["--fmspc", "00a067110000", "--attempts", "1"], "Connection refused"),
    ],
)
def test_fetch_says_what_is_wrong(arguments, line):
    result = CliRunner().invoke(cli, ["fetch", "--pccs", "http://127.0.0.1:9", *arguments])
    assert result.exit_code != 0
    assert line in result.output
