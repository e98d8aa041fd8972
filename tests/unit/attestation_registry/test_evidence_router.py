# SPDX-License-Identifier: Apache-2.0
"""EvidenceRouter: kinds come with notice and go at once; a new kind needs nothing else to change."""

from __future__ import annotations

import pytest

from pha.attestation.intel.generator import Kind
from tests.direct_call import fails_with, failure, send
from tests.unit.attestation.intel_suite import text
from tests.unit.attestation_registry.registry_world import (
    ANNOUNCE_HOURS,
    HOUR,
    Rule,
    word,
    worker_key,
)

KEY, OTHER = worker_key(1), worker_key(2)
NEW_KIND = word("example.tee")
NOTICE = ANNOUNCE_HOURS * HOUR


@pytest.fixture
def announce(world):
    def announced(kind, reader):
        return send(world.sender, world.registry.announceReader, kind, reader)

    return announced


def activate(world, kind, reader):
    return send(world.sender, world.registry.activateReader, kind, reader)


def bring_in(world, kind, reader):
    send(world.sender, world.registry.announceReader, kind, reader)
    world.pass_time(NOTICE)
    activate(world, kind, reader)


def found(world, key, challenge, **changes):
    """Findings of the made-up kind, which believes what it is told."""
    identity = changes.pop("identity", word("code"))
    return {
        "outcome": 2,
        "reason": bytes(32),
        "status": 1,
        "confidence": 1,
        "deviceCount": 0,
        "deviceModel": bytes(32),
        "devices": bytes(32),
        "holder": world.statement(key, challenge.hash, identity),
        "identity": identity,
        "attributes": b"\1" * 16,
        "platform": word("machine"),
        "reportHash": word("report"),
        "ground": word("ground"),
        "epoch": 1,
        "evaluationNumber": 1,
        "validUntil": world.now() + 10 * HOUR,
        "certificates": [word("certificate")],
        "advisories": [],
        **changes,
    }


@pytest.fixture
def stub(world, deployer):
    """A reader of a kind that neither registry nor policy has heard of."""
    reader = deployer.deploy(world.project.MockEvidenceReader, NEW_KIND)
    send(deployer, reader.setEpoch, 1)
    bring_in(world, NEW_KIND, reader)
    world.set_rule(word("code"), Rule("example.tee", b"\1" * 16))
    return reader


def submit(world, reader, key=KEY, **changes):
    challenge = world.challenge()
    send(world.sender, reader.setFindings, found(world, key, challenge, **changes))
    return send(world.sender, world.registry.submit, key, word("code"), challenge.number, b"", b"")


def test_new_kind_needs_no_change_to_registry_or_policy(world, stub):
    submit(world, stub)
    assert world.status(KEY) == (True, "")
    standing = world.registry.standingOf(KEY)
    assert (text(standing.kind), text(standing.platform)) == ("example.tee", "machine")
    send(world.sender, stub.setEpoch, 2)
    world.observe(KEY)
    world.pass_time(4 * 24 * HOUR)
    assert not world.registry.isAttested(KEY)


def test_reader_begins_only_after_its_notice(world, deployer, announce):
    reader = deployer.deploy(world.project.MockEvidenceReader, NEW_KIND)
    with fails_with("NothingAnnounced"):
        activate(world, NEW_KIND, reader)
    announce(NEW_KIND, reader)
    active_from = world.registry.announcementOf(NEW_KIND).activeFrom
    assert active_from == world.now() + NOTICE
    world.pass_time(NOTICE - 5)
    with fails_with("NotYetActive"):
        activate(world, NEW_KIND, reader)
    assert world.registry.readerOf(NEW_KIND).serial == 0
    world.pass_time(active_from - world.now())
    activate(world, NEW_KIND, reader)
    assert world.registry.readerOf(NEW_KIND).reader == reader
    with fails_with("NothingAnnounced"):
        activate(world, NEW_KIND, reader)


def test_announcement_can_be_withdrawn_and_replaced(world, deployer, announce):
    first, second = (deployer.deploy(world.project.MockEvidenceReader, NEW_KIND) for _ in range(2))
    announce(NEW_KIND, first)
    send(world.sender, world.registry.withdrawReader, NEW_KIND)
    with fails_with("NothingAnnounced"):
        send(world.sender, world.registry.withdrawReader, NEW_KIND)
    announce(NEW_KIND, first)
    world.pass_time(NOTICE - HOUR)
    announce(NEW_KIND, second)
    world.pass_time(HOUR)
    with fails_with("ReaderDiffers"):
        activate(world, NEW_KIND, first)
    with fails_with("NotYetActive"):
        activate(world, NEW_KIND, second)


def test_reader_must_be_of_the_kind_it_is_announced_for(world, deployer, announce):
    for kind, own in ((NEW_KIND, word("other")), (bytes(32), bytes(32))):
        reader = deployer.deploy(world.project.MockEvidenceReader, own)
        with fails_with("ReaderKindWrong"):
            announce(kind, reader)


