// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What a worker is worth to the network: its least stake, its value, and its share of an epoch
/// @notice Every function is the exact result of its formula, rounded once, in wei. With the bounds that the parameters keep
/// (performance under 2^25, amounts under 2^90, daily growth under 2^57) nothing here can overflow.
library WorkerValue {
    uint256 private constant BPS = 10_000;
    uint256 private constant ONE = 1e18;

    /// @notice What moves a value.
    struct Rates {
        uint256 growthPerDayE18;
        uint256 costPerPerformancePerDayE18;
        uint256 costBasePerDayE18;
        uint256 maxValueE18;
    }

    /// @notice ⌈k·√P⌉: the stake that a performance asks for.
    function minimumStake(uint256 stakePerRootE18, uint256 performance) internal pure returns (uint256) {
        return Math.sqrt(stakePerRootE18 * stakePerRootE18 * performance, Math.Rounding.Ceil);
    }

    /// @notice ⌊(1 + (Re − 1)·conf)·(S + C)⌋: the value with which a worker starts.
    function initialValue(
        uint256 stake,
        uint256 rigCost,
        uint256 multiplierE18,
        uint256 confidenceBps
    ) internal pure returns (uint256) {
        return ((stake + rigCost) * (ONE * BPS + (multiplierE18 - ONE) * confidenceBps)) / (ONE * BPS);
    }

    /// @notice The value after a day's work at `instant` of a `benchmark`: V + ⌊(p/P)·((ρ − 1)·V + c·P + b)⌋, capped.
    /// @dev A value that stands above the cap, because the cap was lowered, neither grows nor falls.
    function grown(
        uint256 value,
        uint256 instant,
        uint256 benchmark,
        Rates memory rates
    ) internal pure returns (uint256) {
        uint256 cost = rates.costPerPerformancePerDayE18 * benchmark + rates.costBasePerDayE18;
        uint256 gain = (instant * (rates.growthPerDayE18 * value + cost * ONE)) / (benchmark * ONE);
        return Math.max(value, Math.min(value + gain, rates.maxValueE18));
    }

    /// @notice ⌈V·(1 − loss)⌉: the value after a day without an answer.
    function decayed(uint256 value, uint256 lossPerDayE18) internal pure returns (uint256) {
        return value - (value * lossPerDayE18) / ONE;
    }

    /// @notice ⌊w·√(V² + (2·p·conf)²)⌋: what a worker counts in an epoch.
    function share(
        uint256 value,
        uint256 instant,
        uint256 confidenceBps,
        uint256 weightBps
    ) internal pure returns (uint256) {
        uint256 work = (2 * instant * confidenceBps * ONE) / BPS; // exact: 10^18 is a multiple of 10^4
        // The weight goes under the root, so that the only other rounding is of a whole number by a whole number.
        return Math.sqrt((value * value + work * work) * (weightBps * weightBps)) / BPS;
    }

    /// @notice V − min(V gained since the last payout, payout).
    function afterPayout(uint256 value, uint256 lastValue, uint256 payout) internal pure returns (uint256) {
        return value - Math.min(Math.saturatingSub(value, lastValue), payout);
    }
}
