# SPDX-License-Identifier: Apache-2.0
"""Two pools and the contract that moves stake between them, run beside their model."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import ape

from pha.staking.model import RefusedError
from pha.staking.redelegation import RedelegationModel
from tests.reference.stake_pools import REDELEGATION, Staking, Twin

OWN_ERRORS = (
    "NothingForfeit",
    "NothingToCollect",
    "NoSuchMove",
    "SamePool",
    "StillLiable",
    "TooFewShares",
    "UnknownPool",
)


def deploy_redelegation(project: Any, staking: Staking) -> Any:
    """The contract, in the module's place."""
    redelegation = staking.deployer.deploy(project.Redelegation, staking.factory, staking.token)
    staking.factory.setModule(REDELEGATION, redelegation, sender=staking.deployer)
    return redelegation


class PoolOfTwo(Twin):
    """A pool whose model is one of those in `moves`."""

    def __init__(self, moves: MovesTwin, number: int, pool: Any, operator: Any, commission_bps: int):
        self.moves, self.number = moves, number
        super().__init__(moves.staking, pool, operator, commission_bps)

    @property
    def model(self):
        return self.moves.pools[self.number]

    @model.setter
    def model(self, model):
        model.escrow = self.moves.redelegation.address
        self.moves.pools[self.number] = model


class MovesTwin:
    """Pools, `redelegation` and their models, stepped together."""

    def __init__(self, staking: Staking, redelegation: Any, pools: list[Any], operators: list[Any]):
        self.staking, self.redelegation = staking, redelegation
        self.pools: dict[int, Any] = {}
        self.sides = [
            PoolOfTwo(self, pool.poolId(), pool, operator, pool.commission().currentBps)
            for pool, operator in zip(pools, operators, strict=True)
        ]
        self.model = RedelegationModel(redelegation.address, self.pools)

    def step(
        self,
        action: Callable[[RedelegationModel], Any],
        call: Callable[..., Any],
        *arguments,
        sender,
        seconds: int = 1,
    ) -> tuple[Any, Any]:
        """Runs both at one time; gives the model's answer and the receipt, or its error's name and None."""
        time = self.staking.now + seconds
        tried = copy.deepcopy(self.model)
        for pool in tried.pools.values():
            pool.now = time
        self.staking.chain.pending_timestamp = time
        try:
            answer = action(tried)
        except RefusedError as refused:
            name = refused.args[0]
            source = self.redelegation if name in OWN_ERRORS else self.sides[0].pool
            with ape.reverts(getattr(source, name)):
                call(*arguments, sender=sender)
            return name, None
        receipt = call(*arguments, sender=sender)
        assert receipt.timestamp == time
        self.model, self.pools = tried, tried.pools
        return answer, receipt

    def move(self, account, source: int, shares: int, *, target: int | None = None, least: int = 0, **options):
        """Moves from side `source` (0 or 1) to the other, or to `target`."""
        numbers = [side.number for side in self.sides]
        goal = numbers[1 - source] if target is None else target
        return self.step(
            lambda m: m.move(numbers[source], goal, shares, least, account.address),
            self.redelegation.move,
            numbers[source],
            goal,
            shares,
            least,
            account,
            sender=account,
            **options,
        )

    def complete(self, number: int, sender, **options):
        return self.step(lambda m: m.complete(number), self.redelegation.complete, number, sender=sender, **options)

    def surrender(self, side: int, generation: int, sender, **options):
        number = self.sides[side].number
        return self.step(
            lambda m: m.surrender(number, generation),
            self.redelegation.surrender,
            number,
            generation,
            sender=sender,
            **options,
        )

    def collect(self, side: int, shares: int, sender, **options):
        number = self.sides[side].number
        return self.step(
            lambda m: m.collect(number, shares), self.redelegation.collect, number, shares, sender=sender, **options
        )

    def claim_closed(self, side: int, generation: int, sender):
        """Has the pool pay the contract for its shares, as anyone may."""
        twin = self.sides[side]
        return self.step(
            lambda m: m.claim_closed(twin.number, generation),
            twin.pool.claimClosed,
            generation,
            self.redelegation,
            sender=sender,
        )

    def settle_time(self, timestamp: int) -> None:
        """Moves all to `timestamp`."""
        self.staking.travel_to(timestamp)
        for pool in self.pools.values():
            pool.now = self.staking.now

    def compare(self) -> None:
        """Pools, moves and PHA are the model's."""
        for side in self.sides:
            side.compare()
        model, redelegation = self.model, self.redelegation
        assert redelegation.moveCount() == model.count
        for number in range(1, model.count + 1):
            on_chain = tuple(redelegation.moveOf(number))
            move = model.moves.get(number)
            if move is None:
                assert not any(int(str(part), 0) for part in on_chain)
                continue
            assert on_chain == (
                move.owner,
                move.source,
                move.target,
                move.generation,
                move.shares,
                move.factor,
                move.cohort,
            )
            is_liable = move.cohort >= self.pools[move.source].settled
            assert tuple(redelegation.standing(number)) == (model.kept(number), is_liable)
        for (pool, generation), shares in model.forfeited.items():
            assert redelegation.forfeited(pool, generation) == shares
        assert self.staking.token.balanceOf(redelegation) == model.held
