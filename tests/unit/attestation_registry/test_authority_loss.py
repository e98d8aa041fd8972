# SPDX-License-Identifier: Apache-2.0
"""AttestationRegistry: what rested on an authority that is revoked counts no longer, whatever has happened since."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pha.attestation.intel.generator import Kind, build
from tests.direct_call import send
from tests.unit.attestation_registry.registry_world import DAY, GRACE, HOUR, LOOK_AGAIN, worker_key

KEY, OTHER = worker_key(1), worker_key(2)
SGX = Kind.SGX_V3
GRACE_SECONDS = 0
"""Number of that parameter."""
LONGEST_GRACE = 14 * DAY


def sign_anew(world, kind):
    """The same collateral, down to its evaluation numbers, issued now and signed by another key of the vendor's."""
    spec = world.specs[kind]
    name = "tcb-signing-anew"
    now = world.now()
    spec = replace(
        spec,
        tcb_info=replace(spec.tcb_info, issue_date=now, next_update=now + 29 * DAY),
        qe_identity=replace(spec.qe_identity, issue_date=now, next_update=now + 29 * DAY),
        tcb_signing=replace(spec.tcb_signing, key=name, serial=4711),
        signers=replace(spec.signers, tcb_info=name, qe_identity=name),
    )
    world.specs[kind] = spec
    made = build(spec)
    signer = world.intel.put_authority(made.tcb_signing.der)
    collateral = made.collateral
    world.intel.put_tcb_info(collateral.tcb_info, collateral.tcb_info_signature, signer)
    world.intel.put_identity(collateral.qe_identity, collateral.qe_identity_signature, signer)


def set_grace(world, seconds):
    send(world.sender, world.registry.setParameter, GRACE_SECONDS, seconds)


def test_new_signer_does_not_cover_up_for_a_revoked_one(world, kind):
    """Whoever put the vendor's new collateral in with the list, in one go, would else save what a thief had signed."""
    submission = world.attest(KEY, kind)
    ground = world.ground(KEY)
    world.list_authority("tcb_signing")
    sign_anew(world, kind)
    send(world.sender, world.registry.observe, *ground)
    assert world.status(KEY) == (False, "CollateralMoved")
    # What the new signer says is as good as what the old one said.
    world.rejudge(submission)
    assert world.status(KEY) == (True, "")
    send(world.sender, world.registry.observe, *ground)
    assert world.status(KEY) == (True, "")


def test_new_signer_does_not_cover_up_though_nobody_looks(world, kind):
    world.attest(KEY, kind)
    world.list_authority("tcb_signing")
    sign_anew(world, kind)
    world.pass_time(LOOK_AGAIN + HOUR)
    assert world.status(KEY) == (False, "AuthorityRevoked")


def test_evidence_under_the_new_signer_does_not_give_grace_to_what_the_revoked_one_signed(world):
    world.attest(KEY)
    world.list_authority("tcb_signing")
    sign_anew(world, SGX)
    world.attest(OTHER)
    world.observe(OTHER)
    assert world.status(KEY) == (False, "CollateralMoved")
    assert world.status(OTHER) == (True, "")


def test_another_signer_is_a_change_with_grace(world):
    """While the old one is as good as ever."""
    world.attest(KEY)
    world.pass_time(DAY // 2)
    sign_anew(world, SGX)
    world.observe(KEY)
    noticed = world.now()
    world.pass_time(noticed + GRACE - world.now())
    assert world.status(KEY) == (True, "")
    world.pass_time(1)
    assert world.status(KEY) == (False, "CollateralMoved")


@pytest.mark.parametrize("authority", ["tcb_signing", "root"])
def test_lost_authority_ends_longer_grace_given_before_shorter(world, authority):
    """An older term may end later than a newer one, if grace has been made shorter in between."""
    set_grace(world, LONGEST_GRACE)
    world.attest(KEY)
    world.publish(SGX)
    world.attest(OTHER)
    set_grace(world, HOUR)
    world.pass_time(1)
    world.publish(SGX)
    world.observe(OTHER)
    world.attest(worker_key(3))
    world.pass_time(2 * HOUR)
    assert world.status(KEY) == (True, "")
    assert world.status(OTHER) == (False, "CollateralMoved")
    world.list_authority(authority)
    world.observe(worker_key(3))
    assert [world.status(key) for key in (KEY, OTHER, worker_key(3))] == [(False, "CollateralMoved")] * 3


def test_revoked_root_ends_all_at_once(world, kind):
    world.attest(KEY, kind)
    world.list_authority("root")
    world.observe(KEY)
    assert world.status(KEY) == (False, "CollateralMoved")
