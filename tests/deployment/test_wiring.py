# SPDX-License-Identifier: Apache-2.0
"""Every deployed contract as it stands after deployment: immutables, roles, wiring."""

from __future__ import annotations

from datetime import UTC, datetime

import ape
import pytest

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
        "governor",
        "treasury",
    }


def test_timelock_is_the_managers_only_admin(suite, deployer, accounts):
    assert suite.access_manager.hasRole(0, suite.timelock) == (True, 0)
    for account in accounts[:10]:
        assert suite.access_manager.hasRole(0, account)[0] is False


def test_roles_were_granted_to_nobody_else(suite, chain, deployer, guardian):
    """Every grant and revocation there ever was, from the manager's events."""
    holders = set()
    for event in suite.access_manager.RoleGranted.query("*", start_block=0).to_dict("records"):
        holders.add((event["event_arguments"]["roleId"], event["event_arguments"]["account"]))
    for event in suite.access_manager.RoleRevoked.query("*", start_block=0).to_dict("records"):
        holders.discard((event["event_arguments"]["roleId"], event["event_arguments"]["account"]))
    assert holders == {(0, suite.timelock.address), (1, guardian.address)}


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
    assert governor.stakedVoteSources(2**47) == []
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
        ("VAULT", ZERO),
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


def test_bridge_is_wired(suite, treasury, guardian, stranger):
    bridge = suite.migration_bridge
    assert bridge.TOKEN() == suite.token
    assert bridge.TREASURY() == treasury
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
