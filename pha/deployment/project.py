# SPDX-License-Identifier: Apache-2.0
"""What is to be deployed: steps, parameters, roles and compiled contracts, read from the project's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pha.deployment.artifacts import Artifacts
from pha.deployment.parameters import Parameters, load_parameters
from pha.deployment.roles import Roles, load_roles
from pha.deployment.steps import Step, load_steps


@dataclass(frozen=True)
class Project:
    """All the inputs of a deployment apart from the chain, the key and the journal."""

    steps: list[Step]
    parameters: Parameters
    roles: Roles
    artifacts: Artifacts

    @property
    def network(self) -> str:
        return self.parameters.network


def load_project(
    folder: Path, network: str, artifacts: Artifacts, overrides: Mapping[str, Any] | None = None
) -> Project:
    """Read `folder` (`parameters/`, `steps/`, `roles.yaml`) for one network; raises the readers' errors."""
    parameters = load_parameters(
        folder / "parameters" / f"{network}.yaml", folder / "parameters" / "schema.yaml", overrides
    )
    return Project(
        steps=load_steps(folder / "steps", parameters.kind),
        parameters=parameters,
        roles=load_roles(folder / "roles.yaml"),
        artifacts=artifacts,
    )
