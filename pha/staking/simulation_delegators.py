# SPDX-License-Identifier: Apache-2.0
"""What delegators and the vault's keeper do in a simulated world, by the steps that the contracts have for them."""

from __future__ import annotations

from pha.staking.model import RefusedError
from pha.staking.simulation_scenario import YEAR
from pha.staking.simulation_world import VAULT_HOLDERS, World
from pha.staking.workers import BPS

FILL_STEPS = 64


class Delegators:
    """Delegators of a world's pools and vault, who come at random, leave at random, and claim as soon as they can."""

    def __init__(self, world: World):
        self.world = world
        self.holders = [f"delegator {number}" for number in range(1, world.scenario.delegation.delegators_a_pool + 1)]
        self.vault_holders = [f"vault holder {number}" for number in range(1, VAULT_HOLDERS + 1)]
        self.leaving: dict[tuple[str, str], None] = {}
        """Pool and holder with open requests, oldest first."""
        self.leaving_vault: dict[str, None] = {}

    def open(self) -> None:
        """The first stake, spread evenly; part of the vault's holders vote for themselves."""
        told, vault = self.world.scenario.delegation, self.world.vault
        to_vault = told.staked * told.vault_bps // BPS
        voting = VAULT_HOLDERS * told.voting_bps // BPS
        for number, holder in enumerate(self.vault_holders):
            self._deposit(None, to_vault // VAULT_HOLDERS, holder)
            if number < voting:
                vault.delegate(holder, holder)
        each = (told.staked - to_vault) // len(self.world.pools) // len(self.holders)
        for name in self.world.pools:
            for holder in self.holders:
                self._deposit(name, each, holder)
        for name in vault.positions:
            self._delegate_to(name, to_vault // len(vault.positions))

    def move(self, staked: int) -> None:
        """One arrives and one asks to leave, with half to one and a half of a day's part of the year's."""
        world, told = self.world, self.world.scenario.delegation
        for bps, step in ((told.joining_bps_a_year, self._join), (told.leaving_bps_a_year, self._leave)):
            mean = staked * bps // BPS // YEAR
            amount = mean // 2 + (world.rng.randrange(mean) if mean else 0)
            name = None
            if world.rng.randrange(BPS) >= told.vault_bps:
                name = list(world.pools)[world.rng.randrange(len(world.pools))]
            holders = self.vault_holders if name is None else self.holders
            step(name, amount, holders[world.rng.randrange(len(holders))])

    def _join(self, name: str | None, amount: int, holder: str) -> None:
        self._deposit(name, min(amount, self.world.purse.outside), holder)

    def _deposit(self, name: str | None, amount: int, holder: str) -> None:
        if amount == 0:
            return
        target = self.world.vault if name is None else self.world.pools[name]
        try:
            target.deposit(amount, holder)
        except RefusedError as refusal:
            self.world.refused[refusal.args[0]] += 1
        else:
            self.world.purse.outside -= amount

    def _leave(self, name: str | None, amount: int, holder: str) -> None:
        world = self.world
        if name is None:
            low, _ = world.vault.value()
            shares = amount * (world.vault.supply + 1) // (low + 1)
            shares = min(shares, world.vault.balances.get(holder, 0))
            if shares:
                world.vault.request(shares, holder, holder)
                self.leaving_vault[holder] = None
            return
        pool = world.pools[name]
        shares = min(pool.shares_for(amount), pool.balances.get(holder, 0))
        if shares:
            pool.request(shares, holder, holder)
            self.leaving[name, holder] = None

    def claim(self) -> None:
        """Whoever can be paid is paid; an overdue request stops workers."""
        world = self.world
        for name, holder in list(self.leaving):
            pool = world.pools[name]
            shares, _ = pool.claimable(holder)
            if shares:
                world.purse.outside += pool.claim(shares, False, holder)[0]
            if not pool.own_requests(holder):
                del self.leaving[name, holder]
        for holder in list(self.leaving_vault):
            due = world.vault.claimables.get(holder)
            if due and due.shares:
                world.purse.outside += world.vault.claim(due.shares, False, holder)
            if not world.vault.pending(holder):
                del self.leaving_vault[holder]
        for name, pool in world.pools.items():
            if pool.locked > pool.active and any(pool.is_overdue(request) for request in pool.requests.values()):
                world.stop_for_requests(name)

    def keep_vault(self) -> None:
        """The keeper's round: collect, fill, recall what requests miss, stake what lies idle."""
        vault = self.world.vault
        for name, position in vault.positions.items():
            pool = self.world.pools[name]
            closed = position.generation != pool.generation
            if closed or any(pool.is_claimable(request) for request in vault.own_requests(name)[:1]):
                vault.collect(name)
        waiting = vault.exits[vault.first :]
        if waiting and (waiting[0] is None or waiting[0].ready_at <= vault.now):
            vault.fill(FILL_STEPS)
        low, _ = vault.value()
        worths = {name: sum(vault.worth(name)[:2]) for name in vault.positions}
        if any(vault.missing(low, name) for name in worths):
            self._recall(worths)
        spare = vault.idle - vault.awaited(low)
        if spare >= self.world.scenario.delegation.staked // (BPS * 100):
            self._delegate_to(min(worths, key=lambda name: worths[name]), spare)

    def _recall(self, worths: dict[str, int]) -> None:
        for name in sorted(worths, key=lambda each: -worths[each]):
            try:
                return self.world.vault.recall(name)
            except RefusedError:  # asked today, or all of it has been asked for: the next largest
                continue
        return None

    def _delegate_to(self, name: str, amount: int) -> None:
        try:
            self.world.vault.delegate_to(name, amount)
        except RefusedError as refusal:
            self.world.refused[refusal.args[0]] += 1

    def reopen(self) -> None:
        """Operators reopen pools that have lost everything."""
        for pool in self.world.pools.values():
            if pool.bankrupt:
                pool.reopen()
