# SPDX-License-Identifier: Apache-2.0
"""Status, verification and application of a network's steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pha.deployment.chain import Chain, Signer
from pha.deployment.errors import ChainDiffers, SignerChanged, VerificationFailed
from pha.deployment.journal import Journal, MemoryJournal
from pha.deployment.ledger import VERSION, Ledger, Transaction, read_ledger
from pha.deployment.migration import Migration, Verification
from pha.deployment.project import Project
from pha.deployment.reconcile import check_network, differences, note_vanished
from pha.deployment.reporter import Reporter
from pha.deployment.sending import Patience, Sender
from pha.deployment.steps import Step, steps_until


@dataclass(frozen=True)
class Reader:
    """Stands in for the signer where nothing may be sent: it has the address and can't sign."""

    address: str

    def sign(self, transaction: Mapping[str, object]) -> bytes:  # noqa: ARG002 - the protocol's signature
        """Refuses."""
        raise SignerChanged(f"{self.address} is only looked at here; nothing can be signed")


@dataclass(frozen=True)
class Survey:
    """What a look at a network found: the ledger, the steps still to apply, and every difference."""

    ledger: Ledger
    to_apply: list[Step]
    differences: list[str]


def survey(chain: Chain, journal: Journal, project: Project) -> Survey:
    """Compare everything and send nothing; the journal is not written either.

    Raises `WrongNetwork` and `JournalCorrupt`, for then nothing else can be compared.
    """
    scratch = MemoryJournal(journal.records)
    ledger = read_ledger(scratch.records)
    check_network(chain, ledger, project)
    sender = Sender(chain, Reader(ledger.signer or ""), scratch, ledger, Reporter(), Patience())
    found = [
        f"{one.title} of {one.step} ({one.hash}) left the chain in a reorganisation; apply sends it again"
        for one in note_vanished(sender)
    ]
    found += differences(chain, ledger, project)
    return Survey(ledger, unapplied(ledger, project), found)


def unapplied(ledger: Ledger, project: Project) -> list[Step]:
    """Steps of the project that the journal does not hold as applied."""
    return [step for step in project.steps if not (step.name in ledger.steps and ledger.steps[step.name].applied)]


def verify(chain: Chain, journal: Journal, project: Project) -> dict[str, list[str]]:
    """Failures of every applied step by its name (empty lists where it holds); sends nothing."""
    ledger = read_ledger(journal.records)
    check_network(chain, ledger, project)
    applied = [step for step in project.steps if step.name in ledger.steps and ledger.steps[step.name].applied]
    return {step.name: Verification(step.name, chain, ledger, project).run(step) for step in applied}


def apply(
    chain: Chain,
    signer: Signer,
    journal: Journal,
    project: Project,
    reporter: Reporter | None = None,
    patience: Patience | None = None,
    until: str | None = None,
    abandon: str | None = None,
    accept_nonce: int | None = None,
) -> Ledger:
    """Bring the network to where the steps say, going on from wherever the journal ends.

    First the network is checked, then journal, project and chain are compared, and every difference found is
    raised at once as `ChainDiffers` before anything is sent. Then transactions under way are finished, and
    the steps that are not applied are, each verified before it counts. Raises the errors of `errors`.

    `until` names the last step to apply. `abandon` is the hash of a journaled transaction that something
    else's use of its nonce has made impossible. `accept_nonce` says that the signer's other transactions, up
    to that nonce, are known to be harmless.
    """
    reporter, patience = reporter or Reporter(), patience or Patience()
    todo = steps_until(project.steps, until)
    ledger = read_ledger(journal.records)
    chain_id, genesis = check_network(chain, ledger, project)
    sender = Sender(chain, signer, journal, ledger, reporter, patience)
    if ledger.network is None:
        sender.record(
            {
                "type": "network",
                "version": VERSION,
                "network": project.network,
                "kind": project.parameters.kind,
                "chain_id": chain_id,
                "genesis": genesis,
            }
        )
    sender.begin()
    if accept_nonce is not None:
        _accept_nonce(sender, accept_nonce)
    if abandon is not None:
        sender.abandon(abandon)
    for vanished in note_vanished(sender):
        reporter.notice(f"{vanished.title} of {vanished.step} left the chain in a reorganisation; it is sent again")
    _refuse_differences(chain, ledger, project)
    if _under_way(ledger):
        sender.settle()
        _refuse_differences(chain, ledger, project)
    for step in todo:
        if not (step.name in ledger.steps and ledger.steps[step.name].applied):
            _apply_step(step, sender, project, reporter)
    return ledger


def _apply_step(step: Step, sender: Sender, project: Project, reporter: Reporter) -> None:
    ledger = sender.ledger
    reporter.step_begins(step.name, step.title)
    state = ledger.steps.get(step.name)
    if state is None or state.source != step.source:
        sender.record({"type": "step", "step": step.name, "source": step.source})
    migration = Migration(step.name, sender, project, reporter)
    step.apply(migration)
    migration.finish()
    sender.confirm(step.name)
    verification = Verification(step.name, sender.chain, ledger, project)
    failures = verification.run(step)
    if failures:
        raise VerificationFailed(step.name, failures)
    read_values = dict(sorted({**migration.read_values, **verification.read_values}.items()))
    sender.record({"type": "applied", "step": step.name, "source": step.source, "parameters": read_values})
    reporter.step_applied(step.name)


def _under_way(ledger: Ledger) -> list[Transaction]:
    return [transaction for transaction in ledger.transactions if transaction.status == "prepared"]


def _refuse_differences(chain: Chain, ledger: Ledger, project: Project) -> None:
    found = differences(chain, ledger, project)
    if found:
        raise ChainDiffers(found)


def _accept_nonce(sender: Sender, nonce: int) -> None:
    found = sender.chain.nonce(sender.signer.address)
    if nonce != found or nonce < sender.ledger.next_nonce():
        raise ChainDiffers([f"{sender.signer.address} has nonce {found}, not {nonce}; accept what is there"])
    if nonce > sender.ledger.next_nonce():
        sender.record({"type": "nonce", "nonce": nonce})
