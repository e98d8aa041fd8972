# SPDX-License-Identifier: Apache-2.0
"""Rounding of each row of the staking README's two tables, held against rational arithmetic written out here.

Every check takes the books before a step and after it, and what the step gave. `loses(exact, given, bound)` says: the
actor has at most what is exact, and less by under the bound.
"""

from __future__ import annotations

from fractions import Fraction

from pha.staking.model import ONE, PoolModel, Request
from pha.staking.vault_model import VaultModel

POOL_VIRTUAL = 1000
BPS = 10_000
PRICE_ONE = 10**15


def loses(exact: Fraction, given: int, bound: Fraction | int = 1) -> None:
    """The actor bears the rounding, all of it under `bound`."""
    assert 0 <= exact - given < bound, float(exact - given)


def pays(exact: Fraction, paid: int, bound: Fraction | int = 1) -> None:
    """The actor pays at least what is exact, and under `bound` more."""
    assert 0 <= paid - exact < bound, float(paid - exact)


# Pools


def price(pool: PoolModel) -> Fraction:
    """Wei a share, the virtual ones counted."""
    return Fraction(pool.active + 1, pool.supply + POOL_VIRTUAL)


def queued(pool: PoolModel) -> Fraction:
    """What all open requests come to, unrounded."""
    return Fraction(pool.norm * pool.factor, ONE)


def worth(pool: PoolModel, request: Request) -> Fraction:
    """What one request comes to, unrounded; of a cohort that no era has passed."""
    cohort = pool.cohorts[request.cohort]
    factor = pool.factor if cohort.factor is None else cohort.factor
    return Fraction(request.norm * factor, ONE)


def check_deposit(before: PoolModel, after: PoolModel, assets: int, shares: int) -> None:
    loses(assets / price(before), shares)
    assert price(after) >= price(before)


def check_mint(before: PoolModel, after: PoolModel, shares: int, assets: int) -> None:
    pays(shares * price(before), assets)
    assert price(after) >= price(before)


def check_request(before: PoolModel, after: PoolModel, shares: int, request: Request) -> None:
    """Rounded down to a wei, then to a norm, which is worth at most a wei."""
    exact = shares * price(before)
    loses(exact, Fraction(request.norm * after.factor, ONE), 2)
    assert 0 <= before.active - after.active <= exact
    assert price(after) >= price(before)
    assert after.active + after.at_exit == before.active + before.at_exit


def check_cancel(before: PoolModel, after: PoolModel, request: Request, shares: int) -> None:
    loses(worth(before, request) / price(before), shares, 1 / price(before) + 1)
    assert price(after) >= price(before)
    assert after.active + after.at_exit == before.active + before.at_exit


def check_settle(before: PoolModel, after: PoolModel, norm: int) -> None:
    exact = Fraction(norm * before.factor, ONE)
    due = after.owed - before.owed
    assert exact - 1 < due < exact + 1
    assert due >= exact.__floor__()
    assert after.owed + after.at_exit == before.owed + before.at_exit


def check_reward(before: PoolModel, after: PoolModel, assets: int, commission: int) -> None:
    loses(Fraction(assets * before.commission_now(), BPS), commission)
    assert after.undripped - before.dripped()[1] == assets - commission


def check_drip(before: PoolModel, elapsed: int, after: PoolModel) -> None:
    """From the last step to the drip's end it comes at an even pace."""
    span = before.drip_ends_at - before.drip_updated_at
    exact = Fraction(before.undripped * min(elapsed, span), span)
    loses(exact, after.active - before.active)


def check_slash(before: PoolModel, after: PoolModel, assets: int, taken: int) -> None:
    """Exact in the sum; between stake and queue out by a wei and by what a unit of F moves."""
    stake = before.active + before.at_exit
    assert taken == min(assets, stake)
    assert after.active + after.at_exit == stake - taken
    unit = Fraction(before.norm, ONE)
    exact = queued(before) * Fraction(stake - taken, stake)
    assert exact - unit <= queued(after) <= exact
    assert exact - unit - 1 < after.at_exit < exact + 1
    assert after.locked <= after.active + after.at_exit


# The vault


def vault_price(vault: VaultModel, value: int) -> Fraction:
    return Fraction(value + 1, vault.supply + 1)


def check_vault_deposit(before: VaultModel, after: VaultModel, assets: int, shares: int) -> None:
    low, high = before.value()
    loses(assets / vault_price(before, high), shares)
    assert vault_price(after, after.value()[0]) >= vault_price(before, low)


def check_vault_mint(before: VaultModel, after: VaultModel, shares: int, assets: int) -> None:
    low, high = before.value()
    pays(shares * vault_price(before, high), assets)
    assert vault_price(after, after.value()[0]) >= vault_price(before, low)


def check_fee(before: VaultModel, after: VaultModel, bps: int) -> None:
    """The recipient never has more than the fee of what the price rose, and less by what two steps of the price are."""
    low, _ = before.value()
    risen = vault_price(before, low) - Fraction(before.mark, PRICE_ONE)
    shares = after.supply - before.supply
    if risen <= 0:
        assert shares == 0
        return
    left = vault_price(before, low) - risen * bps / BPS
    exact = (low + 1) / left - (before.supply + 1)
    loses(exact, shares, 1 + 2 * Fraction(before.supply + 1, PRICE_ONE) / left)
    assert Fraction(after.mark, PRICE_ONE) >= left


def check_fill(before: VaultModel, after: VaultModel, controller: str) -> None:
    """Whoever is filled has at most their shares' worth, and under a wei less; those who stay lose nothing by it."""
    low, _ = before.value()
    shares = before.supply - after.supply
    assets = after.owed - before.owed
    exact = shares * vault_price(before, low)
    bound = 1 if assets < before.idle else 1 + vault_price(before, low)
    loses(exact, assets, bound)
    assert vault_price(after, after.value()[0]) >= vault_price(before, low)
    assert after.claimables[controller].assets >= assets


def check_vault_claim(before: VaultModel, after: VaultModel, wanted: int, in_assets: bool, controller: str) -> None:
    """Pro rata; in shares the wei are rounded down, in wei the shares up."""
    due, left = before.claimables[controller], after.claimables[controller]
    paid, given = due.assets - left.assets, due.shares - left.shares
    if in_assets:
        assert paid == wanted
        pays(Fraction(wanted * due.shares, due.assets), given)
    else:
        assert given == wanted
        loses(Fraction(wanted * due.assets, due.shares), paid)
    assert before.owed - after.owed == paid
