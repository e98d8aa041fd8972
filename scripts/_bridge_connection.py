# SPDX-License-Identifier: Apache-2.0
"""The bridge that a command talks to, and its refusals in one line; for commands, and none itself."""

from __future__ import annotations

import json

import ape
import click
from ape.cli import ConnectedProviderCommand

from migrations.connection import addresses_path
from pha.bridge.errors import BridgeError
from scripts._claim_sending import describe


class OneLineErrors(ConnectedProviderCommand):
    """Turns what the library refuses into one line and status 1."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except BridgeError as error:
            raise click.ClickException(str(error)) from None
        except ape.exceptions.ContractLogicError as error:
            raise click.ClickException(f"the bridge refuses: {describe(error)}") from None


def bridge_at(address: str | None):
    """The bridge of the connected network. Raises a one-line click error where it is not known."""
    if address is None:
        network = ape.networks.network.name.removesuffix("-fork")
        file = addresses_path(network)
        if not file.exists():
            raise click.ClickException(
                f"no address file for {network}: deploy with `ape run migrate`, or give --bridge"
            )
        address = json.loads(file.read_text())["contracts"]["migration_bridge"]["address"]
    return ape.project.MigrationBridge.at(address)
