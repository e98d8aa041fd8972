// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ExtendedCode} from "./ExtendedCode.sol";
import {VaultExits} from "./VaultExits.sol";
import {VaultPools} from "./VaultPools.sol";
import {VaultShares} from "./VaultShares.sol";
import {IERC7540Operator} from "./interfaces/IERC7540Operator.sol";
import {IERC7540Redeem} from "./interfaces/IERC7540Redeem.sol";
import {IERC7575Share} from "./interfaces/IERC7575Share.sol";
import {IOperatorBond} from "./interfaces/IOperatorBond.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";
import {IVaultDelegation} from "./interfaces/IVaultDelegation.sol";

/// @title vPHA: PHA spread over stake pools, with its vote
/// @notice The delegators' half: who may do what, and the token. What pools hold is `VaultPools`', the fee and the way out `VaultExits`', shares and
/// votes `VaultShares`'.
contract DelegationVault is ExtendedCode, VaultExits, VaultShares, IVaultDelegation {
    using Math for uint256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev ERC-7575's id of a vault with `share`; its functions are inherited from ERC-4626.
    bytes4 private constant ERC7575_ID = 0x2f0a18c5;
    /// @dev Shares for each wei beyond which no deposit is taken: they have lost all but this part, and widths would run out.
    uint256 private constant BANKRUPT_SHARES = 10_000;
    uint256 private constant MAX_ASSETS = (1 << 90) - 1;

    /// @param authority The access manager.
    /// @param recipient Gets the fee's shares.
    /// @param operations The other half, made with the same token, factory, parameters and bond.
    constructor(
        address authority,
        IERC20 token,
        IStakePoolFactory factory,
        IStakingParameters parameters,
        IOperatorBond bond,
        address recipient,
        address operations
    )
        AccessManaged(authority)
        VaultPools(token, factory, parameters, bond)
        VaultExits(recipient)
        ExtendedCode(operations)
    {}

    // In

    /// @inheritdoc IERC4626
    function deposit(uint256 assets, address receiver) external nonReentrant returns (uint256 shares) {
        return _depositAssets(assets, receiver);
    }

    /// @inheritdoc IVaultDelegation
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
        require(shares != 0, ZeroShares());
        (uint256 low, uint256 high) = _settleFee();
        assets = shares.mulDiv(high + 1, totalSupply() + 1, Math.Rounding.Ceil);
        _deposit(assets, shares, receiver, low, high);
    }

    // Out

    /// @inheritdoc IERC7540Operator
    function setOperator(address operator_, bool approved) external returns (bool) {
        _operators[msg.sender][operator_] = approved;
        emit OperatorSet(msg.sender, operator_, approved);
        return true;
    }

    /// @inheritdoc IERC7540Redeem
    function requestRedeem(
        uint256 shares,
        address controller,
        address owner
    ) external nonReentrant returns (uint256 requestId) {
        require(shares != 0, ZeroShares());
        require(controller != address(0), ZeroAddress());
        if (msg.sender != owner && !isOperator(owner, msg.sender)) _spendAllowance(owner, msg.sender, shares);
        (uint256 low, ) = _settleFee();
        _enqueue(shares, controller, owner);
        _record(low);
        return 0;
    }

    /// @inheritdoc IVaultDelegation
    function cancelRedeemRequest(uint256 place, address controller) external nonReentrant returns (uint256 shares) {
        _requireActsFor(controller);
        return _cancel(place, controller);
    }

    /// @inheritdoc IERC4626
    function redeem(
        uint256 shares,
        address receiver,
        address controller
    ) external nonReentrant returns (uint256 assets) {
        _requireActsFor(controller);
        Claimable memory due = _claimables[controller];
        require(shares <= due.shares, ClaimExceedsClaimable(controller, shares, due.shares));
        assets = shares == due.shares ? due.assets : uint256(due.assets).mulDiv(shares, due.shares);
        _pay(due, shares, assets, receiver, controller);
    }

    /// @inheritdoc IERC4626
    function withdraw(
        uint256 assets,
        address receiver,
        address controller
    ) external nonReentrant returns (uint256 shares) {
        _requireActsFor(controller);
        Claimable memory due = _claimables[controller];
        require(assets <= due.assets, ClaimExceedsClaimable(controller, assets, due.assets));
        shares = assets == due.assets ? due.shares : uint256(due.shares).mulDiv(assets, due.assets, Math.Rounding.Ceil);
        _pay(due, shares, assets, receiver, controller);
    }

    // Views

    /// @inheritdoc IERC7540Operator
    function isOperator(address controller, address operator_) public view returns (bool) {
        return _operators[controller][operator_];
    }

    /// @inheritdoc IERC7540Redeem
    function pendingRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares) {
        return requestId == 0 ? _pending[controller] : 0;
    }

    /// @inheritdoc IERC7540Redeem
    function claimableRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares) {
        return requestId == 0 ? _claimables[controller].shares : 0;
    }

    /// @inheritdoc IERC4626
    function asset() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IERC4626
    function totalAssets() external view returns (uint256 low) {
        (low, ) = _value();
    }

    /// @inheritdoc IERC4626
    function convertToShares(uint256 assets) external view returns (uint256) {
        return previewDeposit(assets);
    }

    /// @inheritdoc IERC4626
    function convertToAssets(uint256 shares) external view returns (uint256) {
        (uint256 low, , uint256 supply) = _valueWithFee();
        return shares.mulDiv(low + 1, supply + 1);
    }

    /// @inheritdoc IERC4626
    function previewDeposit(uint256 assets) public view returns (uint256) {
        (, uint256 high, uint256 supply) = _valueWithFee();
        return assets.mulDiv(supply + 1, high + 1);
    }

    /// @inheritdoc IERC4626
    function previewMint(uint256 shares) external view returns (uint256) {
        (, uint256 high, uint256 supply) = _valueWithFee();
        return shares.mulDiv(high + 1, supply + 1, Math.Rounding.Ceil);
    }

    /// @notice Always reverts, as ERC-7540 demands: a redemption has no price before it is filled.
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
    function maxDeposit(address) external view returns (uint256 maximum) {
        (, uint256 high, uint256 supply) = _valueWithFee();
        if (_isBankrupt(high, supply)) return 0;
        maximum = MAX_ASSETS.saturatingSub(high).min((MAX_SHARES - supply).mulDiv(high + 1, supply + 1));
        if (maximum < PARAMETERS.get(IStakingParameters.Parameter.MinDepositAmount)) return 0;
    }

    /// @inheritdoc IERC4626
    function maxMint(address) external view returns (uint256) {
        (, uint256 high, uint256 supply) = _valueWithFee();
        if (_isBankrupt(high, supply)) return 0;
        return (MAX_SHARES - supply).min(MAX_ASSETS.saturatingSub(high).mulDiv(supply + 1, high + 1));
    }

    /// @inheritdoc IERC4626
    function maxRedeem(address controller) external view returns (uint256) {
        return _claimables[controller].shares;
    }

    /// @inheritdoc IERC4626
    function maxWithdraw(address controller) external view returns (uint256) {
        return _claimables[controller].assets;
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

    // Internals

    function _depositAssets(uint256 assets, address receiver) private returns (uint256 shares) {
        (uint256 low, uint256 high) = _settleFee();
        shares = assets.mulDiv(totalSupply() + 1, high + 1);
        require(shares != 0, ZeroShares());
        _deposit(assets, shares, receiver, low, high);
    }

    /// @dev Books first, the token last: a token that calls back finds the deposit done and the vault locked.
    function _deposit(uint256 assets, uint256 shares, address receiver, uint256 low, uint256 high) private {
        uint256 supply = totalSupply();
        require(!_isBankrupt(high, supply), VaultBankrupt(high, supply));
        uint256 room = MAX_ASSETS.saturatingSub(high);
        require(assets <= room, DepositExceedsMaximum(receiver, assets, room));
        uint256 minimum = PARAMETERS.get(IStakingParameters.Parameter.MinDepositAmount);
        require(assets >= minimum, DepositTooSmall(assets, minimum));
        _state.idle = (uint256(_state.idle) + assets).toUint96();
        _mint(receiver, shares);
        _record(low + assets);
        emit Deposit(msg.sender, receiver, assets, shares);
        TOKEN.safeTransferFrom(msg.sender, address(this), assets);
    }

    function _pay(Claimable memory due, uint256 shares, uint256 assets, address receiver, address controller) private {
        due.shares -= uint104(shares); // compared by the caller
        due.assets -= uint96(assets); // compared by the caller
        _claimables[controller] = due;
        _dues.owed -= uint96(assets); // its sum
        emit Withdraw(msg.sender, receiver, controller, assets, shares);
        TOKEN.safeTransfer(receiver, assets);
    }

    function _isBankrupt(uint256 assets, uint256 supply) private pure returns (bool) {
        return supply > BANKRUPT_SHARES * (assets + 1);
    }

    function _requireActsFor(address controller) private view {
        require(
            msg.sender == controller || isOperator(controller, msg.sender),
            CallerNotAuthorised(msg.sender, controller)
        );
    }
}
