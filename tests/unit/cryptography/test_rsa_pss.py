# SPDX-License-Identifier: Apache-2.0
"""RSA-4096 PSS with SHA-384 against an independent library, hand-made encodings and AMD's certificates."""

from __future__ import annotations

import hashlib
import random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

DIGEST = hashlib.sha384(b"a certificate to be signed").digest()


def pss(salt_length: int = 48, mgf_hash=None) -> padding.PSS:
    return padding.PSS(padding.MGF1(mgf_hash or hashes.SHA384()), salt_length)


@pytest.fixture(scope="module")
def contract(project, deployer):
    return deployer.deploy(project.MockRsaPss)


@pytest.fixture(scope="session")
def private():
    return rsa.generate_private_key(65537, 4096)


@pytest.fixture(scope="session")
def modulus(private) -> int:
    return private.public_key().public_numbers().n


@pytest.fixture(scope="session")
def signature(private) -> int:
    return int.from_bytes(private.sign(DIGEST, pss(), Prehashed(hashes.SHA384())), "big")


def accepts(contract, digest: bytes, signature: int | bytes, modulus: int | bytes) -> bool:
    numbers = [value.to_bytes(512, "big") if isinstance(value, int) else value for value in (signature, modulus)]
    return contract.verify(digest[:32], digest[32:], *numbers)


def sign_encoding(private, encoded: bytes) -> int:
    """A number whose public operation gives these 512 bytes: the private one, without any padding."""
    numbers = private.private_numbers()
    return pow(int.from_bytes(encoded, "big"), numbers.d, numbers.public_numbers.n)


def encode(
    digest: bytes,
    salt: bytes = b"\x5a" * 48,
    trailer: int = 0xBC,
    separator: int = 1,
    first_padding: int = 0,
    last_padding: int = 0,
    top_bit: int = 0,
    db_hash: bytes | None = None,
) -> bytes:
    """EMSA-PSS-ENCODE (RFC 8017, section 9.1.1) for emBits = 4095, with every field settable."""
    h = db_hash or hashlib.sha384(bytes(8) + digest + salt).digest()
    zeros = bytearray(463 - 1 - len(salt))
    zeros[0], zeros[-1] = first_padding, last_padding or zeros[-1]
    db = bytes(zeros) + bytes([separator]) + salt
    mask = b"".join(hashlib.sha384(h + i.to_bytes(4, "big")).digest() for i in range(10))[:463]
    masked = bytearray(a ^ b for a, b in zip(db, mask, strict=True))
    masked[0] = masked[0] & 0x7F | top_bit << 7
    return bytes(masked) + h + bytes([trailer])


def test_signature_of_the_library_is_accepted(contract, private, modulus):
    for i in range(4):
        digest = hashlib.sha384(bytes([i])).digest()
        signed = private.sign(digest, pss(), Prehashed(hashes.SHA384()))
        assert accepts(contract, digest, signed, modulus)


def test_encoding_made_here_is_accepted_when_nothing_is_changed(contract, private, modulus):
    assert accepts(contract, DIGEST, sign_encoding(private, encode(DIGEST)), modulus)


def test_first_bit_of_the_padding_is_ignored_as_the_standard_says(contract, private, modulus):
    # It is above emBits: section 9.1.2 clears it in DB, so it is the mask's business alone.
    assert accepts(contract, DIGEST, sign_encoding(private, encode(DIGEST, first_padding=0x80)), modulus)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"trailer": 0xBD}, id="trailer"),
        pytest.param({"trailer": 0xCC}, id="trailer of an implicit hash"),
        pytest.param({"separator": 2}, id="separator"),
        pytest.param({"separator": 0}, id="no separator"),
        pytest.param({"first_padding": 0x40}, id="first zero"),
        pytest.param({"first_padding": 0x01}, id="first zero, low bit"),
        pytest.param({"last_padding": 1}, id="last zero"),
        pytest.param({"salt": b"\x5a" * 47}, id="short salt"),
        pytest.param({"salt": b"\x5a" * 49}, id="long salt"),
        pytest.param({"salt": b""}, id="no salt"),
        pytest.param({"db_hash": b"\x11" * 48}, id="hash"),
    ],
)
def test_encoding_is_refused_when_a_field_is_changed(contract, private, modulus, changes):
    assert not accepts(contract, DIGEST, sign_encoding(private, encode(DIGEST, **changes)), modulus)


