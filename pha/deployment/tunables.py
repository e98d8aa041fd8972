# SPDX-License-Identifier: Apache-2.0
"""Parameters contracts: the values that a network's file gives, in the contract's units and order.

Such a contract takes one value for each member of its enum, in that order, and gives them back by `get(number)`. A
step lists the parameters of a section in the enum's order, each with what one of the contract's units is of the
file's: `DAY` where the contract counts days and the file says "7 days", `SAME` where both count seconds, wei or basis
points.
"""

from __future__ import annotations

from collections.abc import Mapping

from pha.deployment.errors import ParameterInvalid
from pha.deployment.migration import Verification, View

SAME = 1
DAY = 86_400


def tunables(m: View, section: str, units: Mapping[str, int]) -> list[int]:
    """The values as the constructor takes them; raises `ParameterInvalid` for one that is no whole number of units."""
    values = []
    for name, unit in units.items():
        value, rest = divmod(m.parameter(f"{section}.{name}"), unit)
        if rest:
            raise ParameterInvalid(f"{section}.{name} is no whole number of what the contract counts in")
        values.append(value)
    return values


def expect_tunables(m: Verification, contract: str, section: str, units: Mapping[str, int]) -> None:
    """Expect the contract to have these values; of use until votes may have changed them."""
    for number, value in enumerate(tunables(m, section, units)):
        m.expect_read(value, contract, "get", number)
