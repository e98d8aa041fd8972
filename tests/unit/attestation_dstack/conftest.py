# SPDX-License-Identifier: Apache-2.0
"""dstack's contracts as deployed, over attestations that tests make up."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest
from eth_utils import to_checksum_address

from pha.attestation.dstack.boot import read_boot
from tests.unit.attestation_dstack.guest import booted

KEY = to_checksum_address(f"0x{0xA11CE:040x}")
OTHER_KEY = to_checksum_address(f"0x{0xB0B:040x}")
PPID = bytes.fromhex("0c0ffee0" * 4)
DEVICE = hashlib.sha256(PPID).digest()


@pytest.fixture(scope="module")
def dstack(project, deployer, accounts):
    """The contracts; `operator` holds the access manager's only role, which may do all that is restricted."""
    manager = deployer.deploy(project.PhaAccessManager, deployer)
    attestations = deployer.deploy(project.MockDstackAttestations)
    event_log = deployer.deploy(project.DstackEventLog)
    evidence = deployer.deploy(project.DstackEvidence, attestations, event_log)
    implementation = deployer.deploy(project.DstackApp, evidence)
    kms = deployer.deploy(project.DstackKms, manager, evidence, implementation)
    return SimpleNamespace(
        manager=manager,
        attestations=attestations,
        event_log=event_log,
        evidence=evidence,
        implementation=implementation,
        kms=kms,
        operator=deployer,
        owner=accounts[6],
    )


@pytest.fixture
def create_app(dstack, project):
    """Callable `(...)`: an app of `owner`'s, any device and no demands where nothing else is given."""

    def create(up_to_date=False, any_device=True, device=bytes(32), compose=bytes(32), upgrades_disabled=False):
        arguments = dstack.owner, upgrades_disabled, up_to_date, any_device, device, compose
        receipt = dstack.kms.deployAndRegisterApp(*arguments, sender=dstack.owner)
        return project.DstackApp.at(receipt.events.filter(dstack.kms.AppRegistered)[0].appId)

    return create


@pytest.fixture
def attest(dstack):
    """Callable `(...)`: give a key a standing, by default that of the guest of `booted()` on the machine DEVICE."""

    def attest(key=KEY, **given):
        standing = {
            "attested": True,
            "reason": bytes(32),
            "kind": b"intel.tdx".ljust(32, b"\0"),
            "confidence": 1,
            "deviceCount": 0,
            "deviceModel": bytes(32),
            "identity": bytes(32),
            "platform": PPID.ljust(32, b"\0"),
            "attestedAt": 1_000,
            "validUntil": 2_000,
        } | given
        dstack.attestations.set(key, standing, sender=dstack.operator)

    return attest


@pytest.fixture
def boot_info():
    """Callable `(**changes)`: what a KMS says when the guest of `booted()` asks for keys."""
    proven = read_boot(*booted())

    def make(**changes):
        return {
            "appId": "0x" + proven.app_id.hex(),
            "composeHash": proven.compose_hash,
            "instanceId": "0x" + proven.instance_id.hex(),
            "deviceId": DEVICE,
            "mrAggregated": proven.boot_mr_aggregated,
            "mrSystem": proven.boot_mr_system,
            "osImageHash": proven.os_image_hash,
            "tcbStatus": "UpToDate",
            "advisoryIds": [],
        } | changes

    return make
