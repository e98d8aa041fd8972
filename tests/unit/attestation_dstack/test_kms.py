# SPDX-License-Identifier: Apache-2.0
"""The contract that a dstack KMS asks: whom it gives keys to, and who decides that."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

from tests.reference.deployments import deployment_reverts
from tests.unit.attestation_dstack.conftest import DEVICE, KEY
from tests.unit.attestation_dstack.guest import COMPOSE, IMAGE

SOME = b"\x77" * 32
MEASURED = b"\x66" * 32


@pytest.fixture
def kms(dstack):
    """Allows the image of `booted()`, and a KMS with MEASURED on DEVICE."""
    for method, value in (("addOsImageHash", IMAGE), ("addKmsAggregatedMr", MEASURED), ("addKmsDevice", DEVICE)):
        getattr(dstack.kms, method)(value, sender=dstack.operator)
    return dstack.kms


@pytest.fixture
def said_of_app(create_app, boot_info):
    app = create_app(compose=COMPOSE)
    return boot_info(appId=app.address)


@pytest.fixture
def said_of_kms(boot_info):
    return boot_info(mrAggregated=MEASURED)


def test_kms_is_allowed_with_everything_listed(kms, said_of_kms):
    assert kms.isKmsAllowed(said_of_kms) == (True, "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tcbStatus": "SWHardeningNeeded"}, "TCB status is not up to date"),
        ({"osImageHash": SOME}, "OS image is not allowed"),
        ({"mrAggregated": SOME}, "Aggregated MR not allowed"),
        ({"deviceId": SOME}, "KMS is not allowed to boot on this device"),
    ],
)
def test_kms_is_refused_with_anything_that_is_not_listed(kms, said_of_kms, change, reason):
    assert kms.isKmsAllowed(said_of_kms | change) == (False, reason)


@pytest.mark.parametrize(
    ("method", "value", "reason"),
    [
        ("removeOsImageHash", IMAGE, "OS image is not allowed"),
        ("removeKmsAggregatedMr", MEASURED, "Aggregated MR not allowed"),
        ("removeKmsDevice", DEVICE, "KMS is not allowed to boot on this device"),
    ],
)
def test_what_is_removed_is_allowed_no_longer(dstack, kms, said_of_kms, method, value, reason):
    getattr(kms, method)(value, sender=dstack.operator)
    assert kms.isKmsAllowed(said_of_kms) == (False, reason)


def test_kms_reasons_come_in_dstacks_order(kms, said_of_kms):
    everything = {"tcbStatus": "", "osImageHash": SOME, "mrAggregated": SOME, "deviceId": SOME}
    assert kms.isKmsAllowed(said_of_kms | everything)[1] == "TCB status is not up to date"
    del everything["tcbStatus"]
    assert kms.isKmsAllowed(said_of_kms | everything)[1] == "OS image is not allowed"
    del everything["osImageHash"]
    assert kms.isKmsAllowed(said_of_kms | everything)[1] == "Aggregated MR not allowed"


def test_app_is_asked_when_all_else_is_right(kms, said_of_app):
    assert kms.isAppAllowed(said_of_app) == (True, "")
    assert kms.isAppAllowed(said_of_app | {"composeHash": SOME}) == (False, "Compose hash not allowed")


def test_an_app_that_nobody_registered_is_refused(kms, said_of_app, boot_info):
    assert kms.isAppAllowed(boot_info()) == (False, "App not registered")


def test_an_app_on_another_image_is_refused(kms, said_of_app):
    assert kms.isAppAllowed(said_of_app | {"osImageHash": SOME}) == (False, "OS image is not allowed")


def test_an_app_without_code_is_refused(kms, boot_info, stranger):
    kms.registerApp(stranger, sender=stranger)
    assert kms.isAppAllowed(boot_info(appId=stranger.address)) == (False, "App not deployed or invalid address")


def test_anyone_registers_an_app_and_none_is_at_zero(kms, stranger):
    receipt = kms.registerApp(KEY, sender=stranger)
    assert [event.appId for event in receipt.events.filter(kms.AppRegistered)] == [KEY]
    assert kms.registeredApps(KEY)
    with ape.reverts(kms.AppIsZero):
        kms.registerApp("0x" + "0" * 40, sender=stranger)


def test_an_app_that_reverts_spoils_its_own_answer_only(project, kms, dstack, said_of_app, boot_info, stranger):
    kms.registerApp(dstack.manager, sender=stranger)
    with ape.reverts():
        kms.isAppAllowed(boot_info(appId=dstack.manager.address))
    assert kms.isAppAllowed(said_of_app) == (True, "")


def test_factory_makes_registers_and_tells(project, dstack, stranger):
    arguments = dstack.owner, True, True, False, DEVICE, COMPOSE
    receipt = dstack.kms.deployAndRegisterApp(*arguments, sender=stranger)
    (made,) = receipt.events.filter(dstack.kms.AppDeployedViaFactory)
    assert made.deployer == stranger
    app = project.DstackApp.at(made.appId)
    assert dstack.kms.registeredApps(app)
    assert (app.owner(), app.requireTcbUpToDate(), app.allowAnyDevice()) == (dstack.owner, True, False)


def test_factory_as_older_tools_call_it_requires_nothing_of_the_tcb(project, dstack):
    receipt = dstack.kms.deployAndRegisterApp(dstack.owner, True, True, DEVICE, COMPOSE, sender=dstack.owner)
    (made,) = receipt.events.filter(dstack.kms.AppDeployedViaFactory)
    app = project.DstackApp.at(made.appId)
    assert (app.requireTcbUpToDate(), app.allowAnyDevice()) == (False, True)
    assert app.allowedComposeHashes(COMPOSE)


def test_factory_gives_no_app_to_nobody(dstack):
    with ape.reverts(dstack.implementation.OwnerIsZero):
        dstack.kms.deployAndRegisterApp("0x" + "0" * 40, False, True, DEVICE, COMPOSE, sender=dstack.owner)


def test_clones_can_not_be_upgraded(dstack, create_app, chain):
    """EIP-1167's code to the byte: nothing in it reads an address from storage."""
    code = chain.provider.get_code(create_app().address)
    target = dstack.implementation.address[2:].lower()
    assert bytes(code).hex() == f"363d3d373d3d3d363d73{target}5af43d82803e903d91602b57fd5bf3"


