# SPDX-License-Identifier: Apache-2.0
"""Rules of NvidiaCertificates and NvidiaRevocations, each kept and broken, in chains that are properly signed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import ape
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from eth_utils.crypto import keccak

from pha.attestation.intel.der import encode, object_id, sequence
from pha.attestation.nvidia.calldata import (
    certificate_hints,
    chain_ids,
    firmware_revocation_name,
    key_hash,
    key_revocation_name,
    revocation_name,
)
from pha.attestation.nvidia.chain import ChainCertificate, DeviceChain
from pha.attestation.nvidia.enrolment import remaining
from pha.attestation.nvidia.generator import FirmwareForm, Purpose, build, good
from pha.cryptography.p384 import N
from pha.cryptography.p384_table_job import Stage
from tests.unit.attestation.nvidia_suite import (
    ALLOW_UNKNOWN_REFERENCES,
    GOOD,
    ON_HOLD,
    REVOKED,
    NvidiaSuite,
)

ROOT, FAMILY, PROVISIONER, DEVICE, REPORT_KEY = range(5)
BIT_STRING = 0x03


pytestmark = pytest.mark.usefixtures("stranger", "guardian")  # asked for before the chain is set up


@pytest.fixture(scope="module")
def at(chain):
    return chain.pending_timestamp


@pytest.fixture(scope="module")
def spec(at):
    return good(at)


@pytest.fixture(scope="module")
def made(spec):
    return build(spec)


@pytest.fixture(scope="module")
def suite(project, deployer, made):
    deployed = NvidiaSuite(project, deployer, made.chain.root.der)
    deployed.enrol(made.chain)
    return deployed


def chain_with(spec, position: int, **changes) -> DeviceChain:
    """The good chain with one certificate's fields changed, and those below it issued anew."""
    certificates = list(spec.certificates)
    certificates[position] = replace(certificates[position], **changes)
    return build(replace(spec, certificates=tuple(certificates))).chain


def put(suite, chain: DeviceChain, position: int, **arguments):
    """Put one certificate in, with its own hints unless others are given."""
    certificate, issuer = chain.certificates[position], chain.certificates[position - 1]
    der = arguments.get("der", certificate.der)
    above = arguments.get("issuer", chain_ids(chain)[position - 1])
    hints = arguments.get("hints") or certificate_hints(certificate, issuer, suite.tables)
    return suite.certificates.put(der, above, hints, sender=suite.sender)


