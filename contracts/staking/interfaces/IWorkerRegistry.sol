// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IWorkerLocks} from "./IWorkerLocks.sol";
import {IWorkerStanding} from "./IWorkerStanding.sol";

/// @title Workers: attested keys with a pool's stake locked for them
/// @notice Registered → Attested → Working → Unresponsive or Challenged → Cooling → Released or Slashed. A registration needs
/// the pool's operator and a consent signed by the attested key, which names the pool, the performance that the program
/// measured, this contract and this chain: nobody can register another's worker or claim another performance.
///
/// Locks are kept as shares of what the pool has locked for all its workers, so a slash cuts every lock alike and no release
/// can ask for more than there is.
///
/// Traps: `lockAt` answers what was locked by the last start, top-up or reconciliation before the time; a cut by a slash
/// shows there only once somebody reconciles, in `assets` alone: `since` and `budget` stay. Offences that a bond has paid for,
/// or other workers' locks, show there never: `reconcile` asks the slash manager for them. The registry can be replaced in the
/// factory only after its workers were released: a pool obeys one registry at a time.
///
/// Trusted: the attestation registry, pools of the factory, the reward source for liveness. Not trusted: operators, keys.
interface IWorkerRegistry is IWorkerLocks, IWorkerStanding {
    /// @notice Where a worker stands. `Attested` and `Challenged` follow from others' state and are never stored.
    enum Status {
        None,
        Registered,
        Attested,
        Working,
        Challenged,
        Unresponsive,
        Cooling,
        Released,
        Slashed
    }

    /// @notice Why a worker was sent to cool down.
    enum StopReason {
        Operator,
        AttestationLapsed,
        Understaked,
        OverdueRequest
    }

    /// @notice A worker.
    /// @param pool Whose operator runs it, and whose stake is locked.
    /// @param performance What the key measured and consented to.
    /// @param startedDay UTC day of the last start, days since 1970; it names the session.
    /// @param weightBps The weight of its GPUs at the start; 10,000 without.
    /// @param status As stored: never `Attested` or `Challenged`.
    /// @param deviceCount GPUs at the start.
    /// @param wasSlashed Whether a slash has cut its lock, as far as that was written down.
    /// @param initialValue The value it started with, in wei.
    /// @param locked What is locked for it by the last checkpoint, in wei.
    /// @param coolingUntil First second at which the lock can be released; zero if it does not cool down.
    /// @param stoppedDay UTC day on which it was stopped; zero while it works.
    /// @param lockShares Its part of the pool's locks.
    /// @param lockEra The era those shares are of.
    /// @param minimumStake What it had to lock at least when it started, in wei.
    /// @param deviceModel Its GPUs' model at the start.
    struct Worker {
        address pool;
        uint32 performance;
        uint24 startedDay;
        uint16 weightBps;
        Status status;
        uint8 deviceCount;
        bool wasSlashed;
        uint96 initialValue;
        uint96 locked;
        uint40 coolingUntil;
        uint24 stoppedDay;
        uint128 lockShares;
        uint32 lockEra;
        uint96 minimumStake;
        bytes32 deviceModel;
    }

    /// @notice What rewards need of a worker.
    /// @param confidence Level of its evidence now, 1 to 5; zero if none counts, or none for the GPUs it started with.
    struct Earning {
        address pool;
        uint32 performance;
        uint24 startedDay;
        uint24 stoppedDay;
        uint16 weightBps;
        uint8 confidence;
        bool isUnresponsive;
        uint96 initialValue;
        uint96 locked;
    }

    /// @notice `key` agreed to work for `pool`.
    event WorkerRegistered(address indexed key, address indexed pool, uint256 performance);
    /// @notice Stake was locked and the worker works.
    event WorkerStarted(address indexed key, address indexed pool, uint256 stake, uint256 minimumStake, uint256 value);
    /// @notice More stake was locked.
    event WorkerToppedUp(address indexed key, uint256 oldStake, uint256 newStake);
    /// @notice A slash's cut was written down.
    event WorkerReconciled(address indexed key, uint256 oldStake, uint256 newStake);
    /// @notice The gatekeepers' report made the worker unresponsive, or no longer.
    event LivenessNoted(address indexed key, bool oldResponsive, bool newResponsive);
    /// @notice The worker stopped; its lock cools down.
    event WorkerStopped(address indexed key, address indexed pool, StopReason reason, uint256 coolingUntil);
    /// @notice The lock was released; less than `stake` if slashes cut it.
    event WorkerReleased(address indexed key, address indexed pool, uint256 stake, uint256 released);
    /// @notice All locks of a pool were lost to slashes, or as good as: shares of the new era start at a wei each.
    event LockEraBegun(address indexed pool, uint256 era, uint256 lostShares);

