// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {VaultLedger} from "./VaultLedger.sol";
import {IOperatorBond} from "./interfaces/IOperatorBond.sol";
import {IPoolRecords} from "./interfaces/IPoolRecords.sol";
import {ISlashManager} from "./interfaces/ISlashManager.sol";
import {IStakePool} from "./interfaces/IStakePool.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title What a vault has in its pools
/// @dev Pools are made by the factory, of code that nobody changes; none of the views asked here has a way to revert. Steps that
/// move PHA touch one pool each, so one that cannot be left keeps nobody from leaving the others.
abstract contract VaultPools is VaultLedger {
    using Math for uint256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev `owed` is filled and not yet claimed; the other gets the fee's shares.
    struct Dues {
        uint96 owed;
        address feeRecipient;
    }

    uint256 internal constant MAX_POOLS = 8;
    /// @dev A pool's own virtual shares, for reckoning a position from its books.
    uint256 private constant POOL_VIRTUAL_SHARES = 1000;

    IERC20 internal immutable TOKEN;
    IStakePoolFactory internal immutable FACTORY;
    IStakingParameters internal immutable PARAMETERS;
    IOperatorBond internal immutable BOND;

    Dues internal _dues;
    /// @dev As many as `_state.pools`.
    mapping(uint256 index => address) internal _pools;
    mapping(address pool => Position) internal _positions;
    mapping(address pool => bool) internal _listed;

    constructor(IERC20 token, IStakePoolFactory factory, IStakingParameters parameters, IOperatorBond bond) {
        TOKEN = token;
        FACTORY = factory;
        PARAMETERS = parameters;
        BOND = bond;
    }

    // Value

    /// @dev All that shares stand for: idle PHA and every position, with claimed slashes cut off and without.
    function _value() internal view returns (uint256 low, uint256 high) {
        State memory state = _state;
        (low, high) = (state.idle, state.idle);
        for (uint256 i = 0; i < state.pools; ++i) {
            address pool = _pools[i];
            Position memory position = _positions[pool];
            if (position.shares == 0 && position.requests == 0) continue;
            (uint256 atStake, uint256 safe, uint256 cut) = _worth(IStakePool(pool), position);
            low += atStake - cut + safe;
            high += atStake + safe;
        }
    }

    /// @dev A position in its parts.
    /// @param atStake Shares and requests that a slash would reach.
    /// @param safe Requests that are settled, and what a closed generation left.
    /// @param cut The part of `atStake` that open claims would take.
    function _worth(
        IStakePool pool,
        Position memory position
    ) internal view returns (uint256 atStake, uint256 safe, uint256 cut) {
        (uint256 active, uint256 supply, uint256 generation, uint256 holdUntil) = pool.shareBasis();
        if (position.generation == generation)
            atStake = uint256(position.shares).mulDiv(active + 1, supply + POOL_VIRTUAL_SHARES);
        else safe = _left(pool, position);
        // The rest of the books matter to requests, and to claims, which a pool's hold outlives.
        bool isHeld = holdUntil > block.timestamp;
        if (position.requests == 0 && !isHeld) return (atStake, safe, 0);
        IPoolRecords.Books memory books = pool.books();
        if (position.requests != 0) {
            (uint256 first, uint256 end) = pool.requestRange(address(this));
            for (; first < end; ++first) {
                (IPoolRecords.ExitRequest memory request, uint256 assets, ) = pool.exitRequest(_requestId(first));
                if (request.cohort < books.settledCohorts) safe += assets;
                else atStake += assets;
            }
        }
        uint256 loss = isHeld ? _claimed(pool) : 0;
        uint256 stake = books.active + books.atExit + books.moved;
        if (loss != 0 && stake != 0) cut = atStake.mulDiv(Math.min(loss, stake), stake, Math.Rounding.Ceil);
    }

    /// @dev What open claims would take from a pool: what they are for, less the bond that goes first.
    function _claimed(IStakePool pool) private view returns (uint256 assets) {
        address manager = FACTORY.module(IStakePoolFactory.Module.SlashManager);
        if (manager.code.length == 0) return 0; // no manager, nobody to execute
        IOperatorBond.Bond memory bond = BOND.bondOf(address(pool));
        return ISlashManager(manager).openForfeit(address(pool)).saturatingSub(uint256(bond.bonded) + bond.releasing);
    }

    /// @dev What the generation that the position's shares belong to has left for them, as the pool pays it.
    function _left(IStakePool pool, Position memory position) private view returns (uint256 assets) {
        (uint256 left, uint256 supply) = pool.closedGeneration(position.generation);
        return supply == 0 ? 0 : uint256(position.shares).mulDiv(left, supply);
    }

    /// @dev What the pools have been asked for and not yet given back. What a hold keeps back does not count but for the same pool:
    /// else whoever asks a frozen pool first would have leavers wait for it, and nobody could ask another.
    function _onItsWay(address asked) internal view returns (uint256 assets) {
        uint256 length = _state.pools;
        for (uint256 i = 0; i < length; ++i) {
            IStakePool pool = IStakePool(_pools[i]);
            if (_positions[address(pool)].requests == 0) continue;
            bool counts = address(pool) == asked || pool.holdUntil() <= block.timestamp;
            (uint256 first, uint256 end) = pool.requestRange(address(this));
            for (; first < end; ++first) {
                (, uint256 due, bool isClaimable) = pool.exitRequest(_requestId(first));
                if (counts || isClaimable) assets += due;
            }
        }
    }

    // Moving PHA

    function _stake(address pool, uint256 assets) internal {
        Position memory position = _collected(pool);
        TOKEN.forceApprove(pool, assets);
        uint256 shares = IStakePool(pool).deposit(assets, address(this));
        _state.idle -= uint96(assets); // compared by the caller
        position.shares = (uint256(position.shares) + shares).toUint112();
        _positions[pool] = position;
        (uint256 atStake, uint256 safe, ) = _worth(IStakePool(pool), position);
        require(atStake + safe <= position.cap, CapExceeded(pool, atStake + safe, position.cap));
        emit Delegated(pool, assets, shares);
    }

    /// @dev Asks for `assets` of a pool, at most all. Once a day: nobody fills the pool's list with small requests.
    function _unstake(address pool, uint256 assets) internal {
        Position memory position = _collected(pool);
        uint256 today = block.timestamp / 1 days;
        require(position.recallDay != today, RecalledToday(pool, today));
        (uint256 active, uint256 supply, , ) = IStakePool(pool).shareBasis();
        uint256 shares = assets.mulDiv(supply + POOL_VIRTUAL_SHARES, active + 1, Math.Rounding.Ceil).min(
            position.shares
        );
        require(shares != 0, NothingToRecall(pool));
        position.recallDay = today.toUint16();
        position.shares -= uint112(shares); // a part of it
        ++position.requests;
        _positions[pool] = position;
        IStakePool(pool).requestRedeem(shares, address(this), address(this));
        emit Recalled(pool, shares);
    }

    /// @dev Brings in what is free in a pool, and the position to the pool's generation.
    function _collected(address pool) internal returns (Position memory position) {
        require(_listed[pool], PoolNotListed(pool));
        position = _positions[pool];
        IStakePool source = IStakePool(pool);
        uint256 assets;
        (, , uint256 generation, ) = source.shareBasis();
        if (position.generation != generation) {
            (uint256 closed, uint256 shares) = (position.generation, position.shares);
            if (shares != 0) assets = _left(source, position);
            (position.shares, position.generation) = (0, uint16(generation)); // counted in 16 bits there
            _bring(pool, position, assets);
            // Whoever called this for the vault before has had the same sum sent here.
            if (shares != 0) source.claimClosed(closed, address(this));
        }
        (uint256 first, uint256 end) = source.requestRange(address(this));
        for (; first < end; ++first) {
            (IPoolRecords.ExitRequest memory request, uint256 due, bool isClaimable) = source.exitRequest(
                _requestId(first)
            );
            if (!isClaimable) break;
            assets += due; // what the pool pays for the whole request
            --position.requests;
            _bring(pool, position, due);
            source.redeem(request.shares, address(this), address(this));
        }
        if (assets != 0) emit Collected(pool, assets);
    }

    /// @dev Books what a pool is about to pay. Before it does: a value read during the payment counts the sum once.
    function _bring(address pool, Position memory position, uint256 assets) private {
        _positions[pool] = position;
        _state.idle = (uint256(_state.idle) + assets).toUint96();
    }

    /// @dev As the pool names the vault's request of that number.
    function _requestId(uint256 number) private view returns (uint256) {
        return (uint256(uint160(address(this))) << 48) | number;
    }
}
