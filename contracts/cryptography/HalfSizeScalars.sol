// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {GROUP_ORDER} from "./Curve25519Constants.sol";
import {DIGITS_A, DIGITS_B, DIGITS_R} from "./WorkspaceLayout.sol";

/// @title Turning s B = R + k A into an equation with scalars of half the size
/// @dev For a factor σ that is not zero modulo L, and ρ = σ k mod L brought next to zero, the equation holds up to
/// torsion exactly if (σ s) B - ρ A - σ R is torsion: README.md has the argument. σ can be chosen so that both have
/// about 126 bits (A. Antipa et al., "Accelerated Verification of ECDSA Signatures", 2005). A bad choice of σ is
/// refused here, and can make a good signature fail, never a bad one pass.
library HalfSizeScalars {
    /// @dev 8 in each of 32 digits of 4 bits: makes signed digits from -8 to 7 out of unsigned ones.
    uint256 private constant DIGIT_OFFSET = 0x88888888888888888888888888888888;
    /// @dev A scalar below this stays within 128 bits when the offset is added.
    uint256 internal constant SCALAR_BOUND = (1 << 128) - DIGIT_OFFSET;

    /// @notice Checks σ and writes the digits of |ρ|, σ and σ s into the workspace.
    /// @param sigma The caller's factor.
    /// @param k The challenge, below L.
    /// @param s The signature's scalar, below L.
    /// @return valid False where σ is zero or too large, or makes ρ too large.
    /// @return negative Whether ρ is below zero.
    function split(uint256 sigma, uint256 k, uint256 s) internal pure returns (bool valid, bool negative) {
        // σ below 2^128 < L and not zero is not zero modulo L.
        if (sigma == 0 || sigma >= SCALAR_BOUND) return (false, false);
        uint256 rho = mulmod(sigma, k, GROUP_ORDER);
        // No sum or difference below can wrap: every number is below L or below the bound just checked.
        unchecked {
            if (rho >= SCALAR_BOUND) {
                rho = GROUP_ORDER - rho;
                negative = true;
                if (rho >= SCALAR_BOUND) return (false, false);
            }
            uint256 digitsA = rho + DIGIT_OFFSET;
            uint256 digitsR = sigma + DIGIT_OFFSET;
            uint256 digitsB = ~mulmod(sigma, s, GROUP_ORDER);
            // Memory-safe: writes inside the workspace, which the caller has claimed.
            assembly ("memory-safe") {
                mstore(DIGITS_A, digitsA)
                mstore(DIGITS_R, digitsR)
                mstore(DIGITS_B, digitsB)
            }
        }
        valid = true;
    }
}
