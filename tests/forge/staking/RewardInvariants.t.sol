// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Campaign} from "../Campaign.sol";
import {RewardHandler} from "./RewardHandler.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {IRewardSchedule} from "../../../contracts/staking/interfaces/IRewardSchedule.sol";

/// @title S1, S10 and S11 for the worker registry, the reward schedule and their pools
contract RewardInvariants is Campaign {
    /// @dev A lock that has lost less is no slashed one: the registry's own allowance, for each worker.
    uint256 private constant ROUNDING_WEI = 1e9;
    RewardHandler private _handler;

    function setUp() external {
        _handler = new RewardHandler();
        _target(address(_handler), _handler.actions());
    }

    function test_the_campaign_reaches_everything() external {
        string[] memory rare = new string[](2);
        (rare[0], rare[1]) = ("pay workers", "use up a budget");
        _walk(800, 35, rare);
    }

    /// @dev One campaign for all of them: what fails says by its number what it was.
    function invariant_rewards() external view {
        _S1_pools_hold_what_they_owe();
        _S10_worker_locks_are_covered();
        _S11_no_more_is_paid_than_was_funded_and_released();
    }

    function _S1_pools_hold_what_they_owe() private view {
        for (uint256 p = 0; p < 2; ++p) {
            IPoolRecords.Books memory books = _handler.pools(p).books();
            uint256 held = _handler.token().balanceOf(address(_handler.pools(p)));
            checkEqual(held, books.active + books.atExit + books.owed + books.undripped, "S1: what a pool holds");
        }
    }

    function _S10_worker_locks_are_covered() private view {
        for (uint256 p = 0; p < 2; ++p) {
            IPoolRecords.Books memory books = _handler.pools(p).books();
            uint256 locks;
            for (uint256 i = p; i < 4; i += 2) {
                (, uint256 lock) = _handler.registry().stakeOf(_handler.keyOf(i));
                locks += lessOrZero(lock, ROUNDING_WEI);
            }
            checkAtMost(locks, books.locked, "S10: workers have more than their pool has locked");
            checkAtMost(books.locked, books.active + books.atExit, "S10: more is locked than is at stake");
        }
    }

    function _S11_no_more_is_paid_than_was_funded_and_released() private view {
        IRewardSchedule schedule = _handler.schedule();
        uint256 outstanding = schedule.treasuryDue() + _handler.totalDue() + _handler.totalLeft();
        uint256 held = _handler.token().balanceOf(address(schedule));
        uint256 earnings = schedule.stakersEarnings();
        uint256 others = _handler.collected() + _handler.earned();
        checkEqual(held, schedule.reserve() + outstanding + earnings, "S11: the schedule holds what it owes");
        checkEqual(held + _handler.paid(), _handler.funded() + others, "S11: what was paid was funded");
        // What customers paid leaves beside the schedule, and cannot be assigned by it.
        checkEqual(
            schedule.assigned() + others - earnings,
            _handler.paid() + outstanding,
            "S11: what is assigned is paid or waits"
        );
        uint256 epoch = schedule.lastOpened();
        if (epoch == 0) return;
        (uint256 daily, uint256 total) = _handler.releasedUpTo(epoch);
        checkAtMost(schedule.assigned(), total, "S11: more was assigned than is released");
        (uint256 contractDaily, uint256 contractTotal) = schedule.scheduled(epoch);
        checkEqual(contractDaily, daily, "S11: a day's amount");
        checkEqual(contractTotal, total, "S11: the amount up to a day");
    }
}
