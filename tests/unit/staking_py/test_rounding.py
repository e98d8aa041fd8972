# SPDX-License-Identifier: Apache-2.0
"""Each row of the README's rounding tables by Hypothesis, on the exact models.

The models are the contracts to the wei: the stateful tests compare them after every step.
"""

from __future__ import annotations

import copy

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pha.staking.model import DAY, PoolModel
from pha.staking.vault_model import Position, VaultModel
from tests.reference import rounding

PHA = 10**18
NOON = 20_000 * DAY + DAY // 2
amounts = st.one_of(st.integers(10**16, 10**19), st.integers(10**16, 10**26))
parts = st.integers(1, 10**6 - 1)
moderate = settings(max_examples=40, deadline=None, derandomize=True, database=None)
deep = settings(max_examples=5_000, deadline=None, database=None)


@st.composite
def pools(draw) -> PoolModel:
    """A pool with a past: deposits, a reward, slashes and requests that divide by nothing."""
    pool = PoolModel("operator", draw(st.integers(0, 5000)), NOON)
    pool.deposit(draw(amounts), "alice")
    pool.deposit(draw(amounts), "bob")
    if pool.supply >= 10**19 and draw(st.booleans()):
        pool.reward(draw(st.integers(1, 10**24)))
        pool.now += draw(st.integers(0, DAY))
    pool.slash(pool.active * draw(parts) // 10**6 // 2)
    pool.request(max(1, pool.balances["alice"] * draw(parts) // 10**6), "alice", "alice")
    pool.slash((pool.active + pool.at_exit) * draw(parts) // 10**6 // 2)
    assume(pool.generation == pool.era == 0)
    return pool


def deposit(pool, data):
    assets, before = data.draw(amounts), accrued(pool)
    assume(assets <= 2**90 - 1 - before.active)
    rounding.check_deposit(before, pool, assets, pool.deposit(assets, "carol"))


def mint(pool, data):
    before = accrued(pool)
    shares = int(2 * data.draw(amounts) / rounding.price(before)) + data.draw(st.integers(0, 10**6))
    assume(shares + before.supply < 2**111)
    assume(shares * rounding.price(before) < 2**90 - 1 - before.active)
    rounding.check_mint(before, pool, shares, pool.mint(shares, "carol"))


def request(pool, data):
    before = accrued(pool)
    shares = data.draw(st.integers(1, pool.balances["bob"]))
    rounding.check_request(before, pool, shares, pool.request(shares, "bob", "bob"))


def cancel(pool, data):
    before = accrued(pool)
    made = copy.copy(pool.requests["alice", 0])
    rounding.check_cancel(before, pool, made, pool.cancel("alice", 0))


def settle(pool, data):
    pool.request(data.draw(st.integers(1, pool.balances["bob"])), "bob", "bob")
    pool.now += 1 * DAY
    pool.accrue()
    pool.request(max(1, pool.balances["bob"] // 3), "carol", "bob") if pool.balances["bob"] else None
    pool.now += 6 * DAY
    before = accrued(pool)
    pool.settle(1)
    assert pool.settled == 1
    rounding.check_settle(before, pool, before.cohorts[0].norm)


def claim(pool, data):
    """Whole, or in two parts: together at most what one claim pays, and each part under two wei less than its own."""
    pool.now += 8 * DAY
    pool.settle()
    made = copy.copy(pool.requests["alice", 0])
    whole = rounding.worth(pool, made)
    first = data.draw(st.integers(1, made.shares))
    paid, given_up = pool.claim(first, False, "alice")
    assert given_up == first
    rounding.loses(whole * first / made.shares, paid, 2)
    rest = pool.claim(made.shares - first, False, "alice")[0] if first < made.shares else 0
    rounding.loses(whole, paid + rest, 2)


def claim_assets(pool, data):
    """So many wei cost the norms that bring them: never fewer wei than were asked for, at most one more."""
    pool.now += 8 * DAY
    pool.settle()
    due = pool.claimable("alice")[1]
    assume(due > 0)
    wanted = data.draw(st.integers(1, due))
    norm = pool.requests["alice", 0].norm
    paid, _ = pool.claim(wanted, True, "alice")
    assert wanted <= paid <= wanted + 1
    left = pool.requests["alice", 0].norm if ("alice", 0) in pool.requests else 0
    factor = pool.cohorts[0].factor
    rounding.pays(rounding.Fraction(paid << 111, factor), norm - left, rounding.Fraction(1 << 111, factor) + 1)


def reward(pool, data):
    assume(pool.supply >= 10**19)
    assets, before = data.draw(st.integers(1, 10**25)), accrued(pool)
    rounding.check_reward(before, pool, assets, pool.reward(assets))
    before, elapsed = copy.deepcopy(pool), data.draw(st.integers(0, DAY + 10))
    pool.now += elapsed
    pool.accrue()
    rounding.check_drip(before, elapsed, pool)


def slash(pool, data):
    before = accrued(pool)
    stake = before.active + before.at_exit
    assets = data.draw(st.one_of(st.integers(0, 10), st.integers(0, stake - 1)))
    taken = pool.slash(assets)
    assume(pool.generation == pool.era == 0)
    rounding.check_slash(before, pool, assets, taken)


def accrued(pool: PoolModel) -> PoolModel:
    """The books as a step finds them."""
    pool.accrue()
    return copy.deepcopy(pool)


ROWS = [deposit, mint, request, cancel, settle, claim, claim_assets, reward, slash]


def holds_for(row, subjects, how):
    @how
    @given(subject=subjects, data=st.data())
    def test(subject, data):
        row(subject, data)

    test()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_pools_rounding_is_the_actors_loss_and_no_more_than_stated(row):
    holds_for(row, pools(), moderate)


@pytest.mark.deep
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_pools_rounding_at_depth(row):
    holds_for(row, pools(), deep)


# The vault


@st.composite
def vaults(draw) -> VaultModel:
    """A vault with PHA in a pool that has earned and lost, at a fee, with a request in its queue."""
    pool = PoolModel("operator", 0, NOON)
    vault = VaultModel("vault", "owner", NOON, {"pool": pool}, {"pool": Position(2**90)})
    assets = draw(st.integers(10**19, 10**27))
    vault.deposit(assets, "alice")
    vault.deposit(draw(amounts), "bob")
    vault.delegate_to("pool", max(10**16, assets * draw(parts) // 10**6))
    if pool.supply >= 10**19:
        pool.reward(draw(st.integers(1, 10**26)))
        vault.at(NOON + 2 * DAY)
    pool.slash(pool.dripped()[0] * draw(parts) // 10**6 // 3)
    assume(pool.generation == 0)
    vault.sync()
    vault.request(max(1, vault.balances["bob"] * draw(parts) // 10**6), "bob", "bob")
    vault.fee_bps = draw(st.integers(0, 5000))
    return vault


def vault_deposit(vault, data):
    assets = data.draw(amounts)
    before = copy.deepcopy(vault)
    rounding.check_vault_deposit(before, vault, assets, vault.deposit(assets, "carol"))


def vault_mint(vault, data):
    shares = data.draw(amounts) * 100
    before = copy.deepcopy(vault)
    assume(shares * rounding.vault_price(before, before.value()[1]) < 2**88)
    assume(shares * rounding.vault_price(before, before.value()[1]) > 10**16)
    rounding.check_vault_mint(before, vault, shares, vault.mint(shares, "carol"))


def vault_fee(vault, data):
    """After any rise of the price, from one of its last digit on."""
    gain = data.draw(st.one_of(st.integers(1, 10**13), st.integers(1, 10**26)))
    pool = vault.pools["pool"]
    assume(pool.supply >= 10**19)
    pool.reward(gain)
    vault.at(vault.now + 2 * DAY)
    before = copy.deepcopy(vault)
    vault.sync()
    rounding.check_fee(before, vault, before.fee_bps)
    again = vault.supply
    vault.sync()
    assert vault.supply == again  # nothing is taken of the same rise twice


def vault_fill(vault, data):
    vault.at(vault.now + 8 * DAY)
    assume(vault.idle)
    before = copy.deepcopy(vault)
    vault.fill(1)
    assume(vault.supply < before.supply)
    rounding.check_fill(before, vault, "bob")


def vault_claim(vault, data):
    vault.at(vault.now + 8 * DAY)
    vault.fill(1)
    due = vault.claimables.get("bob")
    assume(due is not None and due.assets and due.shares)
    in_assets = data.draw(st.booleans())
    wanted = data.draw(st.integers(1, due.assets if in_assets else due.shares))
    before = copy.deepcopy(vault)
    vault.claim(wanted, in_assets, "bob")
    rounding.check_vault_claim(before, vault, wanted, in_assets, "bob")
    left = vault.claimables["bob"]
    if left.shares:
        vault.claim(left.shares, False, "bob")
    assert vault.claimables["bob"].assets == 0  # whoever claims everything leaves nothing behind


VAULT_ROWS = [vault_deposit, vault_mint, vault_fee, vault_fill, vault_claim]


@pytest.mark.parametrize("row", VAULT_ROWS, ids=lambda row: row.__name__)
def test_vaults_rounding_is_the_actors_loss_and_no_more_than_stated(row):
    holds_for(row, vaults(), moderate)


@pytest.mark.deep
@pytest.mark.parametrize("row", VAULT_ROWS, ids=lambda row: row.__name__)
def test_vaults_rounding_at_depth(row):
    holds_for(row, vaults(), deep)
