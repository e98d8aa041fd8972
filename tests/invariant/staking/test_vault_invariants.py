# SPDX-License-Identifier: Apache-2.0
"""A delegation vault over two pools, with the real slash manager, compared with its model after every step.

S1 PHA held ≥ idle + owed. S7 donations, of PHA or of pool shares, never move the value. S8 a round trip never profits.
S15 value = idle + Σ positions, claimed slashes cut off. S16 nobody votes with more than is staked, at any second.
"""

from __future__ import annotations

import copy

import ape
import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pha.staking.model import DAY, PoolModel, RefusedError
from pha.staking.vault_model import Position, VaultModel
from tests.reference.stake_pools import PHA, SLASH_MANAGER, WORKER_REGISTRY, Staking
from tests.reference.stake_vaults import delegate_votes, deploy_vault
from tests.reference.state_machines import play

SECONDS = [1, 3600, DAY, 8 * DAY]
AMOUNTS = st.one_of(st.sampled_from([10**16, 10**16 + 1, 10**15]), st.integers(PHA, 10_000 * PHA))
PERCENT = st.sampled_from([1, 40, 100, 101])
BOND = 3 * PHA + 1
CAP = 50_000 * PHA


@pytest.fixture(scope="module")
def staking(project, chain, deployer, accounts):
    return Staking.deploy(project, chain, deployer, modules=[accounts[9], accounts[10], accounts[11]])


@pytest.fixture(scope="module")
def world(project, staking, deployer, accounts):
    """The vault, its two pools, and the manager of claims on them."""
    pools = [staking.create_pool(accounts[5], 1000) for _ in range(2)]
    bond = deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)
    vault = deploy_vault(project, staking, bond, accounts[12])
    core = (staking.manager, staking.token, staking.factory, staking.parameters, bond)
    claims = deployer.deploy(project.SlashManager, *core, deployer)
    locks = deployer.deploy(project.MockWorkerLocks)
    ground = deployer.deploy(project.MockSlashGround)
    staking.factory.setModule(SLASH_MANAGER, claims, sender=deployer)
    staking.factory.setModule(WORKER_REGISTRY, locks, sender=deployer)
    claims.setGround(ground, True, sender=deployer)
    people = accounts[6:9]
    staking.fund(vault, people)
    staking.token.transfer(accounts[11], 10**6 * PHA, sender=deployer)
    for each in pools:
        vault.setPool(each, CAP, sender=deployer)
        for account in (accounts[7], accounts[11]):
            staking.token.approve(each, 2**256 - 1, sender=account)
    staking.token.approve(bond, 2**256 - 1, sender=people[0])
    bond.post(pools[0], BOND, sender=people[0])
    delegate_votes(vault, people[0], people[0])
    delegate_votes(vault, people[1], people[0])
    return vault, pools, claims, locks, ground


