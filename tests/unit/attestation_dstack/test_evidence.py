# SPDX-License-Identifier: Apache-2.0
"""Machines and instances of dstack bound to attested keys, and what that is worth at each question."""

from __future__ import annotations

import hashlib

import ape
import pytest

from pha.attestation.dstack.boot import read_boot
from tests.unit.attestation_dstack.conftest import DEVICE, KEY, OTHER_KEY, PPID
from tests.unit.attestation_dstack.guest import APP, COMPOSE, INSTANCE, booted, compact, replaced

WORD, ON_DEVICE, OF_INSTANCE = range(3)
INVALID, REFUSED, ACCEPTED = range(3)
CHALLENGE = b"\x0c" * 32
EVIDENCE = b"evidence"
REPORT, LOG = booted(later=[b"\x07" * 48])
PROVEN = read_boot(REPORT, LOG)
IDENTITY = hashlib.sha256(b"pha.identity.dstack.v1" + PROVEN.mr_system + COMPOSE + APP).digest()


@pytest.fixture
def bound_device(dstack, attest):
    attest()
    dstack.evidence.bindDevice(KEY, sender=dstack.owner)
    return dstack.evidence


def holder(key=KEY, challenge=CHALLENGE, identity=IDENTITY) -> bytes:
    """What the made-up registry demands of report data."""
    return hashlib.sha256(bytes.fromhex(key[2:]).rjust(32, b"\0") + challenge + identity + bytes(32)).digest()


@pytest.fixture
def prove(dstack):
    """Callable `(...)`: have the verifier find a report in EVIDENCE, by default that of `booted()` with KEY in it."""

    def prove(key=KEY, data=None, **given):
        body = REPORT[:520] + (holder(key) + bytes(32) if data is None else data)
        verdict = {
            "kind": b"intel.tdx".ljust(32, b"\0"),
            "outcome": ACCEPTED,
            "status": 1,
            "reason": bytes(32),
            "validUntil": 2_000,
            "evaluationNumber": 1,
            "platform": PPID.ljust(32, b"\0"),
            "platformModel": bytes(32),
            "collateral": bytes(32),
            "certificate": bytes(32),
            "advisories": [],
            "report": body,
        } | given
        dstack.attestations.setVerdict(EVIDENCE, verdict, sender=dstack.operator)

    return prove


@pytest.fixture
def bind(dstack, attest, prove):
    """Callable `(key, log, challenge)`: bind the instance of EVIDENCE."""

    def bind(key=KEY, log=LOG, challenge=CHALLENGE):
        return dstack.evidence.bindInstance(key, challenge, EVIDENCE, log, sender=dstack.owner)

    return bind


@pytest.fixture
def bound_instance(dstack, attest, prove, bind):
    attest(identity=IDENTITY)
    prove()
    bind()
    return dstack.evidence


def test_identity_is_of_system_compose_hash_and_app(dstack):
    reason, identity = dstack.event_log.identityOf(REPORT, LOG)
    assert (bytes(reason), bytes(identity)) == (bytes(32), IDENTITY)
    assert PROVEN.identity == IDENTITY
    reason, identity = dstack.event_log.identityOf(REPORT, LOG[:-1])
    assert (bytes(reason).rstrip(b"\0"), bytes(identity)) == (b"LogForm", bytes(32))


@pytest.mark.parametrize(
    ("name", "event"),
    [("compose-hash", (b"compose-hash", bytes(32))), ("app-id", (b"app-id", bytes(20))), ("key-provider", None)],
)
def test_identity_differs_with_anything_that_matters(dstack, name, event):
    body, log = booted(replaced(name.encode(), *([event] if event else [])))
    reason, identity = dstack.event_log.identityOf(body, log)
    assert bytes(reason) == bytes(32)
    assert bytes(identity) != IDENTITY


def test_identity_is_that_of_all_instances(dstack):
    body, log = booted(replaced(b"instance-id", (b"instance-id", b"\x09" * 20)))
    assert bytes(dstack.event_log.identityOf(body, log)[1]) == IDENTITY


def test_device_id_is_sha256_of_the_ppid(dstack):
    assert bytes(dstack.evidence.deviceIdOf(PPID.ljust(32, b"\0"))) == hashlib.sha256(PPID).digest()


def test_word_needs_no_binding(dstack, boot_info):
    assert dstack.evidence.objectionTo(boot_info(), WORD, True) == ""


def test_device_needs_a_bound_key(dstack, attest, boot_info):
    attest()
    missing = "Attestation: no key is bound to the device"
    assert dstack.evidence.objectionTo(boot_info(), ON_DEVICE, False) == missing
    receipt = dstack.evidence.bindDevice(KEY, sender=dstack.owner)
    (event,) = receipt.events
    assert (bytes(event.deviceId), event.newKey) == (DEVICE, KEY)
    assert dstack.evidence.objectionTo(boot_info(), ON_DEVICE, False) == ""
    assert dstack.evidence.objectionTo(boot_info(deviceId=b"\x01" * 32), ON_DEVICE, False) == missing


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"attested": False}, "the bound key is not attested now"),
        ({"platform": b"\x01" * 16 + bytes(16)}, "the bound key is now attested as something else"),
        ({"kind": b"intel.sgx".ljust(32, b"\0")}, "the bound key is now attested as something else"),
    ],
)
def test_device_binding_counts_while_the_key_does(bound_device, attest, boot_info, change, objection):
    assert bound_device.objectionTo(boot_info(), ON_DEVICE, False) == ""
    attest(**change)
    assert bound_device.objectionTo(boot_info(), ON_DEVICE, False) == f"Attestation: {objection}"
    attest()
    assert bound_device.objectionTo(boot_info(), ON_DEVICE, False) == ""


