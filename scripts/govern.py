# SPDX-License-Identifier: Apache-2.0
"""Proposals to PHA's holders: what they would change, and their way through the governor.

A proposal is a YAML file (pha/governance/proposal.py says how it is written). Each command that sends can write a file
for Safe{Wallet}'s Transaction Builder instead (`--safe FILE`), and prints JSON with `--json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import ape
import click
from ape.cli import ConnectedProviderCommand, network_option
from rich.console import Console
from rich.table import Table

from migrations.compiled import CompiledContracts
from migrations.connection import addresses_path
from pha.deployment.errors import DeploymentError
from pha.governance.address_book import AddressBook
from pha.governance.enums import load_enums
from pha.governance.errors import GovernanceError
from pha.governance.plain_text import escaped
from pha.governance.proposal import Proposal, load_proposal
from pha.governance.safe_batch import Call, safe_batch
from pha.governance.simulation import Outcome, simulate
from scripts._claim_sending import describe

CONSOLE = Console(highlight=False, soft_wrap=True)
STATES = ("pending", "active", "canceled", "defeated", "succeeded", "queued", "expired", "executed")
SUPPORT = ("against", "for", "abstain")  # in the order of OpenZeppelin's VoteType


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Propose, vote, queue, execute, and look at proposals.

    `propose` tries the proposal on a fork first and prints everything it would change.
    """


def one_line_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Leave with status 1 and one line instead of a traceback."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (GovernanceError, DeploymentError) as error:
            raise click.ClickException(str(error)) from error
        except ape.exceptions.ContractLogicError as error:
            raise click.ClickException(f"the governor refuses: {describe(error)}") from error

    return guarded


def command(name: str, sends: bool = True) -> Callable[[Callable[..., None]], Any]:
    """A subcommand on a proposal's file, connected to the network its option names."""

    def decorate(function: Callable[..., None]) -> Any:
        one = one_line_errors(function)
        if sends:
            one = click.option("--account", metavar="ALIAS", help="Account of ape that signs; the first one locally.")(
                one
            )
            one = click.option(
                "--safe", type=click.Path(dir_okay=False, path_type=Path), help="Write a Safe batch and send nothing."
            )(one)
        one = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(one)
        one = click.option(
            "--addresses",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Address file; the network's by default.",
        )(one)
        one = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(one)
        return cli.command(name, cls=ConnectedProviderCommand)(network_option()(one))

    return decorate


@command("propose")
@click.option("--dry-run", is_flag=True, help="Simulate and send nothing.")
@click.option("--no-simulation", is_flag=True, help="Send without a fork to try it on.")
def propose(
    provider: Any,
    file: Path,
    addresses: Path | None,
    as_json: bool,
    safe: Path | None,
    account: str | None,
    dry_run: bool,
    no_simulation: bool,
) -> None:
    """Simulate FILE on a fork, print every change of state, then put it to the vote."""
    session = Session(provider, file, addresses, as_json)
    proposal, sender = session.proposal, account_of(provider, account)
    found: dict[str, Any] = proposal.as_data()
    if not no_simulation:
        url = getattr(provider, "http_uri", None)
        if url is None:
            raise click.ClickException("this node can't be forked; say --no-simulation to go without")
        outcome = simulate(url, session.book, proposal, sender.address, session.enums)
        found["simulation"] = outcome.as_data()
        if not as_json:
            show_proposal(proposal)
            show_outcome(outcome)
    if dry_run:
        session.say(found, "nothing was sent")
        return
    arguments = (proposal.targets, proposal.values, proposal.calldatas, proposal.description)
    session.act("propose", arguments, sender, safe, found)


@command("vote")
@click.option("--support", type=click.Choice(SUPPORT), required=True, help="How to vote.")
@click.option("--reason", default="", help="Recorded with the ballot.")
@click.option(
    "--omit",
    type=click.IntRange(0, 3),
    multiple=True,
    help="Leave out the source of staked votes with this number, from 0; for one that fails.",
)
def vote(
    provider: Any,
    file: Path,
    addresses: Path | None,
    as_json: bool,
    safe: Path | None,
    account: str | None,
    support: str,
    reason: str,
    omit: tuple[int, ...],
) -> None:
    """Vote on FILE with all that the sender's PHA and staked PHA weigh."""
    session = Session(provider, file, addresses, as_json)
    number, choice = session.proposal.id, SUPPORT.index(support)
    if omit:
        params = sum(1 << one for one in set(omit)).to_bytes(1, "big")
        function, arguments = "castVoteWithReasonAndParams", (number, choice, reason, params)
    else:
        function, arguments = "castVoteWithReason", (number, choice, reason)
    session.act(function, arguments, account_of(provider, account), safe, {"id": str(number), "support": support})


@command("queue")
def queue(
    provider: Any, file: Path, addresses: Path | None, as_json: bool, safe: Path | None, account: str | None
) -> None:
    """Have what was voted wait in the timelock."""
    session = Session(provider, file, addresses, as_json)
    found = {"id": str(session.proposal.id)}
    session.act("queue", session.proposal.operation, account_of(provider, account), safe, found)


