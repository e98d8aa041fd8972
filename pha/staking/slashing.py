# SPDX-License-Identifier: Apache-2.0
"""What a claim takes and who has it, to the last wei, as `SlashManager.sol` reckons it. Amounts are wei of PHA."""

from __future__ import annotations

from dataclasses import dataclass, field

from pha.staking.model import BPS, RefusedError, ceil_div

SLASH_LEVEL_BPS = (10, 100, 1_000, 10_000)
REPORTER_SHARE_BPS = 500
BURN_SHARE_BPS = 0
MAX_OPEN_CLAIMS = 32


@dataclass
class SlashModel:
    """The slash manager's books: what reporters are due, and what waits to be burned or paid to the treasury.

    A lock is all that an operator puts up for a worker from its start to its release. By its name, `budgets` has what
    that was for the latest offence claimed, `forfeited` what executed claims were for.
    """

    level_bps: tuple[int, ...] = SLASH_LEVEL_BPS
    reporter_bps: int = REPORTER_SHARE_BPS
    burn_bps: int = BURN_SHARE_BPS
    reporter_due: dict[str, int] = field(default_factory=dict)
    proceeds: int = 0
    budgets: dict[str, int] = field(default_factory=dict)
    forfeited: dict[str, int] = field(default_factory=dict)

    def claim_amount(self, level: int, at_stake: int) -> int:
        """What a claim of `level` (1 to 4) asks for, of a worker with `at_stake` locked at the time of the offence."""
        return ceil_div(at_stake * self.level_bps[level - 1], BPS)

    def file(self, lock: str, budget: int) -> None:
        """A claim on a lock, to which the operator had put `budget` by the offence. Raises RefusedError."""
        budget = max(budget, self.budgets.get(lock, 0))
        if self.forfeited.get(lock, 0) >= budget:
            raise RefusedError("LockForfeited")
        self.budgets[lock] = budget

    def left_of(self, lock: str, assets: int) -> int:
        """What a claim for `assets` would take, of what executed claims have left of a lock."""
        return min(assets, self.budgets[lock] - self.forfeited.get(lock, 0))

    def forfeit(self, lock: str, assets: int) -> int:
        """The same, and books it: executed, whatever bond and pool have."""
        left = self.left_of(lock, assets)
        self.forfeited[lock] = self.forfeited.get(lock, 0) + left
        return left

    def executed(self, from_bond: int, from_pool: int, reporter: str | None) -> int:
        """Books what was taken; gives the reporter's part, never more than the bond lost."""
        taken = from_bond + from_pool
        share = min(taken * self.reporter_bps // BPS, from_bond) if reporter else 0
        if reporter:
            self.reporter_due[reporter] = self.reporter_due.get(reporter, 0) + share
        self.proceeds += taken - share
        return share

    def distribute(self) -> tuple[int, int]:
        """What is burned and what the treasury has of all that waits."""
        burned = self.proceeds * self.burn_bps // BPS
        treasury, self.proceeds = self.proceeds - burned, 0
        return burned, treasury
