# SPDX-License-Identifier: Apache-2.0
"""What a MigrationBridge refuses to be made of, by name, and what it is made of otherwise."""

from __future__ import annotations

import ape
import pytest
import rlp
from eth_utils import keccak, to_checksum_address

from tests.reference.bridge_setup import DAY, FINAL_WINDOW, PHA, ZERO_ADDRESS
from tests.reference.claims import SECP256K1

ALL_PHA = 10**21
NOBODY = "0x00000000000000000000000000000000DeaDBeef"


@pytest.fixture(scope="module")
def errors(bridge):
    return bridge


def test_constructor_fixes_every_parameter(world):
    configuration = world.configuration()
    bridge = world.create(**configuration)
    assert bridge.TOKEN() == world.token
    assert bridge.TREASURY() == world.treasury
    assert bridge.VAULT() == world.vault
    assert bridge.authority() == world.manager
    assert bridge.CLAIM_ROOT() == world.estate.tree.root
    assert bridge.CAP() == world.estate.tree.total
    assert bridge.CHAIN_ID() == world.chain.chain_id
    assert bridge.DEADLINE() == configuration["deadline"]
    assert bridge.MAX_PAUSE_SECONDS() == configuration["maxPauseSeconds"]
    assert bridge.pauseSecondsLeft() == configuration["pauseBudgetSeconds"]
    assert bridge.RATE_LIMIT_CAPACITY() == configuration["rateLimitCapacity"] // 10**6
    assert bridge.RATE_LIMIT_DRAIN() == configuration["rateLimitCapacity"] // 10**6 // DAY
    assert bridge.RATE_LIMIT_END() == configuration["rateLimitEnd"]
    assert bridge.verifierOf(SECP256K1) == world.verifier
    assert bridge.verifierOf(0) == ZERO_ADDRESS
    assert (bridge.UNIT_SCALE(), bridge.FINAL_WINDOW_SECONDS(), bridge.MIN_PAUSE_SECONDS()) == (10**6, FINAL_WINDOW, 60)
    assert (bridge.isOpen(), bridge.totalPaid(), bridge.pausedUntil()) == (False, 0, 0)


def test_constructor_reverts_when_the_token_is_no_contract_or_has_other_decimals(world, errors):
    coarse = world.deployer.deploy(world.project.MockToken, 12)
    for token in (coarse.address, NOBODY):
        with ape.reverts(errors.TokenInvalid, token=token):
            world.create(token=token)


def test_constructor_reverts_when_the_authority_is_no_contract(world, errors):
    with ape.reverts(errors.AuthorityWithoutCode, authority=NOBODY):
        world.create(authority=NOBODY)


def test_constructor_reverts_when_the_treasury_cannot_be_paid(world, errors):
    for treasury in (ZERO_ADDRESS, world.token.address):
        with ape.reverts(errors.TreasuryInvalid, treasury=treasury):
            world.create(treasury=treasury)


def test_constructor_reverts_when_the_treasury_is_the_bridge_itself(world, deployer):
    def created_at(nonce: int) -> str:
        return to_checksum_address(keccak(rlp.encode([bytes.fromhex(deployer.address[2:]), nonce]))[12:])

    # ape does not name the error of a deployment at an address it looks up, hence the twin with another address.
    with pytest.raises(ape.exceptions.TransactionError):
        world.create(treasury=created_at(deployer.nonce))
    assert world.create(treasury=created_at(deployer.nonce + 1000)).address


def test_constructor_reverts_when_the_vault_is_no_contract(world, errors):
    with ape.reverts(errors.VaultUnavailable, vault=NOBODY):
        world.create(vault=NOBODY)


def test_constructor_reverts_when_the_root_is_zero(world, errors):
    with ape.reverts(errors.ClaimRootIsZero):
        world.create(claimRoot=bytes(32))


@pytest.mark.parametrize("cap", [0, ALL_PHA + 1, 2**256 - 1])
def test_constructor_reverts_when_the_cap_is_out_of_range(world, errors, cap):
    with ape.reverts(errors.CapOutOfRange, cap=cap, maximum=ALL_PHA):
        world.create(cap=cap)


def test_constructor_takes_a_cap_of_all_pha(world):
    assert world.create(cap=ALL_PHA).CAP() == ALL_PHA


def test_constructor_reverts_when_the_deadline_leaves_no_time(world, errors, at):
    now = world.now + 1000
    for deadline in (0, now, now + FINAL_WINDOW):
        at(now)
        with ape.reverts(errors.DeadlineOutOfRange):
            world.create(deadline=deadline, rateLimitEnd=0)
        now += 1000
    with ape.reverts(errors.DeadlineOutOfRange):
        world.create(deadline=2**40)
    assert world.create(deadline=2**40 - 1).DEADLINE() == 2**40 - 1


@pytest.mark.parametrize(
    ("budget", "longest"), [(0, 0), (59, 59), (100, 59), (100, 101), (2**40, 60), (2**256 - 1, 2**256 - 1)]
)
def test_constructor_reverts_when_pause_limits_make_no_sense(world, errors, budget, longest):
    with ape.reverts(errors.PauseLimitsInvalid, pauseBudgetSeconds=budget, maxPauseSeconds=longest):
        world.create(pauseBudgetSeconds=budget, maxPauseSeconds=longest)


@pytest.mark.parametrize(
    ("capacity", "period"),
    [(0, DAY), (PHA, 0), (PHA + 1, DAY), (10**6 * (DAY - 1), DAY), (10**27 + 10**6, DAY), (0, 0)],
    ids=["none", "no-period", "fraction", "drains-too-slowly", "above-all-pha", "zeros"],
)
def test_constructor_reverts_when_the_rate_limit_makes_no_sense(world, errors, capacity, period):
    with ape.reverts(errors.RateLimitInvalid, capacity=capacity, periodSeconds=period):
        world.create(rateLimitCapacity=capacity, rateLimitPeriodSeconds=period)


def test_constructor_takes_the_slowest_drain(world):
    bridge = world.create(rateLimitCapacity=10**6 * DAY, rateLimitPeriodSeconds=DAY)
    assert bridge.RATE_LIMIT_DRAIN() == 1


def test_constructor_reverts_without_verifiers(world, errors):
    with ape.reverts(errors.NoVerifiers):
        world.create(verifiers=[])


def test_constructor_reverts_when_a_scheme_comes_twice(world, errors):
    with ape.reverts(errors.DuplicateScheme, scheme=2):
        world.create(verifiers=[(2, world.verifier), (1, world.verifier), (2, world.verifier)])


def test_constructor_reverts_when_a_verifier_is_no_contract(world, errors):
    with ape.reverts(errors.VerifierWithoutCode, scheme=1, verifier=NOBODY):
        world.create(verifiers=[(2, world.verifier), (1, NOBODY)])


def test_constructor_takes_a_verifier_for_each_scheme(world):
    bridge = world.create(verifiers=[(scheme, world.verifier) for scheme in (0, 1, 2, 3, 4, 255)])
    assert bridge.verifierOf(255) == world.verifier
