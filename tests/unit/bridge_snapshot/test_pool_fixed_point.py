# SPDX-License-Identifier: Apache-2.0
"""The pools' arithmetic against exact fractions cut off where the pallets cut them off."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.pool_fixed_point import PoolArithmeticError, from_fixed, share_price, to_fixed, value_of_shares

PHA = 10**12
balances = st.integers(0, 10**9 * PHA)


def cut(number: Fraction, bits: int) -> Fraction:
    """`number` rounded down to a multiple of 2^-bits."""
    return Fraction(floor(number * 2**bits), 2**bits)


def test_whole_supply_goes_through_unchanged() -> None:
    """The pallet's own test: a supply of 10^9 PHA does not overflow and comes back whole."""
    assert to_fixed(10**9 * PHA) == 10**9 << 64
    assert from_fixed(10**9 << 64) == 10**9 * PHA


def test_a_price_of_one_loses_a_unit_unless_the_amount_is_dyadic() -> None:
    assert share_price(PHA, PHA) == 1 << 64
    assert to_fixed(1) == 281 << 16  # 2^48 / 10^12 = 281.47…
    assert value_of_shares(1, 1 << 64) == 0
    assert value_of_shares(PHA // 2, 1 << 64) == PHA // 2
    assert value_of_shares(PHA // 5, 1 << 64) == PHA // 5 - 1


@given(balances, balances, balances)
@settings(max_examples=150)
def test_value_is_the_fraction_cut_off_at_every_step(value: int, total: int, shares: int) -> None:
    cut_total = cut(Fraction(total, PHA), 48)
    price = share_price(value, total)
    if not cut_total:
        assert price is None
        return
    exact_price = cut(cut(Fraction(value, PHA), 48) / cut_total, 64)
    assert price == exact_price * 2**64
    product = cut(cut(Fraction(shares, PHA), 48) * exact_price, 64)
    if product >= 2**64:
        with pytest.raises(PoolArithmeticError):
            value_of_shares(shares, price)
        return
    units = cut(product, 48) * PHA
    if units * 2**48 >= 2**128:
        with pytest.raises(PoolArithmeticError):
            value_of_shares(shares, price)
    else:
        assert value_of_shares(shares, price) == floor(units)


@pytest.mark.parametrize("balance", [-1, 2**80, 2**128])
def test_balance_beyond_the_fixed_point_is_refused(balance: int) -> None:
    with pytest.raises(PoolArithmeticError):
        to_fixed(balance)


def test_price_beyond_the_fixed_point_is_refused() -> None:
    assert share_price(10**9 * PHA, PHA) == 10**9 << 64
    with pytest.raises(PoolArithmeticError):
        share_price(10**9 * PHA, 4)
    assert share_price(5, 0) is None
