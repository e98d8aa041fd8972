# SPDX-License-Identifier: Apache-2.0
"""Every deployed contract as it stands after deployment: immutables, roles, wiring."""

from __future__ import annotations

from datetime import UTC, datetime

import ape
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from eth_utils.crypto import keccak

DAY = 86400
ZERO = "0x" + "00" * 20


def unix(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


def test_exactly_these_contracts_are_deployed(suite):
    assert set(suite.contracts) == {
        "access_manager",
        "timelock",
        "token",
        "edwards25519_low_table",
        "edwards25519_high_table",
        "ed25519_verifier",
        "sr25519_verifier",
        "secp256k1_verifier",
        "multisig_verifier",
        "proxy_verifier",
        "migration_bridge",
        "intel_certificates",
        "intel_collateral",
        "sgx_verifier",
        "tdx_verifier",
        "p384_tables",
        "p384_verifier",
        "amd_certificates",
        "snp_floors",
        "snp_verifier",
        "nvidia_revocations",
        "nvidia_references",
        "nvidia_certificates",
        "gpu_verifier",
        "composite_evidence",
        "dstack_event_log",
        "sgx_reader",
        "tdx_reader",
        "snp_reader",
        "tdx_gpu_reader",
        "snp_gpu_reader",
        "attestation_registry",
        "dstack_evidence",
        "dstack_app",
        "dstack_kms",
        "governor",
        "treasury",
        "staking_parameters",
        "stake_pool_factory",
        "operator_bond",
        "slash_manager",
        "vault_operations",
        "delegation_vault",
        "worker_parameters",
        "worker_registry",
        "gatekeeper_set",
        "reward_schedule",
        "redelegation",
        "platform_key_revocation",
        "compute_parameters",
        "compute_market",
        "compute_oracle",
        "answer_equivocation",
    }


def test_timelock_is_the_managers_only_admin(suite, deployer, accounts):
    assert suite.access_manager.hasRole(0, suite.timelock) == (True, 0)
    for account in accounts[:10]:
        assert suite.access_manager.hasRole(0, account)[0] is False


def test_roles_were_granted_to_nobody_else(suite, guardian, accounts):
    """Every grant and revocation there ever was, from the manager's events."""
    holders = set()
    for event in suite.access_manager.RoleGranted.query("*", start_block=0).to_dict("records"):
        holders.add((event["event_arguments"]["roleId"], event["event_arguments"]["account"]))
    for event in suite.access_manager.RoleRevoked.query("*", start_block=0).to_dict("records"):
        holders.discard((event["event_arguments"]["roleId"], event["event_arguments"]["account"]))
    assert holders == {(0, suite.timelock.address), (1, guardian.address), (2, accounts[6].address)}


def test_guardian_holds_its_role_without_delay(suite, guardian):
    assert suite.access_manager.hasRole(1, guardian) == (True, 0)
    assert suite.access_manager.getRoleAdmin(1) == 0
    assert suite.access_manager.getRoleGrantDelay(1) == 0


def test_timelock_administers_itself_and_the_council_proposes(suite, accounts, deployer):
    timelock, council = suite.timelock, accounts[5]
    assert timelock.getMinDelay() == 2 * DAY
    assert timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), timelock)
    assert timelock.hasRole(timelock.PROPOSER_ROLE(), council)
    assert timelock.hasRole(timelock.CANCELLER_ROLE(), council)
    assert timelock.hasRole(timelock.EXECUTOR_ROLE(), ZERO)
    assert not timelock.hasRole(timelock.EXECUTOR_ROLE(), deployer)
    assert not timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), deployer)


def test_timelocks_roles_were_granted_to_nobody_else(suite, accounts):
    """Every grant and revocation there ever was, from the timelock's events."""
    timelock, council = suite.timelock, accounts[5]
    holders = set()
    for event in timelock.RoleGranted.query("*", start_block=0).to_dict("records"):
        holders.add((bytes(event["event_arguments"]["role"]), event["event_arguments"]["account"]))
    for event in timelock.RoleRevoked.query("*", start_block=0).to_dict("records"):
        holders.discard((bytes(event["event_arguments"]["role"]), event["event_arguments"]["account"]))
    assert holders == {
        (bytes(32), timelock.address),
        (bytes(timelock.EXECUTOR_ROLE()), ZERO),
        *(
            (bytes(role), who.address)
            for role in (timelock.PROPOSER_ROLE(), timelock.CANCELLER_ROLE())
            for who in (council, suite.governor)
        ),
    }


