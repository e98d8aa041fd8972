// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IPoolEarnings} from "../staking/interfaces/IPoolEarnings.sol";
import {IStakePoolFactory} from "../staking/interfaces/IStakePoolFactory.sol";
import {IComputeParameters} from "./interfaces/IComputeParameters.sol";
import {IEarningsLedger} from "./interfaces/IEarningsLedger.sol";

/// @title What workers have earned, and whose it is
abstract contract EarningsLedger is IEarningsLedger, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IEarningsLedger
    IERC20 public immutable TOKEN;
    /// @dev The domain's tunables.
    IComputeParameters internal immutable PARAMETERS;
    IStakePoolFactory private immutable FACTORY;
    address private immutable STAKERS;
    address private immutable TREASURY;

    uint256 private constant BPS = 10_000;

    /// @inheritdoc IEarningsLedger
    uint256 public dueToStakers;
    /// @inheritdoc IEarningsLedger
    uint256 public dueToTreasury;
    /// @inheritdoc IEarningsLedger
    mapping(address pool => uint256) public unsplit;
    /// @inheritdoc IEarningsLedger
    mapping(address pool => uint256) public dueToPool;

    /// @param stakers Receives the stakers' part.
    /// @param treasury Receives the rest.
    constructor(
        IERC20 token,
        IComputeParameters parameters,
        IStakePoolFactory factory,
        address stakers,
        address treasury
    ) {
        require(stakers != address(0) && treasury != address(0), PayeeIsZero());
        TOKEN = token;
        PARAMETERS = parameters;
        FACTORY = factory;
        STAKERS = stakers;
        TREASURY = treasury;
    }

    /// @inheritdoc IEarningsLedger
    function split(address pool) external nonReentrant returns (uint256 toPool, uint256 toStakers, uint256 toTreasury) {
        return _split(pool);
    }

    /// @inheritdoc IPoolEarnings
    function collect(address pool) external nonReentrant returns (uint256 amount) {
        address rewardSource = FACTORY.module(IStakePoolFactory.Module.RewardSource);
        require(msg.sender == rewardSource, CallerNotRewardSource(msg.sender, rewardSource));
        _split(pool);
        amount = dueToPool[pool];
        dueToPool[pool] = 0;
        emit PoolPaid(pool, rewardSource, amount);
        TOKEN.safeTransfer(rewardSource, amount);
    }

    /// @inheritdoc IEarningsLedger
    function payStakers() external nonReentrant returns (uint256 amount) {
        amount = dueToStakers;
        dueToStakers = 0;
        emit StakersPaid(amount);
        TOKEN.safeTransfer(STAKERS, amount);
    }

    /// @inheritdoc IEarningsLedger
    function payTreasury() external nonReentrant returns (uint256 amount) {
        amount = dueToTreasury;
        dueToTreasury = 0;
        emit TreasuryPaid(amount);
        TOKEN.safeTransfer(TREASURY, amount);
    }

    /// @dev Books `amount` of the contract's PHA as earned by a worker of `pool`. One slot, however many share in it.
    function _earn(address pool, uint256 amount) internal {
        unsplit[pool] += amount;
    }

    function _split(address pool) private returns (uint256 toPool, uint256 toStakers, uint256 toTreasury) {
        uint256 amount = unsplit[pool];
        if (amount == 0) return (0, 0, 0);
        unsplit[pool] = 0;
        uint256 poolShare = PARAMETERS.get(IComputeParameters.Parameter.PoolShareBps);
        uint256 stakersShare = PARAMETERS.get(IComputeParameters.Parameter.StakersShareBps);
        toStakers = (amount * stakersShare) / BPS;
        toTreasury = (amount * (BPS - poolShare - stakersShare)) / BPS;
        toPool = amount - toStakers - toTreasury;
        dueToStakers += toStakers;
        dueToTreasury += toTreasury;
        dueToPool[pool] += toPool;
        emit EarningsSplit(pool, toPool, toStakers, toTreasury);
    }
}
