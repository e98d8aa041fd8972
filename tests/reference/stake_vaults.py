# SPDX-License-Identifier: Apache-2.0
"""Deploying a delegation vault for tests."""

from __future__ import annotations

from typing import Any

from tests.reference.stake_pools import PHA, Staking

MILLION = 10**6 * PHA
#: Has a lock in tests where nobody registers a worker.
WORKER = b"\x07" * 32


def deploy_vault(project: Any, staking: Staking, bond: Any, recipient: Any) -> Any:
    """A vault over `staking`'s pools, under the name of its whole interface."""
    governor = staking.deployer
    core = (staking.manager, staking.token, staking.factory, staking.parameters, bond)
    operations = governor.deploy(project.VaultOperations, *core)
    vault = governor.deploy(project.DelegationVault, *core, recipient, operations)
    return project.IDelegationVault.at(vault.address)


def delegate_votes(vault: Any, account: Any, delegatee: Any) -> Any:
    """`delegate` by its name: ape has a property of that name on every address."""
    return vault.invoke_transaction("delegate", delegatee, sender=account)