@pytest.mark.parametrize("confidence", [1, 2, 5])
@pytest.mark.parametrize("up_to_date", [True, False])
def test_up_to_date_is_confidence_one(bound_device, attest, boot_info, confidence, up_to_date):
    attest(confidence=confidence)
    holds = confidence == 1 or not up_to_date
    objection = bound_device.objectionTo(boot_info(), ON_DEVICE, up_to_date)
    assert objection == ("" if holds else "Attestation: the platform is not up to date")


def test_only_attested_tdx_keys_are_bound(dstack, attest, bind):
    attest(attested=False, reason=b"Expired".ljust(32, b"\0"))
    with ape.reverts(dstack.evidence.KeyNotAttested):
        dstack.evidence.bindDevice(KEY, sender=dstack.owner)
    attest(kind=b"intel.sgx".ljust(32, b"\0"))
    with ape.reverts(dstack.evidence.KindNotTdx):
        dstack.evidence.bindDevice(KEY, sender=dstack.owner)
    with ape.reverts(dstack.evidence.KindNotTdx):
        bind()


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({}, True),
        ({"validUntil": 2_001}, True),
        ({"validUntil": 1_999}, False),
        ({"confidence": 1, "validUntil": 1_999}, False),
        ({"confidence": 3, "validUntil": 9_999}, False),
    ],
)
def test_a_key_that_counts_gives_way_to_none_worse(dstack, bound_device, attest, change, replaces):
    attest(key=KEY, confidence=2)
    attest(key=OTHER_KEY, **({"confidence": 2} | change))
    if replaces:
        bound_device.bindDevice(OTHER_KEY, sender=dstack.owner)
    else:
        with ape.reverts(bound_device.BetterBound):
            bound_device.bindDevice(OTHER_KEY, sender=dstack.owner)
    assert bound_device.keyOfDevice(DEVICE) == (OTHER_KEY if replaces else KEY)


@pytest.mark.parametrize("change", [{"attested": False}, {"platform": b"\x01" * 16 + bytes(16)}])
def test_a_key_that_counts_no_longer_gives_way_to_any(dstack, bound_device, attest, change):
    attest(key=KEY, **change)
    attest(key=OTHER_KEY, confidence=5, validUntil=1)
    bound_device.bindDevice(OTHER_KEY, sender=dstack.owner)
    assert bound_device.keyOfDevice(DEVICE) == OTHER_KEY


def test_a_key_is_bound_anew_whatever_it_is_worth(dstack, bound_device, attest):
    attest(confidence=5, validUntil=1)
    bound_device.bindDevice(KEY, sender=dstack.owner)
    assert bound_device.keyOfDevice(DEVICE) == KEY


def test_instance_is_bound_and_told(dstack, attest, prove, bind, boot_info):
    attest(identity=IDENTITY)
    prove()
    missing = "Attestation: no key is bound to the instance"
    assert dstack.evidence.objectionTo(boot_info(), OF_INSTANCE, False) == missing
    (event,) = bind().events
    assert (event.appId, event.instanceId, bytes(event.deviceId)) == ("0x" + APP.hex(), "0x" + INSTANCE.hex(), DEVICE)
    assert (event.newKey, bytes(event.identity)) == (KEY, IDENTITY)
    assert dstack.evidence.objectionTo(boot_info(), OF_INSTANCE, True) == ""
    assert dstack.evidence.bindingOf(APP, INSTANCE, DEVICE).key == KEY


def test_instance_is_known_at_boot_and_when_ready(bound_instance, boot_info):
    ready = boot_info(mrAggregated=PROVEN.mr_aggregated, mrSystem=PROVEN.mr_system)
    assert bound_instance.objectionTo(boot_info(), OF_INSTANCE, True) == ""
    assert bound_instance.objectionTo(ready, OF_INSTANCE, True) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"composeHash": b"\x01" * 32},
        {"mrAggregated": b"\x01" * 32},
        {"mrSystem": b"\x01" * 32},
        {"mrAggregated": PROVEN.mr_aggregated},
        {"mrSystem": PROVEN.mr_system},
    ],
    ids=["compose hash", "aggregate", "system", "aggregate of later", "system of later"],
)
def test_what_is_said_must_be_what_was_proven(bound_instance, boot_info, change):
    objection = bound_instance.objectionTo(boot_info(**change), OF_INSTANCE, False)
    assert objection == "Attestation: the instance is attested as something else"


