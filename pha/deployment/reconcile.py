# SPDX-License-Identifier: Apache-2.0
"""Compares journal, project and chain, and reports every difference at once."""

from __future__ import annotations

from eth_utils.crypto import keccak

from pha.deployment.chain import Chain
from pha.deployment.errors import ArtifactInvalid, DeploymentError, WrongNetwork
from pha.deployment.journal import canonical
from pha.deployment.ledger import Ledger, Transaction
from pha.deployment.migration import Verification
from pha.deployment.project import Project
from pha.deployment.sending import Sender, foreign_nonce, nonce_taken


def check_network(chain: Chain, ledger: Ledger, project: Project) -> tuple[int, str]:
    """(chain id, genesis hash) of the node; raises `WrongNetwork` where parameters or journal say another."""
    chain_id, genesis = chain.chain_id(), chain.genesis_hash()
    declared_genesis = project.parameters.written("network.genesis")
    expected = [
        ("chain id", chain_id, project.parameters["network.chain_id"], "parameters"),
        ("genesis", genesis, declared_genesis or genesis, "parameters"),
    ]
    if ledger.network is not None:
        expected += [
            ("network", project.network, ledger.network["network"], "journal"),
            ("kind", project.parameters.kind, ledger.network["kind"], "journal"),
            ("chain id", chain_id, ledger.network["chain_id"], "journal"),
            ("genesis", genesis, ledger.network["genesis"], "journal"),
        ]
    for what, found, wanted, origin in expected:
        if found != wanted:
            raise WrongNetwork(
                f"wrong {what} for {project.network}: {found}, but the {origin} say {wanted}; "
                "check the network that the node serves"
            )
    return chain_id, genesis


def note_vanished(sender: Sender) -> list[Transaction]:
    """Mark transactions whose block is no longer on the chain; those mined again elsewhere are recorded anew,
    the others are under way again. Returns the latter.
    """
    vanished = []
    for transaction in sender.ledger.transactions:
        if transaction.status not in ("mined", "reverted") or transaction.block is None:
            continue
        if sender.chain.block_hash(transaction.block) == transaction.block_hash:
            continue
        superseded = sender.ledger.current(transaction.step, transaction.index)
        if transaction.status == "reverted" and superseded is not None:
            continue  # its operation has long been carried out by another transaction
        sender.record({"type": "vanished", "hash": transaction.hash})
        if sender.chain.receipt(transaction.hash) is not None:
            sender.finish(transaction)
        else:
            vanished.append(transaction)
    return vanished


def differences(chain: Chain, ledger: Ledger, project: Project) -> list[str]:
    """Every way in which journal, project and chain disagree, each one line; empty where they agree.

    Transactions under way are no difference, unless something else used their nonce. Steps are verified only
    while none is under way, for their promises may rest on it.
    """
    found = _changed_steps(ledger, project)
    found += _nonces(chain, ledger)
    found += _contracts(chain, ledger, project)
    if not any(transaction.status == "prepared" for transaction in ledger.transactions):
        found += _failing_steps(chain, ledger, project)
    return found


def _changed_steps(ledger: Ledger, project: Project) -> list[str]:
    found = []
    steps = {step.name: step for step in project.steps}
    order = [step.name for step in project.steps]
    for name, state in ledger.steps.items():
        if name not in steps:
            found.append(f"{name} was {'applied' if state.applied else 'begun'} and its file is gone; restore it")
            continue
        if not state.applied:
            continue
        if steps[name].source != state.source:
            found.append(f"{name} was changed after it was applied; restore the file and write a new step instead")
        for parameter, then in sorted((state.parameters or {}).items()):
            now = _now(project, parameter)
            if canonical(now) != canonical(then):
                found.append(
                    f"{parameter} was {_brief(then)} when {name} was applied and is {_brief(now)} now; "
                    "restore it, and change what is deployed by a new step"
                )
    applied = [name for name in order if name in ledger.steps and ledger.steps[name].applied]
    before = order[: order.index(applied[-1])] if applied else []
    found += [
        f"{name} stands before {applied[-1]}, which is applied; give it a number after that"
        for name in before
        if name not in applied
    ]
    return found


def _now(project: Project, name: str) -> object:
    """The present value of something a step read: a parameter, `roles.NAME` or `functions.CONTRACT`."""
    try:
        section, _, rest = name.partition(".")
        if section == "roles":
            return project.roles.role(rest).as_data()
        if section == "functions":
            return dict(project.roles.functions.get(rest, {}))
        return project.parameters.written(name)
    except DeploymentError:
        return None


def _brief(value: object) -> str:
    return "absent" if value is None else canonical(value)


def _nonces(chain: Chain, ledger: Ledger) -> list[str]:
    if ledger.signer is None:
        return []
    nonce, expected = chain.nonce(ledger.signer), ledger.next_nonce()
    found = [foreign_nonce(ledger.signer, expected, nonce)] if nonce > expected else []
    found += [
        nonce_taken(transaction)
        for transaction in ledger.transactions
        if transaction.status == "prepared"
        and nonce > transaction.nonce
        and chain.receipt(transaction.hash) is None
        and not chain.knows(transaction.hash)
    ]
    return found


def _contracts(chain: Chain, ledger: Ledger, project: Project) -> list[str]:
    found = []
    for name, transaction in ledger.contracts().items():
        contract, address = transaction.action["contract"], str(transaction.address)
        code = chain.code(address)
        if not code:
            found.append(f"{name} ({contract}) has no code at {address}")
        elif "0x" + keccak(code).hex() != transaction.code_hash:
            found.append(f"{name} ({contract}) at {address} has other code than when it was deployed")
        try:
            if project.artifacts.get(contract).code_digest != transaction.action["code"]:
                found.append(f"{contract} was changed after {name} was deployed; restore it or deploy a new contract")
        except ArtifactInvalid:
            found.append(f"{contract}, deployed as {name}, is no longer among the compiled contracts")
    return found


def _failing_steps(chain: Chain, ledger: Ledger, project: Project) -> list[str]:
    found = []
    for step in project.steps:
        state = ledger.steps.get(step.name)
        if state is not None and state.applied:
            verification = Verification(step.name, chain, ledger, project)
            found += [f"{step.name} no longer holds: {failure}" for failure in verification.run(step)]
    return found
