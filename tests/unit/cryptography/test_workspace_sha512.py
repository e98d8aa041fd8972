# SPDX-License-Identifier: Apache-2.0
"""SHA-512 against the examples of FIPS 180-4, NIST's CAVP messages and hashlib."""

from __future__ import annotations

import hashlib
from importlib import resources

import pytest

# NIST, "Examples with Intermediate Values" for SHA-512.
EXAMPLES = {
    b"abc": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    b"".join(b"abcdefghijklmnopqrstu"[i : i + 8] for i in range(14)): (
        "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
        "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"
    ),
}


@pytest.mark.parametrize("message", EXAMPLES, ids=("one block", "two blocks"))
def test_digest_equals_published_example(sha512, message):
    assert b"".join(sha512.digest(message)).hex() == EXAMPLES[message]


def test_digest_agrees_with_hashlib_at_every_length(sha512, rng, some):
    lengths = [*range(301), 383, 384, 511, 512, 1000, 4096]
    for length in some(lengths, 10):
        data = rng.randbytes(length)
        assert b"".join(sha512.digest(data)) == hashlib.sha512(data).digest(), length


def test_digest_agrees_with_hashlib_when_bits_are_all_one(sha512):
    for length in (111, 112, 127, 128):
        assert b"".join(sha512.digest(b"\xff" * length)) == hashlib.sha512(b"\xff" * length).digest()


def test_digest_equals_nist_short_messages(sha512, some):
    vectors = pytest.importorskip("cryptography_vectors", reason="NIST's messages come with cryptography_vectors")
    folder = resources.files(vectors) / "hashes" / "SHA2"
    fields = [line.split(" = ") for line in (folder / "SHA512ShortMsg.rsp").read_text().splitlines() if " = " in line]
    values = [value.strip() for name, value in fields if name in ("Len", "Msg", "MD")]
    cases = list(zip(values[0::3], values[1::3], values[2::3], strict=True))
    assert len(cases) > 100
    for bits, message, expected in some(cases, 5):
        assert b"".join(sha512.digest(bytes.fromhex(message)[: int(bits) // 8])).hex() == expected
