// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What the worker registry knows of a worker's stake in the past
interface IWorkerLocks {
    /// @notice What was locked for `worker` at `time`; zeros if nothing was.
    /// @return pool Whose stake it was.
    /// @return assets How much, as far as slashes had been written down.
    /// @return since When the operator started the worker: with the worker it names the lock.
    /// @return budget What the operator had locked from then until `time`, by the start and top-ups, whatever slashes have taken:
    /// all offences under one lock together cost no more than was ever locked.
    function lockAt(
        bytes32 worker,
        uint48 time
    ) external view returns (address pool, uint256 assets, uint48 since, uint256 budget);
}
