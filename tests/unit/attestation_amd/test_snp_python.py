# SPDX-License-Identifier: Apache-2.0
"""Python's side of SEV-SNP: parsers, generator, verdict, plans and the command."""

from __future__ import annotations

import base64
from dataclasses import fields, replace

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from eth_utils import keccak

from pha.attestation.amd.calldata import authority_key, endorsement_key, evidence
from pha.attestation.amd.certificate import parse_certificate, parse_revocation_list
from pha.attestation.amd.enrolment import remaining
from pha.attestation.amd.files import certificates_of, is_amd_root, is_snp_report, read_chain
from pha.attestation.amd.generator import DEFAULT_AT, Extension, KeyRing, build, good, issue, issue_crl
from pha.attestation.amd.generator.prime_offsets import OFFSETS, SEED
from pha.attestation.amd.generator.rsa_keys import EXPONENT, find_offset, rsa_key
from pha.attestation.amd.judge import ALLOWANCES, Chain, judge_report
from pha.attestation.amd.product import Product, TcbVersion
from pha.attestation.amd.report import LAYOUT, SIGNED_BYTES, parse_report, read_report
from pha.attestation.intel import der
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.refusal import RefusedError
from pha.cryptography.p384_table_job import Stage
from scripts.attest import cli

DAY = 86_400


@pytest.fixture(scope="module")
def milan():
    return build(good())


def chain_of(made, **changes) -> Chain:
    parsed = Chain(
        parse_certificate(made.endorsement),
        parse_certificate(made.authority),
        parse_certificate(made.root),
        parse_revocation_list(made.crl),
    )
    return replace(parsed, **changes)


def pem(*certificates: bytes) -> bytes:
    return b"".join(
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(data) + b"-----END CERTIFICATE-----\n"
        for data in certificates
    )


# --- reports ---


def test_layout_fills_the_signed_part():
    assert sum(size for _, size, _ in LAYOUT) == SIGNED_BYTES == 0x2A0


@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_report_is_the_same_when_parsed_and_written(version):
    raw = build(good(Product.TURIN, version)).report
    assert parse_report(raw).to_bytes() == raw


def test_every_field_of_a_report_stands_where_amds_table_has_it(milan):
    """Offsets of AMD 56860, table ATTESTATION_REPORT."""
    offsets = {"policy": 0x08, "vmpl": 0x30, "current_tcb": 0x38, "platform_info": 0x40, "signer_info": 0x48}
    offsets |= {"report_data": 0x50, "measurement": 0x90, "host_data": 0xC0, "id_key_digest": 0xE0}
    offsets |= {"author_key_digest": 0x110, "report_id": 0x140, "report_id_ma": 0x160, "reported_tcb": 0x180}
    offsets |= {"cpuid_family": 0x188, "chip_id": 0x1A0, "committed_tcb": 0x1E0, "current_build": 0x1E8}
    offsets |= {"committed_build": 0x1EC, "launch_tcb": 0x1F0, "launch_mitigations": 0x1F8}
    offsets |= {"current_mitigations": 0x200, "reserved_208": 0x208}
    for name, offset in offsets.items():
        raw = bytearray(milan.report)
        raw[offset] ^= 0xFF
        changed = read_report(bytes(raw))
        differing = {
            field.name
            for field in fields(changed)
            if getattr(changed, field.name) != getattr(milan.parsed_report, field.name)
        }
        assert differing == {name}


def test_parser_names_the_field_and_place_that_is_wrong(milan):
    with pytest.raises(MalformedEvidenceError, match=r"^report: has 1184 bytes, not 1183$"):
        parse_report(milan.report[:-1])
    bad = bytearray(milan.report)
    bad[0x1EB] = 1
    with pytest.raises(MalformedEvidenceError, match=r"^report\.reserved_1eb at byte 491: not zero$"):
        parse_report(bytes(bad))


def test_tcb_versions_are_laid_out_as_each_line_has_them():
    levels = TcbVersion(boot_loader=1, tee=2, snp=3, microcode=4, fmc=5)
    assert levels.to_bytes(Product.GENOA).hex() == "0102000000000304"
    assert levels.to_bytes(Product.TURIN).hex() == "0501020300000004"
    assert TcbVersion.from_bytes(bytes.fromhex("0501020300000004"), Product.TURIN) == levels


