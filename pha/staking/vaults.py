# SPDX-License-Identifier: Apache-2.0
"""Delegation vaults as the chain has them now: both ends of their value, their positions, and who waits to leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pha.staking.amounts import DAY
from pha.staking.contracts import Contract, Fields
from pha.staking.machine import Wei
from pha.staking.pools import VIRTUAL_SHARES
from pha.staking.suite import Suite

ONE_SHARE = 10**18


@dataclass(frozen=True)
class Position:
    """What a vault has in one pool: shares and what they are worth, requests and what they are worth, in wei."""

    pool: str
    number: int
    shares: Wei
    at_stake: Wei
    requests: int
    leaving: Wei
    claimable_requests: int
    cap: Wei
    recalled_today: bool
    closed_generation: bool


@dataclass(frozen=True)
class Exit:
    """A request in a vault's queue; `ready_at` is the earliest that it can be filled."""

    place: int
    controller: str
    shares: Wei
    ready_at: int


@dataclass(frozen=True)
class Fee:
    """The owner's part of what the price rises above `mark` (1 = 10^15)."""

    bps: int
    recipient: str
    mark: Wei
    next_bps: int
    next_at: int


@dataclass(frozen=True)
class VaultState:
    """A vault; amounts in wei.

    `low` has slashes cut off that are claimed and not executed, `high` has not; `idle` is part of both, `owed` (filled
    requests) of neither. `awaited` is what the queue would be paid now.
    """

    address: str
    name: str
    supply: Wei
    low: Wei
    high: Wei
    idle: Wei
    owed: Wei
    price_low: Wei
    price_high: Wei
    awaited: Wei
    fee: Fee
    positions: tuple[Position, ...]
    queue: tuple[Exit, ...]

    @property
    def on_its_way(self) -> int:
        """What pools were asked for and have not given back."""
        return sum(one.leaving for one in self.positions)

    @property
    def missing(self) -> int:
        """What requests await beyond idle PHA and what is on its way."""
        short = max(self.awaited - self.idle, 0)
        return max(short - self.on_its_way, 0) if short else 0


def read_vault(suite: Suite, vault: Contract) -> VaultState:
    """A vault's state now."""
    value, supply, fee = vault.ask("valuation"), vault.ask("totalSupply"), vault.ask("fee")
    queue = tuple(waiting(vault))
    shares = sum(one.shares for one in queue)
    return VaultState(
        address=vault.address,
        name=vault.ask("name"),
        supply=supply,
        low=value["low"],
        high=value["high"],
        idle=value["idle"],
        owed=value["owed"],
        price_low=ONE_SHARE * (value["low"] + 1) // (supply + 1),
        price_high=ONE_SHARE * (value["high"] + 1) // (supply + 1),
        awaited=shares * (value["low"] + 1) // (supply + 1),
        fee=Fee(fee["currentBps"], fee["recipient"], fee["mark"], fee["nextBps"], fee["startsAt"]),
        positions=tuple(read_position(suite, vault, pool) for pool in vault.ask("pools")),
        queue=queue,
    )


def read_position(suite: Suite, vault: Contract, address: str) -> Position:
    """A vault's place in one of its pools."""
    pool = suite.at(address, "IStakePool")
    position, basis = vault.ask("positionOf", address), pool.ask("shareBasis")
    is_closed = position["generation"] != basis["generation"]
    requests = list(requests_of(pool, vault.address))
    at_stake = 0 if is_closed else position["shares"] * (basis["active"] + 1) // (basis["supply"] + VIRTUAL_SHARES)
    return Position(
        pool=pool.address,
        number=pool.ask("poolId"),
        shares=position["shares"],
        at_stake=at_stake,
        requests=position["requests"],
        leaving=sum(parts["assets"] for _, parts, _ in requests),
        claimable_requests=sum(1 for _, _, claimable in requests if claimable),
        cap=position["cap"],
        recalled_today=position["recallDay"] == suite.node.time() // DAY,
        closed_generation=is_closed and position["shares"] != 0,
    )


def waiting(vault: Contract) -> Iterator[Exit]:
    """Requests that are not filled, in the order in which they will be."""
    line = vault.ask("queue")
    for place in range(line["first"], line["end"]):
        found = vault.ask("exitAt", place)
        if found["shares"]:  # a cancelled request leaves its place empty
            yield Exit(place, found["controller"], found["shares"], found["readyAt"])


def requests_of(pool: Contract, controller: str) -> Iterator[tuple[int, Fields, bool]]:
    """A controller's open requests of a pool: number, parts with the id, and whether it can be claimed."""
    span = pool.ask("requestRange", controller)
    for number in range(span["first"], span["end"]):
        found = pool.ask("exitRequest", request_id(controller, number))
        if found["request"]["shares"] or found["request"]["norm"]:
            yield number, found["request"] | {"assets": found["assets"]}, found["claimable"]


def request_id(controller: str, number: int) -> int:
    """How a pool names a controller's request: the address, then 48 bits of number."""
    return int(controller, 16) << 48 | number
