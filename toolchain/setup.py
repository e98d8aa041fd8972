# SPDX-License-Identifier: Apache-2.0
"""Sets up everything the project needs inside its own folder; a second run with nothing to do takes a moment.

It makes `.venv` from `requirements.lock`, `node_modules` from `package-lock.json`, puts anvil on the virtual
environment's path, and installs the pinned Solidity compiler where py-solc-x looks for it: the native build
where it can be downloaded, the WebAssembly build of the same version (same bytecode) where it cannot.

Uses the standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / "set-up"
MINIMUM_PYTHON = (3, 11)
MINIMUM_NODE = 20

ANVIL_WRAPPER = """#!/bin/sh
left=$#
while [ "$left" -gt 0 ]; do
  argument=$1
  shift
  [ "$argument" = "--steps-tracing" ] || set -- "$@" "$argument"
  left=$((left - 1))
done
exec {binary} "$@"
"""


class SetupError(Exception):
    """A reason, in one line, why set-up cannot go on, with what to do about it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--wasm", action="store_true", help="take the WebAssembly compiler without trying the native one"
    )
    arguments = parser.parse_args()
    try:
        check_prerequisites()
        install_python_packages()
        install_npm_packages()
        install_anvil()
        install_compiler(compiler_version(), try_native=not arguments.wasm)
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    return 0


def check_prerequisites() -> None:
    if sys.version_info < MINIMUM_PYTHON:
        found = platform.python_version()
        raise SetupError(f"Python 3.11 or newer is needed, found {found}; run `make PYTHON=python3.12 ...`")
    for program in ("node", "npm", "git"):
        if shutil.which(program) is None:
            raise SetupError(
                f"`{program}` is not on the path; install {'git' if program == 'git' else 'Node.js 20 or newer'}"
            )
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(node.lstrip("v").split(".")[0]) < MINIMUM_NODE:
        raise SetupError(f"Node.js {MINIMUM_NODE} or newer is needed, found {node}")


def install_python_packages() -> None:
    lock = ROOT / "requirements.lock"
    python = VENV / "bin" / "python"
    if python.exists() and is_current("python", lock):
        return
    announce("Python packages")
    venv.EnvBuilder(with_pip=True, clear=True, prompt="phala").create(VENV)
    # The lock names the whole closure, so the resolver has nothing to add and every file is checked by hash.
    run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--requirement", lock])
    mark("python", lock)


def install_npm_packages() -> None:
    lock = ROOT / "package-lock.json"
    if (ROOT / "node_modules").is_dir() and is_current("npm", lock):
        return
    announce("npm packages")
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
    mark("npm", lock)


def install_anvil() -> None:
    """Puts anvil on the environment's path: npm's native binary, or elsewhere one that is on the path already.

    ape starts anvil with --steps-tracing, which keeps every executed opcode of every call. Nothing here reads those,
    and over millions of field operations they cost more time and memory than all the rest, so a wrapper drops the flag.
    """
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())
    binary = ROOT / "node_modules" / "@foundry-rs" / f"anvil-{sys.platform}-{machine}" / "bin" / "anvil"
    wrapper = VENV / "bin" / "anvil"
    if binary.exists():
        binary.chmod(0o755)
    else:
        outside = [folder for folder in os.get_exec_path() if Path(folder).resolve() != wrapper.parent.resolve()]
        found = shutil.which("anvil", path=os.pathsep.join(outside))
        if found is None:
            raise SetupError(
                f"npm has no anvil for {sys.platform} {machine}; install Foundry and put `anvil` on the path"
            )
        binary = Path(found)
    text = ANVIL_WRAPPER.format(binary=shlex.quote(str(binary)))
    if wrapper.is_symlink() or not wrapper.exists() or wrapper.read_text() != text:
        wrapper.unlink(missing_ok=True)
        wrapper.write_text(text)
        wrapper.chmod(0o755)


def compiler_version() -> str:
    """The version pinned in ape-config.yaml, the one place that names it for the contracts."""
    found = re.search(
        r"^solidity:\n(?:[ ]+.*\n)*?[ ]+version: (\S+)", (ROOT / "ape-config.yaml").read_text(), re.MULTILINE
    )
    if found is None:
        raise SetupError("ape-config.yaml names no solidity version")
    return found.group(1)


def install_compiler(version: str, *, try_native: bool) -> None:
    folder = Path(os.environ.get("SOLCX_BINARY_PATH", Path.home() / ".solcx"))
    target = folder / f"solc-v{version}"
    if is_compiler(target, version) and not is_old_wrapper(target):
        return
    folder.mkdir(parents=True, exist_ok=True)
    announce(f"solc {version}")
    # With a program in its place py-solc-x would download nothing: what stands there is a wrapper to be replaced.
    if try_native and not target.exists() and install_native_compiler(version) and is_compiler(target, version):
        return
    soljson = ROOT / "node_modules" / "solc" / "soljson.js"
    replace(soljson, folder / f"soljson-v{version}.js")
    replace(ROOT / "toolchain" / "solc.js", target)
    target.chmod(0o755)
    if not is_compiler(target, version):
        raise SetupError(
            f"{target} does not answer as solc {version}; package.json and ape-config.yaml must name the same"
        )


def install_native_compiler(version: str) -> bool:
    """Lets py-solc-x download and check the native build; False where it cannot be had."""
    program = f"import socket, solcx; socket.setdefaulttimeout(60); solcx.install_solc({version!r})"
    try:
        result = subprocess.run([VENV / "bin" / "python", "-c", program], capture_output=True, timeout=180)
    except subprocess.TimeoutExpired:
        return False
    return result.returncode == 0


def is_compiler(path: Path, version: str) -> bool:
    if not path.exists():
        return False
    try:
        result = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0 and f"Version: {version}+" in result.stdout


def is_old_wrapper(path: Path) -> bool:
    """Whether a program is the wrapper around the WebAssembly build, but not as it is now: a mended one must
    reach those who were set up before.
    """
    content = path.read_bytes()
    return content.startswith(b"#!/usr/bin/env node") and content != (ROOT / "toolchain" / "solc.js").read_bytes()


def replace(source: Path, target: Path) -> None:
    """Copies beside the target and renames, so that another process never runs half a file."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, partial)
    partial.replace(target)


def is_current(name: str, lock: Path) -> bool:
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text() == fingerprint(lock)


def mark(name: str, lock: Path) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(fingerprint(lock))


def fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes() + platform.python_version().encode()).hexdigest()


def announce(what: str) -> None:
    print(f"set-up: installing {what}", flush=True)


def run(command: list[str | Path]) -> None:
    """Runs quietly; what a failing command said is shown up to its last lines."""
    result = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode != 0:
        print("\n".join(result.stdout.splitlines()[-20:]), file=sys.stderr)
        shown = " ".join(map(str, command[:4]))
        raise SetupError(f"`{shown} ...` failed with status {result.returncode}; its last lines are above")


if __name__ == "__main__":
    sys.exit(main())
