# SPDX-License-Identifier: Apache-2.0
"""Each rule about a report from both sides, with evidence that is signed properly and differs in one thing."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from eth_utils import keccak

from pha.attestation.amd.generator import build
from pha.attestation.amd.product import Product
from pha.attestation.amd.report import SnpReport, check_form
from pha.attestation.intel.errors import MalformedEvidenceError
from tests.unit.attestation_amd.snp_suite import (
    DEBUG,
    LOADED_KEY,
    LOWER_VMPL,
    MASKED_CHIP,
    MIGRATION,
    OUT_OF_DATE,
    UP_TO_DATE,
    text,
)

POLICY = 0x30000
ONES = {4: b"\0\0\0\1", 21: bytes(20) + b"\1", 1: b"\x80", 152: b"\1" + bytes(151)}


@pytest.fixture
def judge(suite, good_spec):
    """Callable `(report changes, product, version, loaded, allowances)`: the verdict on good evidence so changed."""

    def judged(changes=None, product=Product.MILAN, version=2, *, loaded=False, allowances=0):
        spec = good_spec(product, version, loaded=loaded)
        return suite.judge(build(replace(spec, report=replace(spec.report, **changes or {}))), allowances)

    return judged


@pytest.mark.parametrize("version", [2, 3, 4, 5])
@pytest.mark.parametrize("product", list(Product), ids=lambda product: product.title)
def test_judge_accepts_good_report_when_signed_by_the_chips_key(product, version, suite, good_spec):
    evidence = build(good_spec(product, version))
    judgement = suite.judge(evidence)
    assert judgement.words == ("Accepted", "")
    verdict = judgement.raw
    assert text(verdict.kind) == "amd.sev-snp"
    assert text(verdict.platformModel) == product.title
    assert int.from_bytes(verdict.collateral, "big") == product
    assert verdict.platform == keccak(evidence.report[0x1A0:0x1E0])
    assert verdict.certificate == keccak(evidence.endorsement)
    assert verdict.report == evidence.report[:0x2A0]
    assert verdict.report[0x50:0x90] == hashlib.sha512(b"report data").digest()
    assert verdict.status == UP_TO_DATE
    assert verdict.evaluationNumber == 1
    # The list's end is the earliest of all windows.
    assert verdict.validUntil == evidence.spec.crl.next_update
    assert list(verdict.advisories) == []


@pytest.mark.parametrize(
    ("version", "changes", "reason"),
    [
        (2, {"version": 1}, "ReportVersion"),
        (5, {"version": 6}, "ReportVersion"),
        (2, {"version": 0x1_0002}, "ReportVersion"),
        (2, {"signature_algorithm": 0}, "SignatureAlgorithm"),
        (2, {"signature_algorithm": 2}, "SignatureAlgorithm"),
        (2, {"signer_info": 2 << 2}, "SigningKey"),
        (2, {"signer_info": 6 << 2}, "SigningKey"),
        (2, {"signer_info": 7 << 2}, "SigningKey"),
        (2, {"vmpl": 4}, "VmplNone"),
        (2, {"vmpl": 0xFFFFFFFF}, "VmplNone"),
        (2, {"policy": POLICY & ~(1 << 17)}, "PolicyReserved"),
        (2, {"policy": POLICY | 1 << 26}, "PolicyReserved"),
        (2, {"policy": POLICY | 1 << 63}, "PolicyReserved"),
        (2, {"platform_info": 1 << 8}, "PlatformInfoReserved"),
        (2, {"platform_info": 1 << 63}, "PlatformInfoReserved"),
        (2, {"signer_info": 1 << 5}, "ReservedNotZero"),
        (2, {"signer_info": 1 << 31}, "ReservedNotZero"),
        (2, {"reserved_4c": ONES[4]}, "ReservedNotZero"),
        (2, {"reserved_18b": ONES[21]}, "ReservedNotZero"),
        (3, {"reserved_18b": b"\1" + bytes(20)}, "ReservedNotZero"),
        (2, {"reserved_1eb": ONES[1]}, "ReservedNotZero"),
        (2, {"reserved_1ef": ONES[1]}, "ReservedNotZero"),
        (2, {"reserved_208": ONES[152]}, "ReservedNotZero"),
        (5, {"reserved_208": ONES[152]}, "ReservedNotZero"),
        (5, {"reserved_208": bytes(151) + b"\1"}, "ReservedNotZero"),
        (2, {"cpuid_family": 0x19}, "ReservedNotZero"),
        (2, {"cpuid_model": 1}, "ReservedNotZero"),
        (2, {"cpuid_stepping": 1}, "ReservedNotZero"),
        (4, {"launch_mitigations": 1}, "ReservedNotZero"),
        (3, {"current_mitigations": 1 << 63}, "ReservedNotZero"),
    ],
    ids=str,
)
def test_judge_finds_report_invalid_when_its_form_is_wrong(version, changes, reason, judge, good_spec):
    assert judge(changes, version=version).words == ("Invalid", reason)
    # Python's parser agrees.
    report: SnpReport = good_spec(version=version).report
    check_form(report)
    with pytest.raises(MalformedEvidenceError):
        check_form(replace(report, **changes))


@pytest.mark.parametrize(
    ("version", "changes"),
    [
        (2, {"policy": POLICY | (0x3FF ^ 0b1110) << 16 | 0x0137}),  # every bit but migration and debug
        (2, {"platform_info": 0xFF}),
        (2, {"signer_info": 0b11}),
        (5, {"launch_mitigations": 2**64 - 1, "current_mitigations": 2**64 - 1}),
        (2, {"guest_svn": 0xFFFFFFFF, "host_data": b"\xff" * 32, "author_key_digest": b"\xff" * 48}),
        (3, {"cpuid_stepping": 0xFF}),
    ],
    ids=str,
)
def test_judge_accepts_report_when_defined_fields_are_as_large_as_can_be(version, changes, judge):
    assert judge(changes, version=version).words == ("Accepted", "")


@pytest.mark.parametrize(
    "position",
    [
        0x2A0 + 48,  # r above its 48 bytes
        0x2A0 + 71,
        0x2A0 + 72 + 48,  # s above its
        0x2A0 + 143,
        0x2A0 + 144,  # behind both
        0x2A0 + 300,
        0x2A0 + 479,
        0x2A0 + 480,
        0x2A0 + 511,
    ],
)
def test_judge_finds_report_invalid_when_anything_stands_beside_r_and_s(position, suite, good_spec):
    raw = bytearray(suite.with_certificate(build(good_spec())))
    raw[position] = 1
    assert suite.judge_raw(bytes(raw)).words == ("Invalid", "SignatureForm")


@pytest.mark.parametrize("byte", [0, 31, 63])
def test_judge_finds_report_invalid_when_it_is_another_chips(byte, judge, good_spec):
    chip = bytearray(good_spec().report.chip_id)
    chip[byte] ^= 1
    assert judge({"chip_id": bytes(chip)}).words == ("Invalid", "ChipMismatch")
    assert judge({"chip_id": bytes(chip)}, allowances=MASKED_CHIP).words == ("Invalid", "ChipMismatch")


@pytest.mark.parametrize("byte", [8, 63])
def test_judge_finds_turin_report_invalid_when_its_chip_id_is_longer_than_eight_bytes(byte, judge, good_spec):
    chip = bytearray(good_spec(Product.TURIN).report.chip_id)
    chip[byte] = 1
    assert judge({"chip_id": bytes(chip)}, Product.TURIN, 3).words == ("Invalid", "ChipMismatch")


@pytest.mark.parametrize("byte", range(8))
@pytest.mark.parametrize("product", [Product.MILAN, Product.TURIN], ids=lambda product: product.title)
def test_judge_finds_report_invalid_when_its_reported_tcb_is_not_the_keys(product, byte, judge, good_spec):
    for step in (-1, 1):
        tcb = bytearray(good_spec(product).report.reported_tcb)
        tcb[byte] = (tcb[byte] + step) % 256
        assert judge({"reported_tcb": bytes(tcb)}, product).words == ("Invalid", "TcbMismatch")


@pytest.mark.parametrize(
    ("product", "processors"),
    [
        (Product.MILAN, [(0x19, 0x00), (0x19, 0x01), (0x19, 0x0F)]),
        (Product.GENOA, [(0x19, 0x10), (0x19, 0x1F), (0x19, 0xA0), (0x19, 0xAF)]),
        (Product.TURIN, [(0x1A, 0x00), (0x1A, 0x02), (0x1A, 0x11), (0x1A, 0x1F)]),
    ],
    ids=["Milan", "Genoa", "Turin"],
)
def test_judge_accepts_report_when_its_processor_is_of_the_certificates_line(product, processors, judge):
    for family, model in processors:
        changes = {"cpuid_family": family, "cpuid_model": model}
        assert judge(changes, product, 3).words == ("Accepted", ""), changes


@pytest.mark.parametrize(
    ("product", "processors"),
    [
        (Product.MILAN, [(0x19, 0x10), (0x19, 0xA0), (0x1A, 0x01), (0x17, 0x01), (0, 0)]),
        (Product.GENOA, [(0x19, 0x0F), (0x19, 0x20), (0x19, 0x9F), (0x19, 0xB0), (0x1A, 0x11)]),
        (Product.TURIN, [(0x1A, 0x20), (0x19, 0x02), (0x1B, 0x02)]),
    ],
    ids=["Milan", "Genoa", "Turin"],
)
def test_judge_finds_report_invalid_when_its_processor_is_of_another_line(product, processors, judge):
    for family, model in processors:
        changes = {"cpuid_family": family, "cpuid_model": model}
        assert judge(changes, product, 3).words == ("Invalid", "ProductMismatch"), changes


def test_judge_finds_report_invalid_when_it_names_the_other_kind_of_key(judge):
    assert judge({"signer_info": 1 << 2}).words == ("Invalid", "SigningKeyMismatch")
    assert judge({"signer_info": 0}, loaded=True, allowances=LOADED_KEY).words == ("Invalid", "SigningKeyMismatch")


def test_judge_finds_report_invalid_when_another_key_signed_it(suite, good_spec):
    spec = replace(good_spec(), report_signer="vcek-genoa")
    assert suite.judge(build(spec)).words == ("Invalid", "ReportSignature")


@pytest.mark.parametrize(
    ("changes", "allowance", "reason"),
    [
        ({"policy": POLICY | 1 << 19}, DEBUG, "Debug"),
        ({"policy": POLICY | 1 << 18}, MIGRATION, "Migration"),
        ({"chip_id": bytes(64)}, MASKED_CHIP, "MaskedChip"),
        ({"vmpl": 1}, LOWER_VMPL, "LowerVmpl"),
        ({"vmpl": 3}, LOWER_VMPL, "LowerVmpl"),
    ],
    ids=str,
)
def test_judge_refuses_by_default_what_a_policy_can_allow(changes, allowance, reason, judge):
    assert judge(changes).words == ("Refused", reason)
    assert judge(changes, allowances=0xFF ^ allowance).words == ("Refused", reason)
    assert judge(changes, allowances=allowance).words == ("Accepted", "")


def test_platform_is_the_certificates_when_the_report_masks_it(judge, good_spec):
    verdict = judge({"chip_id": bytes(64)}, allowances=MASKED_CHIP)
    assert verdict.raw.platform == keccak(good_spec().report.chip_id)


def test_loaded_key_is_refused_unless_allowed_and_names_the_reports_chip(judge, good_spec):
    assert judge(loaded=True).words == ("Refused", "LoadedKey")
    verdict = judge(loaded=True, allowances=LOADED_KEY)
    assert verdict.words == ("Accepted", "")
    assert verdict.raw.platform == keccak(good_spec(loaded=True).report.chip_id)
    # The key's own end, which is before the list's.
    assert verdict.raw.validUntil == good_spec(loaded=True).endorsement.not_after


def test_loaded_key_names_no_platform_when_the_chip_is_masked(judge):
    masked = {"chip_id": bytes(64)}
    assert judge(masked, loaded=True, allowances=LOADED_KEY).words == ("Refused", "MaskedChip")
    verdict = judge(masked, loaded=True, allowances=LOADED_KEY | MASKED_CHIP)
    assert verdict.words == ("Accepted", "")
    assert verdict.raw.platform == bytes(32)


@pytest.mark.parametrize("field", ["current_tcb", "committed_tcb", "launch_tcb", "reported_tcb"])
@pytest.mark.parametrize("product", [Product.GENOA, Product.TURIN], ids=lambda product: product.title)
def test_judge_refuses_report_when_one_tcb_is_below_the_floor(product, field, suite, judge, good_spec):
    good = good_spec(product).report.reported_tcb
    used = [byte for byte in range(8) if good[byte]]
    suite.set_floor(product, tcb=int.from_bytes(good, "little"))
    assert judge(product=product).words == ("Accepted", "")
    for byte in used:
        lower = bytearray(good)
        lower[byte] -= 1
        if field == "reported_tcb":
            # A report whose reported TCB differs from its key's is invalid before: raise the floor instead.
            higher = bytearray(good)
            higher[byte] += 1
            suite.set_floor(product, tcb=int.from_bytes(higher, "little"))
            found = judge(product=product)
        else:
            found = judge({field: bytes(lower)}, product)
        assert found.words == ("Refused", "TcbBelowFloor")
        assert found.raw.status == OUT_OF_DATE


def test_judge_compares_tcb_byte_by_byte(suite, judge, good_spec):
    """A high microcode level makes up for nothing below it."""
    good = good_spec().report.reported_tcb
    suite.set_floor(Product.MILAN, tcb=int.from_bytes(bytes([good[0], 0, 0, 0, 0, 0, good[6], good[7]]), "little"))
    changed = bytes([good[0] - 1, 255, 255, 255, 255, 255, 255, 255])
    assert judge({"current_tcb": changed}).words == ("Refused", "TcbBelowFloor")


@pytest.mark.parametrize(
    ("floor", "below", "enough", "reason"),
    [
        ({"reportVersion": 3}, (2, {}), (3, {}), "VersionBelowFloor"),
        ({"abi": 0x0137}, (3, {"policy": POLICY | 0x0136}), (3, {"policy": POLICY | 0x0137}), "AbiBelowFloor"),
        ({"abi": 0x0137}, (3, {"policy": POLICY | 0x00FF}), (3, {"policy": POLICY | 0x0200}), "AbiBelowFloor"),
        ({"policySet": 1 << 20}, (3, {}), (3, {"policy": POLICY | 1 << 20}), "GuestPolicy"),
        ({"policyClear": 1 << 16}, (3, {}), (3, {"policy": 1 << 17}), "GuestPolicy"),
        ({"policyClear": 1 << 21}, (3, {"policy": POLICY | 1 << 21}), (3, {}), "GuestPolicy"),
        ({"platformSet": 1 << 5}, (3, {"platform_info": 1}), (3, {"platform_info": 1 << 5}), "PlatformInfo"),
        ({"platformClear": 1}, (3, {"platform_info": 1}), (3, {"platform_info": 2}), "PlatformInfo"),
        ({"launchMitigations": 6}, (5, {"launch_mitigations": 2}), (5, {"launch_mitigations": 7}), "Mitigations"),
        ({"currentMitigations": 6}, (5, {"current_mitigations": 4}), (5, {"current_mitigations": 6}), "Mitigations"),
        ({"currentMitigations": 1}, (4, {}), (5, {}), "Mitigations"),
    ],
    ids=str,
)
def test_judge_refuses_report_when_it_is_below_the_floor(floor, below, enough, reason, suite, judge):
    suite.set_floor(Product.MILAN, **floor)
    assert judge(below[1], version=below[0]).words == ("Refused", reason)
    assert judge(enough[1], version=enough[0]).words == ("Accepted", "")
    # Another line's floor is its own.
    assert judge(product=Product.GENOA).words == ("Accepted", "")


def test_verdict_bears_the_revision_of_the_floor_it_was_judged_by(suite, judge):
    suite.set_floor(Product.MILAN)
    suite.set_floor(Product.MILAN, reportVersion=2)
    assert judge().raw.evaluationNumber == 3
    assert judge(product=Product.GENOA).raw.evaluationNumber == 1
