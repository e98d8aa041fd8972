// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Every tunable of workers, their rewards and the gatekeepers, within bounds that no decision can leave
/// @notice A value's unit stands in its name; `E18` is a number in units of 10^-18. Trusted: whoever holds the role, within
/// the bounds.
interface IWorkerParameters {
    /// @notice The tunables. WORKERS.md gives each one's meaning, default, bounds and source.
    enum Parameter {
        StakePerRootPerformanceE18,
        MinPerformance,
        MaxPerformance,
        MaxWorkersPerPool,
        StakeMultiplierE18,
        RigCostPerPerformanceE18,
        RigCostBaseE18,
        MaxValueE18,
        GrowthPerDayE18,
        CostPerPerformancePerDayE18,
        CostBasePerDayE18,
        UnresponsiveLossPerDayE18,
        MaxInstantPerformanceBps,
        Confidence1Bps,
        Confidence2Bps,
        Confidence3Bps,
        Confidence4Bps,
        Confidence5Bps,
        TreasuryShareBps,
        StakersShareBps,
        CatchUpBps,
        SettlementDays,
        UnpayableDays,
        EarningsSpreadDays,
        MinGatekeeperBondAmount,
        MaxGatekeepers,
        QuorumBps,
        MinReporters,
        ReportDays,
        ObjectionSeconds,
        GatekeeperUnbondingDays,
        EquivocationSlashBps,
        EquivocationReporterBps
    }

    /// @notice How a model of GPU counts.
    /// @param weightBps What a worker's share is multiplied by; zero for a model that is not accepted.
    /// @param collateral Least stake for each GPU, in wei.
    struct GpuClass {
        uint16 weightBps;
        uint96 collateral;
    }

    /// @notice A model's class, for the constructor.
    struct GpuClassOf {
        bytes32 model;
        GpuClass class;
    }

    /// @notice A value was set; at construction the old one is zero.
    event ParameterSet(Parameter indexed parameter, uint256 oldValue, uint256 newValue);
    /// @notice A model's class was set.
    event GpuClassSet(bytes32 indexed model, GpuClass oldClass, GpuClass newClass);

    /// @notice Thrown when a better confidence level would weigh less than a worse one.
    error ConfidenceNotFalling(uint256 level, uint256 betterBps, uint256 worseBps);
    /// @notice Thrown when a model's weight or collateral lies outside its bounds.
    error GpuClassOutOfBounds(bytes32 model, uint256 weightBps, uint256 collateral);
    /// @notice Thrown when a value lies outside its bounds.
    error ParameterOutOfBounds(Parameter parameter, uint256 value, uint256 lowest, uint256 highest);
    /// @notice Thrown when no performance would be accepted.
    error PerformanceBoundsCrossed(uint256 lowest, uint256 highest);
    /// @notice Thrown when treasury and stakers would have more than there is.
    error SharesExceedWhole(uint256 treasuryBps, uint256 stakersBps);
    /// @notice Thrown when the constructor is given another number of values than there are parameters.
    error WrongNumberOfValues(uint256 given, uint256 needed);

    /// @notice Sets one value. Restricted.
    function set(Parameter parameter, uint256 value) external;

    /// @notice Sets a model's class; a weight of zero takes the model off the list. Restricted. Workers that have started
    /// keep the weight they started with.
    function setGpuClass(bytes32 model, GpuClass calldata class) external;

    /// @notice A value, in the unit of its name.
    function get(Parameter parameter) external view returns (uint256);

    /// @notice A model's class; all zero if it is not accepted.
    function gpuClassOf(bytes32 model) external view returns (GpuClass memory);

    /// @notice What evidence of a confidence level, 1 to 5, counts; zero for any other level.
    function confidenceBps(uint8 level) external view returns (uint256);

    /// @notice The bounds of a value, both included.
    function boundsOf(Parameter parameter) external pure returns (uint256 lowest, uint256 highest);
}
