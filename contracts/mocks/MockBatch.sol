// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Calls made one after the other within one transaction, by a contract that can stand in any module's place
contract MockBatch {
    error CallFailed(uint256 index, bytes reason);

    function run(address[] calldata targets, bytes[] calldata calls) external {
        for (uint256 i = 0; i < targets.length; ++i) {
            (bool succeeded, bytes memory answer) = targets[i].call(calls[i]);
            require(succeeded, CallFailed(i, answer));
        }
    }
}
