// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {IVaultRecords} from "./interfaces/IVaultRecords.sol";

/// @title Who has how much of a vault, who votes with it, and what it was worth
/// @dev An account's balance shares its slot with the votes delegated to it and their time, and the supply with the value; only
/// what a new number displaces goes to a history. A first deposit with votes delegated to oneself so writes one slot in
/// place of three. What every step reads is in one slot too.
abstract contract VaultLedger is IVaultRecords {
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

    /// @dev A number that held from `since` on, until the next in its history. Times rise along it.
    struct Past {
        uint208 number;
        uint48 since;
    }

    /// @dev Whom the account's shares vote by; and how long the history is of the votes that the account itself has.
    struct Delegation {
        address delegatee;
        uint48 changes;
    }

    /// @dev `mark` is the price above which the fee of `feeBps` is taken. `pools` are listed, `changes` in the totals' history:
    /// counted here, neither needs a length of its own.
    struct State {
        uint96 idle;
        uint72 mark;
        uint16 feeBps;
        bool isFeeRising;
        uint8 pools;
        uint48 changes;
    }

    /// @dev Twenty thousand times what all PHA are at the first price.
    uint256 internal constant MAX_SHARES = (1 << 104) - 1;

    State internal _state;
    Totals internal _totals;
    mapping(address account => Holder) internal _holders;
    mapping(address account => mapping(uint256 change => Past)) internal _votesBefore;
    /// @dev Value and supply, 104 bits each.
    mapping(uint256 change => Past) internal _totalsBefore;
    mapping(address account => Delegation) internal _delegations;

    /// @dev Records the value beside the supply. Whatever changes the supply calls it before its end.
    function _record(uint256 assets) internal {
        Totals memory totals = _displaced();
        totals.assets = assets.toUint104();
        _totals = totals;
        emit ValueRecorded(assets, totals.supply);
    }

    /// @dev Moves balances, supply and votes. Zero is where shares come from and go to.
    function _move(address from, address to, uint256 value) internal {
        if (from == address(0)) {
            Totals memory totals = _displaced();
            require(
                value <= MAX_SHARES - totals.supply,
                ERC20Votes.ERC20ExceededSafeSupply(totals.supply + value, MAX_SHARES)
            );
            totals.supply += uint104(value); // just compared
            _totals = totals;
        } else {
            uint256 balance = _holders[from].balance;
            require(balance >= value, IERC20Errors.ERC20InsufficientBalance(from, balance, value));
            _holders[from].balance = uint104(balance - value); // just compared
        }
        if (to == address(0)) {
            Totals memory totals = _displaced();
            totals.supply -= uint104(value); // was in a balance
            _totals = totals;
        } else _holders[to].balance += uint104(value); // under the supply
        emit IERC20.Transfer(from, to, value);
        _moveVotes(
            from == address(0) ? address(0) : _delegations[from].delegatee,
            to == address(0) ? address(0) : _delegations[to].delegatee,
            value
        );
    }

    function _moveVotes(address from, address to, uint256 amount) internal {
        if (from == to || amount == 0) return;
        if (from != address(0)) _setVotes(from, _holders[from].votes - amount);
        if (to != address(0)) _setVotes(to, _holders[to].votes + amount);
    }

    function _setVotes(address account, uint256 votes) private {
        Holder memory holder = _holders[account];
        uint48 time = Time.timestamp();
        if (holder.votesSince != time) {
            if (holder.votesSince != 0)
                _votesBefore[account][_delegations[account].changes++] = Past(holder.votes, holder.votesSince);
            holder.votesSince = time;
        }
        emit IVotes.DelegateVotesChanged(account, holder.votes, votes);
        holder.votes = uint104(votes); // at most the supply
        _holders[account] = holder;
    }

    /// @dev The totals, ready to be changed: what they were until now is in the history.
    function _displaced() private returns (Totals memory totals) {
        totals = _totals;
        uint48 time = Time.timestamp();
        if (totals.since == time) return totals;
        if (totals.since != 0)
            _totalsBefore[_state.changes++] = Past((uint208(totals.assets) << 104) | totals.supply, totals.since);
        totals.since = time;
    }
}
