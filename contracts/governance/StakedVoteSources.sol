// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IRecordedVotes} from "./interfaces/IRecordedVotes.sol";
import {IStakedVoteSources} from "./interfaces/IStakedVoteSources.sol";
import {IStakedVotes} from "./interfaces/IStakedVotes.sol";

/// @title The list of vaults whose staked PHA votes, with its history
abstract contract StakedVoteSources is IStakedVoteSources {
    using Checkpoints for Checkpoints.Trace208;

    uint256 private constant MAX_SOURCES = 4;
    /// @dev Given to each source where a failing one is passed over. Ample for an honest one.
    uint256 private constant GAS_OF_A_TRIAL = 300_000;
    /// @dev Given to each source for writing down its value. A vault with eight pools needs about half of it; four sources that
    /// burn all of it still leave room for a proposal in a transaction.
    uint256 private constant GAS_OF_A_RECORD = 2_000_000;

    /// @dev A list in one word as far as it goes, for nearly every vote asks for the newest, which seldom has more than one.
    struct List {
        uint48 since;
        uint40 number;
        uint8 count;
        IStakedVotes first;
    }

    List private _newest;
    /// @dev Numbers of all lists by the time since which they are in force; each one's sources by its number.
    Checkpoints.Trace208 private _numbers;
    mapping(uint256 number => IStakedVotes[]) private _lists;

    /// @inheritdoc IStakedVoteSources
    function stakedVoteSources(uint256 timepoint) public view returns (IStakedVotes[] memory) {
        return _lists[_listAt(timepoint).number];
    }

    /// @dev What counts for a ballot. A source that fails makes the ballot fail: passed over, whoever relays a signed ballot
    /// could starve a source of gas and take weight from the voter. Only `params`, which the voter signs, leaves one out.
    function _stakedVotes(
        address account,
        uint256 timepoint,
        bytes memory params
    ) internal view returns (uint256 votes) {
        List memory list = _listAt(timepoint);
        uint256 omitted = 0;
        if (params.length != 0) {
            omitted = uint8(params[0]);
            require(
                params.length == 1 && omitted != 0 && omitted >> list.count == 0,
                BallotParamsInvalid(params, list.count)
            );
        }
        for (uint256 i = 0; i < list.count; ++i) {
            if ((omitted >> i) & 1 == 0) votes += _source(list, i).getPastStakedVotes(account, timepoint);
        }
    }

    /// @dev The same with failing sources counted as nothing: enough to tell who may propose, where too little gas
    /// harms nobody but the sender. A low-level call, for a source's malformed answer must not revert here.
    function _stakedVotesAtLeast(address account, uint256 timepoint) internal view returns (uint256 votes) {
        List memory list = _listAt(timepoint);
        for (uint256 i = 0; i < list.count; ++i) {
            (bool success, bytes memory answer) = address(_source(list, i)).staticcall{gas: GAS_OF_A_TRIAL}(
                abi.encodeCall(IStakedVotes.getPastStakedVotes, (account, timepoint))
            );
            if (!success || answer.length != 32) continue;
            uint256 answered = abi.decode(answer, (uint256));
            if (answered <= type(uint208).max) votes += answered; // more is no amount of PHA, and could overflow
        }
    }

    /// @dev Has each source write down what its shares are worth now. One that can't is left as it is: nobody is kept from
    /// proposing, and anyone may have it done until the vote opens. What it answers is not even copied.
    function _recordSources() internal {
        List memory list = _newest;
        bytes memory call_ = abi.encodeCall(IRecordedVotes.sync, ());
        for (uint256 i = 0; i < list.count; ++i) {
            IStakedVotes source = _source(list, i);
            // Too little gas for it harms nobody: see above.
            assembly ("memory-safe") {
                pop(call(GAS_OF_A_RECORD, source, 0, add(call_, 0x20), mload(call_), 0, 0))
            }
        }
    }

    /// @dev Asks each source for votes at the last second: what fails here would fail every ballot.
    function _replaceSources(IStakedVotes[] memory sources, IVotes token, uint48 timepoint) internal {
        uint256 count = sources.length;
        require(count <= MAX_SOURCES, TooManySources(count, MAX_SOURCES));
        emit StakedVoteSourcesSet(stakedVoteSources(timepoint), sources);
        uint40 number = _newest.number + 1;
        for (uint256 i = 0; i < count; ++i) {
            IStakedVotes source = sources[i];
            require(address(source).code.length != 0, SourceUnfit(source));
            require(token.delegates(address(source)) == address(0), SourceUnfit(source));
            for (uint256 j = 0; j < i; ++j) {
                require(address(sources[j]) != address(source), SourceRepeated(source));
            }
            try source.getPastStakedVotes(address(this), timepoint - 1) returns (uint256) {} catch {
                revert SourceUnfit(source);
            }
            _lists[number].push(source);
        }
        _numbers.push(timepoint, number);
        _newest = List(timepoint, number, uint8(count), count == 0 ? IStakedVotes(address(0)) : sources[0]);
    }

    function _listAt(uint256 timepoint) private view returns (List memory list) {
        list = _newest;
        if (list.since <= timepoint) return list;
        uint256 number = _numbers.upperLookupRecent(SafeCast.toUint48(timepoint));
        uint256 count = _lists[number].length; // of number 0, before the first list, none
        return List(0, uint40(number), uint8(count), count == 0 ? IStakedVotes(address(0)) : _lists[number][0]);
    }

    function _source(List memory list, uint256 i) private view returns (IStakedVotes) {
        return i == 0 ? list.first : _lists[list.number][i];
    }
}
