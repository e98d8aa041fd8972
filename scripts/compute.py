# SPDX-License-Identifier: Apache-2.0
"""Confidential machines by the second, paid in PHA; and answers for contracts.

ape run compute order CLASS PHA --market 0x… --account me      prepay; prints the order's number
ape run compute top-up ORDER PHA --market 0x… --account me
ape run compute show ORDER --market 0x…
ape run compute stop ORDER --market 0x… --account me           and what nobody can claim comes back at once
ape run compute settle ORDER --market 0x… --receipt 0x… …      bring a worker's receipt, or a refund that is due
ape run compute worker --market 0x… --key-file FILE --journal FILE --class 1
ape run compute oracle --oracle 0x… --key-file FILE --journal FILE --identity 0x… --host api.example.com
"""

from __future__ import annotations

from pathlib import Path

import ape
import click
from ape.cli import account_option
from rich.console import Console
from rich.table import Table

from pha.compute.answering import AnsweringRules, AnsweringWorker
from pha.compute.calls import OrderStatus
from pha.compute.node import Market, Oracle
from pha.compute.outbox import Outbox
from pha.compute.price_program import PriceProgram
from pha.compute.worker import Worker, WorkerRules
from pha.deployment.journal import open_journal
from scripts._compute_connection import (
    OneLineErrors,
    checked_address,
    gas_payer,
    hash_of,
    key_in,
    node,
    pha,
    repeat,
    wei,
)

ZERO_ADDRESS = "0x" + "00" * 20

market_option = click.option("--market", required=True, help="Address of the ComputeMarket.")
key_option = click.option(
    "--key-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The worker's attested key, 32 bytes of hex; mode 600.",
)
journal_option = click.option(
    "--journal",
    "journal_path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="What this key has signed and sent. Never run a key with another journal.",
)
every_option = click.option("--every", default=15.0, show_default=True, help="Seconds between two looks at the chain.")
turns_option = click.option("--turns", type=int, help="Look so many times and end; by default never end.")


@click.group()
def cli():
    """Confidential machines by the second, and answers for contracts."""


@cli.command(cls=OneLineErrors)
@click.argument("class_id", type=int)
@click.argument("amount")
@market_option
@click.option("--worker", default=ZERO_ADDRESS, help="The only worker that may take it.")
@click.option("--identity", default="0x" + "00" * 32, help="The code identity that the worker must run.")
@click.option("--workload", default="0x" + "00" * 32, help="Names what to run, off chain.")
@account_option()
def order(class_id, amount, market, worker, identity, workload, account):
    """Prepay AMOUNT of PHA for a worker of CLASS_ID, at the price of now."""
    contract = ape.project.ComputeMarket.at(checked_address(market))
    deposit, price = wei(amount), contract.classOf(class_id).pricePerSecond
    _allow(contract, deposit, account)
    terms = (class_id, checked_address(worker), hash_of(identity), price, deposit, hash_of(workload))
    (event,) = contract.order(terms, sender=account).decode_logs(contract.Ordered)
    click.echo(f"order {event.orderId}: {pha(deposit)} PHA at {pha(price)} PHA a second, {deposit // price} seconds")


@cli.command("top-up", cls=OneLineErrors)
@click.argument("order_id", type=int)
@click.argument("amount")
@market_option
@account_option()
def top_up(order_id, amount, market, account):
    """Pay AMOUNT of PHA more into ORDER_ID."""
    contract = ape.project.ComputeMarket.at(checked_address(market))
    _allow(contract, wei(amount), account)
    contract.topUp(order_id, wei(amount), sender=account)
    click.echo(f"order {order_id} holds {pha(contract.orderOf(order_id).held)} PHA")


@cli.command(cls=OneLineErrors)
@click.argument("order_id", type=int)
@market_option
@account_option()
def stop(order_id, market, account):
    """End ORDER_ID now."""
    contract = ape.project.ComputeMarket.at(checked_address(market))
    contract.stop(order_id, sender=account)
    state = Market(node(), contract.address).order(order_id)
    text = f"order {order_id} is {state.status.name.lower()}"
    if state.held:
        text += f"; {pha(state.held)} PHA wait for the worker's last receipt until {state.can_settle_until}"
    click.echo(text)


