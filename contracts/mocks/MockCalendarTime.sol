// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {CalendarTime} from "../cryptography/CalendarTime.sol";

/// @title The reader of dates, callable by tests: many dates in one call
contract MockCalendarTime {
    /// @notice See {CalendarTime-fromUtcTime}.
    function fromUtcTime(bytes[] memory texts) external pure returns (uint256[] memory times) {
        times = new uint256[](texts.length);
        for (uint256 i; i < texts.length; ++i) times[i] = CalendarTime.fromUtcTime(_start(texts[i]));
    }

    /// @notice See {CalendarTime-fromGeneralizedTime}.
    function fromGeneralizedTime(bytes[] memory texts) external pure returns (uint256[] memory times) {
        times = new uint256[](texts.length);
        for (uint256 i; i < texts.length; ++i) times[i] = CalendarTime.fromGeneralizedTime(_start(texts[i]));
    }

    /// @notice See {CalendarTime-fromIso8601}.
    function fromIso8601(bytes[] memory texts) external pure returns (uint256[] memory times) {
        times = new uint256[](texts.length);
        for (uint256 i; i < texts.length; ++i) times[i] = CalendarTime.fromIso8601(_start(texts[i]));
    }

    function _start(bytes memory text) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(text, 0x20)
        }
    }
}
