# SPDX-License-Identifier: Apache-2.0
"""What a step is given: `Migration` to apply with, `Verification` to check with. Both are called `m` in
steps.
"""

from __future__ import annotations

import hashlib
from typing import Any

from pha.deployment.artifacts import Artifact, describe_revert, selector_of, topic_of
from pha.deployment.chain import Chain
from pha.deployment.errors import CallReverted, DeploymentError, StepChanged, StepInvalid
from pha.deployment.journal import Record, canonical
from pha.deployment.ledger import Ledger, Transaction
from pha.deployment.project import Project
from pha.deployment.reporter import Reporter
from pha.deployment.roles import ADMIN_ID, Role
from pha.deployment.sending import Sender
from pha.deployment.steps import Step

LOCAL = "local"  # the network whose parameters tests and the demo fill in at run time


class View:
    """Reading: parameters, roles, addresses and the chain. `read_values` keeps what a step has looked up."""

    def __init__(self, step: str, chain: Chain, ledger: Ledger, project: Project) -> None:
        self.step = step
        self.read_values: dict[str, Any] = {}
        self._chain = chain
        self._ledger = ledger
        self._project = project

    @property
    def kind(self) -> str:
        """`home` or `l2`."""
        return str(self.parameter("network.kind"))

    @property
    def is_local(self) -> bool:
        """Whether this is a chain of one's own, where made-up roots of trust are in order."""
        return self._project.network == LOCAL

    @property
    def deployer(self) -> str:
        """Address that signs the steps."""
        if self._ledger.signer is None:
            raise StepInvalid("no signer has been journaled yet")
        return self._ledger.signer

    def parameter(self, name: str) -> Any:
        """A parameter's parsed value (see `values`); raises `ParameterMissing` while it is null."""
        value = self._project.parameters[name]
        self.read_values[name] = self._project.parameters.written(name)
        return value

    def role(self, name: str) -> Role:
        """A declared role."""
        role = self._project.roles.role(name)
        self.read_values[f"roles.{name}"] = role.as_data()
        return role

    def all_roles(self) -> list[Role]:
        """Every declared role whose holders exist on this network yet; a role declared later is no change
        underneath, so this counts as nothing read.
        """
        deployed = self._ledger.contracts()
        return [
            role
            for role in self._project.roles.roles.values()
            if all(holder.partition(":")[2] in deployed for holder in role.holders if holder.startswith("contract:"))
        ]

    def role_functions(self, name: str) -> dict[str, Role]:
        """Restricted functions of a deployed contract by signature, each with the role that may call it."""
        contract = self._deployment(name).action["contract"]
        declared: dict[str, str] = {}
        for part in (contract, self.artifact(name).rest):
            if part:
                self.read_values[f"functions.{part}"] = own = dict(self._project.roles.functions.get(part, {}))
                declared |= own
        return {signature: self.role(role) for signature, role in declared.items()}

    def holders(self, role: Role) -> list[str]:
        """Addresses that are to hold a role, in the order declared."""
        return [self.resolve(holder) for holder in role.holders]

    def resolve(self, reference: str) -> str:
        """Address of `contract:NAME` or `parameter:NAME`."""
        section, _, name = reference.partition(":")
        return self.address(name) if section == "contract" else str(self.parameter(name))

    def address(self, name: str) -> str:
        """Address of a contract that some step deployed under that name; raises `StepInvalid`."""
        return str(self._deployment(name).address)

    def has(self, name: str) -> bool:
        """Whether a contract has been deployed under that name."""
        return name in self._ledger.contracts()

    def contracts(self) -> list[str]:
        """Names of everything deployed so far, in the order of deployment."""
        return list(self._ledger.contracts())

    def is_begun(self, step: str) -> bool:
        """Whether the named step has been begun, so that a check can allow for what a later step changes; the
        later step may be interrupted at any point, so `applied` would be too late to ask for."""
        return step in self._ledger.steps

    def selector(self, name: str, function: str) -> bytes:
        """Four-byte selector of a deployed contract's function."""
        return selector_of(self.artifact(name).function(function))

    def artifact(self, name: str) -> Artifact:
        """Compiled contract behind a deployed name."""
        return self._project.artifacts.get(str(self._deployment(name).action["contract"]))

    def read(self, name: str, function: str, *args: Any, **named: Any) -> Any:
        """Result of a view function of a deployed contract; raises `CallReverted` with the error's name."""
        artifact = self.artifact(name)
        data, _ = artifact.encode_call(function, args, named)
        try:
            result = self._chain.call(self.address(name), data, self._ledger.signer)
        except CallReverted as error:
            reason = describe_revert(error.data, [artifact.abi]) if error.data else str(error)
            raise CallReverted(f"{name}.{function} reverted: {reason}", error.data) from error
        return artifact.decode_result(function, result)

    def storage(self, name: str, slot: int) -> bytes:
        """A storage word of a deployed contract."""
        return self._chain.storage(self.address(name), slot)

    def _deployment(self, name: str) -> Transaction:
        contracts = self._ledger.contracts()
        if name not in contracts:
            raise StepInvalid(f"{self.step} asks for {name}, which no step has deployed")
        return contracts[name]


