# SPDX-License-Identifier: Apache-2.0
"""The rules of a ledger that are nobody's to guess: they stand in a file that is published with the result.

    {
      "multisigs": [{"threshold": 2, "members": ["<SS58 or 0x>", "…"]}],
      "vesting": "release" or "wallet",
      "seconds_per_block": 12
    }

`multisigs` lists multisigs that their members made known (members are addresses, so the account follows and needs no
trust). `vesting` says what becomes of PHA that still vests at the block: released with the rest, or paid into vesting
wallets that go on where the parachain stopped; then `seconds_per_block` turns its blocks into time. Locks that are no
vesting (votes, referenda, council) end with the chain that they bound their holders to, so those are always released.
Every field may be left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pha.bridge.delegated import multisig_account
from pha.bridge.errors import BridgeError
from pha.bridge.shallow_json import shallow_json
from pha.bridge.ss58 import parse_account

SECONDS_PER_BLOCK = 12
MOST_SECONDS_PER_BLOCK = 3600


class RulesError(BridgeError):
    """A rules file that cannot be read, or says what no rule is."""


class VestingRule(StrEnum):
    """What becomes of PHA that still vests at the block."""

    RELEASE = "release"
    WALLET = "wallet"


@dataclass(frozen=True)
class LedgerRules:
    """`multisigs` are accounts of 32 bytes; the defaults are the rules where no file is given."""

    multisigs: tuple[bytes, ...] = ()
    vesting: VestingRule = VestingRule.RELEASE
    seconds_per_block: int = SECONDS_PER_BLOCK

    @classmethod
    def load(cls, path: Path) -> LedgerRules:
        """Raises RulesError, also for a field that is no rule: a misspelt rule must not be passed over."""
        try:
            return cls._from_fields(shallow_json(path.read_text(encoding="utf-8")))
        except OSError as cause:
            raise RulesError(f"{path} cannot be read ({cause.strerror})") from None
        except (ValueError, KeyError, TypeError, AttributeError) as cause:
            raise RulesError(f"{path} holds no rules for a ledger: {cause}") from None

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> LedgerRules:
        if unknown := sorted(fields.keys() - {"multisigs", "vesting", "seconds_per_block"}):
            raise ValueError(f"{', '.join(unknown)} is no rule")
        seconds = fields.get("seconds_per_block", SECONDS_PER_BLOCK)
        if type(seconds) is not int or not 1 <= seconds <= MOST_SECONDS_PER_BLOCK:
            raise ValueError(f"a block takes 1 to {MOST_SECONDS_PER_BLOCK} seconds, not {seconds!r}")
        return cls(
            multisigs=tuple(
                multisig_account([parse_account(member) for member in listed["members"]], listed["threshold"])
                for listed in fields.get("multisigs", [])
            ),
            vesting=VestingRule(fields.get("vesting", VestingRule.RELEASE)),
            seconds_per_block=seconds,
        )

    def to_json(self) -> dict[str, Any]:
        """For the published result."""
        return {
            "multisigs": [f"0x{account.hex()}" for account in self.multisigs],
            "vesting": str(self.vesting),
            "seconds_per_block": self.seconds_per_block,
        }
