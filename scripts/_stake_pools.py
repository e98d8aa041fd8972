# SPDX-License-Identifier: Apache-2.0
"""Pools: `ape run stake pools`, what an operator sets, and the operator's bond; `ape run stake vault`."""

from __future__ import annotations

import click

from pha.staking.amounts import DAY, format_day, format_percent, format_pha, format_time, parse_percent, parse_pha
from pha.staking.errors import NothingToDo, StakingError
from pha.staking.pools import PoolState, open_cohorts, overdue_requests, read_bond, read_pool
from pha.staking.vaults import VaultState, read_vault
from scripts._stake_session import HELP, ListFirst, Session, address_of, amount, command, table_of

pool_argument = click.argument("pool", metavar="POOL")
percent_callback = amount(parse_percent)
pha_callback = amount(parse_pha)


def register(cli: click.Group) -> None:
    """Adds these commands."""

    @cli.group("pools", cls=ListFirst, context_settings=HELP)
    def pools():
        """Pools of the factory; and what an operator does with one. POOL is a number or an address."""

    @command(pools, "list", sends=False)
    def list_(session: Session) -> None:
        """Print a table of all pools."""
        states, overdue = [], {}
        total = session.suite.factory.ask("poolCount")
        with session.progress("reading pools", total) as advance:
            for pool in session.suite.pools():
                states.append(read_pool(session.suite, pool))
                overdue[pool.address] = overdue_requests(session.suite, pool, states[-1])
                advance(1)
        found = [{"pool": one, "free": str(one.free), "overdue_requests": len(overdue[one.address])} for one in states]
        session.show(found, _pools_table(states, overdue))

    @command(pools, "show", sends=False)
    @pool_argument
    def show(session: Session, pool: str) -> None:
        """Show POOL in detail, with the days on which requests come due and those that are overdue."""
        contract = session.suite.pool(pool)
        state = read_pool(session.suite, contract)
        cohorts = list(open_cohorts(contract, state))
        overdue = overdue_requests(session.suite, contract, state)
        found = {"pool": state, "free": str(state.free), "days": cohorts, "overdue_requests": [str(o) for o in overdue]}
        days = table_of(
            "requests by day",
            ["made on", "due", "state"],
            [
                (
                    format_day(one.opened_day),
                    format_day(one.maturity_day),
                    "due" if one.maturity_day * DAY <= session.node.time() else "waits",
                )
                for one in cohorts
            ],
        )
        session.show(found, _pool_table(state, overdue), *([days] if cohorts else []))

    @command(pools, "create")
    @click.option(
        "--commission", callback=percent_callback, required=True, help="Your part of each reward, in percent."
    )
    def create(session: Session, commission: int) -> None:
        """Make a pool whose operator is the sender."""
        says = f"make a pool with {format_percent(commission)} commission"
        logs = session.send(session.suite.factory.step(says, "createPool", commission))
        for event in session.suite.factory.events_in("PoolCreated", logs):
            session.note(f"pool {event['poolId']} is {event['pool']}", pool=event["poolId"], address=event["pool"])

    @command(pools, "commission")
    @pool_argument
    @click.argument("percent", callback=percent_callback)
    def commission(session: Session, pool: str, percent: int) -> None:
        """Set the commission: lower at once, higher after the notice, which is longer than the way out."""
        contract = session.suite.pool(pool)
        session.send(contract.step(f"set the commission to {format_percent(percent)}", "setCommission", percent))
        if session.sends and (at := contract.ask("commission")["startsAt"]):
            session.tell(f"it holds from {format_time(at)} UTC on")

    @command(pools, "cap")
    @pool_argument
    @click.argument("assets", metavar="PHA|none")
    def cap(session: Session, pool: str, assets: str) -> None:
        """Set the most PHA that deposits may bring the pool to."""
        limit = 0 if assets == "none" else parse_pha(assets)
        if assets != "none" and limit == 0:
            raise StakingError("a cap of 0 would mean none: say `none`, or shut the list with `pools listed-only`")
        says = "take the cap away" if limit == 0 else f"set the cap to {format_pha(limit)} PHA"
        session.send(session.suite.pool(pool).step(says, "setCap", limit))

    @command(pools, "listed-only")
    @pool_argument
    @click.argument("switch", type=click.Choice(["on", "off"]))
    def listed_only(session: Session, pool: str, switch: str) -> None:
        """Say whether only listed receivers may be staked for."""
        session.send(session.suite.pool(pool).step(f"turn the list {switch}", "setWhitelistOn", switch == "on"))

    @command(pools, "receiver")
    @pool_argument
    @click.argument("who", metavar="ACCOUNT")
    @click.option("--remove", is_flag=True, help="Take it off the list.")
    def receiver(session: Session, pool: str, who: str, remove: bool) -> None:
        """Put ACCOUNT on the list of those who may be staked for."""
        address = address_of(who)
        says = f"take {address} off the list" if remove else f"put {address} on the list"
        session.send(session.suite.pool(pool).step(says, "setListed", address, not remove))

    @command(pools, "reopen")
    @pool_argument
    def reopen(session: Session, pool: str) -> None:
        """Take deposits again after the pool was wiped out."""
        session.send(session.suite.pool(pool).step(f"reopen pool {pool}", "reopen"))

    @command(pools, "bond-post")
    @pool_argument
    @click.argument("assets", metavar="PHA", callback=pha_callback)
    def bond_post(session: Session, pool: str, assets: int) -> None:
        """Add PHA to POOL's bond, which is lost first. It is the operator's from then on."""
        bond, token = session.suite.find("bond"), session.suite.find("token")
        address = session.suite.pool(pool).address
        steps = []
        if token.ask("allowance", session.sender, bond.address) < assets:
            steps.append(token.step(f"approve {format_pha(assets)} PHA for the bond", "approve", bond.address, assets))
        session.send(*steps, bond.step(f"post {format_pha(assets)} PHA", "post", address, assets))

    @command(pools, "bond-release")
    @pool_argument
    @click.argument("assets", metavar="PHA", callback=pha_callback)
    def bond_release(session: Session, pool: str, assets: int) -> None:
        """Start the release of PHA of the bond; it takes as long as the worst exit."""
        bond, address = session.suite.find("bond"), session.suite.pool(pool).address
        session.send(bond.step(f"ask for {format_pha(assets)} PHA of the bond", "requestRelease", address, assets))
        if session.sends:
            at = read_bond(session.suite, address).release_at
            session.tell(f"withdraw it within the week from {format_time(at)} UTC on: `pools bond-withdraw`")

    @command(pools, "bond-keep")
    @pool_argument
    def bond_keep(session: Session, pool: str) -> None:
        """Put back into the bond what is on its way out."""
        address = session.suite.pool(pool).address
        session.send(session.suite.find("bond").step("keep the bond", "cancelRelease", address))

    @command(pools, "bond-withdraw")
    @pool_argument
    def bond_withdraw(session: Session, pool: str) -> None:
        """Have the released part of the bond paid to the operator."""
        address = session.suite.pool(pool).address
        releasing = read_bond(session.suite, address).releasing
        if releasing == 0:
            raise NothingToDo("nothing of the bond is being released: `pools bond-release` starts it")
        session.send(session.suite.find("bond").step(f"withdraw {format_pha(releasing)} PHA", "release", address))

    @command(cli, "vault", sends=False)
    @click.argument("address", required=False)
    def vault(session: Session, address: str | None) -> None:
        """Show a vault: both ends of its value, its pools, its queue and its fee."""
        state = read_vault(session.suite, session.vault(address))
        found = {"vault": state, "on_its_way": str(state.on_its_way), "missing": str(state.missing)}
        session.show(found, *_vault_tables(state))


