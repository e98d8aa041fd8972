// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {DelegatorActions} from "./DelegatorActions.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";

/// @title Moves from one pool to the other, and what slashes take of them
/// @dev A move is noted like a request of the pool that was left: what holds for one holds for the other, `PoolGhost` says what.
abstract contract MoveActions is DelegatorActions {
    using Math for uint256;

    /// @dev `mayAct`: whether the caller has a right to move the owner's stake.
    struct Order {
        uint256 from;
        uint256 to;
        address owner;
        address caller;
        uint256 shares;
        bool mayAct;
    }

    uint256 private constant MAX_MOVES = 12;
    uint256 private _moveCount;

    /// @dev By the owner, an operator of theirs, with an allowance, or without either and then in vain.
    function move(uint256 poolSeed, uint256 whoSeed, uint256 partSeed) external step("move") {
        (uint256 p, address owner) = (poolSeed % POOLS, _person(whoSeed));
        address caller = partSeed % 4 == 0 ? _person((whoSeed % PEOPLE) + 1 + ((partSeed / 12) % 3)) : owner;
        uint256 shares = _partOf(pools[p].balanceOf(owner), partSeed / 4);
        if (shares == 0 || _openMoves() >= MAX_MOVES) return;
        uint256 right = caller == owner ? 0 : 1 + ((partSeed / 4) % 3);
        VM.startPrank(owner);
        if (right == 1) pools[p].setOperator(caller, true);
        if (right == 2) pools[p].approve(caller, shares);
        VM.stopPrank();
        _move(Order(p, POOLS - 1 - p, owner, caller, shares, right != 3));
        if (right == 2) checkEqual(pools[p].allowance(owner, caller) % shares, 0, "an allowance is spent or is not");
        VM.startPrank(owner);
        if (right == 1) pools[p].setOperator(caller, false);
        if (right == 2) pools[p].approve(caller, 0);
        VM.stopPrank();
    }

    /// @dev S9: not before the cohort is settled. S5: what is kept is what the spectator saw when it was.
    function complete(uint256 pick) external step("complete") {
        (bool found, uint256 index) = _pickMove(pick);
        if (!found) return;
        Seen memory seen = _seen[index];
        MoveNote memory note = _moves[seen.id];
        bool isClosed = pools[note.to].books().generation != note.generation;
        uint256 balance = isClosed ? token.balanceOf(note.owner) : pools[note.to].balanceOf(note.owner);
        uint256 inEscrow = pools[note.to].balanceOfGeneration(address(redelegation), note.generation);
        VM.prank(_person(pick / 7));
        try redelegation.complete(seen.id) returns (uint256 kept) {
            checkEqual(kept, seen.value, "S5: what is kept of a move");
            if (isClosed) balance += _payEscrow(note.to, note.generation, inEscrow, kept);
            else balance += kept;
            uint256 now_ = isClosed ? token.balanceOf(note.owner) : pools[note.to].balanceOf(note.owner);
            checkEqual(now_, balance, "S1: a mover has what is kept");
            _forfeitOf[note.to][note.generation] += note.shares - kept;
            if (kept != note.shares) ++done["complete with a loss"];
            if (isClosed) ++done["complete in a closed generation"];
            ++done["complete"];
        } catch {
            // Whether it waits for too long, `lapse` looks: a claim that is over holds until somebody says so, which is anyone.
            check(!seen.isSettled, "S14: a move that has matured can't be completed");
        }
    }

    /// @dev What slashes took of moves leaves by a request like anyone's, or is paid if its generation has closed.
    function surrender(uint256 poolSeed, uint256 generationSeed) external step("surrender") {
        uint256 p = poolSeed % POOLS;
        uint256 generation = _notes[p].generation; // mostly
        if (generationSeed % 2 == 1) generation -= (generationSeed / 2) % (generation + 1);
        uint256 shares = _forfeitOf[p][generation];
        if (_requestsOf[p][address(redelegation)] >= 12) return;
        uint256 poolId = pools[p].poolId();
        if (shares == 0) {
            try redelegation.surrender(poolId, generation) {
                check(false, "S1: what nobody lost was surrendered");
            } catch {}
            return;
        }
        uint256 proceeds = slashManager.proceeds();
        proceeds +=
            generation == _notes[p].generation
                ? _surrenderOpen(p, generation, shares)
                : _surrenderClosed(p, generation, shares);
        _forfeitOf[p][generation] = 0;
        checkEqual(slashManager.proceeds(), proceeds, "S1: what was taken goes where slashes go");
        ++done["surrender"];
    }

    function collectForfeit(uint256 poolSeed, uint256 partSeed) external step("collect forfeit") {
        uint256 p = poolSeed % POOLS;
        uint256 shares = pools[p].maxRedeem(address(redelegation));
        if (shares == 0) return;
        uint256 proceeds = slashManager.proceeds();
        uint256 assets = redelegation.collect(pools[p].poolId(), most(1, _partOf(shares, partSeed)));
        checkEqual(slashManager.proceeds(), proceeds + assets, "S1: what was taken goes where slashes go");
        _notes[p].net -= int256(assets);
        _noteWhatIsLeft(p, address(redelegation));
        ++done["collect forfeit"];
    }

    // What the invariants ask

    function moveNote(uint256 moveId) external view returns (MoveNote memory) {
        return _moves[moveId];
    }

    /// @dev Shares of a generation that wait for their movers, or to be surrendered.
    function inEscrowOf(uint256 p, uint256 generation) public view returns (uint256 shares) {
        shares = _forfeitOf[p][generation];
        for (uint256 i = 0; i < _seen.length; ++i) {
            if (!_seen[i].isMove) continue;
            MoveNote storage note = _moves[_seen[i].id];
            if (note.to == p && note.generation == generation) shares += note.shares;
        }
    }

    // Internals

    function _move(Order memory order) private {
        pools[order.from].settle(64); // so that nothing else changes the books of the pool that is left
        IPoolRecords.Books memory was = pools[order.from].books();
        IPoolRecords.Books memory target = pools[order.to].books();
        uint256 worth = order.shares.mulDiv(was.active + 1, was.supply + VIRTUAL);
        bool isWelcome = order.mayAct && _isTaken(order.to, worth, target);
        // Two roundings, of the norm and of W, may cost two wei: at a limit either answer is right.
        bool isSure = !order.mayAct || _isTaken(order.to, lessOrZero(worth, 2), target) == isWelcome;
        uint256 assets = token.balanceOf(address(pools[order.from]));
        (bool isMade, uint256 sharesIn) = _tryMove(order);
        assets -= token.balanceOf(address(pools[order.from]));
        check(!isSure || isMade == isWelcome, isMade ? "a move that must be refused" : "a move that must be made");
        if (!isMade) {
            if (!order.mayAct) ++done["move in vain"];
            return;
        }
        checkAtMost(assets, worth, "S8: a move takes more than its shares are worth");
        checkAtLeast(assets + 2, worth, "a move lost more than its roundings");
        checkEqual(
            sharesIn,
            assets.mulDiv(target.supply + VIRTUAL, target.active + 1),
            "S8: a move deposits as anyone does"
        );
        checkEqual(pools[order.from].books().moved, was.moved + assets, "S9: what moves out answers all the same");
        _noteMove(order, assets, sharesIn, target.generation);
        ++done["move"];
    }

    /// @dev By a request of the escrow's: nothing is paid yet.
    function _surrenderOpen(uint256 p, uint256 generation, uint256 shares) private returns (uint256) {
        IPoolRecords.Books memory was = pools[p].books();
        uint256 id = (uint256(uint160(address(redelegation))) << 48) | _requestsOf[p][address(redelegation)];
        checkEqual(redelegation.surrender(pools[p].poolId(), generation), shares, "S1: what slashes took of moves");
        (, uint256 value, ) = pools[p].exitRequest(id);
        checkNear(value, shares.mulDiv(was.active + 1, was.supply + VIRTUAL), 1, "S8: a surrender is worth its shares");
        _noteRequest(p, address(redelegation), id, value);
        return 0;
    }

    function _surrenderClosed(uint256 p, uint256 generation, uint256 shares) private returns (uint256 part) {
        uint256 inEscrow = pools[p].balanceOfGeneration(address(redelegation), generation);
        checkEqual(redelegation.surrender(pools[p].poolId(), generation), shares, "S1: what slashes took of moves");
        return _payEscrow(p, generation, inEscrow, shares);
    }

    function _tryMove(Order memory order) private returns (bool isMade, uint256 sharesIn) {
        (uint256 from, uint256 to) = (pools[order.from].poolId(), pools[order.to].poolId());
        VM.prank(order.caller);
        try redelegation.move(from, to, order.shares, 0, order.owner) returns (uint256 id, uint256 shares) {
            checkEqual(id, ++_moveCount, "moves are numbered");
            return (true, shares);
        } catch {
            return (false, 0);
        }
    }

    function _noteMove(Order memory order, uint256 assets, uint256 shares, uint256 generation) private {
        _notes[order.from].net -= int256(assets);
        _notes[order.to].net += int256(assets);
        _moves[_moveCount] = MoveNote(order.owner, order.to, generation, assets, shares);
        Seen memory seen;
        (seen.id, seen.isMove, seen.pool, seen.openedDay) = (_moveCount, true, order.from, block.timestamp / DAY);
        (seen.cohort, seen.value, seen.due) = (redelegation.moveOf(_moveCount).cohort, shares, shares);
        _seen.push(seen);
    }

    /// @dev The pool of a closed generation pays all of the escrow's shares at once.
    /// @return part What `shares` of them come to.
    function _payEscrow(
        uint256 p,
        uint256 generation,
        uint256 inEscrow,
        uint256 shares
    ) private returns (uint256 part) {
        (uint256 left, uint256 supply) = pools[p].closedGeneration(generation);
        uint256 all = inEscrow.mulDiv(left, supply);
        _notes[p].net -= int256(all);
        _paidOf[p][generation] += all;
        checkAtMost(_paidOf[p][generation], left, "S6: a closed generation paid more than it left");
        return shares.mulDiv(left, supply);
    }

    /// @dev Whether the pool takes a deposit of `assets`.
    function _isTaken(uint256 p, uint256 assets, IPoolRecords.Books memory books) private view returns (bool) {
        uint256 shares = assets.mulDiv(books.supply + VIRTUAL, books.active + 1);
        return shares != 0 && _isWelcome(p, assets, books.active, books.supply + shares);
    }

    function _openMoves() private view returns (uint256 count) {
        for (uint256 i = 0; i < _seen.length; ++i) if (_seen[i].isMove) ++count;
    }

    /// @dev Half the time one that has matured, if there is one.
    function _pickMove(uint256 seed) private view returns (bool found, uint256 index) {
        for (uint256 i = 0; i < _seen.length; ++i) {
            uint256 at_ = ((seed % _seen.length) + i) % _seen.length;
            if (!_seen[at_].isMove) continue;
            if (!found) (found, index) = (true, at_);
            if (seed % 2 == 0) break;
            if (_seen[at_].readyBy != 0) return (true, at_);
        }
    }
}
