# SPDX-License-Identifier: Apache-2.0
"""The contracts that ape has compiled, as the deployment engine reads them."""

from __future__ import annotations

from typing import Any

from pha.deployment.artifacts import Artifact
from pha.deployment.errors import ArtifactInvalid


class CompiledContracts:
    """`Artifacts` over an ape project; compiles what is not compiled yet."""

    def __init__(self, project: Any) -> None:
        self._project = project
        self._known: dict[str, Artifact] = {}

    def get(self, contract: str) -> Artifact:
        if contract not in self._known:
            found = self._project.contracts.get(contract)
            if found is None:
                raise ArtifactInvalid(f"no contract {contract} is compiled")
            code = found.deployment_bytecode
            self._known[contract] = Artifact(
                name=contract,
                abi=[entry.model_dump(mode="json", by_alias=True) for entry in found.abi],
                creation_code=bytes.fromhex(code.bytecode.removeprefix("0x")) if code and code.bytecode else b"",
            )
        return self._known[contract]
