// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What the suite's governor adds to OpenZeppelin's `Governor`
/// @notice Bounds for each of its tunables, which no vote can leave; ballots that never exceed the supply; a guardian that
/// can stop any proposal before it is executed but the one that replaces it.
/// @dev The tunables' events are OpenZeppelin's: `VotingDelaySet`, `VotingPeriodSet`, `ProposalThresholdSet`,
/// `QuorumNumeratorUpdated`, `LateQuorumVoteExtensionSet`, each with the old value and the new.
interface IPhaGovernor {
    /// @notice The governor's tunables. A value's unit stands in its name.
    enum Parameter {
        VotingDelaySeconds,
        VotingPeriodSeconds,
        ProposalThresholdAmount,
        QuorumBps,
        LateQuorumExtensionSeconds
    }

    /// @notice What a governor starts with.
    /// @param token PHA, whose clock must be Unix seconds.
    /// @param timelock Executes what was voted; for good.
    /// @param guardian May cancel; zero for nobody.
    /// @param sources Whose word on staked PHA counts at first; may be empty.
    /// @param values One for each parameter, in their order.
    struct GovernorConfiguration {
        address token;
        address payable timelock;
        address guardian;
        address[] sources;
        uint256[] values;
    }

    /// @notice Thrown when the token's clock is not Unix seconds.
    error ClockIsNotUnixTime(uint256 clock);
    /// @notice Thrown when the guardian would cancel the proposal that replaces it.
    error GuardianCannotCancelItsReplacement(uint256 proposalId);
    /// @notice Thrown when a ballot would bring a proposal's votes above the supply: some source says too much.
    error MoreVotesThanSupply(uint256 proposalId, uint256 votes, uint256 supply);
    /// @notice Thrown when a value lies outside its bounds.
    error ParameterOutOfBounds(Parameter parameter, uint256 value, uint256 lowest, uint256 highest);
    /// @notice Thrown when the timelock is to be changed. Another one takes another governor.
    error TimelockIsFixed();
    /// @notice Thrown when the constructor is given another number of values than there are parameters.
    error WrongNumberOfValues(uint256 given, uint256 needed);

    /// @notice Sets one value, for what is proposed from then on. Only by a proposal.
    function set(Parameter parameter, uint256 value) external;

    /// @notice A value, in the unit of its name.
    function get(Parameter parameter) external view returns (uint256);

    /// @notice What has been cast, in wei of PHA.
    function proposalVotes(
        uint256 proposalId
    ) external view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes);

    /// @notice The bounds of a value, both included.
    function boundsOf(Parameter parameter) external pure returns (uint256 lowest, uint256 highest);
}
