# SPDX-License-Identifier: Apache-2.0
"""The suite as the steps deploy it, with a vendor whose root is made up, so that workers attest by evidence made here.

Nothing stands in for a part: certificates, quotes and signatures are verified by the contracts that real evidence
meets. Only Intel's root is another, and PHA comes from where the L2's own bridge would mint it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth_account import Account

from migrations.local import deploy_suite
from pha.attestation.intel.generator import Kind, build, good
from pha.staking.gatekeepers import EpochTree, Record
from scripts._demo_vendors import IntelMachine, OnChain
from scripts._demo_workers import rules
from tests.reference.claims import Estate, Holder
from tests.reference.workers import FOREVER, consent, report_signature

PHA = 10**18
UNITS = 10**12
"""Parachain base units in one PHA."""
DAY = 86_400
HOUR = 3_600
TIMELOCK_DELAY = 2 * DAY
FOR = 1


@dataclass
class AttestedSuite:
    """A deployed suite, the machine that all workers run on, and what people do with both."""

    suite: Any
    project: Any
    chain: Any
    minter: Any
    council: Any
    estate: Estate
    machine: IntelMachine
    sender: Any
    gatekeepers: list[Any] = field(default_factory=list)

    @classmethod
    def deploy(cls, project, chain, accounts, owed: list[tuple[int, int]]) -> AttestedSuite:
        """`owed` is what the parachain owes to its holders: free and staked, in PHA."""
        holders = [Holder(7 + number) for number in range(len(owed))]
        estate = Estate(holders, [(free * UNITS, staked * UNITS) for free, staked in owed])
        spec = good(Kind.TDX_V5, chain.blocks.head.timestamp)
        overrides = {
            "bridge.claim_root": "0x" + estate.tree.root.hex(),
            "bridge.total": f"{estate.tree.total} units",
            "bridge.state_root": "0x" + "cd" * 32,
            "attestation.intel_root": "0x" + build(spec).root_der.hex(),
        }
        suite = deploy_suite(project, chain.provider, accounts[0], overrides)
        world = cls(suite, project, chain, accounts[9], accounts[5], estate, IntelMachine("TDX", spec), accounts[3])
        OnChain(suite, world.sender).put_intel(build(spec).collateral)
        return world

    # Time

    @property
    def now(self) -> int:
        return self.chain.blocks.head.timestamp

    def travel_to(self, timestamp: int) -> None:
        self.chain.pending_timestamp = timestamp
        self.chain.mine()

    def travel(self, seconds: int) -> None:
        self.travel_to(self.now + seconds)

    def next_day(self) -> int:
        """Goes to one in the morning of the next day; gives the epoch that has just ended."""
        self.travel_to((self.now // DAY + 1) * DAY + HOUR)
        return self.now // DAY - 1

    # PHA

    def mint(self, account, amount: int) -> None:
        self.suite.token.mint(account, amount, sender=self.minter)

    def fund(self, account, spender, amount: int) -> None:
        """Gives an account PHA that a contract may take."""
        self.mint(account, amount)
        self.suite.token.approve(spender, amount, sender=account)

    def open_bridge(self) -> None:
        self.mint(self.suite.migration_bridge, self.estate.tree.total * PHA // UNITS)
        self.suite.migration_bridge.open(sender=self.sender)

    def claim_into_vault(self, number: int, recipient) -> Any:
        """A holder's claim, sent by somebody else: free PHA to the recipient, the rest into the vault."""
        bridge = self.suite.migration_bridge
        claim = self.estate.claim(
            self.estate.holders[number], str(recipient), bridge.address, self.chain.chain_id, into_vault=True
        )
        return bridge.claim(claim.values(), sender=self.sender)

    # Governance

    def acceptance(self) -> tuple[Any, ...]:
        """The call that accepts the workers' code, as `(bound method, *arguments)`."""
        ((_, method, arguments),) = rules(self.suite, [self.machine])
        return (method, *arguments)

    def by_council(self, *calls: tuple[Any, ...]) -> None:
        """Calls by the timelock, scheduled by the council."""
        timelock = self.suite.timelock
        batch = (
            [method.contract for method, *_ in calls],
            [0] * len(calls),
            [method.encode_input(*arguments) for method, *arguments in calls],
            bytes(32),
            bytes(32),
        )
        timelock.scheduleBatch(*batch, TIMELOCK_DELAY, sender=self.council)
        self.travel(TIMELOCK_DELAY)
        timelock.executeBatch(*batch, sender=self.sender)

    # Workers

    def attest(self, key) -> Any:
        """Evidence for a key, fresh by the block before the last."""
        web3 = self.chain.provider.web3
        block = web3.eth.get_block(web3.eth.block_number - 1)
        submission = self.machine.submission(self.suite, self.chain.chain_id, key.address, block)
        return self.suite.attestation_registry.submit(*submission, sender=self.sender)

    def create_pool(self, operator, commission_bps: int) -> Any:
        factory = self.suite.stake_pool_factory
        (event,) = factory.createPool(commission_bps, sender=operator).decode_logs(factory.PoolCreated)
        return self.project.IStakePool.at(event.pool)

    def start_worker(self, key, pool, operator, *, performance: int, stake: int) -> None:
        """Registers an attested key by its own consent, and starts it."""
        registry = self.suite.worker_registry
        signature = consent(self.chain.chain_id, registry, key, pool, performance, registry.nonceOf(key.address))
        registry.register(key.address, pool, performance, FOREVER, signature, sender=operator)
        registry.start(key.address, stake, sender=operator)

    # Gatekeepers

    def seat(self, *accounts, bond: int = 100_000 * PHA) -> None:
        for account in accounts:
            self.fund(account, self.suite.gatekeeper_set, bond)
            self.suite.gatekeeper_set.join(bond, sender=account)
            self.gatekeepers.append(account)

    def report(self, epoch: int, records: list[Record]) -> EpochTree:
        """What all gatekeepers sign of an epoch, filed by anyone; final and opened when this returns."""
        tree, contract = EpochTree(epoch, records), self.suite.gatekeeper_set
        report = tree.report()
        signatures = [
            report_signature(self.chain.chain_id, contract, Account.from_key(one.private_key), report)
            for one in sorted(self.gatekeepers, key=lambda one: int(one.address, 16))
        ]
        contract.submit(report.values, signatures, sender=self.sender)
        self.travel(6 * HOUR + 60)
        self.suite.reward_schedule.open(epoch, sender=self.sender)
        return tree
