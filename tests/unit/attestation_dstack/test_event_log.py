# SPDX-License-Identifier: Apache-2.0
"""Event logs of dstack guests, on chain and in Python, against hashlib and against what real guests measured."""

from __future__ import annotations

import hashlib
import json
import random

import ape
import pytest

from pha.attestation.dstack.boot import Boot, read_boot
from pha.attestation.dstack.errors import EventLogError
from pha.attestation.dstack.event_log import compact_log, parse_event_log
from pha.attestation.dstack.measured import replay
from tests.unit.attestation_dstack.guest import (
    APP,
    BOOT,
    COMPOSE,
    IMAGE,
    INSTANCE,
    PROVIDER,
    REAL,
    booted,
    compact,
    digest,
    real_report,
    register,
    replaced,
    report,
)

GUESTS = ("with_instance", "without_instance")


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.DstackEventLog)


def outcome_of(body: bytes, log: bytes) -> str | Boot:
    """What the library says: the reason of a refusal, or what is proven."""
    try:
        return read_boot(body, log)
    except EventLogError as error:
        return error.reason


@pytest.fixture
def judge(reader):
    """Callable `(report, log)`: what contract and library say of it, having been found to say the same."""

    def ask(body: bytes, log: bytes) -> str | Boot:
        defect, boot = reader.read(body, log)
        name = bytes(defect).rstrip(b"\0").decode()
        expected = outcome_of(body, log)
        if name:
            assert name == expected
        else:
            app, instance, *hashes = boot
            assert Boot(bytes.fromhex(app[2:]), bytes.fromhex(instance[2:]), *map(bytes, hashes)) == expected
        return expected

    return ask


def events_of(guest: str) -> list[dict]:
    return REAL[guest]["events"]


@pytest.mark.parametrize("guest", GUESTS)
def test_real_log_leads_to_every_register_of_the_quote(reader, guest):
    events = parse_event_log(json.dumps(events_of(guest)))
    assert [value.hex() for value in replay(events)] == REAL[guest]["rtmrs"]
    for index, expected in enumerate(REAL[guest]["rtmrs"]):
        head, tail = reader.replay(b"".join(event.digest for event in events if event.register == index))
        assert (bytes(head) + bytes(tail)).hex() == expected


@pytest.mark.parametrize("guest", GUESTS)
def test_real_boot_proves_what_its_events_say(judge, guest):
    log = compact_log(parse_event_log(json.dumps(events_of(guest))))
    boot = judge(real_report(REAL[guest]), log)
    said = {event["event"]: bytes.fromhex(event["event_payload"]) for event in events_of(guest)}
    assert boot.app_id == said["app-id"]
    assert boot.instance_id == (said["instance-id"] or bytes(20))
    assert boot.compose_hash == said["compose-hash"]
    assert boot.os_image_hash == said["os-image-hash"]
    assert boot.key_provider == hashlib.sha256(said["key-provider"]).digest()


def test_real_boots_aggregate_is_the_one_that_dstack_told(judge):
    guest = REAL["without_instance"]
    log = compact_log(parse_event_log(json.dumps(guest["events"])))
    assert judge(real_report(guest), log).mr_aggregated.hex() == guest["mr_aggregated"]


@pytest.mark.parametrize("form", [1, 2])
@pytest.mark.parametrize("later", [0, 1, 3])
def test_boot_is_proven_in_both_forms_and_whatever_comes_later(judge, form, later):
    digests = [random.Random(seed).randbytes(48) for seed in range(later)]
    body, log = booted(later=digests, form=form)
    boot = judge(body, log)
    measured = body[136:184] + body[328:472]
    assert (boot.app_id, boot.instance_id, boot.compose_hash) == (APP, INSTANCE, COMPOSE)
    assert boot.os_image_hash == IMAGE
    assert boot.key_provider == hashlib.sha256(PROVIDER).digest()
    assert boot.mr_aggregated == hashlib.sha256(measured + body[472:520]).digest()
    assert boot.mr_system == hashlib.sha256(measured + boot.key_provider).digest()
    early = register(digest(*event, form) for event in BOOT[:5])
    assert boot.boot_mr_aggregated == hashlib.sha256(measured + early).digest()


