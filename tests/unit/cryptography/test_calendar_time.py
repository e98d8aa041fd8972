# SPDX-License-Identifier: Apache-2.0
"""Dates as certificates and vendors' JSON write them, against Python's `datetime`."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from tests.direct_call import refusal

FORMS = {"fromUtcTime": "%y%m%d%H%M%SZ", "fromGeneralizedTime": "%Y%m%d%H%M%SZ", "fromIso8601": "%Y-%m-%dT%H:%M:%SZ"}
#: RFC 5280 4.1.2.5.1: two digits from 50 on are of the last century; before 1970 nothing is accepted.
LAST_YEAR = {"fromUtcTime": 2049, "fromGeneralizedTime": 9999, "fromIso8601": 9999}


@pytest.fixture(scope="module")
def calendar(project, deployer):
    return deployer.deploy(project.MockCalendarTime)


@pytest.fixture(scope="module", params=list(FORMS))
def form(request):
    return request.param


def written(moment: datetime, form: str) -> bytes:
    # strftime drops zeros in front of small years on some systems; there are none here.
    return moment.strftime(FORMS[form]).encode()


def check(calendar, form: str, moments: list[datetime]) -> None:
    read = getattr(calendar, form)([written(moment, form) for moment in moments])
    assert list(read) == [int(moment.timestamp()) for moment in moments]


def test_first_and_last_seconds_are_read(calendar, form):
    last = datetime(LAST_YEAR[form], 12, 31, 23, 59, 59, tzinfo=UTC)
    check(calendar, form, [datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), last])


def test_every_day_around_a_leap_day_is_read(calendar, form):
    years = [1972, 1999, 2000, 2001, 2004, 2024, 2028, 2048] + [2096, 2100, 2104, 2400] * (form != "fromUtcTime")
    moments = [
        datetime(year, month, 1, 12, 34, 56, tzinfo=UTC) + timedelta(days=days)
        for year in years
        for month in (1, 2, 3, 12)
        for days in (0, 1, 26, 27, 28, 29, 30)
    ]
    check(calendar, form, moments)


def test_any_moment_is_read(calendar, form):
    draw = random.Random(form)
    span = int(datetime(LAST_YEAR[form], 12, 31, tzinfo=UTC).timestamp())
    check(calendar, form, [datetime.fromtimestamp(draw.randrange(span), UTC) for _ in range(300)])


DAYS = [
    (2023, 2, 28, True),
    (2023, 2, 29, False),
    (2024, 2, 29, True),
    (2024, 2, 30, False),
    (2000, 2, 29, True),  # divisible by 400
    (2000, 2, 30, False),
    (2100, 2, 28, True),
    (2100, 2, 29, False),  # by 100 and not by 400
    (2400, 2, 29, True),
    *((2023, month, 31, month not in (2, 4, 6, 9, 11)) for month in range(1, 13)),
    *((2023, month, 30, month != 2) for month in range(1, 13)),
    (2023, 1, 32, False),
    (2023, 12, 32, False),
    (2023, 1, 0, False),
    (2023, 0, 1, False),
    (2023, 13, 1, False),
    (2023, 99, 99, False),
]


@pytest.mark.parametrize(("name", "day"), [(name, day) for name in FORMS for day in DAYS if day[0] <= LAST_YEAR[name]])
def test_date_is_read_only_when_the_day_exists(calendar, name, day):
    year, month, of_month, exists = day
    text = {
        "fromUtcTime": f"{year % 100:02}{month:02}{of_month:02}000000Z",
        "fromGeneralizedTime": f"{year}{month:02}{of_month:02}000000Z",
        "fromIso8601": f"{year}-{month:02}-{of_month:02}T00:00:00Z",
    }[name]
    read = getattr(calendar, name)
    if exists:
        moment = datetime(year, month, of_month, tzinfo=UTC)
        assert list(read([text.encode()])) == [int(moment.timestamp())]
    else:
        with pytest.raises(ValueError, match=r"day|month"):
            datetime(year, month, of_month, tzinfo=UTC)
        assert refusal(read, [text.encode()]) == "MalformedDate"


@pytest.mark.parametrize("clock", ["240000", "236000", "235960", "996060"])
def test_date_is_refused_when_the_time_of_day_does_not_exist(calendar, form, clock):
    day = {"fromUtcTime": "230115", "fromGeneralizedTime": "20230115", "fromIso8601": "2023-01-15T"}[form]
    text = f"{clock[:2]}:{clock[2:4]}:{clock[4:]}" if form == "fromIso8601" else clock
    assert refusal(getattr(calendar, form), [f"{day}{text}Z".encode()]) == "MalformedDate"


def test_utc_time_takes_the_century_from_the_two_digits(calendar):
    texts = [b"700101000000Z", b"991231235959Z", b"000101000000Z", b"491231235959Z"]
    years = [1970, 1999, 2000, 2049]
    assert [datetime.fromtimestamp(time, UTC).year for time in calendar.fromUtcTime(texts)] == years
    for before_the_epoch in (b"500101000000Z", b"691231235959Z"):
        assert refusal(calendar.fromUtcTime, [before_the_epoch]) == "MalformedDate"


@pytest.mark.parametrize("name", ["fromGeneralizedTime", "fromIso8601"])
def test_date_is_refused_when_before_the_epoch(calendar, name):
    for year in ("1969", "0000", "1600"):
        text = f"{year}1231235959Z" if name == "fromGeneralizedTime" else f"{year}-12-31T23:59:59Z"
        assert refusal(getattr(calendar, name), [text.encode()]) == "MalformedDate"


def test_date_is_refused_when_any_character_is_none_of_its_form(calendar, form):
    good = bytearray(written(datetime(2023, 11, 21, 10, 12, 13, tzinfo=UTC), form))
    assert list(getattr(calendar, form)([bytes(good)])) == [
        int(datetime(2023, 11, 21, 10, 12, 13, tzinfo=UTC).timestamp())
    ]
    for position, character in enumerate(good):
        # What stands just below and above the digits, other separators, and a zero.
        for other in b"/:+-. zTt\0":
            if other != character:
                bent = bytes(good[:position]) + bytes([other]) + bytes(good[position + 1 :])
                assert refusal(getattr(calendar, form), [bent]) == "MalformedDate", bent


@pytest.mark.parametrize("text", [b"", b"2023", b"20231121101213", b"2023-11-21T10:12:13"])
def test_date_is_refused_when_it_is_cut(calendar, text):
    for name in FORMS:
        assert refusal(getattr(calendar, name), [text]) == "MalformedDate"