@command("execute")
def execute(
    provider: Any, file: Path, addresses: Path | None, as_json: bool, safe: Path | None, account: str | None
) -> None:
    """Carry out what has waited."""
    session = Session(provider, file, addresses, as_json)
    found = {"id": str(session.proposal.id)}
    value = sum(session.proposal.values)
    session.act("execute", session.proposal.operation, account_of(provider, account), safe, found, value)


@command("show", sends=False)
def show(provider: Any, file: Path, addresses: Path | None, as_json: bool) -> None:
    """Show where FILE stands, and what it would do."""
    session = Session(provider, file, addresses, as_json)
    standing = session.standing()
    if not as_json:
        show_proposal(session.proposal)
        for name, value in standing.items():
            CONSOLE.print(f"{name}: {value}", markup=False)
        return
    click.echo(json.dumps({**session.proposal.as_data(), "standing": standing}, indent=2))


class Session:
    """The governor of the connected network and one proposal."""

    def __init__(self, provider: Any, file: Path, addresses: Path | None, as_json: bool) -> None:
        network = str(provider.network.name).removesuffix("-fork")
        artifacts = CompiledContracts(ape.project)
        self.book = AddressBook.read(addresses or addresses_path(network), artifacts)
        self.enums = load_enums(Path(ape.project.contracts_folder))
        self.proposal = load_proposal(file, self.book, self.enums)
        self.provider, self.as_json = provider, as_json
        self.governor = ape.project.PhaGovernor.at(self.book.find("governor").address)

    def standing(self) -> dict[str, Any]:
        """Where the proposal stands; times in Unix seconds, votes in wei as text."""
        governor, number = self.governor, self.proposal.id
        opens = governor.proposalSnapshot(number)
        if opens == 0:
            return {"state": "not proposed"}
        votes = governor.proposalVotes(number)
        passed = opens < self.provider.get_block("latest").timestamp
        return {
            "state": STATES[governor.state(number)],
            "proposer": str(governor.proposalProposer(number)),
            "opens": opens,
            "closes": governor.proposalDeadline(number),
            "executable_at": governor.proposalEta(number),
            "votes": {name: str(count) for name, count in zip(SUPPORT, votes, strict=True)},
            "quorum": str(governor.quorum(opens)) if passed else "not yet known",
        }

    def act(
        self,
        function: str,
        arguments: tuple[Any, ...],
        sender: Any,
        safe: Path | None,
        found: Mapping[str, Any],
        value: int = 0,
    ) -> None:
        """Send a call to the governor, or write it for a Safe."""
        method = getattr(self.governor, function)
        if safe is not None:
            call = Call(self.governor.address, bytes(method.encode_input(*arguments)), value)
            now = self.provider.get_block("latest").timestamp
            name = f"{function}: {self.proposal.title}"
            batch = safe_batch([call], self.provider.chain_id, name, self.proposal.description, now)
            safe.write_text(json.dumps(batch, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            self.say({**found, "safe": str(safe)}, f"{safe} is for the Transaction Builder; nothing was sent")
            return
        receipt = method(*arguments, sender=sender, value=value)
        self.say(
            {**found, "transaction": receipt.txn_hash, "gas_used": receipt.gas_used, "standing": self.standing()},
            f"{function} {self.proposal.id} with {receipt.gas_used:,} gas: {receipt.txn_hash}",
        )

    def say(self, found: Mapping[str, Any], text: str) -> None:
        """What was done, as JSON or as a line."""
        click.echo(json.dumps(found, indent=2) if self.as_json else text)


def account_of(provider: Any, alias: str | None) -> Any:
    """The account that signs. Raises a one-line click error."""
    if alias is None:
        if provider.network.name != "local":
            raise click.ClickException("say who signs with --account ALIAS")
        return ape.accounts.test_accounts[0]
    if not isinstance(alias, str):
        return alias  # an account already, where another script calls
    try:
        return ape.accounts.load(alias)
    except KeyError:
        raise click.ClickException(f"ape has no account {alias}; `ape accounts list` shows those it has") from None


def show_proposal(proposal: Proposal) -> None:
    """The proposal in words."""
    CONSOLE.print(f"[bold]{proposal.id}[/bold]")
    CONSOLE.print(proposal.description, markup=False)
    for number, one in enumerate(proposal.actions, 1):
        CONSOLE.print(f"{number}. {one.name} ({one.contract} at {one.target}): {one.signature}", markup=False)
        for name, value in one.arguments.items():
            CONSOLE.print(f"     {name} = {value}", markup=False)
        if one.value:
            CONSOLE.print(f"     with {one.value} wei", markup=False)


def show_outcome(outcome: Outcome) -> None:
    """Everything that the execution changed on the fork."""
    CONSOLE.print(f"on a fork, won and executed with {outcome.gas_used:,} gas")
    for event in outcome.events:
        values = ", ".join(f"{name}={value}" for name, value in event.values.items())
        # What a contract says may be anybody's text.
        CONSOLE.print(f"  event {event.where}.{event.name}({escaped(values)})", markup=False)
    table = Table("where", "what", "before", "after")
    for change in (*outcome.parameters, *outcome.state):
        table.add_row(change.where, change.what, change.before, change.after)
    CONSOLE.print(table)