def test_another_implementation_is_for_new_apps(project, dstack, create_app):
    old = create_app()
    other = dstack.operator.deploy(project.DstackApp, dstack.evidence)
    receipt = dstack.kms.setAppImplementation(other, sender=dstack.operator)
    assert [event.implementation for event in receipt.events] == [other]
    for app, target in ((old, dstack.implementation), (create_app(), other)):
        assert target.address[2:].lower() in bytes(project.provider.get_code(app.address)).hex()


def test_an_implementation_without_code_is_refused(project, dstack, stranger):
    with ape.reverts(dstack.kms.ImplementationWithoutCode, implementation=stranger.address):
        dstack.kms.setAppImplementation(stranger, sender=dstack.operator)
    with deployment_reverts(project.DstackKms, "ImplementationWithoutCode"):
        dstack.operator.deploy(project.DstackKms, dstack.manager, dstack.evidence, stranger)


RESTRICTED = [
    ("setKmsInfo", [(b"k", b"c", b"q", b"e")]),
    ("setKmsQuote", [b"q"]),
    ("setKmsEventlog", [b"e"]),
    ("setGatewayAppId", ["gateway"]),
    ("addKmsAggregatedMr", [SOME]),
    ("removeKmsAggregatedMr", [SOME]),
    ("addKmsDevice", [SOME]),
    ("removeKmsDevice", [SOME]),
    ("addOsImageHash", [SOME]),
    ("removeOsImageHash", [SOME]),
    ("setEvidence", [1, 2]),
]


