// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../cryptography/DerCursor.sol";

/// @title The DER reader's functions, callable by tests
/// @dev Surroundings end `size` bytes into `data`: what follows must not be read. Positions are offsets into `data`.
contract MockDerCursor {
    /// @notice See {DerCursor-peek}.
    function peek(bytes memory data, uint256 size) external pure returns (uint256) {
        uint256 start = _start(data);
        return DerCursor.peek(start, start + size);
    }

    /// @notice See {DerCursor-read}.
    function read(bytes memory data, uint256 size, uint256 tag) external pure returns (uint256 content, uint256 next) {
        uint256 start = _start(data);
        (content, next) = DerCursor.read(start, start + size, tag);
        return (content - start, next - start);
    }

    /// @notice See {DerCursor-skip}.
    function skip(bytes memory data, uint256 size, uint256 tag) external pure returns (uint256) {
        uint256 start = _start(data);
        return DerCursor.skip(start, start + size, tag) - start;
    }

    /// @notice See {DerCursor-readUnsigned}.
    function readUnsigned(
        bytes memory data,
        uint256 size,
        uint256 maxBytes
    ) external pure returns (uint256 content, uint256 length, uint256 next) {
        uint256 start = _start(data);
        (content, length, next) = DerCursor.readUnsigned(start, start + size, maxBytes);
        return (content - start, length, next - start);
    }

    /// @notice See {DerCursor-readUint}.
    function readUint(bytes memory data, uint256 size) external pure returns (uint256 value, uint256 next) {
        uint256 start = _start(data);
        (value, next) = DerCursor.readUint(start, start + size);
        return (value, next - start);
    }

    /// @notice See {DerCursor-finish}.
    function finish(bytes memory data, uint256 position, uint256 size) external pure {
        uint256 start = _start(data);
        DerCursor.finish(start + position, start + size);
    }

    /// @notice See {DerCursor-hash}.
    function hash(bytes memory data) external pure returns (bytes32) {
        uint256 start = _start(data);
        return DerCursor.hash(start, start + data.length);
    }

    function _start(bytes memory data) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(data, 0x20)
        }
    }
}
