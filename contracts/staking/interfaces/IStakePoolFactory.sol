// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IStakePool} from "./IStakePool.sol";

/// @title Maker of stake pools, and the register of the modules that pools obey
/// @notice Trusted: whoever may set modules. A slash manager can take any pool's stake, so that right belongs behind the
/// timelock.
interface IStakePoolFactory {
    /// @notice What pools obey: who slashes and holds, who locks stake for workers, who pays rewards, who moves stake to another
    /// pool.
    enum Module {
        SlashManager,
        WorkerRegistry,
        RewardSource,
        Redelegation
    }

    /// @notice A module was replaced.
    event ModuleSet(Module indexed module, address oldAddress, address newAddress);
    /// @notice `operator` has a new pool.
    event PoolCreated(uint256 indexed poolId, address indexed pool, address indexed operator, uint16 commissionBps);

    /// @notice Makes the caller the operator of a new pool.
    /// @param commissionBps The operator's share of each reward, at most the parameter's maximum.
    function createPool(uint16 commissionBps) external returns (IStakePool pool);

    /// @notice Replaces a module; zero for none. Restricted.
    function setModule(Module module_, address target) external;

    /// @notice The contract that serves as a module, or zero.
    function module(Module module_) external view returns (address);

    /// @notice Whether this factory made `pool`.
    function isPool(address pool) external view returns (bool);

    /// @notice A pool by its number, counted from 1; zero if there is none.
    function poolOf(uint256 poolId) external view returns (IStakePool);

    /// @notice How many pools there are.
    function poolCount() external view returns (uint256);

    /// @notice The code that every pool runs.
    function IMPLEMENTATION() external view returns (address);
}
