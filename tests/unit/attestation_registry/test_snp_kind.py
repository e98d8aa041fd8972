# SPDX-License-Identifier: Apache-2.0
"""The reader of SEV-SNP guests, from evidence to a worker's standing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak

from pha.attestation.amd.generator import build as build_snp
from pha.attestation.registry import snp_ground
from tests.direct_call import failure, send
from tests.unit.attestation.intel_suite import text
from tests.unit.attestation_amd.snp_suite import LOADED_KEY, MASKED_CHIP
from tests.unit.attestation_registry.registry_world import DAY, GRACE, HOUR, LOOK_AGAIN, word, worker_key
from tests.unit.attestation_registry.snp_world import SnpWorld

KEY, OTHER, THIRD = worker_key(1), worker_key(2), worker_key(3)
LIMITED = "eth-tester's EVM takes minutes for the signatures on P-384 that this kind needs"
MASKED = bytes(64)
SERIAL = 0x77
"""AMD numbers no VCEK; one with a number can be listed without all others."""


@pytest.fixture(scope="module", autouse=True)
def _on_anvil_only(chain):
    if chain.provider.name != "foundry":
        pytest.skip(LIMITED)


@pytest.fixture(scope="module")
def snp(_on_anvil_only, deployed_world) -> SnpWorld:
    return SnpWorld(deployed_world)


@pytest.fixture
def chip(snp) -> bytes:
    """The good guest's chip as a platform: the Keccak-256 of its id."""
    return keccak(snp.spec.report.chip_id)


@pytest.fixture
def numbered(snp):
    """The same chip with a certificate that has a serial number, for the same key."""
    return replace(snp.spec, endorsement=replace(snp.spec.endorsement, serial=SERIAL))


def refused(error) -> tuple[str, str]:
    """A refusal and its reason, which is the last of an error's values."""
    return error.name, text(error.values[-1])


def test_guest_is_attested(snp, world, chip):
    snp.attest()
    assert world.status(KEY) == (True, "")
    standing = world.registry.standingOf(KEY)
    # No floor is set, so nobody has judged the firmware.
    assert (text(standing.kind), standing.confidence, bytes(standing.identity)) == ("amd.sev-snp", 5, snp.identity)
    assert bytes(standing.platform) == chip
    _, ground = world.ground(KEY)
    assert ground == snp_ground(snp.spec.product, snp.suite.authority(build_snp(snp.spec)))


def test_floor_moves_the_ground_and_makes_confidence(snp, world):
    submission = snp.attest()
    floor = int.from_bytes(snp.spec.report.reported_tcb, "little")
    snp.suite.set_floor(snp.spec.product, tcb=floor)
    snp.rejudge(submission)
    noticed = world.now()
    assert world.registry.standingOf(KEY).confidence == 1
    snp.suite.set_floor(snp.spec.product, tcb=floor + 1)
    snp.rejudge(submission)
    assert world.status(KEY) == (True, "")
    world.pass_time(GRACE + HOUR)
    assert world.now() > noticed
    assert world.status(KEY) == (False, "CollateralMoved")
    snp.rejudge(submission)
    assert world.status(KEY) == (False, "TcbBelowFloor")
    snp.suite.set_floor(snp.spec.product, tcb=floor)
    snp.rejudge(submission)
    assert world.status(KEY) == (True, "")


def test_measurement_host_data_and_policy_are_compared(snp):
    for fields, refusal in (
        ({"measurement": bytes(48)}, "IdentityDiffers"),
        ({"host_data": bytes(32)}, "IdentityDiffers"),
        ({"platform_info": 0b100100}, "PolicyRefused"),
        ({"policy": 0x20000}, "PolicyRefused"),
        ({"policy": 0x30000 | 1 << 19}, "EvidenceNotAccepted"),
        ({"report_data": bytes(64)}, "HolderDiffers"),
    ):
        assert snp.refusal(**fields).name == refusal
    snp.attest()


# A provider's key, which many chips share


def test_providers_key_is_taken_only_where_the_rule_allows_it(snp, world, chip):
    for allowances in (0, MASKED_CHIP, ~LOADED_KEY & 0xFFFF):
        snp.set_rule(allowances=allowances)
        assert refused(snp.refusal(snp.loaded_spec)) == ("EvidenceNotAccepted", "LoadedKey")
    snp.set_rule(allowances=LOADED_KEY)
    snp.attest(snp.loaded_spec)
    assert world.status(KEY) == (True, "")
    # The report names the chip, though the certificate does not.
    assert bytes(world.registry.standingOf(KEY).platform) == chip


def test_providers_key_gives_confidence_3_at_best(snp, world):
    snp.set_rule(allowances=LOADED_KEY)
    snp.attest(snp.loaded_spec)
    assert world.registry.standingOf(KEY).confidence == 5
    snp.set_floor()
    snp.set_rule(allowances=LOADED_KEY, worst_confidence=3)
    snp.attest(snp.loaded_spec)
    assert world.registry.standingOf(KEY).confidence == 3
    snp.set_rule(allowances=LOADED_KEY, worst_confidence=2)
    assert refused(snp.refusal(snp.loaded_spec)) == ("PolicyRefused", "Confidence")
    # By the same rule the chip's own key does.
    snp.attest()
    assert world.registry.standingOf(KEY).confidence == 1


# A host that has the chip's id left out