@pytest.mark.parametrize(("method", "arguments"), RESTRICTED, ids=[name for name, _ in RESTRICTED])
def test_only_the_role_decides_for_all(dstack, kms, stranger, method, arguments):
    with ape.reverts(kms.AccessManagedUnauthorized):
        getattr(kms, method)(*arguments, sender=stranger)
    assert not getattr(kms, method)(*arguments, sender=dstack.operator).failed


def test_the_implementation_is_the_roles_to_set(dstack, kms, stranger):
    with ape.reverts(kms.AccessManagedUnauthorized):
        kms.setAppImplementation(dstack.implementation, sender=stranger)


def test_what_is_told_of_the_kms_is_kept(dstack, kms):
    kms.setKmsInfo((b"key", b"ca", b"quote", b"log"), sender=dstack.operator)
    assert tuple(map(bytes, kms.kmsInfo())) == (b"key", b"ca", b"quote", b"log")
    kms.setKmsQuote(b"other", sender=dstack.operator)
    kms.setKmsEventlog(b"events", sender=dstack.operator)
    assert tuple(map(bytes, kms.kmsInfo())) == (b"key", b"ca", b"other", b"events")
    kms.setGatewayAppId("any", sender=dstack.operator)
    assert kms.gatewayAppId() == "any"
    assert kms.owner() == dstack.manager


@pytest.mark.parametrize(
    ("method", "event"),
    [
        ("addKmsAggregatedMr", "KmsAggregatedMrAdded"),
        ("removeKmsAggregatedMr", "KmsAggregatedMrRemoved"),
        ("addKmsDevice", "KmsDeviceAdded"),
        ("removeKmsDevice", "KmsDeviceRemoved"),
        ("addOsImageHash", "OsImageHashAdded"),
        ("removeOsImageHash", "OsImageHashRemoved"),
    ],
)
def test_lists_are_told_in_events(dstack, kms, method, event):
    (log,) = getattr(kms, method)(SOME, sender=dstack.operator).logs
    assert bytes(log["topics"][0]) == keccak(text=f"{event}(bytes32)")
    assert bytes(log["data"]) == SOME


def test_evidence_is_demanded_of_kms_and_apps_apart(dstack, kms, said_of_kms, said_of_app):
    (event,) = kms.setEvidence(1, 0, sender=dstack.operator).events
    assert (event.oldForKms, event.newForKms, event.oldForApps, event.newForApps) == (0, 1, 0, 0)
    assert kms.isKmsAllowed(said_of_kms) == (False, "Attestation: no key is bound to the device")
    assert kms.isAppAllowed(said_of_app) == (True, "")
    kms.setEvidence(0, 2, sender=dstack.operator)
    assert (kms.evidenceForKms(), kms.evidenceForApps()) == (0, 2)
    assert kms.isKmsAllowed(said_of_kms) == (True, "")
    assert kms.isAppAllowed(said_of_app) == (False, "Attestation: no key is bound to the instance")


def test_an_attested_machine_may_run_a_kms_only_while_up_to_date(dstack, kms, attest, said_of_kms):
    kms.setEvidence(1, 0, sender=dstack.operator)
    attest()
    dstack.evidence.bindDevice(KEY, sender=dstack.owner)
    assert kms.isKmsAllowed(said_of_kms) == (True, "")
    attest(confidence=2)
    assert kms.isKmsAllowed(said_of_kms) == (False, "Attestation: the platform is not up to date")


def test_an_app_demands_more_than_all_and_never_less(project, dstack, kms, create_app, attest, boot_info):
    app = create_app(compose=COMPOSE)
    said = boot_info(appId=app.address)
    kms.setEvidence(0, 1, sender=dstack.operator)
    assert kms.isAppAllowed(said) == (False, "Attestation: no key is bound to the device")
    attest()
    dstack.evidence.bindDevice(KEY, sender=dstack.owner)
    assert kms.isAppAllowed(said) == (True, "")
    app.setEvidence(2, sender=dstack.owner)
    assert kms.isAppAllowed(said) == (False, "Attestation: no key is bound to the instance")