@cli.command(cls=OneLineErrors)
@click.argument("order_id", type=int)
@market_option
@click.option("--used", type=int, help="Seconds that the receipt counts.")
@click.option("--until", type=int, help="Unix time up to which it counts.")
@click.option("--final", is_flag=True, help="It is the worker's last.")
@click.option(
    "--receipt", help="The worker's signature, 65 bytes of 0x-hex. Without one, a refund that is due is paid."
)
@account_option()
def settle(order_id, market, account, used=None, until=None, final=False, receipt=None):
    """Bring a worker's receipt for ORDER_ID, or have the rest of a stopped order paid back."""
    contract = ape.project.ComputeMarket.at(checked_address(market))
    if receipt is None:
        done = contract.refund(order_id, sender=account)
        click.echo(f"paid back {pha(done.decode_logs(contract.OrderClosed)[0].refunded)} PHA")
        return
    if used is None or until is None:
        raise click.UsageError("a receipt needs --used and --until as they were signed")
    done = contract.settle((order_id, used, until, final), bytes.fromhex(receipt.removeprefix("0x")), sender=account)
    click.echo(f"paid {pha(done.decode_logs(contract.Settled)[0].amount)} PHA to the worker's pool")


@cli.command(cls=OneLineErrors)
@click.argument("order_id", type=int)
@market_option
def show(order_id, market):
    """Show how ORDER_ID stands."""
    state = Market(node(), checked_address(market)).order(order_id)
    if state.status is OrderStatus.NONE:
        raise click.ClickException(f"there is no order {order_id}")
    table = Table(title=f"order {order_id}: {state.status.name.lower()}")
    table.add_column("what")
    table.add_column("value", justify="right")
    rows = {
        "customer": state.customer,
        "class": str(state.class_id),
        "price (PHA a second)": pha(state.price_per_second),
        "held (PHA)": pha(state.held),
        "paid (PHA)": pha(state.paid_seconds * state.price_per_second),
        "seconds in good standing": str(state.covered_seconds),
        "worker": state.worker,
        "pool": state.pool,
        "suspended": str(state.is_suspended),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    Console(width=100).print(table)


class _Shell:
    """The work of the demonstration: the machine is the customer's as long as this process runs."""

    def start(self, order_id, _order):
        click.echo(f"order {order_id}: begun")

    def is_running(self, _order_id):
        return True

    def end(self, order_id):
        click.echo(f"order {order_id}: ended")


@cli.command(cls=OneLineErrors)
@market_option
@key_option
@journal_option
@click.option("--class", "class_ids", type=int, multiple=True, required=True, help="Class of orders to take; repeat.")
@click.option("--lowest-price", default="0", show_default=True, help="PHA a second below which no order is taken.")
@click.option("--settle-every", default=1800, show_default=True, help="Seconds between two settlements.")
@every_option
@turns_option
def worker(market, key_file, journal_path, class_ids, lowest_price="0", settle_every=1800, every=15.0, turns=None):
    """Run a worker: take orders, sign receipts, have them paid. Goes on where it was after any interruption."""
    key, chain = key_in(key_file), node()
    rules = WorkerRules(frozenset(class_ids), wei(lowest_price), settle_every)
    with open_journal(journal_path) as journal:
        outbox = Outbox(chain, gas_payer(key), journal)
        one = Worker(key, Market(chain, checked_address(market)), outbox, journal, _Shell(), rules)
        repeat(one.step, every, turns)


@cli.command(cls=OneLineErrors)
@click.option("--oracle", "address", required=True, help="Address of the ComputeOracle.")
@key_option
@journal_option
@click.option("--identity", required=True, help="This program's code identity, as the policy knows it.")
@click.option("--host", "hosts", multiple=True, required=True, help="API that may be asked; repeat.")
@click.option("--allow-http", is_flag=True, help="Plain HTTP too: for a server on this machine.")
@click.option("--lowest-payment", default="0", show_default=True, help="PHA below which no request is answered.")
@click.option("--first-block", default=0, show_default=True, help="Block from which to look for requests.")
@click.option("--confirmations", default=0, show_default=True, help="Blocks to wait before a request is answered.")
@every_option
@turns_option
def oracle(
    address,
    key_file,
    journal_path,
    identity,
    hosts,
    allow_http=False,
    lowest_payment="0",
    first_block=0,
    confirmations=0,
    every=15.0,
    turns=None,
):
    """Answer contracts that ask for prices of an HTTP API. Signs one answer for a request, whatever happens."""
    key, chain = key_in(key_file), node()
    rules = AnsweringRules(hash_of(identity), wei(lowest_payment), first_block, confirmations)
    with open_journal(journal_path) as journal:
        outbox = Outbox(chain, gas_payer(key), journal)
        program = PriceProgram(frozenset(hosts), allow_http=allow_http)
        one = AnsweringWorker(key, Oracle(chain, checked_address(address)), outbox, journal, program, rules)

        def step():
            if brought := one.step():
                click.echo(f"answered {brought}")

        repeat(step, every, turns)


def _allow(market, amount, account):
    """Lets the market take `amount`, unless it may already."""
    token = ape.project.PhaToken.at(market.TOKEN())
    if token.allowance(account, market) < amount:
        token.approve(market, amount, sender=account)
