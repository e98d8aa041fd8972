// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IRecordedVotes} from "../governance/interfaces/IRecordedVotes.sol";
import {IStakedVotes} from "../governance/interfaces/IStakedVotes.sol";

/// @title A vault of PHA whose shares vote at their price, which can be slashed and told to misbehave
contract MockStakedVotes is IRecordedVotes {
    using Checkpoints for Checkpoints.Trace208;

    enum Behaviour {
        Honest,
        Reverts,
        BurnsGas,
        AnswersNothing,
        AnswersTooMuch,
        Starves
    }

    error NotPast(uint256 timepoint);
    error ToldToRevert();
    error TooLittleGas();

    IERC20 public immutable PHA;

    Behaviour public behaviour;
    uint256 public excess;
    mapping(address account => uint256) public sharesOf;
    mapping(address account => address) public delegateOf;
    uint256 public supply;

    mapping(address account => Checkpoints.Trace208) private _votes;
    Checkpoints.Trace208 private _supplies;
    Checkpoints.Trace208 private _assets;

    constructor(IERC20 pha) {
        PHA = pha;
    }

    function setBehaviour(Behaviour behaviour_, uint256 excess_) external {
        behaviour = behaviour_;
        excess = excess_;
    }

    function deposit(uint256 amount) external {
        uint256 assets = PHA.balanceOf(address(this));
        uint256 shares = supply == 0 ? amount : (amount * supply) / assets;
        PHA.transferFrom(msg.sender, address(this), amount);
        _move(delegateOf[msg.sender], shares, true);
        sharesOf[msg.sender] += shares;
        supply += shares;
        _record();
    }

    function withdraw(uint256 shares) external {
        uint256 amount = (shares * PHA.balanceOf(address(this))) / supply;
        _move(delegateOf[msg.sender], shares, false);
        sharesOf[msg.sender] -= shares;
        supply -= shares;
        PHA.transfer(msg.sender, amount);
        _record();
    }

    function entrust(address delegatee) external {
        _move(delegateOf[msg.sender], sharesOf[msg.sender], false);
        delegateOf[msg.sender] = delegatee;
        _move(delegatee, sharesOf[msg.sender], true);
    }

    /// @notice Has the PHA held here vote by itself, which no vault must.
    function delegateHoldings(address delegatee) external {
        IVotes(address(PHA)).delegate(delegatee);
    }

    /// @notice Lends a holder's PHA to another for the length of this call.
    function flashLoan(address holder, address borrower, uint256 amount) external {
        PHA.transferFrom(holder, borrower, amount);
        PHA.transferFrom(borrower, holder, amount);
    }

    function slash(uint256 amount, address to) external {
        PHA.transfer(to, amount);
        _record();
    }

    /// @notice Loses PHA without writing it down.
    function slashUnseen(uint256 amount, address to) external {
        PHA.transfer(to, amount);
    }

    /// @inheritdoc IRecordedVotes
    function sync() external {
        if (behaviour == Behaviour.Reverts) revert ToldToRevert();
        if (behaviour == Behaviour.BurnsGas) {
            for (;;) {}
        }
        if (behaviour == Behaviour.AnswersNothing) {
            // As much as its gas has memory for.
            assembly ("memory-safe") {
                return(0, 400000)
            }
        }
        _record();
    }

    /// @inheritdoc IStakedVotes
    function getPastStakedVotes(address account, uint256 timepoint) external view returns (uint256 assets) {
        require(timepoint < block.timestamp, NotPast(timepoint));
        if (behaviour == Behaviour.Reverts) revert ToldToRevert();
        if (behaviour == Behaviour.Starves) require(gasleft() > 60_000, TooLittleGas());
        if (behaviour == Behaviour.BurnsGas) {
            for (;;) {}
        }
        if (behaviour == Behaviour.AnswersNothing) {
            assembly ("memory-safe") {
                return(0, 0)
            }
        }
        uint256 shares = _lookUp(_supplies, timepoint);
        if (shares != 0) assets = (_lookUp(_votes[account], timepoint) * _lookUp(_assets, timepoint)) / shares;
        if (behaviour == Behaviour.AnswersTooMuch) assets += excess;
    }

    function _move(address account, uint256 shares, bool added) private {
        if (account == address(0)) return;
        uint208 now_ = _votes[account].latest();
        _votes[account].push(uint48(block.timestamp), added ? now_ + uint208(shares) : now_ - uint208(shares));
    }

    function _record() private {
        _supplies.push(uint48(block.timestamp), uint208(supply));
        _assets.push(uint48(block.timestamp), uint208(PHA.balanceOf(address(this))));
    }

    function _lookUp(Checkpoints.Trace208 storage trace, uint256 timepoint) private view returns (uint256) {
        (, uint48 since, uint208 value) = trace.latestCheckpoint();
        return since <= timepoint ? value : trace.upperLookupRecent(uint48(timepoint));
    }
}
