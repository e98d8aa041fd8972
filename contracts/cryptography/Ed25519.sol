// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {EDWARDS_D, FIELD_PRIME, GROUP_ORDER, ORDER_EIGHT_Y, WIDE_MOD_ORDER} from "./Curve25519Constants.sol";
import {Edwards25519} from "./Edwards25519.sol";
import {HalfSizeScalars} from "./HalfSizeScalars.sol";
import {LittleEndian} from "./LittleEndian.sol";
import {WorkspaceSha512} from "./WorkspaceSha512.sol";
import {Workspace} from "./Workspace.sol";
import {TABLE_A, TABLE_R} from "./WorkspaceLayout.sol";

/// @title Ed25519 signatures
/// @dev Source: RFC 8032, 5.1.7 with the cofactored equation 8sB = 8R + 8kA, points in canonical encoding only, s below L,
/// and keys of small order refused. README.md says how this compares with what Substrate accepts and why it is safe.
/// Evidence is 144 bytes:
///
/// | bytes | content |
/// |---|---|
/// | 0 to 31 | R, as in the signature |
/// | 32 to 63 | s, as in the signature |
/// | 64 to 79 | σ, big-endian (HalfSizeScalars) |
/// | 80 to 111 | x of the key, big-endian |
/// | 112 to 143 | x of R, big-endian |
library Ed25519 {
    uint256 internal constant EVIDENCE_LENGTH = 144;

    /// @dev All bits but the highest, which is the sign of x.
    uint256 private constant Y_MASK = (1 << 255) - 1;

    /// @notice Whether the evidence holds a signature of `message` by `key`. Claims the workspace.
    /// @param lowTable Data contract of the multiples of B, which the caller has checked.
    /// @param highTable Data contract of the multiples of 2^128 B, likewise.
    function verify(
        bytes32 key,
        bytes calldata message,
        bytes calldata evidence,
        address lowTable,
        address highTable
    ) internal view returns (bool) {
        if (evidence.length != EVIDENCE_LENGTH || isSmallOrder(key)) return false;
        uint256 s = LittleEndian.reverse(uint256(bytes32(evidence[32:64])));
        if (s >= GROUP_ORDER) return false;
        Workspace.claim();

        bytes32 encodedR = bytes32(evidence[0:32]);
        bool negative;
        {
            bool short;
            (short, negative) = HalfSizeScalars.split(
                uint128(bytes16(evidence[64:80])),
                _challenge(key, encodedR, message),
                s
            );
            if (!short) return false;
        }
        // (σ s) B - ρ A - σ R: the tables hold multiples of -A (of A where ρ is negative) and of -R.
        {
            (bool valid, uint256 x, uint256 y) = decode(key, uint256(bytes32(evidence[80:112])));
            if (!valid) return false;
            Edwards25519.storeMultiples(TABLE_A, negative ? x : FIELD_PRIME - x, y);
        }
        {
            (bool valid, uint256 x, uint256 y) = decode(encodedR, uint256(bytes32(evidence[112:144])));
            if (!valid) return false;
            Edwards25519.storeMultiples(TABLE_R, FIELD_PRIME - x, y);
        }
        (uint256 X, uint256 Y, uint256 Z) = Edwards25519.combine(lowTable, highTable);
        (X, Y, Z) = Edwards25519.clearCofactor(X, Y, Z);
        // The identity. Z is never zero; asking costs nothing.
        return Z != 0 && X == 0 && Y == Z;
    }

    /// @notice Whether an encoding, canonical or not, is of one of the eight points whose order divides 8.
    /// @dev Anyone can make signatures that verify under such a key. Their y are 1 (order 1), -1 (2), 0 (4) and the two
    /// of order 8; both signs of x are refused, and y + p where that still fits 255 bits.
    function isSmallOrder(bytes32 encoded) internal pure returns (bool) {
        uint256 y = (LittleEndian.reverse(uint256(encoded)) & Y_MASK) % FIELD_PRIME;
        return y <= 1 || y == FIELD_PRIME - 1 || y == ORDER_EIGHT_Y || y == FIELD_PRIME - ORDER_EIGHT_Y;
    }

    /// @notice The point that 32 bytes encode (RFC 8032, 5.1.3), given its x, which is checked.
    /// @return valid False where y is not below p, x is not the one of the right parity, or no such point exists.
    /// @return px Its x, below p.
    /// @return py Its y, below p.
    function decode(bytes32 encoded, uint256 x) internal pure returns (bool valid, uint256 px, uint256 py) {
        uint256 p = FIELD_PRIME;
        uint256 word = LittleEndian.reverse(uint256(encoded));
        uint256 y = word & Y_MASK;
        // An x of zero has no odd twin, so zero with the sign bit fails the comparison of parities.
        if (y >= p || x >= p || x & 1 != word >> 255) return (false, 0, 0);
        uint256 xx = mulmod(x, x, p);
        uint256 yy = mulmod(y, y, p);
        // -x^2 + y^2 = 1 + d x^2 y^2
        if (addmod(yy, p - xx, p) != addmod(1, mulmod(EDWARDS_D, mulmod(xx, yy, p), p), p)) return (false, 0, 0);
        return (true, x, y);
    }

    /// @dev SHA-512(R ‖ A ‖ message) as a number, least byte first, modulo L.
    function _challenge(bytes32 key, bytes32 encodedR, bytes calldata message) private pure returns (uint256) {
        (bytes32 first, bytes32 second) = WorkspaceSha512.digest(bytes.concat(encodedR, key, message));
        uint256 low = LittleEndian.reverse(uint256(first));
        uint256 high = LittleEndian.reverse(uint256(second));
        return addmod(low, mulmod(high, WIDE_MOD_ORDER, GROUP_ORDER), GROUP_ORDER);
    }
}
