# SPDX-License-Identifier: Apache-2.0
"""An exact model of moves between stake pools: escrowed shares, and what slashes in the pool left take of them.

It stands on `pha.staking.model.PoolModel`, one for each pool by its number, and rounds as `contracts/staking/README.md`
says. A step that the contract would refuse raises `RefusedError` with the name of the error.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pha.staking.model import PoolModel, RefusedError


@dataclass
class Move:
    """Shares in escrow."""

    owner: str
    source: int
    target: int
    generation: int
    shares: int
    factor: int
    """F of the source at the move."""
    cohort: int


@dataclass
class RedelegationModel:
    """The contract and the pools. Set every pool's `now` before each step."""

    name: str
    """Its address, by which pools know it."""
    pools: dict[int, PoolModel]
    moves: dict[int, Move] = field(default_factory=dict)
    """Those that are not completed."""
    count: int = 0
    forfeited: dict[tuple[int, int], int] = field(default_factory=dict)
    """Shares that slashes took, by pool and generation, until they are surrendered."""
    held: int = 0
    """Wei that closed generations have paid and nobody has had yet."""
    proceeds: int = 0
    """Wei that went to the slash manager."""

    def __post_init__(self) -> None:
        for pool in self.pools.values():
            pool.escrow = self.name

    def pool(self, number: int) -> PoolModel:
        """Raises RefusedError."""
        if number not in self.pools:
            raise RefusedError("UnknownPool")
        return self.pools[number]

    def move(self, source: int, target: int, shares: int, min_shares: int, owner: str) -> tuple[int, int, int]:
        """The move's number, the wei that went over, and the shares bought. Raises RefusedError."""
        if source == target:
            raise RefusedError("SamePool")
        into = self.pool(target)
        assets, cohort, factor = self.pool(source).move_out(shares, owner)
        bought = into.deposit(assets, self.name)
        if bought < min_shares:
            raise RefusedError("TooFewShares")
        self.count += 1
        self.moves[self.count] = Move(owner, source, target, into.generation, bought, factor, cohort)
        return self.count, assets, bought

    def kept(self, number: int) -> int:
        """Shares that the owner of a move would get now, rounded down."""
        move = self.moves[number]
        return move.shares * self.pools[move.source].survival(move.cohort) // move.factor

    def complete(self, number: int) -> tuple[int, int]:
        """Shares the owner keeps, and the wei paid for them if their generation has closed. Raises RefusedError."""
        if number not in self.moves:
            raise RefusedError("NoSuchMove")
        move = self.moves[number]
        source, target = self.pools[move.source], self.pools[move.target]
        if move.cohort >= source.settled:
            source.settle()
        if move.cohort >= source.settled:
            raise RefusedError("StillLiable")
        kept = self.kept(number)
        del self.moves[number]
        key = (move.target, move.generation)
        self.forfeited[key] = self.forfeited.get(key, 0) + move.shares - kept
        if target.generation != move.generation:
            return kept, self._pay_closed(move.target, move.generation, kept)
        target.balances[self.name] -= kept
        target.balances[move.owner] = target.balances.get(move.owner, 0) + kept
        return kept, 0

    def claim_closed(self, number: int, generation: int) -> int:
        """Wei that a closed generation pays this contract, whoever asks for it. Raises RefusedError."""
        assets = self.pool(number).claim_closed(generation, self.name)
        self.held += assets
        return assets

    def _pay_closed(self, number: int, generation: int, shares: int) -> int:
        self.claim_closed(number, generation)
        closed = self.pools[number].closed[generation]
        assets = shares * closed.assets // closed.supply
        self.held -= assets
        return assets

    def surrender(self, number: int, generation: int) -> int:
        """Shares that were forfeit and are on their way out. Raises RefusedError."""
        shares = self.forfeited.pop((number, generation), 0)
        if shares == 0:
            raise RefusedError("NothingForfeit")
        if self.pool(number).generation == generation:
            self.pool(number).request(shares, self.name, self.name)
        else:
            self.proceeds += self._pay_closed(number, generation, shares)
        return shares

    def collect(self, number: int, shares: int) -> int:
        """Wei of matured requests that go to the proceeds. Raises RefusedError."""
        if shares == 0:
            raise RefusedError("NothingToCollect")
        assets, _ = self.pool(number).claim(shares, False, self.name)
        self.proceeds += assets
        return assets
