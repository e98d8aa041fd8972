# SPDX-License-Identifier: Apache-2.0
"""Staking, workers, rewards and compute as they stand after deployment."""

from __future__ import annotations

import ape
import pytest

from pha.governance.enums import load_enums
from pha.governance.parameter_table import ROOT, default_in_units, documented_defaults

DAY = 86_400
PHA = 10**18
ZERO = "0x" + "00" * 20
FIRST_DAY = 20_423  # 2025-12-01


def word(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


@pytest.fixture
def curator(accounts):
    return accounts[6]


@pytest.fixture
def pool(suite, accounts, project):
    """A pool that anyone made, by the deployed factory."""
    suite.stake_pool_factory.createPool(500, sender=accounts[7])
    return project.IStakePool.at(suite.stake_pool_factory.poolOf(1))


@pytest.mark.parametrize(
    ("name", "contract", "folder"),
    [
        ("staking_parameters", "StakingParameters", "staking"),
        ("worker_parameters", "WorkerParameters", "staking"),
        ("compute_parameters", "ComputeParameters", "compute"),
    ],
)
def test_local_parameters_are_the_documented_defaults(suite, name, contract, folder):
    documented = documented_defaults(ROOT / "contracts" / folder)
    members = load_enums(ROOT / "contracts")[f"I{contract}.Parameter"]
    for number, member in enumerate(members):
        wanted = default_in_units(member, documented[member[0].lower() + member[1:]])
        assert suite.contracts[name].get(number) == wanted, member


@pytest.mark.parametrize(
    ("model", "weight", "collateral"),
    [("H100", 10_000, 1250), ("H200", 15_000, 1875), ("B200", 18_000, 2250), ("GH100", 10_000, 1250), ("T4", 0, 0)],
)
def test_gpus_count_as_they_have_since_the_move(suite, model, weight, collateral):
    assert suite.worker_parameters.gpuClassOf(word(model)) == (weight, collateral * PHA)


def test_rewards_follow_the_published_schedule(suite):
    scheduled = suite.reward_schedule.scheduled
    assert scheduled(FIRST_DAY - 1) == (0, 0)
    assert scheduled(FIRST_DAY) == (720_000 * PHA, 720_000 * PHA)
    assert scheduled(FIRST_DAY + 180) == (540_000 * PHA, (180 * 720_000 + 540_000) * PHA)


def test_pools_obey_the_deployed_modules(suite):
    modules = [suite.slash_manager, suite.worker_registry, suite.reward_schedule, suite.redelegation]
    assert [suite.stake_pool_factory.module(number) for number in range(4)] == modules


def test_what_customers_pay_reaches_pools_and_stakers(suite, stranger):
    for ledger in (suite.compute_market, suite.compute_oracle):
        assert suite.reward_schedule.isEarningsLedger(ledger)
    assert not suite.reward_schedule.isEarningsLedger(stranger)


def test_pools_hold_pha_and_take_rewards_from_the_schedule_alone(suite, pool, stranger):
    assert pool.asset() == suite.token
    with ape.reverts(pool.CallerNotModule):
        pool.reward(1, sender=stranger)
    with ape.reverts(pool.CallerNotModule):
        pool.slash(1, sender=suite.deployer)


def test_two_answers_are_ground_for_a_slash_and_a_strangers_contract_is_not(suite, project, stranger):
    manager = suite.slash_manager
    assert manager.isGround(suite.answer_equivocation)
    for claimed in (suite.compute_oracle, stranger):
        with ape.reverts(manager.GroundNotAccepted):
            manager.file(claimed, b"", sender=stranger)
    with ape.reverts():  # the ground itself answers: this is no evidence
        manager.file(suite.answer_equivocation, bytes(32), sender=stranger)


def test_vault_is_one_contract_with_both_halves_and_without_a_fee(suite):
    vault = suite.delegation_vault
    assert (vault.name(), vault.symbol(), vault.asset()) == ("Staked Phala", "vPHA", suite.token)
    assert vault.pools() == []
    fee = vault.fee()
    assert (fee.currentBps, fee.recipient, fee.nextBps) == (0, suite.treasury, 0)
    assert vault.getPastStakedVotes(suite.deployer, 0) == 0


def test_curator_moves_stake_only_into_pools_that_governance_listed(suite, govern, pool, curator, stranger, accounts):
    vault, token = suite.delegation_vault, suite.token
    token.mint(stranger, 100 * PHA, sender=accounts[9])
    token.approve(vault, 100 * PHA, sender=stranger)
    vault.deposit(100 * PHA, stranger, sender=stranger)
    for caller in (curator, stranger):
        with ape.reverts(vault.AccessManagedUnauthorized):
            vault.setPool(pool, 50 * PHA, sender=caller)
    with ape.reverts(vault.PoolNotListed):
        vault.delegateTo(pool, 40 * PHA, sender=curator)
    govern(vault.setPool, pool, 50 * PHA)
    with ape.reverts(vault.AccessManagedUnauthorized):
        vault.delegateTo(pool, 40 * PHA, sender=stranger)
    with ape.reverts(vault.CapExceeded):
        vault.delegateTo(pool, 51 * PHA, sender=curator)
    vault.delegateTo(pool, 40 * PHA, sender=curator)
    assert token.balanceOf(pool) == 40 * PHA
    assert vault.totalAssets() == 100 * PHA


def test_the_vaults_other_half_is_of_no_use_by_itself(suite, curator):
    with ape.reverts(suite.vault_operations.AccessManagedUnauthorized):
        suite.vault_operations.delegateTo(ZERO, 1, sender=curator)


def test_governance_alone_sets_what_staking_and_compute_go_by(suite, guardian, curator, govern):
    calls = [
        (suite.staking_parameters.set, 1, 8),
        (suite.worker_parameters.set, 3, 100),
        (suite.worker_parameters.setGpuClass, word("B300"), (20_000, 3000 * PHA)),
        (suite.compute_parameters.set, 3, 3600),
        (suite.compute_market.setClassPrice, 1, 10**15),
        (suite.compute_market.setClassOpen, 1, False),
        (suite.slash_manager.setGround, suite.answer_equivocation, False),
        (suite.stake_pool_factory.setModule, 1, ZERO),
    ]
    for method, *arguments in calls:
        for caller in (guardian, curator, suite.deployer):
            with ape.reverts(method.contract.AccessManagedUnauthorized):
                method(*arguments, sender=caller)
        govern(method, *arguments)
    assert suite.staking_parameters.get(1) == 8
    assert suite.worker_parameters.gpuClassOf(word("B300")).weightBps == 20_000
    assert suite.compute_market.classOf(1).pricePerSecond == 10**15
    assert not suite.compute_market.classOf(1).isOpen
    assert not suite.slash_manager.isGround(suite.answer_equivocation)
    assert suite.stake_pool_factory.module(1) == ZERO


def test_market_begins_with_the_classes_of_the_parameters(suite):
    market = suite.compute_market
    assert market.classCount() == 3
    assert [tuple(market.classOf(number)) for number in (1, 2, 3)] == [
        (PHA // 10_000, 500 * PHA, True, 4, 0, bytes(32), bytes(32), bytes(32)),
        (PHA // 100, 1250 * PHA, True, 4, 1, bytes(32), word("GH100"), bytes(32)),
        (8 * PHA // 100, 10_000 * PHA, True, 4, 8, bytes(32), word("GH100"), bytes(32)),
    ]
    assert market.TOKEN() == suite.compute_oracle.TOKEN() == suite.token
