// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {PoolLedger} from "./PoolLedger.sol";

/// @title Which requests can be paid: of age, and covered
abstract contract ExitCoverage is PoolLedger {
    /// @dev The factor a request is or would be paid at.
    function _factorOf(ExitRequest memory request) internal view returns (uint256 factor) {
        return request.cohort < _settled.cohorts ? _cohorts[request.cohort].factor : _queue.factor;
    }

    function _isClaimable(uint256 requestId) internal view returns (bool) {
        ExitRequest memory request = _requests[requestId];
        if (request.shares == 0 && request.norm == 0) return false;
        uint256 clock = request.cohort < _settled.cohorts ? block.timestamp : _maturityClock();
        return uint256(_cohorts[request.cohort].maturityDay) * 1 days <= clock && _isCovered(request.cohort);
    }

    /// @dev Whether what stands behind a cohort, in the queue and at stake, covers the locks. For one that is not settled yet
    /// the answer is what it would be once it and those before it are; how many they can be is bounded by the exit's days.
    function _isCovered(uint256 index) internal view returns (bool) {
        Settled memory settled = _settled;
        if (settled.locked == 0) return true;
        Queue memory queue = _queue;
        (Totals memory totals, ) = _dripped();
        uint256 behind = totals.active;
        if (index < settled.cohorts) {
            behind += _atExit(queue.norm, queue.factor);
            behind += _cohorts[settled.cohorts - 1].amount - _cohorts[index].amount;
        } else {
            uint256 norm = queue.norm;
            for (uint256 i = settled.cohorts; i <= index; ++i) norm -= _cohorts[i].amount;
            behind += _atExit(norm, queue.factor);
        }
        return behind >= settled.locked;
    }

    function _controllerOf(uint256 requestId) internal pure returns (address) {
        return address(uint160(requestId >> 48));
    }

    function _idOf(address controller, uint256 number) internal pure returns (uint256) {
        return (uint256(uint160(controller)) << 48) | number;
    }
}
