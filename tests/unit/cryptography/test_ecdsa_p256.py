# SPDX-License-Identifier: Apache-2.0
"""P-256 signatures by `cryptography`, checked through the precompile (anvil) and in Solidity (both)."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF


@pytest.fixture(scope="module")
def p256(project, deployer):
    return deployer.deploy(project.MockEcdsaP256)


@pytest.fixture(scope="module", params=["verify", "verifyInSolidity"])
def check(request, p256):
    """Either way of checking a signature."""
    return getattr(p256, request.param)


def signed(seed: int, message: bytes) -> tuple[bytes, int, int, int, int]:
    key = ec.derive_private_key(seed, ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    point = key.public_key().public_numbers()
    return hashlib.sha256(message).digest(), r, s, point.x, point.y


@pytest.mark.parametrize("seed", [1, 2, 2**200 + 7, N - 1])
def test_signature_verifies_with_either_s(seed, check):
    digest, r, s, x, y = signed(seed, b"message %d" % seed)
    assert check(digest, r, s, x, y)
    assert check(digest, r, N - s, x, y)


@pytest.mark.parametrize("part", range(5), ids=["digest", "r", "s", "x", "y"])
def test_signature_fails_when_one_bit_differs(part, check):
    values = list(signed(5, b"message"))
    if part == 0:
        values[0] = bytes([values[0][0] ^ 1]) + values[0][1:]
    else:
        values[part] ^= 1
    assert not check(*values)


@pytest.mark.parametrize(
    "change",
    [
        {1: 0},
        {2: 0},
        {1: N},
        {2: N},
        {1: 2**256 - 1},
        {2: 2**256 - 1},
        {3: 0, 4: 0},
        {3: P},
        {4: P},
        {3: 2**256 - 1, 4: 2**256 - 1},
    ],
    ids=str,
)
def test_signature_fails_when_a_number_is_out_of_range(change, check):
    values = list(signed(6, b"message"))
    for part, value in change.items():
        values[part] = value
    assert not check(*values)


def test_numbers_are_not_taken_modulo_the_order(check):
    digest, r, s, x, y = signed(7, b"message")
    assert not check(digest, (r + N) % 2**256, s, x, y)
    assert not check(digest, r, (s + N) % 2**256, x, y)
