// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Ed25519} from "../cryptography/Ed25519.sol";
import {Edwards25519} from "../cryptography/Edwards25519.sol";
import {Edwards25519TableHolder} from "../cryptography/Edwards25519TableHolder.sol";
import {HalfSizeScalars} from "../cryptography/HalfSizeScalars.sol";
import {Ristretto255} from "../cryptography/Ristretto255.sol";
import {Workspace} from "../cryptography/Workspace.sol";
import {DIGITS_A, DIGITS_B, DIGITS_R, TABLE_A, TABLE_R} from "../cryptography/WorkspaceLayout.sol";

/// @title Calls into the curve's libraries, one by one
contract MockCurve25519 is Edwards25519TableHolder {
    constructor(address lowTable, address highTable) Edwards25519TableHolder(lowTable, highTable) {}

    function decodeRistretto(bytes32 encoded, uint256 hint) external pure returns (bool, uint256, uint256) {
        return Ristretto255.decode(encoded, hint);
    }

    function decodeEdwards(bytes32 encoded, uint256 x) external pure returns (bool, uint256, uint256) {
        return Ed25519.decode(encoded, x);
    }

    function isSmallOrder(bytes32 encoded) external pure returns (bool) {
        return Ed25519.isSmallOrder(encoded);
    }

    function split(
        uint256 sigma,
        uint256 k,
        uint256 s
    ) external pure returns (bool valid, bool negative, uint256 a, uint256 r, uint256 b) {
        Workspace.claim();
        (valid, negative) = HalfSizeScalars.split(sigma, k, s);
        assembly ("memory-safe") {
            a := mload(DIGITS_A)
            r := mload(DIGITS_R)
            b := mload(DIGITS_B)
        }
    }

    /// @notice a (x1, y1) + r (x2, y2) + b B, projective, from digit words as HalfSizeScalars writes them.
    function combine(
        uint256[2] calldata first,
        uint256[2] calldata second,
        uint256 digitsA,
        uint256 digitsR,
        uint256 digitsB
    ) external view returns (uint256, uint256, uint256) {
        Workspace.claim();
        Edwards25519.storeMultiples(TABLE_A, first[0], first[1]);
        Edwards25519.storeMultiples(TABLE_R, second[0], second[1]);
        assembly ("memory-safe") {
            mstore(DIGITS_A, digitsA)
            mstore(DIGITS_R, digitsR)
            mstore(DIGITS_B, digitsB)
        }
        return Edwards25519.combine(LOW_TABLE, HIGH_TABLE);
    }

    function clearCofactor(uint256 x, uint256 y) external pure returns (uint256, uint256, uint256) {
        Workspace.claim();
        return Edwards25519.clearCofactor(x, y, 1);
    }
}
