// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IOperatorBond} from "./interfaces/IOperatorBond.sol";
import {IStakePool} from "./interfaces/IStakePool.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title Operators' own PHA, the first to be lost
contract OperatorBond is IOperatorBond, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev What is due and not withdrawn must not wait, ready, for the day of a claim.
    uint256 private constant RELEASE_WINDOW_SECONDS = 7 days;

    IERC20 private immutable TOKEN;
    IStakePoolFactory private immutable FACTORY;
    IStakingParameters private immutable PARAMETERS;

    mapping(address pool => Bond) private _bonds;

    constructor(IERC20 token, IStakePoolFactory factory, IStakingParameters parameters) {
        TOKEN = token;
        FACTORY = factory;
        PARAMETERS = parameters;
    }

    modifier onlyOperatorOf(address pool) {
        _requirePool(pool);
        require(msg.sender == IStakePool(pool).operator(), CallerNotOperatorOf(pool, msg.sender));
        _;
    }

    /// @inheritdoc IOperatorBond
    function post(address pool, uint256 assets) external nonReentrant {
        _requirePool(pool);
        require(assets != 0, ZeroAmount());
        Bond storage bond = _bonds[pool];
        bond.bonded = (uint256(bond.bonded) + assets).toUint96();
        emit BondPosted(pool, msg.sender, assets);
        TOKEN.safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @inheritdoc IOperatorBond
    function requestRelease(address pool, uint256 assets) external onlyOperatorOf(pool) {
        require(assets != 0, ZeroAmount());
        Bond memory bond = _bonds[pool];
        require(assets <= bond.bonded, BondTooSmall(pool, assets, bond.bonded));
        bond.bonded -= uint96(assets); // just compared
        bond.releasing += uint96(assets); // both parts were posted within 96 bits
        bond.releaseAt = (block.timestamp + PARAMETERS.worstExitDays() * 1 days).toUint40();
        _bonds[pool] = bond;
        emit BondReleaseRequested(pool, assets, bond.releasing, bond.releaseAt);
    }

    /// @inheritdoc IOperatorBond
    function cancelRelease(address pool) external onlyOperatorOf(pool) {
        Bond storage bond = _bonds[pool];
        uint96 assets = bond.releasing;
        bond.bonded += assets;
        bond.releasing = 0;
        emit BondReleaseCancelled(pool, assets);
    }

    /// @inheritdoc IOperatorBond
    function release(address pool) external nonReentrant onlyOperatorOf(pool) returns (uint256 assets) {
        Bond storage bond = _bonds[pool];
        assets = bond.releasing;
        require(assets != 0 && block.timestamp >= bond.releaseAt, NothingToRelease(pool, assets, bond.releaseAt));
        uint256 expiresAt = uint256(bond.releaseAt) + RELEASE_WINDOW_SECONDS;
        require(block.timestamp < expiresAt, ReleaseExpired(pool, expiresAt));
        uint256 until = IStakePool(pool).holdUntil();
        require(block.timestamp >= until, BondFrozen(pool, until));
        bond.releasing = 0;
        emit BondReleased(pool, msg.sender, assets);
        TOKEN.safeTransfer(msg.sender, assets);
    }

    /// @inheritdoc IOperatorBond
    function slash(address pool, uint256 assets) external nonReentrant returns (uint256 taken) {
        require(msg.sender == FACTORY.module(IStakePoolFactory.Module.SlashManager), CallerNotSlashManager(msg.sender));
        Bond storage bond = _bonds[pool];
        uint256 fromBonded = Math.min(assets, bond.bonded);
        uint256 fromReleasing = Math.min(assets - fromBonded, bond.releasing);
        taken = fromBonded + fromReleasing;
        emit BondSlashed(pool, assets, taken);
        if (taken == 0) return 0;
        bond.bonded -= uint96(fromBonded); // at most what there is
        bond.releasing -= uint96(fromReleasing); // at most what there is
        TOKEN.safeTransfer(msg.sender, taken);
    }

    /// @inheritdoc IOperatorBond
    function bondOf(address pool) external view returns (Bond memory) {
        return _bonds[pool];
    }

    function _requirePool(address pool) private view {
        require(FACTORY.isPool(pool), ForeignPool(pool));
    }
}
