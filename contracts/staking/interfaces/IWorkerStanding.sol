// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title How a worker stands with staking now
/// @notice What payments ask of the worker registry. A worker is named by the address of its attested key.
interface IWorkerStanding {
    /// @notice Whether the worker's stake is locked and it neither cools down nor is unresponsive.
    function isWorking(address key) external view returns (bool);

    /// @notice The pool whose stake is locked for the worker, and how much, in wei; zero and zero if none is.
    function stakeOf(address key) external view returns (address pool, uint256 assets);
}
