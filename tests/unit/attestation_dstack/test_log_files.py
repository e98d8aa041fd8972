# SPDX-License-Identifier: Apache-2.0
"""Logs as files: a firmware's CCEL and dstack's JSON, read into events and the compact form."""

from __future__ import annotations

import copy
import json
import struct

import pytest

from pha.attestation.dstack.ccel import parse_ccel
from pha.attestation.dstack.errors import EventLogError
from pha.attestation.dstack.event_log import compact_log, parse_event_log
from pha.attestation.dstack.measured import event_digest, replay
from tests.unit.attestation_dstack.guest import REAL, compact, digest

GUEST = REAL["with_instance"]


def header(algorithms=((12, 48),), signature=b"Spec ID Event03\0") -> bytes:
    body = signature + struct.pack("<IBBBB", 0, 0, 2, 106, 2) + struct.pack("<I", len(algorithms))
    body += b"".join(struct.pack("<HH", *one) for one in algorithms) + b"\0"
    return struct.pack("<II", 0, 3) + bytes(20) + struct.pack("<I", len(body)) + body


def entry(index: int, kind: int, digests, payload: bytes = b"") -> bytes:
    packed = b"".join(struct.pack("<H", algorithm) + value for algorithm, value in digests)
    return struct.pack("<III", index, kind, len(digests)) + packed + struct.pack("<I", len(payload)) + payload


def ccel_of(events, end=b"\xff" * 64) -> bytes:
    """A firmware's log of events as dstack's JSON has them."""
    return (
        header()
        + b"".join(
            entry(event["imr"] + 1, event["event_type"], [(12, bytes.fromhex(event["digest"]))], b"data")
            for event in events
            if event["imr"] < 3
        )
        + end
    )


@pytest.mark.parametrize("end", [b"\xff" * 64, b"", b"\xff\xff\xff\xff"], ids=["padded", "bare", "ended"])
def test_ccel_leads_to_the_quotes_registers(end):
    events = parse_ccel(ccel_of(GUEST["events"], end))
    assert [value.hex() for value in replay(events)[:3]] == GUEST["rtmrs"][:3]
    assert {event.payload for event in events} == {b"data"}


def test_ccel_leaves_out_what_extends_nothing_and_mrtd():
    log = header() + entry(1, 3, [(12, b"\1" * 48)]) + entry(0, 4, [(12, b"\2" * 48)]) + entry(4, 4, [(12, b"\3" * 48)])
    assert [(event.register, event.digest) for event in parse_ccel(log)] == [(3, b"\3" * 48)]


def test_ccel_takes_sha384_among_several_digests():
    log = header(((11, 32), (12, 48))) + entry(2, 4, [(11, b"\1" * 32), (12, b"\2" * 48)])
    assert [event.digest for event in parse_ccel(log)] == [b"\2" * 48]


@pytest.mark.parametrize(
    "log",
    [
        b"",
        header(signature=b"Spec ID Event02\0"),
        header(((12, 32),)),
        header(((11, 32),)) + entry(1, 4, [(11, bytes(32))]),
        header() + entry(1, 4, [(11, bytes(32))]),
        header() + entry(5, 4, [(12, bytes(48))]),
        header() + entry(1, 4, [(12, bytes(48))])[:-1],
        b"\0\0\0\0\4\0\0\0" + header()[8:],
    ],
    ids=["empty", "signature", "size", "no SHA-384", "unlisted", "register", "cut off", "no header"],
)
def test_ccel_that_is_none_is_refused(log):
    with pytest.raises(EventLogError, match="Malformed"):
        parse_ccel(log)


def test_compact_log_is_events_then_digests():
    later = [{"imr": 3, "event_type": 0x08000001, "digest": "", "event": "mine", "event_payload": "aa"}]
    log = compact_log(parse_event_log(json.dumps(GUEST["events"] + later)))
    runtime = [
        (event["event"].encode(), bytes.fromhex(event["event_payload"]))
        for event in GUEST["events"]
        if event["imr"] == 3
    ]
    assert log == compact(runtime) + digest(b"mine", b"\xaa")


def test_a_log_as_the_guest_agent_answers_is_read_too():
    text = json.dumps(GUEST["events"])
    assert parse_event_log(json.dumps({"quote": "00", "event_log": text})) == parse_event_log(text)


@pytest.mark.parametrize("form", [1, 2])
def test_the_form_of_an_event_follows_from_its_digest(form):
    given = {"imr": 3, "event_type": 0x08000001, "event": "app-id", "event_payload": "11" * 20}
    (with_digest,) = parse_event_log(json.dumps([given | {"digest": digest(b"app-id", b"\x11" * 20, form).hex()}]))
    (with_version,) = parse_event_log(json.dumps([given | {"version": form}]))
    assert with_digest == with_version
    assert with_digest.format == form


def test_a_digest_that_is_not_the_events_is_refused():
    events = copy.deepcopy(GUEST["events"])
    events[-1]["digest"] = "00" * 48
    with pytest.raises(EventLogError, match="the digest is not that"):
        parse_event_log(json.dumps(events))


@pytest.mark.parametrize("key", ["imr", "event_type", "event", "event_payload"])
def test_an_event_without_a_field_is_refused(key):
    broken = {name: value for name, value in GUEST["events"][-1].items() if name != key}
    with pytest.raises(EventLogError, match="Malformed"):
        parse_event_log(json.dumps([broken]))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"imr": 4, "event_type": 1, "event": "", "event_payload": ""}]'])
def test_a_text_that_is_no_log_is_refused(text):
    with pytest.raises(EventLogError, match="Malformed"):
        parse_event_log(text)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"event": "a:b"}, "EventName"),
        ({"event_payload": "00" * 65536}, "EventPayload"),
        ({"event_type": 1, "digest": "00" * 48}, "LogForm"),
    ],
    ids=["name", "payload", "not dstack's"],
)
def test_what_can_not_be_told_in_the_compact_form_is_refused(change, reason):
    events = copy.deepcopy(GUEST["events"])
    events[-2].update({"digest": ""} | change)
    with pytest.raises(EventLogError, match=reason):
        compact_log(parse_event_log(json.dumps(events)))


def test_a_log_that_ends_before_system_ready_is_refused():
    with pytest.raises(EventLogError, match="ends before system-ready"):
        compact_log(parse_event_log(json.dumps(GUEST["events"][:-1])))


@pytest.mark.parametrize("form", [0, 3])
def test_there_are_two_forms_of_events(form):
    with pytest.raises(ValueError, match="forms 1 and 2"):
        event_digest("app-id", b"", form)
    assert event_digest("app-id", b"", 1) == digest(b"app-id", b"")
