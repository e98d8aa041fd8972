# SPDX-License-Identifier: Apache-2.0
"""NvidiaReferences, and how reports are compared with what stands there."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import ape
import pytest

from pha.attestation.nvidia.generator import build, good
from pha.attestation.nvidia.opaque import FieldType
from pha.attestation.nvidia.references import driver_id, driver_version_id, encode_entries, vbios_id
from pha.attestation.nvidia.report import parse_report
from tests.unit.attestation.nvidia_suite import (
    ALLOW_UNKNOWN_REFERENCES,
    OUT_OF_DATE,
    UP_TO_DATE,
    VERSION_REVOKED,
    NvidiaSuite,
)

OTHER = hashlib.sha384(b"other").digest()
DECODER = 36


pytestmark = pytest.mark.usefixtures("stranger")  # asked for before the chain is set up


@pytest.fixture(scope="module")
def spec(chain):
    return good(chain.pending_timestamp)


@pytest.fixture(scope="module")
def made(spec):
    return build(spec)


@pytest.fixture(scope="module")
def suite(project, deployer, made):
    deployed = NvidiaSuite(project, deployer, made.chain.root.der)
    deployed.enrol(made.chain)
    return deployed


@pytest.fixture(scope="module")
def measured(made):
    """What the report measures, by index."""
    return {block.index: (block.value,) for block in parse_report(made.report).answer.blocks}


@pytest.fixture(scope="module")
def ids(made):
    """Ids of the driver's set and of the VBIOS's."""
    opaque = parse_report(made.report).answer.opaque
    return driver_id(made.chain.model, opaque), vbios_id(opaque)


@pytest.fixture(scope="module")
def proof(suite, made):
    return suite.evidence(made.report, made.chain)


@pytest.fixture
def judge(suite, proof, ids):
    """Callable `(driver, vbios)`: the verdict on the good report with these sets; None for no set."""

    def judged(driver, vbios, allowances=0, status=(UP_TO_DATE, UP_TO_DATE), evidence=proof):
        for set_id, values, judged_as in zip(ids, (driver, vbios), status, strict=True):
            if values is not None:
                suite.put_set(set_id, values, judged_as)
        verdict = suite.judge(evidence, allowances)
        return verdict.outcome, verdict.reason, verdict.status

    return judged


def test_report_is_accepted_when_both_sets_match(judge, measured):
    driver, vbios = {1: measured[1], 64: measured[64]}, {2: measured[2]}
    assert judge(driver, vbios) == ("Accepted", "", "UpToDate")


def test_every_measurement_counts(judge, suite, measured, ids, proof):
    assert judge({1: measured[1]}, {2: measured[2]})[0] == "Accepted"
    for index in (2, 17, 35, 37, 64):
        suite.put_set(ids[0], {index: measured[index], 1: measured[1]} if index != 2 else {1: measured[1]})
        suite.put_set(ids[1], {index: (OTHER,)} if index == 2 else {2: measured[2]})
        if index != 2:
            assert suite.judge(proof).outcome == "Accepted", index
            suite.put_set(ids[0], {index: (OTHER,)})
        assert suite.judge(proof).reason == "MeasurementMismatch", index


@pytest.mark.parametrize("position", [0, 1, 2])
def test_any_of_several_values_will_do(judge, measured, position):
    values = [OTHER, OTHER[::-1]]
    values.insert(position, measured[5][0])
    assert judge({5: tuple(values)}, {2: measured[2]}) == ("Accepted", "", "UpToDate")


@pytest.mark.parametrize("bit", [0, 255, 256, 383])
def test_value_that_differs_in_one_bit_is_refused(judge, measured, bit):
    near = (int.from_bytes(measured[5][0], "big") ^ 1 << bit).to_bytes(48, "big")
    assert judge({5: (near,)}, {2: measured[2]}) == ("Refused", "MeasurementMismatch", "None")
    # The neighbours' values don't help.
    assert judge({5: (measured[4][0], measured[6][0])}, {2: measured[2]})[1] == "MeasurementMismatch"


def test_report_is_refused_when_the_vbios_differs(judge, measured):
    assert judge({5: measured[5]}, {2: (OTHER,)}) == ("Refused", "MeasurementMismatch", "None")


def test_report_is_refused_when_a_version_is_unknown(judge, suite, measured, proof):
    assert judge(None, None) == ("Refused", "DriverUnknown", "None")
    assert judge({5: measured[5]}, None) == ("Refused", "VbiosUnknown", "None")


def test_allowance_is_for_what_is_unknown_only(judge, suite, measured, ids, proof):
    assert judge(None, None, ALLOW_UNKNOWN_REFERENCES) == ("Accepted", "", "None")
    assert judge({5: measured[5]}, None, ALLOW_UNKNOWN_REFERENCES) == ("Accepted", "", "None")
    assert judge({5: (OTHER,)}, None, ALLOW_UNKNOWN_REFERENCES) == ("Refused", "MeasurementMismatch", "None")
    assert judge({5: measured[5]}, {2: (OTHER,)}, ALLOW_UNKNOWN_REFERENCES)[1] == "MeasurementMismatch"
    assert judge(None, {2: measured[2]}, ALLOW_UNKNOWN_REFERENCES | 2**255) == ("Accepted", "", "UpToDate")
    suite.references.setStatus(ids[0], VERSION_REVOKED, "test", sender=suite.sender)
    assert suite.judge(proof, ALLOW_UNKNOWN_REFERENCES).reason == "VersionRevoked"


def test_other_allowances_allow_nothing(suite, proof):
    assert suite.judge(proof, 2**256 - 2).reason == "DriverUnknown"


def test_both_sets_naming_one_measurement_is_refused(judge, measured):
    assert judge({5: measured[5]}, {5: measured[5]}) == ("Refused", "ReferencesConflict", "None")


def test_measurement_that_the_report_has_not_is_refused(judge, measured):
    assert judge({65: (OTHER,)}, {2: measured[2]}) == ("Refused", "MeasurementMissing", "None")
    assert judge({255: (OTHER,)}, {2: measured[2]})[1] == "MeasurementMissing"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (b"\x55", "Accepted"),
        (b"\xaa", "Refused"),
        (b"\x00", "Refused"),
        (b"\x55\x00", "Refused"),
        (b"", "Refused"),
        (None, "Refused"),
    ],
)
def test_decoders_measurement_counts_unless_it_is_off(judge, suite, spec, measured, status, expected):
    opaque = spec.report.with_opaque(FieldType.NVDEC0_STATUS, status)
    other = build(replace(spec, report=replace(spec.report, opaque=opaque)))
    evidence = suite.evidence(other.report, other.chain)
    assert judge({DECODER: (OTHER,)}, {2: measured[2]}, evidence=evidence)[0] == expected
    assert judge({DECODER: measured[DECODER]}, {2: measured[2]}, evidence=evidence)[0] == "Accepted"
    assert judge({DECODER - 1: (OTHER,)}, {2: measured[2]}, evidence=evidence)[0] == "Refused"


@pytest.mark.parametrize(
    ("driver", "vbios", "outcome", "status"),
    [
        (UP_TO_DATE, UP_TO_DATE, "Accepted", "UpToDate"),
        (OUT_OF_DATE, UP_TO_DATE, "Accepted", "OutOfDate"),
        (UP_TO_DATE, OUT_OF_DATE, "Accepted", "OutOfDate"),
        (VERSION_REVOKED, OUT_OF_DATE, "Refused", "Revoked"),
        (UP_TO_DATE, VERSION_REVOKED, "Refused", "Revoked"),
    ],
)
def test_worse_status_counts(judge, measured, driver, vbios, outcome, status):
    judged = judge({5: measured[5]}, {2: measured[2]}, status=(driver, vbios))
    assert (judged[0], judged[2]) == (outcome, status)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (FieldType.DRIVER_VERSION, b"590.13\0", "DriverUnknown"),
        (FieldType.DRIVER_VERSION, b"590.12", ""),
        (FieldType.DRIVER_VERSION, None, "DriverUnknown"),
        (FieldType.VBIOS_VERSION, bytes.fromhex("00a5009602000000"), "VbiosUnknown"),
        (FieldType.VBIOS_VERSION, bytes.fromhex("00a5009601000001"), "VbiosUnknown"),
        (FieldType.VBIOS_VERSION, None, "VbiosUnknown"),
        (FieldType.PROJECT, b"G521\0", "VbiosUnknown"),
        (FieldType.PROJECT, b"\0\0\0\0\0", "VbiosUnknown"),
        (FieldType.PROJECT_SKU, b"0201\0", "VbiosUnknown"),
        (FieldType.CHIP_SKU, b"886\0", "VbiosUnknown"),
        (FieldType.CHIP_SKU, b"885", ""),
    ],
)
def test_sets_belong_to_one_version_on_one_board(judge, suite, spec, measured, kind, value, reason):
    other = build(replace(spec, report=replace(spec.report, opaque=spec.report.with_opaque(kind, value))))
    evidence = suite.evidence(other.report, other.chain)
    assert judge({5: measured[5]}, {2: measured[2]}, evidence=evidence)[1] == reason


def test_ids_keep_neighbouring_texts_apart(suite):
    """`12` and `3` are not `1` and `23`."""
    version = bytes(8)
    a = suite.references.vbiosId(b"12", b"3", b"4", version)
    b = suite.references.vbiosId(b"1", b"23", b"4", version)
    assert a != b
    model = b"GH100".ljust(32, b"\0")
    assert suite.references.driverId(model, b"590.12") == driver_version_id("GH100", "590.12")
    assert suite.references.driverId(model, b"590.12") != driver_version_id("GB100", "590.12")


@pytest.mark.parametrize(
    ("entries", "position"),
    [
        (b"", 0),
        (b"\1", 0),
        (b"\0\1" + OTHER, 0),
        (b"\1\0", 0),
        (b"\1\1" + OTHER[:-1], 50),
        (b"\1\1" + OTHER + b"\2", 50),
        (b"\1\1" + OTHER + b"\1\1" + OTHER, 50),
        (b"\2\1" + OTHER + b"\1\1" + OTHER, 50),
        (b"\1\2" + OTHER, 98),
    ],
)
def test_set_is_refused_when_malformed(suite, ids, entries, position):
    with ape.reverts(suite.references.EntriesMalformed, position=position):
        suite.references.putSet(ids[0], entries, UP_TO_DATE, "test", sender=suite.sender)


@pytest.mark.parametrize("status", [0, 2, 3, 4, 6, 8, 9])
def test_set_is_refused_with_a_status_no_version_has(suite, ids, measured, status):
    with ape.reverts(suite.references.StatusUnsupported, status=status):
        suite.put_set(ids[0], {1: measured[1]}, status)


def test_sets_are_put_by_the_role_alone(suite, ids, measured, stranger):
    entries = encode_entries({1: measured[1]})
    with ape.reverts():
        suite.references.putSet(ids[0], entries, UP_TO_DATE, "test", sender=stranger)
    suite.put_set(ids[0], {1: measured[1]})
    with ape.reverts():
        suite.references.setStatus(ids[0], OUT_OF_DATE, "test", sender=stranger)
    with ape.reverts(suite.references.SetUnknown):
        suite.references.setStatus(ids[1], OUT_OF_DATE, "test", sender=suite.sender)


def test_epoch_moves_with_changes_and_not_with_new_sets(suite, ids, measured, proof, judge):
    assert suite.references.epoch() == 0
    judge({1: measured[1]}, {2: measured[2]})
    assert suite.references.epoch() == 0
    assert suite.verifier.judge(proof, 0).evaluationNumber == 0
    receipt = suite.references.setStatus(ids[0], OUT_OF_DATE, "advisory", sender=suite.sender)
    (event,) = receipt.decode_logs(suite.references.SetPut)
    assert (bytes(event.id), event.status, event.revision, event.source) == (ids[0], OUT_OF_DATE, 3, "advisory")
    assert suite.references.epoch() == 1
    suite.put_set(ids[1], {3: measured[3]})
    assert suite.references.epoch() == 2
    verdict = suite.verifier.judge(proof, 0)
    assert (verdict.evaluationNumber, verdict.status) == (2, OUT_OF_DATE)
    kept = suite.references.getSet(ids[1])
    assert (kept.status, kept.revision) == (UP_TO_DATE, 4)


@pytest.mark.parametrize(("status", "moves"), [(UP_TO_DATE, 0), (OUT_OF_DATE, 1), (VERSION_REVOKED, 1)])
def test_first_set_moves_the_epoch_when_it_counts_against_its_version(suite, ids, measured, proof, status, moves):
    """Who allowed unknown references may have accepted the version before, and has to learn of it."""
    before = suite.references.epoch()
    accepted = suite.judge(proof, ALLOW_UNKNOWN_REFERENCES)
    assert accepted.outcome == "Accepted"
    suite.put_set(ids[0], {1: measured[1]}, status)
    assert suite.references.epoch() == before + moves
    judged = suite.verifier.judge(proof, ALLOW_UNKNOWN_REFERENCES)
    assert judged.evaluationNumber == before + moves
    assert suite.judge(proof, ALLOW_UNKNOWN_REFERENCES).outcome == (
        "Refused" if status == VERSION_REVOKED else "Accepted"
    )


def test_full_set_of_64_measurements_with_alternatives_fits(suite, ids, measured, proof):
    values = {index: (OTHER,) * 6 + measured[index] for index in range(1, 65)}
    suite.put_set(ids[0], values)
    assert suite.judge(proof).reason == "VbiosUnknown"
    assert suite.judge(proof, ALLOW_UNKNOWN_REFERENCES).outcome == "Accepted"
