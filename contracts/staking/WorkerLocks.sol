// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IStakePool} from "./interfaces/IStakePool.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IWorkerLocks} from "./interfaces/IWorkerLocks.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";

/// @title What of a pool's stake is locked for which worker, now and in the past
/// @dev A pool keeps one number, the sum of its locks, and a slash lowers it. Here each worker has shares of that number, as
/// depositors have of a vault: the cut falls on all alike, whoever is released first, and what shares are worth never adds up
/// to more than the pool's number. So `unlock` is never asked for too much.
abstract contract WorkerLocks is IWorkerLocks {
    using Math for uint256;
    using SafeCast for uint256;

    /// @param shares Of all workers in the era.
    /// @param coolingShares Of those that cool down.
    /// @param era Shares of an older one are worth nothing.
    /// @param workers How many have a lock, whatever it is worth.
    struct PoolLocks {
        uint128 shares;
        uint128 coolingShares;
        uint32 era;
        uint16 workers;
    }

    /// @param since The start that it goes back to.
    /// @param budget All that was locked for the worker from that start on. Slashes lower `assets` alone, so that what they took
    /// counts once, and who writes them down, which is anyone, exposes nothing anew.
    struct Checkpoint {
        uint48 from;
        uint48 since;
        uint32 poolId;
        uint96 assets;
        uint96 budget;
    }

    /// @dev More shares than this for each wei, and the era ends: their number stays under 2^120.
    uint256 private constant MAX_SHARES_PER_WEI = 1e9;

    IStakePoolFactory internal immutable FACTORY;

    mapping(address pool => PoolLocks) internal _poolLocks;
    mapping(address key => Checkpoint[]) private _checkpoints;

    constructor(IStakePoolFactory factory) {
        FACTORY = factory;
    }

    /// @inheritdoc IWorkerLocks
    function lockAt(
        bytes32 worker,
        uint48 time
    ) public view returns (address pool, uint256 assets, uint48 since, uint256 budget) {
        if (uint256(worker) >> 160 != 0) return (address(0), 0, 0, 0); // no key has such an id
        Checkpoint[] storage history = _checkpoints[address(uint160(uint256(worker)))];
        (uint256 low, uint256 high) = (0, history.length);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (history[middle].from <= time) low = middle + 1;
            else high = middle;
        }
        if (low == 0) return (address(0), 0, 0, 0);
        Checkpoint storage found = history[low - 1];
        if (found.assets == 0) return (address(0), 0, 0, 0);
        return (address(FACTORY.poolOf(found.poolId)), found.assets, found.since, found.budget);
    }

    /// @dev Locks `assets` of the pool and gives the shares of it.
    function _lock(address pool, uint256 assets) internal returns (uint256 shares, uint32 era) {
        PoolLocks storage locks = _poolLocks[pool];
        uint256 locked = IStakePool(pool).books().locked;
        uint256 total = locks.shares;
        if (total != 0 && total >= locked * MAX_SHARES_PER_WEI) {
            emit IWorkerRegistry.LockEraBegun(pool, ++locks.era, total);
            (locks.coolingShares, total) = (0, 0);
        }
        shares = total == 0 ? assets : assets.mulDiv(total, locked, Math.Rounding.Ceil);
        locks.shares = (total + shares).toUint128();
        era = locks.era;
        IStakePool(pool).lock(assets);
    }

    /// @dev Gives shares back; the last ones take what rounding left.
    function _unlock(address pool, uint256 shares, uint32 era) internal returns (uint256 assets) {
        PoolLocks storage locks = _poolLocks[pool];
        // Without shares there may be none in all, and nothing to divide by.
        if (shares == 0 || era != locks.era) return 0;
        uint256 locked = IStakePool(pool).books().locked;
        assets = shares.mulDiv(locked, locks.shares);
        locks.shares -= uint128(shares); // the worker's own, of the same era
        if (assets != 0) IStakePool(pool).unlock(assets);
    }

    /// @dev What shares are worth now, rounded down.
    function _worthOf(address pool, uint256 shares, uint32 era) internal view returns (uint256 assets) {
        PoolLocks storage locks = _poolLocks[pool];
        if (shares == 0 || era != locks.era) return 0;
        return shares.mulDiv(IStakePool(pool).books().locked, locks.shares);
    }

    /// @dev Remembers that from now on `assets` are locked for `key`, `added` of them from now on.
    /// @param isAnew Whether nothing before counts: at a start and at a release.
    function _checkpoint(address key, address pool, uint256 assets, uint256 added, bool isAnew) internal {
        Checkpoint[] storage history = _checkpoints[key];
        uint256 length = history.length;
        Checkpoint memory next;
        if (isAnew) (next.since, next.poolId) = (uint48(block.timestamp), IStakePool(pool).poolId().toUint32());
        else next = history[length - 1];
        next.from = uint48(block.timestamp);
        next.assets = assets.toUint96();
        next.budget = (next.budget + added).toUint96();
        if (length != 0 && history[length - 1].from == next.from) history[length - 1] = next;
        else history.push(next);
    }
}