def machine_of(staking: Staking, world, accounts):
    """The state machine's class, bound to this chain."""
    vault, pools, claims, locks, ground = world
    people, rewarder, owner, stranger, governor = accounts[6:9], accounts[11], accounts[12], accounts[4], accounts[0]
    operator = accounts[5]

    class VaultMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.snapshot = staking.chain.snapshot()
            staking.begin_a_day()
            now = staking.now
            self.model = VaultModel(
                vault.address,
                owner.address,
                now,
                {pool.address: PoolModel(operator.address, 1000, now) for pool in pools},
                {pool.address: Position(CAP) for pool in pools},
                bonds={pools[0].address: BOND},
                delegates={people[0].address: people[0].address, people[1].address: people[0].address},
            )
            self.donated = 0
            self.asked = now
            self.filed = 0
            self.workers = 0
            # By pool: its last worker's name, what is locked for it, and what has been.
            self.locked: dict[str, tuple[bytes, int, int]] = {}
            for who, person in enumerate(people[:2]):
                self.deposit_of(person, (1000 + who) * PHA + who)
            for pool in pools:
                self.delegate_of(pool, self.model.idle * 60 // 100)

        def deposit_of(self, person, amount, seconds=1):
            self.step(
                lambda m: m.deposit(amount, person.address),
                vault.deposit,
                amount,
                person,
                sender=person,
                seconds=seconds,
            )

        def teardown(self):
            if hasattr(self, "snapshot"):
                staking.chain.restore(self.snapshot)

        def step(self, action, call, *arguments, sender, seconds=1):
            """Both at one time; what the model refuses the chain has to refuse. The model's answer, or None."""
            time = staking.now + seconds
            tried = copy.deepcopy(self.model)
            tried.at(time)
            staking.chain.pending_timestamp = time
            try:
                answer = action(tried)
            except RefusedError as refused:
                name = refused.args[0]
                with ape.reverts() as caught:
                    call(*arguments, sender=sender)
                # An error that the vault passes on from a pool comes undecoded.
                passed_on = [
                    keccak(text=one.selector)[:4].hex() for one in pools[0].contract_type.errors if one.name == name
                ]
                told = f"{type(caught.value).__name__} {caught.value}"
                assert any(word in told for word in (name, *passed_on))
                return None
            receipt = call(*arguments, sender=sender)
            assert receipt.timestamp == time
            self.model = tried
            return answer

        # Delegators

        @rule(who=st.integers(0, 2), amount=AMOUNTS, seconds=st.sampled_from(SECONDS[:3]))
        def deposit(self, who, amount, seconds):
            self.deposit_of(people[who], amount, seconds)

        @rule(who=st.integers(0, 2), shares=st.integers(PHA, 100 * PHA))
        def mint(self, who, shares):
            person = people[who]
            self.step(lambda m: m.mint(shares, person.address), vault.mint, shares, person, sender=person)

        @rule(who=st.integers(0, 2), whom=st.integers(0, 2), percent=PERCENT, seconds=st.sampled_from(SECONDS[:3]))
        def request(self, who, whom, percent, seconds):
            person, controller = people[who], people[whom]
            balance = self.model.balances.get(person.address, 0)
            shares = balance * percent // 100
            self.step(
                lambda m: m.request(shares, controller.address, person.address),
                vault.requestRedeem,
                shares,
                controller,
                person,
                sender=person,
                seconds=seconds,
            )

        @precondition(lambda self: self.model.exits)
        @rule(pick=st.integers(0, 20))
        def cancel(self, pick):
            place = pick % len(self.model.exits)
            found = self.model.exits[place]
            person = next((one for one in people if found and one.address == found.controller), people[0])
            self.step(
                lambda m: m.cancel(place, person.address), vault.cancelRedeemRequest, place, person, sender=person
            )

        @rule(who=st.integers(0, 2), percent=PERCENT, in_assets=st.booleans())
        def claim(self, who, percent, in_assets):
            person = people[who]
            due = self.model.claimables.get(person.address)
            whole = (due.assets if in_assets else due.shares) if due else 0
            wanted = whole * percent // 100 + percent // 101
            call = vault.withdraw if in_assets else vault.redeem
            before = staking.token.balanceOf(person)
            paid = self.step(
                lambda m: m.claim(wanted, in_assets, person.address), call, wanted, person, person, sender=person
            )
            assert staking.token.balanceOf(person) - before == (paid or 0)

        @rule(who=st.integers(0, 2), whom=st.integers(0, 2), percent=PERCENT)
        def transfer(self, who, whom, percent):
            person, other = people[who], people[whom]
            shares = self.model.balances.get(person.address, 0) * percent // 100
            self.step(
                lambda m: m.transfer(person.address, other.address, shares),
                vault.transfer,
                other,
                shares,
                sender=person,
            )

        @rule(who=st.integers(0, 2), whom=st.integers(0, 2))
        def delegate_votes(self, who, whom):
            person, other = people[who], people[whom]
            self.step(
                lambda m: m.delegate(person.address, other.address),
                lambda to, sender: delegate_votes(vault, sender, to),
                other,
                sender=person,
            )

        # Keepers and the owner

        @rule(most=st.integers(0, 3), seconds=st.sampled_from(SECONDS))
        def fill(self, most, seconds):
            self.step(lambda m: m.fill(most), vault.fill, most, sender=stranger, seconds=seconds)

        @rule(which=st.integers(0, 1), percent=st.sampled_from([30, 60, 100, 100, 101]))
        def delegate_to(self, which, percent):
            self.delegate_of(pools[which], self.model.idle * percent // 100)

        def delegate_of(self, pool, amount):
            self.step(lambda m: m.delegate_to(pool.address, amount), vault.delegateTo, pool, amount, sender=governor)

        @rule(which=st.integers(0, 1), seconds=st.sampled_from(SECONDS[:3]))
        def recall(self, which, seconds):
            pool = pools[which]
            self.step(lambda m: m.recall(pool.address), vault.recall, pool, sender=stranger, seconds=seconds)

        @rule(which=st.integers(0, 1), amount=AMOUNTS, seconds=st.sampled_from(SECONDS[:3]))
        def recall_from(self, which, amount, seconds):
            pool = pools[which]
            self.step(
                lambda m: m.recall_from(pool.address, amount),
                vault.recallFrom,
                pool,
                amount,
                sender=governor,
                seconds=seconds,
            )

        @rule(which=st.integers(0, 1), seconds=st.sampled_from(SECONDS))
        def collect(self, which, seconds):
            pool = pools[which]
            self.step(lambda m: m.collect(pool.address), vault.collect, pool, sender=stranger, seconds=seconds)

        @rule(bps=st.sampled_from([0, 500, 2000]))
        def set_fee(self, bps):
            self.step(lambda m: m.set_fee(bps), vault.setFee, bps, sender=governor)

        @rule(seconds=st.sampled_from([DAY, 8 * DAY, 29 * DAY]))
        def sync(self, seconds):
            self.step(lambda m: m.sync(), vault.sync, sender=stranger, seconds=seconds)

        # Pools and their others

        @rule(which=st.integers(0, 1), amount=AMOUNTS)
        def deposit_beside(self, which, amount):
            person = people[1]
            self.step(
                lambda m: m.pools[pools[which].address].deposit(amount, person.address),
                pools[which].deposit,
                amount,
                person,
                sender=person,
            )

        @rule(which=st.integers(0, 1), amount=st.integers(0, 1000 * PHA))
        def reward(self, which, amount):
            pool = pools[which]
            self.step(lambda m: m.pools[pool.address].reward(amount), pool.reward, amount, sender=rewarder)

        @rule(
            which=st.integers(0, 1),
            percent=st.sampled_from([0, 1, 30, 99, 100, 300]),
            again=st.booleans(),
            added=st.sampled_from([0, 0, 1, PHA]),
        )
        def file(self, which, percent, again, added):
            """A claim on so much of a pool's stake, or on its bond alone; or one more on the last worker's lock."""
            pool = pools[which]
            model = self.model.pools[pool.address]
            assets = (model.active + model.at_exit) * percent // 100 + 1
            if len(self.model.claims.get(pool.address, {})) > 3:
                return
            if again and pool.address in self.locked:
                worker, assets, budget = self.locked[pool.address]
                if added:
                    (assets, budget) = (assets + added, budget + added)
                    locks.changeLock(worker, staking.now, assets, added, sender=governor)
            else:
                self.workers += 1
                worker, budget = self.workers.to_bytes(32, "big"), assets
                locks.setLock(worker, 0, pool, assets, sender=governor)
            self.locked[pool.address] = (worker, assets, budget)
            number, time = self.filed + 1, staking.now + 1
            offence = (number.to_bytes(32, "big"), worker, time, 4)
            evidence = encode(["(bytes32,bytes32,uint48,uint8)"], [offence])

            def filed(model):
                model.file(pool.address, number, assets, worker.hex(), budget)
                return number

            self.filed = self.step(filed, claims.file, ground, evidence, sender=stranger) or self.filed

        @precondition(lambda self: any(self.model.claims.values()))
        @rule(pick=st.integers(0, 9), seconds=st.sampled_from(SECONDS))
        def end(self, pick, seconds):
            """Executed in its time, else lapsed. S16: votes fall with what the vault loses."""
            open_claims = [(name, number) for name, each in self.model.claims.items() for number in each]
            name, number = open_claims[pick % len(open_claims)]
            before = copy.deepcopy(self.model)
            before.at(staking.now + seconds)
            at_stake, _, _ = before.worth(name)
            pool = before.pools[name]
            stake = pool.dripped()[0] + pool.at_exit
            taken = self.step(
                lambda m: m.execute(name, number), claims.execute, number, sender=stranger, seconds=seconds
            )
            if taken is None:
                self.step(lambda m: m.lapse(name, number), claims.lapse, number, sender=stranger)
                return
            after = self.model.value()[1]
            assert after <= before.value()[1]
            if stake:
                assert before.value()[1] - after >= at_stake * taken // stake - 3
            self.step(lambda m: m.sync(), vault.sync, sender=stranger)
            assert self.model.recorded == vault.totalAssets()

        @precondition(lambda self: any(pool.bankrupt for pool in self.model.pools.values()))
        @rule(which=st.integers(0, 1))
        def reopen(self, which):
            pool = pools[which]
            self.step(lambda m: m.pools[pool.address].reopen(), pool.reopen, sender=operator)

        @precondition(lambda self: any(pool.closed for pool in self.model.pools.values()))
        @rule(which=st.integers(0, 1))
        def claim_closed_for_the_vault(self, which):
            """A stranger has the rest of a closed generation paid to the vault: it counts once."""
            pool = pools[which]
            before = staking.token.balanceOf(vault)
            self.step(
                lambda m: m.pools[pool.address].claim_closed(0, vault.address),
                pool.claimClosed,
                0,
                vault,
                sender=stranger,
            )
            self.donated += staking.token.balanceOf(vault) - before

        @rule(amount=st.sampled_from([1, PHA, 10_000 * PHA]), which=st.integers(-1, 1))
        def donate(self, amount, which):
            """S7: PHA, or a pool's shares as far as there are any."""
            person = people[1]
            before = copy.deepcopy(self.model)
            if which < 0:
                self.step(lambda _: None, staking.token.transfer, vault, amount, sender=person)
                self.donated += amount
            else:
                pool = pools[which]
                shares = min(amount, self.model.pools[pool.address].balances.get(person.address, 0))

                def give(model):
                    balances = model.pools[pool.address].balances
                    balances[person.address] = balances.get(person.address, 0) - shares
                    balances[vault.address] = balances.get(vault.address, 0) + shares

                self.step(give, pool.transfer, vault, shares, sender=person)
            before.at(staking.now)
            assert tuple(vault.valuation()[:2]) == before.value()

        @precondition(lambda self: self.model.supply)
        @rule(amount=st.integers(10**16, 10_000 * PHA))
        def round_trip(self, amount):
            """S8: in at the high end and valued at the low one, whatever fee falls due."""
            shares = vault.previewDeposit(amount)
            low, high, _, _ = vault.valuation()
            trial = copy.deepcopy(self.model)
            trial.at(staking.now)
            try:
                given = trial.deposit(amount, stranger.address)
            except RefusedError:
                return
            assert given == shares
            value = trial.value()[0]
            assert value == low + amount
            assert low <= high
            assert shares * (value + 1) // (trial.supply + 1) <= amount

        # What holds after every step

        @invariant()
        def chain_agrees_with_the_model(self):
            if not hasattr(self, "model"):
                return
            model = self.model
            model.at(staking.now)
            low, high = model.value()
            assert tuple(vault.valuation()) == (low, high, model.idle, model.owed)  # S15
            assert vault.totalAssets() == low
            assert vault.totalSupply() == model.supply
            assert staking.token.balanceOf(vault) >= model.idle + model.owed  # S1
            assert sum(due.assets for due in model.claimables.values()) == model.owed
            for account in (*people, owner, vault):
                assert vault.balanceOf(account) == model.balances.get(account.address, 0)
                assert vault.pendingRedeemRequest(0, account) == model.pending(account.address)
                due = model.claimables.get(account.address)
                assert tuple(vault.claimableOf(account)) == ((due.shares, due.assets) if due else (0, 0))
            for pool in pools:
                position, kept = vault.positionOf(pool), model.positions[pool.address]
                assert (position.shares, position.generation) == (kept.shares, kept.generation)
                assert position.requests == len(model.own_requests(pool.address))
            assert vault.queue()[0] == model.first
            assert vault.fee()[0] == model.fee_now()
            assert vault.fee()[2] == model.mark

        @invariant()
        def votes_are_staked(self):
            """S16: at the latest second that is over and at one picked from before."""
            if not hasattr(self, "model"):
                return
            self.asked = (self.asked * 7919 + 1) % (1 << 61)
            begin = min(self.model.past, default=staking.now - 1)
            for time in {staking.now - 1, begin + self.asked % max(1, staking.now - begin)}:
                if time >= staking.now:
                    continue
                recorded, supply, votes = self.model.votes_at(time)
                assert vault.getPastTotalSupply(time) == supply
                total = 0
                for person in people:
                    own = votes.get(person.address, 0)
                    assert vault.getPastVotes(person, time) == own
                    staked = vault.getPastStakedVotes(person, time)
                    assert staked == (own * recorded // supply if supply else 0)
                    total += staked
                assert total <= recorded

    return VaultMachine


def test_vault_keeps_its_invariants(staking, world, accounts):
    """S1, S7, S8, S15, S16."""
    play(machine_of(staking, world, accounts), 2, 20)


@pytest.mark.deep
def test_vault_keeps_its_invariants_for_long(staking, world, accounts):
    """The same, deeper."""
    play(machine_of(staking, world, accounts), 150, 60)
