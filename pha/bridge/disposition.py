# SPDX-License-Identifier: Apache-2.0
"""What happens to the PHA of each class of accounts.

Only what is claimable is put into the bridge. The rest stays where it is until the DAO votes on it, except
for accounts that were a way of destroying tokens: nobody has a right to those, so nobody is to be asked.
"""

from __future__ import annotations

from enum import StrEnum

from pha.bridge.accounts import CLAIMABLE_CLASSES, AccountClass


class Disposition(StrEnum):
    """What becomes of an amount; the values stand in the reports."""

    CLAIMABLE = "claimable"
    TREASURY = "treasury by vote"
    EXCLUDED = "excluded"


_DESTROYED = frozenset({AccountClass.ZERO, AccountClass.SMALL_ORDER})


def disposition_of(account_class: AccountClass) -> Disposition:
    """Claimable where somebody can sign, out for good where it was destroyed, else for the DAO to decide.

    The DAO's part are the pallets' own funds (treasury, subsidy pool), sovereign accounts and bridge reserves, whose
    PHA belongs to holders on other chains, and what strayed onto accounts of pools. Dust is paid like anything else.
    """
    if account_class in CLAIMABLE_CLASSES:
        return Disposition.CLAIMABLE
    return Disposition.EXCLUDED if account_class in _DESTROYED else Disposition.TREASURY
