// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title xxHash64 of 32 bytes, with seed 0
/// @notice What Substrate calls `twox_64`, for the one input length that an AccountId has. Not a cryptographic hash:
/// Substrate only spreads storage keys with it, and writes the account itself after it.
/// @dev Source: the xxHash specification, <https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>. All
/// arithmetic is modulo 2^64; sums and products are taken in 256 bits and cut.
library XxHash64 {
    uint256 private constant MASK = 0xffffffffffffffff;
    uint256 private constant PRIME_1 = 0x9e3779b185ebca87;
    uint256 private constant PRIME_2 = 0xc2b2ae3d27d4eb4f;
    uint256 private constant PRIME_3 = 0x165667b19e3779f9;
    uint256 private constant PRIME_4 = 0x85ebca77c2b2ae63;

    /// @notice The hash as Substrate writes it into a key: eight bytes, little-endian.
    function twox64(bytes32 input) internal pure returns (bytes8) {
        // unchecked: every operand is under 2^64, so no sum or product reaches 2^256
        unchecked {
            uint256 words = _reverseEach64(uint256(input));
            uint256 a = _round(PRIME_1 + PRIME_2, words >> 192);
            uint256 b = _round(PRIME_2, (words >> 128) & MASK);
            uint256 c = _round(0, (words >> 64) & MASK);
            uint256 d = _round((MASK - PRIME_1) + 1, words & MASK);

            uint256 hash = (_rotate(a, 1) + _rotate(b, 7) + _rotate(c, 12) + _rotate(d, 18)) & MASK;
            hash = _merge(_merge(_merge(_merge(hash, a), b), c), d);
            hash = (hash + 32) & MASK;

            hash = ((hash ^ (hash >> 33)) * PRIME_2) & MASK;
            hash = ((hash ^ (hash >> 29)) * PRIME_3) & MASK;
            hash ^= hash >> 32;
            // narrowing: the reversal leaves 64 bits
            return bytes8(uint64(_reverseEach64(hash)));
        }
    }

    function _round(uint256 lane, uint256 word) private pure returns (uint256) {
        // unchecked: as in twox64
        unchecked {
            return (_rotate((lane + word * PRIME_2) & MASK, 31) * PRIME_1) & MASK;
        }
    }

    function _merge(uint256 hash, uint256 lane) private pure returns (uint256) {
        // unchecked: as in twox64
        unchecked {
            return ((hash ^ _round(0, lane)) * PRIME_1 + PRIME_4) & MASK;
        }
    }

    function _rotate(uint256 x, uint256 by) private pure returns (uint256) {
        return ((x << by) | (x >> (64 - by))) & MASK;
    }

    /// @dev Reverses the bytes of each of the four 64-bit words.
    function _reverseEach64(uint256 x) private pure returns (uint256) {
        uint256 low = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
        x = ((x >> 8) & low) | ((x & low) << 8);
        low = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
        x = ((x >> 16) & low) | ((x & low) << 16);
        low = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
        return ((x >> 32) & low) | ((x & low) << 32);
    }
}
