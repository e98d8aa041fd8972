// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Sha512Padding} from "./Sha512Padding.sol";

/// @title SHA-384 (FIPS 180-4, section 6.5)
library Sha384 {
    /// @notice The digest's first 32 bytes and its last 16.
    function hash(bytes memory message) internal pure returns (bytes32 head, bytes16 tail) {
        // The second 64 bits of the fractional parts of the square roots of the 9th to 16th primes (section 5.3.4).
        uint256[8] memory state = [
            uint256(0xcbbb9d5dc1059ed8),
            0x629a292a367cd507,
            0x9159015a3070dd17,
            0x152fecd8f70e5939,
            0x67332667ffc00b31,
            0x8eb44a8768581511,
            0xdb0c2e0d64f98fa7,
            0x47b5481dbefa4fa4
        ];
        Sha512Padding.absorb(state, message);
        head = bytes32((state[0] << 192) | (state[1] << 128) | (state[2] << 64) | state[3]);
        // No truncation: two words of 64 bits.
        tail = bytes16(uint128((state[4] << 64) | state[5]));
    }
}