# --- certificates and the generator ---


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("product", list(Product), ids=lambda product: product.title)
def test_generated_chain_is_good_in_the_eyes_of_an_independent_library(product):
    made = build(good(product, 3))
    root, authority, leaf = (
        x509.load_der_x509_certificate(raw) for raw in (made.root, made.authority, made.endorsement)
    )
    root.verify_directly_issued_by(root)
    authority.verify_directly_issued_by(root)
    leaf.verify_directly_issued_by(authority)
    crl = x509.load_der_x509_crl(made.crl)
    assert crl.is_signature_valid(root.public_key())
    for certificate in (root, authority, leaf):
        assert isinstance(certificate.signature_algorithm_parameters, padding.PSS)
    assert isinstance(leaf.public_key().curve, ec.SECP384R1)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert root.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    assert not authority.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_parsers_read_what_an_independent_library_reads(milan):
    for raw in (milan.root, milan.authority, milan.endorsement):
        mine, theirs = parse_certificate(raw), x509.load_der_x509_certificate(raw)
        assert mine.serial == theirs.serial_number
        assert mine.not_before == int(theirs.not_valid_before_utc.timestamp())
        assert mine.not_after == int(theirs.not_valid_after_utc.timestamp())
        assert mine.subject == theirs.subject.public_bytes()
        assert mine.issuer == theirs.issuer.public_bytes()
        assert mine.tbs == theirs.tbs_certificate_bytes
    ring = KeyRing(SEED)
    crl = issue_crl(ring, replace(milan.spec.crl, revoked=(1, 2**150)))
    mine, theirs = parse_revocation_list(crl), x509.load_der_x509_crl(crl)
    assert list(mine.serials) == [entry.serial_number for entry in theirs]
    assert mine.number == theirs.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    assert mine.next_update == int(theirs.next_update_utc.timestamp())


def test_equal_specs_give_equal_bytes():
    first, second = build(good(Product.GENOA, 5)), build(good(Product.GENOA, 5))
    assert (first.report, first.endorsement, first.crl) == (second.report, second.endorsement, second.crl)


def test_test_keys_are_proper_rsa_keys():
    for seed, label in OFFSETS:
        key = rsa_key(seed, label)
        assert key.modulus.bit_length() == 4096
        d = pow(EXPONENT, -1, (key.p - 1) * (key.q - 1))
        numbers = rsa.RSAPublicNumbers(EXPONENT, key.modulus)
        crt = (d % (key.p - 1), d % (key.q - 1), pow(key.q, -1, key.p))
        # The library checks that all of these belong together, and that both factors are prime.
        rsa.RSAPrivateNumbers(key.p, key.q, d, *crt, numbers).private_key()
    assert len({rsa_key(*name).modulus for name in OFFSETS}) == len(OFFSETS)


def test_search_for_primes_finds_the_first():
    assert find_offset(20_001 + 2 * 3) == 20_011 - 20_007
    assert find_offset(2**61 - 1) == 0
    assert find_offset(2**61 + 1) == 14


def read_whole(raw: bytes) -> tuple[Product, TcbVersion]:
    """What is read only when it is asked for, too."""
    parsed = parse_certificate(raw)
    return parsed.product, parsed.tcb


@pytest.mark.parametrize(
    ("vendor", "field"),
    [
        ({"product_name": None}, "certificate"),
        ({"product_name": "Venice-A0"}, "certificate.product_name"),
        ({"tcb": TcbVersion(tee=256)}, "certificate.tee"),
        ({"extra": (Extension("1.2.3", b"", True),)}, "certificate.extensions"),
        ({"extra": (Extension("1.3.6.1.4.1.3704.1.2", b""),)}, "certificate.extensions"),
    ],
    ids=str,
)
def test_certificates_parser_names_the_field_that_is_wrong(vendor, field, milan):
    spec = milan.spec.endorsement
    raw = issue(KeyRing(SEED), replace(spec, vendor=replace(spec.vendor, **vendor)))
    with pytest.raises(MalformedEvidenceError) as caught:
        read_whole(raw)
    assert caught.value.field == field


def test_certificates_parser_refuses_what_is_cut_or_bent(milan):
    for raw in (b"", milan.endorsement[:-1], milan.endorsement + b"\0", milan.authority[:900], milan.report):
        with pytest.raises(MalformedEvidenceError):
            parse_certificate(raw)
    for raw in (b"", milan.crl[:-1], milan.endorsement):
        with pytest.raises(MalformedEvidenceError):
            parse_revocation_list(raw)
    with pytest.raises(MalformedEvidenceError, match="not a P-384 key"):
        endorsement_key(milan.authority)
    with pytest.raises(MalformedEvidenceError, match="not an RSA key"):
        authority_key(milan.endorsement)


def test_hardware_id_may_stand_in_an_octet_string(milan):
    spec = milan.spec.endorsement
    wrapped = replace(spec.vendor, hardware_id=der.encode(der.OCTET_STRING, b"\7" * 64))
    assert parse_certificate(issue(KeyRing(SEED), replace(spec, vendor=wrapped))).hardware_id == b"\7" * 64


# --- the verdict ---


@pytest.mark.parametrize("product", list(Product), ids=lambda product: product.title)
def test_judge_takes_good_evidence_until_the_first_window_ends(product):
    made = build(good(product, 3))
    assert judge_report(made.parsed_report, chain_of(made), DEFAULT_AT) == made.spec.crl.next_update


