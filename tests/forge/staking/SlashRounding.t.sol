// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {StakingWorld} from "./StakingWorld.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {IStakePool} from "../../../contracts/staking/interfaces/IStakePool.sol";
import {IStakePoolFactory} from "../../../contracts/staking/interfaces/IStakePoolFactory.sol";

/// @title S3, S4 and S5 by the wei: what slashes and settlings may round away, from one wei to the whole supply of PHA
contract SlashRounding is StakingWorld {
    using Math for uint256;

    /// @dev How a trial ends: always by this, so that the next one begins where it began.
    error Tried(uint256 active, uint256 atExit, uint256 owed, uint256 generation);

    uint256 private constant SUPPLY = 1_000_000_000 * PHA;
    IStakePool private _pool;

    function setUp() external {
        _deployStaking();
        for (uint256 module = 0; module < 3; ++module)
            factory.setModule(IStakePoolFactory.Module(module), address(this));
        _pool = _createPool(_account("operator", 0), 0);
        token.approve(address(_pool), type(uint256).max);
    }

    /// @dev Two slashes in the two orders, and as one: totals differ by the roundings of a factor alone.
    function testFuzz_S4_order_of_slashes(
        uint256 stake,
        uint256 requested,
        uint256 one,
        uint256 other,
        uint256 earlier
    ) external {
        _fill(stake, requested, earlier);
        IPoolRecords.Books memory was = _pool.books();
        uint256 whole = was.active + was.atExit;
        one = _loss(one, whole);
        other = _loss(other, whole - least(one, whole));
        uint256[2] memory amounts = [one, other];
        (uint256[4] memory first, uint256[4] memory second, uint256[4] memory both) = (
            _try(amounts),
            _try([other, one]),
            _try([one + other, 0])
        );
        // Within a generation. Where one closes the other order may leave a wei more and not close.
        if (first[3] != second[3] || first[3] != both[3] || first[3] != was.generation) return;
        uint256 tolerance = 2 + was.norm / FACTOR_ONE + (2 * was.atExit * FACTOR_ONE) / (was.factor * FACTOR_ONE);
        for (uint256 i = 0; i < 2; ++i) {
            checkNear(first[i], second[i], 2 * tolerance, "S4: the order of two slashes");
            checkNear(first[i], both[i], 2 * tolerance, "S4: two slashes and one of both");
        }
        checkEqual(first[0] + first[1], whole - one - other, "S4: what is taken is taken to the wei");
        checkEqual(second[0] + second[1], whole - one - other, "S4: in the other order as well");
    }

    /// @dev S3: any amount at all, again and again.
    function testFuzz_S3_no_amount_makes_a_slash_revert(
        uint256 stake,
        uint256 requested,
        uint256[6] calldata amounts
    ) external {
        _fill(stake, requested, 0);
        for (uint256 i = 0; i < amounts.length; ++i) {
            IPoolRecords.Books memory was = _pool.books();
            uint256 amount = i % 2 == 0 ? amounts[i] : _loss(amounts[i], was.active + was.atExit);
            uint256 held = token.balanceOf(address(_pool));
            (uint256 taken, ) = _pool.slash(amount);
            checkEqual(taken, least(amount, was.active + was.atExit), "S3: a slash takes what there is");
            checkEqual(token.balanceOf(address(_pool)), held - taken, "S3: and sends it");
            IPoolRecords.Books memory now_ = _pool.books();
            checkEqual(
                now_.active + now_.atExit + now_.owed,
                was.active + was.atExit + was.owed - taken,
                "S1: books after a slash"
            );
            if (now_.generation == was.generation) continue;
            VM.prank(_pool.operator());
            _pool.reopen();
            uint256 fresh = bounded(amounts[i], MIN_DEPOSIT, 1_000 * PHA);
            uint256 shares = _pool.deposit(fresh, address(this));
            checkEqual(shares, fresh * VIRTUAL, "S6: a new generation at price 1");
            if (amounts[i] % 2 == 0) _pool.requestRedeem(shares / 2, address(this), address(this));
        }
    }

    /// @dev S4, S5: each request bears its part of the losses, rounded down by less than a wei for each slash and one more, and
    /// what is put aside for a cohort is enough for all of it.
    function testFuzz_S5_requests_bear_their_part_and_no_more(
        uint256 stake,
        uint256[5] calldata parts,
        uint256[3] calldata losses
    ) external {
        stake = bounded(stake, 10 * MIN_DEPOSIT, SUPPLY / 2);
        _pool.deposit(stake, address(this));
        uint256[5] memory ids;
        uint256[5] memory values;
        for (uint256 i = 0; i < 5; ++i) {
            uint256 shares = bounded(parts[i], 1, _pool.balanceOf(address(this)) / 2);
            ids[i] = _pool.requestRedeem(shares, address(this), address(this));
            (, values[i], ) = _pool.exitRequest(ids[i]);
        }
        for (uint256 i = 0; i < 3; ++i) {
            IPoolRecords.Books memory was = _pool.books();
            uint256 whole = was.active + was.atExit;
            (uint256 taken, ) = _pool.slash(losses[i] % (whole - whole / 1e6 + 1));
            if (_pool.books().factor < was.factor / 1e8 || _pool.books().generation != 0) return;
            for (uint256 k = 0; k < 5; ++k) {
                (, uint256 value, ) = _pool.exitRequest(ids[k]);
                uint256 exact = values[k].mulDiv(whole - taken, whole);
                checkAtMost(value, exact + 1, "S4: a request lost less than its part");
                checkAtLeast(value + 2, exact, "S4: a request lost more than its part");
                values[k] = value;
            }
        }
        VM.warp(block.timestamp + 8 * DAY);
        _pool.settle(1);
        uint256 owed = _pool.books().owed;
        uint256 sum;
        for (uint256 k = 0; k < 5; ++k) {
            (, uint256 value, ) = _pool.exitRequest(ids[k]);
            checkEqual(value, values[k], "S5: settling changes nothing");
            sum += value;
        }
        checkAtMost(sum, owed, "S2: enough is put aside");
        checkAtLeast(sum + 6, owed, "S2: not more than the roundings too much");
        _pool.slash(type(uint256).max);
        checkEqual(_pool.redeem(_pool.maxRedeem(address(this)), address(this), address(this)), sum, "S5: paid in full");
    }

    function attempt(uint256[2] calldata amounts) external {
        _pool.slash(amounts[0]);
        _pool.slash(amounts[1]);
        IPoolRecords.Books memory books = _pool.books();
        revert Tried(books.active, books.atExit, books.owed, books.generation);
    }

    /// @dev Stake, a part of it requested, and an earlier slash, so that the factor is no round number.
    function _fill(uint256 stake, uint256 requested, uint256 earlier) private {
        stake = bounded(stake, MIN_DEPOSIT, SUPPLY / 2);
        uint256 shares = _pool.deposit(stake, address(this));
        _pool.requestRedeem(bounded(requested, 1, shares), address(this), address(this));
        _pool.slash(bounded(earlier, 0, stake - stake / 1e6));
    }

    /// @dev Wei, fractions, nearly all, or all.
    function _loss(uint256 seed, uint256 whole) private pure returns (uint256) {
        uint256 kind = seed % 4;
        if (kind == 0) return least(whole, (seed / 4) % 1_000);
        if (kind == 1) return whole - least(whole, (seed / 4) % 1_000);
        return bounded(seed / 4, 0, whole);
    }

    function _try(uint256[2] memory amounts) private returns (uint256[4] memory result) {
        try this.attempt(amounts) {
            check(false, "a trial must not last");
        } catch (bytes memory reason) {
            check(bytes4(reason) == Tried.selector, "S3: a slash reverted");
            assembly ("memory-safe") {
                for {
                    let i := 0
                } lt(i, 128) {
                    i := add(i, 32)
                } {
                    mstore(add(result, i), mload(add(add(reason, 36), i)))
                }
            }
        }
    }
}
