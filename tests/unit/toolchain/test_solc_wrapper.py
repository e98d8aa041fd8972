# SPDX-License-Identifier: Apache-2.0
"""The command line around the WebAssembly compiler behaves as the native one does towards ape and the analysers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
import yaml

from tests.conftest import ROOT

VERSION = yaml.safe_load((ROOT / "ape-config.yaml").read_text())["solidity"]["version"]
CONTRACT = "// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.20;\n"


@pytest.fixture(scope="module")
def solc(tmp_path_factory):
    """A fresh installation of the wrapper, as set-up makes it where the native compiler cannot be had."""
    soljson = ROOT / "node_modules" / "solc" / "soljson.js"
    if shutil.which("node") is None or not soljson.exists():
        pytest.skip("needs Node.js and the npm packages; run `make setup`")
    folder = tmp_path_factory.mktemp("solcx")
    shutil.copy(ROOT / "toolchain" / "solc.js", folder / f"solc-v{VERSION}")
    shutil.copy(soljson, folder / f"soljson-v{VERSION}.js")
    (folder / f"solc-v{VERSION}").chmod(0o755)

    def run(*arguments, stdin="", cwd=folder):
        return subprocess.run(
            [folder / f"solc-v{VERSION}", *arguments], input=stdin, capture_output=True, text=True, cwd=cwd
        )

    return run


def standard_input(sources, **settings):
    selection = {"*": {"*": ["evm.bytecode.object", "abi"], "": ["ast"]}}
    return json.dumps(
        {"language": "Solidity", "sources": sources, "settings": {"outputSelection": selection, **settings}}
    )


def test_version_reads_as_a_native_linux_build(solc):
    lines = solc("--version").stdout.splitlines()
    assert lines[1].startswith(f"Version: {VERSION}+commit.")
    assert lines[1].endswith(".Linux.g++")


def test_imports_are_served_from_the_base_path(solc, tmp_path):
    (tmp_path / "A.sol").write_text(CONTRACT + "contract A { uint256 public a; }")
    source = CONTRACT + 'import {A} from "./A.sol"; contract B is A {}'
    result = solc("--standard-json", "--base-path", str(tmp_path), stdin=standard_input({"B.sol": {"content": source}}))
    output = json.loads(result.stdout)
    assert "errors" not in output
    assert output["contracts"]["B.sol"]["B"]["evm"]["bytecode"]["object"]


def test_a_missing_import_is_an_error_that_names_it(solc, tmp_path):
    source = CONTRACT + 'import "./Missing.sol";'
    result = solc("--standard-json", "--base-path", str(tmp_path), stdin=standard_input({"B.sol": {"content": source}}))
    messages = [error["message"] for error in json.loads(result.stdout)["errors"]]
    assert any("Missing.sol" in message for message in messages)


def messages_of(result) -> str:
    return " ".join(error["message"] for error in json.loads(result.stdout).get("errors", []))


@pytest.fixture
def project_and_secret(tmp_path):
    """A project's folder, and a file of someone else's beside it whose words an error message could carry away."""
    project = tmp_path / "project"
    project.mkdir()
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET\n")
    return project, secret


@pytest.mark.parametrize("way", ["absolute", "file_url", "parent_folder", "link", "sources_url"])
def test_files_outside_the_project_are_not_served(way, solc, project_and_secret):
    project, secret = project_and_secret
    (project / "linked.txt").symlink_to(secret)
    name = {"absolute": str(secret), "file_url": f"file://{secret}", "link": "linked.txt"}.get(
        way, "folder/../../secret.txt"
    )
    sources = {"B.sol": {"content": CONTRACT + f'import "{name}";'}}
    if way == "sources_url":
        sources = {"B.sol": {"urls": [str(secret)]}}
    result = solc("--standard-json", "--base-path", str(project), stdin=standard_input(sources))
    assert "TOPSECRET" not in result.stdout + result.stderr
    # A source that is given by path and is not served stays without content, which the compiler itself refuses.
    assert "outside of allowed directories" in messages_of(result) or way == "sources_url"
    assert json.loads(result.stdout)["errors"]


def test_a_folder_is_no_source(solc, tmp_path):
    (tmp_path / "A.sol").mkdir()
    source = standard_input({"B.sol": {"content": CONTRACT + 'import "./A.sol";'}})
    result = solc("--standard-json", "--base-path", str(tmp_path), stdin=source)
    assert "File not found: A.sol" in messages_of(result)


def test_packages_are_served_where_their_folder_is_a_link(solc, project_and_secret, tmp_path):
    project, _ = project_and_secret
    (tmp_path / "shared" / "library").mkdir(parents=True)
    (tmp_path / "shared" / "library" / "A.sol").write_text(CONTRACT + "contract A {}")
    (project / "node_modules").symlink_to(tmp_path / "shared")
    source = standard_input(
        {"B.sol": {"content": CONTRACT + 'import "node_modules/library/A.sol"; contract B is A {}'}}
    )
    result = solc("--standard-json", "--base-path", str(project), stdin=source)
    assert "B" in json.loads(result.stdout)["contracts"]["B.sol"], messages_of(result)


def test_a_folder_named_on_the_command_line_is_served(solc, project_and_secret, tmp_path):
    project, _ = project_and_secret
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "A.sol").write_text(CONTRACT + "contract A {}")
    source = standard_input({"B.sol": {"content": CONTRACT + f'import "{tmp_path}/other/A.sol"; contract B is A {{}}'}})
    arguments = ("--standard-json", "--base-path", str(project))
    assert "outside of allowed directories" in messages_of(solc(*arguments, stdin=source))
    result = solc(*arguments, "--allow-paths", f"{tmp_path}/elsewhere,{tmp_path}/other", stdin=source)
    assert "B" in json.loads(result.stdout)["contracts"]["B.sol"]


def test_sources_given_by_path_are_read(solc, tmp_path):
    (tmp_path / "A.sol").write_text(CONTRACT + "contract A {}")
    result = solc("--standard-json", "--base-path", str(tmp_path), stdin=standard_input({"A.sol": {"urls": ["A.sol"]}}))
    assert "A" in json.loads(result.stdout)["contracts"]["A.sol"]


def test_a_large_output_is_written_whole_to_a_slow_pipe(solc, tmp_path):
    functions = "".join(
        f"function f{i}(uint256 a) external pure returns (uint256) {{ return a + {i}; }}" for i in range(800)
    )
    source = CONTRACT + f"contract Large {{ {functions} }}"
    result = solc("--standard-json", stdin=standard_input({"Large.sol": {"content": source}}))
    assert len(result.stdout) > 2**17
    assert len(json.loads(result.stdout)["contracts"]["Large.sol"]["Large"]["abi"]) == 800


def test_built_in_declarations_have_negative_ids(solc):
    source = CONTRACT + "contract A { function f() external view returns (uint256) { return block.number; } }"
    result = solc("--standard-json", stdin=standard_input({"A.sol": {"content": source}}))
    text = result.stdout
    assert '"referencedDeclaration":-' in text
    assert '"referencedDeclaration":42949' not in text


def test_combined_json_serves_an_analyser(solc, tmp_path):
    (tmp_path / "A.sol").write_text(CONTRACT + "contract A { uint256 public a; }")
    result = solc("--combined-json", "abi,ast,bin,hashes,srcmap-runtime", "A.sol", cwd=tmp_path)
    contract = json.loads(result.stdout)["contracts"]["A.sol:A"]
    assert contract["hashes"] == {"a()": "0dbe671f"}
    assert bytes.fromhex(contract["bin"])


def test_broken_input_ends_with_one_line(solc):
    result = solc("--standard-json", stdin="{")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: standard input is not JSON")
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif("SOLC_NATIVE" not in os.environ, reason="set SOLC_NATIVE to a native binary of the same version")
def test_bytecode_equals_the_native_compilers(solc):
    source = CONTRACT + "contract A { uint256 public a; function set(uint256 v) external { a = v; } }"
    given = standard_input({"A.sol": {"content": source}}, viaIR=True, optimizer={"enabled": True, "runs": 10000})
    native = subprocess.run([os.environ["SOLC_NATIVE"], "--standard-json"], input=given, capture_output=True, text=True)
    ours = solc("--standard-json", stdin=given)
    assert json.loads(ours.stdout)["contracts"] == json.loads(native.stdout)["contracts"]
