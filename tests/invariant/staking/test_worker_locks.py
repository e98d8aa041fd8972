# SPDX-License-Identifier: Apache-2.0
"""Workers' locks over random starts, top-ups, stops, slashes and releases, compared with the model after every step.

S3 and S4 as far as locks go: no release fails, whatever slashes took and in whatever order. S10 what workers' shares
are worth never adds up to more than the pool has locked, nor that to more than its stake. The pool's own rule of
cutting its locks is taken from the pool: the model is told what was left.
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pha.staking.workers import LockModel, minimum_stake
from tests.reference.stake_pools import DAY, PHA, Staking
from tests.reference.state_machines import play
from tests.reference.workers import Workers, logged, worker_key

KEYS = [worker_key(0x5000 + number) for number in range(4)]
MINIMUM = minimum_stake(100)


@pytest.fixture(scope="module")
def staking(project, chain, deployer, accounts):
    return Staking.deploy(project, chain, deployer, modules=[accounts[9], accounts[10], accounts[11]])


@pytest.fixture(scope="module")
def workers(staking, accounts):
    workers = Workers.deploy(staking, accounts[9], accounts[11])
    for key in KEYS:
        workers.attest(key)
    return workers


@pytest.fixture(scope="module")
def pool(staking, workers, accounts):
    pool = staking.create_pool(accounts[5])
    staking.fund(pool, [accounts[6]])
    pool.deposit(20_000 * PHA, accounts[6], sender=accounts[6])
    return pool


def machine_of(staking, workers, pool, accounts):
    """The state machine's class, bound to this chain."""
    operator, alice, slasher = accounts[5], accounts[6], accounts[9]
    registry = workers.registry

    class LockMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.snapshot = staking.chain.snapshot()
            self.model = LockModel()

        def teardown(self):
            if hasattr(self, "snapshot"):
                staking.chain.restore(self.snapshot)

        @rule(who=st.integers(0, 3), extra=st.sampled_from([0, 1, 777 * PHA + 1]))
        def start(self, who, extra):
            key, stake = KEYS[who], MINIMUM + extra
            if key.address in self.model.workers or stake + pool.books().locked > pool.books().active:
                return
            workers.register(key, pool, 100, sender=operator)
            registry.start(key.address, stake, sender=operator)
            self.model.start(key.address, stake, MINIMUM)

        def _running(self):
            return sorted(key for key, lock in self.model.workers.items() if lock.status == "Working")

        @precondition(lambda self: self._running())
        @rule(pick=st.integers(0, 3), assets=st.sampled_from([1, PHA // 3, 500 * PHA]))
        def top_up(self, pick, assets):
            key = self._running()[pick % len(self._running())]
            if assets + pool.books().locked <= pool.books().active:
                registry.topUp(key, assets, sender=operator)
                self.model.top_up(key, assets)

        @precondition(lambda self: self._running())
        @rule(pick=st.integers(0, 3))
        def stop(self, pick):
            key = self._running()[pick % len(self._running())]
            registry.stop(key, sender=operator)
            self.model.stop(key)

        @precondition(lambda self: self.model.workers)
        @rule(pick=st.integers(0, 3))
        def reconcile(self, pick):
            key = sorted(self.model.workers)[pick % len(self.model.workers)]
            registry.reconcile(key, sender=alice)
            self.model.reconcile(key)

        @precondition(lambda self: any(lock.status == "Cooling" for lock in self.model.workers.values()))
        @rule()
        def release_all_that_cool(self):
            staking.travel(7 * DAY)
            for key in sorted(key for key, lock in self.model.workers.items() if lock.status == "Cooling"):
                lock = self.model.workers[key]
                receipt = registry.release(key, sender=alice)
                released = self.model.release(key)
                assert logged(receipt, registry.WorkerReleased, "released") == released
                cut = lock.was_slashed or released + 10**9 < lock.locked
                assert workers.status(worker_by(key)) == ("Slashed" if cut else "Released")

        @rule(fraction=st.sampled_from([(1, 10**20), (1, 7), (1, 2), (10**12 - 1, 10**12), (1, 1)]))
        def slash(self, fraction):
            pool.slash(pool.books().active * fraction[0] // fraction[1], sender=slasher)
            self.model.pool_locked = pool.books().locked
            if pool.maxDeposit(alice) == 0:
                pool.reopen(sender=operator)
            if pool.books().active < 10_000 * PHA:
                pool.deposit(20_000 * PHA, alice, sender=alice)

        @invariant()
        def agrees(self):
            model = self.model
            books = pool.books()
            assert books.locked == model.pool_locked <= books.active
            assert sum(model.worth(lock) for lock in model.workers.values()) <= model.pool_locked
            assert registry.workerCount(pool) == len(model.workers)
            for key, lock in model.workers.items():
                on_chain = registry.workerOf(key)
                assert (on_chain.lockShares, on_chain.lockEra, on_chain.locked) == (lock.shares, lock.era, lock.locked)
                assert on_chain.wasSlashed == lock.was_slashed
                assert registry.stakeOf(key).assets == model.kept(lock)

    return LockMachine


def worker_by(address):
    return next(key for key in KEYS if key.address == address)


def test_locks_keep_to_their_model(staking, workers, pool, accounts):
    play(machine_of(staking, workers, pool, accounts), 3, 10)


@pytest.mark.deep
def test_locks_keep_to_their_model_at_depth(staking, workers, pool, accounts):
    play(machine_of(staking, workers, pool, accounts), 100, 40)
