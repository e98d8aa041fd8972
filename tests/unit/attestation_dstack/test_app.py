# SPDX-License-Identifier: Apache-2.0
"""A dstack app: who manages it and whom it lets boot."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

from tests.unit.attestation_dstack.conftest import DEVICE, KEY
from tests.unit.attestation_dstack.guest import COMPOSE

ZERO = bytes(32)
SOME = b"\x77" * 32


@pytest.fixture
def allowing(create_app):
    """An app that allows the guest of `booted()` on any machine."""
    return create_app(compose=COMPOSE)


def test_app_allows_its_compose_hash_on_any_device(allowing, boot_info):
    assert allowing.isAppAllowed(boot_info()) == (True, "")


def test_app_refuses_another_compose_hash(allowing, boot_info):
    assert allowing.isAppAllowed(boot_info(composeHash=SOME)) == (False, "Compose hash not allowed")


def test_app_refuses_a_removed_compose_hash_and_takes_it_again(dstack, allowing, boot_info):
    allowing.removeComposeHash(COMPOSE, sender=dstack.owner)
    assert allowing.isAppAllowed(boot_info()) == (False, "Compose hash not allowed")
    receipt = allowing.addComposeHash(COMPOSE, sender=dstack.owner)
    assert [event.composeHash for event in receipt.events.filter(allowing.ComposeHashAdded)] == [COMPOSE]
    assert allowing.isAppAllowed(boot_info())[0]


def test_app_with_listed_devices_refuses_others(dstack, create_app, boot_info):
    app = create_app(any_device=False, compose=COMPOSE)
    assert app.isAppAllowed(boot_info()) == (False, "Device not allowed")
    app.addDevice(DEVICE, sender=dstack.owner)
    assert app.isAppAllowed(boot_info()) == (True, "")
    assert app.isAppAllowed(boot_info(deviceId=SOME)) == (False, "Device not allowed")
    app.removeDevice(DEVICE, sender=dstack.owner)
    assert app.isAppAllowed(boot_info()) == (False, "Device not allowed")


def test_app_takes_its_first_device_and_later_any(dstack, create_app, boot_info):
    app = create_app(any_device=False, device=DEVICE, compose=COMPOSE)
    assert app.isAppAllowed(boot_info()) == (True, "")
    app.removeDevice(DEVICE, sender=dstack.owner)
    app.setAllowAnyDevice(True, sender=dstack.owner)
    assert app.isAppAllowed(boot_info()) == (True, "")


@pytest.mark.parametrize("status", ["OutOfDate", "", "uptodate", "UpToDate ", "UpToDate\0"])
def test_app_that_requires_it_refuses_machines_that_are_not_up_to_date(create_app, boot_info, status):
    strict, lenient = create_app(up_to_date=True, compose=COMPOSE), create_app(compose=COMPOSE)
    said = boot_info(tcbStatus=status)
    assert strict.isAppAllowed(said) == (False, "TCB status is not up to date")
    assert lenient.isAppAllowed(said) == (True, "")
    assert strict.isAppAllowed(boot_info()) == (True, "")


def test_up_to_date_is_asked_first_and_can_be_set(dstack, allowing, boot_info):
    allowing.setRequireTcbUpToDate(True, sender=dstack.owner)
    said = boot_info(tcbStatus="OutOfDate", composeHash=SOME)
    assert allowing.isAppAllowed(said) == (False, "TCB status is not up to date")


def test_new_app_is_as_it_was_asked_for(dstack, create_app):
    app = create_app(up_to_date=True, any_device=False, device=DEVICE, compose=COMPOSE)
    assert (app.owner(), app.pendingOwner()) == (dstack.owner, "0x" + "0" * 40)
    assert (app.requireTcbUpToDate(), app.allowAnyDevice(), app.evidence()) == (True, False, 0)
    assert app.allowedDeviceIds(DEVICE)
    assert app.allowedComposeHashes(COMPOSE)
    assert not app.allowedDeviceIds(ZERO)
    assert not app.allowedComposeHashes(ZERO)
    assert app.EVIDENCE() == dstack.evidence


def test_app_is_set_up_once(dstack, create_app, stranger):
    for app in (create_app(), dstack.implementation):
        with ape.reverts(app.InvalidInitialization):
            app.initialize(stranger, False, False, True, ZERO, COMPOSE, sender=stranger)


def test_what_apps_are_clones_of_is_nobodys_and_allows_nothing(dstack, boot_info):
    assert dstack.implementation.owner() == dstack.implementation
    assert dstack.implementation.isAppAllowed(boot_info()) == (False, "Compose hash not allowed")


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("addComposeHash", [SOME]),
        ("removeComposeHash", [COMPOSE]),
        ("addDevice", [SOME]),
        ("removeDevice", [DEVICE]),
        ("setAllowAnyDevice", [True]),
        ("setRequireTcbUpToDate", [False]),
        ("setEvidence", [1]),
        ("disableUpgrades", []),
        ("transferOwnership", [KEY]),
    ],
)
def test_only_the_owner_manages_an_app(dstack, allowing, method, arguments):
    with ape.reverts(allowing.OwnableUnauthorizedAccount):
        getattr(allowing, method)(*arguments, sender=dstack.operator)
    assert not getattr(allowing, method)(*arguments, sender=dstack.owner).failed


def test_ownership_passes_when_it_is_taken(dstack, allowing, stranger):
    allowing.transferOwnership(stranger, sender=dstack.owner)
    assert allowing.owner() == dstack.owner
    allowing.acceptOwnership(sender=stranger)
    assert allowing.owner() == stranger
    with ape.reverts(allowing.OwnableUnauthorizedAccount):
        allowing.addDevice(SOME, sender=dstack.owner)


def test_zero_is_no_compose_hash_and_no_device(dstack, allowing):
    with ape.reverts(allowing.ComposeHashIsZero):
        allowing.addComposeHash(ZERO, sender=dstack.owner)
    with ape.reverts(allowing.DeviceIsZero):
        allowing.addDevice(ZERO, sender=dstack.owner)


def test_settings_are_told_in_events(dstack, allowing):
    (any_device,) = allowing.setAllowAnyDevice(False, sender=dstack.owner).events
    assert (any_device.event_name, any_device.allowAny) == ("AllowAnyDeviceSet", False)
    (up_to_date,) = allowing.setRequireTcbUpToDate(True, sender=dstack.owner).events
    assert (up_to_date.event_name, up_to_date.requireUpToDate) == ("RequireTcbUpToDateSet", True)
    allowing.setEvidence(1, sender=dstack.owner)
    (evidence,) = allowing.setEvidence(2, sender=dstack.owner).events
    assert (evidence.oldEvidence, evidence.newEvidence) == (1, 2)
    (disabled,) = allowing.disableUpgrades(sender=dstack.owner).events
    assert disabled.event_name == "UpgradesDisabled"


@pytest.mark.parametrize("disabled", [True, False])
def test_disabling_upgrades_at_birth_is_told(dstack, disabled):
    receipt = dstack.kms.deployAndRegisterApp(dstack.owner, disabled, True, ZERO, ZERO, sender=dstack.owner)
    topics = [bytes(log["topics"][0]) for log in receipt.logs]
    assert topics.count(keccak(text="UpgradesDisabled()")) == disabled


def test_apps_own_rules_come_before_the_attestation(dstack, allowing, boot_info):
    allowing.setEvidence(1, sender=dstack.owner)
    assert allowing.isAppAllowed(boot_info(composeHash=SOME)) == (False, "Compose hash not allowed")
    assert allowing.isAppAllowed(boot_info()) == (False, "Attestation: no key is bound to the device")


def test_app_that_demands_it_allows_with_a_live_attestation_only(dstack, allowing, attest, boot_info):
    allowing.setEvidence(1, sender=dstack.owner)
    attest()
    dstack.evidence.bindDevice(KEY, sender=dstack.owner)
    assert allowing.isAppAllowed(boot_info()) == (True, "")
    attest(attested=False)
    assert allowing.isAppAllowed(boot_info()) == (False, "Attestation: the bound key is not attested now")


def test_up_to_date_is_then_the_attestations_word_too(dstack, create_app, attest, boot_info):
    app = create_app(up_to_date=True, compose=COMPOSE)
    app.setEvidence(1, sender=dstack.owner)
    attest(confidence=2)
    dstack.evidence.bindDevice(KEY, sender=dstack.owner)
    assert app.isAppAllowed(boot_info()) == (False, "Attestation: the platform is not up to date")
    attest(confidence=1)
    assert app.isAppAllowed(boot_info()) == (True, "")
