# SPDX-License-Identifier: Apache-2.0
"""`ape run snp`: a chip made known and its report judged, by the very functions that an operator runs."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from pha.attestation.amd.generator import build
from scripts import snp


@pytest.fixture
def files(good_spec, tmp_path) -> dict[str, Path]:
    made = build(good_spec())
    paths = {"report": made.report, "vcek": made.endorsement, "ask": made.authority, "crl": made.crl}
    for name, data in paths.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in paths}


def own_lines(text: str) -> list[str]:
    """A command's lines, without those that ape logs among them."""
    return [line for line in text.splitlines() if not line.startswith(("INFO:", "SUCCESS:", "WARNING:"))]


@pytest.fixture
def enrol(files, empty_suite, stranger, capsys):
    """Runs `enrol`; gives its lines."""

    def run() -> list[str]:
        snp.enrol.callback((files["vcek"],), files["ask"], empty_suite.verifier.address, account=stranger)
        return own_lines(capsys.readouterr().out)

    return run


@pytest.fixture
def judge(files, empty_suite, capsys):
    """Runs `judge`; gives its status and first line."""

    def run(*allow: str) -> tuple[int, str]:
        status = 0
        try:
            snp.judge.callback(files["report"], files["vcek"], files["ask"], empty_suite.verifier.address, allow)
        except SystemExit as end:
            status = int(end.code)
        return status, own_lines(capsys.readouterr().out)[0]

    return run


def test_enrol_sends_what_is_left_and_nothing_twice(enrol, empty_suite, stranger):
    lines = enrol()
    assert [line.split(": ")[0] for line in lines[:-1]] == ["issuer of Milan", "table of chip 1", "table of chip 1"]
    assert lines[-1].startswith("1 known, ")
    assert enrol() == ["1 known, 0 gas"]


def test_judge_tells_the_chains_verdict(enrol, judge, empty_suite, files):
    enrol()
    assert judge() == (2, "refused: CrlMissing")
    assert judge("stale_revocation") == (0, "accepted")
    empty_suite.put_crl(1, files["crl"].read_bytes())
    assert judge() == (0, "accepted")


def test_judge_says_what_to_do_when_the_issuer_is_unknown(judge):
    with pytest.raises(click.ClickException, match="ape run snp enrol"):
        judge()
