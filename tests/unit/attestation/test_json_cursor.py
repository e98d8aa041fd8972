# SPDX-License-Identifier: Apache-2.0
"""JSON read from front to back: every character accounted for, nothing read past the end."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from tests.direct_call import failure, refusal


@pytest.fixture(scope="module")
def cursor(project, deployer):
    return deployer.deploy(project.MockJsonCursor)


def word(literal: bytes) -> bytes:
    return literal.ljust(32, b"\0")


def broke(method, *arguments) -> tuple[str, str, int]:
    """What was expected, and where."""
    error = failure(method, *arguments)
    assert error.name == "MalformedJson"
    expected, offset = error.values
    return expected.rstrip(b"\0").decode(), offset


def test_peek_gives_each_character_and_a_zero_behind_the_last(cursor):
    assert [cursor.peek(b"ab", offset) for offset in range(3)] == [0x61, 0x62, 0]
    assert cursor.peek(b"", 0) == 0


@pytest.mark.parametrize("literal", [b"a", b'{"id":"', b"x" * 31, b"y" * 32])
def test_expect_steps_over_what_stands_there(cursor, literal):
    text = b"12" + literal + b"34"
    assert cursor.expect(text, 2, word(literal), len(literal)) == 2 + len(literal)
    assert cursor.standsAt(text, 2, word(literal), len(literal))
    for offset in (0, 1, 3):
        assert not cursor.standsAt(text, offset, word(literal), len(literal))
        assert broke(cursor.expect, text, offset, word(literal), len(literal)) == (literal.decode(), offset)


def test_expect_fails_when_any_character_differs_or_the_text_ends(cursor):
    literal = b'","nextUpdate":"'
    for position in range(len(literal)):
        bent = bytearray(literal)
        bent[position] ^= 1
        assert not cursor.standsAt(bytes(bent), 0, word(literal), len(literal))
        assert not cursor.standsAt(literal[:position], 0, word(literal), len(literal))


def test_finish_demands_the_very_end(cursor):
    cursor.finish(b"abc", 3)
    cursor.finish(b"", 0)
    for offset in (0, 2, 4):
        assert broke(cursor.finish, b"abc", offset) == ("end of text", offset)


@pytest.mark.parametrize("number", [0, 1, 9, 10, 255, 256, 65_535, 99_999, 999_999_999])
def test_read_uint_gives_the_number_up_to_its_bound(cursor, number):
    digits = str(number).encode()
    for behind in (b",", b"}", b"]", b" ", b":", b"/", b""):
        assert cursor.readUint(b"[" + digits + behind, 1, number) == (number, 1 + len(digits))
    if number:
        assert broke(cursor.readUint, digits + b",", 0, number - 1) == ("number", 0)


@pytest.mark.parametrize(
    "text",
    [b"", b",", b"-1,", b"+1,", b"00,", b"01,", b"007,", b".5,", b"x", b'"1"', b"1000000000,", b"99999999999999"],
)
def test_read_uint_fails_when_it_is_no_whole_number_of_nine_digits(cursor, text):
    assert broke(cursor.readUint, text, 0, 2**255) == ("number", 0)


@pytest.mark.parametrize("text", [b"1.0,", b"1e0,", b"1E5,"])
def test_read_uint_stops_where_digits_end(cursor, text):
    """What follows is for the next read to refuse: it expects a comma or a brace."""
    assert cursor.readUint(text, 0, 10) == (1, 1)


@pytest.mark.parametrize("count", [1, 2, 6, 16, 31, 32])
def test_read_hex_gives_the_bytes_of_either_case(cursor, count):
    data = random.Random(count).randbytes(count)
    for digits in (data.hex().encode(), data.hex().upper().encode()):
        value, behind = cursor.readHex(b'"' + digits + b'"', 1, count)
        assert (bytes(value), behind) == (data.ljust(32, b"\0"), 1 + 2 * count)


def test_read_hex_knows_exactly_its_22_digits(cursor):
    good = set(b"0123456789abcdefABCDEF")
    for character in range(256):
        for place in (0, 1):
            digits = bytearray(b"77")
            digits[place] = character
            if character in good:
                assert bytes(cursor.readHex(bytes(digits), 0, 1)[0])[0] == int(digits, 16)
            else:
                assert broke(cursor.readHex, bytes(digits), 0, 1) == ("hexadecimal", place), character


def test_read_hex_fails_when_the_text_ends(cursor):
    assert broke(cursor.readHex, b"abc", 0, 2) == ("hexadecimal", 3)


def test_read_date_gives_the_second(cursor):
    moment = datetime(2026, 2, 18, 11, 15, 6, tzinfo=UTC)
    assert cursor.readDate(b'"2026-02-18T11:15:06Z"', 1) == (int(moment.timestamp()), 21)
    for text in (
        b"2026-02-18T11:15:06",
        b"2026-02-18 11:15:06Z",
        b"2026-02-30T11:15:06Z",
        b"",
        b"2026-02-18T11:15:06+",
    ):
        assert refusal(cursor.readDate, text, 0) == "MalformedDate"


@pytest.mark.parametrize("length", [0, 1, 30, 31, 32, 33, 63, 64, 65, 200])
def test_skip_string_stops_at_its_closing_mark(cursor, length):
    text = bytes(random.Random(length).choice(b"aZ09 !#/-~\x7f\xff\xc3\x20[]{}") for _ in range(length))
    assert cursor.skipString(b'"' + text + b'","', 1) == 1 + length


def test_skip_string_refuses_every_control_character_and_escape(cursor):
    for place in (0, 5, 31, 32, 40):
        for character in [*range(0x20), 0x5C]:
            text = b"x" * place + bytes([character]) + b'y"'
            assert broke(cursor.skipString, text, 0) == ("string", place)
        for character in (0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF):
            # The neighbours of what is refused, and those with the same lower bits.
            assert cursor.skipString(b"x" * place + bytes([character]) + b'y"', 0) == place + 2


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 64])
def test_skip_string_fails_when_nothing_closes_it(cursor, length):
    assert broke(cursor.skipString, b"x" * length, 0) == ("string", length)
