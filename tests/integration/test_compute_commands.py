# SPDX-License-Identifier: Apache-2.0
"""The commands of `ape run compute`, as a customer and a worker's operator run them."""

from __future__ import annotations

import click
import pytest

from scripts import compute as commands
from tests.reference.compute_setup import CLOSED, DAY, OPEN, PHA, PRICE, RUNNING, STOPPED, WINDOW, Compute

ANY = {"worker": "0x" + "00" * 20, "identity": "0x" + "00" * 32, "workload": "0x" + "00" * 32}


@pytest.fixture(scope="module")
def customer(accounts):
    return accounts[6]


@pytest.fixture(scope="module")
def compute(project, chain, deployer, accounts, treasury, customer):
    compute = Compute.deploy(project, chain, deployer, accounts[9], treasury)
    compute.token.transfer(customer, 1000 * PHA, sender=deployer)
    compute.travel(DAY)
    return compute


def run(name, *arguments, **options):
    return commands.cli.commands[name].callback(*arguments, **options)


@pytest.fixture
def placed(compute, customer, capsys):
    run("order", 1, "36", market=compute.market.address, account=customer, **ANY)
    assert "3600 seconds" in capsys.readouterr().out
    return compute.market.orderCount()


@pytest.fixture
def key_file(compute, accounts, tmp_path):
    key = compute.worker(9)
    accounts[15].transfer(key.address, 10**18)
    path = tmp_path / "worker.key"
    path.write_text(key.key.hex())
    path.chmod(0o600)
    return path


def test_order_top_up_show_and_stop(compute, customer, placed, capsys):
    market = compute.market.address
    run("top-up", placed, "0.5", market=market, account=customer)
    run("show", placed, market=market)
    shown = capsys.readouterr().out
    assert f"order {placed}: open" in shown
    assert "36.5" in shown
    assert compute.market.orderOf(placed).status == OPEN
    run("stop", placed, market=market, account=customer)
    assert compute.market.orderOf(placed).status == CLOSED
    assert compute.token.balanceOf(customer) == 1000 * PHA


def test_worker_takes_and_a_receipt_and_a_refund_are_brought(compute, customer, placed, key_file, tmp_path, capsys):
    market = compute.market.address
    options = {"market": market, "key_file": key_file, "journal_path": tmp_path / "worker.jsonl", "turns": 1}
    run("worker", class_ids=(1,), **options)
    assert compute.market.orderOf(placed).status == RUNNING
    taken = compute.market.orderOf(placed).takenAt
    compute.travel_to(taken + 300)
    _, signature = compute.receipt(compute.worker(9), placed, 200, taken + 250)
    receipt = {"used": 200, "until": taken + 250, "receipt": "0x" + signature.hex()}
    run("settle", placed, market=market, account=customer, **receipt)
    assert compute.market.unsplit(compute.pool) == 200 * PRICE
    compute.travel(100)
    run("stop", placed, market=market, account=customer)
    assert "wait for the worker's last receipt" in capsys.readouterr().out
    assert compute.market.orderOf(placed).status == STOPPED
    compute.travel(WINDOW + 1)
    run("settle", placed, market=market, account=customer)
    assert compute.market.orderOf(placed).status == CLOSED
    assert compute.token.balanceOf(customer) == 1000 * PHA - 200 * PRICE


def test_nonsense_is_refused_in_one_line(compute, customer, key_file, tmp_path):
    market = compute.market.address
    for amount in ("a lot", "-1", "0.0000000000000000001", "NaN"):
        with pytest.raises(click.BadParameter):
            run("order", 1, amount, market=market, account=customer, **ANY)
    with pytest.raises(click.ClickException, match="there is no order 99"):
        run("show", 99, market=market)
    with pytest.raises(click.UsageError, match="--used and --until"):
        run("settle", 1, market=market, account=customer, receipt="0x00")
    key_file.chmod(0o644)
    with pytest.raises(click.ClickException, match="chmod 600"):
        run("worker", market=market, key_file=key_file, journal_path=tmp_path / "w", class_ids=(1,), turns=1)
    key_file.chmod(0o600)
    key_file.write_text("no key")
    with pytest.raises(click.ClickException, match="holds no key"):
        run("worker", market=market, key_file=key_file, journal_path=tmp_path / "w", class_ids=(1,), turns=1)
