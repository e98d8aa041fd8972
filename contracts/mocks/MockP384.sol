// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {P384Comb} from "../cryptography/P384Comb.sol";
import {P384Curve} from "../cryptography/P384Curve.sol";
import {P384Field} from "../cryptography/P384Field.sol";
import {P384Scalar} from "../cryptography/P384Scalar.sol";

/// @title The internal libraries under P-384, many operands at a time
/// @dev Numbers are pairs of limbs, the upper one first.
contract MockP384 {
    function fieldMulAdd(uint256[6][] calldata inputs) external pure returns (uint256[2][] memory outputs) {
        outputs = new uint256[2][](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            uint256[6] calldata a = inputs[i];
            (outputs[i][0], outputs[i][1]) = P384Field.mulAdd(a[0], a[1], a[2], a[3], a[4], a[5]);
        }
    }

    function fieldAddSubtract(uint256[4][] calldata inputs) external pure returns (uint256[6][] memory outputs) {
        outputs = new uint256[6][](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            uint256[4] calldata a = inputs[i];
            (outputs[i][0], outputs[i][1]) = P384Field.add(a[0], a[1], a[2], a[3]);
            (outputs[i][2], outputs[i][3]) = P384Field.sub(a[0], a[1], a[2], a[3]);
            (outputs[i][4], outputs[i][5]) = P384Field.complementOfSum(a[0], a[1], a[2], a[3]);
        }
    }

    function isCanonical(uint256[2][] calldata inputs) external pure returns (bool[] memory outputs) {
        outputs = new bool[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            outputs[i] = P384Field.isCanonical(inputs[i][0], inputs[i][1]);
        }
    }

    function scalarMulAdd(uint256[6][] calldata inputs) external view returns (uint256[2][] memory outputs) {
        outputs = new uint256[2][](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            uint256[6] calldata a = inputs[i];
            (outputs[i][0], outputs[i][1]) = P384Scalar.mulAdd(a[0], a[1], a[2], a[3], a[4], a[5]);
        }
    }

    function isInRange(uint256[2][] calldata inputs) external pure returns (bool[] memory outputs) {
        outputs = new bool[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            outputs[i] = P384Scalar.isInRange(inputs[i][0], inputs[i][1]);
        }
    }

    function digits(uint256 hi, uint256 lo) external pure returns (uint256[] memory outputs) {
        outputs = new uint256[](P384Comb.SPACING);
        (uint256 lower, uint256 upper) = P384Comb.rows(hi, lo);
        for (uint256 i = 0; i < outputs.length; ++i) outputs[i] = P384Comb.digit(lower, upper, i);
    }

    function isValid(P384Curve.Point calldata a) external pure returns (bool) {
        return P384Curve.isValid(a);
    }

    function add(
        P384Curve.Point memory a,
        P384Curve.Point memory b,
        bytes calldata slope
    ) external pure returns (bool, P384Curve.Point memory) {
        return (P384Curve.add(a, b, _offsetOf(slope)), a);
    }

    function double(
        P384Curve.Point memory a,
        bytes calldata slope
    ) external pure returns (bool, P384Curve.Point memory) {
        return (P384Curve.double(a, _offsetOf(slope)), a);
    }

    function doubleAdd(
        P384Curve.Point memory a,
        P384Curve.Point memory b,
        bytes calldata slopes
    ) external pure returns (bool, P384Curve.Point memory) {
        return (P384Curve.doubleAdd(a, b, _offsetOf(slopes)), a);
    }

    function _offsetOf(bytes calldata data) private pure returns (uint256 offset) {
        assembly ("memory-safe") {
            offset := data.offset
        }
    }
}
