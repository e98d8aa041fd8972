# SPDX-License-Identifier: Apache-2.0
"""The demo's third part: what holders had staked goes behind attested workers, earns, and leaves again."""

from __future__ import annotations

from typing import NamedTuple

import ape
from eth_account import Account
from rich.console import Console
from rich.table import Table

from migrations.compiled import CompiledContracts
from pha.staking import epochs
from pha.staking.consents import sign_consent
from pha.staking.contracts import Step
from pha.staking.keeping import chores
from pha.staking.node import StakingNode
from pha.staking.reports import Observation, ReportFile, build_report, submit_step
from pha.staking.suite import Suite
from pha.staking.workers import PARAMETERS
from scripts._claim_sending import pha
from scripts._demo_workers import DAY, govern, now, wait

PHA = 10**18
FOREVER = 2**40
BOND = 500 * PHA
GATEKEEPER_BOND = 100_000 * PHA
RESERVE = 1_000 * PHA
COMMISSION_BPS = 1_000
PERFORMANCE = 400
EXIT_DAYS_AT_MOST = 21  # from a vault, by design

CURATOR, OPERATOR, CHEAT, FIRST_GATEKEEPER, CUSTOMER, REPORTER = 6, 7, 8, 9, 12, 13
"""Test accounts by what they are here; the gatekeepers are three."""
GATEKEEPERS = 3
REWARD_DRIP_SECONDS = 6
"""Its number in `IStakingParameters.Parameter`."""

console = Console(width=140)


class StakeError(Exception):
    """PHA is elsewhere than it must be."""


class Worker(NamedTuple):
    """A worker of the first part, with its attested key."""

    name: str
    key: Account
    pool: object
    stake: int


class Ground(NamedTuple):
    """The staking contracts of a deployed suite twice: as ape calls them, and as `pha.staking` reads them."""

    suite: object
    contracts: Suite
    sender: object
    pools: list

    def send(self, step: Step, sender=None) -> int:
        """Sends a step of `pha.staking`; the gas."""
        account = sender or self.sender
        return account.transfer(step.contract.address, value=0, data=step.call.data).gas_used

    def keep(self, workers: list[Worker]) -> None:
        """What `ape run stake keep` does: all that anyone may do for everyone and that is due."""
        contracts = self.contracts
        pools = [contracts.at(pool.address, "IStakePool") for pool in self.pools]
        for chore in chores(contracts, pools, [contracts.find("vault")], [one.key.address for one in workers]):
            if chore.step is not None:
                self.send(chore.step)


def staking_ground(suite, sender) -> Ground:
    names = {"factory": "stake_pool_factory", "vault": "delegation_vault", "bond": "operator_bond", "token": "token"}
    names |= {"parameters": "staking_parameters", "worker-parameters": "worker_parameters"}
    names |= {"gatekeepers": "gatekeeper_set", "attestation": "attestation_registry"}
    given = {short: suite.contracts[long].address for short, long in names.items()}
    node = StakingNode(ape.chain.provider.web3)
    return Ground(suite, Suite(node, CompiledContracts(ape.project), given, None), sender, [])