@pytest.mark.parametrize(
    ("report", "rule"),
    [
        ({"policy": 0x30000 | 1 << 19}, "debug"),
        ({"policy": 0x30000 | 1 << 18}, "migration"),
        ({"chip_id": bytes(64)}, "masked_chip"),
        ({"vmpl": 2}, "lower_vmpl"),
    ],
    ids=str,
)
def test_judge_refuses_by_default_what_can_be_allowed(report, rule):
    spec = good()
    made = build(replace(spec, report=replace(spec.report, **report)))
    with pytest.raises(RefusedError) as caught:
        judge_report(made.parsed_report, chain_of(made), DEFAULT_AT, set(ALLOWANCES) - {rule})
    assert (caught.value.rule, caught.value.policy) == (rule, True)
    judge_report(made.parsed_report, chain_of(made), DEFAULT_AT, {rule})


def test_judge_refuses_loaded_keys_and_missing_or_old_lists_unless_allowed(milan):
    loaded = build(good(loaded=True))
    with pytest.raises(RefusedError, match="loaded_key"):
        judge_report(loaded.parsed_report, chain_of(loaded), DEFAULT_AT)
    judge_report(loaded.parsed_report, chain_of(loaded), DEFAULT_AT, {"loaded_key"})
    with pytest.raises(RefusedError, match="stale_revocation"):
        judge_report(milan.parsed_report, chain_of(milan, crl=None), DEFAULT_AT)
    later = milan.spec.crl.next_update + 1
    with pytest.raises(RefusedError, match="stale_revocation"):
        judge_report(milan.parsed_report, chain_of(milan), later)
    until = judge_report(milan.parsed_report, chain_of(milan), later, {"stale_revocation"})
    assert until == milan.spec.endorsement.not_after


@pytest.mark.parametrize(
    ("part", "changes", "rule"),
    [
        ("endorsement", {"signer": "ask-genoa"}, "endorsement_signature"),
        ("endorsement", {"issuer_name": "SEV-Genoa"}, "endorsement_issuer"),
        ("endorsement", {"not_after": DEFAULT_AT - 1}, "endorsement_dates"),
        ("endorsement", {"not_before": DEFAULT_AT + 1}, "endorsement_dates"),
        ("endorsement", {"is_ca": True}, "endorsement_role"),
        ("endorsement", {"common_name": "SEV-OTHER"}, "endorsement_name"),
        ("endorsement", {"key": "another"}, "report_signature"),
        ("authority", {"signer": "ark-genoa"}, "authority_signature"),
        ("authority", {"usage": 0x02}, "authority_role"),
        ("authority", {"common_name": "SEV-Genoa"}, "endorsement_issuer"),
        ("root", {"usage": 0x04}, "root_role"),
        ("root", {"common_name": "ARK-Other"}, "root"),
        ("crl", {"signer": "ark-genoa"}, "crl_signature"),
        ("crl", {"issuer_name": "ARK-Genoa"}, "crl_issuer"),
        ("crl", {"revoked": (0x10001,)}, "authority_revoked"),
        ("crl", {"this_update": DEFAULT_AT + 1}, "crl_dates"),
        ("report", {"reported_tcb": bytes(8)}, "tcb"),
        ("report", {"chip_id": b"\1" * 64}, "chip"),
        ("report", {"signer_info": 4}, "signing_key"),
    ],
    ids=str,
)
def test_judge_refuses_whatever_is_allowed_what_proves_nothing(part, changes, rule):
    spec = good()
    made = build(replace(spec, **{part: replace(getattr(spec, part), **changes)}))
    with pytest.raises(RefusedError) as caught:
        judge_report(made.parsed_report, chain_of(made), DEFAULT_AT, ALLOWANCES)
    assert (caught.value.rule, caught.value.policy) == (rule, False)


# --- calldata and plans ---


def test_evidence_is_report_hints_and_certificate(milan):
    known = evidence(milan.report, milan.endorsement)
    assert known[:1184] == milan.report
    assert known[1184 + 6288 :] == keccak(milan.endorsement)
    brought = evidence(milan.report, milan.endorsement, 7)
    assert brought[: 1184 + 6288] == known[: 1184 + 6288]
    assert brought[1184 + 6288 :] == b"\7" + milan.endorsement


def test_evidence_is_not_made_of_a_signature_that_is_not_the_keys(milan):
    bad = bytearray(milan.report)
    bad[0x50] ^= 1
    with pytest.raises(MalformedEvidenceError, match=r"report\.signature"):
        evidence(bytes(bad), milan.endorsement)


