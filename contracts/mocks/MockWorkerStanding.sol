// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IWorkerLocks} from "../staking/interfaces/IWorkerLocks.sol";
import {IWorkerStanding} from "../staking/interfaces/IWorkerStanding.sol";

/// @title What the worker registry says of stakes, as tests write it
contract MockWorkerStanding is IWorkerStanding, IWorkerLocks {
    struct Stake {
        address pool;
        uint96 assets;
        uint48 since;
        bool isWorking;
    }

    bool public isReverting;
    mapping(address key => Stake) private _stakes;

    error OutOfOrder();

    modifier inOrder() {
        require(!isReverting, OutOfOrder());
        _;
    }

    function setReverting(bool reverting) external {
        isReverting = reverting;
    }

    function setStake(address key, address pool, uint96 assets, bool working) external {
        _stakes[key] = Stake(pool, assets, uint48(block.timestamp), working);
    }

    function isWorking(address key) external view inOrder returns (bool) {
        return _stakes[key].isWorking;
    }

    function stakeOf(address key) external view inOrder returns (address pool, uint256 assets) {
        return (_stakes[key].pool, _stakes[key].assets);
    }

    function lockAt(
        bytes32 worker,
        uint48 time
    ) external view inOrder returns (address pool, uint256 assets, uint48 since, uint256 budget) {
        Stake memory stake = _stakes[address(uint160(uint256(worker)))];
        if (time >= stake.since) return (stake.pool, stake.assets, stake.since, stake.assets);
    }
}