def stake(ground: Ground, keys: dict[str, Account]) -> list[Worker]:
    """Two operators open pools, the vault's curator stakes what holders brought, and their workers start."""
    suite, vault = ground.suite, ground.suite.delegation_vault
    honest, cheat = (open_pool(ground, account(number)) for number in (OPERATOR, CHEAT))
    govern(suite, [(vault, vault.setPool, (pool.address, 10**6 * PHA)) for pool in (honest, cheat)])
    _, _, idle, _ = vault.valuation()
    for pool, part in ((honest, 60), (cheat, 30)):
        vault.delegateTo(pool, idle * part // 100, sender=account(CURATOR))
    workers = [
        Worker("TDX + H100", keys["TDX + H100"], honest, 2_000 * PHA),
        Worker("SEV-SNP", keys["SEV-SNP"], honest, 1_500 * PHA),
        Worker("SGX", keys["SGX"], cheat, 1_500 * PHA),
    ]
    for worker, operator in zip(workers, (OPERATOR, OPERATOR, CHEAT), strict=True):
        start(ground, worker, account(operator))
    console.print(
        f"{pha(idle)} PHA that holders brought staked; the curator gave 60 % to pool 1 and 30 % to pool 2, whose "
        f"operators posted {pha(BOND)} PHA of bond each",
        highlight=False,
    )
    return workers


def open_pool(ground: Ground, operator):
    """A pool of the operator's, with a bond."""
    suite = ground.suite
    receipt = suite.stake_pool_factory.createPool(COMMISSION_BPS, sender=operator)
    (event,) = suite.stake_pool_factory.PoolCreated.from_receipt(receipt)
    bring_from_l1(suite.token, operator, BOND)
    suite.token.approve(suite.operator_bond, BOND, sender=operator)
    suite.operator_bond.post(event.pool, BOND, sender=operator)
    pool = ape.project.IStakePool.at(event.pool)
    ground.pools.append(pool)
    return pool


def start(ground: Ground, worker: Worker, operator) -> None:
    """The key consents, the operator registers it and has it work."""
    registry = ground.suite.worker_registry
    consent = sign_consent(
        worker.key,
        ape.chain.chain_id,
        registry.address,
        worker.pool.address,
        PERFORMANCE,
        registry.nonceOf(worker.key.address),
        FOREVER,
    )
    signature = bytes.fromhex(consent.signature.removeprefix("0x"))
    registry.register(worker.key.address, worker.pool, PERFORMANCE, FOREVER, signature, sender=operator)
    registry.start(worker.key.address, worker.stake, sender=operator)


# Earning


def earn(ground: Ground, workers: list[Worker]) -> None:
    """One epoch: three bonded gatekeepers report, anyone settles, pools are paid, and the price rises.

    Raises:
        StakeError: the pools got anything else than what the schedule paid, or the price did not rise.
    """
    suite, vault = ground.suite, ground.suite.delegation_vault
    seat_gatekeepers(suite)
    funder = ground.sender
    bring_from_l1(suite.token, funder, RESERVE)
    suite.token.approve(suite.reward_schedule, RESERVE, sender=funder)
    suite.reward_schedule.fund(RESERVE, sender=funder)
    before = vault.convertToAssets(PHA)

    wait_until((now() // DAY + 2) * DAY + 600)
    epoch = now() // DAY - 1
    seen = [Observation(worker.key.address, PERFORMANCE, True) for worker in workers]
    report, _ = build_report(ground.contracts, epoch, seen)
    for number in range(GATEKEEPERS):
        report = signed(report, account(FIRST_GATEKEEPER + number))
    ground.send(submit_step(ground.contracts, report))
    wait(suite.worker_parameters.get(list(PARAMETERS).index("ObjectionSeconds")))
    ground.send(epochs.open_step(ground.contracts, epoch))
    paid = 0
    for step in epochs.settle_steps(ground.contracts, report):
        ground.send(step)
    for pool in ground.pools:
        paid += suite.reward_schedule.dueOf(pool).assets
        ground.send(epochs.pay_step(ground.contracts, ground.contracts.at(pool.address, "IStakePool")))
    show_payments(ground, epoch, workers)
    wait(suite.staking_parameters.get(REWARD_DRIP_SECONDS))
    ground.keep(workers)
    after = vault.convertToAssets(PHA)
    console.print(
        f"pools got {pha(paid)} PHA, operators their {COMMISSION_BPS / 100:g} % of it at once; the rest dripped in, "
        f"and a share of the vault went from {pha(before)} to {pha(after)} PHA",
        highlight=False,
    )
    if paid == 0 or after <= before:
        raise StakeError("the workers' rewards did not reach the vault's shares")


def seat_gatekeepers(suite) -> None:
    for number in range(GATEKEEPERS):
        gatekeeper = account(FIRST_GATEKEEPER + number)
        bring_from_l1(suite.token, gatekeeper, GATEKEEPER_BOND)
        suite.token.approve(suite.gatekeeper_set, GATEKEEPER_BOND, sender=gatekeeper)
        suite.gatekeeper_set.join(GATEKEEPER_BOND, sender=gatekeeper)


def signed(report: ReportFile, gatekeeper) -> ReportFile:
    key = Account.from_key(gatekeeper.private_key)
    return report.with_signature(bytes(key.unsafe_sign_hash(report.digest()).signature))


def show_payments(ground: Ground, epoch: int, workers: list[Worker]) -> None:
    names = {worker.key.address: worker.name for worker in workers}
    table = Table("worker", "for its work (PHA)", "for its stake (PHA)", "value V (PHA)", title=f"epoch {epoch}")
    for column in table.columns[1:]:
        column.justify = "right"
    schedule = ground.suite.reward_schedule
    for event in schedule.WorkerSettled.range(ape.chain.blocks.height - 50, ape.chain.blocks.height):
        if event.epoch == epoch:
            table.add_row(names[event.worker], pha(event.workerAssets), pha(event.stakerAssets), pha(event.value))
    console.print(table)


# Leaving


def leave(ground: Ground, workers: list[Worker], holder: str) -> None:
    """A holder asks for its stake back, keepers do the rest, and it is paid no less than when it asked.

    Raises:
        StakeError: it waits longer than it may, or gets less.
    """
    suite, vault = ground.suite, ground.suite.delegation_vault
    ape.chain.provider.set_balance(holder, PHA)
    delegator = ape.accounts[holder]
    shares = vault.balanceOf(holder)
    worth, held = vault.convertToAssets(shares), suite.token.balanceOf(holder)
    vault.requestRedeem(shares, holder, holder, sender=delegator)
    days = 0
    while vault.maxRedeem(holder) < shares:
        ground.keep(workers)
        if days == EXIT_DAYS_AT_MOST:
            raise StakeError(f"{holder} waits for its stake for more than {EXIT_DAYS_AT_MOST} days")
        wait(DAY)
        days += 1
        ground.keep(workers)
    vault.redeem(shares, holder, holder, sender=delegator)
    paid = suite.token.balanceOf(holder) - held
    console.print(
        f"{holder[:10]}… asked for {pha(worth)} PHA, and was paid {pha(paid)} after {days} days; "
        "anyone may call back, collect and fill for it",
        highlight=False,
    )
    if paid < worth or vault.balanceOf(holder):
        raise StakeError("a delegator who left got less than the stake was worth when it asked")


# Sums


def account(number: int):
    return ape.accounts.test_accounts[number]


def bring_from_l1(token, to, amount: int) -> None:
    """PHA that is deposited on the home chain."""
    token.mint(to, amount, sender=ape.accounts[token.bridge()])


def wait_until(timestamp: int) -> None:
    wait(timestamp - now())


def show_sums(ground: Ground, holders: list[str]) -> None:
    """Where all PHA is.

    Raises:
        StakeError: it does not add up to the supply.
    """
    suite, token = ground.suite, ground.suite.token
    places = {
        "the bridge, still owed": suite.migration_bridge,
        "delegation vault, idle": suite.delegation_vault,
        **{f"stake pool {number}": pool for number, pool in enumerate(ground.pools, 1)},
        "operators' bonds": suite.operator_bond,
        "slash manager": suite.slash_manager,
        "gatekeepers' bonds": suite.gatekeeper_set,
        "reward schedule": suite.reward_schedule,
        "compute market": suite.compute_market,
        "compute oracle": suite.compute_oracle,
        "treasury": suite.treasury,
    }
    rows = {name: token.balanceOf(place) for name, place in places.items()}
    rows["operators"] = sum(token.balanceOf(account(number)) for number in (OPERATOR, CHEAT))
    rows["customer and reporter"] = sum(token.balanceOf(account(number)) for number in (CUSTOMER, REPORTER))
    rows["holders' wallets"] = sum(token.balanceOf(holder) for holder in set(holders))
    table = Table("where", "PHA", title="where all PHA is")
    table.columns[1].justify = "right"
    for name, amount in rows.items():
        if amount:
            table.add_row(name, pha(amount))
    console.print(table)
    supply = token.totalSupply()
    console.print(f"together {pha(sum(rows.values()))} PHA, the supply is {pha(supply)}", highlight=False)
    if sum(rows.values()) != supply:
        raise StakeError("what is held in all places is not the supply")
