# SPDX-License-Identifier: Apache-2.0
"""dstack's JSON event logs, and the compact form of their RTMR3 events that the contract reads.

The compact form is told on chain in `IDstackEventLog`: events up to `system-ready` with name and payload, and what came
afterwards as bare digests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pha.attestation.dstack.errors import EventLogError
from pha.attestation.dstack.measured import (
    DIGEST_BYTES,
    DSTACK_EVENT,
    REGISTERS,
    MeasuredEvent,
    event_digest,
)

READY = "system-ready"
FORMS = (1, 2)
LONGEST_NAME = 32


def parse_event_log(text: str | bytes) -> list[MeasuredEvent]:
    """The events of a dstack log: a JSON list of imr, event_type, digest, event and event_payload.

    A dstack event may lack its digest, which is then computed; which of the two forms it has follows from the digest
    or, without one, from `version`. A digest that fits neither is an error.

    Raises:
        EventLogError: the text is no such list, or a digest is not that of its event.
    """
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise EventLogError("Malformed", f"not JSON: {error}") from None
    if isinstance(entries, dict) and isinstance(entries.get("event_log"), str):
        return parse_event_log(entries["event_log"])  # as the guest agent answers: the list as text, beside the quote
    if not isinstance(entries, list):
        raise EventLogError("Malformed", "not a list of events")
    return [_event(number, entry) for number, entry in enumerate(entries)]


def _event(number: int, entry: Any) -> MeasuredEvent:
    try:
        register, kind, name = entry["imr"], entry["event_type"], entry["event"]
        digest, payload = bytes.fromhex(entry.get("digest", "")), bytes.fromhex(entry["event_payload"])
        version = entry.get("version", 1)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise EventLogError("Malformed", f"event {number}: {error!r}") from None
    if not (
        isinstance(register, int) and 0 <= register < REGISTERS and isinstance(kind, int) and isinstance(name, str)
    ):
        raise EventLogError("Malformed", f"event {number}: imr, event_type or event is of no use")
    if kind != DSTACK_EVENT:
        if len(digest) != DIGEST_BYTES:
            raise EventLogError("Malformed", f"event {number} has no digest of {DIGEST_BYTES} bytes")
        return MeasuredEvent(register, kind, digest, payload=payload)
    for form in FORMS:
        computed = event_digest(name, payload, form)
        if computed == digest or (not digest and form == version):
            return MeasuredEvent(register, kind, computed, name, payload, form)
    raise EventLogError("Malformed", f"event {number}, {name!r}: the digest is not that of name and payload")


def compact_log(events: Iterable[MeasuredEvent]) -> bytes:
    """The compact form of a log's RTMR3 events; those of other registers are passed over.

    Raises:
        EventLogError: an event before `system-ready` has no name and payload or can't be told in the compact form, or
            `system-ready` never comes.
    """
    out, ready = bytearray(), False
    for event in events:
        if event.register != 3:
            continue
        if ready:
            out += event.digest
            continue
        out += _encode(event)
        ready = event.name == READY
    if not ready:
        raise EventLogError("LogForm", f"the log ends before {READY}")
    return bytes(out)


def _encode(event: MeasuredEvent) -> bytes:
    if event.format not in FORMS:
        raise EventLogError("LogForm", "an event before system-ready is none of dstack's")
    name = event.name.encode()
    if not is_name(name):
        raise EventLogError("EventName", repr(event.name))
    if len(event.payload) > 0xFFFF:
        raise EventLogError("EventPayload", f"{event.name} has {len(event.payload)} bytes")
    return b"".join((bytes((event.format, len(name))), name, len(event.payload).to_bytes(2, "big"), event.payload))


def is_name(name: bytes) -> bool:
    """Whether a name can be told in the compact form: printable ASCII, without what would make a digest ambiguous."""
    return 0 < len(name) <= LONGEST_NAME and all(0x20 <= byte <= 0x7E and byte not in b':"\\' for byte in name)