def reason(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


def test_chain_is_kept_with_what_follows_from_it(suite, made, spec):
    for position, (certificate_id, certificate) in enumerate(
        zip(chain_ids(made.chain), made.chain.certificates, strict=True)
    ):
        kept = suite.certificates.get(certificate_id)
        assert bytes(kept.keyHash) == keccak(certificate.key)
        assert bytes(kept.subject) == keccak(certificate.certificate.subject.public_bytes())
        assert kept.depth == position
        assert kept.notBefore == max(above.window[0] for above in made.chain.certificates[: position + 1])
        assert kept.notAfter == 253402300799
        assert kept.authoritiesBelow == 255 if position < REPORT_KEY else kept.authoritiesBelow == 0
    assert bytes(kept.model).rstrip(b"\0") == b"GH100"
    assert bytes(kept.firmware) == keccak(spec.firmware)
    problem, (key, device, model, firmware, until) = suite.certificates.check(chain_ids(made.chain)[-1])
    assert bytes(problem) == bytes(32)
    assert bytes(key) == key_hash(made.chain.report_key.point)
    assert bytes(device) == key_hash(made.chain.device.point)
    assert (model, firmware, until) == (kept.model, kept.firmware, kept.notAfter)


def test_test_root_is_not_nvidias(suite):
    assert not suite.certificates.isProductionRoot()


def test_anyone_may_put_certificates_in(suite, made, spec, stranger):
    chain = chain_with(spec, REPORT_KEY, serial=12345)
    hints = certificate_hints(chain.report_key, chain.device, suite.tables)
    suite.certificates.put(chain.report_key.der, chain_ids(chain)[DEVICE], hints, sender=stranger)
    assert suite.certificates.has(chain_ids(chain)[REPORT_KEY])


def test_certificate_put_again_changes_nothing(suite, made):
    receipt = put(suite, made.chain, REPORT_KEY, hints=b"whatever")
    assert not list(receipt.decode_logs(suite.certificates.CertificatePut))
    assert receipt.gas_used < 150_000


def test_root_is_refused_when_it_is_no_root(project, suite, spec, deployer):
    for changes in (
        {"is_ca": None},
        {"is_ca": False},
        {"purpose": Purpose.CRL_SIGN},
        {"purpose": None},
        {"issuer_name": "Somebody else"},
        {"extra": (("1.2.3", b"\5\0", True),)},
    ):
        root = chain_with(spec, ROOT, **changes).root.der
        with ape.reverts():
            deployer.deploy(project.NvidiaCertificates, suite.signatures, suite.revocations, root)


@pytest.mark.parametrize(
    ("position", "changes", "expected"),
    [
        (DEVICE, {"is_ca": None}, "NotAnAuthority"),
        (DEVICE, {"is_ca": False}, "NotAnAuthority"),
        (FAMILY, {"is_ca": False}, "NotAnAuthority"),
        (DEVICE, {"purpose": Purpose.CRL_SIGN}, "KeyUsage"),
        (PROVISIONER, {"purpose": None}, "KeyUsage"),
        (DEVICE, {"extra": (("1.2.3", b"\5\0", True),)}, "ExtensionCritical"),
        (REPORT_KEY, {"is_ca": True}, "ChainTooLong"),
        (REPORT_KEY, {"purpose": Purpose.CERTIFICATE_SIGN}, "KeyUsage"),
        (REPORT_KEY, {"purpose": None}, "KeyUsage"),
        (REPORT_KEY, {"extra": (("1.2.3", b"\5\0", True),)}, "ExtensionCritical"),
        (DEVICE, {"common_name": " GH100 A01"}, "ModelMissing"),
        (DEVICE, {"common_name": " "}, "ModelMissing"),
        (DEVICE, {"common_name": "G" * 33}, "ModelMissing"),
        (DEVICE, {"common_name": "G" * 33 + " A01"}, "ModelMissing"),
    ],
)
def test_certificate_is_refused_when_it_has_not_its_place(suite, spec, position, changes, expected):
    with ape.reverts(suite.certificates.CertificateRefused, reason=reason(expected)):
        put(suite, chain_with(spec, position, **changes), position)


@pytest.mark.parametrize(
    ("position", "changes"),
    [
        (DEVICE, {"extra": (("1.2.3", b"\5\0", False),)}),
        (DEVICE, {"purpose": Purpose.CERTIFICATE_SIGN | Purpose.CRL_SIGN}),
        (REPORT_KEY, {"is_ca": False}),
        (REPORT_KEY, {"firmware_critical": True}),
        (REPORT_KEY, {"firmware_oid": "2.23.133.5.4.1.1"}),
        (DEVICE, {"common_name": "GH100"}),
        (DEVICE, {"common_name": "G A01"}),
        (DEVICE, {"common_name": "G" * 32}),
        (DEVICE, {"common_name": "G" * 32 + " A01"}),
        (REPORT_KEY, {"common_name": "nothing"}),
    ],
)
def test_certificate_is_taken_when_it_differs_in_what_does_not_matter(suite, spec, position, changes):
    chain = chain_with(spec, position, **changes)
    put(suite, chain, position)
    model = chain.model[:32].encode().ljust(32, b"\0")
    assert bytes(suite.certificates.get(chain_ids(chain)[position]).model) == model


def test_model_is_what_nvidia_signed_and_not_what_the_device_says(suite, spec):
    chain = chain_with(spec, REPORT_KEY, common_name="GB200 A01 GSP FMC LF")
    put(suite, chain, REPORT_KEY)
    assert bytes(suite.certificates.get(chain_ids(chain)[-1]).model) == reason("GH100")


def test_firmware_extension_is_read_under_both_names(suite, spec):
    for oid in ("2.23.133.5.4.1", "2.23.133.5.4.1.1"):
        chain = chain_with(spec, REPORT_KEY, firmware_oid=oid, serial=99)
        put(suite, chain, REPORT_KEY)
        assert bytes(suite.certificates.get(chain_ids(chain)[-1]).firmware) == keccak(spec.firmware), oid


@pytest.mark.parametrize(
    "value",
    [
        bytes.fromhex("3000"),
        bytes.fromhex("3003020101"),
        bytes.fromhex("30050201013000"),
        bytes.fromhex("3004a6020500"),
        bytes.fromhex("300481008000"),
        bytes.fromhex("300480008000"),
        bytes.fromhex("30020500"),
    ],
    ids=lambda value: value.hex(),
)
def test_certificate_is_refused_when_its_firmware_extension_is_malformed(suite, spec, value):
    chain = chain_with(spec, REPORT_KEY, firmware=value)
    if value == bytes.fromhex("3000"):
        put(suite, chain, REPORT_KEY)
        assert bytes(suite.certificates.get(chain_ids(chain)[-1]).firmware) == bytes(32)
        return
    with ape.reverts():
        put(suite, chain, REPORT_KEY)


def test_certificate_is_refused_when_signed_with_another_algorithm_or_curve(suite, spec):
    chain = chain_with(spec, DEVICE, digest="sha256")
    with ape.reverts():
        put(suite, chain, DEVICE, hints=bytes(6288))
    chain = chain_with(spec, REPORT_KEY, key="p256 key")
    with ape.reverts():
        put(suite, chain, REPORT_KEY)


def test_certificate_is_refused_when_another_key_signed_it(suite, spec, made):
    chain = chain_with(spec, REPORT_KEY, signer="somebody else", serial=5)
    hints = certificate_hints(made.chain.report_key, made.chain.device, suite.tables)
    with ape.reverts(suite.certificates.SignatureInvalid):
        put(suite, chain, REPORT_KEY, hints=hints)


def test_certificate_is_refused_when_hints_lie(suite, spec):
    chain = chain_with(spec, REPORT_KEY, serial=6)
    good_hints = certificate_hints(chain.report_key, chain.device, suite.tables)
    for hints in (b"\0", good_hints[:-1], good_hints + b"\0", bytes(6288), good_hints[48:] + good_hints[:48]):
        with ape.reverts(suite.certificates.SignatureInvalid):
            put(suite, chain, REPORT_KEY, hints=hints)
    assert not suite.certificates.has(chain_ids(chain)[-1])
    put(suite, chain, REPORT_KEY)
    assert suite.certificates.has(chain_ids(chain)[-1])


def test_certificate_is_refused_under_an_issuer_of_another_name(suite, spec, made):
    chain = chain_with(spec, REPORT_KEY, issuer_name="Somebody else", serial=7)
    with ape.reverts(suite.certificates.IssuerWrong):
        put(suite, chain, REPORT_KEY)
    with ape.reverts(suite.certificates.IssuerWrong):
        put(suite, chain_with(spec, REPORT_KEY, serial=8), REPORT_KEY, issuer=chain_ids(made.chain)[PROVISIONER])


def test_certificate_is_refused_under_an_unknown_issuer_and_under_a_report_key(suite, spec, made):
    chain = chain_with(spec, REPORT_KEY, serial=9)
    for issuer in (bytes(32), b"\1" * 32):
        with ape.reverts(suite.certificates.CertificateUnknown):
            put(suite, chain, REPORT_KEY, issuer=issuer)
    # A report key that signs as if it were an authority, under its own name.
    certificates = list(spec.certificates)
    forged = replace(
        certificates[REPORT_KEY], key="forged", issuer_name=certificates[REPORT_KEY].common_name, serial=10
    )
    certificates[REPORT_KEY] = replace(forged, signer=certificates[REPORT_KEY].key)
    forgery = build(replace(spec, certificates=tuple(certificates))).chain
    hints = certificate_hints(forgery.report_key, made.chain.report_key, suite.tables)
    with ape.reverts():
        put(suite, forgery, REPORT_KEY, issuer=chain_ids(made.chain)[REPORT_KEY], hints=hints)


def test_chain_that_is_a_certificate_short_is_refused(suite, spec):
    certificates = list(spec.certificates)
    del certificates[PROVISIONER]
    chain = build(replace(spec, certificates=tuple(certificates))).chain
    put(suite, chain, 2)
    with ape.reverts(suite.certificates.CertificateRefused, reason=reason("NotAnAuthority")):
        put(suite, chain, 3)


def test_path_length_is_kept_to(suite, spec):
    enough = chain_with(spec, FAMILY, path_length=2)
    suite.enrol(enough)
    assert suite.certificates.get(chain_ids(enough)[FAMILY]).authoritiesBelow == 2
    assert suite.certificates.get(chain_ids(enough)[DEVICE]).authoritiesBelow == 0
    short = chain_with(spec, FAMILY, path_length=1)
    put(suite, short, FAMILY)
    put(suite, short, PROVISIONER)
    with ape.reverts(suite.certificates.CertificateRefused, reason=reason("PathLength")):
        put(suite, short, DEVICE)
    # A longer one further down gives nothing back.
    certificates = list(spec.certificates)
    certificates[FAMILY] = replace(certificates[FAMILY], path_length=1)
    certificates[PROVISIONER] = replace(certificates[PROVISIONER], path_length=9)
    generous = build(replace(spec, certificates=tuple(certificates))).chain
    put(suite, generous, PROVISIONER)
    assert suite.certificates.get(chain_ids(generous)[PROVISIONER]).authoritiesBelow == 0


def test_dates_are_those_of_the_whole_chain(suite, spec, chain, at):
    early = chain_with(spec, PROVISIONER, not_after=at + 86_400)
    for position in (PROVISIONER, DEVICE, REPORT_KEY):
        put(suite, early, position)
    leaf = chain_ids(early)[-1]
    assert suite.certificates.get(leaf).notAfter == at + 86_400
    problem, (*_, until) = suite.certificates.check(leaf)
    assert (bytes(problem), until) == (bytes(32), at + 86_400)
    chain.pending_timestamp = at + 86_400
    chain.mine()
    assert bytes(suite.certificates.check(leaf)[0]) == bytes(32)
    chain.pending_timestamp = at + 86_401
    chain.mine()
    assert bytes(suite.certificates.check(leaf)[0]) == reason("ChainExpired")


def test_certificate_is_refused_outside_its_window(suite, spec, at, chain):
    ended = chain_with(spec, REPORT_KEY, not_after=at - 60)
    with ape.reverts(suite.certificates.OutsideValidity):
        put(suite, ended, REPORT_KEY)
    coming = chain_with(spec, REPORT_KEY, not_before=at + 86_400)
    with ape.reverts(suite.certificates.OutsideValidity):
        put(suite, coming, REPORT_KEY)
    chain.pending_timestamp = at + 86_400
    put(suite, coming, REPORT_KEY)
    assert suite.certificates.has(chain_ids(coming)[-1])


def test_certificate_is_refused_when_its_der_is_not_strict(suite, spec):
    chain = chain_with(spec, REPORT_KEY, serial=11)
    der = chain.report_key.der
    hints = certificate_hints(chain.report_key, chain.device, suite.tables)
    for broken in (
        b"",
        der[:-1],
        der + b"\0",
        b"\x31" + der[1:],
        der[:3] + bytes([der[3] + 1]) + der[4:],
        der + bytes(4097 - len(der)),
    ):
        with ape.reverts():
            put(suite, chain, REPORT_KEY, der=broken, hints=hints)


def test_certificate_without_its_issuers_table_names_the_key(suite, at):
    chain = build(good(at, device=3, model="GB200")).chain
    put(suite, chain, FAMILY)
    with ape.reverts(suite.signatures.KeyNotTabled, keyHash=key_hash(chain.certificates[FAMILY].point)):
        put(suite, chain, PROVISIONER)


def test_enrolment_is_resumed_by_anyone(suite, at, stranger, deployer):
    chain = build(good(at, device=4)).chain
    plan = list(remaining(chain, suite, suite.tables))
    assert [step.method for step in plan] == ["put", "proveTeeth", "proveTable"] * 2
    for count, sender in enumerate((stranger, deployer, stranger)):
        step = next(iter(remaining(chain, suite, suite.tables)))
        contract = {"registry": suite.registry, "certificates": suite.certificates}[step.contract]
        getattr(contract, step.method)(*step.arguments, sender=sender)
        assert len(list(remaining(chain, suite, suite.tables))) == 5 - count
    suite.enrol(chain)
    assert list(remaining(chain, suite, suite.tables)) == []
    assert suite.table_stage(key_hash(chain.report_key.point)) == Stage.TABLE


def test_calldata_of_a_step_is_the_methods_own(suite, at):
    chain = build(good(at, device=5)).chain
    step = next(iter(remaining(chain, suite, suite.tables)))
    assert step.calldata == bytes(suite.certificates.put.encode_input(*step.arguments))


def test_evidence_is_invalid_when_its_key_has_no_table(suite, at):
    made = build(good(at, device=6))
    for step in remaining(made.chain, suite, suite.tables):
        suite.send(step)
        if step.purpose == "certificate of the report key":
            break
    verdict = suite.judge(suite.evidence(made.report, made.chain), ALLOW_UNKNOWN_REFERENCES)
    assert (verdict.outcome, verdict.reason) == ("Invalid", "ReportKeyNotTabled")


def test_evidence_is_invalid_when_its_certificate_is_no_report_key(suite, made):
    proof = suite.evidence(made.report, made.chain)
    for certificate in (bytes(32), b"\xff" * 32, *chain_ids(made.chain)[:-1]):
        verdict = suite.judge(certificate + proof[32:], ALLOW_UNKNOWN_REFERENCES)
        assert (verdict.outcome, verdict.reason) == ("Invalid", "ReportKeyUnknown")


@pytest.mark.parametrize("position", range(1, 5))
def test_evidence_is_refused_while_any_certificate_is_on_hold_or_revoked(suite, made, position):
    proof = suite.evidence(made.report, made.chain)
    suite.set_standing(made.chain, position, ON_HOLD)
    verdict = suite.judge(proof, ALLOW_UNKNOWN_REFERENCES)
    assert (verdict.outcome, verdict.reason) == ("Invalid", "CertificateOnHold")
    suite.set_standing(made.chain, position, GOOD)
    assert suite.judge(proof, ALLOW_UNKNOWN_REFERENCES).outcome == "Accepted"
    suite.set_standing(made.chain, position, REVOKED)
    verdict = suite.judge(proof, ALLOW_UNKNOWN_REFERENCES)
    assert (verdict.outcome, verdict.reason) == ("Invalid", "CertificateRevoked")


def test_revoked_outweighs_on_hold(suite, made):
    suite.set_standing(made.chain, FAMILY, REVOKED)
    suite.set_standing(made.chain, REPORT_KEY, ON_HOLD)
    assert suite.judge(suite.evidence(made.report, made.chain)).reason == "CertificateRevoked"


def test_revocation_leaves_other_devices_alone(suite, made, at):
    other = build(good(at, device=8))
    suite.enrol(other.chain)
    suite.set_standing(made.chain, DEVICE, REVOKED)
    assert suite.judge(suite.evidence(made.report, made.chain)).reason == "CertificateRevoked"
    assert suite.judge(suite.evidence(other.report, other.chain), ALLOW_UNKNOWN_REFERENCES).outcome == "Accepted"


def test_revocation_holds_for_a_certificate_that_comes_later_or_in_another_encoding(suite, spec):
    """(r, n - s) is another DER of the same certificate; its id, name and standing are the same."""
    chain = chain_with(spec, REPORT_KEY, serial=13)
    suite.set_standing(chain, REPORT_KEY, REVOKED)
    original = chain.report_key.certificate
    r, s = decode_dss_signature(original.signature)
    algorithm = sequence(object_id("1.2.840.10045.4.3.3"))
    signature = encode(BIT_STRING, b"\0" + encode_dss_signature(r, N - s))
    other = sequence(original.tbs_certificate_bytes, algorithm, signature)
    twin = ChainCertificate(x509.load_der_x509_certificate(other))
    assert twin.der != chain.report_key.der
    hints = certificate_hints(twin, chain.device, suite.tables)
    put(suite, chain, REPORT_KEY, der=twin.der, hints=hints)
    assert bytes(suite.certificates.check(chain_ids(chain)[-1])[0]) == reason("CertificateRevoked")


def refuse(suite, name: bytes, standing: int):
    return suite.revocations.setStanding(name, standing, "test", sender=suite.sender)


def words(suite, proof: bytes) -> tuple[str, str]:
    verdict = suite.judge(proof, ALLOW_UNKNOWN_REFERENCES)
    return verdict.outcome, verdict.reason


def test_names_are_hashes_that_cannot_meet(suite, made):
    """Two words for keys and firmware, a tag first; three words for certificates."""
    word = bytes(range(32))
    assert bytes(suite.revocations.nameOfKey(word)) == keccak(b"nvidia.key".ljust(32, b"\0") + word)
    assert bytes(suite.revocations.nameOfFirmware(word)) == keccak(b"nvidia.firmware".ljust(32, b"\0") + word)
    assert bytes(suite.revocations.nameOf(word, word, word)) == keccak(word * 3)
    key = made.chain.report_key
    assert key_revocation_name(key.point) == bytes(suite.revocations.nameOfKey(keccak(key.key)))
    firmware = made.chain.firmware
    assert firmware_revocation_name(firmware) == bytes(suite.revocations.nameOfFirmware(keccak(firmware)))
    assert firmware_revocation_name(None) == bytes(suite.revocations.nameOfFirmware(bytes(32)))


@pytest.mark.parametrize("position", range(1, 5))
def test_evidence_is_refused_while_any_key_of_its_chain_is_on_hold_or_revoked(suite, made, position):
    proof = suite.evidence(made.report, made.chain)
    name = key_revocation_name(made.chain.certificates[position].point)
    refuse(suite, name, ON_HOLD)
    assert words(suite, proof) == ("Invalid", "CertificateOnHold")
    refuse(suite, name, GOOD)
    assert words(suite, proof) == ("Accepted", "")
    refuse(suite, name, REVOKED)
    assert words(suite, proof) == ("Invalid", "CertificateRevoked")


def test_key_that_is_refused_is_so_in_every_certificate(suite, made, spec):
    """One entry; before, a second certificate of the same key had to be named as well."""
    twin = chain_with(spec, REPORT_KEY, serial=21)
    put(suite, twin, REPORT_KEY)
    proofs = [suite.evidence(made.report, chain) for chain in (made.chain, twin)]
    assert [words(suite, proof)[0] for proof in proofs] == ["Accepted", "Accepted"]
    suite.set_standing(made.chain, REPORT_KEY, ON_HOLD)
    assert [words(suite, proof)[0] for proof in proofs] == ["Invalid", "Accepted"]
    refuse(suite, key_revocation_name(made.chain.report_key.point), ON_HOLD)
    assert [words(suite, proof)[0] for proof in proofs] == ["Invalid", "Invalid"]


def test_firmware_that_is_refused_is_so_on_every_device(suite, made, at):
    same, newer = build(good(at, device=8)), build(replace(good(at, device=9), firmware=b"\x5a" * 48))
    assert same.chain.firmware == made.chain.firmware != newer.chain.firmware
    for other in (same, newer):
        suite.enrol(other.chain)
    proofs = [suite.evidence(one.report, one.chain) for one in (made, same, newer)]
    refuse(suite, firmware_revocation_name(made.chain.firmware), REVOKED)
    assert [words(suite, proof) for proof in proofs[:2]] == [("Invalid", "CertificateRevoked")] * 2
    # The newer device's report names the default firmware, so it is another rule that refuses it.
    assert words(suite, proofs[2]) == ("Invalid", "FirmwareDiffers")
    assert bytes(suite.certificates.check(chain_ids(newer.chain)[-1])[0]) == bytes(32)


def test_report_keys_that_name_no_firmware_are_refused_by_one_entry(suite, made, at):
    silent = build(replace(good(at, device=10), firmware_form=FirmwareForm.NONE))
    assert silent.chain.firmware is None
    suite.enrol(silent.chain)
    leaf, other = chain_ids(silent.chain)[-1], chain_ids(made.chain)[-1]
    assert bytes(suite.certificates.check(leaf)[0]) == bytes(32)
    refuse(suite, firmware_revocation_name(None), ON_HOLD)
    assert bytes(suite.certificates.check(leaf)[0]) == reason("CertificateOnHold")
    assert bytes(suite.certificates.check(other)[0]) == bytes(32)


def test_root_is_beyond_revocation(suite, made):
    """It is what the contract was deployed with; who wants to be rid of it deploys another."""
    refuse(suite, key_revocation_name(made.chain.root.point), REVOKED)
    assert words(suite, suite.evidence(made.report, made.chain)) == ("Accepted", "")


@pytest.fixture
def holder(suite, guardian):
    """An account that may put on hold, and nothing else."""
    selector = suite.revocations.hold.encode_input(bytes(32), "")[:4]
    suite.manager.setTargetFunctionRole(suite.revocations, [selector], 1, sender=suite.sender)
    suite.manager.grantRole(1, guardian, 0, sender=suite.sender)
    return guardian


def test_hold_refuses_and_does_no_more(suite, made, holder, stranger):
    proof = suite.evidence(made.report, made.chain)
    name = revocation_name(made.chain.device, made.chain.certificates[PROVISIONER])
    with ape.reverts(suite.revocations.AccessManagedUnauthorized, caller=stranger):
        suite.revocations.hold(name, "why", sender=stranger)
    with ape.reverts(suite.revocations.ReasonMissing):
        suite.revocations.hold(name, "", sender=holder)
    (event,) = suite.revocations.hold(name, "why", sender=holder).decode_logs(suite.revocations.StandingSet)
    assert (bytes(event.name), event["from"], event.to, event.why) == (name, GOOD, ON_HOLD, "why")
    assert words(suite, proof) == ("Invalid", "CertificateOnHold")
    for standing in (GOOD, REVOKED):
        with ape.reverts(suite.revocations.AccessManagedUnauthorized, caller=holder):
            suite.revocations.setStanding(name, standing, "why", sender=holder)


@pytest.mark.parametrize("standing", [ON_HOLD, REVOKED])
def test_hold_is_refused_when_the_name_is_refused_already(suite, made, holder, standing):
    """Above all it must not turn what is revoked for good into what can come back."""
    suite.set_standing(made.chain, DEVICE, standing)
    name = revocation_name(made.chain.device, made.chain.certificates[PROVISIONER])
    with ape.reverts(suite.revocations.RefusedAlready, name=name, standing=standing):
        suite.revocations.hold(name, "why", sender=holder)
    assert suite.revocations.standingOf(name) == standing


def test_standing_is_set_by_the_role_alone_and_with_a_reason(suite, made, stranger):
    with ape.reverts():
        suite.set_standing(made.chain, DEVICE, REVOKED, sender=stranger)
    name = revocation_name(made.chain.device, made.chain.certificates[PROVISIONER])
    with ape.reverts(suite.revocations.ReasonMissing):
        suite.revocations.setStanding(name, REVOKED, "", sender=suite.sender)
    receipt = suite.set_standing(made.chain, DEVICE, ON_HOLD)
    (event,) = receipt.decode_logs(suite.revocations.StandingSet)
    assert (bytes(event.name), event["from"], event.to, event.why) == (name, GOOD, ON_HOLD, "test")
    assert suite.revocations.standingOf(name) == ON_HOLD


def test_revoked_is_for_good(suite, made):
    suite.set_standing(made.chain, DEVICE, REVOKED)
    for standing in (GOOD, ON_HOLD, REVOKED):
        with ape.reverts(suite.revocations.RevokedForGood):
            suite.set_standing(made.chain, DEVICE, standing)


def test_library_takes_the_chains_that_the_contract_takes(made, at):
    assert made.chain.check(at) is None
    bundle = [x509.load_der_x509_certificate(certificate.der) for certificate in made.chain.certificates]
    for above, below in pairwise(bundle):
        below.verify_directly_issued_by(above)