def test_governor_is_wired(suite, guardian):
    governor = suite.governor
    assert governor.token() == suite.token
    assert governor.timelock() == suite.timelock
    assert governor.proposalGuardian() == guardian
    assert governor.stakedVoteSources(2**47) == [suite.delegation_vault]
    assert [governor.get(number) for number in range(5)] == [DAY, 7 * DAY, 100_000 * 10**18, 400, 2 * DAY]


def test_treasury_obeys_the_timelock_alone(suite, accounts):
    assert suite.treasury.authority() == suite.access_manager
    for function in ("pay", "openStream", "stopStream"):
        selector = bytes(
            getattr(suite.treasury, function).encode_input(
                *{"pay": (ZERO, ZERO, 0), "openStream": ((ZERO, ZERO, 0, 0, 0),), "stopStream": (0,)}[function]
            )
        )[:4]
        assert suite.access_manager.canCall(suite.timelock, suite.treasury, selector) == (True, 0)
        for account in accounts[:10]:
            assert suite.access_manager.canCall(account, suite.treasury, selector)[0] is False


def test_token_is_minted_by_the_bridge_alone(suite, accounts):
    token = suite.token
    assert (token.name(), token.symbol(), token.decimals()) == ("Phala", "PHA", 18)
    assert token.totalSupply() == 0
    assert token.MAX_SUPPLY() == 10**27
    assert token.bridge() == accounts[9]
    assert token.remoteToken() == "0x6c5bA91642F10282b576d91922Ae6448C9d52f4E"
    assert token.superchainBridge() == "0x4200000000000000000000000000000000000028"


def test_verifier_refuses_empty_evidence(suite):
    assert suite.secp256k1_verifier.verify(b"\1" * 32, b"", b"") is False


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        ("CLAIM_ROOT", b"\xab" * 32),
        ("CAP", 145_357_088_293045867646),
        ("CHAIN_ID", 31337),
        ("DEADLINE", unix(2040, 1, 1)),
        ("MAX_PAUSE_SECONDS", 7 * DAY),
        ("pauseSecondsLeft", 30 * DAY),
        ("RATE_LIMIT_CAPACITY", 20_000_000 * 10**12),
        ("RATE_LIMIT_DRAIN", 20_000_000 * 10**12 // (7 * DAY)),
        ("RATE_LIMIT_END", unix(2039, 11, 1)),
        ("isOpen", False),
        ("totalPaid", 0),
    ],
)
def test_bridge_is_configured(suite, function, wanted):
    assert getattr(suite.migration_bridge, function)() == wanted


def test_bridge_is_wired(suite):
    bridge = suite.migration_bridge
    assert bridge.TOKEN() == suite.token
    assert bridge.TREASURY() == suite.treasury
    assert bridge.VAULT() == suite.delegation_vault
    assert bridge.authority() == suite.access_manager
    assert [bridge.verifierOf(scheme) for scheme in range(6)] == [
        suite.ed25519_verifier,
        suite.sr25519_verifier,
        suite.secp256k1_verifier,
        suite.multisig_verifier,
        suite.proxy_verifier,
        ZERO,
    ]


def test_verifiers_of_both_edwards_schemes_use_the_deployed_tables(suite):
    for verifier in (suite.ed25519_verifier, suite.sr25519_verifier):
        assert verifier.LOW_TABLE() == suite.edwards25519_low_table
        assert verifier.HIGH_TABLE() == suite.edwards25519_high_table


def test_guardian_can_pause_and_a_stranger_cannot(suite, project, guardian, stranger):
    with ape.reverts(suite.migration_bridge.AccessManagedUnauthorized):
        suite.migration_bridge.pause(3600, sender=stranger)
    suite.migration_bridge.pause(3600, sender=guardian)
    assert suite.migration_bridge.pauseSecondsLeft() == 30 * DAY - 3600


def test_intel_verifiers_rest_on_intels_own_root(suite):
    assert suite.intel_certificates.isProductionRoot()
    assert suite.intel_collateral.CERTIFICATES() == suite.intel_certificates
    for verifier, kind in ((suite.sgx_verifier, b"intel.sgx"), (suite.tdx_verifier, b"intel.tdx")):
        assert verifier.CERTIFICATES() == suite.intel_certificates
        assert verifier.COLLATERAL() == suite.intel_collateral
        assert verifier.kind() == kind.ljust(32, b"\0")


