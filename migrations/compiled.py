# SPDX-License-Identifier: Apache-2.0
"""The contracts that ape has compiled, as the deployment engine reads them."""

from __future__ import annotations

from typing import Any

from pha.deployment.artifacts import Artifact, joined
from pha.deployment.errors import ArtifactInvalid

#: Contracts in two halves, because one contract's size does not hold both: the first hands every call that it does not
#: know to the second, in its own storage. To whoever calls them they are one.
RESTS = {"DelegationVault": "VaultOperations", "StakePool": "PoolOperations"}


class CompiledContracts:
    """`Artifacts` over an ape project; compiles what is not compiled yet."""

    def __init__(self, project: Any) -> None:
        self._project = project
        self._known: dict[str, Artifact] = {}

    def get(self, contract: str) -> Artifact:
        if contract not in self._known:
            found = self._find(contract)
            code = found.deployment_bytecode
            rest = RESTS.get(contract, "")
            self._known[contract] = Artifact(
                name=contract,
                abi=joined(_abi(found), _abi(self._find(rest))) if rest else _abi(found),
                creation_code=bytes.fromhex(code.bytecode.removeprefix("0x")) if code and code.bytecode else b"",
                rest=rest,
            )
        return self._known[contract]

    def contract_type(self, contract: str) -> Any:
        """ape's description of a contract, for an instance that knows the functions of both halves."""
        found, rest = self._find(contract), RESTS.get(contract)
        if rest is None:
            return found
        return type(found).model_validate(
            {**found.model_dump(mode="json", by_alias=True), "abi": self.get(contract).abi}
        )

    def _find(self, contract: str) -> Any:
        found = self._project.contracts.get(contract)
        if found is None:
            raise ArtifactInvalid(f"no contract {contract} is compiled")
        return getattr(found, "contract_type", found)


def _abi(found: Any) -> list[Any]:
    return [entry.model_dump(mode="json", by_alias=True) for entry in found.abi]
