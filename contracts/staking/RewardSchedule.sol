// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {EmissionCurve} from "./EmissionCurve.sol";
import {WorkerValue} from "./WorkerValue.sol";
import {IGatekeeperSet} from "./interfaces/IGatekeeperSet.sol";
import {IPoolEarnings} from "./interfaces/IPoolEarnings.sol";
import {IRewardSchedule} from "./interfaces/IRewardSchedule.sol";
import {IStakePool} from "./interfaces/IStakePool.sol";
import {IWorkerParameters} from "./interfaces/IWorkerParameters.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";

/// @title Pays treasury, stakers and workers from a funded reserve, by a schedule that only falls
contract RewardSchedule is IRewardSchedule, AccessManaged, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev What a batch needs of an epoch and the parameters, read once.
    struct Batch {
        uint256 epoch;
        IGatekeeperSet.Accepted report;
        Epoch budget;
        bool late;
        WorkerValue.Rates rates;
        uint256 lossPerDayE18;
        uint256 maxInstantBps;
        uint256[6] confidenceBps;
        address pool;
        uint256 poolAssets;
    }

    uint256 private constant BPS = 10_000;
    /// @dev Several times what a pool's reward takes: with that much left, a failure is the pool's.
    uint256 private constant FORFEIT_GAS = 1_000_000;

    IERC20 private immutable TOKEN;
    IGatekeeperSet private immutable GATEKEEPERS;
    IWorkerRegistry private immutable REGISTRY;
    IWorkerParameters private immutable PARAMETERS;
    address private immutable TREASURY;
    uint256 private immutable FIRST_DAY;
    uint256 private immutable FIRST_AMOUNT;
    uint256 private immutable PERIOD_DAYS;
    uint256 private immutable RETAINED_BPS;

    /// @inheritdoc IRewardSchedule
    uint256 public reserve;
    /// @inheritdoc IRewardSchedule
    uint256 public assigned;
    /// @inheritdoc IRewardSchedule
    uint256 public treasuryDue;
    /// @inheritdoc IRewardSchedule
    uint256 public lastOpened;
    mapping(uint256 epoch => Epoch) private _epochs;
    mapping(address worker => Progress) private _progress;
    /// @inheritdoc IRewardSchedule
    mapping(IPoolEarnings ledger => bool) public isEarningsLedger;
    mapping(address pool => Due) private _due;
    /// @dev Reserve, what epochs have left, and what pools and the treasury are due. What is here beyond it is the stakers'.
    uint256 private _owed;

    /// @param authority The access manager.
    /// @param treasury Receives its part of each epoch.
    /// @param curve The schedule, which nobody can change.
    constructor(
        address authority,
        IERC20 token,
        IGatekeeperSet gatekeepers,
        IWorkerRegistry registry,
        IWorkerParameters parameters,
        address treasury,
        EmissionCurve.Curve memory curve
    ) AccessManaged(authority) {
        // The whole supply fits 90 bits; a period under 30 days would make the sum's loop long.
        require(
            curve.firstAmount < 1 << 90 && curve.periodDays >= 30 && curve.retainedBps <= BPS,
            ScheduleOutOfBounds()
        );
        (TOKEN, GATEKEEPERS, REGISTRY, PARAMETERS, TREASURY) = (token, gatekeepers, registry, parameters, treasury);
        (FIRST_DAY, FIRST_AMOUNT) = (curve.firstDay, curve.firstAmount);
        (PERIOD_DAYS, RETAINED_BPS) = (curve.periodDays, curve.retainedBps);
        // Each report names the one before. Those that are final already were another schedule's to open.
        uint256 last = gatekeepers.lastEpoch();
        lastOpened = gatekeepers.isFinal(last) ? last : gatekeepers.reportOf(last).previousEpoch;
    }

    // An epoch's life

    /// @inheritdoc IRewardSchedule
    function fund(uint256 assets) external nonReentrant {
        require(assets != 0, ZeroAmount());
        reserve += assets;
        _owed += assets;
        emit ReserveFunded(msg.sender, assets);
        TOKEN.safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @inheritdoc IRewardSchedule
    function open(uint256 epoch) external nonReentrant {
        require(GATEKEEPERS.isFinal(epoch), ReportNotFinal(epoch));
        uint256 previous = GATEKEEPERS.reportOf(epoch).previousEpoch;
        // In order, so that nobody can open a later epoch and shut an earlier one out.
        require(previous == lastOpened, EpochOutOfOrder(epoch, previous, lastOpened));
        lastOpened = epoch;

        (uint256 daily, uint256 released) = scheduled(epoch);
        uint256 budget = Math.saturatingSub(released, assigned);
        // Days without a report are caught up slowly: nobody gains by starting workers just for one fat day.
        budget = Math.min(budget, (daily * PARAMETERS.get(IWorkerParameters.Parameter.CatchUpBps)) / BPS);
        budget = Math.min(budget, reserve);
        reserve -= budget;
        assigned += budget;

        uint256 toTreasury = (budget * PARAMETERS.get(IWorkerParameters.Parameter.TreasuryShareBps)) / BPS;
        uint256 toStakers = (budget * PARAMETERS.get(IWorkerParameters.Parameter.StakersShareBps)) / BPS;
        uint256 toWorkers = budget - toTreasury - toStakers; // the shares are at most the whole
        treasuryDue += toTreasury;
        uint256 earned = _spreadEarnings(epoch);
        uint256 closesAt = block.timestamp + PARAMETERS.get(IWorkerParameters.Parameter.SettlementDays) * 1 days;
        _epochs[epoch] = Epoch({
            workersLeft: toWorkers.toUint96(),
            stakersLeft: (toStakers + earned).toUint96(),
            closesAt: closesAt.toUint40(),
            closed: false,
            workersBudget: toWorkers.toUint96(),
            stakersBudget: (toStakers + earned).toUint96(),
            earnedBudget: earned.toUint96()
        });
        emit EpochOpened(epoch, toTreasury, toStakers, toWorkers);
    }

    /// @inheritdoc IRewardSchedule
    function settle(
        uint256 epoch,
        Record[] calldata records,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external nonReentrant returns (uint256 settled) {
        Batch memory batch = _batchOf(epoch);
        _requireReported(batch, records, proof, proofFlags);
        for (uint256 i = 0; i < records.length; ++i) {
            if (_settleWorker(batch, records[i]))
                ++settled;
                // Somebody else was faster, or it must wait: the others in the batch are none the worse.
            else emit WorkerPassedOver(epoch, records[i].worker);
        }
        _book(batch);
        _epochs[epoch].workersLeft = batch.budget.workersLeft;
        _epochs[epoch].stakersLeft = batch.budget.stakersLeft;
    }

    /// @inheritdoc IRewardSchedule
    function close(uint256 epoch) external nonReentrant returns (uint256 left) {
        Epoch storage budget = _epochs[epoch];
        bool closable = budget.closesAt != 0 && block.timestamp >= budget.closesAt && !budget.closed;
        require(closable, EpochNotClosable(epoch, budget.closesAt));
        // What the schedule gave counts as spent first: what was paid of it can never be assigned again.
        uint256 leftOfEarnings = Math.min(budget.stakersLeft, budget.earnedBudget);
        left = uint256(budget.workersLeft) + budget.stakersLeft - leftOfEarnings;
        (budget.closed, budget.workersLeft, budget.stakersLeft) = (true, 0, 0);
        reserve += left;
        assigned -= left; // it was assigned when the epoch was opened
        _owed -= leftOfEarnings; // it was added to it then
        emit EpochClosed(epoch, left, leftOfEarnings);
    }

    // Earnings

    /// @inheritdoc IRewardSchedule
    function collectEarnings(
        IPoolEarnings ledger,
        address[] calldata pools
    ) external nonReentrant returns (uint256 assets) {
        require(isEarningsLedger[ledger], LedgerNotListed(ledger));
        uint256 balance = TOKEN.balanceOf(address(this));
        for (uint256 i = 0; i < pools.length; ++i) {
            // slither-disable-next-line unused-return
            ledger.collect(pools[i]);
            // Not what the ledger says that it paid.
            uint256 collected = TOKEN.balanceOf(address(this)) - balance;
            if (collected == 0) continue;
            balance += collected;
            assets += collected;
            _owe(pools[i], collected);
            emit EarningsCollected(ledger, pools[i], collected);
        }
        _owed += assets;
    }

    /// @inheritdoc IRewardSchedule
    function setEarningsLedger(IPoolEarnings ledger, bool listed) external restricted {
        emit EarningsLedgerSet(ledger, isEarningsLedger[ledger], listed);
        isEarningsLedger[ledger] = listed;
    }

    // Payments

    /// @inheritdoc IRewardSchedule
    function payPool(address pool) external nonReentrant returns (uint256 assets) {
        Due memory due = _due[pool];
        assets = due.assets;
        require(assets != 0, ZeroAmount());
        uint256 forfeitAt = due.since + PARAMETERS.get(IWorkerParameters.Parameter.UnpayableDays) * 1 days;
        bool forfeitable = block.timestamp >= forfeitAt;
        // A caller who leaves too little gas for the pool must not make it forfeit.
        if (forfeitable) require(gasleft() >= FORFEIT_GAS, TooLittleGas(gasleft(), FORFEIT_GAS));
        delete _due[pool];
        TOKEN.forceApprove(pool, assets);
        try IStakePool(pool).reward(assets) {
            _owed -= assets;
            emit PoolPaid(pool, assets);
        } catch {
            require(forfeitable, PoolUnpayable(pool, forfeitAt));
            TOKEN.forceApprove(pool, 0);
            treasuryDue += assets;
            emit PoolForfeited(pool, assets);
        }
    }

    /// @inheritdoc IRewardSchedule
    function payTreasury() external nonReentrant returns (uint256 assets) {
        assets = treasuryDue;
        treasuryDue = 0;
        _owed -= assets;
        emit TreasuryPaid(assets);
        TOKEN.safeTransfer(TREASURY, assets);
    }

    // Views

    /// @inheritdoc IRewardSchedule
    function epochOf(uint256 epoch) external view returns (Epoch memory) {
        return _epochs[epoch];
    }

    /// @inheritdoc IRewardSchedule
    function progressOf(address worker) external view returns (Progress memory) {
        return _progress[worker];
    }

    /// @inheritdoc IRewardSchedule
    function dueOf(address pool) external view returns (Due memory) {
        return _due[pool];
    }

    /// @inheritdoc IRewardSchedule
    function stakersEarnings() public view returns (uint256) {
        // Never less in PHA; were it so, an epoch would have to open all the same.
        return Math.saturatingSub(TOKEN.balanceOf(address(this)), _owed);
    }

    /// @inheritdoc IRewardSchedule
    function scheduled(uint256 epoch) public view returns (uint256 daily, uint256 total) {
        return EmissionCurve.upTo(EmissionCurve.Curve(FIRST_DAY, FIRST_AMOUNT, PERIOD_DAYS, RETAINED_BPS), epoch);
    }

    // Opening

    /// @dev One day's part of what stakers have earned, rounded up so that the last wei goes as well. Not all of it: locks that
    /// happen to stand on the day on which a market pays out shall not have what was earned over weeks.
    function _spreadEarnings(uint256 epoch) private returns (uint256 earned) {
        uint256 all = stakersEarnings();
        if (all == 0) return 0;
        earned = Math.ceilDiv(all, PARAMETERS.get(IWorkerParameters.Parameter.EarningsSpreadDays));
        _owed += earned;
        emit EarningsSpread(epoch, earned, all - earned);
    }

    // Settling

    function _batchOf(uint256 epoch) private view returns (Batch memory batch) {
        batch.epoch = epoch;
        batch.budget = _epochs[epoch];
        require(batch.budget.closesAt != 0, EpochNotOpened(epoch));
        batch.late = block.timestamp >= batch.budget.closesAt;
        batch.report = GATEKEEPERS.reportOf(epoch);
        batch.rates.growthPerDayE18 = PARAMETERS.get(IWorkerParameters.Parameter.GrowthPerDayE18);
        batch.rates.costPerPerformancePerDayE18 = PARAMETERS.get(
            IWorkerParameters.Parameter.CostPerPerformancePerDayE18
        );
        batch.rates.costBasePerDayE18 = PARAMETERS.get(IWorkerParameters.Parameter.CostBasePerDayE18);
        batch.rates.maxValueE18 = PARAMETERS.get(IWorkerParameters.Parameter.MaxValueE18);
        batch.lossPerDayE18 = PARAMETERS.get(IWorkerParameters.Parameter.UnresponsiveLossPerDayE18);
        batch.maxInstantBps = PARAMETERS.get(IWorkerParameters.Parameter.MaxInstantPerformanceBps);
        for (uint8 level = 1; level <= 5; ++level) batch.confidenceBps[level] = PARAMETERS.confidenceBps(level);
    }

    function _requireReported(
        Batch memory batch,
        Record[] calldata records,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) private pure {
        bytes32[] memory leaves = new bytes32[](records.length);
        for (uint256 i = 0; i < records.length; ++i) {
            leaves[i] = keccak256(bytes.concat(keccak256(abi.encode(batch.epoch, records[i]))));
        }
        bool proven = MerkleProof.multiProofVerifyCalldata(proof, proofFlags, batch.report.root, leaves);
        require(proven, RecordsNotInReport(batch.epoch));
    }

    /// @dev Whether the record could be settled. Never reverts on what a record or a worker's state says.
    function _settleWorker(Batch memory batch, Record calldata record) private returns (bool) {
        IWorkerRegistry.Earning memory earning = REGISTRY.earningOf(record.worker);
        uint256 epoch = batch.epoch;
        // It counts for days that it worked from their first second to their last.
        if (earning.startedDay == 0 || epoch <= earning.startedDay) return false;
        if (earning.stoppedDay != 0 && epoch >= earning.stoppedDay) return false;
        Progress memory progress = _progress[record.worker];
        if (progress.session != earning.startedDay) {
            progress = Progress(earning.initialValue, earning.initialValue, earning.startedDay, 0);
        }
        if (epoch <= progress.lastEpoch || record.previousEpoch != progress.lastEpoch) return false;
        // Without evidence it earns nothing. While there is time it may bring new evidence, and nobody can cost it the epoch
        // by settling in the gap; after that the epoch passes without growth.
        if (record.responsive && earning.confidence == 0 && !batch.late) return false;

        progress.lastEpoch = uint24(epoch); // a day, as it was in the registry
        (uint256 workerAssets, uint256 stakerAssets) = (0, 0);
        if (!record.responsive) {
            progress.value = uint96(WorkerValue.decayed(progress.value, batch.lossPerDayE18)); // less than before
        } else if (!batch.late) {
            (workerAssets, stakerAssets) = _pay(batch, record, earning, progress);
        }
        _progress[record.worker] = progress;
        if (earning.stoppedDay == 0 && earning.isUnresponsive == record.responsive) {
            REGISTRY.noteLiveness(record.worker, record.responsive);
        }
        if (workerAssets + stakerAssets != 0) {
            if (batch.pool != earning.pool) _book(batch);
            batch.pool = earning.pool;
            batch.poolAssets += workerAssets + stakerAssets;
        }
        emit WorkerSettled(epoch, record.worker, earning.pool, workerAssets, stakerAssets, progress.value);
        return true;
    }

    /// @dev Lets the value grow, takes the payments from the epoch's budget and lowers the value by the payout.
    function _pay(
        Batch memory batch,
        Record calldata record,
        IWorkerRegistry.Earning memory earning,
        Progress memory progress
    ) private pure returns (uint256 workerAssets, uint256 stakerAssets) {
        uint256 benchmark = earning.performance;
        uint256 instant = Math.min(record.performance, (benchmark * batch.maxInstantBps) / BPS);
        uint256 value = WorkerValue.grown(progress.value, instant, benchmark, batch.rates);
        uint256 confidenceBps = earning.confidence > 5 ? 0 : batch.confidenceBps[earning.confidence];
        uint256 share = WorkerValue.share(value, instant, confidenceBps, earning.weightBps);
        share = Math.min(share, record.share);
        uint256 stake = Math.min(earning.locked, record.stake);

        // The divisors bound what honest reports add up to; what is left bounds the others'.
        Epoch memory budget = batch.budget;
        if (share != 0 && batch.report.totalShare != 0) {
            workerAssets = (budget.workersBudget * share) / batch.report.totalShare;
            workerAssets = Math.min(workerAssets, budget.workersLeft);
            budget.workersLeft -= uint96(workerAssets); // at most that
        }
        if (stake != 0 && batch.report.totalStake != 0) {
            stakerAssets = (budget.stakersBudget * stake) / batch.report.totalStake;
            stakerAssets = Math.min(stakerAssets, budget.stakersLeft);
            budget.stakersLeft -= uint96(stakerAssets); // at most that
        }
        value = WorkerValue.afterPayout(value, progress.lastValue, workerAssets);
        (progress.value, progress.lastValue) = (value.toUint96(), value.toUint96());
    }

    /// @dev Adds what the batch has gathered for a pool to what it is due. One write for a row of workers of one pool.
    function _book(Batch memory batch) private {
        if (batch.poolAssets == 0) return;
        _owe(batch.pool, batch.poolAssets);
        batch.poolAssets = 0;
    }

    function _owe(address pool, uint256 assets) private {
        Due storage due = _due[pool];
        if (due.assets == 0) due.since = block.timestamp.toUint40();
        due.assets = (due.assets + assets).toUint96();
    }
}
