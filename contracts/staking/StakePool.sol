// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ExtendedCode} from "./ExtendedCode.sol";
import {ExitQueue} from "./ExitQueue.sol";
import {PoolLedger} from "./PoolLedger.sol";
import {IERC7540Operator} from "./interfaces/IERC7540Operator.sol";
import {IERC7540Redeem} from "./interfaces/IERC7540Redeem.sol";
import {IERC7575Share} from "./interfaces/IERC7575Share.sol";
import {IPoolDelegation} from "./interfaces/IPoolDelegation.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title Delegators' PHA behind one operator's workers
/// @notice The code that every pool's clone runs: the delegators' half. The books are `PoolLedger`'s, shares `PoolShares`',
/// the way out `ExitQueue`'s; here is who may do what, and the token.
contract StakePool is ExtendedCode, ExitQueue, ReentrancyGuardTransient {
    using Math for uint256;
    using SafeERC20 for IERC20;

    /// @dev ERC-7575's id of a vault with `share`; its functions are inherited from ERC-4626.
    bytes4 private constant ERC7575_ID = 0x2f0a18c5;

    /// @param operations The other half, made with the same factory, token and parameters.
    constructor(
        IStakePoolFactory factory,
        IERC20 token,
        IStakingParameters parameters,
        address operations
    ) PoolLedger(factory, token, parameters) ExtendedCode(operations) {}

    // In

    /// @inheritdoc IERC4626
    function deposit(uint256 assets, address receiver) external nonReentrant returns (uint256 shares) {
        return _depositAssets(assets, receiver);
    }

    /// @inheritdoc IPoolDelegation
    function depositWithPermit(
        uint256 assets,
        address receiver,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint256 shares) {
        // Whoever sees the permit may use it first; the approval stands all the same, and without one the transfer fails.
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), assets, deadline, v, r, s) {} catch {}
        return _depositAssets(assets, receiver);
    }

    /// @inheritdoc IERC4626
    function mint(uint256 shares, address receiver) external nonReentrant returns (uint256 assets) {
        Totals memory totals = _accrue();
        require(shares != 0, ZeroShares());
        assets = _assetsFor(shares, totals, Math.Rounding.Ceil);
        _deposit(assets, shares, receiver, totals);
    }

    // Out

    /// @inheritdoc IERC7540Redeem
    function requestRedeem(
        uint256 shares,
        address controller,
        address owner
    ) external nonReentrant returns (uint256 requestId) {
        require(shares != 0, ZeroShares());
        _requireMayTake(owner, msg.sender, shares);
        // Nobody grows another's list of requests: the controller is the owner or agrees.
        if (controller != owner) _requireActsFor(controller);
        Totals memory totals = _accrue();
        requestId = _request(shares, controller, owner, totals);
        _totals = totals;
    }

    /// @inheritdoc IPoolDelegation
    function moveOut(
        uint256 shares,
        address owner,
        address caller
    )
        external
        nonReentrant
        onlyModule(IStakePoolFactory.Module.Redelegation)
        returns (uint256 assets, uint256 index, uint256 factor)
    {
        require(shares != 0, ZeroShares());
        _requireMayTake(owner, caller, shares);
        Totals memory totals = _accrue();
        (assets, index, factor) = _moveOut(shares, owner, totals);
        _totals = totals;
        emit MovedOut(owner, caller, index, shares, assets);
        TOKEN.safeTransfer(msg.sender, assets);
    }

    /// @inheritdoc IPoolDelegation
    function cancelRedeemRequest(uint256 requestId, address controller) external nonReentrant returns (uint256 shares) {
        _requireActsFor(controller);
        Totals memory totals = _accrue();
        shares = _cancel(requestId, controller, totals);
        _totals = totals;
    }

    /// @inheritdoc IERC4626
    function redeem(
        uint256 shares,
        address receiver,
        address controller
    ) external nonReentrant returns (uint256 assets) {
        _requireActsFor(controller);
        (assets, ) = _claim(shares, false, controller);
        emit Withdraw(msg.sender, receiver, controller, assets, shares);
        TOKEN.safeTransfer(receiver, assets);
    }

    /// @inheritdoc IERC4626
    function withdraw(
        uint256 assets,
        address receiver,
        address controller
    ) external nonReentrant returns (uint256 shares) {
        _requireActsFor(controller);
        (, shares) = _claim(assets, true, controller);
        emit Withdraw(msg.sender, receiver, controller, assets, shares);
        TOKEN.safeTransfer(receiver, assets);
    }

    // ERC-4626 views

    /// @inheritdoc IERC4626
    function asset() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IERC4626
    function totalAssets() external view returns (uint256) {
        (Totals memory totals, ) = _dripped();
        return totals.active;
    }

    /// @inheritdoc IERC4626
    function convertToShares(uint256 assets) external view returns (uint256) {
        return previewDeposit(assets);
    }

    /// @inheritdoc IERC4626
    function convertToAssets(uint256 shares) external view returns (uint256) {
        (Totals memory totals, ) = _dripped();
        return _assetsFor(shares, totals, Math.Rounding.Floor);
    }

    /// @inheritdoc IERC4626
    function previewDeposit(uint256 assets) public view returns (uint256) {
        (Totals memory totals, ) = _dripped();
        return _sharesFor(assets, totals, Math.Rounding.Floor);
    }

    /// @inheritdoc IERC4626
    function previewMint(uint256 shares) external view returns (uint256) {
        (Totals memory totals, ) = _dripped();
        return _assetsFor(shares, totals, Math.Rounding.Ceil);
    }

    /// @notice Always reverts, as ERC-7540 demands: a redemption has no price before it matures.
    /// @inheritdoc IERC4626
    function previewRedeem(uint256) external pure returns (uint256) {
        revert PreviewUnavailable();
    }

    /// @notice Always reverts, as ERC-7540 demands.
    /// @inheritdoc IERC4626
    function previewWithdraw(uint256) external pure returns (uint256) {
        revert PreviewUnavailable();
    }

    /// @inheritdoc IERC4626
    function maxDeposit(address receiver) public view returns (uint256) {
        (Totals memory totals, ) = _dripped();
        return _maxDeposit(receiver, totals);
    }

    /// @inheritdoc IERC4626
    function maxMint(address receiver) external view returns (uint256) {
        (Totals memory totals, ) = _dripped();
        uint256 shares = _sharesFor(_maxDeposit(receiver, totals), totals, Math.Rounding.Floor);
        return Math.min(shares, MAX_SHARES.saturatingSub(totals.supply));
    }

    /// @inheritdoc IERC4626
    function maxRedeem(address controller) external view returns (uint256 shares) {
        (shares, ) = _claimable(controller);
    }

    /// @inheritdoc IERC4626
    function maxWithdraw(address controller) external view returns (uint256 assets) {
        (, assets) = _claimable(controller);
    }

    /// @inheritdoc IERC7575Share
    function share() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return
            interfaceId == type(IERC165).interfaceId ||
            interfaceId == type(IERC7540Operator).interfaceId ||
            interfaceId == type(IERC7540Redeem).interfaceId ||
            interfaceId == type(IERC7575Share).interfaceId ||
            interfaceId == ERC7575_ID;
    }

    /// @inheritdoc IPoolDelegation
    function shareBasis()
        external
        view
        returns (uint256 active, uint256 supply, uint256 generation, uint256 holdUntil)
    {
        (Totals memory totals, ) = _dripped();
        return (totals.active, totals.supply, totals.generation, _config.holdUntil);
    }

    // Internals

    function _depositAssets(uint256 assets, address receiver) private returns (uint256 shares) {
        Totals memory totals = _accrue();
        shares = _sharesFor(assets, totals, Math.Rounding.Floor);
        require(shares != 0, ZeroShares());
        _deposit(assets, shares, receiver, totals);
    }

    /// @dev Books first, the token last: a token that calls back finds the deposit done and the pool locked.
    function _deposit(uint256 assets, uint256 shares, address receiver, Totals memory totals) private {
        Config memory config = _config;
        require(!config.bankrupt, PoolBankrupt(totals.generation));
        require(block.timestamp >= config.holdUntil, PoolFrozen(config.holdUntil));
        if (config.whitelistOn) require(_listed[receiver], ReceiverNotListed(receiver));
        uint256 maximum = _room(config, totals);
        require(assets <= maximum, DepositExceedsMaximum(receiver, assets, maximum));
        maximum = MAX_SHARES.saturatingSub(totals.supply);
        require(shares <= maximum, DepositExceedsMaximum(receiver, shares, maximum));
        uint256 minimum = PARAMETERS.get(IStakingParameters.Parameter.MinDepositAmount);
        require(assets >= minimum, DepositTooSmall(assets, minimum));

        _mint(receiver, shares, totals);
        totals.active += uint96(assets); // at most the room there was
        _totals = totals;
        emit Deposit(msg.sender, receiver, assets, shares);
        TOKEN.safeTransferFrom(msg.sender, address(this), assets);
    }

    function _maxDeposit(address receiver, Totals memory totals) private view returns (uint256) {
        Config memory config = _config;
        if (config.bankrupt || block.timestamp < config.holdUntil) return 0;
        if (config.whitelistOn && !_listed[receiver]) return 0;
        uint256 forShares = _assetsFor(MAX_SHARES.saturatingSub(totals.supply), totals, Math.Rounding.Floor);
        uint256 maximum = Math.min(_room(config, totals), forShares);
        return maximum < PARAMETERS.get(IStakingParameters.Parameter.MinDepositAmount) ? 0 : maximum;
    }

    function _room(Config memory config, Totals memory totals) private view returns (uint256) {
        uint256 highest = config.capped ? Math.min(_limits.cap, MAX_ASSETS) : MAX_ASSETS;
        return highest.saturatingSub(totals.active);
    }

    /// @dev Owners, their operators, and whoever has an allowance, which is spent.
    function _requireMayTake(address owner, address caller, uint256 shares) private {
        if (caller != owner && !isOperator(owner, caller)) _spendAllowance(owner, caller, shares);
    }

    function _requireActsFor(address controller) private view {
        require(
            msg.sender == controller || isOperator(controller, msg.sender),
            CallerNotAuthorised(msg.sender, controller)
        );
    }
}
