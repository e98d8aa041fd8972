# SPDX-License-Identifier: Apache-2.0
"""A missing prerequisite gives one clear line that says what to install."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.fixture
def set_up():
    spec = importlib.util.spec_from_file_location("project_set_up", ROOT / "toolchain" / "setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_with_path(folder):
    return subprocess.run(
        [sys.executable, ROOT / "toolchain" / "setup.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": str(folder)},
    )


def test_missing_node_gives_one_line_that_says_what_to_install(tmp_path):
    result = run_with_path(tmp_path)
    assert result.returncode == 1
    assert result.stderr == "set-up: `node` is not on the path; install Node.js 20 or newer\n"


def test_old_node_gives_one_line_with_both_versions(tmp_path):
    for name, answer in {"node": "v18.19.0", "npm": "10.0.0", "git": "git version 2"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho {answer}\n")
        (tmp_path / name).chmod(0o755)
    result = run_with_path(tmp_path)
    assert result.returncode == 1
    assert result.stderr == "set-up: Node.js 20 or newer is needed, found v18.19.0\n"


def test_old_python_is_refused_by_name(set_up, monkeypatch):
    monkeypatch.setattr(set_up.sys, "version_info", (3, 10, 13))
    with pytest.raises(set_up.SetupError, match=r"Python 3\.11 or newer is needed"):
        set_up.check_prerequisites()


def test_compiler_version_is_read_from_the_ape_configuration(set_up):
    package = (ROOT / "package.json").read_text()
    assert f'"solc": "{set_up.compiler_version()}"' in package


def test_a_program_that_is_not_the_wanted_compiler_is_not_taken_for_it(set_up, tmp_path):
    program = tmp_path / "solc"
    program.write_text("#!/bin/sh\necho 'Version: 0.8.1+commit.aaaaaaaa.Linux.g++'\n")
    program.chmod(0o755)
    assert not set_up.is_compiler(program, "0.8.36")
    assert set_up.is_compiler(program, "0.8.1")
    assert not set_up.is_compiler(tmp_path / "missing", "0.8.36")


def test_anvil_gets_every_argument_but_the_flag_that_records_opcodes(set_up, tmp_path, monkeypatch):
    folder = tmp_path / "node modules"
    folder.mkdir()
    program = folder / "anvil"
    program.write_text("#!/bin/sh\nprintf '<%s>' \"$@\"\n")
    program.chmod(0o755)
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    monkeypatch.setattr(set_up, "VENV", tmp_path / "venv")
    monkeypatch.setattr(set_up, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'venv' / 'bin'}:{folder}:{os.environ['PATH']}")
    set_up.install_anvil()
    command = [tmp_path / "venv" / "bin" / "anvil", "--mnemonic", "test  junk", "--steps-tracing", "--port", "8545", ""]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "<--mnemonic><test  junk><--port><8545><>"


def test_missing_anvil_says_what_to_install(set_up, tmp_path, monkeypatch):
    monkeypatch.setattr(set_up, "VENV", tmp_path / "venv")
    monkeypatch.setattr(set_up, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(set_up.SetupError, match="install Foundry and put `anvil` on the path"):
        set_up.install_anvil()


def test_an_older_wrapper_is_replaced_and_another_compiler_left_alone(set_up, tmp_path, monkeypatch):
    version = set_up.compiler_version()
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(tmp_path))
    program = tmp_path / f"solc-v{version}"
    wrapper = (ROOT / "toolchain" / "solc.js").read_text()
    native = f"#!/bin/sh\necho 'Version: {version}+commit.00000000.Linux.g++'\n"
    # With an old wrapper's one answer, so that the real compiler need not run here to tell.
    old = f"#!/usr/bin/env node\nconsole.log('Version: {version}+commit.00000000.Linux.g++');\n"
    for before, after in ((old, wrapper), (native, native)):
        program.write_text(before)
        program.chmod(0o755)
        set_up.install_compiler(version, try_native=False)
        assert program.read_text() == after
