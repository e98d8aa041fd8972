// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ExitCoverage} from "./ExitCoverage.sol";
import {PoolShares} from "./PoolShares.sol";
import {IERC7540Operator} from "./interfaces/IERC7540Operator.sol";
import {IERC7540Redeem} from "./interfaces/IERC7540Redeem.sol";
import {IPoolDelegation} from "./interfaces/IPoolDelegation.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";

/// @title The way out of a pool: requests, their cohorts, and what can be claimed
abstract contract ExitQueue is PoolShares, ExitCoverage {
    using Math for uint256;
    using SafeCast for uint256;

    /// @inheritdoc IERC7540Operator
    function setOperator(address operator_, bool approved) external returns (bool) {
        _operators[msg.sender][operator_] = approved;
        emit OperatorSet(msg.sender, operator_, approved);
        return true;
    }

    /// @inheritdoc IERC7540Operator
    function isOperator(address controller, address operator_) public view returns (bool) {
        return _operators[controller][operator_];
    }

    /// @inheritdoc IERC7540Redeem
    function pendingRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares) {
        return _controllerOf(requestId) == controller && !_isClaimable(requestId) ? _requests[requestId].shares : 0;
    }

    /// @inheritdoc IERC7540Redeem
    function claimableRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares) {
        return _controllerOf(requestId) == controller && _isClaimable(requestId) ? _requests[requestId].shares : 0;
    }

    /// @inheritdoc IPoolDelegation
    function requestRange(address controller) external view returns (uint256 first, uint256 end) {
        return (_accounts[controller].first, _accounts[controller].end);
    }

    /// @dev What `controller` can claim at once, over all requests.
    function _claimable(address controller) internal view returns (uint256 shares, uint256 assets) {
        Account memory account = _accounts[controller];
        for (uint256 i = account.first; i < account.end; ++i) {
            uint256 requestId = _idOf(controller, i);
            ExitRequest memory request = _requests[requestId];
            if (request.shares == 0 && request.norm == 0) continue;
            if (!_isClaimable(requestId)) break;
            shares += request.shares;
            assets += _assetsOf(request);
        }
    }

    /// @dev Burns `shares` of `owner` and makes a request of `controller`.
    function _request(
        uint256 shares,
        address controller,
        address owner,
        Totals memory totals
    ) internal returns (uint256 requestId) {
        Queue memory queue = _queue;
        uint256 assets = _assetsFor(shares, totals, Math.Rounding.Floor);
        uint256 norm = (assets * ONE) / queue.factor; // 90 and 112 bits: the factor of an era is never under MIN_FACTOR
        _joinCohort(queue, norm, totals);

        Account memory account = _accountIn(owner, totals.generation);
        _burn(owner, account, shares, totals);
        if (controller != owner) {
            _accounts[owner] = account;
            account = _accounts[controller];
        }
        requestId = _idOf(controller, account.end++);
        _accounts[controller] = account;

        // What U rises by is at most what the shares were worth; the others keep the difference.
        uint256 rise = _atExit(uint256(queue.norm) + norm, queue.factor) - _atExit(queue.norm, queue.factor);
        totals.active -= uint96(rise); // at most the assets, which are at most all
        queue.norm = (uint256(queue.norm) + norm).toUint120();
        _queue = queue;
        _requests[requestId] = ExitRequest(norm.toUint120(), uint112(shares), queue.cohorts - 1); // shares: of the supply
        emit RedeemRequest(controller, owner, requestId, msg.sender, shares);
    }

    /// @dev Burns `shares` of `owner`; what they are worth leaves the books, and answers with the day's cohort all the same.
    /// @return assets What W rises by: at most what the shares were worth; the others keep the difference.
    /// @return index The cohort.
    /// @return factor F, to tell later what slashes have left.
    function _moveOut(
        uint256 shares,
        address owner,
        Totals memory totals
    ) internal returns (uint256 assets, uint256 index, uint256 factor) {
        Queue memory queue = _queue;
        factor = queue.factor;
        uint256 norm = (_assetsFor(shares, totals, Math.Rounding.Floor) * ONE) / factor; // as for a request
        _joinCohort(queue, 0, totals);
        Account memory account = _accountIn(owner, totals.generation);
        _burn(owner, account, shares, totals);
        _accounts[owner] = account;

        _queue = queue;
        index = queue.cohorts - 1;
        uint256 sum = uint256(_moves.norm) + norm;
        assets = _valueOf(sum, factor) - _valueOf(_moves.norm, factor);
        totals.active -= uint96(assets); // at most what the shares were worth, which is at most all
        _moves.norm = sum.toUint120();
        _moves.normOf[index] = (_moves.normOf[index] + norm).toUint120();
    }

    /// @dev Returns a request to stake. The caller stores the totals.
    function _cancel(uint256 requestId, address controller, Totals memory totals) internal returns (uint256 shares) {
        ExitRequest memory request = _requests[requestId];
        require(
            _controllerOf(requestId) == controller && (request.norm != 0 || request.shares != 0),
            NoSuchRequest(requestId, controller)
        );
        Cohort storage day = _cohorts[request.cohort];
        bool isPaid = request.cohort < _settled.cohorts || _isSettleable(request.cohort);
        require(!isPaid, RequestMatured(requestId));

        Queue memory queue = _queue;
        uint256 before = _atExit(queue.norm, queue.factor);
        uint256 norm = _valueOf(request.norm, _scaleSince(day.factor, _settled.era));
        queue.norm -= uint120(norm); // a part of it
        day.amount -= request.norm;
        _queue = queue;
        delete _requests[requestId];

        shares = _sharesFor(_valueOf(norm, queue.factor), totals, Math.Rounding.Floor);
        totals.active += uint96(before - _atExit(queue.norm, queue.factor)); // back from where it came
        _mint(controller, shares, totals);
        emit RedeemRequestCancelled(requestId, controller, request.shares, shares);
    }

    /// @dev Takes from `controller`'s claimable requests, oldest first, until `wanted` (shares or assets) is reached.
    function _claim(uint256 wanted, bool inAssets, address controller) internal returns (uint256, uint256) {
        Settled memory settled = _settled;
        Account memory account = _accounts[controller];
        uint256 paid;
        uint256 given;
        while ((inAssets ? paid : given) < wanted && account.first < account.end) {
            uint256 requestId = _idOf(controller, account.first);
            ExitRequest memory request = _requests[requestId];
            if (request.shares != 0 || request.norm != 0) {
                (bool isPayable, uint256 factor, uint256 scale) = _payout(request.cohort, settled);
                uint256 missing;
                unchecked {
                    missing = wanted - (inAssets ? paid : given); // the loop's condition
                }
                require(isPayable, ClaimExceedsClaimable(controller, wanted, missing));
                (uint256 norm, uint256 shares) = _part(request, factor, scale, missing, inAssets);
                unchecked {
                    // No 2^48 requests of 112 bits of shares, and of parts of what is owed, come to 256 bits.
                    (paid, given) = (paid + _valueOf(_valueOf(norm, scale), factor), given + shares);
                }
                if (norm != request.norm || shares != request.shares) {
                    request.norm -= uint120(norm); // a part of it
                    request.shares -= uint112(shares); // a part of it
                    _requests[requestId] = request;
                    break; // a part was enough
                }
                delete _requests[requestId];
            }
            unchecked {
                ++account.first; // was under `end`
            }
        }
        uint256 reached = inAssets ? paid : given;
        require(reached >= wanted, ClaimExceedsClaimable(controller, wanted, wanted - reached));
        settled.owed -= uint96(paid); // the cohorts' part of it is at least the sum of their requests
        (_settled, _accounts[controller]) = (settled, account);
        return (paid, given);
    }

    /// @dev The part of a request that comes to `missing`, or all of it.
    function _part(
        ExitRequest memory request,
        uint256 factor,
        uint256 scale,
        uint256 missing,
        bool inAssets
    ) private pure returns (uint256 norm, uint256 shares) {
        if (!inAssets) {
            if (missing >= request.shares) return (request.norm, request.shares);
            return (uint256(request.norm).mulDiv(missing, request.shares), missing);
        }
        if (missing >= _valueOf(_valueOf(request.norm, scale), factor)) return (request.norm, request.shares);
        // The least norm that comes to `missing`: it is at most the request's, since that comes to more. Neither divisor is
        // zero, or the request would come to nothing.
        norm = missing.mulDiv(ONE, factor, Math.Rounding.Ceil);
        if (scale != ONE) norm = norm.mulDiv(ONE, scale, Math.Rounding.Ceil);
        // Rounded down so that what stays has a share to be claimed with; shares here are labels and move no money.
        shares = uint256(request.shares).mulDiv(norm, request.norm);
    }

    /// @dev Adds to today's cohort, or opens it: only then are the parameters asked and cohorts settled.
    function _joinCohort(Queue memory queue, uint256 norm, Totals memory totals) private {
        uint256 today = block.timestamp / 1 days;
        uint256 lastMaturity;
        Settled memory settled = _settled;
        if (queue.cohorts != 0) {
            Cohort storage last = _cohorts[queue.cohorts - 1];
            lastMaturity = last.maturityDay;
            bool isOpen = queue.cohorts > settled.cohorts && last.factor == settled.era;
            if (isOpen && lastMaturity - last.exitDays == today) {
                last.amount = (uint256(last.amount) + norm).toUint120();
                return;
            }
            _settle(queue, settled, totals, COHORTS_A_STEP);
            _settled = settled;
        }
        // Never before an older cohort, even when the exit has been shortened: the queue is in order of maturity.
        uint256 exitDays = PARAMETERS.get(IStakingParameters.Parameter.ExitDays);
        uint256 maturityDay = Math.max(lastMaturity, today + exitDays);
        _cohorts[queue.cohorts++] = Cohort({
            factor: settled.era,
            amount: norm.toUint120(),
            maturityDay: maturityDay.toUint16(),
            exitDays: (maturityDay - today).toUint8()
        });
    }

    /// @dev Whether a cohort is paid now, and how its norms are; settles up to it if it can be.
    function _payout(
        uint256 index,
        Settled memory settled
    ) private returns (bool isPayable, uint256 factor, uint256 scale) {
        if (index >= settled.cohorts) {
            Queue memory queue = _queue;
            (Totals memory totals, ) = _dripped();
            _settle(queue, settled, totals, index + 1 - settled.cohorts);
            _queue = queue;
        }
        Cohort storage day = _cohorts[index];
        return (index < settled.cohorts, day.factor, day.amount);
    }
}
