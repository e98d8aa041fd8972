// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Stake from one pool to another without a gap
/// @notice A move takes PHA out of one pool and stakes it in another in one transaction, so that it earns at every moment. It
/// takes no liability with it: what a request of the same day would lose by offences in the pool that was left, the mover
/// loses too. Until that is known, when the day's cohort is settled there, the new shares are kept here in escrow. Then
/// anyone completes the move: the mover gets the shares, less the part that slashes took meanwhile, and that part goes the
/// way of all that is slashed.
///
/// Traps: escrowed shares can neither be moved on nor redeemed, and lose by slashes in the pool they are of, like all shares.
/// A pool with a list has to list this contract, and the mover has to be on the list besides. Shares sent here by mistake are
/// lost.
///
/// Trusted: nobody. The pools trust this contract, and so whoever may name it: it takes stake of those whom it says it acts for.
interface IRedelegation {
    /// @notice A move that is not completed.
    /// @param owner Whose stake it is.
    /// @param fromPoolId Number of the pool that was left, for whose offences the shares answer.
    /// @param toPoolId Number of the pool that the shares are of.
    /// @param generation Of these shares.
    /// @param shares In escrow.
    /// @param factor What slashes had left of the cohort's norm of one at the move.
    /// @param cohort The cohort of the pool that was left; once it is settled, the move can be completed.
    struct Move {
        address owner;
        uint32 fromPoolId;
        uint32 toPoolId;
        uint16 generation;
        uint112 shares;
        uint112 factor;
        uint24 cohort;
    }

    /// @notice `owner` moved stake.
    event Moved(
        uint256 indexed moveId,
        address indexed owner,
        uint256 indexed toPoolId,
        uint256 fromPoolId,
        uint256 sharesOut,
        uint256 assets,
        uint256 sharesIn
    );
    /// @notice The mover has `kept` shares, or `assets` where their generation has closed; `forfeit` shares are lost to slashes.
    event Completed(uint256 indexed moveId, address indexed owner, uint256 kept, uint256 forfeit, uint256 assets);
    /// @notice Forfeit shares are on their way out of the pool; those of a closed generation were paid at once.
    event Surrendered(uint256 indexed poolId, uint256 indexed generation, uint256 shares);
    /// @notice What forfeit shares were worth went to the slash manager's proceeds.
    event Collected(uint256 indexed poolId, uint256 assets);

    /// @notice Thrown when nothing is forfeit in that pool and generation.
    error NothingForfeit(uint256 poolId, uint256 generation);
    /// @notice Thrown when a pool has no shares of this contract to pay.
    error NothingToCollect(uint256 poolId);
    /// @notice Thrown when there is no such move, or it was completed.
    error NoSuchMove(uint256 moveId);
    /// @notice Thrown when the mover isn't on the list of the pool they want to move to.
    error MoverNotListed(uint256 poolId, address owner);
    /// @notice Thrown when both pools are the same.
    error SamePool(uint256 poolId);
    /// @notice Thrown when a move can't be completed, because its cohort isn't settled.
    error StillLiable(uint256 moveId, uint256 fromPoolId, uint256 cohort);
    /// @notice Thrown when a move would bring fewer shares than the caller accepts.
    error TooFewShares(uint256 shares, uint256 minShares);
    /// @notice Thrown when the factory has no pool of that number.
    error UnknownPool(uint256 poolId);

    /// @notice Moves `shares` of `owner` from one pool to another. The caller is the owner, or may request a redemption of the
    /// owner's shares: as their operator, or with an allowance in the pool that is left, which is spent.
    /// @param minShares The fewest shares of the other pool to accept.
    /// @return moveId The move's number, counted from 1.
    /// @return sharesIn Shares in escrow.
    function move(
        uint256 fromPoolId,
        uint256 toPoolId,
        uint256 shares,
        uint256 minShares,
        address owner
    ) external returns (uint256 moveId, uint256 sharesIn);

    /// @notice Ends a move whose cohort is settled, or can be. Anyone; the owner is paid whoever calls.
    /// @return kept Shares that the owner gets, or is paid for where their generation has closed.
    function complete(uint256 moveId) external returns (uint256 kept);

    /// @notice Asks the pool for what all forfeit shares of a generation are worth. Anyone.
    function surrender(uint256 poolId, uint256 generation) external returns (uint256 shares);

    /// @notice Sends on what the pool pays for the oldest forfeit shares. Anyone.
    /// @param shares How many of them; all that can be claimed is `maxRedeem` of this contract.
    function collect(uint256 poolId, uint256 shares) external returns (uint256 assets);

    /// @notice A move by its number; all zero when there is none, or it was completed.
    function moveOf(uint256 moveId) external view returns (Move memory);

    /// @notice Shares that the owner would get now, and whether that can still change.
    function standing(uint256 moveId) external view returns (uint256 kept, bool isLiable);

    /// @notice How many moves were made.
    function moveCount() external view returns (uint256);

    /// @notice Shares that slashes have taken and nobody has surrendered yet.
    function forfeited(uint256 poolId, uint256 generation) external view returns (uint256);
}
