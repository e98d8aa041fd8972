# SPDX-License-Identifier: Apache-2.0
"""The table of everything that a vote can set: `python -m pha.governance.parameter_table [--check]`.

A parameters contract is known by its interface: `enum Parameter`, `get(Parameter)`, `set(Parameter, uint256)` and
`boundsOf(Parameter)`. Names come from the enum, units from the ends of the names, bounds from running `boundsOf` of the
compiled code, holders from `migrations/roles.yaml`, and defaults from the domain's own tables: a row that begins
"| `nameOfParameter` | default |" in one of its Markdown files. Beside them stand all other restricted functions.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from eth_utils.crypto import keccak
from web3 import EthereumTesterProvider, Web3

from pha.deployment.artifacts import signature_of
from pha.deployment.roles import Roles, load_roles
from pha.deployment.values import SECONDS, parser_of
from pha.governance.enums import COMMENT, load_enums
from pha.governance.errors import GovernanceError, SourceUnreadable

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build" / "__local__.json"
TARGET = ROOT / "contracts" / "governance" / "PARAMETERS.md"

BOUNDS = "boundsOf(uint8)"
#: How a contract gives and takes its values; the longer names where it has other things to get.
MEMBERS = (("get(uint8)", "set(uint8,uint256)"), ("getParameter(uint8)", "setParameter(uint8,uint256)"))
UNITS = {
    "Amount": "wei of PHA",
    "Days": "days",
    "Hours": "hours",
    "Seconds": "seconds",
    "Bps": "basis points",
    "E18": "10^-18",
}
RESTRICTED = re.compile(r"\bfunction\s+(\w+)\s*\(([^)]*)\)([^{;]*?)\b(restricted|onlyGovernance)\b", re.DOTALL)
ROW = re.compile(r"^\|\s*((?:`\w+`[,\s…]*)+)\|([^|]*)\|", re.MULTILINE)

HEAD = """# Everything a vote can set

Written by `python -m pha.governance.parameter_table` from the compiled contracts, `migrations/roles.yaml` and the
domains' own tables; `--check` fails where they have gone apart. What each value means stands in its domain's page.
Bounds are both included. A holder is a role of the access manager (`migrations/roles.yaml` says who has it), or the
contract that obeys nobody else.

"""


@dataclass(frozen=True)
class Parameter:
    """One tunable; bounds as the contract has them, the default as its domain's page has it."""

    contract: str
    name: str
    unit: str
    lowest: int
    highest: int
    default: str
    holder: str


def table(root: Path = ROOT) -> str:
    """The page's text. Raises `GovernanceError` where something is not documented or out of its bounds."""
    build: Mapping[str, Any] = json.loads((root / ".build" / "__local__.json").read_text())["contractTypes"]
    roles = load_roles(root / "migrations" / "roles.yaml")
    found = sorted(_parameters(root, build, roles), key=lambda one: one.contract)  # the enum's order stays
    lines = [
        HEAD + "| contract | parameter | unit | lowest | highest | default | holder |\n|---|---|---|---|---|---|---|"
    ]
    lines += [
        f"| `{one.contract}` | `{one.name}` | {one.unit} | {_number(one.lowest)} | {_number(one.highest)} "
        f"| {one.default} | {one.holder} |"
        for one in found
    ]
    lines.append("\n## Other functions that only a holder may call\n\n| contract | function | holder |\n|---|---|---|")
    lines += [f"| `{contract}` | `{function}` | {holder} |" for contract, function, holder in _restricted(root, roles)]
    return "\n".join(lines) + "\n"


def unit_of(name: str) -> str:
    """The unit that a parameter's name ends in; one without is a plain number."""
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "number")


def default_in_units(name: str, written: str) -> int:
    """A default as people write it, in the unit of the parameter's name. Raises `ValueError`."""
    plain = written.replace(",", "").strip()
    if name.endswith("E18"):
        return int(Fraction(plain.removesuffix("PHA").strip()) * 10**18)
    if re.fullmatch(r"[0-9]+", plain):
        return int(plain)
    if name.endswith("Amount"):
        return int(parser_of("amount")(plain))
    if name.endswith("Bps"):
        return int(parser_of("share")(plain))
    seconds = int(parser_of("duration")(plain))
    units = (("Days", SECONDS["day"]), ("Hours", SECONDS["hour"]))
    return seconds // next((size for ending, size in units if name.endswith(ending)), 1)


