// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What the worker registry knows of a worker's stake in the past
interface IWorkerLocks {
    /// @notice The pool whose stake was locked for `worker` at `time`, and how much; zero and zero if none was.
    function lockAt(bytes32 worker, uint48 time) external view returns (address pool, uint256 assets);
}
