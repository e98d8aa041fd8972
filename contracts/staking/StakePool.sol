// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ExitQueue} from "./ExitQueue.sol";
import {IERC7540Operator} from "./interfaces/IERC7540Operator.sol";
import {IERC7540Redeem} from "./interfaces/IERC7540Redeem.sol";
import {IERC7575Share} from "./interfaces/IERC7575Share.sol";
import {IStakePool} from "./interfaces/IStakePool.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title Delegators' PHA behind one operator's workers
/// @notice The code that every pool's clone runs. The books are `PoolLedger`'s, shares `PoolShares`', the way out
/// `ExitQueue`'s; here is who may do what, and the token.
contract StakePool is ExitQueue, ReentrancyGuardTransient {
    using Math for uint256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Limits {
        uint96 cap;
        uint16 nextCommissionBps;
        uint40 commissionFrom;
    }

    /// @dev The longest life of a claim: all its windows at their upper bounds.
    uint256 private constant MAX_HOLD_SECONDS = 35 days;
    uint256 private constant BPS = 10_000;
    /// @dev ERC-7575's id of a vault with `share`; its functions are inherited from ERC-4626.
    bytes4 private constant ERC7575_ID = 0x2f0a18c5;

    IStakePoolFactory private immutable FACTORY;
    IERC20 private immutable TOKEN;

    Limits private _limits;
    mapping(address account => bool) private _listed;

    /// @dev The implementation itself serves nobody: it counts as initialised.
    constructor(IStakePoolFactory factory, IERC20 token, IStakingParameters parameters) ExitQueue(parameters) {
        FACTORY = factory;
        TOKEN = token;
        _config.operator = address(factory);
    }

    modifier onlyPoolOperator() {
        require(msg.sender == _config.operator, CallerNotPoolOperator(msg.sender, _config.operator));
        _;
    }

    modifier onlyModule(IStakePoolFactory.Module module) {
        address target = FACTORY.module(module);
        require(msg.sender == target, CallerNotModule(msg.sender, target));
        _;
    }

    /// @inheritdoc IStakePool
    function initialise(address operator_, uint16 commissionBps, uint32 poolId_) external {
        require(_config.operator == address(0) && msg.sender == address(FACTORY), AlreadyInitialised());
        _requireCommission(commissionBps);
        _config.operator = operator_;
        _config.commissionBps = commissionBps;
        _poolId = poolId_;
        _queue.factor = uint112(ONE);
    }

    // In

    /// @inheritdoc IERC4626
    function deposit(uint256 assets, address receiver) external nonReentrant returns (uint256 shares) {
        return _depositAssets(assets, receiver);
    }

    /// @inheritdoc IStakePool
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
        if (msg.sender != owner && !isOperator(owner, msg.sender)) _spendAllowance(owner, shares);
        // Nobody grows another's list of requests: the controller is the owner or agrees.
        if (controller != owner) _requireActsFor(controller);
        Totals memory totals = _accrue();
        requestId = _request(shares, controller, owner, totals);
        _totals = totals;
    }

    /// @inheritdoc IStakePool
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
        (assets, ) = _claim(shares, false, receiver, controller);
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
        (, shares) = _claim(assets, true, receiver, controller);
        emit Withdraw(msg.sender, receiver, controller, assets, shares);
        TOKEN.safeTransfer(receiver, assets);
    }

    /// @inheritdoc IStakePool
    function claimClosed(uint256 generation, address account) external nonReentrant returns (uint256 assets) {
        ClosedGeneration memory closed = _closed[generation];
        require(closed.supply != 0, GenerationNotClosed(generation));
        uint256 shares = balanceOfGeneration(account, generation);
        if (_accounts[account].generation == generation) _accounts[account].balance = 0;
        else _closedBalances[generation][account] = 0;
        assets = shares.mulDiv(closed.assets, closed.supply);
        _settled.owed -= uint96(assets); // of the assets that were added to it
        emit ClosedSharesPaid(generation, account, shares, assets);
        TOKEN.safeTransfer(account, assets);
    }

    /// @inheritdoc IStakePool
    function settle(uint256 maxCohorts) external nonReentrant {
        (Queue memory queue, Settled memory settled) = (_queue, _settled);
        _settle(queue, settled, _maturityClock(), maxCohorts);
        (_queue, _settled) = (queue, settled);
    }

    // The operator

    /// @inheritdoc IStakePool
    function setCommission(uint16 commissionBps) external onlyPoolOperator {
        _requireCommission(commissionBps);
        uint256 oldBps = _commissionNow();
        _config.commissionBps = uint16(oldBps); // was one already
        uint256 from = block.timestamp;
        if (commissionBps > oldBps) {
            from += PARAMETERS.get(IStakingParameters.Parameter.CommissionNoticeDays) * 1 days;
            (_limits.nextCommissionBps, _limits.commissionFrom) = (commissionBps, from.toUint40());
        } else {
            _config.commissionBps = commissionBps;
            (_limits.nextCommissionBps, _limits.commissionFrom) = (0, 0);
        }
        emit CommissionSet(oldBps, commissionBps, from);
    }

    /// @inheritdoc IStakePool
    function setCap(uint96 cap_) external onlyPoolOperator {
        emit CapSet(_limits.cap, cap_);
        _limits.cap = cap_;
        _config.capped = cap_ != 0;
    }

    /// @inheritdoc IStakePool
    function setWhitelistOn(bool on) external onlyPoolOperator {
        emit WhitelistSwitched(_config.whitelistOn, on);
        _config.whitelistOn = on;
    }

    /// @inheritdoc IStakePool
    function setListed(address account, bool listed) external onlyPoolOperator {
        emit WhitelistSet(account, _listed[account], listed);
        _listed[account] = listed;
    }

    /// @inheritdoc IStakePool
    function reopen() external onlyPoolOperator {
        // The last generation number is never opened, so closing one always finds a next.
        require(_config.bankrupt && _totals.generation != type(uint16).max, NotBankrupt());
        _config.bankrupt = false;
        emit Reopened(_totals.generation);
    }

    // Modules

    /// @inheritdoc IStakePool
    function reward(uint256 assets) external nonReentrant onlyModule(IStakePoolFactory.Module.RewardSource) {
        (Totals memory totals, Drip memory drip) = _dripped();
        require(totals.supply >= MIN_REWARDED_SHARES, NobodyToReward(totals.supply, MIN_REWARDED_SHARES));
        uint256 commissionAssets = (assets * _commissionNow()) / BPS;
        uint256 room = MAX_SHARES.saturatingSub(totals.supply);
        // Where shares have run out (a price near 10^-9), what they would have been is the delegators'.
        uint256 shares = Math.min(_sharesFor(commissionAssets, totals, Math.Rounding.Floor), room);
        totals.active += commissionAssets.toUint96();
        if (shares != 0) _mint(_config.operator, shares, totals);

        drip.undripped += (assets - commissionAssets).toUint96();
        drip.updatedAt = uint40(block.timestamp);
        uint256 endsAt = block.timestamp + PARAMETERS.get(IStakingParameters.Parameter.RewardDripSeconds);
        drip.endsAt = endsAt.toUint40();
        totals.dripping = drip.undripped != 0;
        (_totals, _drip) = (totals, drip);
        emit Rewarded(assets, commissionAssets, shares, endsAt);
        TOKEN.safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @inheritdoc IStakePool
    function lock(uint256 assets) external nonReentrant onlyModule(IStakePoolFactory.Module.WorkerRegistry) {
        Totals memory totals = _accrue();
        _totals = totals;
        uint256 old = _settled.locked;
        require(old + assets <= totals.active, LockExceedsActive(old + assets, totals.active));
        _settled.locked = uint96(old + assets); // at most the active stake
        emit LockedSet(old, old + assets);
    }

    /// @inheritdoc IStakePool
    function unlock(uint256 assets) external nonReentrant onlyModule(IStakePoolFactory.Module.WorkerRegistry) {
        uint256 old = _settled.locked;
        require(assets <= old, UnlockExceedsLocked(assets, old));
        _settled.locked = uint96(old - assets); // less than before
        emit LockedSet(old, old - assets);
    }

    /// @inheritdoc IStakePool
    function slash(
        uint256 assets
    ) external nonReentrant onlyModule(IStakePoolFactory.Module.SlashManager) returns (uint256 taken) {
        Totals memory totals = _accrue();
        (Queue memory queue, Settled memory settled) = (_queue, _settled);
        _settle(queue, settled, _maturityClock(), type(uint256).max);
        taken = _slash(assets, totals, queue, settled);
        (_totals, _queue, _settled) = (totals, queue, settled);
        if (taken != 0) TOKEN.safeTransfer(msg.sender, taken);
    }

    /// @inheritdoc IStakePool
    function setHold(
        uint256 since,
        uint256 until
    ) external nonReentrant onlyModule(IStakePoolFactory.Module.SlashManager) {
        uint256 latest = block.timestamp + MAX_HOLD_SECONDS;
        require(until <= latest, HoldTooLong(until, latest));
        (Queue memory queue, Settled memory settled) = (_queue, _settled);
        // What had matured before this hold, by the rules until now, is out of its reach.
        _settle(queue, settled, _maturityClock(), type(uint256).max);
        // Never back in time, and never ahead of it: an older claim's end moves `since` on, a new one starts now.
        uint256 start = block.timestamp < _config.holdUntil ? Math.max(since, settled.holdSince) : block.timestamp;
        settled.holdSince = uint40(Math.min(start, block.timestamp));
        (_queue, _settled) = (queue, settled);
        _config.holdUntil = uint40(until); // bounded above
        emit HoldSet(settled.holdSince, until);
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

    // The pool's own views

    /// @inheritdoc IStakePool
    function books() external view returns (Books memory) {
        (Totals memory totals, Drip memory drip) = _dripped();
        (Queue memory queue, Settled memory settled) = (_queue, _settled);
        return
            Books({
                active: totals.active,
                supply: totals.supply,
                factor: queue.factor,
                norm: queue.norm,
                atExit: _atExit(queue.norm, queue.factor),
                owed: settled.owed,
                undripped: totals.dripping ? drip.undripped : 0,
                locked: settled.locked,
                generation: totals.generation,
                settledCohorts: settled.cohorts,
                cohorts: queue.cohorts
            });
    }

    /// @inheritdoc IStakePool
    function cohort(uint256 index) external view returns (Cohort memory) {
        return _cohorts[index];
    }

    /// @inheritdoc IStakePool
    function closedGeneration(uint256 generation) external view returns (uint256 assets, uint256 supply) {
        return (_closed[generation].assets, _closed[generation].supply);
    }

    /// @inheritdoc IStakePool
    function holdUntil() external view returns (uint256) {
        return _config.holdUntil;
    }

    /// @inheritdoc IStakePool
    function commission() external view returns (uint256 currentBps, uint256 nextBps, uint256 from) {
        currentBps = _commissionNow();
        if (block.timestamp < _limits.commissionFrom)
            (nextBps, from) = (_limits.nextCommissionBps, _limits.commissionFrom);
    }

    /// @inheritdoc IStakePool
    function operator() external view returns (address) {
        return _config.operator;
    }

    /// @inheritdoc IStakePool
    function poolId() external view returns (uint256) {
        return _poolId;
    }

    /// @inheritdoc IStakePool
    function cap() external view returns (uint256) {
        return _limits.cap;
    }

    /// @inheritdoc IStakePool
    function isListed(address account) external view returns (bool) {
        return _listed[account];
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

    function _commissionNow() private view returns (uint256) {
        uint256 from = _limits.commissionFrom;
        return from != 0 && block.timestamp >= from ? _limits.nextCommissionBps : _config.commissionBps;
    }

    function _requireCommission(uint256 commissionBps) private view {
        uint256 maximum = PARAMETERS.get(IStakingParameters.Parameter.MaxCommissionBps);
        require(commissionBps <= maximum, CommissionTooHigh(commissionBps, maximum));
    }

    function _requireActsFor(address controller) private view {
        require(
            msg.sender == controller || isOperator(controller, msg.sender),
            CallerNotAuthorised(msg.sender, controller)
        );
    }
}
