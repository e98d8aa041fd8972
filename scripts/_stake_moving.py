# SPDX-License-Identifier: Apache-2.0
"""Moving stake between pools: `ape run stake move`, `moves` and `complete`."""

from __future__ import annotations

import click

from pha.staking.amounts import format_units, parse_percent
from pha.staking.errors import StakingError
from pha.staking.moves import complete_step, move_step, read_moves
from scripts._stake_holders import amount_or_all
from scripts._stake_session import Session, address_of, amount, command, table_of

SHARE_DECIMALS = 21


def register(cli: click.Group) -> None:
    """Adds these commands."""

    @command(cli, "move")
    @click.argument("assets", metavar="PHA|all", callback=amount_or_all)
    @click.option("--from", "source", required=True, metavar="NUMBER", help="The pool to leave.")
    @click.option("--to", "target", required=True, metavar="NUMBER", help="The pool to join.")
    @click.option("--owner", metavar="ADDRESS", help="Whose stake; the sender's by default.")
    @click.option(
        "--slippage",
        default="0.5",
        show_default=True,
        callback=amount(parse_percent),
        help="How many percent fewer shares to accept than now.",
    )
    def move(session: Session, assets: int | None, source: str, target: str, owner: str | None, slippage: int) -> None:
        """Move stake to another pool at once: it earns there from the same block.

        For what happened in the old pool it answers as long as a request of today would: until then its new shares
        are kept in escrow. `complete`, which `keep` does as well, hands them over.
        """
        suite = session.suite
        whose = address_of(owner) if owner else session.sender
        if suite.pool(source).address == suite.pool(target).address:
            raise StakingError("both pools are the same")
        session.send(move_step(suite, suite.pool(source), suite.pool(target), whose, assets, slippage))

    @command(cli, "moves", sends=False)
    @click.option("--for", "owner", metavar="ADDRESS", help="Of this owner only.")
    def moves(session: Session, owner: str | None) -> None:
        """Print a table of the moves that are not completed."""
        found = list(read_moves(session.suite, address_of(owner) if owner else None))
        columns = ["move>", "owner", "from pool>", "to pool>", "shares in escrow>", "owner's now>", "waits for"]
        session.show(
            found,
            table_of(
                "moves between pools",
                columns,
                (
                    (
                        str(one.number),
                        one.owner,
                        str(one.from_pool),
                        str(one.to_pool),
                        format_units(one.shares, SHARE_DECIMALS),
                        format_units(one.kept, SHARE_DECIMALS),
                        f"requests of pool {one.from_pool} of its day" if one.liable else "nothing: complete it",
                    )
                    for one in found
                ),
            ),
        )

    @command(cli, "complete")
    @click.argument("number", metavar="MOVE", type=click.IntRange(1))
    def complete(session: Session, number: int) -> None:
        """Hand over the shares of move MOVE to its owner. Anyone, once its liability is over."""
        session.send(complete_step(session.suite, number))
