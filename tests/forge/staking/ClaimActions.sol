// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {PoolGhost} from "./PoolGhost.sol";
import {IOperatorBond} from "../../../contracts/staking/interfaces/IOperatorBond.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {ISlashGround} from "../../../contracts/staking/interfaces/ISlashGround.sol";
import {ISlashManager} from "../../../contracts/staking/interfaces/ISlashManager.sol";
import {IWorkerLocks} from "../../../contracts/staking/interfaces/IWorkerLocks.sol";

/// @title Claims in any order, on any part of a pool's stake and on more than there is
/// @dev Stands in the worker registry's place towards the slash manager: what was locked is what the test says.
abstract contract ClaimActions is PoolGhost, IWorkerLocks {
    struct Lock {
        address pool;
        uint256 assets;
    }

    uint256 internal constant MAX_CLAIMS = 6;
    address internal constant REPORTER = address(0x4EB0);

    mapping(bytes32 worker => Lock) private _lockOf;
    mapping(bytes32 worker => uint256) private _usedOf;
    mapping(uint256 claimId => bytes32) private _workerOf;
    bytes32[POOLS] private _lastWorker;
    uint256 private _offences;

    /// @inheritdoc IWorkerLocks
    function lockAt(bytes32 worker, uint48) external view returns (address, uint256, uint48, uint256) {
        return (_lockOf[worker].pool, _lockOf[worker].assets, 0, _lockOf[worker].assets);
    }

    // A claim's life

    /// @dev Proven by a ground, filed by anybody.
    function file(uint256 poolSeed, uint256 sizeSeed, uint256 ageSeed) external step("file") {
        uint256 p = poolSeed % POOLS;
        if (_claimsOn(p) >= MAX_CLAIMS) return;
        ISlashGround.Offence memory offence = _offence(p, sizeSeed, ageSeed);
        if (_isRefused(offence)) return;
        bool wasHeld = _isHeld(p);
        VM.prank(REPORTER);
        uint256 id = slashManager.file(ground, abi.encode(offence));
        _noteClaim(id, p, offence.worker, true, wasHeld);
        ++done["file"];
    }

    /// @dev S9: what is provable can be claimed once, while it is fresh, and at once after a lapse alone.
    function fileAgain(uint256 pick) external step("file again") {
        if (_claims.length == 0) return;
        ClaimNote storage note = _claims[pick % _claims.length];
        if (!note.isObjective) return;
        ISlashGround.Offence memory offence = ISlashGround.Offence(
            bytes32(note.id),
            bytes32(uint256(1)),
            uint48(block.timestamp),
            4
        );
        offence.id = _offenceIdOf[note.id];
        try slashManager.file(ground, abi.encode(offence)) {
            check(false, "an offence was claimed twice");
        } catch {
            ++done["file again"];
        }
    }

    /// @dev Accused by governance.
    function accuse(uint256 poolSeed, uint256 sizeSeed, uint256 ageSeed) external step("accuse") {
        uint256 p = poolSeed % POOLS;
        if (_claimsOn(p) >= MAX_CLAIMS) return;
        ISlashGround.Offence memory offence = _offence(p, sizeSeed, ageSeed);
        if (_isRefused(offence)) return;
        bool wasHeld = _isHeld(p);
        uint256 id = slashManager.accuse(offence, REPORTER);
        _noteClaim(id, p, offence.worker, false, wasHeld);
        ++done["accuse"];
    }

    function challenge(uint256 pick) external step("challenge") {
        (bool found, uint256 at_) = _pick(pick, false);
        if (!found) return;
        ClaimNote storage note = _claims[at_];
        bool isTime = note.stage == Stage.Filed && block.timestamp <= note.challengeBy;
        VM.prank(pools[note.pool].operator());
        try slashManager.challenge(note.id) {
            check(isTime, "a challenge out of time");
            note.stage = Stage.Challenged;
            ++done["challenge"];
        } catch {
            check(!isTime, "a challenge refused in time");
        }
    }

    function uphold(uint256 pick) external step("uphold") {
        (bool found, uint256 at_) = _pick(pick, false);
        if (!found) return;
        ClaimNote storage note = _claims[at_];
        bool isTime = note.stage == Stage.Challenged && block.timestamp <= note.resolveBy;
        try slashManager.uphold(note.id) {
            check(isTime, "upheld out of time");
            note.stage = Stage.Upheld;
            ++done["uphold"];
        } catch {
            check(!isTime, "not upheld in time");
        }
    }

    function withdrawAccusation(uint256 pick) external step("withdraw accusation") {
        (bool found, uint256 at_) = _pick(pick, false);
        if (!found || pick % 3 != 0) return;
        slashManager.cancel(_claims[at_].id);
        _forget(at_);
        ++done["withdraw accusation"];
    }

    /// @dev S3: in its time an execution goes through, whatever the claim is for and whatever was slashed before.
    function execute(uint256 pick) external step("execute") {
        if (_claims.length == 0) return;
        ClaimNote memory note = _claims[pick % _claims.length];
        bool isTime = _isExecutable(note);
        if (!isTime) {
            try slashManager.execute(note.id) {
                check(false, "S9: executed out of time");
            } catch {}
            return;
        }
        // What has matured is settled first, by anybody: the rest is what a slash can reach.
        pools[note.pool].settle(64);
        IPoolRecords.Books memory was = pools[note.pool].books();
        IOperatorBond.Bond memory bondWas = bond.bondOf(address(pools[note.pool]));
        uint256 due = slashManager.reporterDue(REPORTER);
        note.assets = _forfeit(note);
        try slashManager.execute(note.id) returns (uint256 fromBond, uint256 fromPool) {
            checkEqual(
                fromBond,
                least(note.assets, uint256(bondWas.bonded) + bondWas.releasing),
                "the bond goes first"
            );
            _notes[note.pool].net -= int256(fromPool);
            _forget(pick % _claims.length);
            (uint256 taken, uint256 fromMoved) = _checkSlash(note.pool, was, note.assets - fromBond);
            checkEqual(fromPool, taken, "S9: what a slash takes");
            if (fromMoved != 0) ++done["slash who moved"];
            uint256 share = least(((fromBond + fromPool + fromMoved) * 500) / BPS, fromBond);
            checkEqual(slashManager.reporterDue(REPORTER), due + share, "the reporter's share");
            for (uint256 i = 0; i < _claims.length; ++i) {
                if (_claims[i].pool == note.pool) _claims[i].bondReach = lessOrZero(_claims[i].bondReach, fromBond);
            }
            ++done["execute"];
        } catch {
            check(false, "S3: a slash reverted");
        }
    }

    /// @dev S14: ends all that is over, and then whoever was ready before the claims still open were filed can be paid.
    function lapse(uint256) external step("lapse") {
        for (uint256 i = _claims.length; i > 0; --i) {
            ClaimNote memory note = _claims[i - 1];
            uint256 last = note.stage == Stage.Challenged ? note.resolveBy : note.endsAt;
            try slashManager.lapse(note.id) {
                check(block.timestamp > last, "a claim lapsed in its time");
                _forget(i - 1);
                ++done["lapse"];
            } catch {
                check(block.timestamp <= last, "S14: a claim does not lapse");
            }
        }
        for (uint256 i = 0; i < _seen.length; ++i) {
            if (_seen[i].readyBy == 0 || block.timestamp < _seen[i].readyBy) continue;
            bool isFree;
            if (_seen[i].isMove) {
                pools[_seen[i].pool].settle(64);
                (, bool isLiable) = redelegation.standing(_seen[i].id);
                isFree = !isLiable;
            } else (, , isFree) = pools[_seen[i].pool].exitRequest(_seen[i].id);
            check(isFree, "S14: a request waits for longer than the claims that were open");
            ++done["pay after claims"];
        }
    }

    // What was taken

    function distribute(uint256 seed) external step("distribute") {
        uint256 assets = slashManager.proceeds();
        uint256 treasury = token.balanceOf(TREASURY);
        (uint256 burned, uint256 toTreasury) = slashManager.distribute();
        checkEqual(burned + toTreasury, assets, "proceeds are distributed whole");
        checkEqual(burned, assets / 4, "a quarter is burned");
        checkEqual(token.balanceOf(TREASURY), treasury + toTreasury, "the treasury has the rest");
        if (seed % 2 == 0) slashManager.payReporter(REPORTER);
        ++done["distribute"];
    }

    // The bond

    function postBond(uint256 poolSeed, uint256 whoSeed, uint256 amountSeed) external step("post bond") {
        uint256 amount = bounded(amountSeed, 1, 500 * PHA);
        VM.prank(_account("person", whoSeed % PEOPLE));
        bond.post(address(pools[poolSeed % POOLS]), amount);
        ++done["post bond"];
    }

    function requestRelease(uint256 poolSeed, uint256 partSeed) external step("request release") {
        uint256 p = poolSeed % POOLS;
        IOperatorBond.Bond memory posted = bond.bondOf(address(pools[p]));
        // Mostly what is on its way is let go there.
        if (posted.bonded == 0 || (posted.releasing != 0 && partSeed % 8 != 0)) return;
        VM.prank(pools[p].operator());
        bond.requestRelease(address(pools[p]), bounded(partSeed, 1, posted.bonded));
        _releaseFrom[p] = block.timestamp + 14 days;
        ++done["request release"];
    }

    /// @dev S9: the bond does not leave under an open claim, nor early, nor later than a week after its time.
    function release(uint256 poolSeed) external step("release bond") {
        uint256 p = poolSeed % POOLS;
        if (bond.bondOf(address(pools[p])).releasing == 0) return;
        bool isTime = block.timestamp >= _releaseFrom[p] && block.timestamp < _releaseFrom[p] + 7 days;
        isTime = isTime && !_isHeld(p);
        address operator = pools[p].operator();
        VM.prank(operator);
        try bond.release(address(pools[p])) {
            check(isTime, "S9: a bond left too early, too late or under a claim");
            ++done["release bond"];
        } catch {
            check(!isTime, "a bond was kept");
            if (block.timestamp < _releaseFrom[p] + 7 days) return;
            VM.prank(operator);
            bond.cancelRelease(address(pools[p]));
        }
    }

    // Internals

    mapping(uint256 claimId => bytes32) private _offenceIdOf;
    uint256[POOLS] private _releaseFrom;

    /// @dev A wei, fractions at and near total loss, all, and three times as much as there is.
    function _offence(
        uint256 p,
        uint256 sizeSeed,
        uint256 ageSeed
    ) private returns (ISlashGround.Offence memory offence) {
        IPoolRecords.Books memory books = pools[p].books();
        uint256 stake = books.active + books.atExit + books.moved + bond.bondOf(address(pools[p])).bonded;
        uint256 size = stake;
        uint256 kind = sizeSeed % 16;
        if (kind < 3) size = 1 + ((sizeSeed / 16) % PHA);
        else if (kind < 8) size = stake / (2 + ((sizeSeed / 16) % 1_000));
        else if (kind < 11) size = bounded(sizeSeed / 16, stake / 2, stake);
        else if (kind == 11) size = stake - stake / 1e9;
        else if (kind == 12) size = stake - stake / 1e12;
        else if (kind == 13) size = lessOrZero(stake, 1 + ((sizeSeed / 16) % 1_000));
        else if (kind == 14) size = stake * 3;
        bytes32 id = bytes32(++_offences);
        // Now and then another offence of the last worker, with what is left of its lock.
        bytes32 worker = ageSeed % 4 == 0 && _lastWorker[p] != 0 ? _lastWorker[p] : id;
        if (worker == id) _lockOf[worker] = Lock(address(pools[p]), most(size, 1));
        _lastWorker[p] = worker;
        return ISlashGround.Offence(id, worker, uint48(block.timestamp - bounded(ageSeed, 0, 7 days)), 4);
    }

    /// @dev A lock that executed claims have used up answers for nothing more.
    function _isRefused(ISlashGround.Offence memory offence) private returns (bool) {
        if (_usedOf[offence.worker] < _lockOf[offence.worker].assets) return false;
        try slashManager.file(ground, abi.encode(offence)) {
            check(false, "a claim on a lock that is used up");
        } catch {
            ++done["file in vain"];
        }
        return true;
    }

    /// @dev All claims on one lock take no more than it.
    function _forfeit(ClaimNote memory note) private returns (uint256 assets) {
        bytes32 worker = _workerOf[note.id];
        assets = least(note.assets, _lockOf[worker].assets - _usedOf[worker]);
        checkEqual(slashManager.forfeitOf(note.id), assets, "what is left of a lock");
        if (assets < note.assets) ++done["execute on a used lock"];
        _usedOf[worker] += assets;
    }

    function _noteClaim(uint256 id, uint256 p, bytes32 worker, bool isObjective, bool wasHeld) private {
        ClaimNote memory note;
        (note.id, note.pool, note.assets, note.isObjective) = (id, p, _lockOf[worker].assets, isObjective);
        _workerOf[id] = worker;
        note.filedAt = block.timestamp;
        note.endsAt = block.timestamp + EXECUTION_SECONDS;
        if (!isObjective) {
            note.challengeBy = block.timestamp + CHALLENGE_SECONDS;
            note.resolveBy = note.challengeBy + RESOLUTION_SECONDS;
            note.endsAt = note.resolveBy + EXECUTION_SECONDS;
        }
        note.reach = _reachNow(p, wasHeld);
        IOperatorBond.Bond memory posted = bond.bondOf(address(pools[p]));
        note.bondReach = uint256(posted.bonded) + posted.releasing;
        _claims.push(note);
        _offenceIdOf[id] = bytes32(_offences);
        if (wasHeld) ++done["file on a held pool"];
    }

    function _isExecutable(ClaimNote memory note) private view returns (bool) {
        if (block.timestamp > note.endsAt || note.stage == Stage.Challenged) return false;
        return note.isObjective || note.stage == Stage.Upheld || block.timestamp > note.challengeBy;
    }

    function _forget(uint256 index) private {
        _claims[index] = _claims[_claims.length - 1];
        _claims.pop();
    }

    function _claimsOn(uint256 p) private view returns (uint256 count) {
        for (uint256 i = 0; i < _claims.length; ++i) if (_claims[i].pool == p) ++count;
    }

    function _pick(uint256 seed, bool isObjective) private view returns (bool found, uint256 index) {
        for (uint256 i = 0; i < _claims.length; ++i) {
            index = ((seed % _claims.length) + i) % _claims.length;
            if (_claims[index].isObjective == isObjective) return (true, index);
        }
    }
}
