// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {BASE_X, BASE_Y, EDWARDS_D, EDWARDS_TWICE_D, FIELD_PRIME} from "./Curve25519Constants.sol";

/// @title Multiples of the base point of edwards25519 as contract code
/// @notice The constructor computes 255, 254, ..., 1, 0 times 2^doublings B and leaves them as the contract's code.
/// @dev Code: one STOP byte, so that a call does nothing, then 96 bytes a multiple: y + x, y - x and 2dxy of the affine
/// point, big-endian. The last entry is the identity (1, 1, 0); its zero word is left out, because EXTCODECOPY fills
/// with zeros, and the code stays within the size limit. It counts down because a digit's complement then addresses
/// its entry. Whoever uses a table compares its code hash with Curve25519Constants.sol, so nothing here needs trust.
contract Edwards25519BaseTable {
    uint256 private constant MULTIPLES = 256;
    uint256 private constant ENTRY_LENGTH = 96;
    uint256 private constant CODE_LENGTH = 24_545; // 1 + 256 * 96 - 32

    /// @dev Extended coordinates: x = X/Z, y = Y/Z, xy = T/Z.
    struct Point {
        uint256 X;
        uint256 Y;
        uint256 Z;
        uint256 T;
    }

    /// @param doublings 0 for the multiples of B, 128 for those of 2^128 B.
    constructor(uint256 doublings) {
        Point memory step = Point(BASE_X, BASE_Y, 1, mulmod(BASE_X, BASE_Y, FIELD_PRIME));
        for (uint256 i = 0; i < doublings; ++i) {
            step = _add(step, step);
        }
        Point[] memory points = new Point[](MULTIPLES);
        points[0] = Point(0, 1, 1, 0);
        for (uint256 i = 1; i < MULTIPLES; ++i) {
            points[i] = _add(points[i - 1], step);
        }
        bytes memory code = _encode(points);
        // Memory-safe: returns allocated memory.
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }

    /// @dev Divides all points by their Z with one inversion (P. Montgomery's trick), from the last to the first.
    function _encode(Point[] memory points) private pure returns (bytes memory code) {
        uint256 p = FIELD_PRIME;
        uint256[] memory products = new uint256[](MULTIPLES); // of Z up to, not including, this point's
        uint256 product = 1;
        for (uint256 i = 0; i < MULTIPLES; ++i) {
            products[i] = product;
            product = mulmod(product, points[i].Z, p);
        }
        uint256 inverse = _invert(product);
        code = new bytes(CODE_LENGTH + 32); // room for the last entry's zero word, cut off at the end
        for (uint256 offset = 1; offset < CODE_LENGTH; offset += ENTRY_LENGTH) {
            uint256 i = MULTIPLES - 1 - offset / ENTRY_LENGTH;
            uint256 inverseZ = mulmod(inverse, products[i], p);
            inverse = mulmod(inverse, points[i].Z, p);
            uint256 x = mulmod(points[i].X, inverseZ, p);
            uint256 y = mulmod(points[i].Y, inverseZ, p);
            uint256 sum = addmod(y, x, p);
            uint256 difference = addmod(y, p - x, p);
            uint256 product2d = mulmod(EDWARDS_TWICE_D, mulmod(x, y, p), p);
            // Memory-safe: offset + 96 is at most the length of `code`.
            assembly ("memory-safe") {
                let entry := add(add(code, 0x20), offset)
                mstore(entry, sum)
                mstore(add(entry, 0x20), difference)
                mstore(add(entry, 0x40), product2d)
            }
        }
        assembly ("memory-safe") {
            mstore(code, CODE_LENGTH)
        }
    }

    /// @dev Unified addition in extended coordinates, a = -1 (Hisil et al. 2008, section 3.1).
    function _add(Point memory first, Point memory second) private pure returns (Point memory) {
        uint256 p = FIELD_PRIME;
        uint256 a = mulmod(first.Y + p - first.X, second.Y + p - second.X, p);
        uint256 b = mulmod(first.Y + first.X, second.Y + second.X, p);
        uint256 c = mulmod(mulmod(first.T, second.T, p), EDWARDS_TWICE_D, p);
        uint256 d = mulmod(first.Z, 2 * second.Z, p);
        uint256 e = b + p - a;
        uint256 f = d + p - c;
        uint256 g = d + c;
        uint256 h = b + a;
        return Point(mulmod(e, f, p), mulmod(g, h, p), mulmod(f, g, p), mulmod(e, h, p));
    }

    /// @dev By Fermat: value^(p - 2).
    function _invert(uint256 value) private pure returns (uint256 result) {
        result = 1;
        for (uint256 exponent = FIELD_PRIME - 2; exponent != 0; exponent >>= 1) {
            if (exponent & 1 == 1) result = mulmod(result, value, FIELD_PRIME);
            value = mulmod(value, value, FIELD_PRIME);
        }
    }
}
