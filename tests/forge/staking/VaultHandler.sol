// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {StakingWorld} from "./StakingWorld.sol";
import {IDelegationVault} from "../../../contracts/staking/interfaces/IDelegationVault.sol";
import {IOperatorBond} from "../../../contracts/staking/interfaces/IOperatorBond.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {ISlashGround} from "../../../contracts/staking/interfaces/ISlashGround.sol";
import {IStakePool} from "../../../contracts/staking/interfaces/IStakePool.sol";
import {IStakePoolFactory} from "../../../contracts/staking/interfaces/IStakePoolFactory.sol";
import {IVaultRecords} from "../../../contracts/staking/interfaces/IVaultRecords.sol";
import {IWorkerLocks} from "../../../contracts/staking/interfaces/IWorkerLocks.sol";

/// @title All that happens to a vault: its holders, its keepers, and what befalls its pools
/// @dev Is governance, the reward source and the worker registry. Claims go through the real slash manager.
contract VaultHandler is StakingWorld, IWorkerLocks {
    using Math for uint256;

    error Rehearsed(uint256 put, uint256 got);

    struct ClaimNote {
        uint256 id;
        uint256 pool;
        uint256 assets;
        uint256 endsAt;
    }

    /// @dev What held at the end of a second. `isRecorded`: the last step of it was one that records the value.
    struct Moment {
        uint256 time;
        uint256 low;
        uint256 supply;
        uint256[4] votes;
        bool isRecorded;
    }

    uint256 internal constant POOLS = 2;
    uint256 internal constant PEOPLE = 4;
    address internal constant RECIPIENT = address(0xFEE);

    IDelegationVault public vault;
    IStakePool[POOLS] public pools;
    /// @dev By the flows that were watched, not by the vault's books.
    uint256 public idle;
    uint256 public owed;
    uint256[POOLS] public sharesIn;
    uint256 public donated;
    ClaimNote[] internal _claims;
    Moment[] internal _moments;
    uint256 private _offences;
    bool private _isRecorded;
    mapping(bytes32 worker => uint256) private _lockOf;
    mapping(bytes32 worker => uint256) private _poolOf;
    mapping(string action => uint256) public tried;
    mapping(string action => uint256) public done;
    string[] public names;

    modifier step(string memory name) {
        if (tried[name]++ == 0) names.push(name);
        _isRecorded = false;
        uint256 time = block.timestamp;
        _;
        if (VM.getBlockTimestamp() == time) _remember();
    }

    constructor() {
        _deployStaking();
        factory.setModule(IStakePoolFactory.Module.WorkerRegistry, address(this));
        factory.setModule(IStakePoolFactory.Module.RewardSource, address(this));
        vault = _deployVault(RECIPIENT);
        for (uint256 p = 0; p < POOLS; ++p) {
            pools[p] = _createPool(_account("operator", p), 0);
            token.approve(address(pools[p]), type(uint256).max);
            vault.setPool(address(pools[p]), uint96(p == 0 ? 60_000 * PHA : type(uint96).max));
            token.approve(address(bond), type(uint256).max);
            bond.post(address(pools[p]), 3 * PHA + 1);
            pools[p].deposit(100 * PHA, address(this)); // somebody else is in the pool too
        }
        for (uint256 i = 0; i < PEOPLE; ++i) {
            token.transfer(person(i), 100_000_000 * PHA);
            VM.startPrank(person(i));
            token.approve(address(vault), type(uint256).max);
            vault.delegate(person(i));
            VM.stopPrank();
        }
    }

    function actions() external pure returns (bytes4[] memory list) {
        list = new bytes4[](26);
        (list[0], list[1], list[2]) = (this.deposit.selector, this.deposit.selector, this.mint.selector);
        (list[3], list[4], list[5]) = (this.request.selector, this.cancel.selector, this.claim.selector);
        (list[6], list[7], list[8]) = (this.transfer.selector, this.delegateVotes.selector, this.fill.selector);
        (list[9], list[10], list[11]) = (this.recall.selector, this.collect.selector, this.sync.selector);
        (list[12], list[13], list[14]) = (this.delegateTo.selector, this.delegateTo.selector, this.recallFrom.selector);
        (list[15], list[16], list[17]) = (this.setFee.selector, this.reward.selector, this.slash.selector);
        (list[18], list[19], list[20]) = (this.file.selector, this.execute.selector, this.reopen.selector);
        (list[21], list[22], list[23]) = (this.donate.selector, this.roundTrip.selector, this.wait_.selector);
        (list[24], list[25]) = (this.waitDays.selector, this.claimClosed.selector);
    }

    /// @inheritdoc IWorkerLocks
    function lockAt(bytes32 worker, uint48) external view returns (address, uint256, uint48, uint256) {
        return (address(pools[_poolOf[worker]]), _lockOf[worker], 0, _lockOf[worker]);
    }

    // Holders

    function deposit(uint256 whoSeed, uint256 amountSeed) external step("deposit") {
        uint256 amount = bounded(amountSeed, MIN_DEPOSIT, 50_000 * PHA);
        uint256 previewed = vault.previewDeposit(amount);
        if (vault.maxDeposit(person(whoSeed)) < amount) return;
        (, uint256 high) = _value();
        uint256 supply = vault.totalSupply() + _feeShares();
        VM.prank(person(whoSeed));
        uint256 shares = vault.deposit(amount, person(whoSeed));
        checkEqual(shares, previewed, "a deposit brings what was previewed");
        checkEqual(shares, amount.mulDiv(supply + 1, high + 1), "S8: a deposit pays the high price");
        idle += amount;
        ++done["deposit"];
        _isRecorded = true;
    }

    function mint(uint256 whoSeed, uint256 amountSeed) external step("mint") {
        uint256 shares = vault.previewDeposit(bounded(amountSeed, MIN_DEPOSIT, 50_000 * PHA)) + 1;
        uint256 cost = vault.previewMint(shares);
        if (vault.maxMint(person(whoSeed)) < shares || cost < MIN_DEPOSIT) return;
        VM.prank(person(whoSeed));
        checkEqual(vault.mint(shares, person(whoSeed)), cost, "shares cost what was previewed");
        idle += cost;
        ++done["mint"];
        _isRecorded = true;
    }

    function request(uint256 whoSeed, uint256 partSeed) external step("request") {
        uint256 shares = _partOf(vault.balanceOf(person(whoSeed)), partSeed);
        if (shares == 0) return;
        VM.prank(person(whoSeed));
        vault.requestRedeem(shares, person(whoSeed / PEOPLE), person(whoSeed));
        ++done["request"];
        _isRecorded = true;
    }

    function cancel(uint256 pick) external step("cancel") {
        (uint256 first, uint256 end, ) = vault.queue();
        if (first == end) return;
        uint256 place = first + (pick % (end - first));
        IVaultRecords.Exit memory exit = vault.exitAt(place);
        if (exit.shares == 0) return;
        VM.prank(exit.controller);
        checkEqual(
            vault.cancelRedeemRequest(place, exit.controller),
            exit.shares,
            "S8: a cancel gives the shares back"
        );
        ++done["cancel"];
    }

    /// @dev By shares or assets, a part or all.
    function claim(uint256 whoSeed, uint256 partSeed) external step("claim") {
        address who = person(whoSeed);
        (uint256 mostAssets, uint256 held) = (vault.maxWithdraw(who), token.balanceOf(who));
        uint256 paid = _partOf(mostAssets, partSeed / 2);
        uint256 shares = vault.maxRedeem(who);
        VM.prank(who);
        if (partSeed % 2 == 0) vault.withdraw(paid, who, who);
        else paid = vault.redeem(shares, who, who);
        checkEqual(token.balanceOf(who), held + paid, "a claim pays what it says");
        checkEqual(vault.maxWithdraw(who), mostAssets - paid, "S2: what is left to claim");
        owed -= paid;
        if (paid != 0) ++done["claim"];
    }

    function transfer(uint256 whoSeed, uint256 partSeed) external step("transfer") {
        (address from, address to) = (person(whoSeed), person(whoSeed / PEOPLE));
        uint256 shares = _partOf(vault.balanceOf(from), partSeed);
        VM.prank(from);
        vault.transfer(to, shares);
        ++done["transfer"];
    }

    /// @dev To another, to oneself or to nobody.
    function delegateVotes(uint256 whoSeed, uint256 toSeed) external step("delegate votes") {
        VM.prank(person(whoSeed));
        vault.delegate(toSeed % 5 == 4 ? address(0) : person(toSeed));
        ++done["delegate votes"];
    }

    // Keepers

    /// @dev Fills take from idle what they put aside, and S8: leave the price of the others where it was or higher.
    function fill(uint256 exits) external step("fill") {
        vault.sync(); // the fee is not the fill's
        (uint256 low, ) = _value();
        uint256 supply = vault.totalSupply();
        (, , uint256 idleWas, uint256 owedWas) = vault.valuation();
        vault.fill(exits % 6);
        (, , uint256 idleNow, uint256 owedNow) = vault.valuation();
        checkEqual(idleWas - idleNow, owedNow - owedWas, "S1: a fill moves idle PHA and no other");
        (uint256 lowNow, ) = _valueWith(idleNow);
        checkAtLeast((lowNow + 1) * (supply + 1), (low + 1) * (vault.totalSupply() + 1), "S8: a fill cost the others");
        (idle, owed) = (idle - (owedNow - owedWas), owed + owedNow - owedWas);
        if (owedNow != owedWas) ++done["fill"];
        _isRecorded = true;
    }

    function recall(uint256 poolSeed) external step("recall") {
        uint256 p = poolSeed % POOLS;
        uint256 was = _expectCollected(p);
        uint256 balance = pools[p].balanceOf(address(vault));
        try vault.recall(address(pools[p])) {
            _afterRecall(p, was, balance);
            ++done["recall"];
        } catch {}
    }

    function recallFrom(uint256 poolSeed, uint256 partSeed) external step("recall from") {
        uint256 p = poolSeed % POOLS;
        uint256 was = _expectCollected(p);
        uint256 balance = pools[p].balanceOf(address(vault));
        try vault.recallFrom(address(pools[p]), _partOf(pools[p].convertToAssets(balance), partSeed)) {
            _afterRecall(p, was, balance);
            ++done["recall from"];
        } catch {}
    }

    function collect(uint256 poolSeed) external step("collect") {
        uint256 p = poolSeed % POOLS;
        uint256 due = _expectCollected(p);
        vault.collect(address(pools[p]));
        idle += due;
        if (_isNewGeneration[p]) sharesIn[p] = 0;
        if (due != 0) ++done["collect"];
        _isRecorded = true;
    }

    function sync(uint256) external step("sync") {
        vault.sync();
        ++done["sync"];
        _isRecorded = true;
    }

    function delegateTo(uint256 poolSeed, uint256 partSeed) external step("delegate to") {
        uint256 p = poolSeed % POOLS;
        uint256 due = _expectCollected(p);
        // Half the time all that no request awaits, so that later requests have to be called back.
        (uint256 low, ) = _value();
        (, , uint256 waiting) = vault.queue();
        uint256 supply = vault.totalSupply() + _feeShares();
        uint256 amount = lessOrZero(idle, waiting.mulDiv(low + 1, supply + 1, Math.Rounding.Ceil));
        if (partSeed % 2 != 0) amount = _partOf(amount, partSeed / 2);
        uint256 balance = pools[p].balanceOf(address(vault));
        try vault.delegateTo(address(pools[p]), amount) {
            idle = idle + due - amount;
            if (_isNewGeneration[p]) sharesIn[p] = 0;
            _isNewGeneration[p] = false;
            sharesIn[p] += pools[p].balanceOf(address(vault)) - balance;
            ++done["delegate to"];
        } catch {}
    }

    function setFee(uint256 bpsSeed) external step("set fee") {
        vault.setFee(uint16((bpsSeed % 5) * 500));
        ++done["set fee"];
    }

    // What befalls pools

    function reward(uint256 poolSeed, uint256 amountSeed) external step("reward") {
        IStakePool pool = pools[poolSeed % POOLS];
        try pool.reward(bounded(amountSeed, 0, 1_000 * PHA)) {
            ++done["reward"];
        } catch {}
    }

    /// @dev A claim that is filed and executed at once.
    function slash(uint256 poolSeed, uint256 sizeSeed) external step("slash") {
        (bool filed, uint256 id) = _file(poolSeed % POOLS, sizeSeed);
        if (!filed) return;
        slashManager.execute(id);
        _claims.pop();
        ++done["slash"];
    }

    function file(uint256 poolSeed, uint256 sizeSeed) external step("file") {
        (bool filed, ) = _file(poolSeed % POOLS, sizeSeed);
        if (filed) ++done["file"];
    }

    /// @dev Executes a claim, or lapses it when it is over.
    function execute(uint256 pick) external step("execute") {
        if (_claims.length == 0) return;
        uint256 index = pick % _claims.length;
        if (block.timestamp <= _claims[index].endsAt) slashManager.execute(_claims[index].id);
        else slashManager.lapse(_claims[index].id);
        _claims[index] = _claims[_claims.length - 1];
        _claims.pop();
        ++done["execute"];
    }

    function reopen(uint256 poolSeed) external step("reopen") {
        IStakePool pool = pools[poolSeed % POOLS];
        VM.prank(pool.operator());
        try pool.reopen() {
            if (block.timestamp >= pool.holdUntil()) pool.deposit(100 * PHA, address(this));
            ++done["reopen"];
        } catch {}
    }

    /// @dev What a closed generation left comes to the vault though it did not ask.
    function claimClosed(uint256 poolSeed) external step("claim closed") {
        IStakePool pool = pools[poolSeed % POOLS];
        uint256 generation = pool.books().generation;
        if (generation == 0) return;
        uint256 held = token.balanceOf(address(vault));
        pool.claimClosed(generation - 1, address(vault));
        _early[poolSeed % POOLS] += token.balanceOf(address(vault)) - held;
        ++done["claim closed"];
    }

    /// @dev S7: PHA and pool shares that are sent to the vault count for nothing.
    function donate(uint256 whoSeed, uint256 amountSeed) external step("donate") {
        (uint256 low, uint256 high, , ) = vault.valuation();
        uint256 amount = bounded(amountSeed, 1, 1_000 * PHA);
        VM.prank(person(whoSeed));
        token.transfer(address(vault), amount);
        donated += amount;
        IStakePool pool = pools[whoSeed % POOLS];
        uint256 gift = pool.balanceOf(address(this)) / 3;
        pool.transfer(address(vault), gift);
        _gifts[whoSeed % POOLS] += gift;
        (uint256 lowNow, uint256 highNow, , ) = vault.valuation();
        checkEqual(lowNow, low, "S7: a donation moved the low value");
        checkEqual(highNow, high, "S7: a donation moved the high value");
        ++done["donate"];
    }

    function wait_(uint256 seconds_) external step("wait") {
        VM.warp(block.timestamp + bounded(seconds_, 1, DAY));
        ++done["wait"];
    }

    function waitDays(uint256 days_) external step("wait days") {
        VM.warp(block.timestamp + bounded(days_, 1, 9) * DAY);
        ++done["wait days"];
    }

    /// @dev S8: in, and out at the price of the same second, with all idle PHA there is.
    function roundTrip(uint256 whoSeed, uint256 amountSeed) external step("round trip") {
        try this.rehearse(person(whoSeed), bounded(amountSeed, MIN_DEPOSIT, 10_000 * PHA)) {
            check(false, "a rehearsal must not last");
        } catch (bytes memory reason) {
            if (reason.length != 68 || bytes4(reason) != Rehearsed.selector) return; // bankrupt
            (uint256 put, uint256 got) = abi.decode(_without4(reason), (uint256, uint256));
            checkAtMost(got, put, "S8: a round trip brought a profit");
            ++done["round trip"];
        }
    }

    function rehearse(address who, uint256 amount) external {
        require(msg.sender == address(this), "only rehearsed");
        VM.prank(who);
        uint256 shares = vault.deposit(amount, who);
        (uint256 low, ) = _valueWith(idle + amount);
        revert Rehearsed(amount, shares.mulDiv(low + 1, vault.totalSupply() + 1));
    }

    // Internals

    uint256[POOLS] private _gifts;
    /// @dev Paid to the vault by a closed generation before the vault asked: no more than a gift until it collects.
    uint256[POOLS] private _early;
    bool[POOLS] private _isNewGeneration;

    function _file(uint256 p, uint256 sizeSeed) private returns (bool, uint256 id) {
        if (slashManager.openClaims(address(pools[p])).length > 5) return (false, 0);
        IPoolRecords.Books memory books = pools[p].books();
        uint256 stake = books.active + books.atExit;
        uint256 kind = sizeSeed % 16;
        uint256 size = kind < 12 ? stake / (2 + ((sizeSeed / 16) % 1_000)) : stake - least(stake, sizeSeed % 3);
        bytes32 worker = bytes32(++_offences);
        (_lockOf[worker], _poolOf[worker]) = (most(size, 1), p);
        id = slashManager.file(ground, abi.encode(ISlashGround.Offence(worker, worker, uint48(block.timestamp), 4)));
        _claims.push(ClaimNote(id, p, most(size, 1), block.timestamp + EXECUTION_SECONDS));
        return (true, id);
    }

    /// @dev What the vault is to find in a pool when it next touches it: claimable requests, and a closed generation's rest.
    function _expectCollected(uint256 p) private returns (uint256 due) {
        IStakePool pool = pools[p];
        pool.settle(64);
        due = pool.maxWithdraw(address(vault));
        uint256 generation = vault.positionOf(address(pool)).generation;
        _isNewGeneration[p] = pool.books().generation != generation;
        if (_isNewGeneration[p]) {
            (uint256 left, uint256 supply) = pool.closedGeneration(generation);
            if (supply != 0) due += sharesIn[p].mulDiv(left, supply);
        }
    }

    function _afterRecall(uint256 p, uint256 due, uint256 balance) private {
        idle += due;
        if (_isNewGeneration[p]) sharesIn[p] = 0;
        _isNewGeneration[p] = false;
        sharesIn[p] -= balance - pools[p].balanceOf(address(vault));
    }

    /// @dev Low and high, from the flows watched and what the pools say of their shares and requests.
    function _value() internal view returns (uint256 low, uint256 high) {
        return _valueWith(idle);
    }

    function _valueWith(uint256 idle_) internal view returns (uint256 low, uint256 high) {
        (low, high) = (idle_, idle_);
        for (uint256 p = 0; p < POOLS; ++p) {
            (uint256 atStake, uint256 safe) = worthIn(p);
            IPoolRecords.Books memory books = pools[p].books();
            uint256 stake = books.active + books.atExit;
            uint256 loss = least(claimedOf(p), stake);
            uint256 cut = stake == 0 || atStake == 0 ? 0 : atStake.mulDiv(loss, stake, Math.Rounding.Ceil);
            low += atStake + safe - cut;
            high += atStake + safe;
        }
    }

    /// @dev What the vault has in a pool: within reach of a slash, and not.
    function worthIn(uint256 p) public view returns (uint256 atStake, uint256 safe) {
        IStakePool pool = pools[p];
        uint256 generation = vault.positionOf(address(pool)).generation;
        if (generation == pool.books().generation) atStake = pool.convertToAssets(sharesIn[p]);
        else {
            (uint256 left, uint256 supply) = pool.closedGeneration(generation);
            if (supply != 0) safe = sharesIn[p].mulDiv(left, supply);
        }
        (uint256 first, uint256 end) = pool.requestRange(address(vault));
        for (; first < end; ++first) {
            (IPoolRecords.ExitRequest memory exit, uint256 assets, ) = pool.exitRequest(
                (uint256(uint160(address(vault))) << 48) | first
            );
            if (exit.cohort < pool.books().settledCohorts) safe += assets;
            else atStake += assets;
        }
    }

    /// @dev What this contract's own list of open claims would take beyond the bond.
    function claimedOf(uint256 p) public view returns (uint256 assets) {
        for (uint256 i = 0; i < _claims.length; ++i) {
            if (_claims[i].pool == p && _claims[i].endsAt >= block.timestamp) assets += _claims[i].assets;
        }
        IOperatorBond.Bond memory posted = bond.bondOf(address(pools[p]));
        return lessOrZero(assets, uint256(posted.bonded) + posted.releasing);
    }

    /// @dev Shares that the fee would take now, by the README's formula.
    function _feeShares() private view returns (uint256) {
        (uint256 bps, , uint256 mark, , ) = vault.fee();
        (uint256 low, ) = _value();
        uint256 supply = vault.totalSupply();
        uint256 price = (low + 1).mulDiv(1e15, supply + 1);
        if (price <= mark || bps == 0) return 0;
        uint256 left = price - ((price - mark) * bps) / BPS;
        return lessOrZero((low + 1).mulDiv(1e15, left), supply + 1);
    }

    /// @dev Notes what the vault recorded, once for each second that something was recorded in.
    function _remember() private {
        Moment memory moment;
        moment.time = block.timestamp;
        moment.supply = vault.totalSupply();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            for (uint256 k = 0; k < PEOPLE; ++k) {
                if (vault.delegates(person(k)) == person(i)) moment.votes[i] += vault.balanceOf(person(k));
            }
        }
        (moment.low, ) = _value();
        moment.isRecorded = _isRecorded;
        if (_moments.length != 0 && _moments[_moments.length - 1].time == moment.time)
            _moments[_moments.length - 1] = moment;
        else _moments.push(moment);
    }

    // What the invariants ask

    function person(uint256 seed) public pure returns (address) {
        return _account("holder", seed % PEOPLE);
    }

    function value() external view returns (uint256 low, uint256 high) {
        return _value();
    }

    function moments() external view returns (Moment[] memory) {
        return _moments;
    }

    function early() external view returns (uint256) {
        return _early[0] + _early[1];
    }

    function _partOf(uint256 whole, uint256 seed) private pure returns (uint256) {
        if (seed % 4 == 0) return least(whole, 1);
        return seed % 4 == 1 ? whole : bounded(seed / 4, 0, whole);
    }

    function _without4(bytes memory data) private pure returns (bytes memory rest) {
        rest = new bytes(data.length - 4);
        for (uint256 i = 0; i < rest.length; ++i) rest[i] = data[i + 4];
    }
}
