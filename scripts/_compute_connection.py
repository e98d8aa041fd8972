# SPDX-License-Identifier: Apache-2.0
"""What compute's commands share: refusals in one line, a worker's key and journal; no command itself."""

from __future__ import annotations

import time
from decimal import Decimal, InvalidOperation
from pathlib import Path

import ape
import click
from ape.cli import ConnectedProviderCommand
from eth_account import Account
from eth_utils import is_address, to_checksum_address

from pha.compute.node import ComputeNode
from pha.deployment.errors import ChainUnavailable, DeploymentError
from pha.deployment.web3_chain import KeySigner

PHA = 10**18


class OneLineErrors(ConnectedProviderCommand):
    """Turns what the library or a contract refuses into one line and status 1."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except DeploymentError as error:
            raise click.ClickException(str(error)) from None
        except ape.exceptions.ContractLogicError as error:
            inputs = getattr(error, "inputs", None)
            text = str(error) if inputs is None else f"{error.abi.name}({inputs})"
            raise click.ClickException(f"the contract refuses: {text}") from None


def wei(text: str) -> int:
    """Wei of an amount of PHA with up to 18 decimals. Raises a click error."""
    try:
        value = Decimal(text) * PHA
    except InvalidOperation as error:
        raise click.BadParameter(f"{text!r} is no amount of PHA") from error
    if not value.is_finite() or value != int(value) or value < 0:
        raise click.BadParameter(f"{text!r} is no amount of PHA")
    return int(value)


def pha(amount: int) -> str:
    """Wei as PHA, exact."""
    return f"{Decimal(amount) / PHA:f}"


def checked_address(text: str) -> str:
    """A checksummed address. Raises a click error."""
    if not is_address(text):
        raise click.BadParameter(f"{text!r} is no address")
    return str(to_checksum_address(text))


def hash_of(text: str) -> bytes:
    """32 bytes of 0x-hex. Raises a click error."""
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no hash") from error
    if len(value) != 32:
        raise click.BadParameter(f"{text!r} has {len(value)} bytes, not 32")
    return value


def key_in(path: Path):
    """The attested key, 32 bytes of hex in a file that no one else may read. Raises a click error."""
    if path.stat().st_mode & 0o077:
        raise click.ClickException(f"{path.name} may be read by others: chmod 600 it")
    try:
        return Account.from_key(bytes.fromhex(path.read_text().strip().removeprefix("0x")))
    except ValueError:
        raise click.ClickException(f"{path.name} holds no key: 32 bytes of hex are needed") from None


def node() -> ComputeNode:
    """The connected network's node."""
    return ComputeNode(ape.chain.provider.web3)


def gas_payer(key) -> KeySigner:
    """The attested key pays its own gas: an answer or a receipt needs nobody else."""
    return KeySigner(key)


def repeat(step, every: float, turns: int | None) -> None:
    """Calls `step` again and again; a lost node is waited for. `turns` bounds it, for tests and cron."""
    done = 0
    while turns is None or done < turns:
        if done:
            time.sleep(every)
        try:
            step()
        except ChainUnavailable as error:
            click.echo(f"the node is lost, nothing else is: {error}", err=True)
        done += 1
