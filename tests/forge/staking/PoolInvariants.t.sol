// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Campaign} from "../Campaign.sol";
import {PoolGhost} from "./PoolGhost.sol";
import {PoolHandler} from "./PoolHandler.sol";
import {IOperatorBond} from "../../../contracts/staking/interfaces/IOperatorBond.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {IStakePool} from "../../../contracts/staking/interfaces/IStakePool.sol";

/// @title S1 to S10 and S12 to S14 for pools, bonds and claims, after every step of random campaigns
/// @dev What a single step must keep is checked in the step itself, under the same numbers.
contract PoolInvariants is Campaign {
    PoolHandler private _handler;

    function setUp() external {
        _handler = new PoolHandler();
        _target(address(_handler), _handler.actions());
    }

    function test_the_campaign_reaches_everything() external {
        string[] memory rare = new string[](10);
        rare[0] = "close a generation";
        rare[1] = "end an era";
        rare[2] = "file on a held pool";
        rare[3] = "pay after claims";
        rare[4] = "execute on a used lock";
        rare[5] = "file in vain";
        rare[6] = "slash who moved";
        rare[7] = "complete with a loss";
        rare[8] = "complete in a closed generation";
        rare[9] = "move in vain";
        _walk(2500, 40, rare);
    }

    /// @dev One campaign for all of them: what fails says by its number what it was.
    function invariant_pools() external view {
        _S1_pools_hold_what_they_owe();
        _S1_bond_and_slash_manager_hold_what_they_owe();
        _S1_escrow_of_moves_holds_what_it_owes();
        _S2_what_is_claimable_is_put_aside();
        _S6_closed_generations_keep_what_they_were_left();
        _S9_nothing_escapes_an_open_claim();
        _S10_locks_are_covered();
        _S13_lists_are_as_long_as_their_owners_made_them();
        _S14_holds_end_with_the_claims_that_are_open();
    }

    function _S1_pools_hold_what_they_owe() private view {
        for (uint256 p = 0; p < 2; ++p) {
            IStakePool pool = _handler.pools(p);
            IPoolRecords.Books memory books = pool.books();
            PoolGhost.Notes memory notes = _handler.notesOf(p);
            uint256 held = _handler.token().balanceOf(address(pool)) - notes.donated;
            uint256 owed = books.active + books.atExit + books.owed + books.undripped;
            checkAtLeast(held, owed, "S1: a pool holds less than it owes");
            checkEqual(held, owed, "S1: a pool holds PHA that is nobody's");
            checkEqual(held, uint256(notes.net), "S1: what came in less what went out");
        }
    }

    function _S1_bond_and_slash_manager_hold_what_they_owe() private view {
        uint256 bonds;
        for (uint256 p = 0; p < 2; ++p) {
            IOperatorBond.Bond memory bond = _handler.bond().bondOf(address(_handler.pools(p)));
            bonds += uint256(bond.bonded) + bond.releasing;
        }
        checkEqual(_handler.token().balanceOf(address(_handler.bond())), bonds, "S1: bonds");
        uint256 owed = _handler.slashManager().proceeds() + _handler.slashManager().reporterDue(address(0x4EB0));
        checkEqual(_handler.token().balanceOf(address(_handler.slashManager())), owed, "S1: what was taken");
    }

    /// @dev Shares by the moves that were watched; PHA where a closed generation was paid and not all movers have come.
    function _S1_escrow_of_moves_holds_what_it_owes() private view {
        address escrow = address(_handler.redelegation());
        uint256 owed;
        for (uint256 p = 0; p < 2; ++p) {
            IStakePool pool = _handler.pools(p);
            uint256 generation = pool.books().generation;
            checkEqual(pool.balanceOf(escrow), _handler.inEscrowOf(p, generation), "S1: shares in escrow");
            for (uint256 g = 0; g < generation; ++g) {
                uint256 shares = _handler.inEscrowOf(p, g);
                uint256 unpaid = pool.balanceOfGeneration(escrow, g);
                if (unpaid != 0) checkEqual(unpaid, shares, "S1: closed shares in escrow");
                (uint256 left, uint256 supply) = pool.closedGeneration(g);
                if (unpaid == 0) owed += (shares * left) / supply;
            }
        }
        uint256 held = _handler.token().balanceOf(escrow);
        checkAtLeast(held, owed, "S1: the escrow of moves holds less than it owes");
        checkAtMost(held, owed + 1_000, "S1: the escrow of moves holds PHA that is nobody's");
    }

    function _S2_what_is_claimable_is_put_aside() private view {
        for (uint256 p = 0; p < 2; ++p) {
            IStakePool pool = _handler.pools(p);
            IPoolRecords.Books memory books = pool.books();
            PoolGhost.Seen[] memory seen = _handler.requestsSeen();
            (uint256 settled, uint256 waiting, uint256 moved) = (0, 0, 0);
            for (uint256 i = 0; i < seen.length; ++i) {
                if (seen[i].pool != p || (seen[i].isMove && seen[i].isSettled)) continue;
                if (seen[i].isMove) moved += _movedStake(seen[i]);
                else if (seen[i].isSettled) settled += seen[i].value;
                else waiting += seen[i].value;
            }
            for (uint256 g = 0; g < books.generation; ++g) {
                (uint256 left, uint256 supply) = pool.closedGeneration(g);
                for (uint256 i = 0; i < 4; ++i)
                    settled += (pool.balanceOfGeneration(_handler.person(i), g) * left) / supply;
                settled += (pool.balanceOfGeneration(address(_handler.redelegation()), g) * left) / supply;
            }
            checkAtMost(settled, books.owed, "S2: more is claimable than is put aside");
            checkAtMost(waiting, books.atExit, "S2: requests come to more than is reckoned for them");
            checkNear(books.moved, moved, 1_000, "S9: a pool counts on what moves still answer with");
        }
    }

    function _movedStake(PoolGhost.Seen memory move) private view returns (uint256) {
        PoolGhost.MoveNote memory note = _handler.moveNote(move.id);
        return (note.assets * move.value) / note.shares;
    }

    function _S6_closed_generations_keep_what_they_were_left() private view {
        for (uint256 p = 0; p < 2; ++p) {
            IStakePool pool = _handler.pools(p);
            PoolGhost.Notes memory notes = _handler.notesOf(p);
            checkEqual(pool.books().generation, notes.generation, "S6: the number of generations");
            for (uint256 g = 0; g < notes.generation; ++g) {
                (uint256 left, uint256 paid) = _handler.leftOf(p, g);
                (uint256 assets, ) = pool.closedGeneration(g);
                checkEqual(assets, left, "S6: what a closed generation left");
                checkAtMost(paid, left, "S6: a closed generation paid more");
            }
        }
    }

    /// @dev The bond as well: until the claim has ended, all that was there at its filing is, but for what slashes took.
    function _S9_nothing_escapes_an_open_claim() private view {
        PoolGhost.ClaimNote[] memory claims = _handler.openClaims();
        for (uint256 i = 0; i < claims.length; ++i) {
            if (claims[i].endsAt < block.timestamp) continue;
            IStakePool pool = _handler.pools(claims[i].pool);
            IPoolRecords.Books memory books = pool.books();
            checkAtLeast(books.active + books.atExit + books.moved + 100, claims[i].reach, "S9: stake escaped a claim");
            IOperatorBond.Bond memory bond = _handler.bond().bondOf(address(pool));
            checkAtLeast(uint256(bond.bonded) + bond.releasing, claims[i].bondReach, "S9: a bond escaped a claim");
        }
    }

    function _S10_locks_are_covered() private view {
        for (uint256 p = 0; p < 2; ++p) {
            IPoolRecords.Books memory books = _handler.pools(p).books();
            checkAtMost(
                books.locked,
                books.active + books.atExit + books.moved,
                "S10: more is locked than is at stake"
            );
            checkEqual(books.locked, _handler.notesOf(p).locked, "S10: what is locked");
        }
    }

    function _S13_lists_are_as_long_as_their_owners_made_them() private view {
        for (uint256 p = 0; p < 2; ++p) {
            for (uint256 i = 0; i < 4; ++i) {
                (, uint256 end) = _handler.pools(p).requestRange(_handler.person(i));
                checkEqual(end, _handler.requestsOf(p, _handler.person(i)), "S13: a list of requests");
            }
            address escrow = address(_handler.redelegation());
            (, uint256 surrendered) = _handler.pools(p).requestRange(escrow);
            checkEqual(surrendered, _handler.requestsOf(p, escrow), "S13: the list of what was surrendered");
        }
    }

    function _S14_holds_end_with_the_claims_that_are_open() private view {
        PoolGhost.ClaimNote[] memory claims = _handler.openClaims();
        for (uint256 p = 0; p < 2; ++p) {
            uint256 until;
            for (uint256 i = 0; i < claims.length; ++i) {
                if (claims[i].pool == p && claims[i].endsAt >= block.timestamp)
                    until = most(until, claims[i].endsAt + 1);
            }
            uint256 heldUntil = _handler.pools(p).holdUntil();
            if (until != 0) checkEqual(heldUntil, until, "S14: how long a pool is held");
            else checkAtMost(heldUntil, block.timestamp, "S14: a pool is held for nothing");
            checkAtMost(heldUntil, block.timestamp + 35 days + 1, "S14: a hold without bound");
        }
    }
}
