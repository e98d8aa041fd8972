# SPDX-License-Identifier: Apache-2.0
"""SlashManager: who may file, how long each step waits, what is taken and where it goes."""

from __future__ import annotations

import ape
import pytest
from eth_abi import encode
from eth_utils import keccak

from pha.staking.slashing import SlashModel
from tests.reference.stake_pools import DAY, PHA, SLASH_MANAGER, WORKER_REGISTRY, ZERO_ADDRESS, parameter

WORKER, OTHER = b"\x07" * 32, b"\x08" * 32
FILED, CHALLENGED, UPHELD, EXECUTED, CANCELLED, LAPSED = range(1, 7)
BURN = "0x000000000000000000000000000000000000dEaD"
SHARES = 1000


@pytest.fixture(scope="module")
def bond(project, staking, deployer):
    return deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)


@pytest.fixture(scope="module")
def locks(project, staking, pool, deployer):
    locks = deployer.deploy(project.MockWorkerLocks)
    locks.setLock(WORKER, 0, pool, 100 * PHA, sender=deployer)
    return locks


@pytest.fixture(scope="module")
def ground(project, deployer):
    return deployer.deploy(project.MockSlashGround)


@pytest.fixture(scope="module")
def manager(project, staking, pool, bond, locks, ground, deployer, treasury, alice):
    core = (staking.manager, staking.token, staking.factory, staking.parameters)
    manager = deployer.deploy(project.SlashManager, *core, bond, treasury)
    staking.factory.setModule(SLASH_MANAGER, manager, sender=deployer)
    staking.factory.setModule(WORKER_REGISTRY, locks, sender=deployer)
    manager.setGround(ground, True, sender=deployer)
    staking.token.approve(bond, 2**256 - 1, sender=alice)
    bond.post(pool, 30 * PHA, sender=alice)
    pool.deposit(300 * PHA, alice, sender=alice)
    return manager


def proof(staking, number: int, level: int = 4, worker: bytes = WORKER, age: int = 0) -> bytes:
    offence = (number.to_bytes(32, "big"), worker, staking.now - age, level)
    return encode(["(bytes32,bytes32,uint48,uint8)"], [offence])


def accusation(staking, number: int, level: int = 4):
    return (number.to_bytes(32, "big"), WORKER, staking.now, level)


# Objective claims


def test_proven_offence_is_executed_at_once_bond_first(manager, staking, ground, pool, bond, stranger, relayer):
    receipt = manager.file(ground, proof(staking, 1), sender=stranger)
    (event,) = receipt.decode_logs(manager.ClaimFiled)
    assert (event.claimId, event.pool, event.worker, event.ground, event.assets) == (1, pool, WORKER, ground, 100 * PHA)
    receipt = manager.execute(1, sender=relayer)
    (event,) = receipt.decode_logs(manager.ClaimExecuted)
    assert (event.fromBond, event.fromPool, event.reporterShare) == (30 * PHA, 70 * PHA, 5 * PHA)
    assert tuple(bond.bondOf(pool)) == (0, 0, 0)
    assert pool.totalAssets() == 230 * PHA
    assert staking.token.balanceOf(manager) == 100 * PHA == manager.proceeds() + manager.reporterDue(stranger)
    assert manager.claimOf(1).status == EXECUTED
    assert list(manager.openClaims(pool)) == []
    with ape.reverts(manager.ClaimNotInStatus, claimId=1, status=EXECUTED):
        manager.execute(1, sender=relayer)


