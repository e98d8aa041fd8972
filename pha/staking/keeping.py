# SPDX-License-Identifier: Apache-2.0
"""What anyone may do for all, and what of it is due: settling, filling, calling back, paying, opening and closing.

Chores come from generators that look at the chain again after each one was carried out, so that what one step made
possible the next one finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pha.staking import epochs
from pha.staking.amounts import DAY, format_pha, format_time
from pha.staking.contracts import Contract, Step
from pha.staking.errors import Refused
from pha.staking.moves import complete_step, forfeit_steps, read_moves
from pha.staking.pools import Cohort, PoolState, open_cohorts, read_pool
from pha.staking.slash_claims import read_claims
from pha.staking.suite import Suite
from pha.staking.vaults import VaultState, read_vault
from pha.staking.worker_state import RUNNING, Status, read_worker

AT_ONCE = 64
"""Cohorts and exits handled by one transaction."""
ONE = 1 << 111
LOOK_BACK_BLOCKS = 50_000
MOST_BLOCKS = 500_000


@dataclass(frozen=True)
class Chore:
    """One thing that may be due: a step to take, or why there is none."""

    about: str
    step: Step | None
    why_not: str = ""


def chores(suite: Suite, pools: Iterable[Contract], vaults: Iterable[Contract], keys: Iterable[str]) -> Iterator[Chore]:
    """All chores, in the order in which one helps the next: pools settle what vaults then collect and fill."""
    known = list(pools)
    if suite.knows("slash-manager"):
        yield from lapse_claims(suite)
    if suite.knows("registry"):
        yield from mind_workers(suite, keys)
    yield from settle_pools(suite, known)
    if suite.knows("redelegation"):
        yield from mind_moves(suite, known)
    for vault in vaults:
        yield from keep_vault(suite, vault)
    if suite.knows("schedule") and suite.knows("gatekeepers"):
        yield from keep_epochs(suite)
    if suite.knows("schedule"):
        yield from pay_pools(suite, known)


# Slashing and workers


def lapse_claims(suite: Suite) -> Iterator[Chore]:
    """Ends claims that nobody acted on in time, so that what they hold is let go."""
    manager = suite.find("slash-manager")
    for claim in read_claims(manager):
        if claim.is_open:
            about = f"claim {claim.number}"
            if suite.node.time() > claim.lapses_after:
                yield Chore(about, manager.step(f"lapse claim {claim.number}", "lapse", claim.number))
            else:
                yield Chore(about, None, claim.next_step(suite.node.time()))


def mind_workers(suite: Suite, keys: Iterable[str]) -> Iterator[Chore]:
    """Stops those whose evidence lapsed, writes slashes down, releases locks that have cooled."""
    registry = suite.find("registry")
    for key in keys:
        worker = read_worker(suite, key)
        about = f"worker {key}"
        if worker.status is Status.COOLING:
            if suite.node.time() >= worker.cooling_until:
                yield Chore(about, registry.step(f"release the lock of {key}", "release", key))
            else:
                yield Chore(about, None, f"cools down until {format_time(worker.cooling_until)}")
        elif worker.status in RUNNING and worker.confidence == 0:
            yield Chore(about, registry.step(f"stop {key}: its evidence does not count", "stopLapsed", key))
        elif worker.status in RUNNING and worker.kept < worker.locked:
            cut = format_pha(worker.locked - worker.kept)
            yield Chore(about, registry.step(f"write down that {key} lost {cut} PHA", "reconcile", key))
        elif worker.status in RUNNING and worker.at_stake < worker.minimum:
            left = format_pha(worker.at_stake)
            yield Chore(about, registry.step(f"stop {key}: it has {left} PHA left to lose", "reconcile", key))


# Pools


def settle_pools(suite: Suite, pools: Iterable[Contract]) -> Iterator[Chore]:
    """Fixes what requests are worth that are due and covered."""
    for pool in pools:
        state = read_pool(suite, pool)
        about = f"pool {state.number}"
        waiting = list(open_cohorts(pool, state))
        if not waiting:
            continue
        leaving = pool.ask("movedNormOf", waiting[0].index) * state.factor // ONE
        why_not = unsettleable(state, waiting, max(state.moved - leaving, 0), suite.node.time())
        if why_not:
            yield Chore(about, None, why_not)
        else:
            yield Chore(about, pool.step(f"settle requests of pool {state.number}", "settle", AT_ONCE))


def unsettleable(state: PoolState, waiting: list[Cohort], moved_left: int, now: int) -> str:
    """Why the oldest day's requests can't be settled now; empty where they can. `moved_left`: wei moved on later days.

    What a claim's hold has let go no view tells: under a hold nothing counts as due. Norms of an older era can't be
    scaled from outside either; the contract decides then.
    """
    oldest = waiting[0]
    if state.frozen_until:
        return f"an open claim holds requests until {format_time(state.frozen_until)}"
    if oldest.maturity_day * DAY > now:
        return f"the next requests are due {format_time(oldest.maturity_day * DAY)}"
    if sum(one.amount for one in waiting) != state.norm:
        return ""
    left = -(-(state.norm - oldest.amount) * state.factor // ONE)
    behind = state.active - state.pledged + left + moved_left
    if state.locked > 0 and behind < state.locked:
        short = format_pha(state.locked - behind)
        return f"requests are due, but workers' locks need {short} PHA more than would stay; see `workers force-stop`"
    return ""


# Moves between pools


def mind_moves(suite: Suite, pools: Iterable[Contract]) -> Iterator[Chore]:
    """Hands over what is no longer liable, and sends on what movers lost to slashes."""
    for move in read_moves(suite):
        about = f"move {move.number}"
        if move.liable:
            yield Chore(
                about, None, f"its shares answer for pool {move.from_pool} until that day's requests are settled"
            )
        else:
            yield Chore(about, complete_step(suite, move.number))
    for pool in pools:
        for step in forfeit_steps(suite, pool):
            yield Chore(f"pool {pool.ask('poolId')}", step)


# Vaults


def keep_vault(suite: Suite, vault: Contract) -> Iterator[Chore]:
    """Collects from pools, fills requests, calls back what they lack, and records the value that votes count at."""
    name = vault.ask("symbol")
    for position in read_vault(suite, vault).positions:
        if position.claimable_requests or position.closed_generation:
            says = f"collect from pool {position.number} for {name}"
            yield Chore(f"{name}, pool {position.number}", vault.step(says, "collect", position.pool))
    yield from _fill(suite, vault, name)
    yield from _recall(suite, vault, name)
    state = read_vault(suite, vault)
    recorded = recorded_value(suite, vault)
    if (recorded or 0) != state.low:
        says = f"record that {name} is worth {format_pha(state.low)} PHA"
        yield Chore(name, vault.step(says, "sync"))


def _fill(suite: Suite, vault: Contract, name: str) -> Iterator[Chore]:
    while True:
        state = read_vault(suite, vault)
        if not state.queue:
            return
        first = state.queue[0]
        if first.ready_at > suite.node.time():
            yield Chore(name, None, f"the first request can be filled {format_time(first.ready_at)}")
            return
        if state.idle == 0:
            coming = format_pha(state.on_its_way)
            yield Chore(name, None, f"requests are ready, but there is no idle PHA; {coming} PHA are on their way")
            return
        # Places of cancelled requests are passed over in the same transaction, and count.
        before = vault.ask("queue")
        yield Chore(name, vault.step(f"fill requests of {name}", "fill", AT_ONCE))
        if vault.ask("queue") == before:
            return  # it was not sent


def _recall(suite: Suite, vault: Contract, name: str) -> Iterator[Chore]:
    """From the pools whose stake is freest, one after the other, until nothing is missing."""
    asked: set[str] = set()
    while True:
        state = read_vault(suite, vault)
        if not state.missing:
            return
        candidate = next((one for one in _by_freedom(suite, state) if one not in asked), None)
        if candidate is None:
            yield Chore(name, None, f"{format_pha(state.missing)} PHA are missing, and no pool can give them today")
            return
        asked.add(candidate)
        step = vault.step(
            f"call back {format_pha(state.missing)} PHA for {name} from pool {candidate}", "recall", candidate
        )
        try:
            step.attempt()
        except Refused:
            continue
        yield Chore(name, step)
        if read_vault(suite, vault).missing == state.missing:
            return  # it was not sent


def _by_freedom(suite: Suite, state: VaultState) -> list[str]:
    able = [one for one in state.positions if one.shares and not one.recalled_today and not one.closed_generation]

    def freedom(pool: str) -> tuple[bool, int]:
        books = suite.at(pool, "IStakePool").ask("books")
        is_held = suite.at(pool, "IStakePool").ask("holdUntil") > suite.node.time()
        return (is_held, books["locked"] - books["active"] - books["atExit"])

    return sorted((one.pool for one in able), key=freedom)


def recorded_value(suite: Suite, vault: Contract) -> int | None:
    """The value at which the vault's votes count now, in wei, by its last record; None if nothing was recorded lately.

    The vault has no view for it, only the log: every deposit, request and filling records one, `sync` too.
    """
    head = suite.node.block_number()
    for last in range(head, -1, -LOOK_BACK_BLOCKS):
        found = list(vault.events("ValueRecorded", max(last - LOOK_BACK_BLOCKS + 1, 0), last))
        if found:
            return int(found[-1]["assets"])
        if head - last >= MOST_BLOCKS:
            break
    return None


# Rewards


def keep_epochs(suite: Suite) -> Iterator[Chore]:
    """Opens epochs whose reports are final, in their order, and closes those whose time is over."""
    for epoch in epochs.openable(suite):
        yield Chore(f"epoch {epoch}", epochs.open_step(suite, epoch))
    for epoch in epochs.closable(suite):
        yield Chore(f"epoch {epoch}", epochs.close_step(suite, epoch))


def pay_pools(suite: Suite, pools: Iterable[Contract]) -> Iterator[Chore]:
    """Hands pools what their workers earned."""
    schedule = suite.find("schedule")
    for pool in pools:
        if schedule.ask("dueOf", pool.address)["assets"]:
            step = epochs.pay_step(suite, pool)
            about = f"pool {pool.ask('poolId')}"
            try:
                step.attempt()
            except Refused as refused:
                yield Chore(about, None, f"it can take no reward now: {refused}")
            else:
                yield Chore(about, step)
