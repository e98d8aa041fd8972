// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ISlashGround} from "./ISlashGround.sol";

/// @title Claims that a worker's stake is forfeit
/// @notice Filed (the lock at the time of the offence is captured and the pool held) → Executed; or, for accusations,
/// Challenged → Upheld → Executed. What is not executed in time lapses, what governance withdraws is cancelled. Claims are
/// independent: any of them may be executed before or after any other.
///
/// All offences of a worker from one start to its release, a lock, together cost at most what its operator has locked for it
/// in that time, by the start and by top-ups until the latest offence claimed. That is seen to when claims are executed, not when
/// they are filed: so open claims take the same in all in every order, a mild one keeps nothing from a grave one, and one that
/// ends without execution need give nothing back. A reconciliation adds nothing to a lock, and a top-up what it locks, not more.
///
/// Objective claims are proven by a ground to anyone's satisfaction: nobody can challenge or cancel them, and they can be
/// executed at once. Accusations come from governance, wait for the operator's challenge, and then for a second decision.
///
/// Trusted: governance, for accusations within the parameters' levels and for which grounds count.
interface ISlashManager {
    /// @notice Where a claim stands.
    enum Status {
        None,
        Filed,
        Challenged,
        Upheld,
        Executed,
        Cancelled,
        Lapsed
    }

    /// @notice A claim.
    /// @param pool Whose bond and stake answer for it.
    /// @param filedAt When it was filed: what was at stake then can't leave before the end.
    /// @param status Where it stands.
    /// @param isObjective Proven by a ground, not accused by governance.
    /// @param assets What the offence costs by itself; `forfeitOf` says what of it is left to take.
    /// @param reporter Has a share of what is taken, at most what the bond lost; zero for nobody.
    /// @param challengeBy Last second for the operator's challenge; executable after it.
    /// @param resolveBy Last second for upholding a challenged claim.
    /// @param endsAt Last second of execution.
    /// @param offenceKey Names the offence over all grounds.
    /// @param lockKey Names the lock.
    struct Claim {
        address pool;
        uint40 filedAt;
        Status status;
        bool isObjective;
        uint96 assets;
        address reporter;
        uint40 challengeBy;
        uint40 resolveBy;
        uint40 endsAt;
        bytes32 offenceKey;
        bytes32 lockKey;
    }

    /// @notice A ground counts from now on, or no longer.
    event GroundSet(address indexed ground, bool oldAccepted, bool newAccepted);
    /// @notice A claim was filed.
    event ClaimFiled(
        uint256 indexed claimId,
        address indexed pool,
        bytes32 indexed worker,
        address ground,
        bytes32 offenceId,
        uint256 assets
    );
    /// @notice The operator objects.
    event ClaimChallenged(uint256 indexed claimId, address operator);
    /// @notice Governance stands by it.
    event ClaimUpheld(uint256 indexed claimId);
    /// @notice Governance takes it back.
    event ClaimCancelled(uint256 indexed claimId);
    /// @notice Nobody acted in time.
    event ClaimLapsed(uint256 indexed claimId);
    /// @notice Stake was taken for a claim. `fromMoved` is what delegators who moved lose; it comes when moves are completed.
    event ClaimExecuted(
        uint256 indexed claimId,
        uint256 fromBond,
        uint256 fromPool,
        uint256 fromMoved,
        uint256 reporterShare
    );
    /// @notice A reporter was paid.
    event ReporterPaid(address indexed reporter, uint256 assets);
    /// @notice What was taken elsewhere came in.
    event ProceedsAdded(address indexed from, uint256 assets);
    /// @notice What was taken went where the parameters say.
    event ProceedsDistributed(uint256 burned, uint256 toTreasury);