@pytest.mark.parametrize(("level", "assets"), [(1, PHA // 10), (2, PHA), (3, 10 * PHA), (4, 100 * PHA)])
def test_levels_cost_what_the_parameters_say(manager, staking, ground, stranger, level, assets):
    manager.file(ground, proof(staking, 1, level), sender=stranger)
    assert manager.claimOf(1).assets == assets


@pytest.mark.parametrize("level", [0, 5, 255])
def test_file_reverts_for_unknown_levels(manager, staking, ground, stranger, level):
    with ape.reverts(manager.LevelOutOfRange, level=level):
        manager.file(ground, proof(staking, 1, level), sender=stranger)


def test_file_takes_the_lock_at_the_time_of_the_offence(manager, staking, ground, locks, deployer, pool, stranger):
    locks.setLock(WORKER, staking.now - 10, pool, 5 * PHA, sender=deployer)
    manager.file(ground, proof(staking, 1, age=1000), sender=stranger)
    manager.file(ground, proof(staking, 2), sender=stranger)
    assert (manager.claimOf(1).assets, manager.claimOf(2).assets) == (100 * PHA, 5 * PHA)


def test_file_reverts_without_proof_ground_or_stake(
    project, manager, staking, ground, locks, deployer, alice, stranger
):
    with ape.reverts(ground.NothingProven):
        manager.file(ground, b"", sender=stranger)
    with ape.reverts(manager.NothingAtStake, worker=OTHER):
        manager.file(ground, proof(staking, 1, worker=OTHER), sender=stranger)
    locks.setLock(OTHER, 0, alice, PHA, sender=deployer)  # no pool of this factory
    with ape.reverts(manager.NothingAtStake, worker=OTHER):
        manager.file(ground, proof(staking, 1, worker=OTHER), sender=stranger)
    receipt = manager.setGround(ground, False, sender=deployer)
    (event,) = receipt.decode_logs(manager.GroundSet)
    assert (event.oldAccepted, event.newAccepted) == (True, False)
    with ape.reverts(manager.GroundNotAccepted, ground=ground):
        manager.file(ground, proof(staking, 1), sender=stranger)


def test_file_reverts_on_stale_and_future_evidence(manager, staking, ground, stranger):
    time = staking.now
    for age, accepted in ((7 * DAY + 1, False), (-1, False), (7 * DAY, True), (0, True)):
        time += 100
        committed_at = time - age
        evidence = encode(
            ["(bytes32,bytes32,uint48,uint8)"], [(committed_at.to_bytes(32, "big"), WORKER, committed_at, 1)]
        )
        staking.chain.pending_timestamp = time
        if accepted:
            assert manager.file(ground, evidence, sender=stranger).timestamp == time
            continue
        with ape.reverts(manager.EvidenceStale, committedAt=committed_at):
            manager.file(ground, evidence, sender=stranger)


def test_an_offence_has_one_claim_a_ground(manager, staking, ground, deployer, stranger):
    manager.file(ground, proof(staking, 1), sender=stranger)
    key = keccak(encode(["address", "bytes32"], [ground.address, (1).to_bytes(32, "big")]))
    with ape.reverts(manager.OffenceAlreadyClaimed, offenceKey=key):
        manager.file(ground, proof(staking, 1, level=1), sender=stranger)


def test_unexecuted_proof_lapses_and_may_be_filed_again(manager, staking, ground, deployer, pool, stranger):
    staking.parameters.set(parameter("EvidenceMaxAgeSeconds"), 30 * DAY, sender=deployer)
    ends = manager.file(ground, proof(staking, 1), sender=stranger).timestamp + 7 * DAY
    staking.chain.pending_timestamp = ends
    with ape.reverts(manager.ClaimOutsideWindow, claimId=1, time=ends):
        manager.lapse(1, sender=stranger)
    staking.travel_to(ends + 1)
    with ape.reverts(manager.ClaimOutsideWindow, claimId=1):
        manager.execute(1, sender=stranger)
    manager.lapse(1, sender=stranger)
    assert manager.claimOf(1).status == LAPSED
    with ape.reverts(manager.ClaimNotInStatus, claimId=1, status=LAPSED):
        manager.lapse(1, sender=stranger)
    manager.file(ground, proof(staking, 1, age=7 * DAY), sender=stranger)
    manager.execute(2, sender=stranger)


def test_proven_claim_can_be_neither_challenged_nor_cancelled(manager, staking, ground, operator, deployer, stranger):
    manager.file(ground, proof(staking, 1), sender=stranger)
    with ape.reverts(manager.ObjectiveClaim, claimId=1):
        manager.challenge(1, sender=operator)
    with ape.reverts(manager.ObjectiveClaim, claimId=1):
        manager.cancel(1, sender=deployer)


# Accusations


def test_accusation_waits_for_the_challenge(manager, staking, deployer, stranger):
    filed = manager.accuse(accusation(staking, 1), stranger, sender=deployer).timestamp
    staking.chain.pending_timestamp = filed + 3 * DAY
    with ape.reverts(manager.ClaimOutsideWindow, claimId=1, time=filed + 3 * DAY):
        manager.execute(1, sender=stranger)
    staking.chain.pending_timestamp = filed + 3 * DAY + 1
    manager.execute(1, sender=stranger)
    assert manager.reporterDue(stranger) == 5 * PHA


def test_accusation_is_governances_alone(manager, staking, stranger):
    with ape.reverts(manager.AccessManagedUnauthorized, caller=stranger):
        manager.accuse(accusation(staking, 1), stranger, sender=stranger)
    for method in (manager.uphold, manager.cancel):
        with ape.reverts(manager.AccessManagedUnauthorized, caller=stranger):
            method(1, sender=stranger)


def test_challenged_accusation_needs_a_second_decision(manager, staking, deployer, operator, stranger):
    filed = manager.accuse(accusation(staking, 1), ZERO_ADDRESS, sender=deployer).timestamp
    with ape.reverts(manager.CallerNotAccused, claimId=1, caller=stranger):
        manager.challenge(1, sender=stranger)
    manager.challenge(1, sender=operator)
    with ape.reverts(manager.ClaimNotInStatus, claimId=1, status=CHALLENGED):
        manager.challenge(1, sender=operator)
    staking.travel_to(filed + 4 * DAY)
    with ape.reverts(manager.ClaimNotInStatus, claimId=1, status=CHALLENGED):
        manager.execute(1, sender=stranger)
    manager.uphold(1, sender=deployer)
    receipt = manager.execute(1, sender=stranger)
    assert receipt.decode_logs(manager.ClaimExecuted)[0].reporterShare == 0


def test_challenge_reverts_after_its_window(manager, staking, deployer, operator):
    filed = manager.accuse(accusation(staking, 1), ZERO_ADDRESS, sender=deployer).timestamp
    staking.chain.pending_timestamp = filed + 3 * DAY + 1
    with ape.reverts(manager.ClaimOutsideWindow, claimId=1):
        manager.challenge(1, sender=operator)


def test_challenged_accusation_lapses_without_a_decision(manager, staking, deployer, operator, pool, stranger):
    filed = manager.accuse(accusation(staking, 1), ZERO_ADDRESS, sender=deployer).timestamp
    manager.challenge(1, sender=operator)
    staking.chain.pending_timestamp = filed + 10 * DAY
    with ape.reverts(manager.ClaimOutsideWindow, claimId=1, time=filed + 10 * DAY):
        manager.lapse(1, sender=stranger)
    staking.travel_to(filed + 10 * DAY + 1)
    with ape.reverts(manager.ClaimOutsideWindow, claimId=1):
        manager.uphold(1, sender=deployer)
    manager.lapse(1, sender=stranger)
    assert pool.holdUntil() <= staking.now
    with ape.reverts(manager.OffenceAlreadyClaimed):
        manager.accuse((*accusation(staking, 1)[:2], staking.now, 4), ZERO_ADDRESS, sender=deployer)


def test_cancelled_accusation_frees_the_pool(manager, staking, deployer, pool, alice):
    manager.accuse(accusation(staking, 1), ZERO_ADDRESS, sender=deployer)
    with ape.reverts(pool.PoolFrozen):
        pool.deposit(PHA, alice, sender=alice)
    manager.cancel(1, sender=deployer)
    assert manager.claimOf(1).status == CANCELLED
    pool.deposit(PHA, alice, sender=alice)


# The reporter's share


@pytest.mark.parametrize(
    ("bonded", "share"),
    [(0, 0), (1, 1), (2 * PHA, 2 * PHA), (5 * PHA, 5 * PHA), (6 * PHA, 5 * PHA), (100 * PHA, 5 * PHA)],
)
def test_self_report_never_pays_more_than_the_bond_lost(
    manager, staking, ground, pool, bond, slasher, operator, bonded, share
):
    """A share is 5% of the 100 PHA taken, and at most what the operator's own bond lost."""
    staking.factory.setModule(SLASH_MANAGER, slasher, sender=staking.deployer)
    bond.slash(pool, 30 * PHA, sender=slasher)
    staking.factory.setModule(SLASH_MANAGER, manager, sender=staking.deployer)
    staking.token.transfer(operator, 100 * PHA, sender=staking.deployer)
    staking.token.approve(bond, 100 * PHA, sender=operator)
    if bonded:
        bond.post(pool, bonded, sender=operator)
    manager.file(ground, proof(staking, 1), sender=operator)
    manager.execute(1, sender=operator)
    manager.payReporter(operator, sender=operator)
    assert manager.proceeds() == 100 * PHA - share
    assert staking.token.balanceOf(operator) == 100 * PHA - bonded + share <= 100 * PHA


@pytest.mark.parametrize(
    ("level", "burn_bps", "reporter_bps"), [(1, 0, 500), (2, 3_333, 1_999), (3, 10_000, 7), (4, 1, 0)]
)
def test_what_is_taken_is_split_as_the_model_says(
    manager, staking, ground, locks, pool, deployer, stranger, relayer, level, burn_bps, reporter_bps
):
    """`pha.staking.slashing` to the wei, of a lock that divides by nothing."""
    lock = 99 * PHA + 333_333_333_333_333_337
    locks.setLock(OTHER, 0, pool, lock, sender=deployer)
    for name, value in (("BurnShareBps", burn_bps), ("ReporterShareBps", reporter_bps)):
        staking.parameters.set(parameter(name), value, sender=deployer)
    model = SlashModel(reporter_bps=reporter_bps, burn_bps=burn_bps)
    manager.file(ground, proof(staking, 1, level, OTHER), sender=stranger)
    assert manager.claimOf(1).assets == model.claim_amount(level, lock)
    (event,) = manager.execute(1, sender=relayer).decode_logs(manager.ClaimExecuted)
    assert event.reporterShare == model.executed(event.fromBond, event.fromPool, "stranger")
    assert (manager.reporterDue(stranger), manager.proceeds()) == (model.reporter_due["stranger"], model.proceeds)
    (event,) = manager.distribute(sender=relayer).decode_logs(manager.ProceedsDistributed)
    assert (event.burned, event.toTreasury) == model.distribute()


# Holds


def test_hold_lasts_through_the_last_second_of_execution(
    manager, staking, ground, pool, bond, operator, alice, stranger
):
    """Whatever may run ahead of an execution in its last second is held."""
    pool.requestRedeem(300 * PHA * SHARES, alice, alice, sender=alice)
    filed = manager.file(ground, proof(staking, 1), sender=stranger).timestamp
    ends = filed + 7 * DAY
    assert pool.holdUntil() == ends + 1
    staking.travel_to(ends - 1)
    assert pool.maxWithdraw(alice) == 0
    staking.chain.pending_timestamp = ends
    manager.execute(1, sender=stranger)
    assert pool.maxWithdraw(alice) in (230 * PHA - 1, 230 * PHA)


def test_request_due_before_the_execution_does_not_escape(manager, staking, deployer, pool, alice, stranger):
    """S9, through the real manager: the exit asked for before the claim is slashed with the rest."""
    pool.requestRedeem(300 * PHA * SHARES, alice, alice, sender=alice)
    staking.travel_to(staking.start_of_day(7) - 60)
    manager.accuse(accusation(staking, 1), ZERO_ADDRESS, sender=deployer)
    staking.travel(4 * DAY)
    assert pool.maxWithdraw(alice) == 0
    manager.execute(1, sender=stranger)
    assert pool.maxWithdraw(alice) in (230 * PHA - 1, 230 * PHA)


def test_older_claims_end_moves_the_hold_to_the_younger(manager, staking, deployer, pool, alice, bob, stranger):
    """What matured between the two filings is free once the older claim ends."""
    pool.requestRedeem(100 * PHA * SHARES, alice, alice, sender=alice)
    staking.travel_to(staking.start_of_day(7) - 60)
    manager.accuse(accusation(staking, 1, level=1), ZERO_ADDRESS, sender=deployer)
    staking.travel(3600)
    manager.accuse(accusation(staking, 2, level=1), ZERO_ADDRESS, sender=deployer)
    assert pool.maxWithdraw(alice) == 0
    manager.cancel(1, sender=deployer)
    assert pool.maxWithdraw(alice) == 100 * PHA
    assert pool.holdUntil() > staking.now


def test_open_claims_are_bounded(manager, staking, ground, pool, stranger):
    for number in range(32):
        manager.file(ground, proof(staking, number, level=1), sender=stranger)
    with ape.reverts(manager.TooManyOpenClaims, pool=pool, open=32):
        manager.file(ground, proof(staking, 99, level=1), sender=stranger)
    manager.execute(7, sender=stranger)
    manager.file(ground, proof(staking, 99, level=1), sender=stranger)
    assert sorted(manager.openClaims(pool)) == [n for n in range(1, 34) if n != 7]


# Proceeds


@pytest.mark.parametrize("burn_bps", [0, 2500, 10_000])
def test_proceeds_go_where_the_parameters_say(manager, staking, ground, deployer, treasury, stranger, burn_bps):
    staking.parameters.set(parameter("BurnShareBps"), burn_bps, sender=deployer)
    manager.file(ground, proof(staking, 1), sender=stranger)
    manager.execute(1, sender=stranger)
    manager.distribute(sender=stranger)
    burned = 95 * PHA * burn_bps // 10_000
    assert staking.token.balanceOf(BURN) == burned
    assert staking.token.balanceOf(treasury) == 95 * PHA - burned
    assert manager.proceeds() == 0
    for _ in range(2):
        manager.payReporter(stranger, sender=treasury)
        assert staking.token.balanceOf(stranger) == 5 * PHA
    assert staking.token.balanceOf(manager) == 0
