# SPDX-License-Identifier: Apache-2.0
"""The calls and events that dstack's software knows, reckoned from their signatures: every one has to be here."""

from __future__ import annotations

import functools
import operator

import pytest
from eth_utils import keccak

BOOT_INFO = "(address,bytes32,address,bytes32,bytes32,bytes32,bytes32,string,string[])"
KMS_INFO = "(bytes,bytes,bytes,bytes)"

KMS_FUNCTIONS = [
    f"isAppAllowed({BOOT_INFO})",
    f"isKmsAllowed({BOOT_INFO})",
    "registerApp(address)",
    "deployAndRegisterApp(address,bool,bool,bool,bytes32,bytes32)",
    "deployAndRegisterApp(address,bool,bool,bytes32,bytes32)",
    f"setKmsInfo({KMS_INFO})",
    "setKmsQuote(bytes)",
    "setKmsEventlog(bytes)",
    "setGatewayAppId(string)",
    "setAppImplementation(address)",
    "addKmsAggregatedMr(bytes32)",
    "removeKmsAggregatedMr(bytes32)",
    "addKmsDevice(bytes32)",
    "removeKmsDevice(bytes32)",
    "addOsImageHash(bytes32)",
    "removeOsImageHash(bytes32)",
    "kmsInfo()",
    "gatewayAppId()",
    "registeredApps(address)",
    "kmsAllowedAggregatedMrs(bytes32)",
    "kmsAllowedDeviceIds(bytes32)",
    "allowedOsImages(bytes32)",
    "appImplementation()",
    "owner()",
    "supportsInterface(bytes4)",
]
KMS_EVENTS = [
    "AppRegistered(address)",
    "KmsInfoSet(bytes)",
    "KmsAggregatedMrAdded(bytes32)",
    "KmsAggregatedMrRemoved(bytes32)",
    "KmsDeviceAdded(bytes32)",
    "KmsDeviceRemoved(bytes32)",
    "OsImageHashAdded(bytes32)",
    "OsImageHashRemoved(bytes32)",
    "GatewayAppIdSet(string)",
    "AppImplementationSet(address)",
    "AppDeployedViaFactory(address,address)",
]
MANAGEMENT = ["addComposeHash(bytes32)", "removeComposeHash(bytes32)", "addDevice(bytes32)", "removeDevice(bytes32)"]
LATER_MANAGEMENT = [
    *MANAGEMENT,
    "setAllowAnyDevice(bool)",
    "setRequireTcbUpToDate(bool)",
    "allowedComposeHashes(bytes32)",
    "allowedDeviceIds(bytes32)",
    "allowAnyDevice()",
    "requireTcbUpToDate()",
    "owner()",
    "version()",
]
APP_FUNCTIONS = [
    *LATER_MANAGEMENT,
    f"isAppAllowed({BOOT_INFO})",
    "initialize(address,bool,bool,bool,bytes32,bytes32)",
    "disableUpgrades()",
    "supportsInterface(bytes4)",
    "transferOwnership(address)",
    "acceptOwnership()",
    "pendingOwner()",
]
APP_EVENTS = [
    "ComposeHashAdded(bytes32)",
    "ComposeHashRemoved(bytes32)",
    "DeviceAdded(bytes32)",
    "DeviceRemoved(bytes32)",
    "AllowAnyDeviceSet(bool)",
    "RequireTcbUpToDateSet(bool)",
    "UpgradesDisabled()",
    "OwnershipTransferred(address,address)",
    "OwnershipTransferStarted(address,address)",
]


def selector(signature: str) -> bytes:
    return keccak(text=signature)[:4]


def interface_id(signatures: list[str]) -> bytes:
    numbers = (int.from_bytes(selector(one), "big") for one in signatures)
    return functools.reduce(operator.xor, numbers).to_bytes(4, "big")


def test_the_ids_that_dstack_publishes_are_those_of_the_signatures():
    assert interface_id([f"isAppAllowed({BOOT_INFO})"]).hex() == "1e079198"
    assert interface_id(MANAGEMENT).hex() == "8fd37527"


@pytest.mark.parametrize("name", ["DstackKms", "DstackApp"])
def test_every_function_and_event_of_dstacks_is_there(project, name):
    known = getattr(project, name).contract_type
    functions, events = {"DstackKms": (KMS_FUNCTIONS, KMS_EVENTS), "DstackApp": (APP_FUNCTIONS, APP_EVENTS)}[name]
    present = {bytes(keccak(text=method.selector)[:4]) for method in (*known.view_methods, *known.mutable_methods)}
    assert [one for one in functions if selector(one) not in present] == []
    assert [one for one in events if one not in {event.selector for event in known.events}] == []


@pytest.mark.parametrize(
    ("event", "indexed"),
    [("AppDeployedViaFactory", [True, True]), ("AppRegistered", [False]), ("KmsDeviceAdded", [False])],
)
def test_events_index_what_dstacks_do(project, event, indexed):
    (known,) = [one for one in project.DstackKms.contract_type.events if one.name == event]
    assert [bool(field.indexed) for field in known.inputs] == indexed


@pytest.mark.parametrize("which", ["kms", "app"])
def test_answers_have_dstacks_types(project, which):
    contract = project.DstackKms if which == "kms" else project.DstackApp
    (method,) = [one for one in contract.contract_type.view_methods if one.name == "isAppAllowed"]
    assert [output.canonical_type for output in method.outputs] == ["bool", "string"]


def test_supported_interfaces_are_dstacks(dstack, create_app):
    app = create_app()
    erc165 = selector("supportsInterface(bytes4)")
    boot, later = bytes.fromhex("1e079198"), interface_id(LATER_MANAGEMENT)
    for one, expected_of_kms in ((boot, True), (erc165, True), (bytes.fromhex("8fd37527"), False), (later, False)):
        assert app.supportsInterface(one)
        assert dstack.kms.supportsInterface(one) is expected_of_kms
    for contract in (app, dstack.kms):
        assert not contract.supportsInterface(b"\xff" * 4)
        assert not contract.supportsInterface(b"\x12\x34\x56\x78")


def test_version_is_that_of_dstacks_app(create_app):
    assert create_app().version() == 2
