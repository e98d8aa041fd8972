// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {CalendarTime} from "../../cryptography/CalendarTime.sol";

/// @title Reading JSON of a known layout from front to back
/// @notice Intel signs the characters of its JSON and always writes the same members in the same order without white
/// space. So the text is not searched: each read names what must stand next, and every character is accounted for.
/// @dev A cursor is a memory address, with the address of the text's first character in the upper half so that an
/// error can say where. {open} puts zeros behind the text, and no read accepts a zero: none can run past the end.
library JsonCursor {
    /// @notice Thrown where the text is not what must stand there: the literal expected, or the name of a kind of
    /// value; and the offset of the character.
    error MalformedJson(bytes32 expected, uint256 offset);

    uint256 private constant ADDRESS = 0xffffffffffffffffffffffffffffffff;
    uint256 private constant LOW_BITS = 0x7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f;
    uint256 private constant QUOTES = 0x2222222222222222222222222222222222222222222222222222222222222222;
    uint256 private constant BACKSLASHES = 0x5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c;
    uint256 private constant ABOVE_CONTROLS = 0xe0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0;

    /// @notice Copy a text to memory; returns a cursor on its first character and one behind its last.
    function open(bytes calldata text) internal pure returns (uint256 cursor, uint256 end) {
        // One word to spare, zero like all new memory of Solidity's.
        bytes memory copy = bytes.concat(text, bytes32(0));
        assembly ("memory-safe") {
            cursor := add(copy, 0x20)
        }
        cursor |= cursor << 128;
        end = cursor + text.length;
    }

    /// @notice The 32 characters from the cursor.
    function word(uint256 cursor) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(and(cursor, ADDRESS))
        }
    }

    /// @notice The character at the cursor.
    function peek(uint256 cursor) internal pure returns (uint256) {
        return word(cursor) >> 248;
    }

    /// @notice Whether `literal`, `length` characters left-aligned, stands at the cursor.
    function standsAt(uint256 cursor, bytes32 literal, uint256 length) internal pure returns (bool) {
        // A literal is at most a word long.
        unchecked {
            return (word(cursor) ^ uint256(literal)) >> (256 - 8 * length) == 0;
        }
    }

    /// @notice Step over `literal`, which must stand at the cursor.
    function expect(uint256 cursor, bytes32 literal, uint256 length) internal pure returns (uint256) {
        if (!standsAt(cursor, literal, length)) fail(cursor, literal);
        // Addresses are far below where a sum could overflow.
        unchecked {
            return cursor + length;
        }
    }

    /// @notice Require that the text ends here.
    function finish(uint256 cursor, uint256 end) internal pure {
        if (cursor != end) fail(cursor, "end of text");
    }

    /// @notice Read a whole number of at most `max`, without sign, point, exponent or zeros in front.
    function readUint(uint256 cursor, uint256 max) internal pure returns (uint256 value, uint256 next) {
        uint256 characters = word(cursor);
        // Ten digits are more than any number here has; the bound keeps the arithmetic far from overflowing. What is
        // no digit wraps around or is above nine.
        unchecked {
            for (uint256 i; i < 10; ++i) {
                uint256 digit = (characters >> 248) - 0x30;
                if (digit > 9) {
                    if (i == 0 || value > max) fail(cursor, "number");
                    return (value, cursor + i);
                }
                if (i == 1 && value == 0) fail(cursor, "number");
                value = 10 * value + digit;
                characters <<= 8;
            }
        }
        fail(cursor, "number");
    }

    /// @notice Read `count` bytes, at most 32, written as hexadecimal digits of either case; left-aligned.
    function readHex(uint256 cursor, uint256 count) internal pure returns (bytes32, uint256 next) {
        uint256 value;
        // The sums stay within the text; a difference is taken only where it is not negative.
        unchecked {
            for (uint256 i; i < 2 * count; ++i) {
                uint256 character = peek(cursor + i);
                uint256 digit;
                if (character >= 0x30 && character <= 0x39) digit = character - 0x30;
                else if (character >= 0x41 && character <= 0x46) digit = character - 0x37;
                else if (character >= 0x61 && character <= 0x66) digit = character - 0x57;
                else fail(cursor + i, "hexadecimal");
                value = (value << 4) | digit;
            }
            return (bytes32(value << (256 - 8 * count)), cursor + 2 * count);
        }
    }

    /// @notice Read a date of the form `YYYY-MM-DDTHH:MM:SSZ`.
    function readDate(uint256 cursor) internal pure returns (uint256 time, uint256 next) {
        return (CalendarTime.fromIso8601(cursor & ADDRESS), cursor + 20);
    }

    /// @notice Step over a string's characters to its closing quotation mark. Escapes, which Intel has no use for,
    /// and control characters, which JSON forbids, are refused.
    function skipString(uint256 cursor) internal pure returns (uint256) {
        unchecked {
            while (true) {
                uint256 characters = word(cursor);
                // A byte's top bit is set where that character ends the string or must not stand in it.
                uint256 marks =
                    _zeroBytes(characters ^ QUOTES) |
                        _zeroBytes(characters ^ BACKSLASHES) |
                        _zeroBytes(characters & ABOVE_CONTROLS);
                if (marks != 0) {
                    cursor += _firstByte(marks);
                    break;
                }
                // The zeros behind the text end this at the latest.
                cursor += 32;
            }
        }
        if (peek(cursor) != 0x22) fail(cursor, "string");
        return cursor;
    }

    /// @notice Revert, naming what was expected at the cursor.
    function fail(uint256 cursor, bytes32 expected) internal pure {
        revert MalformedJson(expected, (cursor & ADDRESS) - (cursor >> 128));
    }

    /// @dev 0x80 in each byte that is zero. Exact: no carry leaves a byte, since 0x7f + 0x7f fits.
    function _zeroBytes(uint256 value) private pure returns (uint256) {
        unchecked {
            return ~(((value & LOW_BITS) + LOW_BITS) | value | LOW_BITS);
        }
    }

    /// @dev Index, from the left, of the first byte that is not zero.
    function _firstByte(uint256 marks) private pure returns (uint256 index) {
        unchecked {
            if (marks >> 128 == 0) (index, marks) = (16, marks << 128);
            if (marks >> 192 == 0) (index, marks) = (index + 8, marks << 64);
            if (marks >> 224 == 0) (index, marks) = (index + 4, marks << 32);
            if (marks >> 240 == 0) (index, marks) = (index + 2, marks << 16);
            if (marks >> 248 == 0) index += 1;
        }
    }
}
