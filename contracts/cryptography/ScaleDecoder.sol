// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title SCALE, as far as Substrate's state needs it
/// @notice Little-endian integers and compact lengths, read from calldata at absolute positions.
/// @dev Nothing here checks bounds: calldata past its end reads as zero, so a caller that compares the position it
/// arrives at with the end of what it was given (all callers do, exactly once) has checked every read before it.
/// Source: parity-scale-codec, <https://docs.polkadot.com/polkadot-protocol/parachain-basics/data-encoding/>.
library ScaleDecoder {
    /// @dev What `compactLength` answers for an encoding it refuses: no calldata is that long, so every bound check
    /// made with it fails.
    uint256 internal constant REFUSED = type(uint128).max;

    /// @notice Reads a compact length, at most 2^30 - 1, in its one canonical form.
    /// @return length the number, or `REFUSED` where a shorter form would hold it or the big-integer form is used
    /// @return next position of the first byte after it
    function compactLength(uint256 position) internal pure returns (uint256 length, uint256 next) {
        // unchecked: positions are calldata offsets and lengths stay under 2^30 (or REFUSED, alone), far from overflow
        unchecked {
            uint256 word = _word(position);
            uint256 first = word >> 248;
            uint256 mode = first & 3;
            if (mode == 0) return (first >> 2, position + 1);
            if (mode == 1) {
                length = (first | (((word >> 240) & 0xff) << 8)) >> 2;
                return (length < 1 << 6 ? REFUSED : length, position + 2);
            }
            if (mode == 2) {
                length = _reverse128(word >> 128) & 0xffffffff;
                length >>= 2;
                return (length < 1 << 14 ? REFUSED : length, position + 4);
            }
            return (REFUSED, position + 1);
        }
    }

    /// @notice Reads a 32-bit little-endian number.
    function u32(uint256 position) internal pure returns (uint256) {
        return _reverse128(_word(position) >> 128) & 0xffffffff;
    }

    /// @notice Reads a 64-bit little-endian number.
    function u64(uint256 position) internal pure returns (uint256) {
        return _reverse128(_word(position) >> 128) & 0xffffffffffffffff;
    }

    /// @notice Reads a 128-bit little-endian number.
    function u128(uint256 position) internal pure returns (uint256) {
        return _reverse128(_word(position) >> 128);
    }

    /// @notice Reads 32 bytes as they stand.
    function bytes32At(uint256 position) internal pure returns (bytes32) {
        return bytes32(_word(position));
    }

    function _word(uint256 position) private pure returns (uint256 word) {
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            word := calldataload(position)
        }
    }

    /// @dev The sixteen low bytes in reverse order: neighbours of 1, 2, 4 and 8 bytes change places in turn.
    function _reverse128(uint256 x) private pure returns (uint256) {
        x = ((x >> 8) & 0x00ff00ff00ff00ff00ff00ff00ff00ff) | ((x & 0x00ff00ff00ff00ff00ff00ff00ff00ff) << 8);
        x = ((x >> 16) & 0x0000ffff0000ffff0000ffff0000ffff) | ((x & 0x0000ffff0000ffff0000ffff0000ffff) << 16);
        x = ((x >> 32) & 0x00000000ffffffff00000000ffffffff) | ((x & 0x00000000ffffffff00000000ffffffff) << 32);
        return (x >> 64) | ((x & 0xffffffffffffffff) << 64);
    }
}