@pytest.mark.parametrize("field", ["appId", "instanceId", "deviceId"])
def test_another_instance_has_no_binding(bound_instance, boot_info, field):
    other = {"deviceId": b"\x01" * 32}.get(field, KEY)
    objection = bound_instance.objectionTo(boot_info(**{field: other}), OF_INSTANCE, False)
    assert objection == "Attestation: no key is bound to the instance"


def test_the_images_name_is_not_compared(bound_instance, boot_info):
    assert bound_instance.objectionTo(boot_info(osImageHash=b"\x01" * 32), OF_INSTANCE, False) == ""


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"attested": False}, "the bound key is not attested now"),
        ({"identity": b"\x01" * 32}, "the bound key is now attested as something else"),
        ({"platform": b"\x01" * 16 + bytes(16)}, "the bound key is now attested as something else"),
        ({"confidence": 2}, "the platform is not up to date"),
    ],
)
def test_instance_binding_counts_while_the_key_does(bound_instance, attest, boot_info, change, objection):
    attest(**({"identity": IDENTITY} | change))
    assert bound_instance.objectionTo(boot_info(), OF_INSTANCE, True) == f"Attestation: {objection}"
    attest(identity=IDENTITY)
    assert bound_instance.objectionTo(boot_info(), OF_INSTANCE, True) == ""


def test_evidence_that_is_genuine_will_do_whether_allowed_or_not(attest, prove, bind):
    attest(identity=IDENTITY)
    prove(outcome=REFUSED)
    assert not bind().failed


def test_evidence_that_proves_nothing_binds_nothing(dstack, attest, prove, bind):
    attest(identity=IDENTITY)
    prove(outcome=INVALID, reason=b"Signature".ljust(32, b"\0"))
    with ape.reverts(dstack.evidence.EvidenceInvalid, reason=b"Signature".ljust(32, b"\0")):
        bind()


@pytest.mark.parametrize(
    "data",
    [holder(key=OTHER_KEY), holder(challenge=bytes(32)), holder(identity=bytes(32)), bytes(32)],
    ids=["key", "challenge", "identity", "none"],
)
def test_evidence_that_commits_to_something_else_binds_nothing(dstack, attest, prove, bind, data):
    attest(identity=IDENTITY)
    prove(data=data + bytes(32))
    with ape.reverts(dstack.evidence.HolderDiffers):
        bind()


def test_evidence_of_another_machine_binds_nothing(dstack, attest, prove, bind):
    attest(identity=IDENTITY)
    prove(platform=b"\x01" * 16 + bytes(16))
    with ape.reverts(dstack.evidence.PlatformDiffers):
        bind()


def test_evidence_that_turns_out_of_another_kind_binds_nothing(dstack, attest, prove, bind):
    attest(identity=IDENTITY)
    prove(kind=b"intel.sgx".ljust(32, b"\0"))
    with ape.reverts(dstack.evidence.KindNotTdx):
        bind()


def test_nothing_is_bound_while_nobody_reads_evidence_of_tds(dstack, attest, prove, bind):
    attest(identity=IDENTITY)
    prove()
    dstack.attestations.setReader(False, sender=dstack.operator)
    with ape.reverts(dstack.evidence.NoTdxReader):
        bind()


def test_a_log_that_proves_nothing_binds_nothing(dstack, attest, prove, bind):
    attest(identity=IDENTITY)
    prove()
    forged = compact(replaced(b"instance-id", (b"instance-id", b"\x09" * 20))) + LOG[-48:]
    with ape.reverts(dstack.evidence.LogRefused, defect=b"RtmrMismatch".ljust(32, b"\0")):
        bind(log=forged)


def test_a_host_can_not_take_over_an_instance_from_another_machine(bound_instance, attest, prove, bind, boot_info):
    """The same app with the same instance id on the attacker's machine: a binding of its own, which changes nothing."""
    elsewhere = b"\x01" * 16 + bytes(16)
    attest(key=OTHER_KEY, identity=IDENTITY, platform=elsewhere, validUntil=9_999)
    prove(key=OTHER_KEY, platform=elsewhere)
    bind(key=OTHER_KEY)
    assert bound_instance.bindingOf(APP, INSTANCE, hashlib.sha256(elsewhere[:16]).digest()).key == OTHER_KEY
    assert bound_instance.bindingOf(APP, INSTANCE, DEVICE).key == KEY
    assert bound_instance.objectionTo(boot_info(), OF_INSTANCE, True) == ""


@pytest.mark.parametrize(("valid_until", "replaces"), [(2_000, True), (1_999, False)])
def test_an_instance_that_counts_gives_way_to_none_worse(bound_instance, attest, prove, bind, valid_until, replaces):
    attest(key=OTHER_KEY, identity=IDENTITY, validUntil=valid_until)
    prove(key=OTHER_KEY)
    if replaces:
        bind(key=OTHER_KEY)
    else:
        with ape.reverts(bound_instance.BetterBound):
            bind(key=OTHER_KEY)
    assert bound_instance.bindingOf(APP, INSTANCE, DEVICE).key == (OTHER_KEY if replaces else KEY)
