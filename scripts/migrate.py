# SPDX-License-Identifier: Apache-2.0
"""Deploy steps of a network: `ape run migrate status | plan | apply | verify --network NETWORK`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

import ape
import click
from ape.cli import ConnectedProviderCommand, network_option
from rich.console import Console
from rich.table import Table

from migrations.compiled import CompiledContracts
from migrations.connection import MIGRATIONS, ApeSigner, addresses_path, journal_path, snapshot_of
from migrations.local import QUICK
from pha.deployment import engine
from pha.deployment.addresses import has_drifted, write_addresses
from pha.deployment.errors import ChainDiffers, DeploymentError
from pha.deployment.journal import MemoryJournal, open_journal, read_journal
from pha.deployment.ledger import Transaction
from pha.deployment.project import Project, load_project
from pha.deployment.rehearsal import (
    ImpersonatingSigner,
    PlannedOperation,
    fork_of,
    refuse_if_different,
    rehearse,
)
from pha.deployment.reporter import Reporter
from pha.deployment.sending import Patience
from pha.deployment.web3_chain import Web3Chain

CONSOLE = Console(highlight=False)
LOCAL = "local"


def say(text: str) -> None:
    """Print without breaking lines, so that addresses and hashes stay whole."""
    CONSOLE.print(text, soft_wrap=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Bring a network to where the steps in migrations/steps say, and look at how far it is.

    status and verify read; plan rehearses on a throw-away copy of the chain; only apply sends. A local
    network keeps no journal, so each run there begins anew.
    """


def one_line_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Leave with status 1 and one line (a list for differences) instead of a traceback."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except ChainDiffers as error:
            for difference in error.differences:
                click.echo(f"  differs: {difference}", err=True)
            raise click.ClickException(str(error)) from error
        except DeploymentError as error:
            raise click.ClickException(str(error)) from error

    return guarded


def network_command(name: str) -> Callable[[Callable[..., None]], Any]:
    """A subcommand that is connected to the network its option names."""

    def decorate(command: Callable[..., None]) -> Any:
        connected = network_option()(one_line_errors(command))
        return cli.command(name, cls=ConnectedProviderCommand)(connected)

    return decorate


account_option = click.option(
    "--account", metavar="ALIAS", help="Account of ape that signs; the first test account locally."
)
until_option = click.option("--until", metavar="STEP", help="Last step to consider, by name or number.")
set_option = click.option(
    "--set",
    "overrides",
    metavar="NAME=VALUE",
    multiple=True,
    help="A parameter for a local network, as in its file.",
)


@network_command("status")
def status(provider: Any) -> None:
    """Show which steps are applied and every difference between journal, project and chain."""
    name, project = _project(provider)
    journal = _read(name)
    found = engine.survey(Web3Chain(provider.web3), journal, project)
    table = Table("step", "what", "state", "transactions", "gas", title=f"{name} (chain {provider.chain_id})")
    for step in project.steps:
        mined = [one for one in found.ledger.transactions if one.step == step.name and one.status == "mined"]
        state = "to apply" if step in found.to_apply else "applied"
        if step in found.to_apply and step.name in found.ledger.steps:
            state = "begun"
        gas = sum(one.gas_used or 0 for one in mined)
        table.add_row(step.name, step.title, state, str(len(mined)), f"{gas:,}")
    CONSOLE.print(table)
    _show_missing(project)
    if name != LOCAL and has_drifted(journal.records, addresses_path(name)):
        found.differences.append(f"{addresses_path(name).name} does not follow from the journal; run apply again")
    refuse_if_different(found.differences)


@network_command("plan")
@account_option
@until_option
@set_option
def plan(provider: Any, account: str | None, until: str | None, overrides: tuple[str, ...]) -> None:
    """Rehearse what apply would do, on a copy of the chain; print every transaction and send none."""
    name, project = _project(provider, overrides)
    operations = _rehearse(provider, name, project, _account(name, account), until)
    _show_plan(operations)


@network_command("apply")
@account_option
@until_option
@set_option
@click.option("--yes", is_flag=True, help="Don't ask before sending.")
@click.option("--abandon", metavar="HASH", help="Give up a journaled transaction whose nonce something else used.")
@click.option("--accept-nonce", type=int, help="The signer's transactions up to this nonce are known and harmless.")
def apply(
    provider: Any,
    account: str | None,
    until: str | None,
    overrides: tuple[str, ...],
    yes: bool,
    abandon: str | None,
    accept_nonce: int | None,
) -> None:
    """Rehearse, ask, then send what is missing, resuming wherever the journal ends."""
    name, project = _project(provider, overrides)
    owner = _account(name, account)
    signer, chain = ApeSigner(owner, provider), Web3Chain(provider.web3)
    if name == LOCAL:
        engine.apply(chain, signer, MemoryJournal(), project, ProgressReporter(), QUICK, until)
        return
    if abandon is None and accept_nonce is None:
        _show_plan(_rehearse(provider, name, project, owner, until))
    if not yes:
        click.confirm(f"Send from {owner.address} on {name}?", abort=True)
    patience = Patience(confirmations=project.parameters["network.confirmations"])
    with open_journal(journal_path(name)) as journal:
        if journal.torn is not None:
            CONSOLE.print(f"the journal ended in an unfinished line; dropped, its text is kept: {journal.torn[:60]}…")
        try:
            engine.apply(chain, signer, journal, project, ProgressReporter(), patience, until, abandon, accept_nonce)
        finally:
            write_addresses(journal.records, addresses_path(name))


