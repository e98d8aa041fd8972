// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Sha512Compression} from "./Sha512Compression.sol";

/// @title Messages of any length for SHA-512 and SHA-384 (FIPS 180-4, section 5.1.2)
library Sha512Padding {
    /// @notice Runs the compression over a message and its padding; the state goes in as the initial value.
    function absorb(uint256[8] memory state, bytes memory message) internal pure {
        uint256 length = message.length;
        uint256 whole = length >> 7;
        uint256 pointer;
        assembly ("memory-safe") {
            pointer := add(message, 0x20)
        }
        Sha512Compression.compress(state, pointer, whole);

        // The rest, a one bit, zeros, and the length in bits, as a 128-bit number: one block, or two where 17 bytes for
        // the one bit and the length don't fit in the first.
        uint256 rest = length & 127;
        uint256 blocks = rest > 111 ? 2 : 1;
        bytes memory tail = new bytes(blocks << 7);
        uint256 target;
        assembly ("memory-safe") {
            target := add(tail, 0x20)
            mcopy(target, add(pointer, shl(7, whole)), rest)
            mstore8(add(target, rest), 0x80)
            // The length's place is zero so far: of the last block, at most 112 bytes are taken.
            let last := add(target, sub(shl(7, blocks), 32))
            mstore(last, or(mload(last), shl(3, length)))
        }
        Sha512Compression.compress(state, target, blocks);
    }
}
