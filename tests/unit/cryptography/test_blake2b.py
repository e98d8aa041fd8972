# SPDX-License-Identifier: Apache-2.0
"""Blake2b against the standard library's implementation, and against published digests."""

import hashlib

import pytest

LENGTHS = [0, 1, 3, 31, 32, 33, 63, 64, 65, 79, 125, 127, 128, 129, 192, 255, 256, 257, 384, 511, 512, 513, 1000, 5006]


@pytest.fixture(scope="module")
def blake2b(project, deployer):
    return deployer.deploy(project.MockBlake2b)


def pattern(length: int) -> bytes:
    """Bytes that differ from block to block, so that a block skipped or read twice shows."""
    return b"".join(i.to_bytes(2, "big") for i in range((length + 1) // 2))[:length]


@pytest.mark.parametrize("length", LENGTHS)
def test_hash256_equals_hashlib_when_length_is(blake2b, length):
    data = pattern(length)
    assert blake2b.hash256(data) == hashlib.blake2b(data, digest_size=32).digest()


def test_hash256_counts_over_sixteen_bits_when_input_is_long(blake2b):
    # 65,536 and 65,664 bytes: the third byte of the counter is used, at a block's end and past it.
    for length in (1 << 16, (1 << 16) + 128):
        data = pattern(length)
        assert blake2b.hash256(data) == hashlib.blake2b(data, digest_size=32).digest()


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        # Published digests of BLAKE2b-256, not computed here.
        (b"", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
        (b"abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
    ],
    ids=["empty", "abc"],
)
def test_hash256_equals_published_digest(blake2b, text, digest):
    assert blake2b.hash256(text).hex().removeprefix("0x") == digest


def test_hash256_differs_when_zeros_are_appended(blake2b):
    # The padding of the last block must not make two inputs one.
    assert len({bytes(blake2b.hash256(bytes(n))) for n in range(127, 131)}) == 4


@pytest.mark.parametrize("length", [0, 5, 128, 300])
def test_hash256_leaves_other_memory_alone(blake2b, length):
    digest, left, middle, right = blake2b.hash256AmongOthers(b"\xaa" * 45, pattern(length), b"\xbb" * 77)
    assert digest == hashlib.blake2b(pattern(length), digest_size=32).digest()
    assert (left, middle, right) == (b"\xaa" * 45, pattern(length), b"\xbb" * 77)
