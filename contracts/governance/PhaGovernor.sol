// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {StakedVoteSources} from "./StakedVoteSources.sol";
import {SupplyBoundCounting} from "./SupplyBoundCounting.sol";
import {IPhaGovernor} from "./interfaces/IPhaGovernor.sol";
import {IStakedVoteSources} from "./interfaces/IStakedVoteSources.sol";
import {IStakedVotes} from "./interfaces/IStakedVotes.sol";

/// @title Decisions of PHA's holders
/// @notice An account's weight is the PHA delegated to it and the staked PHA delegated to it, both at the second in which
/// the vote opened. What holds PHA without delegating, as pools, vaults and the treasury do, votes for nobody.
contract PhaGovernor is
    GovernorSettings,
    SupplyBoundCounting,
    GovernorVotesQuorumFraction,
    GovernorPreventLateQuorum,
    GovernorTimelockControl,
    GovernorProposalGuardian,
    StakedVoteSources
{
    uint256 private constant COUNT = uint256(type(Parameter).max) + 1;

    /// @param configuration See `GovernorConfiguration`.
    constructor(
        GovernorConfiguration memory configuration
    )
        Governor("PhaGovernor")
        GovernorSettings(
            SafeCast.toUint48(_valueOf(configuration, Parameter.VotingDelaySeconds)),
            SafeCast.toUint32(_valueOf(configuration, Parameter.VotingPeriodSeconds)),
            _valueOf(configuration, Parameter.ProposalThresholdAmount)
        )
        GovernorVotes(IVotes(configuration.token))
        GovernorVotesQuorumFraction(_valueOf(configuration, Parameter.QuorumBps))
        GovernorPreventLateQuorum(SafeCast.toUint48(_valueOf(configuration, Parameter.LateQuorumExtensionSeconds)))
        GovernorTimelockControl(TimelockController(configuration.timelock))
    {
        require(token().clock() == block.timestamp, ClockIsNotUnixTime(token().clock()));
        _setProposalGuardian(configuration.guardian);
        IStakedVotes[] memory sources = new IStakedVotes[](configuration.sources.length);
        for (uint256 i = 0; i < sources.length; ++i) {
            sources[i] = IStakedVotes(configuration.sources[i]);
        }
        _replaceSources(sources, token(), clock());
    }

    /// @inheritdoc Governor
    /// @dev The guardian answers for nothing but what it stops, so a vote must be able to dismiss it.
    function cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) public override returns (uint256) {
        if (_msgSender() == proposalGuardian()) {
            bool replacesGuardian =
                targets.length == 1 &&
                    targets[0] == address(this) &&
                    calldatas.length == 1 &&
                    bytes4(calldatas[0]) == this.setProposalGuardian.selector;
            require(
                !replacesGuardian,
                GuardianCannotCancelItsReplacement(getProposalId(targets, values, calldatas, descriptionHash))
            );
        }
        return super.cancel(targets, values, calldatas, descriptionHash);
    }

    /// @inheritdoc IPhaGovernor
    function set(Parameter parameter, uint256 value) external onlyGovernance {
        // Out of bounds is told apart first: the casts below would name no parameter.
        _requireInBounds(parameter, value);
        if (parameter == Parameter.VotingDelaySeconds) _setVotingDelay(SafeCast.toUint48(value));
        else if (parameter == Parameter.VotingPeriodSeconds) _setVotingPeriod(SafeCast.toUint32(value));
        else if (parameter == Parameter.ProposalThresholdAmount) _setProposalThreshold(value);
        else if (parameter == Parameter.QuorumBps) _updateQuorumNumerator(value);
        else _setLateQuorumVoteExtension(SafeCast.toUint48(value));
    }

    /// @inheritdoc IStakedVoteSources
    function setStakedVoteSources(IStakedVotes[] calldata sources) external onlyGovernance {
        _replaceSources(sources, token(), clock());
    }

    /// @dev A timelock without this governor among its proposers, or anybody's address, would end governance.
    /// @inheritdoc GovernorTimelockControl
    function updateTimelock(TimelockController) public pure override {
        revert TimelockIsFixed();
    }

    /// @inheritdoc IPhaGovernor
    function get(Parameter parameter) external view returns (uint256) {
        if (parameter == Parameter.VotingDelaySeconds) return votingDelay();
        if (parameter == Parameter.VotingPeriodSeconds) return votingPeriod();
        if (parameter == Parameter.ProposalThresholdAmount) return proposalThreshold();
        if (parameter == Parameter.QuorumBps) return quorumNumerator();
        return lateQuorumVoteExtension();
    }

    /// @notice What an account could vote with at least, and whether it may propose: a source that fails counts nothing
    /// here. `getVotesWithParams` with empty parameters gives what `castVote` counts.
    function getVotes(address account, uint256 timepoint) public view override returns (uint256) {
        return token().getPastVotes(account, timepoint) + _stakedVotesAtLeast(account, timepoint);
    }

    /// @inheritdoc IPhaGovernor
    function boundsOf(Parameter parameter) public pure returns (uint256 lowest, uint256 highest) {
        if (parameter == Parameter.VotingDelaySeconds) return (1 hours, 14 days);
        if (parameter == Parameter.VotingPeriodSeconds) return (1 days, 30 days);
        if (parameter == Parameter.ProposalThresholdAmount) return (1_000e18, 10_000_000e18);
        if (parameter == Parameter.QuorumBps) return (100, 3_000);
        return (1 hours, 7 days); // LateQuorumExtensionSeconds
    }

    /// @dev The token's, as the constructor has made sure; asking it would cost every ballot a call.
    /// @inheritdoc GovernorVotes
    function clock() public view override(Governor, GovernorVotes) returns (uint48) {
        return Time.timestamp();
    }

    /// @inheritdoc GovernorVotesQuorumFraction
    function quorumDenominator() public pure override returns (uint256) {
        return 10_000;
    }

    /// @inheritdoc GovernorSettings
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    /// @inheritdoc GovernorPreventLateQuorum
    function proposalDeadline(
        uint256 proposalId
    ) public view override(Governor, GovernorPreventLateQuorum) returns (uint256) {
        // OpenZeppelin's extension keeps none here; see `_tallyUpdated`.
        return Math.max(Governor.proposalDeadline(proposalId), _extendedDeadline(proposalId));
    }

    /// @inheritdoc GovernorTimelockControl
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @inheritdoc GovernorTimelockControl
    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    /// @dev `params` is empty, or one byte whose bit i leaves the i-th source out; see `IStakedVoteSources`.
    function _getVotes(
        address account,
        uint256 timepoint,
        bytes memory params
    ) internal view override(Governor, GovernorVotes) returns (uint256) {
        return super._getVotes(account, timepoint, params) + _stakedVotes(account, timepoint, params);
    }

    function _pastSupply(uint256 timepoint) internal view override returns (uint256) {
        return token().getPastTotalSupply(timepoint);
    }

    function _quorumOf(uint256 supply, uint256 timepoint) internal view override returns (uint256) {
        return Math.mulDiv(supply, quorumNumerator(timepoint), quorumDenominator());
    }

    /// @dev What `GovernorPreventLateQuorum` does, but the deadline is kept beside the tally.
    function _tallyUpdated(uint256 proposalId) internal override(Governor, GovernorPreventLateQuorum) {
        if (_extendedDeadline(proposalId) != 0 || !_quorumReached(proposalId)) return;
        uint48 deadline = clock() + lateQuorumVoteExtension();
        if (deadline > proposalDeadline(proposalId)) emit ProposalExtended(proposalId, deadline);
        _setExtendedDeadline(proposalId, deadline);
    }

    /// @dev A slash since the sources' last record shows in the vote: they record anew before it opens.
    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal override returns (uint256 proposalId) {
        proposalId = super._propose(targets, values, calldatas, description, proposer);
        _recordSources();
    }

    function _setVotingDelay(uint48 newVotingDelay) internal override {
        _requireInBounds(Parameter.VotingDelaySeconds, newVotingDelay);
        super._setVotingDelay(newVotingDelay);
    }

    function _setVotingPeriod(uint32 newVotingPeriod) internal override {
        _requireInBounds(Parameter.VotingPeriodSeconds, newVotingPeriod);
        super._setVotingPeriod(newVotingPeriod);
    }

    function _setProposalThreshold(uint256 newProposalThreshold) internal override {
        _requireInBounds(Parameter.ProposalThresholdAmount, newProposalThreshold);
        super._setProposalThreshold(newProposalThreshold);
    }

    function _updateQuorumNumerator(uint256 newQuorumNumerator) internal override {
        _requireInBounds(Parameter.QuorumBps, newQuorumNumerator);
        super._updateQuorumNumerator(newQuorumNumerator);
    }

    function _setLateQuorumVoteExtension(uint48 newVoteExtension) internal override {
        _requireInBounds(Parameter.LateQuorumExtensionSeconds, newVoteExtension);
        super._setLateQuorumVoteExtension(newVoteExtension);
    }

    /// @dev The bounds above say it; OpenZeppelin's, the voting period, could refuse a value within them.
    function _maxLateQuorumVoteExtension() internal pure override returns (uint256 highest) {
        (, highest) = boundsOf(Parameter.LateQuorumExtensionSeconds);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    /// @dev Not `GovernorProposalGuardian`'s: where there is no guardian it lets a proposer cancel what was voted.
    function _validateCancel(
        uint256 proposalId,
        address caller
    ) internal view override(Governor, GovernorProposalGuardian) returns (bool) {
        return caller == proposalGuardian() || Governor._validateCancel(proposalId, caller);
    }

    function _requireInBounds(Parameter parameter, uint256 value) private pure {
        (uint256 lowest, uint256 highest) = boundsOf(parameter);
        require(value >= lowest && value <= highest, ParameterOutOfBounds(parameter, value, lowest, highest));
    }

    function _valueOf(GovernorConfiguration memory configuration, Parameter parameter) private pure returns (uint256) {
        require(configuration.values.length == COUNT, WrongNumberOfValues(configuration.values.length, COUNT));
        return configuration.values[uint256(parameter)];
    }
}