@pytest.mark.parametrize("place", [0, 47, 48, 95, 96, 143])
def test_aggregate_counts_the_owners_registers_where_any_byte_is_set(judge, place):
    configuration = bytes(place) + b"\x01" + bytes(143 - place)
    body, log = booted(configuration=configuration)
    expected = hashlib.sha256(body[136:184] + body[328:520] + configuration).digest()
    assert judge(body, log).mr_aggregated == expected


def test_a_boot_without_key_provider_and_image_has_zeros(judge):
    body, log = booted([event for event in BOOT if event[0] not in (b"os-image-hash", b"key-provider")])
    boot = judge(body, log)
    assert (boot.key_provider, boot.os_image_hash) == (bytes(32), bytes(32))
    assert boot.mr_system == hashlib.sha256(body[136:184] + body[328:472] + bytes(32)).digest()


def test_an_empty_note_of_the_key_provider_is_none(judge):
    body, log = booted(replaced(b"key-provider", (b"key-provider", b"")))
    assert judge(body, log).key_provider == bytes(32)


@pytest.mark.parametrize("name", [b"mr-kms", b"rootfs-hash", b"x", b"n" * 32, b"with space~"], ids=bytes.decode)
def test_other_events_before_system_ready_are_passed_over(judge, name):
    events = replaced(b"boot-mr-done", (name, b"\x07" * 32), (b"boot-mr-done", b""), (name, b""))
    assert judge(*booted(events)).app_id == APP


@pytest.mark.parametrize(
    "events",
    [
        replaced(b"app-id", (b"app-id", APP), (b"app-id", APP)),
        replaced(b"compose-hash", (b"compose-hash", COMPOSE), (b"compose-hash", IMAGE)),
        replaced(b"instance-id", (b"instance-id", INSTANCE), (b"instance-id", b"")),
        replaced(b"boot-mr-done", (b"boot-mr-done", b""), (b"boot-mr-done", b"")),
        replaced(b"os-image-hash", (b"os-image-hash", IMAGE), (b"os-image-hash", COMPOSE)),
        replaced(b"key-provider", (b"key-provider", b""), (b"key-provider", PROVIDER)),
        replaced(b"app-id", (b"compose-hash", COMPOSE), (b"app-id", APP)),
        replaced(b"app-id"),
        replaced(b"compose-hash"),
        replaced(b"instance-id"),
        replaced(b"boot-mr-done"),
        replaced(b"app-id", (b"os-image-hash", IMAGE), (b"app-id", APP)),
        replaced(b"app-id", (b"key-provider", PROVIDER), (b"app-id", APP)),
        replaced(b"storage-fs", (b"app-id", APP)),
        ((b"system-ready", b""), *BOOT),
    ],
    ids=lambda events: "+".join(name.decode() for name, _ in events),
)
def test_events_that_matter_come_once_and_in_order(judge, events):
    assert judge(*booted(events)) == "EventOrder"


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        (b"app-id", APP[:19]),
        (b"app-id", APP + b"\0"),
        (b"compose-hash", COMPOSE[:31]),
        (b"compose-hash", COMPOSE + b"\0"),
        (b"instance-id", b"\x22"),
        (b"instance-id", INSTANCE + b"\0"),
        (b"boot-mr-done", b"\0"),
        (b"os-image-hash", b""),
        (b"system-ready", b"\0"),
    ],
)
def test_payload_of_another_length_is_refused(judge, name, payload):
    assert judge(*booted(replaced(name, (name, payload)))) == "EventPayload"


def test_what_the_app_measures_later_changes_nothing(judge):
    forged = [digest(b"app-id", b"\x99" * 20), digest(b"compose-hash", b"\x99" * 32), digest(b"system-ready", b"")]
    assert judge(*booted(later=forged)).app_id == APP


