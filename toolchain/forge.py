# SPDX-License-Identifier: Apache-2.0
"""Runs forge on the Solidity tests with the project's own compiler, offline.

    python toolchain/forge.py test                          every test, the quick profile
    FOUNDRY_PROFILE=deep python toolchain/forge.py test     the same, for hours

forge comes from npm where npm has a binary for the machine, and from the path elsewhere. The compiler is the one that
set-up installed for py-solc-x. Its settings for the contracts stand in ape-config.yaml and, because forge reads nothing
else, once more in foundry.toml: where the two differ, nothing is run.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PROFILE = "deployed"


def main() -> int:
    settings = yaml.safe_load((ROOT / "ape-config.yaml").read_text())["solidity"]
    complaints = differences(settings, tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"])
    if complaints:
        print("forge: " + "; ".join(complaints), file=sys.stderr)
        return 1
    binary = find_forge()
    if binary is None:
        machine = f"{sys.platform} {platform.machine()}"
        print(
            f"forge: npm has none for {machine}; install Foundry 1.7 or newer and put `forge` on the path",
            file=sys.stderr,
        )
        return 1
    folder = Path(os.environ.get("SOLCX_BINARY_PATH", Path.home() / ".solcx"))
    environment = {**os.environ, "FOUNDRY_SOLC": str(folder / f"solc-v{settings['version']}")}
    command = [str(binary), *sys.argv[1:], "--offline", "--root", str(ROOT)]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


def differences(settings: dict[str, Any], foundry: dict[str, Any]) -> list[str]:
    """Where foundry.toml would compile the contracts otherwise than ape-config.yaml says."""
    (profile,) = [one for one in foundry["additional_compiler_profiles"] if one["name"] == PROFILE]
    pairs = {
        "evm_version": (settings["evm_version"], foundry["evm_version"]),
        "via_ir": (settings["via_ir"], profile["via_ir"]),
        "optimize": (settings["optimize"], profile["optimizer"]),
        "optimization_runs": (settings["optimization_runs"], profile["optimizer_runs"]),
    }
    for restriction in foundry["compilation_restrictions"]:
        runs = settings["optimization_runs"]
        pairs[f"optimization_runs of {restriction['paths']}"] = (
            (runs, runs, settings["via_ir"]),
            (restriction["min_optimizer_runs"], restriction["max_optimizer_runs"], restriction["via_ir"]),
        )
    return [
        f"{name} is {mine} in ape-config.yaml and {theirs} in foundry.toml"
        for name, (mine, theirs) in pairs.items()
        if mine != theirs
    ]


def find_forge() -> Path | None:
    """npm's binary for this machine, or one on the path."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())
    binary = ROOT / "node_modules" / "@foundry-rs" / f"forge-{sys.platform}-{machine}" / "bin" / "forge"
    if binary.exists():
        binary.chmod(0o755)
        return binary
    found = shutil.which("forge")
    return Path(found) if found else None


if __name__ == "__main__":
    sys.exit(main())
