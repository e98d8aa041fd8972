# SPDX-License-Identifier: Apache-2.0
"""The attestation registry's invariants A1 to A5 over random sequences, against a model that shares no code with it.

After each action every worker is compared with the model. A1 forged, copied and stale evidence is never accepted. A2
collateral never goes backwards. A3 nothing is attested past its end of validity, or while stale. A4 a revoked
certificate can't attest, and what it attested stops counting. A5 confidence and end of validity of what is accepted are
those reckoned from the vendor's texts.
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pha.attestation.intel.generator import Kind, build
from pha.attestation.intel.status import TcbStatus
from pha.attestation.standing_model import Attestation, Ground, Standing
from tests.direct_call import CallFailedError, fails_with, send
from tests.reference.state_machines import play
from tests.unit.attestation_registry.registry_world import (
    DAY,
    GRACE,
    HOUR,
    LOOK_AGAIN,
    RegistryWorld,
    word,
    worker_key,
)

WORKERS = [worker_key(number) for number in (11, 12, 13)]
KINDS = [Kind.SGX_V3, Kind.TDX_V5]
LEAPS = [1, HOUR, 7 * HOUR, DAY, 2 * DAY, 4 * DAY]
OUT_OF_DATE = 5
workers, kinds = st.sampled_from(WORKERS), st.sampled_from(KINDS)


@pytest.fixture(scope="module")
def world(project, chain, deployer):
    if chain.provider.name != "foundry":
        pytest.skip("hundreds of P-256 signatures in Solidity take a Python EVM too long")
    return RegistryWorld(project, chain, deployer)


def machine_of(world):
    class Machine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.snapshot = world.chain.snapshot()
            self.specs = dict(world.specs)
            now = world.now()
            self.model = Standing(GRACE, LOOK_AGAIN)
            self.rules = {}
            self.submissions = {}
            self.kinds = {}
            self.listed = set()
            self.retired = set()
            for kind in KINDS:
                self.model.grounds[kind.value] = Ground([(0, 0)])
                world.accept(world.specs[kind])
                self.rules[kind] = (world.now(), 5, 720)
            self.status = dict.fromkeys(KINDS, 1)
            assert now <= world.now()

        def teardown(self):
            if hasattr(self, "snapshot"):
                world.chain.restore(self.snapshot)
                world.specs = self.specs

        # What is to be expected

        def collateral_until(self, kind):
            spec = world.specs[kind]
            crl = spec.platform_crl if spec.pck.ca == "platform" else spec.processor_crl
            return min(
                spec.tcb_info.next_update,
                spec.qe_identity.next_update,
                crl.next_update - 1,
                spec.root_crl.next_update - 1,
            )

        def refusal(self, kind, now):
            if kind not in self.rules:
                return "IdentityUnknown"
            if kind in self.retired:
                return "KindUnknown"
            if kind in self.listed or now > self.collateral_until(kind):
                return "EvidenceNotAccepted"
            return "PolicyRefused" if self.status[kind] > self.rules[kind][1] else None

        def attestation(self, kind, accepted_at, now):
            ruled_at, _, hours = self.rules[kind]
            return Attestation(
                ground=kind.value,
                epoch=self.model.grounds[kind.value].epoch,
                identity=kind.value,
                ruled_at=ruled_at,
                reader=KINDS.index(kind),
                certificates=frozenset({kind.value}),
                accepted_at=accepted_at,
                judged_at=now,
                valid_until=min(accepted_at + hours * HOUR, self.collateral_until(kind)),
            )

        # What workers and others do

        @rule(worker=workers, kind=kinds)
        def submit(self, worker, kind):
            world.pass_time(1)
            submission = world.submission(worker, kind)
            expected = self.refusal(kind, world.now() + 1)
            if expected:
                with fails_with(expected):
                    world.submit(submission)
                return
            world.submit(submission)
            now = world.now()
            self.model.look(kind.value, now)
            self.model.accept(worker, self.attestation(kind, now, now))
            self.submissions[worker], self.kinds[worker] = submission, kind
            assert world.registry.standingOf(worker).confidence == self.status[kind]

        @rule(worker=workers)
        def judge_again(self, worker):
            if worker not in self.submissions:
                return
            world.pass_time(1)
            kind, old = self.kinds[worker], self.model.workers[worker]
            expected = self.refusal(kind, world.now() + 1)
            if expected not in (None, "PolicyRefused"):
                with fails_with(expected):
                    world.rejudge(self.submissions[worker])
                return
            world.rejudge(self.submissions[worker])
            now = world.now()
            self.model.look(kind.value, now)
            grace = self.model.known_end(old, now) if worker not in self.model.fallen else None
            if expected:
                if grace is None:
                    self.model.fallen.add(worker)
                return
            new = self.attestation(kind, old.accepted_at, now)
            if grace is None or new.valid_until >= grace:
                self.model.accept(worker, new)

        @rule(worker=workers, other=workers, place=st.integers(0, 1000))
        def forge(self, worker, other, place):
            if worker not in self.submissions:
                return
            before = [world.registry.recordOf(key) for key in WORKERS]
            submission = self.submissions[worker]
            evidence = bytearray(submission["evidence"])
            # Within what is signed, or a signature: the header's first bytes are the layout's.
            evidence[60 + place % 380] ^= 1
            attempts = [{**submission, "evidence": bytes(evidence)}, {**submission, "challengeBlock": 1}]
            if other != worker:
                attempts.append({**submission, "key": other})
            for attempt in attempts:
                with pytest.raises(CallFailedError):
                    world.submit(attempt)
            assert [world.registry.recordOf(key) for key in WORKERS] == before

        @rule(worker=workers)
        def observe(self, worker):
            if worker not in self.submissions:
                return
            world.pass_time(1)
            if self.kinds[worker] in self.retired:
                with fails_with("ReaderNotServing"):
                    world.observe(worker)
                return
            world.observe(worker)
            self.model.look(self.kinds[worker].value, world.now())

        @rule(worker=workers)
        def strike(self, worker):
            if worker not in self.submissions:
                return
            kind = self.kinds[worker]
            world.pass_time(1)
            if kind in self.retired:
                with fails_with("ReaderNotServing"):
                    world.strike(worker, world.certificates(world.specs[kind]))
                return
            world.strike(worker, world.certificates(world.specs[kind]))
            if kind not in self.listed:
                self.model.struck.pop(kind.value, None)
            elif self.model.struck.get(kind.value, -1) < self.model.workers[worker].judged_at:
                self.model.struck[kind.value] = world.now()

        @rule(seconds=st.sampled_from(LEAPS))
        def wait(self, seconds):
            world.pass_time(seconds)

        # What vendors and governance do

        @rule(kind=kinds, good=st.booleans())
        def publish(self, kind, good):
            world.pass_time(1)
            before = world.specs[kind]
            world.publish(kind, status=TcbStatus.UP_TO_DATE if good else TcbStatus.OUT_OF_DATE)
            self.status[kind] = 1 if good else OUT_OF_DATE
            ground = self.model.grounds[kind.value]
            ground.published.append((world.now(), ground.epoch + 1))
            older = build(before)
            signer = world.intel.put_authority(older.tcb_signing.der)
            with pytest.raises(CallFailedError):
                world.intel.put_tcb_info(older.collateral.tcb_info, older.collateral.tcb_info_signature, signer)

        @rule(kind=kinds, revoked=st.booleans())
        def publish_list(self, kind, revoked):
            world.pass_time(2)
            spec = world.specs[kind]
            if world.now() >= self.collateral_until(kind):
                return
            world.list_certificates(kind, *([spec.pck.serial] if revoked else []))
            (self.listed.add if revoked else self.listed.discard)(kind)

        @rule(kind=kinds, worst=st.sampled_from([1, 5]), hours=st.sampled_from([24, 240, 720]), at_once=st.booleans())
        def set_rule(self, kind, worst, hours, at_once):
            world.pass_time(1)
            spec = world.specs[kind]
            changed = world.rule(spec, worst_confidence=worst, max_age_hours=hours)
            world.set_rule(world.identity(spec), changed, at_once=at_once)
            self.end_rule(kind, at_once)
            self.rules[kind] = (world.now(), worst, hours)

        @rule(kind=kinds, at_once=st.booleans())
        def remove_rule(self, kind, at_once):
            if kind in self.rules:
                world.pass_time(1)
                world.remove_rule(world.identity(world.specs[kind]), at_once=at_once)
                self.end_rule(kind, at_once)
                del self.rules[kind]

        @rule(kind=kinds, really=st.integers(0, 5))
        def retire(self, kind, really):
            if really == 0 and kind not in self.retired:
                name = word("intel.tdx" if kind.is_tdx else "intel.sgx")
                send(world.sender, world.registry.retireReader, world.registry.readerOf(name).serial)
                self.retired.add(kind)
                self.model.retired.add(KINDS.index(kind))

        def end_rule(self, kind, at_once):
            if kind in self.rules:
                self.model.end_rule(kind.value, self.rules[kind][0], world.now(), at_once=at_once)

        @invariant()
        def standings_are_those_of_the_model(self):
            if not hasattr(self, "model"):
                return
            now = world.now()
            for worker in WORKERS:
                attested, reason = world.registry.statusOf(worker)
                assert attested == self.model.is_attested(worker, now), (worker, bytes(reason), self.kinds.get(worker))
                assert world.registry.isAttested(worker) == attested
                if worker in self.submissions and worker not in self.model.fallen:
                    assert world.registry.recordOf(worker).validUntil == self.model.workers[worker].valid_until

    return Machine


def test_standings_hold_over_random_sequences(world):
    play(machine_of(world), 6, 20)


@pytest.mark.deep
def test_standings_hold_over_many_long_sequences(world):
    play(machine_of(world), 100, 50)
