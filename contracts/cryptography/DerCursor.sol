// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Strict reading of DER (ITU-T X.690) in memory, one element after another
/// @notice A cursor is a pair of memory addresses: where the next element begins and where its surroundings end. Each
/// read checks the tag, that the length is in the one form DER allows, and that the content stays within its
/// surroundings; nothing is ever searched for. All functions revert with {MalformedDer} and the place that broke.
library DerCursor {
    /// @notice Thrown when an element is not what the format demands. `found` is its tag, or 0x100 where the
    /// surroundings end before it; `expected` is the tag asked for, or 0 where the element's length is at fault.
    error MalformedDer(uint256 expected, uint256 found);

    uint256 internal constant BOOLEAN = 0x01;
    uint256 internal constant INTEGER = 0x02;
    uint256 internal constant BIT_STRING = 0x03;
    uint256 internal constant OCTET_STRING = 0x04;
    uint256 internal constant OBJECT_ID = 0x06;
    uint256 internal constant ENUMERATED = 0x0a;
    uint256 internal constant UTC_TIME = 0x17;
    uint256 internal constant GENERALIZED_TIME = 0x18;
    uint256 internal constant SEQUENCE = 0x30;
    uint256 internal constant SET = 0x31;

    uint256 private constant NOTHING_LEFT = 0x100;

    /// @notice The tag of the element at `position`, or 0x100 where nothing is left before `end`.
    function peek(uint256 position, uint256 end) internal pure returns (uint256 tag) {
        return position < end ? word(position) >> 248 : NOTHING_LEFT;
    }

    /// @notice Read an element of the given tag: its content is [`content`, `next`), and `next` is what follows it.
    function read(uint256 position, uint256 end, uint256 tag) internal pure returns (uint256 content, uint256 next) {
        uint256 found = peek(position, end);
        if (found != tag) _fail(tag, found);
        return _content(position, end);
    }

    /// @notice Step over an element of the given tag.
    function skip(uint256 position, uint256 end, uint256 tag) internal pure returns (uint256 next) {
        (, next) = read(position, end, tag);
    }

    /// @notice Read a non-negative INTEGER of at most `maxBytes` value bytes; `length` excludes a leading sign byte.
    function readUnsigned(
        uint256 position,
        uint256 end,
        uint256 maxBytes
    ) internal pure returns (uint256 content, uint256 length, uint256 next) {
        return _unsigned(position, end, INTEGER, maxBytes);
    }

    /// @notice Read a non-negative INTEGER that fits a word.
    function readUint(uint256 position, uint256 end) internal pure returns (uint256 value, uint256 next) {
        uint256 content;
        uint256 length;
        (content, length, next) = _unsigned(position, end, INTEGER, 32);
        // The length was bounded by 32.
        unchecked {
            value = word(content) >> (8 * (32 - length));
        }
    }

    /// @notice Require that an element ended exactly where its surroundings do.
    function finish(uint256 position, uint256 end) internal pure {
        if (position != end) _fail(NOTHING_LEFT, peek(position, end));
    }

    /// @notice The 32 bytes of memory at an address; what lies past the element is for the caller to shift out.
    function word(uint256 position) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(position)
        }
    }

    /// @notice Keccak-256 of the memory [`position`, `end`).
    function hash(uint256 position, uint256 end) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(position, sub(end, position))
        }
    }

    function _unsigned(
        uint256 position,
        uint256 end,
        uint256 tag,
        uint256 maxBytes
    ) private pure returns (uint256 content, uint256 length, uint256 next) {
        (content, next) = read(position, end, tag);
        // Content never ends before it begins, and is not empty where a byte of it is taken away.
        unchecked {
            length = next - content;
            if (length == 0) _fail(0, tag);
            uint256 head = word(content);
            if (head >> 248 == 0 && length > 1) {
                // A zero in front is allowed only where it keeps the number from reading as negative.
                if ((head >> 240) & 0x80 == 0) _fail(0, tag);
                ++content;
                --length;
            } else if (head >> 255 != 0) {
                _fail(0, tag);
            }
        }
        if (length > maxBytes) _fail(0, tag);
    }

    /// @dev Lengths: one byte below 0x80, else 0x81, 0x82 or 0x83 and that many bytes, none of them to spare. Three
    /// bytes name 16 MB, more than a transaction can carry.
    function _content(uint256 position, uint256 end) private pure returns (uint256 content, uint256 next) {
        // Addresses and lengths are far below 2^255: no sum here overflows, and `position` is below `end`.
        unchecked {
            uint256 head = word(position);
            uint256 length = (head >> 240) & 0xff;
            content = position + 2;
            if (length >= 0x80) {
                uint256 size = length - 0x80;
                content += size;
                // Wherever the header itself ends past `end`, so does what follows from it, and that is checked last.
                if (size == 0 || size > 3) _fail(0, head >> 248);
                length = (head << 16) >> (256 - 8 * size);
                if (length < 0x80 || length >> (8 * (size - 1)) == 0) _fail(0, head >> 248);
            }
            next = content + length;
            if (next > end) _fail(0, head >> 248);
        }
    }

    function _fail(uint256 expected, uint256 found) private pure {
        revert MalformedDer(expected, found);
    }
}
