// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {P384Comb} from "./P384Comb.sol";
import {P384CombConstants} from "./P384CombConstants.sol";
import {P384Curve} from "./P384Curve.sol";
import {P384Scalar} from "./P384Scalar.sol";

/// @title ECDSA over P-384 (FIPS 186-5 section 6.4.2) with tabled keys and supplied slopes
/// @notice Written out in P384.md, with the argument why no hint can make a bad signature pass.
/// @dev (r, n - s) verifies wherever (r, s) does: that is ECDSA, and the standards for certificates and for evidence
/// don't exclude it. Don't use a signature's bytes as an identifier.
library EcdsaP384 {
    /// @dev 1/(2s) mod n, then three slopes a column and the last addition's.
    uint256 internal constant HINT_BYTES = 48 + 48 * (3 * P384Comb.SPACING + 1);

    /// @notice A 48-byte digest, as a number.
    struct Digest {
        uint256 hi;
        uint256 lo;
    }

    /// @notice Whether the signature is the key's, for a digest of exactly 48 bytes.
    /// @param signature r and s, 48 big-endian bytes each.
    /// @param hints As `pha.cryptography.p384_hints.signature_hints` makes them. Any others give false.
    function verify(
        Digest memory digest,
        bytes calldata signature,
        P384Comb.Table memory generator,
        P384Comb.Table memory key,
        bytes calldata hints
    ) internal view returns (bool) {
        if (signature.length != 96 || hints.length != HINT_BYTES) return false;
        (uint256 rHi, uint256 rLo) = _numberAt(signature, 0);
        (uint256 sHi, uint256 sLo) = _numberAt(signature, 48);
        if (!P384Scalar.isInRange(rHi, rLo) || !P384Scalar.isInRange(sHi, sLo)) return false;

        // v = 1/(2s): canonical, and s·v = 1/2.
        (uint256 vHi, uint256 vLo) = _numberAt(hints, 0);
        if (!P384Scalar.isInRange(vHi, vLo)) return false;
        (sHi, sLo) = P384Scalar.mulAdd(sHi, sLo, vHi, vLo, 0, 0);
        if (sHi != P384CombConstants.HALF_HI || sLo != P384CombConstants.HALF_LO) return false;

        Rows memory rows;
        (rows.generatorLower, rows.generatorUpper) = _recode(digest.hi, digest.lo, vHi, vLo);
        (rows.keyLower, rows.keyUpper) = _recode(rHi, rLo, vHi, vLo);

        P384Curve.Point memory sum = P384Curve.Point(
            P384CombConstants.START_X_HI,
            P384CombConstants.START_X_LO,
            P384CombConstants.START_Y_HI,
            P384CombConstants.START_Y_LO
        );
        if (!_accumulate(sum, rows, generator, key, hints)) return false;

        // x mod n = r, for x < p < 2n: either x = r, or x = r + n.
        if (sum.xHi == rHi && sum.xLo == rLo) return true;
        unchecked {
            // Two 384-bit numbers: the upper limb has room for the carry.
            uint256 lo = rLo + P384Scalar.N_LO;
            uint256 hi = rHi + P384Scalar.N_HI + (lo < rLo ? 1 : 0);
            return sum.xHi == hi && sum.xLo == lo;
        }
    }

    /// @dev The rows of both recoded scalars.
    struct Rows {
        uint256 generatorLower;
        uint256 generatorUpper;
        uint256 keyLower;
        uint256 keyUpper;
    }

    /// @dev b with u = Σ (2·b_i - 1)·2^i = 2b - (2^387 - 1) mod n, for u = 2·x·v.
    function _recode(
        uint256 xHi,
        uint256 xLo,
        uint256 vHi,
        uint256 vLo
    ) private view returns (uint256 lower, uint256 upper) {
        (uint256 hi, uint256 lo) = P384Scalar.mulAdd(
            xHi,
            xLo,
            vHi,
            vLo,
            P384CombConstants.OFFSET_HI,
            P384CombConstants.OFFSET_LO
        );
        return P384Comb.rows(hi, lo);
    }

    /// @dev sum ← u1·G + u2·Q, by way of 2^43·start + u1·G + u2·Q. False when a slope is wrong, or there is no sum to
    /// speak of because it is the point at infinity.
    function _accumulate(
        P384Curve.Point memory sum,
        Rows memory rows,
        P384Comb.Table memory generator,
        P384Comb.Table memory key,
        bytes calldata hints
    ) private view returns (bool) {
        uint256 generatorTable = P384Comb.load(generator);
        uint256 keyTable = P384Comb.load(key);
        P384Curve.Point memory entry;
        uint256 slope;
        assembly ("memory-safe") {
            slope := add(hints.offset, 48)
        }
        unchecked {
            // No overflow: 43 columns, and a calldata offset.
            for (uint256 column = P384Comb.SPACING; column != 0;) {
                --column;
                uint256 bits = P384Comb.digit(rows.generatorLower, rows.generatorUpper, column);
                P384Comb.select(generatorTable, bits, entry);
                if (!P384Curve.doubleAdd(sum, entry, slope)) return false;

                bits = P384Comb.digit(rows.keyLower, rows.keyUpper, column);
                P384Comb.select(keyTable, bits, entry);
                if (!P384Curve.add(sum, entry, slope + 96)) return false;
                slope += 144;
            }
        }
        // -2^43·start. If the rest is infinity, the sum is 2^43·start now, and no chord leads from it to its negative.
        entry.xHi = P384CombConstants.END_X_HI;
        entry.xLo = P384CombConstants.END_X_LO;
        entry.yHi = P384CombConstants.END_Y_HI;
        entry.yLo = P384CombConstants.END_Y_LO;
        return P384Curve.add(sum, entry, slope);
    }

    /// @dev 48 big-endian bytes; callers have checked that they are there.
    function _numberAt(bytes calldata data, uint256 position) private pure returns (uint256 hi, uint256 lo) {
        assembly ("memory-safe") {
            let offset := add(data.offset, position)
            hi := shr(128, calldataload(offset))
            lo := calldataload(add(offset, 16))
        }
    }
}
