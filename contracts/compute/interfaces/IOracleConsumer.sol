// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What a contract that asks the oracle implements
interface IOracleConsumer {
    /// @notice Called once for an answered request, with the gas that the request named. Whatever it does, the request is
    /// answered and paid. An implementation must check that the oracle is the caller.
    function onAnswer(uint256 requestId, bytes calldata answer) external;
}
