// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title The prime field of P-384 (FIPS 186-5, SP 800-186 section 3.2.1.4)
/// @notice A 384-bit number is held as two limbs, `hi`·2^256 + `lo`, with `hi` < 2^128. An element is canonical when it
/// is below p = 2^384 - 2^128 - 2^96 + 2^32 - 1; every function returns canonical elements.
library P384Field {
    /// @dev p, in two limbs.
    uint256 internal constant P_HI = 0xffffffffffffffffffffffffffffffff;
    uint256 internal constant P_LO = 0xfffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff;

    /// @dev 2^384 mod p = 2^128 + 2^96 - 2^32 + 1 = 2^384 - p, and the same without its leading 2^128.
    uint256 private constant FOLD = 0x100000000ffffffffffffffff00000001;
    uint256 private constant FOLD_LOW = 0xffffffffffffffff00000001;

    /// @dev All ones in 128 bits and in 256 bits.
    uint256 private constant MASK = 0xffffffffffffffffffffffffffffffff;
    uint256 private constant ONES = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

    /// @notice x·y + c mod p.
    /// @dev x and y may be any 384-bit numbers, and c any number below 2^400, so that sums of a few elements can be
    /// added without being reduced first. Every line below is exact under these bounds.
    function mulAdd(
        uint256 xHi,
        uint256 xLo,
        uint256 yHi,
        uint256 yLo,
        uint256 cHi,
        uint256 cLo
    ) internal pure returns (uint256 zHi, uint256 zLo) {
        assembly ("memory-safe") {
            // The product as top·2^512 + mid·2^256 + zLo. The upper half of a 512-bit product a·b is
            // (a·b mod 2^256-1) - (a·b mod 2^256), less one when that borrows.
            let m := mulmod(xLo, yLo, ONES)
            zLo := mul(xLo, yLo)
            let mid := sub(sub(m, zLo), lt(m, zLo))

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

            // x·y < 2^768, hence top < 2^256: this sum can't overflow.
            top := add(top, mul(xHi, yHi))

            // With w3, w4, w5 the product's 128-bit words from 2^384 up, (w3 + w4·2^128 + w5·2^256)·FOLD replaces
            // them. FOLD = 2^128 + FOLD_LOW, and w5's share of 2^384 is folded at once by adding w5 to w3.
            l := shr(128, top) // w5
            top := and(top, MASK) // w4
            m := add(shr(128, mid), l) // w3 + w5 < 2^129

            // What stands at 2^256: the product's third word, w4, and w5·FOLD_LOW; below 2^226 with cHi.
            zHi := add(add(and(mid, MASK), cHi), add(top, mul(l, FOLD_LOW)))
            // What stands at 2^128: w3 + w5 and w4·FOLD_LOW; below 2^225.
            top := add(m, mul(top, FOLD_LOW))
            zHi := add(zHi, shr(128, top))

            // What stands at 2^0, with a carry into zHi after each addition.
            l := mul(m, FOLD_LOW)
            zLo := add(zLo, l)
            zHi := add(zHi, lt(zLo, l))
            l := shl(128, top)
            zLo := add(zLo, l)
            zHi := add(zHi, lt(zLo, l))
            zLo := add(zLo, cLo)
            zHi := add(zHi, lt(zLo, cLo))

            // zHi < 2^227: fold what is above 2^384 (below 2^99) once more; the product is below 2^228.
            l := mul(shr(128, zHi), FOLD)
            zLo := add(zLo, l)
            zHi := add(and(zHi, MASK), lt(zLo, l))

            // Now z <= 2^384 + l. Either it is past 2^384 (then zLo < l < 2^228), or in [p, 2^384), or canonical. In
            // the first two cases p has to be taken off, which is: add FOLD and drop 2^384.
            if gt(zHi, sub(MASK, 1)) {
                if or(gt(zHi, MASK), iszero(lt(zLo, P_LO))) {
                    zLo := add(zLo, FOLD)
                    zHi := 0
                }
            }
        }
    }

    /// @notice x·y mod p, for any 384-bit x and y.
    function mul(uint256 xHi, uint256 xLo, uint256 yHi, uint256 yLo) internal pure returns (uint256 zHi, uint256 zLo) {
        return mulAdd(xHi, xLo, yHi, yLo, 0, 0);
    }

    /// @notice x - y mod p, for canonical x and y.
    function sub(uint256 xHi, uint256 xLo, uint256 yHi, uint256 yLo) internal pure returns (uint256 zHi, uint256 zLo) {
        assembly ("memory-safe") {
            let l := sub(xLo, yLo)
            zHi := sub(sub(xHi, yHi), lt(xLo, yLo))
            // The limbs are below 2^128, so the top bit of zHi is set exactly when x < y; p is added then.
            let borrow := sar(255, zHi)
            zLo := add(l, and(borrow, P_LO))
            zHi := add(add(zHi, and(borrow, P_HI)), lt(zLo, l))
        }
    }

    /// @notice x + y mod p, for canonical x and y.
    function add(uint256 xHi, uint256 xLo, uint256 yHi, uint256 yLo) internal pure returns (uint256, uint256) {
        (yHi, yLo) = complement(yHi, yLo);
        // p - y is p itself for y = 0, and then x - p borrows and returns x: still canonical.
        return sub(xHi, xLo, yHi, yLo);
    }

    /// @notice p - x, for canonical x: the negative of x, except that zero gives p.
    function complement(uint256 xHi, uint256 xLo) internal pure returns (uint256 zHi, uint256 zLo) {
        assembly ("memory-safe") {
            zLo := sub(P_LO, xLo)
            zHi := sub(sub(P_HI, xHi), lt(P_LO, xLo))
        }
    }

    /// @notice 2p - x - y as a plain number, for canonical x and y: a term for `mulAdd` to add.
    function complementOfSum(
        uint256 xHi,
        uint256 xLo,
        uint256 yHi,
        uint256 yLo
    ) internal pure returns (uint256 zHi, uint256 zLo) {
        assembly ("memory-safe") {
            // (p - x) and then (p - y), added limb by limb with one carry; below 2^385.
            let l := sub(P_LO, xLo)
            zLo := sub(P_LO, yLo)
            zHi := sub(sub(sub(shl(1, P_HI), xHi), lt(P_LO, xLo)), add(yHi, lt(P_LO, yLo)))
            zLo := add(zLo, l)
            zHi := add(zHi, lt(zLo, l))
        }
    }

    /// @notice Whether the limbs are a canonical element.
    function isCanonical(uint256 xHi, uint256 xLo) internal pure returns (bool canonical) {
        assembly ("memory-safe") {
            canonical := or(lt(xHi, P_HI), and(eq(xHi, P_HI), lt(xLo, P_LO)))
        }
    }
}
