// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ClaimActions} from "./ClaimActions.sol";
import {MoveActions} from "./MoveActions.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {IStakePoolFactory} from "../../../contracts/staking/interfaces/IStakePoolFactory.sol";

/// @title All that happens to two pools: delegators, moves, claims, rewards, locks, operators and time
/// @dev Is the reward source and the worker registry of the pools, and governance. To add an action, write it with `step`,
/// name it in `actions`, and say in `_look` what must hold for it.
contract PoolHandler is MoveActions, ClaimActions {
    using Math for uint256;

    constructor() {
        _deployStaking();
        factory.setModule(IStakePoolFactory.Module.WorkerRegistry, address(this));
        factory.setModule(IStakePoolFactory.Module.RewardSource, address(this));
        for (uint256 p = 0; p < POOLS; ++p) {
            pools[p] = _createPool(_account("operator", p), 1_000);
            _notes[p].bps = 1_000;
            token.approve(address(pools[p]), type(uint256).max);
            // Something to request and to slash from the first step on.
            for (uint256 i = 0; i < PEOPLE; ++i) pools[p].deposit(1_000 * PHA + i, _person(i));
            _notes[p].net = int256(4_000 * PHA + 6);
        }
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address who = _person(i);
            token.transfer(who, 100_000_000 * PHA);
            VM.startPrank(who);
            for (uint256 p = 0; p < POOLS; ++p) token.approve(address(pools[p]), type(uint256).max);
            token.approve(address(bond), type(uint256).max);
            VM.stopPrank();
        }
    }

    /// @notice What forge calls. Those that build something up come more often than those that tear down.
    function actions() external pure returns (bytes4[] memory list) {
        list = new bytes4[](45);
        (list[0], list[1], list[2]) = (this.deposit.selector, this.mint.selector, this.request.selector);
        (list[3], list[4], list[5]) = (this.requestForAnother.selector, this.intrude.selector, this.cancel.selector);
        (list[6], list[7], list[8]) = (this.claim.selector, this.claimClosed.selector, this.transfer.selector);
        (list[9], list[10], list[11]) = (this.donate.selector, this.roundTrip.selector, this.file.selector);
        (list[12], list[13], list[14]) = (this.fileAgain.selector, this.accuse.selector, this.challenge.selector);
        (list[15], list[16]) = (this.uphold.selector, this.withdrawAccusation.selector);
        (list[17], list[18], list[19]) = (this.execute.selector, this.lapse.selector, this.distribute.selector);
        (list[20], list[21], list[22]) = (this.postBond.selector, this.requestRelease.selector, this.release.selector);
        (list[23], list[24], list[25]) = (this.reward.selector, this.lock.selector, this.unlock.selector);
        (list[26], list[27], list[28]) = (this.settle.selector, this.wait_.selector, this.waitDays.selector);
        (list[29], list[30], list[31]) = (this.setCommission.selector, this.setCap.selector, this.reopen.selector);
        (list[32], list[33], list[34]) = (this.collectAll.selector, this.request.selector, this.request.selector);
        (list[35], list[36]) = (this.execute.selector, this.execute.selector);
        (list[37], list[38], list[39]) = (this.move.selector, this.move.selector, this.move.selector);
        (list[40], list[41]) = (this.complete.selector, this.complete.selector);
        (list[42], list[43], list[44]) = (this.surrender.selector, this.collectForfeit.selector, this.release.selector);
    }

    // Modules

    /// @dev S12: the commission that is taken is the one the spectator noted, to the wei.
    function reward(uint256 poolSeed, uint256 amountSeed) external step("reward") {
        (uint256 p, uint256 amount) = (poolSeed % POOLS, bounded(amountSeed, 0, 1_000 * PHA));
        IPoolRecords.Books memory was = pools[p].books();
        bool isRewardable = was.supply >= 0.01e18 * VIRTUAL;
        address operator = pools[p].operator();
        uint256 held = token.balanceOf(operator);
        try pools[p].reward(amount) {
            check(isRewardable, "a reward for nobody");
            uint256 commission = (amount * _bpsNow(_notes[p])) / BPS;
            checkEqual(token.balanceOf(operator), held + commission, "S12: what the operator takes");
            _notes[p].net += int256(amount - commission);
            checkEqual(pools[p].books().active, was.active, "a reward is not paid at once");
            checkEqual(pools[p].books().undripped, was.undripped + amount - commission, "a reward drips");
            ++done["reward"];
        } catch {
            check(!isRewardable, "a reward was refused");
        }
    }

    /// @dev S10: never more than the active stake, and nothing on shares that still answer for the other pool.
    function lock(uint256 poolSeed, uint256 partSeed) external step("lock") {
        uint256 p = poolSeed % POOLS;
        IPoolRecords.Books memory was = pools[p].books();
        uint256 pledged = inEscrowOf(p, was.generation).mulDiv(
            was.active + 1,
            was.supply + VIRTUAL,
            Math.Rounding.Ceil
        );
        uint256 free = lessOrZero(was.active, pledged);
        uint256 amount = partSeed % 4 == 0 ? lessOrZero(free, was.locked) : _partOf(free, partSeed / 4);
        if (partSeed % 16 == 1) amount = free + 1;
        bool isCovered = _notes[p].locked + amount <= free;
        try pools[p].lock(amount) {
            check(isCovered, "S10: more was locked than is active");
            _notes[p].locked += amount;
            if (amount != 0) ++done["lock"];
        } catch {
            check(!isCovered, "a lock was refused");
        }
    }

    function unlock(uint256 poolSeed, uint256 partSeed) external step("unlock") {
        uint256 p = poolSeed % POOLS;
        uint256 amount = partSeed % 8 == 1 ? _notes[p].locked * 2 + 1 : _partOf(_notes[p].locked, partSeed);
        pools[p].unlock(amount);
        _notes[p].locked = lessOrZero(_notes[p].locked, amount);
        if (amount != 0) ++done["unlock"];
    }

    // Anyone

    function settle(uint256 poolSeed, uint256 cohorts) external step("settle") {
        uint256 p = poolSeed % POOLS;
        uint256 settled = pools[p].books().settledCohorts;
        pools[p].settle(cohorts % 4);
        if (pools[p].books().settledCohorts != settled) ++done["settle"];
    }

    /// @dev Everybody takes what they can, and what is left is still enough for all others.
    function collectAll(uint256 poolSeed) external step("collect all") {
        uint256 p = poolSeed % POOLS;
        if (poolSeed % 3 != 0) return;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address who = _person(i);
            uint256 assets = pools[p].maxWithdraw(who);
            uint256 shares = pools[p].maxRedeem(who);
            VM.prank(who);
            checkEqual(pools[p].redeem(shares, who, who), assets, "S2: what was claimable is paid to all");
            _notes[p].net -= int256(assets);
            if (assets != 0) ++done["collect all"];
        }
    }

    function wait_(uint256 seconds_) external step("wait") {
        ++done["wait"];
        VM.warp(block.timestamp + bounded(seconds_, 1, DAY));
    }

    function waitDays(uint256 days_) external step("wait days") {
        ++done["wait days"];
        VM.warp(block.timestamp + bounded(days_, 1, 9) * DAY);
    }

    // The operator

    /// @dev S12: a rise is announced for longer than the worst exit, a fall holds at once.
    function setCommission(uint256 poolSeed, uint256 bpsSeed) external step("set commission") {
        (uint256 p, uint256 bps) = (poolSeed % POOLS, (bpsSeed % 6) * 1_000);
        Notes storage notes = _notes[p];
        uint256 current = _bpsNow(notes);
        VM.prank(pools[p].operator());
        pools[p].setCommission(uint16(bps));
        (uint256 contractBps, uint256 nextBps, uint256 from) = pools[p].commission();
        notes.bps = bps > current ? current : bps;
        (notes.nextBps, notes.nextFrom) = bps > current ? (bps, block.timestamp + NOTICE_DAYS * DAY) : (0, 0);
        checkEqual(contractBps, notes.bps, "S12: the commission now");
        checkEqual(nextBps, notes.nextBps, "S12: the commission announced");
        checkEqual(from, notes.nextFrom, "S12: when it is to hold");
        check(
            bps <= current || from > block.timestamp + parameters.worstExitDays() * DAY,
            "S12: notice under the exit"
        );
        ++done["set commission"];
    }

    function setCap(uint256 poolSeed, uint256 capSeed) external step("set cap") {
        uint256 p = poolSeed % POOLS;
        _notes[p].cap = capSeed % 4 == 0 ? bounded(capSeed, 1, 50_000 * PHA) : 0;
        VM.prank(pools[p].operator());
        pools[p].setCap(uint96(_notes[p].cap));
        ++done["set cap"];
    }

    function reopen(uint256 poolSeed) external step("reopen") {
        for (uint256 i = 0; i < POOLS; ++i) {
            uint256 p = ((poolSeed % POOLS) + i) % POOLS;
            if (!_notes[p].isBankrupt) continue;
            bool isEmpty = pools[p].books().supply == 0; // who waited may have cancelled, and been slashed since
            VM.prank(pools[p].operator());
            pools[p].reopen();
            _notes[p].isBankrupt = false;
            if (isEmpty)
                checkEqual(pools[p].convertToAssets(VIRTUAL * PHA), PHA, "S6: a new generation begins at price 1");
            ++done["reopen"];
        }
    }

    // What the invariants ask

    function notesOf(uint256 p) external view returns (Notes memory) {
        return _notes[p];
    }

    function openClaims() external view returns (ClaimNote[] memory) {
        return _claims;
    }

    function requestsSeen() external view returns (Seen[] memory) {
        return _seen;
    }

    function requestsOf(uint256 p, address controller) external view returns (uint256) {
        return _requestsOf[p][controller];
    }

    function leftOf(uint256 p, uint256 generation) external view returns (uint256 left, uint256 paid) {
        return (_leftOf[p][generation], _paidOf[p][generation]);
    }

    function person(uint256 index) external pure returns (address) {
        return _person(index);
    }

    function counts() external view returns (string[] memory list) {
        return names;
    }
}