def test_an_event_before_system_ready_can_not_be_hidden_behind_its_digest(judge):
    """The app measures a second boot for itself; the first is given as digests, so that the second looks genuine."""
    forged = [(name, b"\x99" * len(payload)) for name, payload in BOOT]
    digests = [digest(*event) for event in BOOT]
    body = report(register([*digests, *(digest(*event) for event in forged)]))
    hidden = b"".join(digests)
    assert judge(body, hidden + compact(forged)) == "LogForm"
    # Nor behind an event whose name or payload would hold the digests.
    for wrapped in (compact([(b"app-id", hidden)]), compact([(b"other", hidden)])):
        assert judge(body, wrapped + compact(forged)) in ("EventPayload", "RtmrMismatch")


def test_a_name_can_not_be_cut_longer_to_hide_an_event(judge):
    """One digest, two readings: `key-provider` ":" payload, or a name with a colon in it and what is left."""
    body, _ = booted()
    split = PROVIDER.index(b":")
    longer = (b"key-provider:" + PROVIDER[:split], PROVIDER[split + 1 :])
    assert digest(*longer) == digest(b"key-provider", PROVIDER)
    assert judge(body, compact(replaced(b"key-provider", longer))) == "EventName"


@pytest.mark.parametrize(
    "name", [b"", b"n" * 33, b"a:b", b'a"b', b"a\\b", b"a\nb", b"a\x7fb", b"a\xc3\xa9", b"a\0"], ids=repr
)
def test_a_name_that_could_be_ambiguous_is_refused(judge, name):
    assert judge(report(bytes(48)), compact([(name, b"")])) == "EventName"


@pytest.mark.parametrize("form", [0, 3, 255])
def test_another_format_is_refused(judge, form):
    assert judge(report(bytes(48)), compact(BOOT, form)) == "LogForm"


def test_the_formats_of_events_may_be_mixed_and_not_exchanged(judge):
    digests = [digest(*event, 1 + index % 2) for index, event in enumerate(BOOT)]
    body = report(register(digests))
    mixed = b"".join(compact([event], 1 + index % 2) for index, event in enumerate(BOOT))
    assert judge(body, mixed).app_id == APP
    assert judge(body, compact(BOOT, 1)) == "RtmrMismatch"


def test_a_log_cut_off_anywhere_is_refused(judge):
    body, log = booted(later=[bytes(48)])
    whole = len(log)
    for length in [*range(0, whole, 7), whole - 48, whole - 1]:
        assert judge(body, log[:length]) in ("LogForm", "RtmrMismatch"), length
    assert judge(body, log + b"\0") == "LogForm"
    assert judge(body, log).app_id == APP


def test_any_changed_byte_is_refused(judge):
    body, log = booted(later=[bytes(48)])
    for place in random.Random(5).sample(range(len(log)), 40):
        changed = log[:place] + bytes([log[place] ^ (1 << place % 8)]) + log[place + 1 :]
        assert isinstance(judge(body, changed), str), place


def test_a_report_of_another_rtmr3_is_refused(judge):
    body, log = booted()
    assert judge(body[:472] + bytes(48) + body[520:], log) == "RtmrMismatch"
    assert judge(body[:519] + bytes([body[519] ^ 1]) + body[520:], log) == "RtmrMismatch"


@pytest.mark.parametrize(("length", "expected"), [(0, "ReportTooShort"), (583, "ReportTooShort"), (648, None)])
def test_a_report_has_to_be_whole_and_may_be_one_of_tdx_1_5(judge, length, expected):
    body, log = booted()
    outcome = judge((body + bytes(64))[:length], log)
    assert outcome == expected or outcome.app_id == APP


@pytest.mark.parametrize("length", [0, 48, 480])
def test_replay_is_a_fold_of_hashlibs(reader, length):
    data = random.Random(length).randbytes(length)
    head, tail = reader.replay(data)
    assert bytes(head) + bytes(tail) == register(data[i : i + 48] for i in range(0, length, 48))


@pytest.mark.parametrize("length", [1, 47, 49])
def test_replay_refuses_digests_that_are_not_whole(reader, length):
    with ape.reverts(reader.DigestsLength, length=length):
        reader.replay(bytes(length))
