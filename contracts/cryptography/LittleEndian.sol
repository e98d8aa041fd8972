// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Order of bytes within words
library LittleEndian {
    uint256 private constant ODD_8 = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant ODD_16 = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    uint256 private constant ODD_32 = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    uint256 private constant ODD_64 = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;

    /// @notice The number that 32 bytes in memory order hold with the least byte first, and the other way round.
    function reverse(uint256 word) internal pure returns (uint256) {
        word = reverseEach64(word);
        word = ((word >> 64) & ODD_64) | ((word & ODD_64) << 64);
        return (word >> 128) | (word << 128);
    }

    /// @notice Reverses the bytes of each of the four 64-bit numbers in a word; their order stays.
    function reverseEach64(uint256 word) internal pure returns (uint256) {
        word = ((word >> 8) & ODD_8) | ((word & ODD_8) << 8);
        word = ((word >> 16) & ODD_16) | ((word & ODD_16) << 16);
        return ((word >> 32) & ODD_32) | ((word & ODD_32) << 32);
    }
}
