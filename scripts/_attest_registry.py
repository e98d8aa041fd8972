# SPDX-License-Identifier: Apache-2.0
"""The attestation registry that commands talk to, and its refusals in one line."""

from __future__ import annotations

import json

import ape
import click
from ape.cli import ConnectedProviderCommand

from migrations.connection import addresses_path

registry_option = click.option(
    "--registry", "registry_address", metavar="ADDRESS", help="The AttestationRegistry, if not the deployed suite's."
)


class OneLineErrors(ConnectedProviderCommand):
    """Turns what the registry refuses into one line and status 1."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except ape.exceptions.ContractLogicError as error:
            raise click.ClickException(f"the registry refuses: {describe(error)}") from None


def registry_at(address: str | None):
    """The registry of the connected network.

    Raises:
        click.ClickException: it is not known, or has no code.
    """
    if address is None:
        network = ape.networks.network.name.removesuffix("-fork")
        file = addresses_path(network)
        known = json.loads(file.read_text())["contracts"] if file.exists() else {}
        if "attestation_registry" not in known:
            raise click.ClickException(f"no attestation registry is known on {network}: give --registry")
        address = known["attestation_registry"]["address"]
    if not ape.chain.provider.get_code(address):
        raise click.ClickException(f"{address} has no code on this network")
    return ape.project.AttestationRegistry.at(address)


def describe(error: ape.exceptions.ContractLogicError) -> str:
    """The name of the contract's error with its values, short names as text."""
    inputs = getattr(error, "inputs", None)
    if inputs is None:
        return str(error)
    values = ", ".join(f"{name} {shown(value)}" for name, value in inputs.items())
    return f"{error.abi.name}({values})"


def shown(value) -> str:
    """A value for people: a word that is a short name as its text, other bytes as hexadecimal digits."""
    if not isinstance(value, bytes):
        return str(value)
    text = bytes(value).rstrip(b"\0")
    if 0 < len(text) < 32 and all(0x20 < byte < 0x7F for byte in text):
        return text.decode()
    return "0x" + bytes(value).hex()


def bytes_of(text: str, length: int | None, option: str) -> bytes:
    """Bytes from hexadecimal text.

    Raises:
        click.BadParameter: it is none, or of another length.
    """
    try:
        data = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise click.BadParameter(f"{text!r} is not hexadecimal", param_hint=option) from None
    if length is not None and len(data) != length:
        raise click.BadParameter(f"expected {length} bytes, found {len(data)}", param_hint=option)
    return data
