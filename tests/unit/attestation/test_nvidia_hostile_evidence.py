# SPDX-License-Identifier: Apache-2.0
"""Evidence made to mislead: certificates broken byte by byte and signed anew, and reports changed at random."""

from __future__ import annotations

import random
from dataclasses import replace

import ape
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from eth_tester.exceptions import TransactionFailed
from web3.exceptions import Web3Exception

from pha.attestation.intel.der import encode, object_id, sequence
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.nvidia.calldata import certificate_hints, chain_ids, evidence
from pha.attestation.nvidia.generator import build, good
from pha.attestation.nvidia.generator.build import unsigned_report
from pha.attestation.nvidia.opaque import FieldType
from pha.attestation.nvidia.report import parse_report
from tests.unit.attestation.nvidia_suite import ALLOW_UNKNOWN_REFERENCES, NvidiaSuite

DEVICE, REPORT_KEY = 3, 4
BIT_STRING = 0x03
ECDSA_SHA384 = sequence(object_id("1.2.840.10045.4.3.3"))
ROUNDS = 60


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


def changed(spec, position: int, **changes):
    certificates = list(spec.certificates)
    certificates[position] = replace(certificates[position], **changes)
    return build(replace(spec, certificates=tuple(certificates))).chain.certificates[position]


def sign_anew(spec, position: int, signed: bytes, algorithm: bytes = ECDSA_SHA384, unused_bits: int = 0):
    """A certificate around a signed part, and its signature: r then s, by the issuer's own key."""
    pair = spec.keys.sign(spec.certificates[position - 1].key, signed)
    r, s = int.from_bytes(pair[:48], "big"), int.from_bytes(pair[48:], "big")
    signature = encode(BIT_STRING, bytes([unused_bits]) + encode_dss_signature(r, s))
    return sequence(signed, algorithm, signature), pair


def put(suite, made, position: int, der: bytes, signed: bytes, pair: bytes):
    issuer = made.chain.certificates[position - 1]
    hints = suite.tables.hints(issuer.point, signed, pair)
    return suite.certificates.put(der, chain_ids(made.chain)[position - 1], hints, sender=suite.sender)


def last_replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    start = data.rindex(old)
    return data[:start] + new + data[start + len(old) :]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a003020102", "a003020101", "CertificateVersion"),
        ("06082a8648ce3d040303", "06082a8648ce3d040302", "AlgorithmsDiffer"),
        ("0603551d0e", "0603551d0f", "ExtensionRepeated"),
        ("0603551d13", "0603551d0f", None),
        ("0101ff", "010101", "ExtensionMalformed"),
        ("0603550406", "0603550403", "CommonNameRepeated"),
        ("2b81040022", "2b81040023", "KeyUnsupported"),
        ("2a8648ce3d0201", "2a8648ce3d0202", "KeyUnsupported"),
        ("03620004", "03620104", "KeyUnsupported"),
        ("03620004", "03620002", "KeyUnsupported"),
        ("170d", "180d", None),
        ("300a06082a8648ce3d040303", "310a06082a8648ce3d040303", None),
    ],
)
def test_certificate_is_refused_when_its_signed_part_is_not_as_demanded(suite, spec, made, old, new, expected):
    """Each old text stands in the certificate; the last place where it does is changed, and all is signed anew."""
    good_one = changed(spec, DEVICE, serial=21)
    signed = last_replaced(good_one.signed, bytes.fromhex(old), bytes.fromhex(new))
    der, pair = sign_anew(spec, DEVICE, signed)
    if expected is None:
        with ape.reverts():
            put(suite, made, DEVICE, der, signed, pair)
        return
    reason = expected.encode().ljust(32, b"\0")
    with ape.reverts(suite.certificates.CertificateUnreadable, reason=reason):
        put(suite, made, DEVICE, der, signed, pair)


def test_certificate_signed_anew_is_taken_when_nothing_is_changed(suite, spec, made):
    good_one = changed(spec, DEVICE, serial=21)
    der, pair = sign_anew(spec, DEVICE, good_one.signed)
    put(suite, made, DEVICE, der, good_one.signed, pair)


def test_certificate_is_refused_when_its_shell_is_not_as_demanded(suite, spec, made):
    signed = changed(spec, DEVICE, serial=22).signed
    der, pair = sign_anew(spec, DEVICE, signed)
    inner = sequence(*(encode(0x02, part) for part in (pair[:48].lstrip(b"\0"), pair[48:].lstrip(b"\0"))))
    shells = [
        sign_anew(spec, DEVICE, signed, sequence(object_id("1.2.840.10045.4.3.2")))[0],
        sign_anew(spec, DEVICE, signed, sequence(object_id("1.2.840.10045.4.3.3"), b"\5\0"))[0],
        sign_anew(spec, DEVICE, signed, unused_bits=1)[0],
        sequence(signed, ECDSA_SHA384, encode(0x04, der[-104:])),
        sequence(signed, ECDSA_SHA384, encode(BIT_STRING, b"")),
        sequence(signed, ECDSA_SHA384, encode(BIT_STRING, b"\0")),
        sequence(signed, ECDSA_SHA384, encode(BIT_STRING, b"\0" + inner + b"\0")),
        sequence(signed, ECDSA_SHA384, encode(BIT_STRING, b"\0" + sequence(encode(0x02, bytes(50))))),
        sequence(signed, ECDSA_SHA384),
        sequence(signed, ECDSA_SHA384, der[-106:], b"\5\0"),
    ]
    for shell in shells:
        with ape.reverts():
            put(suite, made, DEVICE, shell, signed, pair)


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        ("2.5.29.19", "3003020100"),
        ("2.5.29.19", "3003010100"),
        ("2.5.29.19", "30060101ff020180"),
        ("2.5.29.19", "30070101ff02020001"),
        ("2.5.29.19", "30030101ff00"),
        ("2.5.29.19", "0101ff"),
    ],
)
def test_certificate_is_refused_when_its_constraints_are_malformed(suite, spec, oid, value):
    certificate = changed(spec, DEVICE, is_ca=None, extra=((oid, bytes.fromhex(value), True),))
    issuer = build(spec).chain.certificates[DEVICE - 1]
    hints = certificate_hints(certificate, issuer, suite.tables)
    with ape.reverts():
        suite.certificates.put(certificate.der, chain_ids(build(spec).chain)[DEVICE - 1], hints, sender=suite.sender)


