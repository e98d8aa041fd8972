// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

import {IERC7540Operator} from "./IERC7540Operator.sol";
import {IERC7540Redeem} from "./IERC7540Redeem.sol";
import {IERC7575Share} from "./IERC7575Share.sol";

/// @title Delegators' PHA behind one operator's workers
/// @notice In by ERC-4626, out by ERC-7540: `withdraw` and `redeem` pay requests that have matured, oldest first, and their
/// `owner` is the request's controller. The domain's README has the arithmetic and the direction of every rounding.
///
/// Traps: shares belong to a generation. When a slash leaves less than 10^-9 of the price, the generation closes:
/// `balanceOf` and `totalSupply` start again at zero without Transfer events, and what is left is paid by `claimClosed`.
/// A request stops earning when it is made and can be slashed until it matures. Days are UTC days since 1970, kept in 16
/// bits, which last until 2149.
///
/// Trusted: the modules that the factory names. Not trusted: the operator, beyond the commission announced.
interface IStakePool is IERC4626, IERC7540Operator, IERC7540Redeem, IERC7575Share, IERC165, IERC20Errors {
    /// @notice A request's or claim's parts. `shares` counts what was given up, for ERC-7540's views only.
    struct ExitRequest {
        uint120 norm;
        uint112 shares;
        uint24 cohort;
    }

    /// @notice The requests of one day.
    /// @param factor Fixed at settling; zero before.
    /// @param amount Before settling Σ norms, after it the place in the queue.
    /// @param maturityDay First day on which it may be paid.
    /// @param exitDays `maturityDay` less the day of the requests.
    struct Cohort {
        uint112 factor;
        uint120 amount;
        uint16 maturityDay;
        uint8 exitDays;
    }

    /// @notice The pool's books, rewards dripped until now included. README: A, T, F, N, U, M, D, L.
    struct Books {
        uint256 active;
        uint256 supply;
        uint256 factor;
        uint256 norm;
        uint256 atExit;
        uint256 owed;
        uint256 undripped;
        uint256 locked;
        uint256 generation;
        uint256 settledCohorts;
        uint256 cohorts;
    }

    /// @notice A claim was paid.
    event RedeemClaimed(uint256 indexed requestId, address indexed controller, address receiver, uint256 assets);
    /// @notice A request returned to stake.
    event RedeemRequestCancelled(
        uint256 indexed requestId,
        address indexed controller,
        uint256 requestedShares,
        uint256 newShares
    );
    /// @notice A cohort's factor was fixed.
    event CohortSettled(uint256 indexed cohort, uint256 factor, uint256 assets);
    /// @notice Stake was taken.
    event Slashed(uint256 requested, uint256 taken, uint256 active, uint256 factor);
    /// @notice Norms were settled and the factor started again.
    event EraEnded(uint256 cohorts, uint256 finalFactor);
    /// @notice A generation's shares are paid from `assets`, and from nothing later.
    event GenerationClosed(uint256 indexed generation, uint256 assets, uint256 supply);
    /// @notice What a closed generation left was paid.
    event ClosedSharesPaid(uint256 indexed generation, address indexed account, uint256 shares, uint256 assets);
    /// @notice The operator takes deposits again after a generation closed.
    event Reopened(uint256 generation);
    /// @notice A reward came in; `commissionShares` were minted to the operator.
    event Rewarded(uint256 assets, uint256 commission, uint256 commissionShares, uint256 dripEndsAt);
    /// @notice Worker locks changed.
    event LockedSet(uint256 oldLocked, uint256 newLocked);
    /// @notice Maturing stopped for what was unsettled at `since`, at the latest until `until`.
    event HoldSet(uint256 since, uint256 until);
    /// @notice From `from` on the commission is `newBps`.
    event CommissionSet(uint256 oldBps, uint256 newBps, uint256 from);
    /// @notice The most PHA that deposits may bring the pool to; zero for no cap.
    event CapSet(uint256 oldCap, uint256 newCap);
    /// @notice Whether only listed receivers may be staked for.
    event WhitelistSwitched(bool oldOn, bool newOn);
    /// @notice `account` was put on the list or taken off.
    event WhitelistSet(address indexed account, bool oldListed, bool newListed);

