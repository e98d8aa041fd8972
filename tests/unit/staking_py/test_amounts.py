# SPDX-License-Identifier: Apache-2.0
"""PHA, percentages and times as people write and read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pha.staking.amounts import format_day, format_percent, format_pha, format_time, parse_percent, parse_pha
from pha.staking.errors import AmountInvalid


@pytest.mark.parametrize(
    ("text", "wei"),
    [
        ("0", 0),
        ("1", 10**18),
        ("1,234.5", 12345 * 10**17),
        ("1_000", 10**21),
        (" 0.000000000000000001 ", 1),
        ("1000000000", 10**27),
    ],
)
def test_an_amount_is_read_to_the_wei(text, wei):
    assert parse_pha(text) == wei


@pytest.mark.parametrize(
    "text", ["", "-1", "1e3", "0x10", "1.", ".5", "1.0000000000000000001", "NaN", "1 2", ",1", "一"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(AmountInvalid, match="is not an amount of PHA"):
        parse_pha(text)


@given(st.integers(0, 10**27))
def test_an_amount_comes_back_as_it_went(wei):
    assert parse_pha(format_pha(wei)) == wei


def test_an_amount_is_written_without_idle_zeros():
    assert [format_pha(one) for one in (0, 10**18, 12345 * 10**17, 1, -15 * 10**17)] == [
        "0",
        "1",
        "1,234.5",
        "0.000000000000000001",
        "-1.5",
    ]


def test_percentages_are_basis_points():
    assert [parse_percent(one) for one in ("0", "12.5%", "12.34", "100 %")] == [0, 1250, 1234, 10_000]
    assert [format_percent(one) for one in (0, 5, 1250, 10_000)] == ["0%", "0.05%", "12.5%", "100%"]
    for text in ("12.345", "ten", "-1%"):
        with pytest.raises(AmountInvalid, match="is not a percentage"):
            parse_percent(text)
    with pytest.raises(AmountInvalid, match="more than the whole"):
        parse_percent("100.01")


def test_times_are_utc_and_none_is_a_dash():
    assert format_time(1_700_000_000) == "2023-11-14 22:13"
    assert format_day(20_000) == "2024-10-04"
    assert (format_time(0), format_day(0), format_time(2**64 - 1)) == ("-", "-", "never")
