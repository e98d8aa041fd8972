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

    /// @notice The tag of the element at `at`, or 0x100 where nothing is left before `end`.
    function peek(uint256 at, uint256 end) internal pure returns (uint256 tag) {
        if (at >= end) return NOTHING_LEFT;
        assembly ("memory-safe") {
            tag := byte(0, mload(at))
        }
    }

    /// @notice Read an element of the given tag: its content is [`content`, `next`), and `next` is what follows it.
    function read(uint256 at, uint256 end, uint256 tag) internal pure returns (uint256 content, uint256 next) {
        uint256 found = peek(at, end);
        require(found == tag, MalformedDer(tag, found));
        return _content(at, end);
    }

    /// @notice Step over an element of any tag.
    function skip(uint256 at, uint256 end) internal pure returns (uint256 next) {
        uint256 found = peek(at, end);
        require(found != NOTHING_LEFT, MalformedDer(0, found));
        (, next) = _content(at, end);
    }

    /// @notice Read a non-negative INTEGER of at most `maxBytes` value bytes; `length` excludes a leading sign byte.
    function readUnsigned(uint256 at, uint256 end, uint256 maxBytes)
        internal
        pure
        returns (uint256 content, uint256 length, uint256 next)
    {
        return _unsigned(at, end, INTEGER, maxBytes);
    }

    /// @notice Read a non-negative INTEGER that fits a word.
    function readUint(uint256 at, uint256 end) internal pure returns (uint256 value, uint256 next) {
        uint256 content;
        uint256 length;
        (content, length, next) = _unsigned(at, end, INTEGER, 32);
        value = word(content) >> (8 * (32 - length));
    }

    /// @notice Require that an element ended exactly where its surroundings do.
    function finish(uint256 at, uint256 end) internal pure {
        require(at == end, MalformedDer(NOTHING_LEFT, peek(at, end)));
    }

    /// @notice The 32 bytes of memory at an address; what lies past the element is for the caller to shift out.
    function word(uint256 at) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(at)
        }
    }

    /// @notice Keccak-256 of the memory [`at`, `end`).
    function hash(uint256 at, uint256 end) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(at, sub(end, at))
        }
    }

    function _unsigned(uint256 at, uint256 end, uint256 tag, uint256 maxBytes)
        private
        pure
        returns (uint256 content, uint256 length, uint256 next)
    {
        (content, next) = read(at, end, tag);
        length = next - content;
        require(length != 0, MalformedDer(0, tag));
        uint256 first = word(content) >> 248;
        if (first == 0 && length > 1) {
            // A zero in front is allowed only where it keeps the number from reading as negative.
            require((word(content) >> 240) & 0x80 != 0, MalformedDer(0, tag));
            ++content;
            --length;
        } else {
            require(first < 0x80, MalformedDer(0, tag));
        }
        require(length <= maxBytes, MalformedDer(0, tag));
    }

    /// @dev Lengths: one byte below 0x80, else 0x81, 0x82 or 0x83 and that many bytes, none of them to spare. Three
    /// bytes name 16 MB, more than a transaction can carry.
    function _content(uint256 at, uint256 end) private pure returns (uint256 content, uint256 next) {
        require(end - at >= 2, MalformedDer(0, NOTHING_LEFT));
        uint256 head = word(at);
        uint256 length = (head >> 240) & 0xff;
        if (length < 0x80) {
            content = at + 2;
        } else {
            uint256 size = length - 0x80;
            // The head's word holds the tag, the size and up to three length bytes; those past `end` make `next`
            // fail below only if they are read as a length, so the header itself is bounded first.
            require(size != 0 && size <= 3 && end - at >= 2 + size, MalformedDer(0, head >> 248));
            length = (head << 16) >> (256 - 8 * size);
            require(length >= (size == 1 ? 0x80 : 1 << (8 * (size - 1))), MalformedDer(0, head >> 248));
            content = at + 2 + size;
        }
        next = content + length;
        require(next <= end, MalformedDer(0, head >> 248));
    }
}
