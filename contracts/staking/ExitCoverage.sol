// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {PoolLedger} from "./PoolLedger.sol";

/// @title Which requests can be paid: due, and with enough left behind them
abstract contract ExitCoverage is PoolLedger {
    /// @dev What a request comes to, or would if it were paid now.
    function _assetsOf(ExitRequest memory request) internal view returns (uint256 assets) {
        Cohort memory day = _cohorts[request.cohort];
        if (request.cohort < _settled.cohorts) return _valueOf(_valueOf(request.norm, day.amount), day.factor);
        return _valueOf(_valueOf(request.norm, _scaleSince(day.factor, _settled.era)), _queue.factor);
    }

    /// @dev Whether a request is settled, or would be once those before it are.
    function _isClaimable(uint256 requestId) internal view returns (bool) {
        ExitRequest memory request = _requests[requestId];
        if (request.shares == 0 && request.norm == 0) return false;
        return request.cohort < _settled.cohorts || _isSettleable(request.cohort);
    }

    /// @dev Whether a cohort that is not settled would be now. Those before it are then too: they were due before, and have more
    /// behind them.
    function _isSettleable(uint256 index) internal view returns (bool) {
        if (_isHeld()) {
            if (index >= _settled.released) return false;
        } else if (uint256(_cohorts[index].maturityDay) * 1 days > block.timestamp) return false;
        return _isCovered(index);
    }

    /// @dev Whether what stands behind an unsettled cohort, in the queue and at stake, covers the locks.
    function _isCovered(uint256 index) internal view returns (bool) {
        Settled memory settled = _settled;
        if (settled.locked == 0) return true;
        Queue memory queue = _queue;
        (Totals memory totals, ) = _dripped();
        uint256 norm = queue.norm;
        uint256 moved = _moves.norm;
        for (uint256 i = settled.cohorts; i <= index; ++i) {
            uint256 scale = _scaleSince(_cohorts[i].factor, settled.era);
            norm -= _valueOf(_cohorts[i].amount, scale);
            moved = _withoutMoved(moved, i, scale);
        }
        return _unpledged(totals) + _atExit(norm, queue.factor) + _valueOf(moved, queue.factor) >= settled.locked;
    }

    function _controllerOf(uint256 requestId) internal pure returns (address) {
        return address(uint160(requestId >> 48));
    }

    function _idOf(address controller, uint256 number) internal pure returns (uint256) {
        return (uint256(uint160(controller)) << 48) | number;
    }
}
