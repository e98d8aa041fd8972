// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {StakingWorld} from "./StakingWorld.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {IStakePool} from "../../../contracts/staking/interfaces/IStakePool.sol";

/// @title What a spectator notes about pools while anybody does anything to them
/// @dev Nothing here is read from where the contracts keep it: days, claims' ends, locks and commissions are reckoned from
/// the README. After every step `_look` holds what the pools say against these notes.
abstract contract PoolGhost is StakingWorld {
    using Math for uint256;

    /// @dev What answers for a pool until it matures: a request, or a move to the other pool, from the day it was made.
    /// `cohort`: where the pool says it stands. `value`: what it comes to, PHA of a request and escrowed shares of a move.
    /// `due`: what it should come to. `readyBy`: when it must be payable at the latest; zero while it is not ready.
    struct Seen {
        uint256 id;
        bool isMove;
        uint256 pool;
        uint256 openedDay;
        uint256 cohort;
        uint256 value;
        uint256 due;
        uint256 readyBy;
        bool isSettled;
    }

    /// @dev A move as it was made: `assets` left the one pool and became `shares` of the other, in its generation.
    struct MoveNote {
        address owner;
        uint256 to;
        uint256 generation;
        uint256 assets;
        uint256 shares;
    }

    /// @dev What a pool's own numbers do not say, or should say all the same.
    struct Notes {
        uint256 donated;
        int256 net;
        uint256 locked;
        uint256 generation;
        bool isBankrupt;
        uint256 cap;
        uint256 bps;
        uint256 nextBps;
        uint256 nextFrom;
    }

    enum Stage {
        Filed,
        Challenged,
        Upheld
    }

    /// @dev An open claim. `reach` and `bondReach`: what it must find at stake when it is executed.
    struct ClaimNote {
        uint256 id;
        uint256 pool;
        uint256 assets;
        bool isObjective;
        Stage stage;
        uint256 filedAt;
        uint256 challengeBy;
        uint256 resolveBy;
        uint256 endsAt;
        uint256 reach;
        uint256 bondReach;
    }

    struct Before {
        uint256 active;
        uint256 supply;
        uint256 generation;
    }

    uint256 internal constant POOLS = 2;
    uint256 internal constant PEOPLE = 4;
    uint256 internal constant MAX_SHARES = (1 << 111) - 1;
    uint256 internal constant CLOSING = 1e12;
    uint256 internal constant MIN_FACTOR = FACTOR_ONE / 1e9;
    /// @dev Roundings that may lie between the spectator's sums and the pool's, each a wei.
    uint256 internal constant SLACK = 1_000;

    IStakePool[POOLS] public pools;
    Notes[POOLS] internal _notes;
    Before[POOLS] internal _before;
    bool[POOLS] internal _wasSlashed;
    Seen[] internal _seen;
    ClaimNote[] internal _claims;
    mapping(uint256 pool => mapping(uint256 generation => uint256)) internal _leftOf;
    mapping(uint256 pool => mapping(uint256 generation => uint256)) internal _paidOf;
    mapping(uint256 pool => mapping(address controller => uint256)) internal _requestsOf;
    mapping(uint256 moveId => MoveNote) internal _moves;
    /// @dev Escrowed shares that slashes took from movers, and nobody has surrendered.
    mapping(uint256 pool => mapping(uint256 generation => uint256)) internal _forfeitOf;
    /// @dev How often each action was called, and how often it had the effect it is named for.
    mapping(string action => uint256) public tried;
    mapping(string action => uint256) public done;
    string[] public names;

    modifier step(string memory name) {
        if (tried[name]++ == 0) names.push(name);
        _note();
        _;
        _look();
    }

    // What is noted

    function _note() private {
        for (uint256 p = 0; p < POOLS; ++p) {
            IPoolRecords.Books memory books = pools[p].books();
            _before[p] = Before(books.active, books.supply, books.generation);
            _wasSlashed[p] = false;
        }
    }

    function _look() private {
        for (uint256 p = 0; p < POOLS; ++p) _lookAtPrice(p);
        for (uint256 i = _seen.length; i > 0; --i) _lookAtRequest(i - 1);
        for (uint256 i = 0; i < _seen.length; ++i) _lookWhetherReady(_seen[i]);
    }

    /// @dev S8: but for a slash, no step of anybody's makes the others' shares worth less.
    function _lookAtPrice(uint256 p) private view {
        if (_wasSlashed[p]) return;
        IPoolRecords.Books memory books = pools[p].books();
        checkEqual(books.generation, _before[p].generation, "S6: a generation closes by a slash alone");
        checkAtLeast(
            (books.active + 1) * (_before[p].supply + VIRTUAL),
            (_before[p].active + 1) * (books.supply + VIRTUAL),
            "S8: the price fell without a slash"
        );
    }

    /// @dev A request and a move bear the same: their part of each slash until they mature, and nothing else ever.
    function _lookAtRequest(uint256 index) private {
        Seen storage seen = _seen[index];
        (bool isOpen, uint256 value) = _valueNow(seen);
        bool isSettled = seen.cohort < pools[seen.pool].books().settledCohorts;
        if (!seen.isSettled && isSettled) _requireMature(seen);
        if (!isOpen) {
            _drop(index);
            return;
        }
        if (seen.isSettled) checkEqual(value, seen.value, "S5: what had matured changed value");
        checkAtMost(value, seen.value, "S6: a request gained from later money");
        if (!_wasSlashed[seen.pool]) checkEqual(value, seen.value, "S9: a request lost value without a slash");
        checkNear(value, seen.due, _rounding(seen), "S4: a slash took another part than its own");
        (seen.value, seen.due, seen.isSettled) = (value, value, isSettled);
    }

    /// @dev What the pool says of a request, or the escrow of a move.
    function _valueNow(Seen storage seen) private view returns (bool isOpen, uint256 value) {
        if (seen.isMove) {
            if (redelegation.moveOf(seen.id).owner == address(0)) return (false, 0);
            (value, ) = redelegation.standing(seen.id);
            return (true, value);
        }
        IPoolRecords.ExitRequest memory exit;
        (exit, value, ) = pools[seen.pool].exitRequest(seen.id);
        return (exit.norm != 0 || exit.shares != 0, value);
    }

    /// @dev A factor is cut off at 2^-111 of one, and is at least a 10^9th, over 2^-30, when a move notes it.
    function _rounding(Seen storage seen) private view returns (uint256) {
        return seen.isMove ? SLACK + (seen.value >> 78) : SLACK;
    }

    function _drop(uint256 index) internal {
        _seen[index] = _seen[_seen.length - 1];
        _seen.pop();
    }

    /// @dev S9: nothing leaves the reach of slashes before its day, nor under a claim that was filed before its day.
    function _requireMature(Seen storage seen) private view {
        uint256 dueAt = _dueAt(seen);
        checkAtLeast(block.timestamp, dueAt, "S9: a request matured before its day");
        for (uint256 i = 0; i < _claims.length; ++i) {
            if (_claims[i].pool != seen.pool || _claims[i].endsAt < block.timestamp) continue;
            checkAtLeast(_claims[i].filedAt, dueAt, "S9: a request escaped an open claim");
        }
    }

    /// @dev S14: from when it is due and covered, a request waits for the claims that are open then and for nothing else.
    function _lookWhetherReady(Seen storage seen) private {
        if (seen.isSettled || seen.readyBy != 0 || block.timestamp < _dueAt(seen)) return;
        IPoolRecords.Books memory books = pools[seen.pool].books();
        // What moves brought here and not completed answers for the other pool: locks lean on the rest.
        uint256 pledged = pools[seen.pool].previewMint(pools[seen.pool].balanceOf(address(redelegation)));
        bool isCovered = books.active + _behind(seen) >= books.locked + pledged + SLACK;
        if (!isCovered && books.locked != 0) return;
        uint256 readyBy = block.timestamp;
        for (uint256 i = 0; i < _claims.length; ++i) {
            if (_claims[i].pool == seen.pool && _claims[i].endsAt >= block.timestamp)
                readyBy = most(readyBy, _claims[i].endsAt + 1);
        }
        seen.readyBy = readyBy;
    }

    // Reckoned from the notes

    function _dueAt(Seen storage seen) internal view returns (uint256) {
        return (seen.openedDay + EXIT_DAYS) * DAY;
    }

    /// @dev What is at stake in requests of later days.
    function _behind(Seen storage seen) internal view returns (uint256 assets) {
        for (uint256 i = 0; i < _seen.length; ++i) {
            Seen storage other = _seen[i];
            if (other.pool == seen.pool && !other.isSettled && other.openedDay > seen.openedDay)
                assets += _atStake(other);
        }
    }

    /// @dev PHA that answers for the pool: of a move as much of what has moved as its shares are left of.
    function _atStake(Seen storage seen) internal view returns (uint256 assets) {
        if (!seen.isMove) return seen.value;
        return _moves[seen.id].assets.mulDiv(seen.value, _moves[seen.id].shares);
    }

    /// @dev Whether a claim can still be executed, and so holds the pool.
    function _isHeld(uint256 p) internal view returns (bool) {
        for (uint256 i = 0; i < _claims.length; ++i) {
            if (_claims[i].pool == p && _claims[i].endsAt >= block.timestamp) return true;
        }
        return false;
    }

    /// @dev The commission that holds now: a rise from its notice's end, a fall at once.
    function _bpsNow(Notes storage notes) internal view returns (uint256) {
        return notes.nextFrom != 0 && block.timestamp >= notes.nextFrom ? notes.nextBps : notes.bps;
    }

    /// @dev What a claim filed now must find: all that is at stake, but for requests that were due and covered before it.
    function _reachNow(uint256 p, bool wasHeld) internal view returns (uint256 reach) {
        IPoolRecords.Books memory books = pools[p].books();
        if (!wasHeld) return books.active + books.atExit + books.moved;
        reach = books.active;
        for (uint256 i = 0; i < _seen.length; ++i) {
            Seen storage seen = _seen[i];
            if (seen.pool != p || seen.isSettled) continue;
            bool isFree = block.timestamp >= _dueAt(seen) && books.active + _behind(seen) + SLACK >= books.locked;
            if (!isFree) reach += _atStake(seen);
        }
    }

    // What a slash must do, reckoned anew

    /// @dev Holds a slash of `asked` against the arithmetic of the README; `was` are the books before it.
    /// @return taken What it must take from the pool.
    /// @return fromMoved What it must cost those who have moved.
    function _checkSlash(
        uint256 p,
        IPoolRecords.Books memory was,
        uint256 asked
    ) internal returns (uint256 taken, uint256 fromMoved) {
        _wasSlashed[p] = true;
        uint256 present = was.active + was.atExit;
        uint256 stake = present + was.moved;
        uint256 loss = least(asked, stake);
        if (loss != 0) {
            taken = loss.mulDiv(present, stake);
            fromMoved = loss - taken;
            _shareLoss(p, was.settledCohorts, loss, stake);
        }
        uint256 factor = loss == 0 ? was.factor : was.factor.mulDiv(stake - loss, stake);
        uint256 atExit = was.norm.mulDiv(factor, FACTOR_ONE, Math.Rounding.Ceil);
        // Pro rata, but for the roundings of a factor.
        if (stake != 0) {
            checkNear(
                atExit,
                was.atExit.mulDiv(stake - loss, stake),
                1 + was.norm / FACTOR_ONE,
                "S4: a slash did not fall on stake and requests alike"
            );
        }
        uint256 left = _checkBooks(p, was, present - taken - atExit, atExit, loss != 0);
        _checkLocks(p, loss, present - taken - left + was.moved - fromMoved);
        if (factor < MIN_FACTOR && loss != 0) {
            checkEqual(pools[p].books().factor, FACTOR_ONE, "S6: an era that was over went on");
            ++done["end an era"];
        }
        for (uint256 i = 0; i < _claims.length; ++i) {
            if (_claims[i].pool == p) _claims[i].reach = lessOrZero(_claims[i].reach, loss + left);
        }
    }

    /// @dev Of each request and move that had not matured, as of all.
    function _shareLoss(uint256 p, uint256 settledCohorts, uint256 loss, uint256 stake) private {
        for (uint256 i = 0; i < _seen.length; ++i) {
            Seen storage seen = _seen[i];
            if (seen.pool == p && seen.cohort >= settledCohorts) seen.due = seen.value.mulDiv(stake - loss, stake);
        }
    }

    /// @dev With the claim its hold may end: what only that kept back matures at once, after its part of the slash.
    /// @return left What a generation that closed left.
    function _checkBooks(
        uint256 p,
        IPoolRecords.Books memory was,
        uint256 active,
        uint256 atExit,
        bool hasLost
    ) private returns (uint256 left) {
        Notes storage notes = _notes[p];
        IPoolRecords.Books memory now_ = pools[p].books();
        bool closes = hasLost && was.supply != 0 && (active == 0 || was.supply + VIRTUAL > CLOSING * (active + 1));
        if (closes) {
            left = active;
            checkEqual(now_.generation, was.generation + 1, "S6: a worthless generation stayed open");
            checkEqual(now_.active + now_.supply, 0, "S6: a new generation begins with something");
            (notes.isBankrupt, notes.generation) = (true, now_.generation);
            _leftOf[p][was.generation] = left;
            // Who was covered may have to wait for workers again.
            for (uint256 i = 0; i < _seen.length; ++i) if (_seen[i].pool == p) _seen[i].readyBy = 0;
            ++done["close a generation"];
        } else {
            checkEqual(now_.active, active, "S4: what stake is left with");
            checkEqual(now_.generation, was.generation, "S6: a generation closed too early");
        }
        checkAtLeast(now_.owed, was.owed + left, "S6: what a generation left");
        uint256 matured = now_.owed - was.owed - left;
        checkEqual(now_.atExit + matured, atExit, "S4: what requests are left with");
        if (now_.settledCohorts == was.settledCohorts) checkEqual(matured, 0, "S6: what a generation left");
    }

    /// @dev S10: a slash frees what it takes; what backed the locks may have gone with a generation, and end them.
    function _checkLocks(uint256 p, uint256 loss, uint256 stake) private {
        uint256 locked = pools[p].books().locked;
        uint256 expected = least(lessOrZero(_notes[p].locked, loss), stake);
        checkAtMost(locked, expected, "S10: what a slash leaves locked");
        checkAtLeast(locked + 3, expected, "S10: what a slash leaves locked"); // what moved is rounded down
        _notes[p].locked = locked;
    }
}
