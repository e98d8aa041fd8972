# SPDX-License-Identifier: Apache-2.0
"""A registry that takes SEV-SNP evidence, and guests that make it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from pha.attestation.amd.generator import KeyRing, SnpSpec, issue_crl, roots
from pha.attestation.amd.generator import build as build_snp
from pha.attestation.amd.generator import good as good_snp
from pha.attestation.registry import snp_identity
from tests.direct_call import CallFailedError, failure, send
from tests.unit.attestation_amd.snp_suite import SnpSuite
from tests.unit.attestation_registry.registry_world import (
    ANNOUNCE_HOURS,
    HOUR,
    RegistryWorld,
    Rule,
    word,
    worker_key,
)

KIND = "amd.sev-snp"


class SnpSubmission(NamedTuple):
    """The arguments of a submission, in order."""

    key: str
    identity: bytes
    challenge_block: int
    evidence: bytes
    proof: bytes


class SnpWorld:
    """AMD's contracts and their reader, brought into a registry that has a rule for the good guest.

    Attributes:
        spec: of a guest whose report the chip's own key signs.
        loaded_spec: of the same guest on the same chip, signed by a key that its provider has loaded.
    """

    def __init__(self, world: RegistryWorld) -> None:
        self.world = world
        self.spec = good_snp(at=world.born)
        self.loaded_spec = good_snp(at=world.born, loaded=True)
        self.suite = SnpSuite(world.project, world.sender, roots(world.born))
        for spec in (self.spec, self.loaded_spec):
            self.suite.put_evidence(build_snp(spec))
        self.reader = world.sender.deploy(world.project.SnpReader, self.suite.verifier)
        send(world.sender, world.registry.announceReader, word(KIND), self.reader)
        world.pass_time(ANNOUNCE_HOURS * HOUR)
        send(world.sender, world.registry.activateReader, word(KIND), self.reader)
        report = self.spec.report
        self.identity = snp_identity(report.measurement, report.host_data)
        attributes = report.policy.to_bytes(8, "little") + report.platform_info.to_bytes(8, "little")
        self.rule = Rule(KIND, attributes)
        world.set_rule(self.identity, self.rule)

    def set_rule(self, **changes: Any) -> None:
        """Replace the good guest's rule; `changes` are departures from the first one."""
        self.world.set_rule(self.identity, replace(self.rule, **changes))

    def submission(self, spec: SnpSpec | None = None, key: str | None = None, **fields: Any) -> SnpSubmission:
        """A good submission of the good guest; `fields` change its report."""
        spec, key = spec or self.spec, key or worker_key(1)
        challenge = self.world.challenge()
        holder = self.world.statement(key, challenge.hash, self.identity)
        report = replace(spec.report, **{"report_data": holder + bytes(32), **fields})
        evidence = self.suite.with_certificate(build_snp(replace(spec, report=report)))
        return SnpSubmission(key, self.identity, challenge.number, evidence, b"")

    def attest(self, spec: SnpSpec | None = None, key: str | None = None, **fields: Any) -> SnpSubmission:
        submission = self.submission(spec, key, **fields)
        send(self.world.sender, self.world.registry.submit, *submission)
        return submission

    def refusal(self, spec: SnpSpec | None = None, **fields: Any) -> CallFailedError:
        return failure(self.world.registry.submit, *self.submission(spec, **fields))

    def rejudge(self, submission: SnpSubmission) -> None:
        challenge = bytes(self.world.chain.provider.web3.eth.get_block(submission.challenge_block)["hash"])
        arguments = (submission.key, challenge, submission.evidence, submission.proof)
        send(self.world.sender, self.world.registry.rejudge, *arguments)

    def set_floor(self) -> None:
        """The floor is what the good guest runs on."""
        self.suite.set_floor(self.spec.product, tcb=int.from_bytes(self.spec.report.reported_tcb, "little"))

    def list_serials(self, *serials: int) -> None:
        """AMD's next revocation list of the product line."""
        old = self.spec.crl
        assert old.number is not None
        listed = replace(old, number=old.number + 1, this_update=self.world.now(), revoked=serials)
        self.suite.put_crl(self.spec.product, issue_crl(KeyRing(self.spec.seed), listed))
