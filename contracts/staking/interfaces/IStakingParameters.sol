// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Every tunable of staking, within bounds that no decision can leave
/// @notice A value's unit stands in its name. Trusted: whoever holds the role, within the bounds.
interface IStakingParameters {
    /// @notice The tunables. The README of this domain gives each one's meaning, default, bounds and source.
    enum Parameter {
        MinDepositAmount,
        ExitDays,
        GraceDays,
        WorkerCooldownDays,
        CommissionNoticeDays,
        MaxCommissionBps,
        RewardDripSeconds,
        ChallengeWindowSeconds,
        ResolutionWindowSeconds,
        ExecutionWindowSeconds,
        EvidenceMaxAgeSeconds,
        SlashLevel1Bps,
        SlashLevel2Bps,
        SlashLevel3Bps,
        SlashLevel4Bps,
        ReporterShareBps,
        BurnShareBps
    }

    /// @notice A value was set; at construction the old one is zero.
    event ParameterSet(Parameter indexed parameter, uint256 oldValue, uint256 newValue);

    /// @notice Thrown when a commission's notice would not be longer than the longest way out of a pool.
    error NoticeNotLongerThanExit(uint256 noticeDays, uint256 worstExitDays);
    /// @notice Thrown when a value lies outside its bounds.
    error ParameterOutOfBounds(Parameter parameter, uint256 value, uint256 lowest, uint256 highest);
    /// @notice Thrown when a graver offence would cost less than a lighter one.
    error SlashLevelsNotRising(uint256 level, uint256 lowerBps, uint256 higherBps);
    /// @notice Thrown when the constructor is given another number of values than there are parameters.
    error WrongNumberOfValues(uint256 given, uint256 needed);

    /// @notice Sets one value. The role that may is the access manager's to say.
    function set(Parameter parameter, uint256 value) external;

    /// @notice A value, in the unit of its name.
    function get(Parameter parameter) external view returns (uint256);

    /// @notice Days that leaving a pool takes at worst: unbonding, or the grace period and the workers' cool-down.
    function worstExitDays() external view returns (uint256);

    /// @notice The share of the stake at risk that an offence of `level`, 1 to 4, costs.
    function slashBps(uint8 level) external view returns (uint256);

    /// @notice The bounds of a value, both included.
    function boundsOf(Parameter parameter) external pure returns (uint256 lowest, uint256 highest);
}
