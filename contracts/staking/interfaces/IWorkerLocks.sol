// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What the worker registry knows of a worker's stake in the past
interface IWorkerLocks {
    /// @notice What was locked for `worker` at `time`; zeros if nothing was.
    /// @return pool Whose stake it was.
    /// @return assets How much, as far as slashes had been written down.
    /// @return since When the operator last started the worker or topped it up until then: with the worker it names the lock.
    /// @return budget What was locked at that moment. All offences under one lock together cost no more.
    function lockAt(
        bytes32 worker,
        uint48 time
    ) external view returns (address pool, uint256 assets, uint48 since, uint256 budget);
}
