# SPDX-License-Identifier: Apache-2.0
"""MeasurementPolicy: which code is accepted, how it must run, and what becomes of verdicts when that changes."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from pha.attestation.intel.generator import Kind
from pha.attestation.intel.status import TcbStatus
from pha.attestation.registry import (
    TDX_AGGREGATED,
    intel_confidence,
    sgx_signer_identity,
    sgx_signer_proof,
    tdx_aggregated_identity,
    tdx_measured_identity,
    tdx_mr_aggregated,
)
from tests.direct_call import fails_with, failure, send
from tests.unit.attestation.intel_suite import STATUSES, text
from tests.unit.attestation_registry.registry_world import (
    DAY,
    GRACE,
    MAX_AGE_HOURS,
    Rule,
    word,
    worker_key,
)

KEY, OTHER = worker_key(1), worker_key(2)
SGX, TDX = Kind.SGX_V3, Kind.TDX_V5
TD_MEASUREMENTS = ["mr_td", "mr_config_id", "mr_owner", "mr_owner_config", *(f"rt_mr{n}" for n in range(4))]
ATTRIBUTES = bytes.fromhex("0500000000000000e700000000000000")


def refused(world, **changes) -> str:
    """Why the policy refuses a submission."""
    error = failure(world.registry.submit, *world.submission(KEY, **changes).values())
    assert error.name == "PolicyRefused"
    return text(error.values[0])


def changed(spec, **fields):
    return replace(spec, body=replace(spec.body, **fields))


@pytest.mark.parametrize("place", [0, 7, 8, 15])
def test_code_must_run_with_the_attributes_of_its_rule(world, place):
    attributes = bytearray(world.specs[SGX].body.attributes)
    attributes[place] ^= 0x80 if place == 0 else 1  # KSS, or a bit of flags or XFRM
    world.set_rule(world.identity(world.specs[SGX]), Rule("intel.sgx", bytes(attributes)))
    assert refused(world) == "Attributes"
    mask = bytearray(b"\xff" * 16)
    mask[place] ^= 0x80 if place == 0 else 1
    attributes[place] &= mask[place]
    world.set_rule(world.identity(world.specs[SGX]), Rule("intel.sgx", bytes(attributes), bytes(mask)))
    world.attest(KEY)


def test_tds_attributes_and_features_are_compared(world):
    spec = world.specs[TDX]
    rule = world.rule(spec)
    for place in (1, 9):
        attributes = bytearray(rule.attributes)
        attributes[place] ^= 1
        world.set_rule(world.identity(spec), replace(rule, attributes=bytes(attributes)))
        assert refused(world, kind=TDX) == "Attributes"
    world.set_rule(world.identity(spec), rule)
    world.attest(KEY, TDX)


def test_only_the_rule_allows_what_verifiers_refuse(world):
    spec = changed(world.specs[SGX], attributes=bytes([0x07]) + world.specs[SGX].body.attributes[1:])
    with fails_with("EvidenceNotAccepted"):
        world.attest(KEY, spec=spec)
    world.accept(spec, allowances=1)
    world.attest(KEY, spec=spec)
    # What debugs is not what doesn't, though the measurement is the same.
    assert refused(world) == "Attributes"


@pytest.mark.parametrize(
    ("status", "advisories", "level"),
    [
        (TcbStatus.UP_TO_DATE, (), 1),
        (TcbStatus.SW_HARDENING_NEEDED, ("INTEL-SA-00615",), 2),
        (TcbStatus.CONFIGURATION_NEEDED, ("INTEL-SA-00219", "INTEL-SA-00389"), 3),
        (TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED, ("INTEL-SA-00334", "INTEL-SA-00381"), 3),
        (TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED, ("INTEL-SA-00334", "INTEL-SA-00615"), 4),
        (TcbStatus.OUT_OF_DATE, (), 5),
        (TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED, (), 5),
    ],
)
def test_confidence_follows_status_and_advisories(world, status, advisories, level):
    """Accepted where it is the worst that the rule takes, refused where the rule takes one better."""
    world.publish(SGX, status=status, advisory_ids=advisories)
    world.accept(world.specs[SGX], worst_confidence=level)
    world.attest(KEY)
    assert world.registry.standingOf(KEY).confidence == level
    if level > 1:
        world.accept(world.specs[SGX], worst_confidence=level - 1)
        assert refused(world) == "Confidence"


@pytest.mark.parametrize(
    ("current", "status"),
    [
        (TcbStatus.UP_TO_DATE, TcbStatus.TD_RELAUNCH_ADVISED),
        (TcbStatus.CONFIGURATION_NEEDED, TcbStatus.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED),
    ],
    ids=lambda status: status.value,
)
def test_td_that_should_be_launched_again_has_the_worst_confidence(world, current, status):
    """Whatever runs beneath it now: it was measured under a module that is out of date."""
    world.publish(TDX, status=current, advisory_ids=())
    fresh = world.specs[TDX]
    begun_on_older_module = changed(fresh, tee_tcb_svn=bytes([5, 1, 4]).ljust(16, b"\0"))
    world.accept(fresh, worst_confidence=4)
    assert refused(world, spec=begun_on_older_module) == "Confidence"
    world.accept(fresh, worst_confidence=5)
    submission = world.submission(KEY, spec=begun_on_older_module)
    receipt = world.registry.submit(*submission.values(), sender=world.sender)
    (event,) = receipt.decode_logs(world.registry.Attested)
    assert STATUSES[event.status] == status.value
    assert world.registry.standingOf(KEY).confidence == 5
    # To launch it again is all it takes.
    world.attest(KEY, spec=fresh)
    assert world.registry.standingOf(KEY).confidence == intel_confidence(current, ())


def test_advisories_are_denied_or_allowed_by_name(world):
    names = ("INTEL-SA-00615", "INTEL-SA-00999")
    world.publish(SGX, status=TcbStatus.SW_HARDENING_NEEDED, advisory_ids=names)
    identity = world.identity(world.specs[SGX])
    for is_open, listed, accepted in (
        (True, (), True),
        (True, names[:1], False),
        (True, ("INTEL-SA-00001",), True),
        (False, (), False),
        (False, names[1:], False),
        (False, names, True),
    ):
        rule = world.rule(world.specs[SGX], open_to_advisories=is_open)
        world.set_rule(identity, rule, advisories=tuple(word(name) for name in listed))
        if accepted:
            world.attest(KEY)
        else:
            assert refused(world) == "Advisory"


def test_platforms_are_any_unless_listed(world):
    identity, platform = world.identity(world.specs[SGX]), world.specs[SGX].pck.extension.ppid.ljust(32, b"\0")
    rule = world.rule(world.specs[SGX], on_listed_platforms=True)
    world.set_rule(identity, rule, platforms=(word("another"),))
    assert refused(world) == "Platform"
    send(world.sender, world.registry.listPlatforms, identity, [platform])
    world.attest(KEY)
    world.set_rule(identity, rule, at_once=True)
    assert world.status(KEY) == (False, "PolicyEnded")
    assert refused(world) == "Platform"
    world.set_rule(identity, world.rule(world.specs[SGX]))
    with fails_with("RevisionTakesNoPlatforms"):
        send(world.sender, world.registry.listPlatforms, identity, [platform])


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("change", ["remove", "raise"])
def test_change_of_policy_ends_verdicts_after_grace_or_at_once(world, change, at_once):
    identity = world.identity(world.specs[SGX])
    submission = world.attest(KEY)
    world.attest(OTHER, TDX)
    if change == "remove":
        world.remove_rule(identity, at_once=at_once)
    else:
        world.set_rule(identity, world.rule(world.specs[SGX], worst_confidence=1), at_once=at_once)
    changed_at = world.now()
    if at_once:
        assert world.status(KEY) == (False, "PolicyEnded")
    else:
        world.pass_time(changed_at + GRACE - world.now())
        assert world.status(KEY) == (True, "")
        world.pass_time(1)
        assert world.status(KEY) == (False, "PolicyEnded")
    assert world.status(OTHER) == (True, "")
    if change == "remove":
        for again in (lambda: world.rejudge(submission), lambda: world.attest(KEY)):
            with fails_with("IdentityUnknown"):
                again()
    else:
        world.rejudge(submission)
        assert world.status(KEY) == (True, "")


def test_grace_of_a_revision_can_be_cut_short_and_not_made_longer(world):
    identity = world.identity(world.specs[SGX])
    world.attest(KEY)
    revision = world.registry.ruleOf(identity).revision
    with fails_with("RuleSenseless"):
        send(world.sender, world.registry.endRevision, revision)
    world.remove_rule(identity, at_once=False)
    assert world.status(KEY) == (True, "")
    send(world.sender, world.registry.endRevision, revision)
    assert world.status(KEY) == (False, "PolicyEnded")
    end = world.registry.revisionOf(revision).endsAt
    world.pass_time(DAY)
    send(world.sender, world.registry.endRevision, revision)
    assert world.registry.revisionOf(revision).endsAt == end


def test_judging_by_a_stricter_rule_waits_for_the_end_of_grace(world):
    world.publish(SGX, status=TcbStatus.SW_HARDENING_NEEDED)
    submission = world.attest(KEY)
    world.accept(world.specs[SGX], worst_confidence=1)
    changed_at = world.now()
    world.rejudge(submission)
    assert world.status(KEY) == (True, "")
    world.pass_time(changed_at + GRACE - world.now() + 1)
    assert world.status(KEY) == (False, "PolicyEnded")
    world.rejudge(submission)
    assert world.status(KEY) == (False, "Confidence")


def test_shorter_age_does_not_take_grace_away_either(world):
    submission = world.attest(KEY)
    world.pass_time(2 * DAY)
    world.accept(world.specs[SGX], max_age_hours=24)
    changed_at = world.now()
    world.rejudge(submission)
    assert world.status(KEY) == (True, "")
    world.pass_time(changed_at + GRACE - world.now() + 1)
    assert world.status(KEY) == (False, "PolicyEnded")


def test_events_tell_old_and_new_rule(world):
    identity = world.identity(world.specs[SGX])
    revision, before = world.registry.ruleOf(identity)
    after = world.rule(world.specs[SGX], worst_confidence=2)
    receipt = world.registry.setRule(identity, after.arguments(), [], [], False, "why", sender=world.sender)
    (event,) = receipt.decode_logs(world.registry.RuleSet)
    assert (event.oldRevision, event.newRevision, event.why) == (revision, revision + 2, "why")
    assert (tuple(event.oldRule), tuple(event.newRule)) == (tuple(before), tuple(world.registry.ruleOf(identity).rule))
    receipt = world.registry.removeRule(identity, True, "gone", sender=world.sender)
    (event,) = receipt.decode_logs(world.registry.RuleRemoved)
    assert (event.revision, event.oldRule[4], event.why) == (revision + 2, 2, "gone")
    assert world.registry.ruleOf(identity).revision == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": ""}, "Kind"),
        ({"attributes_mask": b"\xff" * 15 + b"\xfe", "attributes": b"\0" * 15 + b"\1"}, "AttributesBeyondMask"),
        ({"attributes_mask": bytes(16), "attributes": bytes(16)}, "AttributesUnpinned"),
        ({"worst_confidence": 0}, "Confidence"),
        ({"worst_confidence": 6}, "Confidence"),
        ({"minimum_devices": 1}, "Devices"),
        ({"device_model": word("GH100")}, "Devices"),
        ({"minimum_devices": 17, "device_model": word("GH100")}, "Devices"),
        ({"max_age_hours": 0}, "MaxAge"),
        ({"max_age_hours": MAX_AGE_HOURS + 1}, "MaxAge"),
    ],
)
def test_senseless_rules_are_refused(world, changes, reason):
    rule = replace(Rule("intel.sgx", ATTRIBUTES), **changes)
    error = failure(world.registry.setRule, word("identity"), rule.arguments(), [], [], False, "", sender=world.sender)
    assert (error.name, text(error.values[0])) == ("RuleSenseless", reason)


def test_identity_zero_and_platform_zero_are_refused(world):
    rule = Rule("intel.sgx", ATTRIBUTES, on_listed_platforms=True)
    with fails_with("RuleSenseless"):
        world.set_rule(bytes(32), rule)
    with fails_with("RuleSenseless"):
        world.set_rule(word("identity"), rule, platforms=(bytes(32),))
    with fails_with("RuleSenseless"):
        world.set_rule(word("identity"), replace(rule, on_listed_platforms=False), platforms=(word("one"),))
    world.set_rule(word("identity"), rule, platforms=(word("one"),))


@pytest.mark.parametrize("method", ["setRule", "removeRule", "endRevision", "listPlatforms", "setParameter"])
def test_only_governance_changes_policy(world, method, stranger):
    rule = Rule("intel.sgx", ATTRIBUTES).arguments()
    arguments = {
        "setRule": (word("identity"), rule, [], [], False, ""),
        "removeRule": (world.identity(world.specs[SGX]), True, ""),
        "endRevision": (1,),
        "listPlatforms": (world.identity(world.specs[SGX]), []),
        "setParameter": (0, 2 * DAY),
    }[method]
    with fails_with("AccessManagedUnauthorized"):
        send(stranger, getattr(world.registry, method), *arguments)


# Identities


def signed_configured(world, **fields):
    return changed(world.specs[SGX], config_id=hashlib.sha512(b"configuration").digest(), isv_svn=7, **fields)


def test_signer_is_accepted_only_with_product_svn_and_configuration(world):
    spec = signed_configured(world)
    identity = sgx_signer_identity(spec.body, 6)
    world.set_rule(identity, world.rule(spec))
    proof = sgx_signer_proof(6)
    # Whatever the code is:
    for body in ({}, {"mr_enclave": hashlib.sha256(b"newer code").digest()}, {"isv_svn": 6}, {"isv_svn": 0x0107}):
        world.attest(KEY, spec=changed(spec, **body), identity=identity, proof=proof)
    for body, refusal in (
        ({"isv_svn": 5}, "EvidenceNotAccepted"),
        ({"isv_prod_id": 2}, "IdentityDiffers"),
        ({"isv_prod_id": 0x0101}, "IdentityDiffers"),
        ({"mr_signer": bytes(32)}, "IdentityDiffers"),
        ({"config_id": hashlib.sha512(b"another").digest()}, "IdentityDiffers"),
        ({"config_id": bytes(64)}, "EvidenceNotAccepted"),
    ):
        with fails_with(refusal):
            world.attest(KEY, spec=changed(spec, **body), identity=identity, proof=proof)


@pytest.mark.parametrize("proof", [b"\0\0", b"\1", b"\0\0\6", sgx_signer_proof(5)])
def test_signer_is_not_accepted_by_another_proof(world, proof):
    spec = signed_configured(world)
    identity = sgx_signer_identity(spec.body, 6)
    world.set_rule(identity, world.rule(spec))
    with pytest.raises(AssertionError, match=r"EvidenceNotAccepted|IdentityDiffers"), fails_with("nothing"):
        world.attest(KEY, spec=spec, identity=identity, proof=proof)


def test_open_signer_has_no_identity(world):
    with pytest.raises(ValueError, match="may be zero"):
        sgx_signer_identity(world.specs[SGX].body, 1)
    with pytest.raises(ValueError, match="may be zero"):
        sgx_signer_identity(signed_configured(world).body, 0)


@pytest.mark.parametrize("aggregated", [False, True], ids=["measured", "aggregated"])
def test_every_measurement_of_a_td_is_in_its_identity(world, aggregated):
    spec, proof = world.specs[TDX], TDX_AGGREGATED if aggregated else b""

    def identity_of(one):
        return tdx_aggregated_identity(tdx_mr_aggregated(one.body)) if aggregated else tdx_measured_identity(one.body)

    identity = identity_of(spec)
    world.set_rule(identity, world.rule(spec))
    world.attest(KEY, spec=spec, identity=identity, proof=proof)
    for field in TD_MEASUREMENTS:
        other = changed(spec, **{field: hashlib.sha384(b"other").digest()})
        submission = world.submission(KEY, spec=other, identity=identity, proof=proof)
        error = failure(world.registry.submit, *submission.values())
        assert (error.name, error.values) == ("IdentityDiffers", (identity, identity_of(other))), field


@pytest.mark.parametrize("field", ["mr_config_id", "rt_mr3"])
def test_td_is_accepted_as_what_it_aggregates_to(world, field):
    """What whoever starts it may set is part of that only where it is set."""
    spec = changed(world.specs[TDX], **{field: hashlib.sha384(b"other").digest()})
    identity = tdx_aggregated_identity(tdx_mr_aggregated(spec.body))
    world.set_rule(identity, world.rule(spec))
    world.attest(KEY, spec=spec, identity=identity, proof=TDX_AGGREGATED)


@pytest.mark.parametrize("proof", [b"\0", b"\1\0", b"\2", b"\2abc", b"\3"])
def test_td_has_no_identity_by_another_proof(world, proof):
    error = failure(world.registry.submit, *world.submission(KEY, TDX, proof=proof).values())
    assert (error.name, error.values[0], text(error.values[1])) == ("EvidenceNotAccepted", 0, "ProofForm")
