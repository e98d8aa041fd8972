# SPDX-License-Identifier: Apache-2.0
"""Deploying staking for tests, and running a pool beside its model."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ape

from pha.staking.model import DAY, PoolModel, RefusedError
from tests.reference.chain_time import ChainTime

PHA = 10**18
ZERO_ADDRESS = "0x" + "00" * 20
SLASH_MANAGER, WORKER_REGISTRY, REWARD_SOURCE, REDELEGATION = range(4)

NAMES = [
    "MinDepositAmount",
    "ExitDays",
    "GraceDays",
    "WorkerCooldownDays",
    "CommissionNoticeDays",
    "MaxCommissionBps",
    "RewardDripSeconds",
    "ChallengeWindowSeconds",
    "ResolutionWindowSeconds",
    "ExecutionWindowSeconds",
    "EvidenceMaxAgeSeconds",
    "SlashLevel1Bps",
    "SlashLevel2Bps",
    "SlashLevel3Bps",
    "SlashLevel4Bps",
    "ReporterShareBps",
    "BurnShareBps",
]
DEFAULTS = [
    10**16,
    7,
    7,
    7,
    28,
    5000,
    DAY,
    3 * DAY,
    7 * DAY,
    7 * DAY,
    7 * DAY,
    10,
    100,
    1000,
    10_000,
    500,
    0,
]


def parameter(name: str) -> int:
    """The number of a parameter in the contract's enum."""
    return NAMES.index(name)


def request_id(controller: Any, number: int) -> int:
    """The id of a controller's request: the address, then 48 bits of number."""
    return int(str(controller), 16) << 48 | number


@dataclass
class Staking(ChainTime):
    """The contracts, with plain accounts in the modules' places."""

    project: Any
    chain: Any
    deployer: Any
    token: Any
    manager: Any
    parameters: Any
    factory: Any

    @classmethod
    def deploy(cls, project, chain, deployer, *, token=None, values=None, modules=()) -> Staking:
        token = token or deployer.deploy(project.PhaToken, deployer)
        manager = deployer.deploy(project.PhaAccessManager, deployer)
        parameters = deployer.deploy(project.StakingParameters, manager, values or DEFAULTS)
        factory = deployer.deploy(project.StakePoolFactory, manager, token, parameters)
        for module, account in enumerate(modules):
            factory.setModule(module, account, sender=deployer)
        return cls(project, chain, deployer, token, manager, parameters, factory)

    def create_pool(self, operator, commission_bps: int = 0) -> Any:
        """A pool run by `operator`."""
        receipt = self.factory.createPool(commission_bps, sender=operator)
        (event,) = receipt.decode_logs(self.factory.PoolCreated)
        return self.project.IStakePool.at(event.pool)

    def fund(self, pool, accounts, amount: int = 10**6 * PHA) -> None:
        """Gives each account PHA and the pool its approval."""
        for account in accounts:
            self.token.transfer(account, amount, sender=self.deployer)
            self.token.approve(pool, 2**256 - 1, sender=account)

    def begin_a_day(self) -> None:
        """Goes to one in the morning of the next day: no step of a test then falls on midnight by chance.

        The chain's time is then ahead of the clock's too, and moves by what tests say alone.
        """
        self.travel_to(self.start_of_day(1) + 3600)

    def start_of_day(self, days_ahead: int) -> int:
        """The first second of the day so many days after today's."""
        return (self.now // DAY + days_ahead) * DAY


class Twin:
    """A pool and its model, stepped together. Each step says by the model whether the chain must refuse it."""

    def __init__(self, staking: Staking, pool: Any, operator: Any, commission_bps: int = 0):
        staking.begin_a_day()
        self.staking = staking
        self.pool = pool
        self.model = PoolModel(operator.address, commission_bps, staking.now)
        self.model.parameters.min_deposit_amount = staking.parameters.get(parameter("MinDepositAmount"))

    def step(
        self, action: Callable[[PoolModel], Any], call: Callable[..., Any], *arguments, sender, seconds: int = 1
    ) -> tuple[Any, Any]:
        """Runs both at one time; gives the model's answer and the receipt, or its error's name and None."""
        time = self.staking.now + seconds
        tried = copy.deepcopy(self.model)
        tried.now = time
        self.staking.chain.pending_timestamp = time
        try:
            answer = action(tried)
        except RefusedError as refused:
            name = refused.args[0]
            with ape.reverts(getattr(self.pool, name)):
                call(*arguments, sender=sender)
            return name, None
        receipt = call(*arguments, sender=sender)
        assert receipt.timestamp == time
        self.model = tried
        return answer, receipt

    def deposit(self, account, assets: int, **options):
        return self.step(
            lambda m: m.deposit(assets, account.address), self.pool.deposit, assets, account, sender=account, **options
        )

    def request(self, account, shares: int, **options):
        return self.step(
            lambda m: m.request(shares, account.address, account.address),
            self.pool.requestRedeem,
            shares,
            account,
            account,
            sender=account,
            **options,
        )

    def cancel(self, account, number: int, **options):
        return self.step(
            lambda m: m.cancel(account.address, number),
            self.pool.cancelRedeemRequest,
            request_id(account, number),
            account,
            sender=account,
            **options,
        )

    def redeem(self, account, shares: int, **options):
        return self.step(
            lambda m: m.claim(shares, False, account.address),
            self.pool.redeem,
            shares,
            account,
            account,
            sender=account,
            **options,
        )

    def withdraw(self, account, assets: int, **options):
        return self.step(
            lambda m: m.claim(assets, True, account.address),
            self.pool.withdraw,
            assets,
            account,
            account,
            sender=account,
            **options,
        )

    def slash(self, slasher, assets: int, **options):
        return self.step(lambda m: m.slash(assets), self.pool.slash, assets, sender=slasher, **options)

    def reopen(self, operator, **options):
        return self.step(lambda m: m.reopen(), self.pool.reopen, sender=operator, **options)

    def settle_time(self, timestamp: int) -> None:
        """Moves both to `timestamp`."""
        self.staking.travel_to(timestamp)
        self.model.now = self.staking.now

    def compare(self) -> None:
        """The pool's books, cohorts, balances and requests are the model's."""
        model, pool = self.model, self.pool
        model.now = self.staking.now
        active, undripped, _ = model.dripped()
        books = pool.books()
        expected = {
            "active": active,
            "supply": model.supply,
            "factor": model.factor,
            "norm": model.norm,
            "atExit": model.at_exit,
            "moved": model.moved,
            "owed": model.owed,
            "undripped": undripped,
            "locked": model.locked,
            "generation": model.generation,
            "settledCohorts": model.settled,
            "cohorts": len(model.cohorts),
        }
        assert {name: getattr(books, name) for name in expected} == expected
        for request in model.requests.values():
            on_chain, assets, claimable = pool.exitRequest(request_id(request.controller, request.number))
            assert tuple(on_chain) == (request.norm, request.shares, request.cohort)
            assert assets == model.value_of(request)
            assert claimable == model.is_claimable(request)
            if model.locked:
                assert pool.isOverdue(request_id(request.controller, request.number)) == model.is_overdue(request)
        for index, cohort in enumerate(model.cohorts):
            if cohort.moved:
                assert pool.movedNormOf(index) == cohort.moved
                assert tuple(pool.survival(index)) == (model.survival(index), index < model.settled)
                assert not model.locked or pool.isOverdue(index) == model.is_move_overdue(index)
        for account, balance in model.balances.items():
            assert pool.balanceOf(account) == balance
        for generation, closed in model.closed.items():
            for account, balance in closed.balances.items():
                assert pool.balanceOfGeneration(account, generation) == balance
