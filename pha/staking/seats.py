# SPDX-License-Identifier: Apache-2.0
"""Gatekeepers' seats and bonds as the chain has them now."""

from __future__ import annotations

from dataclasses import dataclass

from pha.staking.machine import Wei
from pha.staking.suite import Suite


@dataclass(frozen=True)
class Seat:
    """A gatekeeper's bond in wei, the day from which it counts, and when it can be withdrawn (0 while seated)."""

    account: str
    bond: Wei
    since_day: int
    release_at: int
    seated: bool


def read_seat(suite: Suite, account: str) -> Seat:
    """One gatekeeper, seated or not."""
    found = suite.find("gatekeepers").ask("gatekeeperOf", account)
    return Seat(account, found["bond"], found["sinceDay"], found["releaseAt"], found["seat"] != 0)


def read_seats(suite: Suite) -> list[Seat]:
    """Everybody with a seat, the highest bond first."""
    seats = [read_seat(suite, account) for account in suite.find("gatekeepers").ask("gatekeepers")]
    return sorted(seats, key=lambda one: (-one.bond, one.account))
