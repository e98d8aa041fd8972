// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IWorkerParameters} from "./interfaces/IWorkerParameters.sol";

/// @title Every tunable of workers, their rewards and the gatekeepers, within bounds that no decision can leave
contract WorkerParameters is IWorkerParameters, AccessManaged {
    uint256 private constant COUNT = uint256(type(Parameter).max) + 1;
    uint256 private constant BPS = 10_000;
    uint256 private constant MIN_WEIGHT_BPS = 1_000;
    uint256 private constant MAX_WEIGHT_BPS = 60_000;
    uint256 private constant MAX_COLLATERAL = 100_000e18;

    mapping(Parameter parameter => uint256) private _values;
    mapping(bytes32 model => GpuClass) private _classes;

    /// @param authority The access manager.
    /// @param values One for each parameter, in their order.
    /// @param classes The accepted models of GPU.
    constructor(address authority, uint256[] memory values, GpuClassOf[] memory classes) AccessManaged(authority) {
        require(values.length == COUNT, WrongNumberOfValues(values.length, COUNT));
        for (uint256 i = 0; i < COUNT; ++i) {
            _store(Parameter(i), values[i]);
        }
        _requireConsistent();
        for (uint256 i = 0; i < classes.length; ++i) {
            _storeClass(classes[i].model, classes[i].class);
        }
    }

    /// @inheritdoc IWorkerParameters
    function set(Parameter parameter, uint256 value) external restricted {
        _store(parameter, value);
        _requireConsistent();
    }

    /// @inheritdoc IWorkerParameters
    function setGpuClass(bytes32 model, GpuClass calldata class) external restricted {
        _storeClass(model, class);
    }

    /// @inheritdoc IWorkerParameters
    function get(Parameter parameter) external view returns (uint256) {
        return _values[parameter];
    }

    /// @inheritdoc IWorkerParameters
    function gpuClassOf(bytes32 model) external view returns (GpuClass memory) {
        return _classes[model];
    }

    /// @inheritdoc IWorkerParameters
    function confidenceBps(uint8 level) external view returns (uint256) {
        if (level < 1 || level > 5) return 0;
        return _values[Parameter(uint8(Parameter.Confidence1Bps) + level - 1)];
    }

    /// @inheritdoc IWorkerParameters
    function boundsOf(Parameter parameter) public pure returns (uint256 lowest, uint256 highest) {
        if (parameter <= Parameter.MaxWorkersPerPool) return _boundsOfRegistration(parameter);
        if (parameter <= Parameter.Confidence5Bps) return _boundsOfValue(parameter);
        if (parameter <= Parameter.EarningsSpreadDays) return _boundsOfRewards(parameter);
        return _boundsOfGatekeepers(parameter);
    }

    function _boundsOfRegistration(Parameter parameter) private pure returns (uint256 lowest, uint256 highest) {
        if (parameter == Parameter.StakePerRootPerformanceE18) return (1e18, 1_000e18);
        if (parameter == Parameter.MaxWorkersPerPool) return (1, 200);
        return (1, 10_000_000); // least and greatest performance
    }

    /// @dev The arithmetic of values relies on these: performance under 2^24, values under 2^90, one day's growth under 2^57.
    function _boundsOfValue(Parameter parameter) private pure returns (uint256 lowest, uint256 highest) {
        if (parameter == Parameter.StakeMultiplierE18) return (1e18, 3e18);
        if (parameter == Parameter.RigCostPerPerformanceE18) return (0, 100e18);
        if (parameter == Parameter.RigCostBaseE18) return (0, 100_000e18);
        if (parameter == Parameter.MaxValueE18) return (1_000e18, 10_000_000e18);
        if (parameter == Parameter.GrowthPerDayE18) return (0, 0.1e18);
        if (parameter == Parameter.CostPerPerformancePerDayE18) return (0, 1e18);
        if (parameter == Parameter.CostBasePerDayE18) return (0, 1_000e18);
        if (parameter == Parameter.UnresponsiveLossPerDayE18) return (0, 1e18);
        if (parameter == Parameter.MaxInstantPerformanceBps) return (10_000, 20_000);
        return (1, BPS); // confidence
    }

    function _boundsOfRewards(Parameter parameter) private pure returns (uint256 lowest, uint256 highest) {
        if (parameter == Parameter.CatchUpBps) return (10_000, 30_000);
        if (parameter == Parameter.SettlementDays) return (2, 30);
        if (parameter == Parameter.UnpayableDays) return (30, 730);
        if (parameter == Parameter.EarningsSpreadDays) return (1, 60);
        return (0, BPS); // shares of the treasury and the stakers
    }

    function _boundsOfGatekeepers(Parameter parameter) private pure returns (uint256 lowest, uint256 highest) {
        if (parameter == Parameter.MinGatekeeperBondAmount) return (1_000e18, 10_000_000e18);
        if (parameter == Parameter.MaxGatekeepers) return (3, 32);
        if (parameter == Parameter.QuorumBps) return (6_667, BPS);
        if (parameter == Parameter.MinReporters) return (1, 16);
        if (parameter == Parameter.ReportDays) return (1, 14);
        if (parameter == Parameter.ObjectionSeconds) return (1 hours, 20 hours);
        // Longer than evidence stays fresh (30 days at most) with a claim's windows behind it (35 at most).
        if (parameter == Parameter.GatekeeperUnbondingDays) return (66, 180);
        if (parameter == Parameter.EquivocationSlashBps) return (5_000, BPS);
        // Of what is taken: whoever reports themselves still loses three quarters of it.
        return (0, 2_500);
    }

    function _store(Parameter parameter, uint256 value) private {
        (uint256 lowest, uint256 highest) = boundsOf(parameter);
        require(value >= lowest && value <= highest, ParameterOutOfBounds(parameter, value, lowest, highest));
        emit ParameterSet(parameter, _values[parameter], value);
        _values[parameter] = value;
    }

    function _storeClass(bytes32 model, GpuClass memory class) private {
        bool removed = class.weightBps == 0 && class.collateral == 0;
        bool within =
            class.weightBps >= MIN_WEIGHT_BPS &&
                class.weightBps <= MAX_WEIGHT_BPS &&
                class.collateral <= MAX_COLLATERAL;
        // No model at all is how a worker without GPUs answers.
        require(model != 0 && (removed || within), GpuClassOutOfBounds(model, class.weightBps, class.collateral));
        emit GpuClassSet(model, _classes[model], class);
        _classes[model] = class;
    }

    /// @dev What values owe each other. Checked on the whole set after each change, so no order of changes gets round it.
    function _requireConsistent() private view {
        (uint256 lowest, uint256 highest) = (_values[Parameter.MinPerformance], _values[Parameter.MaxPerformance]);
        require(lowest <= highest, PerformanceBoundsCrossed(lowest, highest));
        (uint256 treasuryBps, uint256 stakersBps) = (
            _values[Parameter.TreasuryShareBps],
            _values[Parameter.StakersShareBps]
        );
        require(treasuryBps + stakersBps <= BPS, SharesExceedWhole(treasuryBps, stakersBps));
        for (uint8 level = 1; level < 5; ++level) {
            uint256 better = _values[Parameter(uint8(Parameter.Confidence1Bps) + level - 1)];
            uint256 worse = _values[Parameter(uint8(Parameter.Confidence1Bps) + level)];
            require(better >= worse, ConfidenceNotFalling(level, better, worse));
        }
    }
}
