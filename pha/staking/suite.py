# SPDX-License-Identifier: Apache-2.0
"""The staking contracts of a network, found by what is given, by what the factory says, by the address file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eth_utils.address import is_address, to_checksum_address

from pha.deployment.artifacts import AbiEntry, Artifacts
from pha.governance.address_book import AddressBook
from pha.staking.contracts import Contract
from pha.staking.errors import NotDeployed, StakingError
from pha.staking.node import StakingNode

ZERO_ADDRESS = "0x" + "00" * 20
MODULES = {"slash-manager": 0, "registry": 1, "schedule": 2, "redelegation": 3}
INTERFACES = {
    "factory": "IStakePoolFactory",
    "parameters": "IStakingParameters",
    "bond": "IOperatorBond",
    "slash-manager": "ISlashManager",
    "registry": "IWorkerRegistry",
    "worker-parameters": "IWorkerParameters",
    "gatekeepers": "IGatekeeperSet",
    "schedule": "IRewardSchedule",
    "redelegation": "IRedelegation",
    "vault": "IDelegationVault",
    "attestation": "IAttestedKeys",
    "token": "PhaToken",
}
"""What each contract of the suite answers to."""
DEPLOYED_AS = {
    "factory": ("StakePoolFactory",),
    "parameters": ("StakingParameters",),
    "bond": ("OperatorBond",),
    "slash-manager": ("SlashManager",),
    "registry": ("WorkerRegistry",),
    "worker-parameters": ("WorkerParameters",),
    "gatekeepers": ("GatekeeperSet",),
    "schedule": ("RewardSchedule",),
    "redelegation": ("Redelegation",),
    "vault": ("DelegationVault",),
    "attestation": ("AttestationRegistry",),
    "token": ("L2PhaToken", "PhaToken"),
}
"""The type under which an address file has it."""
REFUSALS = ("IStakePool", "StakePool", "DelegationVault", "SlashManager", "GatekeeperSet", "IAnswerEquivocation")


class Suite:
    """The contracts by short names, such as `factory` or `slash-manager`."""

    def __init__(self, node: StakingNode, artifacts: Artifacts, given: Mapping[str, str], book: AddressBook | None):
        """`given` are addresses by short name, which win over all else. Raises `StakingError`."""
        for name, address in given.items():
            if name not in INTERFACES:
                raise StakingError(f"there is no contract {name!r}; there are {', '.join(INTERFACES)}")
            if not is_address(address):
                raise StakingError(f"{address!r}, given for {name}, is no address")
        self.node, self._artifacts, self._given, self._book = node, artifacts, dict(given), book
        self._known: dict[tuple[str, str], Contract] = {}
        self._found: dict[str, Contract] = {}

    def find(self, name: str) -> Contract:
        """A contract of the suite. Raises `NotDeployed`."""
        if name in self._found:
            return self._found[name]
        address = self._given.get(name) or self._module(name) or self._in_book(name)
        if address is None and name == "token":
            address = str(self.at(self.factory.ask("IMPLEMENTATION"), "IStakePool").ask("asset"))
        if address is None:
            raise NotDeployed(f"no {name} is known on this network: give its address with --at {name}=0x…")
        self._found[name] = self.at(address, INTERFACES[name])
        return self._found[name]

    def knows(self, name: str) -> bool:
        """Whether the suite has it."""
        try:
            self.find(name)
        except NotDeployed:
            return False
        return True

    def at(self, address: str, interface: str) -> Contract:
        """A contract at an address, which must have code. Raises `StakingError`."""
        if not is_address(address):
            raise StakingError(f"{address!r} is no address")
        key = (str(to_checksum_address(address)), interface)
        if key not in self._known:
            if not self.node.code(key[0]):
                raise NotDeployed(f"{key[0]} has no code on this network")
            self._known[key] = Contract(self.node, self._artifacts.get(interface), key[0], self._errors)
        return self._known[key]

    def pool(self, which: str) -> Contract:
        """A pool of the factory, by number or address. Raises `StakingError`."""
        if which.isdigit():
            address = self.factory.ask("poolOf", int(which))
            if address == ZERO_ADDRESS:
                raise StakingError(f"there is no pool {which}; the last is {self.factory.ask('poolCount')}")
            return self.at(address, "IStakePool")
        if not is_address(which):
            raise StakingError(f"{which!r} is neither a pool's number nor its address")
        address = str(to_checksum_address(which))
        if not self.factory.ask("isPool", address):
            raise StakingError(f"{address} is no pool of the factory {self.factory.address}")
        return self.at(address, "IStakePool")

    def pools(self) -> Iterable[Contract]:
        """Every pool, in the order of their numbers."""
        for number in range(1, self.factory.ask("poolCount") + 1):
            yield self.pool(str(number))

    def vault(self, address: str | None) -> Contract:
        """The vault at an address, or the only one that is known."""
        return self.find("vault") if address is None else self.at(address, "IDelegationVault")

    @property
    def factory(self) -> Contract:
        return self.find("factory")

    def _errors(self) -> list[Sequence[AbiEntry]]:
        names = dict.fromkeys([*INTERFACES.values(), *REFUSALS])
        return [self._artifacts.get(name).abi for name in names]

    def _module(self, name: str) -> str | None:
        if name not in MODULES or not self.knows("factory"):
            return None
        address = str(self.factory.ask("module", MODULES[name]))
        return address if self.node.code(address) else None

    def _in_book(self, name: str) -> str | None:
        known = [] if self._book is None else list(self._book)
        found = [one for one in known if one.contract in DEPLOYED_AS[name]]
        if len(found) > 1:
            raise StakingError(f"{len(found)} contracts are a {name} here: say which with --at {name}=0x…")
        return found[0].address if found else None


def read_book(path: Path, artifacts: Artifacts) -> AddressBook | None:
    """A network's address file; None where there is none."""
    return AddressBook.read(path, artifacts) if path.exists() else None
