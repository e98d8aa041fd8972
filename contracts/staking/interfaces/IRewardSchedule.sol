// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPoolEarnings} from "./IPoolEarnings.sol";

/// @title Pays treasury, stakers and workers from a funded reserve, by a schedule that only falls
/// @notice An epoch is a UTC day. When its report is final, anyone opens it: it gets what the schedule has released and no
/// earlier epoch was given, at most a bounded multiple of its own day, and never more than the reserve. Anyone then settles
/// its workers, in any number of transactions, each with the proof of its record. What a worker earns is added to what its
/// pool is due; `payPool` hands that to the pool, whose commission and drip it goes through, so a pool that can't take it
/// holds up nobody else. What nobody settled in time rolls on.
///
/// A record's share and stake are upper bounds: the worker's value is computed here, its stake read from the registry, its
/// evidence asked of the attestation registry, and the lesser counts. So with an honest report the order of settling
/// changes nothing, and with any report no more is paid than the epoch's budget.
///
/// Each record names the worker's epoch before, so that nobody can settle epochs of a worker out of order. A record that
/// can't be paid now is passed over; once the settlement time is over it can still be settled, for nothing.
///
/// Beside its own schedule it passes on what customers have paid. A pool's part is fetched from a listed ledger and becomes due
/// to that pool like a reward. What is transferred here plainly, as ledgers do with the stakers' part, is the stakers': each epoch
/// gets one day's part of it on top of what the schedule releases. Neither counts against the schedule.
///
/// Trusted: the gatekeepers' quorum as `IGatekeeperSet` says; the registry; pools of the factory. Not trusted: ledgers, beyond
/// whose pools their PHA is for; what they pay is counted here.
interface IRewardSchedule {
    /// @notice What gatekeepers say of a worker in an epoch.
    /// @param worker Its key.
    /// @param previousEpoch Its epoch settled before, in this session; zero for none.
    /// @param performance Measured in the epoch.
    /// @param responsive Whether it answered.
    /// @param share Upper bound of its share, in wei of value.
    /// @param stake Upper bound of its stake, in wei.
    struct Record {
        address worker;
        uint24 previousEpoch;
        uint32 performance;
        bool responsive;
        uint96 share;
        uint96 stake;
    }

    /// @notice An epoch that was opened.
    /// @param workersLeft Wei that workers can still be given.
    /// @param stakersLeft Wei that stakers can still be given.
    /// @param closesAt First second at which nothing more is paid; zero if it was never opened.
    /// @param closed Whether what was left has rolled on.
    /// @param workersBudget Wei that workers were given.
    /// @param stakersBudget Wei that stakers were given, from the schedule and from earnings.
    /// @param earnedBudget Wei of it that came from earnings.
    struct Epoch {
        uint96 workersLeft;
        uint96 stakersLeft;
        uint40 closesAt;
        bool closed;
        uint96 workersBudget;
        uint96 stakersBudget;
        uint96 earnedBudget;
    }

    /// @notice How a worker stands with rewards.
    /// @param value V, in wei.
    /// @param lastValue V after the last payout, in wei.
    /// @param session The day its session started; of another session nothing here counts.
    /// @param lastEpoch Its last epoch settled; zero for none.
    struct Progress {
        uint96 value;
        uint96 lastValue;
        uint24 session;
        uint24 lastEpoch;
    }

    /// @notice What a pool has earned and not been paid.
    /// @param assets In wei.
    /// @param since When it became more than nothing.
    struct Due {
        uint96 assets;
        uint40 since;
    }

    /// @notice PHA came into the reserve.
    event ReserveFunded(address indexed from, uint256 assets);
    /// @notice An epoch has its budget.
    event EpochOpened(uint256 indexed epoch, uint256 toTreasury, uint256 toStakers, uint256 toWorkers);
    /// @notice An epoch's stakers got a part of what customers' payments have brought stakers, on top of their budget.
    event EarningsSpread(uint256 indexed epoch, uint256 assets, uint256 left);
    /// @notice What nobody settled went back: to the reserve, and to stakers' earnings what had come from these.
    event EpochClosed(uint256 indexed epoch, uint256 left, uint256 leftOfEarnings);
    /// @notice Whether a ledger's payments are fetched was set.
    event EarningsLedgerSet(IPoolEarnings indexed ledger, bool oldListed, bool newListed);
    /// @notice What customers have paid for a pool's work is due to it.
    event EarningsCollected(IPoolEarnings indexed ledger, address indexed pool, uint256 assets);
    /// @notice A worker's record was settled.
    event WorkerSettled(
        uint256 indexed epoch,
        address indexed worker,
        address indexed pool,
        uint256 workerAssets,
        uint256 stakerAssets,
        uint256 value
    );
    /// @notice A record could not be settled now, or was already.
    event WorkerPassedOver(uint256 indexed epoch, address indexed worker);
    /// @notice A pool was paid.
    event PoolPaid(address indexed pool, uint256 assets);
    /// @notice A pool could take nothing for too long: what it was due went to the treasury's part.
    event PoolForfeited(address indexed pool, uint256 assets);
    /// @notice The treasury was paid.
    event TreasuryPaid(uint256 assets);

