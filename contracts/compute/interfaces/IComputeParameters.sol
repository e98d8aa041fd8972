// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Every tunable of compute, within bounds that no decision can leave
/// @notice A value's unit stands in its name. Prices and what a worker must be are the market's resource classes. Trusted:
/// whoever holds the role, within the bounds.
interface IComputeParameters {
    /// @notice The tunables. The README of this domain gives each one's meaning, default, bounds and source.
    enum Parameter {
        PoolShareBps,
        StakersShareBps,
        MinOrderSeconds,
        ReceiptSeconds,
        MaxAnswerSeconds,
        MaxAnswerBytes,
        MaxCallbackGas,
        MinAnswerStakeAmount,
        EquivocationLevel
    }

    /// @notice A value was set; at construction the old one is zero.
    event ParameterSet(Parameter indexed parameter, uint256 oldValue, uint256 newValue);

    /// @notice Thrown when a value lies outside its bounds.
    error ParameterOutOfBounds(Parameter parameter, uint256 value, uint256 lowest, uint256 highest);
    /// @notice Thrown when pool and stakers together would get more than there is.
    error SharesExceedWhole(uint256 poolShareBps, uint256 stakersShareBps);
    /// @notice Thrown when the constructor is given another number of values than there are parameters.
    error WrongNumberOfValues(uint256 given, uint256 needed);

    /// @notice Sets one value. The role that may is the access manager's to say.
    function set(Parameter parameter, uint256 value) external;

    /// @notice A value, in the unit of its name.
    function get(Parameter parameter) external view returns (uint256);

    /// @notice The bounds of a value, both included.
    function boundsOf(Parameter parameter) external pure returns (uint256 lowest, uint256 highest);
}
