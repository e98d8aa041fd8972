// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Sha384Compression} from "./Sha384Compression.sol";

/// @title SHA-384 of bytes in memory
/// @dev Source: FIPS 180-4, sections 5.1.2 (padding) and 6.5. Leaves nothing allocated.
library Sha384 {
    uint256 private constant BLOCK_LENGTH = 128;

    /// @notice The digest of data of any length.
    /// @return head Bytes 0 to 31.
    /// @return tail Bytes 32 to 47.
    function digest(bytes memory data) internal pure returns (bytes32 head, bytes16 tail) {
        Sha384Compression.start();
        // No sum or product below can wrap: all are bounded by the length of data in memory.
        unchecked {
            uint256 scratch = Sha384Compression.SCRATCH_LENGTH;
            uint256 rest = data.length % BLOCK_LENGTH;
            uint256 position;
            uint256 end;
            // Memory-safe: reads the data.
            assembly ("memory-safe") {
                position := add(data, 0x20)
                end := add(position, sub(mload(data), rest))
            }
            // A second pass is made over the rest, padded, past what the compression uses: a one bit, zeros, and the
            // length in bits as 16 bytes at the end of a block.
            for (uint256 pass = 0; pass < 2; ++pass) {
                for (; position < end; position += BLOCK_LENGTH) Sha384Compression.compress(position);
                if (pass == 1) break;
                // Memory-safe: writes past the free pointer only.
                assembly ("memory-safe") {
                    let target := add(mload(0x40), scratch)
                    let length := BLOCK_LENGTH
                    if gt(rest, 111) {
                        length := 256
                    }
                    calldatacopy(target, calldatasize(), length) // zeros
                    mcopy(target, position, rest)
                    mstore8(add(target, rest), 0x80)
                    position := target
                    end := add(target, length)
                    let last := sub(end, 0x20)
                    mstore(last, or(mload(last), shl(3, mload(data))))
                }
            }
            scratch = Sha384Compression.STATE;
            // Memory-safe: reads the state.
            assembly ("memory-safe") {
                let state := add(mload(0x40), scratch)
                head := or(shl(192, mload(state)), shl(128, mload(add(state, 0x20))))
                head := or(head, or(shl(64, mload(add(state, 0x40))), mload(add(state, 0x60))))
                tail := or(shl(192, mload(add(state, 0x80))), shl(128, mload(add(state, 0xa0))))
            }
        }
    }
}
