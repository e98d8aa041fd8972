// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {IPhaTimelock} from "./interfaces/IPhaTimelock.sol";

/// @title The delay between a decision and its effect
/// @notice Administers itself: who may propose, cancel or execute, and how long it waits, change only through an
/// operation that has waited here.
contract PhaTimelock is TimelockController, IPhaTimelock {
    /// @param minDelaySeconds Seconds between scheduling and execution.
    /// @param proposers May schedule and cancel.
    /// @param executors May execute what has waited; the zero address opens this to anyone.
    constructor(
        uint256 minDelaySeconds,
        address[] memory proposers,
        address[] memory executors
    ) TimelockController(minDelaySeconds, proposers, executors, address(0)) {
        require(proposers.length != 0, NoProposer());
        require(executors.length != 0, NoExecutor());
        for (uint256 i = 0; i < proposers.length; ++i) {
            require(proposers[i] != address(0), ProposerIsZero());
        }
    }
}