class FakeState:
    """A chain on which some keys have got so far."""

    def __init__(self, stage: Stage, known: bool) -> None:
        self.stage, self.known = stage, known

    def table_stage(self, key_hash: bytes) -> Stage:
        assert len(key_hash) == 32
        return self.stage

    def has_authority(self, subject: bytes, modulus: bytes) -> bool:
        assert len(subject) == len(modulus) == 32
        return self.known


@pytest.mark.parametrize(
    ("stage", "known", "methods"),
    [
        (Stage.NOTHING, False, ["putAuthority", "proveTeeth", "proveTable"]),
        (Stage.TEETH, True, ["proveTable"]),
        (Stage.TABLE, True, []),
    ],
)
def test_plan_names_what_is_left_and_shows_progress(stage, known, methods, milan):
    seen = []

    def track(items, description, total=None):
        seen.append((description, total))
        return items

    authorities = [(Product.MILAN, milan.authority)]
    steps = list(remaining([milan.endorsement], authorities, FakeState(stage, known), track))
    assert [step.method for step in steps] == methods
    assert seen == [("chips", 1)]


# --- files and the command ---


def test_files_hold_der_or_pem(milan):
    assert certificates_of(milan.root, "root") == [milan.root]
    assert certificates_of(pem(milan.authority, milan.root), "chain") == [milan.authority, milan.root]
    with pytest.raises(MalformedEvidenceError, match="neither DER nor PEM"):
        certificates_of(b"nothing", "chain")
    with pytest.raises(MalformedEvidenceError, match="expected one certificate and two"):
        read_chain(milan.endorsement, pem(milan.root))
    assert not is_amd_root(pem(milan.authority, milan.root))
    assert is_snp_report(milan.report)
    assert not is_snp_report(milan.report + b"\0")


def test_real_evidence_holds_off_chain_too(evidence_dir):
    folder = evidence_dir / "amd"
    authorities = (folder / "milan.ask_ark.pem").read_bytes()
    assert is_amd_root(authorities)
    for name, allowed in (("milan", set()), ("milan_debug_policy", {"debug"})):
        report = parse_report((folder / f"{name}.report").read_bytes())
        chain = read_chain((folder / f"{name}.vcek.der").read_bytes(), authorities)
        judge_report(report, chain, DEFAULT_AT, {"stale_revocation", *allowed})
        if allowed:
            with pytest.raises(RefusedError, match="debug"):
                judge_report(report, chain, DEFAULT_AT, {"stale_revocation"})
    for product in Product:
        assert is_amd_root((folder / f"{product.title.lower()}.ask_ark.pem").read_bytes())


@pytest.fixture
def files(tmp_path, milan):
    parts = {
        "report": milan.report,
        "vcek": milan.endorsement,
        "chain": pem(milan.authority, milan.root),
        "crl": milan.crl,
        "hex": b"0x" + milan.report.hex().encode() + b"\n",
    }
    for name, data in parts.items():
        (tmp_path / name).write_bytes(data)
    return {name: str(tmp_path / name) for name in parts}


def show(*arguments):
    return CliRunner().invoke(cli, ["show", *arguments])


@pytest.mark.parametrize("form", ["report", "hex"])
def test_show_tells_every_field_of_a_report(form, files, milan):
    result = show(files[form])
    assert result.exit_code == 0, result.output
    for name, _, _ in LAYOUT:
        value = getattr(milan.parsed_report, name)
        if isinstance(value, bytes) and not name.startswith("reserved"):
            assert f"{name} " in result.output
            assert value.hex() in result.output
    assert "SMT, reserved one; ABI 0.0" in result.output
    assert "Verdict" not in result.output


def test_show_tells_the_verdict(files):
    certificates = ("--certificate", files["vcek"], "--authorities", files["chain"], "--crl", files["crl"])
    result = show(files["report"], *certificates, "--at", str(DEFAULT_AT))
    assert result.exit_code == 0, result.output
    assert "accepted" in result.output
    assert "NO: trusted because it was given" in result.output
    late = show(files["report"], *certificates, "--at", str(DEFAULT_AT + 400 * DAY))
    assert late.exit_code == 2
    assert "stale_revocation, by policy" in late.output
    allowed = show(files["report"], *certificates, "--at", str(DEFAULT_AT + 400 * DAY), "--allow", "stale_revocation")
    assert allowed.exit_code == 0, allowed.output


def test_show_says_in_one_line_what_is_wrong_with_a_file(files, tmp_path, milan):
    bad = bytearray(milan.report)
    bad[0x34] = 9
    (tmp_path / "bad").write_bytes(bytes(bad))
    result = show(str(tmp_path / "bad"))
    assert result.exit_code == 1
    assert result.output == "Error: report.signature_algorithm at byte 52: expected 1, found 9\n"
    swapped = show(files["report"], "--certificate", files["chain"], "--authorities", files["chain"])
    assert swapped.exit_code == 1
    assert "expected one certificate and two, found 2, 2" in swapped.output
