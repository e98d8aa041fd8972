// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IStakedVotes} from "./IStakedVotes.sol";

/// @title Whose word on staked PHA counts in votes
/// @notice A short list with a history: a vote counts by the list as it stood when the vote opened.
/// @dev Trusted: a source in the list, for what it says of an account. What all accounts cast on one proposal never exceeds
/// the supply, whatever sources say. A source that fails stops nobody: a ballot may leave it out.
interface IStakedVoteSources {
    /// @notice The list was replaced.
    event StakedVoteSourcesSet(IStakedVotes[] previous, IStakedVotes[] current);

    /// @notice Thrown when a ballot's parameters are not one byte whose bits name sources to leave out, at least one.
    error BallotParamsInvalid(bytes params, uint256 sources);
    /// @notice Thrown when the list would be longer than every vote can afford to ask.
    error TooManySources(uint256 given, uint256 most);
    /// @notice Thrown when a source does not answer as one, or delegates PHA of its own, which would count twice.
    error SourceUnfit(IStakedVotes source);
    /// @notice Thrown when a source stands in the list twice: its votes would count twice.
    error SourceRepeated(IStakedVotes source);

    /// @notice Replaces the list, for votes that open from now on. Only by a proposal.
    function setStakedVoteSources(IStakedVotes[] calldata sources) external;

    /// @notice The list as it stood at `timepoint`, in Unix seconds. A ballot's bit i leaves out the i-th.
    function stakedVoteSources(uint256 timepoint) external view returns (IStakedVotes[] memory sources);
}
