# SPDX-License-Identifier: Apache-2.0
"""Wiring of an OpenZeppelin `AccessManager` from the declared roles, and its checks against the chain."""

from __future__ import annotations

from collections.abc import Iterable

from pha.deployment.artifacts import AbiEntry, selector_of, signature_of
from pha.deployment.errors import StepInvalid
from pha.deployment.migration import Migration, Verification, View
from pha.deployment.roles import ADMIN_ID, Role

NO_ACCESS = (0, 0, 0, 0)


def state_changing(abi: Iterable[AbiEntry]) -> list[AbiEntry]:
    """Functions of an ABI that a transaction can do something with."""
    return [entry for entry in abi if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")]


def wire(m: Migration, manager: str, contracts: Iterable[str]) -> None:
    """Set up the roles that the named contracts' functions ask for, and let each function ask for its own.

    A role is labelled, given its admin and its delay, and granted to its holders, unless it is the admin
    role. Every declared signature must be a state-changing function of the contract; otherwise `StepInvalid`.
    """
    names = list(contracts)
    for role in _roles_of(m, names):
        m.call(manager, "labelRole", roleId=role.id, label=role.name)
        admin = m.role(role.admin)
        if admin.id != ADMIN_ID:
            m.call(manager, "setRoleAdmin", roleId=role.id, admin=admin.id)
        for holder in m.holders(role):
            m.call(manager, "grantRole", roleId=role.id, account=holder, executionDelay=role.execution_delay)
        if role.grant_delay:  # last, or the grants above would wait for it
            m.call(manager, "setGrantDelay", roleId=role.id, newDelay=role.grant_delay)
    for name in names:
        functions = m.role_functions(name)
        known = {signature_of(entry) for entry in state_changing(m.artifact(name).abi)}
        for signature in functions:
            if signature not in known:
                raise StepInvalid(f"{name} has no state-changing function {signature}; mend the roles")
        for role in _roles_of(m, [name]):
            selectors = [m.selector(name, signature) for signature, one in functions.items() if one == role]
            m.call(manager, "setTargetFunctionRole", target=m.address(name), selectors=selectors, roleId=role.id)


def expect_wiring(m: Verification, manager: str, contracts: Iterable[str]) -> None:
    """Expect on the chain exactly what `wire` sets up; functions that are not declared stay with the
    admin.
    """
    names = list(contracts)
    for role in _roles_of(m, names):
        m.expect_read(m.role(role.admin).id, manager, "getRoleAdmin", role.id)
        for holder in m.holders(role):
            m.expect_read((True, role.execution_delay), manager, "hasRole", role.id, holder)
    for name in names:
        target, functions = m.address(name), m.role_functions(name)
        m.expect_read(m.address(manager), name, "authority")
        m.expect_read(m.address(manager), name, "authority")
        m.expect_read(False, manager, "isTargetClosed", target)
        for entry in state_changing(m.artifact(name).abi):
            declared = functions.get(signature_of(entry))
            wanted = ADMIN_ID if declared is None else declared.id
            m.expect_read(wanted, manager, "getTargetFunctionRole", target, selector_of(entry))


def expect_powerless(m: Verification, manager: str, account: str) -> None:
    """Expect an account to hold nothing, now or pending: no role of the manager, no role constant and no
    ownership that any deployed contract's ABI knows of.
    """
    for role in m.all_roles():
        if account not in m.holders(role):
            m.expect_read(NO_ACCESS, manager, "getAccess", role.id, account)
    for name in m.contracts():
        readable = {
            signature_of(entry): entry
            for entry in m.artifact(name).abi
            if entry["type"] == "function" and entry["stateMutability"] in ("view", "pure")
        }
        if "hasRole(bytes32,address)" in readable:
            for signature, entry in readable.items():
                if signature.endswith("_ROLE()") and entry["outputs"][0]["type"] == "bytes32":
                    m.expect_read(False, name, "hasRole(bytes32,address)", m.read(name, signature), account)
        for signature in ("owner()", "pendingOwner()", "admin()"):
            if signature in readable:
                found = m.read(name, signature)
                m.expect(f"{name}.{signature} being {account}", found == account, False)


def _roles_of(m: View, contracts: Iterable[str]) -> list[Role]:
    """Roles that the contracts' functions ask for, by id, the admin role left out."""
    roles = {role.id: role for name in contracts for role in m.role_functions(name).values()}
    return [roles[number] for number in sorted(roles) if number != ADMIN_ID]
