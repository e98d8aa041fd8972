# SPDX-License-Identifier: Apache-2.0
"""What a dstack guest measured while it booted, read from its compact log: the twin of the contract `DstackEventLog`.

Figures as dstack's own verifier reckons them: mr_aggregated and mr_system of its attestation library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from pha.attestation.dstack.errors import EventLogError
from pha.attestation.dstack.event_log import FORMS, READY, is_name
from pha.attestation.dstack.measured import DIGEST_BYTES, event_digest, extend

ORDER = ("app-id", "compose-hash", "instance-id", "boot-mr-done")
LATER = ("os-image-hash", "key-provider")
LENGTHS = {
    "app-id": {20},
    "compose-hash": {32},
    "instance-id": {0, 20},
    "boot-mr-done": {0},
    "os-image-hash": {32},
    READY: {0},
}
REPORT_BYTES = 584


@dataclass(frozen=True)
class Boot:
    """Fields as the contract's struct `DstackBoot` has them; see there what each is worth.

    Attributes:
        app_id: 20 bytes.
        instance_id: 20 bytes, zeros where the app has no instances.
        compose_hash: 32 bytes, as are all below.
        os_image_hash: zeros where there was none.
        key_provider: SHA-256 of the event's payload; zeros where there was none.
        mr_aggregated: over everything.
        mr_system: over what is not the app's.
        boot_mr_aggregated: as it was after `boot-mr-done`.
        boot_mr_system: without key provider.
    """

    app_id: bytes
    instance_id: bytes
    compose_hash: bytes
    os_image_hash: bytes
    key_provider: bytes
    mr_aggregated: bytes
    mr_system: bytes
    boot_mr_aggregated: bytes
    boot_mr_system: bytes

    @property
    def identity(self) -> bytes:
        """The code identity that the registry's policy knows the guest by, 32 bytes: the contract `DstackIdentity`."""
        parts = b"pha.identity.dstack.v1", self.mr_system, self.compose_hash, self.app_id
        return hashlib.sha256(b"".join(parts)).digest()


def read_boot(report: bytes, log: bytes) -> Boot:
    """What the log proves about the guest of a TD report.

    Args:
        report: a TD report body, 584 bytes or more, as a quote carries it.
        log: the compact form.

    Raises:
        EventLogError: with the reason that the contract gives.
    """
    if len(report) < REPORT_BYTES:
        raise EventLogError("ReportTooShort", f"{len(report)} bytes")
    register = booted = bytes(DIGEST_BYTES)
    found: dict[str, bytes] = {}
    position = 0
    for name, payload, digest, end in _events(log):
        position = end
        register = extend(register, digest)
        _check(name, payload, found)
        if name in ORDER or name in LATER:
            found[name] = payload
        if name == "boot-mr-done":
            booted = register
    if (len(log) - position) % DIGEST_BYTES:
        raise EventLogError("LogForm", "digests after system-ready are not whole")
    for start in range(position, len(log), DIGEST_BYTES):
        register = extend(register, log[start : start + DIGEST_BYTES])
    if register != report[472:520]:
        raise EventLogError("RtmrMismatch", f"replayed {register.hex()}, reported {report[472:520].hex()}")
    provider = found.get("key-provider", b"")
    key_provider = hashlib.sha256(provider).digest() if provider else bytes(32)
    return Boot(
        app_id=found["app-id"],
        instance_id=found["instance-id"] or bytes(20),
        compose_hash=found["compose-hash"],
        os_image_hash=found.get("os-image-hash", bytes(32)),
        key_provider=key_provider,
        mr_aggregated=_aggregate(report, register),
        mr_system=_system(report, key_provider),
        boot_mr_aggregated=_aggregate(report, booted),
        boot_mr_system=_system(report, bytes(32)),
    )


def device_id(ppid: bytes) -> bytes:
    """How dstack names a machine: SHA-256 of the 16 bytes of its PPID."""
    return hashlib.sha256(ppid).digest()


def _events(log: bytes) -> Iterator[tuple[str, bytes, bytes, int]]:
    """Name, payload, digest and end of each event up to `system-ready`."""
    position, name = 0, ""
    while name != READY:
        if position + 2 > len(log) or log[position] not in FORMS:
            raise EventLogError("LogForm", f"no event at byte {position}")
        name_end = position + 2 + log[position + 1]
        start = name_end + 2
        end = start + int.from_bytes(log[name_end:start], "big")
        if start > len(log) or end > len(log):
            raise EventLogError("LogForm", f"the event at byte {position} is cut off")
        raw = log[position + 2 : name_end]
        if not is_name(raw):
            raise EventLogError("EventName", raw.hex())
        name, payload = raw.decode(), log[start:end]
        yield name, payload, event_digest(name, payload, log[position]), end
        position = end


def _check(name: str, payload: bytes, found: dict[str, bytes]) -> None:
    if name in LENGTHS and len(payload) not in LENGTHS[name]:
        raise EventLogError("EventPayload", f"{name} has {len(payload)} bytes")
    booted = sum(expected in found for expected in ORDER)
    early = name in ORDER and ORDER.index(name) != booted
    late = (name in LATER or name == READY) and (booted < len(ORDER) or name in found)
    if early or late:
        raise EventLogError("EventOrder", f"{name} after {', '.join(found) or 'nothing'}")


def _system(report: bytes, key_provider: bytes) -> bytes:
    return hashlib.sha256(report[136:184] + report[328:472] + key_provider).digest()


def _aggregate(report: bytes, register: bytes) -> bytes:
    configuration = report[184:328]
    measured = report[136:184] + report[328:472] + register
    return hashlib.sha256(measured + (configuration if any(configuration) else b"")).digest()
