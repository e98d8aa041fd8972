# SPDX-License-Identifier: Apache-2.0
"""What operators are told of workers: what ends when, and how bad that is."""

from __future__ import annotations

import json

import pytest

from pha.attestation.standing import Concern, WorkerStanding, as_json, as_table, date_of, duration, text_of, worst

NOW = 1_000_000
FIELDS = {
    "attested": True,
    "reason": bytes(32),
    "kind": b"intel.tdx".ljust(32, b"\0"),
    "confidence": 2,
    "deviceCount": 8,
    "deviceModel": b"GH100".ljust(32, b"\0"),
    "identity": b"\x01" * 32,
    "platform": b"\x02" * 32,
    "attestedAt": NOW - 10,
    "validUntil": NOW + 100,
}


def worker(key: str = "0xA", **changes) -> WorkerStanding:
    return WorkerStanding.of(key, FIELDS | changes)


def lost(key: str = "0xC") -> WorkerStanding:
    return worker(key, attested=False, reason=b"Expired".ljust(32, b"\0"))


@pytest.mark.parametrize(("warn", "expected"), [(0, Concern.GOOD), (100, Concern.GOOD), (101, Concern.LAPSES_SOON)])
def test_a_worker_is_of_concern_once_it_has_less_left_than_wanted(warn, expected):
    assert worker().concern(NOW, warn) is expected
    assert worker().seconds_left(NOW) == 100
    assert worker().seconds_left(NOW + 101) == 0


def test_a_worker_that_does_not_count_has_nothing_left():
    assert lost().seconds_left(NOW) == 0
    assert lost().concern(NOW, 0) is Concern.NOT_ATTESTED


def test_the_worst_of_several_is_told():
    assert worst([], NOW, 0) is Concern.GOOD
    assert worst([worker()], NOW, 0) is Concern.GOOD
    assert worst([worker(), worker()], NOW, 200) is Concern.LAPSES_SOON
    assert worst([lost(), worker()], NOW, 200) is Concern.NOT_ATTESTED


def test_json_has_every_field_by_name():
    answer = json.loads(as_json([worker()], NOW, 101))
    (found,) = answer["workers"]
    assert (answer["now"], answer["warn_seconds"]) == (NOW, 101)
    assert (found["kind"], found["device_model"], found["device_count"]) == ("intel.tdx", "GH100", 8)
    assert (found["identity"], found["platform"]) == ("0x" + "01" * 32, "0x" + "02" * 32)
    assert (found["seconds_left"], found["concern"]) == (100, "lapses soon")


def test_table_has_what_ends_first_at_the_top():
    text = text_of(as_table([worker("0xA", validUntil=NOW + 90_000), worker("0xB"), lost()], NOW, 200))
    rows = [line for line in text.splitlines() if "0x" in line]
    assert [key for row in rows for key in ("0xA", "0xB", "0xC") if key in row] == ["0xC", "0xB", "0xA"]
    assert [name in row for name, row in zip(("Expired", "lapses soon", "good"), rows, strict=True)] == [True] * 3
    assert "8 GH100" in rows[0]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "-"), (59, "59 s"), (60, "1 min"), (3_661, "1 h 1 min"), (90_000, "1 d 1 h"), (86_400 * 30, "30 d")],
)
def test_durations_have_two_units_at_most(seconds, text):
    assert duration(seconds) == text


def test_dates_are_utc_and_none_is_a_dash():
    assert date_of(0) == "-"
    assert date_of(1_700_000_000) == "2023-11-14 22:13"
