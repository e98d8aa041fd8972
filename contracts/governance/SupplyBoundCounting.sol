// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IPhaGovernor} from "./interfaces/IPhaGovernor.sol";

/// @title Ballots against, for or abstaining, whose sum never exceeds the supply
/// @dev OpenZeppelin's `GovernorCountingSimple` with a bound: whatever a source of staked votes says, no proposal counts
/// more PHA than there was. The supply is kept beside the tally, for asking the token again would cost every ballot as
/// much as writing it down. The supply of PHA needs 90 bits.
abstract contract SupplyBoundCounting is Governor, IPhaGovernor {
    /// @dev `extendedDeadline` stands here and not in a slot of its own, so that the ballot that brings the quorum writes none
    /// that it would not write anyway. Zero until then.
    struct Tally {
        uint96 against;
        uint96 inFavour;
        uint48 extendedDeadline;
        uint96 abstained;
        uint96 supply;
        mapping(address voter => bool) hasVoted;
    }

    mapping(uint256 proposalId => Tally) private _tallies;

    /// @inheritdoc IGovernor
    // solhint-disable-next-line func-name-mixedcase
    function COUNTING_MODE() public pure override returns (string memory) {
        return "support=bravo&quorum=for,abstain";
    }

    /// @inheritdoc IGovernor
    function hasVoted(uint256 proposalId, address account) public view override returns (bool) {
        return _tallies[proposalId].hasVoted[account];
    }

    /// @inheritdoc IPhaGovernor
    function proposalVotes(
        uint256 proposalId
    ) public view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes) {
        Tally storage tally = _tallies[proposalId];
        return (tally.against, tally.inFavour, tally.abstained);
    }

    /// @dev The supply at a time that has passed.
    function _pastSupply(uint256 timepoint) internal view virtual returns (uint256);

    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 totalWeight,
        bytes memory
    ) internal override returns (uint256) {
        Tally storage tally = _tallies[proposalId];
        require(!tally.hasVoted[account], GovernorAlreadyCastVote(account));
        require(support < 3, GovernorInvalidVoteType());
        tally.hasVoted[account] = true;

        (uint256 against, uint256 inFavour) = (tally.against, tally.inFavour);
        (uint256 abstained, uint256 supply) = (tally.abstained, tally.supply);
        if (supply == 0) {
            supply = _pastSupply(proposalSnapshot(proposalId));
            tally.supply = SafeCast.toUint96(supply);
        }
        uint256 votes = against + inFavour + abstained + totalWeight;
        require(votes <= supply, MoreVotesThanSupply(proposalId, votes, supply));

        // What is added fits: the sum of all does not exceed the supply, which fitted.
        if (support == 0) tally.against = uint96(against + totalWeight);
        else if (support == 1) tally.inFavour = uint96(inFavour + totalWeight);
        else tally.abstained = uint96(abstained + totalWeight);
        return totalWeight;
    }

    function _quorumReached(uint256 proposalId) internal view override returns (bool) {
        Tally storage tally = _tallies[proposalId];
        uint256 supply = tally.supply;
        // Without a ballot there is none; then the supply is not written down yet either.
        if (supply == 0) return false;
        return _quorumOf(supply, proposalSnapshot(proposalId)) <= uint256(tally.inFavour) + tally.abstained;
    }

    /// @dev What `quorum` answers for a time, given the supply then.
    function _quorumOf(uint256 supply, uint256 timepoint) internal view virtual returns (uint256);

    /// @dev The deadline that a late quorum has set; zero where no quorum was reached.
    function _extendedDeadline(uint256 proposalId) internal view returns (uint48) {
        return _tallies[proposalId].extendedDeadline;
    }

    function _setExtendedDeadline(uint256 proposalId, uint48 deadline) internal {
        _tallies[proposalId].extendedDeadline = deadline;
    }

    function _voteSucceeded(uint256 proposalId) internal view override returns (bool) {
        Tally storage tally = _tallies[proposalId];
        return tally.inFavour > tally.against;
    }
}
