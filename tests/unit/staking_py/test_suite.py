# SPDX-License-Identifier: Apache-2.0
"""Which address a contract of the suite is found at."""

from __future__ import annotations

import pytest

from pha.deployment.artifacts import Artifact
from pha.governance.address_book import AddressBook
from pha.staking.errors import NotDeployed, StakingError
from pha.staking.suite import Suite

ONE, TWO, THREE = (f"0x{number:040x}" for number in (1, 2, 3))


class Artifacts:
    def get(self, contract):
        return Artifact(contract, [], b"")


class Node:
    """Every address but the third has code."""

    def code(self, address):
        return b"" if address == THREE else b"\x60"


def suite(given=None, **contracts):
    entries = {name: (kind, address) for name, (kind, address) in contracts.items()}
    return Suite(Node(), Artifacts(), given or {}, AddressBook(entries, Artifacts()))


def test_a_contract_is_found_by_its_type_and_what_is_given_wins():
    book = {"the_bond": ("OperatorBond", ONE), "other": ("Treasury", TWO)}
    assert suite(**book).find("bond").address == ONE
    assert suite({"bond": TWO}, **book).find("bond").address == TWO
    assert not suite(**book).knows("vault")
    with pytest.raises(NotDeployed, match="--at vault=0x"):
        suite(**book).find("vault")


def test_two_of_a_type_are_for_the_caller_to_choose_from():
    book = {"a": ("DelegationVault", ONE), "b": ("DelegationVault", TWO)}
    with pytest.raises(StakingError, match="2 contracts are a vault here"):
        suite(**book).find("vault")
    assert suite(**book).vault(TWO).address == TWO


def test_what_is_no_contract_is_refused():
    with pytest.raises(StakingError, match="has no code"):
        suite({"bond": THREE}).find("bond")
    with pytest.raises(StakingError, match="is no address"):
        suite({"bond": "0x12"})
    with pytest.raises(StakingError, match="there is no contract 'bonds'"):
        suite({"bonds": ONE})
