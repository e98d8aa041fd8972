# SPDX-License-Identifier: Apache-2.0
"""The generated table against the contracts themselves, deployed and asked."""

from __future__ import annotations

import re

import pytest

from pha.governance.enums import enums_in, load_enums
from pha.governance.errors import SourceUnreadable
from pha.governance.parameter_table import ROOT, TARGET, default_in_units, documented_defaults, table, unit_of
from tests.reference.stake_pools import DEFAULTS, NAMES

DAY = 86_400


@pytest.fixture(scope="module")
def rows():
    """Cells of the first table by contract and parameter."""
    lines = TARGET.read_text().partition("## Other")[0].splitlines()
    cells = [[one.strip().strip("`") for one in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return {(contract, name): rest for contract, name, *rest in cells}


def number(cell: str) -> int:
    value, _, power = cell.replace(",", "").partition(" × 10^")
    return int(value) * 10 ** int(power or 0)


def test_table_is_up_to_date():
    assert TARGET.read_text() == table()


def test_table_has_staking_as_the_contract_has_it(rows, project, deployer):
    manager = deployer.deploy(project.PhaAccessManager, deployer)
    contract = deployer.deploy(project.StakingParameters, manager, DEFAULTS)
    listed = [name for owner, name in rows if owner == "StakingParameters"]
    assert listed == [name[0].lower() + name[1:] for name in NAMES]
    for index, name in enumerate(listed):
        _, lowest, highest, default, holder = rows["StakingParameters", name]
        assert (number(lowest), number(highest)) == tuple(contract.boundsOf(index))
        assert default_in_units(NAMES[index], default) == contract.get(index)
        assert holder == "ADMIN"


def test_table_has_the_governor_as_the_contract_has_it(rows, world):
    listed = [name for owner, name in rows if owner == "PhaGovernor"]
    for index, name in enumerate(listed):
        _, lowest, highest, default, _ = rows["PhaGovernor", name]
        assert (number(lowest), number(highest)) == tuple(world.governor.boundsOf(index))
        assert default_in_units(name[0].upper() + name[1:], default) == world.governor.get(index)
    assert len(listed) == 5
    assert ("PhaTimelock", "delaySeconds") in rows


def test_table_lists_every_restricted_function_of_an_abi(project):
    """By the bytecode: a contract asks its authority, or the governor its executor, in exactly the listed functions."""
    text = TARGET.read_text()
    for contract in ("Treasury", "SlashManager", "SnpFloors", "MigrationBridge"):
        source = (ROOT / project.contracts[contract].contract_type.source_id).read_text()
        assert len(re.findall(r"\brestricted\b[^;{]*\{", source)) == len(
            re.findall(rf"\| `{contract}` \| `\w+\(", text)
        )
    assert "| `MigrationBridge` | `pause(uint256)` | GUARDIAN |" in text


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("ExitDays", "7", 7),
        ("ExitDays", "1 week", 7),
        ("RewardDripSeconds", "86400", DAY),
        ("RewardDripSeconds", "1 day", DAY),
        ("MinDepositAmount", "0.01 PHA", 10**16),
        ("ShareBps", "2.5 %", 250),
        ("ShareBps", "250", 250),
        ("MaxWeightE18", "1.5", 15 * 10**17),
        ("MaxWorkers", "100,000", 100_000),
    ],
)
def test_defaults_are_read_in_the_units_of_their_names(name, written, value):
    assert default_in_units(name, written) == value


@pytest.mark.parametrize("written", ["soon", "7 PHA", ""])
def test_defaults_are_refused_when_they_have_another_unit(written):
    with pytest.raises(ValueError, match="expected"):
        default_in_units("RewardDripSeconds", written)


def test_units_follow_from_the_names():
    assert [unit_of(one) for one in ("ExitDays", "QuorumBps", "MaxWorkers")] == ["days", "basis points", "number"]


def test_rows_of_several_names_give_each_its_default(tmp_path):
    text = "| `level1Bps` … `level3Bps` | 1, 20, 300 | x |\n| `a`, `b` | 7 days, 8 days | y |\n| `c` | 1, 2 | odd |\n"
    (tmp_path / "README.md").write_text(text)
    assert documented_defaults(tmp_path) == {
        "level1Bps": "1",
        "level2Bps": "20",
        "level3Bps": "300",
        "a": "7 days",
        "b": "8 days",
    }


def test_enums_are_read_by_the_names_that_abis_give_them():
    text = """
    enum Loose { A }
    interface IOne { /* enum Not { X } */ enum Kind { First, // of them
        Second } }
    contract Two { enum Kind { Other } }
    """
    text = "\n".join(line.strip() for line in text.splitlines())
    assert enums_in(text) == {"Loose": ("A",), "IOne.Kind": ("First", "Second"), "Two.Kind": ("Other",)}


def test_enums_are_refused_when_two_share_a_name(tmp_path):
    for number_, members in enumerate(("A, B", "B, A")):
        (tmp_path / f"{number_}.sol").write_text(f"interface I {{ enum E {{ {members} }} }}")
    with pytest.raises(SourceUnreadable, match=r"I\.E"):
        load_enums(tmp_path)


def test_projects_enums_are_those_of_the_staking_contract():
    assert list(load_enums(ROOT / "contracts")["IStakingParameters.Parameter"]) == NAMES
