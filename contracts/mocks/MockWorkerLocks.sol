// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStakePool} from "../staking/interfaces/IStakePool.sol";
import {IWorkerLocks} from "../staking/interfaces/IWorkerLocks.sol";

/// @title The worker registry's side towards pools and slashes, with locks that tests write
contract MockWorkerLocks is IWorkerLocks {
    struct Entry {
        uint48 from;
        uint48 since;
        address pool;
        uint256 assets;
        uint256 budget;
    }

    mapping(bytes32 worker => Entry[]) private _entries;

    function setLock(bytes32 worker, uint48 from, address pool, uint256 assets) external {
        _entries[worker].push(Entry(from, from, pool, assets, assets));
    }

    /// @dev The lock before, with what is left of it now and what was added.
    function changeLock(bytes32 worker, uint48 from, uint256 assets, uint256 added) external {
        Entry memory last = _entries[worker][_entries[worker].length - 1];
        (last.from, last.assets, last.budget) = (from, assets, last.budget + added);
        _entries[worker].push(last);
    }

    function lock(IStakePool pool, uint256 assets) external {
        pool.lock(assets);
    }

    function lockAt(
        bytes32 worker,
        uint48 time
    ) external view returns (address pool, uint256 assets, uint48 since, uint256 budget) {
        Entry[] storage entries = _entries[worker];
        for (uint256 i = entries.length; i > 0; --i) {
            Entry memory found = entries[i - 1];
            if (found.from <= time) return (found.pool, found.assets, found.since, found.budget);
        }
    }
}
