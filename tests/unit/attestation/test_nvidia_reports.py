# SPDX-License-Identifier: Apache-2.0
"""Rules of NvidiaGpuVerifier about the report itself: each kept and broken, in evidence that is properly signed."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import ape
import pytest
from ape.exceptions import ContractLogicError, OutOfGasError, TransactionError

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.nvidia.calldata import chain_ids, evidence
from pha.attestation.nvidia.generator import FirmwareForm, build, good
from pha.attestation.nvidia.opaque import FieldType
from pha.attestation.nvidia.report import Block, parse_report
from pha.cryptography.p384 import N
from tests.unit.attestation.nvidia_suite import ALLOW_UNKNOWN_REFERENCES, NvidiaSuite

OTHER_DIGEST = hashlib.sha384(b"other").digest()


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


@pytest.fixture(scope="module")
def judge(suite, spec):
    """Callable `(**changes)`: the verdict on the good report with some of its fields changed, signed anew."""

    def judged(**changes):
        other = build(replace(spec, report=replace(spec.report, **changes)))
        return suite.judge(suite.evidence(other.report, other.chain), ALLOW_UNKNOWN_REFERENCES)

    return judged


def python_refuses(spec, **changes) -> bool:
    """Whether the Python reader refuses the same report."""
    other = build(replace(spec, report=replace(spec.report, **changes)))
    try:
        parse_report(other.report)
    except MalformedEvidenceError:
        return True
    return False


def changed_block(spec, position: int, **changes) -> tuple[Block, ...]:
    blocks = list(spec.report.blocks)
    blocks[position] = replace(blocks[position], **changes)
    return tuple(blocks)


def test_good_report_is_accepted(judge, spec, made):
    verdict = judge()
    assert (verdict.outcome, verdict.reason, verdict.status) == ("Accepted", "", "None")
    assert bytes(verdict.raw.report) == made.report[:-96]
    assert bytes(verdict.raw.certificate) == chain_ids(made.chain)[-1]
    assert bytes(verdict.raw.kind).rstrip(b"\0") == b"nvidia.gpu"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("request_version", 0x10, "RequestVersion"),
        ("request_version", 0x12, "RequestVersion"),
        ("request_code", 0xE1, "RequestCode"),
        ("request_attributes", 0, "RequestAttributes"),
        ("request_attributes", 3, "RequestAttributes"),
        ("request_operation", 0, "RequestOperation"),
        ("request_operation", 0xFE, "RequestOperation"),
        ("request_slot", 1, "ResponseSlot"),
        ("request_slot", 8, "RequestSlot"),
        ("answer_version", 0x10, "ResponseVersion"),
        ("answer_code", 0x7F, "ResponseCode"),
        ("answer_code", 0xE0, "ResponseCode"),
        ("answer_reserved", 1, "ResponseReserved"),
        ("answer_slot", 1, "ResponseSlot"),
        ("answer_slot", 0x10, "ResponseSlot"),
        ("block_count", 0, "MeasurementsNone"),
        ("block_count", 63, "MeasurementsLength"),
        ("block_count", 65, "MeasurementsLength"),
        ("record_length", 3519, "MeasurementsLength"),
        ("record_length", 3521, "MeasurementsLength"),
        ("record_length", 0xFFFFFF, "MeasurementsLength"),
        ("opaque_length", 0, "OpaqueLength"),
        ("opaque_length", 0xFFFF, "OpaqueLength"),
        ("opaque_tail", b"\1", "OpaqueCutShort"),
        ("opaque_tail", b"\x63\0\1\0", "OpaqueCutShort"),
        ("opaque_tail", b"\x63\0\xff\xff\0", "OpaqueCutShort"),
    ],
)
def test_report_is_invalid_when_a_field_is_not_as_demanded(judge, spec, field, value, reason):
    verdict = judge(**{field: value})
    assert (verdict.outcome, verdict.reason) == ("Invalid", reason)
    assert bytes(verdict.raw.report) == b""
    assert python_refuses(spec, **{field: value})


def test_report_is_accepted_in_any_slot_both_agree_on(judge):
    assert judge(request_slot=7, answer_slot=7).outcome == "Accepted"


@pytest.mark.parametrize(
    ("position", "changes", "reason"),
    [
        (0, {"index": 0}, "MeasurementIndex"),
        (0, {"index": 2}, "MeasurementIndex"),
        (63, {"index": 63}, "MeasurementIndex"),
        (5, {"specification": 2}, "MeasurementFormat"),
        (5, {"type": 0x81}, "MeasurementFormat"),
        (5, {"value": bytes(47)}, "MeasurementsLength"),
        (5, {"value": bytes(49)}, "MeasurementsLength"),
    ],
)
def test_report_is_invalid_when_a_block_is_not_as_demanded(judge, spec, position, changes, reason):
    blocks = changed_block(spec, position, **changes)
    verdict = judge(blocks=blocks)
    assert (verdict.outcome, verdict.reason) == ("Invalid", reason)
    assert python_refuses(spec, blocks=blocks)


def test_blocks_of_other_sizes_are_refused_when_their_sum_is_right(judge, spec):
    blocks = list(changed_block(spec, 5, value=bytes(47)))
    blocks[6] = replace(blocks[6], value=bytes(49))
    assert judge(blocks=tuple(blocks)).reason == "MeasurementFormat"
    assert python_refuses(spec, blocks=tuple(blocks))


def test_number_of_blocks_is_the_devices_choice(judge, spec):
    assert judge(blocks=spec.report.blocks[:1]).outcome == "Accepted"
    many = tuple(Block(index, OTHER_DIGEST) for index in range(1, 256))
    assert judge(blocks=many).outcome == "Accepted"


def test_digest_of_any_type_but_raw_is_accepted(judge, spec):
    assert judge(blocks=changed_block(spec, 9, type=0x7F)).outcome == "Accepted"


def test_unknown_opaque_fields_are_stepped_over(judge, spec):
    for kind in (0, 4, 99, 255, 256 + 3, 0xFFFF):
        assert judge(opaque=((kind, b"\xff" * 9), (kind, b""), *spec.report.opaque)).outcome == "Accepted", kind


READ_FIELDS = (
    FieldType.DRIVER_VERSION,
    FieldType.VBIOS_VERSION,
    FieldType.NVDEC0_STATUS,
    FieldType.CHIP_SKU,
    FieldType.PROJECT,
    FieldType.PROJECT_SKU,
    FieldType.FIRMWARE_ID,
)


@pytest.mark.parametrize("kind", READ_FIELDS, ids=lambda kind: kind.name)
def test_report_is_invalid_when_an_opaque_field_comes_twice(judge, spec, kind):
    value = dict(spec.report.opaque)[kind]
    opaque = (*spec.report.opaque, (kind, value))
    assert judge(opaque=opaque).reason == "OpaqueRepeated"
    assert python_refuses(spec, opaque=opaque)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldType.VBIOS_VERSION, bytes(7)),
        (FieldType.VBIOS_VERSION, bytes(9)),
        (FieldType.FIRMWARE_ID, bytes(47)),
        (FieldType.FIRMWARE_ID, bytes(49)),
        (FieldType.DRIVER_VERSION, b"5\x00900\0"),
        (FieldType.DRIVER_VERSION, b"590\x7f\0"),
        (FieldType.PROJECT, b"\x1f"),
        (FieldType.PROJECT_SKU, b"\xff"),
        (FieldType.CHIP_SKU, b"8" * 65),
    ],
)
def test_report_is_invalid_when_an_opaque_field_is_malformed(judge, spec, kind, value):
    opaque = spec.report.with_opaque(kind, value)
    assert judge(opaque=opaque).reason == "OpaqueField"
    assert python_refuses(spec, opaque=opaque)


def test_text_of_64_characters_is_read_whole(suite, spec):
    opaque = spec.report.with_opaque(FieldType.DRIVER_VERSION, b"5" * 64)
    report = build(replace(spec, report=replace(spec.report, opaque=opaque))).report
    assert suite.verifier.describe(report[:-96]).driverVersion == b"5" * 64


def test_firmware_of_the_report_must_be_that_of_the_certificate(judge, spec):
    other = spec.report.with_opaque(FieldType.FIRMWARE_ID, OTHER_DIGEST)
    verdict = judge(opaque=other)
    assert (verdict.outcome, verdict.reason) == ("Invalid", "FirmwareDiffers")
    # Reports of older firmware name none, and NVIDIA's verifier takes them.
    assert judge(opaque=spec.report.with_opaque(FieldType.FIRMWARE_ID, None)).outcome == "Accepted"


@pytest.mark.parametrize(
    ("form", "reason"),
    [(FirmwareForm.BLACKWELL, ""), (FirmwareForm.HOPPER, ""), (FirmwareForm.NONE, "FirmwareDiffers")],
)
def test_firmware_is_found_in_either_form_of_certificate(suite, at, form, reason):
    made = build(good(at, device=7, model="GB100", form=form))
    suite.enrol(made.chain)
    verdict = suite.judge(suite.evidence(made.report, made.chain), ALLOW_UNKNOWN_REFERENCES)
    assert verdict.reason == reason
    if not reason:
        assert bytes(verdict.raw.platformModel).rstrip(b"\0") == b"GB100"


def test_evidence_is_invalid_when_cut_short(suite, made):
    proof = suite.evidence(made.report, made.chain)
    for length in (0, 31, 32, 6319, 6320, 6321, 6320 + 37, 6320 + 37 + 138, len(proof) - 1):
        verdict = suite.judge(proof[:length], ALLOW_UNKNOWN_REFERENCES)
        assert verdict.outcome == "Invalid", length
        assert verdict.reason in ("ReportTooShort", "OpaqueLength"), length


def test_evidence_is_invalid_when_too_long(suite, made):
    proof = suite.evidence(made.report, made.chain)
    assert suite.judge(proof + bytes(16_385 - len(made.report))).reason == "ReportTooLong"
    for spare in (1, 96, 16_384 - len(made.report)):
        assert suite.judge(proof + bytes(spare)).reason == "OpaqueLength"


def test_report_is_invalid_when_any_signed_byte_is_changed(suite, made):
    proof = suite.evidence(made.report, made.chain)
    start = 6320
    for offset in (4, 35, 37 + 8 + 6, 37 + 8 + 7, 37 + 8 + 55 * 64 - 1, 37 + 8 + 3520, 37 + 8 + 3520 + 31):
        broken = bytearray(proof)
        broken[start + offset] ^= 1
        verdict = suite.judge(bytes(broken), ALLOW_UNKNOWN_REFERENCES)
        assert verdict.outcome == "Invalid", offset
        assert verdict.reason in ("ReportSignature", "MeasurementFormat"), offset


def test_report_is_invalid_when_hints_or_signature_are_changed(suite, made):
    proof = suite.evidence(made.report, made.chain)
    for position in (32, 79, 80, 6319, len(proof) - 96, len(proof) - 1):
        broken = bytearray(proof)
        broken[position] ^= 1
        assert suite.judge(bytes(broken), ALLOW_UNKNOWN_REFERENCES).reason == "ReportSignature", position
    for hints in (bytes(6288), b"\xff" * 6288):
        broken_hints = proof[:32] + hints + proof[6320:]
        assert suite.judge(broken_hints, ALLOW_UNKNOWN_REFERENCES).reason == "ReportSignature"


def test_report_is_invalid_when_signed_by_another_key(suite, spec, judge):
    other = build(replace(spec, report=replace(spec.report, signer="somebody else")))
    hints = suite.evidence(build(spec).report, other.chain)[32:6320]
    verdict = suite.judge(evidence(other.report, chain_ids(other.chain)[-1], hints), ALLOW_UNKNOWN_REFERENCES)
    assert (verdict.outcome, verdict.reason) == ("Invalid", "ReportSignature")


def test_signature_with_the_other_s_is_as_good(suite, made):
    r, s = made.report[-96:-48], int.from_bytes(made.report[-48:], "big")
    report = made.report[:-96] + r + (N - s).to_bytes(48, "big")
    assert suite.judge(suite.evidence(report, made.chain), ALLOW_UNKNOWN_REFERENCES).outcome == "Accepted"


def test_nonce_is_compared_when_it_is_asked_for(suite, made):
    proof = suite.evidence(made.report, made.chain)
    nonce = made.report[4:36]
    assert suite.verifier.judgeFor(proof, ALLOW_UNKNOWN_REFERENCES, nonce).outcome == 2
    for other in (bytes(32), nonce[:-1] + bytes([nonce[-1] ^ 1]), made.report[37 + 8 + 3520 :][:32]):
        verdict = suite.verifier.judgeFor(proof, ALLOW_UNKNOWN_REFERENCES, other)
        assert (verdict.outcome, bytes(verdict.reason).rstrip(b"\0")) == (0, b"NonceWrong")
    verdict = suite.verifier.judgeFor(proof[:6321], ALLOW_UNKNOWN_REFERENCES, nonce)
    assert bytes(verdict.reason).rstrip(b"\0") == b"ReportTooShort"


def test_verify_says_what_judge_says_and_keeps_nothing(suite, made):
    proof = suite.evidence(made.report, made.chain)
    receipt = suite.verifier.verify(proof, ALLOW_UNKNOWN_REFERENCES, sender=suite.sender)
    (event,) = receipt.decode_logs(suite.verifier.EvidenceJudged)
    assert event.outcome == 2
    assert event.platform == suite.verifier.judge(proof, ALLOW_UNKNOWN_REFERENCES).platform
    bad = suite.verifier.verify(proof[:-1], 0, sender=suite.sender)
    (event,) = bad.decode_logs(suite.verifier.EvidenceJudged)
    assert (event.outcome, bytes(event.reason).rstrip(b"\0")) == (0, b"OpaqueLength")
    assert bad.gas_used < 600_000


def test_no_verdict_depends_on_the_gas_sent(suite, made):
    proof = suite.evidence(made.report, made.chain)
    refused = judged = 0
    for gas in (*range(500_000, 1_500_000, 125_000), 2_500_000):
        try:
            receipt = suite.verifier.verify(proof, ALLOW_UNKNOWN_REFERENCES, sender=suite.sender, gas_limit=gas)
        except (ContractLogicError, OutOfGasError, TransactionError):
            refused += 1
            continue
        (event,) = receipt.decode_logs(suite.verifier.EvidenceJudged)
        assert event.outcome == 2, gas
        judged += 1
    assert refused > 0 < judged


def test_describe_names_what_is_unreadable(project, suite, made):
    with ape.reverts(suite.verifier.ReportUnreadable, reason=b"ReportTooShort".ljust(32, b"\0")):
        suite.verifier.describe(made.report[:100])
    with ape.reverts(suite.verifier.ReportUnreadable, reason=b"OpaqueLength".ljust(32, b"\0")):
        suite.verifier.describe(made.report)
