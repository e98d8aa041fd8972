// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title An amount a day that falls by a fixed part each period
library EmissionCurve {
    uint256 private constant BPS = 10_000;

    /// @notice A curve.
    /// @param firstDay UTC day of the first emission, days since 1970.
    /// @param firstAmount Wei a day in the first period.
    /// @param periodDays Length of a period.
    /// @param retainedBps What each period's daily amount is of the one before, rounded down.
    struct Curve {
        uint256 firstDay;
        uint256 firstAmount;
        uint256 periodDays;
        uint256 retainedBps;
    }

    /// @notice The amount of `day`, and the sum of all up to and with it.
    /// @dev One turn of the loop for each period that has passed.
    function upTo(Curve memory curve, uint256 day) internal pure returns (uint256 daily, uint256 total) {
        if (day < curve.firstDay) return (0, 0);
        uint256 elapsed = day - curve.firstDay + 1;
        daily = curve.firstAmount;
        while (elapsed > curve.periodDays) {
            total += daily * curve.periodDays;
            elapsed -= curve.periodDays;
            daily = (daily * curve.retainedBps) / BPS;
            if (daily == 0) return (0, total);
        }
        total += daily * elapsed;
    }
}
