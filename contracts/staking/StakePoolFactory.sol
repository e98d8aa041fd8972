// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {PoolOperations} from "./PoolOperations.sol";
import {StakePool} from "./StakePool.sol";
import {IStakePool} from "./interfaces/IStakePool.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title Maker of stake pools, and the register of the modules that pools obey
contract StakePoolFactory is IStakePoolFactory, AccessManaged {
    /// @inheritdoc IStakePoolFactory
    address public immutable IMPLEMENTATION;

    /// @inheritdoc IStakePoolFactory
    uint256 public poolCount;
    /// @inheritdoc IStakePoolFactory
    mapping(Module module_ => address) public module;
    /// @inheritdoc IStakePoolFactory
    mapping(address pool => bool) public isPool;
    /// @inheritdoc IStakePoolFactory
    mapping(uint256 poolId => IStakePool) public poolOf;

    /// @param authority The access manager.
    /// @param token PHA on this chain.
    /// @param parameters Staking's tunables.
    constructor(address authority, IERC20 token, IStakingParameters parameters) AccessManaged(authority) {
        address operations = address(new PoolOperations(this, token, parameters));
        IMPLEMENTATION = address(new StakePool(this, token, parameters, operations));
    }

    /// @inheritdoc IStakePoolFactory
    function createPool(uint16 commissionBps) external returns (IStakePool pool) {
        uint256 poolId = ++poolCount;
        pool = IStakePool(Clones.clone(IMPLEMENTATION));
        isPool[address(pool)] = true;
        poolOf[poolId] = pool;
        emit PoolCreated(poolId, address(pool), msg.sender, commissionBps);
        pool.initialise(msg.sender, commissionBps, uint32(poolId)); // a pool each second since 1970 would still fit
    }

    /// @inheritdoc IStakePoolFactory
    function setModule(Module module_, address target) external restricted {
        emit ModuleSet(module_, module[module_], target);
        module[module_] = target;
    }
}