def test_masked_chip_is_taken_only_where_the_rule_allows_it(snp, world, chip):
    for allowances in (0, LOADED_KEY, ~MASKED_CHIP & 0xFFFF):
        snp.set_rule(allowances=allowances)
        assert refused(snp.refusal(chip_id=MASKED)) == ("EvidenceNotAccepted", "MaskedChip")
    snp.set_floor()
    snp.set_rule(allowances=MASKED_CHIP, worst_confidence=1)
    snp.attest(chip_id=MASKED)
    standing = world.registry.standingOf(KEY)
    # The certificate of the chip's own key names it all the same.
    assert (standing.attested, standing.confidence, bytes(standing.platform)) == (True, 1, chip)


def test_masked_chip_with_a_providers_key_needs_both_and_names_no_platform(snp, world):
    snp.set_floor()
    for allowances, reason in ((LOADED_KEY, "MaskedChip"), (MASKED_CHIP, "LoadedKey")):
        snp.set_rule(allowances=allowances)
        error = snp.refusal(snp.loaded_spec, chip_id=MASKED)
        assert refused(error) == ("EvidenceNotAccepted", reason)
    snp.set_rule(allowances=LOADED_KEY | MASKED_CHIP, worst_confidence=3)
    snp.attest(snp.loaded_spec, chip_id=MASKED)
    standing = world.registry.standingOf(KEY)
    assert (standing.attested, standing.confidence, bytes(standing.platform)) == (True, 3, bytes(32))


def test_what_names_no_platform_is_on_no_list(snp, world, chip):
    listed = replace(snp.rule, allowances=LOADED_KEY | MASKED_CHIP, on_listed_platforms=True)
    world.set_rule(snp.identity, listed, platforms=(word("another"),))
    for fields in ({}, {"chip_id": MASKED}):
        assert refused(snp.refusal(snp.loaded_spec, **fields)) == ("PolicyRefused", "Platform")
    send(world.sender, world.registry.listPlatforms, snp.identity, [chip])
    assert refused(snp.refusal(snp.loaded_spec, chip_id=MASKED)) == ("PolicyRefused", "Platform")
    snp.attest(snp.loaded_spec)
    snp.attest(chip_id=MASKED)


# Revocation


def test_revoked_endorsement_ends_all_that_rests_on_it(snp, world, numbered):
    """One call for all workers of that certificate; others of the same chip and line stand."""
    submissions = [snp.attest(numbered, key) for key in (KEY, OTHER)]
    snp.attest(snp.spec, THIRD)
    certificates = [keccak(build_snp(numbered).endorsement)]
    world.strike(KEY, certificates)
    assert world.status(KEY) == (True, "")
    snp.list_serials(SERIAL)
    assert world.status(KEY) == (True, "")  # until somebody says so
    world.strike(KEY, certificates)
    assert [world.status(key) for key in (KEY, OTHER)] == [(False, "CertificateRevoked")] * 2
    for error in (
        snp.refusal(numbered),
        failure(world.registry.rejudge, KEY, challenge_of(world, submissions[0]), submissions[0].evidence, b""),
    ):
        assert (error.name, error.values[0], text(error.values[1])) == ("EvidenceNotAccepted", 0, "EndorsementRevoked")
    world.strike(THIRD, [keccak(build_snp(snp.spec).endorsement)])
    assert world.status(THIRD) == (True, "")
    # With a certificate that is good the same machine comes back.
    snp.attest(snp.spec)
    assert world.status(KEY) == (True, "")


def test_revoked_masked_endorsement_ends_as_well(snp, world, numbered):
    snp.set_rule(allowances=MASKED_CHIP)
    snp.attest(numbered, chip_id=MASKED)
    snp.list_serials(SERIAL)
    world.strike(KEY, [keccak(build_snp(numbered).endorsement)])
    assert world.status(KEY) == (False, "CertificateRevoked")


def test_revoked_issuer_ends_what_it_endorsed(snp, world):
    """The issuer of providers' keys is another one, and what rests on it stands."""
    snp.set_rule(allowances=LOADED_KEY)
    snp.attest()
    snp.attest(snp.loaded_spec, OTHER)
    snp.list_serials(snp.spec.authority.serial)
    certificates = [keccak(build_snp(snp.spec).endorsement)]
    world.strike(KEY, certificates)
    assert world.status(KEY) == (False, "CertificateRevoked")
    world.strike(OTHER, [keccak(build_snp(snp.loaded_spec).endorsement)])
    world.observe(OTHER)
    assert world.status(OTHER) == (True, "")
    assert refused(snp.refusal()) == ("EvidenceNotAccepted", "AuthorityRevoked")


@pytest.mark.parametrize("authority", ["authority", "root"])
def test_revoked_authority_ends_the_ground_at_once(snp, world, authority):
    snp.attest()
    snp.list_serials(getattr(snp.spec, authority).serial)
    world.observe(KEY)
    assert world.status(KEY) == (False, "CollateralMoved")


@pytest.mark.parametrize("authority", ["authority", "root"])
def test_revoked_authority_counts_though_nobody_reports_it(snp, world, authority):
    snp.attest()
    world.pass_time(LOOK_AGAIN + DAY)
    assert world.status(KEY) == (True, "")
    snp.list_serials(getattr(snp.spec, authority).serial)
    assert world.status(KEY) == (False, "AuthorityRevoked")


def challenge_of(world, submission) -> bytes:
    return bytes(world.chain.provider.web3.eth.get_block(submission.challenge_block)["hash"])
