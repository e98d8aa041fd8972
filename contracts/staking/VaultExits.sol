// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {VaultPools} from "./VaultPools.sol";
import {IERC7540Redeem} from "./interfaces/IERC7540Redeem.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title A vault's fee, and the way out of it
/// @dev Both halves of a vault are made of this and have no storage of their own. Requested shares stay in the supply, in the vault's own balance, until they are filled: they earn and lose with all others.
abstract contract VaultExits is VaultPools, AccessManaged, ReentrancyGuardTransient {
    using Math for uint256;
    using SafeCast for uint256;

    struct NextFee {
        uint16 bps;
        uint48 from;
    }

    /// @dev The queue: `shares` are those of the requests from `first` on.
    struct Line {
        uint48 first;
        uint48 end;
        uint104 shares;
    }

    struct Claimable {
        uint104 shares;
        uint96 assets;
    }

    /// @dev Prices of the mark: 72 bits of it reach 4.7 million times the first price.
    uint256 internal constant PRICE_ONE = 1e15;
    /// @dev What is left of the exit's days when a pool's longest way out is taken into account, and a fortnight.
    uint256 private constant FEE_NOTICE_DAYS_OVER_EXIT = 14;
    uint256 private constant BPS = 10_000;

    NextFee internal _nextFee;
    Line internal _line;
    mapping(uint256 place => Exit) internal _exits;
    mapping(address controller => uint256 shares) internal _pending;
    mapping(address controller => Claimable) internal _claimables;
    mapping(address controller => mapping(address operator => bool)) internal _operators;

    constructor(address recipient) {
        require(recipient != address(0), ZeroAddress());
        (_dues.feeRecipient, _state.mark) = (recipient, uint72(PRICE_ONE));
    }

    // The fee

    /// @dev Mints what the price has risen above its mark since the last time; gives the value for what follows. The caller
    /// records it. When all have left, at a lower value than it came to, what is nobody's is the recipient's, and the price
    /// begins anew: at its own a share would cost as much as all of it, and the next to come would be shut out or lose a part.
    function _settleFee() internal returns (uint256 low, uint256 high) {
        (low, high) = _value();
        State memory state = _state;
        // What has been earned until now pays the fee until now: a rise that has begun counts from this step on.
        uint256 bps = _feeNow();
        if (bps != state.feeBps) (_state.feeBps, _state.isFeeRising) = (uint16(bps), false); // one of 16 bits
        uint256 supply = _totals.supply;
        uint256 price = _priceOf(low, supply);
        if (supply == 0 ? high == 0 : price <= state.mark) return (low, high);
        (uint256 shares, uint72 mark) = supply == 0
            ? (high, uint72(PRICE_ONE))
            : _feeShares(low, supply, price, state.mark, state.feeBps);
        _state.mark = mark;
        if (shares != 0) {
            address recipient = _dues.feeRecipient;
            emit FeeTaken(recipient, shares, price, mark);
            _move(address(0), recipient, shares);
        }
    }

    /// @dev The value, and the supply as it will be with the fee.
    function _valueWithFee() internal view returns (uint256 low, uint256 high, uint256 supply) {
        (low, high) = _value();
        supply = _totals.supply;
        if (supply == 0) return (low, high, high);
        uint256 price = _priceOf(low, supply);
        if (price > _state.mark) {
            (uint256 shares, ) = _feeShares(low, supply, price, _state.mark, _state.feeBps);
            supply += shares;
        }
    }

    /// @dev Rounded up: a price cut short would lower what is left after the fee, and so bring the fee more than its part.
    function _priceOf(uint256 value, uint256 supply) private pure returns (uint256) {
        return (value + 1).mulDiv(PRICE_ONE, supply + 1, Math.Rounding.Ceil);
    }

    function _feeNow() internal view returns (uint256) {
        return _state.isFeeRising && block.timestamp >= _nextFee.from ? _nextFee.bps : _state.feeBps;
    }

    function _setFee(uint16 feeBps) internal {
        uint256 maximum = PARAMETERS.get(IStakingParameters.Parameter.MaxCommissionBps);
        require(feeBps <= maximum, FeeTooHigh(feeBps, maximum));
        uint256 old = _state.feeBps;
        uint256 from = block.timestamp;
        if (feeBps > old) {
            from += (PARAMETERS.worstExitDays() + FEE_NOTICE_DAYS_OVER_EXIT) * 1 days;
            (_nextFee.bps, _nextFee.from, _state.isFeeRising) = (feeBps, from.toUint48(), true);
        } else {
            (_state.feeBps, _state.isFeeRising) = (feeBps, false);
        }
        emit FeeSet(old, feeBps, from);
    }

    /// @dev Shares that bring the price down from `price` by the fee's part of what lies above `mark`, rounded down; and the
    /// new mark, which is never under the price that is left but by rounding. Beyond what a mark can say no fee is taken, or it
    /// would be taken of the same gain again and again.
    function _feeShares(
        uint256 assets,
        uint256 supply,
        uint256 price,
        uint256 mark,
        uint256 bps
    ) private pure returns (uint256 shares, uint72 newMark) {
        uint256 left = price - ((price - mark) * bps) / BPS;
        if (left > type(uint72).max) return (0, type(uint72).max);
        if (bps != 0) shares = (assets + 1).mulDiv(PRICE_ONE, left).saturatingSub(supply + 1);
        shares = shares.min(MAX_SHARES - supply);
        newMark = uint72(left); // just compared
    }

    // The way out

    function _enqueue(uint256 shares, address controller, address owner) internal {
        _move(owner, address(this), shares);
        uint256 readyAt = block.timestamp + PARAMETERS.get(IStakingParameters.Parameter.ExitDays) * 1 days;
        Line memory line = _line;
        _exits[line.end++] = Exit(controller, readyAt.toUint48(), uint104(shares)); // of a balance
        line.shares += uint104(shares); // of the supply
        _line = line;
        _pending[controller] += shares;
        emit IERC7540Redeem.RedeemRequest(controller, owner, 0, msg.sender, shares);
    }

    function _cancel(uint256 place, address controller) internal returns (uint256 shares) {
        Exit memory exit = _exits[place];
        require(exit.controller == controller && exit.shares != 0, NoSuchExit(place, controller));
        shares = exit.shares;
        delete _exits[place];
        _line.shares -= uint104(shares); // a part of it
        _pending[controller] -= shares;
        emit ExitCancelled(place, controller, shares);
        _move(address(this), controller, shares);
    }

    /// @dev Fills from idle PHA, in order, whole requests or what there is for the first of them. Gives the value left.
    function _fill(uint256 maxExits, uint256 value) internal returns (uint256) {
        Line memory line = _line;
        for (; maxExits != 0 && line.first < line.end; --maxExits) {
            Exit memory exit = _exits[line.first];
            if (exit.shares != 0) {
                if (exit.readyAt > block.timestamp) break;
                uint256 supply = _totals.supply;
                uint256 shares = exit.shares;
                uint256 assets = shares.mulDiv(value + 1, supply + 1);
                bool isWhole = assets <= _state.idle;
                if (!isWhole) {
                    // Rounded up: the shares given are worth at least what is paid. Less than the request's.
                    assets = _state.idle;
                    shares = assets.mulDiv(supply + 1, value + 1, Math.Rounding.Ceil).min(shares);
                    if (assets == 0) break;
                }
                value -= assets;
                _fillOne(line, exit, shares, assets);
                if (shares != exit.shares) {
                    exit.shares -= uint104(shares); // a part of it
                    _exits[line.first] = exit;
                    break;
                }
                delete _exits[line.first];
            }
            ++line.first;
        }
        _line = line;
        return value;
    }

    /// @dev What requests would be paid at this value.
    function _awaited(uint256 value) internal view returns (uint256 assets) {
        return uint256(_line.shares).mulDiv(value + 1, _totals.supply + 1);
    }

    /// @dev What requests await beyond idle PHA and what is on its way from pools, as it counts when `asked` is asked.
    function _missing(uint256 value, address asked) internal view returns (uint256 assets) {
        assets = _awaited(value).saturatingSub(_state.idle);
        if (assets != 0) assets = assets.saturatingSub(_onItsWay(asked));
    }

    function _fillOne(Line memory line, Exit memory exit, uint256 shares, uint256 assets) private {
        _move(address(this), address(0), shares);
        line.shares -= uint104(shares); // a part of it
        _pending[exit.controller] -= shares;
        Claimable memory due = _claimables[exit.controller];
        due.shares += uint104(shares); // of the supply, or filled before: checked
        due.assets += uint96(assets); // of the idle, or filled before: checked
        _claimables[exit.controller] = due;
        (_state.idle, _dues.owed) = (_state.idle - uint96(assets), _dues.owed + uint96(assets));
        emit ExitFilled(line.first, exit.controller, shares, assets);
    }
}
