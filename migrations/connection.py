# SPDX-License-Identifier: Apache-2.0
"""From ape's network and account names to the engine's chain, signer, journal and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ape.exceptions import ApeException

from pha.deployment.errors import DeploymentError

MIGRATIONS = Path(__file__).resolve().parent


def journal_path(network: str) -> Path:
    """Where a network's journal lies."""
    return MIGRATIONS / "journals" / f"{network}.jsonl"


def addresses_path(network: str) -> Path:
    """Where a network's addresses, derived from its journal, lie."""
    return MIGRATIONS / "addresses" / f"{network}.json"


class ApeSigner:
    """Signs with an account that ape keeps: a key file, a hardware wallet, a test account."""

    def __init__(self, account: Any, provider: Any) -> None:
        self._account = account
        self._provider = provider

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        fields = {key: value for key, value in transaction.items() if key != "gas"}
        ecosystem = self._provider.network.ecosystem
        unsigned = ecosystem.create_transaction(gas_limit=transaction["gas"], **fields)
        try:
            signed = self._account.sign_transaction(unsigned)
        except ApeException as error:
            raise DeploymentError(f"{self.address} could not sign: {error}; nothing was sent") from error
        if signed is None:
            raise DeploymentError(f"{self.address} declined to sign; nothing was sent")
        return bytes(signed.serialize_transaction())


@contextmanager
def snapshot_of(chain_manager: Any) -> Iterator[None]:
    """A local chain that is as before afterwards."""
    mark = chain_manager.snapshot()
    try:
        yield
    finally:
        chain_manager.restore(mark)
