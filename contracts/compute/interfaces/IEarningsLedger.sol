// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IPoolEarnings} from "../../staking/interfaces/IPoolEarnings.sol";

/// @title What workers have earned, and whose it is
/// @notice Work adds to what its worker's pool has earned; anyone may have that split by the shares of the moment; everyone
/// then has their part paid out. Nothing here can reach what customers have prepaid, and nothing that fails here can hold
/// it back.
interface IEarningsLedger is IPoolEarnings {
    /// @notice What a pool's workers had earned was divided.
    event EarningsSplit(address indexed pool, uint256 toPool, uint256 toStakers, uint256 toTreasury);
    /// @notice A pool's part went to the source of pools' rewards.
    event PoolPaid(address indexed pool, address indexed rewardSource, uint256 amount);
    /// @notice The stakers' part was paid.
    event StakersPaid(uint256 amount);
    /// @notice The treasury's part was paid.
    event TreasuryPaid(uint256 amount);

    /// @notice Thrown when someone else than the source of pools' rewards asks for a pool's part.
    error CallerNotRewardSource(address caller, address rewardSource);
    /// @notice Thrown at construction when a payee is zero.
    error PayeeIsZero();

    /// @notice Divides what the workers of `pool` have earned since the last time, by the shares of now.
    function split(address pool) external returns (uint256 toPool, uint256 toStakers, uint256 toTreasury);

    /// @notice Pays the stakers' part to their payee. Anyone may call.
    function payStakers() external returns (uint256 amount);

    /// @notice Pays the treasury's part. Anyone may call.
    function payTreasury() external returns (uint256 amount);

    /// @notice PHA.
    // solhint-disable-next-line func-name-mixedcase
    function TOKEN() external view returns (IERC20);

    /// @notice What the workers of `pool` have earned and nobody has split, in wei.
    function unsplit(address pool) external view returns (uint256);

    /// @notice What is to be collected for `pool`, in wei.
    function dueToPool(address pool) external view returns (uint256);

    /// @notice What is to be paid to the stakers' payee, in wei.
    function dueToStakers() external view returns (uint256);

    /// @notice What is to be paid to the treasury, in wei.
    function dueToTreasury() external view returns (uint256);
}
