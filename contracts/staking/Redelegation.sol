// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IRedelegation} from "./interfaces/IRedelegation.sol";
import {ISlashManager} from "./interfaces/ISlashManager.sol";
import {IStakePool} from "./interfaces/IStakePool.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";

/// @title Stake from one pool to another without a gap
/// @dev Replaced by another module, it starts no move any more, and completes those it has: that needs the pools alone.
/// Pools are named by the factory's numbers, so none is foreign, and their code calls nobody but PHA and the modules.
contract Redelegation is IRedelegation, ReentrancyGuardTransient {
    using Math for uint256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev More days than the longest exit and the longest hold have. If more wait, the pool's own `settle` takes any number.
    uint256 private constant COHORTS_A_STEP = 64;

    IStakePoolFactory private immutable FACTORY;
    IERC20 private immutable TOKEN;

    /// @inheritdoc IRedelegation
    uint256 public moveCount;
    /// @inheritdoc IRedelegation
    mapping(uint256 poolId => mapping(uint256 generation => uint256)) public forfeited;
    mapping(uint256 moveId => Move) private _moves;

    constructor(IStakePoolFactory factory, IERC20 token) {
        FACTORY = factory;
        TOKEN = token;
    }

    /// @inheritdoc IRedelegation
    function move(
        uint256 fromPoolId,
        uint256 toPoolId,
        uint256 shares,
        uint256 minShares,
        address owner
    ) external nonReentrant returns (uint256 moveId, uint256 sharesIn) {
        require(fromPoolId != toPoolId, SamePool(fromPoolId));
        IStakePool target = _pool(toPoolId);
        require(target.mayReceive(owner), MoverNotListed(toPoolId, owner));

        (uint256 assets, uint256 cohort, uint256 factor) = _pool(fromPoolId).moveOut(shares, owner, msg.sender);
        TOKEN.forceApprove(address(target), assets);
        sharesIn = target.deposit(assets, address(this));
        require(sharesIn >= minShares, TooFewShares(sharesIn, minShares));

        moveId = ++moveCount;
        _moves[moveId] = Move({
            owner: owner,
            fromPoolId: uint32(fromPoolId), // the factory's numbers have 32 bits
            toPoolId: uint32(toPoolId), // as above
            generation: _generationOf(target).toUint16(),
            shares: sharesIn.toUint112(),
            factor: factor.toUint112(),
            cohort: cohort.toUint24()
        });
        emit Moved(moveId, owner, toPoolId, fromPoolId, shares, assets, sharesIn);
    }

    /// @inheritdoc IRedelegation
    function complete(uint256 moveId) external nonReentrant returns (uint256 kept) {
        Move memory moved = _existing(moveId);
        IStakePool source = _pool(moved.fromPoolId);
        (uint256 factor, bool isSettled) = source.survival(moved.cohort);
        if (!isSettled) {
            // Nobody has come by since it matured. Until it is settled, slashes count on it.
            source.settle(COHORTS_A_STEP);
            (factor, isSettled) = source.survival(moved.cohort);
        }
        require(isSettled, StillLiable(moveId, moved.fromPoolId, moved.cohort));
        delete _moves[moveId];

        kept = _kept(moved, factor);
        uint256 forfeit = moved.shares - kept; // factors never rise
        if (forfeit != 0) forfeited[moved.toPoolId][moved.generation] += forfeit;
        IStakePool target = _pool(moved.toPoolId);
        uint256 assets;
        if (_generationOf(target) == moved.generation) {
            emit Completed(moveId, moved.owner, kept, forfeit, 0);
            if (kept != 0) target.transfer(moved.owner, kept);
        } else {
            assets = _claimClosed(target, moved.generation, kept);
            emit Completed(moveId, moved.owner, kept, forfeit, assets);
            if (assets != 0) TOKEN.safeTransfer(moved.owner, assets);
        }
    }

    // What slashes took

    /// @inheritdoc IRedelegation
    function surrender(uint256 poolId, uint256 generation) external nonReentrant returns (uint256 shares) {
        shares = forfeited[poolId][generation];
        require(shares != 0, NothingForfeit(poolId, generation));
        forfeited[poolId][generation] = 0;
        IStakePool pool = _pool(poolId);
        emit Surrendered(poolId, generation, shares);
        if (_generationOf(pool) == generation) pool.requestRedeem(shares, address(this), address(this));
        else _hand(poolId, _claimClosed(pool, generation, shares));
    }

    /// @inheritdoc IRedelegation
    function collect(uint256 poolId, uint256 shares) external nonReentrant returns (uint256 assets) {
        require(shares != 0, NothingToCollect(poolId));
        // Escrowed shares have no requests: all that can be redeemed here was forfeit.
        assets = _pool(poolId).redeem(shares, address(this), address(this));
        _hand(poolId, assets);
    }

    // Views

    /// @inheritdoc IRedelegation
    function moveOf(uint256 moveId) external view returns (Move memory) {
        return _moves[moveId];
    }

    /// @inheritdoc IRedelegation
    function standing(uint256 moveId) external view returns (uint256 kept, bool isLiable) {
        Move memory moved = _existing(moveId);
        (uint256 factor, bool isSettled) = _pool(moved.fromPoolId).survival(moved.cohort);
        return (_kept(moved, factor), !isSettled);
    }

    // Internals

    /// @dev What `shares` of a closed generation are worth. The pool pays all that this contract has of it at once, and to
    /// whom they belong it does not matter who called for it: each part is reckoned as the pool reckoned the whole.
    function _claimClosed(IStakePool pool, uint256 generation, uint256 shares) private returns (uint256 assets) {
        if (pool.balanceOfGeneration(address(this), generation) != 0) pool.claimClosed(generation, address(this));
        (uint256 left, uint256 supply) = pool.closedGeneration(generation);
        return shares.mulDiv(left, supply); // what closed had shares
    }

    /// @dev To where all goes that is slashed.
    function _hand(uint256 poolId, uint256 assets) private {
        address manager = FACTORY.module(IStakePoolFactory.Module.SlashManager);
        emit Collected(poolId, assets);
        TOKEN.forceApprove(manager, assets);
        ISlashManager(manager).addProceeds(assets);
    }

    function _existing(uint256 moveId) private view returns (Move memory moved) {
        moved = _moves[moveId];
        require(moved.owner != address(0), NoSuchMove(moveId));
    }

    function _pool(uint256 poolId) private view returns (IStakePool pool) {
        pool = FACTORY.poolOf(poolId);
        require(address(pool) != address(0), UnknownPool(poolId));
    }

    function _generationOf(IStakePool pool) private view returns (uint256 generation) {
        (, , generation, ) = pool.shareBasis();
    }

    /// @dev What the source's slashes have left of a move. The factor was never under a 10^9th of one when it was noted.
    function _kept(Move memory moved, uint256 factor) private pure returns (uint256 shares) {
        return uint256(moved.shares).mulDiv(factor, moved.factor);
    }
}
