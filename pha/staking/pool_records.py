# SPDX-License-Identifier: Apache-2.0
"""What the model of a stake pool is made of: its constants, its parameters, requests, cohorts, closed generations."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400
ONE = 1 << 111
MIN_FACTOR = ONE // 10**9
VIRTUAL_SHARES = 1000
MAX_ASSETS = (1 << 90) - 1
MAX_SHARES = (1 << 111) - 1
MIN_REWARDED_SHARES = 10**19
MAX_HOLD = 35 * DAY + 1
COHORTS_A_STEP = 64
BPS = 10_000


class RefusedError(Exception):
    """The contract reverts. `args[0]` is the name of its error."""


def ceil_div(numerator: int, denominator: int) -> int:
    """The quotient, rounded up."""
    return -(-numerator // denominator)


@dataclass
class Parameters:
    """What a pool reads of the parameters. Units stand in the names."""

    min_deposit_amount: int = 10**16
    exit_days: int = 7
    grace_days: int = 7
    worker_cooldown_days: int = 7
    commission_notice_days: int = 28
    reward_drip_seconds: int = DAY


@dataclass
class Request:
    """Part of a cohort."""

    controller: str
    number: int
    cohort: int
    norm: int
    shares: int


@dataclass
class Cohort:
    """The requests of one day. `factor` is None until they are settled."""

    opened_day: int
    maturity_day: int
    era: int
    norm: int = 0
    moved: int = 0
    """Norm of stake that went to other pools that day."""
    scale: int = ONE
    """What the eras that ended since have left of a norm of one."""
    factor: int | None = None

    def value(self, norm: int, factor: int) -> int:
        """Wei that a norm of this cohort comes to, rounded down twice."""
        return norm * self.scale // ONE * factor // ONE


@dataclass
class Closed:
    """A closed generation: what it left, for how many shares, and who holds them still."""

    assets: int
    supply: int
    balances: dict[str, int]
