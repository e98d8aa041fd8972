# SPDX-License-Identifier: Apache-2.0
"""The deployed contracts of a network, by the names that the deploy steps gave them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.address import is_address, to_checksum_address

from pha.deployment.artifacts import Artifact, Artifacts
from pha.governance.errors import ProposalInvalid


@dataclass(frozen=True)
class Deployed:
    """One contract: the name it goes by, its type and where it is."""

    name: str
    contract: str
    address: str


class AddressBook:
    """Contracts by name and by address, with their ABIs."""

    def __init__(self, entries: Mapping[str, tuple[str, str]], artifacts: Artifacts) -> None:
        """`entries` gives type and address by name."""
        self._artifacts = artifacts
        self._by_name = {
            name: Deployed(name, contract, str(to_checksum_address(address)))
            for name, (contract, address) in entries.items()
        }
        self._by_address = {one.address: one for one in self._by_name.values()}

    @classmethod
    def read(cls, path: Path, artifacts: Artifacts) -> AddressBook:
        """From a network's address file, as `pha.deployment.addresses` writes it."""
        try:
            contracts: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["contracts"]
            return cls({name: (one["contract"], one["address"]) for name, one in contracts.items()}, artifacts)
        except FileNotFoundError:
            raise ProposalInvalid(f"{path} does not exist: deploy with `ape run migrate`, or name another") from None
        except (KeyError, TypeError, ValueError) as error:
            raise ProposalInvalid(f"{path} is not an address file: {error}") from None

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    def find(self, reference: str, contract: str | None = None) -> Deployed:
        """The contract of a name, or at an address: one in the book, or of the type that is given beside it.

        Raises `ProposalInvalid`.
        """
        found = self._by_name.get(reference) or self._by_address.get(reference)
        if found is not None:
            if contract not in (None, found.contract):
                raise ProposalInvalid(f"{reference} is a {found.contract}, not a {contract}")
            return found
        if not is_address(reference):
            raise ProposalInvalid(f"no contract {reference} is deployed; there are {', '.join(self._by_name)}")
        if contract is None:
            raise ProposalInvalid(f"{reference} is in no step's name: say with `type` which contract is there")
        return Deployed(reference, contract, checked_address(reference))

    def at_address(self, address: str) -> Deployed | None:
        """The contract at an address, if it is in the book."""
        return self._by_address.get(str(to_checksum_address(address)))

    def artifact(self, contract: str) -> Artifact:
        """A contract type's ABI; raises `ArtifactInvalid`."""
        return self._artifacts.get(contract)


def checked_address(written: str) -> str:
    """An address as written, its checksum insisted on: one wrong letter in a vote can't be taken back."""
    if not is_address(written) or str(to_checksum_address(written)) != written:
        raise ProposalInvalid(f"{written} is not a checksummed address")
    return written
