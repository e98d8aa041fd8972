# SPDX-License-Identifier: Apache-2.0
"""After the last step the deployer can do nothing that a random stranger can't.

The functions and the role constants come from the ABIs of whatever the steps deployed; nothing is
listed by hand, so a contract added later is covered by being deployed.
"""

from __future__ import annotations

import pytest
from eth_abi import encode

from migrations.local import deploy_suite
from pha.deployment.artifacts import Artifact, selector_of, signature_of, type_of
from pha.deployment.errors import CallReverted
from pha.deployment.web3_chain import Web3Chain

CLAIMS = {
    "bridge.claim_root": "0x" + "ab" * 32,
    "bridge.total": "145357088293045867646 units",
    "bridge.state_root": "0x" + "cd" * 32,
}
KIND_OF_END = len("reverted 12345678")
NOBODY = "0x00000000000000000000000000000000DeaDBeef"


@pytest.fixture(scope="module")
def unfinished(project, chain, deployer):
    """The suite without its last step."""
    return deploy_suite(project, chain.provider, deployer, CLAIMS, until="180")


def artifacts_of(suite) -> dict[str, Artifact]:
    return {name: suite.project.artifacts.get(one.action["contract"]) for name, one in suite.ledger.contracts().items()}


def state_changing(artifact: Artifact) -> list:
    return [
        entry
        for entry in artifact.abi
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable")
    ]


def zero(kind: str):
    if kind.endswith("]"):
        return [] if kind.endswith("[]") else [zero(kind[: kind.rindex("[")])] * int(kind[kind.rindex("[") + 1 : -1])
    if kind.startswith("("):
        return tuple(zero(part) for part in split_tuple(kind))
    if kind == "address":
        return "0x" + "00" * 20
    if kind == "string":
        return ""
    if kind == "bool":
        return False
    if kind == "bytes":
        return b""
    return bytes(int(kind[5:])) if kind.startswith("bytes") else 0


def split_tuple(kind: str) -> list[str]:
    parts, depth, part = [], 0, ""
    for letter in kind[1:-1]:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [*parts, part] if part else parts


def plausible(kind: str, caller: str, suite):
    """Arguments with which a privileged call would go through: the caller, a contract, small numbers."""
    if kind == "address":
        return caller
    if kind == "address[]":
        return [suite.access_manager.address]
    if kind == "bytes4[]":
        return [b"\x12\x34\x56\x78"]
    if kind.startswith("uint") and not kind.endswith("]"):
        return 120
    return zero(kind)


def outcome(chain: Web3Chain, target: str, data: bytes, caller: str) -> str:
    """What a simulated call does: its result or its error, the caller's own address blotted out."""
    try:
        result = chain.call(target, data, caller)
    except CallReverted as error:
        raw = error.data.hex() or str(error).lower()
        return "reverted " + raw.replace(caller[2:].lower(), "caller")
    return "returned " + result.hex().replace(caller[2:].lower(), "caller")


def privileges(suite, provider, account: str, stranger: str) -> list[str]:
    """Functions whose simulated call by the account goes otherwise than by the stranger.

    Called with zeros, with plausible arguments about a third account, and with such about the caller. The
    last differ between the callers, so there only success and the kind of error are compared.
    """
    chain = Web3Chain(provider.web3)
    found = []
    for name, artifact in artifacts_of(suite).items():
        target = suite.contracts[name].address
        for entry in state_changing(artifact):
            kinds = [type_of(item) for item in entry["inputs"]]

            def ends(arguments, length=None, target=target, entry=entry, kinds=kinds):
                return [
                    outcome(chain, target, selector_of(entry) + encode(kinds, arguments(caller)), caller)[:length]
                    for caller in (account, stranger)
                ]

            compared = [
                ends(lambda _, kinds=kinds: [zero(kind) for kind in kinds]),
                ends(lambda _, kinds=kinds: [plausible(kind, NOBODY, suite) for kind in kinds]),
                ends(
                    lambda caller, kinds=kinds: [plausible(kind, caller, suite) for kind in kinds],
                    KIND_OF_END,
                ),
            ]
            if any(one != other for one, other in compared):
                found.append(f"{name}.{signature_of(entry)}")
    return found


def managed_functions(suite, account: str) -> list[str]:
    """State-changing functions that the access manager lets the account call, at once or after a delay."""
    found = []
    for name, artifact in artifacts_of(suite).items():
        for entry in state_changing(artifact):
            allowed, delay = suite.access_manager.canCall(account, suite.contracts[name].address, selector_of(entry))
            if allowed or delay:
                found.append(f"{name}.{signature_of(entry)}")
    return found


