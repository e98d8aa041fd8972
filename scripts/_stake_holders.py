# SPDX-License-Identifier: Apache-2.0
"""Holders: `ape run stake deposit`, `request`, `cancel`, `claim`, `show` and `delegate`."""

from __future__ import annotations

from datetime import timedelta

import click
from eth_account.messages import encode_typed_data

from pha.staking.amounts import format_pha, format_time, format_units, parse_pha
from pha.staking.contracts import Contract
from pha.staking.errors import StakingError
from pha.staking.holdings import (
    Holding,
    cancel_step,
    claim_steps,
    deposit_step,
    holding_in,
    read_holdings,
    request_step,
    require_any,
    title,
)
from scripts._stake_session import Session, address_of, amount, command, pool_option, table_of, vault_option

PERMIT_SECONDS = int(timedelta(hours=1).total_seconds())
SHARE_DECIMALS = {"pool": 21, "vault": 18}
PERMIT = {
    "Permit": [
        {"name": "owner", "type": "address"},
        {"name": "spender", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ]
}


def register(cli: click.Group) -> None:
    """Adds these commands."""

    @command(cli, "deposit")
    @click.argument("assets", metavar="PHA", callback=amount(parse_pha))
    @pool_option
    @vault_option
    @click.option("--for", "receiver", metavar="ADDRESS", help="Who will own the stake; the sender by default.")
    @click.option(
        "--approve", is_flag=True, help="Approve in a transaction of its own, for accounts that sign no permit."
    )
    def deposit(
        session: Session, assets: int, pool: str | None, vault: str | None, receiver: str | None, approve: bool
    ) -> None:
        """Stake PHA in a pool or a vault, for yourself or for another.

        The token's approval is signed as a permit (ERC-2612) and goes with the deposit, in one transaction.
        """
        target, token = session.target(pool, vault), session.suite.find("token")
        owner, to = session.sender, address_of(receiver) if receiver else session.sender
        balance = token.ask("balanceOf", owner)
        if balance < assets:
            raise StakingError(f"{owner} has {format_pha(balance)} PHA, which is less than {format_pha(assets)}")
        steps, permit = [], None
        if token.ask("allowance", owner, target.address) < assets:
            if approve or not session.sends:
                says = f"approve {format_pha(assets)} PHA for {title(target)}"
                steps.append(token.step(says, "approve", target.address, assets))
            else:
                permit = _permit(session, token, target.address, assets)
        session.send(*steps, deposit_step(target, assets, to, permit))

    @command(cli, "request")
    @click.argument("assets", metavar="PHA|all", callback=amount_or_all)
    @pool_option
    @vault_option
    @click.option("--controller", metavar="ADDRESS", help="Who may cancel and claim; the sender by default.")
    def request(
        session: Session, assets: int | None, pool: str | None, vault: str | None, controller: str | None
    ) -> None:
        """Ask PHA back from a pool or a vault: the least shares that are worth it now, or all of them.

        The time until it can be claimed begins now; meanwhile requests of a pool can be slashed and earn nothing,
        requests of a vault earn and lose like all shares.
        """
        target = session.target(pool, vault)
        owner = session.sender
        session.send(request_step(target, owner, address_of(controller) if controller else owner, assets))

    @command(cli, "cancel")
    @click.argument("number", metavar="REQUEST", type=click.IntRange(min=0))
    @pool_option
    @vault_option
    @click.option("--for", "controller", metavar="ADDRESS", help="Whose request it is; the sender's by default.")
    def cancel(session: Session, number: int, pool: str | None, vault: str | None, controller: str | None) -> None:
        """Take back request REQUEST, by its number in `show`: it returns to stake at the price of now."""
        target = session.target(pool, vault)
        session.send(cancel_step(target, number, address_of(controller) if controller else session.sender))

    @command(cli, "claim")
    @pool_option
    @vault_option
    @click.option("--for", "controller", metavar="ADDRESS", help="Whose stake; the sender's by default.")
    @click.option("--to", "receiver", metavar="ADDRESS", help="Who gets the PHA; the stake's owner by default.")
    def claim(
        session: Session, pool: str | None, vault: str | None, controller: str | None, receiver: str | None
    ) -> None:
        """Claim everything that can be claimed, across all requests, closed generations included.

        Of one pool or vault, or without --pool and --vault of all that the suite has.
        """
        whose = address_of(controller) if controller else session.sender
        to = address_of(receiver) if receiver else whose
        targets = [session.target(pool, vault)] if pool or vault else _everywhere(session)
        steps, holdings = [], []
        with session.progress("looking through pools", len(targets)) as advance:
            for target in targets:
                holdings.append(holding_in(target, whose))
                steps += claim_steps(target, holdings[-1], whose, to)
                advance(1)
        session.send(*require_any(steps, holdings))

    @command(cli, "allow")
    @click.argument("who", metavar="ACCOUNT")
    @pool_option
    @vault_option
    @click.option("--revoke", is_flag=True, help="Take the right back.")
    def allow(session: Session, who: str, pool: str | None, vault: str | None, revoke: bool) -> None:
        """Let ACCOUNT request, cancel and claim for you in a pool or vault, and name who gets the PHA: trust it."""
        target, other = session.target(pool, vault), address_of(who)
        says = f"take from {other} the right to act" if revoke else f"let {other} act"
        session.send(target.step(f"{says} in {title(target)}", "setOperator", other, not revoke))

    @command(cli, "show", sends=False)
    @click.argument("account")
    @pool_option
    @vault_option
    def show(session: Session, account: str, pool: str | None, vault: str | None) -> None:
        """Show what ACCOUNT has staked where, what it asked back, what it can claim, and its votes."""
        whose = address_of(account)
        targets = [session.target(pool, vault)] if pool or vault else _everywhere(session)
        with session.progress("looking through pools", len(targets)) as advance:
            holdings = list(read_holdings(whose, targets, advance))
        session.show({"account": whose, "holdings": holdings}, *_tables(whose, holdings))

    @command(cli, "delegate")
    @click.argument("delegatee", metavar="ACCOUNT")
    @vault_option
    def delegate(session: Session, delegatee: str, vault: str | None) -> None:
        """Let the votes of your shares in a vault be cast by ACCOUNT: your own address to vote yourself."""
        target, to = session.vault(vault), address_of(delegatee)
        session.send(target.step(f"let {to} vote with the shares of {title(target)}", "delegate", to))


def _everywhere(session: Session) -> list[Contract]:
    return [*session.vaults(()), *session.suite.pools()]


def _permit(session: Session, token: Contract, spender: str, assets: int) -> tuple[int, int, bytes, bytes]:
    """The sender's ERC-2612 approval, good for an hour of the chain's time."""
    domain, deadline = token.ask("eip712Domain"), session.node.time() + PERMIT_SECONDS
    message = encode_typed_data(
        {name: domain[name] for name in ("name", "version", "chainId", "verifyingContract")},
        PERMIT,
        {
            "owner": session.sender,
            "spender": spender,
            "value": assets,
            "nonce": token.ask("nonces", session.sender),
            "deadline": deadline,
        },
    )
    signed = session.account.sign_message(message)
    if signed is None:
        raise StakingError("the account signed no permit; --approve sends an approval in its place")
    return deadline, signed.v, bytes(signed.r).rjust(32, b"\0"), bytes(signed.s).rjust(32, b"\0")


def amount_or_all(context: click.Context, parameter: click.Parameter, text: str) -> int | None:
    return None if text == "all" else amount(parse_pha)(context, parameter, text)


def _tables(account: str, holdings: list[Holding]):
    if not holdings:
        yield table_of(f"{account} has staked nothing", ["pool or vault"], [])
        return
    yield table_of(
        f"stake of {account}",
        [
            "pool or vault",
            "address",
            "shares>",
            "worth now (PHA)>",
            "claimable (PHA)>",
            "votes (PHA)>",
            "its vote is cast by",
        ],
        [
            (
                f"{one.kind} {one.name}",
                one.address,
                format_units(one.shares, SHARE_DECIMALS[one.kind]),
                format_pha(one.assets),
                format_pha(one.claimable_assets + sum(old.assets for old in one.closed)),
                "-" if one.votes is None else format_pha(one.votes),
                one.delegatee or "-",
            )
            for one in holdings
        ],
    )
    requests = [(one, request) for one in holdings for request in one.requests]
    if requests:
        yield table_of(
            "requests",
            ["pool or vault", "request>", "worth now (PHA)>", "matures (UTC)", "state"],
            [
                (
                    f"{one.kind} {one.name}",
                    str(request.number),
                    format_pha(request.assets),
                    format_time(request.matures_at),
                    "can be claimed" if request.claimable else "waits",
                )
                for one, request in requests
            ],
        )
    closed = [(one, old) for one in holdings for old in one.closed]
    if closed:
        yield table_of(
            "closed generations",
            ["pool", "generation>", "shares>", "left (PHA)>"],
            [
                (
                    one.name,
                    str(old.generation),
                    format_units(old.shares, SHARE_DECIMALS["pool"]),
                    format_pha(old.assets),
                )
                for one, old in closed
            ],
        )
