# SPDX-License-Identifier: Apache-2.0
"""All of staking over a token that calls back in the middle of every transfer, and every step that moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_abi import encode

from pha.staking.typed_data import Report
from tests.reference.rewards import Rewards
from tests.reference.stake_pools import DAY, PHA, REDELEGATION, REWARD_SOURCE, SLASH_MANAGER, WORKER_REGISTRY, Staking
from tests.reference.stake_vaults import deploy_vault
from tests.reference.workers import worker_key

WORKER = b"\x07" * 32
NO_PERMIT = (2**48, 27, bytes(32), bytes(32))
SHARES = 1000


@dataclass
class HostileWorld:
    """The contracts and who acts: `alice` has stake everywhere, `module` may stand in a module's place."""

    token: Any
    rewards: Rewards
    pool: Any
    bond: Any
    manager: Any
    ground: Any
    vault: Any
    operator: Any
    alice: Any
    module: Any
    gatekeeper: Any

    @classmethod
    def deploy(cls, project, chain, deployer, treasury, operator, alice, module, gatekeeper) -> HostileWorld:
        token = deployer.deploy(project.MockCallbackToken)
        token.mint(deployer, 10**9 * PHA, sender=deployer)
        staking = Staking.deploy(project, chain, deployer, token=token)
        rewards = Rewards.deploy(staking, module, gatekeeper, treasury)
        pool = staking.create_pool(operator, 500)
        core = (staking.token, staking.factory, staking.parameters)
        bond = deployer.deploy(project.OperatorBond, *core)
        manager = deployer.deploy(project.SlashManager, staking.manager, *core, bond, treasury)
        vault = deploy_vault(project, staking, bond, deployer)
        vault.setPool(pool, 10**6 * PHA, sender=deployer)
        for account in (alice, operator, module, gatekeeper):
            token.transfer(account, 10**6 * PHA, sender=deployer)
            for spender in (pool, vault, bond, rewards.schedule, rewards.gatekeepers.contract):
                token.approve(spender, 2**256 - 1, sender=account)
        ground = deployer.deploy(project.MockSlashGround)
        manager.setGround(ground, True, sender=deployer)
        world = cls(token, rewards, pool, bond, manager, ground, vault, operator, alice, module, gatekeeper)
        world._prepare(project, deployer)
        return world

    @property
    def staking(self) -> Staking:
        return self.rewards.staking

    @property
    def schedule(self) -> Any:
        return self.rewards.schedule

    @property
    def gatekeepers(self) -> Any:
        return self.rewards.gatekeepers.contract

    def _prepare(self, project, deployer) -> None:
        """Stake in pool and vault, requests of both that are due, dues of the schedule, a lock that may be slashed."""
        pool, vault, alice, staking = self.pool, self.vault, self.alice, self.staking
        pool.deposit(50_000 * PHA, alice, sender=alice)
        self.rewards.run(worker_key(0x5151), pool, self.operator)
        staking.travel(DAY)  # a worker counts from the day after its start
        self.rewards.settle(self.rewards.reported(self.rewards.record(worker_key(0x5151))))
        self.bond.post(pool, 30 * PHA, sender=alice)
        vault.deposit(1000 * PHA, alice, sender=alice)
        vault.delegateTo(pool, 900 * PHA, sender=deployer)
        pool.requestRedeem(100 * PHA * SHARES, alice, alice, sender=alice)
        vault.recallFrom(pool, 500 * PHA, sender=deployer)
        vault.requestRedeem(50 * PHA, alice, alice, sender=alice)
        vault.requestRedeem(40 * PHA, alice, alice, sender=alice)
        locks = deployer.deploy(project.MockWorkerLocks)
        locks.setLock(WORKER, 0, pool, 1000 * PHA, sender=deployer)
        staking.factory.setModule(WORKER_REGISTRY, locks, sender=deployer)
        self.be_module(SLASH_MANAGER, self.manager)
        staking.travel_to(staking.start_of_day(8) + 3600)
        vault.fill(1, sender=alice)

    def be_module(self, module: int, account: Any) -> None:
        self.staking.factory.setModule(module, account, sender=self.staking.deployer)

    def file(self, number: int = 1, level: int = 4) -> Any:
        offence = (number.to_bytes(32, "big"), WORKER, self.staking.now, level)
        evidence = encode(["(bytes32,bytes32,uint48,uint8)"], [offence])
        return self.manager.file(self.ground, evidence, sender=self.alice)

    def call_back(self, target: Any, data: bytes) -> None:
        """What the token does in the middle of each transfer from now on."""
        self.token.setCall(target, data, sender=self.alice)

    @property
    def answer(self) -> tuple[bool, str]:
        """Whether the call that the token made succeeded, and its answer in hex."""
        return self.token.callSucceeded(), bytes(self.token.callAnswer()).hex()


Step = Callable[[HostileWorld], Callable[[], Any]]
"""Prepares, and gives the step itself."""


def _closed(w: HostileWorld):
    w.be_module(SLASH_MANAGER, w.module)
    # What the last holders are left with is little and not nothing.
    w.pool.slash(w.pool.books().active + w.pool.books().atExit - 10**6, sender=w.module)
    return lambda: w.pool.claimClosed(0, w.alice, sender=w.alice)


def _as_slasher(w: HostileWorld, target: Any, *arguments):
    w.be_module(SLASH_MANAGER, w.module)
    return lambda: target.slash(*arguments, sender=w.module)