class Migration(View):
    """Acting: every verb is one journaled transaction, sent once however often the step is run."""

    def __init__(self, step: str, sender: Sender, project: Project, reporter: Reporter) -> None:
        super().__init__(step, sender.chain, sender.ledger, project)
        self._sender = sender
        self._reporter = reporter
        self._index = 0

    def deploy(self, name: str, contract: str, *args: Any, **named: Any) -> str:
        """Deploy a compiled contract under a name of its own; returns its address."""
        artifact = self._project.artifacts.get(contract)
        data, arguments = artifact.encode_constructor(args, named)
        known = self._ledger.contracts().get(name)
        if known is not None and (known.step, known.index) != (self.step, self._index):
            raise StepInvalid(f"{self.step} deploys {name}, which {known.step} deployed already")
        action = {
            "verb": "deploy",
            "name": name,
            "contract": contract,
            "code": artifact.code_digest,
            "arguments": arguments,
        }
        return str(self._perform(action, None, data, artifact).address)

    def call(self, name: str, function: str, *args: Any, **named: Any) -> None:
        """Send a transaction to a deployed contract."""
        artifact = self.artifact(name)
        data, arguments = artifact.encode_call(function, args, named)
        action = {
            "verb": "call",
            "name": name,
            "contract": artifact.name,
            "function": function,
            "arguments": arguments,
        }
        self._perform(action, self.address(name), data, artifact)

    def hand_over(self, manager: str, to: str) -> None:
        """Make `to` the only admin of an AccessManager: grant, look on the chain that it holds, renounce.

        The new admin must hold the role without delay before the old one lets go of it; otherwise the manager
        could end up with no admin at all, and `StepInvalid` is raised.
        """
        self.call(manager, "grantRole", roleId=ADMIN_ID, account=to, executionDelay=0)
        held, delay = self.read(manager, "hasRole", ADMIN_ID, to)
        if not held or delay != 0:
            raise StepInvalid(f"{to} does not hold the admin role of {manager}; the deployer keeps it")
        self.call(manager, "renounceRole", roleId=ADMIN_ID, callerConfirmation=self.deployer)

    def finish(self) -> None:
        """Insist that the journal holds no operation of this step beyond those it asked for."""
        beyond = [
            one
            for one in self._ledger.transactions
            if one.step == self.step and one.index >= self._index and one.status in ("mined", "prepared")
        ]
        if beyond:
            raise StepChanged(
                f"{self.step} no longer asks for operation {beyond[0].index + 1} ({beyond[0].title}), "
                "which is done; restore the step"
            )

    def _perform(self, action: Record, to: str | None, data: bytes, artifact: Artifact) -> Transaction:
        index, self._index = self._index, self._index + 1
        digest = hashlib.sha256(canonical(action).encode()).hexdigest()
        done = self._ledger.current(self.step, index)
        if done is not None:
            if done.digest != digest:
                raise StepChanged(
                    f"{self.step} was interrupted after operation {index + 1} ({done.title}), and asks "
                    "for another one there now; restore the step and its parameters"
                )
            self._reporter.already_done(done)
            return done
        try:
            return self._sender.send(self.step, index, action, digest, to, data)
        except CallReverted as error:
            reason = describe_revert(error.data, [artifact.abi]) if error.data else str(error)
            what = action["contract"] if to is None else f"{action['name']}.{action['function']}"
            raise CallReverted(f"{self.step}: {what} would revert: {reason}; nothing was sent", error.data) from error


class Verification(View):
    """Checking: every expectation that fails is kept, so that a step reports all of them."""

    def __init__(self, step: str, chain: Chain, ledger: Ledger, project: Project) -> None:
        super().__init__(step, chain, ledger, project)
        self.failures: list[str] = []

    def expect(self, what: str, found: Any, wanted: Any) -> None:
        """Note a failure unless found and wanted are equal; `what` reads like "supply of the token"."""
        if found != wanted:
            self.failures.append(f"{what} is {_shown(found)}, expected {_shown(wanted)}")

    def expect_read(self, wanted: Any, name: str, function: str, *args: Any, **named: Any) -> None:
        """Expect what a view function of a deployed contract returns."""
        given = ", ".join(_shown(one) for one in [*args, *named.values()])
        self.expect(f"{name}.{function}({given})", self.read(name, function, *args, **named), wanted)

    def expect_bound_to(self, name: str, *others: str) -> None:
        """Expect the code of a deployed contract to hold the addresses of others: how a contract is bound to what
        it was given once and for all, where no view function shows it.
        """
        code = self._chain.code(self.address(name))
        for other in others:
            word = bytes.fromhex(self.address(other).removeprefix("0x")).rjust(32, b"\0")  # an immutable is a word
            self.expect(f"{name} being bound to {other}", word in code, True)

    def expect_no_foreign_acts(self, name: str, *events: str) -> None:
        """Expect that a contract emitted nothing, from its deployment to this step's last transaction, but in
        transactions of the journal. Where every change is an event, whoever changed anything aside from the
        steps is found, even if it was undone or can't be asked for by name. Of a contract where anyone may do
        something, `events` names those that tell of what no stranger may.
        """
        topics = [topic_of(self.artifact(name).event(event)) for event in events]
        known = {one.hash for one in self._ledger.transactions if one.status == "mined"}
        blocks = [one.block for one in self._ledger.transactions if one.step == self.step and one.block is not None]
        first = self._deployment(name).block
        if first is None or not blocks:
            raise StepInvalid(f"{self.step} has sent nothing yet; nothing can be said of {name}")
        for source in sorted(self._chain.log_sources(self.address(name), first, max(blocks), topics) - known):
            self.failures.append(f"{name} was changed by {source}, which no step sent")

    def run(self, step: Step) -> list[str]:
        """Failures of the step's checks; an error while checking is one of them."""
        try:
            step.verify(self)
        except DeploymentError as error:
            self.failures.append(str(error))
        return self.failures


def _shown(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
