# SPDX-License-Identifier: Apache-2.0
"""The equations that a ledger and the bridge funded from it must satisfy, each to the last unit.

Every equation has two sides that were added up on different ways through the state, so that a mistake in one of
them shows. Amounts are base units of the parachain (12 decimals), except in funding, where both sides are PHA's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pha.bridge.errors import BridgeError

UNIT_SCALE = 10**6  # PHA has 18 decimals, the parachain had 12


class EquationError(BridgeError):
    """Two sides of one amount that differ; the message says which and by how much."""


@dataclass(frozen=True)
class Equation:
    """`left` and `right` are the same amount, come by in two ways."""

    name: str
    left_name: str
    left: int
    right_name: str
    right: int

    def check(self) -> None:
        """Raises EquationError."""
        if self.left != self.right:
            difference = self.left - self.right
            raise EquationError(
                f"{self.name}: {self.left_name} is {self.left}, {self.right_name} is {self.right}, "
                f"{abs(difference)} {'more' if difference > 0 else 'less'} on the left"
            )

    def to_json(self) -> dict[str, Any]:
        """For the published result."""
        return {
            "name": self.name,
            self.left_name: str(self.left),
            self.right_name: str(self.right),
        }


def check_all(equations: Iterable[Equation]) -> tuple[Equation, ...]:
    """The equations, if all hold. Raises EquationError for the first that does not."""
    checked = tuple(equations)
    for equation in checked:
        equation.check()
    return checked


def pool_equations(pools: Sequence[tuple[int, str, int, int, int]]) -> list[Equation]:
    """For (pid, kind, pot, given, remainder) of each pool: nobody is paid out of another's pot."""
    return [
        Equation(
            f"{kind} {pid}", "its W-PHA and what its shares elsewhere are worth", pot, "given and left", given + left
        )
        for pid, kind, pot, given, left in pools
    ]


def refuse_native_claims(*, is_vesting_carried: bool, bridge_state_root: bytes) -> None:
    """Where vesting goes into wallets the bridge must not pay by the state, which holds what vests a second time.

    Raises EquationError.
    """
    if is_vesting_carried and any(bridge_state_root):
        raise EquationError(
            "the bridge takes native claims, but the rules carry vesting into wallets: what vests could be paid "
            "twice; deploy the bridge with state root zero"
        )


def funding_equations(
    *, root: bytes, total: int, bridge_root: bytes, cap: int, held: int, paid: int
) -> tuple[Equation, ...]:
    """What a deployed bridge must say to a snapshot: its root, its total as cap, and PHA for all of it.

    `total` and `cap` are base units, `held` and `paid` PHA units (18 decimals). Raises EquationError; more held than
    owed is no error, since anybody may send PHA there.
    """
    if bridge_root != root:
        raise EquationError(f"the bridge pays from root 0x{bridge_root.hex()}, the snapshot has 0x{root.hex()}")
    funded = min(held + paid, cap * UNIT_SCALE)  # beyond the cap nothing can be claimed
    return check_all(
        [
            Equation("cap of the bridge", "claimable", total, "cap", cap),
            Equation("funding of the bridge", "claimable × 10^6", total * UNIT_SCALE, "held and paid", funded),
        ]
    )
