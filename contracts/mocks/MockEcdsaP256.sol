// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {EcdsaP256} from "../cryptography/EcdsaP256.sol";

/// @title The P-256 library's functions, callable by tests
contract MockEcdsaP256 {
    /// @notice See {EcdsaP256-verify}.
    function verify(bytes32 digest, uint256 r, uint256 s, uint256 x, uint256 y) external view returns (bool) {
        return EcdsaP256.verify(digest, r, s, x, y);
    }

    /// @notice See {EcdsaP256-verifyInSolidity}.
    function verifyInSolidity(bytes32 digest, uint256 r, uint256 s, uint256 x, uint256 y) external view returns (bool) {
        return EcdsaP256.verifyInSolidity(digest, r, s, x, y);
    }
}