def test_encoding_is_refused_when_its_top_bit_is_set(contract, private, modulus):
    encodings = (encode(DIGEST, i.to_bytes(48, "big"), top_bit=1) for i in range(10_000))
    encoded = next(encoding for encoding in encodings if int.from_bytes(encoding, "big") < modulus)
    assert not accepts(contract, DIGEST, sign_encoding(private, encoded), modulus)


def test_signature_is_refused_for_another_digest(contract, signature, modulus):
    for position in (0, 31, 32, 47):
        other = bytearray(DIGEST)
        other[position] ^= 1
        assert not accepts(contract, bytes(other), signature, modulus)


def test_signature_is_refused_when_a_bit_is_changed(contract, signature, modulus):
    for bit in random.Random(0).sample(range(4095), 6):
        assert not accepts(contract, DIGEST, signature ^ 1 << bit, modulus)


def test_signature_is_refused_when_it_is_not_below_the_modulus(contract, private, modulus):
    for i in range(10**6):
        signature = sign_encoding(private, encode(DIGEST, i.to_bytes(48, "big")))
        if signature + modulus < 2**4096:
            break
    assert accepts(contract, DIGEST, signature, modulus)
    assert not accepts(contract, DIGEST, signature + modulus, modulus)


def test_trivial_signatures_are_refused(contract, modulus):
    for signature in (0, 1, modulus - 1, modulus):
        assert not accepts(contract, DIGEST, signature, modulus)


def test_signature_is_refused_when_a_length_is_wrong(contract, signature, modulus):
    s, n = signature.to_bytes(512, "big"), modulus.to_bytes(512, "big")
    assert accepts(contract, DIGEST, s, n)
    for wrong in (s[1:], s[:-1], b"\x00" + s, b""):
        assert not accepts(contract, DIGEST, wrong, n)
    for wrong in (n[1:], n[:-1], b"\x00" + n, b""):
        assert not accepts(contract, DIGEST, s, wrong)


@pytest.fixture(scope="session")
def short_key():
    """A key of 4095 bits."""
    return rsa.generate_private_key(65537, 4095)


def encoding_below(bound: int) -> bytes:
    """A right encoding that is below the bound as a number."""
    encodings = (encode(DIGEST, i.to_bytes(48, "big")) for i in range(10_000))
    return next(encoding for encoding in encodings if int.from_bytes(encoding, "big") < bound)


def test_modulus_of_4095_bits_is_refused(contract, short_key):
    n = short_key.public_key().public_numbers().n
    encoded = encoding_below(n)
    signature = sign_encoding(short_key, encoded)
    assert pow(signature, 65537, n) == int.from_bytes(encoded, "big")
    assert not accepts(contract, DIGEST, signature, n)


def test_even_modulus_is_refused(contract, short_key):
    # n = 2m has 4096 bits, and everything else is right: modulo m by the private key, modulo 2 by parity.
    m = short_key.public_key().public_numbers().n
    encoded = encoding_below(m)
    signature = sign_encoding(short_key, encoded)
    signature += m * (signature % 2)
    assert pow(signature, 65537, 2 * m) == int.from_bytes(encoded, "big")
    assert not accepts(contract, DIGEST, signature, 2 * m)


def test_other_schemes_of_the_library_are_refused(contract, private, modulus):
    prehashed = Prehashed(hashes.SHA384())
    for scheme in (pss(32), pss(0), pss(padding.PSS.MAX_LENGTH), pss(48, hashes.SHA256()), padding.PKCS1v15()):
        assert not accepts(contract, DIGEST, private.sign(DIGEST, scheme, prehashed), modulus)


@pytest.mark.parametrize("product", ["milan", "genoa", "turin"])
def test_amds_certificates_are_accepted(contract, evidence_dir, product):
    ask, ark = x509.load_pem_x509_certificates((evidence_dir / "amd" / f"{product}.ask_ark.pem").read_bytes())
    modulus = ark.public_key().public_numbers().n
    for certificate in (ask, ark):
        digest = hashlib.sha384(certificate.tbs_certificate_bytes).digest()
        assert accepts(contract, digest, certificate.signature, modulus)
        assert not accepts(contract, DIGEST, certificate.signature, modulus)
