// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Votes of PHA that is staked
/// @notice Implemented by whatever holds PHA for holders who keep their vote: the delegation vault. Time is counted as
/// `PHA.clock()` counts it, in Unix seconds.
interface IStakedVotes {
    /// @notice The PHA, in wei, that `account` voted with at `timepoint`: the staked shares delegated to it, at their price then.
    /// @dev Reverts for a time that has not passed.
    function getPastStakedVotes(address account, uint256 timepoint) external view returns (uint256 assets);
}
