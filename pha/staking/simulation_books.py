# SPDX-License-Identifier: Apache-2.0
"""Whether a simulated world's PHA adds up: equations between what lies somewhere and what has flowed there, in wei."""

from __future__ import annotations

from typing import NamedTuple

from pha.staking.model import PoolModel
from pha.staking.simulation_world import World


class Equation(NamedTuple):
    """Two sums that must be equal, or of which the left must not be above the right."""

    says: str
    left: int
    right: int
    is_bound: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is true."""
        return self.left <= self.right if self.is_bound else self.left == self.right


class ConservationError(AssertionError):
    """PHA has appeared or vanished. The message is the equation with both sides."""


def in_schedule(world: World) -> int:
    """What the reward schedule holds."""
    schedule = world.schedule
    epochs = sum(
        schedule.epochs[epoch].workers_left + schedule.epochs[epoch].stakers_left for epoch in world.open_epochs
    )
    return schedule.reserve + epochs + schedule.treasury_due + sum(schedule.due.values())


def equations(world: World) -> list[Equation]:
    """All of them, as they stand now."""
    told, purse, pools, vault = world.scenario, world.purse, world.pools.values(), world.vault
    paid = purse.to_pools + purse.emitted_to_treasury
    bonds = sum(vault.bonds.values())
    slashed = purse.slashed_from_bonds + purse.slashed_from_pools
    given = purse.reporters + purse.burned + purse.slashed_to_treasury
    books = sum(pool.active + pool.at_exit + pool.owed + pool.undripped for pool in pools)
    held = sum(pool.held for pool in pools) + vault.idle + vault.owed
    free = purse.outside + purse.operators + purse.treasury + purse.reporters + purse.burned
    return [
        Equation("funded = reserve + open epochs + due + paid", told.emission.reserve, in_schedule(world) + paid),
        Equation("pools hold = active + at exit + owed + undripped", sum(pool.held for pool in pools), books),
        Equation("slashed = reporters + burned + treasury", slashed, given),
        Equation(
            "bonds posted = bonds left + slashed",
            told.delegation.bond * len(world.pools),
            bonds + purse.slashed_from_bonds,
        ),
        Equation(
            "circulating + funded = held + free",
            told.delegation.circulating + told.emission.reserve,
            held + bonds + in_schedule(world) + free + world.slashes.proceeds,
        ),
        Equation("assigned ≤ released (S11)", world.schedule.assigned, world.schedule.curve.total(world.day), True),
        Equation("Σ claimable ≤ owed, worst pool (S2)", max(map(_overpaid, pools)), 0, True),
        Equation(
            "locks ≤ stake, worst pool (S10)", max(pool.locked - pool.active - pool.at_exit for pool in pools), 0, True
        ),
    ]


def _overpaid(pool: PoolModel) -> int:
    settled = [request for request in pool.requests.values() if request.cohort < pool.settled]
    return sum(pool.value_of(request) for request in settled) - pool.owed


def check(world: World) -> None:
    """Raises ConservationError with the first equation that does not hold."""
    for equation in equations(world):
        if not equation.holds:
            sign = "≤" if equation.is_bound else "="
            raise ConservationError(f"day {world.day}: {equation.says}: not {equation.left} {sign} {equation.right}")
