// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {ERC6372Utils} from "@openzeppelin/contracts/utils/ERC6372Utils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {IDelegationVault} from "./interfaces/IDelegationVault.sol";
import {IStakedVotes} from "../governance/interfaces/IStakedVotes.sol";

/// @title vPHA: shares, their votes, and what they were worth
/// @dev OpenZeppelin's ERC20Votes with another place for the numbers. An account's balance shares its slot with the votes
/// delegated to it and their time, and the supply with the value; only what a new number displaces goes to a history. A first
/// deposit with votes delegated to oneself so writes one slot in place of three.
abstract contract VaultShares is ERC20, ERC20Permit, ERC20Votes, IDelegationVault {
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;

    struct Holder {
        uint104 balance;
        uint104 votes;
        uint48 votesSince;
    }

    /// @dev `assets` is the value last recorded; deposits, exits and `sync` record it.
    struct Totals {
        uint104 assets;
        uint104 supply;
        uint48 since;
    }

    /// @dev Twenty thousand times what all PHA are at the first price.
    uint256 internal constant MAX_SHARES = (1 << 104) - 1;

    Totals internal _totals;
    mapping(address account => Holder) private _holders;
    mapping(address account => Checkpoints.Trace208) private _votesBefore;
    /// @dev Value and supply, 104 bits each.
    Checkpoints.Trace208 private _totalsBefore;

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
        return holder.votesSince <= time ? holder.votes : _votesBefore[account].upperLookupRecent(time);
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

    // ERC-20

    /// @inheritdoc IERC20
    function totalSupply() public view override(ERC20, IERC20) returns (uint256) {
        return _totals.supply;
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) public view override(ERC20, IERC20) returns (uint256) {
        return _holders[account].balance;
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc IERC20Metadata
    function decimals() public pure override(ERC20, IERC20Metadata) returns (uint8) {
        return 18;
    }

    // Internals

    /// @dev Records the value beside the supply. Whatever changes the supply calls it before its end.
    function _record(uint256 assets) internal {
        Totals memory totals = _displaced();
        totals.assets = assets.toUint104();
        _totals = totals;
        emit ValueRecorded(assets, totals.supply);
    }

    /// @dev Moves balances, supply and votes, each in the slot of its own.
    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        if (from == address(0)) {
            Totals memory totals = _displaced();
            require(value <= MAX_SHARES - totals.supply, ERC20ExceededSafeSupply(totals.supply + value, MAX_SHARES));
            totals.supply += uint104(value); // just compared
            _totals = totals;
        } else {
            uint256 balance = _holders[from].balance;
            require(balance >= value, ERC20InsufficientBalance(from, balance, value));
            _holders[from].balance = uint104(balance - value); // just compared
        }
        if (to == address(0)) {
            Totals memory totals = _displaced();
            totals.supply -= uint104(value); // was in a balance
            _totals = totals;
        } else _holders[to].balance += uint104(value); // under the supply
        emit Transfer(from, to, value);
        _moveDelegateVotes(delegates(from), delegates(to), value);
    }

    function _moveDelegateVotes(address from, address to, uint256 amount) internal override {
        if (from == to || amount == 0) return;
        if (from != address(0)) _setVotes(from, _holders[from].votes - amount);
        if (to != address(0)) _setVotes(to, _holders[to].votes + amount);
    }

    function _getTotalSupply() internal view override returns (uint256) {
        return _totals.supply;
    }

    function _numCheckpoints(address account) internal view override returns (uint32) {
        uint256 before = _votesBefore[account].length();
        return (_holders[account].votesSince == 0 ? before : before + 1).toUint32();
    }

    function _checkpoints(
        address account,
        uint32 index
    ) internal view override returns (Checkpoints.Checkpoint208 memory) {
        Checkpoints.Trace208 storage before = _votesBefore[account];
        if (index < before.length()) return before.pos(index);
        Holder memory holder = _holders[account];
        require(index == before.length() && holder.votesSince != 0, NoSuchCheckpoint(account, index));
        return Checkpoints.Checkpoint208({_key: holder.votesSince, _value: holder.votes});
    }

    function _setVotes(address account, uint256 votes) private {
        Holder memory holder = _holders[account];
        uint48 time = clock();
        if (holder.votesSince != time) {
            if (holder.votesSince != 0) _votesBefore[account].push(holder.votesSince, holder.votes);
            holder.votesSince = time;
        }
        emit DelegateVotesChanged(account, holder.votes, votes);
        holder.votes = uint104(votes); // at most the supply
        _holders[account] = holder;
    }

    /// @dev The totals, ready to be changed: what they were until now is in the history.
    function _displaced() private returns (Totals memory totals) {
        totals = _totals;
        uint48 time = clock();
        if (totals.since == time) return totals;
        if (totals.since != 0) _totalsBefore.push(totals.since, (uint208(totals.assets) << 104) | totals.supply);
        totals.since = time;
    }

    function _totalsAt(uint256 timepoint) private view returns (uint256 assets, uint256 supply) {
        uint48 time = _validateTimepoint(timepoint);
        Totals memory totals = _totals;
        if (totals.since <= time) return (totals.assets, totals.supply);
        uint208 packed = _totalsBefore.upperLookupRecent(time);
        return (packed >> 104, uint104(packed)); // the lower half
    }
}
