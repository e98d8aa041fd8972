// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title Every tunable of staking, within bounds that no decision can leave
contract StakingParameters is IStakingParameters, AccessManaged {
    uint256 private constant COUNT = uint256(type(Parameter).max) + 1;

    mapping(Parameter parameter => uint256) private _values;

    /// @param authority The access manager.
    /// @param values One for each parameter, in their order.
    constructor(address authority, uint256[] memory values) AccessManaged(authority) {
        require(values.length == COUNT, WrongNumberOfValues(values.length, COUNT));
        for (uint256 i = 0; i < COUNT; ++i) {
            _store(Parameter(i), values[i]);
        }
        _requireConsistent();
    }

    /// @inheritdoc IStakingParameters
    function set(Parameter parameter, uint256 value) external restricted {
        _store(parameter, value);
        _requireConsistent();
    }

    /// @inheritdoc IStakingParameters
    function get(Parameter parameter) external view returns (uint256) {
        return _values[parameter];
    }

    /// @inheritdoc IStakingParameters
    function slashBps(uint8 level) external view returns (uint256) {
        // A level beyond the fourth leaves the enum and panics; the slash manager refuses it by name before.
        return _values[Parameter(uint8(Parameter.SlashLevel1Bps) + level - 1)];
    }

    /// @inheritdoc IStakingParameters
    function worstExitDays() public view returns (uint256) {
        uint256 forced = _values[Parameter.GraceDays] + _values[Parameter.WorkerCooldownDays];
        return Math.max(_values[Parameter.ExitDays], forced);
    }

    /// @inheritdoc IStakingParameters
    function boundsOf(Parameter parameter) public pure returns (uint256 lowest, uint256 highest) {
        if (parameter == Parameter.MinDepositAmount) return (0, 100e18);
        if (parameter == Parameter.ExitDays || parameter == Parameter.GraceDays) return (2, 14);
        if (parameter == Parameter.WorkerCooldownDays) return (1, 14);
        if (parameter == Parameter.CommissionNoticeDays) return (3, 90);
        if (parameter == Parameter.RewardDripSeconds) return (1 hours, 30 days);
        if (parameter == Parameter.ChallengeWindowSeconds) return (1 days, 7 days);
        if (parameter == Parameter.ResolutionWindowSeconds) return (1 days, 14 days);
        if (parameter == Parameter.ExecutionWindowSeconds) return (1 days, 14 days);
        // An oracle's answer may be given three days after the request from which its offence dates; then a day to file.
        if (parameter == Parameter.EvidenceMaxAgeSeconds) return (4 days, 30 days);
        if (parameter == Parameter.ReporterShareBps) return (0, 2_000);
        return (0, 10_000); // the other shares
    }

    function _store(Parameter parameter, uint256 value) private {
        (uint256 lowest, uint256 highest) = boundsOf(parameter);
        require(value >= lowest && value <= highest, ParameterOutOfBounds(parameter, value, lowest, highest));
        emit ParameterSet(parameter, _values[parameter], value);
        _values[parameter] = value;
    }

    /// @dev What values owe each other. Checked on the whole set after each change, so no order of changes gets round it.
    function _requireConsistent() private view {
        uint256 notice = _values[Parameter.CommissionNoticeDays];
        require(notice > worstExitDays(), NoticeNotLongerThanExit(notice, worstExitDays()));
        for (uint8 level = 1; level < 4; ++level) {
            uint256 lower = _values[Parameter(uint8(Parameter.SlashLevel1Bps) + level - 1)];
            uint256 higher = _values[Parameter(uint8(Parameter.SlashLevel1Bps) + level)];
            require(lower <= higher, SlashLevelsNotRising(level, lower, higher));
        }
    }
}
