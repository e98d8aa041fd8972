// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Operators' own PHA, the first to be lost
/// @notice A bond leaves like stake does: after a notice as long as the worst exit, and not while a claim is open. Until
/// it is withdrawn, all of it can be slashed, releasing or not. A release that is due has a week to be withdrawn; after that
/// it has to be taken back and asked for again.
interface IOperatorBond {
    /// @notice A pool's bond.
    /// @param bonded Stays.
    /// @param releasing On its way out; still slashable.
    /// @param releaseAt When `releasing` may be withdrawn.
    struct Bond {
        uint96 bonded;
        uint96 releasing;
        uint40 releaseAt;
    }

    /// @notice Someone added to a pool's bond.
    event BondPosted(address indexed pool, address indexed from, uint256 assets);
    /// @notice The operator asked for part of the bond.
    event BondReleaseRequested(address indexed pool, uint256 assets, uint256 releasing, uint256 releaseAt);
    /// @notice The operator took back the request.
    event BondReleaseCancelled(address indexed pool, uint256 assets);
    /// @notice Released PHA was paid to the operator.
    event BondReleased(address indexed pool, address indexed operator, uint256 assets);
    /// @notice Bond was taken.
    event BondSlashed(address indexed pool, uint256 requested, uint256 taken);

    /// @notice Thrown when more is asked for than is bonded.
    error BondTooSmall(address pool, uint256 requested, uint256 bonded);
    /// @notice Thrown while a claim against the pool is open.
    error BondFrozen(address pool, uint256 until);
    /// @notice Thrown when the caller isn't the pool's operator.
    error CallerNotOperatorOf(address pool, address caller);
    /// @notice Thrown when the caller isn't the slash manager.
    error CallerNotSlashManager(address caller);
    /// @notice Thrown for a pool that the factory didn't make.
    error ForeignPool(address pool);
    /// @notice Thrown when there is nothing to withdraw, or not yet.
    error NothingToRelease(address pool, uint256 releasing, uint256 releaseAt);
    /// @notice Thrown when a release was due and not withdrawn in time.
    error ReleaseExpired(address pool, uint256 expiresAt);
    /// @notice Thrown when an amount is zero.
    error ZeroAmount();

    /// @notice Adds PHA of the caller to a pool's bond. Anyone; it is the operator's from then on.
    function post(address pool, uint256 assets) external;

    /// @notice Starts the release of `assets` more; what is releasing already waits again with it. Operator only.
    function requestRelease(address pool, uint256 assets) external;

    /// @notice Puts what is releasing back into the bond. Operator only.
    function cancelRelease(address pool) external;

    /// @notice Pays what is releasing to the operator, within the week after its time has come.
    function release(address pool) external returns (uint256 assets);

    /// @notice Takes at most `assets` and sends it to the slash manager, who alone may call. Never reverts on the amount.
    function slash(address pool, uint256 assets) external returns (uint256 taken);

    /// @notice A pool's bond in its parts.
    function bondOf(address pool) external view returns (Bond memory);
}
