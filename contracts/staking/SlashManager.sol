// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IOperatorBond} from "./interfaces/IOperatorBond.sol";
import {ISlashGround} from "./interfaces/ISlashGround.sol";
import {ISlashManager} from "./interfaces/ISlashManager.sol";
import {IStakePool} from "./interfaces/IStakePool.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";
import {IWorkerLocks} from "./interfaces/IWorkerLocks.sol";

/// @title Claims that a worker's stake is forfeit
contract SlashManager is ISlashManager, AccessManaged, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @param budget The most that was locked, as far as claims have asked.
    /// @param forfeited What executed claims were for, whatever bond and pool had: nothing comes due once these have more.
    struct Lock {
        uint128 budget;
        uint128 forfeited;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_OPEN_CLAIMS = 32;
    /// @dev PHA has no burn that anyone may call, and no transfer to zero: this address has no known key.
    address private constant BURN_ADDRESS = 0x000000000000000000000000000000000000dEaD;

    IERC20 private immutable TOKEN;
    IStakePoolFactory private immutable FACTORY;
    IStakingParameters private immutable PARAMETERS;
    IOperatorBond private immutable BOND;
    address private immutable TREASURY;

    uint256 private _claimCount;
    /// @inheritdoc ISlashManager
    uint256 public proceeds;
    /// @inheritdoc ISlashManager
    mapping(address reporter => uint256) public reporterDue;
    /// @inheritdoc ISlashManager
    mapping(ISlashGround ground => bool) public isGround;
    mapping(uint256 claimId => Claim) private _claims;
    mapping(bytes32 offenceKey => bool) private _claimed;
    mapping(address pool => uint256[]) private _open;
    mapping(bytes32 lockKey => Lock) private _locks;

    /// @param authority The access manager.
    /// @param treasury Receives what is not burned.
    constructor(
        address authority,
        IERC20 token,
        IStakePoolFactory factory,
        IStakingParameters parameters,
        IOperatorBond bond,
        address treasury
    ) AccessManaged(authority) {
        TOKEN = token;
        FACTORY = factory;
        PARAMETERS = parameters;
        BOND = bond;
        TREASURY = treasury;
    }

    /// @inheritdoc ISlashManager
    function setGround(ISlashGround ground, bool accepted) external restricted {
        emit GroundSet(address(ground), isGround[ground], accepted);
        isGround[ground] = accepted;
    }

    // A claim's life

    /// @inheritdoc ISlashManager
    function file(ISlashGround ground, bytes calldata evidence) external nonReentrant returns (uint256 claimId) {
        require(isGround[ground], GroundNotAccepted(address(ground)));
        return _file(ground.judge(evidence), address(ground), msg.sender);
    }

    /// @inheritdoc ISlashManager
    function accuse(
        ISlashGround.Offence calldata offence,
        address reporter
    ) external nonReentrant restricted returns (uint256 claimId) {
        return _file(offence, address(0), reporter);
    }

    /// @inheritdoc ISlashManager
    function challenge(uint256 claimId) external {
        Claim storage claim = _accusation(claimId);
        require(claim.status == Status.Filed, ClaimNotInStatus(claimId, claim.status));
        require(msg.sender == IStakePool(claim.pool).operator(), CallerNotAccused(claimId, msg.sender));
        _requireWithin(claimId, claim.filedAt, claim.challengeBy);
        claim.status = Status.Challenged;
        emit ClaimChallenged(claimId, msg.sender);
    }

    /// @inheritdoc ISlashManager
    function uphold(uint256 claimId) external restricted {
        Claim storage claim = _claims[claimId];
        require(claim.status == Status.Challenged, ClaimNotInStatus(claimId, claim.status));
        _requireWithin(claimId, claim.filedAt, claim.resolveBy);
        claim.status = Status.Upheld;
        emit ClaimUpheld(claimId);
    }

    /// @inheritdoc ISlashManager
    function cancel(uint256 claimId) external nonReentrant restricted {
        Claim storage claim = _accusation(claimId);
        _end(claimId, claim, Status.Cancelled);
        emit ClaimCancelled(claimId);
    }

    /// @inheritdoc ISlashManager
    function execute(uint256 claimId) external nonReentrant returns (uint256 fromBond, uint256 fromPool) {
        Claim storage claim = _claims[claimId];
        Status status = claim.status;
        require(status == Status.Filed || status == Status.Upheld, ClaimNotInStatus(claimId, status));
        // An objective claim has no challenge to wait for, an upheld one has had it.
        uint256 from = status == Status.Filed && !claim.isObjective ? uint256(claim.challengeBy) + 1 : claim.filedAt;
        _requireWithin(claimId, from, claim.endsAt);

        // The hold stays until the stake is taken: ending it first would let what it kept back mature before the slash.
        (address pool, uint256 assets) = (claim.pool, _forfeitOf(claim));
        _locks[claim.lockKey].forfeited += uint128(assets); // within the budget
        fromBond = BOND.slash(pool, assets);
        uint256 fromMoved;
        if (fromBond < assets) (fromPool, fromMoved) = IStakePool(pool).slash(assets - fromBond);
        _end(claimId, claim, Status.Executed);

        uint256 reporterShare;
        if (claim.reporter != address(0)) {
            // Of the whole loss: delegators who moved take nothing from the reporter. It is paid of what is here, because...
            uint256 loss = fromBond + fromPool + fromMoved;
            reporterShare = (loss * PARAMETERS.get(IStakingParameters.Parameter.ReporterShareBps)) / BPS;
            // ... an operator who reports their own worker gets back at most what they lost themselves.
            reporterShare = Math.min(reporterShare, fromBond);
            reporterDue[claim.reporter] += reporterShare;
        }
        proceeds += fromBond + fromPool - reporterShare;
        emit ClaimExecuted(claimId, fromBond, fromPool, fromMoved, reporterShare);
    }

    /// @inheritdoc ISlashManager
    function lapse(uint256 claimId) external nonReentrant {
        Claim storage claim = _claims[claimId];
        // A challenged claim that nobody upheld is over before its time for execution would begin.
        uint256 last = claim.status == Status.Challenged ? claim.resolveBy : claim.endsAt;
        require(block.timestamp > last, ClaimOutsideWindow(claimId, block.timestamp, last + 1, type(uint256).max));
        // What was proven may be filed again while it is fresh; what was accused had its hearing.
        if (claim.isObjective) _claimed[claim.offenceKey] = false;
        _end(claimId, claim, Status.Lapsed);
        emit ClaimLapsed(claimId);
    }

    // What was taken

    /// @inheritdoc ISlashManager
    function payReporter(address reporter) external nonReentrant returns (uint256 assets) {
        assets = reporterDue[reporter];
        reporterDue[reporter] = 0;
        emit ReporterPaid(reporter, assets);
        TOKEN.safeTransfer(reporter, assets);
    }

    /// @inheritdoc ISlashManager
    function addProceeds(uint256 assets) external nonReentrant {
        proceeds += assets;
        emit ProceedsAdded(msg.sender, assets);
        TOKEN.safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @inheritdoc ISlashManager
    function distribute() external nonReentrant returns (uint256 burned, uint256 toTreasury) {
        uint256 assets = proceeds;
        proceeds = 0;
        burned = (assets * PARAMETERS.get(IStakingParameters.Parameter.BurnShareBps)) / BPS;
        toTreasury = assets - burned;
        emit ProceedsDistributed(burned, toTreasury);
        if (burned != 0) TOKEN.safeTransfer(BURN_ADDRESS, burned);
        if (toTreasury != 0) TOKEN.safeTransfer(TREASURY, toTreasury);
    }

    // Views

    /// @inheritdoc ISlashManager
    function claimOf(uint256 claimId) external view returns (Claim memory) {
        return _claims[claimId];
    }

    /// @inheritdoc ISlashManager
    function openClaims(address pool) external view nonReentrantView returns (uint256[] memory) {
        return _open[pool];
    }

    /// @inheritdoc ISlashManager
    function forfeitOf(uint256 claimId) external view returns (uint256 assets) {
        Claim storage claim = _claims[claimId];
        return _isOpen(claim.status) ? _forfeitOf(claim) : 0;
    }

    /// @inheritdoc ISlashManager
    function openForfeit(address pool) external view nonReentrantView returns (uint256 assets) {
        uint256[] memory open = _open[pool];
        bytes32[] memory locks = new bytes32[](open.length);
        uint256[] memory parts = new uint256[](open.length);
        for (uint256 i = 0; i < open.length; ++i) {
            Claim storage claim = _claims[open[i]];
            if (claim.endsAt < block.timestamp) continue;
            locks[i] = claim.lockKey;
            uint256 left = _leftOf(_locks[locks[i]]);
            for (uint256 j = 0; j < i; ++j) if (locks[j] == locks[i]) left -= parts[j];
            parts[i] = Math.min(claim.assets, left);
            assets += parts[i];
        }
    }

    /// @inheritdoc ISlashManager
    function forfeited(bytes32 worker, uint48 since) external view returns (uint256 assets) {
        return _locks[_lockKey(worker, since)].forfeited;
    }

    // Internals

    function _file(
        ISlashGround.Offence memory offence,
        address ground,
        address reporter
    ) private returns (uint256 claimId) {
        uint256 oldest = Math.saturatingSub(
            block.timestamp,
            PARAMETERS.get(IStakingParameters.Parameter.EvidenceMaxAgeSeconds)
        );
        require(
            offence.committedAt >= oldest && offence.committedAt <= block.timestamp,
            EvidenceStale(offence.committedAt, oldest, block.timestamp)
        );
        require(offence.level >= 1 && offence.level <= 4, LevelOutOfRange(offence.level));
        bytes32 offenceKey = keccak256(abi.encode(ground, offence.id));
        require(!_claimed[offenceKey], OffenceAlreadyClaimed(offenceKey));
        _claimed[offenceKey] = true;

        IWorkerLocks locks = IWorkerLocks(FACTORY.module(IStakePoolFactory.Module.WorkerRegistry));
        (address pool, uint256 atStake, uint48 since, uint256 budget) = locks.lockAt(
            offence.worker,
            offence.committedAt
        );
        require(atStake != 0 && FACTORY.isPool(pool), NothingAtStake(offence.worker, offence.committedAt));
        require(_open[pool].length < MAX_OPEN_CLAIMS, TooManyOpenClaims(pool, _open[pool].length));

        Claim memory claim;
        claim.lockKey = _lockKey(offence.worker, since);
        Lock storage lock = _locks[claim.lockKey];
        if (budget > lock.budget) lock.budget = budget.toUint128();
        // Else it would hold the pool for nothing.
        require(_leftOf(lock) != 0, LockForfeited(offence.worker, since, lock.budget));

        claim.pool = pool;
        claim.status = Status.Filed;
        claim.isObjective = ground != address(0);
        claim.assets = Math.mulDiv(atStake, PARAMETERS.slashBps(offence.level), BPS, Math.Rounding.Ceil).toUint96();
        claim.reporter = reporter;
        claim.offenceKey = offenceKey;
        _setTimes(claim);

        claimId = ++_claimCount;
        _claims[claimId] = claim;
        _open[pool].push(claimId);
        emit ClaimFiled(claimId, pool, offence.worker, ground, offence.id, claim.assets);
        (, uint256 until) = _span(pool);
        IStakePool(pool).hold(until);
    }

    function _setTimes(Claim memory claim) private view {
        uint256 time = block.timestamp;
        claim.filedAt = time.toUint40();
        if (!claim.isObjective) {
            time += PARAMETERS.get(IStakingParameters.Parameter.ChallengeWindowSeconds);
            claim.challengeBy = time.toUint40();
            time += PARAMETERS.get(IStakingParameters.Parameter.ResolutionWindowSeconds);
            claim.resolveBy = time.toUint40();
        }
        time += PARAMETERS.get(IStakingParameters.Parameter.ExecutionWindowSeconds);
        claim.endsAt = time.toUint40();
    }

    /// @dev Ends an open claim and moves the pool's hold to those that are left.
    function _end(uint256 claimId, Claim storage claim, Status status) private {
        require(_isOpen(claim.status), ClaimNotInStatus(claimId, claim.status));
        claim.status = status;
        uint256[] storage open = _open[claim.pool];
        uint256 last = open.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (open[i] == claimId) {
                open[i] = open[last];
                break;
            }
        }
        open.pop(); // the claim itself, or the copy of what took its place
        (uint256 since, uint256 until) = _span(claim.pool);
        IStakePool(claim.pool).moveHold(since, until);
    }

    /// @dev The filing of the oldest open claim, and the first second after the last of them can be executed.
    function _span(address pool) private view returns (uint256 since, uint256 until) {
        uint256[] storage open = _open[pool];
        since = block.timestamp;
        for (uint256 i = 0; i < open.length; ++i) {
            Claim storage claim = _claims[open[i]];
            if (claim.endsAt < block.timestamp) continue; // over, and waiting for someone to say so
            since = Math.min(since, claim.filedAt);
            until = Math.max(until, uint256(claim.endsAt) + 1);
        }
    }

    /// @dev What the claim is for, of what executed ones have left of the lock.
    function _forfeitOf(Claim storage claim) private view returns (uint256) {
        return Math.min(claim.assets, _leftOf(_locks[claim.lockKey]));
    }

    function _leftOf(Lock storage lock) private view returns (uint256) {
        return lock.budget - lock.forfeited; // never more than the budget, which never falls
    }

    function _isOpen(Status status) private pure returns (bool) {
        return status == Status.Filed || status == Status.Challenged || status == Status.Upheld;
    }

    function _lockKey(bytes32 worker, uint48 since) private pure returns (bytes32) {
        return keccak256(abi.encode(worker, since));
    }

    function _accusation(uint256 claimId) private view returns (Claim storage claim) {
        claim = _claims[claimId];
        require(!claim.isObjective, ObjectiveClaim(claimId));
    }

    function _requireWithin(uint256 claimId, uint256 from, uint256 until) private view {
        require(
            block.timestamp >= from && block.timestamp <= until,
            ClaimOutsideWindow(claimId, block.timestamp, from, until)
        );
    }
}