def held_roles(suite, account: str) -> list[str]:
    """Roles held: of the manager the declared ids and the first 32, of others every bytes32 constant."""
    found = []
    declared = {role.id for role in suite.project.roles.roles.values()}
    manager = suite.access_manager
    found += [
        f"access_manager role {number}"
        for number in sorted(declared | set(range(32)))
        if manager.hasRole(number, account)[0] or any(manager.getAccess(number, account))
    ]
    for name, artifact in artifacts_of(suite).items():
        names = {entry.get("name") for entry in artifact.abi}
        constants = [
            entry["name"]
            for entry in artifact.abi
            if entry["type"] == "function"
            and not entry["inputs"]
            and [item["type"] for item in entry["outputs"]] == ["bytes32"]
        ]
        if "hasRole" not in names:
            continue
        contract = suite.contracts[name]
        found += [f"{name}.{one}" for one in constants if contract.hasRole(getattr(contract, one)(), account)]
    return found


def test_deployer_holds_no_role_when_deployment_ended(suite, deployer):
    assert held_roles(suite, deployer.address) == []


def test_deployer_holds_the_admin_role_when_the_last_step_is_skipped(unfinished, deployer):
    assert held_roles(unfinished, deployer.address) == ["access_manager role 0", "timelock.DEFAULT_ADMIN_ROLE"]


def test_role_constants_are_found_in_the_abis(suite):
    """Otherwise the test above would pass for want of roles: the timelock holds its own admin role."""
    assert held_roles(suite, suite.timelock.address) == [
        "access_manager role 0",
        "timelock.DEFAULT_ADMIN_ROLE",
    ]


def test_manager_lets_the_deployer_call_nothing_when_deployment_ended(suite, deployer):
    assert managed_functions(suite, deployer.address) == []


def test_manager_lets_the_deployer_call_functions_when_the_last_step_is_skipped(unfinished, deployer):
    found = managed_functions(unfinished, deployer.address)
    assert "access_manager.grantRole(uint64,address,uint32)" in found
    assert len(found) > 20


def test_manager_lets_the_guardian_pause_and_hold_and_nothing_else(suite, guardian):
    assert managed_functions(suite, guardian.address) == [
        "migration_bridge.pause(uint256)",
        "migration_bridge.unpause()",
        "nvidia_revocations.hold(bytes32,string)",
        "attestation_registry.withdrawReader(bytes32)",
    ]


def test_manager_lets_the_curator_move_the_vaults_stake_and_nothing_else(suite, accounts):
    assert managed_functions(suite, accounts[6].address) == [
        "delegation_vault.delegateTo(address,uint256)",
        "delegation_vault.recallFrom(address,uint256)",
    ]


def test_every_restricted_function_is_declared_with_its_role(suite, chain, stranger):
    """Restricted is what turns a stranger away in the manager's name, whatever the arguments; `setAuthority`, which
    every managed contract has, is for the manager itself and not for any role."""
    refused = selector_of({"name": "AccessManagedUnauthorized", "inputs": [{"type": "address"}]}).hex()
    rpc = Web3Chain(chain.provider.web3)
    found, declared = set(), set()
    for name, artifact in artifacts_of(suite).items():
        if "authority" not in {entry.get("name") for entry in artifact.abi}:
            continue
        for part in (artifact.name, artifact.rest):
            declared |= {f"{name}.{one}" for one in suite.project.roles.functions.get(part, {})}
        for entry in state_changing(artifact):
            data = selector_of(entry) + encode(
                [type_of(item) for item in entry["inputs"]], [zero(type_of(item)) for item in entry["inputs"]]
            )
            if outcome(rpc, suite.contracts[name].address, data, stranger.address).startswith(f"reverted {refused}"):
                found.add(f"{name}.{signature_of(entry)}")
    assert {one for one in found if not one.endswith(".setAuthority(address)")} == declared
    assert {"snp_floors", "nvidia_references", "nvidia_revocations"} <= {one.partition(".")[0] for one in found}


def test_deployers_calls_go_as_a_strangers_when_deployment_ended(suite, chain, deployer, stranger):
    assert privileges(suite, chain.provider, deployer.address, stranger.address) == []


def test_deployers_calls_go_otherwise_when_the_last_step_is_skipped(unfinished, chain, deployer, stranger):
    found = privileges(unfinished, chain.provider, deployer.address, stranger.address)
    for function in [
        "grantRole(uint64,address,uint32)",
        "setTargetClosed(address,bool)",
        "labelRole(uint64,string)",
    ]:
        assert f"access_manager.{function}" in found
    assert "snp_floors.setFloor(uint8,(uint64,uint8,uint16,uint64,uint64,uint64,uint64,uint64,uint64))" in found
    assert "nvidia_references.putSet(bytes32,bytes,uint8,string)" in found
    assert "nvidia_revocations.setStanding(bytes32,uint8,string)" in found
    assert "timelock.grantRole(bytes32,address)" in found


def test_guardians_calls_go_otherwise_than_a_strangers(suite, chain, guardian, stranger):
    """The comparison sees a privilege that is there."""
    found = privileges(suite, chain.provider, guardian.address, stranger.address)
    assert "migration_bridge.pause(uint256)" in found
    assert "nvidia_revocations.hold(bytes32,string)" in found