def documented_defaults(folder: Path) -> dict[str, str]:
    """Defaults by parameter, from the tables of a folder's Markdown files. "`a` … `c` | 1, 2, 3" gives them in their
    order to the names between, which are told apart by the digit in them.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        if path.name == TARGET.name:
            continue
        for row in ROW.finditer(path.read_text(encoding="utf-8")):
            names = re.findall(r"`(\w+)`", row[1])
            values = [one.strip() for one in row[2].split(", ")]
            if "…" in row[1] and len(names) == 2:
                first = re.sub(r"\d", "{}", names[0], count=1)
                names = [first.format(number) for number in range(1, len(values) + 1)]
            if len(names) == len(values):
                found.update(zip(names, values, strict=True))
    return found


def _parameters(root: Path, build: Mapping[str, Any], roles: Roles) -> Iterator[Parameter]:
    enums = load_enums(root / "contracts")
    chain = Web3(EthereumTesterProvider())
    for contract, compiled in sorted(build.items()):
        functions = {signature_of(entry): entry for entry in compiled["abi"] if entry["type"] == "function"}
        code = (compiled.get("runtimeBytecode") or {}).get("bytecode") or "0x"
        if len(code) <= 2 or contract.startswith("Mock") or not _setter(functions):
            continue
        enum = str(functions[BOUNDS]["inputs"][0].get("internalType", "")).removeprefix("enum ")
        if enum not in enums:
            raise SourceUnreadable(f"{contract}: no enum {enum} is in the sources")
        defaults = documented_defaults((root / compiled["sourceId"]).parent)
        address = _deployed(chain, bytes.fromhex(code[2:]))
        holder = _holder(contract, functions, roles)
        for number, name in enumerate(enums[enum]):
            lowest, highest = _bounds(chain, address, number)
            written = name[0].lower() + name[1:]
            if written not in defaults:
                raise GovernanceError(f"{contract}: no table of its domain gives `{written}` a default")
            try:
                value = default_in_units(name, defaults[written])
            except ValueError as error:
                raise GovernanceError(f"{contract}: the default of {written}, {defaults[written]}: {error}") from error
            if not lowest <= value <= highest:
                raise GovernanceError(f"{contract}: the default of {written}, {value}, is out of its bounds")
            yield Parameter(contract, written, unit_of(name), lowest, highest, defaults[written], holder)


def _setter(functions: Mapping[str, Any]) -> str:
    """Signature of what sets a parameter; empty where a contract has none."""
    return next((put for get, put in MEMBERS if {get, put, BOUNDS} <= functions.keys()), "")


def _deployed(chain: Web3, code: bytes) -> Any:
    """Puts runtime code on a throw-away chain, without the constructor that it came from: bounds are pure."""
    creation = b"\x61" + len(code).to_bytes(2, "big") + bytes.fromhex("80600a5f395ff3") + code
    sent = chain.eth.send_transaction({"from": chain.eth.accounts[0], "data": cast(Any, creation), "gas": 12_000_000})
    return chain.eth.wait_for_transaction_receipt(sent)["contractAddress"]


def _bounds(chain: Web3, address: Any, number: int) -> tuple[int, int]:
    data = keccak(text=BOUNDS)[:4] + number.to_bytes(32, "big")
    answer = bytes(chain.eth.call({"to": address, "data": cast(Any, data)}))
    return int.from_bytes(answer[:32], "big"), int.from_bytes(answer[32:64], "big")


def _holder(contract: str, functions: Mapping[str, Any], roles: Roles) -> str:
    if "authority()" in functions:
        return roles.functions.get(contract, {}).get(_setter(functions), "ADMIN")
    return "a proposal, through the timelock" if "timelock()" in functions else "an operation of its own"


def _restricted(root: Path, roles: Roles) -> Iterator[tuple[str, str, str]]:
    """Contract, function and holder of each function that asks the manager or for a vote; the setters above aside."""
    for path in sorted((root / "contracts").rglob("*.sol")):
        if {".cache", "mocks"} & set(path.parts):
            continue
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        for match in RESTRICTED.finditer(text):
            name, arguments, modifier = match[1], match[2], match[4]
            contract = path.stem
            if name in ("set", "setParameter") and arguments.strip().startswith("Parameter "):
                continue
            named = {key.partition("(")[0]: role for key, role in _declared(contract, roles).items()}
            holder = named.get(name, "ADMIN") if modifier == "restricted" else "a proposal, through the timelock"
            kinds = ", ".join(" ".join(one.split()[:1]) for one in arguments.split(",") if one.strip())
            yield contract, f"{name}({kinds})", holder


def _declared(contract: str, roles: Roles) -> Mapping[str, str]:
    """Roles by signature as declared of a contract; of an abstract one, whose heirs are deployed, of all contracts."""
    if contract in roles.functions:
        return roles.functions[contract]
    return {signature: role for functions in roles.functions.values() for signature, role in functions.items()}


def _number(value: int) -> str:
    """With separators; round amounts of wei as a power of ten."""
    if value >= 10**15 and value % 10**15 == 0:
        return f"{Fraction(value, 10**18)} × 10^18" if value % 10**18 else f"{value // 10**18:,} × 10^18"
    return f"{value:,}"


def main() -> int:
    """Write the page, or with `--check` say whether it is up to date."""
    parser = argparse.ArgumentParser(description="The table of everything that a vote can set.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is out of date")
    arguments = parser.parse_args()
    try:
        text = table()
    except (GovernanceError, FileNotFoundError) as error:
        print(f"parameter table: {error}", file=sys.stderr)
        return 1
    if not arguments.check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.relative_to(ROOT)} is out of date: python -m pha.governance.parameter_table", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
