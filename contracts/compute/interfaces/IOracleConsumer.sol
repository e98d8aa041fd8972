// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What a contract that asks the oracle implements
interface IOracleConsumer {
    /// @notice Called once for an answered request, with the gas that the request named. Whatever it does, the request is
    /// answered and paid. An implementation must check that the oracle is the caller.
    ///
    /// Trap: who brings the answer chooses when, up to the deadline: within a transaction that has just moved a market, or
    /// while the consumer is itself calling somebody. It must not act on balances and prices of that moment, and needs a
    /// lock where its own functions call out.
    function onAnswer(uint256 requestId, bytes calldata answer) external;
}
