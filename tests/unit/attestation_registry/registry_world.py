# SPDX-License-Identifier: Apache-2.0
"""A registry with its readers on made-up vendors, and workers that make evidence for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from cryptography import x509
from eth_account import Account
from eth_utils import to_canonical_address

from pha.attestation.intel.calldata import pck_der, pck_id, trimmed
from pha.attestation.intel.generator import Evidence, EvidenceSpec, Kind, build, good
from pha.attestation.registry import holder_statement, sgx_enclave_identity, tdx_measured_identity
from tests.direct_call import Sent, send
from tests.unit.attestation.intel_suite import IntelSuite, put_evidence, text

HOUR, DAY = 3600, 86_400
GRACE, LOOK_AGAIN, MAX_AGE_HOURS, CHALLENGE_BLOCKS, ANNOUNCE_HOURS = 3 * DAY, DAY, 30 * 24, 256, 48
MAX_AGE = MAX_AGE_HOURS * HOUR
PARAMETERS = [GRACE, LOOK_AGAIN, MAX_AGE_HOURS, CHALLENGE_BLOCKS, ANNOUNCE_HOURS]
ZERO_ADDRESS = "0x" + "00" * 20
FULL_MASK = b"\xff" * 16
DEBUG = 1


def word(name: str) -> bytes:
    """A short ASCII name as the contracts have it."""
    return name.encode().ljust(32, b"\0")


@cache
def worker_key(number: int) -> str:
    """Address of the worker of that number."""
    return str(Account.from_key(number.to_bytes(32, "big")).address)


@dataclass(frozen=True)
class Rule:
    """IMeasurementPolicy.Rule; by default what good evidence of an enclave needs."""

    kind: str
    attributes: bytes
    attributes_mask: bytes = FULL_MASK
    allowances: int = 0
    worst_confidence: int = 5
    minimum_devices: int = 0
    device_model: bytes = bytes(32)
    max_age_hours: int = MAX_AGE_HOURS
    open_to_advisories: bool = True
    on_listed_platforms: bool = False

    def arguments(self) -> tuple[Any, ...]:
        return (
            word(self.kind),
            self.attributes,
            self.attributes_mask,
            self.allowances,
            self.worst_confidence,
            self.minimum_devices,
            self.device_model,
            self.max_age_hours,
            self.open_to_advisories,
            self.on_listed_platforms,
        )


@dataclass(frozen=True)
class Challenge:
    number: int
    hash: bytes


class RegistryWorld:
    """Intel's contracts, their readers and a registry. `sender` holds every right."""

    def __init__(self, project: Any, chain: Any, sender: Any, more_readers: tuple[Any, ...] = ()) -> None:
        self.project, self.chain, self.sender = project, chain, sender
        self.born = chain.pending_timestamp - HOUR
        self.specs = {kind: good(kind, self.born) for kind in (Kind.SGX_V3, Kind.TDX_V5)}
        first = {kind: build(spec) for kind, spec in self.specs.items()}
        self.intel = IntelSuite(project, sender, first[Kind.SGX_V3].root_der)
        for evidence in first.values():
            put_evidence(self.intel, evidence)
        self.manager = sender.deploy(project.PhaAccessManager, sender)
        self.sgx_reader = sender.deploy(project.SgxReader, self.intel.sgx)
        self.tdx_reader = sender.deploy(project.TdxReader, self.intel.tdx, ZERO_ADDRESS)
        readers = [self.sgx_reader, self.tdx_reader, *more_readers]
        self.registry = sender.deploy(project.AttestationRegistry, self.manager, PARAMETERS, readers)

    # What workers make

    def challenge(self, back: int = 1) -> Challenge:
        """A block so far behind the newest, in which a node executes calls."""
        web3 = self.chain.provider.web3
        block = web3.eth.get_block(web3.eth.block_number - back)
        return Challenge(block["number"], bytes(block["hash"]))

    def challenge_of(self, submission: dict[str, Any]) -> Challenge:
        number = submission["challengeBlock"]
        return Challenge(number, bytes(self.chain.provider.web3.eth.get_block(number)["hash"]))

    def statement(
        self, key: str, challenge: bytes, identity: bytes, devices: bytes = bytes(32), *, registry: str | None = None
    ) -> bytes:
        place = to_canonical_address(registry or self.registry.address)
        return holder_statement(self.chain.chain_id, place, to_canonical_address(key), challenge, identity, devices)

    @staticmethod
    def identity(spec: EvidenceSpec) -> bytes:
        return tdx_measured_identity(spec.body) if spec.kind.is_tdx else sgx_enclave_identity(spec.body)

    def evidence(self, spec: EvidenceSpec, holder: bytes, second: bytes = bytes(32)) -> Evidence:
        return build(replace(spec, body=replace(spec.body, report_data=holder + second)))

    def submission(
        self,
        key: str,
        kind: Kind = Kind.SGX_V3,
        *,
        spec: EvidenceSpec | None = None,
        challenge: Challenge | None = None,
        identity: bytes | None = None,
        proof: bytes = b"",
        pck_known: bool = False,
        **changes: Any,
    ) -> dict[str, Any]:
        """The arguments of a good submission, in order; `changes` replace some once the evidence is made."""
        spec = spec or self.specs[kind]
        challenge = challenge or self.challenge()
        identity = identity or self.identity(spec)
        made = self.evidence(spec, self.statement(key, challenge.hash, identity))
        return {
            "key": key,
            "identity": identity,
            "challengeBlock": challenge.number,
            "evidence": trimmed(made.quote, pck_known=pck_known),
            "proof": proof,
            **changes,
        }

    def certificates(self, spec: EvidenceSpec) -> list[bytes]:
        return [pck_id(pck_der(build(spec).quote))]

    # What anybody sends

    def submit(self, submission: dict[str, Any]) -> Sent:
        return send(self.sender, self.registry.submit, *submission.values())

    def attest(self, key: str, kind: Kind = Kind.SGX_V3, **changes: Any) -> dict[str, Any]:
        """Submit good evidence; the submission."""
        submission = self.submission(key, kind, **changes)
        self.submit(submission)
        return submission

    def rejudge(self, submission: dict[str, Any]) -> Sent:
        challenge = self.challenge_of(submission).hash
        return send(
            self.sender,
            self.registry.rejudge,
            submission["key"],
            challenge,
            submission["evidence"],
            submission["proof"],
        )

    def status(self, key: str) -> tuple[bool, str]:
        attested, reason = self.registry.statusOf(key)
        assert attested == self.registry.isAttested(key)
        standing = self.registry.standingOf(key)
        assert (standing.attested, bytes(standing.reason)) == (attested, bytes(reason))
        return attested, text(reason)

    def ground(self, key: str) -> tuple[int, bytes]:
        """Serial and ground of a worker's verdict."""
        record = self.registry.recordOf(key)
        _, ground = self.registry.termOf(record.term)
        return record.serial, bytes(ground)

    def observe(self, key: str) -> Sent:
        return send(self.sender, self.registry.observe, *self.ground(key))

    def strike(self, key: str, certificates: list[bytes]) -> Sent:
        return send(self.sender, self.registry.strike, key, certificates)

    # What governance sends

    def rule(self, spec: EvidenceSpec, **changes: Any) -> Rule:
        if spec.kind.is_tdx:
            return Rule("intel.tdx", spec.body.td_attributes + spec.body.xfam, **changes)
        return Rule("intel.sgx", spec.body.attributes, **changes)

    def set_rule(
        self,
        identity: bytes,
        rule: Rule,
        *,
        advisories: tuple[bytes, ...] = (),
        platforms: tuple[bytes, ...] = (),
        at_once: bool = False,
    ) -> Sent:
        arguments = (identity, rule.arguments(), list(advisories), list(platforms), at_once, "test")
        return send(self.sender, self.registry.setRule, *arguments)

    def accept(self, spec: EvidenceSpec, **changes: Any) -> bytes:
        """Give the identity of some evidence a rule; the identity."""
        identity = self.identity(spec)
        self.set_rule(identity, self.rule(spec, **changes))
        return identity

    def remove_rule(self, identity: bytes, *, at_once: bool) -> Sent:
        return send(self.sender, self.registry.removeRule, identity, at_once, "test")

    # What vendors publish

    def publish(self, kind: Kind, **level: Any) -> None:
        """The next evaluation of a kind's platforms; `level` changes the TCB level that ours stands at."""
        spec = self.specs[kind]
        levels = (replace(spec.tcb_info.levels[0], **level), *spec.tcb_info.levels[1:])
        number = spec.tcb_info.tcb_evaluation_data_number + 1
        now = self.now()
        newer = replace(
            spec.tcb_info, tcb_evaluation_data_number=number, issue_date=now, next_update=now + 29 * DAY, levels=levels
        )
        self.specs[kind] = spec = replace(spec, tcb_info=newer)
        evidence = build(spec)
        collateral = evidence.collateral
        signer = self.intel.put_authority(evidence.tcb_signing.der)
        self.intel.put_tcb_info(collateral.tcb_info, collateral.tcb_info_signature, signer)

    def publish_identity(self, kind: Kind) -> None:
        """The next evaluation of a kind's quoting enclave."""
        spec = self.specs[kind]
        number = spec.qe_identity.tcb_evaluation_data_number + 1
        newer = replace(
            spec.qe_identity,
            tcb_evaluation_data_number=number,
            issue_date=self.now(),
            next_update=self.now() + 29 * DAY,
        )
        self.specs[kind] = spec = replace(spec, qe_identity=newer)
        evidence = build(spec)
        collateral = evidence.collateral
        signer = self.intel.put_authority(evidence.tcb_signing.der)
        self.intel.put_identity(collateral.qe_identity, collateral.qe_identity_signature, signer)

    def list_certificates(self, kind: Kind, *serials: int) -> None:
        """A new revocation list of the CA that issued a kind's PCK certificates."""
        spec = self.specs[kind]
        name = "platform_crl" if spec.pck.ca == "platform" else "processor_crl"
        crl = replace(getattr(spec, name), this_update=self.now(), revoked=serials)
        made = build(replace(spec, **{name: crl}))
        ca = made.platform_ca if spec.pck.ca == "platform" else made.processor_ca
        self.intel.put_crl(self.intel.put_authority(ca.der), getattr(made, name))

    def list_authority(self, spec_field: str) -> None:
        """A root's list that names the CA or TCB signer of that field."""
        spec = self.specs[Kind.SGX_V3]
        serial = x509.load_der_x509_certificate(getattr(build(spec), spec_field).der).serial_number
        made = build(replace(spec, root_crl=replace(spec.root_crl, this_update=self.now(), revoked=(serial,))))
        self.intel.put_crl(0, made.root_crl)

    def now(self) -> int:
        return int(self.chain.provider.web3.eth.get_block("latest")["timestamp"])

    def pass_time(self, seconds: int) -> None:
        """The next block is mined that much later, and there is one."""
        self.chain.pending_timestamp = self.now() + seconds
        self.chain.mine()
