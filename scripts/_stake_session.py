# SPDX-License-Identifier: Apache-2.0
"""What the staking commands share: the network, the suite's contracts, sending, and saying what was done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any

import ape
import click
from ape.exceptions import ApeException
from eth_utils import is_address, to_checksum_address
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from migrations.compiled import CompiledContracts
from migrations.connection import addresses_path
from pha.deployment.errors import DeploymentError
from pha.governance.errors import GovernanceError
from pha.governance.safe_batch import safe_batch
from pha.staking.contracts import Contract, Step
from pha.staking.errors import AmountInvalid, NothingToDo, Refused, StakingError
from pha.staking.machine import plain
from pha.staking.node import Log, StakingNode, log_of
from pha.staking.suite import Suite, read_book

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


class ListFirst(click.Group):
    """A group that prints its table where no command of it is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in HELP["help_option_names"]):
            args = ["list", *args]
        return super().parse_args(ctx, args)


class Session:
    """A connected network with its staking contracts, and whoever sends."""

    def __init__(
        self,
        provider: Any,
        addresses: Path | None,
        given: Sequence[str],
        as_json: bool,
        account: Any = None,
        dry_run: bool = False,
        safe: Path | None = None,
    ) -> None:
        network = str(provider.network.name).removesuffix("-fork")
        artifacts = CompiledContracts(ape.project)
        book = read_book(addresses or addresses_path(network), artifacts)
        self.node = StakingNode(provider.web3)
        self.suite = Suite(self.node, artifacts, dict(_pair(one) for one in given), book)
        self.provider, self.as_json, self.dry_run, self.safe = provider, as_json, dry_run, safe
        self._alias = account
        self._steps: list[dict[str, Any]] = []
        self._found: dict[str, Any] = {}

    # Who sends

    @property
    def account(self) -> Any:
        """The account of ape that signs transactions. Raises `StakingError`."""
        return self.as_account(self._alias)

    def as_account(self, alias: str | None) -> Any:
        """An account of ape by its alias; the first one on a local network. Raises `StakingError`."""
        if alias is None:
            if self.provider.network.name != "local":
                raise StakingError("say who signs with --account ALIAS; `ape accounts list` shows those there are")
            return ape.accounts.test_accounts[0]
        name = str(alias)
        try:
            if name.startswith("TEST::"):
                return ape.accounts.test_accounts[int(name.removeprefix("TEST::"))]
            return ape.accounts.load(name)
        except (KeyError, IndexError, ValueError):
            raise StakingError(f"ape has no account {name}; `ape accounts list` shows those it has") from None

    @property
    def sender(self) -> str:
        """The address that will send: the account's, or a Safe's."""
        if self._alias is not None and is_address(self._alias):
            if self.safe is None and not self.dry_run:
                raise StakingError("an address can't sign: name an account of ape, or write a batch with --safe FILE")
            return str(to_checksum_address(self._alias))
        return str(self.account.address)

    # Sending

    def send(self, *steps: Step) -> list[Log]:
        """Sends each step once the chain says that it would pass, and says so; the events of all.

        With `--dry-run` or `--safe` nothing is sent, and there are none.
        """
        logs: list[Log] = []
        if self.safe is not None:
            self._write_batch(steps)
        for number, step in enumerate(steps):
            entry = {"step": step.says, "to": step.contract.address, "data": "0x" + step.call.data.hex()}
            if self.safe is not None:
                self.tell(f"in {self.safe}: {step.says}")
            elif self.dry_run:
                self.tell(f"would {step.says}{self._rehearsed(step, is_first=number == 0)}")
            else:
                step.attempt(self.sender)
                receipt = self.account.transfer(step.contract.address, value=0, data=step.call.data)
                logs += [log_of(log) for log in receipt.logs]
                entry |= {"transaction": receipt.txn_hash, "gas_used": receipt.gas_used}
                self.tell(f"{step.says}: {receipt.txn_hash}, {receipt.gas_used:,} gas")
            self._steps.append(entry)
        return logs

    def _rehearsed(self, step: Step, is_first: bool) -> str:
        try:
            step.attempt(self.sender)
        except Refused:
            if is_first:
                raise
            return " (it can't be tried before the steps above)"
        return ""

    def finish(self) -> None:
        """Prints what was sent and found, where that is to be JSON."""
        if self.as_json and (self._steps or self._found):
            click.echo(json.dumps({**plain(self._found), "sent" if self.sends else "planned": self._steps}, indent=2))

    @property
    def sends(self) -> bool:
        """Whether steps are really sent."""
        return not self.dry_run and self.safe is None

    def _write_batch(self, steps: Sequence[Step]) -> None:
        assert self.safe is not None
        says = "; ".join(step.says for step in steps)
        calls = [step.call for step in steps]
        batch = safe_batch(calls, self.node.chain_id(), "staking", says, self.node.time(), self.sender)
        self.safe.write_text(json.dumps(batch, indent=2) + "\n", encoding="utf-8")

    # Saying

    def tell(self, text: str) -> None:
        """A line for people; nothing where JSON is printed."""
        if not self.as_json:
            click.echo(text)

    def note(self, text: str, **found: Any) -> None:
        """A line for people, and for machines what it says."""
        self.tell(text)
        self._found |= found

    def show(self, found: Any, *tables: Table) -> None:
        """JSON, or the tables that say the same."""
        if self.as_json:
            click.echo(json.dumps(plain(found), indent=2))
            return
        for table in tables:
            print_table(table)

    @contextmanager
    def progress(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """A bar on the error stream for what takes long, where that is a terminal."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
            task = bars.add_task(title, total=total)
            yield lambda count: bars.advance(task, count)

    def searching(self, first_block: int) -> AbstractContextManager[Callable[[int], None]]:
        """A bar over the blocks of a search in the log."""
        return self.progress("searching the log, blocks", max(self.node.block_number() - first_block + 1, 1))

    # Names

    def target(self, pool: str | None, vault: str | None) -> Contract:
        """The pool or vault that a command is about. Raises `StakingError`."""
        if (pool is None) == (vault is None):
            raise StakingError(
                "say where with either --pool NUMBER or --vault ADDRESS (`--vault only` where there is one)"
            )
        return self.suite.pool(pool) if pool is not None else self.vault(str(vault))

    def pool_number(self, address: str) -> str:
        """A pool's number for a table; a dash for none."""
        return "-" if int(address, 16) == 0 else str(self.suite.at(address, "IStakePool").ask("poolId"))

    def pool_numbers(self, addresses: Iterable[str]) -> dict[str, str]:
        """The numbers of several pools, each asked for once."""
        return {one: self.pool_number(one) for one in dict.fromkeys(addresses)}

    def vault(self, which: str | None) -> Contract:
        """A vault by address; `only`, or None, is the only one known."""
        return self.suite.vault(None if which in (None, "only") else which)

    def vaults(self, given: Iterable[str]) -> list[Contract]:
        """The vaults given, or the one known, or none."""
        chosen = [self.vault(one) for one in given]
        return chosen or ([self.suite.find("vault")] if self.suite.knows("vault") else [])


def address_of(text: str) -> str:
    """A checksummed address. Raises `StakingError`."""
    if not is_address(text):
        raise StakingError(f"{text!r} is no address: 0x and 40 hexadecimal digits are needed")
    return str(to_checksum_address(text))


def command(group: click.Group, name: str, *, sends: bool = True) -> Callable[[Callable[..., None]], click.Command]:
    """A subcommand whose function gets a `Session` first; refusals leave with status 1 and one line."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @wraps(function)
        def guarded(
            network: str | None, addresses: Path | None, at: tuple[str, ...], as_json: bool, **options: Any
        ) -> None:
            sending = {one: options.pop(one) for one in SENDING} if sends else {}
            try:
                with connected(network) as provider:
                    session = Session(provider, addresses, at, as_json, **sending)
                    function(session, **options)
                    session.finish()
            except NothingToDo as error:
                click.echo(str(error), err=True)
                if as_json:
                    click.echo(json.dumps({"sent": []}))
            except (StakingError, DeploymentError, GovernanceError) as error:
                raise click.ClickException(str(error)) from None
            except ApeException as error:
                raise click.ClickException(" ".join(str(error).split())) from None

        options = [*READING_OPTIONS, *(SENDING_OPTIONS if sends else [])]
        made = guarded
        for option in reversed(options):
            made = option(made)
        return group.command(name, context_settings=HELP)(made)

    return decorate


SENDING = ("account", "dry_run", "safe")
READING_OPTIONS = [
    click.option("--network", metavar="CHOICE", help="As ape names it, such as ethereum:mainnet:node."),
    click.option("--addresses", type=FILE, help="A deployment's address file; the network's own by default."),
    click.option("--at", multiple=True, metavar="NAME=0x…", help="Address of a contract, such as factory; repeat."),
    click.option("--json", "as_json", is_flag=True, help="JSON for machines; amounts are wei, as text."),
]
SENDING_OPTIONS = [
    click.option("--account", metavar="ALIAS", help="Account of ape that signs; with --safe or --dry-run an address."),
    click.option("--dry-run", is_flag=True, help="Try it, say what would be sent, and send nothing."),
    click.option("--safe", type=NEW_FILE, help="Write a batch for Safe's Transaction Builder and send nothing."),
]
pool_option = click.option("--pool", metavar="NUMBER", help="A pool's number or address.")
vault_option = click.option("--vault", metavar="ADDRESS", help="A vault's address; `only` where one is deployed.")
from_block_option = click.option(
    "--from-block", default=0, show_default=True, help="Search the log from this block on."
)


def connected(choice: str | None) -> AbstractContextManager[Any]:
    """The network that is named; else the one that is connected, else the project's default."""
    if choice is None and ape.networks.active_provider is not None:
        return nullcontext(ape.networks.active_provider)
    named = ape.networks.default_ecosystem.name if choice is None else choice
    return ape.networks.parse_network_choice(named)


def table_of(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table; columns whose name ends in `>` are aligned to the right."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.removesuffix(">"), justify="right" if column.endswith(">") else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def print_table(table: Table) -> None:
    """On a terminal in its width; elsewhere as wide as it needs, so that no figure is cut."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=1_000, no_color=True, highlight=False)
        console.width = max(console.measure(table).maximum, 40)
    console.print(table)


def _pair(text: str) -> tuple[str, str]:
    name, separator, address = text.partition("=")
    if not separator:
        raise StakingError(f"{text!r} is not NAME=0x…, such as factory=0x…")
    return name, address


def amount(parse: Callable[[str], int]) -> Callable[[Any, Any, str | None], int | None]:
    """A click callback that reads an option's or argument's amount."""

    def read(_context: Any, _parameter: Any, text: str | None) -> int | None:
        if text is None:
            return None
        try:
            return parse(text)
        except AmountInvalid as error:
            raise click.BadParameter(str(error)) from None

    return read
