# SPDX-License-Identifier: Apache-2.0
"""One canonical compiler input for every tool, and the compiler's complaints about our sources.

Sources have virtual paths (`contracts/...`, `@openzeppelin/contracts/...`), so the bytecode's metadata does not
depend on where the project lies: an explorer that is given this input reproduces it. The compiler settings are
read from ape-config.yaml, the one place that names them.

    python toolchain/standard_json.py --check         warnings are errors; sizes of the build within the chain's limits
    python toolchain/standard_json.py --write FILE    the input itself, for an explorer or an analyser
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

import solcx
import yaml

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
LIBRARIES = {"@openzeppelin/contracts/": ROOT / "node_modules" / "@openzeppelin" / "contracts"}
IMPORT = re.compile(r"""^\s*import\s+(?:[^"';]*\sfrom\s+)?["']([^"']+)["']""", re.MULTILINE)

BUILD = ROOT / ".build" / "__local__.json"
RUNTIME_LIMIT = 24_576  # bytes, EIP-170
INIT_LIMIT = 49_152  # bytes, EIP-3860


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail on warnings and on oversized contracts of the build")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the compiler input")
    arguments = parser.parse_args()
    settings = yaml.safe_load((ROOT / "ape-config.yaml").read_text())["solidity"]
    compiler_input = standard_input(settings)
    if arguments.write:
        arguments.write.write_text(json.dumps(compiler_input, indent=1))
    if not arguments.check:
        return 0
    # Every warning but those about size comes before any code is made, which is what takes minutes.
    compiler_input["settings"]["outputSelection"] = {"*": {"*": ["abi"]}}
    output = solcx.compile_standard(compiler_input, solc_version=settings["version"], allow_empty=True)
    if not BUILD.exists():
        raise SystemExit("there is no build whose sizes could be looked at: run `make build`")
    built = json.loads(BUILD.read_text())["contractTypes"]
    complaints = [*warnings(output), *oversized(built)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    print(f"{len(built)} contracts, {len(complaints)} complaints")
    return 1 if complaints else 0


def standard_input(settings: dict) -> dict:
    """The compiler's standard JSON input for all of contracts/ and what it imports."""
    sources: dict[str, str] = {}
    queue = [
        f"contracts/{path.relative_to(CONTRACTS).as_posix()}"
        for path in sorted(CONTRACTS.rglob("*.sol"))
        if ".cache" not in path.parts
    ]
    while queue:
        name = queue.pop()
        if name in sources:
            continue
        sources[name] = locate(name).read_text()
        queue += [resolve(name, imported) for imported in IMPORT.findall(sources[name])]
    return {
        "language": "Solidity",
        "sources": {name: {"content": sources[name]} for name in sorted(sources)},
        "settings": {
            "optimizer": {"enabled": settings["optimize"], "runs": settings["optimization_runs"]},
            "viaIR": settings["via_ir"],
            "evmVersion": settings["evm_version"],
            "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
        },
    }


def locate(name: str) -> Path:
    for prefix, folder in LIBRARIES.items():
        if name.startswith(prefix):
            return folder / name.removeprefix(prefix)
    return ROOT / name


def resolve(importer: str, imported: str) -> str:
    if not imported.startswith("."):
        return imported
    parts = importer.split("/")[:-1]
    for part in imported.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def warnings(output: dict) -> list[str]:
    """Everything the compiler says about our own sources; a library's warnings are its keepers' business."""
    return [
        error["formattedMessage"]
        for error in output.get("errors", [])
        if error.get("sourceLocation", {}).get("file", "contracts/").startswith("contracts/")
    ]


def oversized(built: dict[str, dict]) -> list[str]:
    """Contracts of ape's build that are too large for a chain."""
    complaints = []
    for name, contract in built.items():
        runtime, init = (
            len((contract.get(part) or {}).get("bytecode", "").removeprefix("0x")) // 2
            for part in ("runtimeBytecode", "deploymentBytecode")
        )
        if runtime > RUNTIME_LIMIT or init > INIT_LIMIT:
            complaints.append(f"{name} is too large: {runtime} bytes of code, {init} of init code")
    return complaints


if __name__ == "__main__":
    sys.exit(main())
