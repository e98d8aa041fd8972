# SPDX-License-Identifier: Apache-2.0
"""The declaration of roles: which exist, who holds them, which functions each may call.

One YAML file for all networks:

    roles:
      GUARDIAN:
        id: 1
        about: may pause, nothing else
        admin: ADMIN               # whoever may grant and revoke it
        holders: [parameter:governance.guardian]
        execution_delay: 0 seconds # between a holder's schedule and its execution
        grant_delay: 0 seconds     # between a grant and its effect
    functions:
      MigrationBridge:
        "pause(uint256)": GUARDIAN

A holder is `contract:NAME`, a contract by the name its step gave it, or `parameter:NAME`, an address in the
network's parameters. A restricted function that is not listed stays with ADMIN, as AccessManager has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pha.deployment.errors import RolesInvalid
from pha.deployment.parameters import load_yaml_mapping
from pha.deployment.values import parser_of

ADMIN_ID = 0
PUBLIC_ID = 2**64 - 1


@dataclass(frozen=True)
class Role:
    """One role; delays in seconds."""

    name: str
    id: int
    about: str
    admin: str
    holders: tuple[str, ...]
    execution_delay: int
    grant_delay: int

    def as_data(self) -> dict[str, Any]:
        """What counts about the role, in JSON's types: a change in it is a change underneath a step."""
        return {
            "id": str(self.id),
            "admin": self.admin,
            "holders": list(self.holders),
            "execution_delay": self.execution_delay,
            "grant_delay": self.grant_delay,
        }


@dataclass(frozen=True)
class Roles:
    """All roles by name, and per contract type its functions' signatures with the role's name."""

    roles: Mapping[str, Role]
    functions: Mapping[str, Mapping[str, str]]

    def role(self, name: str) -> Role:
        """The role of that name; raises `RolesInvalid`."""
        if name not in self.roles:
            raise RolesInvalid(f"no role {name} is declared; there are {', '.join(self.roles)}")
        return self.roles[name]


def load_roles(path: Path) -> Roles:
    """Read the declaration; raises `RolesInvalid` naming the entry that is malformed."""
    try:
        content = load_yaml_mapping(path)
    except ValueError as error:
        raise RolesInvalid(str(error)) from error
    _only(content, {"roles", "functions"}, path.name)
    roles = {name: _role(name, entry, path.name) for name, entry in (content.get("roles") or {}).items()}
    if "ADMIN" not in roles or roles["ADMIN"].id != ADMIN_ID:
        raise RolesInvalid(f"{path.name}: ADMIN must be declared with id {ADMIN_ID}")
    by_id: dict[int, str] = {}
    for role in roles.values():
        if role.id in by_id:
            raise RolesInvalid(f"{path.name}: {role.name} and {by_id[role.id]} share the id {role.id}")
        if role.id == PUBLIC_ID:
            raise RolesInvalid(f"{path.name}: {role.name} has the id that means everyone")
        if role.admin not in roles:
            raise RolesInvalid(f"{path.name}: {role.name} has the admin {role.admin}, which is not declared")
        by_id[role.id] = role.name
    functions: dict[str, dict[str, str]] = {}
    for contract, entries in (content.get("functions") or {}).items():
        functions[contract] = dict(entries or {})
        for signature, role_name in functions[contract].items():
            if not re.fullmatch(r"\w+\([\w,()\[\]]*\)", signature):
                raise RolesInvalid(f"{path.name}: {contract}.{signature} is not a full signature")
            if role_name not in roles:
                raise RolesInvalid(f"{path.name}: {contract}.{signature} has the undeclared role {role_name}")
    return Roles(roles, functions)


def _role(name: str, entry: Any, file: str) -> Role:
    keys = {"id", "about", "admin", "holders", "execution_delay", "grant_delay"}
    if not isinstance(entry, dict) or set(entry) != keys:
        raise RolesInvalid(f"{file}: {name} must have exactly {', '.join(sorted(keys))}")
    try:
        holders = tuple(parser_of("[text]")(entry["holders"]))
        role = Role(
            name=name,
            id=parser_of("integer")(entry["id"]),
            about=parser_of("text")(entry["about"]),
            admin=parser_of("text")(entry["admin"]),
            holders=holders,
            execution_delay=parser_of("duration")(entry["execution_delay"]),
            grant_delay=parser_of("duration")(entry["grant_delay"]),
        )
    except ValueError as error:
        raise RolesInvalid(f"{file}: {name}: {error}") from error
    for holder in holders:
        if not re.fullmatch(r"(contract:\w+|parameter:[\w.]+)", holder):
            raise RolesInvalid(f"{file}: {name}: the holder {holder} is neither contract:… nor parameter:…")
    return role


def _only(content: Mapping[str, Any], allowed: set[str], file: str) -> None:
    unknown = sorted(set(map(str, content)) - allowed)
    if unknown:
        raise RolesInvalid(f"{file} has an unknown section {unknown[0]}")
