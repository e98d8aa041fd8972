// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {JsonCursor} from "../attestation/intel/JsonCursor.sol";

/// @title The JSON reader's functions, callable by tests
/// @dev Each reads at an offset into the text and returns the offset behind what it read.
contract MockJsonCursor {
    /// @notice See {JsonCursor-peek}.
    function peek(bytes calldata text, uint256 offset) external pure returns (uint256) {
        return JsonCursor.peek(_cursor(text, offset));
    }

    /// @notice See {JsonCursor-standsAt}.
    function standsAt(
        bytes calldata text,
        uint256 offset,
        bytes32 literal,
        uint256 length
    ) external pure returns (bool) {
        return JsonCursor.standsAt(_cursor(text, offset), literal, length);
    }

    /// @notice See {JsonCursor-expect}.
    function expect(
        bytes calldata text,
        uint256 offset,
        bytes32 literal,
        uint256 length
    ) external pure returns (uint256) {
        return _offset(JsonCursor.expect(_cursor(text, offset), literal, length));
    }

    /// @notice See {JsonCursor-finish}.
    function finish(bytes calldata text, uint256 offset) external pure {
        (uint256 cursor, uint256 end) = JsonCursor.open(text);
        JsonCursor.finish(cursor + offset, end);
    }

    /// @notice See {JsonCursor-readUint}.
    function readUint(bytes calldata text, uint256 offset, uint256 max) external pure returns (uint256, uint256) {
        (uint256 value, uint256 next) = JsonCursor.readUint(_cursor(text, offset), max);
        return (value, _offset(next));
    }

    /// @notice See {JsonCursor-readHex}.
    function readHex(bytes calldata text, uint256 offset, uint256 count) external pure returns (bytes32, uint256) {
        (bytes32 value, uint256 next) = JsonCursor.readHex(_cursor(text, offset), count);
        return (value, _offset(next));
    }

    /// @notice See {JsonCursor-readDate}.
    function readDate(bytes calldata text, uint256 offset) external pure returns (uint256, uint256) {
        (uint256 time, uint256 next) = JsonCursor.readDate(_cursor(text, offset));
        return (time, _offset(next));
    }

    /// @notice See {JsonCursor-skipString}.
    function skipString(bytes calldata text, uint256 offset) external pure returns (uint256) {
        return _offset(JsonCursor.skipString(_cursor(text, offset)));
    }

    function _cursor(bytes calldata text, uint256 offset) private pure returns (uint256 cursor) {
        (cursor, ) = JsonCursor.open(text);
        cursor += offset;
    }

    function _offset(uint256 cursor) private pure returns (uint256) {
        return uint128(cursor) - (cursor >> 128);
    }
}