def test_p384_verifier_uses_the_generators_table_that_the_registry_proved(suite):
    generator = ec.derive_private_key(1, ec.SECP384R1()).public_key().public_numbers()
    name = keccak(generator.x.to_bytes(48, "big") + generator.y.to_bytes(48, "big"))
    assert suite.p384_verifier.registry() == suite.p384_tables
    assert suite.p384_verifier.generatorTable() == suite.p384_tables.tableOf(name).code


def test_amd_verifier_rests_on_amds_own_roots(suite):
    assert suite.amd_certificates.isProductionRoot()
    verifier = suite.snp_verifier
    assert verifier.CERTIFICATES() == suite.amd_certificates
    assert verifier.FLOORS() == suite.snp_floors
    assert verifier.SIGNATURES() == suite.p384_verifier
    assert verifier.kind() == b"amd.sev-snp".ljust(32, b"\0")
    for product in (1, 2, 3):
        floor, revision = suite.snp_floors.floorOf(product)
        assert (tuple(floor), revision) == ((0,) * 9, 1)


def test_gpu_verifiers_rest_on_nvidias_own_root(suite):
    certificates, verifier = suite.nvidia_certificates, suite.gpu_verifier
    assert certificates.isProductionRoot()
    assert certificates.VERIFIER() == suite.p384_verifier
    assert certificates.REVOCATIONS() == suite.nvidia_revocations
    assert verifier.CERTIFICATES() == certificates
    assert verifier.REFERENCES() == suite.nvidia_references
    assert verifier.SIGNATURES() == suite.p384_verifier
    assert suite.composite_evidence.GPU_VERIFIER() == verifier
    for managed in (suite.snp_floors, suite.nvidia_revocations, suite.nvidia_references):
        assert managed.authority() == suite.access_manager


def test_guardian_can_put_gpus_on_hold_and_governance_alone_lifts_it(suite, guardian, stranger, govern):
    revocations, name = suite.nvidia_revocations, b"\x07" * 32
    with ape.reverts(revocations.AccessManagedUnauthorized):
        revocations.hold(name, "why", sender=stranger)
    revocations.hold(name, "why", sender=guardian)
    for standing in (0, 2):
        with ape.reverts(revocations.AccessManagedUnauthorized):
            revocations.setStanding(name, standing, "why", sender=guardian)
    assert revocations.standingOf(name) == 1
    govern(revocations.setStanding, name, 0, "why")
    assert revocations.standingOf(name) == 0


def test_governance_alone_sets_floors_and_references(suite, guardian, stranger, govern):
    calls = [
        (suite.snp_floors.setFloor, 1, (0, 3, *(0,) * 7)),
        (suite.nvidia_references.putSet, bytes(32), b"\1\1" + bytes(48), 1, "source"),
        (suite.nvidia_references.setStatus, bytes(32), 5, "source"),
    ]
    for method, *arguments in calls:
        for caller in (guardian, stranger):
            with ape.reverts(method.contract.AccessManagedUnauthorized):
                method(*arguments, sender=caller)
        govern(method, *arguments)
    assert suite.snp_floors.floorOf(1).revision == 2
    assert suite.nvidia_references.getSet(bytes(32)).status == 5


def test_registry_begins_with_every_kind_and_without_any_rule(suite):
    registry = suite.attestation_registry
    kinds = ["intel.sgx", "intel.tdx", "amd.sev-snp", "intel.tdx+nvidia.gpu", "amd.sev-snp+nvidia.gpu"]
    readers = [suite.sgx_reader, suite.tdx_reader, suite.snp_reader, suite.tdx_gpu_reader, suite.snp_gpu_reader]
    for serial, (kind, reader) in enumerate(zip(kinds, readers, strict=True), 1):
        assert registry.readerOf(kind.encode().ljust(32, b"\0")) == (reader.address, serial)
    assert [registry.getParameter(number) for number in range(5)] == [3 * DAY, DAY, 30 * 24, 256, 48]
    assert list(registry.RuleSet.query("*", start_block=0).index) == []
    assert registry.authority() == suite.access_manager.address


def test_dstack_kms_makes_apps_of_the_deployed_code_and_believes_the_registry(suite):
    assert suite.dstack_kms.appImplementation() == suite.dstack_app.address
    assert suite.dstack_kms.authority() == suite.access_manager.address
    assert suite.dstack_evidence.REGISTRY() == suite.attestation_registry.address
