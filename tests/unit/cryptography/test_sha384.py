# SPDX-License-Identifier: Apache-2.0
"""SHA-384 against FIPS 180-4's examples and against hashlib."""

from __future__ import annotations

import hashlib
import random

import pytest

MILLION_A = "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985"

# NIST's examples for FIPS 180-4, and the empty message.
STANDARD = {
    b"": "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
    b"abc": "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    b"".join(b"abcdefghijklmnopqrstu"[i : i + 8] for i in range(14)): (
        "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039"
    ),
}


@pytest.fixture(scope="module")
def sha384(project, deployer):
    return deployer.deploy(project.MockSha384)


def digest(contract, data: bytes) -> bytes:
    return b"".join(contract.digest(data))


@pytest.mark.parametrize("data", STANDARD, ids=lambda data: f"{len(data)} bytes")
def test_digest_is_the_standards(sha384, data):
    assert digest(sha384, data).hex() == STANDARD[data]


def test_digest_is_hashlibs_at_every_length_to_300(sha384):
    data = random.Random(384).randbytes(300)
    expected = b"".join(hashlib.sha384(data[:length]).digest() for length in range(301))
    assert sha384.digestsOfPrefixes(data, 0, 300) == expected


@pytest.mark.parametrize("fill", [b"\x00", b"\xff", b"\x80", b"\x7f"], ids=lambda fill: fill.hex())
def test_digest_is_hashlibs_for_uniform_bytes(sha384, fill):
    assert digest(sha384, fill * 256) == hashlib.sha384(fill * 256).digest()


@pytest.mark.parametrize("length", [1023, 4096, 10_111, 10_112])
def test_digest_is_hashlibs_for_long_data(sha384, length):
    data = random.Random(length).randbytes(length)
    assert digest(sha384, data) == hashlib.sha384(data).digest()


def test_digest_leaves_its_input_and_other_memory_alone(sha384):
    # The mock hashes prefixes of one copy again and again, and appends to what it has: both orders must agree.
    data = random.Random(1).randbytes(260)
    both = sha384.digestsOfPrefixes(data, 250, 260)
    assert both == b"".join(digest(sha384, data[:length]) for length in range(250, 261))


@pytest.mark.deep
def test_digest_is_hashlibs_for_a_million_a(sha384):
    data = b"a" * 1_000_000
    assert hashlib.sha384(data).hexdigest() == MILLION_A
    assert digest(sha384, data[:100_000]) == hashlib.sha384(data[:100_000]).digest()


@pytest.mark.deep
def test_digest_is_hashlibs_for_random_data(sha384):
    rng = random.Random(2)
    for _ in range(40):
        data = rng.randbytes(rng.randrange(2000))
        first = rng.randrange(len(data) + 1)
        last = min(len(data), first + 50)
        expected = b"".join(hashlib.sha384(data[:length]).digest() for length in range(first, last + 1))
        assert sha384.digestsOfPrefixes(data, first, last) == expected
