// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStakePool} from "../staking/interfaces/IStakePool.sol";
import {IWorkerLocks} from "../staking/interfaces/IWorkerLocks.sol";

/// @title The worker registry's side towards pools and slashes, with locks that tests write
contract MockWorkerLocks is IWorkerLocks {
    struct Entry {
        uint48 from;
        address pool;
        uint256 assets;
    }

    mapping(bytes32 worker => Entry[]) private _entries;

    function setLock(bytes32 worker, uint48 from, address pool, uint256 assets) external {
        _entries[worker].push(Entry(from, pool, assets));
    }

    function lock(IStakePool pool, uint256 assets) external {
        pool.lock(assets);
    }

    function lockAt(bytes32 worker, uint48 time) external view returns (address pool, uint256 assets) {
        Entry[] storage entries = _entries[worker];
        for (uint256 i = entries.length; i > 0; --i) {
            if (entries[i - 1].from <= time) return (entries[i - 1].pool, entries[i - 1].assets);
        }
    }
}
