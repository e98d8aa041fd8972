// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {StakingWorld} from "./StakingWorld.sol";
import {IAttestedKeys} from "../../../contracts/attestation/IAttestedKeys.sol";
import {IGatekeeperSet} from "../../../contracts/staking/interfaces/IGatekeeperSet.sol";
import {IPoolEarnings} from "../../../contracts/staking/interfaces/IPoolEarnings.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {IRewardSchedule} from "../../../contracts/staking/interfaces/IRewardSchedule.sol";
import {ISlashGround} from "../../../contracts/staking/interfaces/ISlashGround.sol";
import {IStakePool} from "../../../contracts/staking/interfaces/IStakePool.sol";
import {IStakePoolFactory} from "../../../contracts/staking/interfaces/IStakePoolFactory.sol";
import {IWorkerParameters} from "../../../contracts/staking/interfaces/IWorkerParameters.sol";
import {IWorkerRegistry} from "../../../contracts/staking/interfaces/IWorkerRegistry.sol";

/// @title All that happens to workers and to the reserve: registry, gatekeepers, schedule, pools and slash manager as deployed
/// @dev Is governance, the operator of both pools, and what the keys' attestations come from. One gatekeeper signs reports
/// that may say anything: what they can't do is pay more than the schedule has.
contract RewardHandler is StakingWorld {
    uint256 internal constant POOLS = 2;
    uint256 internal constant WORKERS = 4;
    /// @dev What locks may round away, also where an era of theirs ends.
    uint256 private constant DUST = 1e14;
    uint256 internal constant GATEKEEPER_KEY = 0x6A7E;
    uint256 internal constant FIRST_AMOUNT = 720_000e18;
    uint256 internal constant PERIOD_DAYS = 30; // the shortest there may be: a campaign sees several
    uint256 internal constant RETAINED_BPS = 7_500;
    uint256 internal constant UNPAYABLE_DAYS = 30; // the shortest
    bytes32 internal constant MODEL = "H100";

    IWorkerRegistry public registry;
    IGatekeeperSet public gatekeepers;
    IRewardSchedule public schedule;
    address public keys;
    IPoolEarnings public ledger;
    IStakePool[POOLS] public pools;
    uint256 public immutable FIRST_DAY;

    /// @dev By the flows that were watched: the reserve's, what customers paid for pools, and what they paid for stakers.
    uint256 public funded;
    uint256 public collected;
    uint256 public earned;
    uint256 public paid;
    uint256[] internal _epochs;
    mapping(uint256 epoch => IRewardSchedule.Record[WORKERS]) private _records;
    uint256 private _offences;
    mapping(string action => uint256) public tried;
    mapping(string action => uint256) public done;
    string[] public names;

    modifier step(string memory name) {
        if (tried[name]++ == 0) names.push(name);
        _;
    }

    constructor() {
        _deployStaking();
        keys = VM.deployCode("MockAttestedKeys.sol:MockAttestedKeys", "");
        address tunables = VM.deployCode("WorkerParameters.sol:WorkerParameters", _workerArguments());
        registry = IWorkerRegistry(
            VM.deployCode("WorkerRegistry.sol:WorkerRegistry", abi.encode(factory, keys, parameters, tunables))
        );
        gatekeepers = IGatekeeperSet(
            VM.deployCode("GatekeeperSet.sol:GatekeeperSet", abi.encode(token, tunables, TREASURY))
        );
        FIRST_DAY = block.timestamp / DAY;
        schedule = IRewardSchedule(
            VM.deployCode(
                "RewardSchedule.sol:RewardSchedule",
                abi.encode(
                    authority,
                    token,
                    gatekeepers,
                    registry,
                    tunables,
                    TREASURY,
                    [FIRST_DAY, FIRST_AMOUNT, PERIOD_DAYS, RETAINED_BPS]
                )
            )
        );
        factory.setModule(IStakePoolFactory.Module.WorkerRegistry, address(registry));
        factory.setModule(IStakePoolFactory.Module.RewardSource, address(schedule));
        token.approve(address(schedule), type(uint256).max);
        ledger = IPoolEarnings(VM.deployCode("MockPoolEarnings.sol:MockPoolEarnings", abi.encode(token)));
        schedule.setEarningsLedger(ledger, true);
        for (uint256 p = 0; p < POOLS; ++p) {
            pools[p] = factory.createPool(1_000);
            token.approve(address(pools[p]), type(uint256).max);
            pools[p].deposit(5_000 * PHA, address(this));
        }
        address gatekeeper = VM.addr(GATEKEEPER_KEY);
        token.transfer(gatekeeper, 100_000 * PHA);
        VM.prank(gatekeeper);
        token.approve(address(gatekeepers), type(uint256).max);
        VM.prank(gatekeeper);
        gatekeepers.join(100_000 * PHA);
    }

    function actions() external pure returns (bytes4[] memory list) {
        list = new bytes4[](27);
        (list[0], list[1], list[2]) = (this.deposit.selector, this.request.selector, this.claim.selector);
        (list[3], list[4], list[5]) = (this.attest.selector, this.run.selector, this.run.selector);
        (list[6], list[7], list[8]) = (this.topUp.selector, this.stop.selector, this.stopLapsed.selector);
        (list[9], list[10], list[11]) = (this.reconcile.selector, this.release.selector, this.release.selector);
        (list[12], list[13], list[14]) = (this.stopForRequest.selector, this.slash.selector, this.fund.selector);
        (list[15], list[16], list[17]) = (this.report.selector, this.report.selector, this.settle.selector);
        (list[18], list[19], list[20]) = (this.settle.selector, this.payPool.selector, this.payTreasury.selector);
        (list[21], list[22], list[23]) = (this.close.selector, this.slash.selector, this.waitDays.selector);
        (list[24], list[25], list[26]) = (this.earn.selector, this.collectEarnings.selector, this.close.selector);
    }

    // Delegators

    function deposit(uint256 poolSeed, uint256 amountSeed) external step("deposit") {
        IStakePool pool = pools[poolSeed % POOLS];
        uint256 amount = bounded(amountSeed, PHA, 10_000 * PHA);
        if (pool.maxDeposit(address(this)) < amount) return;
        pool.deposit(amount, address(this));
        ++done["deposit"];
    }

    function request(uint256 poolSeed, uint256 partSeed) external step("request") {
        IStakePool pool = pools[poolSeed % POOLS];
        uint256 shares = pool.balanceOf(address(this));
        (uint256 first, uint256 end) = pool.requestRange(address(this));
        if (shares == 0 || end - first > 10) return;
        pool.requestRedeem(partSeed % 2 == 0 ? shares : bounded(partSeed, 1, shares), address(this), address(this));
        ++done["request"];
    }

    function claim(uint256 poolSeed) external step("claim") {
        IStakePool pool = pools[poolSeed % POOLS];
        uint256 assets = pool.maxWithdraw(address(this));
        checkEqual(
            pool.redeem(pool.maxRedeem(address(this)), address(this), address(this)),
            assets,
            "S2: paid in full"
        );
        if (assets != 0) ++done["claim"];
    }

    // Workers

    function attest(uint256 keySeed, uint256 stateSeed) external step("attest") {
        IAttestedKeys.Standing memory standing;
        standing.attested = stateSeed % 4 != 0;
        standing.confidence = uint8(1 + (stateSeed % 5));
        if (stateSeed % 8 == 1) (standing.deviceCount, standing.deviceModel) = (1, MODEL);
        standing.validUntil = uint64(block.timestamp + 300 days);
        _attest(keyOf(keySeed), standing);
        ++done["attest"];
    }

    /// @dev A key consents, is attested, registered and started with a stake of the pool's.
    function run(uint256 keySeed, uint256 stakeSeed) external step("run") {
        uint256 p = keySeed % POOLS;
        address key = keyOf(keySeed);
        IWorkerRegistry.Status status = registry.workerOf(key).status;
        if (status >= IWorkerRegistry.Status.Working && status <= IWorkerRegistry.Status.Cooling) return;
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(
            _secretOf(keySeed),
            registry.consentHash(key, address(pools[p]), 100, registry.nonceOf(key), block.timestamp)
        );
        registry.register(key, address(pools[p]), 100, block.timestamp, abi.encodePacked(r, s, v));
        IAttestedKeys.Standing memory standing;
        (standing.attested, standing.confidence) = (true, uint8(1 + (stakeSeed % 5)));
        standing.validUntil = uint64(block.timestamp + 300 days);
        _attest(key, standing);
        IPoolRecords.Books memory books = pools[p].books();
        uint256 free = lessOrZero(books.active, books.locked);
        if (free < 500 * PHA) return;
        uint256 stake =
            stakeSeed % 2 == 0 ? least(free, 20_000 * PHA) : bounded(stakeSeed, 500 * PHA, least(free, 20_000 * PHA));
        _start(keySeed, stake);
        ++done["run"];
    }

    function _start(uint256 keySeed, uint256 stake) private {
        IStakePool pool = pools[keySeed % POOLS];
        (uint256 locked, uint256 neighbour) = (pool.books().locked, _neighboursLock(keySeed));
        registry.start(keyOf(keySeed), stake);
        checkEqual(pool.books().locked, locked + stake, "S10: a start locks its stake");
        checkAtLeast(_neighboursLock(keySeed) + DUST, neighbour, "S10: a start took of another's lock");
    }

    function topUp(uint256 keySeed, uint256 amountSeed) external step("top up") {
        address key = keyOf(keySeed);
        IPoolRecords.Books memory books = pools[keySeed % POOLS].books();
        uint256 free = lessOrZero(books.active, books.locked);
        IWorkerRegistry.Status status = registry.workerOf(key).status;
        bool isRunning = status == IWorkerRegistry.Status.Working || status == IWorkerRegistry.Status.Unresponsive;
        if (!isRunning || free == 0) return;
        uint256 neighbour = _neighboursLock(keySeed);
        registry.topUp(key, bounded(amountSeed, 0, least(free, 5_000 * PHA)));
        checkAtLeast(_neighboursLock(keySeed) + DUST, neighbour, "S10: a top-up took of another's lock");
        ++done["top up"];
    }

    function stop(uint256 keySeed) external step("stop") {
        try registry.stop(keyOf(keySeed)) {
            ++done["stop"];
        } catch {}
    }

    function stopLapsed(uint256 keySeed) external step("stop lapsed") {
        IAttestedKeys.Standing memory standing = IAttestedKeys(keys).standingOf(keyOf(keySeed));
        if ((keySeed / WORKERS) % 2 == 0) standing.attested = false;
        _attest(keyOf(keySeed), standing);
        try registry.stopLapsed(keyOf(keySeed)) {
            check(!standing.attested || standing.deviceCount == 0, "a worker in good standing was stopped");
            ++done["stop lapsed"];
        } catch {}
    }

    function reconcile(uint256 keySeed) external step("reconcile") {
        try registry.reconcile(keyOf(keySeed)) {
            ++done["reconcile"];
        } catch {}
    }

    /// @dev S10: a release that is due can't fail, and gives back no more than the pool has locked.
    function release(uint256 keySeed) external step("release") {
        IWorkerRegistry.Worker memory worker = registry.workerOf(keyOf(keySeed));
        bool isDue = worker.status == IWorkerRegistry.Status.Cooling && block.timestamp >= worker.coolingUntil;
        uint256 locked = pools[keySeed % POOLS].books().locked;
        try registry.release(keyOf(keySeed)) returns (uint256 released) {
            check(isDue, "S9: a lock left before it had cooled");
            checkAtMost(released, locked, "S10: more was released than is locked");
            checkEqual(pools[keySeed % POOLS].books().locked, locked - released, "S10: what a release leaves");
            ++done["release"];
        } catch {
            check(!isDue, "S10: a release failed");
        }
    }

    /// @dev S14: an overdue request has workers stopped, until what stays is covered.
    function stopForRequest(uint256 poolSeed, uint256 pick) external step("stop for request") {
        IStakePool pool = pools[poolSeed % POOLS];
        (uint256 first, uint256 end) = pool.requestRange(address(this));
        if (first == end) return;
        uint256 id = _idOf(first + (pick % (end - first)));
        // Any other is tried in vain; where there is an overdue one, it is that.
        for (; first < end; ++first) if (pool.isOverdue(_idOf(first))) id = _idOf(first);
        address[] memory all = new address[](WORKERS);
        for (uint256 i = 0; i < WORKERS; ++i) all[i] = keyOf(i);
        bool isOverdue = pool.isOverdue(id);
        try registry.stopForRequest(address(pool), id, all) {
            check(isOverdue, "S14: workers were stopped for a request that is not overdue");
            ++done["stop for request"];
        } catch {}
    }

    /// @dev S3: a claim for a worker's lock, at any level, filed and executed. All under one lock take no more than it.
    function slash(uint256 keySeed, uint256 levelSeed) external step("slash") {
        bytes32 worker = bytes32(uint256(uint160(keyOf(keySeed))));
        (, uint256 atStake, uint48 since, uint256 budget) = registry.lockAt(worker, uint48(block.timestamp));
        if (atStake == 0) return;
        uint256 before = slashManager.forfeited(worker, since);
        bytes memory evidence = abi.encode(
            ISlashGround.Offence(bytes32(++_offences), worker, uint48(block.timestamp), uint8(1 + (levelSeed % 4)))
        );
        if (before >= budget) {
            try slashManager.file(ground, evidence) {
                check(false, "a claim on a lock that is used up");
            } catch {
                ++done["slash in vain"];
            }
            return;
        }
        uint256 claimId = slashManager.file(ground, evidence);
        IPoolRecords.Books memory was = pools[keySeed % POOLS].books();
        uint256 forfeit = least(slashManager.claimOf(claimId).assets, budget - before);
        (, uint256 taken) = slashManager.execute(claimId);
        checkEqual(taken, least(forfeit, was.active + was.atExit), "S3: what a slash takes");
        ++done["slash"];
    }

    // Rewards

    function fund(uint256 amountSeed) external step("fund") {
        uint256 amount = bounded(amountSeed, 1, 3_000_000 * PHA);
        if (amount > token.balanceOf(address(this))) return;
        schedule.fund(amount);
        funded += amount;
        ++done["fund"];
    }

    /// @dev S11: what customers pay for stakers is plainly sent, and no part of the schedule.
    function earn(uint256 amountSeed) external step("earn") {
        uint256 amount = bounded(amountSeed, 1, 10_000 * PHA);
        (uint256 reserve, uint256 was) = (schedule.reserve(), schedule.stakersEarnings());
        token.transfer(address(schedule), amount);
        earned += amount;
        checkEqual(schedule.stakersEarnings(), was + amount, "S11: what was sent is the stakers'");
        checkEqual(schedule.reserve(), reserve, "S11: what was sent is not the reserve's");
        ++done["earn"];
    }

    /// @dev A ledger may say that it paid more, or less, than it did.
    function collectEarnings(uint256 poolSeed, uint256 amountSeed) external step("collect earnings") {
        address pool = address(pools[poolSeed % POOLS]);
        uint256 amount = amountSeed % 4 == 0 ? 0 : bounded(amountSeed, 1, 10_000 * PHA);
        token.transfer(address(ledger), amount);
        _tell(address(ledger), abi.encodeWithSignature("earn(address,uint256)", pool, amount));
        _tell(address(ledger), abi.encodeWithSignature("setOverstatement(uint256)", amountSeed % 3));
        uint256 due = schedule.dueOf(pool).assets;
        address[] memory all = new address[](2);
        (all[0], all[1]) = (pool, pool); // the second time nothing is there
        checkEqual(schedule.collectEarnings(ledger, all), amount, "S11: what has arrived is collected");
        checkEqual(schedule.dueOf(pool).assets, due + amount, "S11: and is the pool's");
        collected += amount;
        if (amount != 0) ++done["collect earnings"];
    }

    /// @dev Today is over, its report is signed, final and opened. Sums may be honest or far too small.
    function report(uint256 seed) external step("report") {
        uint256 epoch = block.timestamp / DAY;
        VM.warp((epoch + 1) * DAY + 3_600);
        IGatekeeperSet.Report memory signed;
        signed.epoch = uint32(epoch);
        signed.round = uint32(gatekeepers.roundOf(epoch));
        for (uint256 i = 0; i < WORKERS; ++i) {
            IRewardSchedule.Record memory record = _record(i, uint256(keccak256(abi.encode(seed, i))));
            _records[epoch][i] = record;
            signed.totalShare += record.share;
            signed.totalStake += record.stake;
        }
        if (seed % 3 == 0) (signed.totalShare, signed.totalStake) = (signed.totalShare / 7, signed.totalStake / 3);
        else if (seed % 3 == 1) signed.totalShare /= 1e9; // a few are enough to use up the budget
        signed.root = _pair(_pair(_leaf(epoch, 0), _leaf(epoch, 1)), _pair(_leaf(epoch, 2), _leaf(epoch, 3)));
        bytes[] memory signatures = new bytes[](1);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(GATEKEEPER_KEY, gatekeepers.reportHash(signed));
        signatures[0] = abi.encodePacked(r, s, v);
        gatekeepers.submit(signed, signatures);
        VM.warp((epoch + 1) * DAY + 3_600 + 6 hours);
        (uint256 reserve, uint256 earnings) = (schedule.reserve(), schedule.stakersEarnings());
        schedule.open(epoch);
        checkEqual(schedule.stakersEarnings(), earnings - (earnings + 6) / 7, "S11: a seventh of what stakers earned");
        uint256 budget = reserve - schedule.reserve();
        (uint256 daily, uint256 total) = releasedUpTo(epoch);
        checkAtMost(budget, 2 * daily, "S11: an epoch caught up too fast");
        checkAtMost(schedule.assigned(), total, "S11: more was assigned than is released");
        _epochs.push(epoch);
        ++done["report"];
    }

    /// @dev S11: what pools become due is what the epoch's budgets lose.
    function settle(uint256 pick, uint256 mask) external step("settle") {
        if (_epochs.length == 0) return;
        uint256 epoch = _epochs[_epochs.length - 1 - (pick % least(_epochs.length, 3))];
        IRewardSchedule.Record[] memory batch = new IRewardSchedule.Record[](WORKERS);
        uint256 count;
        for (uint256 i = 0; i < WORKERS; ++i) if ((mask >> i) % 2 == 0) batch[count++] = _records[epoch][i];
        assembly ("memory-safe") {
            mstore(batch, count)
        }
        (bytes32[] memory proof, bool[] memory flags) = _proofOf(epoch, mask);
        (uint256 left, uint256 due) = (_leftIn(epoch), totalDue());
        uint256 settled = schedule.settle(epoch, batch, proof, flags);
        checkEqual(totalDue() - due, left - _leftIn(epoch), "S11: what is due comes from the epoch's budget");
        if (settled != 0) ++done["settle"];
        if (totalDue() == due) return;
        ++done["pay workers"];
        IRewardSchedule.Epoch memory budget = schedule.epochOf(epoch);
        // By a report that understates its sums.
        if (budget.workersLeft == 0 && budget.workersBudget != 0) ++done["use up a budget"];
    }

    function payPool(uint256 poolSeed) external step("pay pool") {
        IStakePool pool = pools[poolSeed % POOLS];
        IRewardSchedule.Due memory due = schedule.dueOf(address(pool));
        bool isPayable = pool.books().supply >= 0.01e18 * VIRTUAL;
        bool isForfeit = block.timestamp >= due.since + UNPAYABLE_DAYS * DAY;
        uint256 toTreasury = schedule.treasuryDue();
        try schedule.payPool(address(pool)) returns (uint256 assets) {
            checkEqual(assets, due.assets, "S11: a pool is paid what it is due");
            check(isPayable || isForfeit, "a pool without shares was paid");
            if (isPayable) paid += assets;
            else checkEqual(schedule.treasuryDue(), toTreasury + assets, "S11: what a pool forfeits is the treasury's");
            ++done["pay pool"];
        } catch {
            check(due.assets == 0 || (!isPayable && !isForfeit), "a pool could not be paid");
        }
    }

    function payTreasury(uint256) external step("pay treasury") {
        paid += schedule.payTreasury();
        ++done["pay treasury"];
    }

    function close(uint256 pick) external step("close") {
        if (_epochs.length == 0) return;
        uint256 epoch = _epochs[pick % _epochs.length];
        try schedule.close(epoch) {
            checkEqual(_leftIn(epoch), 0, "S11: a closed epoch has nothing left");
            ++done["close"];
        } catch {}
    }

    function waitDays(uint256 days_) external step("wait days") {
        VM.warp(block.timestamp + bounded(days_, 1, 6) * DAY);
        ++done["wait days"];
    }

    // What the invariants ask

    /// @dev Day by day: what the schedule releases on one, and up to and with it.
    function releasedUpTo(uint256 epoch) public view returns (uint256 daily, uint256 total) {
        daily = FIRST_AMOUNT;
        for (uint256 i = FIRST_DAY; i <= epoch; ++i) {
            if (i != FIRST_DAY && (i - FIRST_DAY) % PERIOD_DAYS == 0) daily = (daily * RETAINED_BPS) / BPS;
            total += daily;
        }
    }

    function totalDue() public view returns (uint256 due) {
        for (uint256 p = 0; p < POOLS; ++p) due += schedule.dueOf(address(pools[p])).assets;
    }

    function totalLeft() external view returns (uint256 left) {
        for (uint256 i = 0; i < _epochs.length; ++i) left += _leftIn(_epochs[i]);
    }

    function keyOf(uint256 seed) public pure returns (address) {
        return VM.addr(_secretOf(seed));
    }

    // Internals

    function _idOf(uint256 number) private view returns (uint256) {
        return (uint256(uint160(address(this))) << 48) | number;
    }

    function _secretOf(uint256 seed) private pure returns (uint256) {
        return 0xC0FFEE + (seed % WORKERS);
    }

    function _leftIn(uint256 epoch) private view returns (uint256) {
        IRewardSchedule.Epoch memory budget = schedule.epochOf(epoch);
        return uint256(budget.workersLeft) + budget.stakersLeft;
    }

    /// @dev Mostly the truth about where the worker stands; performance, share and stake are whatever the seed says.
    function _record(uint256 i, uint256 seed) private view returns (IRewardSchedule.Record memory record) {
        record.worker = keyOf(i);
        IWorkerRegistry.Earning memory earning = registry.earningOf(record.worker);
        IRewardSchedule.Progress memory progress = schedule.progressOf(record.worker);
        if (progress.session == earning.startedDay) record.previousEpoch = progress.lastEpoch;
        record.performance = uint32(seed % 250);
        record.responsive = seed % 7 != 0;
        record.share = uint96(bounded(seed / 256, 1e18, 100_000e18));
        record.stake = uint96(bounded(seed / 512, 1e18, 30_000e18));
    }

    /// @dev What slashes have left of the lock of the other worker of the same pool.
    function _neighboursLock(uint256 keySeed) private view returns (uint256 assets) {
        (, assets) = registry.stakeOf(keyOf((keySeed % WORKERS) + POOLS));
    }

    /// @dev For the records whose bit is clear: the hashing of each half with one of them, then that of the halves.
    function _proofOf(uint256 epoch, uint256 mask) private view returns (bytes32[] memory proof, bool[] memory flags) {
        (proof, flags) = (new bytes32[](3), new bool[](3));
        (uint256 hashes, uint256 steps, uint256 halves) = (0, 0, 0);
        uint256 without;
        for (uint256 i = 0; i < WORKERS; i += 2) {
            (bool first, bool second) = ((mask >> i) % 2 == 0, (mask >> (i + 1)) % 2 == 0);
            if (!first && !second) without = i;
            else ++halves;
            if (first && second) flags[steps++] = true;
            else if (first || second) (proof[hashes++], flags[steps++]) = (_leaf(epoch, first ? i + 1 : i), false);
        }
        if (halves == 2) flags[steps++] = true;
        else if (halves == 1) {
            (proof[hashes++], flags[steps++]) = (_pair(_leaf(epoch, without), _leaf(epoch, without + 1)), false);
        } else {
            bytes32 half = _pair(_leaf(epoch, 2), _leaf(epoch, 3));
            proof[hashes++] = _pair(_pair(_leaf(epoch, 0), _leaf(epoch, 1)), half); // of nothing: the root itself
        }
        assembly ("memory-safe") {
            mstore(proof, hashes)
            mstore(flags, steps)
        }
    }

    function _leaf(uint256 epoch, uint256 i) private view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(epoch, _records[epoch][i]))));
    }

    function _pair(bytes32 one, bytes32 other) private pure returns (bytes32) {
        return one < other ? keccak256(bytes.concat(one, other)) : keccak256(bytes.concat(other, one));
    }

    function _attest(address key, IAttestedKeys.Standing memory standing) private {
        _tell(
            keys,
            abi.encodeWithSignature(
                "attest(address,(bool,bytes32,bytes32,uint8,uint8,bytes32,bytes32,bytes32,uint64,uint64))",
                key,
                standing
            )
        );
    }

    /// @dev Of what stands in for other domains here.
    function _tell(address mock, bytes memory data) private {
        (bool succeeded, ) = mock.call(data);
        check(succeeded, "the test's own words");
    }

    /// @dev The defaults of WORKERS.md in the order of the contract's enum, but for one reporter being enough.
    function _workerArguments() private view returns (bytes memory) {
        uint256[] memory values = new uint256[](33);
        (values[0], values[1], values[2], values[3]) = (50e18, 50, 1_000_000, 200);
        (values[4], values[5], values[6], values[7]) = (1.3e18, 0.3e18, 0, 30_000e18);
        (values[8], values[9], values[10]) = (4811056209015210, 113869863013699, 242722602739726027);
        (values[11], values[12]) = (23726013416369750, 12_000);
        (values[13], values[14], values[15], values[16], values[17]) = (10_000, 10_000, 10_000, 8_000, 7_000);
        (values[18], values[19], values[20], values[21], values[22]) = (2_000, 4_000, 20_000, 7, UNPAYABLE_DAYS);
        values[23] = 7;
        (values[24], values[25], values[26], values[27]) = (100_000e18, 21, 6_667, 1);
        (values[28], values[29], values[30], values[31], values[32]) = (3, 6 hours, 70, 10_000, 1_000);
        IWorkerParameters.GpuClassOf[] memory classes = new IWorkerParameters.GpuClassOf[](1);
        classes[0] = IWorkerParameters.GpuClassOf(MODEL, IWorkerParameters.GpuClass(10_000, 1_250e18));
        return abi.encode(authority, values, classes);
    }
}
