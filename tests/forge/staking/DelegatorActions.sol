// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {PoolGhost} from "./PoolGhost.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {IStakePool} from "../../../contracts/staking/interfaces/IStakePool.sol";

/// @title What delegators do, with the outcome foretold
abstract contract DelegatorActions is PoolGhost {
    using Math for uint256;

    /// @dev How a rehearsal of something and back ends: always by this, so that nothing of it stays.
    error Rehearsed(uint256 put, uint256 got);

    // In

    function deposit(uint256 poolSeed, uint256 whoSeed, uint256 amountSeed) external step("deposit") {
        (uint256 p, address who, uint256 amount) = (poolSeed % POOLS, _person(whoSeed), _amount(amountSeed));
        address receiver = _person(whoSeed / PEOPLE);
        IPoolRecords.Books memory was = pools[p].books();
        uint256 expected = amount.mulDiv(was.supply + VIRTUAL, was.active + 1);
        bool isWelcome = _isWelcome(p, amount, was.active, was.supply + expected) && expected != 0;
        uint256 held = pools[p].balanceOf(receiver);
        VM.prank(who);
        try pools[p].deposit(amount, receiver) returns (uint256 shares) {
            check(isWelcome, "a deposit was taken that must be refused");
            checkEqual(shares, expected, "S8: shares of a deposit");
            checkEqual(pools[p].balanceOf(receiver), held + shares, "shares arrive");
            _notes[p].net += int256(amount);
            ++done["deposit"];
        } catch {
            check(!isWelcome, "a deposit was refused that must be taken");
        }
    }

    function mint(uint256 poolSeed, uint256 whoSeed, uint256 amountSeed) external step("mint") {
        (uint256 p, address who) = (poolSeed % POOLS, _person(whoSeed));
        IPoolRecords.Books memory was = pools[p].books();
        uint256 shares = _amount(amountSeed).mulDiv(was.supply + VIRTUAL, was.active + 1) + 1;
        uint256 expected = shares.mulDiv(was.active + 1, was.supply + VIRTUAL, Math.Rounding.Ceil);
        bool isWelcome = _isWelcome(p, expected, was.active, was.supply + shares);
        VM.prank(who);
        try pools[p].mint(shares, who) returns (uint256 assets) {
            check(isWelcome, "a mint was taken that must be refused");
            checkEqual(assets, expected, "S8: what shares cost");
            _notes[p].net += int256(assets);
            ++done["mint"];
        } catch {
            check(!isWelcome, "a mint was refused that must be taken");
        }
    }

    // Out

    function request(uint256 poolSeed, uint256 whoSeed, uint256 partSeed) external step("request") {
        (uint256 p, address who) = (poolSeed % POOLS, _person(whoSeed));
        uint256 shares = _partOf(pools[p].balanceOf(who), partSeed);
        if (shares == 0 || _requestsOf[p][who] >= 12) return;
        _request(p, who, who, who, shares);
        ++done["request"];
    }

    /// @dev For another controller, who agrees; by an operator of theirs, or with an allowance.
    function requestForAnother(
        uint256 poolSeed,
        uint256 whoSeed,
        uint256 partSeed
    ) external step("request for another") {
        (uint256 p, address owner, address controller) = (
            poolSeed % POOLS,
            _person(whoSeed),
            _person(whoSeed / PEOPLE)
        );
        uint256 shares = _partOf(pools[p].balanceOf(owner), partSeed);
        if (shares == 0 || _requestsOf[p][controller] >= 12) return;
        if (partSeed % 2 == 0) {
            VM.prank(controller);
            pools[p].setOperator(owner, true);
            _request(p, owner, controller, owner, shares);
            VM.prank(controller);
            pools[p].setOperator(owner, false);
        } else {
            VM.prank(owner);
            pools[p].approve(controller, shares);
            _request(p, owner, controller, controller, shares);
        }
        ++done["request for another"];
    }

    /// @dev S13: somebody tries to lengthen a list that is not theirs.
    function intrude(uint256 poolSeed, uint256 whoSeed) external step("intrude") {
        (uint256 p, address who, address victim) = (
            poolSeed % POOLS,
            _person(whoSeed),
            _person((whoSeed % PEOPLE) + 1)
        );
        uint256 shares = pools[p].balanceOf(who);
        if (shares == 0) return;
        VM.prank(who);
        try pools[p].requestRedeem(shares, victim, who) {
            check(false, "S13: somebody made another's request");
        } catch {
            ++done["intrude"];
        }
    }

    function cancel(uint256 pick) external step("cancel") {
        if (_seen.length == 0) return;
        uint256 index = pick % _seen.length;
        Seen memory seen = _seen[index];
        if (seen.isMove || address(uint160(seen.id >> 48)) == address(redelegation)) return;
        IStakePool pool = pools[seen.pool];
        address controller = address(uint160(seen.id >> 48));
        (, uint256 value, bool isClaimable) = pool.exitRequest(seen.id);
        IPoolRecords.Books memory was = pool.books();
        VM.prank(controller);
        try pool.cancelRedeemRequest(seen.id, controller) returns (uint256 shares) {
            check(!isClaimable, "S5: a matured request was cancelled");
            checkEqual(shares, value.mulDiv(was.supply + VIRTUAL, was.active + 1), "S8: shares of a cancelled request");
            _drop(index);
            ++done["cancel"];
        } catch {
            check(isClaimable, "a request could not be cancelled");
        }
    }

    /// @dev Everything or a part, by shares or by assets; and never more than that.
    function claim(uint256 poolSeed, uint256 whoSeed, uint256 partSeed) external step("claim") {
        (uint256 p, address who) = (poolSeed % POOLS, _person(whoSeed));
        IStakePool pool = pools[p];
        (uint256 mostShares, uint256 mostAssets) = (pool.maxRedeem(who), pool.maxWithdraw(who));
        uint256 held = token.balanceOf(who);
        VM.startPrank(who);
        try pool.redeem(mostShares + 1, who, who) {
            check(false, "S2: more was claimed than was claimable");
        } catch {}
        uint256 paid;
        if (partSeed % 3 == 0) {
            paid = pool.redeem(mostShares, who, who);
            checkEqual(paid, mostAssets, "S5: a claim of everything");
        } else if (partSeed % 3 == 1) {
            paid = pool.redeem(_partOf(mostShares, partSeed / 3), who, who);
        } else {
            paid = _partOf(mostAssets, partSeed / 3);
            pool.withdraw(paid, who, who);
        }
        VM.stopPrank();
        checkEqual(token.balanceOf(who), held + paid, "a claim pays what it says");
        checkAtMost(pool.maxWithdraw(who) + paid, mostAssets, "S8: a claim in parts brings more");
        _notes[p].net -= int256(paid);
        _noteWhatIsLeft(p, who);
        if (paid != 0) ++done["claim"];
    }

    function claimClosed(uint256 poolSeed, uint256 whoSeed, uint256 generationSeed) external step("claim closed") {
        // Whoever calls: for people, and for the escrow of moves.
        address who = whoSeed % 5 == 4 ? address(redelegation) : _person(whoSeed);
        uint256 p = poolSeed % POOLS;
        if (_notes[p].generation == 0) return;
        uint256 generation = generationSeed % _notes[p].generation;
        (uint256 left, uint256 supply) = pools[p].closedGeneration(generation);
        checkEqual(left, _leftOf[p][generation], "S6: a closed generation's assets changed");
        uint256 expected = pools[p].balanceOfGeneration(who, generation).mulDiv(left, supply);
        uint256 held = token.balanceOf(who);
        pools[p].claimClosed(generation, who);
        checkEqual(token.balanceOf(who), held + expected, "S6: what a closed generation pays");
        _notes[p].net -= int256(expected);
        _paidOf[p][generation] += expected;
        checkAtMost(_paidOf[p][generation], left, "S6: a closed generation paid more than it left");
        checkEqual(pools[p].balanceOfGeneration(who, generation), 0, "S6: closed shares are paid once");
        ++done["claim closed"];
    }

    // Shares and gifts

    function transfer(uint256 poolSeed, uint256 whoSeed, uint256 partSeed) external step("transfer") {
        (uint256 p, address from, address to) = (poolSeed % POOLS, _person(whoSeed), _person(whoSeed / PEOPLE));
        uint256 shares = _partOf(pools[p].balanceOf(from), partSeed);
        uint256 both = pools[p].balanceOf(from) + pools[p].balanceOf(to);
        VM.prank(from);
        pools[p].transfer(to, shares);
        checkEqual(pools[p].balanceOf(from) + pools[p].balanceOf(to), both, "a transfer keeps the sum");
        if (shares != 0) ++done["transfer"];
    }

    /// @dev S7: PHA sent to a pool, to the bond and to the slash manager is nobody's and moves nothing.
    function donate(uint256 poolSeed, uint256 whoSeed, uint256 amountSeed) external step("donate") {
        (uint256 p, uint256 amount) = (poolSeed % POOLS, bounded(amountSeed, 1, 1_000 * PHA));
        bytes32 was = keccak256(abi.encode(pools[p].books(), pools[p].convertToAssets(1e27)));
        VM.prank(_person(whoSeed));
        token.transfer(address(pools[p]), amount);
        _notes[p].donated += amount;
        bytes32 now_ = keccak256(abi.encode(pools[p].books(), pools[p].convertToAssets(1e27)));
        check(was == now_, "S7: a donation moved a price");
        ++done["donate"];
    }

    // There and back

    /// @dev S8: in and out in one second, in all ways, never brings more than it took.
    function roundTrip(uint256 poolSeed, uint256 whoSeed, uint256 amountSeed) external step("round trip") {
        try this.rehearse(poolSeed % POOLS, _person(whoSeed), _amount(amountSeed), amountSeed % 3) {
            check(false, "a rehearsal must not last");
        } catch (bytes memory reason) {
            if (bytes4(reason) != Rehearsed.selector) return; // bankrupt, frozen, full or too little: nothing was put in
            (uint256 put, uint256 got) = abi.decode(_without4(reason), (uint256, uint256));
            checkAtMost(got, put, "S8: a round trip brought a profit");
            ++done["round trip"];
        }
    }

    function rehearse(uint256 p, address who, uint256 amount, uint256 way) external {
        require(msg.sender == address(this), "only rehearsed");
        IStakePool pool = pools[p];
        uint256 shares = pool.convertToShares(amount);
        // One call each: what is undone with a rehearsal does not include a lasting prank.
        VM.prank(who);
        if (way == 1) amount = pool.mint(shares, who);
        else shares = pool.deposit(amount, who);
        VM.prank(who);
        uint256 id = pool.requestRedeem(shares, who, who);
        if (way == 2) {
            // It is taken back, and the shares are asked for again.
            VM.prank(who);
            shares = pool.cancelRedeemRequest(id, who);
            VM.prank(who);
            id = pool.requestRedeem(shares, who, who);
        }
        (, uint256 got, ) = pool.exitRequest(id);
        revert Rehearsed(amount, got);
    }

    // Internals

    function _request(uint256 p, address owner, address controller, address caller, uint256 shares) private {
        IPoolRecords.Books memory was = pools[p].books();
        VM.prank(caller);
        uint256 id = pools[p].requestRedeem(shares, controller, owner);
        (, uint256 value, ) = pools[p].exitRequest(id);
        uint256 worth = shares.mulDiv(was.active + 1, was.supply + VIRTUAL);
        checkAtMost(value, worth, "S8: a request is worth more than its shares");
        checkAtLeast(value + 1, worth, "a request lost more than its rounding");
        _noteRequest(p, controller, id, value);
    }

    function _noteRequest(uint256 p, address controller, uint256 id, uint256 value) internal {
        ++_requestsOf[p][controller];
        (IPoolRecords.ExitRequest memory exit, , ) = pools[p].exitRequest(id);
        _seen.push(Seen(id, false, p, block.timestamp / DAY, exit.cohort, value, value, 0, false));
    }

    /// @dev After a claim: what it did not pay.
    function _noteWhatIsLeft(uint256 p, address controller) internal {
        for (uint256 i = 0; i < _seen.length; ++i) {
            Seen storage seen = _seen[i];
            if (seen.isMove || seen.pool != p || address(uint160(seen.id >> 48)) != controller) continue;
            (, uint256 value, ) = pools[p].exitRequest(seen.id);
            checkAtMost(value, seen.value, "S5: a claim made a request grow");
            (seen.value, seen.due) = (value, value);
        }
    }

    /// @dev Of a deposit after which there would be `supply` shares.
    function _isWelcome(uint256 p, uint256 amount, uint256 active, uint256 supply) internal view returns (bool) {
        Notes storage notes = _notes[p];
        if (notes.isBankrupt || _isHeld(p) || amount < MIN_DEPOSIT || supply > MAX_SHARES) return false;
        return notes.cap == 0 || active + amount <= notes.cap;
    }

    function _person(uint256 seed) internal pure returns (address) {
        return _account("person", seed % PEOPLE);
    }

    /// @dev At, under and over the least deposit, and anything up to 10,000 PHA.
    function _amount(uint256 seed) internal pure returns (uint256) {
        uint256 kind = seed % 16;
        if (kind == 0) return MIN_DEPOSIT - 1;
        if (kind == 1) return MIN_DEPOSIT;
        if (kind == 2) return MIN_DEPOSIT + 1;
        if (kind < 6) return PHA;
        return bounded(seed / 16, MIN_DEPOSIT, 10_000 * PHA);
    }

    /// @dev A wei, fractions, or all of it.
    function _partOf(uint256 whole, uint256 seed) internal pure returns (uint256) {
        uint256 kind = seed % 8;
        if (kind == 0) return least(whole, 1);
        if (kind < 4) return whole;
        return bounded(seed / 8, 0, whole);
    }

    function _without4(bytes memory data) internal pure returns (bytes memory rest) {
        rest = new bytes(data.length - 4);
        for (uint256 i = 0; i < rest.length; ++i) rest[i] = data[i + 4];
    }
}