    /// @notice Thrown when the pool was initialised already, or by another than its factory.
    error AlreadyInitialised();
    /// @notice Thrown when the caller may not act for `controller`.
    error CallerNotAuthorised(address caller, address controller);
    /// @notice Thrown when the caller isn't the module that may do this.
    error CallerNotModule(address caller, address module);
    /// @notice Thrown when the caller isn't the pool's operator.
    error CallerNotPoolOperator(address caller, address operator);
    /// @notice Thrown when more is claimed than is claimable.
    error ClaimExceedsClaimable(address controller, uint256 requested, uint256 missing);
    /// @notice Thrown when a commission is above the parameter's maximum.
    error CommissionTooHigh(uint256 commissionBps, uint256 maximumBps);
    /// @notice Thrown when a deposit would pass the pool's cap or the widest amounts it can keep.
    error DepositExceedsMaximum(address receiver, uint256 amount, uint256 maximum);
    /// @notice Thrown when a deposit is under the minimum.
    error DepositTooSmall(uint256 assets, uint256 minimum);
    /// @notice Thrown when the generation asked for has not closed.
    error GenerationNotClosed(uint256 generation);
    /// @notice Thrown when a hold would last longer than any may.
    error HoldTooLong(uint256 until, uint256 latest);
    /// @notice Thrown when a worker's lock would pass the active stake.
    error LockExceedsActive(uint256 locked, uint256 active);
    /// @notice Thrown when more is unlocked than is locked.
    error UnlockExceedsLocked(uint256 unlocked, uint256 locked);
    /// @notice Thrown when there is nobody to reward: too few shares for a price to be fair to the next depositor.
    error NobodyToReward(uint256 supply, uint256 minimum);
    /// @notice Thrown when there is no such open request of this controller.
    error NoSuchRequest(uint256 requestId, address controller);
    /// @notice Thrown when the pool has nothing to reopen, or has used up its generations.
    error NotBankrupt();
    /// @notice Thrown on a deposit into a pool that lost everything and was not reopened.
    error PoolBankrupt(uint256 generation);
    /// @notice Thrown on a deposit while a claim against the pool is open.
    error PoolFrozen(uint256 until);
    /// @notice Thrown by the previews that ERC-7540 leaves without an answer.
    error PreviewUnavailable();
    /// @notice Thrown when the receiver isn't on the operator's list.
    error ReceiverNotListed(address receiver);
    /// @notice Thrown when a request has matured and can no longer return to stake.
    error RequestMatured(uint256 requestId);
    /// @notice Thrown when an amount comes to no shares.
    error ZeroShares();

    /// @notice Called once by the factory.
    function initialise(address operator, uint16 commissionBps, uint32 poolId) external;

    // Delegators

    /// @notice `deposit` with an ERC-2612 approval; one that was used already (or front-run) is no obstacle.
    function depositWithPermit(
        uint256 assets,
        address receiver,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 shares);

    /// @notice Returns an unmatured request to stake, at today's price, for `controller`.
    function cancelRedeemRequest(uint256 requestId, address controller) external returns (uint256 shares);

    /// @notice Pays what a closed generation left for `account`, who is paid whoever calls.
    function claimClosed(uint256 generation, address account) external returns (uint256 assets);

    /// @notice Settles what has matured, at most `maxCohorts`. Anyone; nobody needs to.
    function settle(uint256 maxCohorts) external;

    // The operator

    /// @notice Lowers the commission at once or announces a higher one, which waits for the notice.
    function setCommission(uint16 commissionBps) external;

    /// @notice Sets the most PHA that deposits may bring the pool to; zero for no cap.
    function setCap(uint96 cap) external;

    /// @notice Says whether only listed receivers may be staked for.
    function setWhitelistOn(bool on) external;

    /// @notice Puts `account` on the list or takes it off.
    function setListed(address account, bool listed) external;

    /// @notice Takes deposits again after a generation closed.
    function reopen() external;

    // Modules

    /// @notice Takes a reward from the reward source; the operator's commission at once, the rest drips.
    function reward(uint256 assets) external;

    /// @notice Locks stake for a worker. Worker registry only.
    function lock(uint256 assets) external;

    /// @notice Releases stake of a worker. Worker registry only.
    function unlock(uint256 assets) external;

    /// @notice Takes at most `assets` from active stake and unmatured requests and sends it to the slash manager, the only
    /// one who may call. Never reverts on the amount.
    function slash(uint256 assets) external returns (uint256 taken);

    /// @notice Stops maturing for what is unsettled at `since`, until `until`. Slash manager only.
    function setHold(uint256 since, uint256 until) external;

    // Views

    /// @notice The pool's books now.
    function books() external view returns (Books memory);

    /// @notice A cohort by its number, counted from 0.
    function cohort(uint256 index) external view returns (Cohort memory);

    /// @notice A request's parts, its value now if it were paid, and whether it is claimable.
    function exitRequest(
        uint256 requestId
    ) external view returns (ExitRequest memory request, uint256 assets, bool claimable);

    /// @notice The numbers of a controller's requests: `first` is the oldest that may be open, `end` one past the newest.
    /// The id of number i is `controller << 48 | i`.
    function requestRange(address controller) external view returns (uint256 first, uint256 end);

    /// @notice Whether a request waits uncovered beyond the grace period, so that anyone may have the workers stopped.
    function isOverdue(uint256 requestId) external view returns (bool);

    /// @notice What a generation left, and the shares it is for; zero and zero if it has not closed.
    function closedGeneration(uint256 generation) external view returns (uint256 assets, uint256 supply);

    /// @notice Shares of `account` in a generation, closed or not.
    function balanceOfGeneration(address account, uint256 generation) external view returns (uint256);

    /// @notice End of the hold; a time that has passed means none.
    function holdUntil() external view returns (uint256);

    /// @notice The commission now, and the one announced with its time (zero if none is).
    function commission() external view returns (uint256 currentBps, uint256 nextBps, uint256 from);

    /// @notice Whoever runs the workers.
    function operator() external view returns (address);

    /// @notice The pool's number.
    function poolId() external view returns (uint256);

    /// @notice The operator's cap; zero for none.
    function cap() external view returns (uint256);

    /// @notice Whether a receiver may be staked for.
    function isListed(address account) external view returns (bool);
}
