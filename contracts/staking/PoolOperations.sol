// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ExitCoverage} from "./ExitCoverage.sol";
import {PoolLedger} from "./PoolLedger.sol";
import {IPoolOperations} from "./interfaces/IPoolOperations.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title The operator's and the modules' half of a stake pool
/// @notice Runs only inside `StakePool`'s clones, by delegate call. Called at its own address it has no pool: no operator but
/// the factory, and no stake.
contract PoolOperations is ExitCoverage, ReentrancyGuardTransient, IPoolOperations {
    using Math for uint256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev The longest life of a claim: all its windows at their upper bounds, the last second included.
    uint256 private constant MAX_HOLD_SECONDS = 35 days + 1;
    uint256 private constant BPS = 10_000;

    constructor(
        IStakePoolFactory factory,
        IERC20 token,
        IStakingParameters parameters
    ) PoolLedger(factory, token, parameters) {}

    modifier onlyPoolOperator() {
        require(msg.sender == _config.operator, CallerNotPoolOperator(msg.sender, _config.operator));
        _;
    }

    /// @inheritdoc IPoolOperations
    function initialise(address operator_, uint16 commissionBps, uint32 poolId_) external {
        require(_config.operator == address(0) && msg.sender == address(FACTORY), AlreadyInitialised());
        _requireCommission(commissionBps);
        _config.operator = operator_;
        _config.commissionBps = commissionBps;
        _poolId = poolId_;
        _queue.factor = uint112(ONE);
    }

    // Anyone

    /// @inheritdoc IPoolOperations
    function claimClosed(uint256 generation, address account) external nonReentrant returns (uint256 assets) {
        ClosedGeneration memory closed = _history.closed[generation];
        require(closed.supply != 0, GenerationNotClosed(generation));
        uint256 shares = balanceOfGeneration(account, generation);
        if (_accounts[account].generation == generation) _accounts[account].balance = 0;
        else _closedBalances[generation][account] = 0;
        assets = shares.mulDiv(closed.assets, closed.supply);
        _settled.owed -= uint96(assets); // of the assets that were added to it
        emit ClosedSharesPaid(generation, account, shares, assets);
        TOKEN.safeTransfer(account, assets);
    }

    /// @inheritdoc IPoolOperations
    function settle(uint256 maxCohorts) external nonReentrant {
        (Totals memory totals, ) = _dripped();
        (Queue memory queue, Settled memory settled) = (_queue, _settled);
        _settle(queue, settled, totals, maxCohorts);
        (_queue, _settled) = (queue, settled);
    }

    // The operator

    /// @inheritdoc IPoolOperations
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

    /// @inheritdoc IPoolOperations
    function setCap(uint96 cap_) external onlyPoolOperator {
        emit CapSet(_limits.cap, cap_);
        _limits.cap = cap_;
        _config.capped = cap_ != 0;
    }

    /// @inheritdoc IPoolOperations
    function setWhitelistOn(bool on) external onlyPoolOperator {
        emit WhitelistSwitched(_config.whitelistOn, on);
        _config.whitelistOn = on;
    }

    /// @inheritdoc IPoolOperations
    function setListed(address account, bool listed) external onlyPoolOperator {
        emit WhitelistSet(account, _listed[account], listed);
        _listed[account] = listed;
    }

    /// @inheritdoc IPoolOperations
    function reopen() external onlyPoolOperator {
        // The last generation number is never opened, so closing one always finds a next.
        require(_config.bankrupt && _totals.generation != type(uint16).max, NotBankrupt());
        _config.bankrupt = false;
        emit Reopened(_totals.generation);
    }

    // Modules

    /// @inheritdoc IPoolOperations
    function reward(uint256 assets) external nonReentrant onlyModule(IStakePoolFactory.Module.RewardSource) {
        (Totals memory totals, Drip memory drip) = _dripped();
        require(totals.supply >= MIN_REWARDED_SHARES, NobodyToReward(totals.supply, MIN_REWARDED_SHARES));
        uint256 commissionAssets = (assets * _commissionNow()) / BPS;
        drip.undripped += (assets - commissionAssets).toUint96();
        drip.updatedAt = uint40(block.timestamp);
        uint256 endsAt = block.timestamp + PARAMETERS.get(IStakingParameters.Parameter.RewardDripSeconds);
        drip.endsAt = endsAt.toUint40();
        totals.dripping = drip.undripped != 0;
        (_totals, _drip) = (totals, drip);
        emit Rewarded(assets, commissionAssets, endsAt);
        // Paid out at once: as shares it would itself earn from the drip of the reward that it was taken from.
        if (commissionAssets != 0) TOKEN.safeTransferFrom(msg.sender, _config.operator, commissionAssets);
        TOKEN.safeTransferFrom(msg.sender, address(this), assets - commissionAssets);
    }

    /// @inheritdoc IPoolOperations
    function lock(uint256 assets) external nonReentrant onlyModule(IStakePoolFactory.Module.WorkerRegistry) {
        Totals memory totals = _accrue();
        _totals = totals;
        uint256 old = _settled.locked;
        uint256 free = _unpledged(totals);
        require(old + assets <= free, LockExceedsActive(old + assets, free));
        _settled.locked = uint96(old + assets); // at most the active stake
        emit LockedSet(old, old + assets);
    }

    /// @inheritdoc IPoolOperations
    function unlock(uint256 assets) external nonReentrant onlyModule(IStakePoolFactory.Module.WorkerRegistry) {
        uint256 old = _settled.locked;
        // What a slash has unlocked already, the registry may still remember as locked.
        uint256 left = old.saturatingSub(assets);
        _settled.locked = uint96(left); // less than before
        emit LockedSet(old, left);
    }

    /// @inheritdoc IPoolOperations
    function slash(
        uint256 assets
    )
        external
        nonReentrant
        onlyModule(IStakePoolFactory.Module.SlashManager)
        returns (uint256 taken, uint256 fromMoved)
    {
        Totals memory totals = _accrue();
        (Queue memory queue, Settled memory settled) = (_queue, _settled);
        _settle(queue, settled, totals, COHORTS_A_STEP);
        (taken, fromMoved) = _slash(assets, totals, queue, settled);
        (_totals, _queue, _settled) = (totals, queue, settled);
        if (taken != 0) TOKEN.safeTransfer(msg.sender, taken);
    }

    /// @inheritdoc IPoolOperations
    function hold(uint256 until) external nonReentrant onlyModule(IStakePoolFactory.Module.SlashManager) {
        (Totals memory totals, ) = _dripped();
        (Queue memory queue, Settled memory settled) = (_queue, _settled);
        // What was due and covered before this claim, by the rules until now, is out of its reach.
        _settle(queue, settled, totals, COHORTS_A_STEP);
        uint256 free = _dueAndCovered(queue, settled, totals);
        if (!_isHeld()) {
            settled.released = settled.cohorts;
            free = settled.cohorts;
        }
        // One more than the number, to tell from none. The first claim of a second counts for all of that second.
        if (_history.releasedAt[block.timestamp] == 0) _history.releasedAt[block.timestamp] = free + 1;
        (_queue, _settled) = (queue, settled);
        _setHold(until, settled.released);
    }

    /// @inheritdoc IPoolOperations
    function moveHold(
        uint256 since,
        uint256 until
    ) external nonReentrant onlyModule(IStakePoolFactory.Module.SlashManager) {
        // What only claims that are over held back is let go. It settles at once: seen as still at stake, it would seem to share
        // in the claims that are left.
        Settled memory settled = _settled;
        uint256 released = Math.max(settled.released, _history.releasedAt[since].saturatingSub(1));
        settled.released = uint24(released); // both were 24 bits
        _setHold(until, released);
        if (settled.cohorts < released) {
            Queue memory queue = _queue;
            (Totals memory totals, ) = _dripped();
            _settle(queue, settled, totals, COHORTS_A_STEP);
            _queue = queue;
        }
        _settled = settled;
    }

    // The pool's own views

    /// @inheritdoc IPoolOperations
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
                moved: _moved(queue.factor),
                owed: settled.owed,
                undripped: totals.dripping ? drip.undripped : 0,
                locked: settled.locked,
                generation: totals.generation,
                settledCohorts: settled.cohorts,
                cohorts: queue.cohorts
            });
    }

    /// @inheritdoc IPoolOperations
    function cohort(uint256 index) external view returns (Cohort memory) {
        return _cohorts[index];
    }

    /// @inheritdoc IPoolOperations
    function closedGeneration(uint256 generation) external view returns (uint256 assets, uint256 supply) {
        return (_history.closed[generation].assets, _history.closed[generation].supply);
    }

    /// @inheritdoc IPoolOperations
    function holdUntil() external view returns (uint256) {
        return _config.holdUntil;
    }

    /// @inheritdoc IPoolOperations
    function commission() external view returns (uint256 currentBps, uint256 nextBps, uint256 startsAt) {
        currentBps = _commissionNow();
        if (block.timestamp < _limits.commissionFrom)
            (nextBps, startsAt) = (_limits.nextCommissionBps, _limits.commissionFrom);
    }

    /// @inheritdoc IPoolOperations
    function operator() external view returns (address) {
        return _config.operator;
    }

    /// @inheritdoc IPoolOperations
    function poolId() external view returns (uint256) {
        return _poolId;
    }

    /// @inheritdoc IPoolOperations
    function cap() external view returns (uint256) {
        return _limits.cap;
    }

    /// @inheritdoc IPoolOperations
    function mayReceive(address account) external view returns (bool) {
        return !_config.whitelistOn || _listed[account];
    }

    /// @inheritdoc IPoolOperations
    function isListed(address account) external view returns (bool) {
        return _listed[account];
    }

    /// @inheritdoc IPoolOperations
    function exitRequest(
        uint256 requestId
    ) external view returns (ExitRequest memory request, uint256 assets, bool claimable) {
        request = _requests[requestId];
        if (request.norm == 0 && request.shares == 0) return (request, 0, false);
        return (request, _assetsOf(request), _isClaimable(requestId));
    }

    /// @inheritdoc IPoolOperations
    function survival(uint256 index) external view returns (uint256 factor, bool isSettled) {
        Cohort memory day = _cohorts[index];
        isSettled = index < _settled.cohorts;
        factor =
            isSettled
                ? _valueOf(day.amount, day.factor)
                : _valueOf(_scaleSince(day.factor, _settled.era), _queue.factor);
    }

    /// @inheritdoc IPoolOperations
    function movedNormOf(uint256 index) external view returns (uint256) {
        return _moves.normOf[index];
    }

    /// @inheritdoc IPoolOperations
    function isOverdue(uint256 requestId) external view returns (bool) {
        uint256 index = requestId;
        if (_controllerOf(requestId) == address(0)) {
            if (_moves.normOf[index] == 0) return false;
        } else {
            if (_requests[requestId].norm == 0) return false;
            index = _requests[requestId].cohort;
        }
        if (index < _settled.cohorts || _isCovered(index)) return false;
        Cohort memory day = _cohorts[index];
        uint256 graceEnd =
            uint256(day.maturityDay) - day.exitDays + PARAMETERS.get(IStakingParameters.Parameter.GraceDays);
        return block.timestamp >= graceEnd * 1 days;
    }

    /// @inheritdoc IPoolOperations
    function balanceOfGeneration(address account, uint256 generation) public view returns (uint256) {
        Account memory held = _accounts[account];
        return held.generation == generation ? held.balance : _closedBalances[generation][account];
    }

    function _setHold(uint256 until, uint256 released) private {
        uint256 latest = block.timestamp + MAX_HOLD_SECONDS;
        require(until <= latest, HoldTooLong(until, latest));
        _config.holdUntil = uint40(until); // bounded above
        emit HoldSet(until, released);
    }

    /// @dev How many cohorts would be settled if there were no hold, as far as one step looks.
    function _dueAndCovered(
        Queue memory queue,
        Settled memory settled,
        Totals memory totals
    ) private view returns (uint256 index) {
        uint256 active = _unpledged(totals);
        uint256 norm = queue.norm;
        uint256 moved = _moves.norm;
        uint256 end = Math.min(queue.cohorts, uint256(settled.cohorts) + COHORTS_A_STEP);
        for (index = settled.cohorts; index < end; ++index) {
            Cohort memory next = _cohorts[index];
            uint256 scale = _scaleSince(next.factor, settled.era);
            norm -= _valueOf(next.amount, scale);
            moved = _withoutMoved(moved, index, scale);
            if (uint256(next.maturityDay) * 1 days > block.timestamp) break;
            uint256 behind = active + _atExit(norm, queue.factor) + _valueOf(moved, queue.factor);
            if (behind < settled.locked) break;
        }
    }

    function _commissionNow() private view returns (uint256) {
        uint256 from = _limits.commissionFrom;
        return from != 0 && block.timestamp >= from ? _limits.nextCommissionBps : _config.commissionBps;
    }

    function _requireCommission(uint256 commissionBps) private view {
        uint256 maximum = PARAMETERS.get(IStakingParameters.Parameter.MaxCommissionBps);
        require(commissionBps <= maximum, CommissionTooHigh(commissionBps, maximum));
    }
}
