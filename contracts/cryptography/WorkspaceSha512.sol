// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {WorkspaceSha512Compression} from "./WorkspaceSha512Compression.sol";
import {SHA512_STATE, SHA512_TAIL} from "./WorkspaceLayout.sol";

/// @title SHA-512 of bytes in memory, worked out in the workspace
/// @dev Source: FIPS 180-4, sections 5.1.2 (padding) and 6.4. The caller claims the workspace.
library WorkspaceSha512 {
    uint256 private constant BLOCK_LENGTH = 128;

    /// @notice The digest of data of any length.
    /// @return first Bytes 0 to 31.
    /// @return second Bytes 32 to 63.
    function digest(bytes memory data) internal pure returns (bytes32 first, bytes32 second) {
        WorkspaceSha512Compression.start();
        // No sum or product below can wrap: all are bounded by the length of data in memory.
        unchecked {
            uint256 position;
            // Memory-safe: reads the data, writes inside the workspace.
            assembly ("memory-safe") {
                position := add(data, 0x20)
            }
            uint256 length = data.length;
            uint256 rest = length % BLOCK_LENGTH;
            for (uint256 end = position + length - rest; position < end; position += BLOCK_LENGTH) {
                WorkspaceSha512Compression.compress(position);
            }
            // The rest, a one bit, zeros, and the length in bits as 16 bytes at the end of a block.
            uint256 tailLength = rest + 17 <= BLOCK_LENGTH ? BLOCK_LENGTH : 2 * BLOCK_LENGTH;
            assembly ("memory-safe") {
                calldatacopy(SHA512_TAIL, calldatasize(), tailLength) // zeros
                mcopy(SHA512_TAIL, position, rest)
                mstore8(add(SHA512_TAIL, rest), 0x80)
                let last := add(SHA512_TAIL, sub(tailLength, 0x20))
                mstore(last, or(mload(last), shl(3, length)))
            }
            for (uint256 i = 0; i < tailLength; i += BLOCK_LENGTH) {
                WorkspaceSha512Compression.compress(SHA512_TAIL + i);
            }
        }
        assembly ("memory-safe") {
            function fourWords(from) -> packed {
                packed := or(shl(192, mload(from)), shl(128, mload(add(from, 0x20))))
                packed := or(packed, or(shl(64, mload(add(from, 0x40))), mload(add(from, 0x60))))
            }
            first := fourWords(SHA512_STATE)
            second := fourWords(add(SHA512_STATE, 0x80))
        }
    }
}