    /// @notice Thrown when a pool's operator is needed and another called.
    error CallerNotPoolOperator(address caller, address operator);
    /// @notice Thrown when another contract than the reward source reports liveness.
    error CallerNotRewardSource(address caller, address rewardSource);
    /// @notice Thrown when the consent's time has passed.
    error ConsentExpired(uint256 deadline);
    /// @notice Thrown when the consent wasn't signed by the key, or for another pool, performance, registry or chain.
    error ConsentNotFromKey(address key, address signer);
    /// @notice Thrown when the factory made no such pool.
    error ForeignPool(address pool);
    /// @notice Thrown when a worker's GPUs are of no accepted model.
    error GpuModelNotAccepted(bytes32 model);
    /// @notice Thrown when none of the workers named runs for the pool, or those that cool down already cover every request.
    error NothingToStop(address pool);
    /// @notice Thrown when the performance lies outside its bounds.
    error PerformanceOutOfBounds(uint256 performance, uint256 lowest, uint256 highest);
    /// @notice Thrown when the pool has no such overdue request.
    error RequestNotOverdue(address pool, uint256 requestId);
    /// @notice Thrown when the stake is less than the performance and the GPUs ask for.
    error StakeTooSmall(uint256 stake, uint256 minimum);
    /// @notice Thrown when the cool-down isn't over.
    error StillCooling(address key, uint256 until);
    /// @notice Thrown when a pool has as many workers as it may.
    error TooManyWorkers(address pool, uint256 maximum);
    /// @notice Thrown when stake and machine together would be worth more than any worker may be.
    error ValueTooGreat(uint256 value, uint256 maximum);
    /// @notice Thrown when a worker's evidence counts and its stake suffices, so that it can't be sent to cool down.
    error WorkerInGoodStanding(address key);
    /// @notice Thrown when a worker does not stand where the step needs it.
    error WorkerNotInStatus(address key, Status status);
    /// @notice Thrown when the key's evidence doesn't count.
    error WorkerNotAttested(address key, bytes32 reason);

    /// @notice Registers `key` for `pool`. The pool's operator only, with the key's consent; not while the key works or
    /// cools down, for whichever pool.
    /// @param performance The benchmark that the key signs.
    /// @param deadline Last second of the consent.
    /// @param consent 65 bytes: the key's EIP-712 signature of
    /// `Consent(address key,address pool,uint32 performance,uint256 nonce,uint256 deadline)`.
    function register(address key, address pool, uint32 performance, uint256 deadline, bytes calldata consent) external;

    /// @notice Locks `stake` of the pool for the worker, which must be attested now. The pool's operator only.
    function start(address key, uint256 stake) external;

    /// @notice Locks `assets` more, after a slash or to have more stake at work. The pool's operator only. The worker's value
    /// stays what it is.
    function topUp(address key, uint256 assets) external;

    /// @notice Sends the worker to cool down. The pool's operator only.
    function stop(address key) external;

    /// @notice Sends a worker to cool down whose evidence no longer counts, or no longer covers the GPUs that it started with.
    /// Anyone.
    function stopLapsed(address key) external;

    /// @notice Writes down what slashes have left of the worker's lock; sends it to cool down if that is under its minimum, or
    /// what its offences can still cost. Anyone.
    function reconcile(address key) external returns (uint256 locked);

    /// @notice Sends workers of a pool to cool down, in the order given, because a request waits uncovered beyond the grace
    /// period, until those that cool down cover every request. Anyone. Workers of other pools, and such as have stopped, are
    /// passed over.
    function stopForRequest(
        address pool,
        uint256 requestId,
        address[] calldata keys
    ) external returns (uint256 stopped);

    /// @notice Releases the lock after the cool-down. Anyone.
    function release(address key) external returns (uint256 released);

    /// @notice Notes whether the worker answered. The reward source only; for a worker that does not work nothing happens.
    function noteLiveness(address key, bool responsive) external;

    /// @notice A worker as stored.
    function workerOf(address key) external view returns (Worker memory);

    /// @notice Where a worker stands now.
    function statusOf(address key) external view returns (Status);

    /// @notice What rewards need of a worker.
    function earningOf(address key) external view returns (Earning memory);

    /// @notice The least stake for a performance and GPUs, by the parameters now.
    function minimumStakeOf(uint32 performance, bytes32 model, uint8 count) external view returns (uint256);

    /// @notice How many of a pool's workers have a lock.
    function workerCount(address pool) external view returns (uint256);

    /// @notice The number that the key's next consent must carry.
    function nonceOf(address key) external view returns (uint256);

    /// @notice The EIP-712 hash that a key signs to consent.
    function consentHash(
        address key,
        address pool,
        uint32 performance,
        uint256 nonce,
        uint256 deadline
    ) external view returns (bytes32);
}