@network_command("verify")
def verify(provider: Any) -> None:
    """Check every applied step against the chain, and list what no longer holds."""
    name, project = _project(provider)
    results = engine.verify(Web3Chain(provider.web3), _read(name), project)
    for step, failures in results.items():
        CONSOLE.print(f"{step}: {'holds' if not failures else f'{len(failures)} failures'}")
    CONSOLE.print(f"{len(results)} of {len(project.steps)} steps are applied")
    refuse_if_different([f"{step}: {one}" for step, failures in results.items() for one in failures])


class ProgressReporter(Reporter):
    """Prints a line for every event."""

    def step_begins(self, name: str, title: str) -> None:
        say(f"[bold]{name}[/bold] {title}")

    def step_applied(self, name: str) -> None:  # noqa: ARG002 - the name was printed when it began
        say("  verified")

    def already_done(self, transaction: Transaction) -> None:
        say(f"  done before: {transaction.title}")

    def mined(self, transaction: Transaction) -> None:
        where = f" at {transaction.address}" if transaction.address else ""
        say(f"  {transaction.title}{where}: {transaction.gas_used:,} gas, block {transaction.block}")

    def notice(self, text: str) -> None:
        say(f"  {text}")


def _project(provider: Any, overrides: tuple[str, ...] = ()) -> tuple[str, Project]:
    name = str(provider.network.name)
    pairs = [one.partition("=") for one in overrides]
    if overrides and name != LOCAL:
        raise DeploymentError("--set is for local networks; a public network's values stand in its file")
    artifacts = CompiledContracts(ape.project)
    return name, load_project(MIGRATIONS, name, artifacts, {key: value for key, _, value in pairs})


def _account(name: str, alias: str | None) -> Any:
    if alias is None:
        if name != LOCAL:
            raise DeploymentError("say who signs with --account ALIAS")
        return ape.accounts.test_accounts[0]
    try:
        return ape.accounts.load(alias)
    except KeyError as error:
        raise DeploymentError(f"ape has no account {alias}; `ape accounts list` shows those it has") from error


def _read(name: str) -> MemoryJournal:
    if name == LOCAL:
        return MemoryJournal()
    records, torn = read_journal(journal_path(name))
    if torn is not None:
        CONSOLE.print("the journal ends in an unfinished line; apply drops it and keeps its text")
    return MemoryJournal(records)


def _rehearse(provider: Any, name: str, project: Project, owner: Any, until: str | None) -> list[PlannedOperation]:
    _show_missing(project)
    journal = _read(name)
    chain = Web3Chain(provider.web3)
    refuse_if_different(engine.survey(chain, journal, project).differences)
    with CONSOLE.status("rehearsing on a copy of the chain"):
        if name == LOCAL:
            with snapshot_of(ape.chain):
                return rehearse(chain, ApeSigner(owner, provider), journal, project, until)
        with fork_of(provider.http_uri or provider.uri, owner.address) as fork:
            return rehearse(fork, ImpersonatingSigner(owner.address), journal, project, until)


def _show_missing(project: Project) -> None:
    for parameter in project.parameters.missing():
        if parameter.name != "network.genesis":
            CONSOLE.print(f"missing: {parameter.name}: {parameter.source}")


def _show_plan(operations: list[PlannedOperation]) -> None:
    for number, one in enumerate(operations, 1):
        CONSOLE.print(f"[bold]{number:3} {one.step}[/bold] {one.title}: {one.gas_used:,} gas", soft_wrap=True)
        for name, value in _named(one.arguments):
            CONSOLE.print(f"      {name} = {value}", soft_wrap=True, markup=False)
    signers = ", ".join(sorted({one.signer for one in operations})) or "nobody"
    total = sum(one.gas_used for one in operations)
    CONSOLE.print(f"{len(operations)} transactions, signed by {signers}, {total:,} gas in all; none was sent")


def _named(arguments: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Arguments with structs written out, `configuration.deadline`."""
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            yield from _named(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
