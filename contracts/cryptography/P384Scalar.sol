// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers modulo n, the prime order of P-384's group
/// @notice A number is held in two limbs, `hi`·2^256 + `lo`, with `hi` < 2^128, as in P384Field.
library P384Scalar {
    /// @dev n, in two limbs.
    uint256 internal constant N_HI = 0xffffffffffffffffffffffffffffffff;
    uint256 internal constant N_LO = 0xffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973;

    uint256 private constant ONES = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

    /// @notice Whether 0 < x < n.
    function isInRange(uint256 xHi, uint256 xLo) internal pure returns (bool) {
        return (xHi | xLo) != 0 && (xHi < N_HI || (xHi == N_HI && xLo < N_LO));
    }

    /// @notice x·y + c mod n, for any 384-bit x, y and c.
    /// @dev The sum is below 2^768; MODEXP (EIP-198) with exponent 1 reduces it. The precompile can only fail for want
    /// of gas, and then this reverts.
    function mulAdd(
        uint256 xHi,
        uint256 xLo,
        uint256 yHi,
        uint256 yLo,
        uint256 cHi,
        uint256 cLo
    ) internal view returns (uint256 zHi, uint256 zLo) {
        assembly ("memory-safe") {
            // x·y as top·2^512 + mid·2^256 + low, as in P384Field.mulAdd.
            let m := mulmod(xLo, yLo, ONES)
            let low := mul(xLo, yLo)
            let mid := sub(sub(m, low), lt(m, low))
            m := mulmod(xLo, yHi, ONES)
            let l := mul(xLo, yHi)
            let top := sub(sub(m, l), lt(m, l))
            mid := add(mid, l)
            top := add(top, lt(mid, l))
            m := mulmod(xHi, yLo, ONES)
            l := mul(xHi, yLo)
            top := add(top, sub(sub(m, l), lt(m, l)))
            mid := add(mid, l)
            top := add(top, lt(mid, l))
            top := add(top, mul(xHi, yHi))

            // + c. The carry into mid and cHi are added apart, for each may overflow it.
            low := add(low, cLo)
            l := lt(low, cLo)
            mid := add(mid, l)
            top := add(top, lt(mid, l))
            mid := add(mid, cHi)
            top := add(top, lt(mid, cHi))

            // lengths of base, exponent and modulus; base; exponent; modulus. Past the free pointer: scratch.
            let input := mload(0x40)
            mstore(input, 96)
            mstore(add(input, 32), 1)
            mstore(add(input, 64), 48)
            mstore(add(input, 96), top)
            mstore(add(input, 128), mid)
            mstore(add(input, 160), low)
            mstore8(add(input, 192), 1)
            mstore(add(input, 193), shl(128, N_HI))
            mstore(add(input, 209), N_LO)
            if iszero(staticcall(gas(), 5, input, 241, input, 48)) {
                revert(0, 0)
            }
            zHi := shr(128, mload(input))
            zLo := mload(add(input, 16))
        }
    }
}
