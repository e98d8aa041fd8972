# SPDX-License-Identifier: Apache-2.0
"""Stake on its way from one pool to another: the steps of a move, and what moves wait for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pha.staking.amounts import format_pha
from pha.staking.contracts import Contract, Step
from pha.staking.errors import StakingError
from pha.staking.holdings import request_step
from pha.staking.machine import Wei
from pha.staking.suite import Suite

BPS = 10_000


@dataclass(frozen=True)
class Move:
    """A move that is not completed; `from_pool` and `to_pool` are numbers.

    `shares` are in escrow, `kept` of them would be the owner's now; `liable` tells whether offences in the pool that
    was left can still lower that.
    """

    number: int
    owner: str
    from_pool: int
    to_pool: int
    generation: int
    shares: Wei
    kept: Wei
    liable: bool


def read_moves(suite: Suite, owner: str | None = None) -> Iterator[Move]:
    """Moves that are not completed, of one owner or all, oldest first."""
    contract = suite.find("redelegation")
    for number in range(1, contract.ask("moveCount") + 1):
        move = contract.ask("moveOf", number)
        if move["shares"] == 0 or (owner is not None and move["owner"] != owner):
            continue
        standing = contract.ask("standing", number)
        yield Move(
            number,
            move["owner"],
            move["fromPoolId"],
            move["toPoolId"],
            move["generation"],
            move["shares"],
            standing["kept"],
            standing["isLiable"],
        )


def move_step(
    suite: Suite, source: Contract, target: Contract, owner: str, assets: int | None, slippage_bps: int
) -> Step:
    """Moves at least `assets` wei, or all for None, and takes no fewer shares than they buy now, less `slippage_bps`.

    Raises `StakingError` where the owner has less.
    """
    shares = request_step(source, owner, owner, assets).arguments[0]
    worth = source.ask("convertToAssets", shares)
    lowest = target.ask("convertToShares", worth) * (BPS - slippage_bps) // BPS
    if lowest == 0:
        raise StakingError(f"{format_pha(worth)} PHA buy no share of the other pool")
    numbers = source.ask("poolId"), target.ask("poolId")
    says = f"move {format_pha(worth)} PHA from pool {numbers[0]} to pool {numbers[1]}"
    return suite.find("redelegation").step(says, "move", *numbers, shares, lowest, owner)


def complete_step(suite: Suite, number: int) -> Step:
    """Gives the owner of a move its shares."""
    return suite.find("redelegation").step(f"complete move {number}", "complete", number)


def forfeit_steps(suite: Suite, pool: Contract) -> Iterator[Step]:
    """Asks a pool for what movers' forfeit shares are worth, in each of its generations, and sends on what it pays."""
    contract, number = suite.find("redelegation"), pool.ask("poolId")
    for generation in range(pool.ask("books")["generation"] + 1):
        if contract.ask("forfeited", number, generation):
            says = f"surrender movers' forfeit shares of generation {generation} to pool {number}"
            yield contract.step(says, "surrender", number, generation)
    claimable = pool.ask("maxRedeem", contract.address)
    if claimable:
        yield contract.step(f"send on what pool {number} pays for forfeit shares", "collect", number, claimable)
