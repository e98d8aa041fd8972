// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IPoolRecords} from "./interfaces/IPoolRecords.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title A pool's books: how stake, requests and slashes move its totals
/// @dev Storage and arithmetic only; the README proves what the comments here name. Functions that take books in memory
/// leave it to the caller to store them, so that each slot is read and written once.
// One variable more than the linter allows: all of a pool's storage is here, so that both halves agree on it.
// solhint-disable-next-line max-states-count
abstract contract PoolLedger is IPoolRecords {
    using Math for uint256;
    using SafeCast for uint256;

    struct Config {
        address operator;
        uint16 commissionBps;
        bool bankrupt;
        bool whitelistOn;
        bool capped;
        uint40 holdUntil;
    }

    struct Totals {
        uint96 active;
        uint112 supply;
        uint16 generation;
        bool dripping;
    }

    struct Queue {
        uint120 norm;
        uint112 factor;
        uint24 cohorts;
    }

    /// @dev `cohorts` are settled. While a hold lasts, only those before `released` may follow: they were due and covered when
    /// the oldest open claim was filed.
    struct Settled {
        uint96 owed;
        uint96 locked;
        uint24 cohorts;
        uint24 released;
        uint16 era;
    }

    /// @dev Norms of stake that is in other pools by now and still answers for this one: of all open cohorts, and of each, in
    /// the cohort's era.
    struct Moves {
        uint120 norm;
        mapping(uint256 cohort => uint120) normOf;
    }

    struct Drip {
        uint96 undripped;
        uint40 updatedAt;
        uint40 endsAt;
    }

    struct ClosedGeneration {
        uint96 assets;
        uint112 supply;
    }

    /// @dev What is over. `finalFactors`: at which an era ended. `releasedAt`: one more than the cohorts that had matured, but
    /// for older claims, when a claim was filed.
    struct History {
        mapping(uint256 generation => ClosedGeneration) closed;
        mapping(uint256 era => uint256) finalFactors;
        mapping(uint256 filedAt => uint256) releasedAt;
    }

    struct Limits {
        uint96 cap;
        uint16 nextCommissionBps;
        uint40 commissionFrom;
    }

    /// @dev `balance` counts shares of `generation`. `first` and `end` number the account's requests.
    struct Account {
        uint144 balance;
        uint16 generation;
        uint48 first;
        uint48 end;
    }

    /// @dev The factor before any slash. Wide enough that one wei of a billion PHA is seen in it.
    uint256 internal constant ONE = 1 << 111;
    uint256 internal constant MIN_FACTOR = ONE / 1e9;
    uint256 internal constant VIRTUAL_SHARES = 1000;
    /// @dev Shares for each wei at which a generation closes: 10^9 times the first price's.
    uint256 internal constant CLOSING_SHARES = 1e9 * VIRTUAL_SHARES;
    /// @dev All PHA is 10^27 < 2^90, and 2^90 / MIN_FACTOR fits the 120 bits of a norm.
    uint256 internal constant MAX_ASSETS = (1 << 90) - 1;
    uint256 internal constant MAX_SHARES = (1 << 111) - 1;
    /// @dev With fewer shares (0.01 PHA at the first price) rewards wait: they would blow up the price of the next share.
    uint256 internal constant MIN_REWARDED_SHARES = 1e16 * VIRTUAL_SHARES;
    /// @dev As many cohorts as one step of another's settles: more than the longest exit and the longest hold have days.
    uint256 internal constant COHORTS_A_STEP = 64;

    IStakePoolFactory internal immutable FACTORY;
    IERC20 internal immutable TOKEN;
    IStakingParameters internal immutable PARAMETERS;

    // Both halves of a pool have all of its storage from here, and none of their own.
    Config internal _config;
    Totals internal _totals;
    Queue internal _queue;
    Settled internal _settled;
    Drip internal _drip;
    mapping(uint256 index => Cohort) internal _cohorts;
    History internal _history;
    Limits internal _limits;
    uint32 internal _poolId;
    mapping(address account => bool) internal _listed;
    mapping(address account => Account) internal _accounts;
    /// @dev Balances of closed generations that newer shares have pushed out of the account's slot.
    mapping(uint256 generation => mapping(address account => uint256)) internal _closedBalances;
    mapping(address owner => mapping(address spender => uint256)) internal _allowances;
    mapping(uint256 requestId => ExitRequest) internal _requests;
    mapping(address controller => mapping(address operator => bool)) internal _operators;
    Moves internal _moves;

    /// @dev The code itself serves nobody: to `initialise` it looks initialised, and whoever takes it for a pool can't deposit.
    constructor(IStakePoolFactory factory, IERC20 token, IStakingParameters parameters) {
        FACTORY = factory;
        TOKEN = token;
        PARAMETERS = parameters;
        _config.operator = address(factory);
        _config.bankrupt = true;
    }

    modifier onlyModule(IStakePoolFactory.Module module) {
        address target = FACTORY.module(module);
        require(msg.sender == target, CallerNotModule(msg.sender, target));
        _;
    }

    // Price

    function _sharesFor(
        uint256 assets,
        Totals memory totals,
        Math.Rounding rounding
    ) internal pure returns (uint256 shares) {
        return assets.mulDiv(uint256(totals.supply) + VIRTUAL_SHARES, uint256(totals.active) + 1, rounding);
    }

    function _assetsFor(
        uint256 shares,
        Totals memory totals,
        Math.Rounding rounding
    ) internal pure returns (uint256 assets) {
        return shares.mulDiv(uint256(totals.active) + 1, uint256(totals.supply) + VIRTUAL_SHARES, rounding);
    }

    // Shares

    /// @dev The account with shares of `generation`; older ones are put aside for `claimClosed`.
    function _accountIn(address account, uint16 generation) internal returns (Account memory held) {
        held = _accounts[account];
        if (held.generation != generation) {
            if (held.balance != 0) _closedBalances[held.generation][account] = held.balance;
            (held.balance, held.generation) = (0, generation);
        }
    }

    /// @dev Adds to the supply in memory; the caller stores it.
    function _mint(address to, uint256 shares, Totals memory totals) internal {
        require(to != address(0), IERC20Errors.ERC20InvalidReceiver(to));
        Account memory held = _accountIn(to, totals.generation);
        totals.supply = (uint256(totals.supply) + shares).toUint112();
        held.balance += uint144(shares); // under the supply
        _accounts[to] = held;
        emit IERC20.Transfer(address(0), to, shares);
    }

    // Requests at stake

    /// @dev U, rounded up: what the pool reckons to owe is never less than what its requests add up to.
    function _atExit(uint256 norm, uint256 factor) internal pure returns (uint256 assets) {
        unchecked {
            return (norm * factor + ONE - 1) >> 111; // 120 and 112 bits: under 2^233
        }
    }

    /// @dev What one request comes to, or a norm of an earlier era in this one's, rounded down.
    function _valueOf(uint256 norm, uint256 factor) internal pure returns (uint256 assets) {
        unchecked {
            return (norm * factor) >> 111; // as above
        }
    }

    /// @dev W, rounded down: it is not in this pool, so the pool counts on no more of it than there is.
    function _moved(uint256 factor) internal view returns (uint256 assets) {
        return _valueOf(_moves.norm, factor);
    }

    /// @dev `norm`, of all that has moved, without a cohort's. Norms that an era's end has rounded can be a few short of the sum.
    function _withoutMoved(uint256 norm, uint256 index, uint256 scale) internal view returns (uint256 left) {
        if (norm == 0) return 0;
        return norm.saturatingSub(_valueOf(_moves.normOf[index], scale));
    }

    /// @dev What the eras that ended since `era` have left of a norm of one. Each took all but 10^-9, so four leave nothing.
    function _scaleSince(uint256 era, uint256 current) internal view returns (uint256 scale) {
        scale = ONE;
        for (; era < current && scale != 0; ++era) scale = _valueOf(scale, _history.finalFactors[era]);
    }

    /// @dev Active stake that locks may lean on: without what is in escrow here for moves, which answers for another pool's. Asks for
    /// totals whose two parts belong together.
    function _unpledged(Totals memory totals) internal view returns (uint256 assets) {
        Account memory escrow = _accounts[FACTORY.module(IStakePoolFactory.Module.Redelegation)];
        if (escrow.generation != totals.generation || escrow.balance == 0) return totals.active;
        return uint256(totals.active).saturatingSub(_assetsFor(escrow.balance, totals, Math.Rounding.Ceil));
    }

    // Rewards

    /// @dev The totals now, and what is stored of the drip to match.
    function _dripped() internal view returns (Totals memory totals, Drip memory drip) {
        totals = _totals;
        if (!totals.dripping) return (totals, drip);
        drip = _drip;
        uint256 elapsed = block.timestamp - drip.updatedAt;
        if (totals.supply < MIN_REWARDED_SHARES) {
            // Nobody to pay: the clock stands still.
            drip.endsAt = (uint256(drip.endsAt) + elapsed).toUint40();
        } else {
            uint256 released =
                block.timestamp >= drip.endsAt
                    ? drip.undripped
                    : (uint256(drip.undripped) * elapsed) / (drip.endsAt - drip.updatedAt);
            drip.undripped -= uint96(released); // at most all of it
            totals.active += uint96(released); // the token's supply fits
            totals.dripping = drip.undripped != 0;
        }
        drip.updatedAt = uint40(block.timestamp);
    }

    /// @dev Brings the drip up to now. The caller stores the totals.
    function _accrue() internal returns (Totals memory totals) {
        if (!_totals.dripping) return _totals;
        Drip memory drip;
        (totals, drip) = _dripped();
        _drip = drip;
    }

    // Maturing

    function _isHeld() internal view returns (bool) {
        return block.timestamp < _config.holdUntil;
    }

    /// @dev Settles cohorts that are due and covered, oldest first, at most `maxCohorts`. What is settled no slash can reach,
    /// so a cohort stays at stake for as long as the locks need it.
    function _settle(Queue memory queue, Settled memory settled, Totals memory totals, uint256 maxCohorts) internal {
        uint256 index = settled.cohorts;
        if (index == queue.cohorts) return;
        bool isHeld = _isHeld();
        uint256 end = Math.min(isHeld ? settled.released : queue.cohorts, index.saturatingAdd(maxCohorts));
        uint256 moved = _moves.norm;
        for (; index < end; ++index) {
            Cohort memory next = _cohorts[index];
            if (!isHeld && uint256(next.maturityDay) * 1 days > block.timestamp) break;
            uint256 scale = _scaleSince(next.factor, settled.era);
            uint256 norm = queue.norm - _valueOf(next.amount, scale);
            uint256 left = _atExit(norm, queue.factor);
            uint256 movedLeft = _withoutMoved(moved, index, scale);
            if (settled.locked != 0) {
                uint256 behind = _unpledged(totals) + left + _valueOf(movedLeft, queue.factor);
                if (behind < settled.locked) break;
            }
            uint256 assets = _atExit(queue.norm, queue.factor) - left;
            (queue.norm, moved) = (uint120(norm), movedLeft); // less than it was
            settled.owed += uint96(assets); // part of what the pool holds
            (next.factor, next.amount) = (queue.factor, uint120(scale)); // at most ONE
            _cohorts[index] = next;
            emit CohortSettled(index, queue.factor, assets);
        }
        settled.cohorts = uint24(index); // at most the number of cohorts
        if (moved != _moves.norm) _moves.norm = uint120(moved); // not above what it was
    }

    // Slashing

    /// @dev A loss of min(assets, A + U + W), pro rata: `taken` is the part that is in this pool, `fromMoved` is taken where it
    /// went. Every subtraction is bounded by the README's proof.
    function _slash(
        uint256 assets,
        Totals memory totals,
        Queue memory queue,
        Settled memory settled
    ) internal returns (uint256 taken, uint256 fromMoved) {
        uint256 present = totals.active + _atExit(queue.norm, queue.factor);
        uint256 stake = present + _moved(queue.factor);
        uint256 loss = Math.min(assets, stake);
        if (loss != 0) {
            taken = loss.mulDiv(present, stake);
            fromMoved = loss - taken;
            queue.factor = uint112(uint256(queue.factor).mulDiv(stake - loss, stake)); // not above what it was
            totals.active = uint96(present - taken - _atExit(queue.norm, queue.factor)); // not above what was there
            settled.locked -= uint96(Math.min(settled.locked, loss));

            bool worthless =
                totals.supply != 0 &&
                    (totals.active == 0 ||
                        uint256(totals.supply) + VIRTUAL_SHARES > CLOSING_SHARES * (uint256(totals.active) + 1));
            if (queue.factor < MIN_FACTOR) _endEra(queue, settled);
            if (worthless) _closeGeneration(totals, settled);
            // Where all that backed the locks has been paid off, they end with it.
            stake = totals.active + _atExit(queue.norm, queue.factor) + _moved(queue.factor);
            settled.locked = uint96(Math.min(settled.locked, stake));
        }
        emit Slashed(assets, taken, fromMoved, totals.active, queue.factor);
    }

    /// @dev Norms are counted anew in what the factor has left of them, however many cohorts wait. None is written: what is open
    /// remembers its era, and is scaled when it is used. U and W stay as they are.
    function _endEra(Queue memory queue, Settled memory settled) private {
        emit EraEnded(settled.era, queue.factor);
        _history.finalFactors[settled.era] = queue.factor;
        // A pool outlives no 65,536 losses of all but 10^-9; were it to, the oldest era's requests would be scaled wrong.
        unchecked {
            ++settled.era;
        }
        _moves.norm = uint120(_moved(queue.factor)); // the factor is under one
        (queue.norm, queue.factor) = (uint120(_atExit(queue.norm, queue.factor)), uint112(ONE)); // at most 2^90
    }

    /// @dev What is left is the old shares' alone. Reopening is refused before the number could wrap.
    function _closeGeneration(Totals memory totals, Settled memory settled) private {
        emit GenerationClosed(totals.generation, totals.active, totals.supply);
        _history.closed[totals.generation] = ClosedGeneration(totals.active, totals.supply);
        settled.owed += totals.active;
        (totals.active, totals.supply) = (0, 0);
        ++totals.generation;
        _config.bankrupt = true;
    }
}
