// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Vm} from "./Vm.sol";

/// @title Assertions and bounded inputs for forge's tests
/// @dev A failed check reverts, which fails a test, an invariant, and, as the profiles set it, a handler's step.
abstract contract Checked {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice What was found, beside what should have been.
    error CheckFailed(string rule, uint256 found, uint256 expected);

    function checkEqual(uint256 found, uint256 expected, string memory rule) internal pure {
        if (found != expected) revert CheckFailed(rule, found, expected);
    }

    function checkAtMost(uint256 found, uint256 highest, string memory rule) internal pure {
        if (found > highest) revert CheckFailed(rule, found, highest);
    }

    function checkAtLeast(uint256 found, uint256 lowest, string memory rule) internal pure {
        if (found < lowest) revert CheckFailed(rule, found, lowest);
    }

    /// @dev Within `tolerance` of each other.
    function checkNear(uint256 found, uint256 expected, uint256 tolerance, string memory rule) internal pure {
        uint256 distance = found > expected ? found - expected : expected - found;
        if (distance > tolerance) revert CheckFailed(rule, found, expected);
    }

    function check(bool holds, string memory rule) internal pure {
        if (!holds) revert CheckFailed(rule, 0, 1);
    }

    /// @dev A fuzzed number, folded into the range.
    function bounded(uint256 seed, uint256 lowest, uint256 highest) internal pure returns (uint256) {
        if (highest <= lowest) return lowest;
        return highest - lowest == type(uint256).max ? seed : lowest + (seed % (highest - lowest + 1));
    }

    function least(uint256 one, uint256 other) internal pure returns (uint256) {
        return one < other ? one : other;
    }

    function most(uint256 one, uint256 other) internal pure returns (uint256) {
        return one > other ? one : other;
    }

    function lessOrZero(uint256 from, uint256 taken) internal pure returns (uint256) {
        return from > taken ? from - taken : 0;
    }
}