def condition(state: PoolState) -> str:
    """What keeps a pool from being as usual, in words."""
    found = []
    if state.bankrupt:
        found.append("bankrupt")
    if state.frozen_until:
        found.append(f"frozen until {format_time(state.frozen_until)}")
    if state.listed_only:
        found.append("listed only")
    return ", ".join(found) or "open"


def commission_text(state: PoolState) -> str:
    """The commission now, and the one announced."""
    text = format_percent(state.commission.bps)
    if state.commission.next_at:
        text += f", {format_percent(state.commission.next_bps)} from {format_time(state.commission.next_at)}"
    return text


def _pools_table(states, overdue):
    columns = ["pool>", "operator", "stake (PHA)>", "price>", "locked>", "free>", "commission>", "bond>", "cap>"]
    return table_of(
        f"pools: {len(states)}",
        [*columns, "state", "overdue>", "claims>"],
        [
            (
                str(one.number),
                one.operator,
                format_pha(one.active),
                format_pha(one.price),
                format_pha(one.locked),
                format_pha(one.free),
                commission_text(one),
                "-" if one.bond is None else format_pha(one.bond.bonded + one.bond.releasing),
                format_pha(one.cap) if one.cap else "none",
                condition(one),
                str(len(overdue[one.address])),
                str(len(one.claims)),
            )
            for one in states
        ],
    )


