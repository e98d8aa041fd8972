# SPDX-License-Identifier: Apache-2.0
"""DER read strictly (X.690): every tag, length and number form, from both sides."""

from __future__ import annotations

import pytest
from sha3 import keccak_256

from tests.direct_call import failure, refusal

BOOLEAN, INTEGER, OCTETS, SEQUENCE = 0x01, 0x02, 0x04, 0x30
NOTHING_LEFT = 0x100


@pytest.fixture(scope="module")
def cursor(project, deployer):
    return deployer.deploy(project.MockDerCursor)


def header(tag: int, length: int) -> bytes:
    """Tag and length in the one form DER has for it (X.690 8.1.3 and 10.1)."""
    if length < 0x80:
        return bytes([tag, length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits


def element(tag: int, content: bytes) -> bytes:
    return header(tag, len(content)) + content


def integer(content: bytes) -> bytes:
    return element(INTEGER, content)


def malformed(expected: int, found: int) -> tuple[str, tuple[int, int]]:
    return "MalformedDer", (expected, found)


def broke(method, *arguments) -> tuple[str, tuple[int, ...]]:
    error = failure(method, *arguments)
    return error.name, error.values


def test_peek_gives_the_tag_and_nothing_past_the_end(cursor):
    data = bytes([SEQUENCE, 0])
    assert cursor.peek(data, 2) == SEQUENCE
    assert cursor.peek(data, 0) == NOTHING_LEFT
    assert cursor.peek(b"", 0) == NOTHING_LEFT


@pytest.mark.parametrize("length", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
def test_read_gives_the_content_for_every_length_form(cursor, length):
    start = len(header(OCTETS, length))
    data = element(OCTETS, bytes(length)) + b"\xff\xff"
    assert cursor.read(data, len(data), OCTETS) == (start, start + length)
    assert cursor.read(data, start + length, OCTETS) == (start, start + length)
    assert cursor.skip(data, len(data), OCTETS) == start + length


@pytest.mark.parametrize("length", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
def test_read_fails_when_the_surroundings_end_first(cursor, length):
    data = element(OCTETS, bytes(length))
    edges = {1, 2, 3, 4, len(data) - 1} & set(range(1, len(data)))
    for size in edges:
        # The bytes are there, beyond the end: they must not be taken.
        assert broke(cursor.read, data, size, OCTETS) == malformed(0, OCTETS), size
    assert broke(cursor.read, data, 0, OCTETS) == malformed(OCTETS, NOTHING_LEFT)


def test_read_fails_when_the_tag_is_another(cursor):
    data = element(OCTETS, b"x")
    assert broke(cursor.read, data, 3, SEQUENCE) == malformed(SEQUENCE, OCTETS)
    assert broke(cursor.skip, data, 3, SEQUENCE) == malformed(SEQUENCE, OCTETS)


@pytest.mark.parametrize(
    "head",
    [
        "0480",  # indefinite length
        "048100",  # a length that fits one byte, in two
        "04817f",
        "04820000",  # zeros in front
        "04820080",
        "048200ff",
        "0483000100",
        "0483008000",
        "048400000001",  # more bytes than any transaction could fill
        "04ff",  # reserved
    ],
)
def test_read_fails_when_the_length_is_not_in_its_one_form(cursor, head):
    data = bytes.fromhex(head) + bytes(70_000)
    assert broke(cursor.read, data, len(data), OCTETS) == malformed(0, OCTETS)


@pytest.mark.parametrize("number", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 2**64, 2**255 - 1, 2**255, 2**256 - 1])
def test_read_uint_gives_the_number(cursor, number):
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")  # X.690 8.3.2: the shortest, sign bit clear
    data = integer(content) + b"\xff"
    assert cursor.readUint(data, len(data)) == (number, len(data) - 1)


@pytest.mark.parametrize(
    "content",
    [
        "",  # no byte at all
        "80",  # negative
        "ff",
        "ff00",
        "0000",  # zeros in front that nothing needs
        "007f",
        "0001",
        "01" + "00" * 32,  # more than a word holds
        "00ff" + "00" * 32,
    ],
)
def test_read_uint_fails_when_the_number_is_not_canonical_or_too_large(cursor, content):
    data = integer(bytes.fromhex(content)) + bytes(40)
    assert broke(cursor.readUint, data, len(data)) == malformed(0, INTEGER)


def test_read_uint_fails_when_it_is_no_integer(cursor):
    assert broke(cursor.readUint, element(0x0A, b"\x01"), 3) == malformed(INTEGER, 0x0A)


@pytest.mark.parametrize("size", [1, 2, 20])
def test_read_unsigned_bounds_the_bytes_without_the_sign(cursor, size):
    positive, signed = b"\x7f" * size, b"\x00" + b"\x80" * size
    for content, sign in ((positive, 0), (signed, 1)):
        data = integer(content)
        assert cursor.readUnsigned(data, len(data), size) == (2 + sign, size, len(data))
        assert broke(cursor.readUnsigned, data, len(data), size - 1) == malformed(0, INTEGER)


def test_finish_demands_the_very_end(cursor):
    data = element(BOOLEAN, b"\xff")
    cursor.finish(data, 3, 3)
    assert broke(cursor.finish, data, 0, 3) == malformed(NOTHING_LEFT, BOOLEAN)
    assert refusal(cursor.finish, data, 4, 3) == "MalformedDer"


def test_hash_is_keccak_of_the_range(cursor):
    for data in (b"", b"a", bytes(100)):
        assert cursor.hash(data) == keccak_256(data).digest()
