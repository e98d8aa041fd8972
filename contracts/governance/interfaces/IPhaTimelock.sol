// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What the suite's timelock adds to OpenZeppelin's `TimelockController`
/// @notice Refusals at construction, and bounds for its delay: none could make a decision take effect unseen, or never.
interface IPhaTimelock {
    /// @notice The timelock's tunable: seconds between scheduling and execution. Its event is `MinDelayChange`.
    enum Parameter {
        DelaySeconds
    }

    /// @notice Thrown when nobody could ever schedule an operation: nothing could then change the timelock itself.
    error NoProposer();

    /// @notice Thrown when nobody could ever execute an operation. The zero address stands for "anyone".
    error NoExecutor();

    /// @notice Thrown when a proposer is the zero address: proposing would then be open to anyone.
    error ProposerIsZero();

    /// @notice Thrown when a value lies outside its bounds.
    error ParameterOutOfBounds(Parameter parameter, uint256 value, uint256 lowest, uint256 highest);

    /// @notice Sets the delay; only by an operation that has waited in the timelock. The same as `updateDelay`.
    function set(Parameter parameter, uint256 value) external;

    /// @notice The delay in force.
    function get(Parameter parameter) external view returns (uint256);

    /// @notice The bounds of a value, both included.
    function boundsOf(Parameter parameter) external pure returns (uint256 lowest, uint256 highest);
}
