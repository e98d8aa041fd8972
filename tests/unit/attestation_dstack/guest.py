# SPDX-License-Identifier: Apache-2.0
"""A guest that boots: what it extends RTMR3 by, written by hand from dstack's rules, and the report it then has."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

REAL = json.loads((Path(__file__).parent / "real_boots.json").read_text())

APP = bytes.fromhex("11" * 20)
INSTANCE = bytes.fromhex("22" * 20)
COMPOSE = bytes.fromhex("33" * 32)
IMAGE = bytes.fromhex("44" * 32)
PROVIDER = b'{"name":"kms","id":"abcd"}'

BOOT = (
    (b"system-preparing", b""),
    (b"app-id", APP),
    (b"compose-hash", COMPOSE),
    (b"instance-id", INSTANCE),
    (b"boot-mr-done", b""),
    (b"os-image-hash", IMAGE),
    (b"key-provider", PROVIDER),
    (b"storage-fs", b"zfs"),
    (b"system-ready", b""),
)


def digest(name: bytes, payload: bytes, form: int = 1) -> bytes:
    if form == 1:
        return hashlib.sha384(b"\x01\x00\x00\x08:" + name + b":" + payload).digest()
    text = f'{{"name":"{name.decode()}","payload":"{payload.hex()}","type":134217729}}'
    return hashlib.sha384(text.encode()).digest()


def register(digests) -> bytes:
    value = bytes(48)
    for one in digests:
        value = hashlib.sha384(value + one).digest()
    return value


def compact(events, form: int = 1) -> bytes:
    return b"".join(
        bytes([form, len(name)]) + name + len(payload).to_bytes(2, "big") + payload for name, payload in events
    )


def report(rtmr3: bytes, mrtd=b"\x51" * 48, configuration=bytes(144), others=b"\x52" * 144, data=bytes(64)) -> bytes:
    """A TD report body of 584 bytes with these registers."""
    body = bytes(136) + mrtd + configuration + others + rtmr3 + data
    assert len(body) == 584
    return body


def booted(events=BOOT, later=(), form: int = 1, **registers) -> tuple[bytes, bytes]:
    """Report and compact log of a guest that measured these events, and later these digests."""
    digests = [digest(name, payload, form) for name, payload in events]
    return report(register([*digests, *later]), **registers), compact(events, form) + b"".join(later)


def replaced(name: bytes, *events) -> tuple:
    """BOOT with other events in the place of one."""
    return tuple(other for event in BOOT for other in (events if event[0] == name else (event,)))


def real_report(guest: dict) -> bytes:
    rtmrs = [bytes.fromhex(one) for one in guest["rtmrs"]]
    return report(rtmrs[3], bytes.fromhex(guest["mrtd"]), bytes.fromhex(guest["configuration"]), b"".join(rtmrs[:3]))
