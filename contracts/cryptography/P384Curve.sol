// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {P384Field} from "./P384Field.sol";

/// @title Affine steps on the curve P-384, y² = x³ - 3x + b, with the slopes supplied by the caller
/// @notice A step on affine points needs the slope of a line, which costs a field inversion to find and one
/// multiplication to check. The caller finds it, these functions check it.
/// @dev Every step returns false, and leaves the point in an unspecified state, unless the slope is canonical and is
/// **the** slope of the line: λ·Δx = Δy with Δx ≠ 0, or λ·2y = 3x² - 3 with y ≠ 0. p is prime, so such a λ is unique,
/// and the point computed from it is the sum that the group law defines. The points are on the curve by induction.
/// The group's order is prime (cofactor 1): there is no point with y = 0.
///
/// `slope` is an offset in calldata, at which 48 big-endian bytes stand; callers check that calldata is that long.
library P384Curve {
    /// @dev A point other than infinity, its coordinates canonical.
    struct Point {
        uint256 xHi;
        uint256 xLo;
        uint256 yHi;
        uint256 yLo;
    }

    /// @dev The curve's coefficient b.
    uint256 private constant B_HI = 0xb3312fa7e23ee7e4988e056be3f82d19;
    uint256 private constant B_LO = 0x181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef;

    /// @notice Whether the coordinates are canonical and on the curve.
    function isValid(Point memory a) internal pure returns (bool) {
        if (!P384Field.isCanonical(a.xHi, a.xLo) || !P384Field.isCanonical(a.yHi, a.yLo)) return false;
        // x³ - 3x + b = (x² + (p - 3))·x + b
        (uint256 rHi, uint256 rLo) = P384Field.mulAdd(a.xHi, a.xLo, a.xHi, a.xLo, P384Field.P_HI, P384Field.P_LO - 3);
        (rHi, rLo) = P384Field.mulAdd(rHi, rLo, a.xHi, a.xLo, B_HI, B_LO);
        (uint256 lHi, uint256 lLo) = P384Field.mul(a.yHi, a.yLo, a.yHi, a.yLo);
        return lHi == rHi && lLo == rLo;
    }

    /// @notice a ← a + b. False for a = ±b.
    function add(Point memory a, Point memory b, uint256 slope) internal pure returns (bool) {
        (uint256 xHi, uint256 xLo) = (a.xHi, a.xLo);
        (uint256 sHi, uint256 sLo, bool ok) = _chord(a, b, slope);
        if (!ok) return false;

        (uint256 tHi, uint256 tLo) = P384Field.complementOfSum(xHi, xLo, b.xHi, b.xLo);
        (tHi, tLo) = P384Field.mulAdd(sHi, sLo, sHi, sLo, tHi, tLo);
        _finish(a, tHi, tLo, sHi, sLo);
        return true;
    }

    /// @notice a ← 2a. The slope is that of the tangent.
    function double(Point memory a, uint256 slope) internal pure returns (bool) {
        (uint256 xHi, uint256 xLo) = (a.xHi, a.xLo);
        (uint256 sHi, uint256 sLo) = _slopeAt(slope);
        if (!P384Field.isCanonical(sHi, sLo)) return false;

        // 2λy + 3 against 3x²
        (uint256 lHi, uint256 lLo) = P384Field.add(a.yHi, a.yLo, a.yHi, a.yLo);
        (lHi, lLo) = P384Field.mulAdd(sHi, sLo, lHi, lLo, 0, 3);
        (uint256 rHi, uint256 rLo) = P384Field.mul(xHi, xLo, xHi, xLo);
        (uint256 tHi, uint256 tLo) = P384Field.add(rHi, rLo, rHi, rLo);
        (rHi, rLo) = P384Field.add(rHi, rLo, tHi, tLo);
        if (lHi != rHi || lLo != rLo) return false;

        (tHi, tLo) = P384Field.complementOfSum(xHi, xLo, xHi, xLo);
        (tHi, tLo) = P384Field.mulAdd(sHi, sLo, sHi, sLo, tHi, tLo);
        _finish(a, tHi, tLo, sHi, sLo);
        return true;
    }

    /// @notice a ← (a + b) + a, by the slope of a and b and, 48 bytes on, that of a + b and a. False for a = ±b, and for
    /// a + b = ±a.
    /// @dev The ordinate of m = a + b is never computed. With λ the first slope, y(m) = λ·(x(a) - x(m)) - y(a), so the
    /// second slope's equation, μ·(x(m) - x(a)) = y(m) - y(a), is the same as (λ + μ)·(x(m) - x(a)) + 2·y(a) = 0.
    function doubleAdd(Point memory a, Point memory b, uint256 slopes) internal pure returns (bool) {
        (uint256 xHi, uint256 xLo) = (a.xHi, a.xLo);
        (uint256 sHi, uint256 sLo, bool ok) = _chord(a, b, slopes);
        if (!ok) return false;

        // x(m)
        (uint256 mHi, uint256 mLo) = P384Field.complementOfSum(xHi, xLo, b.xHi, b.xLo);
        (mHi, mLo) = P384Field.mulAdd(sHi, sLo, sHi, sLo, mHi, mLo);
        if (mHi == xHi && mLo == xLo) return false;

        (uint256 uHi, uint256 uLo) = _slopeAt(slopes + 48);
        if (!P384Field.isCanonical(uHi, uLo)) return false;
        (sHi, sLo) = P384Field.add(sHi, sLo, uHi, uLo);
        (uint256 tHi, uint256 tLo) = P384Field.sub(mHi, mLo, xHi, xLo);
        (uint256 eHi, uint256 eLo) = _twice(a.yHi, a.yLo);
        (eHi, eLo) = P384Field.mulAdd(sHi, sLo, tHi, tLo, eHi, eLo);
        if (eHi | eLo != 0) return false;

        (tHi, tLo) = P384Field.complementOfSum(xHi, xLo, mHi, mLo);
        (tHi, tLo) = P384Field.mulAdd(uHi, uLo, uHi, uLo, tHi, tLo);
        _finish(a, tHi, tLo, uHi, uLo);
        return true;
    }

    /// @dev The slope of the chord through a and b, and whether it is what it claims to be.
    function _chord(
        Point memory a,
        Point memory b,
        uint256 slope
    ) private pure returns (uint256 sHi, uint256 sLo, bool ok) {
        (sHi, sLo) = _slopeAt(slope);
        (uint256 dHi, uint256 dLo) = P384Field.sub(b.xHi, b.xLo, a.xHi, a.xLo);
        // λ·Δx + y(a) against y(b)
        (uint256 eHi, uint256 eLo) = P384Field.mulAdd(sHi, sLo, dHi, dLo, a.yHi, a.yLo);
        ok = (dHi | dLo) != 0 && eHi == b.yHi && eLo == b.yLo && P384Field.isCanonical(sHi, sLo);
    }

    /// @dev Moves a to the point with abscissa t on the line of slope s through -that point: y = s·(x(a) - t) - y(a).
    function _finish(Point memory a, uint256 tHi, uint256 tLo, uint256 sHi, uint256 sLo) private pure {
        (uint256 dHi, uint256 dLo) = P384Field.sub(a.xHi, a.xLo, tHi, tLo);
        (uint256 nHi, uint256 nLo) = P384Field.complement(a.yHi, a.yLo);
        (a.yHi, a.yLo) = P384Field.mulAdd(sHi, sLo, dHi, dLo, nHi, nLo);
        (a.xHi, a.xLo) = (tHi, tLo);
    }

    /// @dev 2x as a plain number below 2^385.
    function _twice(uint256 xHi, uint256 xLo) private pure returns (uint256 zHi, uint256 zLo) {
        assembly ("memory-safe") {
            zLo := shl(1, xLo)
            zHi := or(shl(1, xHi), shr(255, xLo))
        }
    }

    /// @dev 48 big-endian bytes of calldata.
    function _slopeAt(uint256 slope) private pure returns (uint256 hi, uint256 lo) {
        assembly ("memory-safe") {
            hi := shr(128, calldataload(slope))
            lo := calldataload(add(slope, 16))
        }
    }
}
