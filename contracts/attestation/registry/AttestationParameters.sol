// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IAttestationParameters} from "./IAttestationParameters.sol";

/// @title The tunables of the attestation registry, and the one word of storage that every answer reads
/// @notice See {IAttestationParameters}. They stand in the registry itself, packed with what can make verdicts end at
/// once, because each look into another contract would cost every question 4,700 gas.
abstract contract AttestationParameters is IAttestationParameters, AccessManaged {
    /// @dev `retiredReaders`: bit n for the reader of serial n. `alarms`: how often certificates have been struck or cleared;
    /// only verdicts from before the last time have to be looked up among them.
    struct Conditions {
        uint96 retiredReaders;
        uint24 alarms;
        uint32 graceSeconds;
        uint32 lookAgainSeconds;
        uint16 maxAgeHours;
        uint16 challengeBlocks;
        uint16 announceHours;
    }

    uint256 private constant COUNT = uint256(type(Parameter).max) + 1;

    Conditions internal _conditions;

    /// @param authority The access manager.
    /// @param values One for each parameter, in their order.
    constructor(address authority, uint256[] memory values) AccessManaged(authority) {
        require(values.length == COUNT, WrongNumberOfValues(values.length, COUNT));
        for (uint256 i = 0; i < COUNT; ++i) {
            _setParameter(Parameter(i), values[i]);
        }
    }

    /// @inheritdoc IAttestationParameters
    function setParameter(Parameter parameter, uint256 value) external restricted {
        _setParameter(parameter, value);
    }

    /// @inheritdoc IAttestationParameters
    function getParameter(Parameter parameter) public view returns (uint256) {
        if (parameter == Parameter.GraceSeconds) return _conditions.graceSeconds;
        if (parameter == Parameter.LookAgainSeconds) return _conditions.lookAgainSeconds;
        if (parameter == Parameter.MaxAgeHours) return _conditions.maxAgeHours;
        if (parameter == Parameter.ChallengeBlocks) return _conditions.challengeBlocks;
        return _conditions.announceHours;
    }

    /// @inheritdoc IAttestationParameters
    function boundsOf(Parameter parameter) public pure returns (uint256 lowest, uint256 highest) {
        if (parameter == Parameter.GraceSeconds) return (1 hours, 14 days);
        if (parameter == Parameter.LookAgainSeconds) return (10 minutes, 7 days);
        if (parameter == Parameter.MaxAgeHours) return (1, 2160);
        if (parameter == Parameter.ChallengeBlocks) return (16, 8191);
        return (24, 720);
    }

    /// @dev Every upper bound fits its field.
    function _setParameter(Parameter parameter, uint256 value) private {
        (uint256 lowest, uint256 highest) = boundsOf(parameter);
        require(value >= lowest && value <= highest, ParameterOutOfBounds(parameter, value, lowest, highest));
        emit ParameterSet(parameter, getParameter(parameter), value);
        if (parameter == Parameter.GraceSeconds) _conditions.graceSeconds = uint32(value);
        else if (parameter == Parameter.LookAgainSeconds) _conditions.lookAgainSeconds = uint32(value);
        else if (parameter == Parameter.MaxAgeHours) _conditions.maxAgeHours = uint16(value);
        else if (parameter == Parameter.ChallengeBlocks) _conditions.challengeBlocks = uint16(value);
        else _conditions.announceHours = uint16(value);
    }
}