def _overdue_text(request: int) -> str:
    holder, number = divmod(request, 2**48)
    return f"{number} of 0x{holder:040x}" if holder else f"moves of cohort {number}"


def _pool_table(state: PoolState, overdue: list[int]):
    bond = "no bond contract is known"
    if state.bond is not None:
        bond = format_pha(state.bond.bonded)
        if state.bond.releasing:
            bond += f", and {format_pha(state.bond.releasing)} releasing from {format_time(state.bond.release_at)}"
    rows = {
        "address": state.address,
        "operator": state.operator,
        "state": condition(state),
        "stake (PHA)": format_pha(state.active),
        "price of a share (PHA)": format_pha(state.price),
        "asked back, at stake (PHA)": format_pha(state.at_exit),
        "owed to leavers (PHA)": format_pha(state.owed),
        "rewards still dripping (PHA)": format_pha(state.undripped),
        "locked for workers (PHA)": format_pha(state.locked),
        "free for workers (PHA)": format_pha(state.free),
        "workers with a lock": "-" if state.workers is None else str(state.workers),
        "commission": commission_text(state),
        "cap (PHA)": format_pha(state.cap) if state.cap else "none",
        "bond (PHA)": bond,
        "rewards due (PHA)": "-" if state.due is None else format_pha(state.due),
        "generation": str(state.generation),
        "open claims": ", ".join(map(str, state.claims)) or "none",
        "overdue requests": ", ".join(map(_overdue_text, overdue)) or "none",
    }
    return table_of(f"pool {state.number}", ["what", "value"], rows.items())


def _vault_tables(state: VaultState):
    fee = f"{format_percent(state.fee.bps)} to {state.fee.recipient}"
    if state.fee.next_at:
        fee += f"; {format_percent(state.fee.next_bps)} from {format_time(state.fee.next_at)}"
    rows = {
        "address": state.address,
        "value, claimed slashes cut off (PHA)": format_pha(state.low),
        "value without that cut (PHA)": format_pha(state.high),
        "price paid to leavers (PHA)": format_pha(state.price_low),
        "price asked of depositors (PHA)": format_pha(state.price_high),
        "idle (PHA)": format_pha(state.idle),
        "filled and not claimed (PHA)": format_pha(state.owed),
        "awaited by the queue (PHA)": format_pha(state.awaited),
        "on its way from pools (PHA)": format_pha(state.on_its_way),
        "missing (PHA)": format_pha(state.missing),
        "fee on what the price rises": fee,
        "price above which it is taken": format_pha(state.fee.mark * 1000),
    }
    yield table_of(state.name, ["what", "value"], rows.items())
    yield table_of(
        "pools",
        ["pool>", "address", "staked (PHA)>", "leaving (PHA)>", "cap (PHA)>", "state"],
        [
            (
                str(one.number),
                one.pool,
                format_pha(one.at_stake),
                format_pha(one.leaving),
                format_pha(one.cap),
                "wiped out: collect" if one.closed_generation else "collect" if one.claimable_requests else "-",
            )
            for one in state.positions
        ],
    )
    if state.queue:
        yield table_of(
            "queue",
            ["place>", "controller", "shares>", "can be filled (UTC)"],
            [
                (str(one.place), one.controller, format_pha(one.shares), format_time(one.ready_at))
                for one in state.queue
            ],
        )
