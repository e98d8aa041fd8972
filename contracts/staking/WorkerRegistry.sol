// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";
import {WorkerLocks} from "./WorkerLocks.sol";
import {WorkerValue} from "./WorkerValue.sol";
import {ISlashManager} from "./interfaces/ISlashManager.sol";
import {IStakePool} from "./interfaces/IStakePool.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";
import {IWorkerParameters} from "./interfaces/IWorkerParameters.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";
import {IWorkerStanding} from "./interfaces/IWorkerStanding.sol";

/// @title Workers: attested keys with a pool's stake locked for them
/// @dev Nothing here needs a re-entrancy guard: it calls the attestation registry, parameters, the factory and its pools, and
/// of these no call used here reaches the token or anyone's own code.
contract WorkerRegistry is WorkerLocks, EIP712, IWorkerRegistry {
    using SafeCast for uint256;

    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "Consent(address key,address pool,uint32 performance,uint256 nonce,uint256 deadline)"
    );
    uint16 private constant NO_GPU_WEIGHT_BPS = 10_000;
    /// @dev Shares are rounded to a wei at each lock of the pool, against those that were there: that much less is no slash.
    uint256 private constant ROUNDING_WEI = 1e9;

    IAttestedKeys private immutable KEYS;
    IStakingParameters private immutable STAKING_PARAMETERS;
    IWorkerParameters private immutable PARAMETERS;

    /// @inheritdoc IWorkerRegistry
    mapping(address key => uint256) public nonceOf;
    mapping(address key => Worker) private _workers;

    /// @param keys Says whose evidence counts.
    /// @param stakingParameters Has the cool-down.
    constructor(
        IStakePoolFactory factory,
        IAttestedKeys keys,
        IStakingParameters stakingParameters,
        IWorkerParameters parameters
    ) WorkerLocks(factory) EIP712("PhalaWorkerRegistry", "1") {
        KEYS = keys;
        STAKING_PARAMETERS = stakingParameters;
        PARAMETERS = parameters;
    }

    // The operator

    /// @inheritdoc IWorkerRegistry
    function register(
        address key,
        address pool,
        uint32 performance,
        uint256 deadline,
        bytes calldata consent
    ) external {
        require(FACTORY.isPool(pool), ForeignPool(pool));
        _requireOperator(pool);
        Worker storage worker = _workers[key];
        Status status = worker.status;
        // Neither running nor cooling, under whichever operator: a lock is never handed on or forgotten.
        require(!_hasLock(status), WorkerNotInStatus(key, status));
        require(block.timestamp <= deadline, ConsentExpired(deadline));
        (address signer, , ) = ECDSA.tryRecoverCalldata(
            consentHash(key, pool, performance, nonceOf[key]++, deadline),
            consent
        );
        require(signer == key && key != address(0), ConsentNotFromKey(key, signer));
        uint256 lowest = PARAMETERS.get(IWorkerParameters.Parameter.MinPerformance);
        uint256 highest = PARAMETERS.get(IWorkerParameters.Parameter.MaxPerformance);
        require(performance >= lowest && performance <= highest, PerformanceOutOfBounds(performance, lowest, highest));

        delete _workers[key];
        (worker.pool, worker.performance, worker.status) = (pool, performance, Status.Registered);
        emit WorkerRegistered(key, pool, performance);
    }

    /// @inheritdoc IWorkerRegistry
    function start(address key, uint256 stake) external {
        Worker memory worker = _workers[key];
        require(worker.status == Status.Registered, WorkerNotInStatus(key, worker.status));
        _requireOperator(worker.pool);
        IAttestedKeys.Standing memory standing = KEYS.standingOf(key);
        uint256 confidenceBps = PARAMETERS.confidenceBps(standing.confidence);
        require(standing.attested && confidenceBps != 0, WorkerNotAttested(key, standing.reason));

        (uint256 minimum, uint16 weightBps) = _requirements(
            worker.performance,
            standing.deviceModel,
            standing.deviceCount
        );
        require(stake >= minimum, StakeTooSmall(stake, minimum));
        uint256 value = _initialValue(stake, worker.performance, confidenceBps);
        uint256 maximum = PARAMETERS.get(IWorkerParameters.Parameter.MaxWorkersPerPool);
        require(_poolLocks[worker.pool].workers < maximum, TooManyWorkers(worker.pool, maximum));
        ++_poolLocks[worker.pool].workers;

        worker.status = Status.Working;
        worker.startedDay = (block.timestamp / 1 days).toUint24();
        worker.weightBps = weightBps;
        (worker.deviceCount, worker.deviceModel) = (standing.deviceCount, standing.deviceModel);
        worker.initialValue = value.toUint96();
        worker.locked = stake.toUint96();
        worker.minimumStake = minimum.toUint96();
        (uint256 shares, uint32 era) = _lock(worker.pool, stake);
        (worker.lockShares, worker.lockEra) = (shares.toUint128(), era);
        _workers[key] = worker;
        _checkpoint(key, worker.pool, stake, stake, true);
        emit WorkerStarted(key, worker.pool, stake, minimum, value);
    }

    /// @inheritdoc IWorkerRegistry
    function topUp(address key, uint256 assets) external {
        Worker storage worker = _running(key);
        address pool = worker.pool;
        _requireOperator(pool);
        uint256 kept = _keptOf(worker);
        if (kept < worker.locked) worker.wasSlashed = true;
        (uint256 shares, uint32 era) = _lock(pool, assets);
        // Shares of an era that has just ended are worth nothing, and are dropped.
        if (era != worker.lockEra) (worker.lockShares, worker.lockEra, kept) = (0, era, 0);
        worker.lockShares = (worker.lockShares + shares).toUint128();
        emit WorkerToppedUp(key, worker.locked, kept + assets);
        worker.locked = (kept + assets).toUint96();
        _checkpoint(key, pool, kept + assets, assets, false);
    }

    /// @inheritdoc IWorkerRegistry
    function stop(address key) external {
        Worker storage worker = _running(key);
        _requireOperator(worker.pool);
        _cool(key, worker, StopReason.Operator);
    }

    // Anyone

    /// @inheritdoc IWorkerRegistry
    function stopLapsed(address key) external {
        Worker storage worker = _running(key);
        require(_confidenceOf(key, worker) == 0, WorkerInGoodStanding(key));
        _cool(key, worker, StopReason.AttestationLapsed);
    }

    /// @inheritdoc IWorkerRegistry
    function reconcile(address key) external returns (uint256 locked) {
        Worker storage worker = _workers[key];
        require(_hasLock(worker.status), WorkerNotInStatus(key, worker.status));
        uint256 old = worker.locked;
        locked = _keptOf(worker);
        if (locked < old) {
            worker.locked = uint96(locked); // less than what was there
            worker.wasSlashed = true;
            _checkpoint(key, worker.pool, locked, 0, false);
            emit WorkerReconciled(key, old, locked);
        }
        if (worker.status == Status.Cooling) return locked;
        // A bond or other workers' locks may have paid, and the lock be whole: what offences have used up of it is not at stake.
        if (Math.min(locked, _atStake(key)) < worker.minimumStake) _cool(key, worker, StopReason.Understaked);
    }

    /// @inheritdoc IWorkerRegistry
    function stopForRequest(
        address pool,
        uint256 requestId,
        address[] calldata keys
    ) external returns (uint256 stopped) {
        require(FACTORY.isPool(pool), ForeignPool(pool));
        require(IStakePool(pool).isOverdue(requestId), RequestNotOverdue(pool, requestId));
        IStakePool.Books memory books = IStakePool(pool).books();
        // Active stake that answers for no other pool stands behind every request: once what stays locked is within it, nothing
        // can be uncovered.
        uint256 escrow = IStakePool(pool).balanceOf(FACTORY.module(IStakePoolFactory.Module.Redelegation));
        uint256 lacking = Math.saturatingSub(books.locked + IStakePool(pool).previewMint(escrow), books.active);
        PoolLocks storage locks = _poolLocks[pool];
        for (uint256 i = 0; i < keys.length; ++i) {
            if (_worthOf(pool, locks.coolingShares, locks.era) >= lacking) break;
            Worker storage worker = _workers[keys[i]];
            // One that stopped meanwhile must not hold up the others.
            if (worker.pool != pool || !_isRunning(worker.status)) continue;
            _cool(keys[i], worker, StopReason.OverdueRequest);
            ++stopped;
        }
        require(stopped != 0, NothingToStop(pool));
    }

    /// @inheritdoc IWorkerRegistry
    function release(address key) external returns (uint256 released) {
        Worker storage worker = _workers[key];
        require(worker.status == Status.Cooling, WorkerNotInStatus(key, worker.status));
        require(block.timestamp >= worker.coolingUntil, StillCooling(key, worker.coolingUntil));
        (address pool, uint256 shares, uint256 stake) = (worker.pool, worker.lockShares, worker.locked);
        PoolLocks storage locks = _poolLocks[pool];
        if (worker.lockEra == locks.era) locks.coolingShares -= uint128(shares); // added when it stopped
        --locks.workers;
        released = _unlock(pool, shares, worker.lockEra);
        bool wasSlashed = worker.wasSlashed || released + ROUNDING_WEI < stake;
        worker.status = wasSlashed ? Status.Slashed : Status.Released;
        (worker.lockShares, worker.locked) = (0, 0);
        _checkpoint(key, pool, 0, 0, true);
        emit WorkerReleased(key, pool, stake, released);
    }

    // The reward source

    /// @inheritdoc IWorkerRegistry
    function noteLiveness(address key, bool responsive) external {
        address source = FACTORY.module(IStakePoolFactory.Module.RewardSource);
        require(msg.sender == source, CallerNotRewardSource(msg.sender, source));
        Worker storage worker = _workers[key];
        (Status from, Status to) = responsive
            ? (Status.Unresponsive, Status.Working)
            : (Status.Working, Status.Unresponsive);
        if (worker.status != from) return;
        worker.status = to;
        emit LivenessNoted(key, !responsive, responsive);
    }

    // Views

    /// @inheritdoc IWorkerStanding
    function isWorking(address key) external view returns (bool) {
        return _workers[key].status == Status.Working;
    }

    /// @inheritdoc IWorkerStanding
    function stakeOf(address key) external view returns (address pool, uint256 assets) {
        Worker storage worker = _workers[key];
        if (!_hasLock(worker.status)) return (address(0), 0);
        assets = _keptOf(worker);
        return assets == 0 ? (address(0), 0) : (worker.pool, assets);
    }

    /// @inheritdoc IWorkerRegistry
    function workerOf(address key) external view returns (Worker memory) {
        return _workers[key];
    }

    /// @inheritdoc IWorkerRegistry
    function statusOf(address key) external view returns (Status status) {
        Worker storage worker = _workers[key];
        status = worker.status;
        if (status == Status.Registered && KEYS.isAttested(key)) return Status.Attested;
        if (status == Status.Working && block.timestamp < IStakePool(worker.pool).holdUntil()) return Status.Challenged;
    }

    /// @inheritdoc IWorkerRegistry
    function earningOf(address key) external view returns (Earning memory) {
        Worker storage worker = _workers[key];
        return
            Earning({
                pool: worker.pool,
                performance: worker.performance,
                startedDay: worker.startedDay,
                stoppedDay: worker.stoppedDay,
                weightBps: worker.weightBps,
                confidence: _confidenceOf(key, worker),
                isUnresponsive: worker.status == Status.Unresponsive,
                initialValue: worker.initialValue,
                locked: worker.locked
            });
    }

    /// @inheritdoc IWorkerRegistry
    function minimumStakeOf(uint32 performance, bytes32 model, uint8 count) external view returns (uint256 minimum) {
        (minimum, ) = _requirements(performance, model, count);
    }

    /// @inheritdoc IWorkerRegistry
    function workerCount(address pool) external view returns (uint256) {
        return _poolLocks[pool].workers;
    }

    /// @inheritdoc IWorkerRegistry
    function consentHash(
        address key,
        address pool,
        uint32 performance,
        uint256 nonce,
        uint256 deadline
    ) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CONSENT_TYPEHASH, key, pool, performance, nonce, deadline)));
    }

    // Internals

    function _cool(address key, Worker storage worker, StopReason reason) private {
        uint256 cooldown = STAKING_PARAMETERS.get(IStakingParameters.Parameter.WorkerCooldownDays) * 1 days;
        worker.status = Status.Cooling;
        worker.coolingUntil = (block.timestamp + cooldown).toUint40();
        worker.stoppedDay = (block.timestamp / 1 days).toUint24();
        PoolLocks storage locks = _poolLocks[worker.pool];
        if (worker.lockEra == locks.era) locks.coolingShares += worker.lockShares;
        emit WorkerStopped(key, worker.pool, reason, worker.coolingUntil);
    }

    /// @dev Level of the evidence that counts now for what the worker started as; zero if none does.
    function _confidenceOf(address key, Worker storage worker) private view returns (uint8) {
        IAttestedKeys.Standing memory standing = KEYS.standingOf(key);
        if (!standing.attested) return 0;
        uint8 count = worker.deviceCount;
        if (count != 0 && (standing.deviceCount < count || standing.deviceModel != worker.deviceModel)) return 0;
        return standing.confidence;
    }

    /// @dev What slashes have left of the lock.
    function _keptOf(Worker storage worker) private view returns (uint256) {
        uint256 worth = _worthOf(worker.pool, worker.lockShares, worker.lockEra);
        return worth + ROUNDING_WEI < worker.locked ? worth : worker.locked;
    }

    /// @dev What a worker's offences can still cost.
    function _atStake(address key) private view returns (uint256) {
        address manager = FACTORY.module(IStakePoolFactory.Module.SlashManager);
        if (manager.code.length == 0) return type(uint256).max; // no manager, no claims
        bytes32 worker = bytes32(uint256(uint160(key)));
        (, , uint48 since, uint256 budget) = lockAt(worker, uint48(block.timestamp));
        return Math.saturatingSub(budget, ISlashManager(manager).forfeited(worker, since));
    }

    function _requirements(
        uint256 performance,
        bytes32 model,
        uint256 count
    ) private view returns (uint256 minimum, uint16 weightBps) {
        uint256 stakePerRoot = PARAMETERS.get(IWorkerParameters.Parameter.StakePerRootPerformanceE18);
        minimum = WorkerValue.minimumStake(stakePerRoot, performance);
        if (count == 0) return (minimum, NO_GPU_WEIGHT_BPS);
        IWorkerParameters.GpuClass memory class = PARAMETERS.gpuClassOf(model);
        require(class.weightBps != 0, GpuModelNotAccepted(model));
        return (Math.max(minimum, class.collateral * count), class.weightBps);
    }

    function _initialValue(
        uint256 stake,
        uint256 performance,
        uint256 confidenceBps
    ) private view returns (uint256 value) {
        uint256 rigCost =
            PARAMETERS.get(IWorkerParameters.Parameter.RigCostPerPerformanceE18) * performance +
                PARAMETERS.get(IWorkerParameters.Parameter.RigCostBaseE18);
        uint256 multiplier = PARAMETERS.get(IWorkerParameters.Parameter.StakeMultiplierE18);
        uint256 maximum = PARAMETERS.get(IWorkerParameters.Parameter.MaxValueE18);
        // Before the multiplication: a stake of any size must be refused by name.
        require(stake <= maximum, ValueTooGreat(stake, maximum));
        value = WorkerValue.initialValue(stake, rigCost, multiplier, confidenceBps);
        require(value <= maximum, ValueTooGreat(value, maximum));
    }

    function _running(address key) private view returns (Worker storage worker) {
        worker = _workers[key];
        require(_isRunning(worker.status), WorkerNotInStatus(key, worker.status));
    }

    function _isRunning(Status status) private pure returns (bool) {
        return status == Status.Working || status == Status.Unresponsive;
    }

    function _hasLock(Status status) private pure returns (bool) {
        return _isRunning(status) || status == Status.Cooling;
    }

    function _requireOperator(address pool) private view {
        address operator = IStakePool(pool).operator();
        require(msg.sender == operator, CallerNotPoolOperator(msg.sender, operator));
    }
}