def _as_rewarder(w: HostileWorld):
    w.be_module(REWARD_SOURCE, w.module)
    return lambda: w.pool.reward(100 * PHA, sender=w.module)


def _move_out(w: HostileWorld):
    w.be_module(REDELEGATION, w.module)
    w.pool.approve(w.module, PHA * SHARES, sender=w.alice)
    return lambda: w.pool.moveOut(PHA * SHARES, w.alice, w.module, sender=w.module)


def _add_proceeds(w: HostileWorld):
    w.token.approve(w.manager, PHA, sender=w.alice)
    return lambda: w.manager.addProceeds(PHA, sender=w.alice)


def _collect_closed(w: HostileWorld):
    _closed(w)
    return lambda: w.vault.collect(w.pool, sender=w.alice)


def _remove_pool(w: HostileWorld):
    deployer = w.staking.deployer
    w.vault.recallFrom(w.pool, 10**6 * PHA, sender=deployer)
    w.staking.travel_to(w.staking.start_of_day(8) + 3600)
    return lambda: w.vault.removePool(w.pool, sender=deployer)


def _release(w: HostileWorld):
    w.bond.requestRelease(w.pool, 10 * PHA, sender=w.operator)
    w.staking.travel_to(w.staking.start_of_day(15))
    return lambda: w.bond.release(w.pool, sender=w.operator)


def _execute(w: HostileWorld):
    w.file()
    return lambda: w.manager.execute(1, sender=w.alice)


def _executed(w: HostileWorld, action: str, *arguments):
    _execute(w)()
    return lambda: getattr(w.manager, action)(*arguments, sender=w.alice)


def _withdraw_bond(w: HostileWorld):
    w.gatekeepers.resign(sender=w.gatekeeper)
    w.staking.travel(70 * DAY)
    return lambda: w.gatekeepers.withdraw(w.gatekeeper, sender=w.alice)


def _equivocate(w: HostileWorld):
    reports = [Report(9, 0, bytes([number]) * 32, 1, 1) for number in (1, 2)]
    signed = [w.rewards.gatekeepers.sign(w.gatekeeper, report) for report in reports]
    (first, second), (one, two) = [report.values for report in reports], signed
    return lambda: w.gatekeepers.slashEquivocation(first, one, second, two, sender=w.alice)


def _equivocated(w: HostileWorld):
    _equivocate(w)()
    return lambda: w.gatekeepers.distribute(sender=w.alice)


STEPS: dict[str, dict[str, Step]] = {
    "pool": {
        "deposit": lambda w: lambda: w.pool.deposit(PHA, w.alice, sender=w.alice),
        "mint": lambda w: lambda: w.pool.mint(PHA * SHARES, w.alice, sender=w.alice),
        "depositWithPermit": lambda w: lambda: w.pool.depositWithPermit(PHA, w.alice, *NO_PERMIT, sender=w.alice),
        "redeem": lambda w: lambda: w.pool.redeem(PHA * SHARES, w.alice, w.alice, sender=w.alice),
        "withdraw": lambda w: lambda: w.pool.withdraw(PHA, w.alice, w.alice, sender=w.alice),
        "claimClosed": _closed,
        "moveOut": _move_out,
        "reward": _as_rewarder,
        "slash": lambda w: _as_slasher(w, w.pool, 5 * PHA),
    },
    "vault": {
        "deposit": lambda w: lambda: w.vault.deposit(PHA, w.alice, sender=w.alice),
        "mint": lambda w: lambda: w.vault.mint(PHA, w.alice, sender=w.alice),
        "depositWithPermit": lambda w: lambda: w.vault.depositWithPermit(PHA, w.alice, *NO_PERMIT, sender=w.alice),
        "redeem": lambda w: lambda: w.vault.redeem(PHA, w.alice, w.alice, sender=w.alice),
        "withdraw": lambda w: lambda: w.vault.withdraw(PHA, w.alice, w.alice, sender=w.alice),
        "collect": lambda w: lambda: w.vault.collect(w.pool, sender=w.alice),
        "collect what a closed generation left": _collect_closed,
        "delegateTo": lambda w: lambda: w.vault.delegateTo(w.pool, PHA, sender=w.staking.deployer),
        "recallFrom": lambda w: lambda: w.vault.recallFrom(w.pool, PHA, sender=w.staking.deployer),
        "removePool": _remove_pool,
    },
    "bond": {
        "post": lambda w: lambda: w.bond.post(w.pool, PHA, sender=w.alice),
        "release": _release,
        "slash": lambda w: _as_slasher(w, w.bond, w.pool, PHA),
    },
    "manager": {
        "execute": _execute,
        "payReporter": lambda w: _executed(w, "payReporter", w.alice),
        "addProceeds": _add_proceeds,
        "distribute": lambda w: _executed(w, "distribute"),
    },
    "schedule": {
        "fund": lambda w: lambda: w.schedule.fund(PHA, sender=w.alice),
        "payPool": lambda w: lambda: w.schedule.payPool(w.pool, sender=w.alice),
        "payTreasury": lambda w: lambda: w.schedule.payTreasury(sender=w.alice),
    },
    "gatekeepers": {
        "join": lambda w: lambda: w.gatekeepers.join(100_000 * PHA, sender=w.alice),
        "topUp": lambda w: lambda: w.gatekeepers.topUp(PHA, sender=w.gatekeeper),
        "withdraw": _withdraw_bond,
        "slashEquivocation": _equivocate,
        "distribute": _equivocated,
    },
}
"""By contract: every step that moves the token, as tests run it."""
