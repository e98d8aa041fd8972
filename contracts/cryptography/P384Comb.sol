// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {P384Curve} from "./P384Curve.sol";
import {P384Field} from "./P384Field.sol";

/// @title Signed combs of nine teeth over P-384, their tables held as contract code
/// @notice Every scalar is written as b with k = Σ (2·b_i - 1)·2^i over i < 387: digits that are +1 or -1, never 0.
/// The 387 bits stand in nine rows of 43. A column of nine bits selects ±T[index], so 43 additions with 43 doublings
/// between them make k·Q, and no column is skipped.
///
/// A table has T[v] = 2^344·Q + Σ over j < 8 of ±2^(43j)·Q, the sign + where bit j of v is set: 256 points of 96 bytes
/// (x then y, big-endian), 24,576 bytes, which is the largest code there can be. The code's first byte is replaced by
/// STOP, so that calling a table does nothing, and so that it never begins with 0xEF; the byte that it stands for, the
/// table's *lead*, is kept beside the table's address.
library P384Comb {
    /// @notice A table: the generator's, or one that P384TableRegistry has proven.
    struct Table {
        address code;
        uint8 lead;
    }

    uint256 internal constant TEETH = 9;
    uint256 internal constant SPACING = 43;
    uint256 internal constant ENTRIES = 256;
    uint256 internal constant ENTRY_BYTES = 96;
    uint256 internal constant TABLE_BYTES = 24_576;

    /// @dev Bits 0, 43, 86, 129 and 172.
    uint256 private constant COLUMN = 0x10000000000200000000004000000000080000000001;
    /// @dev Modulo 2^43 - 2, 2^(43j) is 2^j: the remainder of a column is its bits put side by side.
    uint256 private constant GATHER = 0x7fffffffffe;

    /// @notice The rows of a 384-bit number: five in `lower`, four in `upper`, each row 43 bits.
    function rows(uint256 hi, uint256 lo) internal pure returns (uint256 lower, uint256 upper) {
        lower = lo; // what is above its 215 bits is masked away with each column
        upper = (hi << 41) | (lo >> 215);
    }

    /// @notice The nine bits of a column, lowest row first.
    function digit(uint256 lower, uint256 upper, uint256 column) internal pure returns (uint256 bits) {
        assembly ("memory-safe") {
            bits := or(
                mod(and(shr(column, lower), COLUMN), GATHER),
                shl(5, mod(and(shr(column, upper), COLUMN), GATHER))
            )
        }
    }

    /// @notice Copies a table to new memory, its lead put back.
    function load(Table memory table) internal view returns (uint256 pointer) {
        address code = table.code;
        uint256 lead = table.lead;
        assembly ("memory-safe") {
            pointer := mload(0x40)
            mstore(0x40, add(pointer, TABLE_BYTES))
            extcodecopy(code, pointer, 0, TABLE_BYTES)
            mstore8(pointer, lead)
        }
    }

    /// @notice Writes to `point` what a column selects: T[bits] for the highest of nine bits set; else, with every sign
    /// turned, -T[complement of the eight others].
    function select(uint256 pointer, uint256 bits, P384Curve.Point memory point) internal pure {
        if (bits < ENTRIES) {
            read(pointer + (ENTRIES - 1 - bits) * ENTRY_BYTES, point);
            // Canonical: no point has y = 0.
            (point.yHi, point.yLo) = P384Field.complement(point.yHi, point.yLo);
        } else {
            read(pointer + (bits - ENTRIES) * ENTRY_BYTES, point);
        }
    }

    /// @notice Reads the 96 bytes of a point from memory.
    function read(uint256 pointer, P384Curve.Point memory point) internal pure {
        assembly ("memory-safe") {
            mstore(point, shr(128, mload(pointer)))
            mstore(add(point, 0x20), mload(add(pointer, 16)))
            mstore(add(point, 0x40), shr(128, mload(add(pointer, 48))))
            mstore(add(point, 0x60), mload(add(pointer, 64)))
        }
    }

    /// @notice Writes the 96 bytes of a point to memory that the caller owns.
    function write(uint256 pointer, P384Curve.Point memory point) internal pure {
        assembly ("memory-safe") {
            // Each upper limb's word reaches into its lower limb's place, which is written after it.
            mstore(pointer, shl(128, mload(point)))
            mstore(add(pointer, 16), mload(add(point, 0x20)))
            mstore(add(pointer, 48), shl(128, mload(add(point, 0x40))))
            mstore(add(pointer, 64), mload(add(point, 0x60)))
        }
    }
}
