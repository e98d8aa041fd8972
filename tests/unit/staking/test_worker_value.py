# SPDX-License-Identifier: Apache-2.0
"""The integers that the contracts compute, against the same formulas in rational numbers and 60 digits.

Each function rounds once, by under a wei. Over a worker's life the value is compared with one that is never rounded.
The contracts are compared with these integers in the tests of the registry and of the schedule.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.staking.workers import (
    BPS,
    ONE,
    Rates,
    after_payout,
    decayed,
    exact_grown,
    exact_share,
    grown,
    initial_value,
    share_of,
)

VALUES = st.integers(0, 30_000 * ONE)
PERFORMANCES = st.integers(50, 10**6)
CONFIDENCES = st.sampled_from([10_000, 8_000, 7_000])


@settings(max_examples=100)
@given(value=VALUES, performance=st.integers(0, 1_200_000), conf=CONFIDENCES, weight=st.integers(1_000, 60_000))
def test_a_share_is_the_exact_one_rounded_down(value, performance, conf, weight):
    share = share_of(value, performance, conf, weight)
    exact = exact_share(Fraction(value), performance, conf, weight)
    assert share <= exact + Fraction(1, 10**20)  # the 60 digits' own error
    assert exact < share + 1


@settings(max_examples=100)
@given(value=VALUES, benchmark=PERFORMANCES, bps=st.integers(0, 12_000))
def test_a_days_growth_is_the_exact_one_rounded_down(value, benchmark, bps):
    instant = benchmark * bps // BPS
    error = exact_grown(Fraction(value), instant, benchmark, Rates()) - grown(value, instant, benchmark, Rates())
    assert 0 <= error < 1


@settings(max_examples=50)
@given(stake=st.integers(0, 20_000 * ONE), performance=PERFORMANCES, conf=CONFIDENCES)
def test_an_initial_value_is_the_exact_one_rounded_down(stake, performance, conf):
    exact = (1 + Fraction(3, 10) * Fraction(conf, BPS)) * (stake + Fraction(3, 10) * performance * ONE)
    assert 0 <= exact - initial_value(stake, performance, conf) < 1


@given(value=VALUES, last=VALUES, payout=st.integers(0, 10**6 * ONE))
def test_a_payout_takes_what_was_gained_and_no_more(value, last, payout):
    after = after_payout(value, last, payout)
    assert after == (value - min(value - last, payout) if value > last else value)
    assert min(value, last) <= after <= value


def test_a_value_above_a_lowered_cap_stands_still():
    rates = Rates(max_value=1000 * ONE)
    assert grown(2000 * ONE, 100, 100, rates) == 2000 * ONE
    assert grown(999_999 * ONE // 1000, 100, 100, rates) == 1000 * ONE


def test_a_day_without_an_answer_costs_a_thousandth_an_hour():
    assert decayed(10**6 * ONE, Rates()) / ONE == pytest.approx(10**6 * 0.999**24, rel=1e-15)


def _life(days, rates: Rates) -> Fraction:
    """Greatest distance between a rounded life and one that is not, in wei."""
    value = last = 1000 * ONE
    exact = exact_last = Fraction(1000 * ONE)
    worst = Fraction(0)
    for instant, payout in days:
        if instant is None:
            value = decayed(value, rates)
            exact -= exact * Fraction(rates.loss_e18, ONE)
        else:
            value = grown(value, instant, 100, rates)
            exact = exact_grown(exact, instant, 100, rates)
            value = last = after_payout(value, last, payout)
            exact = exact_last = exact - min(max(exact - exact_last, 0), payout)
        # Fractions grow by 60 bits a day: what is cut here is 2^-128 wei.
        exact, exact_last = (Fraction(int(one * 2**128), 2**128) for one in (exact, exact_last))
        worst = max(worst, abs(exact - value))
    return worst


DAYS = st.tuples(st.one_of(st.none(), st.integers(0, 120)), st.one_of(st.just(0), st.integers(0, 50 * ONE)))


@settings(max_examples=25)
@given(days=st.lists(DAYS, max_size=60))
def test_rounding_over_a_life_stays_within_a_wei_a_day(days):
    """Each day adds under a wei, grown since by at most 0.0058 a day: e^0.35 over 60 days; a payout adds none."""
    assert _life(days, Rates()) <= 2 * max(1, len(days)) * Fraction(3, 2)


@pytest.mark.deep
@settings(max_examples=200, deadline=None)
@given(days=st.lists(DAYS, min_size=300, max_size=365))
def test_rounding_over_a_year_stays_within_thousands_of_wei(days):
    assert _life(days, Rates()) <= 2 * len(days) * 9  # 1.0058^365 = 8.2
