# SPDX-License-Identifier: Apache-2.0
"""The whole suite on a local chain, by the very steps that a public network gets; for tests and the demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrations.compiled import CompiledContracts
from migrations.connection import MIGRATIONS, ApeSigner
from pha.deployment.engine import apply
from pha.deployment.journal import MemoryJournal
from pha.deployment.ledger import Ledger
from pha.deployment.project import Project, load_project
from pha.deployment.reporter import Reporter
from pha.deployment.sending import Patience
from pha.deployment.web3_chain import Web3Chain

QUICK = Patience(interval=0.02, limit=20.0)


@dataclass(frozen=True)
class Suite:
    """A deployed suite: ape contract instances by the names that the steps gave, and how they came about."""

    contracts: Mapping[str, Any]
    ledger: Ledger
    journal: MemoryJournal
    project: Project
    deployer: Any

    def __getattr__(self, name: str) -> Any:
        """`suite.token` for `suite.contracts["token"]`."""
        try:
            return self.contracts[name]
        except KeyError:
            raise AttributeError(f"nothing is deployed as {name}") from None


def deploy_suite(
    ape_project: Any,
    provider: Any,
    deployer: Any,
    overrides: Mapping[str, Any] | None = None,
    reporter: Reporter | None = None,
    until: str | None = None,
    folder: Path = MIGRATIONS,
) -> Suite:
    """Apply the steps of `local` to the connected provider, with `deployer` (a test account of ape) signing.

    `overrides` gives parameters by dotted name, written as in the YAML: `{"bridge.claim_root": "0x…",
    "bridge.total": "1000 units"}`, which local.yaml leaves open. Raises the engine's errors.
    """
    compiled = CompiledContracts(ape_project)
    project = load_project(folder, "local", compiled, overrides)
    journal = MemoryJournal()
    chain = Web3Chain(provider.web3)
    ledger = apply(chain, ApeSigner(deployer, provider), journal, project, reporter, QUICK, until)
    contracts = {
        # `replace`: ape may remember another contract at the address, from before the chain was reverted
        name: provider.chain_manager.contracts.instance_at(
            one.address,
            contract_type=compiled.contract_type(one.action["contract"]),
            detect_proxy=False,
            replace=True,
        )
        for name, one in ledger.contracts().items()
    }
    return Suite(contracts, ledger, journal, project, deployer)
