// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What a delegation vault keeps, says and refuses
/// @notice Shared by the two halves of its code.
interface IVaultRecords {
    /// @notice A pool's place in the vault.
    /// @param shares Of `generation`, delegated through the vault; what others send is not counted.
    /// @param cap The most PHA that delegating may bring the position to.
    /// @param generation The pool's, when `shares` were last counted.
    /// @param recallDay The last day on which PHA was called back.
    /// @param requests How many requests are open in the pool.
    struct Position {
        uint112 shares;
        uint96 cap;
        uint16 generation;
        uint16 recallDay;
        uint16 requests;
    }

    /// @notice A request in the queue.
    struct Exit {
        address controller;
        uint48 readyAt;
        uint104 shares;
    }

    /// @notice A pool was listed, or its cap changed.
    event PoolSet(address indexed pool, uint256 oldCap, uint256 newCap);
    /// @notice A pool without stake was taken off the list.
    event PoolRemoved(address indexed pool);
    /// @notice PHA was delegated to a pool.
    event Delegated(address indexed pool, uint256 assets, uint256 shares);
    /// @notice Shares of a pool were asked back.
    event Recalled(address indexed pool, uint256 shares);
    /// @notice PHA came back from a pool.
    event Collected(address indexed pool, uint256 assets);
    /// @notice A request, or part of it, was filled: it can be claimed.
    event ExitFilled(uint256 indexed place, address indexed controller, uint256 shares, uint256 assets);
    /// @notice A request left the queue unfilled.
    event ExitCancelled(uint256 indexed place, address indexed controller, uint256 shares);
    /// @notice Fee shares were minted: `price` before, the new mark after.
    event FeeTaken(address indexed recipient, uint256 shares, uint256 price, uint256 mark);
    /// @notice From `startsAt` on the fee is `newBps`.
    event FeeSet(uint256 oldBps, uint256 newBps, uint256 startsAt);
    /// @notice Fees go to another.
    event FeeRecipientSet(address indexed oldRecipient, address indexed newRecipient);
    /// @notice What the shares are worth, as votes count it from now on.
    event ValueRecorded(uint256 assets, uint256 supply);

    /// @notice Thrown when a position would pass its cap.
    error CapExceeded(address pool, uint256 assets, uint256 cap);
    /// @notice Thrown when the caller may not act for `controller`.
    error CallerNotAuthorised(address caller, address controller);
    /// @notice Thrown when a deposit would pass the widest amounts that can be kept.
    error DepositExceedsMaximum(address receiver, uint256 amount, uint256 maximum);
    /// @notice Thrown when a deposit is under the minimum.
    error DepositTooSmall(uint256 assets, uint256 minimum);
    /// @notice Thrown when more is claimed than is claimable.
    error ClaimExceedsClaimable(address controller, uint256 requested, uint256 claimable);
    /// @notice Thrown when a fee is above the maximum.
    error FeeTooHigh(uint256 feeBps, uint256 maximumBps);
    /// @notice Thrown for a pool that the factory didn't make.
    error ForeignPool(address pool);
    /// @notice Thrown when more is delegated than is idle and not awaited by requests.
    error IdleTooSmall(uint256 assets, uint256 available);
    /// @notice Thrown when an account's votes have not changed as often.
    error NoSuchCheckpoint(address account, uint256 index);
    /// @notice Thrown when there is no such request of this controller.
    error NoSuchExit(uint256 place, address controller);
    /// @notice Thrown when nothing has to be called back, or the pool has nothing.
    error NothingToRecall(address pool);
    /// @notice Thrown when a pool is not on the list.
    error PoolNotListed(address pool);
    /// @notice Thrown when a pool with stake or requests is taken off the list.
    error PoolInUse(address pool);
    /// @notice Thrown by the previews that ERC-7540 leaves without an answer.
    error PreviewUnavailable();
    /// @notice Thrown when a pool was called back from today already.
    error RecalledToday(address pool, uint256 day);
    /// @notice Thrown when the list has as many pools as are looked through.
    error TooManyPools(uint256 pools);
    /// @notice Thrown on a deposit once shares have lost nearly all they were worth.
    error VaultBankrupt(uint256 assets, uint256 supply);
    /// @notice Thrown for an address of zero.
    error ZeroAddress();
    /// @notice Thrown when an amount comes to no shares.
    error ZeroShares();
}