def is_refused(certificates, *arguments) -> bool:
    """Whether `put` would revert: asked without ape, which traces each failed call and takes its time."""
    call = {"to": certificates.address, "data": bytes(certificates.put.encode_input(*arguments))}
    try:
        certificates.provider.web3.eth.call(call)
    except (Web3Exception, TransactionFailed):
        return True
    return False


def test_no_changed_byte_of_a_certificate_is_taken(suite, spec, made):
    certificate = changed(spec, REPORT_KEY, serial=23)
    hints = certificate_hints(certificate, made.chain.device, suite.tables)
    issuer = chain_ids(made.chain)[DEVICE]
    assert not is_refused(suite.certificates, certificate.der, issuer, hints)
    source = random.Random(384)
    for position in sorted(source.sample(range(len(certificate.der)), ROUNDS)):
        broken = bytearray(certificate.der)
        broken[position] ^= 1 << source.randrange(8)
        assert is_refused(suite.certificates, bytes(broken), issuer, hints), position


def outcome_in_python(report: bytes, firmware: bytes) -> str:
    """What the Python reader says of a report whose signature is good."""
    try:
        opaque = parse_report(report).answer.opaque
    except MalformedEvidenceError:
        return "Invalid"
    named = opaque.get(FieldType.FIRMWARE_ID)
    # The chain of blocks takes a firmware id's hash; there is none whose hash is zero.
    return "Accepted" if named in (None, firmware) else "Invalid"


def judge_changed(suite, spec, made, rounds: int, seed: int) -> set[str]:
    """Reports changed at random and properly signed get the same outcome on chain as in Python."""
    source = random.Random(seed)
    unsigned = unsigned_report(spec.report)
    structured = [*range(4), *range(36, 52), *range(45 + 3520 + 32, len(unsigned))]
    seen = set()
    for number in range(rounds):
        data = bytearray(unsigned)
        for _ in range(source.choice((1, 1, 2))):
            position = source.choice(structured) if source.random() < 0.9 else source.randrange(len(data))
            position %= len(data)  # a piece may have gone already
            action = source.random()
            if action < 0.6:
                data[position] = source.choice((0, 1, 3, 6, 0x11, 0x33, 0x55, 0x60, 0xFF, source.randrange(256)))
            elif action < 0.8:
                del data[position : position + source.choice((1, 4, 55))]
            else:
                data[position:position] = source.randbytes(source.choice((1, 4, 55)))
        report = bytes(data) + spec.keys.sign(spec.report.signer, bytes(data))
        verdict = suite.judge(suite.evidence(report, made.chain), ALLOW_UNKNOWN_REFERENCES)
        assert verdict.outcome == outcome_in_python(report, spec.firmware), (number, verdict.reason)
        seen.add(verdict.reason)
    return seen


def test_changed_reports_are_judged_as_in_python(suite, spec, made):
    assert len(judge_changed(suite, spec, made, ROUNDS, 1)) > 4


@pytest.mark.deep
def test_hundreds_of_changed_reports_are_judged_as_in_python(suite, spec, made):
    judge_changed(suite, spec, made, 800, 2)


def test_no_changed_byte_of_evidence_is_accepted(suite, spec, made):
    proof = suite.evidence(made.report, made.chain)
    source = random.Random(97)
    for position in source.sample(range(len(proof)), ROUNDS):
        broken = bytearray(proof)
        broken[position] ^= 1 << source.randrange(8)
        verdict = suite.judge(bytes(broken), ALLOW_UNKNOWN_REFERENCES)
        assert (verdict.outcome, bytes(verdict.raw.report)) == ("Invalid", b""), position
        assert verdict.reason


def test_random_bytes_are_invalid_by_name(suite, made):
    source = random.Random(11)
    leaf = chain_ids(made.chain)[-1]
    for length in (0, 1, 32, 33, 6320, 6321, 7000, 10_594):
        verdict = suite.judge(source.randbytes(length))
        assert (verdict.outcome, bool(verdict.reason)) == ("Invalid", True)
        verdict = suite.judge(evidence(source.randbytes(length), leaf, bytes(6288)))
        assert (verdict.outcome, bool(verdict.reason)) == ("Invalid", True)


def test_worst_malformed_evidence_has_bounded_gas(suite, spec, made):
    """The longest report there may be, whose form is good and whose signature is not."""
    opaque = ((99, bytes(16_384 - 37 - 138 - 55 * 64 - 4)),)
    other = build(replace(spec, report=replace(spec.report, opaque=opaque, signature=b"\1" * 96)))
    assert len(other.report) == 16_384
    receipt = suite.verifier.verify(
        evidence(other.report, chain_ids(made.chain)[-1], bytes(6288)), 0, sender=suite.sender
    )
    (event,) = receipt.decode_logs(suite.verifier.EvidenceJudged)
    assert bytes(event.reason).rstrip(b"\0") == b"ReportSignature"
    assert receipt.gas_used < 4_500_000
