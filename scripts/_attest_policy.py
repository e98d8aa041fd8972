# SPDX-License-Identifier: Apache-2.0
"""The measurement policy: `ape run attest policy show` and `policy propose`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pha.attestation.policy_file import PolicyCall, PolicyFileError, parse_policy
from scripts._attest_registry import OneLineErrors, bytes_of, registry_at, registry_option, shown

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def policy() -> None:
    """What code the registry accepts: shown, and changed by proposals."""


@policy.command(cls=OneLineErrors)
@click.argument("identities", nargs=-1, metavar="[IDENTITY]...")
@registry_option
@click.option("--json", "as_machine", is_flag=True, help="JSON for machines.")
def show(identities: tuple[str, ...], registry_address: str | None, as_machine: bool):
    """Show the rules of IDENTITIES, or of all that ever had one."""
    registry = registry_at(registry_address)
    named = [bytes_of(one, 32, "IDENTITY") for one in identities] or identities_of(registry)
    rules = [rule_of(registry, identity) for identity in named]
    if as_machine:
        click.echo(json.dumps(rules, indent=2))
        return
    for rule in rules:
        click.echo(rule.pop("identity"))
        if not rule["revision"]:
            click.echo("  no rule: nothing with this identity is accepted")
            continue
        for name, value in rule.items():
            click.echo(f"  {name:22}{value}")


@policy.command(cls=OneLineErrors)
@click.argument("file", type=FILE)
@registry_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here; to the screen if not given.")
def propose(file: Path, registry_address: str | None, out: Path | None):
    """Write the calls that FILE, in YAML, stands for, as a governor takes them.

    Nothing is sent. What would change is told on the way, against the rules there are.
    """
    registry = registry_at(registry_address)
    try:
        change = parse_policy(file.read_text(encoding="utf-8"))
    except (PolicyFileError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from None
    for call in change.calls:
        click.echo(difference(registry, call), err=True)
    proposal = {
        "targets": [registry.address] * len(change.calls),
        "values": [0] * len(change.calls),
        "calldatas": ["0x" + encode(registry, call).hex() for call in change.calls],
        "description": change.description,
    }
    text = json.dumps(proposal, indent=2)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")


def encode(registry, call: PolicyCall) -> bytes:
    """A call's data, a rule being given by the names of its fields."""
    method = getattr(registry, call.method)
    return bytes(method.encode_input(*call.arguments))


def identities_of(registry) -> list[bytes]:
    """All identities that rules were ever set for, in order."""
    head = registry.provider.get_block("latest").number
    return list(dict.fromkeys(bytes(event.identity) for event in registry.RuleSet.range(0, head + 1)))


def rule_of(registry, identity: bytes) -> dict[str, object]:
    """An identity's rule by the names of its fields; revision 0 where it has none."""
    revision, rule = registry.ruleOf(identity)
    fields = [component.name for component in registry.ruleOf.abis[0].outputs[1].components]
    shown_rule = {name: _plain(value) for name, value in zip(fields, rule, strict=True)}
    return {"identity": "0x" + identity.hex(), "revision": int(revision), **shown_rule}


def difference(registry, call: PolicyCall) -> str:
    """What a call would change, in lines for people."""
    identity = call.arguments[0]
    before = rule_of(registry, identity)
    lines = [f"{call.method} 0x{identity.hex()}"]
    if call.method == "removeRule":
        lines.append("  accepted no longer" if before["revision"] else "  has no rule: this call will fail")
        return "\n".join(lines)
    for name, old in before.items():
        if name in call.arguments[1]:
            new = _plain(call.arguments[1][name])
            if not before["revision"]:
                lines.append(f"  {name}: {new}")
            elif new != old:
                lines.append(f"  {name}: {old} -> {new}")
    return "\n".join(lines if len(lines) > 1 else [*lines, "  the same rule as before; its lists may differ"])


def _plain(value: object) -> object:
    """A value as JSON and people take it."""
    if isinstance(value, bytes):
        return shown(value) if any(value) else ("" if len(value) == 32 else "0x" + bytes(value).hex())
    return value
