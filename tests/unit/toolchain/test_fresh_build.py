# SPDX-License-Identifier: Apache-2.0
"""When the contracts are compiled again: always all of them, after any change."""

from __future__ import annotations

import pytest

from toolchain import fresh_build


@pytest.fixture
def compiled(tmp_path, monkeypatch):
    """A project of two sources; how often it was compiled."""
    (tmp_path / "contracts" / ".cache").mkdir(parents=True)
    for name in (
        "contracts/A.sol",
        "contracts/B.sol",
        "contracts/.cache/C.sol",
        "ape-config.yaml",
        "package-lock.json",
    ):
        (tmp_path / name).write_text(name)
    calls = []
    for name, value in {
        "ROOT": tmp_path,
        "RECORD": tmp_path / ".build" / "sources.json",
        "UNPACKED": tmp_path / "contracts" / ".cache",
        "compile_all": lambda: calls.append(1),
    }.items():
        monkeypatch.setattr(fresh_build, name, value)
    return calls


def test_nothing_is_compiled_twice(compiled):
    assert fresh_build.ensure()
    assert not fresh_build.ensure()
    assert len(compiled) == 1


@pytest.mark.parametrize("name", ["contracts/A.sol", "contracts/New.sol", "ape-config.yaml", "package-lock.json"])
def test_any_change_compiles(compiled, tmp_path, name):
    fresh_build.ensure()
    (tmp_path / name).write_text("changed")
    assert fresh_build.ensure()
    assert len(compiled) == 2


def test_a_source_that_is_gone_compiles(compiled, tmp_path):
    fresh_build.ensure()
    (tmp_path / "contracts" / "B.sol").unlink()
    assert fresh_build.ensure()


def test_a_failed_compilation_is_tried_again(compiled, monkeypatch):
    def fails():
        raise SystemExit("the contracts do not compile")

    monkeypatch.setattr(fresh_build, "compile_all", fails)
    for _ in range(2):
        with pytest.raises(SystemExit):
            fresh_build.ensure()


def test_unpacked_libraries_are_cleared_away(compiled, tmp_path):
    fresh_build.ensure()
    assert not (tmp_path / "contracts" / ".cache").exists()


@pytest.mark.parametrize("content", ["", "cut mid-li"])
def test_an_unreadable_record_counts_as_none(compiled, tmp_path, content):
    fresh_build.ensure()
    fresh_build.RECORD.write_text(content)
    assert fresh_build.ensure()
