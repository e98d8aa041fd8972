// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What the suite's timelock refuses at construction
/// @notice The rest of its interface is OpenZeppelin's `TimelockController`.
interface IPhaTimelock {
    /// @notice Thrown when nobody could ever schedule an operation: nothing could then change the timelock itself.
    error NoProposer();

    /// @notice Thrown when nobody could ever execute an operation. The zero address stands for "anyone".
    error NoExecutor();

    /// @notice Thrown when a proposer is the zero address: proposing would then be open to anyone.
    error ProposerIsZero();
}