    /// @notice Thrown when an amount that must be more than nothing isn't.
    error ZeroAmount();
    /// @notice Thrown when an epoch's report isn't final.
    error ReportNotFinal(uint256 epoch);
    /// @notice Thrown when the report before an epoch's was not opened yet, or the epoch already was.
    error EpochOutOfOrder(uint256 epoch, uint256 previousEpoch, uint256 lastOpened);
    /// @notice Thrown when an epoch was not opened.
    error EpochNotOpened(uint256 epoch);
    /// @notice Thrown when an epoch can still be settled, or was closed.
    error EpochNotClosable(uint256 epoch, uint256 closesAt);
    /// @notice Thrown when one of the records isn't in the epoch's report, or the proof is of others.
    error RecordsNotInReport(uint256 epoch);
    /// @notice Thrown when a ledger isn't on the list.
    error LedgerNotListed(IPoolEarnings ledger);
    /// @notice Thrown when a pool takes no reward now.
    error PoolUnpayable(address pool, uint256 forfeitAt);
    /// @notice Thrown when too little gas is left to say that the pool refused, and not that the gas ran out.
    error TooLittleGas(uint256 left, uint256 needed);
    /// @notice Thrown when the schedule's numbers make no falling schedule.
    error ScheduleOutOfBounds();

    /// @notice Adds to the reserve. Anyone.
    function fund(uint256 assets) external;

    /// @notice Gives an epoch its budget. Anyone, in the order of reports.
    function open(uint256 epoch) external;

    /// @notice Settles workers of an epoch. Anyone; what can't be settled now is passed over.
    /// @param records Some of the report's, in the order of its tree.
    /// @param proof The hashes that lead from all of them together to the root: a multiproof as OpenZeppelin's `MerkleProof` and
    /// its package for JavaScript have it.
    /// @param proofFlags For each hashing whether both sides come from the records (true), or one from `proof`.
    function settle(
        uint256 epoch,
        Record[] calldata records,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external returns (uint256 settled);

    /// @notice Returns to the reserve, and to stakers' earnings, what nobody settled in time. Anyone.
    function close(uint256 epoch) external returns (uint256 left);

    /// @notice Fetches from a listed ledger what customers have paid for pools' work, and owes it to them. Anyone; a pool of
    /// which nothing is there is passed over.
    function collectEarnings(IPoolEarnings ledger, address[] calldata pools) external returns (uint256 assets);

    /// @notice Says whether a ledger's payments are fetched. Restricted.
    function setEarningsLedger(IPoolEarnings ledger, bool listed) external;

    /// @notice Pays a pool what it is due. Anyone. If it takes nothing for too long, the treasury gets it.
    function payPool(address pool) external returns (uint256 assets);

    /// @notice Pays the treasury. Anyone.
    function payTreasury() external returns (uint256 assets);

    /// @notice An epoch's budget and what is left of it.
    function epochOf(uint256 epoch) external view returns (Epoch memory);

    /// @notice How a worker stands with rewards, as stored.
    function progressOf(address worker) external view returns (Progress memory);

    /// @notice What a pool is due.
    function dueOf(address pool) external view returns (Due memory);

    /// @notice Whether a ledger's payments are fetched.
    function isEarningsLedger(IPoolEarnings ledger) external view returns (bool);

    /// @notice PHA that customers' payments have brought stakers and no epoch has been given: all that is here and due to
    /// nobody else.
    function stakersEarnings() external view returns (uint256);

    /// @notice PHA in the reserve that no epoch has been given.
    function reserve() external view returns (uint256);

    /// @notice PHA given to epochs so far, less what came back. Never more than the schedule has released.
    function assigned() external view returns (uint256);

    /// @notice PHA due to the treasury.
    function treasuryDue() external view returns (uint256);

    /// @notice The last epoch opened; zero for none.
    function lastOpened() external view returns (uint256);

    /// @notice The schedule's amount for a day, and the sum of all up to and with it.
    function scheduled(uint256 epoch) external view returns (uint256 daily, uint256 total);
}
