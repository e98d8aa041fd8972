// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {EDWARDS_D, FIELD_PRIME} from "./Curve25519Constants.sol";
import {LittleEndian} from "./LittleEndian.sol";

/// @title ristretto255 decoding
/// @dev Source: RFC 9496, 4.3.1, variable names kept.
library Ristretto255 {
    /// @notice A point of edwards25519 that stands for the encoded element.
    /// @dev The inverse square root, which the RFC computes by exponentiation, comes from the caller and is checked by
    /// invsqrt^2 (v u2^2) = 1: there is none where the RFC says "not a square", and where there is one, it and its
    /// negative give the same result, for x is made non-negative and y takes the square.
    /// @param encoded The 32 bytes of the encoding.
    /// @param invsqrt An inverse square root of v u2^2 modulo p.
    /// @return valid False where the encoding is not canonical, encodes no element, or the hint is wrong.
    /// @return x Affine x, below p.
    /// @return y Affine y, below p.
    function decode(bytes32 encoded, uint256 invsqrt) internal pure returns (bool valid, uint256 x, uint256 y) {
        uint256 p = FIELD_PRIME;
        uint256 s = LittleEndian.reverse(uint256(encoded));
        if (s >= p || s & 1 == 1) return (false, 0, 0);

        // Every sum and difference below is of numbers up to p < 2^255, so none wraps.
        unchecked {
            uint256 ss = mulmod(s, s, p);
            uint256 u1 = p + 1 - ss;
            uint256 u2 = 1 + ss;
            uint256 u2Squared = mulmod(u2, u2, p);
            uint256 v = 2 * p - mulmod(EDWARDS_D, mulmod(u1, u1, p), p) - u2Squared;
            uint256 denominatorY = mulmod(mulmod(invsqrt, invsqrt, p), v, p); // over u2: den_y
            if (mulmod(denominatorY, u2Squared, p) != 1) return (false, 0, 0);

            x = mulmod(2 * s, mulmod(invsqrt, u2, p), p);
            if (x & 1 == 1) x = p - x;
            y = mulmod(u1, mulmod(denominatorY, u2, p), p);
            // t = x y must be non-negative, that is even, and y not zero.
            valid = y != 0 && mulmod(x, y, p) & 1 == 0;
        }
    }
}
