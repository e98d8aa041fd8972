# SPDX-License-Identifier: Apache-2.0
"""Which contracts are compiled again after a change: the changed ones and all that reach them by imports."""

from __future__ import annotations

import pytest

from toolchain import fresh_build


@pytest.fixture
def project(tmp_path):
    """Base <- library <- middle <- top, and one contract that stands alone."""
    (tmp_path / "contracts" / "deep" / ".cache").mkdir(parents=True)
    sources = {
        "contracts/Base.sol": "contract Base {}",
        "contracts/deep/Library.sol": 'import "../Base.sol";',
        "contracts/deep/Middle.sol": 'import {\n    A,\n    B\n} from "./Library.sol";',
        "contracts/Top.sol": "import {A} from './deep/Middle.sol';",
        "contracts/Alone.sol": 'import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";',
        "contracts/deep/.cache/Copy.sol": "not a source of ours",
        "ape-config.yaml": "solidity: one",
        "package-lock.json": "{}",
    }
    for name, text in sources.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("contracts/Base.sol", {"Base", "deep/Library", "deep/Middle", "Top"}),
        ("contracts/deep/Middle.sol", {"deep/Middle", "Top"}),
        ("contracts/Alone.sol", {"Alone"}),
    ],
)
def test_a_change_reaches_every_importer_and_nothing_else(project, changed, stale):
    before = fresh_build.state_of(project)
    (project / changed).write_text((project / changed).read_text() + " // new")
    now = fresh_build.state_of(project)
    assert fresh_build.stale_sources(project, before, now) == {f"contracts/{name}.sol" for name in stale}


def test_a_new_source_is_compiled_alone(project):
    before = fresh_build.state_of(project)
    (project / "contracts" / "New.sol").write_text('import {Base} from "./Base.sol";')
    assert fresh_build.stale_sources(project, before, fresh_build.state_of(project)) == {"contracts/New.sol"}


@pytest.mark.parametrize("name", ["ape-config.yaml", "package-lock.json"])
def test_changed_settings_make_everything_stale(project, name):
    before = fresh_build.state_of(project)
    (project / name).write_text("other")
    assert fresh_build.stale_sources(project, before, fresh_build.state_of(project)) is None


def test_a_source_that_is_gone_makes_everything_stale(project):
    before = fresh_build.state_of(project)
    (project / "contracts" / "Alone.sol").unlink()
    assert fresh_build.stale_sources(project, before, fresh_build.state_of(project)) is None


def test_without_a_record_everything_is_stale(project):
    assert fresh_build.stale_sources(project, {}, fresh_build.state_of(project)) is None


def test_nothing_changed_leaves_nothing_stale(project):
    state = fresh_build.state_of(project)
    assert fresh_build.stale_sources(project, state, dict(state)) == set()


@pytest.mark.parametrize("content", [None, "", "cut mid-li", '["list"'])
def test_an_unreadable_record_counts_as_none(tmp_path, monkeypatch, content):
    record = tmp_path / "sources.json"
    if content is not None:
        record.write_text(content)
    monkeypatch.setattr(fresh_build, "RECORD", record)
    assert fresh_build.recorded() == {}
