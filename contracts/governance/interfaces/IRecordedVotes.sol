// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IStakedVotes} from "./IStakedVotes.sol";

/// @title Staked votes at a price that is written down
/// @notice A source whose votes follow from a value it records: between two records a slash does not show in them. The
/// governor asks every source to record when something is proposed; one that has nothing to record need not answer.
interface IRecordedVotes is IStakedVotes {
    /// @notice Writes down what the staked PHA is worth now. Anyone.
    function sync() external;
}
