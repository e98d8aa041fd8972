// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Sha512Padding} from "./Sha512Padding.sol";

/// @title SHA-512 (FIPS 180-4, section 6.4)
library Sha512 {
    /// @notice The digest's first 32 bytes and its last 32.
    function hash(bytes memory message) internal pure returns (bytes32 head, bytes32 tail) {
        // The first 64 bits of the fractional parts of the square roots of the first eight primes (section 5.3.5).
        uint256[8] memory state = [
            uint256(0x6a09e667f3bcc908),
            0xbb67ae8584caa73b,
            0x3c6ef372fe94f82b,
            0xa54ff53a5f1d36f1,
            0x510e527fade682d1,
            0x9b05688c2b3e6c1f,
            0x1f83d9abfb41bd6b,
            0x5be0cd19137e2179
        ];
        Sha512Padding.absorb(state, message);
        head = bytes32((state[0] << 192) | (state[1] << 128) | (state[2] << 64) | state[3]);
        tail = bytes32((state[4] << 192) | (state[5] << 128) | (state[6] << 64) | state[7]);
    }
}
