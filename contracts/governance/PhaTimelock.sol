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
    /// @param initialAdmin Grants roles at once until deployment ends, whose last step renounces this; zero for nobody.
    constructor(
        uint256 minDelaySeconds,
        address[] memory proposers,
        address[] memory executors,
        address initialAdmin
    ) TimelockController(minDelaySeconds, proposers, executors, initialAdmin) {
        require(proposers.length != 0, NoProposer());
        require(executors.length != 0, NoExecutor());
        for (uint256 i = 0; i < proposers.length; ++i) {
            require(proposers[i] != address(0), ProposerIsZero());
        }
        _requireInBounds(minDelaySeconds);
    }

    /// @inheritdoc IPhaTimelock
    function set(Parameter, uint256 value) external {
        updateDelay(value); // there is one parameter; the number of another does not decode
    }

    /// @inheritdoc IPhaTimelock
    function get(Parameter) external view returns (uint256) {
        return getMinDelay();
    }

    /// @inheritdoc TimelockController
    function updateDelay(uint256 newDelay) public override {
        _requireInBounds(newDelay);
        super.updateDelay(newDelay); // refuses every caller but the timelock itself
    }

    /// @inheritdoc IPhaTimelock
    function boundsOf(Parameter) public pure returns (uint256 lowest, uint256 highest) {
        return (1 hours, 30 days);
    }

    function _requireInBounds(uint256 value) private pure {
        (uint256 lowest, uint256 highest) = boundsOf(Parameter.DelaySeconds);
        require(
            value >= lowest && value <= highest,
            ParameterOutOfBounds(Parameter.DelaySeconds, value, lowest, highest)
        );
    }
}