def test_replaced_readers_verdicts_stand_and_a_retired_ones_fall(world, deployer):
    world.attest(KEY)
    old = world.registry.readerOf(word("intel.sgx")).serial
    bring_in(world, word("intel.sgx"), deployer.deploy(world.project.SgxReader, world.intel.sgx))
    new = world.registry.readerOf(word("intel.sgx")).serial
    assert new != old
    assert world.status(KEY) == (True, "")
    submission = world.attest(OTHER)
    send(world.sender, world.registry.retireReader, old)
    assert world.status(KEY) == (False, "ReaderRetired")
    assert world.status(OTHER) == (True, "")
    send(world.sender, world.registry.retireReader, new)
    assert world.status(OTHER) == (False, "ReaderRetired")
    with fails_with("KindUnknown"):
        world.rejudge(submission)
    with fails_with("KindUnknown"):
        world.attest(KEY)
    for serial in (old, new, 0, 77, 2**200):
        with fails_with("ReaderNotServing"):
            send(world.sender, world.registry.retireReader, serial)


def test_retiring_one_kind_leaves_others_alone(world):
    world.attest(KEY, Kind.SGX_V3)
    world.attest(OTHER, Kind.TDX_V5)
    send(world.sender, world.registry.retireReader, world.registry.readerOf(word("intel.sgx")).serial)
    assert world.status(KEY) == (False, "ReaderRetired")
    assert world.status(OTHER) == (True, "")


def test_replaced_readers_workers_can_be_judged_again_by_the_new_one(world, deployer):
    submission = world.attest(KEY)
    old = world.registry.readerOf(word("intel.sgx")).serial
    bring_in(world, word("intel.sgx"), deployer.deploy(world.project.SgxReader, world.intel.sgx))
    world.rejudge(submission)
    send(world.sender, world.registry.retireReader, old)
    assert world.status(KEY) == (True, "")


def test_retired_reader_has_no_say_about_certificates(world, stub):
    submit(world, stub)
    send(world.sender, world.registry.retireReader, world.registry.recordOf(KEY).serial)
    send(world.sender, stub.setProblem, word("Revoked"))
    with fails_with("ReaderNotServing"):
        world.strike(KEY, [word("certificate")])


def test_findings_that_contradict_themselves_are_refused(world, stub):
    challenge = world.challenge()
    for changes, refusal in (
        ({"outcome": 1, "reason": word("Refused")}, "EvidenceNotAccepted"),
        ({"outcome": 0, "reason": word("Invalid")}, "EvidenceNotAccepted"),
        ({"identity": word("other")}, "IdentityDiffers"),
        ({"holder": bytes(32)}, "HolderDiffers"),
        ({"reason": word("but")}, "FindingsMalformed"),
        ({"outcome": 1}, "FindingsMalformed"),
        ({"confidence": 0}, "FindingsMalformed"),
        ({"confidence": 6}, "FindingsMalformed"),
        ({"reportHash": bytes(32)}, "FindingsMalformed"),
        ({"validUntil": 1}, "FindingsMalformed"),
        ({"certificates": []}, "FindingsMalformed"),
        ({"deviceCount": 1}, "FindingsMalformed"),
        ({"devices": word("a GPU")}, "HolderDiffers"),
    ):
        send(world.sender, stub.setFindings, found(world, KEY, challenge, **changes))
        error = failure(world.registry.submit, KEY, word("code"), challenge.number, b"", b"")
        assert error.name == refusal, changes
    submit(world, stub)


def test_reader_can_not_enter_the_registry_again(world, stub):
    challenge = world.challenge()
    inner = world.registry.submit.encode_input(KEY, word("code"), challenge.number, b"", b"")
    send(world.sender, stub.setFindings, found(world, KEY, challenge))
    send(world.sender, stub.setCallback, world.registry, inner)
    with fails_with("ReentrancyGuardReentrantCall"):
        send(world.sender, world.registry.submit, KEY, word("code"), challenge.number, b"", b"")
    send(world.sender, stub.setCallback, world.registry, b"")
    send(world.sender, world.registry.submit, KEY, word("code"), challenge.number, b"", b"")


def test_only_governance_routes(world, stranger, deployer):
    reader = deployer.deploy(world.project.MockEvidenceReader, NEW_KIND)
    for method, arguments in (
        (world.registry.announceReader, (NEW_KIND, reader)),
        (world.registry.withdrawReader, (NEW_KIND,)),
        (world.registry.retireReader, (1,)),
    ):
        with fails_with("AccessManagedUnauthorized"):
            send(stranger, method, *arguments)


def test_reader_that_will_not_say_its_kind_is_retired_all_the_same(world, stub):
    """Or the one that has to go could stay by not answering."""
    submit(world, stub)
    serial = world.registry.readerOf(NEW_KIND).serial
    send(world.sender, stub.fallSilent)
    send(world.sender, world.registry.retireReader, serial)
    assert world.status(KEY) == (False, "ReaderRetired")
    assert world.registry.readerOf(NEW_KIND).serial == 0
    with fails_with("KindUnknown"):
        submit(world, stub, OTHER)


def test_retired_reader_begins_no_terms(world, stub):
    """Each takes a number, and there are no more than 2^24 for all kinds together."""
    submit(world, stub)
    serial, ground = world.ground(KEY)
    term = world.registry.currentTerm(serial, ground)
    send(world.sender, world.registry.retireReader, serial)
    send(world.sender, stub.setEpoch, 2)
    with fails_with("ReaderNotServing"):
        send(world.sender, world.registry.observe, serial, ground)
    assert world.registry.currentTerm(serial, ground) == term
