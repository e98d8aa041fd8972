// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {ERC6372Utils} from "@openzeppelin/contracts/utils/ERC6372Utils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {VaultLedger} from "./VaultLedger.sol";
import {IStakedVotes} from "../governance/interfaces/IStakedVotes.sol";

/// @title vPHA as an ERC-20 that votes
/// @dev OpenZeppelin's ERC20Votes, with the numbers kept by `VaultLedger`.
abstract contract VaultShares is VaultLedger, ERC20, ERC20Permit, ERC20Votes, IStakedVotes {
    using SafeCast for uint256;

    constructor() ERC20("Staked Phala", "vPHA") ERC20Permit("Staked Phala") {}

    // Votes

    /// @dev Seconds, as PHA's own votes.
    /// @inheritdoc Votes
    function clock() public view override returns (uint48) {
        return Time.timestamp();
    }

    /// @inheritdoc Votes
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public view override returns (string memory) {
        return ERC6372Utils.timestampClockMode(clock);
    }

    /// @inheritdoc Votes
    function getVotes(address account) public view override returns (uint256) {
        return _holders[account].votes;
    }

    /// @inheritdoc Votes
    function getPastVotes(address account, uint256 timepoint) public view override returns (uint256) {
        uint48 time = _validateTimepoint(timepoint);
        Holder memory holder = _holders[account];
        if (holder.votesSince <= time) return holder.votes;
        return _numberAt(_votesBefore[account], _delegations[account].changes, time);
    }

    /// @inheritdoc Votes
    function getPastTotalSupply(uint256 timepoint) public view override returns (uint256 supply) {
        (, supply) = _totalsAt(timepoint);
    }

    /// @inheritdoc IStakedVotes
    function getPastStakedVotes(address account, uint256 timepoint) external view returns (uint256 assets) {
        (uint256 value, uint256 supply) = _totalsAt(timepoint);
        return supply == 0 ? 0 : Math.mulDiv(getPastVotes(account, timepoint), value, supply);
    }

    /// @inheritdoc Votes
    function delegates(address account) public view override returns (address) {
        return _delegations[account].delegatee;
    }

    // ERC-20

    /// @inheritdoc ERC20
    function totalSupply() public view override returns (uint256) {
        return _totals.supply;
    }

    /// @inheritdoc ERC20
    function balanceOf(address account) public view override returns (uint256) {
        return _holders[account].balance;
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 18;
    }

    // Internals

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        _move(from, to, value);
    }

    function _delegate(address account, address delegatee) internal override {
        address before = _delegations[account].delegatee;
        _delegations[account].delegatee = delegatee;
        emit DelegateChanged(account, before, delegatee);
        _moveVotes(before, delegatee, balanceOf(account));
    }

    function _getTotalSupply() internal view override returns (uint256) {
        return _totals.supply;
    }

    function _numCheckpoints(address account) internal view override returns (uint32) {
        uint256 before = _delegations[account].changes;
        return (_holders[account].votesSince == 0 ? before : before + 1).toUint32();
    }

    function _checkpoints(
        address account,
        uint32 index
    ) internal view override returns (Checkpoints.Checkpoint208 memory) {
        uint256 before = _delegations[account].changes;
        if (index < before) {
            Past memory past = _votesBefore[account][index];
            return Checkpoints.Checkpoint208({_key: past.since, _value: past.number});
        }
        Holder memory holder = _holders[account];
        require(index == before && holder.votesSince != 0, NoSuchCheckpoint(account, index));
        return Checkpoints.Checkpoint208({_key: holder.votesSince, _value: holder.votes});
    }

    function _totalsAt(uint256 timepoint) private view returns (uint256 assets, uint256 supply) {
        uint48 time = _validateTimepoint(timepoint);
        Totals memory totals = _totals;
        if (totals.since <= time) return (totals.assets, totals.supply);
        uint208 packed = _numberAt(_totalsBefore, _state.changes, time);
        return (packed >> 104, uint104(packed)); // the lower half
    }

    /// @dev The last of a history's `length` numbers that began at `time` or before; zero if none did.
    function _numberAt(
        mapping(uint256 change => Past) storage history,
        uint256 length,
        uint48 time
    ) private view returns (uint208) {
        uint256 begun = 0; // how many of them had
        while (begun < length) {
            uint256 middle = Math.average(begun, length);
            if (history[middle].since <= time) begun = middle + 1;
            else length = middle;
        }
        return begun == 0 ? 0 : history[begun - 1].number;
    }
}
