// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IComputeParameters} from "./interfaces/IComputeParameters.sol";

/// @title Every tunable of compute, within bounds that no decision can leave
contract ComputeParameters is IComputeParameters, AccessManaged {
    uint256 private constant COUNT = uint256(type(Parameter).max) + 1;
    uint256 private constant BPS = 10_000;

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

    /// @inheritdoc IComputeParameters
    function set(Parameter parameter, uint256 value) external restricted {
        _store(parameter, value);
        _requireConsistent();
    }

    /// @inheritdoc IComputeParameters
    function get(Parameter parameter) external view returns (uint256) {
        return _values[parameter];
    }

    /// @inheritdoc IComputeParameters
    function boundsOf(Parameter parameter) public pure returns (uint256 lowest, uint256 highest) {
        if (parameter == Parameter.PoolShareBps) return (5_000, BPS);
        if (parameter == Parameter.StakersShareBps) return (0, 3_000);
        if (parameter == Parameter.MinOrderSeconds) return (1, 1 days);
        // Orders keep it in 16 bits.
        if (parameter == Parameter.ReceiptSeconds) return (10 minutes, 18 hours);
        // An answer's offence dates from its request: it must still be fresh evidence when the answer may be given. Staking
        // lets no evidence go stale within a day more than this.
        if (parameter == Parameter.MaxAnswerSeconds) return (1 minutes, 3 days);
        if (parameter == Parameter.MaxAnswerBytes) return (32, 8_192);
        if (parameter == Parameter.MaxCallbackGas) return (100_000, 3_000_000);
        if (parameter == Parameter.MinAnswerStakeAmount) return (1, 1_000_000e18);
        return (1, 4); // the level of a slash
    }

    function _store(Parameter parameter, uint256 value) private {
        (uint256 lowest, uint256 highest) = boundsOf(parameter);
        require(value >= lowest && value <= highest, ParameterOutOfBounds(parameter, value, lowest, highest));
        emit ParameterSet(parameter, _values[parameter], value);
        _values[parameter] = value;
    }

    /// @dev What values owe each other. Checked on the whole set after each change, so no order of changes gets round it.
    function _requireConsistent() private view {
        uint256 poolShare = _values[Parameter.PoolShareBps];
        uint256 stakersShare = _values[Parameter.StakersShareBps];
        require(poolShare + stakersShare <= BPS, SharesExceedWhole(poolShare, stakersShare));
    }
}
