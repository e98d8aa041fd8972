// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What a stake pool keeps, says and refuses
/// @notice Shared by the two halves of a pool's code.
interface IPoolRecords {
    /// @notice A request's or claim's parts. `shares` counts what was given up, for ERC-7540's views only.
    struct ExitRequest {
        uint120 norm;
        uint112 shares;
        uint24 cohort;
    }

    /// @notice The requests of one day.
    /// @param factor Fixed at settling; before it, the number of the era that the norms are counted in.
    /// @param amount Σ norms; after settling, what the eras that ended in between have left of a norm of one.
    /// @param maturityDay Its first day on which it may be settled and paid.
    /// @param exitDays `maturityDay` less the day of the requests.
    struct Cohort {
        uint112 factor;
        uint120 amount;
        uint16 maturityDay;
        uint8 exitDays;
    }

    /// @notice The pool's books, rewards dripped until now included. README: A, T, F, N, U, W, M, D, L.
    struct Books {
        uint256 active;
        uint256 supply;
        uint256 factor;
        uint256 norm;
        uint256 atExit;
        uint256 moved;
        uint256 owed;
        uint256 undripped;
        uint256 locked;
        uint256 generation;
        uint256 settledCohorts;
        uint256 cohorts;
    }

    /// @notice A request returned to stake.
    event RedeemRequestCancelled(
        uint256 indexed requestId,
        address indexed controller,
        uint256 requestedShares,
        uint256 newShares
    );
    /// @notice A cohort's factor was fixed.
    event CohortSettled(uint256 indexed cohort, uint256 factor, uint256 assets);
    /// @notice Stake of a delegator went to another pool; it answers for this one until `cohort` is settled.
    event MovedOut(
        address indexed owner,
        address indexed caller,
        uint256 indexed cohort,
        uint256 shares,
        uint256 assets
    );
    /// @notice Stake was taken; `fromMoved` is the loss of what has moved, and is taken where it went.
    event Slashed(uint256 requested, uint256 taken, uint256 fromMoved, uint256 active, uint256 factor);
    /// @notice The factor fell to `finalFactor` and starts again at one.
    event EraEnded(uint256 indexed era, uint256 finalFactor);
    /// @notice A generation's shares are paid from `assets`, and from nothing later.
    event GenerationClosed(uint256 indexed generation, uint256 assets, uint256 supply);
    /// @notice What a closed generation left was paid.
    event ClosedSharesPaid(uint256 indexed generation, address indexed account, uint256 shares, uint256 assets);
    /// @notice The operator takes deposits again after a generation closed.
    event Reopened(uint256 generation);
    /// @notice A reward came in; the operator was paid `commission` of it, the rest drips until `dripEndsAt`.
    event Rewarded(uint256 assets, uint256 commission, uint256 dripEndsAt);
    /// @notice Worker locks changed.
    event LockedSet(uint256 oldLocked, uint256 newLocked);
    /// @notice Until `until` no cohort settles but those before number `released`.
    event HoldSet(uint256 until, uint256 released);
    /// @notice From `startsAt` on the commission is `newBps`.
    event CommissionSet(uint256 oldBps, uint256 newBps, uint256 startsAt);
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
    /// @notice Thrown when a worker's lock would pass the active stake, less what came here by moves and still answers elsewhere.
    error LockExceedsActive(uint256 locked, uint256 active);
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
}