    /// @notice Thrown when a claim does not stand where the step needs it.
    error ClaimNotInStatus(uint256 claimId, Status status);
    /// @notice Thrown when a step comes too early or too late.
    error ClaimOutsideWindow(uint256 claimId, uint256 time, uint256 from, uint256 until);
    /// @notice Thrown when a pool's operator is needed and another called.
    error CallerNotAccused(uint256 claimId, address caller);
    /// @notice Thrown for evidence from the future or older than the parameters allow.
    error EvidenceStale(uint256 committedAt, uint256 oldest, uint256 newest);
    /// @notice Thrown when a ground doesn't count.
    error GroundNotAccepted(address ground);
    /// @notice Thrown when executed claims have used up the lock. The offence may be filed later if there is more of it then.
    error LockForfeited(bytes32 worker, uint48 since, uint256 budget);
    /// @notice Thrown for a level outside 1 to 4.
    error LevelOutOfRange(uint8 level);
    /// @notice Thrown when no stake of a pool of this factory was locked for the worker.
    error NothingAtStake(bytes32 worker, uint256 committedAt);
    /// @notice Thrown when the offence has its claim already.
    error OffenceAlreadyClaimed(bytes32 offenceKey);
    /// @notice Thrown when an objective claim is challenged or cancelled.
    error ObjectiveClaim(uint256 claimId);
    /// @notice Thrown when a pool has as many open claims as are looked through.
    error TooManyOpenClaims(address pool, uint256 open);

    /// @notice Says whether a ground counts. Restricted.
    function setGround(ISlashGround ground, bool accepted) external;

    /// @notice Files what `evidence` proves. Anyone; the caller is the reporter.
    function file(ISlashGround ground, bytes calldata evidence) external returns (uint256 claimId);

    /// @notice Files what governance says happened. Restricted.
    /// @param reporter Has a share; zero for nobody.
    function accuse(ISlashGround.Offence calldata offence, address reporter) external returns (uint256 claimId);

    /// @notice Objects to an accusation. The pool's operator, within the window.
    function challenge(uint256 claimId) external;

    /// @notice Stands by a challenged accusation. Restricted.
    function uphold(uint256 claimId) external;

    /// @notice Takes back an accusation. Restricted.
    function cancel(uint256 claimId) external;

    /// @notice Takes what is forfeit and not yet taken of the lock: bond first, then the pool's stake. Anyone, in any order of
    /// claims.
    function execute(uint256 claimId) external returns (uint256 fromBond, uint256 fromPool);

    /// @notice Ends a claim that nobody acted on in time. Anyone.
    function lapse(uint256 claimId) external;

    /// @notice Pays a reporter all that is due to them. Anyone.
    function payReporter(address reporter) external returns (uint256 assets);

    /// @notice Adds PHA of the caller to the proceeds: what slashes took of stake that had moved. Anyone may give.
    function addProceeds(uint256 assets) external;

    /// @notice Sends the proceeds to the treasury and out of circulation, as the parameters say. Anyone.
    function distribute() external returns (uint256 burned, uint256 toTreasury);

    /// @notice A claim by its number, counted from 1.
    function claimOf(uint256 claimId) external view returns (Claim memory);

    /// @notice Numbers of a pool's open claims, in no order. Reverts during this contract's own payments, when a pool's bond or stake
    /// is taken already and the claim still open: nobody must reckon with both.
    function openClaims(address pool) external view returns (uint256[] memory);

    /// @notice What executing an open claim would take now, if bond and pool have as much; zero for one that is over.
    function forfeitOf(uint256 claimId) external view returns (uint256 assets);

    /// @notice What executing all open claims that are in time would take of the pool's bond and stake, if these have as much.
    /// Reverts during this contract's own payments, as `openClaims`.
    function openForfeit(address pool) external view returns (uint256 assets);

    /// @notice What executed claims were for under the lock of `worker` that began at `since`, at most the budget that
    /// `IWorkerLocks.lockAt` names for their offences.
    function forfeited(bytes32 worker, uint48 since) external view returns (uint256 assets);

    /// @notice PHA taken and not yet distributed, without reporters' shares.
    function proceeds() external view returns (uint256);

    /// @notice PHA due to a reporter.
    function reporterDue(address reporter) external view returns (uint256);

    /// @notice Whether a ground counts.
    function isGround(ISlashGround ground) external view returns (bool);
}
